"""ONNX Runtime, told before its first import that it sends nothing: the one place of the house that imports it.

Its official builds carry a telemetry that begins with the import: a device id and a database below `~/.cache`, and a look for
its collector (onnxruntime, Privacy.md). The variable ends all of it for the life of the process; a call after the import comes
too late.
"""

from __future__ import annotations

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

__all__ = ["onnxruntime", "ort_errors"]
