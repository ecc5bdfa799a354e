"""Bodies of requests: forms as JSON, and what is taken as it comes, each with its bound. `console/access/bounds.py` holds the same bounds
before a route is asked."""

from __future__ import annotations

import difflib
from typing import Any, Final, TypeVar, cast

import msgspec
from fastapi import Request
from pydantic import BaseModel, ConfigDict, model_validator

from lianqin.errors import RecordError
from lianqin.numbers import whole
from lianqin.records import build
from lianqin.texts import storable_all

T = TypeVar("T")
SMALL: Final = 256 * 1024
"""Bytes of a body where the route says nothing, and of everybody's who shows no session."""


class Form(BaseModel):
    """Base of all forms. What is not known is refused. Characters that no database takes (U+0000, half a surrogate pair) are left
    out and refuse nothing: no keyboard types them, and what a person wrote is not lost for them."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, told: Any) -> Any:
        return storable_all(told)


class Limited:
    """The dependency that gives a body as it came; what is announced or grows beyond `most` bytes is refused by the error `too_large`
    before it is read to its end."""

    def __init__(self, most: int, too_large: str) -> None:
        self.most, self.too_large = most, too_large

    async def __call__(self, request: Request) -> bytes:
        announced = request.headers.get("content-length")
        body = bytearray()
        if announced is None or whole(announced, self.most) is not None:
            async for part in request.stream():
                body += part
                if len(body) > self.most:
                    break
            else:
                return bytes(body)
        raise RecordError(self.too_large, f"more than {self.most} bytes", mb=self.most // 1_000_000)


def build_strict(kind: type[T], raw: object, *more: str) -> T:
    """`lianqin.records.build` that refuses unknown fields by name (`record.unknown_field`); `more` are allowed beside."""
    if isinstance(raw, dict):
        known = [field.encode_name for field in msgspec.structs.fields(cast("Any", kind))] + ["type"]
        for name in raw:
            if name not in known and name not in more:
                near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.0)
                raise RecordError("record.unknown_field", f"no field `{name}`; did you mean `{near[0]}`?",
                                  field=str(name), nearest=near[0])  # fmt: skip
        raw = {name: value for name, value in raw.items() if name not in more}
    return build(kind, raw)
