"""The SDK against the real server."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from maquette import AsyncClient, Client
from maquette.core.errors import (
    AccountUnknown,
    Conflict,
    KeyReused,
    NotFound,
    ParamsInvalid,
    RequestRefused,
    Unauthorized,
    UnknownAction,
)
from tests.api.running import Running, serving

PAINT = "media.painter.txt2img"
SMALL = {"prompt": "a red disc", "width": 64, "height": 64, "seed": 7}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("live") / "home") as child:
        yield child


@pytest.fixture
def client(running: Running) -> Iterator[Client]:
    with Client(home=running.home) as made:
        yield made


def test_a_picture_is_made_followed_and_downloaded(client: Client, tmp_path: Path) -> None:
    from PIL import Image

    seen = []
    job = client.generate(PAINT, on_event=seen.append, **SMALL)
    (asset,) = job.result()
    with Image.open(client.download(asset, tmp_path)) as picture:
        assert picture.size == (64, 64)
    types = [event.type for event in seen]
    assert types[-1] == "job.succeeded"
    assert "asset.created" in types
    assert [event.seq for event in seen] == sorted({event.seq for event in seen})


def test_a_log_can_be_read_again_from_the_start_and_from_the_middle(client: Client) -> None:
    job = client.generate(PAINT, **SMALL)
    whole = list(client.events(job, after=0))
    assert whole[-1].type == "job.succeeded"
    assert list(client.events(job, after=whole[1].seq)) == whole[2:]


def test_many_requests_under_one_key_are_one_job(running: Running) -> None:
    async def ask() -> set[str]:
        async with AsyncClient(home=running.home) as client:
            asked = [client.submit(PAINT, idempotency_key="the-same", params=SMALL) for _ in range(12)]
            jobs = await asyncio.gather(*asked)
            with pytest.raises(KeyReused):
                await client.submit(PAINT, idempotency_key="the-same", params=SMALL | {"seed": 8})
            return {job.id for job in jobs}

    assert len(asyncio.run(ask())) == 1


@pytest.mark.accepts("S3.45")
def test_refusals_are_the_classes_of_the_server(client: Client, running: Running) -> None:
    with pytest.raises(UnknownAction) as unknown:
        client.generate("media.painter.txt2im", prompt="a")
    assert "media.painter.txt2img" in unknown.value.details["near"]
    with pytest.raises(ParamsInvalid) as wrong:
        client.generate(PAINT, prompt="a", width=1, strict=True)
    assert [fault["path"] for fault in wrong.value.details["errors"]] == ["width"]
    with pytest.raises(AccountUnknown):
        client.generate(PAINT, prompt="a", account="nobody's")
    with pytest.raises(NotFound):
        client.job("job_" + "0" * 32)
    with Client(client.address(), "mq_wrong") as stranger, pytest.raises(Unauthorized):
        stranger.actions()


def test_an_upload_comes_back_as_it_was_and_can_be_used_and_deleted(client: Client, tmp_path: Path) -> None:
    from PIL import Image

    made = io.BytesIO()
    Image.effect_noise((64, 64), 90).convert("RGB").save(made, "PNG")
    (tmp_path / "noise.png").write_bytes(made.getvalue())
    asset = client.upload(tmp_path / "noise.png")
    assert (asset.media, asset.width) == ("image", 64)
    assert client.download(asset, tmp_path / "back.png").read_bytes() == made.getvalue()
    assert client.generate("media.painter.vary", image=asset.id).state == "succeeded"
    assert asset.id in [one.id for one in client.assets(limit=50)]
    client.delete_asset(asset)
    with pytest.raises(NotFound):
        client.asset(asset)


def test_jobs_are_paged_cancelled_and_tried_again(client: Client) -> None:
    made = [client.submit(PAINT, params=SMALL) for _ in range(3)]
    for job in made:
        client.wait(job)
    assert {job.id for job in made} <= {job.id for job in client.jobs(limit=60)}
    assert client.cancel(made[0]).state == "succeeded"
    with pytest.raises(Conflict):
        client.retry(made[0])


def test_a_job_that_runs_is_cancelled(client: Client) -> None:
    job = client.submit("media.slideshow.txt2vid", prompt="A hill. A boat. A forest. A city.", duration=30)
    client.cancel(job)
    cancelled = client.wait(job)
    assert cancelled.state == "cancelled"
    again = client.retry(job)
    assert again.id != job.id
    client.cancel(again)
    assert client.wait(again).final


def test_a_job_can_be_priced_before_it_runs(client: Client) -> None:
    price = client.estimate(PAINT, **SMALL)
    assert (price.min, price.likely, price.max, price.currency) == (0, 0, 0, "USD")


def test_accounts_are_added_changed_and_removed_without_showing_their_key(client: Client) -> None:
    account = client.add_account("openai", name="mine", settings={"api_key": "sk-secret-1"}, concurrency=2)
    assert "sk-secret-1" not in repr(client.request("GET", f"/api/v1/accounts/{account.id}"))
    assert not client.change_account(account, enabled=False).enabled
    with pytest.raises(RequestRefused):
        client.add_account("openai", name="other", settings={"api_key": "env:HOME"})
    client.remove_account(account)
    assert account.id not in [one.id for one in client.accounts()]


def test_a_built_in_account_passes_its_check(client: Client) -> None:
    painter = next(account for account in client.accounts() if account.provider == "painter")
    client.check_account(painter)


def test_an_action_is_told_as_one_model_takes_it(client: Client) -> None:
    assert "complexity" in client.action("media.openai.txt2img").schema["properties"]
    assert "complexity" not in client.action("media.openai.txt2img", model="gpt-image-2").schema["properties"]


def test_the_catalog_says_who_makes_what(client: Client) -> None:
    assert client.action(PAINT).schema["properties"]["prompt"]
    assert PAINT in [action.name for action in client.actions()]
    painter = next(provider for provider in client.providers() if provider.name == "painter")
    assert painter.keyless
    assert "image" in painter.media


@pytest.mark.accepts("S1.12", "S1.14", "S1.34")
def test_a_conversation_is_held_and_made_into_media(client: Client) -> None:
    talk = client.create_conversation("A fox")
    seen: list[str] = []
    answer = client.say(talk, "Write about a red fox in a garden", on_event=lambda event: seen.append(event.type))
    assert "fox" in answer.text
    assert seen[-1] == "job.succeeded"
    assert client.say(talk, "Quiet now.", reply=None).role == "user"
    assert client.conversation_context(talk)["last_message"] == "Quiet now."
    assert client.summarise_conversation(talk, sentences=1)
    made = client.generate_from_conversation(talk, SMALL | {"prompt": "a red disc"})
    assert made.job is not None
    assert made.job.result()[0].media == "image"
    assert [message.role for message in client.messages(talk)] == ["assistant", "user", "assistant", "user"]
    assert client.rename_conversation(talk, "A heron").title == "A heron"
    (imported,) = client.import_conversations([{"role": "user", "content": "Hello"}])
    assert {talk.id, imported.id} <= {each.id for each in client.conversations()}
    client.delete_conversation(imported)
    assert imported.id not in {each.id for each in client.conversations()}
