"""The way to a server: the one named, the one that runs on the home folder, or one started for this command."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from maquette.cli.share import Share
    from maquette.client import Client


class Reach:
    """Where this command line goes; opens a client when one is asked for, and ends what it started."""

    def __init__(self, home: Path | None = None, url: str | None = None, key: str | None = None) -> None:
        self._home, self._url, self._key = home, url, key
        self._client: Client | None = None
        self._share: Share | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            self._client.close()
        if self._share is not None:
            self._share.leave()

    @property
    def home(self) -> Path:
        """The home folder."""
        from maquette.client.place import home_folder  # noqa: PLC0415 - the client loads when it is used

        return home_folder(self._home)

    @property
    def named(self) -> bool:
        """Whether the caller names a server, which is then used and never started."""
        return bool(self._url or (self._home is None and os.environ.get("MAQUETTE_URL")))

    @property
    def temporary(self) -> bool:
        """Whether the server was started for this command, or for others at the same time, and ends with them."""
        return self._share is not None and self._share.joined

    @property
    def url(self) -> str | None:
        """The address given on the command line."""
        return self._url

    @property
    def key(self) -> str | None:
        """The key given on the command line."""
        return self._key

    def running(self) -> Client:
        """Return a client of a server that runs already; raises `ServerUnreachable` if none does."""
        if self._client is None:
            from maquette.client import Client  # noqa: PLC0415 - loads the HTTP client

            if not self.named:
                self._shared().join()
            client = Client(self._url, self._key, home=None if self._url else self._home)
            try:
                client.health()
            except BaseException:
                client.close()
                raise
            self._client = client
        return self._client

    def client(self) -> Client:
        """Return a client of the running server, or of one started for this command."""
        from maquette.client import ServerUnreachable  # noqa: PLC0415 - as above

        try:
            return self.running()
        except ServerUnreachable:
            if self.named:
                raise
        self._shared().start()
        return self.running()

    def _shared(self) -> Share:
        from maquette.cli.share import Share  # noqa: PLC0415 - loads the HTTP client

        if self._share is None:
            self._share = Share(self.home)
        return self._share
