"""A live bar on stderr, moved by the job's events."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from typing_extensions import override

from maquette.client import Event


class Silent:
    """Shows nothing, for programs and pipes."""

    def show(self, event: Event) -> None:
        """Take an event."""

    def pause(self) -> None:
        """Make room for a question."""


class Bar(Silent):
    """A bar with the job's own words and figures; it pulses where the provider does not say how far it is."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - for terminals only
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("waiting for the server", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    @override
    def show(self, event: Event) -> None:
        words = str(event.data.get("message") or event.data.get("phase") or event.type.replace(".", " "))
        fraction = event.data.get("fraction")
        if isinstance(fraction, int | float):
            self._progress.update(self._task, description=words[:60], total=1.0, completed=fraction)
        else:
            self._progress.update(self._task, description=words[:60])

    @override
    def pause(self) -> None:
        self._progress.stop()
