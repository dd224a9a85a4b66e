"""The reliability score: the share of what such studies report that is the true effect.

R = 100 A² / (A² + E²) with E² = S² + B²: B the summed mean biases, S² the summed variances, A
the SD about zero of true effects among comparable products, all on the SMD scale. R / 100 is
also the factor that brings a reported effect, before its size is looked at, closest to the true
one on average (least squares through zero). The reported effect itself is not an input.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from evidence.appraisal.bias_sets import BIAS_SETS, BiasSet
from evidence.appraisal.component_table import COMPONENTS
from evidence.appraisal.components import (
    POLICY,
    Component,
    Policy,
    Scenario,
    assumed_r,
    components_of,
    results_to_choose_from,
)
from evidence.appraisal.facts import Facts, Scored, read_facts, refusal
from evidence.errors import OptionError
from evidence.formatting import html_table, number
from evidence.messages import say
from evidence.records.base import UNKNOWN
from evidence.records.outcome import Outcome
from evidence.records.study import Study

if TYPE_CHECKING:
    import pandas as pd

AScale = Literal["cosmetic", "skin_trials"]


class EffectScale(NamedTuple):
    """SD about zero of true effects among comparable products, SMD scale."""

    a: float
    basis: str


A_SCALES: dict[AScale, EffectScale] = {
    "cosmetic": EffectScale(
        0.25,
        "project setting: cosmetic effects against vehicle are about 3-8 % of wrinkle measures, a "
        "prescription retinoid 15-25 %; divided by the spread of replica roughness (CV 0.25-0.29) "
        "SMD about 0.1-0.3 and 0.6-0.9",
    ),
    "skin_trials": EffectScale(
        0.62,
        "empirical prior for mean effects in Cochrane Skin reviews, Student t(0, 0.48, 5 df), SD "
        "0.48 sqrt(5/3): Bartoš 2021, doi 10.1002/sim.9170",
    ),
}
RANGE_SETS: tuple[BiasSet, ...] = ("none", "robes2018", "withintrial", "metablind")


class Raise(NamedTuple):
    """A fact that would raise the score, and to what."""

    fact: str
    status: Literal["unknown", "flaw"]
    value: float
    gain: float


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Reliability:
    """The score of one result. `value` is None, with the `reason`, for what is not scored."""

    study: str
    outcome: str
    value: float | None
    low: float | None
    high: float | None
    reason: str
    a_scale: AScale
    bias_set: BiasSet
    b: float | None  # summed mean bias, SMD
    s2: float | None  # summed variance, SMD
    components: tuple[Component, ...]
    would_raise: tuple[Raise, ...]
    n_for_small_sampling: int | None  # people at which sampling would cost under 5 points
    other_scale: tuple[AScale, float] | None
    assumed: tuple[str, ...]
    scored: Scored = "contrast"

    @property
    def lost(self) -> tuple[Component, ...]:
        """Components, costliest first."""
        return tuple(sorted(self.components, key=lambda part: -part.points_lost))

    def __str__(self) -> str:
        if self.value is None or self.low is None or self.high is None:
            return say("not scored: {reason}", reason=self.reason)
        value, low, high = (f"{each:.0f}" for each in (self.value, self.low, self.high))
        return say("{value} of 100 (range {low}–{high})", value=value, low=low, high=high)

    def __repr__(self) -> str:
        of = f" of {self.outcome or self.study}" if self.outcome or self.study else ""
        return f"<Reliability{of}: {self}>"

    def to_frame(self) -> pd.DataFrame:
        """One row per component, costliest first."""
        import pandas as pd

        names = ("name", "status", "mean", "variance", "points_lost", "why", "source")
        rows = [{name: getattr(part, name) for name in names} for part in self.lost]
        return pd.DataFrame(rows, columns=list(names))

    def _repr_html_(self) -> str:
        rows = [
            (COMPONENTS[part.name].title, part.status, number(part.points_lost, 1), part.why)
            for part in self.lost
        ]
        head = ("component", "status", "points lost", "why")
        return html_table(head, rows, caption=f"Reliability {self}", foot="; ".join(self.assumed))


def score(
    study: Study,
    outcome: Outcome,
    *,
    a_scale: AScale = "cosmetic",
    bias_set: BiasSet = "robes2018",
    scored: Scored = "contrast",
    stop: str = "",
    policy: Policy = POLICY,
) -> Reliability:
    """Score one result of one study from its record.

    Parameters
    ----------
    study, outcome
        The record; unknown facts count as unknown, never as "no" or "yes".
    a_scale
        Size of true effects to expect: a key of `A_SCALES`.
    bias_set
        A key of `BIAS_SETS`; the range runs over all of them.
    scored
        `product` for a claim about the product alone, see `facts.Scored`.
    stop
        Reason of an integrity check that stopped; the result is then not scored.
    policy
        Project settings.

    Raises
    ------
    OptionError
        An unknown scale or set.

    Examples
    --------
    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(design="single-arm", n=["50"], change=["-20%"],
    ...     outcome="wrinkle depth", kind="instrument"))
    >>> found = score(study, study.outcomes[0])
    >>> str(found), found.lost[0].name
    ('15 of 100 (range 12–32)', 'no_control')
    """
    if a_scale not in A_SCALES:
        raise OptionError("a_scale", a_scale, A_SCALES)
    reason = stop or refusal(outcome)
    if reason:
        return Reliability(
            study=study.id, outcome=outcome.id, value=None, low=None, high=None, reason=reason,
            a_scale=a_scale, bias_set=bias_set, b=None, s2=None, components=(), would_raise=(),
            n_for_small_sampling=None, other_scale=None, assumed=(), scored=scored,
        )  # fmt: skip
    facts = read_facts(study, outcome, scored=scored)
    scored_facts = score_facts(facts, a_scale=a_scale, bias_set=bias_set, policy=policy)
    return replace(scored_facts, study=study.id, outcome=outcome.id, scored=scored)


def score_facts(
    facts: Facts,
    *,
    a_scale: AScale = "cosmetic",
    bias_set: BiasSet = "robes2018",
    policy: Policy = POLICY,
) -> Reliability:
    """Score a result from its flattened facts, for instance with n infinite.

    >>> from evidence.appraisal.facts import Facts
    >>> from evidence.records.families import FAMILIES
    >>> facts = Facts(structure="before_after", control="none", single_arm=True, n=(50,),
    ...     kind="instrument", family=FAMILIES["wrinkle_depth"])
    >>> str(score_facts(facts))
    '15 of 100 (range 12–32)'
    """
    a = A_SCALES[a_scale].a
    base = Scenario(bias_set=bias_set, policy=policy)
    parts = components_of(facts, base)
    b, s2 = bias_and_variance(parts)
    value = _r(a, b, s2)
    e2 = s2 + b * b
    parts = tuple(
        replace(part, points_lost=(100 - value) * (part.mean * b + part.variance) / e2)
        for part in parts
    )
    inside = [_value(facts, a, scenario) for scenario in _scenarios(facts, base)]
    other: AScale = "skin_trials" if a_scale == "cosmetic" else "cosmetic"
    return Reliability(
        study="",
        outcome="",
        value=value,
        low=min([value, *inside]),
        high=max([value, *inside]),
        reason="",
        a_scale=a_scale,
        bias_set=bias_set,
        b=b,
        s2=s2,
        components=parts,
        would_raise=_would_raise(facts, a, base, value),
        n_for_small_sampling=_n_for_small_sampling(facts, a, base),
        other_scale=(other, _r(A_SCALES[other].a, b, s2)),
        assumed=_assumed(facts, base),
    )


def bias_and_variance(parts: Iterable[Component]) -> tuple[float, float]:
    """B and S², the sums over components.

    >>> parts = [Component(name="sampling", status="known", mean=0.0, variance=0.1, why=""),
    ...     Component(name="no_control", status="flaw", mean=0.2, variance=0.09, why="")]
    >>> b, s2 = bias_and_variance(parts)
    >>> b, round(s2, 2)
    (0.2, 0.19)
    """
    listed = tuple(parts)
    return sum(part.mean for part in listed), sum(part.variance for part in listed)


def _r(a: float, b: float, s2: float) -> float:
    return 100 * a * a / (a * a + s2 + b * b)


def _value(facts: Facts, a: float, scenario: Scenario) -> float:
    return _r(a, *bias_and_variance(components_of(facts, scenario)))


def _scenarios(facts: Facts, base: Scenario) -> Iterator[Scenario]:
    """Every combination the range runs over; A stays fixed, since it is the scale."""
    policy = base.policy
    default, known = results_to_choose_from(facts, base)
    ms = (None,) if known else (1, None, max(policy.m_high, default))
    rs = (None,) if facts.r is not None else (policy.r_low, None, policy.r_high)
    shares = (1.0, policy.enrolled_share) if facts.n_enrolled_only else (1.0,)
    for bias_set in dict.fromkeys((*RANGE_SETS, base.bias_set)):
        for r in rs:
            for m in ms:
                for share in shares:
                    yield Scenario(bias_set, r, m, share, policy)


class _Change(NamedTuple):
    fact: str
    status: Literal["unknown", "flaw"]
    facts: Facts


def _changes(facts: Facts, base: Scenario) -> Iterator[_Change]:
    """Each unknown fact turned out well, each known flaw avoided, one at a time."""

    def when(flaw: bool) -> Literal["unknown", "flaw"]:
        return "flaw" if flaw else "unknown"

    if facts.control in ("none", "unknown"):
        per_arm = None if facts.n is None else (facts.n[0] / 2, facts.n[0] / 2)
        yield _Change(
            "the same people split at random between product and vehicle, allocation concealed",
            when(facts.control == "none"),
            replace(
                facts,
                structure="two_arms",
                control="full",
                single_arm=False,
                randomised="yes",
                sequence_sound="yes",
                concealment_sound="yes",
                n=per_arm,
            ),
        )
    if facts.control == "untreated":
        known = "a vehicle in place of no treatment"
        yield _Change(known, "flaw", replace(facts, control="full"))
    if facts.control in ("full", "untreated"):
        if facts.randomised != "yes":
            yield _Change(
                "randomised, sequence and concealment sound",
                when(facts.randomised == "no"),
                replace(facts, randomised="yes", sequence_sound="yes", concealment_sound="yes"),
            )
        else:
            if facts.sequence_sound != "yes":
                yield _Change(
                    "random sequence made by a sound method",
                    when(facts.sequence_sound == "no"),
                    replace(facts, sequence_sound="yes"),
                )
            if facts.concealment_sound != "yes":
                yield _Change(
                    "allocation concealed",
                    when(facts.concealment_sound == "no"),
                    replace(facts, concealment_sound="yes"),
                )
    if facts.carry_over != "no":
        yield _Change(
            "wash-out of 4 weeks or more and the period effect reported",
            when(facts.carry_over == "yes"),
            replace(facts, carry_over="no"),
        )
    blind = (facts.participant_blind, facts.assessor_blind)
    if not facts.single_arm and blind != ("yes", "yes"):
        yield _Change(
            "participants and whoever produced the value were blind",
            when("no" in blind),
            replace(facts, participant_blind="yes", assessor_blind="yes"),
        )
    if facts.kind is UNKNOWN:
        fact = "the value was read by an instrument"
        yield _Change(fact, "unknown", replace(facts, kind="instrument"))
    if facts.attrition is None or facts.attrition > base.policy.loss_free:
        yield _Change(
            "at most 5 % lost in every arm",
            when(facts.attrition is not None),
            replace(facts, attrition=0.0),
        )
    m, known_m = results_to_choose_from(facts, base)
    if m > 1:
        yield _Change(
            "this result was the registered primary outcome",
            when(known_m or facts.registered == "no"),
            replace(facts, registered="primary"),
        )
    if facts.unit != "people":
        yield _Change(
            "people counted, not sides or readings", "flaw", replace(facts, unit="people")
        )
    if facts.r is None and _uses_r(facts):
        fact = say("a reported correlation of {r}", r=f"{base.policy.r_high:g}")
        yield _Change(fact, "unknown", replace(facts, r=base.policy.r_high))


def _uses_r(facts: Facts) -> bool:
    if facts.counted != "mean":
        return facts.structure == "two_sides"
    return facts.structure != "two_arms" or facts.analysis != "final"


def _would_raise(facts: Facts, a: float, base: Scenario, value: float) -> tuple[Raise, ...]:
    gains = []
    for fact, status, changed in _changes(facts, base):
        after = _value(changed, a, base)
        if after - value > 1e-9:
            gains.append(Raise(fact, status, after, after - value))
    return tuple(sorted(gains, key=lambda row: -row.gain))


def _n_for_small_sampling(facts: Facts, a: float, base: Scenario) -> int | None:
    """Smallest total of people at which sampling costs fewer than 5 points, arms equal."""
    arms = 2 if facts.structure == "two_arms" else 1

    def cost(total: int) -> float:
        grown = replace(facts, n=(total / arms,) * arms, n_enrolled_only=False)
        parts = components_of(grown, base)
        b, s2 = bias_and_variance(parts)
        sampling = next(part for part in parts if part.name == "sampling")
        return (100 - _r(a, b, s2)) * sampling.variance / (s2 + b * b)

    low, high = arms, arms * 2
    while cost(high) >= 5:
        low, high = high, high * 2
        if high > 10_000_000:
            return None
    while high - low > arms:
        middle = (low + high) // (2 * arms) * arms
        low, high = (middle, high) if cost(middle) >= 5 else (low, middle)
    return high


def _assumed(facts: Facts, base: Scenario) -> tuple[str, ...]:
    """What stands in for facts that the record does not give, in words."""
    words: list[str] = []
    if facts.n is None:
        n = f"{base.policy.stand_in_n:g}"
        words.append(say("number of people not stated: {n} stand in", n=n))
    elif facts.n_enrolled_only:
        words.append("number analysed not stated: the number enrolled, and 0.8 of it in the range")
    if facts.arms_unstated:
        words.append("people per arm not stated: split equally")
    if facts.r is None and _uses_r(facts):
        r = f"{assumed_r(facts, base):g}"
        words.append(say("correlation not reported: {r}, range 0.3 to 0.9", r=r))
    m, known = results_to_choose_from(facts, base)
    if not known:
        words.append(say("results measured not stated: best of {m}, range 1 to 20", m=m))
    return tuple(words)


__all__ = ["A_SCALES", "BIAS_SETS", "RANGE_SETS", "Raise", "Reliability", "score", "score_facts"]
