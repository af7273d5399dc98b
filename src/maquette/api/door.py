"""Doors and their one gate: a route says which role it needs, and nothing is served that does not say so."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from copy import copy
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute
from typing_extensions import override

from maquette.core.errors import ConfigInvalid, Unauthorized
from maquette.core.model import Role
from maquette.engine.studio import Studio
from maquette.services import key, session
from maquette.services.caller import WORKSPACE, Caller, require, require_group

Access = Literal["public", "viewer", "member", "admin"]
"""Who may use a route; `public` asks for no key."""
COOKIE = "maquette_session"
"""The cookie that no script can read."""
CSRF_COOKIE = "maquette_csrf"
"""The cookie whose value a write by cookie must repeat."""
CSRF_HEADER = "x-csrf-token"

_READS = frozenset({"GET", "HEAD"})
_ROLE = "x-role"
Endpoint = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Door:
    """One route."""

    method: str
    path: str
    access: Access
    endpoint: Endpoint
    options: dict[str, Any]


@dataclass(slots=True)
class Doors:
    """The routes of one module, below a common prefix."""

    prefix: str
    tag: str
    doors: list[Door] = field(default_factory=list)

    def get(self, path: str, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Offer a function as GET and HEAD."""
        return self._offer("GET", path, access, options)

    def post(self, path: str, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Offer a function as POST."""
        return self._offer("POST", path, access, options)

    def put(self, path: str, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Offer a function as PUT."""
        return self._offer("PUT", path, access, options)

    def patch(self, path: str, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Offer a function as PATCH."""
        return self._offer("PATCH", path, access, options)

    def delete(self, path: str, access: Access, **options: Any) -> Callable[[Endpoint], Endpoint]:
        """Offer a function as DELETE."""
        return self._offer("DELETE", path, access, options)

    def _offer(self, method: str, path: str, access: Access, options: dict[str, Any]) -> Callable[[Endpoint], Endpoint]:
        def offer(endpoint: Endpoint) -> Endpoint:
            self.doors.append(Door(method, self.prefix + path, access, endpoint, options))
            return endpoint

        return offer

    def hang(self, app: FastAPI) -> None:
        """Add the routes to an application."""
        for door in self.doors:
            extra = {_ROLE: door.access} | door.options.get("openapi_extra", {})
            options = {name: value for name, value in door.options.items() if name != "openapi_extra"}
            app.router.add_api_route(
                door.path,
                door.endpoint,
                methods=[door.method],
                tags=[self.tag],
                operation_id=f"{self.tag.replace('-', '_')}_{door.endpoint.__name__}",
                openapi_extra=extra,
                route_class_override=GuardedRoute,
                **options,
            )
            if door.method == "GET":
                app.router.routes.append(_headers_alone(app.router.routes[-1]))


def _headers_alone(route: BaseRoute) -> BaseRoute:
    """Return the route of HEAD beside one of GET; it shares what was worked out for that one, which takes a while."""
    assert isinstance(route, APIRoute)  # noqa: S101 - it was made above
    found = copy(route)
    found.methods, found.include_in_schema = {"HEAD"}, False
    return found


class GuardedRoute(APIRoute):
    """A route whose caller is known and allowed before a byte of the body is parsed."""

    @property
    def access(self) -> Access | None:
        """Who may use this route; None if it does not say."""
        found: Access | None = (self.openapi_extra or {}).get(_ROLE)
        return found

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()
        access = self.access

        async def handle(request: Request) -> Response:
            if access is not None and access != "public":
                request.state.caller = caller = await _admitted(request, access)
                require_group(caller, str(self.tags[0]), reads=request.method in _READS)
            return await inner(request)

        return handle


def check_table(app: FastAPI) -> dict[tuple[str, str], Access]:
    """Return who may use what, by method and path; raises `ConfigInvalid` for a route that does not say."""
    table: dict[tuple[str, str], Access] = {}
    for route in app.router.routes:
        if not isinstance(route, GuardedRoute) or route.access is None:
            raise ConfigInvalid(f"The route {getattr(route, 'path', route)!r} does not say who may use it")
        table |= {(method, route.path): route.access for method in route.methods or ()}
    return table


async def _admitted(request: Request, role: Role) -> Caller:
    caller = await _caller(request)
    require(caller, role)
    return caller


async def _caller(request: Request) -> Caller:
    studio: Studio = request.app.state.studio
    if not studio.config.auth:
        return Caller(WORKSPACE, None, "admin", "open")
    if (token := _token(request)) is not None:
        if (caller := await key.authenticate(studio, token)) is None:
            raise Unauthorized(
                await key.refusal(studio, token), hint="Send a key that is valid now; an admin makes one."
            )
        return caller
    if cookie := request.cookies.get(COOKIE):
        if (caller := await session.authenticate(studio, cookie)) is None:
            raise Unauthorized("The session is over")
        if request.method not in _READS:
            session.check_csrf(studio, cookie, request.headers.get(CSRF_HEADER, ""))
        return caller
    raise Unauthorized("The request carries no key")


def _token(request: Request) -> str | None:
    """Return the key in a header, whichever of the two it came by; one that is there and empty is a wrong one."""
    if (plain := request.headers.get("x-api-key")) is not None:
        return plain
    if (given := request.headers.get("authorization")) is None:
        return None
    scheme, _, token = given.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _studio(request: Request) -> Studio:  # asynchronous, because others are run in threads
    studio: Studio = request.app.state.studio
    return studio


async def _caller_of(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


TheStudio = Annotated[Studio, Depends(_studio)]
"""The studio of the application."""
TheCaller = Annotated[Caller, Depends(_caller_of)]
"""Whoever passed the gate."""
