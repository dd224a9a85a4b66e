"""ROBINS-I V2 as tables: which answers lead to which judgement, in two encodings.

Encoding A follows the flowcharts of the draft of 20 November 2025; encoding B is another public
reading of the same tool, which differs in places and in places gives no judgement at all. A is
what is used; B is kept so that every difference stays known.

Every table comes out as one flat list of rows. A row names the answers it needs, and no two rows
can hold at once: the judgement of a full set of answers is the row that holds, and the judgements
still open while some answers are unknown are those of the rows that can still hold.

Question wording is not carried here: the tool's text may not be altered (CC BY-NC-ND); intents
are our own words.

Sources: Sterne et al. 2016, doi 10.1136/bmj.i4919 (the tool); the draft of its second version,
20 November 2025, riskofbias.info, in the encodings of robins-i-mcp 0.1.0 (A) and
InfinityBowman/corates (B).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import product
from typing import Literal, NamedTuple

Encoding = Literal["A", "B"]
Effect = Literal["assignment", "adherence"]
"""`assignment`: the intention-to-treat effect. `adherence`: the per-protocol effect."""
Domain = Literal["D1", "D2", "D3", "D4", "D5", "D6"]
Level = Literal["Low", "Low except for uncontrolled confounding", "Moderate", "Serious", "Critical"]

VERSIONS: dict[Encoding, str] = {"A": "2025-11-20 draft, A", "B": "2025-11-20 draft, B"}
LOW: Level = "Low"
LXC: Level = "Low except for uncontrolled confounding"
MODERATE: Level = "Moderate"
SERIOUS: Level = "Serious"
CRITICAL: Level = "Critical"
SEVERITY: dict[Level, int] = {LOW: 0, LXC: 0, MODERATE: 1, SERIOUS: 2, CRITICAL: 3}
_LADDER: tuple[Level, ...] = (LOW, MODERATE, SERIOUS, CRITICAL)

DOMAINS: dict[Domain, str] = {
    "D1": "confounding",
    "D2": "classification of interventions",
    "D3": "selection of participants",
    "D4": "missing data",
    "D5": "measurement of the outcome",
    "D6": "selection of the reported result",
}

# --------------------------------------------------------------------------- questions

STANDARD = ("Y", "PY", "PN", "N", "NI")
GRADED_NO = ("Y", "PY", "WN", "SN", "NI")
GRADED_YES = ("SY", "WY", "PN", "N", "NI")
NO_NI = ("Y", "PY", "PN", "N")


class Question(NamedTuple):
    """One signalling question: its answers, what it is after in our words, when it is asked."""

    options: tuple[str, ...]
    intent: str
    asked: tuple[str, ...] = ()  # asked if any of these holds; () is always


_CONFOUNDING: dict[Effect, dict[str, Question]] = {
    "assignment": {
        "1.1": Question(GRADED_NO, "everything important that sets the groups apart is adjusted"),
        "1.2": Question(GRADED_NO, "what was adjusted for was measured well", ("1.1=Y*/WN",)),
        "1.3": Question(
            STANDARD, "things that came after the start of use were adjusted for", ("1.1=Y*/WN",)
        ),
        "1.4": Question(NO_NI, "negative controls or the like speak for much left unadjusted"),
    },
    "adherence": {
        "1.1": Question(STANDARD, "the method can deal with reasons that change during use"),
        "1.2": Question(
            GRADED_NO, "everything important that sets users apart is adjusted", ("1.1=Y*",)
        ),
        "1.3": Question(GRADED_NO, "what was adjusted for was measured well", ("1.2=Y*/WN",)),
        "1.4": Question(
            STANDARD, "things that came after the start of use were adjusted for", ("1.1=N*/NI",)
        ),
        "1.5": Question(NO_NI, "negative controls or the like speak for much left unadjusted"),
    },
}
_QUESTIONS: dict[str, Question] = {
    "2.1": Question(STANDARD, "who belonged to which group was settled when follow-up began"),
    "2.2": Question(
        STANDARD, "nearly all outcomes came after the groups could be told apart", ("2.1=N*/NI",)
    ),
    "2.3": Question(
        GRADED_YES, "the analysis deals with groups that part only later", ("2.2=N*/NI",)
    ),
    "2.4": Question(GRADED_YES, "the outcome, or hopes for it, shaped who counts as a user"),
    "2.5": Question(STANDARD, "people were put into the wrong group for other reasons"),
    "3.1": Question(GRADED_NO, "everybody is followed from the first use on"),
    "3.2": Question(STANDARD, "early outcomes were left out or could not occur", ("3.1=Y*",)),
    "3.3": Question(STANDARD, "people were chosen by something seen after the start of use"),
    "3.4": Question(STANDARD, "that something goes with the product used", ("3.3=Y*",)),
    "3.5": Question(STANDARD, "that something goes with the outcome or its causes", ("3.4=Y*",)),
    "3.6": Question(
        STANDARD, "the analysis corrects for the way people were chosen", ("3.1=SN", "3.5=Y*")
    ),
    "3.7": Question(STANDARD, "sensitivity analyses show that it matters little", ("3.6=N*/NI",)),
    "3.8": Question(STANDARD, "it is too severe for the result to be of use", ("3.7=N*/NI",)),
    "4.1": Question(STANDARD, "the product used is known for nearly everybody"),
    "4.2": Question(STANDARD, "the outcome is known for nearly everybody"),
    "4.3": Question(STANDARD, "what must be adjusted for is known for nearly everybody"),
    "4.4": Question(
        STANDARD, "only people without gaps were analysed", ("4.1=N*/NI", "4.2=N*/NI", "4.3=N*/NI")
    ),
    "4.5": Question(STANDARD, "being left out goes with the outcome", ("4.4=Y*/NI",)),
    "4.6": Question(GRADED_NO, "the model holds what ties the gaps to the outcome", ("4.5=Y*/NI",)),
    "4.7": Question(STANDARD, "gaps were filled in", ("4.4=N*",)),
    "4.8": Question(STANDARD, "gaps can be explained by what was measured", ("4.7=Y*",)),
    "4.9": Question(GRADED_NO, "gaps were filled in soundly", ("4.8=Y*",)),
    "4.10": Question(GRADED_NO, "another sound method for gaps was used", ("4.7=N*/NI",)),
    "4.11": Question(
        NO_NI,
        "something shows that the gaps did not move the result",
        ("4.5=Y*/NI", "4.9=WN/SN/NI", "4.10=WN/SN/NI"),
    ),
    "5.1": Question(STANDARD, "the groups were measured differently"),
    "5.2": Question(STANDARD, "whoever judged the outcome knew the product used"),
    "5.3": Question(GRADED_YES, "knowing it may have moved the value", ("5.2=Y*/NI",)),
    "6.1": Question(STANDARD, "the result follows a plan made before the data were seen"),
    "6.2": Question(STANDARD, "it was picked from several measurements", ("6.1=N*/NI",)),
    "6.3": Question(STANDARD, "it was picked from several analyses", ("6.1=N*/NI",)),
    "6.4": Question(STANDARD, "it was picked from several groups of people", ("6.1=N*/NI",)),
}
ASKED_IN_B: dict[str, tuple[str, ...]] = {"4.11": ("4.8=N*/NI",)}
"""What encoding B asks in cases in which A has its judgement already."""
SCREEN: dict[str, Question] = {
    "B2": Question(NO_NI, "nothing was done about confounding, and judging further is no use"),
    "B3": Question(NO_NI, "the outcome was measured in a way that cannot show it"),
}
"""Asked of a reader before the domains: yes to either is Critical at once."""


def questions_of(domain: Domain, effect: Effect = "assignment") -> dict[str, Question]:
    """The questions of one domain, in their order.

    >>> list(questions_of("D1")), questions_of("D5")["5.3"].options
    (['1.1', '1.2', '1.3', '1.4'], ('SY', 'WY', 'PN', 'N', 'NI'))
    """
    if domain == "D1":
        return _CONFOUNDING[effect]
    return {q: asked for q, asked in _QUESTIONS.items() if q.split(".")[0] == domain[1:]}


# --------------------------------------------------------------------------- rows


class Row(NamedTuple):
    """What must be answered, the same in words, and the level; None: the encoding has none."""

    when: Mapping[str, frozenset[str]]
    text: str
    level: Level | None


_SETS = {"Y*": ("Y", "PY"), "N*": ("PN", "N")}
_Part = tuple[str, int | Level | None]
"""Conditions such as `1.1=Y*/WN 1.4=N*`, and a level or a step of a ladder."""

_D1: dict[tuple[Encoding, Effect], tuple[_Part, ...]] = {
    ("A", "assignment"): (
        ("1.1=Y* 1.3=N*/NI 1.2=Y* 1.4=N*", LXC),
        ("1.1=Y* 1.3=N*/NI 1.2=Y* 1.4=Y*", SERIOUS),
        ("1.1=Y* 1.3=N*/NI 1.2=WN 1.4=N*", MODERATE),
        ("1.1=Y* 1.3=N*/NI 1.2=WN 1.4=Y*", SERIOUS),
        ("1.1=WN 1.3=N*/NI 1.2=Y*/WN 1.4=N*", MODERATE),
        ("1.1=WN 1.3=N*/NI 1.2=Y*/WN 1.4=Y*", SERIOUS),
        ("1.1=Y*/WN 1.3=N*/NI 1.2=SN/NI", SERIOUS),
        ("1.1=Y*/WN 1.3=Y* 1.4=N* 1.2=Y*", SERIOUS),
        ("1.1=Y*/WN 1.3=Y* 1.4=N* 1.2=WN/SN/NI", CRITICAL),
        ("1.1=Y*/WN 1.3=Y* 1.4=Y*", CRITICAL),
        ("1.1=SN/NI 1.4=N*", SERIOUS),
        ("1.1=SN/NI 1.4=Y*", CRITICAL),
    ),
    ("B", "assignment"): (
        ("1.1=Y*/WN 1.3=N*/NI 1.2=Y*/WN 1.4=N*", LXC),
        ("1.1=Y*/WN 1.3=N*/NI 1.2=Y*/WN 1.4=Y*", MODERATE),
        ("1.1=Y*/WN 1.3=N*/NI 1.2=SN/NI", SERIOUS),
        ("1.1=Y*/WN 1.3=Y* 1.4=N*", SERIOUS),
        ("1.1=Y*/WN 1.3=Y* 1.4=Y*", CRITICAL),
        ("1.1=SN/NI 1.4=N*", SERIOUS),
        ("1.1=SN/NI 1.4=Y*", CRITICAL),
    ),
    ("A", "adherence"): (
        ("1.1=Y* 1.2=Y* 1.3=Y* 1.5=N*", LXC),
        ("1.1=Y* 1.2=Y* 1.3=Y* 1.5=Y*", SERIOUS),
        ("1.1=Y* 1.2=Y* 1.3=WN 1.5=N*", MODERATE),
        ("1.1=Y* 1.2=Y* 1.3=WN 1.5=Y*", SERIOUS),
        ("1.1=Y* 1.2=WN 1.3=Y*/WN 1.5=N*", MODERATE),
        ("1.1=Y* 1.2=WN 1.3=Y*/WN 1.5=Y*", SERIOUS),
        ("1.1=Y* 1.2=SN/NI", SERIOUS),
        ("1.1=Y* 1.2=Y*/WN 1.3=SN/NI", SERIOUS),
        ("1.1=N*/NI 1.4=N*/NI 1.5=N*", SERIOUS),
        ("1.1=N*/NI 1.4=N*/NI 1.5=Y*", CRITICAL),
        ("1.1=N*/NI 1.4=Y*", CRITICAL),
    ),
    ("B", "adherence"): (
        ("1.1=Y* 1.2=Y* 1.3=Y* 1.5=N*", LOW),
        ("1.1=Y* 1.2=Y* 1.3=Y* 1.5=Y*", MODERATE),
        ("1.1=Y* 1.2=Y* 1.3=WN 1.5=N*", LXC),
        ("1.1=Y* 1.2=Y* 1.3=WN 1.5=Y*", SERIOUS),
        ("1.1=Y* 1.2=WN 1.3=Y*/WN 1.5=N*", LXC),
        ("1.1=Y* 1.2=WN 1.3=Y*/WN 1.5=Y*", SERIOUS),
        ("1.1=Y* 1.2=SN/NI", SERIOUS),
        ("1.1=Y* 1.2=Y*/WN 1.3=SN/NI", SERIOUS),
        ("1.1=N*/NI 1.4=N*/NI 1.5=N*", SERIOUS),
        ("1.1=N*/NI 1.4=N*/NI 1.5=Y*", CRITICAL),
        ("1.1=N*/NI 1.4=Y*", CRITICAL),
    ),
}

# How settled the groups were, and the steps for 2.4 = N*, WY/NI, SY; 2.5 = Y*/NI adds one.
_D2: dict[Encoding, dict[str, tuple[int | None, int | None, int | None]]] = {
    "A": {
        "2.1=Y*": (0, 1, 2),
        "2.1=N*/NI 2.2=Y*": (0, 1, 2),
        "2.1=N*/NI 2.2=N*/NI 2.3=SY": (0, 1, 2),
        "2.1=N*/NI 2.2=N*/NI 2.3=WY/NI": (1, 2, 3),
        "2.1=N*/NI 2.2=N*/NI 2.3=N*": (2, 3, 3),
    },
    "B": {
        "2.1=Y*": (0, 1, 2),
        "2.1=N*/NI 2.2=Y*": (0, 1, 2),
        "2.1=N*/NI 2.2=N*/NI 2.3=SY/WY/NI": (1, None, 2),  # a dead end: no judgement follows
        "2.1=N*/NI 2.2=N*/NI 2.3=N*": (2, 3, 3),
    },
}

_D3_START: tuple[tuple[str, int], ...] = (
    ("3.1=Y* 3.2=N*/NI", 0),
    ("3.1=Y* 3.2=Y*", 1),
    ("3.1=WN/NI", 1),
    ("3.1=SN", 2),
)
_D3_OTHER: tuple[tuple[str, int], ...] = (
    ("3.3=N*", 0),
    ("3.3=NI", 1),
    ("3.3=Y* 3.4=N*", 0),
    ("3.3=Y* 3.4=NI", 1),
    ("3.3=Y* 3.4=Y* 3.5=N*/NI", 1),
    ("3.3=Y* 3.4=Y* 3.5=Y*", 2),
)
_D3_REPAIR: tuple[_Part, ...] = (
    ("3.6=Y*", MODERATE),
    ("3.6=N*/NI 3.7=Y*", MODERATE),
    ("3.6=N*/NI 3.7=N*/NI 3.8=N*/NI", SERIOUS),
    ("3.6=N*/NI 3.7=N*/NI 3.8=Y*", CRITICAL),
)

_D4_COMPLETE = "4.1=Y* 4.2=Y* 4.3=Y*"
_D4_GAPS = ("4.1=N*/NI", "4.1=Y* 4.2=N*/NI", "4.1=Y* 4.2=Y* 4.3=N*/NI")
_D4_HANDLING: tuple[_Part, ...] = (  # a level, or a step that 4.11 then settles
    ("4.4=Y*/NI 4.5=N*", LOW),
    ("4.4=Y*/NI 4.5=Y*/NI 4.6=Y*", 0),
    ("4.4=Y*/NI 4.5=Y*/NI 4.6=WN/NI", 1),
    ("4.4=Y*/NI 4.5=Y*/NI 4.6=SN", 2),
    ("4.4=N* 4.7=Y* 4.8=Y* 4.9=Y*", LOW),
    ("4.4=N* 4.7=Y* 4.8=Y* 4.9=WN/NI", 1),
    ("4.4=N* 4.7=Y* 4.8=Y* 4.9=SN", 2),
    ("4.4=N* 4.7=N*/NI 4.10=Y*", LOW),
    ("4.4=N* 4.7=N*/NI 4.10=WN/NI", 1),
    ("4.4=N* 4.7=N*/NI 4.10=SN", 2),
)
_D4_NOT_AT_RANDOM: dict[Encoding, _Part] = {
    "A": ("4.4=N* 4.7=Y* 4.8=N*/NI", SERIOUS),
    "B": ("4.4=N* 4.7=Y* 4.8=N*/NI", 1),
}
_D4_FIRST_STEP: dict[Encoding, int] = {"A": 0, "B": 1}  # B: step 0 is judged like step 1

_D5: tuple[_Part, ...] = (
    ("5.1=Y*", SERIOUS),
    ("5.1=N* 5.2=N*", LOW),
    ("5.1=N* 5.2=Y*/NI 5.3=N*", LOW),
    ("5.1=N* 5.2=Y*/NI 5.3=WY/NI", MODERATE),
    ("5.1=N* 5.2=Y*/NI 5.3=SY", SERIOUS),
    ("5.1=NI 5.2=N*", MODERATE),
    ("5.1=NI 5.2=Y*/NI 5.3=N*/WY/NI", MODERATE),
    ("5.1=NI 5.2=Y*/NI 5.3=SY", SERIOUS),
)


@cache
def rows(
    domain: Domain, *, effect: Effect = "assignment", encoding: Encoding = "A"
) -> tuple[Row, ...]:
    """All rows of one domain; no two of them can hold for the same answers.

    Parameters
    ----------
    domain
        One of `DOMAINS`.
    effect
        Which effect D1 is judged for; the other domains do not depend on it.
    encoding
        A, or B to compare.

    Examples
    --------
    >>> rows("D5")[1].text, rows("D5")[1].level
    ('5.1=N* 5.2=N*', 'Low')
    """
    parts: Iterable[_Part]
    if domain == "D1":
        parts = _D1[encoding, effect]
    elif domain == "D2":
        parts = _ladder_of_classification(encoding)
    elif domain == "D3":
        parts = _panels_of_selection()
    elif domain == "D4":
        parts = _handling_of_gaps(encoding)
    elif domain == "D5":
        parts = _D5
    else:
        parts = _count_of_choices()
    return tuple(_row(text, level) for text, level in parts)


@cache
def conditions(text: str) -> Mapping[str, frozenset[str]]:
    """Conditions in words as sets of answers by question.

    >>> sorted(conditions("1.1=N*/NI")["1.1"])
    ['N', 'NI', 'PN']
    """
    parts = (part.split("=") for part in text.split())
    return {
        question: frozenset(code for name in codes.split("/") for code in _SETS.get(name, (name,)))
        for question, codes in parts
    }


def _row(text: str, level: int | Level | None) -> Row:
    return Row(conditions(text), text, _LADDER[min(level, 3)] if isinstance(level, int) else level)


def _ladder_of_classification(encoding: Encoding) -> Iterable[_Part]:
    for settled, steps in _D2[encoding].items():
        for influence, step in zip(("N*", "WY/NI", "SY"), steps, strict=True):
            for errors, more in (("N*", 0), ("Y*/NI", 1)):
                text = f"{settled} 2.4={influence} 2.5={errors}"
                yield text, None if step is None else step + more


def _panels_of_selection() -> Iterable[_Part]:
    for (start, one), (other, two) in product(_D3_START, _D3_OTHER):
        if 2 not in (one, two):
            yield f"{start} {other}", max(one, two)
            continue
        for repair, level in _D3_REPAIR:
            yield f"{start} {other} {repair}", level


def _handling_of_gaps(encoding: Encoding) -> Iterable[_Part]:
    yield _D4_COMPLETE, LOW
    for gap, (text, step) in product(_D4_GAPS, (*_D4_HANDLING, _D4_NOT_AT_RANDOM[encoding])):
        if not isinstance(step, int):
            yield f"{gap} {text}", step
            continue
        first = max(step, _D4_FIRST_STEP[encoding])
        yield f"{gap} {text} 4.11=Y*", first
        yield f"{gap} {text} 4.11=N*", first + 1


def _count_of_choices() -> Iterable[_Part]:
    yield "6.1=Y*", LOW
    for picked in product(("Y*", "N*", "NI"), repeat=3):
        yes, unknown = picked.count("Y*"), picked.count("NI")
        if yes:
            level = CRITICAL if yes >= 2 else SERIOUS
        else:
            level = {0: LOW, 3: SERIOUS}.get(unknown, MODERATE)
        second, third, fourth = picked
        yield f"6.1=N*/NI 6.2={second} 6.3={third} 6.4={fourth}", level
