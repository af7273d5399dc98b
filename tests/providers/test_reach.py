"""A check of a server of one's own names the cause and the cure, whichever server it is."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from maquette.core.action import Provider
from maquette.core.errors import ProviderError, ProviderUnavailable, RequestRejected
from maquette.core.registry import Registry
from tests.providers.lent import lent
from tests.twins.certificate import self_signed
from tests.twins.running import Name, Twin, running

SERVERS: tuple[Name, ...] = ("automatic1111", "comfyui", "swarmui")
each_server = pytest.mark.parametrize("name", SERVERS)


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Twin]]:
    """One twin of each kind."""
    folder = tmp_path_factory.mktemp("twins")
    with (
        running("automatic1111", folder / "a") as first,
        running("comfyui", folder / "b") as second,
        running("swarmui", folder / "c", token="") as third,
        running("openai", folder / "d") as other,
    ):
        yield {"automatic1111": first, "comfyui": second, "swarmui": third, "openai": other}


@contextmanager
def serving(status: int, body: bytes, folder: Path | None = None) -> Iterator[str]:
    """Run a server that answers all alike, with a certificate of its own where a folder is given."""

    class Answering(http.server.BaseHTTPRequestHandler):
        """Answer everything with one status."""

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815 - the names are the library's

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Stay silent."""

    class Quiet(http.server.ThreadingHTTPServer):
        """A server that does not mind clients that hang up."""

        @override
        def handle_error(self, request: Any, client_address: Any) -> None:
            """Stay silent."""

    with Quiet(("127.0.0.1", 0), Answering) as server:
        if folder is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self_signed(folder))
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever).start()
        yield f"{'https' if folder else 'http'}://127.0.0.1:{server.server_port}"
        server.shutdown()


async def fault(name: str, url: str, folder: Path) -> ProviderError:
    """Return what the check of an account at an address fails of."""
    provider: Provider = Registry().provider(name)
    async with lent(provider, provider.settings.model_validate({"base_url": url}), folder) as call:
        with pytest.raises(ProviderError) as caught:
            await provider.check(call)
    assert caught.value.advice.endswith(".")
    return caught.value


@each_server
async def test_a_path_too_many_is_named(name: str, twins: dict[str, Twin], tmp_path: Path) -> None:
    found = await fault(name, f"{twins[name].url}/ui/index", tmp_path)
    assert "under '/ui/index'" in found.message
    assert "Take the path '/ui/index' off" in found.advice


@each_server
async def test_a_server_that_is_something_else_is_told_so(name: str, twins: dict[str, Twin], tmp_path: Path) -> None:
    for url in [twin.url for other, twin in twins.items() if other != name]:
        found = await fault(name, url, tmp_path)
        assert isinstance(found, RequestRejected)
        assert "does not answer as" in found.message


@each_server
async def test_a_page_in_place_of_an_answer_is_told_so(name: str, tmp_path: Path) -> None:
    with serving(200, b"<html>Sign in</html>") as url:
        found = await fault(name, url, tmp_path)
    assert "does not answer as" in found.message


async def test_a_certificate_that_nobody_signed_is_named(tmp_path: Path) -> None:
    with serving(200, b"{}", tmp_path) as url:
        found = await fault("automatic1111", url, tmp_path)
    assert isinstance(found, ProviderUnavailable)
    assert "certificate" in found.message
    assert "SSL_CERT_FILE" in found.advice


async def test_https_to_a_server_without_tls_is_named(twins: dict[str, Twin], tmp_path: Path) -> None:
    found = await fault("comfyui", twins["comfyui"].url.replace("http://", "https://"), tmp_path)
    assert "speaks no TLS" in found.message
    assert "http://" in found.advice


async def test_a_proxy_that_does_not_reach_the_server_is_named(tmp_path: Path) -> None:
    with serving(502, b"<html>Bad gateway</html>") as url:
        found = await fault("swarmui", url, tmp_path)
    assert "A proxy answers" in found.message
