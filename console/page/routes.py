"""The web page: built files, and index.html for every address of its own.

Files go out as the build compressed them (`console/web/vite.config.ts` writes `.br` and `.gz` beside them): brotli before gzip
before plain, by the request's Accept-Encoding (RFC 9110, 12.5.3).
"""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse

from console.access.permissions import Here, public
from lianqin.errors import NotFoundError, UnavailableError

router = APIRouter()
PACKED: Final = (("br", ".br"), ("gzip", ".gz"))
"""Content codings that the build makes, the smallest first, and how their files' names end."""
_TYPES: Final = {".webmanifest": "application/manifest+json", ".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm"}  # fmt: skip
"""What a machine's own list of media types may lack or call otherwise."""


@router.get("/{path:path}", dependencies=[public])
def page(console: Here, request: Request, path: str) -> Response:
    """Raises UnavailableError `page.not_built`, NotFoundError `route.missing` for an unknown API address or asset."""
    root = console.settings.web_dist.resolve()
    if path == "api" or path.startswith("api/"):
        raise NotFoundError("route.missing", f"no route /{path}")
    file = (root / path).resolve()
    packed = file.suffix in {ending for _, ending in PACKED}
    if path and not packed and file.is_relative_to(root) and file.is_file():
        return _answer(request, file, _keep(root, file))
    if path.startswith("assets/"):
        raise NotFoundError("route.missing", f"no asset /{path}")
    index = root / "index.html"
    if not index.is_file():
        raise UnavailableError("page.not_built", f"{index} is not there")
    return _answer(request, index, "no-cache")


def _keep(root: Path, file: Path) -> str:
    """Files under assets/ carry their hash in their name; others are asked for again."""
    return "public, max-age=31536000, immutable" if file.is_relative_to(root / "assets") else "no-cache"


def _answer(request: Request, file: Path, keep: str) -> Response:
    """The file in the best coding that the request takes; 304 when the browser's copy is the same."""
    headers = {"Cache-Control": keep, "Vary": "Accept-Encoding"}
    sent = file
    taken = codings(request.headers.get("accept-encoding", ""))
    for coding, ending in PACKED:
        beside = file.with_name(file.name + ending)
        if coding in taken and beside.is_file():
            sent, headers["Content-Encoding"] = beside, coding
            break
    kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    response = FileResponse(sent, headers=headers, media_type=kind, stat_result=sent.stat())
    if response.headers["etag"] in _tags(request.headers.get("if-none-match", "")):
        told = {name: response.headers[name] for name in ("etag", "cache-control", "vary")}
        return Response(status_code=304, headers=told)
    return response


def codings(accepted: str) -> frozenset[str]:
    """Those of `PACKED` that an Accept-Encoding header takes; `*` stands for what it does not name, `q=0` refuses."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameters = part.partition(";")
        told, _, weight = parameters.strip().partition("=")
        try:
            weights[name.strip()] = float(weight) if told.strip() == "q" else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    return frozenset(name for name, _ in PACKED if weights.get(name, weights.get("*", 0.0)) > 0)


def _tags(held: str) -> set[str]:
    """The entity tags of an If-None-Match header, weak or not."""
    return {tag.strip().removeprefix("W/") for tag in held.split(",")}
