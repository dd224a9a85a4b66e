"""Where in a record the figures of each check stand: one case per check and set of figures.

A case names the fields it reads and the call that checks them; nothing is run here.
"""

# ruff: noqa: ARG001 - one shape for every row of a table

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from typing import Literal

from evidence.integrity.changes import change_arithmetic, unit_slip
from evidence.integrity.facts_of_record import SIDES, scale_of
from evidence.integrity.figures_of_record import (
    ARMS,
    PAIRS,
    Answer,
    Case,
    as_found,
    behind,
    digits,
    each_arm,
    p_digits,
    people,
)
from evidence.integrity.granularity import grim, grim_percent
from evidence.integrity.grimmer import grimmer_exact
from evidence.integrity.intervals import ci_symmetry, ci_versus_p
from evidence.integrity.printed_p import OTHER_PEOPLE, TYPING_ERROR, Compared
from evidence.integrity.printed_sets import shown, values_of
from evidence.integrity.recompute import Test, df_versus_n, p_from_summary
from evidence.integrity.statistics_text import statistic_versus_p
from evidence.integrity.tables import n_trail
from evidence.integrity.text_table import significance_versus_p
from evidence.messages import say
from evidence.records.base import UNKNOWN
from evidence.records.outcome import Outcome
from evidence.records.rounding import Box
from evidence.records.study import Study

RATIOS = ("risk_ratio", "relative_odds", "relative_risk_adjusted", "prevalence_ratio", "rr", "or",
          "hr", "risk ratio", "odds ratio", "hazard ratio", "rom")  # fmt: skip
# --------------------------------------------------------------------------- whole numbers


def percents(study: Study, outcome: Outcome) -> Iterator[Case]:
    """A percent of people against how many there were.

    >>> from evidence.records.plain import outcome_of
    >>> case, = percents(Study(id="a"), outcome_of("smoother", treated={"pct": "88", "n": "30"}))
    >>> case.reads, case.run().verdict
    (('treated.pct', 'treated.n'), 'inconsistent')
    """
    for name, arm in each_arm(outcome):
        percent, found = digits(arm.pct), behind(outcome, name, arm)
        if percent and found:
            n, path, remark = found
            yield Case((f"{name}.pct", path), partial(grim_percent, percent, n), remark)


def percent_of_counts(study: Study, outcome: Outcome) -> Iterator[Case]:
    """A percent of people against the count printed beside it.

    >>> from evidence.records.plain import outcome_of
    >>> told = {"pct": "80", "events": "22", "total": "30"}
    >>> case, = percent_of_counts(Study(id="a"), outcome_of("smoother", treated=told))
    >>> case.run().verdict  # 22 of 30 are 73 %
    'inconsistent'
    """
    for name, arm in each_arm(outcome):
        percent, k, n = digits(arm.pct), digits(arm.events), people(arm.total) or people(arm.n)
        if percent and k and n:
            reads = (f"{name}.pct", f"{name}.events", f"{name}.total")
            yield Case(reads, partial(_share, percent, Fraction(k), n))


def _share(percent: str, k: Fraction, n: int) -> Compared:
    share = 100 * k / n
    fits = share in values_of(percent, "up_or_down", "the percent")
    loosely = share in values_of(percent, "any", "the percent")
    said = say("{k} of {n} is {share} %", k=k, n=n, share=shown(share, 1))
    return Compared(
        verdict="consistent" if fits
        else "consistent_only_if_truncated_or_rounded_up" if loosely else "inconsistent",
        reason="" if fits else "percent",
        benign=() if fits else (TYPING_ERROR, OTHER_PEOPLE),
        sentence=say("{said}, as printed.", said=said) if fits
        else say("{said}; {percent} % fits if it was cut off or rounded up.",
                 said=said, percent=percent) if loosely
        else say("These numbers cannot all be right: {said}, not {percent} %.",
                 said=said, percent=percent),
    )  # fmt: skip


def means_of_grades(study: Study, outcome: Outcome) -> Iterator[Case]:
    """The mean of a scale of whole grades against how many people there were.

    >>> from evidence.records.plain import outcome_of
    >>> one = outcome_of("wrinkles, 5-point scale", treated={"mean": "2.17", "n": "20"})
    >>> case, = means_of_grades(Study(id="a"), one)
    >>> case.run().verdict  # 43 / 20 is 2.15, 44 / 20 is 2.20
    'inconsistent'
    """
    scale = scale_of(outcome)
    if scale is None or outcome.statistic not in ("mean", UNKNOWN):
        return
    for name, arm in each_arm(outcome):
        for mean, _ in PAIRS:
            text, found = digits(getattr(arm, mean)), behind(outcome, name, arm)
            if text and found:
                n, path, remark = found
                yield Case(
                    (f"{name}.{mean}", path, "instrument"),
                    partial(grim, text, n, items=scale.items),
                    remark,
                )


def spreads_of_grades(study: Study, outcome: Outcome) -> Iterator[Case]:
    """Mean and SD of a scale of whole grades; where the mean alone fails, that is said once.

    >>> from evidence.records.plain import outcome_of
    >>> arm = {"mean": "3.44", "sd": "2.47", "n": "18"}
    >>> one = outcome_of("roughness", instrument="dermatologist 0-9", treated=arm)
    >>> case, = spreads_of_grades(Study(id="a"), one)
    >>> case.run().verdict
    'inconsistent'
    """
    scale = scale_of(outcome)
    if scale is None or outcome.statistic not in ("mean", UNKNOWN):
        return
    for name, arm in each_arm(outcome):
        for mean, sd in PAIRS:
            m, s = digits(getattr(arm, mean)), digits(getattr(arm, sd))
            found = behind(outcome, name, arm)
            if not (m and s and found):
                continue
            n, path, remark = found
            low, high = (None, None) if mean == "change_mean" else (scale.low, scale.high)
            yield Case(
                (f"{name}.{mean}", f"{name}.{sd}", path, "instrument"),
                partial(_grimmer, m, s, n, items=scale.items, scale_min=low, scale_max=high),
                remark,
            )


def _grimmer(
    mean: str, sd: str, n: int, *, items: int, scale_min: int | None, scale_max: int | None
) -> Answer:
    found = grimmer_exact(
        mean, sd, n, items=items, scale_min=scale_min, scale_max=scale_max
    )  # fmt: skip
    if found.reason != "grim":
        return found
    return Compared(verdict="not_testable", reason="grim", benign=(),
                    sentence="The mean alone does not fit n: nothing more to test.")  # fmt: skip


# --------------------------------------------------------------------------- arithmetic


def changes(study: Study, outcome: Outcome) -> Iterator[Case]:
    """A printed change against the means before and after.

    >>> from evidence.records.plain import outcome_of
    >>> arm = {"baseline_mean": "40", "mean": "50", "change_mean": "12"}
    >>> case, = changes(Study(id="a"), outcome_of("hydration", treated=arm))
    >>> case.run().verdict
    'inconsistent'
    """
    for name, arm in each_arm(outcome):
        pre, post, change = (digits(x) for x in (arm.baseline_mean, arm.mean, arm.change_mean))
        if pre and post and change:
            reads = (f"{name}.change_mean", f"{name}.baseline_mean", f"{name}.mean")
            yield Case(reads, partial(change_arithmetic, pre, post, change=change))


def percent_changes(study: Study, outcome: Outcome) -> Iterator[Case]:
    """A printed percent change against the means, or against the change and the mean before.

    >>> from evidence.records.plain import outcome_of
    >>> arm = {"baseline_mean": "40", "mean": "50", "pct_change": "25 %"}
    >>> case, = percent_changes(Study(id="a"), outcome_of("hydration", treated=arm))
    >>> case.run().verdict
    'consistent'
    """
    for name, arm in each_arm(outcome):
        pre, post, change, percent = (
            digits(x) for x in (arm.baseline_mean, arm.mean, arm.change_mean, arm.pct_change)
        )
        if pre and post and percent:
            reads = (f"{name}.pct_change", f"{name}.baseline_mean", f"{name}.mean")
            yield Case(reads, partial(change_arithmetic, pre, post, percent=percent))
        elif pre and change and percent:
            reads = (f"{name}.pct_change", f"{name}.change_mean", f"{name}.baseline_mean")
            yield Case(reads, partial(_percent_of_change, pre, change, percent))


def _percent_of_change(pre: str, change: str, percent: str) -> Compared:
    """100·change/pre over the rounding of both."""
    before, moved = values_of(pre, "up_or_down", "pre"), values_of(change, "up_or_down", "change")
    if before.low <= 0:
        return Compared(verdict="not_testable", reason="nothing_to_compare", benign=(),
                        sentence="A percent needs a mean before that is above zero.")  # fmt: skip
    ends = [100 * m / b for m in (moved.low, moved.high) for b in (before.low, before.high)]
    share = Box(min(ends), max(ends))
    fits = values_of(percent, "up_or_down", "percent").meets(share)
    said = say("{change} of {before} is {low} to {high} %", change=shown(Fraction(change), 2),
               before=pre, low=shown(share.low, 1), high=shown(share.high, 1))  # fmt: skip
    return Compared(
        verdict="consistent" if fits else "inconsistent",
        reason="" if fits else "percent",
        benign=() if fits
        else (TYPING_ERROR, OTHER_PEOPLE, "The percent is the mean of each person's percent."),
        sentence=say("{said}: the figures fit.", said=said) if fits
        else say("These numbers cannot all be right: {said}, not {percent} %.",
                 said=said, percent=percent),
    )  # fmt: skip


def units(study: Study, outcome: Outcome) -> Iterator[Case]:
    """The means before and after, which two units would set apart by a power of ten.

    >>> from evidence.records.plain import outcome_of
    >>> arm = {"baseline_mean": "0.52", "mean": "480"}
    >>> case, = units(Study(id="a"), outcome_of("wrinkle depth", treated=arm))
    >>> case.run().verdict
    'unit_slip'
    """
    for name, arm in each_arm(outcome):
        pre, post, percent = (digits(x) for x in (arm.baseline_mean, arm.mean, arm.pct_change))
        if pre and post:
            reads = (f"{name}.baseline_mean", f"{name}.mean", f"{name}.pct_change")
            yield Case(reads, partial(unit_slip, pre, post, percent=percent or None))


def counts(study: Study, outcome: Outcome) -> Iterator[Case]:
    """People enrolled, in the arms and analysed; there may be arms that the row does not show.

    >>> from evidence.records.plain import outcome_of
    >>> one = outcome_of("TEWL", n_total_randomised="30", n_total="32")
    >>> case, = counts(Study(id="a"), one)
    >>> case.run().verdict
    'inconsistent'
    """
    arms = [arm for _, arm in each_arm(outcome)]
    sides = outcome.design.kind in SIDES or outcome.control is None
    began = () if sides else (*(people(arm.n_randomised) for arm in arms), None)
    ended = () if sides else (*(people(arm.n) for arm in arms), None)
    randomised, analysed = people(outcome.n_total_randomised), people(outcome.n_total)
    compared = [(randomised, analysed), *zip(began, ended, strict=True),
                *((randomised, n) for n in began), *((analysed, n) for n in ended)]  # fmt: skip
    if any(all(pair) for pair in compared) and outcome.design.pooled_analysis != "yes":
        of_arms = (f"{name}.{n}" for name, _ in each_arm(outcome) for n in ("n_randomised", "n"))
        yield Case(("n_total_randomised", "n_total", *of_arms), partial(
            n_trail, randomised=randomised, analysed=analysed, arms_randomised=began,
            arms_analysed=ended,
        ))  # fmt: skip


# --------------------------------------------------------------------------- intervals and p


def centres(*, ratios: bool) -> Callable[[Study, Outcome], Iterator[Case]]:
    """An estimate within its limits; of a ratio, or of a mean.

    >>> from evidence.records.plain import outcome_of
    >>> one = outcome_of("TEWL", treated={"mean": "9", "ci_low": "5", "ci_high": "8"})
    >>> case, = centres(ratios=False)(Study(id="a"), one)
    >>> case.run().verdict
    'outside'
    """

    def find(study: Study, outcome: Outcome) -> Iterator[Case]:
        c = outcome.contrast
        found = [("contrast.estimate", "contrast.ci_low", "contrast.ci_high",
                  (c.estimate, c.ci_low, c.ci_high))]  # fmt: skip
        if (c.measure.casefold() in RATIOS) is not ratios:
            found = []
        for name, arm in () if ratios else each_arm(outcome):
            found += [
                (f"{name}.mean", f"{name}.ci_low", f"{name}.ci_high",
                 (arm.mean, arm.ci_low, arm.ci_high)),
                (f"{name}.change_mean", f"{name}.change_ci_low", f"{name}.change_ci_high",
                 (arm.change_mean, arm.change_ci_low, arm.change_ci_high)),
            ]  # fmt: skip
        for *reads, three in found:
            texts = [digits(number) for number in three]
            if all(texts):
                yield Case(tuple(reads), partial(ci_symmetry, *texts))

    return find


def limits_and_p(study: Study, outcome: Outcome) -> Iterator[Case]:
    """An interval against the p value of the same comparison, as far as that is said.

    >>> from evidence.records.plain import outcome_of
    >>> p = {"operator": "=", "value": "0.2", "kind": "between_arm"}
    >>> one = outcome_of("TEWL", contrast={"ci_low": "1", "ci_high": "3", "p": p})
    >>> case, = limits_and_p(Study(id="a"), one)
    >>> case.run().verdict  # the limits lie on one side of 0
    'inconsistent'
    """
    c = outcome.contrast
    p = "" if c.p is UNKNOWN else p_digits(c.p)
    if not p or c.p is UNKNOWN:
        return
    scale: Literal["identity", "log"] = "log" if c.measure.casefold() in RATIOS else "identity"
    low, high, df = digits(c.ci_low), digits(c.ci_high), digits(c.df)
    said = c.p.kind in ("between_arm", "regression_term")
    if low and high and (said or (c.p.kind is UNKNOWN and c.kind != "within_group")):
        freedom = float(df) if df else None
        yield Case(
            ("contrast.ci_low", "contrast.ci_high", "contrast.p"),
            partial(ci_versus_p, low, high, p, df=freedom, level=c.level, scale=scale),
            settled=said,
        )
    arm = outcome.treated
    low_, high_ = digits(arm.change_ci_low), digits(arm.change_ci_high)
    found = behind(outcome, "treated", arm)
    if low_ and high_ and c.p.kind == "within_arm" and found and found[0] > 1:
        yield Case(
            ("treated.change_ci_low", "treated.change_ci_high", "contrast.p", found[1]),
            partial(ci_versus_p, low_, high_, p, df=found[0] - 1),
            found[2],
        )


def statistics(study: Study, outcome: Outcome) -> Iterator[Case]:
    """A t statistic and its degrees of freedom against p.

    >>> from evidence.records.plain import outcome_of
    >>> p = {"operator": "=", "value": "0.04"}
    >>> one = outcome_of("TEWL", contrast={"statistic_t": "2.10", "df": "30", "p": p})
    >>> case, = statistics(Study(id="a"), one)
    >>> case.run().verdict
    'consistent'
    """
    c = outcome.contrast
    t, df, p = digits(c.statistic_t), digits(c.df), "" if c.p is UNKNOWN else p_digits(c.p)
    if t and df and p:
        sign = "" if p.startswith(("<", ">")) else "= "
        said = "ns" if p == "ns" else f"p {sign}{p}"
        text = f"t({df}) = {t}, {said}"
        reads = ("contrast.statistic_t", "contrast.df", "contrast.p")
        yield Case(reads, partial(statistic_versus_p, text))


def freedom(study: Study, outcome: Outcome) -> Iterator[Case]:
    """Degrees of freedom against the people analysed.

    >>> from evidence.records.plain import outcome_of
    >>> one = outcome_of("TEWL", treated={"n": "20"}, contrast={"df": "19"})
    >>> case, = freedom(Study(id="a"), one)
    >>> case.run().verdict
    'consistent'
    """
    c, df = outcome.contrast, digits(outcome.contrast.df)
    alone = outcome.control is None
    of_arm = alone or c.kind == "within_group"
    path = "treated.n" if of_arm and outcome.treated.n is not UNKNOWN else "n_total"
    if of_arm and not alone and path == "n_total":
        return  # a test within one arm, and its people are not printed
    n = people(outcome.treated.n if path == "treated.n" else outcome.n_total)
    within = of_arm or outcome.design.kind in SIDES
    kind: Test = "paired" if within else "independent"
    if df and n and n > 2:
        yield Case(("contrast.df", path, "design.kind"), partial(df_versus_n, kind, n, float(df)))


def summaries(study: Study, outcome: Outcome) -> Iterator[Case]:
    """Means, SDs and n of two groups against the p of their comparison.

    Where a baseline is printed too, the test may have been of the change, so that a change of
    significance is then no reason to stop.

    >>> from evidence.records.plain import outcome_of
    >>> one, two = ({"mean": mean, "sd": "3", "n": "20"} for mean in ("6", "8"))
    >>> p = {"operator": "=", "value": "0.90", "kind": "between_arm"}
    >>> case, = summaries(Study(id="a"), outcome_of(
    ...     "TEWL", design={"kind": "parallel"}, treated=one, control=two, contrast={"p": p}))
    >>> case.run().verdict  # t = 2 / (3 sqrt(2 / 20)) = 2.1 on 38 df: p is .04
    'inconsistent'
    """
    c, one, two = outcome.contrast, outcome.treated, outcome.control
    if two is None or c.p is UNKNOWN or c.p.kind != "between_arm":
        return
    if outcome.design.kind not in ("parallel", "nonrandomised_controlled"):
        return
    if outcome.design.adjusted_for_baseline == "yes":
        return
    n1, n2, p = people(one.n), people(two.n), p_digits(c.p)
    if not (n1 and n2 and n1 > 1 and n2 > 1 and p):
        return
    of_change = all(digits(x) for a in (one, two) for x in (a.change_mean, a.change_sd))
    mean, sd = ("change_mean", "change_sd") if of_change else ("mean", "sd")
    texts = [digits(getattr(arm, field)) for arm in (one, two) for field in (mean, sd)]
    if not all(texts):
        return
    m1, s1, m2, s2 = texts
    reads = tuple(f"{arm}.{field}" for arm in ARMS for field in (mean, sd, "n"))
    yield Case(
        (*reads, "contrast.p"),
        partial(p_from_summary, m1, s1, n1, m2, s2, n2, p=p),
        settled=of_change or one.baseline_mean is UNKNOWN,
    )


def words_and_p(study: Study, outcome: Outcome) -> Iterator[Case]:
    """The word significant against p.

    >>> from evidence.records.plain import outcome_of
    >>> p = {"operator": "=", "value": "0.20"}
    >>> words = {"direction_only": "significantly smoother", "p": p}
    >>> case, = words_and_p(Study(id="a"), outcome_of("roughness", contrast=words))
    >>> case.run().verdict
    'inconsistent'
    """
    c = outcome.contrast
    p = "" if c.p is UNKNOWN else p_digits(c.p)
    if p and "significan" in c.direction_only:
        yield Case(("contrast.direction_only", "contrast.p"),
                   partial(significance_versus_p, c.direction_only, p))  # fmt: skip


def narrow_spreads(study: Study, outcome: Outcome) -> Iterator[Case]:
    """A percent change, its p and n against the spread that the outcome is known to have.

    >>> from evidence.records.plain import outcome_of
    >>> p = {"operator": "<", "value": "0.001", "kind": "within_arm"}
    >>> arm = {"pct_change": "-2 %", "n": "10"}
    >>> one = outcome_of("wrinkle depth", family="wrinkle_depth", treated=arm, contrast={"p": p})
    >>> [case.reads for case in narrow_spreads(Study(id="a", outcomes=(one,)), one)]
    [('treated.pct_change', 'contrast.p', 'treated.n')]
    """
    p, percent = outcome.contrast.p, digits(outcome.treated.pct_change)
    if p is UNKNOWN or p.kind != "within_arm" or not percent or not p_digits(p):
        return
    if (found := behind(outcome, "treated", outcome.treated)) is None:
        return
    step = _p_step(study, outcome)
    if step is not None:
        yield Case(
            ("treated.pct_change", "contrast.p", found[1]), partial(as_found, step), found[2]
        )


def _p_step(study: Study, outcome: Outcome) -> Compared | None:
    from evidence.effects.recover import recover
    from evidence.errors import EvidenceError

    try:
        steps = recover(study, outcome).steps
    except EvidenceError:
        return None
    step = next((s for s in steps if s.rule == "se_interval_intersection"), None)
    if step is None:
        return None
    return Compared(
        verdict="inconsistent" if step.empty else "consistent",
        reason="spread" if step.empty else "",
        benign=("The plausible range of spreads is too narrow for these people.",
                "The p is of another test.", TYPING_ERROR) if step.empty else (),
        sentence="These figures would fit if the spread between people were smaller than this "
        "outcome is known to have." if step.empty
        else "Some plausible spread between people goes with the change and its p.",
    )  # fmt: skip
