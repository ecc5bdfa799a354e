"""When an act happened: our clock and the phone's stopwatch prove it, the phone's own clock does not."""

from __future__ import annotations

from typing import Any

import pytest

from lianqin.records import Fix
from lianqin.testing import T0, a_fix
from patrol.acts.contact import Contact, contact_of, token_of
from patrol.acts.moments import KEPT_S, Said, moment_of
from patrol.worker.follower import proving_fix

SECRET = b"secret of the tests"
NOW = T0 + 7200
SQUARE = [[119.19, 33.99], [119.21, 33.99], [119.21, 34.01], [119.19, 34.01]]


def said(claimed: float, since: float | None = None, wall: float | None = None, **more: Any) -> Said:
    return Said("da-1", "begin", claimed, since, since if wall is None else wall, **more)


@pytest.mark.parametrize(
    ("what", "contact_at", "act", "at", "proved", "why"),
    [
        ("stopwatch and clock agree", T0, said(T0 + 1800, 1800), T0 + 1800, True, ""),
        ("the phone's clock is an hour wrong all the time", T0, said(T0 + 5400, 1800), T0 + 1800, True, ""),
        ("said at the moment of its arrival", T0, said(NOW, 7200), NOW, True, ""),
        ("the stopwatch runs four seconds ahead", T0, said(NOW, 7204), NOW, True, ""),
        ("the stopwatch runs far ahead", T0, said(T0 + 9000, 9000), NOW, False, "act.ahead"),
        ("the clock was set back after the contact", T0, said(T0 + 600, 4000, 600), T0 + 600, False, "act.clock"),
        ("the clock was set before the contact", T0, said(T0 - 9000, 4000, -9000), T0, False, "act.clock"),
        ("the phone slept", T0, said(T0 + 4000, 100, 4000), T0 + 4000, False, "act.clock"),
        ("a stopwatch that runs backwards", T0, said(T0 + 10, -5, -5), T0 + 10, False, "act.ahead"),
        ("the page was loaded anew", None, said(T0 + 1800), T0 + 1800, False, "act.no_contact"),
        ("a contact without a stopwatch", T0, said(T0 + 1800), T0 + 1800, False, "act.no_contact"),
        ("a claim after its arrival", None, said(NOW + 900), NOW, False, "act.no_contact"),
        ("a claim before the contact", T0, said(T0 - 900), T0, False, "act.no_contact"),
        ("a claim of last week", None, said(NOW - 7 * 86_400), NOW - KEPT_S - 1, False, "act.no_contact"),
    ],
)
def test_the_moment_of_an_act(
    what: str, contact_at: float | None, act: Said, at: float, proved: bool, why: str
) -> None:
    contact = None if contact_at is None else Contact("G1", contact_at, "n")
    found = moment_of(act, contact, NOW)
    assert (found.at, found.proved, found.why) == (at, proved, why), what


def test_a_token_speaks_for_one_guard_and_can_not_be_made_up() -> None:
    token = token_of(SECRET, "G1", T0)
    told = contact_of(SECRET, token, "G1")
    assert told is not None
    assert (told.guard_id, told.at) == ("G1", T0)
    assert token != token_of(SECRET, "G1", T0), "each contact is another"
    assert contact_of(SECRET, token, "G2") is None
    assert contact_of(b"another secret", token, "G1") is None
    body, _, mac = token.partition(".")
    for forged in (
        "",
        ".",
        body,
        f"{body}.",
        f".{mac}",
        f"{body}.{mac[:-1]}",
        f"{body}x.{mac}",
        f"{mac}.{body}",
        "时刻.签名",
        "a" * 400,
    ):
        assert contact_of(SECRET, forged, "G1") is None, forged


def near(at: float, **more: Any) -> Fix:
    return a_fix(**{"id": f"fx-{at:.0f}", "at": T0 + at, "received_at": T0 + at + 1, "lon": 119.2 + at * 1e-7} | more)


@pytest.mark.parametrize(
    ("fixes", "proof"),
    [
        ([near(0)], "0"), ([near(-599)], "-599"), ([near(599)], "599"), ([near(-601)], None), ([near(601)], None),
        ([near(-300), near(200), near(400)], "200"),
        ([near(0, lon=119.4)], None),
        ([near(0, accuracy_m=900.0)], None),
        ([near(0, alarm="sos", lon=119.4), near(30, lon=119.4)], None),
        ([], None),
    ],
)  # fmt: skip
def test_a_trusted_fix_there_within_ten_minutes_proves_a_begin(fixes: list[Fix], proof: str | None) -> None:
    found = proving_fix(fixes, T0, SQUARE)
    assert (found.id if found else None) == (f"fx-{proof}" if proof else None)
