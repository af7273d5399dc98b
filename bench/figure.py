"""Figures, the bars beside them, and the table of both."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; `bar` is the most that it may be, None where nothing is promised."""

    name: str
    value: float
    unit: str
    bar: float | None = None
    note: str = ""

    @property
    def kept(self) -> bool:
        """Whether the figure is within its bar."""
        return self.bar is None or self.value <= self.bar


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def spread(values: Sequence[float], digits: int = 1) -> str:
    """Return how values are spread, for a note."""
    marks = [("min", min(values)), ("p50", statistics.median(values)), ("p90", quantile(values, 0.9))]
    marks += [("p99", quantile(values, 0.99)), ("max", max(values))]
    return f"n={len(values)} " + " ".join(f"{name} {value:.{digits}f}" for name, value in marks)


def table(figures: Sequence[Figure]) -> str:
    """Return figures as lines, each with its bar."""
    head = ("figure", "value", "bar", "", "note")
    rows = [head, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]) for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def _cells(figure: Figure) -> tuple[str, ...]:
    bar = "" if figure.bar is None else f"<= {figure.bar:g} {figure.unit}"
    verdict = "" if figure.bar is None else "kept" if figure.kept else "MISSED"
    return figure.name, f"{figure.value:.4g} {figure.unit}", bar, verdict, figure.note


def load() -> str:
    """Return how busy this machine is, without which no figure can be judged."""
    return f"{os.cpu_count()} processors, load average " + " ".join(f"{value:.2f}" for value in os.getloadavg())
