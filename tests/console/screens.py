"""Every page of the console as a browser sees it: the list from the page's own menu and router, and a county in which each has something
to show. For `test_page_axe.py` and `test_page_sizes.py`."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import redis
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select, update

from bench.kit.browsers import FLAGS
from console.access.permissions import PERMISSIONS, ROLES
from console.access.sessions import COOKIE, fingerprint
from console.access.tables import Account, LoginSession
from console.alerts.receiving import receive
from console.alerts.tables import AlertRow
from console.cameras.tables import CalendarRow, CameraRow, Outage
from console.incidents import incidents
from console.reports.tables import GuardReport
from console.rules.tables import Shelf
from lianqin import keys
from lianqin.audit import Actor
from lianqin.evidence import EvidenceStore
from lianqin.records import TrackPath, TrackPoint
from lianqin.settings import Settings
from lianqin.testing import a_fix, an_alert
from patrol.calls.tables import PointCall
from patrol.checks.tables import SpotCheck
from patrol.county.tables import Area, Guard
from patrol.devices import enrol
from patrol.dispatch.tables import Dispatch
from patrol.duty import roster
from patrol.duty.tables import Shift
from patrol.judging.presence import GuardPlace
from patrol.sos.tables import SosCallRow
from patrol.trails.store import TrailStore
from tests.console.conftest import Served, a_picture

WEB: Final = Path(__file__).resolve().parents[2] / "console/web/src"
PHONE: Final = {"width": 360, "height": 640}
SQUARE: Final = ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8))
OPERATOR: Final = Actor("a-operator", "operator 甲", "operator")
WEBGL: Final = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
COUNTS: Final = """
window.asked = 0;
const real = window.fetch;
window.fetch = (...with_) => { window.asked++; return real(...with_).finally(() => window.asked--); };
"""
"""Requests that have no answer yet."""
SETTLED: Final = """async (shows) => {
  for (let quiet = 0, tries = 0; quiet < 4; tries++) {
    if (tries > 1500) throw new Error(`never settled: ${location.pathname}, ${window.asked} asked, ${shows}`);
    await new Promise((then) => setTimeout(then, 16));
    quiet = window.asked === 0 && document.querySelector(shows) ? quiet + 1 : 0;
  }
}"""
"""Until what is looked for is there and no answer is missing."""


class Visit(msgspec.Struct, frozen=True):
    """One look at one page: who, where, what is pressed there (test ids or selectors), and what shows then."""

    role: str
    path: str
    press: tuple[str, ...] = ()
    shows: str = "h1"

    def __str__(self) -> str:
        return " ".join((self.role, self.path, *self.press))


def menu() -> dict[str, list[str]]:
    """The menu's pages with the roles that have them: each room's `page.ts` names the permission."""
    found: dict[str, list[str]] = {}
    for file in sorted(WEB.glob("*/page.ts")):
        for page, needs in re.findall(r'\{ page: "([\w-]+)", needs: "([\w.]+)"', file.read_text(encoding="utf-8")):
            found[page] = [role for role in ROLES if role in PERMISSIONS[needs]]
    return found


def outside() -> set[str]:
    """The router's pages that are in no menu; those of which the address alone says nothing are left out."""
    source = (WEB / "app/router.ts").read_text(encoding="utf-8")
    return {path for path, name in re.findall(r'\{ path: "(/[\w-]*)", name: "([\w-]+)"', source) if name != "home"}


DIALOGS: Final = (
    Visit("operator", "/desk", ("?",), "dialog[open]"),
    Visit("operator", "/desk", ("z",), "dialog[open]"),
    Visit("operator", "/desk", ("e",), "dialog[open]"),
    Visit("operator", "/desk", ("f",), "[data-testid=filter-fields]"),
    Visit("operator", "/desk", ("hand-over-open-box",), "dialog[open]"),
    Visit("operator", "/desk", ("sound-open",), "dialog[open]"),
    Visit("operator", "/desk?alert=al-10"),
    Visit("sysadmin", "/cameras?tab=ledger"),
    Visit("secadmin", "/accounts", ("second-factor-off",), "dialog[open]"),
    Visit("leader", "/records", ("record-open",), "dialog[open]"),
    Visit("operator", "/point-calls", ("new-draw",), "dialog[open]"),
    Visit("operator", "/point-calls", ("new-call",), "dialog[open]"),
    Visit("operator", "/point-calls", ("point-call-row",)),
    Visit("company", "/roster", ("roster-add",), "dialog[open]"),
    Visit("company", "/roster", ("roster-patterns",), "dialog[open]"),
    Visit("operator", "/shifts", ("shift-open",), "dialog[open]"),
    Visit("company", "/phones", ("phone-code",), "dialog[open]"),
    Visit("sysadmin", "/setup", ("setup-add",), "dialog[open]"),
    Visit("sysadmin", "/setup", ("setup-import",), "dialog[open]"),
    Visit("sysadmin", "/setup?kind=guards", ("setup-add",), "dialog[open]"),
    Visit("sysadmin", "/setup?kind=grids"),
    Visit("sysadmin", "/cameras", ("camera-add",), "dialog[open]"),
    Visit("sysadmin", "/cameras", ("camera-zones", "zone-edit"), "[data-testid=zone-save]"),
    Visit("sysadmin", "/cameras", ("camera-zones", "mask-add"), "[data-testid=mask-save]"),
    Visit("sysadmin", "/cameras", ("cameras-discover",), "dialog[open]"),
    Visit("sysadmin", "/cameras", ("cameras-bulk-all",), "dialog[open]"),
    Visit("leader", "/incidents", ("export-open",), "dialog[open]"),
    Visit("secadmin", "/accounts", ("header button.main",), "dialog[open]"),
    Visit("secadmin", "/devices", ("device-revoke",), "dialog[open]"),
    Visit("secadmin", "/accounts", ("password-open",), "dialog[open]"),
    Visit("officer", "/trails?guard_id=G1&purpose=spot_check"),
)
PHONE_PAGES: Final = tuple(
    Visit("guard", "/m", (one,), ".sub h2")
    for one in ("m-report-open", "m-check-in-page", "m-checks", "m-trail", "m-month", "m-leave-swap", "m-score", "m-decisions", "m-looks")
)  # fmt: skip
"""What the guard's page opens in itself: one button each, `page = '...'` in `GuardView.vue` and its cards."""


def visits() -> list[Visit]:
    """Every page as the first role that has it sees it, what lies behind a button, and the pages without a menu; role by role."""
    pages = [Visit(roles[0], f"/{page}") for page, roles in menu().items()]
    bare = [Visit("", path) for path in sorted(outside() - {"/forbidden"})]
    everything = [*pages, *DIALOGS, *PHONE_PAGES, Visit("guard", "/m", ("m-close-shift",), "dialog[open]")]
    everything.append(Visit("leader", "/forbidden?page=audit"))
    return [*bare, *sorted(everything, key=lambda one: one.role)]


def fill(served: Served, settings: Settings, redis_client: redis.Redis) -> None:
    """Forty alerts on two cameras, judged and not; incidents, tasks, a call for help, a trail, a roster, reports, checks, devices, an outage."""
    now = time.time()
    EvidenceStore(settings.evidence).write("2026-09-21/al.jpg", a_picture())
    fixes = [
        a_fix(id=f"fx-{n:03}", guard_id="G1", at=now - 3000 + n * 10, received_at=now - 3000 + n * 10, lon=119.2 + n * 1e-5, lat=34.0)
        for n in range(280)
    ]  # fmt: skip
    TrailStore(settings.trails).append("a-1-1", fixes)
    for n in (1, 2):
        place = GuardPlace(f"G{n}", f"保安{n}", f"U{n}", f"S{n}", "A1", 119.2 + 0.004 * n, 34.0, now, now)
        redis_client.hset(keys.places(), f"G{n}", msgspec.json.encode(place))
    with served.store.write() as session:
        session.execute(update(Guard).values(phone="13800000000"))
        session.execute(update(Shift).values(opened_at=now - 7200))
        session.execute(update(Dispatch).values(called_at=now - 20))
        session.execute(update(CameraRow).values(area_id="A1", masks=[[[0.8, 0.1], [0.95, 0.1], [0.95, 0.3]]]))
        session.get_one(CameraRow, "C02").state = "down"
        session.get_one(CameraRow, "C02").state_since = now - 900
        session.add(Outage(camera_id="C02", reason="timeout", from_at=now - 900))
        session.get_one(Area, "A1").risk = "red"
        session.get_one(PointCall, "pc-1").called_at = now - 30
        call = session.get_one(PointCall, "pc-2")
        call.called_at, call.verdict, call.verdict_at, call.verdict_reason = (
            now - 900,
            "contradicted",
            now - 600,
            "answered_outside",
        )
        _alerts(session, now)
        session.add(SosCallRow(id="so-1", guard_id="G2", unit_id="U2", raised_at=now - 40, known_at=now - 40, last_press_at=now - 40,
                               lon=119.205, lat=34.001, place_at=now - 41, place_source="own"))  # fmt: skip
        session.add(SosCallRow(id="so-0", guard_id="G1", unit_id="U1", raised_at=now - 9000, known_at=now - 9000, last_press_at=now - 9000,
                               state="closed", closed_at=now - 8000, closed_name="leader 甲", outcome="helped", note="已送医"))  # fmt: skip
        session.add(GuardReport(id="gr-1", guard_id="G1", unit_id="U1", shift_id="S1", area_id="A1", kind="facility", words="井盖缺失",
                                at=now - 300, received_at=now - 299))  # fmt: skip
        session.add(SpotCheck(id="sc-1", at=now - 4000, officer_id="a-officer", officer_name="officer 甲", guard_id="G1", shift_id="S1",
                              unit_id="U1", kind="on_site", result="remark", note="未带手电", chosen_by="own", case_ref="SC-20260921-001"))  # fmt: skip
        session.add(CalendarRow(id="cal-1", name="开学日", name_en="School days", dates=["2026-09-01"]))
        session.add(
            Shelf(
                id="sh-1", camera_id="C02", reason="施工", shelved_by="leader 甲", from_at=now - 60, until_at=now + 7200
            )
        )
        leader = Actor("a-leader", "leader 甲", "leader")
        session.get_one(Guard, "G1").cert_valid_until = "2099-01-01"
        for days in (1, 2, 3):
            roster.do_plan(
                session,
                leader,
                roster.EntryPlan("G1", "A1", now + days * 86_400, now + days * 86_400 + 28_800),
                None,
                now,
            )
        admin = Actor("a-secadmin", "secadmin 甲", "secadmin")
        enrol.do_enrol(session, admin, "G1", "wgs84", now)
        enrol.do_enrol_terminal(session, admin, "G2", "013800138000", now)


def _alerts(session: Any, now: float) -> None:
    for n in range(40):
        at, height = now - 20 - n * 40, 0.04 if n % 3 == 0 else 0.3
        track = TrackPath("t", "person", True, (TrackPoint(at - 1, (0.4, 0.5 - height, 0.45, 0.5), 0.9),
                                                TrackPoint(at, (0.4, 0.5 - height, 0.45, 0.5), 0.9)))  # fmt: skip
        camera = "C02" if n % 4 == 3 else "C01"
        receive(session, [an_alert(id=f"al-{n:02}", camera_id=camera, zone_id=f"{camera}-z1", zone_name="东门", captured_at=at,
                                   published_at=at, zone_points=SQUARE, tracks=(track,), snapshot="2026-09-21/al.jpg", priority=1 + n % 4)],
                at + 1)  # fmt: skip
    for n in range(12, 40):
        incidents.do_false(session, OPERATOR, f"al-{n:02}", "animal" if n % 2 else "weather", now - 20 - n * 40 + 30)
    for n in (10, 11):
        made = incidents.do_confirm(session, OPERATOR, f"al-{n:02}", now - 300)
        session.get_one(Dispatch, f"dp-{n - 9}").incident_id = made.id
    session.execute(update(AlertRow).values(evidence_at=now))


class Screens:
    """One browser; a window for each role, which its session is already known to. Pages one after the other."""

    def __init__(self, served: Served, browser: Browser, viewport: dict[str, int], language: str = "zh-CN") -> None:
        self.served, self.browser, self.viewport, self.language = served, browser, viewport, language
        self._role: str | None = None
        self._context: BrowserContext | None = None
        self._page: Page | None = None

    def see(self, visit: Visit) -> Page:
        """The page as that visit leaves it, with all answers there."""
        page = self._of(visit.role)
        page.goto(self.served.url + visit.path, wait_until="commit")
        page.evaluate(SETTLED, "h1")
        for one in visit.press:
            if len(one) == 1:
                page.keyboard.press(one)
            else:
                page.locator(f"[data-testid={one}]" if re.fullmatch(r"[a-z-]+", one) else one).first.click()
        page.evaluate(SETTLED, visit.shows)
        return page

    def _of(self, role: str) -> Page:
        if self._page is not None and role == self._role:
            return self._page
        self.close()
        phone = role == "guard"
        context = self.browser.new_context(
            locale="zh-CN", viewport=PHONE if phone else self.viewport,  # type: ignore[arg-type]
            geolocation={"longitude": 119.2, "latitude": 34.0009, "accuracy": 7}, reduced_motion="reduce", has_touch=phone,
            permissions=["geolocation"], service_workers="block",
        )  # fmt: skip
        context.set_default_timeout(20_000)
        context.add_init_script(COUNTS)
        context.add_init_script(f"localStorage.setItem('lianqin.language', '{self.language}')")
        if role:
            context.add_cookies([{"name": COOKIE, "value": self._session(role), "url": self.served.url}])
        self._role, self._context, self._page = role, context, context.new_page()
        return self._page

    def _session(self, role: str) -> str:
        token, now = f"token-of-{role}", time.time()
        with self.served.store.write() as session:
            account = session.scalars(select(Account).where(Account.id == f"a-{role}")).one()
            if session.get(LoginSession, fingerprint(token)) is None:
                session.add(LoginSession(token_sha256=fingerprint(token), account_id=account.id, csrf=f"csrf-{role}", created_at=now,
                                         last_seen_at=now))  # fmt: skip
        return token

    def close(self) -> None:
        if self._context is not None:
            self._context.close()
        self._context = self._page = None


def launch(playwright: Any, *, paints: bool = True) -> Iterator[Browser]:
    """Without `paints` no map is drawn, which a computer without a graphics card takes seconds for: its box stands all the same."""
    flags = [*(one for one in FLAGS if one != "--disable-gpu"), *WEBGL] if paints else [*FLAGS, "--disable-3d-apis"]
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
    yield browser
    browser.close()
