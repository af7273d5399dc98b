"""The main of a child process: read a request, call the named function within limits, answer, until the pipe closes.

It is started as a file with the isolated interpreter and imports the standard library only, so that a child is ready in
some 40 ms; what a function needs is imported by its first call. Requests and answers are frames of JSON, each with its
length in four bytes before it. Nothing here needs the network, and sockets are refused.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import math
import os
import resource
import signal
import struct
import sys
import traceback
from typing import Any, BinaryIO

_PR_SET_PDEATHSIG = 1
_OPEN_FILES = 256
_PROVIDERS = "maquette.providers."


def main() -> None:
    """Serve calls until the parent closes the pipe or dies."""
    settings = json.loads(sys.argv[1])
    requests, answers = _take_pipes()
    _die_with(settings["parent"])
    _limit(settings["memory"], settings["file"])
    sys.path[:] = settings["path"]
    sys.addaudithook(_refuse_network)
    while (request := _receive(requests)) is not None:
        _send(answers, _answer(request))


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Move the pipes away from the standard streams, where a stray `print` of a library would break a frame."""
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return os.fdopen(requests, "rb"), os.fdopen(answers, "wb")


def _die_with(parent: int) -> None:
    """Have the kernel end this process when its parent ends, however that ends."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - only here, and only where there is such a call

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the parent has gone")


def _limit(memory: int, file: int) -> None:
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file, file))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))


def _refuse_network(event: str, _: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"):
        raise PermissionError("a child process has no network")


def _receive(pipe: BinaryIO) -> dict[str, Any] | None:
    head = pipe.read(4)
    if len(head) < 4:
        return None
    (size,) = struct.unpack(">I", head)
    request: dict[str, Any] = json.loads(pipe.read(size))
    return request


def _send(pipe: BinaryIO, answer: bytes) -> None:
    pipe.write(struct.pack(">I", len(answer)) + answer)
    pipe.flush()


def _answer(request: dict[str, Any]) -> bytes:
    try:
        return json.dumps({"result": _call(request)}, allow_nan=False).encode()
    except Exception as error:  # noqa: BLE001 - whatever goes wrong in a call is its answer, not the end of the child
        told = {"error": type(error).__name__, "message": str(error)[:2000], "trace": traceback.format_exc()[-8000:]}
        return json.dumps(told).encode()
    finally:
        os.chdir("/")


def _call(request: dict[str, Any]) -> dict[str, Any]:
    folder = request["folder"]
    os.chdir(folder)
    os.environ["HOME"] = os.environ["TMPDIR"] = folder
    _limit_time(request["seconds"])
    module, _, name = request["function"].partition(":")
    _skip_provider(module.rpartition(".")[0])
    result = getattr(importlib.import_module(module), name)(**request["arguments"])
    if not isinstance(result, dict):
        raise TypeError(f"{request['function']!r} returned no dict")
    return result


def _skip_provider(package: str) -> None:
    """Let the modules of a built-in provider be imported without its `__init__`.

    That is the provider, with its forms and all that they need: it takes longer to load than most calls to run.
    """
    if package.startswith(_PROVIDERS) and package not in sys.modules and (spec := importlib.util.find_spec(package)):
        sys.modules[package] = importlib.util.module_from_spec(spec)


def _limit_time(seconds: float) -> None:
    """Bound the processor time of this call: its wall time on every core, counted from what is used already."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = used.ru_utime + used.ru_stime + seconds * (os.cpu_count() or 1) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(most), resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
