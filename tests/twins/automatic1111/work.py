"""Make one picture after another for whoever asks; one `interrupt` stops whatever runs."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from dataclasses import dataclass, field
from typing import Any, Final

from PIL import Image, UnidentifiedImageError

from tests.twins.automatic1111.dialect import FamilyDialect
from tests.twins.marker import asked
from tests.twins.picture import Picture, encode, painted
from tests.twins.storm import Storm
from tests.twins.wire import Json

MODELS: Final = ["twin-sd15.safetensors [8888888888]", "twin-sdxl.safetensors [9999999999]"]
SAMPLERS: Final = ["Euler a", "DPM++ 2M"]
SCHEDULERS: Final = ["Automatic", "Karras"]
UPSCALERS: Final = ["None", "Lanczos", "R-ESRGAN 4x+"]
FIELDS: Final = frozenset(
    (
        *("prompt", "negative_prompt", "width", "height", "steps", "cfg_scale", "seed", "batch_size", "n_iter"),
        *("sampler_name", "scheduler", "override_settings", "override_settings_restore_afterwards", "force_task_id"),
        *("send_images", "save_images", "init_images", "denoising_strength", "include_init_images", "mask"),
        *("mask_blur", "inpainting_fill", "inpaint_full_res", "inpainting_mask_invert"),
    )
)


@dataclass(eq=False)
class Task:
    """Hold one call that is being answered."""

    id: str
    prompt: str
    steps: int
    done: float = 0.0
    interrupted: bool = False


@dataclass
class Maker:
    """Work on one task at a time."""

    storm: Storm
    dialect: FamilyDialect
    strict: bool
    queue: list[Task] = field(default_factory=list)
    current: Task | None = None
    unknown: set[str] = field(default_factory=set)
    last: Json = field(default_factory=dict)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def checked(self, body: Json, *, from_picture: bool) -> Json:
        """Return a request that can run."""
        self.unknown |= set(body) - FIELDS
        for word in ("steps", "width", "height", "seed", "n_iter"):
            if not isinstance(body.get(word, 0), int):
                raise self.dialect.fault(422, [{"loc": ["body", word], "msg": "value is not a valid integer"}])
        if self.strict and body.get("sampler_name", SAMPLERS[0]) not in SAMPLERS:
            raise self.dialect.fault(404, "Sampler not found")
        model = body.get("override_settings", {}).get("sd_model_checkpoint")
        if self.strict and model is not None and model not in MODELS:
            raise self.dialect.fault(422, f"Unknown checkpoint: {model}")
        for sent in [*body.get("init_images", []), *([body["mask"]] if "mask" in body else [])]:
            self._measured(sent)
        if from_picture and not body.get("init_images"):
            raise self.dialect.fault(404, "Init image not found")
        self.last = {word: value for word, value in body.items() if word not in ("init_images", "mask")}
        self.last |= {"masked": "mask" in body}
        return body

    def _measured(self, sent: Any) -> Image.Image:
        try:
            return Image.open(io.BytesIO(base64.b64decode(str(sent).rpartition(",")[2], validate=True)))
        except (UnidentifiedImageError, OSError, ValueError):
            raise self.dialect.fault(500, "Invalid encoded image") from None

    async def made(self, body: Json) -> Json:
        """Wait for the turn of a request and return its pictures; an interrupted one has what there was."""
        task = Task(body.get("force_task_id", ""), str(body.get("prompt", "")), int(body.get("steps", 50)))
        self.queue.append(task)
        count, seed = int(body.get("n_iter", 1)) * int(body.get("batch_size", 1)), int(body.get("seed", -1))
        images = []
        async with self._lock:
            self.queue.remove(task)
            self.current = task
            try:
                for number in range(count):
                    images.append(await self._one(task, body, number, count))
                    if task.interrupted:
                        break
            finally:
                self.current = None
        seeds = [seed + number for number in range(len(images))]
        if body.get("override_settings", {}).get("return_grid", True) and len(images) > 1:
            images.insert(0, await self._encoded(Picture(64, 64, "grid")))
        info = json.dumps({"seed": seed, "all_seeds": seeds, "prompt": task.prompt}) if self.strict else ""
        return {"images": images, "parameters": {"prompt": task.prompt}, "info": info}

    async def _one(self, task: Task, body: Json, number: int, count: int) -> str:
        for step in range(task.steps):
            await asyncio.sleep(self.storm.conditions.step_delay)
            if task.interrupted:
                # Half a picture, without the sign of one that is whole.
                return await self._encoded(Picture(64, 64, "half"))
            task.done = (number + (step + 1) / task.steps) / count
        words = f"{task.prompt} #{int(body.get('seed', -1)) + number}"
        size = int(body.get("width", 512)), int(body.get("height", 512))
        return await self._encoded(Picture(*size, words, asked(task.prompt)))

    async def _encoded(self, picture: Picture) -> str:
        return base64.b64encode(await asyncio.to_thread(painted, picture, "png")).decode()

    def enlarged(self, body: Json) -> Json:
        """Return an enlargement."""
        if body.get("upscaler_1") not in UPSCALERS:
            raise self.dialect.fault(404, f"Invalid upscaler, needs to be one of these: {' , '.join(UPSCALERS)}")
        source = self._measured(body.get("image"))
        factor = float(body.get("upscaling_resize", 2))
        larger = source.resize((round(source.width * factor), round(source.height * factor)))
        return {"image": base64.b64encode(encode(larger, "png")).decode(), "html_info": ""}

    def interrupt(self) -> None:
        """Stop whatever runs."""
        if self.current is not None:
            self.current.interrupted = True
