"""Which arithmetic the processor has for int8 networks: said beside every figure, since speed follows from it (scores must not).

ONNX Runtime multiplies unsigned activations by signed weights with VNNI where the processor has it, else by AVX2's pairs,
which saturate in 16 bits unless the weights have seven bits (ONNX Runtime, "Quantize ONNX models": reduce_range).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_CPUINFO: Final = Path("/proc/cpuinfo")
_FLAGS: Final = (
    ("amx_int8", "AMX"),
    ("avx512_vnni", "AVX-512 VNNI"),
    ("avx_vnni", "AVX-VNNI"),
    ("asimddp", "NEON dot product"),
    ("avx2", "AVX2, no VNNI"),
)
"""Flag of the processor -> what is said, best first."""


def int8_kernel(cpuinfo: str | None = None) -> str:
    """The best of them that this processor (or the one of this `cpuinfo` text) names; "unknown" where none is named."""
    if cpuinfo is None:
        cpuinfo = _CPUINFO.read_text(encoding="utf-8") if _CPUINFO.is_file() else ""
    there = {flag for line in cpuinfo.splitlines() if line.startswith(("flags", "Features")) for flag in line.split()}
    return next((name for flag, name in _FLAGS if flag in there), "unknown")
