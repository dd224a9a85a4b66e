"""Bring a file: the form, the page of what was found, and the report in every format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from evidence.appraisal.component_table import COMPONENTS
from evidence.errors import EvidenceError
from evidence.messages import listed, say
from evidence.records.finding import Severity
from evidence.report.document import BadgeKind, plain_text
from evidence.report.save import RENDERERS
from evidence.report.wording import score_words
from evidence.report.words import SIGNS
from evidence.serve.exchange import Refusal, Request, Response, see_other
from evidence.serve.pages import page, report_policy
from evidence.serve.reports import KINDS
from evidence.serve.uploads import Checked, check
from evidence.serve.words import WORDS

if TYPE_CHECKING:
    from evidence.appraisal.assess import Assessment
    from evidence.serve.jobs import Job
    from evidence.serve.site import Site

PATIENCE = 4.0
"""Seconds that the answer to the form waits for the work; most files need less."""


SHOWN = 1_000
"""Rows of a table that a page shows."""


class Row(NamedTuple):
    """One result and its score, in words."""

    study: str
    outcome: str
    reliability: str
    costliest: str


def blank(site: Site, _: Request) -> Response:
    """The empty form.

    >>> from pathlib import Path
    >>> from evidence.serve.site import Site, Verbs
    >>> site = Site(folder=Path(), verbs=Verbs(*[None] * len(Verbs._fields)))
    >>> b'type="file"' in blank(site, Request()).body
    True
    """
    return _form(site)


def start(site: Site, request: Request) -> Response:
    """Begin with the files, and send the browser to the page of what comes of them.

    >>> from pathlib import Path
    >>> from evidence.serve.exchange import Form
    >>> from evidence.serve.site import Site, Verbs
    >>> site = Site(folder=Path(), verbs=Verbs(*[None] * len(Verbs._fields)))
    >>> answer = start(site, Request(form=Form([("claim", "it works")])))
    >>> b"name at least one study file" in answer.body
    True
    """
    form = request.form
    claim = form.first("claim").strip()
    studies = [upload for upload in form.files if upload.field == "studies"]
    claims = [upload for upload in form.files if upload.field == "claims"]
    if not studies:
        return _form(site, claim=claim, field="studies", problem="name at least one study file")
    if claims and claim:
        problem = "give the claims: either a file or one claim typed, not both"
        return _form(site, claim=claim, field="claim", problem=problem)
    key = site.jobs.start(lambda tell: check(studies, claims, claim, site.verbs, tell))
    if key is None:
        raise Refusal(503)
    site.jobs.wait(key, PATIENCE)
    return see_other(f"/check/{key}")


def _form(site: Site, *, claim: str = "", field: str = "", problem: str = "") -> Response:
    return page(
        "check",
        title=WORDS["check"],
        token=site.token,
        here="check",
        status=422 if problem else 200,
        claim=claim,
        problems={field: problem} if problem else {},
    )


def found(site: Site, request: Request) -> Response:
    """What was found; a page that says it is working until then.

    >>> from pathlib import Path
    >>> from evidence.serve.site import Site, Verbs
    >>> site = Site(folder=Path(), verbs=Verbs(*[None] * len(Verbs._fields)))
    >>> found(site, Request(["somebody else's"]))
    Traceback (most recent call last):
        ...
    evidence.serve.exchange.Refusal: 404 These files are no longer in memory; bring them again.
    """
    job = _job(site, request.parts[0])
    if not job.done.is_set():
        said = job.said
        return page("working", title=WORDS["working"], token=site.token, here="check",
                    refresh=2, said=said)  # fmt: skip
    if job.broken is not None:
        raise job.broken
    if job.result is None:
        return page("stopped", title=WORDS["stopped"], token=site.token, here="check",
                    status=422, reason=job.refused)  # fmt: skip
    return page(
        "found",
        title=say("Found in {files}", files=listed(job.result.names, ", ")),
        token=site.token,
        here="check",
        found=job.result,
        verdict="" if job.result.document is None else plain_text(job.result.document.verdict),
        findings=job.result.findings[:SHOWN],
        rows=[_row(done) for done in job.result.results[:SHOWN]],
        more=_more(len(job.result.findings)),
        more_rows=_more(len(job.result.results)),
        report=f"/check/{request.parts[0]}/report",
        kinds=_BADGES,
        signs=SIGNS,
        formats={suffix: KINDS[suffix].name for suffix in RENDERERS if suffix != ".html"},
    )


def _more(n: int) -> str:
    if n <= SHOWN:
        return ""
    return say("{n} more are not shown here; the command line lists all.", n=f"{n - SHOWN:,}")


_BADGES: Mapping[Severity, BadgeKind] = {
    "error": "negative",
    "warning": "caution",
    "note": "neutral",
}


def _job(site: Site, key: str) -> Job[Checked]:
    job = site.jobs.get(key)
    if job is None:
        raise Refusal(404, "These files are no longer in memory; bring them again.")
    return job


def _row(done: Assessment) -> Row:
    lost = done.reliability.lost
    return Row(
        study=done.study.id,
        outcome=done.outcome.name or str(done.outcome.domain or ""),
        reliability=score_words(done.reliability),
        costliest=COMPONENTS[lost[0].name].title if lost else done.reliability.reason,
    )


def report(site: Site, request: Request) -> Response:
    """The report of files that were brought, in the format its name asks for.

    >>> from pathlib import Path
    >>> from evidence.serve.site import Site, Verbs
    >>> site = Site(folder=Path(), verbs=Verbs(*[None] * len(Verbs._fields)))
    >>> report(site, Request(["somebody else's", "report.pdf"]))
    Traceback (most recent call last):
        ...
    evidence.serve.exchange.Refusal: 404 These files are no longer in memory; bring them again.
    """
    key, name = request.parts
    stem, dot, suffix = name.rpartition(".")
    kind = KINDS.get(dot + suffix)
    job = _job(site, key)
    if stem != "report" or kind is None or job.result is None or job.result.document is None:
        raise Refusal(404)
    try:
        made = RENDERERS[dot + suffix](job.result.document)
    except EvidenceError as error:  # a package or a font that is missing
        return page("stopped", title=WORDS["stopped"], token=site.token, here="check",
                    status=422, reason=str(error))  # fmt: skip
    body = made if isinstance(made, bytes) else made.encode()
    return Response(body, media=kind.media, policy=report_policy())
