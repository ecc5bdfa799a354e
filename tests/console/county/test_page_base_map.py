"""The base map in a real browser: tiles of a server beside the console, a file, GCJ-02 tiles laid right, and one that does not come."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from bench.kit.browsers import FLAGS
from console.cameras.tables import CameraRow
from lianqin.geo import distance_m, wgs84_to_gcj02
from tests.base_maps import a_pmtiles, a_tile, a_vector_tile
from tests.console.conftest import log_in

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
PINK = (255, 0, 200)
"""No token of the themes is near it."""
BEACON = (119.2030, 34.0020)
"""WGS-84, where nothing else stands: the GCJ-02 tiles show it where GCJ-02 has it."""
ARM_PX = 5
STAND = (119.2150, 34.0020)
"""Where a camera is put, beside the county's area, which tints what lies below it."""
FRAME_PX, EDGE_PX = 22, 4
"""A sign stands within it and hides none of it."""
Painter = Callable[[int, int, int], bytes]


def plain(_z: int, _x: int, _y: int) -> bytes:
    return a_tile(PINK)


def with_beacon(z: int, x: int, y: int) -> bytes:
    """White, with a pink square around the beacon as a Chinese map service draws it."""
    return marked(BEACON, ARM_PX, -1, z, x, y)


def with_frame(z: int, x: int, y: int) -> bytes:
    """The same around where the camera stands, empty within."""
    return marked(STAND, FRAME_PX, EDGE_PX, z, x, y)


def marked(at: tuple[float, float], arm: int, edge: int, z: int, x: int, y: int) -> bytes:
    lon, lat = wgs84_to_gcj02(at)
    size = 256 * 2**z
    px = (lon + 180) / 360 * size - 256 * x
    py = (1 - math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / math.pi) / 2 * size - 256 * y
    picture = np.full((256, 256, 3), 255, dtype=np.uint8)
    corner = (round(px - arm), round(py - arm))
    cv2.rectangle(picture, corner, (corner[0] + 2 * arm, corner[1] + 2 * arm), PINK[::-1], edge)
    return bytes(cv2.imencode(".png", picture)[1].tobytes())


class Tiles:
    """A tile server on another origin than the console's; `paint` None: it answers 500."""

    def __init__(self, paint: Painter | None) -> None:
        self.paint, self.asked = paint, 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                z, x, y = (int(part) for part in self.path.removesuffix(".png").strip("/").split("/"))
                content = outer.paint(z, x, y) if outer.paint else b""
                self.send_response(200 if outer.paint else 500)
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Content-Type", "image/png")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/{{z}}/{{x}}/{{y}}.png"


PAINTERS: dict[str, Painter | None] = {"plain": plain, "beacon": with_beacon, "frame": with_frame, "broken": None}


class Site:
    """Files on an origin of its own, by path."""

    def __init__(self, files: dict[str, tuple[str, bytes]]) -> None:
        self.asked = list[str]()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                kind, content = files.get(self.path, ("text/plain", b""))
                self.send_response(200 if content else 404)
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Styled:
    """A style on one origin, which leads to vector tiles on another: one tile, the world, all of it water, and that in pink. `named`:
    the settings name the tiles' origin."""

    def __init__(self, *, named: bool) -> None:
        self.named = named
        self.tiles = Site({"/0/0/0.pbf": ("application/x-protobuf", a_vector_tile("water"))})
        source = {"type": "vector", "tiles": [self.tiles.url + "/{z}/{x}/{y}.pbf"], "maxzoom": 0}
        layer = {
            "id": "water",
            "type": "fill",
            "source": "map",
            "source-layer": "water",
            "paint": {"fill-color": f"rgb{PINK}"},
        }
        style = {"version": 8, "sources": {"map": source}, "layers": [layer]}
        self.style = Site({"/style.json": ("application/json", json.dumps(style).encode())})


@pytest.fixture
def styled(request: pytest.FixtureRequest) -> Iterator[Styled]:
    made = Styled(named=request.param)
    yield made
    made.style.close()
    made.tiles.close()


@pytest.fixture
def tiles(request: pytest.FixtureRequest) -> Iterator[Tiles]:
    made = Tiles(PAINTERS[request.param])
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def settings(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> Any:
    """Those of the room, with the base map that the test's other fixtures make."""
    if "styled" in request.fixturenames:
        styled: Styled = request.getfixturevalue("styled")
        hosts = styled.tiles.url if styled.named else ""
        return settings.model_copy(update={"map_style": styled.style.url + "/style.json", "map_hosts": hosts})
    if "tiles" in request.fixturenames:
        server: Tiles = request.getfixturevalue("tiles")
        gcj02 = server.paint in {with_beacon, with_frame}
        return settings.model_copy(
            update={"map_tiles": server.url, "map_attribution": "© 县测绘 <b>", "map_gcj02": gcj02, "map_max_zoom": 16}
        )
    made = request.getfixturevalue("made")
    file = tmp_path / "county.pmtiles"
    file.write_bytes(made)
    return settings.model_copy(update={"map_pmtiles": str(file)})


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        context = chromium.new_context(locale="zh-CN", viewport={"width": 1280, "height": 800})
        context.add_init_script("localStorage.setItem('lianqin.theme', 'light')")
        context.set_default_timeout(30_000)
        expect.set_options(timeout=30_000)
        yield context.new_page()
        expect.set_options(timeout=5_000)
        chromium.close()


Colour = tuple[int, int, int]


def near(of: Locator, colour: Colour, away: int) -> tuple[int, float, float]:
    """How many pixels are near that colour, and where their middle is, from the upper left corner."""
    image = cv2.imdecode(np.frombuffer(of.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    off = np.abs(image[:, :, ::-1].astype(int) - np.array(colour)).max(axis=2)
    rows, columns = np.nonzero(off < away)
    return len(rows), float(columns.mean()) if len(columns) else 0.0, float(rows.mean()) if len(rows) else 0.0


def until_painted(
    page: Page, of: Locator, least: int, colour: Colour = PINK, away: int = 60
) -> tuple[int, float, float]:
    for _ in range(60):
        found = near(of, colour, away)
        if found[0] >= least:
            return found
        page.wait_for_timeout(500)
    raise AssertionError(f"{found[0]} pixels, not {least}")


def framed(page: Page, of: Locator) -> tuple[float, float]:
    """The middle of the pink frame once it is whole: whatever stands on a part of an edge does not move it."""
    last: tuple[int, ...] = ()
    for _ in range(60):
        image = cv2.imdecode(np.frombuffer(of.screenshot(), np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        rows, columns = np.nonzero(np.abs(image[:, :, ::-1].astype(int) - np.array(PINK)).max(axis=2) < 60)
        found = (columns.min(), columns.max(), rows.min(), rows.max()) if len(rows) else ()
        if found and found == last and abs((found[1] - found[0]) - (found[3] - found[2])) <= 2:
            return (found[0] + found[1]) / 2, (found[2] + found[3]) / 2
        last = found
        page.wait_for_timeout(500)
    raise AssertionError(f"no frame: {last}")


def water(page: Page) -> Colour:
    """As `map/base.ts` draws it: the accent at 0.22 over the ground."""
    tokens: list[list[int]] = page.evaluate(
        """() => ['--accent', '--map'].map((token) => {
            const pen = document.createElement('canvas').getContext('2d');
            pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(token).trim();
            pen.fillRect(0, 0, 1, 1);
            return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
        })"""
    )
    red, green, blue = (round(0.22 * over + 0.78 * under) for over, under in zip(tokens[0], tokens[1], strict=True))
    return red, green, blue


def at_the_map(page: Page, url: str) -> Locator:
    log_in(page, url, "operator")
    page.goto(url + "/map")
    return page.get_by_test_id("map")


@pytest.mark.parametrize("tiles", ["plain"], indirect=True)
def test_raster_tiles_of_the_set_host_lie_under_the_map_with_their_attribution(
    tiles: Tiles, served: Any, page: Page
) -> None:
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    shown = at_the_map(page, served.url)
    expect(shown).to_have_attribute("data-base", "there")
    expect(shown.locator(".maplibregl-ctrl-attrib")).to_contain_text("© 县测绘 <b>")
    expect(page.get_by_test_id("base-missing")).to_have_count(0)
    assert tiles.asked > 0
    assert refused == []


@pytest.mark.parametrize("styled", [True], indirect=True)
def test_vector_tiles_by_their_style_are_drawn_from_the_origins_that_the_settings_name(
    styled: Styled, served: Any, page: Page
) -> None:
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    shown = at_the_map(page, served.url)
    expect(shown).to_have_attribute("data-base", "there", timeout=60_000)
    assert until_painted(page, shown.locator("canvas").first, 5_000)
    assert (set(styled.style.asked), set(styled.tiles.asked)) == ({"/style.json"}, {"/0/0/0.pbf"})
    assert refused == []
    expect(page.get_by_test_id("base-missing")).to_have_count(0)


@pytest.mark.parametrize("styled", [False], indirect=True)
def test_an_origin_that_the_settings_do_not_name_is_not_asked_for_its_tiles(
    styled: Styled, served: Any, page: Page
) -> None:
    shown = at_the_map(page, served.url)
    expect(page.get_by_test_id("base-missing")).to_contain_text("底图缺失")
    expect(shown).to_have_attribute("data-base", "missing")
    assert (set(styled.style.asked), styled.tiles.asked) == ({"/style.json"}, [])


@pytest.mark.parametrize("tiles", ["broken"], indirect=True)
def test_tiles_that_do_not_come_are_said_to_be_missing_and_the_rest_stands(
    tiles: Tiles, served: Any, page: Page
) -> None:
    shown = at_the_map(page, served.url)
    expect(page.get_by_test_id("base-missing")).to_contain_text("底图缺失")
    expect(shown).to_have_attribute("data-base", "missing")
    page.wait_for_function("() => document.querySelector('[data-testid=map]').lianqinAt?.('c:C01')")
    tiles.paint = plain  # it is tried again by itself
    expect(shown).to_have_attribute("data-base", "there", timeout=60_000)
    expect(page.get_by_test_id("base-missing")).to_have_count(0)


@pytest.mark.parametrize("made", [a_pmtiles({(0, 0, 0): a_tile(PINK)}, attribution="Made here"),
                                  a_pmtiles({(0, 0, 0): a_vector_tile("water")}, kind=1)], ids=["raster", "vector"])  # fmt: skip
def test_a_pmtiles_file_is_drawn(made: bytes, served: Any, page: Page) -> None:
    shown = at_the_map(page, served.url)
    expect(shown).to_have_attribute(
        "data-base", "there", timeout=60_000
    )  # its head, its list, its tile: one after the other
    colour, away = (PINK, 60) if b"\x89PNG" in made else (water(page), 6)
    assert until_painted(page, shown.locator("canvas").first, 5_000, colour, away)


@pytest.mark.parametrize("tiles", ["frame"], indirect=True)
def test_on_gcj02_tiles_a_camera_stands_on_the_live_map_where_the_tiles_have_its_place(
    tiles: Tiles, served: Any, page: Page
) -> None:
    assert distance_m(STAND, wgs84_to_gcj02(STAND)) > 300
    with served.store.write() as session:  # without a bearing it has no view, which would tint the frame
        camera = session.get_one(CameraRow, "C01")
        camera.lon, camera.lat, camera.bearing = *STAND, None
    shown = at_the_map(page, served.url)
    expect(shown).to_have_attribute("data-base", "there")
    page.wait_for_function("() => document.querySelector('[data-testid=map]').lianqinAt?.('c:C01')?.still")
    x, y = framed(page, shown.locator("canvas").first)
    sign = page.evaluate("document.querySelector('[data-testid=map]').lianqinAt('c:C01')")
    assert sign["members"] == 1
    assert (sign["x"], sign["y"]) == (pytest.approx(x, abs=3), pytest.approx(y, abs=3))
    assert tiles.asked > 0


@pytest.mark.parametrize("tiles", ["beacon"], indirect=True)
def test_on_gcj02_tiles_things_lie_right_and_what_is_drawn_is_kept_in_wgs84(
    tiles: Tiles, served: Any, page: Page
) -> None:
    assert distance_m(BEACON, wgs84_to_gcj02(BEACON)) > 300
    log_in(page, served.url, "sysadmin")
    page.goto(served.url + "/setup?kind=areas")
    page.get_by_test_id("setup-add").click()
    board = page.get_by_test_id("shape-map")
    _, x, y = until_painted(page, board.locator("canvas").first, 30)
    board.click(position={"x": x, "y": y})
    page.locator("details:has(textarea) summary").click()
    kept = page.locator("details textarea")
    page.wait_for_function("() => document.querySelector('details textarea').value.includes(',')")
    lon, lat = (float(part) for part in kept.input_value().split(","))
    assert distance_m((lon, lat), BEACON) < 15
    corner = board.locator(".corner").bounding_box()
    box = board.bounding_box()
    assert corner is not None
    assert box is not None
    assert corner["x"] + corner["width"] / 2 - box["x"] == pytest.approx(x, abs=3), "and is drawn where it was put"
    assert corner["y"] + corner["height"] / 2 - box["y"] == pytest.approx(y, abs=3)
