"""The server of the Model Context Protocol: which tools there are, how they run, and assets as resources."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import mcp_types as types
import pybase64
from mcp import MCPError
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings

from maquette import __version__
from maquette.core.errors import MaquetteError, NotFound
from maquette.core.model import Asset
from maquette.engine.studio import Studio
from maquette.mcp.answer import ASSET, refusal
from maquette.mcp.call import Context, Running, request_of
from maquette.mcp.desk import Throttle
from maquette.services import asset as assets
from maquette.services import tool as tools
from maquette.services.caller import Caller, require_group

WHOLE_BYTES = 1024 * 1024
"""Up to this size a resource is the asset itself; a larger one is shown by its small picture."""
SESSIONS_MOST = 1000

_URI = re.compile(re.escape(ASSET) + r"((?:asset|gc)_[0-9a-f]{32})")
_INSTRUCTIONS = (
    "Tools make images, video, audio, text and documents. A call waits until the work is done and answers with links "
    "to the files; it costs what the provider takes. Do not repeat a call that was cut off: ask `result` with its job."
)


def sessions(studio: Studio, throttle: Throttle) -> StreamableHTTPSessionManager:
    """Return the manager of sessions over HTTP; host, origin and key are judged before a request comes here."""
    judged = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    return StreamableHTTPSessionManager(
        _Offer(studio, throttle).server(),
        security_settings=judged,
        max_sessions=SESSIONS_MOST,
        max_request_body_size=studio.config.limits.body_bytes,
    )


@dataclass(frozen=True, slots=True)
class _Offer:
    """What is offered to every session; the caller comes with each request."""

    studio: Studio
    throttle: Throttle

    def server(self) -> Server[Any]:
        return Server(
            "maquette",
            version=__version__,
            title="Maquette",
            instructions=_INSTRUCTIONS,
            # A schema is looked up by the listing of this very caller; without this each call would list all first.
            get_tool_input_schema=lambda _name: None,
            on_list_tools=self.list_tools,
            on_call_tool=self.call_tool,
            on_list_resources=self.list_resources,
            on_list_resource_templates=self.list_templates,
            on_read_resource=self.read_resource,
        )

    async def list_tools(self, context: Context, _: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        offered = await tools.offered(self.studio, _caller(context))
        shown = [
            types.Tool(
                name=tool.name,
                title=tool.title,
                description=tool.description,
                input_schema=dict(tool.schema),
                annotations=types.ToolAnnotations(
                    title=tool.title, read_only_hint=tool.name == tools.RESULT, destructive_hint=False
                ),
            )
            for tool in offered
        ]
        return types.ListToolsResult(tools=shown)

    async def call_tool(
        self, context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        caller = _caller(context)
        try:
            return await Running(self.studio, caller, context, params, self.throttle).run()
        except MaquetteError as error:
            return refusal(error)

    async def list_resources(
        self, _context: Context, _: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        # There may be a hundred thousand: a tool's answer links to those that it made.
        return types.ListResourcesResult(resources=[])

    async def list_templates(
        self, _context: Context, _: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        template = types.ResourceTemplate(
            name="asset",
            title="Asset",
            uri_template=ASSET + "{id}",
            description="A file that was made or uploaded; a large one comes as a small picture of it.",
        )
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def read_resource(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        caller = _caller(context)
        try:
            require_group(caller, "assets", reads=True)
            found = _URI.fullmatch(str(params.uri))
            if found is None:
                raise NotFound(f"No resource {str(params.uri)[:200]!r}", hint=f"Resources are {ASSET}asset_….")
            asset = await assets.get(self.studio, caller, f"asset_{found[1].rpartition('_')[2]}")
            return types.ReadResourceResult(contents=[await self._content(caller, asset)])
        except MaquetteError as error:
            raise MCPError(types.INVALID_PARAMS, error.message, tools.refused(error)) from error

    async def _content(self, caller: Caller, asset: Asset) -> types.TextResourceContents | types.BlobResourceContents:
        uri = ASSET + asset.id
        if asset.size > WHOLE_BYTES:
            _, picture = await assets.thumb(self.studio, caller, asset.id, "1024")
            return types.BlobResourceContents(uri=uri, mime_type="image/webp", blob=_text(picture))
        content = b"".join([piece async for piece in assets.content(self.studio, asset, 0, asset.size)])
        if asset.media == "text":
            return types.TextResourceContents(uri=uri, mime_type=asset.mime, text=content.decode("utf-8", "replace"))
        return types.BlobResourceContents(uri=uri, mime_type=asset.mime, blob=_text(content))


def _caller(context: Context) -> Caller:
    caller: Caller = request_of(context).state.caller
    return caller


def _text(content: bytes) -> str:
    return pybase64.b64encode(content).decode()
