"""Bind the few functions of espeak-ng that speech needs.

The library is licensed under the GPL, so this module is imported only in the child process that speaks.
"""

from __future__ import annotations

import _ctypes
import ctypes
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import espeakng_loader

_SYNCHRONOUS: Final = 2
_DONT_EXIT: Final = 0x8000
_UTF8: Final = 1
_RATE: Final = 1
_PITCH: Final = 3
_WORD: Final = 1
_END: Final = 0
_DATA: Final = "espeak-ng-data"
# Two languages come without the dictionary that pronounces them; the third is for the library's own tests.
_SPEECHLESS: Final = frozenset({"fo", "kaa", "xex"})
# Control characters carry commands inside the text (Ctrl-A changes the voice), so they are not let through.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


# The two structures follow speak_lib.h of espeak-ng 1.52.
class _Event(ctypes.Structure):
    _fields_ = [
        ("kind", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    ]


class _Voice(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("reserved", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    ]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True, slots=True)
class Tongue:
    """Describe one language that the installed synthesizer has data for."""

    code: str
    title: str


class Espeak:
    """Speak with the one synthesizer that a process can hold."""

    def __init__(self, library: ctypes.CDLL, sample_rate: int) -> None:
        self._library = library
        self.sample_rate = sample_rate

    def tongues(self) -> list[Tongue]:
        """List the languages that have their data, sorted by code."""
        self._library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        return sorted(_tongues(self._library.espeak_ListVoices(None)), key=lambda tongue: tongue.code)

    def choose(self, voice: str, *, rate: int, pitch: int) -> None:
        """Take a voice such as `en-us+f3`, a rate in words a minute and a pitch of 0 to 99.

        Raises:
            ValueError: There is no such voice.
        """
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f'there is no voice "{voice}"')
        self._library.espeak_SetParameter(_RATE, rate, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)

    def say(self, text: str, write: Callable[[bytes], object]) -> int:
        """Hand the speech to `write` as it is made, in 16-bit mono PCM, and count the words spoken."""
        words = 0
        failure: list[Exception] = []

        def take(samples: int | None, count: int, events: ctypes._Pointer[_Event]) -> int:
            nonlocal words
            words += sum(kind == _WORD for kind in _kinds(events))
            try:
                if samples and count:
                    write(ctypes.string_at(samples, count * 2))
            except Exception as error:  # noqa: BLE001 - it cannot pass through C, so it is raised again below
                failure.append(error)
            return int(bool(failure))

        callback = _Callback(take)
        self._library.espeak_SetSynthCallback(callback)
        data = _CONTROL.sub(" ", text).encode(errors="replace")
        self._library.espeak_Synth(data, ctypes.c_size_t(len(data) + 1), 0, 0, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        if failure:
            raise failure[0]
        return words


@contextmanager
def synthesizer() -> Iterator[Espeak]:
    """Open the synthesizer for a while; only one may be open in a process.

    The library keeps its data path in a buffer of 160 bytes and fails on longer ones, so the data is reached by a
    link in the working folder.

    Raises:
        RuntimeError: The library has no usable data.
    """
    link = Path(_DATA)
    link.symlink_to(espeakng_loader.get_data_path())
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    try:
        sample_rate = library.espeak_Initialize(_SYNCHRONOUS, 0, b".", _DONT_EXIT)
        if sample_rate <= 0:
            raise RuntimeError("the speech synthesizer found no data")
        # Breath and flutter are drawn at random, by the clock unless told otherwise.
        library.espeak_ng_SetRandSeed(ctypes.c_long(1))
        yield Espeak(library, sample_rate)
    finally:
        library.espeak_Terminate()
        # Even so it keeps state that the next speech would be heard by; only unloading it clears that.
        _ctypes.dlclose(library._handle)  # noqa: SLF001 - there is no public way
        link.unlink()


def _kinds(events: ctypes._Pointer[_Event]) -> Iterator[int]:
    index = 0
    while events[index].kind != _END:
        yield events[index].kind
        index += 1


def _tongues(voices: ctypes._Pointer[ctypes._Pointer[_Voice]]) -> Iterator[Tongue]:
    index = 0
    while voices[index]:
        voice = voices[index].contents
        code = voice.identifier.decode().rpartition("/")[2].lower()
        if code not in _SPEECHLESS:
            yield Tongue(code, voice.name.decode().strip())
        index += 1
