"""Numbers, cursors and texts that nobody can use are answered with what is wrong: never with a fault of ours."""

from __future__ import annotations

import re
from typing import Any

import pytest

from console.access.permissions import PERMISSIONS, PUBLIC, every_route, permission_of
from console.evidence.footage import span_of

NUMBERS = (
    "-1",
    "0",
    str(2**31),
    str(2**63),
    str(-(2**63) - 1),
    "9" * 5000,
    "1e308",
    "-1e308",
    "nan",
    "inf",
    "²",
    "٣",
    "1_0",
    "",
)
TEXTS = ("\x00", "a\x00b", "²", "9" * 5000, "%", "\ud7ff", "W10", "eyJ2YWx1ZSI6MWU5OTksImlkIjoiYSJ9")


def _allowed(permission: str) -> list[str]:
    return ["operator"] if permission == PUBLIC else sorted(PERMISSIONS[permission])[:2]


def test_no_query_makes_a_fault_of_ours(room: Any) -> None:
    faults = []
    for route in every_route(room.app.routes):
        if "GET" not in (route.methods or ()) or route.path in {"/api/push", "/{path:path}"}:
            continue
        path = re.sub(r"\{[^}]*\}", "x", route.path)
        for role in _allowed(permission_of(route)):
            for field in route.dependant.query_params:
                kind = str(field.field_info.annotation)
                values = NUMBERS if "int" in kind or "float" in kind else TEXTS
                for value in values:
                    answer = room.client.get(path, params={field.alias: value}, headers=room.role(role).headers())
                    if answer.status_code >= 500 and answer.status_code != 503:
                        faults.append((role, path, field.alias, value[:20], answer.status_code))
            for name in route.dependant.path_params:
                for value in ("0", "-1", str(2**63), "9" * 5000, "²", "%00", "a%00b"):
                    one = route.path.replace("{" + name.alias + "}", value)
                    answer = room.client.get(re.sub(r"\{[^}]*\}", "x", one), headers=room.role(role).headers())
                    if answer.status_code >= 500 and answer.status_code != 503:
                        faults.append((role, one[:60], name.alias, value[:20], answer.status_code))
    assert not faults, "\n".join(map(str, faults))


@pytest.mark.parametrize("told", ["²", "9" * 5000, "-1", str(2**63), "٣", "", "nonsense"])
def test_the_push_reads_a_number_it_can_not_use_as_none(room: Any, told: str) -> None:
    room.console.hub.close()  # the stream ends at once
    headers = [*((name.encode(), value.encode()) for name, value in room.role("operator").headers().items()),
               (b"last-event-id", told.encode())]  # fmt: skip
    assert room.client.get("/api/push", headers=headers).status_code == 200


@pytest.mark.parametrize("header", ["bytes=²-", "bytes=-٣", "bytes=" + "9" * 5000 + "-", "bytes=-" + "9" * 5000])
def test_a_range_that_is_no_plain_number_is_the_whole_file(header: str) -> None:
    assert span_of(header, 100) is None
