"""The county's base map: what settings say, what the policy of pages then allows, and one file by pieces."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest

from console.county.base_map import base_map, check_base_map, hosts_of
from console.http.headers import csp
from lianqin import settings as settings_module
from lianqin.errors import SettingsError
from lianqin.geo import wgs84_to_gcj02
from patrol.county.tables import Guard, Unit
from tests.base_maps import a_pmtiles

POINTS = Path(__file__).resolve().parents[3] / "console" / "web" / "tests" / "gcj-points.json"
TILES = "https://tiles.example.org/{z}/{x}/{y}.png"


def test_the_page_shifts_by_the_values_of_the_platform() -> None:
    rows = json.loads(POINTS.read_text())
    assert len(rows) > 15
    for lon, lat, x, y in rows:
        assert wgs84_to_gcj02((lon, lat)) == pytest.approx((x, y), abs=1e-12)


@pytest.mark.parametrize(("key", "value", "said"), [
    ("map_tiles", "https://tiles.example.org/{x}/{y}.png", r"lacks \{z\}.*write it as https"),
    ("map_tiles", "https://tiles.example.org/tiles.png", r"lacks \{z\}, \{x\}, \{y\}"),
    ("map_tiles", "https://{s}.example.org/{z}/{x}/{y}.png", "no address of a web server"),
    ("map_tiles", "https://tiles.example.org/{s}/{z}/{x}/{y}.png", r"\{s\}, which nobody fills in: write one address for each"),
    ("map_tiles", "tiles.example.org/{z}/{x}/{y}.png", "no address of a web server"),
    ("map_tiles", "file:///srv/{z}/{x}/{y}.png", "no address of a web server"),
    ("map_tiles", "https://user:word@tiles.example.org/{z}/{x}/{y}.png", "without a user"),
    ("map_tiles", "https://tiles.example.org/{z}/{x}/{y}.png;script-src *", "semicolons|nobody fills in|no address"),
    ("map_tiles", "https://tiles.example.org;script-src/{z}/{x}/{y}.png", "no address of a web server"),
    ("map_style", "//tiles.example.org/style.json", "no address of a web server"),
    ("map_style", "javascript:alert(1)", "no address of a web server"),
    ("map_hosts", "https://fonts.example.org/path", "no origin: write scheme, host and port alone"),
    ("map_hosts", "fonts.example.org", "no address of a web server"),
    ("map_hosts", "https://fonts.example.org, *", "no address of a web server"),
    ("map_max_zoom", 30, "less than or equal to 22"),
])  # fmt: skip
def test_a_wrong_setting_is_refused_and_says_what_to_write(key: str, value: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        settings_module.check({key: value})
    assert f"setting `{key}`" in str(caught.value)


@pytest.mark.parametrize("two", [
    {"map_tiles": TILES, "map_style": "https://tiles.example.org/style.json"}, {"map_tiles": TILES, "map_pmtiles": "county.pmtiles"},
    {"map_style": "/style.json", "map_pmtiles": "county.pmtiles"},
])  # fmt: skip
def test_there_is_one_base_map(two: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="there is one base map"):
        settings_module.check(two)


@pytest.mark.parametrize(("told", "hosts"), [
    ({}, ()),
    ({"map_tiles": TILES}, ("https://tiles.example.org",)),
    ({"map_tiles": "https://a.example.org:8443/{z}/{x}/{y}.png  https://B.example.org/{z}/{x}/{y}.png"},
     ("https://a.example.org:8443", "https://b.example.org")),
    ({"map_tiles": "/tiles/{z}/{x}/{y}.png"}, ()),
    ({"map_style": "https://tiles.example.org/style.json", "map_hosts": "https://fonts.example.org,https://tiles.example.org"},
     ("https://tiles.example.org", "https://fonts.example.org")),
])  # fmt: skip
def test_pages_may_ask_exactly_the_hosts_that_are_set(told: dict[str, str], hosts: tuple[str, ...]) -> None:
    found = hosts_of(settings_module.check(told))
    assert found == hosts
    policy = dict(part.split(" ", 1) for part in csp(found).split("; "))
    assert policy["connect-src"].split() == ["'self'", *hosts]
    assert policy["img-src"].split() == ["'self'", "data:", "blob:", *hosts]
    assert [part for name, part in policy.items() if "http" in part and name not in {"connect-src", "img-src"}] == []


@pytest.mark.parametrize(("content", "said"), [
    (None, "can't be read .*Name a file that this process may read"), (b"", "is no PMTiles file. Make one with `pmtiles convert"),
    (b"SQLite format 3\0" + b"\0" * 200, "is no PMTiles file"), (b"PMTiles\x02" + b"\0" * 200, "version 2, and the page reads 3"),
    (b"PMTiles\x03" + b"\0" * 200, "tiles of type 0"), (b"PMTiles\x03", "is no PMTiles file"),
])  # fmt: skip
def test_a_file_that_is_no_base_map_stops_the_start(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "county.pmtiles"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=said) as caught:
        check_base_map(settings_module.check({"map_pmtiles": str(file)}))
    assert caught.value.key == "map.file"


@pytest.mark.parametrize(("kind", "vector"), [(1, True), (2, False), (3, False)])
def test_a_good_file_is_told_as_it_is(tmp_path: Path, kind: int, vector: bool) -> None:
    file = tmp_path / "county.pmtiles"
    made = bytearray(a_pmtiles({(0, 0, 0): b"tile"}))
    struct.pack_into("BBB", made, 99, kind, 3, 14)
    file.write_bytes(made)
    told = settings_module.check({"map_pmtiles": str(file), "map_gcj02": True, "map_attribution": "© 县测绘"})
    check_base_map(told)
    assert base_map(told) == {"kind": "pmtiles", "url": "/api/map/base.pmtiles", "vector": vector, "max_zoom": 14, "gcj02": True, "attribution": "© 县测绘"}  # fmt: skip


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestServed:
    @pytest.fixture
    def settings(self, settings: Any, tmp_path: Path) -> Any:
        file = tmp_path / "county.pmtiles"
        file.write_bytes(a_pmtiles({(0, 0, 0): bytes(range(256)) * 40}))
        return settings.model_copy(update={"map_pmtiles": str(file)})

    def test_the_file_goes_out_by_pieces(self, room: Any, tmp_path: Path) -> None:
        whole = (tmp_path / "county.pmtiles").read_bytes()
        for role in ("operator", "leader", "officer", "company", "guard", "sysadmin"):
            answer = room.role(role).get("/api/map/base.pmtiles", range="bytes=0-126")
            assert (answer.status_code, answer.content) == (206, whole[:127])
            assert answer.headers["content-range"] == f"bytes 0-126/{len(whole)}"
        tail = room.role("operator").get("/api/map/base.pmtiles", range=f"bytes={len(whole) - 10}-")
        assert (tail.status_code, tail.content) == (206, whole[-10:])
        beyond = room.role("operator").get("/api/map/base.pmtiles", range=f"bytes={len(whole)}-")
        assert beyond.status_code == 416
        assert room.role("operator").get("/api/me").json()["settings"]["map"]["kind"] == "pmtiles"

    def test_a_file_that_went_is_missing_and_the_console_stands(self, room: Any, tmp_path: Path) -> None:
        (tmp_path / "county.pmtiles").unlink()
        answer = room.role("operator").get("/api/map/base.pmtiles")
        assert (answer.status_code, answer.json()["key"]) == (404, "map_base.missing")
        assert room.role("operator").get("/api/me").json()["settings"]["map"]["vector"] is False


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_a_base_map_there_is_none_and_no_other_host(room: Any) -> None:
    operator = room.role("operator")
    assert operator.get("/api/me").json()["settings"]["map"] is None
    assert operator.get("/api/map/base.pmtiles").json()["key"] == "map_base.missing"
    assert "http" not in operator.get("/api/me").headers["content-security-policy"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("guard", "numbers"), [("G1", ("13800000001", "8600000")), ("G2", ("", "8600000"))])
def test_a_guards_number_is_told_or_else_his_units(room: Any, guard: str, numbers: tuple[str, str]) -> None:
    with room.store.write() as session:
        session.get_one(Guard, "G1").phone = "13800000001"
        for n in ("1", "2"):
            session.get_one(Unit, f"U{n}").phone = "8600000"
    told = room.role("operator").get(f"/api/guards/{guard}/contact").json()
    assert (told["phone"], told["unit_phone"]) == numbers
    assert "cert_no" not in told
