"""Everything that can honestly be said of the spread of one result: `RULES`, best first.

All rules that apply are run, not only the best: exact ones must agree within rounding, bounds
hold what they hold, and a prior comes last and says that it is one. Nothing here enters a pooled
estimate by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from evidence.effects.bounds import (
    partial_identification_paired,
    se_interval_intersection,
)
from evidence.effects.effect import Basis, Effect, Label, quantile, weakest
from evidence.effects.labelled import Interval
from evidence.effects.one_arm import OneArm, one_arm, percent_of
from evidence.effects.percent_scale import few_df, percent_limits
from evidence.effects.printed import N_MISSING, Figure, as_printed, p_text
from evidence.effects.prior_interval import (
    PriorInterval,
    prior_propagation_paired,
    prior_r_propagation,
)
from evidence.effects.reported import p_limits
from evidence.effects.within_arm import within_arm
from evidence.errors import EffectError
from evidence.formatting import html_table, interval, number, people
from evidence.messages import Message, say
from evidence.records.base import UNKNOWN
from evidence.records.outcome import Outcome
from evidence.records.priors import DEFAULT_VERSION, Prior, prior_of
from evidence.records.study import Study

Open = tuple[float | None, float | None]
"""An interval without a limit on a side that is None."""

NO_ASSUMPTIONS = "a value would have to be assumed, and assumptions are switched off"
TOO_NARROW = (
    "no plausible spread gives this p value: the significance needs an implausibly small spread, "
    "or the plausible range is too narrow"
)
GRADED = "a percent of a grade is no percent of the sign it grades: use the raw scale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one rule says of one percent change.

    `narrowest` and `widest` are confidence intervals, the same where the rule gives one value;
    None where there is none. `se` is on the `scale` of the rule: points of percent, or the log.
    `reason` of the basis says why a step gives nothing.
    """

    rule: str
    title: str
    exact: bool
    basis: Basis
    se: Open | None = None
    se_median: float | None = None  # of a prior
    scale: Literal["percent", "log"] = "log"
    narrowest: Interval | None = None
    widest: Interval | None = None

    @property
    def label(self) -> Label:
        """What the interval is."""
        return self.basis.label

    @property
    def empty(self) -> bool:
        """Whether nothing plausible fits what is printed."""
        return self.basis.reason == TOO_NARROW


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Recovered:
    """The percent change of one arm from its baseline, and what is known of its error.

    `steps` are the rules that apply, in order of preference; `prior` is the one in use, by id.
    `conflict` names exact routes that disagree beyond rounding.
    """

    study: str
    outcome: str
    arm: str
    percent: float | None
    effect: Effect
    n: float | None
    steps: tuple[Step, ...]
    prior: Prior
    level: float
    conflict: str = ""

    @property
    def best(self) -> Step | None:
        """The first step that gives an interval."""
        return next((step for step in self.steps if step.widest is not None), None)

    @property
    def label(self) -> Label:
        """The label of the change with its error: that of the best step."""
        if self.percent is None or self.best is None:
            return "refused"
        return weakest((self.effect.basis.label, self.best.label))

    @property
    def bounds(self) -> Step | None:
        """The narrowest step that bounds, by how wide it may be."""
        found = [s for s in self.steps if s.label == "bounded" and s.widest is not None]
        return min(found, key=_width, default=None)

    @property
    def assumed(self) -> Step | None:
        """The step that rests on a prior."""
        return next((s for s in self.steps if s.label == "imputed" and s.widest), None)

    def step(self, rule: str) -> Step | None:
        """The step of one rule, if it applied."""
        return next((step for step in self.steps if step.rule == rule), None)

    def __repr__(self) -> str:
        of = ", ".join(_name(name) for name in (self.study, self.outcome, self.arm) if name)
        best = self.best
        at = f"; {best.label}: {_limits(best.widest)} %" if best is not None else ""
        change = f"{number(self.percent, 1)} %" if self.percent is not None else "refused"
        return f"<Recovered of {of}: {change} in {people(self.n)}{at}>"

    def _repr_html_(self) -> str:
        rows = [(step.title, step.label, _limits(step.widest), _limits(step.narrowest),
                 step.basis.reason) for step in self.steps]  # fmt: skip
        of = ", ".join(name for name in (self.study, self.outcome, self.arm) if name)
        said = self.effect.shown() if self.percent is not None else self.effect.reason
        head = ("from", "label", "interval at worst", "at best", "why there is none")
        return html_table(head, rows, caption=f"{of}: {said}, {people(self.n)}",
                          foot=self.conflict)  # fmt: skip


def _name(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


def _limits(found: Interval | None) -> str:
    return "–" if found is None else interval(*found, 1)


def recover(
    study: Study,
    outcome: Outcome,
    *,
    arm: Literal["treated", "control"] = "treated",
    assumptions: bool = True,
    priors: str = DEFAULT_VERSION,
    level: float = 0.95,
) -> Recovered:
    """What can be said of the change in one arm, by every rule that applies.

    Parameters
    ----------
    study, outcome
        The record.
    arm : {"treated", "control"}
        Whose change from baseline.
    assumptions : bool
        Whether values from outside the record may be used; False refuses them instead.
    priors : str
        Version of the priors, see `evidence.records.priors`.
    level : float
        Confidence level of what is computed here.

    Returns
    -------
    Recovered
        Steps in the order of `RULES`. A step that cannot be taken is there with its reason.

    Raises
    ------
    EffectError
        When a printed value cannot be.

    Examples
    --------
    >>> from evidence.records.outcome import ArmResult, Outcome
    >>> from evidence.records.reported import Reported
    >>> treated = ArmResult(pct_change=Reported(text="-20"), n=Reported(text="50"))
    >>> one = Outcome(id="1", name="wrinkle depth", family="wrinkle_depth", treated=treated)
    >>> found = recover(Study(id="serum", outcomes=(one,)), one)
    >>> found.label, [round(x, 1) for x in found.best.widest]
    ('bounded', [-34.3, -2.6])
    >>> [round(x, 1) for x in found.assumed.widest]
    [-28.9, -10.0]
    """
    effect = within_arm(study, outcome, arm, "PCHG")
    result = outcome.treated if arm == "treated" else outcome.control
    prior = prior_of(outcome.family, priors)
    if result is None or effect.yi is None:
        return Recovered(
            study=study.id, outcome=outcome.id, arm=arm, percent=None, effect=effect, n=None,
            steps=(), prior=prior, level=level,
        )  # fmt: skip
    x = one_arm(study, outcome, result, arm)
    percent = percent_of(x)
    if percent is None:
        raise EffectError("a percent change without its figure.", study=study.id)
    given = _Given(
        x=x, effect=effect, percent=percent, prior=prior, assumptions=assumptions, level=level
    )
    steps = tuple(step for rule in RULES if (step := rule(given)) is not None)
    return Recovered(
        study=study.id,
        outcome=outcome.id,
        arm=arm,
        percent=effect.yi,
        effect=effect,
        n=None if x.n is None else x.n.value,
        steps=steps,
        prior=prior,
        level=level,
        conflict=_conflict(effect.note),
    )


def _conflict(note: str) -> str:
    """The remark of an effect that its exact routes disagree, or an empty string."""
    notes = [text for _, text in note.values] if isinstance(note, Message) else [note]
    return next((text for text in notes if text.startswith("standard errors disagree")), "")


# --------------------------------------------------------------------------- the rules


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """What the rules look at."""

    x: OneArm
    effect: Effect
    percent: Figure
    prior: Prior
    assumptions: bool
    level: float

    @property
    def p_interval(self) -> Interval | None:
        """The p values that the printed statement allows."""
        p = self.x.p
        if p is UNKNOWN:
            return None
        value = None if p.value is UNKNOWN else p.value.value
        decimals = None if p.value is UNKNOWN else p.value.decimals
        try:
            return p_limits(p.operator, value, decimals=decimals)
        except EffectError:
            return None

    @property
    def means(self) -> tuple[Figure, Figure, Figure, Figure] | None:
        """Both means and both SDs, all positive."""
        read = (
            self.x.read("baseline_mean"), self.x.sd("baseline_sd"),
            self.x.read("mean"), self.x.sd("sd"),
        )  # fmt: skip
        found = [f for f in read if f is not None and f.value > 0]
        return (found[0], found[1], found[2], found[3]) if len(found) == 4 else None

    def basis(
        self, label: Label, rule: str, source: str, *, assumptions: tuple[str, ...] = (),
        inputs: tuple[str, ...] = (), reason: str = "",
    ) -> Basis:  # fmt: skip
        """A basis that names the percent and the people with everything else."""
        people = () if self.x.n is None else self.x.n.inputs
        of_people = () if self.x.n is None else self.x.n.assumptions
        return Basis(
            label=label,
            rule=rule,
            source=source,
            assumptions=(*of_people, *assumptions),
            inputs=(*self.percent.inputs, *people, *inputs),
            reason=reason,
        )


def _as_printed(g: _Given) -> Step | None:
    """An exact route: printed SE, interval, SD of change, test statistic, exact p, SDs and r."""
    e = g.effect
    if e.vi is None or e.ci_low is None or e.ci_high is None:
        return None
    se = math.sqrt(e.vi)
    interval = (e.ci_low, e.ci_high)
    if e.level != g.level:
        half = quantile(g.level, e.df) * se
        interval = (g.percent.value - half, g.percent.value + half)
    return Step(
        rule=e.spread.rule,
        title="from what is printed",
        exact=True,
        basis=e.spread,
        se=(se, se),
        scale="percent",
        narrowest=interval,
        widest=interval,
    )


def _by_p(g: _Given) -> Step | None:
    """Limits of the SE in percent points from a p threshold; the widest may be open."""
    bound = g.effect.se_bound
    if bound is None:
        return None
    low, high = bound
    t = quantile(g.level, g.effect.df if g.effect.df is not None else g.x.df)
    y = g.percent.value
    return Step(
        rule="se_limits_from_p",
        title="from the printed p alone",
        exact=True,
        basis=g.effect.spread,
        se=bound,
        scale="percent",
        narrowest=(y - t * (low or 0.0), y + t * (low or 0.0)),
        widest=None if high is None else (y - t * high, y + t * high),
    )


def _by_p_and_region(g: _Given) -> Step | None:
    """The plausible region of CV and r, cut by the printed p."""
    limits, n, bounds = g.p_interval, g.x.n, g.prior.cv_bounds
    if limits is None or n is None or n.value < 2 or bounds is None or not _ratio(g):
        return None
    if g.percent.value == 0:
        return None
    found = se_interval_intersection(
        g.percent.value,
        n.value,
        bounds,
        g.prior.r_bounds,
        limits,
        level=g.level,
        df=few_df(n.value),
    )
    said = () if g.x.p is UNKNOWN else (p_text(g.x.p),)
    basis = g.basis(
        "bounded" if found.status == "bounded" else "refused",
        "se_interval_intersection",
        "Manski (2003), doi 10.1007/b97478",
        assumptions=(_plausible(bounds, g.prior),),
        inputs=said,
        reason="" if found.status == "bounded" else TOO_NARROW,
    )
    return Step(
        rule=basis.rule,
        title="plausible spreads that fit the printed p",
        exact=True,
        basis=basis,
        se=found.se,
        narrowest=found.narrowest,
        widest=found.widest,
    )


def _by_sds(g: _Given) -> Step | None:
    """Both SDs printed, the correlation limited."""
    means, n = g.means, g.x.n
    if means is None or n is None or g.x.r is not None or not _ratio(g):
        return None
    m0, s0, m1, s1 = means
    cvs = (s0.value / m0.value, s1.value / m1.value)
    ses = [
        math.sqrt((cvs[0] ** 2 + cvs[1] ** 2 - 2 * r * cvs[0] * cvs[1]) / n.value)
        for r in reversed(g.prior.r_bounds)
    ]
    log_ratio = math.log1p(g.percent.value / 100)
    basis = g.basis(
        "bounded",
        "sd_change_from_r",
        "Senior, Viechtbauer & Nakagawa (2020), doi 10.1002/jrsm.1423",
        assumptions=(
            say(
                "correlation of before and after {r} ({prior})",
                r=_span(g.prior.r_bounds),
                prior=g.prior.id,
            ),
        ),
        inputs=tuple(i for f in means for i in f.inputs),
    )
    return Step(
        rule=basis.rule,
        title="from both SDs, whatever the correlation",
        exact=True,
        basis=basis,
        se=(ses[0], ses[1]),
        narrowest=percent_limits(log_ratio, ses[0] ** 2, g.level, few_df(n.value)),
        widest=percent_limits(log_ratio, ses[1] ** 2, g.level, few_df(n.value)),
    )


def _by_region(g: _Given) -> Step | None:
    """Neither SD nor correlation: the plausible region alone."""
    n, bounds = g.x.n, g.prior.cv_bounds
    if n is None or bounds is None or g.means is not None or not _ratio(g):
        return None
    found = partial_identification_paired(
        g.percent.value, n.value, bounds, g.prior.r_bounds, level=g.level, df=few_df(n.value)
    )
    basis = g.basis(
        "bounded",
        "partial_identification_paired",
        "Manski (2003), doi 10.1007/b97478",
        assumptions=(_plausible(bounds, g.prior),),
    )
    return Step(
        rule=basis.rule,
        title="from the number of people and plausible spreads",
        exact=True,
        basis=basis,
        se=found.se,
        narrowest=found.narrowest,
        widest=found.widest,
    )


def _by_prior(g: _Given) -> Step | None:
    """The spread under a prior; with both SDs printed, of the correlation alone."""
    n, prior, means = g.x.n, g.prior, g.means
    if n is None or g.effect.vi is not None:
        return None
    if means is None and (prior.cv_median is None or prior.cv_log_sd is None):
        return None
    if not _ratio(g):
        return None
    rule = "prior_r_propagation" if means is not None else "prior_propagation_paired"
    title = say("under the prior {prior}", prior=prior.id)
    source = say("{prior}: {seen}", prior=prior.id, seen=prior.seen)
    if not g.assumptions:
        basis = g.basis("refused", rule, source, reason=NO_ASSUMPTIONS)
        return Step(rule=rule, title=title, exact=False, basis=basis)
    found: PriorInterval
    if means is not None:
        m0, s0, m1, s1 = means
        found = prior_r_propagation(
            g.percent.value,
            n.value,
            cv_pre=s0.value / m0.value,
            cv_post=s1.value / m1.value,
            r_centre=prior.r_centre,
            r_fisher_sd=prior.r_fisher_sd,
            level=g.level,
        )
        words = say("correlation about {r} ({prior})", r=f"{prior.r_centre:g}", prior=prior.id)
    else:
        if prior.cv_median is None or prior.cv_log_sd is None:
            raise ValueError("a prior without a CV")
        found = prior_propagation_paired(
            g.percent.value,
            n.value,
            cv_median=prior.cv_median,
            cv_log_sd=prior.cv_log_sd,
            r_centre=prior.r_centre,
            r_fisher_sd=prior.r_fisher_sd,
            level=g.level,
        )
        words = say(
            "CV about {cv}, correlation about {r} ({prior})",
            cv=f"{prior.cv_median:g}",
            r=f"{prior.r_centre:g}",
            prior=prior.id,
        )
    interval = (found.ci_low, found.ci_high)
    return Step(
        rule=rule,
        title=title,
        exact=False,
        basis=g.basis("imputed", rule, source, assumptions=(words,)),
        se=(found.se[0], found.se[2]),
        se_median=found.se[1],
        narrowest=interval,
        widest=interval,
    )


def _nothing(g: _Given) -> Step | None:
    """Why there is no interval at all."""
    if g.effect.vi is not None:
        return None
    if g.x.n is None:
        reason = N_MISSING
    elif g.prior.family == "wrinkle_grade":
        reason = GRADED
    elif g.prior.cv_median is None and g.means is None:
        reason = "no spread is printed, and none has been seen for outcomes of this kind"
    else:
        return None
    basis = Basis(
        label="refused", rule="refuse", inputs=as_printed(g.percent, "").inputs, reason=reason
    )
    return Step(rule="refuse", title="refused", exact=True, basis=basis)


RULES: tuple[Callable[[_Given], Step | None], ...] = (
    _as_printed,
    _by_p_and_region,
    _by_p,
    _by_sds,
    _by_region,
    _by_prior,
    _nothing,
)
"""In order of preference: printed and derived, bounds, prior, refusal."""


def _ratio(g: _Given) -> bool:
    """Whether the logarithm of the change exists."""
    return g.percent.value > -100


def _span(limits: Interval) -> str:
    return say("{low} to {high}", low=f"{limits[0]:g}", high=f"{limits[1]:g}")


def _plausible(cv: Interval, prior: Prior) -> str:
    return say(
        "plausible for this outcome: CV {cv} and correlation {r} ({prior})",
        cv=_span(cv),
        r=_span(prior.r_bounds),
        prior=prior.id,
    )


def _width(step: Step) -> float:
    low, high = step.widest or (-math.inf, math.inf)
    return high - low
