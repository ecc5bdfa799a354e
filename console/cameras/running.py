"""Looks that last: live video that is being shown now. Each lives as long as the session that began it, and its end is registered.

Fragments and MJPEG flow through this process, which cuts them. WebRTC flows from the worker, which shows it only while it is told
to (`ingest.live.server`): whoever ends a look, or the console with it, ends the video within a minute. What runs is kept in Redis too, so
that of a process that died the ends are registered by whoever looks next.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Literal, cast

import msgspec
import redis
import structlog

from console.access import sessions
from console.access.sessions import Caller
from console.cameras import video
from console.http.context import Console
from lianqin import audit, keys
from lianqin.audit import Actor, Purpose
from lianqin.decoding import from_json
from lianqin.errors import LianqinError
from lianqin.inner import SignedRequest
from lianqin.records import new_id

log = structlog.get_logger(__name__)

CHECK_EVERY: Final = 10.0
KEEP_TIMEOUT_S: Final = 2.0
"""A worker that hangs is not to cost those that answer their viewers: they wait for `/keep` in one line."""
LOST_AFTER: Final = 90.0
"""Seconds without a word of the process that held it (a clock of Redis's): the look is over."""
Way = Literal["WebRTC", "fMP4", "MJPEG"]
End = Literal["left", "session", "lost"]
"""Why it ended: who looked left, the session ended (by whomever), or nobody knows of it any more."""


class SentBytes(msgspec.Struct, frozen=True):
    """What went out: how many bytes of which sha256, where they came through here."""

    bytes: int
    sha256: str


class Running(msgspec.Struct, frozen=True):
    """One look. `worker` and `viewer`: where it is shown from, by WebRTC. `seen_at`: by Redis's clock."""

    id: str
    actor: Actor
    session: str
    camera_id: str
    purpose: Purpose
    case_ref: str
    way: Way
    began_at: float
    worker: str = ""
    viewer: str = ""
    seen_at: float = 0.0


class RunningLooks:
    """Those of this process. Thread-safe; `run_once` is a thread's work."""

    def __init__(self, console: Console) -> None:
        self._console, self._guard = console, threading.Lock()
        self._here: dict[str, tuple[Running, Callable[[], None]]] = {}
        self._unwritten: dict[str, tuple[Running, End, SentBytes | None]] = {}
        """Ends that the database did not take yet."""

    def begin(
        self, caller: Caller, camera_id: str, *, purpose: Purpose, case_ref: str, way: Way, cut: Callable[[], None],
        worker: str = "", viewer: str = "",
    ) -> str:  # fmt: skip
        """`cut` ends it, from any thread, and may be called when it has ended. Returns its id."""
        at = self._console.clock.now()
        one = Running(
            new_id("lv", at), caller.actor, caller.session, camera_id, purpose, case_ref, way, at, worker, viewer
        )
        with self._guard:
            self._here[one.id] = one, cut
        self._tell([one])
        return one.id

    def end(self, look_id: str, why: End = "left", shown: SentBytes | None = None, *, cuts: bool = True) -> None:
        """Once; the row is written when the database takes it. Not `cuts`: the caller ends what is shown."""
        with self._guard:
            found = self._here.pop(look_id, None)
        if found is None:
            return
        one, cut = found
        if cuts:
            cut()
        with self._guard:
            self._unwritten[one.id] = one, why, shown
        self._write_ends()

    def end_viewer(self, caller: Caller, viewer: str) -> bool:
        """The page says that it left; the caller tells the worker. False: it is no look of this session here."""
        with self._guard:
            mine = [one.id for one, _ in self._here.values() if one.viewer == viewer and one.session == caller.session]
        for look_id in mine:
            self.end(look_id, cuts=False)
        return bool(mine)

    def is_anybodys(self, viewer: str) -> bool:
        """It runs here, of whichever session."""
        with self._guard:
            return any(one.viewer == viewer for one, _ in self._here.values())

    def run_once(self) -> None:
        self.check()
        self._console.clock.sleep(CHECK_EVERY, self._console.stop)

    def check(self) -> None:
        """End sessions that nobody uses, looks whose session ended, and those that nobody looks at any more."""
        sessions.do_idle_exits(self._console)
        with self._guard:
            here = [one for one, _ in self._here.values()]
        living = sessions.alive(self._console.store, {one.session for one in here}) if here else set()
        for one in here:
            if one.session not in living:
                self.end(one.id, "session")
        self._keep([one for one in here if one.session in living and one.way == "WebRTC"])
        with self._guard:
            here = [one for one, _ in self._here.values()]
        self._tell(here)
        self._write_ends()
        self._bury_the_lost()

    def _keep(self, looks: list[Running]) -> None:
        """Tell each worker which viewers may go on, and hear which of them have left."""
        for worker in {one.worker for one in looks}:
            mine = [one for one in looks if one.worker == worker]
            if not self._console.workers.answers(worker):
                continue  # nobody waits for one that hangs; it ends by itself what it is not told to keep
            body = msgspec.json.encode([one.viewer for one in mine])
            try:
                answer = video.ask(self._console, worker, SignedRequest("POST", "/keep", body), timeout=KEEP_TIMEOUT_S)
                kept = from_json(answer.body, frozenset[str])
            except (LianqinError, msgspec.MsgspecError) as error:
                log.info("worker_not_asked", worker=worker, error=str(error))
                if video.is_gone(self._console, worker):
                    kept = frozenset()
                else:
                    continue
            for one in mine:
                if one.viewer not in kept:
                    self.end(one.id)

    def _tell(self, looks: list[Running]) -> None:
        try:
            client = self._console.redis
            at = self._console.clock.at_redis(client)
            for one in looks:
                told = msgspec.structs.replace(one, seen_at=at)
                client.hset(keys.running_looks(), one.id, msgspec.json.encode(told))
        except redis.exceptions.RedisError as error:
            log.warning("running_looks_unsaid", error=str(error))  # this process knows them all the same

    def _write_ends(self) -> None:
        with self._guard:
            ends = list(self._unwritten.values())
        for one, why, shown in ends:
            at = self._console.clock.now()
            try:
                with self._console.store.write() as session:
                    audit.write(
                        session, one.actor, "live.look_end", "camera", one.camera_id, at=at, purpose=one.purpose,
                        case_ref=one.case_ref,
                        detail={"way": one.way, "end": why, "began_at": one.began_at,
                                "lasted_s": round(max(0.0, at - one.began_at))}
                        | ({} if shown is None else msgspec.to_builtins(shown)),
                    )  # fmt: skip
            except LianqinError as error:
                log.warning("end_of_look_waits", look=one.id, error=str(error))
                return
            with self._guard:
                self._unwritten.pop(one.id, None)
            try:
                self._console.redis.hdel(keys.running_looks(), one.id)
            except redis.exceptions.RedisError:
                continue  # `_bury_the_lost` would say it a second time: better than never

    def _bury_the_lost(self) -> None:
        """Looks of processes that are no more: their worker showed them on no longer than it was told."""
        try:
            client = self._console.redis
            at = self._console.clock.at_redis(client)
            raw = cast("dict[bytes, bytes]", client.hgetall(keys.running_looks()))
            for name, body in raw.items():
                try:
                    one = from_json(body, Running)
                except msgspec.MsgspecError:
                    client.hdel(keys.running_looks(), name)
                    continue
                with self._guard:
                    mine = one.id in self._here or one.id in self._unwritten
                # Whoever takes it out of the hash says it: no two do.
                if not mine and at - one.seen_at > LOST_AFTER and client.hdel(keys.running_looks(), name):
                    with self._guard:
                        self._unwritten[one.id] = one, "lost", None
        except redis.exceptions.RedisError as error:
            log.warning("running_looks_unread", error=str(error))
        self._write_ends()
