"""What a reported effect is worth: the expected true effect, and the probability of benefit.

Both lie beside the unadjusted estimate, never in its place. The expected true effect shrinks
towards zero by the prior N(0, A²) and carries every component of the score. The probability of
benefit has a flat prior and no selection term; results without a control have none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from statistics import NormalDist
from typing import TYPE_CHECKING

from evidence.appraisal.bias_sets import BiasSet
from evidence.appraisal.components import POLICY, Policy, Scenario, components_of
from evidence.appraisal.facts import Facts
from evidence.appraisal.reliability import A_SCALES, RANGE_SETS, Reliability
from evidence.appraisal.standardise import Standardised
from evidence.formatting import estimate as in_words
from evidence.formatting import html_table, number
from evidence.messages import say

if TYPE_CHECKING:
    import pandas as pd

_Z = NormalDist()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedEffect:
    """Posterior of the true effect, positive = benefit, in the outcome's own unit.

    `reported` is the unadjusted estimate on the same scale. `scenario` says that a CV, a
    correlation or the behaviour of a missing control had to be assumed.
    """

    reported: float
    estimate: float
    ci_low: float
    ci_high: float
    level: float
    unit: str
    scenario: bool
    assumptions: tuple[str, ...]
    mean_smd: float
    sd_smd: float
    scale: float
    pr_above_zero: float
    pr_above_mid: float | None
    mid: float | None
    pr_at_least_claim: float
    claim: float

    def pr_above(self, threshold: float) -> float:
        """Probability that the true effect is above a threshold in the outcome's unit."""
        return 1 - _Z.cdf((threshold / self.scale - self.mean_smd) / self.sd_smd)

    def to_frame(self) -> pd.DataFrame:
        """One row; columns named as the attributes."""
        import pandas as pd

        return pd.DataFrame([{item.name: getattr(self, item.name) for item in fields(self)}])

    def _repr_html_(self) -> str:
        digits = 2 if self.unit == "SMD" else 1
        shown = in_words(self.estimate, self.ci_low, self.ci_high, digits)
        rows = [
            ("as reported", f"{number(self.reported, digits)} {self.unit}"),
            ("expected true effect", f"{shown} {self.unit}"),
            ("probability that it is above zero", _share(self.pr_above_zero)),
        ]
        if self.mid is not None:
            what = f"probability that it is above {number(self.mid, digits)} {self.unit}"
            rows.append((what, _share(self.pr_above_mid)))
        what = f"probability that it reaches {number(self.claim, digits)} {self.unit}"
        rows.append((what, _share(self.pr_at_least_claim)))
        return html_table(
            ("positive = benefit", ""),
            rows,
            foot=f"assumed: {'; '.join(self.assumptions)}" if self.assumptions else "",
        )


def _share(probability: float | None) -> str:
    """A probability in percent that never says 0 or 100."""
    if probability is None:
        return number(None)
    if not 0.001 <= probability <= 0.999:
        return "<0.1 %" if probability < 0.5 else ">99.9 %"
    return f"{number(100 * probability, 0 if 0.01 <= probability <= 0.99 else 1)} %"


def expected_effect(
    reliability: Reliability,
    reported: Standardised,
    *,
    claim: float | None = None,
    mid: float | None = None,
    level: float = 0.95,
) -> ExpectedEffect:
    """The true effect to expect behind a reported one.

    theta | y ~ N(A²/(A²+S²) (y − B), A²S²/(A²+S²)), then back to the outcome's unit.

    Parameters
    ----------
    reliability
        A score with a value; its `b`, `s2` and scale A are used.
    reported
        The reported effect on the SMD scale.
    claim, mid
        Thresholds in the outcome's unit, positive = benefit; the claim defaults to what was
        reported.

    Raises
    ------
    ValueError
        The result has no score.

    Examples
    --------
    >>> from evidence.appraisal.reliability import score_facts
    >>> from evidence.records.families import FAMILIES
    >>> facts = Facts(structure="two_arms", control="full", n=(50, 50), kind="instrument",
    ...     family=FAMILIES["wrinkle_depth"])
    >>> reported = Standardised(y=0.5, scale=2.0, unit="mm", rule="SMD")
    >>> found = expected_effect(score_facts(facts), reported)
    >>> found.reported, round(found.estimate, 2), round(found.pr_above_zero, 2)
    (1.0, 0.09, 0.59)
    """
    if reliability.b is None or reliability.s2 is None:
        raise ValueError(f"no score to build on: {reliability.reason}")
    a2 = A_SCALES[reliability.a_scale].a ** 2
    shrink = a2 / (a2 + reliability.s2)
    mean = shrink * (reported.y - reliability.b)
    sd = math.sqrt(a2 * reliability.s2 / (a2 + reliability.s2))
    z = _Z.inv_cdf(0.5 + level / 2)
    stated = reported.y * reported.scale
    wanted = stated if claim is None else claim

    def above(threshold: float) -> float:
        return 1 - _Z.cdf((threshold / reported.scale - mean) / sd)

    external = tuple(
        say(
            "change without the product: {mean} SD (spread {spread})",
            mean=f"{part.mean:g}",
            spread=f"{math.sqrt(part.variance):.2g}",
        )
        for part in reliability.components
        if part.name in ("no_control", "untreated_control")
    )
    stand_ins = tuple(word for word in reliability.assumed if "correlation" in word)
    assumptions = (*reported.assumptions, *stand_ins, *external)
    return ExpectedEffect(
        reported=stated,
        estimate=mean * reported.scale,
        ci_low=(mean - z * sd) * reported.scale,
        ci_high=(mean + z * sd) * reported.scale,
        level=level,
        unit=reported.unit,
        scenario=bool(assumptions),
        assumptions=assumptions,
        mean_smd=mean,
        sd_smd=sd,
        scale=reported.scale,
        pr_above_zero=above(0.0),
        pr_above_mid=None if mid is None else above(mid),
        mid=mid,
        pr_at_least_claim=above(wanted),
        claim=wanted,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """Probability of benefit under one bias set: Pr(theta > t), flat prior, SMD scale."""

    bias_set: BiasSet
    mean: float
    sd: float
    above_zero: float
    above_mid: float | None
    at_least_claim: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbabilityOfBenefit:
    """The probabilities of every set, or the reason why none may be shown."""

    reason: str
    sets: tuple[Benefit, ...] = ()
    mid: float | None = None

    @property
    def assumption_driven(self) -> bool:
        """Whether the choice of bias set moves the probability by more than 40 points."""
        shown = [row.above_zero if row.above_mid is None else row.above_mid for row in self.sets]
        return bool(shown) and max(shown) - min(shown) > 0.40

    def to_frame(self) -> pd.DataFrame:
        """One row per bias set; none where no probability may be shown."""
        import pandas as pd

        names = [item.name for item in fields(Benefit)]
        rows = [{name: getattr(row, name) for name in names} for row in self.sets]
        return pd.DataFrame(rows, columns=names)

    def _repr_html_(self) -> str:
        words = {
            "above_zero": "above zero",
            "above_mid": "above what matters",
            "at_least_claim": "as large as claimed",
        }
        shown = [key for key in words if any(getattr(row, key) is not None for row in self.sets)]
        rows = [(row.bias_set, *(_share(getattr(row, key)) for key in shown)) for row in self.sets]
        head = ("bias set", *(words[key] for key in shown))
        moved = "the choice of bias set moves it by more than 40 points"
        return html_table(
            head if rows else ("probability of benefit",),
            rows or [(f"none: {self.reason}",)],
            foot=moved if self.assumption_driven else "",
        )


def probability_of_benefit(
    facts: Facts,
    reported: Standardised,
    *,
    mid: float | None = None,
    claim: float | None = None,
    policy: Policy = POLICY,
) -> ProbabilityOfBenefit:
    """Pr(true effect > threshold) for a between-arm result, under each bias set.

    y is taken as N(theta + B, s² + variances) over the flagged domains with a flat prior for
    theta (Welton 2009, doi 10.1111/j.1467-985X.2008.00548.x, closed form for one study).

    Parameters
    ----------
    mid, claim
        Thresholds on the SMD scale.

    Examples
    --------
    >>> from evidence.records.families import FAMILIES
    >>> facts = Facts(structure="two_arms", control="full", n=(50, 50), kind="instrument",
    ...     family=FAMILIES["wrinkle_depth"])
    >>> reported = Standardised(y=0.5, scale=2.0, unit="mm", rule="SMD", vi=0.04)
    >>> found = probability_of_benefit(facts, reported)
    >>> [(row.bias_set, round(row.above_zero, 2)) for row in found.sets][:2]
    [('none', 0.92), ('robes2018', 0.89)]
    """
    if facts.control not in ("full", "untreated"):
        return ProbabilityOfBenefit(reason="no concurrent control: the effect is not identified")
    if facts.n is None:
        return ProbabilityOfBenefit(reason="the number of people is not stated")
    if reported.vi is None:
        return ProbabilityOfBenefit(reason="no variance is printed and none can be derived")
    rows = []
    for bias_set in RANGE_SETS:
        parts = [
            part
            for part in components_of(facts, Scenario(bias_set=bias_set, policy=policy))
            if part.name not in ("sampling", "selection", "sample_size_unstated")
        ]
        mean = reported.y - sum(part.mean for part in parts)
        sd = math.sqrt(reported.vi + sum(part.variance for part in parts))

        def above(threshold: float, mean: float = mean, sd: float = sd) -> float:
            return 1 - _Z.cdf((threshold - mean) / sd)

        rows.append(
            Benefit(
                bias_set=bias_set,
                mean=mean,
                sd=sd,
                above_zero=above(0.0),
                above_mid=None if mid is None else above(mid),
                at_least_claim=None if claim is None else above(claim),
            )
        )
    return ProbabilityOfBenefit(reason="", sets=tuple(rows), mid=mid)
