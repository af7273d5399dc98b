"""The vendors' own SDKs read what the twins of hosted services say, and know every field that our providers send."""

from __future__ import annotations

import base64
import time
import urllib.request
from typing import Any

import pytest

from maquette.providers.leonardo import shape
from tests.twins.marker import marker_in
from tests.twins.picture import Picture, painted
from tests.twins.running import Twin

leonardo = pytest.importorskip("leonardo_ai_sdk")
operations: Any = pytest.importorskip("leonardo_ai_sdk.models.operations")
runware = pytest.importorskip("runware")
runwayml = pytest.importorskip("runwayml")

PICTURE = f"data:image/png;base64,{base64.b64encode(painted(Picture(64, 64, 'source'))).decode()}"
ASSET = f"asset_{'0' * 32}"


def test_runways_sdk_makes_a_film_reads_its_cost_and_cancels_another(runway_twin: Twin) -> None:
    with runwayml.RunwayML(api_key="sk-twin", base_url=runway_twin.url, max_retries=0, timeout=10) as client:
        made = client.image_to_video.create(
            model="gen4_turbo", prompt_image=PICTURE, prompt_text="it runs [[m:film]]", ratio="1280:720", duration=5
        )
        assert made.estimated_cost.credits == 60
        seen: list[str] = []
        while not seen or seen[-1] in ("PENDING", "THROTTLED", "RUNNING"):
            task = client.tasks.retrieve(made.id)
            seen.append(task.status)
        assert (task.status, task.cost.credits, len(task.output)) == ("SUCCEEDED", 25, 1)
        assert client.organization.retrieve().credit_balance == 5000
        runway_twin.set_faults(step_delay=5.0)
        slow = client.text_to_video.create(model="gen4.5", prompt_text="slow", ratio="1280:720", duration=5)
        client.tasks.delete(slow.id)
        assert client.tasks.retrieve(slow.id).status == "CANCELLED"
        with pytest.raises(runwayml.BadRequestError, match="Invalid enum value"):
            client.text_to_video.create(model="gen4.5", prompt_text="p", ratio="1:1", duration=5)
    assert runway_twin.bills("film") == 1


async def test_runwares_sdk_waits_for_its_pictures_and_reads_its_refusals(runware_twin: Twin) -> None:
    client = runware.Runware(api_key="sk-twin", transport="rest", http_base_url=f"{runware_twin.url}/v1", max_retries=0)
    try:
        task = {"taskType": "imageInference", "model": "runware:97@1", "width": 512, "height": 512, "includeCost": True}
        rows = await client.run(task | {"positivePrompt": "a fox [[m:sdk]]", "numberResults": 2})
        assert len(rows) == 2
        assert all(row["imageURL"].startswith(runware_twin.url) and row["cost"] == 0.0038 for row in rows)
        with pytest.raises(runware.RunwareError) as refused:
            await client.run(task | {"positivePrompt": "bad [[blocked]]"})
        assert refused.value.code == "safety"
        with pytest.raises(runware.RunwareError) as unknown:
            await client.get_response({"taskUUID": "0190b7a6-0000-4000-8000-000000000000"})
        assert unknown.value.code == "notFound"
    finally:
        await client.close()
    assert runware_twin.bills("sdk") == 1


def test_leonardos_sdk_makes_and_enlarges_a_picture(leonardo_twin: Twin) -> None:
    root = f"{leonardo_twin.url}/api/rest/v1"
    with leonardo.LeonardoAiSDK(bearer_auth="sk-twin", server_url=root, timeout_ms=10_000) as client:
        (user,) = client.user.get_user_self().object.user_details
        assert user.api_paid_tokens == 500
        body = shape.first(shape.Painted(prompt="a fox [[m:sdk]]", model="lucid_origin", seed=1))
        asked = operations.CreateGenerationRequestBody.model_validate(body)
        job = client.image.create_generation(request=asked).object.sd_generation_job
        assert (job.cost.amount, job.cost.unit) == ("0.0125", "DOLLARS")
        found = _until_complete(client, job.generation_id)
        (picture,) = found.generated_images
        with urllib.request.urlopen(picture.url, timeout=10) as made:
            assert marker_in(made.read()) == "sdk"
        params = shape.Enlarge(image=ASSET, style="cinematic")
        enlarged = operations.CreateUniversalUpscalerJobRequestBody.model_validate(
            shape.enlarged(params, (picture.id, "GENERATED"))
        )
        done = client.variation.create_universal_upscaler_job(request=enlarged).object.universal_upscaler
        assert done.id is not None
    assert leonardo_twin.bills("sdk") == 1


def test_leonardos_sdk_knows_every_field_that_is_sent() -> None:
    painted_bodies = [shape.first(shape.Painted(prompt="p", model=name, negative_prompt="n", style="FILM"))
                      for name in ("phoenix_1_0", "anime_xl", "flux_dev")]  # fmt: skip
    _known(operations.CreateGenerationRequestBody, *painted_bodies)
    _, film = shape.film(shape.Animate(prompt="p", image=ASSET, duration=5), ("id", "UPLOADED"))
    _known(operations.CreateImageToVideoGenerationRequestBody, film)
    upscales = [shape.enlarged(shape.Enlarge(image=ASSET, style=style), ("id", "UPLOADED"))
                for style in ("general", "cinematic", "2d art", "cg art")]  # fmt: skip
    _known(operations.CreateUniversalUpscalerJobRequestBody, *upscales)


def _known(kind: Any, *bodies: dict[str, Any]) -> None:
    aliases = {field.alias or name for name, field in kind.model_fields.items()}
    for body in bodies:
        assert set(body) <= aliases
        kind.model_validate(body)


def _until_complete(client: Any, name: str) -> Any:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        found = client.image.get_generation_by_id(id=name).object.generations_by_pk
        if found.status == "COMPLETE":
            return found
    raise AssertionError("it did not end")
