"""The five domains of GRADE, one function per rule: a body in, levels down and the reason out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING, Literal, NamedTuple

from evidence.appraisal.body import Body, BodyStudy, bias_scale
from evidence.appraisal.grade_rules import (
    CORE_1,
    CORE_IMPRECISION,
    CORE_INCONSISTENCY,
    GRADE_18,
    GRAVE,
    POLLOCK,
    ROBINS_DOWN,
    Domain,
    GradeSettings,
    RuleSet,
    Start,
    information_size,
)
from evidence.appraisal.words import MISMATCH_WORDS, either
from evidence.errors import OptionError
from evidence.formatting import interval, number
from evidence.messages import listed, say

if TYPE_CHECKING:
    from evidence.synthesis.pool import Pooled

Target = Literal["mid", "null"]
_ROUNDING = 1e-9  # of weights that should meet a cut-off exactly


class DomainRating(NamedTuple):
    """Levels down (or up) in one domain, the rule, the reason in words, and the source."""

    domain: str
    down: int
    rule: str
    reason: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """A body with what its domains share: pooled estimate, weights, threshold, size needed.

    `weights` are shares by study; equal ones where nothing can be pooled.
    """

    body: Body
    pooled: Pooled | None
    weights: dict[str, float]
    target: Target
    start: Start
    settings: GradeSettings
    pool: Callable[[tuple[BodyStudy, ...]], Pooled]

    @property
    def judged(self) -> tuple[BodyStudy, ...]:
        """The studies that carry weight."""
        return tuple(one for one in self.body.studies if one.study in self.weights)

    def share(self, studies: list[BodyStudy]) -> float:
        """Weight share of some of the studies."""
        return math.fsum(self.weights[one.study] for one in studies)

    def zone(self, value: float) -> int:
        """Which side of the threshold: 1 benefit, −1 harm, 0 too little to matter."""
        limit = (self.body.mid or 0.0) if self.target == "mid" else 0.0
        return 1 if value > limit else -1 if value < -limit else 0

    def ois(self) -> tuple[int, str]:
        """Optimal information size in people, and what it is for."""
        smd = self.body.ois_smd
        if smd is None and self.body.mid is not None:
            try:
                smd = self.body.mid / bias_scale(self.body.measure, self.body.cv)
            except OptionError:  # a measure that has no SDs
                smd = None
        if smd is None:
            return self.settings.ois_rule_of_thumb, "rule of thumb, no MID in SDs"
        alpha, power = self.settings.alpha, self.settings.power
        size = information_size(smd, rho=self.body.rho, alpha=alpha, power=power)
        shown = f"{smd:.2g}"
        if self.body.rho is not None:
            return size, say("for {smd} SD between sides", smd=shown)
        return size, say("for {smd} SD", smd=shown)


def _percent(share: float) -> str:
    return f"{number(100 * share, 0)} %"


def _cut_offs(source: str) -> str:
    return say("project: cut-offs; published: {source}", source=source)


def _levels(source: str) -> str:
    return say("project: levels; published: {source}", source=source)


def _published(source: str) -> str:
    return say("published: {source}", source=source)


def risk_of_bias(case: Case) -> DomainRating:
    """Weight share of results at high risk; unjudged ones count as high.

    >>> from evidence.appraisal.grade import case_of
    >>> studies = tuple(BodyStudy(study=rob, yi=0.5, vi=0.04, n=60, rob=rob)
    ...     for rob in ("Low", "High"))
    >>> found = risk_of_bias(case_of(Body(outcome="tone", design="randomised", studies=studies)))
    >>> print(found.down, found.reason)
    0 50 % of the weight at high risk; the others alone (0.50) stay on the same side of the
    threshold
    """
    if case.start == "robins_i" and case.body.design == "nonrandomised":
        return _robins(case)
    rating = partial(
        DomainRating,
        "risk_of_bias",
        rule="weight at high risk of bias",
        source=_cut_offs(CORE_1),
    )
    settings = case.settings
    high = [one for one in case.judged if one.rob in GRAVE or one.rob is None]
    share = case.share(high)
    reason = _judged_words(case, share)
    if share <= settings.high_share_free + _ROUNDING:
        return rating(down=0, reason=reason)
    if share <= settings.high_share_down + _ROUNDING and case.pooled is not None:
        rest = case.pool(tuple(one for one in case.judged if one not in high)).estimate
        same = case.zone(rest) == case.zone(case.pooled.estimate)
        alone = (
            say("the others alone ({estimate}) stay on the same side of the threshold",
                estimate=number(rest))
            if same
            else say("the others alone ({estimate}) move across the threshold",
                     estimate=number(rest))
        )  # fmt: skip
        return rating(down=0 if same else 1, reason=listed([reason, alone]))
    if share > settings.high_share_down + _ROUNDING and all(
        one.rob in GRAVE and one.high_domains >= settings.very_serious_domains
        for one in case.judged
    ):
        every = say("every study high in {n} or more domains", n=settings.very_serious_domains)
        return rating(down=2, reason=listed([reason, every]))
    return rating(down=1, reason=reason)


def _judged_words(case: Case, share: float) -> str:
    unjudged = case.share([one for one in case.judged if one.rob is None])
    high = _percent(share)
    if not unjudged:
        return say("{share} of the weight at high risk", share=high)
    return say(
        "{share} of the weight at high risk, {unjudged} not judged and counted so",
        share=high,
        unjudged=_percent(unjudged),
    )


def _robins(case: Case) -> DomainRating:
    """The gravest judgement that more than half of the weight reaches."""
    down, word = 0, ""
    for levels in sorted(set(ROBINS_DOWN.values())):
        at_least = [
            one for one in case.judged if one.rob is None or ROBINS_DOWN.get(one.rob, 0) >= levels
        ]
        if case.share(at_least) > case.settings.high_share_down + _ROUNDING:
            down = levels
            word = either(name for name, each in ROBINS_DOWN.items() if each == levels)
    unjudged = case.share([one for one in case.judged if one.rob is None])
    words: list[str] = [
        say("more than half of the weight judged {level}, or worse", level=word)
        if down
        else "most of the weight judged Low"
    ]
    if unjudged:
        shown = _percent(unjudged)
        words.append(say("{share} not judged and counted as Critical", share=shown))
    return DomainRating(
        "risk_of_bias",
        down,
        "ROBINS-I judgement of most of the weight",
        listed(words),
        _levels(GRADE_18),
    )


def risk_of_bias_pollock(case: Case) -> DomainRating:
    """Participants in low-risk trials.

    >>> from evidence.appraisal.grade import case_of
    >>> studies = tuple(BodyStudy(study=rob, n=60, rob=rob) for rob in ("Low", "High"))
    >>> found = risk_of_bias_pollock(case_of(Body(outcome="tone", design="randomised",
    ...     studies=studies)))
    >>> found.down, found.reason
    (1, '50 % of participants in trials at low risk')
    """
    total = math.fsum(one.n or 0.0 for one in case.body.studies)
    low = math.fsum(one.n or 0.0 for one in case.body.studies if one.rob == "Low")
    share = low / total if total else 0.0
    return DomainRating(
        "risk_of_bias",
        0 if share >= case.settings.pollock_low_share else 1,
        "participants in trials at low risk",
        say("{share} of participants in trials at low risk", share=_percent(share)),
        _published(POLLOCK),
    )


def inconsistency(case: Case) -> DomainRating:
    """Results on both sides of the threshold whose intervals barely overlap.

    >>> from evidence.appraisal.grade import case_of
    >>> studies = tuple(BodyStudy(study=f"{yi}", yi=yi, vi=0.01, n=400) for yi in (0.6, -0.4))
    >>> found = inconsistency(case_of(Body(outcome="tone", design="randomised", studies=studies)))
    >>> found.down, found.reason
    (1, 'results on both sides of 0.00 with intervals that barely overlap')
    """
    rating = partial(
        DomainRating,
        "inconsistency",
        rule="sides of the threshold, overlap, prediction interval",
        source=_cut_offs(CORE_INCONSISTENCY),
    )
    pooled = case.pooled
    if pooled is None or pooled.k < 2:
        return rating(down=0, reason="one result: not assessable")
    limit = 0.0
    if case.target == "mid" and case.body.mid is not None:
        limit = math.copysign(case.body.mid, pooled.estimate)
    minority, barely = _opposition(case, limit)
    if minority < case.settings.minority or barely < case.settings.opposed_pairs:
        return rating(
            down=0,
            reason=say(
                "{share} of the weight on the other side of {limit}; {pairs} of opposed pairs "
                "barely overlap",
                share=_percent(minority),
                limit=number(limit),
                pairs=_percent(barely),
            ),
        )
    reason = say(
        "results on both sides of {limit} with intervals that barely overlap", limit=number(limit)
    )
    mid, low, high = case.body.mid, pooled.pi_low, pooled.pi_high
    if mid is not None and low is not None and high is not None and low < -mid and high > mid:
        further = say(
            "a further study's effect may be benefit or harm ({limits})", limits=interval(low, high)
        )
        return rating(down=2, reason=listed([reason, further]))
    return rating(down=1, reason=reason)


def _opposition(case: Case, limit: float) -> tuple[float, float]:
    """Weight of the lighter side, and weight share of opposed pairs that barely overlap."""
    spread = []
    for one in case.judged:
        half = 1.96 * math.sqrt(one.vi or 0.0)
        yi = one.yi or 0.0
        spread.append((yi > limit, yi - half, yi + half, case.weights[one.study]))
    above = math.fsum(weight for over, _, _, weight in spread if over)
    opposed = barely = 0.0
    for (over1, low1, high1, w1), (over2, low2, high2, w2) in combinations(spread, 2):
        if over1 == over2:
            continue
        shorter = min(high1 - low1, high2 - low2)
        opposed += w1 * w2
        if min(high1, high2) - max(low1, low2) < case.settings.overlap * shorter:
            barely += w1 * w2
    return max(0.0, min(above, 1 - above)), barely / opposed if opposed else 0.0


def inconsistency_pollock(case: Case) -> DomainRating:
    """I² above 75 %.

    >>> from evidence.appraisal.grade import case_of
    >>> studies = tuple(BodyStudy(study=f"{yi}", yi=yi, vi=0.01, n=400) for yi in (0.6, -0.4))
    >>> found = inconsistency_pollock(case_of(Body(outcome="tone", design="randomised",
    ...     studies=studies)))
    >>> found.down, found.reason  # Q = 1 / 0.02 = 50 on 1 df
    (1, 'I² 98 %')
    """
    i2 = None if case.pooled is None else case.pooled.i2
    return DomainRating(
        "inconsistency",
        1 if i2 is not None and i2 > case.settings.pollock_i2 else 0,
        say("I² above {limit} %", limit=f"{case.settings.pollock_i2:g}"),
        "one result: not assessable" if i2 is None else f"I² {number(i2, 0)} %",
        _published(POLLOCK),
    )


def indirectness(case: Case) -> DomainRating:
    """Serious mismatches between the evidence and the question.

    >>> from evidence.appraisal.body import Mismatch
    >>> from evidence.appraisal.grade import case_of
    >>> studies = (BodyStudy(study="a", yi=0.5, vi=0.04, n=60),)
    >>> other = Mismatch("population", "people with acne")
    >>> found = indirectness(case_of(Body(outcome="tone", design="randomised", studies=studies,
    ...     mismatches=(other,))))
    >>> found.down, found.reason
    (1, 'population: people with acne')
    """
    serious = [one for one in case.body.mismatches if one.serious]
    counted = [
        one
        for one in serious
        if not (one.kind == "baseline_comparator" and case.body.design == "single_arm")
    ]
    words: list[str] = [
        say("{kind}: {reason}", kind=MISMATCH_WORDS[one.kind], reason=one.reason) for one in counted
    ]
    if len(counted) < len(serious):
        words.append("baseline as comparator: already in the start")
    return DomainRating(
        "indirectness",
        min(case.settings.mismatch_max, len(counted)),
        "one level per serious mismatch",
        listed(words) or "no serious mismatch named",
        "project",
    )


def imprecision(case: Case) -> DomainRating:
    """Thresholds inside the interval; where none is, people against the information size.

    >>> from evidence.appraisal.grade import case_of
    >>> studies = (BodyStudy(study="a", yi=0.3, vi=0.04, n=100),)
    >>> found = imprecision(case_of(Body(outcome="tone", design="randomised", studies=studies)))
    >>> found.down, found.reason  # 0.3 less and more 1.96 times 0.2
    (1, '−0.09 to 0.69 includes null')
    """
    rating = partial(
        DomainRating,
        "imprecision",
        rule="thresholds inside the interval, else the information size",
        source=_levels(CORE_IMPRECISION),
    )
    pooled, mid = case.pooled, case.body.mid
    if pooled is None:
        return rating(down=3, reason=listed(["no interval can be given", *_left_out(case)]))
    shown = interval(pooled.ci_low, pooled.ci_high)
    inside = {
        name: at is not None and pooled.ci_low < at < pooled.ci_high
        for name, at in (("null", 0.0), ("MID", mid), ("harm MID", None if mid is None else -mid))
    }
    # an interval around nothing at all is precise when the question is whether it matters
    asked = inside["null"] if case.target == "null" else inside["MID"] or inside["harm MID"]
    if asked:
        crossed = [name for name, found in inside.items() if found]
        words = say("{limits} includes {what}", limits=shown, what=listed(crossed, " and "))
        return rating(down=len(crossed), reason=listed([words, *_left_out(case)]))
    size, basis = case.ois()
    people = case.body.people
    clear = say(
        "{limits} is clear; {n} people of {needed} needed ({basis})",
        limits=shown,
        n=number(people, 0),
        needed=size,
        basis=basis,
    )
    reason = listed([clear, *_left_out(case)])
    if people < size * case.settings.ois_far_below:
        return rating(down=2, reason=reason)
    return rating(down=1 if people < size else 0, reason=reason)


def _left_out(case: Case) -> list[str]:
    """What is not pooled, as one clause; none where everything is."""
    found = [say("{study}, {why}", study=name, why=why) for name, why in case.body.left_out]
    return [say("not pooled: {studies}", studies=listed(found, ", "))] if found else []


def imprecision_pollock(case: Case) -> DomainRating:
    """Number of participants.

    >>> from evidence.appraisal.grade import case_of
    >>> studies = (BodyStudy(study="a", n=150),)
    >>> found = imprecision_pollock(case_of(Body(outcome="tone", design="randomised",
    ...     studies=studies)))
    >>> found.down, found.reason
    (1, '150 participants')
    """
    people = math.fsum(one.n or 0.0 for one in case.body.studies)
    enough, few = case.settings.pollock_n
    return DomainRating(
        "imprecision",
        0 if people >= enough else 1 if people >= few else 2,
        say("at least {enough} participants, or {few}", enough=enough, few=few),
        say("{n} participants", n=number(people, 0)),
        _published(POLLOCK),
    )


def publication_bias(case: Case) -> DomainRating:
    """Small sponsor-funded studies without a registry search; a selection model's estimate.

    >>> from evidence.appraisal.grade import case_of
    >>> studies = (BodyStudy(study="a", yi=0.5, vi=0.04, n=60, sponsor_funded=True),)
    >>> found = publication_bias(case_of(Body(outcome="tone", design="randomised",
    ...     studies=studies)))
    >>> print(found.reason)
    100 % of the weight from studies below 400 people that the sponsor paid or whose funding is
    not stated, and no registry search
    """
    size, _ = case.ois()
    small = [
        one
        for one in case.judged
        if one.sponsor_funded is not False and (one.n is None or one.n < size)
    ]
    share = case.share(small)
    down = 0
    words: list[str] = []
    if case.body.registry_searched is not True and share >= case.settings.sponsor_share - _ROUNDING:
        down += 1
        words.append(
            say(
                "{share} of the weight from studies below {n} people that the sponsor paid or "
                "whose funding is not stated, and no registry search",
                share=_percent(share),
                n=size,
            )
        )
    else:
        small_share = say(
            "{share} of the weight from small studies of sponsors or unknown funding",
            share=_percent(share),
        )
        searched = case.body.registry_searched
        words += [small_share, "registries searched" if searched else "registries not searched"]
    estimate = case.body.selection_estimate
    if estimate is not None and case.pooled is not None:
        moves = case.zone(estimate) != case.zone(case.pooled.estimate)
        down += moves
        words.append(
            say(
                "a selection model's {estimate} lies across the threshold",
                estimate=number(estimate),
            )
            if moves
            else say(
                "a selection model's {estimate} stays on the same side", estimate=number(estimate)
            )
        )
    return DomainRating(
        "publication_bias",
        down,
        "small sponsored studies; selection model",
        listed(words),
        _cut_offs(CORE_1),
    )


Rate = Callable[[Case], DomainRating]
RULES: dict[RuleSet, dict[Domain, Rate]] = {
    "core": {
        "risk_of_bias": risk_of_bias,
        "inconsistency": inconsistency,
        "indirectness": indirectness,
        "imprecision": imprecision,
        "publication_bias": publication_bias,
    },
    "pollock": {
        "risk_of_bias": risk_of_bias_pollock,
        "inconsistency": inconsistency_pollock,
        "indirectness": indirectness,  # this set has no rule of its own for these two
        "imprecision": imprecision_pollock,
        "publication_bias": publication_bias,
    },
}
