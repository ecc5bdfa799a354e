"""Both databases act alike: characters that one of them refuses are left out, texts beyond their column are refused by name."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert, select, update

from console.alerts.tables import AlertRow, PendingEvidence
from console.incidents.tables import Incident
from lianqin import audit
from lianqin.audit import Actor, AuditRow
from lianqin.db import Store
from lianqin.errors import RecordError
from lianqin.feed import FeedRow
from patrol.county.tables import Organisation

NASTY = "东\x00门\ud800"
CLEAN = "东门\ufffd"


def an_organisation(**changes: Any) -> dict[str, Any]:
    return {"id": "O1", "kind": "county", "name": "县局", "name_en": "", "phone": ""} | changes


def test_a_row_keeps_a_text_without_what_no_database_takes(store: Store) -> None:
    with store.write() as session:
        session.add(PendingEvidence(alert_id="al\x00-1", body={"a": [NASTY, {NASTY: 1}]}, received_at=1.0))
    with store.read() as session:
        row = session.get_one(PendingEvidence, "al-1")
        assert row.body == {"a": [CLEAN, {CLEAN: 1}]}
        assert session.scalar(select(PendingEvidence.alert_id).where(PendingEvidence.alert_id == "al\x00-1")) == "al-1"


def write(store: Store, way: str, name: str) -> None:
    with store.write() as session:
        if way == "row":
            session.add(Organisation(**an_organisation(name=name)))
        elif way == "changed row":
            session.get_one(Organisation, "O0").name = name
        elif way == "insert":
            session.execute(insert(Organisation).values(**an_organisation(name=name)))
        elif way == "insert many":
            rows = [an_organisation(id=f"M{n}", name=name if n == 2 else "x") for n in range(3)]
            session.execute(insert(Organisation), rows)
        else:
            session.execute(update(Organisation).where(Organisation.id == "O0").values(name=name))


@pytest.mark.parametrize("way", ["row", "changed row", "insert", "insert many", "update"])
def test_a_text_beyond_its_column_is_refused_by_name_on_both(store: Store, way: str) -> None:
    with store.write() as session:
        session.add(Organisation(**an_organisation(id="O0", name="长" * 80)))
    with pytest.raises(RecordError, match=r"text\.too_long") as caught:
        write(store, way, "长" * 81)
    assert caught.value.values == {"field": "name", "max_length": 80, "length": 81}
    with store.read() as session:
        assert [one.id for one in session.scalars(select(Organisation))] == ["O0"]


def test_a_look_for_a_text_beyond_its_column_finds_nothing(store: Store) -> None:
    with store.write() as session:
        assert session.scalar(select(AlertRow.seq).where(AlertRow.id == "x" * 500)) is None
        session.execute(update(Incident).where(Incident.id == "x" * 500).values(note="n"))


def test_the_register_takes_any_text(store: Store) -> None:
    actor = Actor(id="a" * 200, name="名" * 200, role="operator")
    with store.write() as session:
        audit.write(session, actor, "alert.confirm", "alert", "x" * 300, at=1.0, purpose="p" * 100, case_ref="c" * 300,
                    detail={"username": NASTY})  # fmt: skip
        session.flush()
        [row] = session.scalars(select(AuditRow))
        assert (row.actor_name, row.detail) == ("名" * 79 + "…", {"username": CLEAN})
        assert [len(row.object_id), len(row.actor_id), len(row.case_ref or "")] == [80, 80, 120]
        assert session.scalars(select(FeedRow)).all() == []
