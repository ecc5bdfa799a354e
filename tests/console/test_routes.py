"""Every route with every role, as `docs/api.md` says; every record-returning route with another unit's ids."""

from __future__ import annotations

import ast
import json
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from console.access.permissions import (
    PERMISSIONS,
    PUBLIC,
    ROLES,
    Public,
    check_declared,
    every_route,
    permission_of,
    requires,
)
from console.access.scope import narrow, sees
from console.app import ROUTERS
from console.push.hub import TOPICS
from lianqin import feed
from lianqin.audit import Actor
from lianqin.errors import SettingsError
from lianqin.feed import FeedRow
from patrol.duty.tables import Shift

API = Path(__file__).resolve().parents[2] / "docs" / "api.md"
PAGE = "/{path:path}"


@dataclass(frozen=True)
class Documented:
    """One address of the table in docs/api.md."""

    method: str
    path: str
    roles: frozenset[str]


def documented() -> list[Documented]:
    """The table's rows, one for each method and path; log-in, me, log-out and push stand in the text."""
    found = [
        Documented("POST", "/api/login", frozenset({"-"})),
        Documented("POST", "/api/logout", frozenset(ROLES)),
        Documented("GET", "/api/me", frozenset(ROLES)),
        Documented("GET", "/api/push", frozenset(ROLES)),
    ]
    # A row may name a third path segment of the last path in short: `/refuse {reason}`.
    for line in API.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().replace("\0", "|") for cell in line.replace("\\|", "\0").strip("|").split("|")]
        if not line.startswith("| ") or len(cells) < 3 or not re.match(r"(GET|POST|PUT|DELETE|ANY)\b", cells[0]):
            continue
        roles = frozenset({"-"}) if cells[1] in {"-", "local addresses only"} else frozenset(
            word for word in re.findall(r"[a-z]+", cells[1]) if word in ROLES)  # fmt: skip
        roles = found[-1].roles if cells[1] == "as above" else roles
        methods, last, named = [], "", False
        for token in re.findall(r"\b(?:GET|POST|PUT|DELETE|ANY)\b|\bsame\b|`/[^`]*`", cells[0]):
            if token.isupper():
                methods, named = ([] if named else methods) + [token], False
                continue
            path = last if token == "same" else re.split(r"[ ?]", token.strip("`"))[0]
            if not path.startswith(("/api", "/fix", "/healthz", "/metrics", "/.well-known")):
                path = last.rsplit("/", 1)[0] + path  # `/refuse` after `.../accept`
            last, named = path, True
            found += [Documented(method, path, roles) for method in methods]
    return found


def shape(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def served() -> dict[tuple[str, str], str]:
    """(method, path) -> permission of every route in the app's table."""
    found = {}
    for _, router in ROUTERS:
        for route in every_route(router.routes):
            for method in route.methods or set():
                found[method, shape(route.path)] = permission_of(route)
    return found


def test_the_documented_routes_and_the_served_ones_are_the_same() -> None:
    told = {(one.method, shape(one.path)) for one in documented() if one.path != "/fix"}
    assert len(told) > 50
    assert told - set(served()) == set()
    assert set(served()) - told == {("GET", shape(PAGE))}


def test_every_route_grants_exactly_the_documented_roles() -> None:
    routes = served()
    wrong = {}
    for one in documented():
        if one.path == "/fix":
            continue
        permission = routes[one.method, shape(one.path)]
        granted = frozenset({"-"}) if permission == PUBLIC else PERMISSIONS[permission]
        if granted != one.roles:
            wrong[one.method, one.path] = (sorted(granted), sorted(one.roles))
    assert wrong == {}


def filled(path: str) -> str:
    """The path with ids that exist in the seeded county (or in none)."""
    ids = {
        "alert": "al-0001", "alerts": "al-0001", "incidents": "in-1", "cameras": "C01", "zones": "C01-z1",
        "shifts": "S1", "point-calls": "pc-1", "draws": "dw-1", "dispatches": "dp-1", "accounts": "a-operator2",
        "devices": "D1", "evidence": "presence", "ground": "units",
    }  # fmt: skip
    parts = path.split("/")
    return "/".join(ids.get(parts[n - 1], "x") if part.startswith("{") else part for n, part in enumerate(parts))


def test_every_route_refuses_every_role_that_is_not_named_and_everyone_without_a_session(room: Any, alert: Any) -> None:
    """Asked over HTTP: 401 without a session, 403 exactly for the roles that the documentation does not name."""
    wrong = []
    for one in documented():
        if one.path in {"/fix", "/api/push", "/api/logout"} or "-" in one.roles:
            continue
        path, body = filled(one.path), None if one.method == "GET" else {}
        nobody = room.client.request(one.method, path, json=body)
        if nobody.status_code != 401:
            wrong.append((one.method, path, "nobody", nobody.status_code))
        for role in ROLES:
            if role in one.roles and one.method != "GET":
                continue  # allowed to change things: their own tests do
            answer = room.role(role).ask(one.method, path, body)
            denied = answer.status_code == 403 and answer.json()["key"] == "role.denied"
            if denied == (role in one.roles) or answer.status_code == 500:
                wrong.append((one.method, path, role, answer.status_code))
    assert wrong == []
    assert room.audit("alert.confirm") == []


OTHERS: list[tuple[str, str, str]] = [
    ("a-company", "GET", "/api/shifts/S2/score"),
    ("a-company", "GET", "/api/shifts/S2/evidence/presence"),
    ("a-company", "GET", "/api/point-calls/pc-2"),
    ("a-guard", "GET", "/api/shifts/S2/score"),
    ("a-guard", "GET", "/api/shifts/S2/evidence/presence"),
    ("a-guard", "GET", "/api/m/dispatches/dp-2/snapshot"),
    ("a-guard", "POST", "/api/m/point-calls/pc-2/receipt"),
    ("a-guard", "POST", "/api/m/point-calls/pc-2/answer"),
    ("a-guard", "POST", "/api/m/dispatches/dp-2/accept"),
    ("a-guard", "POST", "/api/m/dispatches/dp-2/refuse"),
    ("a-guard", "POST", "/api/m/dispatches/dp-2/done"),
    ("a-guard", "POST", "/api/m/dispatches/dp-2/there"),
    ("a-guard", "POST", "/api/m/reports/gr-2/media"),
    ("a-guard", "POST", "/api/m/spot-checks/sc-2/sign"),
    ("a-guard", "POST", "/api/m/sos/so-2/well"),
    ("a-guard", "POST", "/api/m/hand-over/ho-2/accept"),
    ("a-guard", "POST", "/api/m/hand-over/ho-2/decline"),
    ("a-company", "POST", "/api/phones/ph-2/revoke"),
    ("a-company", "POST", "/api/duty-acts/da-2/decide"),
    ("a-company", "POST", "/api/roster/ro-2"),
    ("a-company", "POST", "/api/roster/ro-2/stand-in"),
    ("a-company", "POST", "/api/roster/ro-2/move"),
    ("a-company", "POST", "/api/roster/requests/rq-2"),
    ("a-guard", "POST", "/api/m/requests/rq-2/agree"),
    ("a-guard", "POST", "/api/m/requests/rq-2/withdraw"),
    ("a-company", "PUT", "/api/patterns/sp-2"),
    ("a-company", "DELETE", "/api/patterns/sp-2"),
    ("a-company", "POST", "/api/patterns/sp-2/plan"),
    ("a-company", "POST", "/api/me/sessions/so-2/end"),
    ("a-guard", "POST", "/api/me/sessions/so-2/end"),
]
"""(account, method, address of another unit's thing)."""


@pytest.mark.parametrize(("account", "method", "path"), OTHERS)
def test_another_units_thing_looks_like_no_thing(room: Any, account: str, method: str, path: str) -> None:
    bodies = {"answer": {"answered_at": room.clock.now()}, "refuse": {"reason": "sick"}, "done": {"note": "ok"}, "there": {"at": room.clock.now()},
              "sign": {"agrees": True, "note": ""}, "ro-2": {"state": "cancelled"}, "stand-in": {"guard_id": "G1"}, "move": {"guard_id": "G1", "begins_at": room.clock.now() + 86_400}, "rq-2": {"decision": "refused", "note": "no"},
              "decide": {"counts": True, "note": "x"}, "plan": {"guard_ids": ["G1"], "first": "2026-09-21", "last": "2026-09-21", "weekdays": [0]}}  # fmt: skip
    body = None if method == "GET" else bodies.get(path.rsplit("/", 1)[1], {})
    theirs = room.visitor(account).ask(method, path, body)
    none = room.visitor(account).ask(
        method, re.sub(r"(S|pc-|dp-|sc-|ho-|ro-|sp-|rq-|so-|ph-|gr-|da-)2", r"\g<1>9", path), body
    )
    assert theirs.status_code == none.status_code == 404, theirs.text
    assert theirs.json()["key"] == none.json()["key"]


LISTS = [
    ("/api/shifts", "unit_id"), ("/api/point-calls", "unit_id"), ("/api/dispatches", "unit_id"),
    ("/api/guards", "unit_id"), ("/api/shifts?unit_id=U2", "unit_id"), ("/api/point-calls?guard_id=G2", "unit_id"),
    ("/api/dispatches?incident_id=in-2", "unit_id"), ("/api/guards?q=保安2", "unit_id"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "field"), LISTS)
def test_a_companys_list_never_holds_another_unit(room: Any, path: str, field: str) -> None:
    items = room.role("company").get(path).json()["items"]
    assert {item[field] for item in items} == (set() if "2" in path else {"U1"})
    if "2" not in path:
        assert {item[field] for item in room.role("operator").get(path).json()["items"]} == {"U1", "U2"}


def heard(room: Any, role: str) -> set[tuple[str, str]]:
    """Topic and id of what the stream carries to this role from the first row on; the hub is closed, so that the stream ends."""
    text = room.role(role).get("/api/push?after=0").text
    found = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ") and '"topic"' in line]
    return {(one["topic"], one["id"]) for one in found}


def test_a_stream_carries_another_units_thing_to_no_scoped_role(room: Any) -> None:
    """Role by role, topic by topic: rows of the own unit and guard, of others, and of nobody. A canary is told while it is fresh, to none who
    resumes, by an event of its own (test_push)."""
    topics = set().union(*TOPICS.values()) - {"canary"}
    with room.console.store.write() as session:
        for topic in sorted(topics):
            for owner, unit, guard in (("mine", "U1", "G1"), ("theirs", "U2", "G2"), ("nobodys", None, None)):
                feed.push(session, topic, f"{topic}-{owner}", at=room.clock.now(), unit_id=unit, guard_id=guard)
        newest = session.scalar(select(func.max(FeedRow.seq)))
    pause = threading.Event()
    while room.console.hub.seq != newest:
        pause.wait(0.02)
    room.console.hub.close()
    for role in ROLES:
        owners = ("mine",) if role in {"company", "guard"} else ("mine", "theirs", "nobodys")
        told = {(topic, f"{topic}-{owner}") for topic in topics & set(TOPICS.get(role, ())) for owner in owners}
        assert heard(room, role) == told, role
    assert room.client.get("/api/push").status_code == 401


@pytest.mark.parametrize("role", [*ROLES, None])
def test_scope_denies_what_it_does_not_name(role: Any) -> None:
    actor = Actor("a", "甲", role, "U1" if role == "company" else None, "G1" if role == "guard" else None)
    mine, theirs = {"unit_id": "U1", "guard_id": "G1"}, {"unit_id": "U2", "guard_id": "G2"}
    named = role in {"operator", "leader", "officer", "auditor", "sysadmin", "secadmin"}
    assert sees(actor, **mine) is (named or role in {"company", "guard"})
    assert sees(actor, **theirs) is named
    assert sees(actor) is named
    every = str(select(Shift))
    asked = str(narrow(select(Shift), actor, Shift.unit_id, Shift.guard_id))
    assert (asked == every) is named
    assert ("false" in asked) is (not named and role not in {"company", "guard"})


def test_nothing_here_is_decided_by_an_assert() -> None:
    """Python leaves assertions out when it is told to optimise."""
    room = API.parents[1] / "console"
    found = [
        f"{path.relative_to(room)}:{node.lineno}"
        for path in room.rglob("*.py")
        if "node_modules" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assert)
    ]
    assert found == []


def test_a_websocket_can_declare_no_permission_and_does_not_start() -> None:
    router = APIRouter()

    @router.websocket("/api/talk")
    async def talk(_: Any) -> None:
        return None

    with pytest.raises(SettingsError, match="talk"):
        check_declared(router.routes)


def test_every_record_route_of_scoped_roles_is_walked_with_others_ids() -> None:
    """A new address with an id that companies or guards may ask must join the tables above."""
    walked = {
        shape(
            re.sub(
                r"(?<=/)(S2|pc-2|dp-2|gr-2|da-2|sc-2|ho-2|ro-2|sp-2|rq-2|so-2|ph-2|agree|presence)(?=/|$)", "{}", path
            )
        )
        for _, _, path in OTHERS
    }
    scoped = {
        shape(one.path) for one in documented()
        if "{" in one.path.replace("{form}", "") and one.roles & {"company", "guard"} and not one.roles >= {"wall"}
    }  # fmt: skip
    assert scoped - walked == set()


def test_a_route_that_declares_no_permission_does_not_start() -> None:
    router = APIRouter()

    @router.get("/api/secret")
    def secret() -> dict[str, str]:
        return {}

    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(router)
    with pytest.raises(SettingsError, match="secret"):
        check_declared(app.routes)
    app.mount("/static", FastAPI())
    with pytest.raises(SettingsError):
        check_declared(app.routes)


def test_a_route_with_two_permissions_or_an_unknown_one_does_not_start() -> None:
    router = APIRouter()

    @router.get("/api/both", dependencies=[Depends(Public())])
    def both(_: Annotated[Any, requires("alert.see")]) -> dict[str, str]:
        return {}

    with pytest.raises(SettingsError, match="both"):
        check_declared(router.routes)
    with pytest.raises(SettingsError, match="alert\\.sea"):
        requires("alert.sea")


def test_the_three_administrators_share_no_permission_but_everyones() -> None:
    common = {name for name, roles in PERMISSIONS.items() if roles >= frozenset(ROLES)}
    common.add("device.see")  # one enrols, the other revokes: both look at the list
    common.add("own.account")  # everybody's but the wall's
    common.add("factor.see")  # the auditor sees who has none, and changes nothing
    held = {role: {name for name, roles in PERMISSIONS.items() if role in roles} - common for role in
            ("auditor", "sysadmin", "secadmin")}  # fmt: skip
    assert all(held.values())
    assert not held["auditor"] & held["sysadmin"]
    assert not held["auditor"] & held["secadmin"]
    assert not held["sysadmin"] & held["secadmin"]


@pytest.mark.parametrize(
    "path", ["/", "/desk", "/api/me", "/healthz", "/metrics", "/.well-known/security.txt", "/nowhere.js"]
)
def test_every_answer_carries_the_security_headers(room: Any, path: str) -> None:
    headers = room.client.get(path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "script-src 'self';" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "cache-control" in headers
    assert "server" not in headers


def test_the_page_is_given_for_its_own_addresses_and_files_outside_are_not(room: Any) -> None:
    dist = room.settings.web_dist
    assert room.client.get("/desk").json()["key"] == "page.not_built"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<html>page</html>")
    (dist / "assets" / "app-1a2b.js").write_text("1")
    (dist.parent / "secret.txt").write_text("secret")
    assert room.client.get("/desk?alert=al-1").text == "<html>page</html>"
    assert "immutable" in room.client.get("/assets/app-1a2b.js").headers["cache-control"]
    assert room.client.get("/assets/gone.js").status_code == 404
    assert room.client.get("/api/nothing").json()["key"] == "route.missing"
    for path in ("/..%2fsecret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt"):
        assert "secret" not in room.client.get(path).text


def test_metrics_are_for_local_addresses(room: Any) -> None:
    near = TestClient(room.app, client=("127.0.0.1", 5000))
    assert b"lianqin_push_clients" in near.get("/metrics").content
    far = TestClient(room.app, client=("10.1.2.3", 5000))
    assert far.get("/metrics").status_code == 404
