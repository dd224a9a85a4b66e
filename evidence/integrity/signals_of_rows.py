"""Signals that show only when the results of one study stand side by side.

Each function gives pairs of a result and the sentence about it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations, permutations

from evidence.formatting import number
from evidence.integrity.facts_of_record import GRADES, controlled, significant
from evidence.integrity.signal import RowSignal
from evidence.messages import capital, listed, say
from evidence.records.base import UNKNOWN
from evidence.records.outcome import Outcome
from evidence.records.reported import value_of
from evidence.records.study import Study

ALL_OF = 3
"""Results from which "every one significant" is worth saying."""

HALF = 0.5
"""Two kinds of reading disagree when the smaller is at most this share of the larger."""

MOST_COMPARED = 200
"""Results of one study and week that are compared two by two."""

_NEAR = {
    "wrinkle_grade": "wrinkle", "wrinkle_depth": "wrinkle", "wrinkle_volume": "wrinkle",
    "wrinkle_area": "wrinkle", "wrinkle_length": "wrinkle", "roughness": "wrinkle",
}  # fmt: skip

Found = Iterable[tuple[Outcome, str]]


def _all_significant(study: Study) -> Found:
    tested = [o for o in study.outcomes if significant(o) is not None]
    if len(tested) < ALL_OF or len(tested) != len(study.outcomes):
        return []
    if not all(significant(o) for o in tested):
        return []
    text = say("All {n} results of the study are significant.", n=len(tested))
    return [(o, text) for o in tested]


def _shared_comparator(study: Study) -> Found:
    groups: dict[tuple[str, str, str], list[Outcome]] = defaultdict(list)
    for outcome in study.outcomes:
        if controlled(outcome) and outcome.control and outcome.control.label:
            groups[(outcome.domain, _week(outcome), outcome.control.label)].append(outcome)
    for (_, _, label), rows in groups.items():
        if len({row.treated.label for row in rows if row.treated.label}) > 1:
            for row in rows:
                yield (
                    row,
                    say(
                        '"{label}" is the comparator of several products in this study.',
                        label=label,
                    ),
                )


def _two_meanings(study: Study) -> Found:
    changes: dict[tuple[str, ...], list[Outcome]] = defaultdict(list)
    shares: dict[tuple[str, ...], list[Outcome]] = defaultdict(list)
    for outcome in study.outcomes:
        arms = [arm for arm in (outcome.treated, outcome.control) if arm is not None]
        change = tuple(a.pct_change.text for a in arms if a.pct_change is not UNKNOWN)
        share = tuple(a.pct.text for a in arms if a.pct is not UNKNOWN)
        where = (outcome.domain, _week(outcome))
        if change:
            changes[(*where, *(text.lstrip("-") for text in change))].append(outcome)
        if share:
            shares[(*where, *share)].append(outcome)
    for key in changes.keys() & shares.keys():
        said = listed((say("{value} %", value=text) for text in key[2:]), " and ")
        told = say("{said} stand once as a change and once as a share of people.", said=said)
        for outcome in (*changes[key], *shares[key]):
            yield outcome, told


def _across_significance(study: Study) -> Found:
    """Two rows with tests within the arms, one significant and one not."""
    groups: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in study.outcomes:
        p = outcome.contrast.p
        if controlled(outcome) and p is not UNKNOWN and p.kind == "within_arm":
            groups[(outcome.domain, _week(outcome))].append(outcome)
    for rows in groups.values():
        if {significant(row) for row in rows} >= {True, False}:
            for row in rows:
                yield row, "Tests within the arms: one significant, the other not; that is no test."


def _kind(outcome: Outcome) -> str:
    """How objective the reading is: a grade, a biopsy, an image, another device."""
    words = f"{outcome.instrument} {outcome.name}".casefold()
    if outcome.kind == "self_report" or "self-assess" in words or "satisfaction" in words:
        return "self-report"
    if "biops" in words:
        return "biopsy"
    if outcome.kind is not UNKNOWN and outcome.kind in GRADES:
        return "grade"
    return "instrument" if outcome.kind == "instrument" else outcome.instrument.casefold().strip()


def _discordant(study: Study) -> Found:
    told: dict[str, str] = {}
    groups: dict[str, list[tuple[str, Outcome]]] = defaultdict(list)
    for outcome in study.outcomes:
        if kind := _kind(outcome):
            groups[_week(outcome)].append((kind, outcome))
    for rows in groups.values():
        for (kind, one), (other, two) in combinations(rows[:MOST_COMPARED], 2):
            if kind != other and (why := _disagree(one, two, listed((kind, other), " and "))):
                told.setdefault(one.id, why)
                told.setdefault(two.id, why)
    return [(o, told[o.id]) for o in study.outcomes if o.id in told]


def _disagree(one: Outcome, two: Outcome, kinds: str) -> str:
    near = _NEAR.get(one.domain, one.domain) == _NEAR.get(two.domain, two.domain)
    opposite = {significant(one), significant(two)} == {True, False}
    if opposite and (near or "self-report" in kinds):
        return capital(say("{kinds}: one significant, the other not.", kinds=kinds))
    if not near:
        return ""
    for first, second in ((one.treated.pct_change, two.treated.pct_change),
                          (one.treated.pct, two.treated.pct)):  # fmt: skip
        a, b = value_of(first), value_of(second)
        if a is None or b is None or one.better != two.better or a == b:
            continue
        if a * b < 0 or min(abs(a), abs(b)) <= HALF * max(abs(a), abs(b)):
            return capital(
                say("{kinds}: {a} % and {b} %.", kinds=kinds, a=number(a, 0), b=number(b, 0))
            )
    return ""


_GROWING = ("pct_change", "change_mean", "pct")


def _shrinks(study: Study) -> Found:
    """The same outcome, instrument and arms at two times, smaller at the later one."""
    groups: dict[tuple[str, ...], list[tuple[float, Outcome]]] = defaultdict(list)
    for outcome in study.outcomes:
        week = value_of(outcome.week)
        if week is not None and week > 0:
            key = (outcome.name, outcome.instrument, outcome.site, outcome.treated.label,
                   outcome.contrast.measure)  # fmt: skip
            groups[key].append((week, outcome))
    for rows in groups.values():
        for (early, one), (late, two) in permutations(rows, 2):
            if early < late and (why := _less(one, two)):
                yield one, why
                yield two, why


def _less(one: Outcome, two: Outcome) -> str:
    for name in _GROWING:
        first, second = getattr(one.treated, name), getattr(two.treated, name)
        a, b = value_of(first), value_of(second)
        if a is not None and b is not None and a * b > 0 and abs(b) < abs(a):
            return say(
                "{early} at week {week}, {late} at week {later}.",
                early=first.text,
                week=_week(one),
                late=second.text,
                later=_week(two),
            )
    return ""


def _week(outcome: Outcome) -> str:
    return "" if outcome.week is UNKNOWN else f"{outcome.week.value:g}"


ROW_SIGNALS = (
    RowSignal("EV416", "difference_in_significance_of_rows", _across_significance,
              ("contrast.p", "name")),
    RowSignal("EV436", "shared_comparator", _shared_comparator, ("treated.label", "control.label")),
    RowSignal("EV438", "all_significant", _all_significant, ("contrast.p",)),
    RowSignal("EV441", "two_meanings", _two_meanings,
              ("treated.pct_change", "control.pct_change", "treated.pct", "control.pct")),
    RowSignal("EV480", "shrinks", _shrinks,
              ("treated.pct_change", "treated.change_mean", "treated.pct", "week")),
    RowSignal("EV442", "discordant_readings", _discordant,
              ("instrument", "treated.pct_change", "treated.pct", "contrast.p")),
)  # fmt: skip
