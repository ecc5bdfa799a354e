"""The streets under the maps: one GeoJSON file of the county."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import structlog

from console.http.context import Console
from lianqin.decoding import from_json

log = structlog.get_logger(__name__)


def streets(console: Console) -> Any:
    """The GeoJSON under the map; an empty collection where there is none."""
    path = Path(console.settings.streets_file or console.settings.run_dir / "streets.geojson")
    try:
        return from_json(path.read_bytes())
    except FileNotFoundError:
        pass
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("streets_unreadable", file=str(path), error=str(error))
    return {"type": "FeatureCollection", "features": []}
