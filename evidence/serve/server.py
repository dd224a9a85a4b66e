"""The server: requests of this machine alone, guarded, answered one page at a time."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore
from typing import Any

from evidence.errors import EvidenceError
from evidence.serve.exchange import LIMITS, Refusal, Request, Response
from evidence.serve.guard import SAFE, check_host, check_origin, check_token, path_parts
from evidence.serve.pages import fault_page
from evidence.serve.parsing import discard, read_form
from evidence.serve.site import Site, route


class ServeError(EvidenceError):
    """The port cannot be had."""


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1, or on ::1 where there is no IPv4; never on another address."""

    daemon_threads = True
    # so that a port is free again at once; on Windows the option would share a port in use
    allow_reuse_address = os.name != "nt"
    request_queue_size = 16

    def __init__(self, site: Site, port: int, *, family: socket.AddressFamily) -> None:
        self.site = site
        self.address_family = family
        self._room = BoundedSemaphore(LIMITS.connections)
        super().__init__(("::1" if family == socket.AF_INET6 else "127.0.0.1", port), Handler)

    @property
    def port(self) -> int:
        """The port that was had."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        host = "[::1]" if self.address_family == socket.AF_INET6 else "127.0.0.1"
        return f"http://{host}:{self.port}/"

    def server_bind(self) -> None:
        """Bind without asking the network for a name of this machine."""
        self.socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, int(self.allow_reuse_address)
        )
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread; a connection beyond the limit is closed."""
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and make room."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """A browser that hangs up is nobody's fault; all else is one line."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            self.site.verbs.tell(f"{type(error).__name__}: {error}")


def serve(site: Site, port: int = 0) -> Server:
    """A server that listens; `serve_forever` answers.

    Parameters
    ----------
    site : Site
        What is served.
    port : int
        0 takes any that is free.

    Raises
    ------
    ServeError
        The port is in use, or may not be had.
    """
    try:
        try:
            return Server(site, port, family=socket.AF_INET)
        except OSError as error:
            if error.errno not in _NO_IPV4:
                raise
            return Server(site, port, family=socket.AF_INET6)
    except OSError as error:
        raise ServeError(
            f"port {port} cannot be had: {error.strerror or error}; "
            "name another with --port, or 0 for any that is free"
        ) from error


def _errno(*names: str) -> set[int]:
    import errno

    return {getattr(errno, name) for name in names if hasattr(errno, name)}


_NO_IPV4 = _errno("EADDRNOTAVAIL", "EAFNOSUPPORT")


class Handler(BaseHTTPRequestHandler):
    """One request: the guards, the route, the answer. Connections are not kept."""

    server: Server
    timeout = LIMITS.silence
    default_request_version = "HTTP/1.0"  # an answer has headers, however the question was put
    _read = False  # whether the body was

    def version_string(self) -> str:
        """Who answers; not with which Python."""
        return "evidence"

    def log_message(self, format: str, *args: object) -> None:
        """No line for each request: what is wrong is told, the rest is quiet."""

    def do_GET(self) -> None:
        """Answer with a page or a report."""
        self._answer(self._get)

    do_HEAD = do_GET  # noqa: N815  # the name that the standard library looks for

    def do_POST(self) -> None:
        """Answer a form."""
        self._answer(self._post)

    def _get(self, _: str) -> Response:
        found, free = route(self.command, path_parts(self.path))
        return found.answer(self.server.site, Request(free))

    def _post(self, host: str) -> Response:
        site = self.server.site
        found, free = route("POST", path_parts(self.path))
        check_origin(self.headers, host)
        self._read = True
        form = read_form(self.headers, self.rfile, files=found.files)
        check_token(form, site.token)
        return found.answer(site, Request(free, form))

    def _answer(self, make: Callable[[str], Response]) -> None:
        try:
            response = make(check_host(self.headers, self.server.port))
        except Refusal as refused:
            if self.command == "POST" and not self._read:
                discard(self.headers, self.rfile)
            page = fault_page(refused.status, refused.reason)
            response = page._replace(headers=refused.headers)
        except ConnectionError:
            raise  # nobody is left to read an answer
        except Exception as error:
            reason = " ".join(str(error).split())
            asked = f"{self.command} {self.path.partition('?')[0]}"
            tell = self.server.site.verbs.tell
            tell(f"{type(error).__name__}: {reason} (this is a bug; asked for: {asked})")
            response = fault_page(500)
        self._send(response)

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        sent = {
            "Content-Type": response.media,
            "Content-Length": str(len(response.body)),
            "Content-Security-Policy": response.policy,
            **SAFE,
            **response.headers,
            "Connection": "close",
        }
        for name, value in sent.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """What the standard library refuses by itself, said as one of our pages."""
        status, headers = int(code), {}
        if status == 501:  # a method that no route knows
            status, headers = 405, {"Allow": "GET, HEAD, POST"}
        self.close_connection = True
        page = fault_page(status)
        self._send(page._replace(headers=headers))
