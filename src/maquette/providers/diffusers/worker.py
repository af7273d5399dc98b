"""The main of the process that holds the models: a request a line, each step told, an answer, until the pipe closes."""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Mapping
from typing import Any, BinaryIO

from maquette.providers.diffusers.pipeline import Flagged, Pipelines, Stopped, Unusable

_STOP = threading.Event()


def main() -> None:
    """Serve requests; models that nobody asked for lately are let go of."""
    idle_s, keep = float(sys.argv[1]), int(sys.argv[2])
    answers = _take_output()
    waiting: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_read, args=(sys.stdin.buffer, waiting), daemon=True).start()
    pipelines = Pipelines(keep)
    while True:
        try:
            request = waiting.get(timeout=idle_s)
        except queue.Empty:
            pipelines.clear()
            continue
        _STOP.clear()
        _tell(answers, _answer(pipelines, request, answers))


def _take_output() -> BinaryIO:
    """Move the answers away from the standard output, where a library's `print` would break a line."""
    answers = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(answers, "wb")


def _read(requests: BinaryIO, waiting: queue.Queue[dict[str, Any]]) -> None:
    for line in requests:
        message = json.loads(line)
        if message.get("stop"):
            _STOP.set()
        else:
            waiting.put(message)
    os._exit(0)  # the parent has gone


def _tell(answers: BinaryIO, message: Mapping[str, Any]) -> None:
    answers.write(json.dumps(message).encode() + b"\n")
    answers.flush()


def _answer(pipelines: Pipelines, request: dict[str, Any], answers: BinaryIO) -> dict[str, Any]:
    def step(fraction: float, message: str) -> None:
        if _STOP.is_set():
            raise Stopped
        _tell(answers, {"fraction": fraction, "message": message})

    try:
        work = request.pop("work")
        return {"result": pipelines.probe(request) if work == "probe" else pipelines.generate(request, step)}
    except Stopped:
        return {"error": "stopped"}
    except Flagged:
        return {"error": "flagged"}
    except Unusable as error:
        return {"error": error.kind, "message": str(error)}
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is an answer, not the end of the process
        kind = "memory" if "OutOfMemory" in type(error).__name__ or isinstance(error, MemoryError) else "failed"
        return {"error": kind, "message": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main()
