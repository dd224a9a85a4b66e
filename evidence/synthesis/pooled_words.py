"""A pooled result in words: the mean, how it was made, the heterogeneity, the notes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from evidence.effects.effect import ratio_of_log
from evidence.formatting import estimate, interval, number, plural, pvalue
from evidence.messages import Message, say

if TYPE_CHECKING:
    from evidence.synthesis.pool import Pooled


def pooled_lines(pooled: Pooled) -> tuple[str, ...]:
    """The lines of `Pooled.summary`.

    >>> from evidence.synthesis.pool import pool
    >>> pooled_lines(pool({"yi": [0.1, 0.3], "vi": [0.02, 0.03]}, tau2="EE", test="z"))[0]
    'effect 0.18 (−0.03 to 0.39), p = 0.100  [2 studies; equal effects, z]'
    """
    notes = (say("note: {text}", text=note) for note in pooled.notes)
    return (_mean(pooled), *_spread(pooled), *_further(pooled), *notes)


def _mean(pooled: Pooled) -> Message:
    mean = estimate(pooled.estimate, pooled.ci_low, pooled.ci_high)
    if pooled.log_scale:
        value, low, high = map(ratio_of_log, (pooled.estimate, pooled.ci_low, pooled.ci_high))
        mean = say("{ratio} [log {value}]", ratio=estimate(value, low, high), value=mean)
    return say(
        "{measure} {value}, {p}  [{studies}; {model}, {test}]",
        measure=pooled.measure or "effect",
        value=mean,
        p=pvalue(pooled.pvalue),
        studies=_studies(pooled),
        model=_model(pooled),
        test=pooled.test,
    )


def _studies(pooled: Pooled) -> str:
    distinct = len(set(pooled.studies))
    studies = plural(distinct, "study", "studies")
    if distinct == pooled.k:
        return studies
    return say("{k} effects of {studies}", k=pooled.k, studies=studies)


def _model(pooled: Pooled) -> str:
    if pooled.tau2 is None:
        return "its own effect"
    if pooled.tau2_method == "EE":
        return "equal effects"
    if pooled.tau2_method == "fixed":
        return say("random effects, tau² fixed at {tau2}", tau2=number(pooled.tau2, 3))
    return say("random effects, {method}", method=pooled.tau2_method)


def _spread(pooled: Pooled) -> Iterator[str]:
    if pooled.q is None:
        return
    told = {"i2": number(pooled.i2, 0), "q": number(pooled.q), "df": pooled.q_df,
            "p": pvalue(pooled.q_pvalue)}  # fmt: skip
    if pooled.tau2_method == "EE":
        yield say("I² {i2} %, Q {q} on {df} df ({p})", **told)
    else:
        tau2 = number(pooled.tau2, 3)
        yield say("tau² {tau2}, I² {i2} %, Q {q} on {df} df ({p})", tau2=tau2, **told)


def _further(pooled: Pooled) -> Iterator[str]:
    """Where the true effect of a further study may lie."""
    if pooled.pi_low is None or pooled.pi_high is None:
        return
    limits = interval(pooled.pi_low, pooled.pi_high)
    if not pooled.log_scale:
        yield say("a further study: {limits}", limits=limits)
        return
    turned = interval(ratio_of_log(pooled.pi_low), ratio_of_log(pooled.pi_high))
    shown = say("{ratio} [log {value}]", ratio=turned, value=limits)
    if pooled.measure.endswith("LN"):  # log means, rates and proportions are no ratios
        yield say("a further study: {limits}", limits=shown)
    else:
        yield say("a further study, as a ratio: {limits}", limits=shown)
