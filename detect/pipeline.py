"""One camera's detections become alerts: `CameraPipeline.process` is the ordered list track, locate, evaluate, suppress.

It asks for no time: everything goes by the frames' capture times. One pipeline belongs to one camera and one thread.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from detect import suppress
from detect.history import LIKELY, History
from detect.situations.memory import NOTHING, Fired, Memory, Stay
from detect.situations.table import METHOD_VIDEO, SITUATIONS, evaluate, priority
from detect.standing import Kept, Seeming
from detect.tracking import Tracker
from detect.tracking_rules import family_of
from detect.zones import ZonePosition, check_zone, is_armed, locate
from lianqin.errors import RecordError
from lianqin.records import Box, Camera, Detection, Situation, Track, TrackPath, Zone

KEEP_SECONDS: Final = 120.0
"""How long tracks' boxes and the counts of raised alerts are kept."""
FOLLOWED: Final = frozenset({"person", "vehicle", "cycle"})
"""Families that are followed where a camera has no zone yet."""
BACKWARDS: Final = 1.0
"""A frame earlier than the last by less is late and ignored; by more, the clock was set back."""


class Raised(msgspec.Struct, frozen=True):
    """A situation became true: what an alert is made of, all but its id, its picture and its publication."""

    key: str
    """Unique in this pipeline; ask `merged` and `paths` with it."""
    zone: Zone
    situation: Situation
    method: int
    kind: int
    priority: int
    score: float
    """Mean score of the tracks that are its cause."""
    captured_at: float
    tracks: tuple[str, ...]
    """Ids of the tracks that made the rule true."""
    model: str
    rule_version: str


class Remembered(msgspec.Struct, frozen=True):
    """What is to be known to whoever watches this camera next, so that what goes on is no new alert."""

    kept: Kept
    stays: dict[str, dict[str, Stay]]
    """By zone and track, of the tracks that stand."""
    zones: dict[str, Zone]
    """As the stays were measured: a zone that was changed since begins anew."""
    happenings: tuple[suppress.Happening, ...]

    @property
    def holds_something(self) -> bool:
        return bool(self.kept.standing or self.kept.seeming or self.happenings)


class CameraPipeline:
    """Tracks, rules and open happenings of one camera."""

    def __init__(
        self,
        camera: Camera,
        *,
        model: str,
        rule_version: str,
        loiter_seconds: float = 60.0,
        interval: float = 0.2,
        night_from: int = 22 * 60,
        night_to: int = 6 * 60,
        run: str | None = None,
    ) -> None:
        """`interval`: seconds between detections while awake. `run` tells this start from earlier ones in track ids
        (None: a random one). `night_from`, `night_to`: minutes since local midnight."""
        self._run = run or secrets.token_hex(4)
        self._model, self._rule_version = model, rule_version
        self._loiter_seconds, self._night_from, self._night_to = loiter_seconds, night_from, night_to
        self._tracker = Tracker(f"{camera.id}-{self._run}", interval)
        self._history = History(KEEP_SECONDS)
        self._memories: dict[str, Memory] = {}
        self._happenings: list[suppress.Happening] = []
        self._raised = 0
        self._at: float | None = None
        self._waiting = False
        self.tracks: tuple[Track, ...] = ()
        """Of the last frame, coasting ones included."""
        self._families: frozenset[str] = FOLLOWED
        """What the zones ask for: a chair or a plant that no rule asks for keeps no camera awake and costs nothing."""
        self.zones: tuple[Zone, ...] = ()
        self.refused: tuple[RecordError, ...] = ()
        """Zones that no rule can follow, and why; the others go on. Whoever feeds the pipeline tells the user."""
        self.replace_zones(camera)

    def replace_zones(self, camera: Camera) -> None:
        """Follow the camera's zones as they are now. Tracks stay; a zone that was changed begins anew."""
        before = {zone.id: zone for zone in self.zones}
        good: list[Zone] = []
        refused: list[RecordError] = []
        for zone in camera.zones:
            try:
                check_zone(zone)
                good.append(zone)
            except RecordError as error:
                refused.append(error)
        self.zones, self.refused = tuple(good), tuple(refused)
        self._families = frozenset(family_of(label) for zone in good for label in zone.labels) or FOLLOWED
        unchanged = {zone.id for zone in good if before.get(zone.id) == zone}
        self._memories = {key: memory for key, memory in self._memories.items() if key in unchanged}

    def process(
        self, frame_at: float, detections: Sequence[Detection], size: tuple[int, int], looked: Sequence[Box] = ()
    ) -> list[Raised]:
        """One frame's detections, captured at `frame_at` (epoch seconds) -> what became true on it and is new.

        `size`: the frame's width and height in pixels; only their ratio matters. `looked`: the parts of it that were looked at
        (none: the whole). A repeated or late frame is ignored.
        """
        if self._at is not None and frame_at <= self._at:
            if self._at - frame_at < BACKWARDS:
                return []
            self._set_back(frame_at - self._at)
        self._at = frame_at
        aspect = size[0] / size[1]
        self._track(detections, aspect, looked)
        places = self._locate(aspect)
        fired = self._evaluate(places)
        return self._suppress(fired)

    def remember(self, told: Collection[str]) -> Remembered:
        """What stands here and what is open, for the next worker. `told`: keys of alerts that are durable; what another fired
        for is left to fire again, since nobody may ever hear of it."""
        kept = self._tracker.kept()
        standing = {one.track for one in kept.standing}
        open_ones = [one for one in self._happenings if one.key in told]
        known = {(one.rule, track) for one in open_ones for track in one.tracks}
        stays: dict[str, dict[str, Stay]] = {}
        for key, memory in self._memories.items():
            mine = {
                track: stay if (key, track) in known else msgspec.structs.replace(stay, fired=False)
                for track, stay in memory.stays.items()
                if track in standing
            }
            if mine:
                stays[key] = mine
        zones = {zone.id: zone for zone in self.zones if zone.id in stays}
        return Remembered(kept, stays, zones, tuple(open_ones))

    def recall(self, remembered: Remembered) -> None:
        """As the worker before left it; before the first frame."""
        self._tracker.places.recall(remembered.kept)
        now = {zone.id: zone for zone in self.zones}
        for key, stays in remembered.stays.items():
            if key in now and remembered.zones.get(key) == now[key]:
                self._memories[key] = Memory(stays=stays)
        self._happenings = list(remembered.happenings)

    @property
    def seeming(self) -> tuple[Seeming, ...]:
        """Where false boxes were learned."""
        return self._tracker.places.seeming

    def forget_places(self) -> None:
        """The view moved: what stood where means nothing any longer."""
        self._tracker.places.clear()

    def forget_seeming(self) -> int:
        """Somebody said so: where false boxes are is learned anew. How many places it were."""
        return self._tracker.places.forget_seeming()

    def _set_back(self, seconds: float) -> None:
        """The clock went back by so many (negative) seconds: what stands and what is open goes on, all else begins anew."""
        happenings = [msgspec.structs.replace(one, raised_at=one.raised_at + seconds) for one in self._happenings]
        memories = self._memories
        self.reset()
        standing = self._tracker.places.tracks
        for key, memory in memories.items():
            stays = {track: stay.moved(seconds) for track, stay in memory.stays.items() if track in standing}
            self._memories[key] = Memory(stays=stays)
        self._tracker.places.shift(seconds)
        self._happenings = happenings

    def reset(self) -> None:
        """Forget tracks, stays and happenings; what stands is known again by its place."""
        self._tracker.reset()
        self._history.clear()
        self._memories.clear()
        self._happenings.clear()
        self._at, self._waiting, self.tracks = None, False, ()

    @property
    def interesting(self) -> bool:
        """Keep the camera awake: on the last frame a track was new or moved, or someone's time in a zone is running."""
        at = self._at
        return at is not None and (self._waiting or any(self._history.is_lively(track, at) for track in self.tracks))

    @property
    def likely(self) -> tuple[Box, ...]:
        """Where something is likely to be: what the next look must not leave out. Where nothing is but a weak box, it will be
        looked at when it moves, or with the whole."""
        return tuple(track.box for track in self.tracks if track.probability >= LIKELY)

    def paths(self, since: float, key: str | None = None) -> tuple[TrackPath, ...]:
        """The tracks' detected boxes since then (kept for `KEEP_SECONDS`). With an alert's `key` the tracks that caused
        it, later merged ones included, are flagged as `cause`."""
        happening = self._find(key)
        return self._history.paths(since, happening.tracks if happening else frozenset())

    def merged(self, key: str) -> int:
        """How many later tracks were merged into that alert."""
        happening = self._find(key)
        return happening.merged if happening else 0

    # --- the steps of `process`, in order -----------------------------------------------------------------------------

    def _track(self, detections: Sequence[Detection], aspect: float, looked: Sequence[Box]) -> None:
        at = self._now
        asked = [one for one in detections if family_of(one.label) in self._families]
        self.tracks = self._tracker.update(asked, at, aspect, looked)
        self._history.add(self.tracks, at)

    def _locate(self, aspect: float) -> Mapping[str, tuple[ZonePosition, ...]]:
        """Armed zones by id. A zone that is not armed forgets: who is in it when it is armed starts then."""
        return {zone.id: locate(zone, self.tracks, aspect) for zone in self.zones if is_armed(zone, self._now)}

    def _evaluate(self, places: Mapping[str, tuple[ZonePosition, ...]]) -> list[tuple[Zone, Fired]]:
        memories: dict[str, Memory] = {}
        fired: list[tuple[Zone, Fired]] = []
        self._waiting = False
        kept = self._tracker.places.tracks
        for zone in self.zones:
            if zone.id not in places:
                continue
            memory = self._memories.get(zone.id, NOTHING)
            outcome = evaluate(zone, memory, places[zone.id], self._now, loiter_seconds=self._loiter_seconds, kept=kept)
            memories[zone.id] = outcome.memory
            fired += [(zone, one) for one in outcome.fired]
            self._waiting |= outcome.waiting
        self._memories = memories
        return fired

    def _suppress(self, fired: Sequence[tuple[Zone, Fired]]) -> list[Raised]:
        at = self._now
        alive = {track.id for track in self.tracks} | self._tracker.places.tracks
        self._happenings = [h for h in self._happenings if suppress.still_open(h, alive, at, KEEP_SECONDS)]
        raised = []
        for zone, one in fired:
            known = suppress.belongs_to(self._happenings, zone.id, one.tracks, at)
            if known is not None:
                self._happenings[self._happenings.index(known)] = suppress.add(known, one.tracks)
                continue
            self._raised += 1
            alert = self._describe(f"{self._run}-{self._raised}", zone, one)
            self._happenings.append(suppress.Happening(alert.key, zone.id, at, frozenset(one.tracks)))
            raised.append(alert)
        return raised

    def _describe(self, key: str, zone: Zone, fired: Fired) -> Raised:
        at = self._now
        scores = [track.score for track in self.tracks if track.id in fired.tracks]
        return Raised(
            key=key,
            zone=zone,
            situation=zone.situation,
            method=METHOD_VIDEO,
            kind=SITUATIONS[zone.situation].kind,
            priority=priority(zone, at, night_from=self._night_from, night_to=self._night_to),
            score=sum(scores) / len(scores) if scores else 0.0,
            captured_at=at,
            tracks=fired.tracks,
            model=self._model,
            rule_version=self._rule_version,
        )

    @property
    def _now(self) -> float:
        """Capture time of the frame that is being processed."""
        assert self._at is not None
        return self._at

    def _find(self, key: str | None) -> suppress.Happening | None:
        return next((happening for happening in self._happenings if happening.key == key), None)
