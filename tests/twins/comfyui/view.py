"""Answer questions about the server, its nodes and its jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from aiohttp import web

from tests.twins.comfyui.kind import KINDS
from tests.twins.comfyui.node import CHECKPOINTS, DIFFUSION, ENCODERS, LORAS, SCALED, VAES
from tests.twins.comfyui.queue import STATUSES, Job, Queue
from tests.twins.comfyui.socket import FEATURES
from tests.twins.comfyui.version import Version
from tests.twins.wire import Answer, Json, Refused, json_answer

MODELS: Final[dict[str, list[str]]] = {
    "checkpoints": CHECKPOINTS,
    "loras": LORAS,
    "vae": VAES,
    "embeddings": [],
    "diffusion_models": DIFFUSION,
    "text_encoders": ENCODERS,
    "upscale_models": SCALED,
}
MEMORY: Final = 16 * 1024**3
Route = tuple[str, Callable[[web.Request], Answer]]


class Views:
    """Read the queue and the catalogue; nothing here changes anything."""

    def __init__(self, queue: Queue, version: Version) -> None:
        self._queue = queue
        self._version = version

    def routes(self) -> Iterator[Route]:
        """Yield the routes that every generation has."""
        yield "/prompt", lambda _: json_answer({"exec_info": {"queue_remaining": self._queue.remaining}})
        yield "/queue", self._queued
        yield "/history", self._histories
        yield "/history/{id}", self._history
        yield "/system_stats", self._stats
        yield "/features", lambda _: json_answer(FEATURES)
        yield "/object_info", lambda _: json_answer({name: node.shown(name) for name, node in KINDS.items()})
        yield "/object_info/{name}", _described
        yield "/models", lambda _: json_answer(list(MODELS))
        yield "/models/{folder}", _models
        yield "/embeddings", lambda _: json_answer([])

    def job_routes(self) -> Iterator[Route]:
        """Yield the routes of jobs."""
        yield "/api/jobs", self._jobs
        yield "/api/jobs/{id}", self._job

    def _queued(self, _: web.Request) -> Answer:
        return json_answer(
            {
                "queue_running": [job.queued() for job in self._queue.running],
                "queue_pending": [job.queued() for job in self._queue.pending],
            }
        )

    def _histories(self, request: web.Request) -> Answer:
        most = int(request.query.get("max_items", len(self._queue.history)))
        kept = list(self._queue.history.items())[-most:] if most else []
        return json_answer({name: job.kept() for name, job in kept})

    def _history(self, request: web.Request) -> Answer:
        job = self._queue.history.get(request.match_info["id"])
        return json_answer({job.id: job.kept()} if job else {})

    def _job(self, request: web.Request) -> Answer:
        job = self._queue.find(request.match_info["id"])
        return json_answer(job.full()) if job else json_answer({"error": "Job not found"}, 404)

    def _jobs(self, request: web.Request) -> Answer:
        query = request.query
        wanted = [word for word in query.get("status", "").split(",") if word]
        unknown = [word for word in wanted if word not in STATUSES]
        if unknown:
            error = f"Invalid status value(s): {', '.join(unknown)}. Valid values: {', '.join(STATUSES)}"
            raise Refused(json_answer({"error": error}, 400))
        found = [job.brief() for job in self._sorted(query.get("sort_by"), query.get("sort_order"))]
        found = [job for job in found if not wanted or job["status"] in wanted]
        if "workflow_id" in query:
            found = [job for job in found if job.get("workflow_id") == query["workflow_id"]]
        offset = int(query.get("offset", 0))
        limit = int(query["limit"]) if "limit" in query else None
        end = len(found) if limit is None else offset + limit
        pages = {"offset": offset, "limit": limit, "total": len(found), "has_more": end < len(found)}
        return json_answer({"jobs": found[offset:end], "pagination": pages})

    def _sorted(self, by: str | None, order: str | None) -> list[Job]:
        def key(job: Job) -> float:
            return job.ended - job.started if by == "execution_duration" else job.created

        return sorted(self._queue.every(), key=key, reverse=order != "asc")

    def _stats(self, _: web.Request) -> Answer:
        system: Json = {
            "os": "linux",
            "ram_total": MEMORY,
            "ram_free": MEMORY // 2,
            "comfyui_version": self._version.number,
            "required_frontend_version": "1.49.6",
            "installed_templates_version": "0.11.44",
            "required_templates_version": "0.11.44",
            "comfy_package_versions": [],
            "deploy_environment": "local-git",
            "python_version": "3.11.7",
            "pytorch_version": "2.13.0+cpu",
            "embedded_python": False,
            "argv": ["main.py", "--cpu"],
        }
        memory = {"vram_total": MEMORY, "vram_free": MEMORY // 2}
        torch = {f"torch_{key}": value for key, value in memory.items()}
        device = {"name": "cpu", "type": "cpu", "index": None, **memory, **torch}
        return json_answer({"system": system, "devices": [device]})


def _described(request: web.Request) -> Answer:
    name = request.match_info["name"]
    return json_answer({name: KINDS[name].shown(name)} if name in KINDS else {})


def _models(request: web.Request) -> Answer:
    folder = request.match_info["folder"]
    return json_answer(MODELS[folder]) if folder in MODELS else Answer(status=404)
