"""Alembic's entry: runs on the connection that `console.migrate` hands over."""

from __future__ import annotations

from alembic import context

from lianqin import audit, chain, feed, outbox, sweeps
from lianqin.db import Base, load_tables

TABLES_OF = (audit, chain, feed, outbox, sweeps, *load_tables("console", "patrol"))
"""Importing these puts every room's tables into the metadata."""

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, transactional_ddl=False)
context.run_migrations()
