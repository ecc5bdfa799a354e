"""The county's map under what we draw: raster tiles, a style of vector tiles, or one PMTiles file; without one the streets alone."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, Final

import msgspec

from lianqin.errors import SettingsError
from lianqin.map_urls import origin_of, read_origins, read_tiles
from lianqin.settings import Settings

FILE_URL: Final = "/api/map/base.pmtiles"
_HEADER_BYTES: Final = 127
_VECTOR, _RASTER = 1, (2, 3, 4, 5)
"""Tile types of PMTiles 3 (github.com/protomaps/PMTiles, spec/v3): MVT; PNG, JPEG, WebP, AVIF."""


class Pmtiles(msgspec.Struct, frozen=True):
    """What the head of a PMTiles file says: vector or raster, and its zoom levels."""

    vector: bool
    min_zoom: int
    max_zoom: int


def read_head(file: Path) -> Pmtiles:
    """Raises SettingsError `map.file` that says what to do."""

    def wrong(why: str) -> SettingsError:
        return SettingsError("map.file", f"setting `map_pmtiles` = {str(file)!r}: {why}", file=str(file))

    try:
        with file.open("rb") as source:
            head = source.read(_HEADER_BYTES)
    except OSError as error:
        raise wrong(
            f"can't be read ({error.strerror}). Name a file that this process may read, or leave it empty for the streets alone"
        ) from error
    if len(head) < _HEADER_BYTES or head[:7] != b"PMTiles":
        raise wrong(
            "is no PMTiles file. Make one with `pmtiles convert IN.mbtiles OUT.pmtiles`, or take an extract of one"
        )
    if head[7] != 3:
        raise wrong(f"is PMTiles of version {head[7]}, and the page reads 3. Make it anew with `pmtiles convert`")
    kind, min_zoom, max_zoom = struct.unpack_from("BBB", head, 99)
    if kind != _VECTOR and kind not in _RASTER:
        raise wrong(f"has tiles of type {kind}, which no browser draws. Take MVT, PNG, JPEG, WebP or AVIF")
    return Pmtiles(kind == _VECTOR, min_zoom, max_zoom)


def check_base_map(settings: Settings) -> None:
    """Before the console starts. Raises SettingsError `map.file`."""
    if settings.map_pmtiles:
        read_head(Path(settings.map_pmtiles))


def hosts_of(settings: Settings) -> tuple[str, ...]:
    """The origins that pages ask for the base map, besides this console: what the policy of its pages allows."""
    urls = (*read_tiles(settings.map_tiles), *((settings.map_style,) if settings.map_style else ()))
    found = [origin for url in urls if (origin := origin_of(url))]
    return tuple(dict.fromkeys([*found, *read_origins(settings.map_hosts)]))


def base_map(settings: Settings) -> dict[str, Any] | None:
    """What a page needs to draw it; None without one. `kind`: tiles (raster, `tiles`), style (`url`), pmtiles (`url`, `vector`).
    A file that went since the start counts as raster tiles that do not come: the page says so."""
    told = {"gcj02": settings.map_gcj02, "attribution": settings.map_attribution}
    if settings.map_tiles:
        return {**told, "kind": "tiles", "tiles": read_tiles(settings.map_tiles), "max_zoom": settings.map_max_zoom}
    if settings.map_style:
        return {**told, "kind": "style", "url": settings.map_style}
    if settings.map_pmtiles:
        try:
            head = read_head(Path(settings.map_pmtiles))
        except SettingsError:
            head = Pmtiles(vector=False, min_zoom=0, max_zoom=settings.map_max_zoom)
        return {**told, "kind": "pmtiles", "url": FILE_URL, "vector": head.vector, "max_zoom": head.max_zoom}
    return None
