"""The summary of findings: one row per outcome, with effect, certainty and reasons."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from evidence.appraisal.bias_adjusted import BiasAdjusted, adjust_bias
from evidence.appraisal.body import Body
from evidence.appraisal.grade import Certainty, grade
from evidence.appraisal.grade_domains import Target
from evidence.appraisal.grade_rules import Level, RuleSet, Start
from evidence.errors import OptionError
from evidence.messages import listed, say

if TYPE_CHECKING:
    import pandas as pd

    from evidence.kernels.inference import Test
    from evidence.kernels.tau2 import Tau2Method

COLUMNS = (
    "outcome",
    "comparison",
    "design",
    "k",
    "n",
    "measure",
    "estimate",
    "ci_low",
    "ci_high",
    "pi_low",
    "pi_high",
    "adjusted_low",
    "adjusted_high",
    "threshold",
    "probability_low",
    "probability_high",
    "assumption_driven",
    "not_adjusted",
    "certainty",
    "phrase",
    "reasons",
)

_PHRASES: dict[tuple[Level, int], Callable[[str], str]] = {
    ("High", 1): lambda it: say("improves {outcome}", outcome=it),
    ("High", 0): lambda it: say("makes little or no difference to {outcome}", outcome=it),
    ("High", -1): lambda it: say("worsens {outcome}", outcome=it),
    ("Moderate", 1): lambda it: say("probably improves {outcome}", outcome=it),
    ("Moderate", 0): lambda it: say(
        "probably makes little or no difference to {outcome}", outcome=it
    ),
    ("Moderate", -1): lambda it: say("probably worsens {outcome}", outcome=it),
    ("Low", 1): lambda it: say("may improve {outcome}", outcome=it),
    ("Low", 0): lambda it: say("may make little or no difference to {outcome}", outcome=it),
    ("Low", -1): lambda it: say("may worsen {outcome}", outcome=it),
}


def phrase(certainty: Certainty) -> str:
    """The sentence a certainty allows, after the subject: "probably improves hydration".

    Where the question is an effect of any size, the direction is that of the estimate.

    >>> from evidence.appraisal.body import Body, BodyStudy
    >>> from evidence.appraisal.grade import grade
    >>> studies = tuple(BodyStudy(study=name, yi=0.45, vi=0.005, n=300, rob="Low",
    ...     sponsor_funded=False) for name in "abc")
    >>> phrase(grade(Body(outcome="tone", design="randomised", studies=studies, mid=0.2)))
    'improves tone'
    """
    if certainty.level is None:
        return certainty.reason
    pooled = certainty.pooled
    if pooled is None or certainty.level == "Very low":
        return say("the evidence about {outcome} is very uncertain", outcome=certainty.outcome)
    limit = certainty.threshold or 0.0
    zone = 1 if pooled.estimate > limit else -1 if pooled.estimate < -limit else 0
    return _PHRASES[certainty.level, zone](certainty.outcome)


def summary_of_findings(
    bodies: Iterable[Body],
    *,
    rules: RuleSet = "core",
    start: Start = "classic",
    target: Target | None = None,
    tau2: Tau2Method = "REML",
    test: Test = "HKSJ-adhoc",
) -> pd.DataFrame:
    """One row per body: effect, adjusted range, probability of benefit, certainty and reasons.

    Parameters
    ----------
    bodies
        Bodies of evidence, one per outcome and comparison. Certainties are never averaged.
    rules, start, target, tau2, test
        As for `grade`.

    Returns
    -------
    DataFrame
        Columns as in `COLUMNS`. `k` and `n` count what is pooled. Effects are on the scale they
        are pooled on. `adjusted_*` and `probability_*` run over the bias sets, the probability
        (0 to 1) at `threshold`: the MID if stated, else null. They are missing, and
        `not_adjusted` says why, where none may be shown.

    Examples
    --------
    >>> from evidence.appraisal.body import BodyStudy
    >>> studies = tuple(
    ...     BodyStudy(study=name, yi=0.45, vi=0.005, n=100, rob="Low", flaws=())
    ...     for name in "abc")
    >>> body = Body(outcome="tone", design="randomised", studies=studies, registry_searched=True)
    >>> summary_of_findings([body])[["k", "n", "certainty", "phrase"]].values.tolist()
    [[3, 300.0, 'Moderate', 'probably improves tone']]
    """
    import pandas as pd

    rows = []
    for body in bodies:
        certainty = grade(body, rules=rules, start=start, target=target, tau2=tau2, test=test)
        rows.append(_row(body, certainty, *_adjusted(body, tau2)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _adjusted(body: Body, tau2: Tau2Method) -> tuple[BiasAdjusted | None, str]:
    try:
        found = adjust_bias(body, tau2=tau2)
    except OptionError as error:  # a measure that published biases cannot be put on
        return None, error.sentence
    left_out = listed(
        say("{study} left out: {why}", study=name, why=why) for name, why in found.left_out
    )
    return found, found.reason or left_out


def _row(
    body: Body, certainty: Certainty, adjusted: BiasAdjusted | None, not_adjusted: str
) -> dict[str, Any]:
    pooled = certainty.pooled
    estimates = adjusted.estimate_range() if adjusted else None
    probabilities = adjusted.probability_range() if adjusted else None
    low, high = estimates or (math.nan, math.nan)
    least, most = probabilities or (math.nan, math.nan)
    return {
        "outcome": body.outcome,
        "comparison": body.comparison,
        "design": body.design,
        "k": len(body.pooled_studies),
        "n": body.people,
        "measure": body.measure,
        "estimate": getattr(pooled, "estimate", math.nan),
        "ci_low": getattr(pooled, "ci_low", math.nan),
        "ci_high": getattr(pooled, "ci_high", math.nan),
        "pi_low": _number(getattr(pooled, "pi_low", None)),
        "pi_high": _number(getattr(pooled, "pi_high", None)),
        "adjusted_low": low,
        "adjusted_high": high,
        "threshold": body.mid if body.mid is not None else 0.0,
        "probability_low": least,
        "probability_high": most,
        "assumption_driven": adjusted.assumption_driven if adjusted else False,
        "not_adjusted": not_adjusted,
        "certainty": certainty.level or "not rated",
        "phrase": phrase(certainty),
        "reasons": listed(certainty.reasons),
    }


def _number(value: float | None) -> float:
    return math.nan if value is None else value
