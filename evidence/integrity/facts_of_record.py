"""What a check or a signal looks up in a record: printed fields alone, each with its place.

Cautions, notes and quotes of a record are a reviewer's words and are never read here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from evidence.effects.printed import cite, p_text
from evidence.messages import say
from evidence.records.base import UNKNOWN, Place
from evidence.records.outcome import Outcome, PValue
from evidence.records.reported import Number, Reported, value_of
from evidence.records.study import Study

ALPHA = 0.05
ONE_GROUP = ("single_arm_prepost", "survey", "testimonial")
SIDES = ("within_person", "crossover")
NOT_PEOPLE = ("in_vitro", "ex_vivo")
GRADES = ("live_expert_grade", "photo_blinded_grade", "self_report")
MAGNITUDES = ("change_mean", "pct_change", "mean", "median", "events", "pct")
"""Fields of an arm that say how much; a baseline alone does not."""

REVIEWERS_WORDS = ("cautions", "note", "quote")


def value_at(study: Study, outcome: Outcome | None, path: str) -> object:
    """The field at a path such as `treated.pct` or `study.registry_id`; None past an absent arm.

    >>> from evidence.records.plain import outcome_of
    >>> one = outcome_of("smoother", treated={"pct": "88"})
    >>> value_at(Study(id="a"), one, "treated.pct").text, value_at(Study(id="a"), one, "study.id")
    ('88', 'a')
    >>> value_at(Study(id="a"), one, "control.pct") is None
    True
    """
    owner, _, rest = path.partition(".")
    found: object = study if owner == "study" else outcome
    for step in (rest if owner == "study" else path).split("."):
        if found is None or found is UNKNOWN:
            return found
        if step in REVIEWERS_WORDS:
            raise ValueError(f"{path} holds a reviewer's words, not what a source prints")
        found = getattr(found, step)
    return found


def place_of(study: Study, outcome: Outcome | None, path: str) -> Place | None:
    """Where the field at a path was read.

    >>> from evidence.records.plain import outcome_of
    >>> one = outcome_of("smoother", places={"site": Place(file="a.csv", line=7, field="site")})
    >>> str(place_of(Study(id="a"), one, "site"))
    'a.csv:7:site'
    """
    value = value_at(study, outcome, path)
    if isinstance(value, PValue):
        value = value.value
    if isinstance(value, Reported):
        return value.place
    if path.startswith("study."):
        return study.places.get(path.removeprefix("study."))
    return None if outcome is None else outcome.places.get(path)


def cite_field(study: Study, outcome: Outcome | None, path: str) -> str:
    """A field, what it holds and where it stands.

    >>> from evidence.records.plain import outcome_of
    >>> one = outcome_of("smoother", treated={"pct": "88"}, contrast={"p": {"operator": "ns"}})
    >>> paths = ("treated.pct", "treated.n", "contrast.p")
    >>> [cite_field(Study(id="a"), one, path) for path in paths]
    ['treated.pct = 88', 'treated.n not stated', 'contrast.p ns']
    """
    value = value_at(study, outcome, path)
    if isinstance(value, Reported):
        return cite(path, value)
    place = place_of(study, outcome, path)
    where = f" ({place})" if place is not None else ""
    if isinstance(value, PValue):
        return p_text(value) + where
    if value is UNKNOWN or value is None or value == "" or value == ():
        return say("{path} not stated", path=path)
    if path == "study.ingredients":
        value = ", ".join(item.name for item in study.ingredients)
    return f"{path} = {value}{where}"


# --------------------------------------------------------------------------- the design


def uncontrolled(outcome: Outcome) -> bool:
    """Whether everybody in it used the product, as far as is stated.

    >>> from evidence.records.plain import outcome_of
    >>> kinds = ("single_arm_prepost", "parallel")
    >>> [uncontrolled(outcome_of("TEWL", design={"kind": kind})) for kind in kinds]
    [True, False]
    """
    kind = outcome.design.kind
    if kind is not UNKNOWN and kind in ONE_GROUP:
        return True
    return kind is UNKNOWN and outcome.design.comparator in ("baseline_only", "none")


def controlled(outcome: Outcome) -> bool:
    """Whether another group or side was compared; not an exposure, not cells.

    >>> from evidence.records.plain import outcome_of
    >>> vehicle = {"label": "vehicle"}
    >>> [controlled(outcome_of("TEWL", design={"kind": kind}, control=vehicle))
    ...     for kind in ("parallel", "in_vitro")]
    [True, False]
    """
    kind = outcome.design.kind
    return outcome.control is not None and kind not in (*ONE_GROUP, *NOT_PEOPLE, "exposure")


def text_of(outcome: Outcome) -> str:
    """What was measured and where, in the words of the source, in lower case.

    >>> from evidence.records.plain import outcome_of
    >>> text_of(outcome_of("Wrinkle depth", site="Crow's feet"))
    "wrinkle depth | crow's feet"
    """
    return f"{outcome.name} | {outcome.site}".casefold()


def labels_of(outcome: Outcome) -> str:
    """Names of both arms, in lower case.

    >>> from evidence.records.plain import outcome_of
    >>> labels_of(outcome_of("TEWL", treated={"label": "Serum"}, control={"label": "Vehicle"}))
    'serum | vehicle'
    """
    control = "" if outcome.control is None else outcome.control.label
    return f"{outcome.treated.label} | {control}".casefold()


# --------------------------------------------------------------------------- the people


def analysed(outcome: Outcome) -> float | None:
    """People analysed in all arms together.

    >>> from evidence.records.plain import outcome_of
    >>> analysed(outcome_of("TEWL", treated={"n": "19"}, control={"n": "20"}))
    39.0
    """
    return _all(outcome, "n", outcome.n_total)


def enrolled(outcome: Outcome) -> float | None:
    """People enrolled in all arms together.

    >>> from evidence.records.plain import outcome_of
    >>> enrolled(outcome_of("TEWL", n_total_randomised="44"))
    44.0
    """
    return _all(outcome, "n_randomised", outcome.n_total_randomised)


def _all(outcome: Outcome, name: str, total: Number) -> float | None:
    if total is not UNKNOWN:
        return total.value
    first = value_of(getattr(outcome.treated, name))
    second = None if outcome.control is None else value_of(getattr(outcome.control, name))
    if outcome.control is None or outcome.design.kind in SIDES:
        return first
    return None if first is None or second is None else first + second


def stated_people(outcome: Outcome) -> bool:
    """Whether any number of people is printed.

    >>> from evidence.records.plain import outcome_of
    >>> stated_people(outcome_of("TEWL", n_total="44")), stated_people(outcome_of("TEWL"))
    (True, False)
    """
    arms = [arm for arm in (outcome.treated, outcome.control) if arm is not None]
    numbers = [outcome.n_total, outcome.n_total_randomised]
    numbers += [n for arm in arms for n in (arm.n, arm.n_randomised, arm.total)]
    return any(n is not UNKNOWN for n in numbers)


def smallest_group(outcome: Outcome) -> float | None:
    """People in the smaller group, or in the only one; half of everybody where not printed.

    >>> from evidence.records.plain import outcome_of
    >>> smallest_group(outcome_of("TEWL", treated={"n": "19"}, control={"n": "20"}))
    19.0
    >>> smallest_group(outcome_of("TEWL", n_total="44", control={}))
    22.0
    """
    everybody = analysed(outcome) or enrolled(outcome)
    if outcome.control is None or outcome.design.kind in SIDES:
        return everybody
    sizes = []
    for arm in (outcome.treated, outcome.control):
        size = value_of(arm.n) or value_of(arm.n_randomised)
        sizes += [size] if size else []
    if sizes:
        return min(sizes)
    return everybody / 2 if everybody else None


# --------------------------------------------------------------------------- the result


def significant(outcome: Outcome) -> bool | None:
    """Whether the printed p is .05 or below; None when that cannot be told.

    >>> from evidence.records.plain import outcome_of
    >>> ps = [{"operator": "=", "value": "0.03"}, {"operator": "<", "value": "0.10"},
    ...     {"operator": "ns"}]
    >>> [significant(outcome_of("TEWL", contrast={"p": p})) for p in ps]
    [True, None, False]
    """
    p = outcome.contrast.p
    if p is UNKNOWN:
        return None
    if p.operator == "ns":
        return False
    value = value_of(p.value)
    if value is None:
        return None
    if p.operator in ("<", "<="):
        return True if value <= ALPHA else None
    if p.operator in (">", ">="):
        return False if value >= ALPHA else None
    return value <= ALPHA


def magnitude_of(outcome: Outcome, arm: str) -> Number:
    """The first figure of an arm that says how much.

    >>> from evidence.records.plain import outcome_of
    >>> one = outcome_of("TEWL", treated={"mean": "5.1", "pct_change": "-20 %"})
    >>> str(magnitude_of(one, "treated")), magnitude_of(one, "control")
    ('-20 %', UNKNOWN)
    """
    result = outcome.treated if arm == "treated" else outcome.control
    for name in MAGNITUDES if result is not None else ():
        number: Number = getattr(result, name)
        if number is not UNKNOWN:
            return number
    return UNKNOWN


def has_magnitude(outcome: Outcome) -> bool:
    """Whether anything is printed that says how much.

    >>> from evidence.records.plain import outcome_of
    >>> fields = ("baseline_mean", "mean")
    >>> [has_magnitude(outcome_of("TEWL", treated={name: "5.1"})) for name in fields]
    [False, True]
    """
    numbers = (magnitude_of(outcome, "treated"), magnitude_of(outcome, "control"),
               outcome.contrast.estimate)  # fmt: skip
    return any(number is not UNKNOWN for number in numbers)


# --------------------------------------------------------------------------- the scale


class Scale(NamedTuple):
    """A scale of whole grades: its ends where printed, and readings averaged per person."""

    low: int | None
    high: int | None
    items: int


_ENDS = re.compile(r"(?<![\d.])(-?\d{1,2})\s*(?:-|–|to)\s*(\d{1,2})(?![\d.])")
_POINTS = re.compile(r"(\d{1,2})[- ](?:point|grade)", re.IGNORECASE)
_CONTINUOUS = re.compile(r"\bVAS\b|visual analog|\bmm\b|\d\s*cm\b", re.IGNORECASE)
_RATERS = re.compile(
    r"(\d)\s+(?:blinded\s+|independent\s+)*(?:raters?|graders?|dermatologists?|observers?|assessors?)",
    re.IGNORECASE,
)


def scale_of(outcome: Outcome) -> Scale | None:
    """The scale of whole grades that the instrument or the outcome names, if one is named.

    >>> scale_of(Outcome(id="1", name="roughness", instrument="dermatologist 0-9"))
    Scale(low=0, high=9, items=1)
    >>> scale_of(Outcome(id="1", name="wrinkles, 5-point scale", instrument="2 blinded raters"))
    Scale(low=None, high=None, items=2)
    >>> scale_of(Outcome(id="1", name="wrinkles", instrument="100 mm VAS 0-10")) is None
    True
    """
    for words in (outcome.instrument, outcome.name):
        if _CONTINUOUS.search(words):
            return None
    readers = _RATERS.search(outcome.instrument)
    items = int(readers[1]) if readers else 1
    graded = outcome.kind is UNKNOWN or outcome.kind in GRADES
    for words in (outcome.instrument, outcome.name):
        ends = _ENDS.search(words) if graded else None
        if ends and 0 <= int(ends[1]) < int(ends[2]) <= 10:
            return Scale(int(ends[1]), int(ends[2]), max(items, 1))
        if _POINTS.search(words):
            return Scale(None, None, max(items, 1))
    return None
