"""Assemble the HTTP application: the studio, the guard, the routes, each behind the gate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp
from typing_extensions import override

from maquette import __version__
from maquette.api.ask import QueryAsk
from maquette.api.door import COOKIE, check_table
from maquette.api.guard import Guard
from maquette.api.problem import render_problems
from maquette.api.rate import Buckets
from maquette.api.routes import (
    account,
    asset,
    attention,
    audit,
    budget,
    catalog,
    configuration,
    content,
    conversation,
    definition,
    discovery,
    form,
    function,
    health,
    housekeeping,
    integration,
    interaction,
    job,
    key,
    ledger,
    mcp,
    media_account,
    media_job,
    media_preset,
    preset,
    price,
    provider,
    run,
    session,
    share,
    sheet,
    stats,
    style,
    sub_action,
    template,
    web,
    wordlist,
    workflow,
    workspace,
    writer,
)
from maquette.api.shape import ProblemShape
from maquette.api.web import Site, folder_of
from maquette.core.config import Config
from maquette.core.documented import describe
from maquette.engine.studio import build
from maquette.mcp.desk import Desk
from maquette.services import discovery as discovering
from maquette.services.key import ensure_admin
from maquette.services.start import ensure

DOORS = (
    health.DOORS, job.DOORS, catalog.DOORS, provider.DOORS, account.DOORS, asset.DOORS, definition.DOORS,
    discovery.DOORS,
    key.DOORS, session.DOORS, audit.DOORS, configuration.DOORS, media_account.DOORS, media_preset.DOORS,
    media_job.DOORS, budget.DOORS, ledger.DOORS, price.DOORS,
    sub_action.DOORS, workflow.DOORS, run.DOORS, interaction.DOORS, preset.DOORS, form.DOORS, stats.DOORS,
    workspace.DOORS, attention.DOORS, share.DOORS, integration.DOORS, housekeeping.DOORS, housekeeping.KEEPING,
    template.DOORS, style.DOORS, wordlist.DOORS, content.DOORS, writer.DOORS, conversation.DOORS,
    function.DOORS, mcp.DOORS, sheet.DOORS, media_job.FILES, web.DOORS,
)  # fmt: skip
"""All routes."""

_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
}


def create_app(config: Config) -> Application:
    """Return the application of one installation; its studio is built when it starts and closed when it ends."""
    app = Application(
        config,
        title="Maquette",
        version=__version__,
        description="A studio and gateway for generated media.",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        responses={"default": {"model": ProblemShape, "description": "What went wrong, and what to do."}},
    )
    for doors in DOORS:
        doors.hang(app)
    render_problems(app)
    app.state.access = check_table(app)
    app.state.groups = frozenset(doors.tag for doors in DOORS)
    app.state.site = Site(folder_of(config.web_dir), config.embed_origins)
    app.router.default = app.state.site
    return app


class Application(FastAPI):
    """The application, with the configuration that it starts from."""

    def __init__(self, config: Config, **options: Any) -> None:
        super().__init__(**options)
        self.config = config

    @override
    def build_middleware_stack(self) -> ASGIApp:
        # Outermost, so that answers to requests that broke carry the same headers.
        return Guard(super().build_middleware_stack(), self.config)

    @override
    def openapi(self) -> dict[str, Any]:
        """Describe every route, and the three ways to show a key."""
        if self.openapi_schema is None:
            describe(QueryAsk)
            described = super().openapi()
            described.setdefault("components", {})["securitySchemes"] = _SCHEMES
            for operations in described["paths"].values():
                for operation in operations.values():
                    if operation["x-role"] != "public":
                        operation["security"] = [{name: []} for name in _SCHEMES]
        return super().openapi()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    assert isinstance(app, Application)  # noqa: S101 - what the function is registered for
    studio = await build(app.config)
    app.state.studio = studio
    buckets = Buckets(app.config.limits.jobs_per_minute, studio.store.clock)
    app.state.buckets = buckets
    app.state.desk = Desk(studio, buckets.take_of)
    try:
        await ensure(studio)
        app.state.owner = await ensure_admin(studio, app.config.home)
        # The home's lock is held by now, so on SQLite no other process can be alive on this database.
        await studio.engine.start(alone=app.config.is_sqlite)
        looking = asyncio.create_task(discovering.tell(studio))
        yield
        looking.cancel()
        await app.state.desk.close()
    finally:
        await asyncio.shield(studio.close())
