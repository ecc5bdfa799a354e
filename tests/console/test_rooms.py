"""Which room serves which address: the first word of an address is its room's, or stands here."""

from __future__ import annotations

from collections import defaultdict

from console.access.permissions import every_route
from console.app import ROUTERS

WORDS = {
    "acts": {"duty-acts", "m"},
    "alarms": {"cameras", "false-reasons"},
    "alerts": {"records", "views"},
    "attention": {"escalations", "rings"},
    "bulk": {"cameras"},
    "calls": {"draws", "point-calls"},
    "cameras": {"calendars", "live", "watch"},
    "cases": {"case-numbers"},
    "checks": {"comments", "dispatches", "m", "reviews", "spot-checks"},
    "county": {"coverage", "grids", "ground", "ground-map", "live-look", "map", "silences"},
    "contract": {"openapi.json"},
    "desk": {"alerts", "dispatches", "incidents"},
    "devices": {"dead-letters"},
    "discovery": {"cameras"},
    "dispatch": {"alerts", "dispatches", "incidents", "stuck"},
    "duty": {"company", "m", "patterns", "roster", "shifts"},
    "evidence": {"alerts", "sweeps"},
    "factors": {"enrol", "factor-resets", "login", "me"},
    "guards": {"quarantine", "shifts"},
    "handing": {"alerts", "desk", "hand-over-sheet", "incidents", "promises", "seals"},
    "health": {"healthz", "metrics"},
    "log_in": {"log-ins", "login", "logout", "me", "sessions"},
    "page": {".well-known", "{path:path}"},
    "phone": {"m"},
    "phones": {"m"},
    "reports": {"m"},
    "rules": {"false-reasons", "shelves"},
    "scores": {"company", "shifts"},
    "seats": {"desk"},
    "sos": {"m"},
}
"""By room, what its addresses begin with beside its own word: pages and phones know these addresses."""


def test_an_address_begins_with_the_word_of_the_room_that_serves_it_or_stands_in_the_table() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for _, router in ROUTERS:
        for route in every_route(router.routes):
            room = route.endpoint.__module__.split(".")[1]
            first, *rest = route.path.strip("/").split("/")
            word = (rest[0] if first == "api" else first).removesuffix(".{form}").removesuffix(".geojson")
            if word.replace("-", "_") != room:
                found[room].add(word)
    assert found == WORDS
