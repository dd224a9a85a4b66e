"""A server in a thread and plain requests to it: what the tests of the local page share."""

from __future__ import annotations

import http.client
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from evidence.cli import settings
from evidence.cli.serve import verbs
from evidence.serve.server import Server, serve
from evidence.serve.site import Site

SECURE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def element(self, name: str) -> str:
        """The text of the element with this id, tags taken out."""
        found = re.search(rf'<(\w+)[^>]*id="{name}"[^>]*>(.*?)</\1>', self.text, re.DOTALL)
        assert found, f"no element {name}"
        return unescape(re.sub(r"<[^>]+>", "", found[2]))


class Client(NamedTuple):
    server: Server
    told: list[str]

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server.port}"

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    @property
    def token(self) -> str:
        return self.server.site.token

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request exactly as given; a header of None is left out."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            given: dict[str, Any] = {"Host": self.host}
            if body is not None:
                given["Content-Length"] = str(len(body))
            for name, value in {**given, **(headers or {})}.items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            got = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, got, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, None, headers)

    def post(
        self,
        path: str,
        fields: Sequence[tuple[str, str]],
        *,
        token: str | None = None,
        headers: Mapping[str, Any] | None = None,
    ) -> Answer:
        """A form as our own page sends it; `headers` may spoil it."""
        pairs = [("token", self.token if token is None else token), *fields]
        sent = {
            "Origin": self.origin,
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return self.ask("POST", path, urlencode(pairs).encode(), {**sent, **(headers or {})})

    def upload(
        self,
        files: Sequence[tuple[str, str, bytes]],
        fields: Sequence[tuple[str, str]] = (),
        *,
        token: str | None = None,
    ) -> Answer:
        """Files as a browser sends them: (field, file name, content)."""
        body = multipart(files, [("token", self.token if token is None else token), *fields])
        return self.ask(
            "POST",
            "/check",
            body,
            {
                "Origin": self.origin,
                "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            },
        )

    def checked(
        self, files: Sequence[tuple[str, str, bytes]], fields: Sequence[tuple[str, str]] = ()
    ) -> Answer:
        """The page of what was found in the files."""
        sent = self.upload(files, fields)
        assert sent.status == 303, sent.text
        place = sent.headers["location"]
        job = self.server.site.jobs.wait(place.removeprefix("/check/"), 120)  # a busy machine
        assert job is not None
        assert job.done.is_set()
        return self.get(place)


BOUNDARY = "----evidenceTestBoundary7MA4YWxk"


def multipart(
    files: Sequence[tuple[str, str, bytes]], fields: Sequence[tuple[str, str]] = ()
) -> bytes:
    parts = []
    for name, value in fields:
        parts.append(f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode())
    for name, file, content in files:
        head = (
            f'Content-Disposition: form-data; name="{name}"; filename="{file}"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        )
        parts.append(head.encode() + content)
    marker = f"--{BOUNDARY}".encode()
    return b"".join(marker + b"\r\n" + part + b"\r\n" for part in parts) + marker + b"--\r\n"


@contextmanager
def serving(folder: Path, found: settings.Settings | None = None) -> Iterator[Client]:
    """A server on a free port; what it tells standard error is in `told`.

    Settings are those `found`, or none: neither a file of this machine nor its environment counts.
    """
    told: list[str] = []
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("EVIDENCE_")}
    settings.use(found or settings.Settings())
    server = serve(Site(folder=folder.resolve(), verbs=verbs()._replace(tell=told.append)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Client(server, told)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        settings.use(settings.Settings())
        os.environ.update(kept)


@contextmanager
def calmly(folder: Path) -> Iterator[Client]:
    """The same, where nothing may be complained of."""
    with serving(folder) as client:
        yield client
        assert client.told == [], "the server complained"
