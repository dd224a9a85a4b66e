"""Means and percent changes of two arms, or of two sides of the same people."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

from evidence.effects.contrast import between_p
from evidence.effects.labelled import percent_of_log
from evidence.effects.one_arm import IMPLAUSIBLE_SMD, one_arm, paired_spread, percent_of
from evidence.effects.one_row import effect_sizes
from evidence.effects.printed import N_MISSING, Figure, Found, Spread, derived, nothing
from evidence.effects.sides import (
    KINDS,
    PATHS,
    R_RANGE,
    SIDES_UNPAIRED,
    Sides,
    bounded,
    total_only,
)
from evidence.effects.spread import Printed, spread_of
from evidence.messages import listed, say


def from_changes(x: Sides, measure: str) -> Found | None:
    """Mean changes of both arms with their SDs.

    >>> from evidence.effects.sides import sides_of
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> from evidence.records.study import Study
    >>> serum = ArmResult(change_mean=Reported(text="-5"), change_sd=Reported(text="4"),
    ...                   n=Reported(text="20"))
    >>> vehicle = ArmResult(change_mean=Reported(text="-2"), change_sd=Reported(text="3"),
    ...                     n=Reported(text="20"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=serum, control=vehicle)
    >>> x = sides_of(Study(id="Kim", outcomes=(one,)), one)
    >>> found = from_changes(x, "MD")
    >>> found.yi, found.spread.vi
    (-3.0, 1.25)
    """
    m1, m2 = x.change("treated"), x.change("control")
    return _means(x, measure, m1, m2, "change") if measure != "ROM" else None


def from_finals(x: Sides, measure: str) -> Found | None:
    """Final means of both arms with their SDs.

    >>> from evidence.effects.sides import sides_of
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> from evidence.records.study import Study
    >>> serum = ArmResult(mean=Reported(text="10"), sd=Reported(text="4"), n=Reported(text="20"))
    >>> vehicle = ArmResult(mean=Reported(text="12"), sd=Reported(text="3"),
    ...                     n=Reported(text="20"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=serum, control=vehicle)
    >>> x = sides_of(Study(id="Kim", outcomes=(one,)), one)
    >>> found = from_finals(x, "MD")
    >>> found.yi, found.spread.vi
    (-2.0, 1.25)
    """
    m1, m2 = x.read("treated", "mean"), x.read("control", "mean")
    found = _means(x, measure, m1, m2, "final")
    before = [x.read(path, "baseline_mean") for path in PATHS]
    if found is None or before[0] is None or before[1] is None:
        return found
    gap = before[0].value - before[1].value
    if not gap:
        return found
    note = say("baseline means differ by {gap}", gap=f"{gap:g}")
    return replace(found, notes=(*found.notes, note))


def _means(
    x: Sides,
    measure: str,
    m1: Figure | None,
    m2: Figure | None,
    kind: Literal["change", "final"],
) -> Found | None:
    s1, s2 = x.sd("treated", kind), x.sd("control", kind)
    if m1 is None or m2 is None or s1 is None or s2 is None:
        return None
    if s1.value == 0 or s2.value == 0:
        return None
    basis = derived(f"{kind}_means_and_sds", "Cochrane Handbook 6.5.1", m1, m2, s1, s2)
    unit = x.outcome.unit if measure == "MD" else "" if measure == "ROM" else "SD"
    pooled = math.sqrt((s1.value**2 + s2.value**2) / 2)
    gap = m1.value - m2.value
    notes: tuple[str, ...] = ()
    if abs(gap) / pooled > IMPLAUSIBLE_SMD:
        notes = (
            say(
                "implausibly large: the arms differ by {n} SDs; is the SD a standard error?",
                n=f"{abs(gap) / pooled:.2g}",
            ),
        )
    if measure == "ROM" and not (m1.value > 0 and m2.value > 0):
        return None
    found = Found(
        measure=measure, yi=gap, basis=basis, spread=nothing(N_MISSING), unit=unit,
        log=measure == "ROM", notes=notes,
    )  # fmt: skip
    values = (m1.value, s1.value, m2.value, s2.value)
    if x.paired:
        return _paired_means(x, found, values, (s1, s2))
    if x.n1 is None or x.n2 is None:
        if measure == "MD":
            a, b = s1.value**2, s2.value**2
            return replace(
                found, spread=total_only(x, lambda n1, n2: a / n1 + b / n2, (m1, m2, s1, s2))
            )
        if measure == "ROM":
            a, b = (s1.value / m1.value) ** 2, (s2.value / m2.value) ** 2
            limits = total_only(x, lambda n1, n2: a / n1 + b / n2, (m1, m2, s1, s2))
            return replace(found, yi=math.log(m1.value / m2.value), spread=limits)
        return None
    if min(x.n1.value, x.n2.value) < 2:
        return None
    sizes = effect_sizes(
        measure,
        m1i=m1.value, sd1i=s1.value, n1i=x.n1.value,
        m2i=m2.value, sd2i=s2.value, n2i=x.n2.value,
    )  # fmt: skip
    whole = derived(basis.rule, basis.source, m1, m2, s1, s2, x.n1, x.n2)
    df = x.df if measure == "MD" else None
    spread = Spread(basis=whole, vi=float(sizes.vi[0]), df=df)
    return replace(found, yi=float(sizes.yi[0]), basis=whole, spread=spread)


FEWEST_SIDES = 3
"""People whose two sides give a spread."""


def _paired_means(
    x: Sides, found: Found, values: tuple[float, float, float, float], sds: tuple[Figure, Figure]
) -> Found | None:
    """Two sides of the same people: the correlation of the sides decides the spread."""
    m1, s1, m2, s2 = values
    name = {"MD": "MC", "ROM": "ROMC", "SMD": "SMCRP", "SMDH": "SMCRPH"}[found.measure]
    if name == "MC":
        yi = m1 - m2
    elif name == "ROMC":
        yi = math.log(m1 / m2)
    elif x.n1 is None or x.n1.value < FEWEST_SIDES:
        return None  # the small-sample factor needs two degrees of freedom
    else:
        import numpy as np

        from evidence.effects.options import hedges_factor

        shrink = float(hedges_factor(np.array([x.n1.value - 1.0]))[0])
        yi = (m1 - m2) / math.sqrt((s1**2 + s2**2) / 2) * shrink
    if x.n1 is None:
        return replace(found, yi=yi)
    if x.n1.value < FEWEST_SIDES:
        few = nothing(say("{n}: too few people for a standard error", n=x.n1.inputs[0]))
        return replace(found, yi=yi, spread=few)
    n = x.n1.value
    df_md = n - 1 if name == "MC" else None

    def variance(r: float) -> tuple[float, float]:
        sizes = effect_sizes(
            name, m1i=m1, sd1i=s1, m2i=m2, sd2i=s2, ni=n, ri=r, correct=name.startswith("SM")
        )
        return float(sizes.yi[0]), float(sizes.vi[0])

    if x.r is not None:
        basis = derived("paired_sides", "Cochrane Handbook 23.2.7", *sds, x.r, x.n1)
        own, vi = variance(x.r.value)
        if not vi > 0:
            return replace(found, yi=own, spread=nothing("the sides never differ: no spread"))
        return replace(found, yi=own, spread=Spread(basis=basis, vi=vi, df=df_md))
    errors = [math.sqrt(variance(r)[1]) for r in R_RANGE]
    limits = bounded(
        "paired_sides_r_bounds",
        "Cochrane Handbook 23.2.7",
        (*sds, x.n1),
        (min(errors), max(errors)),
        assumption=say(
            "correlation of the two sides between {low} and {high}",
            low=f"{R_RANGE[0]:g}",
            high=f"{R_RANGE[1]:g}",
        ),
        df=df_md,
        reason=SIDES_UNPAIRED,
    )
    return replace(found, yi=yi, spread=_tightened(x, yi, limits) if name == "MC" else limits)


def _tightened(x: Sides, yi: float, limits: Spread) -> Spread:
    """Bounds of the correlation cut with what the printed p value allows, or its exact answer."""
    by_p = _p_spread(x, yi, "p tests the difference of the sides")
    if by_p.vi is not None:
        return by_p
    if by_p.bound is None or limits.bound is None:
        return limits
    low = max(limits.bound[0] or 0.0, by_p.bound[0] or 0.0)
    highs = [b for b in (limits.bound[1], by_p.bound[1]) if b is not None]
    high = min(highs) if highs else None
    if high is not None and low > high:
        note = "the printed p value does not fit the printed spread of the sides"
        return replace(limits, notes=(*limits.notes, note))
    basis = replace(
        limits.basis,
        rule=f"{limits.basis.rule}, {by_p.basis.rule}",
        inputs=tuple(dict.fromkeys(limits.basis.inputs + by_p.basis.inputs)),
        assumptions=tuple(dict.fromkeys(limits.basis.assumptions + by_p.basis.assumptions)),
    )
    return replace(limits, basis=basis, bound=(low, high))


def _p_spread(x: Sides, yi: float, assumption: str) -> Spread:
    n = x.everybody
    whole = Figure(
        value=x.total or 0.0,
        inputs=tuple(i for f in n for i in f.inputs),
        assumptions=tuple(a for f in n for a in f.assumptions),
    )
    return spread_of(
        Printed(
            study=x.study.id,
            estimate=yi,
            n=None,
            df=x.df,
            p=between_p(x.outcome),
            p_assumption=listed((assumption, *whole.assumptions)),
            why_not=_why_no_spread(x),
        )
    )


def _why_no_spread(x: Sides) -> str:
    for path in PATHS:
        for kind in KINDS:
            sd = x.sd(path, kind)
            if sd is not None and sd.value == 0:
                return say("{sd}: an SD of 0 says that nobody differed", sd=sd.inputs[0])
    return N_MISSING if x.df is None else "no spread is printed for the arms"


_TESTED = {
    "changes": "p tests the difference of the changes",
    "finals": "p tests the difference of the finals",
}


def from_means_alone(x: Sides, measure: str) -> Found | None:
    """Changes, else finals, of both arms without SDs.

    >>> from evidence.effects.sides import sides_of
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> from evidence.records.study import Study
    >>> serum = ArmResult(mean=Reported(text="10"))
    >>> vehicle = ArmResult(mean=Reported(text="12"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=serum, control=vehicle)
    >>> x = sides_of(Study(id="Kim", outcomes=(one,)), one)
    >>> found = from_means_alone(x, "MD")
    >>> found.yi, found.spread.vi, found.basis.rule
    (-2.0, None, 'difference_of_finals')
    """
    kind = "changes"
    m1, m2 = x.change("treated"), x.change("control")
    if m1 is None or m2 is None:
        kind, m1, m2 = "finals", x.read("treated", "mean"), x.read("control", "mean")
    if m1 is None or m2 is None:
        return None
    yi = m1.value - m2.value
    return Found(
        measure=measure,
        yi=yi,
        basis=derived(f"difference_of_{kind}", "Cochrane Handbook 6.5.1", m1, m2),
        spread=_p_spread(x, yi, _TESTED[kind]),
        unit=x.outcome.unit,
    )


def _percents(x: Sides) -> tuple[Figure, Figure] | None:
    first, second = (percent_of(one_arm(x.study, x.outcome, x.arm(p), p)) for p in PATHS)
    return None if first is None or second is None else (first, second)


def _net(first: float, second: float) -> float | None:
    """Log ratio of two ratios to baseline; None when an arm lost everything."""
    if first <= -100 or second <= -100:
        return None
    return math.log1p(first / 100) - math.log1p(second / 100)


def from_percent_changes(x: Sides, measure: str) -> Found | None:
    """Percent changes of both arms: points apart.

    >>> from evidence.effects.sides import sides_of
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> from evidence.records.study import Study
    >>> serum = ArmResult(pct_change=Reported(text="-30"), n=Reported(text="20"))
    >>> vehicle = ArmResult(pct_change=Reported(text="-10"), n=Reported(text="20"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=serum, control=vehicle)
    >>> x = sides_of(Study(id="Kim", outcomes=(one,)), one)
    >>> found = from_percent_changes(x, "PCD")
    >>> found.yi, found.unit
    (-20.0, 'percentage points')
    """
    both = _percents(x)
    if both is None:
        return None
    yi = both[0].value - both[1].value
    net = _net(both[0].value, both[1].value)
    notes = () if net is None else (_net_note(net),)
    return Found(
        measure=measure,
        yi=yi,
        basis=derived("difference_of_percent_changes", "", *both),
        spread=_p_spread(x, yi, "p tests the difference of the percent changes"),
        unit="percentage points",
        notes=notes,
    )


def _net_note(net: float) -> str:
    return say("net {percent} % of the comparator", percent=f"{percent_of_log(net):+.1f}")


def from_ratios_to_baseline(x: Sides, measure: str) -> Found | None:
    """Percent changes of both arms as a ratio of ratios, on the log scale.

    >>> from evidence.effects.sides import sides_of
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> from evidence.records.study import Study
    >>> serum = ArmResult(pct_change=Reported(text="-30"), n=Reported(text="20"))
    >>> vehicle = ArmResult(pct_change=Reported(text="-10"), n=Reported(text="20"))
    >>> one = Outcome(id="1", name="wrinkle depth", treated=serum, control=vehicle)
    >>> x = sides_of(Study(id="Kim", outcomes=(one,)), one)
    >>> math.exp(from_ratios_to_baseline(x, "ROMC").yi)
    0.7778
    """
    both = _percents(x)
    yi = None if both is None else _net(both[0].value, both[1].value)
    if both is None or yi is None:
        return None
    each = [
        None if x.paired else paired_spread(one_arm(x.study, x.outcome, x.arm(path), path), "ROMC")
        for path in PATHS
    ]
    spread = nothing("nothing printed gives the spread of the ratio in each arm")
    if each[0] is not None and each[1] is not None and each[0].vi and each[1].vi:
        inputs = tuple(dict.fromkeys(each[0].basis.inputs + each[1].basis.inputs))
        spread = Spread(basis=replace(each[0].basis, inputs=inputs), vi=each[0].vi + each[1].vi)
    return Found(
        measure=measure,
        yi=yi,
        basis=derived("ratio_of_ratios_to_baseline", "Senior et al. 2020", *both),
        spread=spread,
        log=True,
    )
