"""A worker on real parts: cameras come, change and go; alerts outlive Redis, full disks and killed workers."""

from __future__ import annotations

import io
import os
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from typing import Any

import av
import cv2
import msgspec
import numpy as np
import pytest
import structlog

from demo.cameras import CAMERAS
from demo.rtsp.__main__ import street
from demo.rtsp.camera import SimCamera
from ingest.worker import MOST_BEGIN_AWAKE
from lianqin import keys, logs, settings
from lianqin.errors import ConflictError
from lianqin.records import Alert, Camera, Detection, Frame, decode
from lianqin.testing import a_zone

CLIP = {"clip_before": 2.0, "clip_after": 1.0}
Sims = Callable[..., Any]


def test_a_person_in_a_zone_becomes_an_alert_with_its_picture_and_then_its_clip(
    house: Any, camera_sim: Sims, loops: Any, kit: Any
) -> None:
    sim = camera_sim({"C01": SimCamera(loops.h264)})
    camera = kit.camera_of(sim, "C01")
    house.publish(camera)
    house.worker(**CLIP)
    [alert] = kit.until("alert", lambda: house.alerts("C01"))
    assert (alert.zone_id, alert.situation, alert.method, alert.kind) == ("C01-z1", "intrusion", 5, 6)
    assert (alert.zone_name, alert.zone_points, alert.model) == ("东门", camera.zones[0].points, "walker@test")
    assert 0 <= alert.published_at - alert.captured_at < 2
    root = house.run_dir / "evidence"
    assert (alert.snapshot_error, alert.snapshot.split("/")[1]) == (None, f"{alert.id}.jpg")
    picture = cv2.imdecode(np.frombuffer((root / alert.snapshot).read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (96, 160, 3)
    [cause] = [path for path in alert.tracks if path.cause]
    assert cause.points[-1].at == alert.captured_at, "the box of the very frame belongs to it"

    [evidence] = kit.until("evidence", lambda: house.evidence("C01"))
    assert (evidence.alert_id, evidence.clip_error, evidence.codec) == (alert.id, None, "h264")
    with av.open(io.BytesIO((root / evidence.clip).read_bytes())) as clip:
        shown = list(clip.decode(video=0))
    assert shown[0].key_frame
    assert (shown[0].width, shown[0].height) == (320, 180), "the clip is the main stream"
    length = shown[-1].time - shown[0].time
    assert length == pytest.approx(evidence.clip_seconds, abs=0.1)
    end = evidence.clip_from + evidence.clip_seconds
    assert end == pytest.approx(alert.captured_at + 1.0, abs=0.1)
    times = [point.at for path in evidence.tracks for point in path.points]
    assert evidence.clip_from <= min(times)
    assert max(times) <= end
    assert max(times) > alert.captured_at, "the track goes on behind the alert"


def test_a_camera_without_a_sub_stream_is_analysed_on_its_main_one(
    house: Any, camera_sim: Sims, loops: Any, kit: Any
) -> None:
    sim = camera_sim({"C01": SimCamera({"main": loops.h264["main"]})})
    house.publish(kit.camera_of(sim, "C01", sub=False))
    house.worker(**CLIP)
    [alert] = kit.until("alert", lambda: house.alerts("C01"))
    picture = cv2.imread(str(house.run_dir / "evidence" / alert.snapshot))
    assert picture is not None
    assert picture.shape == (180, 320, 3)
    assert kit.until("evidence", lambda: house.evidence("C01"))[0].clip


def test_cameras_come_change_and_go_while_it_runs(house: Any, camera_sim: Sims, loops: Any, kit: Any) -> None:
    sim = camera_sim({name: SimCamera(loops.h264) for name in ("C01", "C02")})
    house.publish(kit.camera_of(sim, "C01", zones=()))
    worker = house.worker(**CLIP)
    kit.until("first camera", lambda: house.is_ok("C01"))
    assert house.health("C02") is None

    house.publish(kit.camera_of(sim, "C02", zones=()))
    kit.until("second camera", lambda: house.is_ok("C02"))
    assert not house.alerts()

    # A zone is drawn: followed without a new connection.
    first = worker.tasks["C01"]
    house.publish(kit.camera_of(sim, "C01", version=2))
    kit.until("alert of the new zone", lambda: house.alerts("C01"))
    assert worker.tasks["C01"] is first
    assert house.health("C01").reconnects == 0
    assert house.health("C01").camera_version == 2

    # The address changes: opened anew.
    house.publish(kit.camera_of(sim, "C01", zones=(), url=sim.url("C02"), sub_url=sim.url("C02", "sub"), version=3))
    kit.until("new address", lambda: worker.tasks.get("C01") not in (None, first) and house.is_ok("C01"))

    house.publish(kit.camera_of(sim, "C02", zones=(), enabled=False, version=2))
    kit.until("switched off", lambda: house.health("C02").state == "disabled")
    kit.until("nobody pulls it", lambda: sum(pump.viewers for pump in sim.cameras["C02"].pumps.values()) == 2)

    house.remove("C01")
    kit.until("removed", lambda: house.health("C01") is None and "C01" not in worker.tasks)
    kit.until("nobody pulls it", lambda: sum(pump.viewers for pump in sim.cameras["C02"].pumps.values()) == 0)
    assert house.client.get(keys.camera_lease("C01")) is None


def test_a_nonsense_zone_is_left_out_and_the_others_go_on(
    house: Any, camera_sim: Sims, loops: Any, kit: Any, capfd: Any
) -> None:
    sim = camera_sim({"C01": SimCamera(loops.h264)})
    nonsense = a_zone(id="C01-flat", points=((0.1, 0.1), (0.2, 0.2), (0.3, 0.3)))
    good = a_zone(id="C01-good", points=kit.everywhere)
    house.publish(kit.camera_of(sim, "C01", zones=(nonsense, good)))
    house.worker(**CLIP)
    [alert] = kit.until("alert", lambda: house.alerts("C01"))
    assert alert.zone_id == "C01-good"


@pytest.mark.parametrize(
    ("url", "reason"),
    [("rtsp://u:geheim-1@127.0.0.1:1/x", "unreachable"), ("nonsense", "bad_address"), ("foo://u:geheim-1@x/y", "bad_address")],
)  # fmt: skip
def test_a_nonsense_address_is_named_and_disturbs_nobody(
    house: Any, camera_sim: Sims, loops: Any, kit: Any, url: str, reason: str, capfd: Any
) -> None:
    logs.configure(json=True)
    sim = camera_sim({"C01": SimCamera(loops.h264)})
    bad = kit.camera_of(sim, "C01", id="C-bad", url=url, sub_url=None)
    house.publish(kit.camera_of(sim, "C01", zones=()), bad)
    house.worker()
    kit.until("named", lambda: (found := house.health("C-bad")) and found.state == "fault")
    assert house.health("C-bad").reason == reason
    kit.until("the other runs", lambda: house.is_ok("C01"))
    said = capfd.readouterr()
    structlog.reset_defaults()
    assert "retry" in said.err
    assert "geheim" not in said.out + said.err + house.health("C-bad").detail


def test_while_redis_is_away_alerts_are_spooled_and_follow_once(
    house: Any, camera_sim: Sims, loops: Any, kit: Any
) -> None:
    sim = camera_sim({name: SimCamera(loops.h264) for name in ("C01", "C02", "C03")})
    house.publish(*(kit.camera_of(sim, name, zones=()) for name in ("C01", "C02", "C03")))
    worker = house.worker(**CLIP)
    kit.until("cameras", lambda: all(house.is_ok(name) for name in ("C01", "C02", "C03")))
    sampled = worker.tasks["C01"].health("w").sampled
    house.server.kill()
    for name in ("C01", "C02", "C03"):  # a rule comes true now: as if somebody came in
        task = worker.tasks[name]
        task.follow(kit.camera_of(sim, name, version=2))
    kit.until("spooled alerts and evidence", lambda: worker.desk.published == 3)
    kit.until("follow-ups", lambda: house_spool(house).count(b"evidence") >= 3)
    assert worker.tasks["C01"].health("w").sampled > sampled + 5, "cameras are watched on"
    house.server.start()
    kit.until("all published", lambda: len(house.alerts()) >= 3 and len(house.evidence()) >= 3)
    time.sleep(1.5)
    ids = [alert.id for alert in house.alerts()]
    assert len(ids) == len(set(ids)) == 3
    assert sorted(evidence.alert_id for evidence in house.evidence()) == sorted(ids)
    assert not house_spool(house)
    kit.until("health again", lambda: house.is_ok("C01"))


def house_spool(house: Any) -> bytes:
    return bytes((house.run_dir / "spool" / "ingest-1" / "spool.log").read_bytes())


def test_on_a_full_disk_the_alert_goes_without_picture_and_says_why(
    house: Any, camera_sim: Sims, loops: Any, kit: Any, full_disk: str
) -> None:
    sim = camera_sim({"C01": SimCamera(loops.h264)})
    house.publish(kit.camera_of(sim, "C01"))
    house.worker(**CLIP, evidence_root=full_disk)
    [alert] = kit.until("alert", lambda: house.alerts("C01"))
    assert alert.snapshot is None
    assert "No space left on device" in alert.snapshot_error
    [evidence] = kit.until("evidence", lambda: house.evidence("C01"))
    assert evidence.clip is None
    assert "No space left on device" in evidence.clip_error
    assert evidence.tracks


def test_two_processes_of_one_name_are_refused(house: Any, kit: Any) -> None:
    house.worker()
    with pytest.raises(ConflictError, match="another process owns the spool"):
        house.worker()


def test_a_killed_workers_cameras_are_taken_over_and_raised_again(
    house: Any, camera_sim: Sims, loops: Any, kit: Any
) -> None:
    names = [f"C{n:02}" for n in range(4)]
    sim = camera_sim({name: SimCamera(loops.h264) for name in names})
    house.publish(*(kit.camera_of(sim, name, zones=()) for name in names))
    other = house.process("other")
    kit.until("the first worker", lambda: all(house.is_ok(name) for name in names), 90)
    worker = house.worker(**CLIP, worker_id="second")
    kit.until(
        "its own share",
        lambda: {house.health(name).worker for name in names} == {"other", "second"} and len(worker.tasks) == 2,
    )
    left = sorted(set(names) - set(worker.tasks))
    kept = {name: worker.tasks[name] for name in worker.tasks}
    os.kill(other.pid, signal.SIGKILL)
    kit.until(
        "takeover",
        lambda: all(
            (found := house.health(name)) and found.worker == "second" and found.state == "ok" for name in names
        ),
        15,
    )
    assert all(worker.tasks[name] is task for name, task in kept.items()), "what it had goes on undisturbed"
    house.publish(*(kit.camera_of(sim, name, version=2) for name in left))
    kit.until("alerts of what was taken over", lambda: {alert.camera_id for alert in house.alerts()} == set(left))
    assert {alert.worker for alert in house.alerts()} == {"second"}


def test_a_terminated_worker_hands_its_cameras_over_without_an_unwatched_moment(
    house: Any, camera_sim: Sims, loops: Any, kit: Any
) -> None:
    names = [f"C{n:02}" for n in range(4)]
    sim = camera_sim({name: SimCamera(loops.h264) for name in names})
    house.publish(*(kit.camera_of(sim, name, zones=()) for name in names))
    first = house.process("first")
    kit.until("the first worker", lambda: all(house.is_ok(name) for name in names), 90)
    second = house.worker(kit.nobody(), worker_id="second")
    kit.until("an equal share", lambda: len(second.tasks) == 2 and all(task.token for task in second.tasks.values()))
    first.send_signal(signal.SIGTERM)
    oldest, until = 0.0, time.monotonic() + 20
    while {house.health(name).worker for name in names} != {"second"} and time.monotonic() < until:
        healths = [house.health(name) for name in names]
        assert {health.state for health in healths} == {"ok"}
        oldest = max(oldest, *(time.time() - health.at for health in healths))
        time.sleep(0.05)
    assert {house.health(name).worker for name in names} == {"second"}
    assert oldest < 3.0, "somebody spoke for each camera all the while"
    assert first.wait(20) == 0
    assert house.log("first").count("lease_offered") >= 2
    told = [one for record in house.records(keys.WATCH) for one in record.minutes]
    assert "first" in {one.worker for one in told}, "the end of its account is told too"


def test_a_paused_worker_that_wakes_up_lets_go_of_what_it_lost(
    house: Any, camera_sim: Sims, loops: Any, kit: Any
) -> None:
    sim = camera_sim({"C01": SimCamera(loops.h264)})
    house.publish(kit.camera_of(sim, "C01"))
    first = house.process("first")
    kit.until("the first worker", lambda: house.is_ok("C01"), 90)
    first.send_signal(signal.SIGSTOP)
    house.worker(**CLIP, worker_id="second")
    kit.until("takeover", lambda: house.health("C01").worker == "second" and house.is_ok("C01"), 25)
    first.send_signal(signal.SIGCONT)
    kit.until("its insight", lambda: "lease_lost" in house.log("first"), 15)
    time.sleep(2)
    assert house.health("C01").worker == "second"
    assert {alert.worker for alert in house.alerts()} <= {"second"}


def test_a_worker_that_comes_back_under_its_name_goes_on_at_once(
    house: Any, camera_sim: Sims, loops: Any, kit: Any
) -> None:
    sim = camera_sim({"C01": SimCamera(loops.h264)})
    house.publish(kit.camera_of(sim, "C01", zones=()))
    first = house.process()
    kit.until("camera", lambda: house.is_ok("C01"), 90)
    first.kill()
    first.wait()
    assert house.client.get(keys.camera_lease("C01")) == b"ingest-1", "the lease has not expired yet"
    before = house.health("C01").at
    worker = house.worker()
    kit.until("camera again", lambda: house.is_ok("C01") and house.health("C01").at > before, 5)
    assert worker.tasks


def test_a_terminated_worker_ends_within_5_seconds_and_publishes_what_is_pending(
    house: Any, camera_sim: Sims, clips: Any, kit: Any
) -> None:
    sim = camera_sim({"C01": street()["C01"]})
    demo = next(camera for camera in CAMERAS if camera.id == "C01")
    everywhere = tuple(msgspec.structs.replace(zone, points=kit.everywhere) for zone in demo.zones[:1])
    silent = Camera(id="C99", code="0" * 20, name="silent", url=sim.url("C01"), enabled=True)
    house.publish(kit.camera_of(sim, "C01", zones=everywhere), silent)
    process = house.process()
    [alert] = kit.until("alert", lambda: house.alerts("C01"), 90)
    sim.fault("C01", "stall")  # readers hang in their time-outs
    time.sleep(0.5)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert time.monotonic() - began < 5
    [evidence] = house.evidence("C01")
    assert (evidence.alert_id, evidence.clip_error) == (alert.id, None)
    assert house.client.get(keys.camera_lease("C01")) is None, "others need not wait"
    assert '"event": "worker_ended"' in house.log()


@pytest.mark.parametrize("damage", ["missing", "truncated", "wrong hash"])
def test_a_model_that_is_not_whole_ends_it_with_code_2_and_what_to_do(house: Any, damage: str) -> None:
    models = house.run_dir / "models"
    shutil.copytree(settings.load().models_dir / "nanodet-g", models / "nanodet-g")
    [weights] = (models / "nanodet-g").glob("*int8*.onnx")
    content = weights.read_bytes()
    if damage == "missing":
        weights.unlink()
    else:
        weights.write_bytes(content[:-1000] if damage == "truncated" else content[:-1] + bytes([content[-1] ^ 1]))
    process = house.process(models_dir=models)
    assert process.wait(90) == 2
    said = house.log()
    assert weights.name in said
    assert "make.py" in said, "and how to mend it"
    assert "Traceback" not in said


def test_what_a_killed_worker_had_spooled_its_successor_publishes_once(
    house: Any, camera_sim: Sims, clips: Any, kit: Any
) -> None:
    sim = camera_sim({"C01": street()["C01"]})
    late = a_zone(id="C01-late", points=kit.everywhere, seconds=5.0)
    soon = a_zone(id="C01-soon", points=kit.everywhere, seconds=3.0)
    house.publish(kit.camera_of(sim, "C01", zones=(late, soon)))
    process = house.process(**CLIP)
    kit.until("camera", lambda: house.is_ok("C01"), 90)
    house.server.kill()
    spool = house.run_dir / "spool" / "ingest-1" / "spool.log"
    kit.until("alerts in the spool", lambda: spool.exists() and spool.read_bytes().count(b'"type":"alert"') == 2, 90)
    process.kill()
    process.wait()
    spooled = [decode(line.split(b" ", 1)[1]) for line in spool.read_bytes().splitlines()]
    house.server.start()
    house.remove("C01")
    house.process(**CLIP)
    kit.until("what was spooled", lambda: len(house.alerts()) >= 2, 90)
    time.sleep(1.5)
    assert [alert.id for alert in house.alerts()] == [one.id for one in spooled if isinstance(one, Alert)]
    assert all((house.run_dir / "evidence" / alert.snapshot).stat().st_size > 1000 for alert in house.alerts())
    assert not spool.read_bytes()


class SeesAGuard:
    """Stands for the detector where the test is not about it: somebody who stands at his post."""

    name = "guard@test"

    def detect(self, frames: Sequence[Frame]) -> list[tuple[Detection, ...]]:
        return [(Detection("person", 0.9, (0.4, 0.4, 0.5, 0.8)),) for _ in frames]


def test_who_stood_there_when_the_worker_ended_is_no_new_alert_to_the_next(
    house: Any, camera_sim: Sims, loops: Any, kit: Any
) -> None:
    sim = camera_sim({"C01": SimCamera(loops.h264)})
    house.publish(kit.camera_of(sim, "C01", sampling="full"))
    first = house.worker(SeesAGuard(), **CLIP)
    kit.until("alert", lambda: house.alerts("C01"))
    kit.until("what stands, kept", lambda: house.client.hget(keys.camera_places(), "C01"))
    first.stop()
    second = house.worker(SeesAGuard(), **CLIP, worker_id="second")
    kit.until("looks by the next", lambda: (task := second.tasks.get("C01")) and task.health("second").sampled > 20)
    assert len(house.alerts("C01")) == 1
    house.publish(kit.camera_of(sim, "C01", sub=False, sampling="full", version=2))
    kit.until("an alert of another view", lambda: len(house.alerts("C01")) == 2)


def test_of_many_cameras_that_come_at_once_a_few_begin_awake_and_each_is_looked_at(
    house: Any, camera_sim: Sims, loops: Any, kit: Any
) -> None:
    names = [f"C{n:02}" for n in range(MOST_BEGIN_AWAKE + 6)]
    sim = camera_sim({name: SimCamera(loops.h264) for name in names})
    house.publish(*(kit.camera_of(sim, name, sub=False) for name in names))
    worker = house.worker(kit.walker())
    kit.until("all", lambda: len(worker.tasks) == len(names))
    assert sum(task.is_awake for task in worker.tasks.values()) == MOST_BEGIN_AWAKE
    kit.until("an alert of each", lambda: {alert.camera_id for alert in house.alerts()} == set(names), 60)
