"""How a value was produced, read off the words of the instrument column."""

from __future__ import annotations

import re
from typing import NamedTuple, cast

from evidence.records.base import UNKNOWN, Unknown
from evidence.records.vocabulary import OutcomeKind


class Words(NamedTuple):
    """Words that name a kind of measurement, as a regular expression."""

    kind: str  # an OutcomeKind, `photo` for a picture graded by eye
    pattern: str
    examples: str


RULES: tuple[Words, ...] = (
    Words("self_report",
          r"self[- ]|questionnaire|perception|\bself\b|patient global|subjective|自己評価|自评|"
          r"アンケート",
          "self-assessment; questionnaire"),
    Words("photo",
          r"grade of (images|photo)|photo(graph)?s? (severity|grad|scor)|photoscale|"
          r"photo severity|photographic grad",
          "expert grade of images; photo severity score"),
    Words("instrument",
          r"cutometer|corneometer|tewameter|tewl|primos|visia|visioline|antera|foits|siascope|"
          r"mexameter|chromameter|colorimet|colorimeter|glossymeter|sebumeter|dermascan|"
          r"profilomet|topomet|topograph|replica|cast|ultraso|biops|histolog|histochem|morphometr|"
          r"elisa|assay|capacitance|melanin index|(elasticity|skin)[- ]?meter|instrument|imaging|"
          r"image (analysis|based)|image-based|photograph(ic)? analysis|spectro|microscop|"
          r"\bOCT\b|超音波|機器|仪器|超声|器機|レプリカ",
          "Cutometer; PRIMOS; replica; image analysis; biopsy"),
    Words("live_expert_grade",
          r"expert|dermatologist|physician|investigator|clinical|observer|visual|trained|rater|"
          r"\bPGA\b|\bIGA\b|\bVAS\b|grade\b|grading|global s|score\b|scale\b|standard\b|"
          r"classification|専門医|医師|视诊|皮肤科医生|専門家|专家|視診|scinexa",
          "expert grade; dermatologist 0-9; SCINEXA"),
)  # fmt: skip
"""Kinds by word. Pictures graded by somebody not known to be blind count as a live grade."""

_BLIND = re.compile(
    r"blind(ed)?[- ](rater|dermatologist|assessor|grader|observer|evaluator|photo|image)", re.I
)
_FIXED = re.compile(r"photo|image|picture|cast\b|replica", re.IGNORECASE)

_COMPILED = tuple((row.kind, re.compile(row.pattern, re.IGNORECASE)) for row in RULES)


def kind_of(
    instrument: str, detail: str = "", site: str = "", *, assessor_blind: bool = False
) -> tuple[OutcomeKind | Unknown, str]:
    """The kind of measurement and, when it stays unknown, why: several, unlisted or nothing said.

    A photograph, image or cast graded by blinded people is `photo_blinded_grade`; blinded people
    and no picture anywhere in the words is a live grade.

    >>> kind_of("PRIMOS-CR")
    ('instrument', '')
    >>> kind_of("expert grade; replica")
    (UNKNOWN, 'several')
    >>> kind_of("Merz-Carruthers photoscale, 2 blinded raters")[0]
    'photo_blinded_grade'
    """
    if not instrument.strip():
        return UNKNOWN, "nothing"
    found = {kind for kind, pattern in _COMPILED if pattern.search(instrument)}
    if not found:
        graded = re.search(r"self[- ]grad", detail, re.IGNORECASE)
        return ("self_report", "") if graded else (UNKNOWN, "unlisted")
    if _BLIND.search(instrument) and "self_report" not in found:
        pictures = _FIXED.search(f"{instrument} {site} {detail}")
        return ("photo_blinded_grade" if pictures else "live_expert_grade"), ""
    if "photo" in found:
        found -= {"live_expert_grade"}
        if found == {"photo"}:
            return ("photo_blinded_grade" if assessor_blind else "live_expert_grade"), ""
    if len(found) > 1:
        return UNKNOWN, "several"
    return cast("OutcomeKind", next(iter(found))), ""
