"""How a change without a control stands: what may be said of it, what not, and what would undo it.

Every sentence carries the label of its numbers. What rests on a prior is a scenario, and nothing
here becomes an effect of the product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from evidence.effects.bounds import (
    fewest_people_that_decide,
    partial_identification_paired,
    se_of_log,
    smallest_cv_that_undoes,
)
from evidence.effects.convert_percent import percent_readings
from evidence.effects.effect import Label
from evidence.effects.labelled import Interval
from evidence.effects.percent_scale import few_df
from evidence.effects.recover import Recovered
from evidence.effects.regression_to_mean import RegressionTable, rtm_table
from evidence.effects.uncontrolled import (
    ONE_ARM_CEILING,
    TAU_VEHICLE,
    NetTable,
    TippingPoint,
    net_effect_table,
    vehicle_tipping_point,
)
from evidence.formatting import html_table, interval, number
from evidence.messages import listed, say
from evidence.records.base import UNKNOWN, Unknown
from evidence.records.vocabulary import Better

ROBUST_R = (0.3, 0.5)
"""Correlations at which the spread that undoes a change is shown."""
READING_R = 0.5
READING_CV_MAX = 0.5
"""Beyond this coefficient of variation a mean of individual percents says little of the means."""
VEHICLE_SIZES = (0.0, 2.8, 5.0, 8.0, 12.0)
"""Sizes of the response to a vehicle, in percent, for which the net effect is shown."""
SUPPOSED_N = (10, 20, 30, 60)
"""Numbers of people of the hypothetical table."""


class Sentence(NamedTuple):
    """One sentence with the label of its numbers."""

    label: Label
    text: str


class Tip(NamedTuple):
    """A tipping point and what is supposed about the vehicle."""

    supposing: str
    point: TippingPoint


class Supposed(NamedTuple):
    """What a number of people would give: hypothetical, whatever the label of its parts."""

    n: int
    widest: Interval
    narrowest: Interval


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Standing:
    """What may be said of a percent change in one arm, and what not.

    `touches_zero` pairs a correlation with the coefficient of variation at which the interval
    reaches zero; `readings` a CV with the change of means if the percent was a mean of
    individual percents; `decides` a correlation with the fewest people that decide the sign.
    """

    recovered: Recovered
    touches_zero: tuple[tuple[float, float], ...] = ()
    readings: tuple[tuple[float, float], ...] = ()
    regression: RegressionTable | None = None
    tips: tuple[Tip, ...] = ()
    nets: NetTable | None = None
    decides: tuple[tuple[float, int], ...] = ()
    supposed: tuple[Supposed, ...] = ()
    said: tuple[Sentence, ...] = ()
    not_said: tuple[Sentence, ...] = ()

    def __repr__(self) -> str:
        can, cannot = len(self.said), len(self.not_said)
        return f"<Standing: {can} sentences can be said, {cannot} not; {self.recovered!r}>"

    def _repr_html_(self) -> str:
        rows = [("can be said", each.text, each.label) for each in self.said]
        rows += [("cannot be said", each.text, each.label) for each in self.not_said]
        of = self.recovered
        names = (name for name in (of.study, of.outcome, of.arm) if name)
        return html_table(("", "sentence", "label"), rows, caption=", ".join(names))


def standing(
    recovered: Recovered,
    *,
    better: Better | Unknown = UNKNOWN,
    controlled: bool = False,
    assumptions: bool = True,
    supposed_n: Sequence[int] = SUPPOSED_N,
) -> Standing:
    """What may be said of a percent change of one arm.

    Parameters
    ----------
    recovered : Recovered
        From `recover`.
    better : str
        Direction of benefit; unknown leaves out what a vehicle would do to it.
    controlled : bool
        Whether the study has a control; then the change of one arm is not its effect, and that is
        all that is said about the cause.
    assumptions : bool
        False leaves out everything that rests on an assumed value.
    supposed_n : sequence of int
        People for the hypothetical table, made only when the number is not printed.

    Returns
    -------
    Standing
        Empty of numbers where the percent itself is refused.

    Examples
    --------
    >>> from evidence.effects.recover import recover
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> from evidence.records.study import Study
    >>> treated = ArmResult(pct_change=Reported(text="-20"), n=Reported(text="50"))
    >>> one = Outcome(id="1", name="wrinkle depth", family="wrinkle_depth", treated=treated)
    >>> seen = standing(recover(Study(id="serum", outcomes=(one,)), one), better="lower")
    >>> [(r, round(cv, 2)) for r, cv in seen.touches_zero]
    [(0.3, 0.68), (0.5, 0.81)]
    >>> print(seen.tips[0].supposing, round(seen.tips[0].point.tipping_ci_percent, 1))
    known exactly -12.7
    """
    percent, n = recovered.percent, recovered.n
    if percent is None:
        reason = recovered.effect.reason
        return Standing(recovered=recovered, not_said=(Sentence("refused", reason),))
    ratio = percent > -100 and percent != 0
    prior = recovered.prior
    assumed = recovered.assumed
    free = ratio and prior.cv_median is not None
    # where both SDs are printed the CV is no question, and the prior's says nothing
    unprinted = recovered.step("sd_change_from_r") is None and recovered.effect.vi is None
    touches = (
        tuple(
            (r, smallest_cv_that_undoes(percent, n, r, level=recovered.level, df=few_df(n)))
            for r in ROBUST_R
        )
        if free and unprinted and n is not None
        else ()
    )
    readings = _readings(recovered) if free and assumptions else ()
    directed = assumptions and not controlled and better is not UNKNOWN and free
    cv = prior.cv_median or 0.0
    tips: tuple[Tip, ...] = ()
    nets = None
    if directed and assumed is not None and n is not None and better is not UNKNOWN:
        middle = assumed.se_median or 0.0
        centre = se_of_log(cv, prior.r_centre, n) if unprinted else middle
        tips = _tips(percent, centre, better, recovered.level)
        towards = -1 if better == "lower" else 1
        nets = net_effect_table(
            percent,
            se_ln=middle,
            better=better,
            vehicle_percents=(*(towards * x for x in VEHICLE_SIZES), percent),
            level=recovered.level,
            labels={"se_ln": "imputed"},
        )
    regression = None
    if directed:
        regression = rtm_table(
            cv, select="above" if better == "lower" else "below", labels={"cv": "imputed"}
        )
    supposed: tuple[Supposed, ...] = ()
    decides: tuple[tuple[float, int], ...] = ()
    if n is None and free and assumptions:
        supposed = _supposed(recovered, supposed_n)
        decides = tuple(
            (r, fewest_people_that_decide(percent, cv, r, level=recovered.level))
            for r in (0.3, 0.6, 0.9)
        )
    found = Standing(
        recovered=recovered,
        touches_zero=touches,
        readings=readings,
        regression=regression,
        tips=tips,
        nets=nets,
        decides=decides,
        supposed=supposed,
    )
    return replace(
        found, said=tuple(_said(found)), not_said=tuple(_not_said(found, controlled=controlled))
    )


def _readings(recovered: Recovered) -> tuple[tuple[float, float], ...]:
    prior = recovered.prior
    if recovered.effect.basis.label != "reported" or recovered.percent is None:
        return ()
    if prior.cv_median is None:
        return ()
    low, high = prior.cv_bounds or (prior.cv_median, prior.cv_median)
    cvs = dict.fromkeys((low, prior.cv_median, min(high, READING_CV_MAX)))
    return tuple(
        (
            cv,
            percent_readings(
                recovered.percent, cv_pre=cv, r=READING_R, labels={"cv_pre": "imputed"}
            ).if_mean_of_individuals,
        )
        for cv in cvs
    )


def _tips(percent: float, se: float, better: Better, level: float) -> tuple[Tip, ...]:
    ways = (
        ("known exactly", 0.0, 0.0),
        ("from an arm of the same size", se, 0.0),
        ("varying between trials as vehicles do", 0.0, TAU_VEHICLE),
    )
    labels: dict[str, Label] = {"se_ln": "imputed"}
    return tuple(
        Tip(
            words,
            vehicle_tipping_point(
                percent,
                se_ln=se,
                better=better,
                vehicle_se_ln=of_arm,
                vehicle_tau_ln=tau,
                level=level,
                labels=labels,
            ),
        )
        for words, of_arm, tau in ways
    )


def _supposed(recovered: Recovered, people: Sequence[int]) -> tuple[Supposed, ...]:
    bounds, percent = recovered.prior.cv_bounds, recovered.percent
    if bounds is None or percent is None:
        return ()
    rows = []
    for n in people:
        found = partial_identification_paired(
            percent, n, bounds, recovered.prior.r_bounds, level=recovered.level
        )
        if found.widest is not None and found.narrowest is not None:
            rows.append(Supposed(n, found.widest, found.narrowest))
    return tuple(rows)


# --------------------------------------------------------------------------- in words


def _said(x: Standing) -> list[Sentence]:
    found = x.recovered
    effect = found.effect
    percent = number(found.percent, 1)
    said = [Sentence(effect.basis.label, _changed(percent, found.n))]
    level = f"{100 * found.level:g} %"
    best = found.best
    if best is not None and best.label in ("reported", "derived"):
        shown = interval(*best.widest, 1) if best.widest else ""
        said.append(
            Sentence(
                best.label,
                say(
                    "{level} interval {interval} ({rule})",
                    level=level,
                    interval=shown,
                    rule=best.rule,
                ),
            )
        )
    if (bound := found.bounds) is not None and bound.widest and bound.narrowest:
        decided = bound.widest[0] > 0 or bound.widest[1] < 0
        text = say(
            "{level} interval at worst {worst}, at best {best}: {chance}",
            level=level,
            worst=interval(*bound.widest, 1),
            best=interval(*bound.narrowest, 1),
            chance=CHANCE_UNLIKELY if decided else CHANCE_OPEN,
        )
        said.append(Sentence("bounded", text))
    if (prior := found.assumed) is not None and prior.widest:
        text = say(
            "{level} interval {interval} {title}",
            level=level,
            interval=interval(*prior.widest, 1),
            title=prior.title,
        )
        said.append(Sentence("imputed", text))
    if any(step.empty for step in found.steps):
        said.append(Sentence("refused", next(s.basis.reason for s in found.steps if s.empty)))
    if x.touches_zero:
        at = listed((_with_r(f"{cv:.2f}", r) for r, cv in x.touches_zero), ", ")
        text = say("the interval reaches zero only at a CV of {at}", at=at)
        said.append(Sentence("derived", text))
    if x.readings:
        low, high = x.readings[0], x.readings[-1]
        cvs = say("{low} to {high}", low=f"{low[0]:g}", high=f"{high[0]:g}")
        text = say(
            "if {percent} % is the mean of individual percents, the means changed by "
            "{by} % (CV {cv})",
            percent=percent,
            by=number(low[1], 1) if low == high else interval(low[1], high[1], 1),
            cv=f"{low[0]:g}" if low == high else cvs,
        )
        said.append(Sentence("imputed", text))
    return said


def _not_said(x: Standing, *, controlled: bool) -> list[Sentence]:
    found = x.recovered
    words: list[Sentence] = []
    if found.best is None:
        reason = next((s.basis.reason for s in found.steps if s.rule == "refuse"), "")
        reason = reason or found.effect.spread.reason
        words.append(Sentence("refused", say("no interval: {reason}", reason=reason)))
    if x.decides:
        text = say(
            "nor the number of people: at CV {cv} it takes only {people}",
            cv=f"{found.prior.cv_median:g}",
            people=listed((_with_r(str(n), r) for r, n in x.decides), ", "),
        )
        words.append(Sentence("imputed", text))
    if controlled:
        words.append(
            Sentence("refused", "the effect of the product: a change in one arm is not it")
        )
        return words
    words.append(Sentence("refused", say("that the product did it: {why}", why=ONE_ARM_CEILING)))
    if found.effect.better is UNKNOWN:
        words.append(
            Sentence("refused", "whether it is an improvement: which way is good is not known here")
        )
    if x.tips:
        points = [number(tip.point.tipping_ci_percent, 1) for tip in x.tips]
        supported = all(tip.point.supported for tip in x.tips)
        if supported:
            words.append(
                Sentence(
                    "imputed",
                    say(
                        "a vehicle response of {exact} % would undo it ({arm} % in an arm of the "
                        "same size, {varying} % as vehicles vary between trials)",
                        exact=points[0],
                        arm=points[1],
                        varying=points[2],
                    ),
                )
            )
        else:
            words.append(
                Sentence("imputed", "even a vehicle that does nothing leaves it unsupported")
            )
    if x.nets is not None:
        row = next((r for r in x.nets.rows if abs(r.vehicle_percent) == 8), None)
        if row is not None:
            words.append(
                Sentence(
                    "imputed",
                    say(
                        "if the vehicle did {vehicle} %, the net would be {net} % ({limits})",
                        vehicle=number(row.vehicle_percent, 1),
                        net=number(row.net_percent, 1),
                        limits=interval(*row.ci_net_percent, 1),
                    ),
                )
            )
    if x.regression is not None:
        words.append(Sentence("imputed", _regressed(x.regression)))
    words.append(
        Sentence("refused", "how many people benefited, whether it can be seen, how long it lasts")
    )
    return words


CHANCE_UNLIKELY = "chance alone is an unlikely explanation"
CHANCE_OPEN = "chance alone is not ruled out"


def _changed(percent: str, n: float | None) -> str:
    if n is None:
        return say("a change of {percent} % from baseline", percent=percent)
    return say(
        "a change of {percent} % from baseline in {n} people", percent=percent, n=f"{n:,.0f}"
    )


def _with_r(text: str, r: float) -> str:
    return say("{value} (correlation {r})", value=text, r=f"{r:g}")


def _regressed(table: RegressionTable) -> str:
    """What regression to the mean alone makes, over the correlations of its table."""
    first, last = table.percent[0], table.percent[-1]
    cells = {
        "half": interval(first[0], first[-1], 1),
        "tail": interval(last[0], last[-1], 1),
    }
    if first[0] < 0:
        return say(
            "regression to the mean alone: {half} % if the higher half was let in, "
            "{tail} % if the higher 16 % (correlation 0.5 to 0.9)",
            **cells,
        )
    return say(
        "regression to the mean alone: {half} % if the lower half was let in, "
        "{tail} % if the lower 16 % (correlation 0.5 to 0.9)",
        **cells,
    )
