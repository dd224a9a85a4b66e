"""A result as it would stand in the record had it been done otherwise: `Suppose` and `supposed`.

What is not supposed stays as it is printed, and what is not printed stays unknown. The figure
that was read stays too: supposing a control asks what the same number would be worth had it been
the difference to that control.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from evidence.appraisal.facts import CONTROLLED, Facts
from evidence.errors import OptionError
from evidence.ingest.from_flags import BLINDED, BlindedFlag
from evidence.records.base import UNKNOWN
from evidence.records.outcome import ArmResult, Contrast, Design, Outcome
from evidence.records.reported import Reported, value_of
from evidence.records.vocabulary import DesignKind, OutcomeKind, Registration

ControlIf = Literal["vehicle", "untreated", "none"]
AllocationIf = Literal["concealed", "randomised", "not_randomised"]
"""`concealed`: at random, sequence and concealment sound. `randomised`: the word alone."""

FEWEST = 4
"""People at least, so that two groups have a spread each."""
_MOST = 1e9
_REACH: dict[str, tuple[float, float, float, str]] = {
    "n": (0, _MOST, FEWEST, f"a number of people of at least {FEWEST}"),
    "sd": (0, _MOST, 0, "a number above 0"),
    "r": (-1, 1, -1, "a number between -1 and 1"),
    "mid": (0, _MOST, 0, "a number above 0"),
}
"""What a number lies between, not counting the ends, and what it is at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppose:
    """What is supposed of one result; None leaves it as it is reported.

    Attributes
    ----------
    n : float, optional
        People in all groups together, shared out as reported (else equally).
    sd : float, optional
        Standard deviation between people in the outcome's unit; for a percent of the baseline
        in percent of its mean, that is 100 times the coefficient of variation.
    r : float, optional
        Correlation of before and after, or of the two sides of one person.
    mid : float, optional
        Smallest effect that matters, in the outcome's unit, positive = benefit.
    control, allocation, blinding, kind, registered : str, optional
        What it was compared with, how people came into the groups, who was blind, how the value
        was produced, and how the result was registered. Without a control no allocation counts.

    Raises
    ------
    OptionError
        A value that cannot be: fewer than 4 people, an SD or a smallest effect that is not
        positive, a correlation outside −1 to 1, or a word that is not one of its kind.

    Examples
    --------
    >>> Suppose(n=100, blinding="double").n
    100
    """

    n: float | None = None
    sd: float | None = None
    r: float | None = None
    mid: float | None = None
    control: ControlIf | None = None
    allocation: AllocationIf | None = None
    blinding: BlindedFlag | None = None
    kind: OutcomeKind | None = None
    registered: Registration | None = None

    def __post_init__(self) -> None:
        for name, (above, below, least, wanted) in _REACH.items():
            value = getattr(self, name)
            if value is not None and not (above < value < below and value >= least):
                raise OptionError(name, value, (wanted,))
        for name, words in CHOICES.items():
            value = getattr(self, name)
            if value is not None and value not in words:
                raise OptionError(name, value, words)

    @property
    def moves_the_effect(self) -> bool:
        """Whether the interval of the effect is another one: people, spread or control changed."""
        return any(x is not None for x in (self.n, self.sd, self.r, self.control))


CHOICES: dict[str, tuple[str, ...]] = {
    "control": get_args(ControlIf),
    "allocation": get_args(AllocationIf),
    "blinding": get_args(BlindedFlag),
    "kind": get_args(OutcomeKind),
    "registered": get_args(Registration),
}
"""The words of each choice, in the order shown."""


def supposed(outcome: Outcome, facts: Facts, suppose: Suppose) -> Outcome:
    """The record of a result with what is supposed written into it.

    Parameters
    ----------
    outcome
        The record.
    facts
        Its facts as reported: how many people there are, and what share was lost, stays known
        when they are shared out anew.
    suppose
        What is supposed.

    Examples
    --------
    >>> from evidence.appraisal.facts import read_facts
    >>> from evidence.records.study import Study
    >>> one = Outcome(id="1", name="wrinkle depth", treated=ArmResult(n=Reported(text="50")))
    >>> study = Study(id="serum", outcomes=(one,))
    >>> changed = supposed(one, read_facts(study, one), Suppose(control="vehicle"))
    >>> read_facts(study, changed).control, read_facts(study, changed).n
    ('full', (25.0, 25.0))
    """
    changed: dict[str, object] = {}
    if suppose.kind is not None:
        changed["kind"] = suppose.kind
    if suppose.registered is not None:
        changed["reporting"] = outcome.reporting.model_copy(
            update={"registered": suppose.registered}
        )
    changed["design"] = _design(outcome.design, suppose)
    if suppose.moves_the_effect:
        changed["contrast"] = _contrast(outcome.contrast, suppose)
    if suppose.n is not None or suppose.control is not None:
        changed |= _people(outcome, facts, suppose)
    if suppose.sd is not None:
        for arm in ("treated", "control"):
            given = changed.get(arm, getattr(outcome, arm))
            if isinstance(given, ArmResult):
                changed[arm] = _spread(given, suppose.sd)
    return outcome.model_copy(update=changed)


def _design(design: Design, suppose: Suppose) -> Design:
    changed: dict[str, object] = {}
    kind: DesignKind | object = design.kind
    if suppose.control == "none":
        kind, changed["comparator"] = "single_arm_prepost", "none"
    elif suppose.control is not None:
        kind = design.kind if design.kind in CONTROLLED else "parallel"
        changed["comparator"] = suppose.control
    if suppose.allocation is not None and kind in CONTROLLED:
        chance = suppose.allocation != "not_randomised"
        sound = suppose.allocation == "concealed"
        changed |= {
            "randomised": "yes" if chance else "no",
            "sequence": "computer" if sound else "stated_only" if chance else UNKNOWN,
            "concealment": "central" if sound else UNKNOWN,
        }
        if chance and kind == "nonrandomised_controlled":
            kind = "parallel"
    if suppose.blinding is not None:
        changed["blinding"] = BLINDED[suppose.blinding]
    return design.model_copy(update={**changed, "kind": kind})


def _contrast(contrast: Contrast, suppose: Suppose) -> Contrast:
    """The comparison without what was printed of its error: that belonged to other people."""
    changed: dict[str, object] = dict.fromkeys(
        ("se", "ci_low", "ci_high", "statistic_t", "df", "p"), UNKNOWN
    )
    if suppose.r is not None:
        changed["r"] = _figure(suppose.r)
    if suppose.control is not None:
        changed["kind"] = "within_group" if suppose.control == "none" else "between_group"
    return contrast.model_copy(update=changed)


def _people(outcome: Outcome, facts: Facts, suppose: Suppose) -> dict[str, object]:
    """People shared out as reported, or equally where there was one group before."""
    total = suppose.n if suppose.n is not None else None if facts.n is None else sum(facts.n)
    enrolled = facts.n_enrolled_only and suppose.n is None
    compared = suppose.control != "none" and (
        suppose.control is not None or facts.control in ("full", "untreated")
    )
    grown = None if total is None or facts.n is None else total / sum(facts.n)
    timed = outcome.statistic == "time_to_event"
    treated, control = outcome.treated, outcome.control if compared else None
    treated = _emptied(treated, grown, timed=timed)
    treated = treated.model_copy(
        update={"attrition": UNKNOWN if facts.attrition is None else _figure(facts.attrition)}
    )
    if control is not None:
        control = _emptied(control, grown, timed=timed).model_copy(update={"attrition": UNKNOWN})
    each, whole = ("n_randomised", "n_total_randomised") if enrolled else ("n", "n_total")
    people: dict[str, object] = {"n_total": UNKNOWN, "n_total_randomised": UNKNOWN}
    stated = facts.structure == "two_arms" and not facts.arms_unstated
    if total is not None and not compared:
        treated = treated.model_copy(update={each: _figure(total)})
    elif total is not None and control is not None and facts.n is not None and stated:
        shares = [n / sum(facts.n) for n in facts.n]
        treated = treated.model_copy(update={each: _figure(total * shares[0])})
        control = control.model_copy(update={each: _figure(total * shares[1])})
    elif total is not None:
        people[whole] = _figure(total)
    return {**people, "treated": treated, "control": control}


def _emptied(arm: ArmResult, grown: float | None, *, timed: bool) -> ArmResult:
    """An arm without its people. Shares of those who responded stay, and events come as often."""
    total, events = value_of(arm.total) or value_of(arm.n), value_of(arm.events)
    changed: dict[str, object] = dict.fromkeys(("n", "n_randomised", "total", "events"), UNKNOWN)
    if timed and events is not None and grown is not None:
        changed["events"] = _figure(events * grown)
    elif events is not None and total and arm.pct is UNKNOWN:
        changed["pct"] = _figure(100 * events / total)
    return arm.model_copy(update=changed)


def _spread(arm: ArmResult, sd: float) -> ArmResult:
    """An arm with another SD wherever it printed one."""
    names = [name for name in ("sd", "change_sd") if getattr(arm, name) is not UNKNOWN]
    errors = ("se", "ci_low", "ci_high", "change_se", "change_ci_low", "change_ci_high")
    blank: dict[str, object] = dict.fromkeys(errors, UNKNOWN)
    return arm.model_copy(update={**blank, **{name: _figure(sd) for name in names}})


def _figure(value: float) -> Reported:
    return Reported(text=repr(float(value)))
