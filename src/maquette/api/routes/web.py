"""The pages of the web interface; they hold no datum, so everybody may have them."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from maquette import __version__
from maquette.api.door import Doors
from maquette.api.web import Site, asks_page

DOORS = Doors("", "web")


@DOORS.get("/", "public", include_in_schema=False)
async def index(request: Request) -> Response:
    """Show the interface to a browser; tell a program what answers here, and where its description is."""
    if asks_page(request):
        site: Site = request.app.state.site
        return await site.page(request)
    said = {"name": "Maquette", "version": __version__, "api": "/api/v1/openapi.json"}
    return JSONResponse(said, headers={"Vary": "Accept"})


@DOORS.get("/static/{name:path}", "public", include_in_schema=False)
async def static(name: str, request: Request) -> Response:
    """Send a file of the interface whose name changes with its content."""
    site: Site = request.app.state.site
    return await site.hashed(name, request)
