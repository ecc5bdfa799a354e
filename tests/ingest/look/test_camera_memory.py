"""What a camera's worker hands on: where false boxes were learned is told, handed to the next, and forgotten at a word."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from demo.rtsp.sim import SimCamera
from detect.pipeline import CameraPipeline
from detect.standing import SEEMS_AFTER
from ingest.look.camera_memory import KEEP_PLACES_S, CameraMemory
from ingest.look.diagnosis import Diagnosis
from lianqin import inner, keys
from lianqin.inner import SignedRequest
from lianqin.records import CameraHealth, Detection, Frame, decode, encode
from lianqin.testing import T0, FakeClock, a_camera, a_zone

COAT = Detection("person", 0.45, (0.7, 0.2, 0.76, 0.4))
GUARD = Detection("person", 0.9, (0.2, 0.4, 0.3, 0.8))
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
LEARNED_WITHIN_S = 30


class Watched:
    """A camera's memory and the pipeline behind it, without its streams."""

    def __init__(self, clock: FakeClock, **changes: Any) -> None:
        camera = a_camera(zones=(a_zone(points=WHOLE),), **changes)
        self.pipeline = CameraPipeline(camera, model="m", rule_version="1")
        self.memory = CameraMemory(camera, self.pipeline, threading.Lock(), Diagnosis(), clock)

    def look(self, *seen: Detection, begin: float = 0.0, seconds: float = LEARNED_WITHIN_S) -> list[Any]:
        """Five times a second."""
        found = []
        for number in range(int(seconds * 5)):
            found += self.pipeline.process(T0 + begin + number / 5, seen, (640, 360))
        return found


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def test_a_coat_on_a_hook_is_told_once_it_is_beyond_suspicion(clock: FakeClock) -> None:
    one = Watched(clock)
    one.look(COAT, seconds=4)
    assert one.memory.false_places == ()
    one.look(COAT, begin=4)
    (place,) = one.memory.false_places
    assert (place.family, place.box) == ("person", pytest.approx(COAT.box, abs=0.001))
    assert place.seconds >= 8
    assert T0 < place.at <= T0 + 4 + LEARNED_WITHIN_S
    assert max(len(str(edge)) for edge in place.box) <= 5, "no finer than it is drawn"


def test_what_was_learned_is_handed_on_but_not_to_another_view(clock: FakeClock) -> None:
    one, heir, other = Watched(clock), Watched(clock), Watched(clock, sub_url="rtsp://10.0.0.1/other")
    one.look(COAT)
    kept = one.memory.places()
    assert kept is not None
    assert heir.memory.recall_places(kept)
    assert heir.memory.false_places == one.memory.false_places
    assert not other.memory.recall_places(kept)
    assert other.memory.false_places == ()


def test_an_alert_that_goes_on_is_not_raised_again_by_the_worker_after_the_next(clock: FakeClock) -> None:
    one = Watched(clock)
    (alert,) = one.look(GUARD, seconds=10)
    one.memory.told(alert.key)
    for begin in (10, 20):
        heir = Watched(clock)
        assert heir.memory.recall_places(one.memory.places() or b"")
        assert heir.look(GUARD, begin=begin, seconds=10) == []
        one = heir


def test_forgetting_false_places_leaves_what_stands(clock: FakeClock) -> None:
    one, heir = Watched(clock), Watched(clock)
    assert len(one.look(COAT, GUARD)) == 1
    forgotten, kept = one.memory.forget_false_places()
    assert (forgotten, one.memory.false_places) == (1, ())
    assert one.look(COAT, GUARD, begin=LEARNED_WITHIN_S, seconds=2) == [], "he is the same"
    assert heir.memory.recall_places(kept)
    assert heir.memory.false_places == ()
    assert heir.pipeline.remember(()).kept.standing, "he is known to the next too"
    one.look(COAT, GUARD, begin=LEARNED_WITHIN_S + 2)
    assert len(one.memory.false_places) == 1, "it still hangs there and is learned anew"


def test_what_was_forgotten_is_kept_again_at_once_though_older_places_were_on_their_way(clock: FakeClock) -> None:
    one = Watched(clock)
    one.look(COAT)
    older = one.memory.places()
    forgotten, kept = one.memory.forget_false_places()
    assert (forgotten, kept == older) == (1, False)
    assert one.memory.places() == kept
    clock.advance(KEEP_PLACES_S + 1)
    assert one.memory.places() is None


def test_who_opened_a_camera_before_it_was_forgotten_forgets_it_when_it_takes_over(clock: FakeClock) -> None:
    one, heir = Watched(clock), Watched(clock)
    one.look(COAT)
    assert heir.memory.recall_places(one.memory.places() or b"")
    assert len(heir.memory.false_places) == 1
    _, kept = one.memory.forget_false_places()
    assert heir.memory.recall_places(kept)
    assert heir.memory.false_places == ()


def test_the_health_of_an_older_worker_tells_no_false_places() -> None:
    whole = encode(CameraHealth("C01", "ok", "", T0, T0))
    older = whole.replace(b',"false_places":[]', b"")
    assert older != whole
    found = decode(older)
    assert isinstance(found, CameraHealth)
    assert found.false_places == ()


class Sees:
    """Stands for the detector where the test is not about it."""

    name = "made@test"

    def __init__(self, *seen: Detection) -> None:
        self._seen = seen

    def detect(self, frames: Sequence[Frame]) -> list[tuple[Detection, ...]]:
        return [self._seen for _ in frames]


def ask(worker: Any, path: str) -> tuple[int, bytes]:
    """As the console does."""
    address = urlsplit(worker.live.address)
    told = SignedRequest("DELETE", path)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
    connection.request(told.method, told.path, told.body, inner.sign(worker._inner_secret(), told, worker._clock.now()))
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def seeming(house: Any) -> list[dict[str, Any]]:
    """As they are kept for the next worker."""
    body = house.client.hget(keys.camera_places(), "C01")
    return list(msgspec.msgpack.decode(body)["remembered"]["kept"]["seeming"]) if body else []


@pytest.mark.timeout(180)
def test_a_false_place_is_told_in_health_handed_on_and_forgotten_for_good(
    house: Any, camera_sim: Any, loops: Any, kit: Any
) -> None:
    sim = camera_sim({"C01": SimCamera(loops.h264)})
    house.publish(kit.camera_of(sim, "C01", sub=False, sampling="full"))

    def told() -> Any:
        return (health := house.health("C01")) and health.false_places

    first = house.worker(Sees(COAT, GUARD), inner_port=18640)
    kit.until("a false place", told)
    kit.until("what is learned, kept", lambda: any(one["seconds"] >= SEEMS_AFTER for one in seeming(house)))
    assert told()[0].box == pytest.approx(COAT.box, abs=0.001)
    kit.until("the alert", lambda: house.alerts("C01"))
    first.stop()
    house.client.hdel(keys.camera_health(), "C01")

    second = house.worker(Sees(GUARD), worker_id="second", inner_port=18640)
    kit.until("a word of the next", lambda: house.is_ok("C01"))
    assert len(told()) == 1, "nobody has seen the coat since"
    assert ask(second, "/places/C99") == (404, b"live.elsewhere")
    assert ask(second, "/places/C01") == (200, b"1")
    kit.until("a health without", lambda: told() == ())
    assert seeming(house) == []
    second.stop()
    house.client.hdel(keys.camera_health(), "C01")

    third = house.worker(Sees(GUARD), worker_id="third", inner_port=18640)
    kit.until("looks", lambda: (task := third.tasks.get("C01")) and task.health("third").sampled > 10)
    kit.until("a word of the third", lambda: house.is_ok("C01"))
    assert told() == ()
    assert len(house.alerts("C01")) == 1, "who stood there is no new alert"
