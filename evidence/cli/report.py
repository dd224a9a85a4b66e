"""`evidence report`: claims held against studies, as one file anybody can open."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from evidence.appraisal.bias_sets import BiasSet
from evidence.appraisal.reliability import AScale
from evidence.cli.options import FailOn, JsonOption, LangOption, QuietOption, exit_status
from evidence.cli.output import OutputError, emit
from evidence.cli.output import say as remark
from evidence.cli.terminal import waiting
from evidence.errors import RecordError
from evidence.formatting import plural
from evidence.messages import Language, listed, say, speaking
from evidence.verdict.market_names import Market

if TYPE_CHECKING:
    from evidence.ingest.reading import ClaimReading, Reading
    from evidence.records.claim import Claim
    from evidence.records.finding import Finding
    from evidence.records.published import Published
    from evidence.records.study import Study
    from evidence.report.compose import Origin
    from evidence.verdict.audit import Audit


def report(
    files: Annotated[
        tuple[str, ...], Parameter(help="Study files, and published tables to show as context.")
    ],
    /,
    *,
    claims: Annotated[Path | None, Parameter(help="File of claims.")] = None,
    claim: Annotated[str | None, Parameter(help="One claim, as it is made.")] = None,
    output: Annotated[
        Path,
        Parameter(name=("--output", "-o"), help="What to write: .html, .pdf, .docx, .md or .json."),
    ],
    title: Annotated[str, Parameter(show_default=False, help="Title of the report.")] = "",
    bias_set: Annotated[BiasSet, Parameter(help="Sizes of bias to use.")] = "robes2018",
    a_scale: Annotated[AScale, Parameter(help="Size of true effects to expect.")] = "cosmetic",
    standard: Annotated[
        tuple[Market, ...],
        Parameter(show_default=False, help="Markets whose rules every claim is held against."),
    ] = (),
    lang: LangOption = "en",
    date: Annotated[
        str, Parameter(show_default=False, help="Date to print, ISO; no clock is read.")
    ] = "",
    fail_on: Annotated[
        FailOn, Parameter(help="Exit with 1 when a finding is at least this severe.")
    ] = "never",
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Hold claims against studies and write the report.

    Every claim is matched to the results that bear on it, assessed, pooled where two effects
    are commensurable, and judged. The same input gives the same bytes.
    """
    if (claims is None) == (claim is None):
        raise RecordError("give the claims: either --claims FILE or --claim TEXT")
    from evidence import __version__
    from evidence.cli.doctor import code_hash
    from evidence.report.compose import Origin
    from evidence.report.save import check_format

    check_format(output)
    if not files:
        raise RecordError("name at least one study file")

    def tell(text: str) -> None:
        remark(text, quiet=quiet)

    with speaking(lang), waiting("judging", quiet=quiet):
        read = _read(files, claims, claim, tell)
        done = _audited(
            read,
            tell,
            title=title or _title(read.claims),
            bias_set=bias_set,
            a_scale=a_scale,
            markets=standard,
        )
        inputs = [Path(name) for name in files] + ([claims] if claims is not None else [])
        origin = Origin(
            command=_command(
                files, claims, claim, output, title, bias_set, a_scale, date, standard, lang
            ),
            version=__version__,
            code_hash=code_hash(),
            inputs=tuple((path.name, _sha256(path)) for path in inputs),
            date=date,
        )
        written = _write(done, origin, lang, output, tell)
    if json:
        emit(_summary(done, written), "json", schema="evidence/report-summary/1")
    return exit_status([finding.severity for finding in done.findings], fail_on)


@dataclass(slots=True)
class Read:
    """What the files gave."""

    claims: Sequence[Claim] = ()
    studies: list[Study] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def _read(
    files: Sequence[str], claims: Path | None, claim: str | None, tell: Callable[[str], None]
) -> Read:
    """Studies, published tables and claims, with a remark for each file.

    Raises
    ------
    RecordError
        When a file cannot be used, holds a study a second time, or none holds a study.
    """
    from evidence.ingest.claim_text import claim_from_text
    from evidence.ingest.published import layout_of, read_published
    from evidence.ingest.read import read as read_studies
    from evidence.ingest.read import read_claims

    found = Read()
    seen: set[str] = set()
    for path in map(Path, files):
        if layout_of(path) is not None:
            table = read_published(path)
            found.published += table.rows
            rows = plural(len(table.rows), "row")
            tell(say("{file}: {rows} of a published table", file=path.name, rows=rows))
            continue
        reading = read_studies(path)
        for study in reading.studies:
            if study.id in seen:
                raise RecordError(
                    f"study {study.id!r} is in more than one file; a study is counted once",
                    source=path.name,
                )
            seen.add(study.id)
        found.studies += reading.studies
        found.findings += reading.findings
        tell(_told(path, reading, plural(len(reading.studies), "study", "studies")))
    if not found.studies:
        raise RecordError("no study among the files; published tables alone carry no report")
    if claims is None:
        found.claims = (claim_from_text(claim or ""),)
    else:
        offered = read_claims(claims)
        found.claims = offered.claims
        found.findings += offered.findings
        tell(_told(claims, offered, plural(len(offered.claims), "claim")))
    return found


def _told(path: Path, reading: Reading | ClaimReading, what: str) -> str:
    return say(
        "{file}: {rows} read, {used} used, {aside} set aside; {what}",
        file=path.name,
        rows=plural(reading.read, "row"),
        used=reading.used,
        aside=reading.set_aside,
        what=what,
    )


def _audited(read: Read, tell: Callable[[str], None], **how: Any) -> Audit:
    """Every claim held against the studies; how many results their own figures rule out."""
    from evidence.verdict.audit import audit

    done = audit(
        read.claims,
        read.studies,
        published=read.published,
        findings=read.findings,
        progress=tell,
        **how,
    )
    if impossible := len(done.findings) - len(read.findings):
        results = plural(impossible, "result")
        tell(say("{results} set aside: the figures cannot be", results=results))
    return done


def _write(
    done: Audit, origin: Origin, lang: Language, output: Path, tell: Callable[[str], None]
) -> str:
    """Compose the report and write it; the folder is made where it is missing."""
    from evidence.report.compose import compose_report

    tell("composing the report")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{output}: the folder cannot be made: {error.strerror}") from error
    written = compose_report(done, origin=origin, lang=lang).save(output)
    counts = (say("{n} {verdict}", n=n, verdict=word) for word, n in done.counts.most_common())
    claims = plural(len(done), "claim")
    tell(say("{claims}: {counts}", claims=claims, counts=listed(counts, ", ")))
    tell(say("report: {file}", file=written))
    return str(written)


def _summary(done: Audit, written: str) -> dict[str, object]:
    return {
        "path": written,
        "claims": len(done),
        "verdicts": dict(done.counts),
        "studies": len(done.studies),
        "results": len(done.assessments),
        "findings": [finding.as_dict() for finding in done.findings],
    }


def _title(claims: Sequence[object]) -> str:
    sources = dict.fromkeys(str(getattr(claim, "source", "")) for claim in claims)
    named = [name.replace("_", " ") for name in sources if name]
    if len(claims) == 1:
        return str(getattr(claims[0], "text", ""))
    if not named:
        return say("Audit of {n} claims", n=len(claims))
    return say("Audit of {n} claims: {sources}", n=len(claims), sources=listed(named[:3], " and "))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _command(
    files: Sequence[str],
    claims: Path | None,
    claim: str | None,
    output: Path,
    title: str,
    bias_set: str,
    a_scale: str,
    date: str,
    standard: Sequence[str] = (),
    lang: str = "en",
) -> str:
    """The command as it can be typed again; folders of this machine are left out."""
    from evidence.report.wording import file_words

    words = ["evidence", "report", *(file_words(name) for name in files)]
    if claims is not None:
        words += ["--claims", file_words(str(claims))]
    if claim is not None:
        words += ["--claim", claim]
    for flag, value, default in (
        ("--title", title, ""),
        ("--bias-set", bias_set, "robes2018"),
        ("--a-scale", a_scale, "cosmetic"),
        ("--date", date, ""),
        ("--lang", lang, "en"),
    ):
        if value != default:
            words += [flag, value]
    for market in standard:
        words += ["--standard", market]
    return shlex.join([*words, "-o", file_words(str(output))])
