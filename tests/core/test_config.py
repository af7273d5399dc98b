"""The one settings model: a file, then the environment, then flags; a key that is not known is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maquette.core.config import Config, ProviderSection, read
from maquette.core.errors import ConfigInvalid

HOME = Path("/nowhere/home")

# The keys and values of the chat application's settings file.
BLOCK = """
[media_creation]
enabled = true
default_provider = "swarmui"

[media_creation.swarmui]
api_url = "http://localhost:7801"
api_key = ""  # empty: the server asks for none
timeout = 60
max_retries = 3
enable_websocket = true

default_model = "OfficialStableDiffusion/sd_xl_base_1.0"
default_width = 1024
default_height = 1024
default_steps = 20
default_cfg_scale = 7.0
default_sampler = "dpmpp_2m_sde"

max_width = 2048
max_height = 2048
max_steps = 150
max_batch_size = 4
"""


def loaded(text: str = "", environ: dict[str, str] | None = None, **flags: Any) -> Config:
    return read(text, environ or {}, flags, home=HOME)


@pytest.mark.accepts("S1.35", "S1.36")
def test_the_block_of_the_chat_application_loads_as_it_is() -> None:
    media = loaded(BLOCK).media_creation
    section = media.of("swarmui")
    assert (media.enabled, media.default_provider) == (True, "swarmui")
    assert (section.api_url, section.api_key) == ("http://localhost:7801", "")
    assert (section.timeout, section.max_retries, section.enable_websocket) == (60, 3, True)


@pytest.mark.accepts("S1.37")
def test_the_defaults_of_the_block_have_the_common_names() -> None:
    assert loaded(BLOCK).media_creation.of("swarmui").defaults() == {
        "model": "OfficialStableDiffusion/sd_xl_base_1.0",
        "width": 1024,
        "height": 1024,
        "steps": 20,
        "guidance": 7.0,
        "sampler": "dpmpp_2m_sde",
    }


def test_the_limits_of_the_block_have_the_common_names_and_can_be_changed() -> None:
    ceilings = loaded(BLOCK).media_creation.of("swarmui").ceilings()
    assert ceilings == {"width": 2048, "height": 2048, "steps": 150, "n": 4}
    changed = loaded(BLOCK, {"MAQUETTE_MEDIA_CREATION__SWARMUI__MAX_STEPS": "30"})
    assert changed.media_creation.of("swarmui").ceilings() == ceilings | {"steps": 30}


def test_a_provider_without_a_section_has_an_empty_one() -> None:
    assert loaded().media_creation.of("swarmui") == ProviderSection()
    assert ProviderSection().defaults() == ProviderSection().ceilings() == {}


def test_the_environment_wins_over_the_file_and_a_flag_over_both() -> None:
    text, environ = "port = 1\nhost = 'file'", {"MAQUETTE_PORT": "2", "MAQUETTE_LEASE_S": "20.5"}
    assert loaded(text).port == 1
    assert loaded(text, environ).port == 2
    config = loaded(text, environ, port=3, host=None)
    assert (config.port, config.host, config.lease_s) == (3, "file", 20.5)


def test_tables_of_file_environment_and_flags_are_merged_key_by_key() -> None:
    config = loaded(
        "[limits]\npixels = 5000\nduration_s = 7", {"MAQUETTE_LIMITS__PIXELS": "6000"}, limits={"body_bytes": 2048}
    )
    assert (config.limits.pixels, config.limits.duration_s, config.limits.body_bytes) == (6000, 7, 2048)


@pytest.mark.parametrize(
    ("name", "value", "path", "expected"),
    [
        ("AUTH", "false", "auth", False),
        ("ALLOWED_HOSTS", '["a.test", "b.test"]', "allowed_hosts", ["a.test", "b.test"]),
        ("BLOB_OPTIONS", '{region = "eu"}', "blob_options", {"region": "eu"}),
        ("DATABASE_URL", "postgresql://db/one", "database_url", "postgresql://db/one"),
        ("HOST", '"quoted"', "host", "quoted"),
        ("LIMITS__PIXELS", "40000000", "limits.pixels", 40_000_000),
        ("MEDIA_CREATION__SHOP__API_KEY", "12345678", "media_creation.providers.shop.api_key", "12345678"),
        ("MEDIA_CREATION__SHOP__API_KEY", "1979-05-27", "media_creation.providers.shop.api_key", "1979-05-27"),
        ("MEDIA_CREATION__SHOP__DEFAULT_MODEL", "3.5", "media_creation.providers.shop.default_model", "3.5"),
        ("MEDIA_CREATION__SHOP__MAX_RETRIES", "0", "media_creation.providers.shop.max_retries", 0),
    ],
)
def test_a_variable_sets_the_key_of_its_name(name: str, value: str, path: str, expected: Any) -> None:
    found: Any = loaded(environ={f"MAQUETTE_{name}": value, "OTHER_PORT": "9"}).model_dump()
    for key in path.split("."):
        found = found[key]
    assert found == expected


def test_variables_that_are_read_by_others_are_passed_over() -> None:
    environ = {f"MAQUETTE_{name}": "x" for name in ("HOME", "CONFIG", "URL", "KEY")}
    assert loaded(environ=environ) == loaded()


@pytest.mark.parametrize(
    ("text", "environ", "named"),
    [
        ("prot = 1", {}, "prot"),
        ("[limits]\npixel = 5000", {}, "limits.pixel"),
        ("[media_creation]\nenable = true", {}, "media_creation.enable"),
        ("[media_creation.swarmui]\ndefault_stepz = 5", {}, "swarmui.default_stepz"),
        ("", {"MAQUETTE_LIMITS__PIXEL": "5"}, "limits.pixel"),
        ("", {"MAQUETTE_PROT": "5"}, "prot"),
        ("port = 70000", {}, "port"),
        ("port = 'many'", {}, "port"),
        ("[media_creation.swarmui]\nmax_retries = 21", {}, "swarmui.max_retries"),
        ("log_level = 'loud'", {}, "log_level"),
    ],
)
def test_a_key_that_cannot_be_used_is_named(text: str, environ: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigInvalid, match=named):
        loaded(text, environ)


def test_an_unknown_flag_is_named() -> None:
    with pytest.raises(ConfigInvalid, match="colour"):
        loaded(colour="red")


def test_a_file_that_is_no_toml_is_refused_with_the_line() -> None:
    with pytest.raises(ConfigInvalid, match="line 2"):
        loaded("port = 1\nhost = = 2")


def test_a_secret_is_not_told_when_its_neighbour_is_wrong() -> None:
    with pytest.raises(ConfigInvalid) as caught:
        loaded('[media_creation.shop]\napi_key = "sk-123"\ntimeout = "sk-456"')
    assert "timeout" in caught.value.message
    assert "sk-" not in caught.value.message


def test_everything_is_kept_at_home_unless_it_is_said_otherwise() -> None:
    bare = loaded()
    assert bare.database == f"sqlite:///{HOME}/maquette.db"
    assert bare.blobs == HOME.as_uri() + "/blobs"
    assert bare.is_sqlite
    away = loaded("database_url = 'postgresql://db/one'\nblob_url = 's3://bucket/prefix'")
    assert (away.database, away.blobs, away.is_sqlite) == ("postgresql://db/one", "s3://bucket/prefix", False)


@pytest.mark.parametrize("value", ["5", "plenty", "[1]", ""])
@pytest.mark.parametrize("turned", [False, True])
def test_a_variable_that_is_a_value_and_a_table_at_once_is_refused_by_name(value: str, *, turned: bool) -> None:
    both = [("MAQUETTE_LIMITS", value), ("MAQUETTE_LIMITS__PIXELS", "5000")]
    with pytest.raises(ConfigInvalid, match=r"'MAQUETTE_LIMITS'.*'MAQUETTE_LIMITS__PIXELS'"):
        loaded(environ=dict(reversed(both) if turned else both))


@pytest.mark.parametrize("turned", [False, True])
def test_a_variable_of_a_part_wins_over_the_one_of_the_whole_table(*, turned: bool) -> None:
    both = [("MAQUETTE_LIMITS", "{pixels = 6000, duration_s = 7}"), ("MAQUETTE_LIMITS__PIXELS", "5000")]
    limits = loaded(environ=dict(reversed(both) if turned else both)).limits
    assert (limits.pixels, limits.duration_s) == (5000, 7)


@pytest.mark.parametrize(
    "origin", ["*", "app.example.com", "https://a.example; script-src *", "https://a.example/path"]
)
def test_what_may_frame_is_named_by_whole_origins(origin: str) -> None:
    with pytest.raises(ConfigInvalid, match="embed_origins"):
        read("", {}, {"embed_origins": [origin]}, home=HOME)
