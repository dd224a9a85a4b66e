"""Version 1 of the priors, estimated from the data in `datasets/`.

    python tests/calibration/estimate_priors.py           print what was seen and what follows
    python tests/calibration/estimate_priors.py --write   and put it into evidence/records/priors.py

ln c of an arm has the sampling variance 1/(2(n − 1)) + c²/n. The arms of one study count as one:
their mean, with the mean of their variances, as if all came from the same people. From `ENOUGH`
studies on, the median is the REML mean over studies and the spread that of a new study,
√(τ² + se²), at least `FLOOR`. With fewer, the median is drawn back to version 0 by the share of
studies that is lacking, and the spread is version 0's (`WIDEST` where it has none), or as much
more as it takes for every study seen to lie in the central 95 %. Correlations go the same way on
Fisher's scale. Version 0 was itself set from some of these figures, so that drawing back to it is
no second source; it only keeps one or two studies from being taken for all.
"""

from __future__ import annotations

import csv
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import evidence as ev
from evidence.effects.recover_spread import r_from_p_and_sds
from evidence.effects.reported import se_from_ci
from evidence.records.base import UNKNOWN, Unknown
from evidence.records.families import family_of
from evidence.records.outcome import ArmResult, Outcome
from evidence.records.priors import PRIORS, Prior, prior_of
from evidence.records.reported import Reported

ROOT = Path(__file__).parents[2]
TRIALS, TABLES = ROOT / "datasets" / "cosmetic_trials.csv", ROOT / "datasets" / "meta_tables"
PRIORS_FILE = ROOT / "evidence" / "records" / "priors.py"

ENOUGH = 3
FLOOR = 0.25
WIDEST = 0.50
Z = 1.96
RAW = "wrinkle_grade"
GRADED = ("scale", "grade", "score")
"""Words of an instrument whose numbers have no true zero: no coefficient of variation."""


class Arm(NamedTuple):
    """One mean with its SD; `n` people."""

    family: str
    study: str
    mean: float
    sd: float
    n: float

    @property
    def cv(self) -> float:
        return self.sd / self.mean


class Correlation(NamedTuple):
    """A before-after correlation of n people."""

    family: str
    study: str
    r: float
    n: float


class Rows(NamedTuple):
    """What the corpus holds."""

    arms: list[Arm]
    graded: list[Arm]
    changes: list[Arm]  # mean change and its SD, on a graded scale
    correlations: list[Correlation]


JCM = "doi 10.3390/jcm13185370"
# coefficients of variation printed elsewhere; 57 people is that of the contour measure
ELSEWHERE = tuple(
    Arm(family, JCM, 1.0, cv, 57)
    for family, cv in (
        ("wrinkle_depth", 0.51),
        ("wrinkle_depth", 0.84),
        ("elasticity", 0.08),
        ("elasticity", 0.17),
        ("contour", 0.19),
    )
)


def elsewhere_correlations() -> list[Correlation]:
    """The one whose SDs and exact p are both printed."""
    found = r_from_p_and_sds(
        mean_pre=1.10, sd_pre=0.21, mean_post=1.02, sd_post=0.21, n=57, p=0.012,
        mean_decimals=2, sd_decimals=2, p_decimals=3,
    )  # fmt: skip
    return [Correlation("contour", JCM, found.r, 57)]


def corpus() -> Rows:
    """Every mean with its SD, once, and every correlation, of the files and of `ELSEWHERE`."""
    arms, correlations = set(ELSEWHERE), elsewhere_correlations()
    graded: set[Arm] = set()
    changes: set[Arm] = set()
    for study in ev.read(TRIALS):
        for outcome in study.outcomes:
            ordinal = _graded(outcome)
            for arm in (outcome.treated, outcome.control):
                if arm is None:
                    continue
                people = (arm.n, outcome.n_total, arm.n_randomised, outcome.n_total_randomised)
                n = next((x for x in map(_value, people) if x), None)
                if not n:
                    continue
                means = _means(outcome.family, study.id, arm, n)
                (graded if ordinal else arms).update(means)
                if ordinal and (change := _change(outcome.family, study.id, arm, n)):
                    changes.add(change)
                correlations.extend(_correlation(outcome.family, study.id, arm, n))
    arms.update(_of_tables())
    return Rows(sorted(arms), sorted(graded), sorted(changes), correlations)


def _graded(outcome: Outcome) -> bool:
    return outcome.family == RAW or any(word in outcome.instrument.lower() for word in GRADED)


def _value(number: Reported | Unknown) -> float | None:
    return None if number is UNKNOWN else number.value


def _means(family: str, study: str, arm: ArmResult, n: float) -> Iterator[Arm]:
    after, se = _value(arm.sd), _value(arm.se)
    if after is None and se is not None:
        after = se * math.sqrt(n)
    pairs = ((_value(arm.baseline_mean), _value(arm.baseline_sd)), (_value(arm.mean), after))
    for mean, sd in pairs:
        if mean is not None and sd is not None and mean > 0 and sd > 0:
            yield Arm(family, study, mean, sd, n)


def _change(family: str, study: str, arm: ArmResult, n: float) -> Arm | None:
    """A mean change whose SD is printed, or follows from its interval."""
    change, sd = _value(arm.change_mean), _value(arm.change_sd)
    low, high = _value(arm.change_ci_low), _value(arm.change_ci_high)
    if change is None or (sd is None and (low is None or high is None)):
        return None
    if sd is None and low is not None and high is not None:
        sd = se_from_ci(low, high, df=n - 1).se * math.sqrt(n)
    return None if sd is None else Arm(family, study, change, sd, n)


def _correlation(family: str, study: str, arm: ArmResult, n: float) -> Iterator[Correlation]:
    """From an arm that prints the SDs before, after and of the change."""
    pre, post, change = (_value(x) for x in (arm.baseline_sd, arm.sd, arm.change_sd))
    if pre and post and change:
        r = (pre**2 + post**2 - change**2) / (2 * pre * post)
        if -1 < r < 1:
            yield Correlation(family, study, r, n)


def _of_tables() -> Iterator[Arm]:
    """Means with SDs in the tables of published meta-analyses, by the names of their columns."""
    for path in sorted(TABLES.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for moment in ("baseline", "final"):
                    mean, sd = row.get(f"{moment}_mean"), row.get(f"{moment}_sd")
                    if mean and sd and row.get("n"):
                        family = family_of(row.get("parameter", "")).id
                        yield Arm(family, row["study"], float(mean), float(sd), float(row["n"]))


class Estimate(NamedTuple):
    """Centre and spread on the scale of the logarithm, or of Fisher's z; from `k` studies."""

    centre: float
    spread: float
    k: int


def of_studies(
    points: Iterable[tuple[str, float, float]], before: float | None, before_sd: float | None
) -> Estimate:
    """Centre and spread of (study, value, variance), drawn to `before` while studies are few."""
    by_study: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for study, value, variance in points:
        by_study[study].append((value, variance))
    yi = [_mean([y for y, _ in of]) for of in by_study.values()]
    vi = [_mean([v for _, v in of]) for of in by_study.values()]
    k = len(yi)
    pooled = ev.pool({"yi": yi, "vi": vi, "study": list(by_study)}, tau2="REML", test="z")
    if k >= ENOUGH:
        return Estimate(
            pooled.estimate, max(FLOOR, math.sqrt((pooled.tau2 or 0) + pooled.se**2)), k
        )
    share = 1.0 if before is None else k / ENOUGH
    centre = share * pooled.estimate + (1 - share) * (before or 0.0)
    reach = max(abs(y - centre) for y in yi) / Z
    return Estimate(centre, max(before_sd or WIDEST, reach), k)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def estimate(rows: Rows) -> list[Prior]:
    """The rows of version 1: the families of version 0 first, then those newly seen."""
    old = PRIORS["0"]
    families = [f for f in old if f != "unlisted"]
    families += sorted({arm.family for arm in rows.arms} - set(old))
    return [_row(family, rows) for family in families] + [
        old["unlisted"]._replace(version="1", seen="nothing: as version 0, wide on purpose")
    ]


def _row(family: str, rows: Rows) -> Prior:
    before = prior_of(family, "0")
    spread = of_cv(family, rows.arms)
    r = of_r(family, rows.correlations)
    seen = [_seen_cv(family, rows.arms)] if spread else []
    if family == RAW:
        seen.append(_seen_raw(rows))
    if r:
        seen.append(_seen_r(family, rows.correlations))
    else:
        seen.append("no r seen: as version 0")
    return Prior(
        family=family,
        version="1",
        cv_median=round(math.exp(spread.centre), 3) if spread else None,
        cv_log_sd=round(spread.spread, 3) if spread else None,
        cv_bounds=before.cv_bounds,
        r_centre=round(math.tanh(r.centre), 3) if r else before.r_centre,
        r_fisher_sd=round(r.spread, 3) if r else before.r_fisher_sd,
        r_bounds=before.r_bounds,
        seen="; ".join(seen),
    )


def of_cv(family: str, arms: Iterable[Arm]) -> Estimate | None:
    """ln c of a family; None where none was seen."""
    points = [
        (a.study, math.log(a.cv), 1 / (2 * (a.n - 1)) + a.cv**2 / a.n)
        for a in arms
        if a.family == family
    ]
    before = prior_of(family, "0")
    start = math.log(before.cv_median) if before.cv_median else None
    return of_studies(points, start, before.cv_log_sd) if points else None


def of_r(family: str, correlations: Iterable[Correlation]) -> Estimate | None:
    """Fisher's z of the correlations of a family; None where none was seen."""
    points = [
        (c.study, math.atanh(c.r), 1 / (c.n - 3))
        for c in correlations
        if c.family == family and c.n > 3
    ]
    before = prior_of(family, "0")
    return of_studies(points, math.atanh(before.r_centre), before.r_fisher_sd) if points else None


def _seen_cv(family: str, arms: Iterable[Arm]) -> str:
    by_study: dict[str, list[str]] = defaultdict(list)
    for arm in arms:
        if arm.family == family:
            by_study[arm.study].append(_short(arm.cv))
    return f"CV, k = {len(by_study)}: {_listed(by_study)}"


def _seen_r(family: str, correlations: Iterable[Correlation]) -> str:
    by_study: dict[str, list[str]] = defaultdict(list)
    for c in correlations:
        if c.family == family:
            by_study[c.study].append(_short(c.r))
    return f"r, k = {len(by_study)}: {_listed(by_study)}"


def _seen_raw(rows: Rows) -> str:
    people: dict[str, list[str]] = defaultdict(list)
    changes: dict[str, list[str]] = defaultdict(list)
    for kept, seen in ((people, rows.graded), (changes, rows.changes)):
        for arm in seen:
            kept[arm.study].append(f"{arm.sd:.2f}")
    return f"raw scale only: SD between people {_listed(people)}, of changes {_listed(changes)}"


def _listed(by_study: Mapping[str, Sequence[str]]) -> str:
    return ", ".join(f"{' '.join(values)} ({study})" for study, values in by_study.items())


def _short(value: float) -> str:
    return f"{value:.2f}".replace("0.", ".", 1)


def as_source(priors: Iterable[Prior]) -> str:
    """The rows as they stand in the file."""
    lines = ["_VERSION_1 = (\n"]
    for p in priors:
        r_bounds = "_R" if p.r_bounds == (0.3, 0.9) else repr(p.r_bounds)
        fields = [repr(x) for x in (p.cv_median, p.cv_log_sd, p.cv_bounds, p.r_centre)]
        head = f'    Prior("{p.family}", "1", {", ".join(fields)}, {p.r_fisher_sd!r}, {r_bounds},\n'
        lines += [head, *_wrapped(p.seen)]
    return "".join(lines) + ")  # fmt: skip\n"


def _wrapped(text: str, width: int = 84) -> Iterator[str]:
    words, line = text.split(" "), ""
    for word in words:
        if len(line) + len(word) > width:
            yield f'          "{line}"\n'
            line = ""
        line += word + " "
    yield f'          "{line.rstrip()}"),\n'


def write(priors: Iterable[Prior]) -> None:
    """Put the rows between the name of version 1 and the next `# fmt: skip`."""
    text = PRIORS_FILE.read_text(encoding="utf-8")
    start = text.index("_VERSION_1 = (")
    end_mark = ")  # fmt: skip\n"
    end = text.index(end_mark, start) + len(end_mark)
    PRIORS_FILE.write_text(text[:start] + as_source(priors) + text[end:], encoding="utf-8")


def main() -> None:
    rows = corpus()
    for arm in rows.arms:
        print(f"{arm.family:14} {arm.study:26} CV {arm.cv:.3f}  n {arm.n:g}")
    for arm in (*rows.graded, *rows.changes):
        print(f"{arm.family:14} {arm.study:26} mean {arm.mean:.2f} SD {arm.sd:.2f}  n {arm.n:g}")
    for c in rows.correlations:
        print(f"{c.family:14} {c.study:26} r {c.r:.3f}  n {c.n:g}")
    priors = estimate(rows)
    print(f"\n{'family':14} {'CV':>6} {'log SD':>6} {'r':>6} {'z SD':>6}")
    for p in priors:
        cv = "" if p.cv_median is None else f"{p.cv_median:.3f}"
        log_sd = "" if p.cv_log_sd is None else f"{p.cv_log_sd:.3f}"
        print(f"{p.family:14} {cv:>6} {log_sd:>6} {p.r_centre:>6.3f} {p.r_fisher_sd:>6.3f}")
    if "--write" in sys.argv:
        write(priors)


if __name__ == "__main__":
    main()
