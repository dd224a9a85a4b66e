"""Files of a form, read in memory: their findings, the score of each result, the report."""

from __future__ import annotations

import hashlib
import io
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evidence import __version__
from evidence.errors import EvidenceError, RecordError
from evidence.formatting import plural
from evidence.messages import say
from evidence.records.finding import Finding
from evidence.serve.exchange import Upload
from evidence.serve.verbs import Verbs

if TYPE_CHECKING:
    from evidence.appraisal.assess import Assessment
    from evidence.ingest.reading import ClaimReading, Reading
    from evidence.records.claim import Claim
    from evidence.records.study import Study
    from evidence.report.document import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What became of the files of one form.

    `document` is None without a claim, and where `no_report` says why there can be none.
    """

    names: tuple[str, ...]
    counts: tuple[str, ...]  # a line for each file
    findings: tuple[Finding, ...]
    results: tuple[Assessment, ...]
    document: Document | None = None
    no_report: str = ""


def check(
    studies: Sequence[Upload],
    claims: Sequence[Upload],
    claim: str,
    verbs: Verbs,
    tell: Callable[[str], None],
) -> Checked:
    r"""Read the files, check their figures, score each result and hold the claims against them.

    Parameters
    ----------
    studies, claims : sequences of Upload
        Files of studies; files of claims.
    claim : str
        One claim as it is made, or nothing.
    verbs : Verbs
        What the commands lend.
    tell : callable
        Hears what is being done.

    Raises
    ------
    RecordError
        Claims both as a file and typed.

    Examples
    --------
    >>> verbs = Verbs(flags={}, score=None, score_options={}, report_options={},
    ...     findings_of=lambda report, told: [], code_hash=str, tell=print)
    >>> file = Upload("studies", "a.csv", b"study,outcome,n_t\nKim 2019,TEWL,20\nLi 2020,TEWL,4O\n")
    >>> done = check([file], [], "", verbs, tell=str)
    >>> done.counts, [item.code for item in done.findings if item.severity == "error"]
    (('a.csv: 2 rows read, 1 used, 1 set aside',), ['EV214'])
    """
    if claims and claim:
        raise RecordError("give the claims: either a file or one claim typed, not both")
    from evidence.appraisal.assess import assess_studies
    from evidence.ingest.read import read, read_claims

    findings: list[Finding] = []
    counts: list[str] = []
    readings: list[Reading] = []
    seen: set[str] = set()
    for upload in studies:
        tell(say("reading {file}", file=upload.name))
        try:
            reading = read(_stream(upload))
            _once(reading, seen)
        except RecordError as error:
            findings += _refused(error, upload.name)
            counts.append(say("{file}: cannot be used", file=upload.name))
            continue
        findings += _checked(reading, verbs)
        counts.append(_counts(upload.name, reading))
        readings.append(reading)
    listed: list[Claim] = []
    no_report = ""
    for upload in claims:
        try:
            said = read_claims(_stream(upload))
        except RecordError as error:
            findings += _refused(error, upload.name)
            counts.append(say("{file}: cannot be used", file=upload.name))
            no_report = "The file of claims cannot be used; the findings say why."
            continue
        findings += said.findings
        counts.append(_counts(upload.name, said))
        listed += said.claims
    if claim:
        from evidence.ingest.claim_text import claim_from_text

        listed = [claim_from_text(claim)]
    found = [study for reading in readings for study in reading.studies]
    tell(say("scoring {results}", results=plural(sum(len(s.outcomes) for s in found), "result")))
    results, impossible = assess_studies(found, **verbs.score_options)
    document = None
    if listed and not found:
        no_report = "No study can be used, so there is nothing to hold the claim against."
    elif listed and not no_report:
        told = [item for reading in readings for item in reading.findings]
        try:
            document = _compose(listed, found, told, studies, claims, claim, verbs, tell)
        except EvidenceError as error:
            no_report = str(error)
    return Checked(
        names=tuple(upload.name for upload in (*studies, *claims)),
        counts=tuple(counts),
        findings=(*findings, *impossible),
        results=results,
        document=document,
        no_report=no_report,
    )


class _Named(io.BytesIO):
    """Bytes with the name they came under, which is shown and never opened."""

    name = ""


def _stream(upload: Upload) -> _Named:
    stream = _Named(upload.content)
    stream.name = upload.name
    return stream


def _once(reading: Reading, seen: set[str]) -> None:
    for study in reading.studies:
        if study.id in seen:
            raise RecordError(
                f"study {study.id!r} is in more than one file; a study is counted once",
                source=reading.source,
            )
    seen.update(study.id for study in reading.studies)


def _checked(reading: Reading, verbs: Verbs) -> list[Finding]:
    """What reading found, then printed figures that do not go together."""
    from evidence.integrity.checks_of_studies import check_studies

    figures = verbs.findings_of(check_studies(reading.studies), reading.findings)
    return [*reading.findings, *figures]


_CODED = re.compile(r"(?:^|: )(EV\d{3}) (.*)$", re.DOTALL)


def _refused(error: RecordError, name: str) -> list[Finding]:
    """A file that cannot be used, as findings: those of its rows, or the one reason."""
    found: Sequence[Finding] = getattr(error, "findings", ())
    if found:
        return list(found)
    coded = _CODED.search(str(error))
    code, message = coded.groups() if coded else ("EV101", str(error))
    return [Finding(code=code, severity="error", message=message, file=name, line=error.row)]


def _counts(name: str, reading: Reading | ClaimReading) -> str:
    return say(
        "{file}: {rows} read, {used} used, {aside} set aside",
        file=name,
        rows=plural(reading.read, "row"),
        used=reading.used,
        aside=reading.set_aside,
    )


def _compose(
    listed: Sequence[Claim],
    found: Sequence[Study],
    told: Sequence[Finding],
    studies: Sequence[Upload],
    claims: Sequence[Upload],
    claim: str,
    verbs: Verbs,
    tell: Callable[[str], None],
) -> Document:
    """The document that `evidence report` writes of these files."""
    from evidence.report.compose import Origin, compose_report
    from evidence.verdict.audit import audit

    done = audit(
        listed,
        found,
        findings=told,
        title=_title(listed, claim),
        progress=tell,
        **verbs.report_options,
    )
    tell("composing the report")
    origin = Origin(
        command=_command(studies, claims, claim, verbs),
        version=__version__,
        code_hash=verbs.code_hash(),
        inputs=tuple(
            (upload.name, hashlib.sha256(upload.content).hexdigest())
            for upload in (*studies, *claims)
        ),
    )
    return compose_report(done, origin=origin).document


def _title(listed: Sequence[Claim], claim: str) -> str:
    if claim or len(listed) == 1:
        return claim or listed[0].text
    return say("Audit of {n} claims", n=len(listed))


def _command(studies: Sequence[Upload], claims: Sequence[Upload], claim: str, verbs: Verbs) -> str:
    words = ["evidence", "report", *(upload.name for upload in studies)]
    for upload in claims:
        words += ["--claims", upload.name]
    if claim:
        words += ["--claim", claim]
    for name, value in verbs.report_options.items():
        words += [f"--{name.replace('_', '-')}", str(value)]
    return shlex.join([*words, "-o", "report.html"])
