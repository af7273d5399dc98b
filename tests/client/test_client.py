"""The SDK against a server whose answers are lost, cut and repeated."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from pathlib import Path

import pytest

from maquette import AsyncClient, Client, ServerUnreachable
from maquette.client import find_place
from maquette.core.errors import AccountRejected, OutputRejected, ParamsInvalid, RateLimited
from tests.client.fake import Asked, Server, Told, job, stream

JOBS = "POST /api/v1/jobs"


@pytest.mark.accepts("S0.70")
def test_an_action_runs_without_any_workflow(server: Server) -> None:
    server.on(JOBS, lambda _: stream((1, "job.started", {}), (2, "job.succeeded", {})))
    server.on("GET /api/v1/jobs/job_1", job(assets=[{"id": "asset_1", "media": "image", "novel": 1}]))
    with Client(server.url, "secret") as client:
        made = client.run("media.painter.txt2img", prompt="a disc", seed=7, account="account_1", strict=True)
    assert [asset.id for asset in made.result()] == ["asset_1"]
    asked = server.of(JOBS)[0]
    assert asked.headers["authorization"] == "Bearer secret"
    assert asked.json() == {
        "action": "media.painter.txt2img",
        "params": {"prompt": "a disc", "seed": 7},
        "account": "account_1",
        "strict": True,
    }


def test_a_media_type_is_asked_for_by_its_name(server: Server) -> None:
    server.on(JOBS, job("queued"))
    with Client(server.url) as client:
        client.generate("image", prompt="a disc", wait=False)
    assert server.of(JOBS)[0].json() == {"media": "image", "params": {"prompt": "a disc"}}


def test_a_request_whose_answer_was_lost_is_repeated_under_the_same_key(server: Server) -> None:
    answers = [Told(cut=True), Told(cut=True), stream((1, "job.succeeded", {}))]
    server.on(JOBS, lambda _: answers.pop(0))
    server.on("GET /api/v1/jobs/job_1", job())
    with Client(server.url) as client:
        assert client.generate("image", prompt="a").state == "succeeded"
    keys = {asked.headers["idempotency-key"] for asked in server.of(JOBS)}
    assert len(server.of(JOBS)) == 3
    assert len(keys) == 1


def test_two_requests_have_two_keys(server: Server) -> None:
    server.on(JOBS, job("queued"))
    with Client(server.url) as client:
        client.submit("image", prompt="a")
        client.submit("image", prompt="a")
        client.submit("image", prompt="a", idempotency_key="mine")
    keys = [asked.headers["idempotency-key"] for asked in server.of(JOBS)]
    assert len(set(keys)) == 3
    assert keys[2] == "mine"


def test_a_job_whose_stream_was_cut_is_not_posted_again_but_followed(server: Server) -> None:
    seen = []
    server.on(JOBS, lambda _: stream((1, "job.started", {}), cut=True))
    states = ["running", "succeeded"]
    server.on("GET /api/v1/jobs/job_1", lambda _: Told(job(states.pop(0) if states else "succeeded")))

    def resumed(asked: Asked) -> Told:
        assert asked.headers["last-event-id"] == "1"
        return stream((2, "attempt.progressed", {"fraction": 0.5}), (3, "job.succeeded", {}))

    server.on("GET /api/v1/jobs/job_1/events", resumed)
    with Client(server.url) as client:
        client.generate("image", prompt="a", on_event=seen.append)
    assert len(server.of(JOBS)) == 1
    assert [(event.seq, event.type) for event in seen] == [
        (1, "job.started"),
        (2, "attempt.progressed"),
        (3, "job.succeeded"),
    ]
    assert seen[1].data == {"fraction": 0.5}


def test_a_request_without_a_key_is_never_repeated(server: Server) -> None:
    server.on("POST /api/v1/jobs/job_1/cancel", lambda _: Told(cut=True))
    with Client(server.url) as client, pytest.raises(ServerUnreachable):
        client.cancel("job_1")
    assert len(server.of("POST /api/v1/jobs/job_1/cancel")) == 1


def test_a_job_that_waits_for_a_person_is_returned_as_it_is(server: Server) -> None:
    server.on("GET /api/v1/jobs/job_1", job("waiting", attention={"reason": "lost answer", "money_at_stake": 40_000}))
    with Client(server.url) as client:
        found = client.wait("job_1")
    assert not found.final
    assert found.attention == {"reason": "lost answer", "money_at_stake": 40_000}


def test_events_resume_where_a_lost_stream_ended(server: Server) -> None:
    answers = [stream((7, "job.started", {}), cut=True), Told(cut=True), stream((8, "job.failed", {}))]
    server.on("GET /api/v1/jobs/job_1/events", lambda _: answers.pop(0))
    with Client(server.url) as client:
        assert [event.seq for event in client.events("job_1", after=6)] == [7, 8]
    asked = server.of("GET /api/v1/jobs/job_1/events")
    assert [one.headers["last-event-id"] for one in asked] == ["6", "7", "7"]


def test_after_a_reset_events_go_on_from_where_the_log_was_read(server: Server) -> None:
    reset = Told(body=b'event: stream.reset\ndata: {"data": {"as_of": 40}}\n\n')
    answers = [reset, stream((41, "job.succeeded", {}))]
    server.on("GET /api/v1/jobs/job_1/events", lambda _: answers.pop(0))
    with Client(server.url) as client:
        assert [event.type for event in client.events("job_1", after=3)] == ["stream.reset", "job.succeeded"]
    assert server.of("GET /api/v1/jobs/job_1/events")[1].headers["last-event-id"] == "40"


def test_pages_are_read_one_after_another_up_to_the_limit(server: Server) -> None:
    pages = {"": (["job_5", "job_4"], "job_4"), "job_4": (["job_3", "job_2"], "job_2"), "job_2": (["job_1"], None)}

    def page(asked: Asked) -> Told:
        ids, following = pages[asked.query.get("before", "")]
        return Told({"items": [job() | {"id": one} for one in ids], "next": following, "as_of": 9})

    server.on("GET /api/v1/jobs", page)
    with Client(server.url) as client:
        assert [one.id for one in client.jobs(state="failed")] == ["job_5", "job_4", "job_3", "job_2", "job_1"]
        assert [one.id for one in client.jobs(limit=3)] == ["job_5", "job_4", "job_3"]
    assert [asked.query.get("state") for asked in server.of("GET /api/v1/jobs")] == ["failed"] * 3 + [None] * 2


@pytest.mark.accepts("S3.45")
def test_a_refusal_is_the_error_that_the_server_raised(server: Server) -> None:
    raised = ParamsInvalid("width is too large", errors=[{"path": "width", "message": "at most 2048"}])
    server.on(JOBS, lambda _: Told(raised.problem(), 422))
    with Client(server.url) as client, pytest.raises(ParamsInvalid, match="too large") as caught:
        client.generate("image", prompt="a", width=10**6)
    assert caught.value.problem() == raised.problem()
    assert len(server.of(JOBS)) == 1


def test_an_account_that_does_not_work_raises_the_reason(server: Server) -> None:
    body = {"success": False, "error": AccountRejected("bad key").problem()}
    server.on("POST /api/v1/accounts/account_1/check", body)
    with Client(server.url) as client, pytest.raises(AccountRejected, match="bad key"):
        client.check_account("account_1")


def test_how_long_to_wait_is_read_from_the_header(server: Server) -> None:
    server.on("GET /api/v1/actions", lambda _: Told({"code": "rate_limited"}, 429, {"retry-after": "7"}))
    with Client(server.url) as client, pytest.raises(RateLimited) as caught:
        client.actions()
    assert caught.value.retry_after == 7


def test_a_downloaded_file_appears_whole_or_not_at_all(server: Server, tmp_path: Path) -> None:
    content = b"x" * 700_000
    digest = hashlib.sha256(content).hexdigest()
    asset = {"id": "asset_1", "mime": "image/png", "name": "../up/disc.png", "digest": digest}
    server.on("GET /api/v1/assets/asset_1", asset)
    server.on("GET /api/v1/assets/asset_1/content", lambda _: Told(body=content))
    with Client(server.url) as client:
        assert client.download("asset_1", tmp_path) == tmp_path / "disc.png"
        assert (tmp_path / "disc.png").read_bytes() == content
        server.on("GET /api/v1/assets/asset_1/content", lambda _: Told(body=content[:5000], cut=True))
        with pytest.raises(ServerUnreachable):
            client.download("asset_1", tmp_path / "cut.png")
        server.on("GET /api/v1/assets/asset_1/content", lambda _: Told(body=b"other"))
        with pytest.raises(OutputRejected):
            client.download("asset_1", tmp_path / "other.png")
    assert [path.name for path in tmp_path.iterdir()] == ["disc.png"]


def test_an_uploaded_file_arrives_byte_for_byte(server: Server, tmp_path: Path) -> None:
    content = os.urandom(600_000)
    (tmp_path / 'a "quoted" name.png').write_bytes(content)
    server.on("POST /api/v1/assets", {"id": "asset_9"})
    with Client(server.url) as client:
        assert client.upload(tmp_path / 'a "quoted" name.png').id == "asset_9"
    asked = server.of("POST /api/v1/assets")[0]
    edge = asked.headers["content-type"].partition("boundary=")[2].encode()
    head, _, rest = asked.body.partition(b"\r\n\r\n")
    assert b'name="file"; filename="a quoted name.png"' in head
    assert rest == content + b"\r\n--" + edge + b"--\r\n"


def test_a_server_is_found_by_its_home_folder(server: Server, home: Path) -> None:
    note = {"url": server.url, "pid": os.getpid(), "started": 1}
    (home / "server.json").write_text(json.dumps(note))
    (home / "admin.key").write_text("the key\n")
    with Client(home=home) as client:
        assert client.health()["status"] == "ok"
        assert client.address() == server.url
    assert server.of("GET /healthz")[0].headers["authorization"] == "Bearer the key"


def test_the_environment_names_the_server_unless_a_home_is_given(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAQUETTE_URL", "http://127.0.0.1:9/api/v1/")
    monkeypatch.setenv("MAQUETTE_KEY", "k")
    assert find_place().url == "http://127.0.0.1:9"
    assert find_place().key == "k"
    with Client(home=home) as client, pytest.raises(ServerUnreachable, match="home folder"):
        client.health()


def test_a_note_of_a_server_that_is_dead_is_not_believed(home: Path) -> None:
    (home / "server.json").write_text(json.dumps({"url": "http://127.0.0.1:9", "pid": 2**22 + 1}))
    with Client(home=home) as client, pytest.raises(ServerUnreachable, match="No server runs"):
        client.health()


def test_a_closed_client_leaves_no_thread() -> None:
    with Client("http://127.0.0.1:9") as client, pytest.raises(ServerUnreachable):
        client.health()
    assert "maquette-client" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.accepts("S1.39")
async def test_the_asynchronous_client_does_the_same(server: Server) -> None:
    server.on(JOBS, lambda _: stream((1, "job.succeeded", {})))
    server.on("GET /api/v1/jobs/job_1", job())
    async with AsyncClient(server.url) as client:
        assert (await client.generate("image", prompt="a")).final
        server.on("GET /api/v1/events", lambda _: stream((1, "job.queued", {}), (2, "job.succeeded", {})))
        events = client.events()
        assert (await anext(events)).type == "job.queued"
        await events.aclose()
