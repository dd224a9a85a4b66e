"""The parts of a result's expected error: each a mean bias and a variance on the SMD scale.

Positive means exaggerate the benefit. The reported effect is not an input anywhere here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import NormalDist
from typing import Literal, NamedTuple

from evidence.appraisal.bias_sets import BIAS_SETS, BiasSet, Flag, bias_of
from evidence.appraisal.component_table import COMPONENTS, ComponentName
from evidence.appraisal.facts import Facts
from evidence.errors import OptionError
from evidence.messages import say
from evidence.records.base import UNKNOWN
from evidence.records.families import drift_of, r_of
from evidence.records.outcome import said

Status = Literal["known", "unreported", "inherent"]
"""`known`: the record says so. `unreported`: the fact is missing. `inherent`: no study escapes."""


class Policy(NamedTuple):
    """Project settings of the score; each can be overridden, none is a published value."""

    stand_in_n: float = 15.0  # 5th percentile of 75 cosmetic studies that state an n
    enrolled_share: float = 0.8  # of those enrolled, when the number analysed is not given
    rho_sides: float = 0.5  # correlation of the changes of two sides of one person
    r_low: float = 0.3
    r_high: float = 0.9
    not_randomised: tuple[float, float] = (0.10, 0.20)
    not_randomised_sides: tuple[float, float] = (0.05, 0.15)
    carry_over_sd: float = 0.20
    loss_free: float = 0.05  # share lost in an arm that costs nothing
    m_default: int = 10
    m_named_primary: int = 3
    m_high: int = 20
    c: float = 0.5  # correlation between the results one could have shown
    icc_sites: float = 0.5
    icc_readings: float = 0.8
    icc_clusters: float = 0.05
    units_sites: float = 2.0  # sides or sites per person, when not given
    units_readings: float = 3.0
    units_clusters: float = 20.0


POLICY = Policy()


class Scenario(NamedTuple):
    """What is varied to give the score its range."""

    bias_set: BiasSet = "robes2018"
    r: float | None = None  # in place of an unreported correlation
    m: int | None = None  # in place of an unreported number of results
    n_share: float = 1.0  # of those enrolled, where only they are known
    policy: Policy = POLICY


BASE = Scenario()


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One part of the expected error. `mean` and `variance` are on the SMD scale."""

    name: ComponentName
    status: Status
    mean: float
    variance: float
    why: str
    source: str = ""
    points_lost: float = 0.0


@lru_cache(maxsize=512)
def expected_maximum(m: int) -> float:
    """Expected largest of m independent standard normals, by quadrature.

    >>> [round(expected_maximum(m), 4) for m in (1, 2, 3, 5, 10, 20)]
    [0.0, 0.5642, 0.8463, 1.163, 1.5388, 1.8675]
    """
    if m < 1:
        raise OptionError("m", m, ("a whole number of at least 1",))
    if m == 1:
        return 0.0
    # E max = ∫ (1 − Φ^m) dx over x > 0 − ∫ Φ^m dx over x < 0; Simpson's rule, smooth integrand
    normal, steps, reach = NormalDist(), 600, 9.0
    width = reach / steps
    total = 0.0
    for i in range(steps + 1):
        x = i * width
        weight = 1 if i in (0, steps) else 4 if i % 2 else 2
        upper = normal.cdf(x)
        total += weight * ((1 - upper**m) - (1 - upper) ** m)
    return total * width / 3


def components_of(facts: Facts, scenario: Scenario = BASE) -> tuple[Component, ...]:
    """All components of one result that apply, in the order of `COMPONENTS`.

    Components that cost nothing are left out, except the sampling variance.

    >>> from evidence.records.families import FAMILIES
    >>> facts = Facts(structure="before_after", control="none", n=(50,), kind="instrument",
    ...     family=FAMILIES["wrinkle_depth"])
    >>> [part.name for part in components_of(facts)]
    ['sampling', 'no_control', 'blinding', 'incomplete_data', 'selection']
    """
    if scenario.bias_set not in BIAS_SETS:
        raise OptionError("bias_set", scenario.bias_set, BIAS_SETS)
    found: dict[ComponentName, Component] = {}
    for build in (_sampling, _unstated, _recovery, _control, _allocation, _conduct, _units):
        for component in build(facts, scenario):
            found[component.name] = component
    for component in _selection(facts, scenario, found):
        found[component.name] = component
    return tuple(found[name] for name in COMPONENTS if name in found)


def assumed_r(facts: Facts, scenario: Scenario) -> float:
    """The correlation in use: reported, else the scenario's, else the family's centre.

    >>> from evidence.records.families import FAMILIES
    >>> facts = Facts(structure="before_after", control="none", family=FAMILIES["wrinkle_depth"])
    >>> assumed_r(facts, BASE), assumed_r(facts, Scenario(r=0.9))
    (0.6, 0.9)
    """
    if facts.r is not None:
        return facts.r
    return r_of(facts.family, facts.kind) if scenario.r is None else scenario.r


def people_in_use(facts: Facts, scenario: Scenario) -> tuple[float, ...]:
    """People per arm as the score counts them; the stand-in where none are stated.

    >>> from evidence.records.families import FAMILIES
    >>> facts = Facts(structure="before_after", control="none", family=FAMILIES["wrinkle_depth"])
    >>> people_in_use(facts, BASE)  # the stand-in
    (15.0,)
    """
    if facts.n is None:
        total = scenario.policy.stand_in_n
        return (total / 2, total / 2) if facts.structure == "two_arms" else (total,)
    share = scenario.n_share if facts.n_enrolled_only else 1.0
    return tuple(n * share for n in facts.n)


def sampling_variance(facts: Facts, scenario: Scenario = BASE) -> float:
    """Sampling variance on the SMD scale, without the part that depends on the effect.

    >>> from evidence.records.families import FAMILIES
    >>> facts = Facts(structure="two_arms", control="full", n=(20, 20),
    ...     family=FAMILIES["wrinkle_depth"])
    >>> sampling_variance(facts)  # 1 / 20 + 1 / 20
    0.1
    """
    n = people_in_use(facts, scenario)
    r = assumed_r(facts, scenario)
    r_sides = r if facts.r is not None else 1 - 2 * (1 - r) * (1 - scenario.policy.rho_sides)
    inverse = sum(1 / each for each in n)
    if facts.counted == "time_to_event":
        if facts.events:
            return 6 / math.pi**2 * inverse * sum(n) / facts.events
        inverse_p = 4.0
    else:
        p = 0.5 if facts.share is None else min(0.9, max(0.1, facts.share))
        inverse_p = 1 / (p * (1 - p))
    if facts.counted != "mean":
        if facts.structure == "before_after":
            return 12 / math.pi**2 * inverse
        arms = 2 * inverse if facts.structure == "two_sides" else inverse
        paired = 1 - r_sides if facts.structure == "two_sides" else 1.0
        return 3 / math.pi**2 * arms * inverse_p * paired
    if facts.structure == "two_sides":
        return 2 * (1 - r_sides) * inverse
    if facts.structure == "before_after":
        return 2 * (1 - r) * inverse
    factor = {"final": 1.0, "change": 2 * (1 - r), "adjusted": 1 - r**2}[facts.analysis]
    return factor * inverse


Builder = Callable[[Facts, Scenario], Iterable[Component]]


def _sampling(facts: Facts, scenario: Scenario) -> Iterable[Component]:
    yield Component(
        name="sampling",
        status="inherent" if facts.n is not None else "unreported",
        mean=0.0,
        variance=sampling_variance(facts, scenario),
        why=_people_words(facts, people_in_use(facts, scenario)),
    )


def _people_words(facts: Facts, people: tuple[float, ...]) -> str:
    shown = " + ".join(f"{each:g}" for each in people)
    if facts.n is None:
        return say("{n} people stand in for a number not stated", n=shown)
    if facts.n_enrolled_only:
        return say("{n} people enrolled; the number analysed is not stated", n=shown)
    return say("{n} people", n=shown)


def _unstated(facts: Facts, scenario: Scenario) -> Iterable[Component]:
    if facts.n is None:
        yield Component(
            name="sample_size_unstated",
            status="unreported",
            mean=0.0,
            variance=0.0,
            why=say(
                "{n} people stand in, inside this score only; the cost is counted under sampling",
                n=f"{scenario.policy.stand_in_n:g}",
            ),
        )


def _recovery(facts: Facts, scenario: Scenario) -> Iterable[Component]:  # noqa: ARG001  one shape
    if facts.recovery_half_spread:
        yield Component(
            name="recovery",
            status="known",
            mean=0.0,
            variance=facts.recovery_half_spread**2 / 3,
            why="the estimate was rebuilt from other figures",
        )


def _control(facts: Facts, scenario: Scenario) -> Iterable[Component]:
    drift = drift_of(facts.family, facts.kind, within_24h=facts.within_24h)
    if facts.control in ("none", "unknown"):
        yield Component(
            name="no_control",
            status="known" if facts.control == "none" else "unreported",
            mean=drift.mean,
            variance=drift.sd**2,
            why=facts.control_why or "no concurrent control",
            source=drift.basis,
        )
    elif facts.control == "untreated":
        yield Component(
            name="untreated_control",
            status="known",
            mean=drift.mean / 2,
            variance=(drift.sd / 2) ** 2,
            why="the control got nothing: the vehicle's own effect is inside the contrast",
            source=drift.basis,
        )
    if facts.carry_over != "no":
        yield Component(
            name="carry_over",
            status="known" if facts.carry_over == "yes" else "unreported",
            mean=0.0,
            variance=scenario.policy.carry_over_sd**2,
            why="wash-out of at least 4 weeks and the period effect are not both given",
        )


def _allocation(facts: Facts, scenario: Scenario) -> Iterable[Component]:
    if facts.control not in ("full", "untreated"):
        return  # no_control stands in their place
    if facts.randomised != "yes":
        policy = scenario.policy
        mean, sd = policy.not_randomised_sides if facts.same_side else policy.not_randomised
        known = facts.randomised == "no"
        yield Component(
            name="not_randomised",
            status="known" if known else "unreported",
            mean=mean,
            variance=sd**2,
            why="not randomised" if known else "not said to be randomised",
        )
        return
    for flag, sound, inadequate, unsaid in (
        (
            "sequence",
            facts.sequence_sound,
            "how the random sequence was made: inadequate",
            "how the random sequence was made is not said",
        ),
        (
            "concealment",
            facts.concealment_sound,
            "how the next allocation was concealed: inadequate",
            "how the next allocation was concealed is not said",
        ),
    ):
        if sound != "yes":
            known = sound == "no"
            why = inadequate if known else unsaid
            yield _from_set(flag, flag, scenario, "known" if known else "unreported", why)  # type: ignore[arg-type]  # both are keys of the set


def _conduct(facts: Facts, scenario: Scenario) -> Iterable[Component]:
    blind = (facts.participant_blind, facts.assessor_blind)
    if facts.single_arm or blind != ("yes", "yes"):
        status: Status = (
            "inherent" if facts.single_arm else "known" if "no" in blind else "unreported"
        )
        why = (
            "everybody knows in a single arm"
            if facts.single_arm
            else "participants or whoever produced the value knew the product"
            if "no" in blind
            else "who was blind is not said"
        )
        found = _from_set("blinding", blinding_flag(facts), scenario, status, why)
        if facts.kind is UNKNOWN:  # not knowing never costs less than knowing it was an instrument
            known = _from_set("blinding", "blinding_objective", scenario, status, why)
            found = replace(
                found,
                mean=max(found.mean, known.mean),
                variance=max(found.variance, known.variance),
            )
        yield found
    q, free = facts.attrition, scenario.policy.loss_free
    if q is None:
        why = "nothing is said about losses"
        yield _from_set("incomplete_data", "incomplete_data", scenario, "unreported", why)
    elif q > free:
        row = bias_of("incomplete_data", scenario.bias_set)
        yield Component(
            name="incomplete_data",
            status="known",
            mean=max(0.0, row.mean),
            variance=max(row.variance, (q / 2) ** 2),
            why=say("{share} % lost or dropped", share=f"{100 * q:.0f}"),
            source=row.source,
        )


def blinding_flag(facts: Facts) -> Flag:
    """Which blinding row applies, by how the value is produced.

    >>> from evidence.records.families import FAMILIES
    >>> kinds = ("self_report", "instrument", "live_expert_grade")
    >>> [blinding_flag(Facts(structure="two_arms", control="full", kind=kind,
    ...     family=FAMILIES["wrinkle_depth"])) for kind in kinds]
    ['blinding_self_report', 'blinding_objective', 'blinding_grade']
    """
    if facts.kind == "self_report":
        return "blinding_self_report"
    if facts.kind in ("instrument", "photo_blinded_grade"):
        return "blinding_objective"
    return "blinding_grade"  # live grade, or kind unknown


def _from_set(
    name: ComponentName, flag: Flag, scenario: Scenario, status: Status, why: str
) -> Component:
    row = bias_of(flag, scenario.bias_set)
    return Component(
        name=name,
        status=status,
        mean=max(0.0, row.mean),  # a flaw is never credited
        variance=row.variance,
        why=why,
        source=row.source,
    )


def _units(facts: Facts, scenario: Scenario) -> Iterable[Component]:
    policy = scenario.policy
    settings = {
        "sides": (policy.units_sites, policy.icc_sites),
        "sites": (policy.units_sites, policy.icc_sites),
        "readings": (policy.units_readings, policy.icc_readings),
        "cluster_members": (policy.units_clusters, policy.icc_clusters),
    }
    if facts.unit not in settings:
        return
    k, icc = settings[facts.unit]
    k = k if facts.units_per_person is None else facts.units_per_person
    icc = icc if facts.icc is None else facts.icc
    yield Component(
        name="unit_of_analysis",
        status="known",
        mean=0.0,
        variance=sampling_variance(facts, scenario) * max(0.0, k - 1) * icc,
        why=say(
            "n counts {unit}, {k} each, ICC {icc}",
            unit=said(facts.unit),
            k=f"{k:g}",
            icc=f"{icc:g}",
        ),
    )


def results_to_choose_from(facts: Facts, scenario: Scenario = BASE) -> tuple[int, bool]:
    """m, the number of results the shown one was picked from, and whether it is known.

    >>> from dataclasses import replace
    >>> from evidence.records.families import FAMILIES
    >>> facts = Facts(structure="two_arms", control="full", family=FAMILIES["wrinkle_depth"])
    >>> results_to_choose_from(facts), results_to_choose_from(replace(facts, measured=6))
    ((10, False), (6, True))
    >>> results_to_choose_from(replace(facts, registered="primary"))
    (1, True)
    """
    policy = scenario.policy
    if facts.registered == "primary":
        return 1, True
    counts = [facts.measured] if facts.measured is not None else []
    if facts.registered == "secondary" and facts.registered_count is not None:
        counts.append(facts.registered_count)
    if counts:
        primary = [policy.m_named_primary] if facts.named_primary == "yes" else []
        return max(1, min(counts + primary)), True
    if facts.named_primary == "yes":
        default = policy.m_named_primary
    else:
        default = max(policy.m_default, facts.results_printed)
    return (default if scenario.m is None else scenario.m), False


def _selection(
    facts: Facts, scenario: Scenario, found: dict[ComponentName, Component]
) -> Iterable[Component]:
    m, known = results_to_choose_from(facts, scenario)
    if m <= 1:
        return
    moves: tuple[ComponentName, ...] = (
        "no_control",
        "untreated_control",
        "not_randomised",
        "carry_over",
    )
    s2 = sum(found[name].variance for name in moves if name in found)
    spread = (1 - scenario.policy.c) * (found["sampling"].variance + s2 / 2)
    yield Component(
        name="selection",
        status="known" if known else "unreported",
        mean=expected_maximum(m) * math.sqrt(spread),
        variance=0.0,
        why=say("best of {m} results", m=m)
        if known
        else say("best of {m} results, an assumed number", m=m),
    )
