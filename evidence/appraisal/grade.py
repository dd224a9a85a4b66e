"""GRADE: how certain one can be of a body of evidence about one outcome, domain by domain.

Each outcome is rated alone, and every level carries its reasons. The certainty says how sure one
can be that the effect lies where the target says; never how large or good it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from evidence.appraisal.body import Body, BodyStudy
from evidence.appraisal.grade_domains import RULES, Case, DomainRating, Target
from evidence.appraisal.grade_rules import (
    GRADE_9,
    LEVELS,
    ROB2_ONLY,
    ROBINS_ONLY,
    SETTINGS,
    STARTS,
    WORDS,
    GradeSettings,
    Level,
    RuleSet,
    Start,
)
from evidence.appraisal.words import DOMAIN_WORDS
from evidence.errors import OptionError, SynthesisError
from evidence.formatting import html_table
from evidence.messages import say
from evidence.records.outcome import said

if TYPE_CHECKING:
    import pandas as pd

    from evidence.kernels.inference import Test
    from evidence.kernels.tau2 import Tau2Method
    from evidence.synthesis.pool import Pooled


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Certainty:
    """The certainty of one body, and how it came about.

    `level` is None, with the `reason`, for what is not rated. `target` says what one is certain
    of. `domains` and `ups` hold every domain with its levels, rule, reason and source.
    """

    outcome: str
    comparison: str
    level: Level | None
    reason: str
    target: str
    threshold: float | None  # MID, or 0 for an effect of any size
    start: Start
    start_level: Level | None
    start_reason: str
    rule_set: RuleSet
    domains: tuple[DomainRating, ...]
    ups: tuple[DomainRating, ...]
    pooled: Pooled | None

    @property
    def downs(self) -> int:
        """Levels down, over all domains."""
        return sum(row.down for row in self.domains)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not High: the start if lower, and every domain that costs a level."""
        if self.level is None:
            return (self.reason,)
        start: tuple[str, ...] = ()
        if self.start_level != "High":
            level, reason = self.start_level, self.start_reason
            start = (say("starts {level}: {reason}", level=level, reason=reason),)
        moved = (
            say(
                "{domain} {levels}: {reason}",
                domain=DOMAIN_WORDS[row.domain],
                levels=f"{sign}{abs(row.down)}",
                reason=row.reason,
            )
            for rows, sign in ((self.domains, "−"), (self.ups, "+"))
            for row in rows
            if row.down
        )
        return (*start, *moved)

    @property
    def words(self) -> str:
        """What a sentence about the effect must say: "", "probably", "may", "very uncertain"."""
        return "not rated" if self.level is None else WORDS[self.level]

    def __repr__(self) -> str:
        return f"<Certainty of {self.outcome}: {self.level or self.reason}>"

    def to_frame(self) -> pd.DataFrame:
        """One row per domain, then per reason to rate up: levels, rule, reason, source."""
        import pandas as pd

        rows = [row._replace(down=-row.down) for row in self.domains]
        frame = pd.DataFrame([*rows, *self.ups], columns=list(DomainRating._fields))
        return frame.rename(columns={"down": "levels"})

    def _repr_html_(self) -> str:
        rows = [
            (row.domain.replace("_", " "), f"{sign}{row.down}" if row.down else "0", row.reason)
            for listed, sign in ((self.domains, "−"), (self.ups, "+"))
            for row in listed
        ]
        title = f"{self.outcome}: {self.level or 'not rated'}"
        foot = self.reason or f"starts {self.start_level}, {self.start_reason}; {self.target}"
        return html_table(("domain", "levels", "reason"), rows, caption=title, foot=foot)


def grade(
    body: Body,
    *,
    rules: RuleSet = "core",
    start: Start = "classic",
    target: Target | None = None,
    tau2: Tau2Method = "REML",
    test: Test = "HKSJ-adhoc",
    settings: GradeSettings = SETTINGS,
) -> Certainty:
    """Rate the certainty of a body of evidence: start − downs + ups, between Very low and High.

    Parameters
    ----------
    body
        Results about one outcome, with risk-of-bias judgements and named mismatches. What is not
        judged or not stated counts against the body, never for it.
    rules
        `core`, the defaults of this package after Core GRADE; `pollock`, the cut-offs of Pollock
        2016, which has none of its own for indirectness and publication bias.
    start
        Column of the start: `robins_i` where comparative non-randomised studies are judged with
        ROBINS-I; one column per run.
    target
        `mid`: whether the effect matters. `null`: whether there is any. By default `mid` where
        the body states one.
    tau2, test
        As for `pool`. The guarded Hartung–Knapp interval by default: results that happen to
        agree are no reason to call a body precise.
    settings
        Project choices of the rules.

    Raises
    ------
    OptionError
        An unknown rule set, column or target; `mid` without a MID.
    SynthesisError
        Judgements that do not belong to the column.

    References
    ----------
    Core GRADE 1–7, BMJ 2025; Pollock et al. (2016), J Clin Epidemiol 70:106–110.

    Examples
    --------
    >>> studies = tuple(
    ...     BodyStudy(study=name, yi=0.45, vi=0.005, n=300, rob="Low", sponsor_funded=False)
    ...     for name in "abc")
    >>> found = grade(Body(outcome="tone", design="randomised", studies=studies, mid=0.2))
    >>> found.level, found.target
    ('High', 'certainty that the effect matters')
    """
    for name, value, allowed in (
        ("rules", rules, get_args(RuleSet)),
        ("start", start, get_args(Start)),
        ("target", target or "null", get_args(Target)),
    ):
        if value not in allowed:
            raise OptionError(name, value, allowed)
    if target == "mid" and body.mid is None:
        raise OptionError("mid", None, ("the smallest effect that matters, for target='mid'",))
    _check_judgements(body, start)
    aim: Target = target or ("null" if body.mid is None else "mid")
    rule = STARTS[start].get(body.design)
    if rule is None:
        why = say(
            "not rated: {design} is no evidence of an effect in people", design=said(body.design)
        )
        return Certainty(
            outcome=body.outcome, comparison=body.comparison, level=None, target="", threshold=None,
            reason=why, start=start,
            start_level=None, start_reason="", rule_set=rules, domains=(), ups=(), pooled=None,
        )  # fmt: skip
    case = _case(body, aim, start, tau2, test, settings)
    domains = tuple(rate(case) for rate in RULES[rules].values())
    downs = sum(row.down for row in domains)
    ups = _ups(case) if body.design == "nonrandomised" and not downs else ()
    level = max(1, min(4, rule.level - downs + sum(row.down for row in ups)))
    return Certainty(
        outcome=body.outcome, comparison=body.comparison, level=LEVELS[level], reason="",
        target=_target_words(case), threshold=body.mid if aim == "mid" else 0.0,
        start=start, start_level=LEVELS[rule.level],
        start_reason=rule.reason, rule_set=rules, domains=domains, ups=ups, pooled=case.pooled,
    )  # fmt: skip


def _check_judgements(body: Body, start: Start) -> None:
    if body.design not in ("randomised", "nonrandomised"):
        return
    robins = body.design == "nonrandomised" and start == "robins_i"
    wrong, tool = (ROB2_ONLY, "ROBINS-I") if robins else (ROBINS_ONLY, "RoB 2 words")
    for one in body.studies:
        if one.rob in wrong:
            hint = (
                "a body that starts at Low would count the lack of randomisation twice; "
                "start='robins_i' takes it"
                if body.design == "nonrandomised" and not robins
                else f"use {tool}"
            )
            raise SynthesisError(
                f"{one.study}: risk of bias {one.rob!r} does not belong to a {body.design} body "
                f"in the column {start!r}: {hint}."
            )


def case_of(body: Body) -> Case:
    """A body with what its domains share, as `grade` takes it by default.

    >>> studies = tuple(BodyStudy(study=name, yi=0.45, vi=0.005, n=300) for name in "ab")
    >>> case = case_of(Body(outcome="tone", design="randomised", studies=studies, mid=0.2))
    >>> case.target, case.weights, case.ois()
    ('mid', {'a': 0.5, 'b': 0.5}, (786, 'for 0.2 SD'))
    """
    return _case(body, "null" if body.mid is None else "mid", "classic", "REML", "HKSJ-adhoc",
                 SETTINGS)  # fmt: skip


def _case(
    body: Body,
    target: Target,
    start: Start,
    tau2: Tau2Method,
    test: Test,
    settings: GradeSettings,
) -> Case:
    def pool_of(studies: tuple[BodyStudy, ...]) -> Pooled:
        from evidence.synthesis.pool import pool

        # one order, whatever the caller's: sums then end in the same digit
        ordered = sorted(studies, key=lambda one: one.study)
        table = {
            "yi": [one.yi for one in ordered],
            "vi": [one.vi for one in ordered],
            "study": [one.study for one in ordered],
        }
        return pool(table, tau2=tau2, test=test)

    usable = body.pooled_studies
    pooled = pool_of(usable) if usable else None
    weights = (
        {one.study: 1 / len(body.studies) for one in body.studies}
        if pooled is None
        else dict(zip(pooled.studies, (float(each) for each in pooled.shares), strict=True))
    )
    return Case(
        body=body,
        pooled=pooled,
        weights=weights,
        target=target,
        start=start,
        settings=settings,
        pool=pool_of,
    )


def _target_words(case: Case) -> str:
    if case.pooled is None:
        return "no effect can be estimated"
    zone = case.zone(case.pooled.estimate)
    if case.target == "null":
        benefit = "certainty that there is a benefit of any size"
        return benefit if zone >= 0 else "certainty that there is harm of any size"
    return {
        1: "certainty that the effect matters",
        0: "certainty that the effect is too small to matter",
        -1: "certainty that the harm matters",
    }[zone]


def _ups(case: Case) -> tuple[DomainRating, ...]:
    """Reasons to rate up, for comparative non-randomised bodies with none to rate down."""
    found = []
    pooled, settings = case.pooled, case.settings
    if case.body.measure == "RR" and pooled is not None:
        ratio = math.exp(abs(pooled.estimate))
        levels = 2 if ratio >= settings.very_large_rr else 1 if ratio >= settings.large_rr else 0
        found.append(
            DomainRating(
                "large_effect",
                levels,
                "risk ratio of 2 or 5, or their inverse",
                say("risk ratio {ratio} or its inverse", ratio=f"{ratio:.2f}"),
                say("published: {source}", source=GRADE_9),
            )
        )
    for name, reason in (
        ("dose_response", case.body.dose_response),
        ("opposing_confounding", case.body.opposing_confounding),
    ):
        if reason:
            rule = "named by whoever judged"
            source = say("published: {source}", source=GRADE_9)
            found.append(DomainRating(name, 1, rule, reason, source))
    return tuple(found)
