"""What a camera's worker knows of its view beyond this moment, and hands to the next: what it should show (`view`), and what
stands in it, which alerts are open and where false boxes are (`places`). Kept in Redis by the worker, as MessagePack.

It is asked by the worker's thread each second, told by the desk's and ordered by the inner address's.
"""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections import deque
from typing import Final

import msgspec

from detect.pipeline import CameraPipeline, Remembered
from detect.standing import Kept
from ingest.look.diagnosis import Diagnosis, LearnedView
from lianqin.clock import Clock
from lianqin.decoding import from_msgpack
from lianqin.records import Box, Camera, FalsePlace

KEEP_VIEW_S: Final = 300.0
KEEP_PLACES_S: Final = 5.0
MOST_TOLD: Final = 500
_NEVER: Final = float("-inf")
_NOTHING: Final = Remembered(Kept(), {}, {}, ())
_DIGITS: Final = 3
"""Of a told box: a thousandth of the picture is drawn no finer."""


class _Places(msgspec.Struct, frozen=True):
    """What is kept of a view's places; `of`: which view."""

    of: str
    remembered: Remembered


def _view_of(camera: Camera) -> str:
    """Another address or other masks show another picture."""
    told = f"{camera.sub_url or camera.url}|{camera.masks}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


class CameraMemory:
    """Of one camera, as long as it shows the same view: another address or other masks make another task."""

    def __init__(
        self, camera: Camera, pipeline: CameraPipeline, guard: threading.Lock, diagnosis: Diagnosis, clock: Clock
    ) -> None:
        """`guard`: of the pipeline."""
        self._of = _view_of(camera)
        self._pipeline, self._guard, self._diagnosis, self._clock = pipeline, guard, diagnosis, clock
        self._view_at = self._places_at = _NEVER
        self._moved_at: float | None = None
        self._told: deque[str] = deque(maxlen=MOST_TOLD)
        """Alerts that are durable."""
        self._kept: bytes | None = b""
        """The places as they were last kept; None: nobody knows."""

    # --- what it should show ------------------------------------------------------------------------------------------

    def recall_view(self, body: bytes) -> bool:
        """As the worker before left it. False: it was another's, or can't be read."""
        try:
            return self._diagnosis.recall(from_msgpack(body, LearnedView), self._of)
        except (msgspec.MsgspecError, ValueError, zlib.error):
            return False

    def view(self) -> bytes | None:
        """What to keep of it, each `KEEP_VIEW_S` while all is well."""
        now = self._clock.monotonic()
        if now - self._view_at < KEEP_VIEW_S or not self._diagnosis.is_calm:
            return None
        self._view_at = now
        found = self._diagnosis.view(self._of)
        return None if found is None else msgspec.msgpack.encode(found)

    def begin_anew(self) -> None:
        """What it shows now is what it should show."""
        self._view_at = self._clock.monotonic()
        self._forget_places()

    def follow_view(self) -> None:
        """A view that was found to have moved forgets what stood where, once."""
        finding = self._diagnosis.finding
        if finding.fault == "moved" and self._moved_at != finding.since:
            self._moved_at = finding.since
            self._forget_places()

    def _forget_places(self) -> None:
        with self._guard:
            self._pipeline.forget_places()

    # --- what is where ------------------------------------------------------------------------------------------------

    def recall_places(self, body: bytes) -> bool:
        """What stands in this view and which alerts are open, as the worker before left it (empty: nothing); before anything
        is looked at. False: it was another view's, or can't be read."""
        try:
            found = from_msgpack(body, _Places) if body else _Places(self._of, _NOTHING)
        except msgspec.MsgspecError:
            return False
        if found.of != self._of:
            return False
        with self._guard:
            self._pipeline.recall(found.remembered)
            self._told.extend(one.key for one in found.remembered.happenings)  # alone what is durable is handed on
        return True

    def places(self) -> bytes | None:
        """What to keep of it, each `KEEP_PLACES_S` and at once when an alert was raised; None: as before."""
        now = self._clock.monotonic()
        if now - self._places_at < KEEP_PLACES_S:
            return None
        self._places_at = now
        body = self._body()
        if body == self._kept:
            return None
        self._kept = body
        return body

    def told(self, key: str) -> None:
        """An alert of this camera is durable: whoever watches next need not raise it again."""
        with self._guard:
            self._told.append(key)
        self._places_at = _NEVER

    @property
    def false_places(self) -> tuple[FalsePlace, ...]:
        """Where false boxes were learned."""
        with self._guard:
            return tuple(
                FalsePlace(one.family, _rounded(one.box), round(one.seconds, 1), round(one.at, 1))
                for one in self._pipeline.seeming
            )

    def forget_false_places(self) -> tuple[int, bytes]:
        """They are learned anew; what stands is not forgotten. How many it were, and what is to be kept in their stead."""
        with self._guard:
            known = self._pipeline.forget_seeming()
        # The worker's thread may be about to write them as they were: it writes again.
        self._kept, self._places_at = None, _NEVER
        return known, self._body()

    def _body(self) -> bytes:
        with self._guard:
            remembered = self._pipeline.remember(self._told)
            return msgspec.msgpack.encode(_Places(self._of, remembered)) if remembered.holds_something else b""


def _rounded(box: Box) -> Box:
    left, top, right, bottom = box
    return round(left, _DIGITS), round(top, _DIGITS), round(right, _DIGITS), round(bottom, _DIGITS)
