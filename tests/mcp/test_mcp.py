"""Actions as tools, by the official client of the Model Context Protocol."""

from __future__ import annotations

import asyncio
import io
import json
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import mcp_types as types
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from PIL import Image

from tests.api.running import ACTION, PLAIN, SMALL, Running, environ

TOOL = "media-painter-txt2img"
SPEAK = "media-narrator-speech"
ERAS = pytest.mark.parametrize("era", ["auto", "legacy"])
FORM = {"type": "object", "properties": {"tone": {"type": "string", "enum": ["calm", "loud"]}}, "required": ["tone"]}


@asynccontextmanager
async def connected(server: Running, role: str | None = "member", **words: Any) -> AsyncIterator[Client]:
    headers = {"x-api-key": server.key(role)} if role else {}
    async with (
        httpx2.AsyncClient(headers=headers, verify=PLAIN, timeout=60) as http,
        Client(streamable_http_client(f"{server.url}/mcp", http_client=http), **words) as client,
    ):
        yield client


def size(result: types.CallToolResult) -> int:
    return len(result.model_dump_json(by_alias=True, exclude_none=True).encode())


def test_the_protocol_loads_with_the_first_request_and_not_before() -> None:
    script = "import maquette.api.app, maquette.mcp.desk, sys; print('mcp' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.accepts("S2.33")
@ERAS
async def test_tools_are_the_actions_with_their_very_schemas(server: Running, era: str) -> None:
    async with connected(server, mode=era) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    with server.caller("viewer") as caller:
        actions = {row["name"]: row for row in caller.get("/api/v1/actions").json()["items"]}
    assert tools[TOOL].input_schema == actions[ACTION]["schema"]
    assert tools["workflow-run"].input_schema == actions["workflow.run"]["schema"]
    assert {"generate", "result"} <= set(tools)
    # A provider without an account can make nothing, so a model is not shown it.
    assert not [name for name in tools if name.startswith("media-openai-")]


@pytest.mark.accepts("S2.33")
@ERAS
async def test_a_call_makes_a_picture_and_answers_with_links_and_a_small_one(server: Running, era: str) -> None:
    told: list[tuple[float, float | None]] = []

    async def heard(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total))

    async with connected(server, mode=era) as client:
        result = await client.call_tool(TOOL, SMALL | {"n": 2}, progress_callback=heard)
        assert not result.is_error, result.content
        links = [part for part in result.content if part.type == "resource_link"]
        pictures = [part for part in result.content if part.type == "image"]
        read = await client.read_resource(links[0].uri)
        templates = (await client.list_resource_templates()).resource_templates
    assert [link.uri.rpartition("/")[0] for link in links] == ["maquette://assets"] * 2
    assert [picture.mime_type for picture in pictures] == ["image/webp"]
    assert size(result) <= 40_000
    assert (read.contents[0].mime_type, read.contents[0].blob[:10]) == ("image/png", "iVBORw0KGg")
    assert templates[0].uri_template == "maquette://assets/{id}"
    with server.caller("viewer") as caller:
        there = caller.get(result.structured_content["assets"][0]["url"])
    assert (there.status_code, there.headers["content-type"]) == (200, "image/png")
    assert told and told == sorted(told) and told[-1][1] == 1.0


async def test_a_picture_that_is_all_detail_stays_within_the_bound(server: Running) -> None:
    noise = io.BytesIO()
    Image.frombytes("RGB", (400, 400), random.Random(7).randbytes(400 * 400 * 3)).save(noise, "PNG")
    with server.caller("member") as caller:
        kept = caller.post("/api/v1/assets", files={"file": ("noise.png", noise.getvalue(), "image/png")}).json()
    async with connected(server) as client:
        result = await client.call_tool("asset-export", {"assets": [kept["id"]]})
    assert not result.is_error, result.content
    assert "image" in [part.type for part in result.content]
    assert size(result) <= 40_000


@ERAS
async def test_errors_carry_their_code_and_what_to_do(server: Running, era: str) -> None:
    async with connected(server, mode=era) as client:
        wrong = await client.call_tool(TOOL, {})
        unknown = await client.call_tool("media-painter-txt2imgg", {"prompt": "x"})
        with pytest.raises(MCPError) as lost:
            await client.read_resource("maquette://assets/asset_" + "0" * 32)
    said = json.loads(wrong.content[0].text)
    assert (wrong.is_error, said["code"], said["errors"][0]["path"]) == (True, "params_invalid", "prompt")
    assert said["hint"]
    assert json.loads(unknown.content[0].text)["code"] == "unknown_action"
    assert "media.painter.txt2img" in unknown.content[0].text
    assert lost.value.error.data["code"] == "not_found"


@ERAS
async def test_to_cancel_a_call_cancels_its_job(server: Running, era: str) -> None:
    async with connected(server, mode=era) as client:
        with server.caller("member") as caller:
            before = {row["id"] for row in caller.get("/api/v1/jobs").json()["items"]}

            def mine(state: str) -> list[dict[str, Any]]:
                rows = caller.get("/api/v1/jobs", params={"state": state}).json()["items"]
                return [row for row in rows if row["id"] not in before]

            call = asyncio.create_task(client.call_tool(SPEAK, {"prompt": "a long story"}))
            with anyio.fail_after(20):
                while not mine("running"):
                    await asyncio.sleep(0.05)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            with anyio.fail_after(20):
                while not mine("cancelled"):
                    await asyncio.sleep(0.05)


@pytest.mark.accepts("S2.33")
@ERAS
async def test_a_question_is_asked_through_the_client_and_its_answer_lets_the_job_go_on(
    server: Running, era: str
) -> None:
    asked: list[types.ElicitRequestFormParams] = []

    async def person(_: Any, params: types.ElicitRequestFormParams) -> types.ElicitResult:
        asked.append(params)
        return types.ElicitResult(action="accept", content={"tone": "calm"})

    async with connected(server, mode=era, elicitation_callback=person) as client:
        result = await client.call_tool("ask-form", {"title": "Which tone?", "form": FORM})
    assert not result.is_error, result.content
    assert asked[0].requested_schema["properties"]["tone"]["enum"] == ["calm", "loud"]
    assert (asked[0].message, result.structured_content["state"]) == ("Which tone?", "succeeded")
    assert '"tone":"calm"' in result.content[0].text


@ERAS
async def test_a_client_that_cannot_ask_is_told_where_a_person_can(server: Running, era: str) -> None:
    async with connected(server, mode=era) as client:
        result = await client.call_tool("ask-form", {"title": "Which tone?", "form": FORM})
        told = result.content[0].text
        assert (result.is_error, f"{server.url}/needs-you" in told) == (False, True)
        job = result.structured_content["job"]
        with server.caller("member") as caller:
            (question,) = caller.get("/api/v1/interactions", params={"job": job}).json()["items"]
            caller.post(f"/api/v1/interactions/{question['id']}/response", json={"tone": "loud"})
        later = await client.call_tool("result", {"job": job})
    assert '"tone":"loud"' in later.content[0].text


def test_nobody_comes_in_without_a_key_or_from_a_foreign_page(server: Running) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    with server.caller(None) as nobody:
        assert nobody.post("/mcp", json=message).status_code == 401
        assert nobody.get("/mcp").status_code == 401
    with server.caller("admin", Origin="https://evil.example") as page:
        refused = page.post("/mcp", json=message)
    assert (refused.status_code, refused.json()["code"]) == (403, "origin_refused")
    with server.caller("admin", Host="evil.example") as rebound:
        assert rebound.post("/mcp", json=message).status_code == 403


async def test_a_session_belongs_to_the_key_that_opened_it(server: Running) -> None:
    hello = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    }  # fmt: skip
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
    accept = {"Accept": "application/json, text/event-stream"}
    with server.caller("member", **accept) as mine, server.caller("admin", **accept) as other:
        session = {"mcp-session-id": mine.post("/mcp", json=hello).headers["mcp-session-id"]}
        assert mine.post("/mcp", json=ping, headers=session).status_code == 200
        assert other.post("/mcp", json=ping, headers=session).status_code == 404


async def test_a_viewer_sees_the_tools_and_may_not_run_them(server: Running) -> None:
    async with connected(server, "viewer") as client:
        assert (await client.list_tools()).tools
        refused = await client.call_tool(TOOL, SMALL)
        # The state of a question names a job: it opens nothing that the key does not.
        asked = await client.call_tool(TOOL, SMALL, request_state="job_" + "0" * 32)
    assert json.loads(refused.content[0].text)["code"] == "forbidden"
    assert json.loads(asked.content[0].text)["code"] == "forbidden"


async def test_a_key_for_some_actions_is_offered_these_alone(server: Running) -> None:
    with server.caller("admin") as admin:
        body = {"name": "painter alone", "role": "member", "scopes": ["action:media.painter.*"]}
        server.keys["painter"] = admin.post("/api/v1/keys", json=body).json()["token"]
    async with connected(server, "painter") as client:
        names = {tool.name for tool in (await client.list_tools()).tools} - {"generate", "result"}
        refused = await client.call_tool(SPEAK, {"prompt": "hello"})
        made = await client.call_tool(TOOL, SMALL)
    assert names and all(name.startswith("media-painter-") for name in names)
    assert json.loads(refused.content[0].text)["code"] == "forbidden"
    assert not made.is_error


async def test_calls_count_against_the_rate_of_the_key(server: Running) -> None:
    with server.caller("admin") as admin:
        body = {"name": "slow", "role": "member", "per_minute": 1}
        server.keys["slow"] = admin.post("/api/v1/keys", json=body).json()["token"]
    async with connected(server, "slow") as client:
        assert not (await client.call_tool(TOOL, SMALL)).is_error
        refused = json.loads((await client.call_tool(TOOL, SMALL)).content[0].text)
    assert (refused["code"], bool(refused["hint"])) == ("too_many_requests", True)


@ERAS
async def test_the_command_lends_the_tools_on_its_pipes(server: Running, era: str, tmp_path: Path) -> None:
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "maquette.cli", "--url", server.url, "mcp"],
        env=environ({"MAQUETTE_KEY": server.key("member")}),
        cwd=tmp_path,
    )

    async def person(_: Any, params: types.ElicitRequestFormParams) -> types.ElicitResult:
        return types.ElicitResult(action="accept", content={"tone": "calm"})

    async with Client(command, mode=era, elicitation_callback=person) as client:
        assert TOOL in {tool.name for tool in (await client.list_tools()).tools}
        result = await client.call_tool(TOOL, SMALL)
        links = [part for part in result.content if part.type == "resource_link"]
        read = await client.read_resource(links[0].uri)
        asked = await client.call_tool("ask-form", {"title": "Which tone?", "form": FORM})
    assert '"tone":"calm"' in asked.content[0].text
    assert (result.is_error, read.contents[0].mime_type) == (False, "image/png")
