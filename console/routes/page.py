"""The web page: built files, and index.html for every address of its own."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from console.permissions import Here, public
from lianqin.errors import NotFoundError, UnavailableError

router = APIRouter()


@router.get("/{path:path}", dependencies=[public])
def page(console: Here, path: str) -> Response:
    """Raises UnavailableError `page.not_built`, NotFoundError `route.missing` for an unknown API address or asset."""
    root = console.settings.web_dist.resolve()
    if path == "api" or path.startswith("api/"):
        raise NotFoundError("route.missing", f"no route /{path}")
    file = (root / path).resolve()
    if path and file.is_relative_to(root) and file.is_file():
        return FileResponse(file, headers={"Cache-Control": _keep(root, file)})
    if path.startswith("assets/"):
        raise NotFoundError("route.missing", f"no asset /{path}")
    index = root / "index.html"
    if not index.is_file():
        raise UnavailableError("page.not_built", f"{index} is not there")
    return FileResponse(index, headers={"Cache-Control": "no-cache"})


def _keep(root: Path, file: Path) -> str:
    """Files under assets/ carry their hash in their name; others are asked for again."""
    return "public, max-age=31536000, immutable" if file.is_relative_to(root / "assets") else "no-cache"
