"""A guard's day on a phone with a bad network, in a real browser: begun offline, called, refused with a reason, handed over, ended
offline. Nothing is lost, and no point is taken."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright
from sqlalchemy import select, update

from bench.kit.browsers import FLAGS, PHONE
from console.access.tables import Account
from lianqin.audit import Actor
from lianqin.clock import SystemClock
from lianqin.settings import Settings
from patrol.acts.tables import DutyAct
from patrol.calls import calls
from patrol.calls.tables import PointCall
from patrol.county.tables import Guard, Post
from patrol.dispatch import dispatches
from patrol.dispatch.dispatches import IncidentPlace
from patrol.dispatch.tables import Dispatch
from patrol.duty import breaks, shifts
from patrol.duty.tables import HandOver, RosterEntry, Shift, ShiftBreak
from patrol.scores.tables import LedgerLine
from patrol.worker.loop import PatrolWorker, drain
from tests.console.conftest import PASSWORD
from tests.console.page.test_page_opening import KEPT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
DESK = Actor(id="a-operator", name="值班员", role="operator")
HER = Actor(id="a-guard3", name="保安3", role="guard", unit_id="U1", guard_id="G3")


@pytest.fixture
def county(served: Any) -> Any:
    """G1 is off shift and planned from now; G3 of the same unit stands in the area and wants to go home."""
    now = time.time()
    with served.store.write() as session:
        session.execute(update(Shift).where(Shift.guard_id == "G1").values(closed_at=now - 40_000, closed_how="ended", due_end_at=now - 40_000,
                                                                           overdue_at=now - 30_000))  # fmt: skip
        session.execute(update(PointCall).values(answered_at=now - 50_000, verdict="unknown", verdict_at=now - 50_000))
        session.execute(update(Dispatch).values(state="cancelled"))
        account = session.get_one(Account, "a-guard")
        session.add(Guard(id="G3", unit_id="U1", name="保安3", cert_no="C3", cert_valid_until="2030-01-01", notice_signed_at=1.0,
                          default_area_id="A1"))  # fmt: skip
        session.flush()
        session.add(Account(id="a-guard3", username="guard3", password_hash=account.password_hash, role="guard", name="保安3",
                            unit_id="U1", guard_id="G3"))  # fmt: skip
        session.add(Post(id="P1", area_id="A1", name="东门岗", lon=119.2, lat=34.0, scan_code="LQ-P-1"))
        session.add(RosterEntry(id="re-1", unit_id="U1", guard_id="G1", area_id="A1", day="2026-01-01", begins_at=now - 300,
                                ends_at=now + 8 * 3600, state_at=now))  # fmt: skip
    with served.store.write() as session:
        shifts.do_open(session, HER, "G3", None, 8, now - 3 * 3600)
    return served


@pytest.fixture
def phone() -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield chromium.new_context(locale="zh-CN", viewport=PHONE)  # type: ignore[arg-type] - a constant of plain numbers
        chromium.close()


def received(page: Page, kind: str) -> Any:
    return page.locator(f'[data-testid="m-acts"] .taken[data-act="{kind}"]')


def queued(page: Page, kind: str) -> Any:
    return page.locator(f'[data-testid="m-acts"] [data-act="{kind}"][data-state="queued"]')


def test_a_bad_day_loses_nothing_and_takes_no_point(
    county: Any, phone: BrowserContext, settings: Settings, redis_client: redis.Redis
) -> None:
    store, page = county.store, phone.new_page()
    worker = PatrolWorker(settings, store, redis_client, SystemClock(), threading.Event())
    page.goto(county.url + "/m")
    page.get_by_test_id("login-username").fill("guard")
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()
    expect(page.get_by_test_id("m-open-shift")).to_be_visible(timeout=20_000)
    page.evaluate(KEPT)
    with page.expect_response(lambda answer: "/api/m/state" in answer.url):
        page.reload()

    # Begun without a network, by the code of the post; the page is loaded anew and forgets nothing.
    phone.set_offline(True)
    page.get_by_test_id("m-code").fill("LQ-P-1")
    page.get_by_test_id("m-code-send").click()
    expect(queued(page, "begin")).to_contain_text("已记下，有信号自动发")
    expect(page.get_by_test_id("m-begun")).to_be_visible()
    page.reload()
    expect(queued(page, "begin")).to_be_visible(timeout=20_000)
    expect(page.get_by_test_id("m-close-shift")).to_be_visible()
    phone.set_offline(False)
    expect(received(page, "begin")).to_contain_text("按此时刻算", timeout=20_000)
    with store.read() as session:
        shift = session.scalars(select(Shift).where(Shift.guard_id == "G1", Shift.closed_at.is_(None))).unique().one()
        assert (shift.opened_how, shift.post_id, shift.pauses) == ("offline", "P1", [])
        [act] = session.scalars(select(DutyAct).where(DutyAct.guard_id == "G1")).unique()
        assert (act.proved, act.proof, shift.opened_at) == (True, "code", act.at)

    # Called; the answer is given in a dead spot and counts by the moment of the press.
    with store.write() as session:
        call = calls.do_call_by_name(session, DESK, "G1", "例行点名", time.time(), time.time())
        call_id = call.id
    answer = page.locator(f'[data-call-id="{call_id}"]')
    expect(answer).to_be_visible(timeout=20_000)
    phone.set_offline(True)
    answer.click()
    expect(page.get_by_text("已记下，有信号自动发").first).to_be_visible()
    pressed = time.time()
    page.reload()
    phone.set_offline(False)
    page.wait_for_function(
        "() => !Object.keys(localStorage).some((key) => key.startsWith('lianqin.outbox.'))", timeout=30_000
    )
    with store.read() as session:
        told = session.get_one(PointCall, call_id)
        assert told.answered_at is not None
        assert told.answered_at <= pressed

    # Sent to an incident; he refuses with a reason, without a network.
    with store.write() as session:
        sent = dispatches.do_call(session, DESK, IncidentPlace("in-1", 119.2, 34.0), "G1", time.time()).id
    task = page.locator(f'[data-dispatch-id="{sent}"]')
    expect(task).to_be_visible(timeout=20_000)
    phone.set_offline(True)
    task.get_by_test_id("m-refuse").click()
    page.get_by_test_id("m-reason-unsafe").check()
    page.get_by_test_id("m-note").fill("现场有人持械")
    page.get_by_test_id("m-submit").click()
    expect(task).to_contain_text("已记下，有信号自动发")
    # A break meanwhile, begun and ended without a network.
    page.get_by_test_id("m-break").click()
    expect(queued(page, "break_begin")).to_be_visible()
    page.get_by_test_id("m-break-end").click()
    expect(queued(page, "break_end")).to_be_visible()
    phone.set_offline(False)
    expect(received(page, "break_end")).to_contain_text("按此时刻算", timeout=20_000)
    with store.read() as session:
        row = session.get_one(Dispatch, sent)
        assert (row.state, row.refused_code, row.refused_reason, row.review) == (
            "refused",
            "unsafe",
            "现场有人持械",
            None,
        )
        [rest] = session.scalars(select(ShiftBreak))
        assert rest.to_at is not None

    # The other guard hands over.
    with store.write() as session:
        first = session.scalars(select(Shift).where(Shift.guard_id == "G3")).unique().one()
        breaks.do_offer(session, HER, first.id, "G1", time.time(), kind="hand_over", note="钥匙在岗亭")
    page.get_by_test_id("m-offer-accept").click(timeout=20_000)
    expect(page.get_by_test_id("m-offer")).to_have_count(0, timeout=20_000)
    with store.read() as session:
        assert session.scalars(select(HandOver)).one().accepted_at is not None
        assert session.scalars(select(Shift).where(Shift.guard_id == "G3")).unique().one().closed_how == "handed_over"

    # Ended without a network: the page asks what the server would ask, and the end can be taken back until it goes.
    phone.set_offline(True)
    for attempt in ("taken back", "meant"):
        page.get_by_test_id("m-close-shift").click()
        page.get_by_test_id("m-close-sure").click()
        page.get_by_test_id("m-close-why").fill("家中急事，已报班长")
        page.get_by_test_id("m-close-sure").click()
        expect(queued(page, "end")).to_be_visible()
        expect(page.get_by_test_id("m-open-shift")).to_be_visible()
        if attempt == "taken back":
            page.get_by_test_id("m-act-undo").click()
            expect(page.get_by_test_id("m-close-shift")).to_be_visible()
    phone.set_offline(False)
    expect(received(page, "end")).to_contain_text("按此时刻算", timeout=20_000)

    # What stands on record: everything, and no point taken.
    drain(worker)
    worker.tick()
    with store.read() as session:
        shift = (
            session.scalars(select(Shift).where(Shift.guard_id == "G1").order_by(Shift.opened_at.desc()))
            .unique()
            .first()
        )
        assert shift is not None
        assert (shift.closed_how, shift.closed_note) == ("ended", "家中急事，已报班长")
        assert {
            row.kind: row.state for row in session.scalars(select(DutyAct).where(DutyAct.guard_id == "G1")).unique()
        } == dict.fromkeys(("begin", "break_begin", "break_end", "end"), "counted")
        assert session.get_one(PointCall, call_id).review is None
        lines = session.scalars(select(LedgerLine).where(LedgerLine.shift_id == shift.id)).all()
        assert lines
        assert [(line.line, line.points, line.out_of) for line in lines if line.points != line.out_of] == []
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('lianqin.outbox.')).length") == 0
