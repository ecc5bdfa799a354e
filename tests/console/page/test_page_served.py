"""How the page's files go out: packed, kept or asked for again, and what a document may use of the browser's devices."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest

from console.http.headers import DEVICES
from console.page.routes import codings
from tests.console.screens import menu

ROUTER = Path(__file__).resolve().parents[3] / "console/web/src/app/router.ts"
SCRIPT = "console.log('page');" * 50


@pytest.fixture
def built(room: Any) -> Any:
    """A room whose page has a script in all three forms, and a picture that the build left as it was."""
    dist = room.settings.web_dist
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<html>page</html>")
    (dist / "manifest.webmanifest").write_text("{}")
    script = dist / "assets" / "app-1a2b.js"
    script.write_text(SCRIPT)
    script.with_name("app-1a2b.js.gz").write_bytes(gzip.compress(SCRIPT.encode()))
    script.with_name("app-1a2b.js.br").write_bytes(b"as brotli")  # no Python here reads it: a browser's test does
    (dist / "assets" / "picture-3c.png").write_bytes(b"\x89PNG")
    return room


@pytest.mark.parametrize(("accepted", "taken"), [
    ("gzip, deflate, br, zstd", {"br", "gzip"}), ("gzip", {"gzip"}), ("GZIP", {"gzip"}), ("br;q=1.0, gzip;q=0.8", {"br", "gzip"}),
    ("br;q=0, gzip", {"gzip"}), ("*", {"br", "gzip"}), ("*;q=0", set()), ("gzip;q=0, *;q=0.1", {"br"}), ("identity", set()),
    ("", set()), ("br;q=nonsense", set()), (",,;", set()),
])  # fmt: skip
def test_a_coding_is_taken_as_the_request_weighs_it(accepted: str, taken: set[str]) -> None:
    assert codings(accepted) == taken


@pytest.mark.parametrize(
    ("accepted", "coding"), [("gzip, deflate, br", "br"), ("gzip, deflate", "gzip"), ("identity", None)]
)
def test_a_script_goes_out_in_the_smallest_form_that_is_taken(built: Any, accepted: str, coding: str | None) -> None:
    with built.client.stream("GET", "/assets/app-1a2b.js", headers={"accept-encoding": accepted}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers.get("content-encoding") == coding
    plain = gzip.decompress(raw) if coding == "gzip" else raw
    assert plain == (b"as brotli" if coding == "br" else SCRIPT.encode())
    assert int(answer.headers["content-length"]) == len(raw)
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_each_form_has_a_tag_of_its_own_and_the_same_one_is_not_sent_again(built: Any) -> None:
    tags = {}
    for coding in ("gzip", "identity"):
        answer = built.client.get("/assets/app-1a2b.js", headers={"accept-encoding": coding})
        tags[coding] = answer.headers["etag"]
    assert len(set(tags.values())) == 2
    asked = {"accept-encoding": "gzip", "if-none-match": f'"other", W/{tags["gzip"]}'}
    again = built.client.get("/assets/app-1a2b.js", headers=asked)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tags["gzip"])
    assert built.client.get("/assets/app-1a2b.js", headers={**asked, "accept-encoding": "identity"}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/m", "/desk", "/index.html", "/manifest.webmanifest"])
def test_what_has_no_hash_in_its_name_is_asked_for_again(built: Any, path: str) -> None:
    first = built.client.get(path)
    assert first.headers["cache-control"] == "no-cache"
    again = built.client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["permissions-policy"] == first.headers["permissions-policy"]


def test_the_packed_forms_are_no_files_of_their_own(built: Any) -> None:
    assert built.client.get("/assets/app-1a2b.js.br").status_code == 404
    assert built.client.get("/assets/app-1a2b.js.gz").status_code == 404
    assert built.client.get("/assets/picture-3c.png").headers["content-type"] == "image/png"
    assert built.client.get("/manifest.webmanifest").headers["content-type"] == "application/manifest+json"


USED = [
    ("/m", {"camera", "microphone", "geolocation"}), ("/m/", {"camera", "microphone", "geolocation"}),
    ("/M", {"camera", "microphone", "geolocation"}), ("/m/anything", {"camera", "microphone", "geolocation"}),
    ("/spot-checks", {"camera"}), ("/Spot-Checks", {"camera"}),
    *((path, set[str]()) for path in ("/", "/login", "/desk", "/map", "/video", "/trails", "/me", "/map/m", "/healthz", "/api/me",
                                      "/api/m/state", "/api/spot-checks", "/assets/app-1a2b.js")),
]  # fmt: skip


@pytest.mark.parametrize(("path", "used"), USED)
def test_a_page_is_permitted_the_devices_that_it_uses_and_no_other(built: Any, path: str, used: set[str]) -> None:
    told = built.client.get(path).headers["permissions-policy"]
    policy = dict(part.split("=") for part in told.split(", "))
    assert {name for name, allowed in policy.items() if allowed != "()"} == used
    assert {policy[name] for name in used} <= {"(self)"}
    assert {"camera", "microphone", "geolocation", "payment", "usb", "bluetooth", "display-capture"} <= policy.keys()


def test_page_and_console_name_the_same_devices() -> None:
    [table] = re.findall(r"DEVICES: [^=]*= \{(.*?)\n\};", ROUTER.read_text(), re.S)
    rows = re.findall(r'^\s*"?([\w-]+)"?: \[(.*?)\]', table, re.M)
    assert {page: tuple(re.findall(r'"([\w-]+)"', devices)) for page, devices in rows} == dict(DEVICES)
    for page in DEVICES:
        assert page in menu()
