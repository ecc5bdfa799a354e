"""Every error of ours, one tree. Code degrades only on these names, never on a bare `Exception`.

    LianqinError
    |- SettingsError        a setting is unknown, missing or makes no sense: says which, and the nearest known name
    |- RecordError          a record or an input can't be read: says the field and what was expected
    |- DeniedError          the role or scope does not allow it
    |- NotFoundError        no such thing, or not in your scope (the two look alike on purpose)
    |- ConflictError        the thing is in a state that does not allow this: says which state
    |- UnavailableError     a part we need is away for now: try again
    |  |- BusUnavailable    Redis is away and the local spool is full or missing
    |  |  `- Unconfirmed    Redis has it and too few of its replicas say so: to be sent again
    |  `- SourceError       a camera can't be pulled
    |     |- SourceRefused  401, 403, 404, 454, 503: the camera answers and says no
    |     |- SourceSilent   connected, but no packet within the time-out
    |     |- SourceEnded    the stream stopped: a fault for a camera, never a success
    |     `- SourceUnreadable  what comes is not video we can read
    |- ModelError           a model's file is missing, truncated, of a wrong hash, or its card makes no sense
    `- EvidenceError        a picture or clip can't be written or read (disk full, no key frame in the ring ...)

`LianqinError(key, **values)`: `key` names the message in every language (`console/http/messages.py`); `str()` is English
for logs. `values` fill its placeholders.
"""

from __future__ import annotations

__all__ = [
    "BusUnavailable",
    "ConflictError",
    "DeniedError",
    "EvidenceError",
    "LianqinError",
    "ModelError",
    "NotFoundError",
    "RecordError",
    "SettingsError",
    "SourceEnded",
    "SourceError",
    "SourceRefused",
    "SourceSilent",
    "SourceUnreadable",
    "UnavailableError",
    "Unconfirmed",
]


class LianqinError(Exception):
    """Base of all. `key` is a stable dotted name such as `zone.too_few_points`; `detail` is English."""

    def __init__(self, key: str, detail: str = "", /, **values: object) -> None:
        self.key = key
        self.values = values
        self.detail = detail or ", ".join(f"{k}={v}" for k, v in values.items())
        super().__init__(f"{key}: {self.detail}" if self.detail else key)


class SettingsError(LianqinError): ...


class RecordError(LianqinError): ...


class DeniedError(LianqinError): ...


class NotFoundError(LianqinError): ...


class ConflictError(LianqinError): ...


class UnavailableError(LianqinError): ...


class BusUnavailable(UnavailableError): ...


class Unconfirmed(BusUnavailable): ...


class SourceError(UnavailableError): ...


class SourceRefused(SourceError): ...


class SourceSilent(SourceError): ...


class SourceEnded(SourceError): ...


class SourceUnreadable(SourceError): ...


class ModelError(LianqinError): ...


class EvidenceError(LianqinError): ...
