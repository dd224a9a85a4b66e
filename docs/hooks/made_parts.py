"""Parts of pages that are made from the program: where a page has `<!-- made: NAME -->`."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_PLACE = re.compile(r"<!-- made: ([\w ]+) -->")


def filled(page: str) -> str:
    """A page with its parts put in.

    >>> filled("<!-- made: bias sets -->").splitlines()[2].split(" | ")[:3]
    ['| no bias assumed', '`none`', '0.000']
    """
    return _PLACE.sub(lambda found: PARTS[found[1]](), page)


def _waterfall() -> str:
    """Where the points of the README's example went, in the colours of the page."""
    from evidence.appraisal.reliability import score
    from evidence.ingest.from_flags import Flags, study_from_flags
    from evidence.plots.waterfall import waterfall_rows, waterfall_svg

    flags = Flags(design="single-arm", n=["50"], weeks="12", outcome="wrinkle depth",
                  kind="instrument", change=["-20%"], better="lower")  # fmt: skip
    study = study_from_flags(flags)
    found = score(study, study.outcomes[0])
    rows = waterfall_rows(
        found.lost,
        value=found.value or 0.0,
        low=found.low,
        high=found.high,
        labels={"no_control": "no control", "incomplete_data": "people lost, not told"},
    )
    drawn = waterfall_svg(
        rows, title="Where the points went", desc=f"From 100 down to {found}", width=640
    )
    return f'<div class="drawn" role="group" aria-label="Picture">\n{drawn}\n</div>'


def _bias_sets() -> str:
    from evidence.appraisal.bias_sets import BIAS_SETS, NO_BIAS

    lines = ["| flaw | set | mean | variance | source |", "| --- | --- | ---: | ---: | --- |"]
    lines += [f"| {NO_BIAS.source} | `none` | {0:.3f} | {0:.4f} | |"]
    for name, rows in BIAS_SETS.items():
        for flag, bias in rows.items() if name != "none" else ():
            words = flag.replace("_", " ")
            lines.append(
                f"| {words} | `{name}` | {bias.mean:.3f} | {bias.variance:.4f} | {bias.source} |"
            )
    return "\n".join(lines).replace("-0.0", "−0.0")


PARTS: dict[str, Callable[[], str]] = {"waterfall": _waterfall, "bias sets": _bias_sets}


def audit(root: Path, kept: Path) -> str:
    """The report that `make report` writes, from `kept` where that is there."""
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_name("part.html")
        tables = sorted(map(str, root.glob("datasets/meta_tables/*.csv")))
        claims = "datasets/article_claims.csv"
        subprocess.run(
            [sys.executable, "-m", "evidence", "report", "datasets/cosmetic_trials.csv",
             *(str(Path(table).relative_to(root)) for table in tables), "--claims", claims,
             "--title", "Audit of two lifting-serum articles", "-o", str(part), "--quiet"],
            cwd=root, check=True,
        )  # fmt: skip
        for old in kept.parent.glob("audit-*.html"):
            old.unlink()
        part.replace(kept)
    return kept.read_text("utf-8")
