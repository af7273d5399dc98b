"""Describe and do what further nodes do: masks, larger canvases, upscale models, films and sounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from tests.twins.comfyui.node import DIFFUSION, ENCODERS, SCALED, VAES, Node, real, text, whole
from tests.twins.picture import Picture

PAD: Final = whole(0, 0, 16384)
PASSED: Final[Mapping[str, str]] = {
    "ModelSamplingSD3": "model",
    "SetLatentNoiseMask": "samples",
    "GrowMask": "mask",
    "UNETLoader": "unet_name",
    "CLIPLoader": "clip_name",
    "VAELoader": "vae_name",
    "UpscaleModelLoader": "model_name",
    "TextEncodeAceStepAudio": "tags",
    "ImageCompositeMasked": "source",
}
"""Nodes whose output is one of their inputs, as far as a picture can tell."""
NODES: Final[Mapping[str, Node]] = {
    "LoadImageMask": Node(
        "Load Image (as Mask)",
        "mask",
        {"image": [["example.png"], {"image_upload": True}], "channel": [["alpha", "red", "green", "blue"], {}]},
        {"MASK": "MASK"},
    ),
    "GrowMask": Node(
        "Grow Mask",
        "mask",
        {"mask": ["MASK", {}], "expand": whole(0, -16384, 16384), "tapered_corners": ["BOOLEAN", {"default": True}]},
        {"MASK": "MASK"},
    ),
    "SetLatentNoiseMask": Node(
        "Set Latent Noise Mask",
        "model/latent",
        {"samples": ["LATENT", {}], "mask": ["MASK", {}]},
        {"LATENT": "LATENT"},
    ),
    "RepeatLatentBatch": Node(
        "Repeat Latent Batch",
        "model/latent",
        {"samples": ["LATENT", {}], "amount": whole(1, 1, 64)},
        {"LATENT": "LATENT"},
    ),
    "RepeatImageBatch": Node(
        "Repeat Image Batch", "image", {"image": ["IMAGE", {}], "amount": whole(1, 1, 4096)}, {"IMAGE": "IMAGE"}
    ),
    "ImageCompositeMasked": Node(
        "Composite Image Masked",
        "image",
        {
            "destination": ["IMAGE", {}],
            "source": ["IMAGE", {}],
            "x": PAD,
            "y": PAD,
            "resize_source": ["BOOLEAN", {"default": False}],
        },
        {"IMAGE": "IMAGE"},
        {"mask": ["MASK", {}]},
    ),
    "ImagePadForOutpaint": Node(
        "Pad Image for Outpainting",
        "image",
        {
            "image": ["IMAGE", {}],
            "left": PAD,
            "top": PAD,
            "right": PAD,
            "bottom": PAD,
            "feathering": whole(40, 0, 16384),
        },
        {"IMAGE": "IMAGE", "MASK": "MASK"},
    ),
    "UpscaleModelLoader": Node(
        "Load Upscale Model", "model/loaders", {"model_name": [SCALED, {}]}, {"UPSCALE_MODEL": "UPSCALE_MODEL"}
    ),
    "ImageUpscaleWithModel": Node(
        "Upscale Image (using Model)",
        "image",
        {"upscale_model": ["UPSCALE_MODEL", {}], "image": ["IMAGE", {}]},
        {"IMAGE": "IMAGE"},
    ),
    "UNETLoader": Node(
        "Load Diffusion Model",
        "model/loaders",
        {"unet_name": [DIFFUSION, {}], "weight_dtype": [["default", "fp8_e4m3fn"], {}]},
        {"MODEL": "MODEL"},
    ),
    "CLIPLoader": Node(
        "Load CLIP", "model/loaders", {"clip_name": [ENCODERS, {}], "type": [["wan", "flux2"], {}]}, {"CLIP": "CLIP"}
    ),
    "VAELoader": Node("Load VAE", "model/loaders", {"vae_name": [VAES, {}]}, {"VAE": "VAE"}),
    "ModelSamplingSD3": Node(
        "ModelSamplingSD3", "model", {"model": ["MODEL", {}], "shift": real(3, 0, 100)}, {"MODEL": "MODEL"}
    ),
    "EmptyHunyuanLatentVideo": Node(
        "Empty HunyuanVideo Latent",
        "video",
        {"width": whole(848, 16, 16384), "height": whole(480, 16, 16384), "length": whole(25, 1, 16384)}
        | {"batch_size": whole(1, 1, 4096)},
        {"LATENT": "LATENT"},
    ),
    "TextEncodeAceStepAudio": Node(
        "TextEncodeAceStepAudio",
        "model/conditioning",
        {"clip": ["CLIP", {}], "tags": text(multiline=True), "lyrics": text(multiline=True)}
        | {"lyrics_strength": real(1, 0, 10)},
        {"CONDITIONING": "CONDITIONING"},
    ),
    "ConditioningZeroOut": Node(
        "ConditioningZeroOut",
        "model/conditioning",
        {"conditioning": ["CONDITIONING", {}]},
        {"CONDITIONING": "CONDITIONING"},
    ),
    "EmptyAceStepLatentAudio": Node(
        "Empty Ace Step 1.0 Latent Audio",
        "audio",
        {"seconds": real(120, 1, 1000), "batch_size": whole(1, 1, 4096)},
        {"LATENT": "LATENT"},
    ),
    "VAEDecodeAudio": Node(
        "VAE Decode Audio", "audio", {"samples": ["LATENT", {}], "vae": ["VAE", {}]}, {"AUDIO": "AUDIO"}
    ),
}


def _repeated(name: str) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    def repeat(inputs: Mapping[str, Any]) -> tuple[Any, ...]:
        found: tuple[Picture, ...] = inputs[name]
        return (tuple(replace(each, number=number) for number in range(inputs["amount"]) for each in found),)

    return repeat


def _padded(inputs: Mapping[str, Any]) -> tuple[Any, ...]:
    across, down = inputs["left"] + inputs["right"], inputs["top"] + inputs["bottom"]
    found: tuple[Picture, ...] = inputs["image"]
    return tuple(replace(each, width=each.width + across, height=each.height + down) for each in found), "mask"


def _enlarged(inputs: Mapping[str, Any]) -> tuple[Any, ...]:
    found: tuple[Picture, ...] = inputs["image"]
    return (tuple(replace(each, width=each.width * 4, height=each.height * 4) for each in found),)


def _frames(inputs: Mapping[str, Any]) -> tuple[Any, ...]:
    frame = Picture(inputs["width"], inputs["height"], "")
    return (tuple(replace(frame, number=number) for number in range(inputs["length"])),)


WORK: Final[Mapping[str, Callable[[Mapping[str, Any]], tuple[Any, ...]]]] = {
    **{name: (lambda inputs, word=word: (inputs[word],)) for name, word in PASSED.items()},
    "LoadImageMask": lambda _: ("mask",),
    "RepeatLatentBatch": _repeated("samples"),
    "RepeatImageBatch": _repeated("image"),
    "ImagePadForOutpaint": _padded,
    "ImageUpscaleWithModel": _enlarged,
    "EmptyHunyuanLatentVideo": _frames,
    "ConditioningZeroOut": lambda _: ("",),
    # The length of a sound travels as the width of a picture.
    "EmptyAceStepLatentAudio": lambda inputs: ((Picture(round(inputs["seconds"]), 1, ""),),),
    "VAEDecodeAudio": lambda inputs: (float(inputs["samples"][0].width),),
}
