"""Carry the messages of the Model Context Protocol between the standard streams and a server over HTTP."""

from __future__ import annotations

from typing import Any

import anyio
import mcp_types as types
from anyio import CancelScope
from mcp.client.streamable_http import streamable_http_client
from mcp.server.stdio import stdio_server
from mcp.shared.inbound import (
    MCP_METHOD_HEADER,
    MCP_NAME_HEADER,
    MCP_PROTOCOL_VERSION_HEADER,
    encode_header_value,
)
from mcp.shared.message import ClientMessageMetadata, SessionMessage
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from maquette.client.transport import connection

SILENCE_S = 24 * 3600.0
"""How long a stream may say nothing; it says something every quarter of a minute while its server lives."""


async def pump(url: str, key: str | None) -> None:
    """Carry messages until the program that started this closes its end."""
    async with connection(url, key, timeout=SILENCE_S) as http:
        remote = streamable_http_client(f"{url}/mcp", http_client=http)
        async with stdio_server() as (coming, going), remote as (answers, requests), anyio.create_task_group() as tasks:
            tasks.start_soon(_carry, answers, going, tasks.cancel_scope)
            await _carry(coming, requests, tasks.cancel_scope)


async def _carry(source: Any, target: Any, done: CancelScope) -> None:
    """Send on what comes; a message that is none, and an answer that broke, are told on the other side as they were."""
    async for message in source:
        if isinstance(message, SessionMessage):
            await target.send(SessionMessage(message.message, _routed(message.message)))
    done.cancel()


def _routed(message: types.JSONRPCMessage) -> ClientMessageMetadata | None:
    """Return the headers by which HTTP carries a message of the protocol's stateless versions."""
    if not isinstance(message, types.JSONRPCRequest):
        return None
    params = message.params or {}
    version = (params.get("_meta") or {}).get(types.PROTOCOL_VERSION_META_KEY)
    if version not in MODERN_PROTOCOL_VERSIONS:
        return None
    headers = {MCP_PROTOCOL_VERSION_HEADER: str(version), MCP_METHOD_HEADER: message.method}
    name = params.get("uri") if message.method == "resources/read" else params.get("name")
    if isinstance(name, str):
        headers[MCP_NAME_HEADER] = encode_header_value(name)
    return ClientMessageMetadata(headers=headers)
