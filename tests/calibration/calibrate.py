"""Measure every recovery rule against a known truth; write the page and its picture.

make calibrate                               a few minutes
python tests/calibration/calibrate.py 500    with 500 studies a check, printed only
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from zlib import crc32

import assumed_rules
import bound_rules
import exact_rules
import numpy as np
import quantile_rules
from simulate import Check
from table import Row, as_markdown, as_svg, row

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "methods" / "calibration.md"
PICTURE = ROOT / "docs" / "pictures" / "calibration.svg"
INTRODUCTION = Path(__file__).with_name("introduction.md")

SEED = 20261122
STUDIES = 20_000
FEWEST = 20

CHECKS: tuple[Check, ...] = (
    *exact_rules.CHECKS,
    *bound_rules.CHECKS,
    *assumed_rules.CHECKS,
    *quantile_rules.CHECKS,
)


def run(checks: Iterable[Check], studies: int, seed: int) -> Iterator[Row]:
    """Each check has random numbers of its own, so that adding one moves no other."""
    for check in checks:
        rng = np.random.default_rng([seed, crc32(check.name.encode())])
        yield row(check, check.run(rng, max(FEWEST, round(studies * check.share))))


def page(rows: list[Row]) -> str:
    """The introduction with the numbers of the run, then the tables."""
    aimed = [r for r in rows if r.kind != "shown"]
    missed = [r for r in aimed if r.verdict != "met"]
    text = INTRODUCTION.read_text(encoding="utf-8").format(
        seed=SEED, studies=f"{STUDIES:,}", aimed=len(aimed), met=len(aimed) - len(missed),
        below=sum("below" in r.verdict for r in missed),
        above=sum("above" in r.verdict for r in missed),
    )  # fmt: skip
    return f"{text}\n{as_markdown(rows)}"


def main() -> None:
    quick = len(sys.argv) > 1
    rows = []
    for found in run(CHECKS, int(sys.argv[1]) if quick else STUDIES, SEED):
        print(f"{found.coverage:5.1f} ± {found.error:.1f}  {found.verdict:9}  {found.name}")
        rows.append(found)
    if not quick:
        PAGE.write_text(page(rows), encoding="utf-8")
        PICTURE.write_text(as_svg(rows), encoding="utf-8")
        print(f"written: {PAGE.relative_to(ROOT)}, {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
