"""Describe the nodes of the twin in the three styles of `/object_info`: plain lists, COMBO and dynamic combos."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.twins.wire import Json

Input = list[Any]
CHECKPOINTS: Final = ["twin-sd15.safetensors", "twin-sdxl.safetensors"]
LORAS: Final = ["twin-ink.safetensors"]
DIFFUSION: Final = ["twin-wan.safetensors"]
ENCODERS: Final = ["twin-umt5.safetensors"]
VAES: Final = ["twin-wan-vae.safetensors"]
SCALED: Final = ["twin-4x.pth"]
SAMPLERS: Final = ["euler", "euler_ancestral", "heun", "dpmpp_2m", "dpmpp_2m_sde", "ddim", "uni_pc"]
SCHEDULERS: Final = ["simple", "sgm_uniform", "karras", "exponential", "normal"]
SCALERS: Final = ["nearest-exact", "bilinear", "area", "bicubic", "lanczos"]
DYNAMIC: Final = "COMFY_DYNAMICCOMBO_V3"
# All that a dynamic combo adds hangs under dotted names: `format.codec`.
CODEC: Final[Input] = [DYNAMIC, {"options": [{"key": key, "inputs": {"required": {}}} for key in ("auto", "h264")]}]
CONTAINER: Final[Input] = [
    DYNAMIC,
    {"options": [{"key": key, "inputs": {"required": {"codec": CODEC}}} for key in ("auto", "mp4")]},
]


@dataclass(frozen=True)
class Node:
    """Describe a class of nodes.

    Attributes:
        title: The name that people see.
        category: Where the menu shows it.
        required: Inputs that must be given, by name: a type or choices, and a configuration.
        outputs: The types that come out, by name.
        optional: Inputs that may be given.
        output_node: Whether a graph can end here.
        hidden: What the server fills in.
        search: Words under which it is found.
    """

    title: str
    category: str
    required: Mapping[str, Input]
    outputs: Mapping[str, str] = field(default_factory=dict)
    optional: Mapping[str, Input] = field(default_factory=dict)
    output_node: bool = False
    hidden: Mapping[str, str] = field(default_factory=dict)
    search: tuple[str, ...] = ()

    def shown(self, name: str) -> Json:
        """Return the node as `/object_info` shows it."""
        groups = {"required": self.required, "optional": self.optional, "hidden": self.hidden}
        inputs = {group: dict(found) for group, found in groups.items() if found or group == "required"}
        return {
            "input": inputs,
            "input_order": {group: list(found) for group, found in inputs.items()},
            "is_input_list": False,
            "output": list(self.outputs.values()),
            "output_is_list": [False] * len(self.outputs),
            "output_name": list(self.outputs),
            "name": name,
            "display_name": self.title,
            "description": "",
            "python_module": "nodes",
            "category": self.category,
            "output_node": self.output_node,
            "has_intermediate_output": False,
            "search_aliases": list(self.search),
        }


def whole(default: int, low: int, high: int) -> Input:
    """Describe a whole number."""
    return ["INT", {"default": default, "min": low, "max": high}]


def real(default: float, low: float, high: float) -> Input:
    """Describe a number with a fraction."""
    return ["FLOAT", {"default": default, "min": low, "max": high, "step": 0.01}]


def text(default: str = "", *, multiline: bool = False) -> Input:
    """Describe a text."""
    return ["STRING", {"default": default, "multiline": multiline}]


SIDE: Final = whole(512, 16, 16384)
PREFIX: Final = text("ComfyUI")
STAMPED: Final = {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO"}
NODES: Final[Mapping[str, Node]] = {
    "CheckpointLoaderSimple": Node(
        "Load Checkpoint",
        "model/loaders",
        {"ckpt_name": [CHECKPOINTS, {"tooltip": "Which model to load."}]},
        {"MODEL": "MODEL", "CLIP": "CLIP", "VAE": "VAE"},
    ),
    "LoraLoader": Node(
        "Load LoRA",
        "model/loaders",
        {
            "model": ["MODEL", {}],
            "clip": ["CLIP", {}],
            "lora_name": [LORAS, {}],
            "strength_model": real(1, -100, 100),
            "strength_clip": real(1, -100, 100),
        },
        {"MODEL": "MODEL", "CLIP": "CLIP"},
    ),
    "CLIPTextEncode": Node(
        "CLIP Text Encode (Prompt)",
        "model/conditioning",
        {"text": text(multiline=True), "clip": ["CLIP", {}]},
        {"CONDITIONING": "CONDITIONING"},
        search=("prompt",),
    ),
    "EmptyLatentImage": Node(
        "Empty Latent Image",
        "model/latent",
        {"width": SIDE, "height": SIDE, "batch_size": whole(1, 1, 4096)},
        {"LATENT": "LATENT"},
    ),
    "KSampler": Node(
        "KSampler",
        "model/sampling",
        {
            "model": ["MODEL", {}],
            "seed": ["INT", {"default": 0, "min": 0, "max": 2**64 - 1, "control_after_generate": True}],
            "steps": whole(20, 1, 10000),
            "cfg": real(8, 0, 100),
            "sampler_name": [SAMPLERS, {}],
            "scheduler": [SCHEDULERS, {}],
            "positive": ["CONDITIONING", {}],
            "negative": ["CONDITIONING", {}],
            "latent_image": ["LATENT", {}],
            "denoise": real(1, 0, 1),
        },
        {"LATENT": "LATENT"},
        search=("txt2img", "img2img"),
    ),
    "VAEDecode": Node(
        "VAE Decode", "model/latent", {"samples": ["LATENT", {}], "vae": ["VAE", {}]}, {"IMAGE": "IMAGE"}
    ),
    "VAEEncode": Node(
        "VAE Encode", "model/latent", {"pixels": ["IMAGE", {}], "vae": ["VAE", {}]}, {"LATENT": "LATENT"}
    ),
    "VAEEncodeForInpaint": Node(
        "VAE Encode (for Inpainting)",
        "model/latent",
        {"pixels": ["IMAGE", {}], "vae": ["VAE", {}], "mask": ["MASK", {}], "grow_mask_by": whole(6, 0, 64)},
        {"LATENT": "LATENT"},
    ),
    "LoadImage": Node(
        "Load Image",
        "image",
        {"image": [["example.png"], {"image_upload": True}]},
        {"IMAGE": "IMAGE", "MASK": "MASK"},
    ),
    "EmptyImage": Node(
        "Empty Image",
        "image",
        {"width": whole(512, 1, 16384), "height": whole(512, 1, 16384), "batch_size": whole(1, 1, 4096)},
        {"IMAGE": "IMAGE"},
        {"color": ["INT", {"default": 0, "min": 0, "max": 0xFFFFFF, "display": "color"}]},
    ),
    "ImageScale": Node(
        "Upscale Image",
        "image/transform",
        {
            "image": ["IMAGE", {}],
            "upscale_method": [SCALERS, {}],
            "width": whole(512, 0, 16384),
            "height": whole(512, 0, 16384),
            "crop": [["disabled", "center"], {}],
        },
        {"IMAGE": "IMAGE"},
    ),
    "ImageScaleToMaxDimension": Node(
        "Scale Image to Max Dimension",
        "image/transform",
        {
            "image": ["IMAGE", {}],
            "upscale_method": ["COMBO", {"options": SCALERS, "multiselect": False}],
            "largest_size": whole(512, 0, 16384),
        },
        {"IMAGE": "IMAGE"},
    ),
    "SaveImage": Node(
        "Save Image",
        "image",
        {"images": ["IMAGE", {}], "filename_prefix": PREFIX},
        {"images": "IMAGE"},
        output_node=True,
        hidden=STAMPED,
    ),
    "PreviewImage": Node(
        "Preview Image", "image", {"images": ["IMAGE", {}]}, {"images": "IMAGE"}, output_node=True, hidden=STAMPED
    ),
    "CreateVideo": Node(
        "Create Video", "video", {"images": ["IMAGE", {}], "fps": real(30, 1, 120)}, {"VIDEO": "VIDEO"}
    ),
    "SaveVideo": Node(
        "Save Video",
        "video",
        {"video": ["VIDEO", {}], "filename_prefix": text("video/ComfyUI"), "format": CONTAINER},
        output_node=True,
        hidden=STAMPED,
    ),
    "EmptyAudio": Node(
        "Empty Audio",
        "audio",
        {
            "duration": real(60, 0, 3600),
            "sample_rate": whole(44100, 1, 192000),
            "channels": whole(2, 1, 2),
        },
        {"AUDIO": "AUDIO"},
    ),
    "SaveAudioMP3": Node(
        "Save Audio (MP3)",
        "audio",
        {"audio": ["AUDIO", {}], "filename_prefix": text("audio/ComfyUI"), "quality": [["V0", "128k", "320k"], {}]},
        output_node=True,
        hidden=STAMPED,
    ),
    "PreviewAny": Node("Preview Any", "utils", {"source": ["*", {}]}, output_node=True),
}
