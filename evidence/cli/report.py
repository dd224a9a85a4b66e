"""`evidence report`: claims held against studies, as one file anybody can open."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from evidence.appraisal.bias_sets import BiasSet
from evidence.appraisal.reliability import AScale
from evidence.cli.options import FailOn, JsonOption, QuietOption
from evidence.errors import RecordError
from evidence.verdict.market_names import Market


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
    title: Annotated[str, Parameter(help="Title of the report.")] = "",
    bias_set: Annotated[BiasSet, Parameter(help="Sizes of bias to use.")] = "robes2018",
    a_scale: Annotated[AScale, Parameter(help="Size of true effects to expect.")] = "cosmetic",
    standard: Annotated[
        tuple[Market, ...], Parameter(help="Markets whose rules every claim is held against.")
    ] = (),
    date: Annotated[str, Parameter(help="Date to print, ISO; no clock is read.")] = "",
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
    from evidence.cli.output import OutputError, emit, say

    if (claims is None) == (claim is None):
        raise RecordError("give the claims: either --claims FILE or --claim TEXT")
    from evidence.report.save import check_format

    check_format(output)
    if not files:
        raise RecordError("name at least one study file")

    def tell(line: str) -> None:
        say(line, quiet=quiet)

    from evidence.cli.doctor import code_hash
    from evidence.cli.options import exit_status
    from evidence.formatting import plural
    from evidence.ingest.claim_text import claim_from_text
    from evidence.ingest.published import layout_of, read_published
    from evidence.ingest.read import read, read_claims
    from evidence.records.claim import Claim
    from evidence.records.finding import Finding
    from evidence.records.published import Published
    from evidence.records.study import Study

    studies: list[Study] = []
    published: list[Published] = []
    findings: list[Finding] = []
    seen: set[str] = set()
    for name in files:
        path = Path(name)
        if layout_of(path) is not None:
            table = read_published(path)
            published += table.rows
            tell(f"{path.name}: {plural(len(table.rows), 'row')} of a published table")
            continue
        reading = read(path)
        for study in reading.studies:
            if study.id in seen:
                raise RecordError(
                    f"study {study.id!r} is in more than one file; a study is counted once",
                    source=path.name,
                )
            seen.add(study.id)
        studies += reading.studies
        findings += reading.findings
        tell(
            f"{path.name}: {plural(reading.read, 'row')} read, {reading.used} used, "
            f"{reading.set_aside} set aside; {plural(len(reading.studies), 'study', 'studies')}"
        )
    if not studies:
        raise RecordError("no study among the files; published tables alone carry no report")
    if claims is not None:
        claim_reading = read_claims(claims)
        listed: Sequence[Claim] = claim_reading.claims
        findings += claim_reading.findings
        tell(
            f"{claims.name}: {plural(claim_reading.read, 'row')} read, {claim_reading.used} used, "
            f"{claim_reading.set_aside} set aside; {plural(len(listed), 'claim')}"
        )
    else:
        listed = (claim_from_text(claim or ""),)

    from evidence import __version__
    from evidence.report.compose import Origin, compose_report
    from evidence.verdict.audit import audit

    done = audit(
        listed,
        studies,
        published=published,
        findings=findings,
        title=title or _title(listed),
        bias_set=bias_set,
        a_scale=a_scale,
        markets=standard,
        progress=tell,
    )
    if impossible := len(done.findings) - len(findings):
        tell(f"{plural(impossible, 'result')} set aside: the figures cannot be")
    paths = [Path(name) for name in files] + ([claims] if claims is not None else [])
    origin = Origin(
        command=_command(files, claims, claim, output, title, bias_set, a_scale, date, standard),
        version=__version__,
        code_hash=code_hash(),
        inputs=tuple((path.name, _sha256(path)) for path in paths),
        date=date,
    )
    tell("composing the report")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{output}: the folder cannot be made: {error.strerror}") from error
    written = compose_report(done, origin=origin).save(output)
    counts = ", ".join(f"{n} {word}" for word, n in done.counts.most_common())
    tell(f"{plural(len(done), 'claim')}: {counts}")
    tell(f"report: {written}")
    if json:
        emit(
            {
                "path": written,
                "claims": len(done),
                "verdicts": dict(done.counts),
                "studies": len(done.studies),
                "results": len(done.assessments),
                "findings": [finding.as_dict() for finding in done.findings],
            },
            "json",
            schema="evidence/report-summary/1",
        )
    return exit_status([finding.severity for finding in done.findings], fail_on)


def _title(claims: Sequence[object]) -> str:
    sources = dict.fromkeys(str(getattr(claim, "source", "")) for claim in claims)
    named = [name.replace("_", " ") for name in sources if name]
    if len(claims) == 1:
        return str(getattr(claims[0], "text", ""))
    if not named:
        return f"Audit of {len(claims)} claims"
    return f"Audit of {len(claims)} claims: {' and '.join(named[:3])}"


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
    ):
        if value != default:
            words += [flag, value]
    for market in standard:
        words += ["--standard", market]
    return shlex.join([*words, "-o", file_words(str(output))])
