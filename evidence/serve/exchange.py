"""What comes in and what goes out: requests, responses, refusals; and the limits of a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Limits(NamedTuple):
    """How much a request may hold; one person at one keyboard needs no more."""

    upload: int = 20 * 2**20  # bytes of a form with files
    form: int = 64 * 2**10  # bytes of a form without
    fields: int = 100
    field: int = 4_000  # characters
    files: int = 10
    head: int = 4_096  # bytes of the head of one part
    name: int = 120  # characters of a file name that are shown
    address: int = 2_000  # characters
    seconds: float = 60.0  # for the whole body
    silence: float = 15.0  # seconds without a byte
    connections: int = 32


LIMITS = Limits()


class Refusal(Exception):  # noqa: N818  # it is an answer: a page with this status
    """The request is not answered as asked; `status` is HTTP's, `reason` one more sentence."""

    def __init__(self, status: int, reason: str = "", **headers: str) -> None:
        self.status, self.reason = status, reason
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        super().__init__(f"{status} {reason}".strip())


class Upload(NamedTuple):
    """One file of a form; its name is shown and never used as a path."""

    field: str
    name: str
    content: bytes


class Form(NamedTuple):
    """The fields of a form in the order sent, and its files."""

    fields: Sequence[tuple[str, str]] = ()
    files: Sequence[Upload] = ()

    def first(self, name: str) -> str:
        """The first value of a field, or nothing.

        >>> Form([("claim", "a"), ("claim", "b")]).first("claim")
        'a'
        """
        return next((value for field, value in self.fields if field == name), "")

    def all(self, name: str) -> list[str]:
        """Every value of a field, in order."""
        return [value for field, value in self.fields if field == name]


class Request(NamedTuple):
    """A request that passed every guard: the free parts of its path, and its form."""

    parts: Sequence[str] = ()
    form: Form = Form()


class Response(NamedTuple):
    """A whole answer. `policy` is the content security policy of this body."""

    body: bytes
    media: str = "text/html; charset=utf-8"
    status: int = 200
    policy: str = "default-src 'none'"
    headers: Mapping[str, str] = {}


def see_other(address: str) -> Response:
    """Send the browser on to a page of ours, so that a reload does not send a form twice.

    >>> answer = see_other("/check/abc")
    >>> answer.status, answer.headers
    (303, {'Location': '/check/abc'})
    """
    return Response(b"", status=303, headers={"Location": address})
