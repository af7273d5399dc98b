"""Load models, keep a few of them, and run them; all that needs torch is here and loads in the child process alone."""

from __future__ import annotations

import gc
import inspect
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Step = Callable[[float, str], None]
_DEVICES = ("cuda", "mps", "xpu", "cpu")
_TASKS = {
    "txt2img": "AutoPipelineForText2Image",
    "img2img": "AutoPipelineForImage2Image",
    "inpaint": "AutoPipelineForInpainting",
}


class Stopped(Exception):
    """Nobody waits for the work any more."""


class Flagged(Exception):
    """The model's own safety check refused every picture."""


class Unusable(Exception):
    """A model cannot be loaded, or does not take what it is given."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Pipelines:
    """The models that are loaded, the one used last at the end."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._loaded: OrderedDict[tuple[str, ...], Any] = OrderedDict()

    def probe(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return what would compute, and which libraries are there."""
        torch = import_module("torch")
        device = _device(torch, request["device"])
        return {
            "device": device,
            "dtype": _dtype_name(torch, device, request["dtype"]),
            "torch": str(torch.__version__),
            "diffusers": str(import_module("diffusers").__version__),
            "loaded": [key[0] for key in self._loaded],
        }

    def clear(self) -> None:
        """Let go of every model."""
        self._loaded.clear()
        _release()

    def generate(self, request: Mapping[str, Any], step: Step) -> dict[str, Any]:
        """Make pictures and write them to the folder of the request; returns their names and what made them."""
        step(0.0, "loading the model")
        pipe, device = self._ready(request)
        pipe.set_progress_bar_config(disable=True)
        with _adapted(pipe, request):
            made = [self._one(pipe, request, number, step) for number in range(request["n"])]
        kept = [name for name, flagged in made if not flagged]
        if not kept:
            raise Flagged
        return {"files": kept, "device": device, "pipeline": type(pipe).__name__}

    def _ready(self, request: Mapping[str, Any]) -> tuple[Any, str]:
        torch, diffusers = import_module("torch"), import_module("diffusers")
        device = _device(torch, request["device"])
        dtype = _dtype_name(torch, device, request["dtype"])
        key = (request["model"], device, dtype, request["offload"])
        if key not in self._loaded:
            while len(self._loaded) >= self._keep:
                self._loaded.popitem(last=False)
                _release()
            self._loaded[key] = _placed(_loaded(diffusers, request, getattr(torch, dtype)), device, request["offload"])
        self._loaded.move_to_end(key)
        # The other tasks share the weights that are loaded.
        pipe = self._loaded[key]
        task = request["task"]
        return (pipe if task == "txt2img" else getattr(diffusers, _TASKS[task]).from_pipe(pipe)), device

    def _one(self, pipe: Any, request: Mapping[str, Any], number: int, step: Step) -> tuple[str, bool]:
        torch = import_module("torch")
        count, steps = request["n"], request["parameters"]["num_inference_steps"]

        def ended(_: Any, index: int, __: Any, kept: dict[str, Any]) -> dict[str, Any]:
            # An exception ends the work at once and leaves the model usable; the library's own flag would still decode.
            step((number + min((index + 1) / steps, 1.0)) / count, f"step {index + 1} of {steps}")
            return kept

        given = {**request["parameters"], **_pictures(request), "callback_on_step_end": ended}
        given["generator"] = torch.Generator("cpu").manual_seed(request["seed"] + number)
        known = inspect.signature(pipe.__call__).parameters
        try:
            made = pipe(**{word: value for word, value in given.items() if word in known})
        except (TypeError, ValueError) as error:
            raise Unusable("parameter", str(error)) from error
        name = f"picture-{number + 1}.png"
        made.images[0].save(Path(request["folder"]) / name)
        flags = getattr(made, "nsfw_content_detected", None)
        return name, bool(flags and flags[0])


def _loaded(diffusers: Any, request: Mapping[str, Any], dtype: Any) -> Any:
    try:
        # Weights as safetensors alone: the older files are programs, and run when they are read.
        return diffusers.AutoPipelineForText2Image.from_pretrained(
            request["model"], torch_dtype=dtype, use_safetensors=True, local_files_only=not request["downloads"]
        )
    except (OSError, ValueError, ImportError, LookupError, AttributeError) as error:
        raise Unusable("model", f"{type(error).__name__}: {error}") from error


def _placed(pipe: Any, device: str, offload: str) -> Any:
    if offload == "none" or device == "cpu":
        return pipe.to(device)
    if offload == "model":
        pipe.enable_model_cpu_offload(device=device)
    else:
        pipe.enable_sequential_cpu_offload(device=device)
    return pipe


@contextmanager
def _adapted(pipe: Any, request: Mapping[str, Any]) -> Iterator[None]:
    """Add the LoRA of a request to the model while the block runs."""
    if not request.get("lora"):
        yield
        return
    try:
        pipe.load_lora_weights(request["lora"], adapter_name="chosen")
        pipe.set_adapters(["chosen"], [request["lora_weight"]])
    except (ValueError, ImportError, OSError, KeyError) as error:
        raise Unusable("model", f"the LoRA does not fit: {error}") from error
    try:
        yield
    finally:
        pipe.unload_lora_weights()


def _pictures(request: Mapping[str, Any]) -> dict[str, Any]:
    images = import_module("PIL.Image")
    size = (request["parameters"]["width"], request["parameters"]["height"])
    found = {"image": ("image", "RGB"), "mask": ("mask_image", "L")}
    return {
        word: images.open(Path(request["folder"]) / name).convert(mode).resize(size)
        for name, (word, mode) in found.items()
        if name in request["inputs"]
    }


def _device(torch: Any, wish: str) -> str:
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    there["xpu"] = hasattr(torch, "xpu") and torch.xpu.is_available()
    if wish == "auto":
        return next(device for device in _DEVICES if there[device])
    if not there[wish]:
        raise Unusable("model", f"this machine has no {wish!r} device")
    return wish


def _dtype_name(torch: Any, device: str, wish: str) -> str:
    if wish != "auto":
        return wish
    if device == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    return {"mps": "float16", "xpu": "bfloat16"}.get(device, "float32")


def _release() -> None:
    gc.collect()
    torch = import_module("torch")
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
