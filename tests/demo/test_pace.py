"""How often the demo looks, by what a look takes on the machine it runs on, and how its guards log in."""

from __future__ import annotations

import itertools

import httpx
import pytest

from demo import pace
from demo.guards.phone import AIR, GuardPage, GuardPhone
from lianqin.settings import load
from lianqin.testing import FakeClock


@pytest.mark.parametrize(
    ("look_ms", "cores", "every"),
    [
        (5, 16, 0.2),
        (11, 4, 0.2),
        (11, 2, 0.25),
        (14, 2, 0.25),
        (22, 2, 0.4),
        (40, 2, 0.5),
        (11, 1, 0.4),
        (40, 4, 0.35),
        (400, 2, 0.5),
    ],
)
def test_a_slow_machine_looks_less_often_and_never_less_than_twice_a_second(
    look_ms: float, cores: int, every: float
) -> None:
    assert pace.sample_interval(look_ms / 1000, cores) == pytest.approx(every)


@pytest.mark.parametrize("look_ms", range(1, 36))
@pytest.mark.parametrize("cores", [1, 2, 4])
def test_where_it_can_be_the_looks_take_no_more_than_their_share(look_ms: int, cores: int) -> None:
    every = pace.sample_interval(look_ms / 1000, cores)
    if every < pace.SLOWEST_S:
        assert pace.AWAKE * look_ms / 1000 / every <= (pace.SHARE * cores) * 1.2  # rounded to 0.05 s


def test_a_look_is_measured_on_the_network_that_the_settings_name() -> None:
    assert 0.0005 < pace.look_s(load()) < 2


def test_after_a_guards_log_in_the_console_has_as_long_for_others() -> None:
    clock, asked = FakeClock(), []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/login":
            asked.append(clock.monotonic())
            clock.advance(0.4)
            return httpx.Response(200, json={"csrf": "c"})
        return httpx.Response(200, json={})

    http = httpx.Client(transport=httpx.MockTransport(answer))
    for number in range(3):
        phone = GuardPhone(f"G{number}", f"g{number}", "p", f"d{number}", "c", "traccar8")
        GuardPage(http, "http://console", phone, clock).state()
    assert [later - sooner for sooner, later in itertools.pairwise(asked)] == pytest.approx([0.4 + AIR * 0.4] * 2)
