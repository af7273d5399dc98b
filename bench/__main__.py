"""`python -m bench`: list the benchmarks. `python -m bench NAME [options]`: run one; 1 where a bar is missed."""

from __future__ import annotations

import argparse
import dataclasses
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from bench.figure import Figure, load, table

NAMES = (
    "cancel", "choice", "dashboard", "events", "gallery", "image", "install", "latency", "polling", "routing", "start",
    "storm", "studio", "waiting",
)  # fmt: skip
"""Each is a module here with `options(parser)` and `run(given) -> Sequence[Figure]`."""


def module_of(name: str) -> ModuleType:
    """Return the benchmark of a name."""
    return importlib.import_module(f"bench.{name}")


def listing() -> str:
    """Return every benchmark with the first sentence that it says of itself."""
    said = {name: (module_of(name).__doc__ or "").strip().splitlines()[0] for name in NAMES}
    return "\n".join(f"  {name:9} {words}" for name, words in said.items())


def keep(path: Path, name: str, figures: Sequence[Figure]) -> None:
    """Write the figures as JSON, each with its bar."""
    rows = [dataclasses.asdict(figure) | {"kept": figure.kept} for figure in figures]
    path.write_text(json.dumps({"benchmark": name, "machine": load(), "figures": rows}, indent=1) + "\n")


def main(arguments: Sequence[str]) -> int:
    """List, or run one benchmark."""
    if not arguments or arguments[0] not in NAMES:
        print(f"usage: ./run bench NAME [options]   (--help after a name shows its options)\n\n{listing()}")
        return 2 if arguments and arguments[0] not in ("-h", "--help") else 0
    name, module = arguments[0], module_of(arguments[0])
    parser = argparse.ArgumentParser(prog=f"./run bench {name}", description=module.__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    module.options(parser)
    given = parser.parse_args(arguments[1:])
    print(f"{name}: {load()}", flush=True)
    figures: Sequence[Figure] = module.run(given)
    print(f"\n{table(figures)}\n\n{load()} at the end")
    if given.json:
        keep(given.json, name, figures)
    return 0 if all(figure.kept for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
