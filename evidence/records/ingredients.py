"""Ingredients and exposures: the names they go by, and what each is a kind of."""

from __future__ import annotations

import re
from typing import NamedTuple

from evidence.messages import listed


class Concept(NamedTuple):
    """One ingredient, class of ingredients or exposure; `pattern` is a regular expression."""

    id: str
    title: str
    parent: str
    pattern: str


CONCEPTS: dict[str, Concept] = {
    row.id: row
    for row in (
        Concept("retinoid", "retinoids", "", r"retinoid"),
        Concept("retinol", "retinol", "retinoid", r"\bretinol\b"),
        Concept("retinaldehyde", "retinaldehyde", "retinoid", r"retinal(dehyde)?\b|\bRAL\b"),
        Concept("tretinoin", "tretinoin", "retinoid", r"tretinoin|retinoic acid"),
        Concept("retinyl", "retinyl esters", "retinoid", r"retinyl"),
        Concept("bakuchiol", "bakuchiol", "", r"bakuchiol"),
        Concept(
            "peptide", "peptides", "", r"(?<!collagen )(?<!collagen tri)\bpeptides?\b|peptide-"
        ),
        Concept(
            "signal_peptide",
            "signal peptides",
            "peptide",
            r"signal peptide|pal-?KTTKS|palmitoyl (penta|tetra|tri)|matrixyl",
        ),
        Concept(
            "carrier_peptide", "carrier peptides", "peptide", r"carrier peptide|GHK|copper pep"
        ),
        Concept(
            "neuropeptide",
            "neuromodulating peptides",
            "peptide",
            r"neuropeptide|neuromodulat|citrulline|muscle-inhibiting",
        ),
        Concept("argireline", "Argireline", "neuropeptide", r"argireline|acetyl hexapeptide"),
        Concept("vitamin_c", "vitamin C", "", r"vitamin c\b|ascorb"),
        Concept("niacinamide", "niacinamide", "", r"niacinamide|nicotinamide"),
        Concept("adenosine", "adenosine", "", r"adenosine"),
        Concept("hyaluronic_acid", "hyaluronic acid", "", r"hyaluron|(?-i:\bHA\b)"),
        Concept("caffeine", "caffeine", "", r"caffeine|coffeeberry"),
        Concept(
            "collagen_ingredient",
            "collagen, applied or taken",
            "",
            r"collagen (tri)?peptide|collagen hydrolysate|hydrolysed collagen|oral collagen",
        ),
        Concept("sunscreen", "sun protection", "", r"sunscreen|\bSPF|sun protection|\bUV\b"),
        Concept("smoking", "smoking", "", r"smok"),
        Concept("sleep", "sleep", "", r"sleep"),
        Concept("facial_exercise", "facial exercise", "", r"facial exercise"),
        Concept("massage", "massage", "", r"massage"),
        Concept("delivery", "delivery systems", "", r"liposom|nanocarrier|encapsulat|\bnano"),
        Concept(
            "hydroxy_acid", "hydroxy acids", "", r"\bAHA|\bBHA|glycolic|lactic acid|hydroxy acid"
        ),
        Concept("light", "light devices", "", r"\bLED\b|near-infrared"),
        Concept("laser", "laser and radiofrequency", "", r"\blaser\b|radiofrequency|\bRF\b"),
        Concept("kinetin", "kinetin", "", r"kinetin"),
        Concept("growth_factor", "growth factors", "", r"growth[- ]factor"),
    )
}
_COMPILED = {
    row.id: re.compile(row.pattern, 0 if row.id == "light" else re.IGNORECASE)
    for row in CONCEPTS.values()
}


def concepts_in(*texts: str) -> frozenset[str]:
    """Concepts that the texts name.

    >>> sorted(concepts_in("retinol 0.1%; hyaluronic acid"))
    ['hyaluronic_acid', 'retinol']
    """
    joined = " ; ".join(texts)
    found = {name for name, pattern in _COMPILED.items() if pattern.search(joined)}
    return frozenset(found)


def kinds_of(concept: str) -> frozenset[str]:
    """A concept and everything it is a kind of.

    >>> sorted(kinds_of("signal_peptide"))
    ['peptide', 'signal_peptide']
    """
    found = set()
    while concept:
        found.add(concept)
        concept = CONCEPTS[concept].parent
    return frozenset(found)


def covers(claimed: str, studied: str) -> bool:
    """Whether a study of `studied` speaks about a claim on `claimed`: same, or a kind of it.

    >>> covers("peptide", "carrier_peptide"), covers("retinol", "tretinoin")
    (True, False)
    """
    return claimed in kinds_of(studied)


def related(claimed: str, studied: str) -> bool:
    """Whether two concepts are different members of one class.

    >>> related("retinol", "tretinoin")
    True
    """
    share = kinds_of(claimed) & kinds_of(studied)
    return bool(share) and not covers(claimed, studied)


def title_of(concepts: frozenset[str]) -> str:
    """Concepts in words, in the order of the table.

    >>> title_of(frozenset({"niacinamide", "retinol"}))
    'retinol, niacinamide'
    """
    return listed((row.title for row in CONCEPTS.values() if row.id in concepts), ", ")
