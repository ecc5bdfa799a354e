"""A message for the administrator, without what would let anyone send in a guard's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

from lianqin.records import Device
from lianqin.texts import storable
from patrol.devices.credential import credential_sha256
from patrol.intake.readers import HttpRequest, credentials_in
from patrol.intake.values import plain

_LOOKED_AT: Final = 8000
"""Characters; more than is kept of a message."""
_MOST_TRIED: Final = 2000
_WORD: Final = re.compile(r"[\w-]{4,}")
_HEX: Final = re.compile(r"(?=([0-9a-fA-F]{32}))")
"""A credential as enrolment makes it, wherever it begins."""


class Scrub:
    """An enrolled credential is replaced by its device's id: those that a client has where its credential stands, and any
    word of the text that is one. A password that comes in a header is not kept at all."""

    def __init__(self, request: HttpRequest, devices: Mapping[str, Device]) -> None:
        self._devices = devices
        self._named = self._enrolled(credentials_in(request))
        body = request.body[: 4 * _LOOKED_AT].decode("utf-8", "replace")
        self.whole = (request.query + ("\n" if request.query and request.body else "") + body)[:_LOOKED_AT]

    def text(self, raw: str) -> str:
        raw = storable(raw[:_LOOKED_AT])  # what is taken out later would put a credential together again
        secrets = self._secrets(raw)
        found = _without(raw, secrets)
        readable = plain(found)
        if any(secret in readable for secret in secrets):
            return _without(plain(raw), secrets)
        return found

    def _secrets(self, raw: str) -> dict[str, str]:
        """Credential to device id."""
        readable = plain(raw)
        tried: set[str] = set()
        for text in {raw, readable}:
            tried.update(islice(_WORD.findall(text), _MOST_TRIED))
            tried.update(islice(_HEX.findall(text), _MOST_TRIED))
        return self._named | self._enrolled(tried)

    def _enrolled(self, words: Iterable[str]) -> dict[str, str]:
        """Those that are the credential of a device, with its id."""
        found = {word: self._devices.get(credential_sha256(word)) for word in words}
        return {word: device.id for word, device in found.items() if device is not None}


def _without(text: str, secrets: Mapping[str, str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, f"<{secrets[secret]}>")
    return text
