"""Addresses of a base map: templates of raster tiles and styles, and the origins that they lead to (RFC 6454)."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

NEEDED: Final = ("{z}", "{x}", "{y}")
"""What a template of tiles must name: zoom level, column, row."""
_HOST: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?")


def read_url(text: str) -> str:
    """An address of a web server, or a path of our own that a proxy in front answers. Raises ValueError that says what is wrong."""
    if text.startswith("/") and not text.startswith("//"):
        return text
    found = urlsplit(text)
    if found.scheme not in {"http", "https"} or not _HOST.fullmatch(found.netloc):
        raise ValueError(
            f"`{text}` is no address of a web server: write it as https://tiles.example.org/..., without a user, or as /tiles/... where a proxy in front answers"
        )
    if re.search(r"[\s;,'\"]", text):
        raise ValueError(f"`{text}` has blanks, commas, quotes or semicolons in it: write them as %20, %2C, %27, %3B")
    return text


def read_tiles(text: str) -> tuple[str, ...]:
    """Templates by blanks, of which the page takes each in turn. Raises ValueError that says what is wrong."""
    found = tuple(text.split())
    for one in found:
        read_url(one)
        if lacking := [part for part in NEEDED if part not in one]:
            raise ValueError(
                f"`{one}` lacks {', '.join(lacking)}: write it as https://tiles.example.org/{{z}}/{{x}}/{{y}}.png"
            )
        if unknown := set(re.findall(r"\{[^}]*\}", one)) - {*NEEDED, "{ratio}", "{quadkey}"}:
            raise ValueError(
                f"`{one}` has {', '.join(sorted(unknown))}, which nobody fills in: write one address for each, divided by blanks"
            )
    return found


def origin_of(url: str) -> str:
    """`https://tiles.example.org:8443`; empty for a path of our own."""
    found = urlsplit(url)
    return f"{found.scheme}://{found.netloc.lower()}" if found.netloc else ""


def read_origins(text: str) -> tuple[str, ...]:
    """Origins by commas or blanks. Raises ValueError that says what is wrong."""
    found = tuple(one for one in re.split(r"[\s,]+", text) if one)
    for one in found:
        if origin_of(read_url(one)) != one.lower():
            raise ValueError(f"`{one}` is no origin: write scheme, host and port alone, as https://fonts.example.org")
    return tuple(one.lower() for one in found)
