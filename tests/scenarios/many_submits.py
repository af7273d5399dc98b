"""`python -m tests.scenarios.many_submits URL KEY COUNT SPEC`: submit so many jobs at once and print what came back."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any


def one(url: str, key: str, body: Any, line: Barrier) -> dict[str, Any]:
    """Submit one job when all others are ready."""
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    request = urllib.request.Request(f"{url}/api/v1/jobs", json.dumps(body).encode(), headers, method="POST")
    line.wait(30)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return {"status": answer.status, "body": json.loads(answer.read())}
    except urllib.error.HTTPError as error:
        with error:
            return {"status": error.code, "body": json.loads(error.read()), "after": error.headers["Retry-After"]}


def main(url: str, key: str, count: int, spec: str) -> None:
    """Print one JSON list of all answers."""
    line = Barrier(count)
    with ThreadPoolExecutor(count) as pool:
        sent = [pool.submit(one, url, key, json.loads(spec), line) for _ in range(count)]
        print(json.dumps([each.result() for each in sent]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
