"""What RoB 2 asks of a record: each fact with its field path and how it is printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from evidence.appraisal.rob2_baseline import compare_baselines, sizes_p, stouffer
from evidence.formatting import number
from evidence.messages import say
from evidence.records.base import UNKNOWN, Place, Unknown
from evidence.records.outcome import ArmResult, Outcome, said
from evidence.records.reported import Number, Reported, value_of
from evidence.records.study import Study

NOT_STATED = "not stated"
SAME_PEOPLE = ("within_person", "crossover")
"""Designs whose arms are the same people, at two sides or in two periods."""


class RoB2Settings(NamedTuple):
    """Thresholds: this project's choice, but for the one whose source is named."""

    chance: float = 0.001  # p of arm sizes or baselines below which chance is not believed
    planned_ratio: float | None = None  # people in the product arm per person in the other
    available: float = 0.95  # share with the outcome in every arm that is nearly all
    available_less: float = 0.90  # from here to `available`: probably not nearly all
    loss_difference: float = 0.15  # NIH tool for controlled studies: 15 percentage points
    left_out: float = 0.02  # largest share left out that can hardly matter
    washout_week: float = 4.0  # crossover: weeks in which a cosmetic product wears off


SETTINGS = RoB2Settings()


class Fact(NamedTuple):
    """One fact: its field path, its value (None: not stated), how it reads, where it stands."""

    path: str
    value: str | float | None = None
    printed: str = NOT_STATED
    place: Place | None = None


class Source(NamedTuple):
    """What facts are read from."""

    study: Study
    outcome: Outcome
    settings: RoB2Settings


def read_all(study: Study, outcome: Outcome, settings: RoB2Settings) -> Mapping[str, Fact]:
    """Every fact that a rule may look at, by name.

    >>> facts = read_all(Study(id="a"), Outcome(id="b", name="TEWL"), SETTINGS)
    >>> facts["sequence"]
    Fact(path='design.sequence', value=None, printed='not stated', place=None)
    """
    source = Source(study, outcome, settings)
    return {name: reader(source) for name, reader in READERS.items()}


# --------------------------------------------------------------------------- words


def _field(path: str) -> Callable[[Source], Fact]:
    return lambda source: _at(source, path)


def _at(source: Source, path: str) -> Fact:
    return fact_at(source.study, source.outcome, path)


def fact_at(study: Study, outcome: Outcome, path: str) -> Fact:
    """The fact at a field path of the outcome, or of the study where the path begins so.

    >>> fact_at(Study(id="a"), Outcome(id="b", name="TEWL"), "design.comparator")
    Fact(path='design.comparator', value=None, printed='not stated', place=None)
    """
    owner: Study | Outcome = study if path.startswith("study.") else outcome
    inside = path.removeprefix("study.")
    value: object = owner
    for step in inside.split("."):
        value = getattr(value, step)
    place = owner.places.get(inside)
    if isinstance(value, Unknown) or value in ("", ()):
        return Fact(path)
    if isinstance(value, Reported):
        return Fact(path, value.value, str(value), value.place or place)
    return Fact(path, str(value), said(value), place)


def _fixed_side(source: Source) -> Fact:
    fact = _at(source, "design.fixed_side")
    return fact if source.outcome.design.kind == "within_person" else Fact(fact.path)


def _participant(source: Source) -> Fact:
    """Nobody can fail to notice that nothing is applied."""
    if source.outcome.design.comparator in ("untreated", "untreated_site"):
        return _at(source, "design.comparator")._replace(value="untreated")
    return _at(source, "design.blinding.participant")


def _assessor(source: Source) -> Fact:
    """Whoever produced the value: of a self-report the person who used the product."""
    if source.outcome.kind == "self_report":
        return _participant(source)
    if source.outcome.kind == "photo_blinded_grade":
        return _at(source, "kind")._replace(value="yes")
    return _at(source, "design.blinding.assessor")


def _device(source: Source) -> Fact:
    fact = _at(source, "instrument")
    return fact if source.outcome.kind == "instrument" else Fact(fact.path)


def _contrast(source: Source) -> Fact:
    """What was compared; a lone test within an arm says it where the kind is not stated."""
    fact, outcome = _at(source, "contrast.kind"), source.outcome
    p, lone = outcome.contrast.p, outcome.contrast.estimate is UNKNOWN and not _both(outcome)
    if fact.value is None and lone and p is not UNKNOWN and p.kind == "within_arm":
        return Fact("contrast.p", "within_group", "within arm", outcome.places.get("contrast.p"))
    return fact


def _both(outcome: Outcome) -> bool:
    """Whether both arms print a value, so that a contrast can be rebuilt."""
    names = ("mean", "median", "change_mean", "pct_change", "events", "pct")
    return outcome.control is not None and all(
        any(getattr(arm, name) is not UNKNOWN for name in names)
        for arm in (outcome.treated, outcome.control)
    )


def _interest(source: Source) -> Fact:
    """A stake of whoever rates: users rate the seller's product, or employees rate it."""
    study = source.study
    if source.outcome.kind != "self_report":
        fact = _at(source, "study.interest.authors_employed")
        return fact if fact.value == "yes" else Fact(fact.path)
    if study.source_kind in ("vendor_page", "marketing_text"):
        return _at(source, "study.source_kind")._replace(value="yes")
    fact = _at(source, "study.interest.funding")
    return fact._replace(value="yes") if fact.value == "industry" else Fact(fact.path)


def _measured(source: Source) -> Fact:
    fact = _at(source, "reporting.measured")
    if not isinstance(fact.value, float):
        return fact
    shown = max(source.outcome.reporting.results_printed, len(source.study.outcomes))
    printed = say("{measured} measured, {printed} printed", measured=fact.printed, printed=shown)
    return fact._replace(value="more" if fact.value > shown else "all", printed=printed)


# --------------------------------------------------------------------------- people

_FLOW = "treated.n / treated.n_randomised, control.n / control.n_randomised"
_TOTALS = "n_total / n_total_randomised"


def _kept(arm: ArmResult) -> float | None:
    """Share of an arm's people who have the outcome."""
    if arm.attrition is not UNKNOWN:
        return 1 - arm.attrition.value / (100 if arm.attrition.unit == "%" else 1)
    return _ratio(arm.total if arm.n is UNKNOWN else arm.n, arm.n_randomised)


def _ratio(end: Number, start: Number) -> float | None:
    above, below = value_of(end), value_of(start)
    return above / below if above is not None and below else None


def _arm_shares(outcome: Outcome) -> list[float | None]:
    if outcome.design.kind in SAME_PEOPLE:
        share = _kept(outcome.treated)
        return [_ratio(outcome.n_total, outcome.n_total_randomised) if share is None else share]
    return [None if arm is None else _kept(arm) for arm in (outcome.treated, outcome.control)]


def _flow(outcome: Outcome) -> str:
    same = outcome.design.kind in SAME_PEOPLE and _kept(outcome.treated) is None
    return _TOTALS if same else _FLOW


def _share(path: str, share: float | None, outcome: Outcome) -> Fact:
    if share is None:
        return Fact(path)
    numbers = (outcome.treated.n, outcome.treated.attrition, outcome.n_total)
    place = next((each.place for each in numbers if each is not UNKNOWN), None)
    share = round(share, 9)  # 1 - 0.98 is a little above 0.02
    return Fact(path, share, f"{number(100 * share, 1)} %", place)


def _lowest(source: Source) -> Fact:
    """Lowest share of any arm, where every arm states its own."""
    shares = _arm_shares(source.outcome)
    known = [share for share in shares if share is not None]
    lowest = min(known) if len(known) == len(shares) else None
    return _share(_flow(source.outcome), lowest, source.outcome)


def _at_most(source: Source) -> Fact:
    """A share that the lowest arm cannot be above: of one arm, or of everybody."""
    total = _ratio(source.outcome.n_total, source.outcome.n_total_randomised)
    known = [share for share in (*_arm_shares(source.outcome), total) if share is not None]
    lowest = min(known, default=None)
    path = _TOTALS if lowest == total else _FLOW
    return _share(path, lowest, source.outcome)


def _overall(source: Source) -> Fact:
    total = _ratio(source.outcome.n_total, source.outcome.n_total_randomised)
    return _share(_TOTALS, total, source.outcome)


def _left_out(source: Source) -> Fact:
    lowest = _lowest(source).value
    share = 1 - lowest if isinstance(lowest, float) else None
    return _share(_flow(source.outcome), share, source.outcome)


def _uneven(source: Source) -> Fact:
    """Difference between the shares lost of two arms."""
    known = [share for share in _arm_shares(source.outcome) if share is not None]
    return _share(_FLOW, abs(known[0] - known[1]) if len(known) == 2 else None, source.outcome)


# --------------------------------------------------------------------------- the start


def _start(source: Source) -> Fact:
    """Whether chance explains the arms' sizes and baselines; of parallel arms only.

    Sides of one person and clusters need a correlation that is hardly ever printed.
    """
    outcome, limit = source.outcome, source.settings.chance
    path = "treated.baseline_mean, control.baseline_mean"
    if outcome.design.kind != "parallel" or outcome.control is None:
        return Fact(path)
    ratio, sizes = source.settings.planned_ratio, (outcome.treated, outcome.control)
    one, other = (value_of(arm.n_randomised) for arm in sizes)
    if ratio and one and other and (p := sizes_p(one, other, ratio)) < limit:
        printed = say(
            "{one} and {other} allocated, planned {ratio} to 1, p = {p}",
            one=f"{one:g}",
            other=f"{other:g}",
            ratio=f"{ratio:g}",
            p=f"{p:.2g}",
        )
        return Fact("treated.n_randomised, control.n_randomised", "not chance", printed)
    found = list(compare_baselines(source.study, outcome))
    if not found:
        return Fact(path)
    apart = stouffer(row.p_near for row in found)
    alike = stouffer(row.p_far for row in found)
    p = apart if apart < limit else alike
    value = "not chance" if apart < limit or alike > 1 - limit else "chance"
    printed = say("{n} compared, combined p = {p}", n=len(found), p=f"{p:.2g}")
    return Fact(path, value, printed, found[0].place)


READERS: dict[str, Callable[[Source], Fact]] = {
    "randomised": _field("design.randomised"),
    "sequence": _field("design.sequence"),
    "fixed side": _fixed_side,
    "concealment": _field("design.concealment"),
    "start": _start,
    "participant": _participant,
    "applier": _field("design.blinding.applier"),
    "contrast": _contrast,
    "population": _field("design.population_analysed"),
    "left out": _left_out,
    "lowest share": _lowest,
    "share at most": _at_most,
    "share of all": _overall,
    "missing": _field("design.missing_handled"),
    "uneven loss": _uneven,
    "kind": _field("kind"),
    "device": _device,
    "assessor": _assessor,
    "interest": _interest,
    "registered": _field("reporting.registered"),
    "measured": _measured,
    "washout": _field("design.washout_week"),
    "first period": _field("design.first_period_only"),
    "period": _field("design.period_effect_reported"),
}
