"""A small county: one unit of each kind, one area with two checkpoints, three guards; times are `T0` and after."""

from __future__ import annotations

from pathlib import Path

import pytest

from lianqin import audit
from lianqin.audit import Actor
from lianqin.db import Base, Store, load_tables, open_engine
from lianqin.embedded import EmbeddedRedis
from lianqin.settings import Settings
from lianqin.testing import T0
from patrol.county import seed
from tests.conftest import emptied

load_tables("patrol")
SQUARE = [[119.19, 33.99], [119.21, 33.99], [119.21, 34.01], [119.19, 34.01]]
UNITS = [
    {"id": "U1", "kind": "security_company", "name": "平安保安"},
    {"id": "U3", "kind": "property", "name": "锦绣物业",
     "service_area": [[119.2, 34.0], [119.201, 34.0], [119.201, 34.001], [119.2, 34.001]]},
]  # fmt: skip
AREAS = [
    {"id": "A1", "name": "学院片区", "polygon": SQUARE, "checkpoints": [
        {"id": "A1-1", "name": "西口", "lon": 119.2, "lat": 34.0}, {"id": "A1-2", "name": "东口", "lon": 119.205, "lat": 34.0}]},
]  # fmt: skip
GUARDS = [
    {"id": f"G0{n}", "unit_id": unit, "name": name, "cert_valid_until": "2029-12-31", "notice_signed": True,
     "default_area_id": "A1"}
    for n, (unit, name) in enumerate([("U1", "孙建国"), ("U1", "何伟"), ("U3", "沈涛")], 1)
]  # fmt: skip


@pytest.fixture
def redis_server(shared_redis: EmbeddedRedis) -> EmbeddedRedis:
    return emptied(shared_redis)


@pytest.fixture
def actor() -> Actor:
    return Actor(id="ac-1", name="值班员", role="operator")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(run_dir=tmp_path)


@pytest.fixture
def store(settings: Settings) -> Store:
    store = Store(open_engine(settings.database))
    Base.metadata.create_all(store.engine)
    with store.write() as session:
        by = audit.system("test")
        done = seed.put_ground(session, by, {"units": UNITS, "areas": AREAS, "guards": GUARDS}, T0 - 9e6)
        assert (done["units"], done["areas"], done["checkpoints"], done["guards"]) == (2, 1, 2, 3)
    return store
