"""Every fault of the simulator at once, each on a camera of its own, beside one that nothing happens to."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import structlog

from demo.rtsp.camera import SimCamera
from demo.rtsp.sim import CameraSim
from ingest.worker import IngestWorker
from lianqin import keys, logs, settings
from lianqin.bus import connect
from lianqin.embedded import EmbeddedRedis
from lianqin.records import CameraHealth, decode, encode

pytestmark = pytest.mark.chaos
NAMED_WITHIN_S, BACK_WITHIN_S, OBSERVED_S = 30.0, 10.0, 6.0

LASTING = {
    "hang": {"silent"}, "stall": {"silent"}, "garbage": {"unreadable", "no_picture", "ended"}, "401": {"unauthorised"},
    "404": {"not_found"}, "503": {"busy"}, "slow": {"slow"}, "offline": {"unreachable"},
}  # fmt: skip
"""Fault of the simulator -> the reasons that name it."""
PASSING = {
    "drop": {"ended"},
    "clock_jump": {"clock_jump"},
    "codec_change": {"ended"},
    "resolution_change": {"ended", ""},
}
ASKED_LATER = "401"
"""A refused password is tried again after minutes, since cameras lock the account, or at once with another address."""
CONTROL = "C-well"


@dataclass
class Story:
    """What an independent client of Redis saw of each camera."""

    named: dict[str, float] = field(default_factory=dict)
    """Seconds from the fault to its name."""
    back: dict[str, float] = field(default_factory=dict)
    """Seconds from the return of the source to `ok`."""
    before: dict[str, CameraHealth] = field(default_factory=dict)
    after: dict[str, CameraHealth] = field(default_factory=dict)
    told: list[CameraHealth] = field(default_factory=list)
    sampled_before: float = 0.0
    sampled_during: float = 0.0
    """Pictures of the camera that is well, looked at a second."""
    log: str = ""


def cid(fault: str) -> str:
    return f"C-{fault}"


class Observer:
    """Reads the hash of healths and the stream of changes."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def now(self) -> dict[str, CameraHealth]:
        found = {}
        for raw in self.client.hgetall(keys.camera_health()).values():
            health = decode(raw)
            assert isinstance(health, CameraHealth)
            found[health.camera_id] = health
        return found

    def told(self) -> list[CameraHealth]:
        return [decode(fields[b"r"]) for _, fields in self.client.xrange(keys.HEALTH)]  # type: ignore[misc]


def wait_for(each: dict[str, Any], seconds: float) -> dict[str, float]:
    """Name -> seconds until its condition held; those that never did are left out."""
    began, done = time.monotonic(), dict[str, float]()
    while len(done) < len(each) and time.monotonic() - began < seconds:
        for name, holds in each.items():
            if name not in done and holds():
                done[name] = time.monotonic() - began
        time.sleep(0.1)
    return done


@pytest.fixture(scope="module")
def story(loops: Any, kit: Any) -> Iterator[Story]:
    """One run for all the tests below."""
    every = {**LASTING, **PASSING}
    cameras = {cid(fault): SimCamera(loops.h264, user="u", password="geheim-1", others=loops.hevc) for fault in every}
    cameras[CONTROL] = SimCamera(loops.h264)
    with TemporaryDirectory(prefix="lq-") as folder, CameraSim(cameras) as sim:
        server = EmbeddedRedis(Path(folder))
        server.start()
        client = connect(server.url)
        for name in cameras:
            client.hset(keys.followed("camera"), name, encode(kit.camera_of(sim, name, zones=())))
        client.incr(keys.followed_version("camera"))
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            logs.configure(json=True)
        worker = IngestWorker(settings.check({"run_dir": folder, "redis_url": server.url}), kit.walker())
        worker.start()

        def edit(name: str) -> None:
            changed = {"url": f"{sim.url(name)}?edited", "sub_url": f"{sim.url(name, 'sub')}?edited", "version": 2}
            client.hset(keys.followed("camera"), name, encode(kit.camera_of(sim, name, zones=(), **changed)))
            client.incr(keys.followed_version("camera"))

        try:
            told = run(Observer(client), sim, every, edit)
            told.log = said.getvalue()
            yield told
        finally:
            structlog.reset_defaults()
            worker.stop()
            client.close()
            server.stop()


def run(look: Observer, sim: CameraSim, every: dict[str, set[str]], edit: Callable[[str], None]) -> Story:
    story = Story()
    up = wait_for({"all": lambda: [h.state for h in look.now().values()] == ["ok"] * len(sim.cameras)}, 20)
    assert up, look.now()
    first, began = look.now()[CONTROL].sampled, time.monotonic()
    time.sleep(OBSERVED_S)
    story.before = look.now()
    story.sampled_before = (story.before[CONTROL].sampled - first) / (time.monotonic() - began)

    first, began = story.before[CONTROL].sampled, time.monotonic()
    marks = {fault: len(look.told()) for fault in every}
    for fault in every:
        sim.fault(cid(fault), fault)

    def is_named(fault: str) -> bool:
        since = [h for h in look.told()[marks[fault] :] if h.camera_id == cid(fault)]
        if fault == "resolution_change":
            return look.now()[cid(fault)].width == story.before[cid("resolution_change")].width // 2
        return any(health.reason in every[fault] and health.state == "fault" for health in since)

    story.named = wait_for({fault: lambda fault=fault: is_named(fault) for fault in every}, NAMED_WITHIN_S)
    for fault in LASTING:
        sim.fault(cid(fault), "ok")
    edit(cid(ASKED_LATER))
    story.back = wait_for(
        {fault: lambda fault=fault: look.now()[cid(fault)].state == "ok" for fault in every}, BACK_WITHIN_S
    )
    time.sleep(1.2)
    story.after, story.told = look.now(), look.told()
    story.sampled_during = (story.after[CONTROL].sampled - first) / (time.monotonic() - began)
    return story


@pytest.mark.parametrize("fault", [*LASTING, *PASSING])
def test_a_fault_is_named_within_30_seconds_and_over_10_seconds_after_the_source_is_back(
    story: Story, fault: str
) -> None:
    assert fault in story.named, story.after[cid(fault)]
    assert fault in story.back, story.after[cid(fault)]


def test_the_other_cameras_are_sampled_as_before(story: Story) -> None:
    assert 3.0 < story.sampled_before < 5.8
    assert story.sampled_during > 0.8 * story.sampled_before, "a loaded machine may take a little, a fault nothing"
    well = story.after[CONTROL]
    assert (well.state, well.reconnects, well.dropped) == ("ok", 0, 0)
    assert [health.state for health in story.told if health.camera_id == CONTROL] == ["starting", "ok"]


def test_a_camera_that_changed_its_codec_is_analysed_in_the_new_one(story: Story) -> None:
    before, after = story.before[cid("codec_change")], story.after[cid("codec_change")]
    assert (before.codec, after.codec) == ("h264", "hevc")
    assert after.sampled > before.sampled + 10


def test_a_camera_that_changed_its_size_is_analysed_in_the_new_one(story: Story) -> None:
    before, after = story.before[cid("resolution_change")], story.after[cid("resolution_change")]
    assert (after.width, after.height) == (160, 96)
    assert after.sampled > before.sampled + 10


def test_every_camera_samples_again_after_its_fault(story: Story) -> None:
    for fault in LASTING:
        before = 0 if fault == ASKED_LATER else story.before[cid(fault)].sampled  # opened anew by another address
        assert story.after[cid(fault)].sampled > before, fault


def test_no_password_is_in_what_is_told_or_logged(story: Story) -> None:
    assert "geheim" not in " ".join(health.detail for health in story.told)
    assert story.log.count('"event": "retry"') > len(LASTING)
    assert "source.unauthorised" in story.log
    assert "geheim" not in story.log
