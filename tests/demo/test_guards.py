"""The guards' walk, their phones' messages as the intake reads them, and what they do about calls and tasks."""

from __future__ import annotations

import http.server
import itertools
import json
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from demo.county import AREAS, GUARDS, STREETS
from demo.guards import past
from demo.guards.duty import REST_S, Duty, Pace, beat_of
from demo.guards.forms import REQUESTS, OverHttp
from demo.guards.habits import HABITS, Habit
from demo.guards.handset import Handset
from demo.guards.phone import FixSender, GnssSample, GuardPage, GuardPhone, read_phones
from demo.guards.streets import StreetNetwork, Walk
from lianqin.errors import RecordError
from lianqin.geo import LonLat, distance_m, outside_m
from lianqin.testing import T0, FakeClock, a_fix
from patrol.intake.readers import HttpRequest, PositionReport, read
from patrol.judging.judge import flagged


@pytest.fixture(scope="module")
def streets() -> StreetNetwork:
    return StreetNetwork([line for _, _, line in STREETS])


def length_m(route: tuple[LonLat, ...]) -> float:
    return sum(distance_m(a, b) for a, b in itertools.pairwise(route))


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area["id"])
def test_a_round_from_checkpoint_to_checkpoint_never_leaves_its_area(
    streets: StreetNetwork, area: dict[str, Any]
) -> None:
    polygon = [tuple(point) for point in area["polygon"]]
    places = [(checkpoint["lon"], checkpoint["lat"]) for checkpoint in area["checkpoints"]]
    for start, goal in zip(places, [*places[1:], places[0]], strict=True):
        route = streets.route(start, goal, polygon)
        assert route[-1] == goal
        assert max(outside_m(polygon, place) for place in route) < 0
        assert length_m((start, *route)) < 4 * distance_m(start, goal) + 200


def test_streets_that_cross_are_joined(streets: StreetNetwork) -> None:
    corners = [(119.1930, 34.0030), (119.2100, 33.9981), (119.2100, 34.0056), (119.1930, 33.9958)]
    for start in corners:
        for goal in corners:
            assert length_m(streets.route(start, goal)) < 2 * distance_m(start, goal) + 50


def test_who_walks_covers_the_ground_he_should_and_stops_at_the_goal() -> None:
    walk = Walk((119.2, 34.0))
    north = (119.2, 34.001)
    walk.set_out([north])
    walk.go(50)
    assert distance_m((119.2, 34.0), walk.place) == pytest.approx(50, abs=0.5)
    assert walk.course == pytest.approx(0, abs=1)
    assert not walk.arrived
    walk.go(1000)
    assert walk.arrived
    assert walk.place == north


PHONE = GuardPhone("G03", "g03", "secret", "dv-1", "c0ffee" * 5, "traccar8")
SAMPLE = GnssSample(
    at=T0, lon=119.2034567, lat=34.0012345, accuracy_m=7.0, speed_mps=1.5, course=271.0, battery_pct=64.0
)


@pytest.mark.parametrize("client", REQUESTS)
def test_the_intake_reads_a_phones_message_as_it_was_meant(client: str) -> None:
    sent = REQUESTS[client]("http://x/fix", PHONE, SAMPLE)
    (report,) = read(HttpRequest(sent.url.query.decode(), dict(sent.headers), sent.content))
    assert isinstance(report, PositionReport)
    assert report.client == client.removesuffix("_android").removesuffix("_ios")
    assert report.credential == PHONE.credential
    assert (report.at, report.accuracy_m, report.battery_pct) == (T0, 7.0, 64.0)
    assert (report.lat, report.lon) == pytest.approx((34.0012345, 119.2034567), abs=1e-7)
    assert report.speed_mps == pytest.approx(1.5, abs=0.15)
    assert report.course == pytest.approx(271.0)


def test_phones_that_cannot_be_read_say_which_file(tmp_path: Path) -> None:
    for text in (None, "nonsense", '[{"guard_id": "G01"}]'):
        file = tmp_path / "phones.json"
        if text is not None:
            file.write_text(text)
        with pytest.raises(RecordError, match=r"phones\.json"):
            read_phones(file)


class Desk(http.server.BaseHTTPRequestHandler):
    """The other end of a wire: answers with what the test says and remembers what came."""

    status: ClassVar[int]
    state: ClassVar[dict[str, Any]]
    came: ClassVar[list[tuple[str, Any]]]
    logged_out: ClassVar[bool]

    def do_GET(self) -> None:
        if type(self).logged_out:
            type(self).logged_out = False
            self._say(401, {})
        else:
            self._say(200, self.state)

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        path = self.path.split("?")[0]
        if path == "/api/login":
            self.came.append(("login", json.loads(raw)["username"]))
            self._say(200, {"csrf": "t0ken"})
        elif path == "/fix":
            if self.status == 200:
                self.came.append(("fix", self.path))
            self._say(self.status, None)
        else:
            assert self.headers["x-csrf"] == "t0ken"
            self.came.append((path.removeprefix("/api/m/"), json.loads(raw)))
            self._say(200, {})

    def _say(self, status: int, body: Any) -> None:
        raw = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def desk() -> Iterator[tuple[type[Desk], str]]:
    kind = type("Desk", (Desk,), {"status": 200, "state": nothing(), "came": [], "logged_out": False})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield kind, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def nothing(**more: Any) -> dict[str, Any]:
    return {"shift": {"id": "sh-1"}, "point_calls": [], "dispatches": [], **more}


@pytest.fixture
def at_work(desk: tuple[type[Desk], str], streets: StreetNetwork) -> Iterator[Any]:
    clients: list[httpx.Client] = []

    def start(habit: Habit | None = None) -> tuple[Duty, FakeClock]:
        clock = FakeClock()
        http_client = httpx.Client(trust_env=False)
        clients.append(http_client)
        duty = Duty(phone=PHONE, habit=habit or Habit(), beat=beat_of("G03"), streets=streets,
                    tracker=FixSender(OverHttp(http_client, desk[1] + "/fix", PHONE)), page=GuardPage(http_client, desk[1], PHONE),
                    pace=Pace(), clock=clock, stop=threading.Event())  # fmt: skip
        return duty, clock

    yield start
    for client in clients:
        client.close()


def live(duty: Duty, clock: FakeClock, seconds: int) -> None:
    for _ in range(seconds):
        duty.step(1.0)
        clock.advance(1.0)


def did(desk: tuple[type[Desk], str]) -> list[str]:
    return [what for what, _ in desk[0].came if what not in {"fix", "login"}]


def test_he_opens_his_shift_sends_fixes_and_visits_all_his_checkpoints(desk: Any, at_work: Any) -> None:
    desk[0].state = nothing(shift=None)
    duty, clock = at_work()
    live(duty, clock, 4)
    assert ("shift/open", {"area_id": "A2"}) in desk[0].came
    desk[0].state = nothing()
    visited: set[LonLat] = set()
    for _ in range(1500):
        live(duty, clock, 1)
        visited |= {place for place in beat_of("G03").checkpoints if distance_m(place, duty.walk.place) < 5}
    assert visited == set(beat_of("G03").checkpoints)
    fixes = [path for what, path in desk[0].came if what == "fix"]
    assert len(fixes) == pytest.approx(1500 / 5, abs=4)


def test_without_an_open_shift_nothing_is_sent_and_after_one_ended_he_rests(desk: Any, at_work: Any) -> None:
    duty, clock = at_work()
    live(duty, clock, 4)
    desk[0].state = nothing(shift=None)
    live(duty, clock, 4)
    desk[0].came.clear()
    live(duty, clock, int(REST_S) - 20)
    assert desk[0].came == []


def test_fixes_that_nobody_took_are_sent_later_in_order(desk: Any, at_work: Any) -> None:
    duty, clock = at_work()
    desk[0].status = 503
    live(duty, clock, 30)
    assert not [1 for what, _ in desk[0].came if what == "fix"]
    desk[0].status = 200
    live(duty, clock, 6)
    times = [int(path.split("timestamp=")[1].split("&")[0]) for what, path in desk[0].came if what == "fix"]
    assert len(times) >= 6
    assert times == sorted(set(times))
    assert times[0] == int(T0)


def test_a_call_is_received_at_once_and_answered_with_his_place(desk: Any, at_work: Any) -> None:
    desk[0].state = nothing(point_calls=[{"id": "pc-1", "receipt_at": None}])
    duty, clock = at_work()
    live(duty, clock, 1)
    assert did(desk) == ["point-calls/pc-1/receipt"]
    desk[0].state = nothing(point_calls=[{"id": "pc-1", "receipt_at": T0}])
    live(duty, clock, 20)
    answers = [body for what, body in desk[0].came if what == "point-calls/pc-1/answer"]
    assert answers
    assert T0 + 4 <= answers[0]["answered_at"] <= T0 + 20
    assert distance_m((answers[0]["lon"], answers[0]["lat"]), duty.walk.place) < 40


def test_some_never_answer_and_some_are_silent(desk: Any, at_work: Any) -> None:
    desk[0].state = nothing(point_calls=[{"id": "pc-1", "receipt_at": None}])
    duty, clock = at_work(Habit(answers=False))
    live(duty, clock, 40)
    assert set(did(desk)) == {"point-calls/pc-1/receipt"}
    desk[0].came.clear()
    duty, clock = at_work(Habit(silent_for=50, every=100))
    live(duty, clock, 50)
    assert desk[0].came
    desk[0].came.clear()
    live(duty, clock, 50)
    assert desk[0].came == []
    live(duty, clock, 5)
    assert desk[0].came, "he is back"


def test_a_task_is_accepted_walked_to_in_a_hurry_and_reported_done_once_he_is_seen_there(
    desk: Any, at_work: Any
) -> None:
    place = (119.2052, 33.9984)
    task = {"id": "dp-1", "state": "called", "lon": place[0], "lat": place[1]}
    desk[0].state = nothing(dispatches=[task])
    duty, clock = at_work()
    live(duty, clock, 10)
    assert "dispatches/dp-1/accept" in did(desk)
    desk[0].state = nothing(dispatches=[{**task, "state": "accepted"}])
    way = distance_m(duty.walk.place, place)
    live(duty, clock, int(4 * way / (1.4 * 3.0)) + 10)
    assert distance_m(duty.walk.place, place) < 1
    assert not [what for what in did(desk) if "done" in what], "the console has not seen him there yet"
    desk[0].state = nothing(dispatches=[{**task, "state": "arrived"}])
    live(duty, clock, 20)
    assert "dispatches/dp-1/done" in did(desk)
    desk[0].state = nothing()
    live(duty, clock, 60)
    assert distance_m(duty.walk.place, place) > 5, "back on his round"


def test_who_is_seen_at_the_place_leaves_the_street_and_goes_straight_to_it(desk: Any, at_work: Any) -> None:
    duty, clock = at_work()
    live(duty, clock, 1)
    lon, lat = duty.walk.place
    task = {"id": "dp-1", "state": "accepted", "lon": lon + 0.0008, "lat": lat + 0.0006}
    place = (task["lon"], task["lat"])
    assert 90 < distance_m((lon, lat), place) < 110
    desk[0].state = nothing(dispatches=[task])
    live(duty, clock, 3)
    desk[0].state = nothing(dispatches=[{**task, "state": "arrived"}])
    away = distance_m(duty.walk.place, place)
    live(duty, clock, 3 + int(away / (1.4 * 3.0)) + 15 + 4)
    assert distance_m(duty.walk.place, place) < 1
    assert "dispatches/dp-1/done" in did(desk)


def test_who_strays_leaves_his_area(desk: Any, at_work: Any) -> None:
    duty, clock = at_work(HABITS["G04"])
    polygon = beat_of("G03").polygon
    furthest = 0.0
    for _ in range(900):
        live(duty, clock, 1)
        furthest = max(furthest, outside_m(polygon, duty.walk.place))
    assert furthest > 100


def test_a_session_that_ended_is_opened_again(desk: Any, at_work: Any) -> None:
    duty, clock = at_work()
    live(duty, clock, 1)
    desk[0].logged_out = True
    live(duty, clock, 6)
    assert [what for what, _ in desk[0].came if what == "login"] == ["login", "login"]


def fixes_of(habit: Habit, seconds: int = 600) -> list[GnssSample]:
    phone, place = Handset(habit, random.Random(1), T0), (119.2, 34.0)
    return [phone.sample(T0 + at, place, speed_mps=1.0, course=0.0) for at in range(seconds)]


@pytest.mark.parametrize(
    ("habit", "least", "most", "off_m"),
    [(Habit(), 0, 0, 0.0), (Habit(gcj02_for=100, every=300), 200, 200, 560.0), (Habit(reflects=20), 15, 60, 900.0)],
)
def test_a_phones_fault_puts_it_as_far_off_as_it_says(habit: Habit, least: int, most: int, off_m: float) -> None:
    off = [distance_m((one.lon, one.lat), (119.2, 34.0)) for one in fixes_of(habit)]
    wrong = [metres for metres in off if metres > 50]
    assert least <= len(wrong) <= most
    assert all(abs(metres - off_m) < 60 for metres in wrong)


def test_a_phone_that_lies_on_a_desk_says_one_place_and_a_slow_clock_an_earlier_time() -> None:
    assert len({(one.lon, one.lat) for one in fixes_of(Habit(lies=True))}) == 1
    assert fixes_of(Habit(clock_s=-240))[0].at == T0 - 240


def test_who_finds_no_network_keeps_his_fixes_and_sends_them_later(desk: Any, at_work: Any) -> None:
    duty, clock = at_work(Habit(offline_for=50, every=100))
    live(duty, clock, 100)
    before = [path for what, path in desk[0].came if what == "fix"]
    live(duty, clock, 10)
    after = [path for what, path in desk[0].came if what == "fix"]
    assert len(after) - len(before) >= 10


def test_the_shift_of_this_morning_holds_what_the_demo_shows(streets: StreetNetwork) -> None:
    found = list(flagged([
        a_fix(id=f"{n:04}", at=one.at, received_at=T0 + 9e3, lon=one.lon, lat=one.lat, accuracy_m=one.accuracy_m)
        for n, one in enumerate(past.samples(beat_of(past.GUARD), streets, T0, T0 + 7200))
    ]))  # fmt: skip
    wrong = [one for one in found if "wrong_coord_sys" in one.doubts]
    assert len(wrong) == past.WRONG_FOR_S / past.EVERY_S
    assert all(one.system == "gcj02" and 450 < (one.off_m or 0) < 600 for one in wrong)
    assert sum("teleport" in one.doubts for one in found) == 1
    assert {kind for one in found for kind in one.doubts} == {"wrong_coord_sys", "teleport"}
    assert max(b.fix.at - a.fix.at for a, b in itertools.pairwise(found)) == past.GAP_FOR_S + past.EVERY_S


def test_habits_are_those_of_guards_that_there_are() -> None:
    assert set(HABITS) <= {guard["id"] for guard in GUARDS}
