"""Sign browsers in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

from maquette.api.door import COOKIE, CSRF_COOKIE, Doors, TheCaller, TheStudio
from maquette.api.shape_catalog import LinkShape, SessionShape
from maquette.api.web import asks_page
from maquette.core.errors import Unauthorized
from maquette.services import session

DOORS = Doors("", "session")


@DOORS.post("/api/v1/session/links", "viewer", status_code=201)
async def link(request: Request, studio: TheStudio, caller: TheCaller) -> LinkShape:
    """Make a link that signs one browser in once, with the caller's own key."""
    made = await session.link(studio, caller)
    return LinkShape(
        url=str(request.url_for("sign_in").include_query_params(code=made.code)), expires_at=made.expires_at
    )


@DOORS.get("/sign-in", "public", response_class=RedirectResponse, status_code=303)
async def sign_in(
    request: Request, studio: TheStudio, code: Annotated[str, Query(min_length=1, max_length=200)]
) -> Response:
    """Trade the code of a link for a cookie, and go to the first page; nowhere else."""
    response = RedirectResponse("/", 303)
    try:
        opened = await session.sign_in(studio, code)
    except Unauthorized:
        if asks_page(request):
            return response  # the first page says how to get a fresh link, or is open already
        raise
    secure, age = request.url.scheme == "https", session.COOKIE_MS // 1000
    response.set_cookie(COOKIE, opened.token, age, secure=secure, httponly=True, samesite="strict")
    response.set_cookie(CSRF_COOKIE, opened.csrf, age, secure=secure, httponly=False, samesite="strict")
    return response


@DOORS.get("/api/v1/session", "viewer")
async def show(caller: TheCaller) -> SessionShape:
    """Tell who is asking."""
    return SessionShape.model_validate(caller)


@DOORS.delete("/api/v1/session", "viewer", status_code=204)
async def sign_out(request: Request, studio: TheStudio) -> Response:
    """End the session of this browser."""
    if cookie := request.cookies.get(COOKIE):
        await session.sign_out(studio, cookie)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE)
    response.delete_cookie(CSRF_COOKIE)
    return response
