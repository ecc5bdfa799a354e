"""Errors as `application/problem+json` (RFC 9457) in the user's language."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from console.http.fields import said, wrong_fields
from console.http.messages import Language, title_of
from lianqin.errors import (
    ConflictError,
    DeniedError,
    LianqinError,
    NotFoundError,
    RecordError,
    UnavailableError,
)

log = structlog.get_logger(__name__)

_BY_KEY: Final = {
    "session.none": 401,
    "session.idle": 401,
    "login.wrong": 401,
    "account.locked": 423,
    "login.busy": 429,
    "login.slowed": 429,
    "export.too_many": 429,
    "export.long": 422,
    "export.large": 422,
    "range.unsatisfiable": 416,
}
_BY_KIND: Final[tuple[tuple[type[LianqinError], int], ...]] = (
    (RecordError, 422), (DeniedError, 403), (NotFoundError, 404), (ConflictError, 409), (UnavailableError, 503),
)  # fmt: skip


def status_of(error: LianqinError) -> int:
    """The HTTP status of one of our errors: by its key where that says more, else by its kind."""
    if error.key in _BY_KEY:
        return _BY_KEY[error.key]
    return next((status for kind, status in _BY_KIND if isinstance(error, kind)), 500)


class Weighed(msgspec.Struct, frozen=True):
    """One language the browser asks for; the lightest comes first."""

    weight: float
    language: Language


def language_of(request: Request) -> Language:
    """`?lang=` wins, then the first of `Accept-Language` that we speak by weight, then Chinese."""
    asked = request.query_params.get("lang", "")
    if asked:
        return "en" if asked.lower().startswith("en") else "zh-CN"
    weighed: list[Weighed] = []
    for part in request.headers.get("accept-language", "").split(","):
        name, _, weight = part.strip().partition(";q=")
        spoken: Language | None = "zh-CN" if name[:2].lower() == "zh" else "en" if name[:2].lower() == "en" else None
        if spoken:
            try:
                weighed.append(Weighed(-float(weight or 1), spoken))
            except ValueError:
                continue
    return min(weighed, key=lambda one: one.weight).language if weighed else "zh-CN"


def problem(
    status: int, key: str, values: dict[str, Any], language: Language, more: dict[str, str] | None = None
) -> Response:
    """`more`: headers. A value `retry_s` (whole seconds) says when to try again."""
    body = {
        "type": f"urn:lianqin:{key}", "title": title_of(status, language), "status": status,
        "detail": said(key, values, language), "key": key, "values": values,
    }  # fmt: skip
    headers = {**(more or {}), **({"Retry-After": str(values.get("retry_s", 2))} if status in {423, 429, 503} else {})}
    return Response(msgspec.json.encode(body, enc_hook=str), status, headers, "application/problem+json")


def install(app: FastAPI) -> None:
    """Answer every error of ours, of the framework and of a request's form as a problem."""

    @app.exception_handler(LianqinError)
    def _ours(request: Request, error: LianqinError) -> Response:
        status = status_of(error)
        if status >= 500:
            log.error("request_failed", path=request.url.path, key=error.key, error=str(error))
        return problem(status, error.key, error.values, language_of(request))

    @app.exception_handler(RequestValidationError)
    def _form(request: Request, error: RequestValidationError) -> Response:
        language = language_of(request)
        fields, which = wrong_fields(error.errors(), language)
        return problem(422, "form.invalid", {"fields": fields, "which": which}, language)

    @app.exception_handler(HTTPException)
    def _framework(request: Request, error: HTTPException) -> Response:
        if error.status_code == 400:  # FastAPI's own, of a body that is not even text: as one that is no JSON
            return _form(request, RequestValidationError([{"loc": ("body",), "type": "json_invalid"}]))
        key = {404: "route.missing", 405: "route.method"}.get(error.status_code, "request.refused")
        return problem(error.status_code, key, {"path": request.url.path}, language_of(request))

    @app.exception_handler(Exception)
    def _unforeseen(request: Request, _error: Exception) -> Response:
        return problem(500, "server.fault", {}, language_of(request))  # the server logs it, the page learns no more
