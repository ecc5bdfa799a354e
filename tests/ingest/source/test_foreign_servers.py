"""Servers that nobody here wrote, serving what people have: each is watched the worker's way, by a worker that runs.

Every picture of these streams bears its number (`servers.streams`), so that order, loss and time are seen. A row is one
server, transport and kind of stream; rows are opened by the handful, because most of a row's time is waiting for pictures.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import av
import msgspec
import pytest

from ingest.evidence.clip import write_clip
from lianqin.bus import connect
from lianqin.embedded import EmbeddedRedis
from lianqin.errors import EvidenceError
from lianqin.records import Camera, CameraHealth, Detection, Frame
from lianqin.testing import a_camera
from tests.ingest.servers.streams import Kind, bright_of, make, number_of
from tests.ingest.servers.table import NOT_WATCHED, WATCHED, Row, Served

AT_ONCE: Final = 8
"""Rows that are watched beside each other."""
LOOKS: Final = 40
"""Pictures of each row that are looked at, at the least."""
WAIT_S: Final = 12.0


class Shown(msgspec.Struct, frozen=True):
    """A picture that came to the detector."""

    at: float
    number: int
    bright: float
    size: tuple[int, int]


class Seen(msgspec.Struct, frozen=True):
    """What came of a row: pictures of the camera that is always watched and of the one that decodes key frames alone, in the
    order in which they came; its health; its clip and how many packets were cut for it, or why there is none."""

    looks: tuple[Shown, ...]
    keys: tuple[Shown, ...]
    health: CameraHealth | None
    clip: bytes
    packets: int
    error: str


class Reads:
    """Stands for the detector: reads the number that each picture bears."""

    name = "reads@test"

    def __init__(self) -> None:
        self.shown: dict[str, list[Shown]] = defaultdict(list)

    def detect(self, frames: Sequence[Frame]) -> list[tuple[Detection, ...]]:
        for frame in frames:
            picture = frame.bgr
            shown = Shown(frame.captured_at, number_of(picture), bright_of(picture), picture.shape[1::-1])
            self.shown[frame.camera_id].append(shown)
        return [() for _ in frames]


def samplings(row: Row) -> tuple[str, ...]:
    """A row is watched in both ways, at once."""
    return ("full",) if row.named else ("full", "key_frames")


class Patrol:
    """A worker, and the rows that it has watched; each is opened with its neighbours the first time that one is asked for."""

    def __init__(self, house: Any, wanted: Sequence[Row], folder: Path) -> None:
        self._house, self._wanted, self._folder = house, list(wanted), folder
        self._reads = Reads()
        self._worker = house.worker(self._reads, sample_interval=0.01)
        self._seen: dict[Row, Seen] = {}

    def seen(self, row: Row) -> Seen:
        if row not in self._seen:
            at = self._wanted.index(row)
            self._watch([one for one in self._wanted[at:] if not one.peer.missing()][:AT_ONCE])
        return self._seen[row]

    def _watch(self, batch: Sequence[Row]) -> None:
        with contextlib.ExitStack() as stack:
            urls = self._serve(batch, stack)
            for row in batch:
                for sampling in samplings(row):
                    self._house.publish(self._record(row, urls[row.served], sampling))
            until = time.monotonic() + WAIT_S + max(row.kind.group_s for row in batch)
            while time.monotonic() < until and not all(self._has_enough(row) for row in batch):
                time.sleep(0.05)
            for row in batch:
                self._seen[row] = self._result(str(row))
            for row in batch:
                for sampling in samplings(row):
                    self._house.remove(f"{row}/{sampling}")

    def _serve(self, batch: Sequence[Row], stack: contextlib.ExitStack) -> dict[Served, str]:
        """Starts what the rows need, all at once; the addresses."""

        def start(row: Row) -> str:
            return stack.enter_context(row.peer.serve(row.kind, make(row.kind, self._folder), row.shape))

        needed = {row.served: row for row in batch}
        with ThreadPoolExecutor(len(needed)) as pool:
            list(pool.map(lambda kind: make(kind, self._folder), {row.kind for row in batch}))
            return dict(zip(needed, pool.map(start, needed.values()), strict=True))

    def _record(self, row: Row, url: str, sampling: str) -> Camera:
        changes = {"url": url, "sub_url": None, "transport": row.transport, "sampling": sampling, "zones": ()}
        return a_camera(id=f"{row}/{sampling}", **changes)

    def _has_enough(self, row: Row) -> bool:
        name = str(row)
        if row.named:
            found = self._house.health(f"{name}/full")
            return found is not None and found.state == "fault"
        looks, keys = self._reads.shown[f"{name}/full"], self._reads.shown[f"{name}/key_frames"]
        wanted = min(LOOKS, 3 * row.kind.fps)
        enough_keys = len(keys) >= (2 if row.kind.group_s <= 1 else 1)
        return len(looks) >= wanted and enough_keys and self._house.is_ok(f"{name}/full")

    def _result(self, name: str) -> Seen:
        looks = tuple(self._reads.shown[f"{name}/full"])
        health = self._house.health(f"{name}/full")
        keys = tuple(self._reads.shown[f"{name}/key_frames"])
        clip, packets, error = b"", 0, ""
        task = self._worker.tasks.get(f"{name}/full")
        if looks and task is not None:
            try:
                cut = task.ring.cut(looks[0].at, looks[-1].at)
                clip, packets = write_clip(cut), len(cut.packets)
            except EvidenceError as caught:
                error = str(caught)
        return Seen(looks, keys, health, clip, packets, error)


DECODED = "its time stamps rise in the order of decoding, against RFC 6184 5.1: so do the times of the clip's pictures"
NOT_YET: Final = {f"aio-rtsp-tcp-{kind}": DECODED for kind in ("h264-b", "hevc-b", "hevc-open")}
"""Rows that fail, and why."""


def marked(row: Row) -> Any:
    why = NOT_YET.get(str(row))
    return pytest.param(row, id=str(row), marks=[pytest.mark.xfail(strict=True, reason=why)] if why else [])


@pytest.fixture(scope="module")
def patrol(request: pytest.FixtureRequest, kit: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Patrol]:
    wanted: list[Row] = [
        item.callspec.params["row"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec") and "row" in item.callspec.params
    ]
    with tempfile.TemporaryDirectory(prefix="lq-") as folder:
        server = EmbeddedRedis(Path(folder))
        server.start()
        client = connect(server.url)
        house = kit.house(server, client, server.folder)
        yield Patrol(house, wanted, tmp_path_factory.mktemp("streams"))
        house.close()
        client.close()
        server.stop()


def skip_missing(row: Row) -> None:
    if why := row.peer.missing():
        pytest.skip(why)


@pytest.mark.parametrize("row", [marked(row) for row in WATCHED])
def test_what_a_foreign_server_sends_is_watched_in_order_and_cut_whole(patrol: Patrol, row: Row) -> None:
    skip_missing(row)
    seen, kind = patrol.seen(row), row.kind
    assert seen.health is not None
    assert seen.health.state == "ok", seen.health.detail
    assert (seen.health.codec, seen.health.width, seen.health.height) == (kind.codec, *kind.size)
    assert {shown.size for shown in seen.looks} == {kind.size}
    check_order(seen.looks, row, kind.pictures / 2)
    check_pace([shown.at for shown in seen.looks], [shown.number for shown in seen.looks], kind)
    assert seen.keys
    check_order(seen.keys, row, kind.pictures)  # of a camera that is asleep not each is looked at
    every = round(kind.group_s * kind.fps)
    assert {shown.number % every for shown in seen.keys} == {0}, "key frames alone, and each shows its own picture"
    brightest = max(shown.bright for shown in seen.looks)
    assert brightest == pytest.approx(kind.bright, abs=6), "levels are those that were filmed"
    check_clip(seen, row)


def check_order(looks: Sequence[Shown], row: Row, furthest: float) -> None:
    """Numbers and capture times rise together; `furthest`: pictures from one look to the next."""
    for before, after in pairwise(looks):
        step = (after.number - before.number) % row.kind.pictures
        assert after.at > before.at, "capture times rise"
        assert 0 < step + row.peer.repeats < furthest, f"picture {after.number} came after {before.number}"


def check_pace(times: Sequence[float], numbers: Sequence[int], kind: Kind) -> None:
    """Once the line of least delay is found, times are as far apart as the pictures were filmed."""
    half = len(times) // 2
    for (before, first), (after, second) in pairwise(list(zip(times, numbers, strict=True))[half:]):
        assert after - before == pytest.approx((second - first) % kind.pictures / kind.fps, abs=0.35)


def check_clip(seen: Seen, row: Row) -> None:
    """It decodes whole, from its first picture to its last, in the order in which it was filmed."""
    assert seen.clip, seen.error
    with av.open(io.BytesIO(seen.clip)) as file:
        frames = list(file.decode(video=0))
    assert frames[0].key_frame
    assert not any(frame.is_corrupt for frame in frames)
    numbers = [number_of(frame.to_ndarray(format="bgr24")) for frame in frames]
    steps = [(after - before) % row.kind.pictures for before, after in pairwise(numbers)]
    # With B-frames the last ones need what is shown behind them; of what lies between some may be missing.
    ragged = 3 if row.kind.is_reordered else 0
    allowed = {0, 1} if row.peer.repeats else {1}
    assert set(steps[: len(steps) - ragged]) <= allowed, f"pictures in the order of {numbers}"
    assert max(steps) <= 1 + ragged, f"pictures in the order of {numbers}"
    leading = 3 if "open" in row.kind.name else 0  # they need the group before, which is not in the clip
    assert seen.packets - leading <= len(frames) <= seen.packets
    times = [float(frame.time) for frame in frames if frame.time is not None]
    assert times == sorted(times), "each is shown after the one before it"
    check_pace(times, numbers, row.kind)


@pytest.mark.parametrize("row", NOT_WATCHED, ids=str)
def test_what_cannot_be_watched_is_named(patrol: Patrol, row: Row) -> None:
    skip_missing(row)
    health = patrol.seen(row).health
    assert health is not None
    assert health.state == "fault"
    assert re.search(row.named, health.detail, re.IGNORECASE), health.detail
