"""One running site: its folder, the token of this run, the work in memory; and its routes."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple
from urllib.parse import quote

from evidence.serve import check_page, score_page
from evidence.serve.exchange import Refusal, Request, Response
from evidence.serve.jobs import Jobs
from evidence.serve.pages import page, report_policy
from evidence.serve.reports import report, reports_in
from evidence.serve.uploads import Checked
from evidence.serve.verbs import Verbs


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the pages share. Nothing here is written to disk."""

    folder: Path
    verbs: Verbs
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    jobs: Jobs[Checked] = field(default_factory=Jobs, repr=False)


def home(site: Site, _: Request) -> Response:
    """Where to go, and the reports of the folder.

    >>> verbs = Verbs(*[None] * len(Verbs._fields))  # a page of reports asks nothing of them
    >>> answer = home(Site(folder=Path("no-such-folder"), verbs=verbs), Request())
    >>> answer.status, b"<h1" in answer.body
    (200, True)
    """
    rows = [
        (row, quote(row.name), _size(row.size), _day(row.changed))
        for row in reports_in(site.folder)
    ]
    return page("home", title="evidence", token=site.token, here="home", rows=rows)


def _size(size: int) -> str:
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{max(1, round(size / 2**10))} kB"


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(seconds))


def stored(site: Site, request: Request) -> Response:
    """One report of the folder, read-only.

    >>> verbs = Verbs(*[None] * len(Verbs._fields))  # a page of reports asks nothing of them
    >>> stored(Site(folder=Path("no-such-folder"), verbs=verbs), Request(["a.html"]))
    Traceback (most recent call last):
        ...
    evidence.serve.exchange.Refusal: 404
    """
    found = report(site.folder, request.parts[0])
    if found is None:
        raise Refusal(404)
    content, kind = found
    return Response(content, media=kind.media, policy=report_policy())


Answer = Callable[[Site, Request], Response]


class Route(NamedTuple):
    """A method and a path, what answers it, and whether its form may hold files.

    `None` in the path stands for any one part.
    """

    method: Literal["GET", "POST"]
    path: tuple[str | None, ...]
    answer: Answer
    files: bool = False


ROUTES: tuple[Route, ...] = (
    Route("GET", (), home),
    Route("GET", ("reports", None), stored),
    Route("GET", ("score",), score_page.blank),
    Route("POST", ("score",), score_page.score),
    Route("GET", ("check",), check_page.blank),
    Route("POST", ("check",), check_page.start, files=True),
    Route("GET", ("check", None), check_page.found),
    Route("GET", ("check", None, None), check_page.report),
)


def route(method: str, parts: list[str]) -> tuple[Route, list[str]]:
    """The route of a request, and the parts of its path that are free.

    Raises
    ------
    Refusal
        404 for a path that is none; 405, with the methods there are, for another method.

    Examples
    --------
    >>> route("HEAD", ["reports", "a.html"])[1]
    ['a.html']
    """
    fitting = [row for row in ROUTES if _fits(row.path, parts)]
    if not fitting:
        raise Refusal(404)
    wanted = "GET" if method == "HEAD" else method
    for row in fitting:
        if row.method == wanted:
            free = [part for part, at in zip(parts, row.path, strict=True) if at is None]
            return row, free
    methods = {row.method for row in fitting}
    allowed = [name for name in ("GET", "HEAD", "POST") if name.replace("HEAD", "GET") in methods]
    raise Refusal(405, Allow=", ".join(allowed))


def _fits(path: tuple[str | None, ...], parts: list[str]) -> bool:
    return len(path) == len(parts) and all(
        at in (None, part) for at, part in zip(path, parts, strict=True)
    )
