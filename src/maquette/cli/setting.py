"""The configuration in force: the file, then the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maquette.cli.configuration import apply, export
from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, put, put_json
from maquette.core.errors import ConfigInvalid

if TYPE_CHECKING:
    from maquette.core.config import Config

HIDDEN = "…"


@click.group()
def config() -> None:
    """Show, export and import the configuration."""


config.add_command(export)
config.add_command(apply)


@config.command()
@json_flag
@click.pass_obj
def show(reach: Reach, as_json: bool) -> None:
    """Show every setting, with secrets hidden."""
    path = config_path(reach.home)
    settings = hidden(load(reach.home).model_dump(mode="json", exclude_none=True))
    if as_json:
        put_json({"file": str(path) if path.exists() else None, "settings": settings})
        return
    put(f"# {path}{'' if path.exists() else ' (not there)'}")
    put(*(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in settings.items()))


def config_path(home: Path) -> Path:
    """Return where the configuration file is looked for."""
    return Path(os.environ.get("MAQUETTE_CONFIG") or home / "maquette.toml")


def load(home: Path) -> Config:
    """Read the configuration as a server on this home folder would; raises `ConfigInvalid`."""
    from maquette.core.config import read  # noqa: PLC0415 - pydantic loads when it is used

    path = config_path(home)
    try:
        text = path.read_text(encoding="utf-8") if path.exists() or "MAQUETTE_CONFIG" in os.environ else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"The configuration file {str(path)!r} cannot be read: {error}") from error
    return read(text, os.environ, {}, home=home)


def hidden(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings without their secrets; references to secrets stay, as they tell where to look."""
    return {name: _shown(name, value) for name, value in settings.items()}


def _shown(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return hidden(value)
    if not isinstance(value, str) or not value or value.startswith(("env:", "file:", "keyring:", "command:")):
        return value
    if name.endswith("_url") and "@" in value:
        return f"{value.partition('://')[0]}://{HIDDEN}@{value.rpartition('@')[2]}"
    return (
        HIDDEN
        if any(word in name for word in ("key", "secret", "token", "password")) and name != "master_key"
        else value
    )
