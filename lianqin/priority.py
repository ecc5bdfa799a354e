"""Threads that stand back: what they do may take long, and nobody waits at a desk for it."""

from __future__ import annotations

import os
import sys
import threading


def yield_cores() -> None:
    """The thread that calls, and those that it begins, take what the others leave of the cores."""
    if sys.platform == "linux":  # where a thread has a priority of its own
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, os.getpriority(os.PRIO_PROCESS, thread) + 10)
