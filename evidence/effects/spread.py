"""The spread of one printed estimate: `SPREAD_RULES`, exact before approximate, first that fits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from evidence.effects.effect import Basis, refused
from evidence.effects.printed import N_MISSING, Figure, Spread, derived, nothing, p_text
from evidence.effects.reported import (
    HANDBOOK,
    p_limits,
    se_from_ci,
    se_from_p,
    se_from_t,
    se_limits_from_p,
)
from evidence.errors import EffectError
from evidence.messages import listed, say
from evidence.records.base import UNKNOWN, Unknown
from evidence.records.outcome import PValue

DISAGREE = 1.2
"""Standard errors by two routes further apart than this are named in a note."""

OFF_CENTRE = "the estimate is not at the centre of its interval"
OFF_LOG_CENTRE = "the estimate is not at the log-centre of its interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """An estimate and everything printed about its error.

    `estimate` is as printed (a ratio on the ratio scale when `log`); `df` is that of its t test,
    None when the people are not known or the test is a normal one.
    """

    study: str
    estimate: float
    log: bool = False
    se: Figure | None = None
    ci_low: Figure | None = None
    ci_high: Figure | None = None
    level: float = 0.95
    level_assumed: bool = False
    sd: Figure | None = None  # of the individual differences
    n: Figure | None = None
    df: float | None = None
    t: Figure | None = None
    p: PValue | Unknown = UNKNOWN
    p_assumption: str = ""
    why_not: str = ""  # why nothing else gives the spread

    @property
    def value(self) -> float:
        """The estimate on the analysis scale."""
        return math.log(self.estimate) if self.log else self.estimate


def _by_se(x: Printed) -> Spread | None:
    if x.se is None:
        return None
    if x.se.value == 0:
        return nothing(
            say("{se}: a standard error of 0 says that nothing varied", se=x.se.inputs[0])
        )
    assumed = ("the printed standard error of a ratio is that of its logarithm",) if x.log else ()
    basis = Basis(
        label="reported",
        rule="se_printed",
        inputs=x.se.inputs,
        assumptions=assumed + _of(x.n),
    )
    return Spread(basis=basis, vi=x.se.value**2, df=x.df)


def _by_ci(x: Printed) -> Spread | None:
    if x.ci_low is None or x.ci_high is None:
        return None
    low, high = x.ci_low.value, x.ci_high.value
    if not low <= x.estimate <= high:
        return nothing(
            say(
                "the estimate {estimate} lies outside its own interval ({low}, {high})",
                estimate=f"{x.estimate:g}",
                low=x.ci_low.inputs[0],
                high=x.ci_high.inputs[0],
            )
        )
    try:
        read = se_from_ci(low, high, estimate=x.estimate, level=x.level, df=x.df, log=x.log)
    except EffectError as error:
        return nothing(error.sentence)
    notes = []
    if read.lopsided:
        notes.append(OFF_LOG_CENTRE if x.log else OFF_CENTRE)
        if not x.log and read.log_asymmetry is not None and read.log_asymmetry < 0.1:
            notes.append("its interval is symmetric on the log scale: is it a ratio?")
    basis = derived("se_from_ci", HANDBOOK, x.ci_low, x.ci_high, x.n)
    extra = []
    if x.level_assumed:
        extra.append("the interval is a 95 % interval: its level is not printed")
    if x.df is None and not x.log:
        extra.append("normal quantile: degrees of freedom not known")
    limits = (math.log(low), math.log(high)) if x.log else (low, high)
    return Spread(basis=_with(basis, *extra), vi=read.se**2, df=x.df, ci=limits, notes=tuple(notes))


def _by_sd(x: Printed) -> Spread | None:
    if x.sd is None or x.n is None:
        return None
    if x.sd.value == 0:
        return nothing(say("{sd}: an SD of 0 says that nobody differed", sd=x.sd.inputs[0]))
    return Spread(
        basis=derived("se_from_sd", HANDBOOK, x.sd, x.n),
        vi=x.sd.value**2 / x.n.value,
        df=x.df,
    )


def _by_t(x: Printed) -> Spread | None:
    if x.t is None or x.value == 0 or x.t.value == 0:
        return None
    try:
        se = se_from_t(x.value, x.t.value)
    except EffectError as error:
        return nothing(error.sentence)
    return Spread(basis=derived("se_from_test_statistic", HANDBOOK, x.t, x.n), vi=se**2, df=x.df)


def _by_exact_p(x: Printed) -> Spread | None:
    if x.p is UNKNOWN or x.p.operator != "=" or x.p.value is UNKNOWN or x.value == 0:
        return None
    p = x.p.value.value
    if x.df is None and not x.log:
        return nothing(N_MISSING)
    if not 0 < p < 1:
        return None
    basis = derived("se_from_exact_p", HANDBOOK, _p_figure(x), x.n)
    se = se_from_p(x.value, p, df=x.df)
    return Spread(basis=basis, vi=se**2, df=x.df)


def _by_p_limits(x: Printed) -> Spread | None:
    if x.p is UNKNOWN:
        return None
    if x.df is None and not x.log:
        return nothing(N_MISSING)
    exact = x.p.value if x.p.value is not UNKNOWN else None
    try:
        limits = p_limits(
            x.p.operator,
            None if exact is None else exact.value,
            decimals=None if exact is None else exact.decimals,
        )
        bound = se_limits_from_p(x.value, limits, df=x.df)
    except EffectError as error:
        return nothing(error.sentence)
    if bound == (0.0, None):
        return None
    basis = derived("se_limits_from_p", "Cochrane Handbook 6.5.2.3 (2019)", _p_figure(x), x.n)
    return Spread(
        basis=Basis(
            label="bounded",
            rule=basis.rule,
            source=basis.source,
            assumptions=basis.assumptions,
            inputs=basis.inputs,
            reason=say("{p} is a limit, not a value", p=p_text(x.p)),
        ),
        df=x.df,
        bound=bound,
    )


def _p_figure(x: Printed) -> Figure:
    if x.p is UNKNOWN:
        raise ValueError("no p value")
    assumed = [x.p_assumption] if x.p_assumption else []
    if x.p.implied:
        assumed.append("p < 0.05 is read into the word significant")
    if not x.log:
        assumed.append("p is that of a t test")
    where = ""
    if x.p.value is not UNKNOWN and x.p.value.place is not None:
        where = f" ({x.p.value.place})"
    return Figure(value=0.0, inputs=(p_text(x.p) + where,), assumptions=tuple(assumed))


def _of(figure: Figure | None) -> tuple[str, ...]:
    return () if figure is None else figure.assumptions


def _with(basis: Basis, *assumptions: str) -> Basis:
    return Basis(
        label=basis.label,
        rule=basis.rule,
        source=basis.source,
        inputs=basis.inputs,
        assumptions=(*basis.assumptions, *assumptions),
    )


SPREAD_RULES: tuple[Callable[[Printed], Spread | None], ...] = (
    _by_se,
    _by_ci,
    _by_sd,
    _by_t,
    _by_exact_p,
    _by_p_limits,
)
"""Exact before approximate; the first that gives a variance is used, else the first bound."""


def spread_of(printed: Printed) -> Spread:
    """The spread of a printed estimate by the first rule that fits.

    Every other exact route is run too: standard errors that disagree are named in a note.

    >>> se = Figure(value=0.5, inputs=("contrast.se = 0.5",))
    >>> spread_of(Printed(study="Kim", estimate=-3.0, se=se)).vi
    0.25
    >>> spread_of(Printed(study="Kim", estimate=-3.0)).basis.reason
    'nothing printed gives its standard error'
    """
    found = [s for s in (rule(printed) for rule in SPREAD_RULES) if s is not None]
    exact = [s for s in found if s.vi is not None]
    if exact:
        errors = [(s.basis.rule, math.sqrt(s.vi)) for s in exact if s.vi is not None]
        smallest, largest = min(e for _, e in errors), max(e for _, e in errors)
        first = exact[0]
        if largest <= DISAGREE * smallest:
            return first
        routes = listed((f"{rule} {se:.3g}" for rule, se in errors), ", ")
        conflict = say("standard errors disagree ({routes})", routes=routes)
        return Spread(
            basis=first.basis,
            vi=first.vi,
            df=first.df,
            ci=first.ci,
            notes=(*first.notes, conflict),
        )
    for spread in found:
        if spread.bound is not None:
            return spread
    reason = printed.why_not or "nothing printed gives its standard error"
    return found[0] if found else Spread(basis=refused(reason))
