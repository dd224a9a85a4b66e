"""Which real results bear on a claim: same ingredient, same outcome family, and how indirect.

The match is computed from the claim's own words. What a human wrote down as relevant
(`Claim.checkable_against`) is never read here; it only tests this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from evidence.messages import listed, say
from evidence.records.base import UNKNOWN
from evidence.records.claim import Claim
from evidence.records.families import FAMILIES, Family, family_of, group_of
from evidence.records.ingredients import concepts_in, covers, related, title_of
from evidence.records.outcome import Outcome
from evidence.records.reported import value_of
from evidence.records.study import Study

Closeness = Literal["bears", "other_outcome", "related_ingredient"]
"""`bears`: same ingredient and outcome family. The other two are shown as context only."""

_GENERIC = ("efficacy", "effectiveness", "speed of effect", "reliability", "selection")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a claim speaks of, in the codebook's terms, and how that was read."""

    concepts: frozenset[str]
    all_needed: bool  # "vitamin C + peptides": one study must hold them all
    families: tuple[Family, ...]
    generic_outcome: bool
    why_none: str  # why nothing can be matched, or empty


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Match:
    """One result that bears on a claim, why, and in what it is indirect."""

    study: Study
    outcome: Outcome
    closeness: Closeness
    reason: str
    indirectness: tuple[str, ...]

    def __repr__(self) -> str:
        return f"<Match of {self.outcome.id}: {self.closeness}>"


def subject_of(claim: Claim) -> Subject:
    """Read ingredient and outcome families off a claim's own words.

    >>> subject = subject_of(Claim(id="1", text="retinol lowers wrinkle depth"))
    >>> sorted(subject.concepts), [family.id for family in subject.families]
    (['retinol'], ['wrinkle_depth'])
    >>> subject_of(Claim(id="2", text="a cream for everybody")).why_none
    'the claim names no ingredient, product or exposure'
    """
    named = concepts_in(claim.ingredient)
    bare = not claim.ingredient and not claim.outcome  # a sentence alone: read it whole
    # a field such as "lifestyle" names no ingredient, but the sentence may: "sleep, exercise"
    concepts = named or (concepts_in(claim.text) if claim.ingredient or bare else named)
    said = claim.text if bare else claim.outcome
    parts = [part.strip() for part in re.split(r"[;,]", said) if part.strip()]
    families: dict[str, Family] = {}
    for part in parts:
        family = family_of(part)
        if family.id != "unlisted":
            families[family.id] = family
    generic = any(part.lower() in _GENERIC for part in parts)
    if not concepts:
        why = (
            say(
                "{ingredient!r} is no ingredient or exposure that a study here tests",
                ingredient=claim.ingredient,
            )
            if claim.ingredient
            else "the claim names no ingredient, product or exposure"
        )
    elif not families and not generic:
        named_outcome = claim.outcome or "an outcome the claim names"
        why = say("no study here measures {outcome}", outcome=named_outcome)
    else:
        why = ""
    return Subject(
        concepts=concepts,
        all_needed="+" in claim.ingredient,
        families=tuple(families.values()),
        generic_outcome=generic and not families,
        why_none=why,
    )


def match(claim: Claim, studies: Iterable[Study]) -> tuple[Match, ...]:
    """Every result of the studies that bears on the claim, or comes near it.

    Results that bear come first; within a kind the order of the studies is kept.

    >>> from evidence.ingest.from_flags import Flags, study_from_flags
    >>> study = study_from_flags(Flags(outcome="wrinkle depth", design="single-arm"))
    >>> study = study.model_copy(update={"product": "0.1 % retinol cream"})
    >>> found = match(Claim(id="1", text="retinol lowers wrinkle depth"), [study])
    >>> [row.closeness for row in found]
    ['bears']
    >>> match(Claim(id="2", text="niacinamide lowers wrinkle depth"), [study])
    ()
    """
    subject = subject_of(claim)
    if not subject.concepts:
        return ()
    groups = {group_of(family) for family in subject.families}
    found: list[Match] = []
    for study in studies:
        studied = _studied(study)
        shared, kin = _shared(subject, studied)
        if not shared and not kin:
            continue
        for outcome in study.outcomes:
            family = FAMILIES.get(outcome.family, FAMILIES["unlisted"])
            same = group_of(family) in groups
            closeness: Closeness
            if shared and same:
                closeness = "bears"
            elif shared:
                closeness = "other_outcome"
            elif same:
                closeness = "related_ingredient"
            else:
                continue
            reason = say(
                "ingredient ({ingredient}) and outcome ({outcome})",
                ingredient=title_of(shared or kin),
                outcome=family.title,
            )
            found.append(
                Match(
                    study=study,
                    outcome=outcome,
                    closeness=closeness,
                    reason=reason,
                    indirectness=_indirect(claim, subject, study, outcome, studied, closeness),
                )
            )
    order = {"bears": 0, "other_outcome": 1, "related_ingredient": 2}
    return tuple(sorted(found, key=lambda row: order[row.closeness]))


def _studied(study: Study) -> frozenset[str]:
    names = [study.product, study.category.replace("_", " ")]
    return concepts_in(*names, *(item.name for item in study.ingredients))


def _shared(subject: Subject, studied: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Studied concepts that speak about the claim, and those that are only of its class."""
    hits = {
        claimed: {name for name in studied if covers(claimed, name)} for claimed in subject.concepts
    }
    if subject.all_needed and not all(hits.values()):
        return frozenset(), frozenset()
    shared = frozenset().union(*hits.values())
    kin = frozenset(
        name for name in studied for claimed in subject.concepts if related(claimed, name)
    )
    return shared, kin


def _indirect(
    claim: Claim,
    subject: Subject,
    study: Study,
    outcome: Outcome,
    studied: frozenset[str],
    closeness: Closeness,
) -> tuple[str, ...]:
    """In what the study differs from the claim, each difference named."""
    words: list[str] = []
    if closeness == "related_ingredient":
        words.append(
            say("another ingredient of the class: {ingredient}", ingredient=title_of(studied))
        )
    if closeness == "other_outcome":
        family = FAMILIES.get(outcome.family, FAMILIES["unlisted"])
        words.append(
            "the claim names no outcome"
            if subject.generic_outcome
            else say("another outcome: {outcome}", outcome=family.title)
        )
    others = [
        item.name
        for item in study.ingredients
        if not any(covers(c, k) for c in subject.concepts for k in concepts_in(item.name))
    ]
    if others and concepts_in(study.product, *(i.name for i in study.ingredients)):
        words.append(say("a combination: also {others}", others=listed(others[:3], ", ")))
    elif not _same_product(claim, study):
        words.append("another formula than the one claimed")
    words += _dose(claim, study)
    if any("oral" in text.lower() for text in (study.product, study.category)):
        words.append("taken by mouth, not applied")
    claimed_family = next(
        (f for f in subject.families if group_of(f) == group_of(FAMILIES[outcome.family])), None
    )
    if claimed_family is not None and claimed_family.id != outcome.family:
        words.append(
            say(
                "{measured} in place of {claimed}",
                measured=FAMILIES[outcome.family].title,
                claimed=claimed_family.title,
            )
        )
    weeks, week = value_of(claim.week), value_of(outcome.week)
    if weeks is not None and week is not None and abs(week - weeks) > 1:
        words.append(
            say("read at {week} weeks, claimed for {weeks}", week=f"{week:g}", weeks=f"{weeks:g}")
        )
    comparator = outcome.design.comparator
    if comparator in ("none", "baseline_only"):
        words.append("no control")
    elif comparator is UNKNOWN:
        words.append("comparator not stated")
    elif comparator in ("active", "competitor"):
        against = outcome.control.label if outcome.control else "another active product"
        words.append(say("compared with {comparator}", comparator=against))
    if outcome.design.kind == "exposure":
        words.append("an association, not a trial")
    if outcome.design.kind in ("in_vitro", "ex_vivo"):
        words.append("not measured in people")
    return tuple(words)


# An "active" comparator of these words is the same treatment without the part that is tested, or
# what people would have done anyway: the contrast then speaks of the tested part itself.
_ISOLATING = re.compile(
    r"\bwithout\b|\balone\b|discretionary|usual (care|use)|control (half|side|site)|base cream|"
    r"same (formula|moisturiser|serum|cream)\b|^control$",
    re.IGNORECASE,
)


def isolates(outcome: Outcome) -> bool:
    """Whether an active comparator is the same treatment without what is tested.

    Read from what the file calls the comparator; a retinoid against another retinoid does not
    isolate anything.

    >>> from evidence.records.outcome import ArmResult, Design
    >>> arms = [ArmResult(label=label) for label in ("same cream without retinol", "tretinoin")]
    >>> design = Design(comparator="active")
    >>> [isolates(Outcome(id="1", name="wrinkles", design=design, control=arm)) for arm in arms]
    [True, False]
    """
    if outcome.design.comparator not in ("active", "competitor") or outcome.control is None:
        return False
    return bool(_ISOLATING.search(outcome.control.label))


def _same_product(claim: Claim, study: Study) -> bool:
    return bool(claim.ingredient) and claim.ingredient.lower() == study.product.lower()


def _dose(claim: Claim, study: Study) -> list[str]:
    claimed = [float(text) for text in _PERCENT.findall(claim.ingredient)]
    if not claimed:
        return []
    tested = [
        item.percent.value
        for item in study.ingredients
        if item.percent is not UNKNOWN and concepts_in(item.name) & concepts_in(claim.ingredient)
    ]
    if not tested:
        return [say("concentration not given, claimed {dose} %", dose=f"{claimed[0]:g}")]
    if any(abs(dose - claimed[0]) < 1e-9 for dose in tested):
        return []
    return [
        say(
            "another concentration: {tested} %, claimed {claimed} %",
            tested=f"{tested[0]:g}",
            claimed=f"{claimed[0]:g}",
        )
    ]


def agreement(claim: Claim, matches: Sequence[Match]) -> tuple[set[str], set[str]]:
    """Studies a human found relevant that the match found, and that it missed.

    >>> study, outcome = Study(id="lee2004"), Outcome(id="1", name="wrinkles")
    >>> seen = Match(study=study, outcome=outcome, closeness="bears", reason="", indirectness=())
    >>> claim = Claim(id="1", text="fewer wrinkles", checkable_against=("lee2004", "smith2001"))
    >>> agreement(claim, [seen])
    ({'lee2004'}, {'smith2001'})
    """
    wanted = set(claim.checkable_against)
    found = {row.study.id for row in matches}
    return wanted & found, wanted - found
