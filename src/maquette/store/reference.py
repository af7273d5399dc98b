"""References: texts that stand for a secret kept elsewhere, followed on the server's own machine only."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from maquette.core.errors import ConfigInvalid

REFERENCES = ("env:", "file:", "keyring:", "command:")
"""Beginnings of a value that stands for a secret kept elsewhere."""
SLOW = ("keyring:", "command:")
"""Those whose answer takes a while, so that it is kept for some minutes."""
COMMAND_S = 10.0
"""How long a command may take."""

_LARGEST = 64 * 1024


def is_reference(text: str) -> bool:
    """Tell whether a text stands for a secret kept elsewhere."""
    return text.lower().lstrip().startswith(REFERENCES)


def follow(field: str, text: str) -> str:
    """Return the secret that a reference leads to; any other text is the secret itself.

    Raises:
        ConfigInvalid: It leads nowhere. The message names the reference, never what was found.
    """
    kind, _, rest = text.partition(":")
    found = _KINDS[kind](field, rest) if kind in _KINDS else text
    if not found:
        raise ConfigInvalid(f"The secret {field!r} is empty where {kind}: leads", hint="Look at what is kept there.")
    return found


def _from_environment(field: str, name: str) -> str:
    if name not in os.environ:
        raise ConfigInvalid(f"The secret {field!r} names the environment variable {name!r}, which is not set")
    return os.environ[name]


def _from_file(field: str, name: str) -> str:
    try:
        with Path(name).expanduser().open("rb") as file:
            return _text(field, file.read(_LARGEST + 1))
    except OSError as error:
        raise ConfigInvalid(f"The secret {field!r} names the file {name!r}: {error.strerror}") from error


def _from_keyring(field: str, place: str) -> str:
    import keyring  # noqa: PLC0415 - looks for desktop services, which only this kind needs
    from keyring.errors import KeyringError  # noqa: PLC0415

    service, slash, user = place.rpartition("/")
    if not slash:
        raise ConfigInvalid(f"The secret {field!r} names {place!r} in the keyring", hint="Write keyring:SERVICE/USER.")
    try:
        found = keyring.get_password(service, user)
    except KeyringError as error:
        raise ConfigInvalid(f"The secret {field!r}: the keyring does not answer ({type(error).__name__})") from error
    if found is None:
        raise ConfigInvalid(f"The secret {field!r}: the keyring has nothing for {user!r} of {service!r}")
    return found


def _from_command(field: str, line: str) -> str:
    """Run a command without a shell; what it says is the secret, so that nothing of it is ever told."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ConfigInvalid(f"The secret {field!r} names a command that cannot be read: {error}") from error
    if not words:
        raise ConfigInvalid(f"The secret {field!r} names no command", hint="Write command:PROGRAM ARGUMENT …")
    with tempfile.TemporaryFile() as output:
        try:
            child = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env=_surroundings(),
            )
        except OSError as error:
            raise ConfigInvalid(f"The secret {field!r}: {words[0]!r} does not start: {error.strerror}") from error
        code = _ended(field, words[0], child)
        if code:
            raise ConfigInvalid(f"The secret {field!r}: {words[0]!r} ended with code {code}")
        output.seek(0)
        return _text(field, output.read(_LARGEST + 1))


def _ended(field: str, program: str, child: subprocess.Popen[bytes]) -> int:
    try:
        return child.wait(COMMAND_S)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, 9)
        child.wait()
        raise ConfigInvalid(f"The secret {field!r}: {program!r} took longer than {COMMAND_S:.0f} s") from None


def _surroundings() -> Mapping[str, str]:
    """Return the environment without our own variables, some of which are secrets."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAQUETTE_")}


def _text(field: str, raw: bytes) -> str:
    if len(raw) > _LARGEST:
        raise ConfigInvalid(f"The secret {field!r} has more than {_LARGEST} bytes where its reference leads")
    try:
        return raw.decode().strip()
    except UnicodeDecodeError as error:
        raise ConfigInvalid(f"The secret {field!r} is no text where its reference leads") from error


_KINDS: Mapping[str, Callable[[str, str], str]] = {
    "env": _from_environment,
    "file": _from_file,
    "keyring": _from_keyring,
    "command": _from_command,
}
