"""The contract: every route says what it answers, and the description is made of it."""

from __future__ import annotations

import re

import pytest

from console.access.permissions import PERMISSIONS, every_route
from console.app import ROUTERS
from console.contract.openapi import PROBLEM, api_routes, describe
from console.http.answers import given_by
from tests.console.conftest import Room

ROUTES = api_routes([route for _, router in ROUTERS for route in every_route(router.routes)])


def test_every_route_says_what_it_answers() -> None:
    assert len(ROUTES) > 250
    assert [f"{route.methods} {route.path}" for route in ROUTES if not given_by(route.endpoint)] == []


def test_every_operation_has_its_roles_its_answers_and_a_name_of_its_own(room: Room) -> None:
    found = room.role("sysadmin").get("/api/openapi.json").json()
    operations = [one for path in found["paths"].values() for one in path.values()]
    assert (
        len({one["operationId"] for one in operations})
        == len(operations)
        == sum(len(route.methods or ()) for route in ROUTES)
    )
    roles = set().union(*PERMISSIONS.values())
    for one in operations:
        assert set(one["x-roles"]) <= roles
        assert PROBLEM in one["responses"]["default"]["content"]


def test_every_reference_of_the_description_leads_somewhere() -> None:
    found = describe(ROUTES)
    wanted = set(re.findall(r"'\$ref': '#/components/schemas/([^']+)'", repr(found)))
    assert wanted - set(found["components"]["schemas"]) == set()


def test_a_file_of_json_is_described_as_json_and_any_other_as_bytes() -> None:
    paths = describe(ROUTES)["paths"]
    grids, head = (
        paths[path]["get"]["responses"]["200"]["content"] for path in ("/api/grids.geojson", "/api/audit/head")
    )
    assert grids == {"application/geo+json": {"schema": {"type": "object"}}}
    assert head == {"application/jsonl": {"schema": {"type": "string", "format": "binary"}}}


@pytest.mark.parametrize("role", ["operator", "officer", "guard"])
def test_only_an_administrator_reads_it(room: Room, role: str) -> None:
    assert room.role(role).get("/api/openapi.json").status_code == 403
