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
from evidence.errors import OptionError
from evidence.formatting import interval, number

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
        return size, f"for {smd:.2g} SD" + (" between sides" if self.body.rho is not None else "")


def _percent(share: float) -> str:
    return f"{number(100 * share, 0)} %"


def risk_of_bias(case: Case) -> DomainRating:
    """Weight share of results at high risk; unjudged ones count as high."""
    if case.start == "robins_i" and case.body.design == "nonrandomised":
        return _robins(case)
    rating = partial(
        DomainRating,
        "risk_of_bias",
        rule="weight at high risk of bias",
        source=f"project: cut-offs; published: {CORE_1}",
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
        moved = "stay on the same side of" if same else "move across"
        return rating(
            down=0 if same else 1,
            reason=f"{reason}; the others alone ({number(rest)}) {moved} the threshold",
        )
    if share > settings.high_share_down + _ROUNDING and all(
        one.rob in GRAVE and one.high_domains >= settings.very_serious_domains
        for one in case.judged
    ):
        return rating(
            down=2,
            reason=f"{reason}; every study high in {settings.very_serious_domains} or more domains",
        )
    return rating(down=1, reason=reason)


def _judged_words(case: Case, share: float) -> str:
    unjudged = case.share([one for one in case.judged if one.rob is None])
    note = f", {_percent(unjudged)} not judged and counted so" if unjudged else ""
    return f"{_percent(share)} of the weight at high risk{note}"


def _robins(case: Case) -> DomainRating:
    """The gravest judgement that more than half of the weight reaches."""
    down, word = 0, "Low"
    for levels in sorted(set(ROBINS_DOWN.values())):
        at_least = [
            one for one in case.judged if one.rob is None or ROBINS_DOWN.get(one.rob, 0) >= levels
        ]
        if case.share(at_least) > case.settings.high_share_down + _ROUNDING:
            down = levels
            word = " or ".join(name for name, each in ROBINS_DOWN.items() if each == levels)
    unjudged = case.share([one for one in case.judged if one.rob is None])
    note = f"; {_percent(unjudged)} not judged and counted as Critical" if unjudged else ""
    return DomainRating(
        "risk_of_bias",
        down,
        "ROBINS-I judgement of most of the weight",
        f"more than half of the weight judged {word}, or worse{note}"
        if down
        else f"most of the weight judged Low{note}",
        f"project: levels; published: {GRADE_18}",
    )


def risk_of_bias_pollock(case: Case) -> DomainRating:
    """Participants in low-risk trials."""
    total = math.fsum(one.n or 0.0 for one in case.body.studies)
    low = math.fsum(one.n or 0.0 for one in case.body.studies if one.rob == "Low")
    share = low / total if total else 0.0
    return DomainRating(
        "risk_of_bias",
        0 if share >= case.settings.pollock_low_share else 1,
        "participants in trials at low risk",
        f"{_percent(share)} of participants in trials at low risk",
        f"published: {POLLOCK}",
    )


def inconsistency(case: Case) -> DomainRating:
    """Results on both sides of the threshold whose intervals barely overlap."""
    rating = partial(
        DomainRating,
        "inconsistency",
        rule="sides of the threshold, overlap, prediction interval",
        source=f"project: cut-offs; published: {CORE_INCONSISTENCY}",
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
            reason=f"{_percent(minority)} of the weight on the other side of {number(limit)}; "
            f"{_percent(barely)} of opposed pairs barely overlap",
        )
    reason = f"results on both sides of {number(limit)} with intervals that barely overlap"
    mid, low, high = case.body.mid, pooled.pi_low, pooled.pi_high
    if mid is not None and low is not None and high is not None and low < -mid and high > mid:
        reason += f"; a further study's effect may be benefit or harm ({interval(low, high)})"
        return rating(down=2, reason=reason)
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
    """I² above 75 %."""
    i2 = None if case.pooled is None else case.pooled.i2
    return DomainRating(
        "inconsistency",
        1 if i2 is not None and i2 > case.settings.pollock_i2 else 0,
        f"I² above {case.settings.pollock_i2:g} %",
        "one result: not assessable" if i2 is None else f"I² {number(i2, 0)} %",
        f"published: {POLLOCK}",
    )


def indirectness(case: Case) -> DomainRating:
    """Serious mismatches between the evidence and the question."""
    serious = [one for one in case.body.mismatches if one.serious]
    counted = [
        one
        for one in serious
        if not (one.kind == "baseline_comparator" and case.body.design == "single_arm")
    ]
    words = [f"{one.kind.replace('_', ' ')}: {one.reason}" for one in counted]
    if len(counted) < len(serious):
        words.append("baseline as comparator: already in the start")
    return DomainRating(
        "indirectness",
        min(case.settings.mismatch_max, len(counted)),
        "one level per serious mismatch",
        "; ".join(words) or "no serious mismatch named",
        "project",
    )


def imprecision(case: Case) -> DomainRating:
    """Thresholds inside the interval; where none is, people against the information size."""
    rating = partial(
        DomainRating,
        "imprecision",
        rule="thresholds inside the interval, else the information size",
        source=f"project: levels; published: {CORE_IMPRECISION}",
    )
    pooled, mid = case.pooled, case.body.mid
    if pooled is None:
        return rating(down=3, reason=f"no interval can be given{_left_out(case)}")
    shown = interval(pooled.ci_low, pooled.ci_high)
    inside = {
        name: at is not None and pooled.ci_low < at < pooled.ci_high
        for name, at in (("null", 0.0), ("MID", mid), ("harm MID", None if mid is None else -mid))
    }
    # an interval around nothing at all is precise when the question is whether it matters
    asked = inside["null"] if case.target == "null" else inside["MID"] or inside["harm MID"]
    if asked:
        crossed = [name for name, found in inside.items() if found]
        return rating(
            down=len(crossed), reason=f"{shown} includes {' and '.join(crossed)}{_left_out(case)}"
        )
    size, basis = case.ois()
    people = case.body.people
    words = (
        f"{shown} is clear; {number(people, 0)} people of {size} needed ({basis}){_left_out(case)}"
    )
    if people < size * case.settings.ois_far_below:
        return rating(down=2, reason=words)
    return rating(down=1 if people < size else 0, reason=words)


def _left_out(case: Case) -> str:
    listed = ", ".join(f"{name}, {why}" for name, why in case.body.left_out)
    return f"; not pooled: {listed}" if listed else ""


def imprecision_pollock(case: Case) -> DomainRating:
    """Number of participants."""
    people = math.fsum(one.n or 0.0 for one in case.body.studies)
    enough, few = case.settings.pollock_n
    return DomainRating(
        "imprecision",
        0 if people >= enough else 1 if people >= few else 2,
        f"at least {enough} participants, or {few}",
        f"{number(people, 0)} participants",
        f"published: {POLLOCK}",
    )


def publication_bias(case: Case) -> DomainRating:
    """Small sponsor-funded studies without a registry search; a selection model's estimate."""
    size, _ = case.ois()
    small = [
        one
        for one in case.judged
        if one.sponsor_funded is not False and (one.n is None or one.n < size)
    ]
    share = case.share(small)
    down, words = 0, []
    if case.body.registry_searched is not True and share >= case.settings.sponsor_share - _ROUNDING:
        down += 1
        words.append(
            f"{_percent(share)} of the weight from studies below {size} people that the sponsor "
            "paid or whose funding is not stated, and no registry search"
        )
    else:
        searched = "searched" if case.body.registry_searched else "not searched"
        words.append(f"{_percent(share)} of the weight from small studies of sponsors or unknown "
                     f"funding; registries {searched}")  # fmt: skip
    estimate = case.body.selection_estimate
    if estimate is not None and case.pooled is not None:
        moves = case.zone(estimate) != case.zone(case.pooled.estimate)
        down += moves
        words.append(
            f"a selection model's {number(estimate)} "
            + ("lies across the threshold" if moves else "stays on the same side")
        )
    return DomainRating(
        "publication_bias",
        down,
        "small sponsored studies; selection model",
        "; ".join(words),
        f"project: cut-offs; published: {CORE_1}",
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
