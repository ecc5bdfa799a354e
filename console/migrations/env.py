"""Alembic's entry: runs on the connection that `console.migrate` hands over."""

from __future__ import annotations

from alembic import context

import patrol.tables  # noqa: F401 - all rooms' tables are in the metadata
from lianqin.db import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, transactional_ddl=False)
context.run_migrations()
