"""Alembic's entry: migrate on the connection that `maquette.store.migrate` lends."""

from __future__ import annotations

from alembic import context

from maquette.store.table import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
