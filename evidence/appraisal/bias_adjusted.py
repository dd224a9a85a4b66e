"""Pooled effects with the published sizes of bias taken off, and the probability of benefit.

    y_i     ~ N(theta_i + sum of beta_id over flagged domains d, v_i)
    theta_i ~ N(mu, tau²)
    beta_id ~ N(b_d, kappa_d²)          between trials
    b_d     ~ N(B_d, phi_d² + V_d)      between topics, and doubt about the published mean

A closed form with a flat prior for mu, after Welton et al. 2009, J R Stat Soc A 172:119–136,
doi 10.1111/j.1467-985X.2008.00548.x. It lies beside the unadjusted estimate, never in its place.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple, get_args

from evidence.appraisal.bias_sets import BIAS_SETS, Bias, BiasSet, Flag
from evidence.appraisal.body import Body, BodyStudy, bias_scale
from evidence.appraisal.components import POLICY, Policy, Scenario
from evidence.appraisal.reliability import RANGE_SETS
from evidence.appraisal.shared_bias import Flaw, Weighting, combine, flaws_of
from evidence.errors import OptionError
from evidence.formatting import estimate as in_words
from evidence.formatting import html_table, number
from evidence.messages import listed as joined
from evidence.messages import say
from evidence.records.outcome import said

if TYPE_CHECKING:
    import pandas as pd

    from evidence.kernels.tau2 import Tau2Method

_Z = NormalDist()
_NOT_A_BIAS = ("sampling", "sample_size_unstated", "selection")  # the score alone has these
ASSUMPTION_DRIVEN = 0.40
"""Spread of the probability over the bias sets beyond which it is the choice of set speaking."""

SCENARIOS: dict[str, dict[Flag, Bias]] = {
    "withintrial, upper": {
        "blinding_self_report": Bias(
            0.56, 0.077, 0.2, 0.0, "Hróbjartsson 2014, all 12 trials: doi 10.1093/ije/dyu115"
        )
    }
}
"""Rows that replace those of `withintrial`: shown beside the sets, never part of a min–max."""


class Tipping(NamedTuple):
    """How much change without the product would undo what one arm shows, and its lower limit."""

    study: str
    tip: float
    tip_lower: float | None  # None: no standard error


def tipping_point(
    change: float, se: float | None, claimed: float = 0.0, *, level: float = 0.95, study: str = ""
) -> Tipping:
    """The change without the product that leaves just what is claimed of an uncontrolled change.

    tip = change − claimed; tip_lower = change − z·SE − claimed.

    >>> found = tipping_point(20, 4, 10)
    >>> found.tip, found.tip_lower
    (10, 2.16)
    """
    lower = None if se is None else change - _Z.inv_cdf(0.5 + level / 2) * se - claimed
    return Tipping(study, change - claimed, lower)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjusted:
    """The mean effect under one bias set, on the scale of the effects, positive = benefit.

    `bias` is what was taken off, `floor` the standard error that any number of further studies
    with these flaws leaves.
    """

    bias_set: str
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    bias: float
    floor: float
    tau2: float | None  # None: one study
    weights: tuple[float, ...]

    def pr_above(self, threshold: float) -> float:
        """Probability, 0 to 1, that the mean effect is above a threshold."""
        return 1 - _Z.cdf((threshold - self.estimate) / self.se)

    def against(self, threshold: float) -> bool:
        """Evidence against an effect that large: estimate + se lies below it."""
        return self.estimate + self.se < threshold


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BiasAdjusted:
    """Estimates under every bias set, or the `reason` why there is none.

    `sets` make the min–max; `scenarios` and `unadjusted` stand beside it. `tips` are the tipping
    points of uncontrolled results, `left_out` the studies not pooled, with reasons.
    """

    outcome: str
    measure: str
    level: float
    weighting: Weighting
    reason: str = ""
    studies: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    unadjusted: Adjusted | None = None
    sets: tuple[Adjusted, ...] = ()
    scenarios: tuple[Adjusted, ...] = ()
    mid: float | None = None
    claim: float | None = None
    tips: tuple[Tipping, ...] = ()

    @property
    def headline(self) -> tuple[str, float]:
        """The threshold of the main probability: what matters if stated, else no effect."""
        return ("mid", self.mid) if self.mid is not None else ("null", 0.0)

    def probability_range(self, threshold: float | None = None) -> tuple[float, float] | None:
        """Lowest and highest probability over the sets, 0 to 1; None where none may be shown."""
        at = self.headline[1] if threshold is None else threshold
        shown = [row.pr_above(at) for row in self.sets]
        return (min(shown), max(shown)) if shown else None

    def estimate_range(self) -> tuple[float, float] | None:
        """Lowest and highest adjusted estimate over the sets."""
        shown = [row.estimate for row in self.sets]
        return (min(shown), max(shown)) if shown else None

    @property
    def assumption_driven(self) -> bool:
        """Whether the choice of set moves the main probability by more than 40 points."""
        found = self.probability_range()
        return found is not None and found[1] - found[0] > ASSUMPTION_DRIVEN

    def curve(self, thresholds: Sequence[float] | None = None) -> pd.DataFrame:
        """Probability that the effect is above each threshold, under each set and scenario.

        Parameters
        ----------
        thresholds
            On the scale of the effects; 61 even steps over all estimates when not given.

        Returns
        -------
        DataFrame
            threshold, set, probability (0 to 1), in_range (False for scenarios); no row where
            no probability may be shown.
        """
        import pandas as pd

        rows = [(row, True) for row in self.sets] + [(row, False) for row in self.scenarios]
        if thresholds is None:
            ends = [row.estimate + side * 3 * row.se for row, _ in rows for side in (-1, 1)]
            low, high = min([0.0, *ends]), max([0.0, *ends])
            thresholds = [low + (high - low) * i / 60 for i in range(61)]
        found = [
            (at, row.bias_set, row.pr_above(at), counted)
            for row, counted in rows
            for at in thresholds
        ]
        return pd.DataFrame(found, columns=["threshold", "set", "probability", "in_range"])

    def to_frame(self) -> pd.DataFrame:
        """One row per set and scenario: probabilities at null, MID, claim; evidence against."""
        import pandas as pd

        names = [item.name for item in fields(Adjusted) if item.name != "weights"]
        shown = [*names, "above_null", "above_mid", "at_least_claim", "against", "in_range"]
        listed = [] if self.unadjusted is None else [(self.unadjusted, False)]
        listed += [(row, True) for row in self.sets] + [(row, False) for row in self.scenarios]
        rows = [
            [
                *(getattr(row, name) for name in names),
                row.pr_above(0.0),
                None if self.mid is None else row.pr_above(self.mid),
                None if self.claim is None else row.pr_above(self.claim),
                row.against(self.headline[1]),
                counted,
            ]
            for row, counted in listed
        ]
        return pd.DataFrame(rows, columns=shown)

    def __repr__(self) -> str:
        if self.reason:
            tips = "; ".join(
                f"{tip.study}: {number(tip.tip)} of change without the product leaves what is "
                f"claimed (lower limit {number(tip.tip_lower)})"
                for tip in self.tips
            )
            return f"<BiasAdjusted: none, {self.reason}{'; ' + tips if tips else ''}>"
        low, high = self.estimate_range() or (None, None)
        return f"<BiasAdjusted of {self.outcome}: {number(low)} to {number(high)} over the sets>"

    def _repr_html_(self) -> str:
        name, at = self.headline
        listed = [] if self.unadjusted is None else [self.unadjusted]
        rows = [
            (
                row.bias_set,
                in_words(row.estimate, row.ci_low, row.ci_high),
                number(100 * row.pr_above(at), 0),
            )
            for row in (*listed, *self.sets, *self.scenarios)
        ]
        head = ("bias set", f"{self.measure}, positive = benefit", f"% above {name} {at:g}")
        foot = self.reason or (
            "the choice of bias set moves it by more than 40 points"
            if self.assumption_driven
            else ""
        )
        return html_table(head, rows, caption=self.outcome, foot=foot)


def adjust_bias(
    body: Body,
    *,
    tau2: Tau2Method = "REML",
    weighting: Weighting = "own",
    level: float = 0.95,
    bias_sets: Sequence[BiasSet] = RANGE_SETS,
    scenarios: Mapping[str, Mapping[Flag, Bias]] | None = None,
    policy: Policy = POLICY,
) -> BiasAdjusted:
    """Take the expected bias off a body's effects, under every named bias set.

    Parameters
    ----------
    body
        Results with their flaws. Uncontrolled results get no estimate and no probability, only
        tipping points.
    tau2
        Estimator of the variance between studies, on effects with the bias taken off.
    weighting
        See `shared_bias.Weighting`.
    level
        Level of the intervals, which are normal.
    bias_sets
        Sets that make the min–max.
    scenarios
        Further rows that replace those of `withintrial`, by name; `SCENARIOS` by default. One
        that concerns none of the flaws is not shown.
    policy
        Project settings of the components.

    Raises
    ------
    OptionError
        An unknown set, weighting or measure, or a level outside 0 to 1.

    References
    ----------
    Welton et al. (2009), J R Stat Soc A 172:119–136. doi 10.1111/j.1467-985X.2008.00548.x

    Examples
    --------
    >>> study = BodyStudy(study="a", yi=0.5, vi=0.2622**2, n=60, flaws=("blinding_grade",))
    >>> found = adjust_bias(Body(outcome="tone", design="randomised", studies=(study,), mid=0.2))
    >>> robes = found.sets[1]
    >>> robes.estimate, robes.se, robes.pr_above(0.2)
    (0.404, 0.2995, 0.752)
    """
    for name in bias_sets:
        if name not in BIAS_SETS:
            raise OptionError("bias_sets", name, BIAS_SETS)
    if weighting not in get_args(Weighting):
        raise OptionError("weighting", weighting, get_args(Weighting))
    if not 0 < level < 1:
        raise OptionError("level", level, ("a number between 0 and 1",))
    studies, left_out = _usable(body)
    reason = _refusal(body, studies)
    shown = BiasAdjusted(
        outcome=body.outcome, measure=body.measure, level=level, weighting=weighting,
        reason=reason, left_out=left_out, mid=body.mid, claim=body.claim,
        tips=_tips(body, level),
    )  # fmt: skip
    if reason:
        return shown
    scale = bias_scale(body.measure, body.cv)

    def run(name: str, flaws: Sequence[Sequence[Flaw]]) -> Adjusted:
        return _adjust(name, studies, flaws, scale, tau2, weighting, level)

    further = SCENARIOS if scenarios is None else scenarios
    upper = Scenario(bias_set="withintrial", policy=policy)
    plain = _flaws(studies, upper)
    return BiasAdjusted(
        outcome=body.outcome, measure=body.measure, level=level, weighting=weighting,
        studies=tuple(one.study for one in studies), left_out=left_out,
        unadjusted=run("unadjusted", [()] * len(studies)),
        sets=tuple(
            run(name, _flaws(studies, Scenario(bias_set=name, policy=policy)))
            for name in bias_sets
        ),
        scenarios=tuple(
            run(name, changed)
            for name, rows in further.items()
            if (changed := _flaws(studies, upper, rows)) != plain
        ),
        mid=body.mid, claim=body.claim,
    )  # fmt: skip


def _usable(body: Body) -> tuple[list[BodyStudy], tuple[tuple[str, str], ...]]:
    judged = [one for one in body.pooled_studies if one.flaws is not None]
    unjudged = [
        (one.study, "its risk of bias is not judged")
        for one in body.pooled_studies
        if one.flaws is None
    ]
    return judged, (*body.left_out, *unjudged)


def _refusal(body: Body, studies: Sequence[BodyStudy]) -> str:
    if body.design == "single_arm":
        return "no concurrent control: the effect is not identified"
    if body.design not in ("randomised", "nonrandomised"):
        return say("{design}: no effect in people against a control", design=said(body.design))
    if not studies:
        _, left_out = _usable(body)
        return joined(say("{study}: {why}", study=name, why=why) for name, why in left_out)
    return ""


def _tips(body: Body, level: float) -> tuple[Tipping, ...]:
    if body.design != "single_arm":
        return ()
    wanted = body.claim if body.claim is not None else body.mid or 0.0
    return tuple(
        tipping_point(
            one.yi,
            None if one.vi is None else math.sqrt(one.vi),
            wanted,
            level=level,
            study=one.study,
        )
        for one in body.studies
        if one.yi is not None and not one.unusable
    )


def _flaws(
    studies: Sequence[BodyStudy], scenario: Scenario, rows: Mapping[Flag, Bias] | None = None
) -> list[tuple[Flaw, ...]]:
    return [
        tuple(
            flaw
            for flaw in flaws_of(one.flaws or (), scenario, rows)
            if flaw.component not in _NOT_A_BIAS
        )
        for one in studies
    ]


def _adjust(
    name: str,
    studies: Sequence[BodyStudy],
    flaws: Sequence[Sequence[Flaw]],
    scale: float,
    method: Tau2Method,
    weighting: Weighting,
    level: float,
) -> Adjusted:
    from evidence.synthesis.pool import pool

    own = [
        (one.vi or 0.0) + scale**2 * sum(flaw.own for flaw in listed)
        for one, listed in zip(studies, flaws, strict=True)
    ]
    moved = [
        (one.yi or 0.0) - scale * sum(flaw.mean for flaw in listed)
        for one, listed in zip(studies, flaws, strict=True)
    ]
    # the variance between studies is what their own variances leave over; what they share
    # moves them together
    between = pool({"yi": moved, "vi": own}, tau2=method, test="z").tau2
    found = combine(own, flaws, between or 0.0, weighting, scale)
    mean = math.fsum(weight * each for weight, each in zip(found.weights, moved, strict=True))
    se = math.sqrt(found.variance)
    z = _Z.inv_cdf(0.5 + level / 2)
    return Adjusted(
        bias_set=name,
        estimate=mean,
        se=se,
        ci_low=mean - z * se,
        ci_high=mean + z * se,
        bias=found.mean,
        floor=math.sqrt(found.shared),
        tau2=between,
        weights=found.weights,
    )
