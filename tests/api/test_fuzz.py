"""The OpenAPI document is tried with made-up requests: no call may break the server."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from maquette.api.app import Application, create_app
from maquette.api.door import check_table
from maquette.core.config import Config
from tests.api.running import Running, serving

# A stream that has no end, and a call that could take the key of the others away.
SKIPPED = {("GET", "/api/v1/events"), ("DELETE", "/api/v1/keys/{key}")}
EXAMPLES = 12
PASSING = {"provider_unavailable"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server of its own: made-up budgets, filters and defaults stay behind there."""
    with serving(tmp_path_factory.mktemp("fuzz") / "home") as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def tidy() -> None:
    """Nothing is put back here."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Application:
    """The application with every route in its description, also those that the published one leaves out."""
    made = create_app(Config(home=tmp_path_factory.mktemp("never-opened")))
    for route in made.router.routes:
        if isinstance(route, APIRoute):
            route.include_in_schema = route.methods != {"HEAD"}
    return made


@pytest.fixture(scope="module")
def schema(app: Application) -> Any:
    import schemathesis  # of all processes of a run, one needs it

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Duplicate Operation ID")  # a path of a document and our own share one
        return schemathesis.openapi.from_dict(app.openapi())


MCP = "/mcp"
"""Its refusals are worded as its protocol has them, and not as ours are."""


def test_no_made_up_request_breaks_the_server(server: Running, app: Application, schema: Any) -> None:
    broken, seen = list[str](), set(SKIPPED)
    for found in schema.get_all_operations():
        operation = found.ok()
        name = (operation.method.upper(), operation.path)
        if name not in SKIPPED:
            broken += tried(server, operation)
            seen.add(name)
    assert broken == []
    assert {(method, bare(path)) for method, path in check_table(app) if method != "HEAD"} == seen


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def test_no_made_up_parameter_of_any_action_breaks_the_server(server: Running) -> None:
    with server.caller("member") as client:
        actions = client.get("/api/v1/actions").json()["items"]
        targets = st.sampled_from([(action["name"], sorted(action["schema"]["properties"])) for action in actions])

        @settings(max_examples=150, deadline=None, database=None, derandomize=True, phases=[Phase.generate])
        @given(target=targets, data=st.data())
        def run(target: tuple[str, list[str]], data: st.DataObject) -> None:
            words = st.dictionaries(st.sampled_from(target[1]) | st.text(max_size=8), JSON, max_size=5)
            body = msgspec.json.encode(
                {"action": target[0], "params": data.draw(words), "strict": data.draw(st.booleans())}
            )
            answer = client.post("/api/v1/estimate", content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code < 500, (body, answer.text)

        run()


def bare(path: str) -> str:
    """Return a path as OpenAPI writes it."""
    return path.replace(":path}", "}")


def tried(server: Running, operation: Any) -> list[str]:
    broken = list[str]()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        answer = case.call(base_url=server.url, headers={"x-api-key": server.key("admin")}, timeout=20)
        found = faults(answer) if operation.path != MCP else [answer.status_code] * (answer.status_code >= 500)
        broken.extend(f"{case.method} {case.formatted_path}: {fault}" for fault in found)

    run()
    return broken


def faults(answer: Any) -> list[str]:
    if answer.status_code < 400:
        return []
    body = answer.json()
    found = []
    # The documents' own doors answer in their document's shape, which has an `error`, and add code and hint.
    plain = answer.headers["content-type"] == ["application/problem+json"]
    if not body.get("hint") or not body.get("code") or not (plain or body.get("error")):
        found.append(f"{answer.status_code} is no problem with a code and a hint: {str(body)[:200]}")
    if answer.status_code >= 500 and body.get("code") not in PASSING:
        found.append(f"{answer.status_code} {body}")
    return found
