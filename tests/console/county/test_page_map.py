"""The map in a real browser: alerts, cameras and guards on it by pointer and by keyboard, who is sent followed, the divider, the legend."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import redis
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import select, update

from bench.kit.browsers import FLAGS
from console.alerts.receiving import receive
from console.cameras.tables import CameraRow
from lianqin import keys
from lianqin.testing import a_fix, an_alert
from patrol.county.tables import Guard
from patrol.dispatch import dispatches
from patrol.dispatch.tables import Dispatch
from patrol.judging.presence import GuardPlace
from tests.console.conftest import log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
GATE = (119.2, 34.0)
"""C01; C02 and an alert of it stand 400 m north."""
SPOT = "(id) => document.querySelector('[data-testid=map]')?.lianqinAt?.(id) ?? null"
IN_VIEW = """(id) => {
  const at = document.querySelector('[data-testid=map]').lianqinAt(id);
  const box = document.querySelector('[data-testid=map] .box').getBoundingClientRect();
  return at !== null && at.x > 0 && at.x < box.width && at.y > 0 && at.y < box.height;
}"""


def stand(client: redis.Redis, guard: str, lon: float, lat: float = 34.0) -> None:
    """The guard's place as the patrol worker writes it."""
    now = time.time()
    place = GuardPlace(guard, f"保安{guard[1]}", f"U{guard[1]}", f"S{guard[1]}", "A1", lon, lat, now, now, inside=True)
    client.hset(keys.places(), guard, msgspec.json.encode(place))


@pytest.fixture
def county(served: Any, redis_client: redis.Redis) -> Any:
    """A P1 at C01 and a P2 at C02; two guards free and on the map, at 500 and 1,000 m."""
    now = time.time()
    with served.store.write() as session:
        session.execute(update(Dispatch).values(state="cancelled"))
        session.execute(update(Guard).where(Guard.id == "G1").values(phone="13800000001"))
        session.execute(update(CameraRow).where(CameraRow.id == "C02").values(lat=34.0036))
        receive(session, [an_alert(captured_at=now - 9, published_at=now - 9, priority=1, zone_name="东门"),
                          an_alert(id="al-0002", camera_id="C02", zone_id="C02-z1", situation="loitering", captured_at=now - 5,
                                   published_at=now - 5)], now)  # fmt: skip
    for n in (1, 2):
        stand(redis_client, f"G{n}", GATE[0] + 0.0055 * n)
    return served


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        context = chromium.new_context(locale="zh-CN", viewport={"width": 1600, "height": 1000})
        context.set_default_timeout(30_000)
        expect.set_options(timeout=30_000)
        yield context.new_page()
        expect.set_options(timeout=5_000)
        chromium.close()


def spot(page: Page, thing: str) -> dict[str, float]:
    """Where it stands on the map's box once the map stands still."""
    page.wait_for_function(f"(id) => ({SPOT})(id) !== null", arg=thing)
    last: dict[str, float] = {}
    for _ in range(100):
        found: dict[str, float] = page.evaluate(SPOT, thing)
        if last and found["still"] and abs(found["x"] - last["x"]) < 0.5 and abs(found["y"] - last["y"]) < 0.5:
            return found
        last = found
        page.wait_for_timeout(250)
    raise AssertionError(f"{thing} never stands still")


def click(page: Page, thing: str) -> None:
    at = spot(page, thing)
    box = page.locator("[data-testid=map] .box")
    room = box.bounding_box()
    assert room is not None
    assert (0 < at["x"] < room["width"], 0 < at["y"] < room["height"]) == (True, True), f"{thing} is out of view: {at}"
    box.click(position={"x": at["x"], "y": at["y"]}, force=True)


def framed(page: Page, alert: str) -> None:
    """Once it is known who may go for this alert, the desk's map frames them, and then it stays."""
    expect(page.get_by_test_id("map")).to_have_attribute("data-framed", alert)


def at_the_desk(page: Page, url: str) -> None:
    log_in(page, url, "operator")
    page.goto(url + "/desk?alert=al-0001")
    expect(page.get_by_test_id("judge-confirm")).to_be_visible()
    expect(page.get_by_test_id("map-guard-count")).to_have_attribute("data-count", "2")
    framed(page, "al-0001")


def test_alerts_cameras_and_guards_are_chosen_on_the_desks_map(county: Any, page: Page) -> None:
    at_the_desk(page, county.url)
    page.get_by_test_id("split").focus()
    page.keyboard.press("PageUp")  # more room for the map
    spot(page, "al:al-0001")  # a zoom during the frame's own move would be lost in it
    page.get_by_role("button", name="缩小", exact=True).click()
    click(page, "c:C02")
    card = page.get_by_test_id("camera-card")
    expect(card).to_contain_text("C02")
    # Beside it may stand that nobody watches the camera.
    its = card.get_by_test_id("camera-alert").filter(has_text="徘徊")
    expect(card.get_by_test_id("camera-page")).to_have_attribute("href", "/cameras?q=C02")
    card.get_by_test_id("camera-live").click()
    expect(card.locator("video, img").first).to_be_attached()
    its.click()
    expect(page).to_have_url(county.url + "/desk?alert=al-0002")
    framed(page, "al-0002")
    expect(card).to_have_count(0)
    click(page, "al:al-0001")
    expect(page).to_have_url(county.url + "/desk?alert=al-0001")
    framed(page, "al-0001")
    click(page, "g:G1")
    guard = page.get_by_test_id("guard-card")
    expect(guard.get_by_test_id("guard-phone").locator("a")).to_have_attribute("href", "tel:13800000001")
    call = guard.get_by_test_id("map-candidate").get_by_test_id("call-guard")
    expect(call).to_be_disabled()  # as in the list: first it is confirmed
    page.get_by_test_id("judge-confirm").click()
    expect(call).to_be_enabled()
    call.click()
    expect(page.get_by_test_id("map-way")).to_contain_text("保安1")
    expect(guard.get_by_test_id("guard-way")).to_be_visible()
    page.keyboard.press("Escape")


def test_who_is_sent_is_followed_until_he_arrives(county: Any, page: Page, redis_client: redis.Redis) -> None:
    at_the_desk(page, county.url)
    page.keyboard.press("y")
    page.locator('[data-testid=candidate][data-guard-id=G1] [data-testid="call-guard"]').click()
    way = page.get_by_test_id("map-way")
    expect(way).to_contain_text("510 m · 约 7 分")
    expect(page.get_by_test_id("map-follow")).to_have_attribute("aria-pressed", "true")
    stand(redis_client, "G1", GATE[0] + 0.0400)  # far out of the view
    expect(way).to_contain_text("3.7 km")
    box = page.locator("[data-testid=map] .box").bounding_box()
    assert box is not None
    page.wait_for_function(IN_VIEW, arg="g:G1")  # the map goes with him
    at = spot(page, "g:G1")
    assert str(at["name"]).startswith("保安1 · 3.7 km")
    page.get_by_test_id("map-follow").click()
    expect(page.get_by_test_id("map-follow")).to_have_attribute("aria-pressed", "false")
    stand(redis_client, "G1", GATE[0] + 0.2)
    expect(way).to_contain_text("18.4 km")
    assert spot(page, "g:G1")["x"] > box["width"], "nobody follows now: the map stays"
    now, near = time.time(), a_fix(guard_id="G1", lon=GATE[0], lat=GATE[1])
    with county.store.write() as session:  # as the patrol worker proves it; the page hears of it by the push
        row = session.scalars(select(Dispatch).where(Dispatch.guard_id == "G1", Dispatch.state == "called")).one()
        dispatches.arrive(session, row, msgspec.structs.replace(near, at=now), now)
    expect(way).to_have_attribute("data-state", "arrived")
    expect(way).to_contain_text("已到")
    expect(page.get_by_test_id("map-follow")).to_have_count(0)


def test_what_is_in_view_is_chosen_by_keyboard_alone(county: Any, page: Page) -> None:
    at_the_desk(page, county.url)
    spot(page, "c:C01")
    lister = page.get_by_test_id("map-in-view")
    lister.focus()
    page.keyboard.press("Enter")
    listed = page.get_by_test_id("map-thing")
    expect(listed.first).to_have_attribute("data-thing-id", "al:al-0001")
    wanted = page.locator('[data-testid=map-thing][data-thing-id="c:C01"]')
    for _ in range(12):
        page.keyboard.press("Tab")
        if wanted.evaluate("(one) => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("camera-card")).to_contain_text("C01")
    expect(page.get_by_test_id("map-list")).to_have_count(0)
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("camera-card")).to_have_count(0)
    lister.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("map-list")).to_have_count(0)
    expect(lister).to_be_focused()


def test_clusters_have_counts_and_open_on_a_click(county: Any, page: Page) -> None:
    now = time.time()
    with county.store.write() as session:
        receive(
            session, [an_alert(id=f"al-1{n}", captured_at=now, published_at=now, priority=2) for n in range(3)], now
        )
        for n in range(12):
            session.add(CameraRow(id=f"K{n}", code=f"99010100001320001{n:03}", name=f"K{n}", url="rtsp://10.0.0.9/x", lon=119.201 + n * 0.0006, lat=34.002))  # fmt: skip
    log_in(page, county.url, "operator")
    page.goto(county.url + "/map")
    page.wait_for_function(f"(id) => ({SPOT})(id)?.members >= 3", arg="c:K5")
    before = spot(page, "c:K5")
    click(page, "c:K5")
    for _ in range(3):  # nearer each time, until it stands alone
        if spot(page, "c:K5")["members"] == 1:
            break
        click(page, "c:K5")
    assert spot(page, "c:K5")["members"] == 1 < before["members"]
    click(page, "c:K5")
    expect(page.get_by_test_id("camera-card")).to_contain_text("K5")
    page.goto(county.url + "/desk?alert=al-0002")
    page.wait_for_function(f"(id) => ({SPOT})(id)?.members >= 4", arg="al:al-10")
    for _ in range(12):  # they stand at one camera: no zoom tells them apart, a list does
        click(page, "al:al-10")
        if page.get_by_test_id("map-list").count():
            break
    # Besides these four there may stand that nobody watches the camera.
    expect(page.locator('[data-testid=map-thing][data-thing-id^="al:al-"]')).to_have_count(4)
    page.locator('[data-thing-id="al:al-11"]').click()
    expect(page).to_have_url(county.url + "/desk?alert=al-11")


def test_the_divider_is_moved_by_pointer_and_keys_and_stays_with_its_user(county: Any, page: Page) -> None:
    at_the_desk(page, county.url)
    split = page.get_by_test_id("split")
    expect(split).to_have_attribute("aria-valuenow", "67")
    picture, below = page.locator("#desk-picture"), page.locator("#desk-map")

    def share() -> float:
        above, under = picture.bounding_box(), below.bounding_box()
        assert above
        assert under
        return above["height"] / (above["height"] + under["height"])

    assert share() == pytest.approx(2 / 3, abs=0.01)
    at = split.bounding_box()
    assert at is not None
    x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 150, steps=5)
    page.mouse.up()
    moved = split.bounding_box()
    assert moved is not None
    assert moved["y"] == pytest.approx(at["y"] - 150, abs=3)
    kept = int(split.get_attribute("aria-valuenow") or 0)
    assert 30 <= kept < 60
    chosen = page.url
    split.focus()
    page.keyboard.press("ArrowDown")
    expect(split).to_have_attribute("aria-valuenow", str(kept + 2))
    assert page.url == chosen, "the arrows are the divider's, not the queue's"
    page.reload()
    expect(split).to_have_attribute("aria-valuenow", str(kept + 2))
    split.dblclick()
    expect(split).to_have_attribute("aria-valuenow", "67")
    split.focus()
    page.keyboard.press("PageUp")
    expect(split).to_have_attribute("aria-valuenow", "57")
    page.context.clear_cookies()
    log_in(page, county.url, "leader")
    page.goto(county.url + "/desk?alert=al-0001")
    expect(split).to_have_attribute("aria-valuenow", "67")
    page.context.clear_cookies()
    at_the_desk(page, county.url)
    expect(split).to_have_attribute("aria-valuenow", "57")
    split.focus()
    page.keyboard.press("Home")
    expect(split).to_have_attribute("aria-valuenow", "67")


def test_the_legend_opens_closes_and_stays_so_in_both_languages(county: Any, page: Page) -> None:
    at_the_desk(page, county.url)
    toggle = page.get_by_test_id("map-legend-toggle")
    expect(toggle).to_have_text("图例")
    toggle.click()
    legend = page.get_by_test_id("map-legend")
    expect(legend.locator("[data-entry]")).not_to_have_count(0)
    expect(legend.locator("[data-entry=sent]")).to_have_text("已派，在途")
    page.reload()
    expect(legend.locator("[data-entry=sent]")).to_be_visible()
    page.evaluate("localStorage.setItem('lianqin.language', 'en')")
    page.reload()
    expect(legend.locator("[data-entry=sent]")).to_have_text("sent, on the way")
    toggle.click()
    expect(legend.locator("[data-entry]")).to_have_count(0)


def test_the_legend_of_the_live_map_has_the_ring_of_a_chosen_cell(county: Any, page: Page) -> None:
    log_in(page, county.url, "leader")
    page.goto(county.url + "/map")
    expect(page.get_by_test_id("map-legend").locator("[data-entry=cell-chosen]")).to_have_text("选中的小格")


@pytest.mark.parametrize(
    ("kind", "entries"),
    [
        ("areas", ["area", "area-key", "area-chosen", "checkpoint", "street"]),
        ("units", ["service", "service-chosen", "street"]),
        ("posts", ["post", "pointed", "area", "area-key", "area-chosen", "checkpoint", "street"]),
        ("checkpoints", ["point", "pointed", "area", "area-key", "area-chosen", "checkpoint", "street"]),
        ("grids", ["grid", "grid-police", "grid-chosen", "street"]),
    ],
)
def test_a_map_of_the_set_up_has_a_legend_of_what_it_shows(
    served: Any, page: Page, kind: str, entries: list[str]
) -> None:
    log_in(page, served.url, "sysadmin")
    page.goto(f"{served.url}/setup?kind={kind}")
    page.get_by_test_id("map-legend-toggle").click()
    legend = page.get_by_test_id("map-legend").locator("[data-entry]")
    expect(legend).to_have_count(len(entries))
    assert legend.evaluate_all("(all) => all.map((one) => one.dataset.entry)") == entries


def test_the_live_map_has_alerts_for_the_station_and_none_for_an_officer(county: Any, page: Page) -> None:
    log_in(page, county.url, "operator")
    page.goto(county.url + "/map")
    click(page, "al:al-0002")
    card = page.get_by_test_id("alert-card")
    expect(card.get_by_test_id("alert-to-desk")).to_have_attribute("href", "/desk?alert=al-0002")
    click(page, "g:G2")
    expect(page.get_by_test_id("map-candidate")).to_have_attribute("data-guard-id", "G2")
    page.context.clear_cookies()
    log_in(page, county.url, "officer")
    page.goto(county.url + "/map")
    click(page, "c:C02")
    expect(page.get_by_test_id("camera-card").get_by_role("link")).to_have_attribute("href", "/video?camera=C02")
    assert page.evaluate(SPOT, "al:al-0002") is None
    assert page.evaluate(SPOT, "g:G2") is None
