"""Signals of what was measured, when, where and with what, in the words of the source.

Each function gives the sentence of its signal, or an empty string.
"""

# ruff: noqa: ARG001 - one shape for every row of a table

from __future__ import annotations

import re

from evidence.integrity.facts_of_record import controlled, labels_of, text_of
from evidence.integrity.signal import Signal
from evidence.messages import listed, say
from evidence.records.base import UNKNOWN
from evidence.records.outcome import Outcome
from evidence.records.reported import value_of
from evidence.records.study import Study

_SOON = re.compile(r"\b(immediately after|\d+ minutes? after|after one (use|application)|same day)")
_REGIMEN = re.compile(
    r"\bregimen\b|\bcombination\b|\bcomplex\b|\s\+\s|\bblend\b|\bmulti-?\w*active"
)
_RANGE = re.compile(r"\d+(\.\d+)?\s*[-–]\s*\d+(\.\d+)?\s*%")
_SEASON = re.compile(r"\b(spring|summer|autumn|winter|seasons?)\b")
_POINTS = re.compile(r"(\d{1,2})[- ](?:point|grade)")
_STAFF = re.compile(
    r"staff-applied|applied by (?:staff|a)|iontophore\w*|(?:after|co2) (?:laser|resurfacing)"
    r"|(?:after )?co2 resurfacing|after laser|micro-?needle\w*|\bpatch\b"
)
_OTHER_SITES = ("arm", "arms", "forearm", "forearms", "hand", "hands", "thigh", "leg", "legs",
                "neck", "buttock", "body", "biopsies")  # fmt: skip
_FACE = re.compile(r"face|facial|eye|orbit|crow|ocular|cheek|forehead|glabell|zygom|lip|temple|oral"
                   r"|hemiface|mouth")  # fmt: skip
_ARM_TOLD = re.compile(r"\b(vehicle|placebo|control) (arm|group|side)$")
_MANY = re.compile(
    r"\b(all|several|many|most|ten|nine|eight|seven|six|five|four|three|\d+\+?)\b[\w\s+-]*"
    r"\b(parameters?|attributes?|types?|features?|scores?|outcomes?)\b"
)
_NO_OUTCOME = re.compile(r"^change from|\b(arm|group|side|eye|weeks?)\b|\bonly$")
_DEVICE_PARAMETER = re.compile(r"\bR[0-9]\b", re.I)
_OFTEN = {
    "once": re.compile(r"\b(qd|once daily|once a day|od)\b"),
    "twice": re.compile(r"\b(bid|twice daily|twice a day|b\.i\.d\.)\b"),
}


def _soon(study: Study, outcome: Outcome) -> str:
    found = _SOON.search(text_of(outcome))
    if found or value_of(outcome.week) == 0:
        return "Read within a day of use: what lies on the skin is measured as well."
    return ""


def _several_actives(study: Study, outcome: Outcome) -> str:
    names = list(dict.fromkeys(_plain(item.name) for item in study.ingredients))
    label = outcome.treated.label.casefold()
    in_label = [name for name in names if name in label]
    if len(in_label or names) >= 2:
        names = in_label or names
        return say(
            "{n} actives are named; the effect belongs to all of them together.", n=len(names)
        )
    if in_label and len(in_label) < len(names):
        return ""  # the label says which of the study's products this arm used
    words = f"{study.product} {' '.join(names)}".casefold()
    if outcome.design.kind == "exposure" or not (found := _REGIMEN.search(words)):
        return ""
    if found[0].strip() == "+":
        return "The product is more than one active; the effect belongs to the whole."
    return say(
        "The product is a {what}; the effect belongs to the whole.", what=found[0].strip(" +")
    )


def _plain(name: str) -> str:
    """The name of an ingredient without its remarks."""
    return name.casefold().partition("(")[0].strip()


def _also_used(study: Study, outcome: Outcome) -> str:
    tested = study.product.casefold()
    around = (
        f"{text_of(outcome)} {labels_of(outcome)} {', '.join(i.name for i in study.ingredients)}"
    )
    if "sunscreen" in tested:
        return ""
    found = re.search(r"\b(sunscreen|spf ?\d+)", f"{around} {tested}".casefold())
    if not found and (found := re.search(r"\bregimen\b", tested)):
        return "It was used as part of a regimen of several products."
    return say('"{words}" was used as well.', words=found[0]) if found else ""


def _several_outcomes(study: Study, outcome: Outcome) -> str:
    if outcome.design.kind == "exposure":
        return ""
    detail = outcome.name.casefold()
    detail = detail.partition(":")[2] or detail
    if found := _MANY.search(detail):
        return say('"{words}" stand in one row.', words=found[0])
    parts = (part.strip() for part in re.split(r"[,;]| and | \+ |\balso\b", detail))
    named = [part for part in parts if part and not _NO_OUTCOME.search(part)]
    if len(named) >= 3:
        return say("{n} outcomes or parameters stand in one row.", n=len(named))
    if len(dict.fromkeys(_DEVICE_PARAMETER.findall(detail))) >= 2:
        return "Some parameters of a device that reads many stand in one row."
    return ""


def _interim(study: Study, outcome: Outcome) -> str:
    week, last = value_of(outcome.week), value_of(study.duration_week)
    others = [w for o in study.outcomes if (w := value_of(o.week)) is not None]
    if controlled(outcome) and last is not None:
        others = []  # what comes later is after the comparison
    end = max([*others, *([last] if last is not None else [])], default=None)
    if week is None or end is None or week >= 0.9 * end or week == 0:
        return ""
    return say("Read at week {week} of {end}: not the end.", week=f"{week:g}", end=f"{end:g}")


def _after_the_end(study: Study, outcome: Outcome) -> str:
    week, last = value_of(outcome.week), value_of(study.duration_week)
    if re.search(r"\bopen (months?|weeks?|phase|label extension)\b", text_of(outcome)):
        return "The words speak of an open phase."
    if week is None or last is None or week <= 1.2 * last or not controlled(outcome):
        return ""
    return say(
        "Read at week {week}, after {last} weeks of use.", week=f"{week:g}", last=f"{last:g}"
    )


def _comparators_arm(study: Study, outcome: Outcome) -> str:
    if not controlled(outcome) or not _ARM_TOLD.search(outcome.name.casefold().strip()):
        return ""
    return "The row tells of the change in the comparator's arm."


def _season(study: Study, outcome: Outcome) -> str:
    found = _SEASON.search(text_of(outcome))
    return say('The words speak of a season: "{words}".', words=found[0]) if found else ""


def _range(study: Study, outcome: Outcome) -> str:
    found = _RANGE.search(outcome.name)
    return say('The source gives a range: "{words}".', words=found[0]) if found else ""


def _two_scales(study: Study, outcome: Outcome) -> str:
    steps = list(dict.fromkeys(_POINTS.findall(outcome.instrument.casefold())))
    if len(steps) < 2:
        return ""
    return say("The scale is said to have {steps} steps.", steps=listed(steps, " and "))


def _other_site(study: Study, outcome: Outcome) -> str:
    words = set(re.findall(r"[a-z]+", outcome.site.casefold()))
    if not words & set(_OTHER_SITES) or _FACE.search(outcome.site.casefold()):
        return ""
    return say('Read at "{site}", not on the face.', site=outcome.site)


def _procedure(study: Study, outcome: Outcome) -> str:
    words = f"{text_of(outcome)} {study.product} {study.population} {labels_of(outcome)}".casefold()
    found = _STAFF.search(words)
    if not found:
        return ""
    return say('"{words}": not used as people use a product at home.', words=found[0])


def _how_often(study: Study, outcome: Outcome) -> str:
    if outcome.control is None:
        return ""
    arms = [outcome.treated.label.casefold(), outcome.control.label.casefold()]
    said = [{name for name, words in _OFTEN.items() if words.search(arm)} for arm in arms]
    if all(said) and said[0] != said[1]:
        return say("Used {times} daily.", times=listed((next(iter(one)) for one in said), " and "))
    return ""


def _parameter(study: Study, outcome: Outcome) -> str:
    if "cutometer" not in outcome.instrument.casefold():
        return ""
    if _DEVICE_PARAMETER.search(f"{outcome.instrument} {outcome.name}"):
        return ""
    return "Which parameter of the Cutometer was read is not said."


def _no_instrument(study: Study, outcome: Outcome) -> str:
    if outcome.instrument.strip() or outcome.kind is not UNKNOWN:
        return ""
    return "Nothing says what the outcome was read with."


WORD_SIGNALS = (
    Signal("EV427", "within_a_day", _soon, ("week", "name")),
    Signal("EV430", "several_actives", _several_actives, ("study.product", "study.ingredients")),
    Signal("EV444", "several_outcomes", _several_outcomes, ("name",)),
    Signal("EV445", "interim", _interim, ("week", "study.duration_week")),
    Signal("EV446", "comparators_arm", _comparators_arm, ("name", "control.label")),
    Signal("EV461", "also_used", _also_used, ("site", "study.product", "study.ingredients")),
    Signal("EV463", "season", _season, ("name", "site")),
    Signal("EV464", "range", _range, ("name",)),
    Signal("EV466", "two_scales", _two_scales, ("instrument",)),
    Signal("EV467", "other_site", _other_site, ("site",)),
    Signal("EV468", "procedure", _procedure, ("site", "study.product", "study.population")),
    Signal("EV471", "how_often", _how_often, ("treated.label", "control.label")),
    Signal("EV473", "parameter", _parameter, ("instrument", "name")),
    Signal("EV474", "after_the_end", _after_the_end, ("week", "study.duration_week", "name")),
    Signal("EV475", "no_instrument", _no_instrument, ("instrument", "kind")),
)
