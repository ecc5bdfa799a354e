"""Chromium as benchmarks and tests start it."""

from __future__ import annotations

from typing import Final

PHONE: Final = {"width": 360, "height": 740}
"""CSS pixels of a cheap Android phone."""
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
)
DRAWS: Final = ("--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader")
"""As Chromium draws by itself where there is no graphics card: pages by the processor, WebGL by SwiftShader."""
