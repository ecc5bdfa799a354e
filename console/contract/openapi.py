"""The OpenAPI description of all routes under `/api`, made of what they declare: FastAPI says path, parameters and form, `gives` says the answers,
`requires` who may ask. Source: OpenAPI 3.1.0 (spec.openapis.org), JSON Schema 2020-12 as msgspec writes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from console.access.permissions import PERMISSIONS, PUBLIC, every_route, permission_of
from console.http.answers import JSON, Answer, Given, given_by
from console.http.headers import API_VERSION

SCHEMAS: Final = "#/components/schemas/{name}"
PROBLEM: Final = "application/problem+json"
FILE: Final = {"type": "string", "format": "binary"}
JSON_FILE: Final = {"type": "object"}
"""Of a file whose media type says that it is JSON (GeoJSON), and which readers of a description read as such."""


class ProblemAnswer(Answer):
    """An error (RFC 9457). `key` and `type` are stable; `title` and `detail` stand in the language that was asked for."""

    type: str
    title: str
    status: int
    detail: str
    key: str
    values: dict[str, Any]


def api_routes(routes: Iterable[object]) -> list[APIRoute]:
    """Those that the description speaks of, in the order in which they are served."""
    return [route for route in every_route(routes) if route.path.startswith("/api/")]


def describe(routes: Iterable[object]) -> dict[str, Any]:
    """The whole description. A route that says nothing of its answers has none in it."""
    served = api_routes(routes)
    found: dict[str, Any] = get_openapi(title="Lianqin", version=API_VERSION, routes=served)
    kinds = [one.kind for route in served for one in given_by(route.endpoint) if one.kind is not None]
    schemas, parts = msgspec.json.schema_components([ProblemAnswer, *kinds], ref_template=SCHEMAS)
    of = dict(zip(map(repr, kinds), schemas[1:], strict=True))
    for route in served:
        for method in route.methods or ():
            operation = found["paths"][route.path][method.lower()]
            permission = permission_of(route)
            operation["operationId"] = _operation_id(method, route.path)
            operation["x-roles"] = [] if permission == PUBLIC else sorted(PERMISSIONS[permission])
            operation["tags"] = [route.endpoint.__module__.split(".")[1]]
            operation["responses"] = _responses(given_by(route.endpoint), of) | {
                "default": {"description": "refused", "content": {PROBLEM: {"schema": schemas[0]}}}
            }
    found.setdefault("components", {}).setdefault("schemas", {}).update(parts)
    for unused in ("HTTPValidationError", "ValidationError"):
        found["components"]["schemas"].pop(unused, None)
    _strip_titles(found["components"]["schemas"])
    return found


def _strip_titles(schema: Any) -> None:
    """Titles say the name of a field or a class once more."""
    if isinstance(schema, list):
        for one in schema:
            _strip_titles(one)
    elif isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            del schema["title"]
        for one in schema.values():
            _strip_titles(one)


def _operation_id(method: str, path: str) -> str:
    words = [
        word.strip("{}").replace(".", "_").replace("-", "_").replace("{", "").replace("}", "")
        for word in path.split("/")[2:]
    ]
    return "_".join([method.lower(), *words])


def _responses(given: tuple[Given, ...], of: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in given:
        answer = found.setdefault(str(one.status), {"description": "done"})
        if one.kind is not None:
            answer.setdefault("content", {})[JSON] = {"schema": of[repr(one.kind)]}
        elif one.media:
            answer.setdefault("content", {})[one.media] = {"schema": JSON_FILE if one.media.endswith("+json") else FILE}
    return found
