"""Build a model of random weights, small enough for a test: its pictures are noise, and its steps are real."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any


def build(folder: Path, seed: int = 0) -> Path:
    """Write a text-to-image model to a folder."""
    torch: Any = import_module("torch")
    diffusers: Any = import_module("diffusers")
    transformers: Any = import_module("transformers")
    torch.manual_seed(seed)
    unet = diffusers.UNet2DConditionModel(
        block_out_channels=(32, 64),
        layers_per_block=1,
        sample_size=16,
        in_channels=4,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=32,
    )
    vae = diffusers.AutoencoderKL(
        block_out_channels=[32, 64],
        in_channels=3,
        out_channels=3,
        down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2,
        latent_channels=4,
    )
    config = transformers.CLIPTextConfig(
        hidden_size=32, intermediate_size=37, num_attention_heads=4, num_hidden_layers=2, vocab_size=514
    )
    pipe = diffusers.StableDiffusionPipeline(
        unet=unet,
        vae=vae,
        text_encoder=transformers.CLIPTextModel(config),
        tokenizer=_tokenizer(transformers, folder),
        scheduler=diffusers.DDIMScheduler(steps_offset=1, clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipe.save_pretrained(folder, safe_serialization=True)
    return folder


def _tokenizer(transformers: Any, folder: Path) -> Any:
    """Return a tokenizer that knows single bytes alone."""
    shown = [chr(c) for c in (*range(33, 127), *range(161, 173), *range(174, 256))]
    shown += [chr(256 + n) for n in range(256 - len(shown))]
    words = [*shown, *(f"{c}</w>" for c in shown), "<|startoftext|>", "<|endoftext|>"]
    parts = folder.with_suffix(".words")
    parts.mkdir(parents=True, exist_ok=True)
    (parts / "vocab.json").write_text(json.dumps({word: at for at, word in enumerate(words)}))
    (parts / "merges.txt").write_text("#version: 0.2\n")
    return transformers.CLIPTokenizer(str(parts / "vocab.json"), str(parts / "merges.txt"), model_max_length=77)
