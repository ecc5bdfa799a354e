"""Alembic's entry: runs on the connection that `console.migrate` hands over."""

from __future__ import annotations

from alembic import context

import console.attention.tables
import console.bulk.tables
import console.cameras.tables
import console.canary.tables
import console.factors.tables
import console.handing.tables
import console.reports.tables
import console.rules.tables
import console.tables
import patrol.acts.tables
import patrol.duty_tables
import patrol.place_tables
import patrol.sos.tables
import patrol.tables
from lianqin import audit, chain, feed, outbox, sweeps
from lianqin.db import Base

TABLES_OF = (
    console.tables,
    console.attention.tables,
    console.bulk.tables,
    console.canary.tables,
    console.factors.tables,
    console.handing.tables,
    console.reports.tables,
    console.cameras.tables,
    console.rules.tables,
    patrol.tables,
    patrol.place_tables,
    patrol.duty_tables,
    patrol.sos.tables,
    patrol.acts.tables,
    audit,
    chain,
    feed,
    outbox,
    sweeps,
)
"""Importing these puts every room's tables into the metadata."""

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, transactional_ddl=False)
context.run_migrations()
