"""Checks that only the rules of one market ask for: Japan's test, notes of conduct, China's types.

References
----------
.. [1] Japanese Cosmetic Science Society, guideline for evaluating anti-wrinkle products, as
   described by test laboratories (http://www.koushiwa.com/koushiwa-shiken.html).
.. [2] Standards for cosmetic efficacy claim evaluation, China, in force from 1 May 2021
   (https://zoop-global.com/evaluation-of-cosmetic-efficacy-claims/).
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from evidence.appraisal.assess import Assessment
from evidence.appraisal.words import either
from evidence.messages import listed, say
from evidence.records.reported import value_of
from evidence.verdict.claim_checks import PEOPLE, comparator_of
from evidence.verdict.claim_facts import (
    Answer,
    Case,
    Check,
    Fact,
    Said,
    fact,
    of_both,
    of_result,
    reply,
    three,
)
from evidence.verdict.wording import hits, wording_known

_ETHICS = re.compile(r"\bethic|\birb\b|review board|helsinki", re.IGNORECASE)
_ROOM = re.compile(
    r"controlled (?:room|temperature|humidity)|climate|\d\d ?% (?:rh|humidity)", re.I
)
_CONSENT = re.compile(r"consent", re.IGNORECASE)
_THIRD = re.compile(r"third[- ]party|independent lab|contract research|\bcro\b", re.IGNORECASE)
_EYE = re.compile(r"eye corner|corner of (?:the )?eye|crow|canth|periorb|eye", re.IGNORECASE)
_GRADE = re.compile(r"grades?\s*([0-9](?:\.\d)?)\s*(?:-|to|–)\s*([0-9](?:\.\d)?)", re.IGNORECASE)


@of_result
def twenty_people_four_weeks(done: Assessment) -> Answer:
    """Whether at least 20 people used it for at least 4 weeks.

    >>> from evidence.verdict.cases import case_of
    >>> [twenty_people_four_weeks(case_of("fewer wrinkles", n=["20"], weeks=weeks)).said
    ...     for weeks in ("4", "2", None)]
    ['yes', 'no', 'unknown']
    """
    people, week = done.facts.n, value_of(done.outcome.week)
    n = None if people is None else people[0]
    shown = (fact("outcome.treated.n", None if n is None else f"{n:g}"),
             fact("outcome.week", None if week is None else f"{week:g}"))  # fmt: skip
    parts = [None if n is None else n >= 20, None if week is None else week >= 4]
    said: Said = "no" if False in parts else "unknown" if None in parts else "yes"
    return reply(said, "20 people and 4 weeks, the common practice", "fewer than 20 people or "
                 "shorter than 4 weeks", "people or weeks not stated", *shown)  # fmt: skip


def _notes(done: Assessment) -> str:
    return " ".join((done.study.note, done.outcome.note, done.study.population))


def _noted(pattern: re.Pattern[str], path: str, yes: str, unknown: str) -> Check:
    @of_result
    def noted(done: Assessment) -> Answer:
        hit = pattern.search(_notes(done))
        shown = fact(path, hit.group(0) if hit else None)
        return reply("yes" if hit else "unknown", yes, "", unknown, shown)

    return noted


ethics = _noted(_ETHICS, "study.note", "ethics approval noted", "ethics approval not recorded")
room = _noted(_ROOM, "study.note", "controlled room noted", "the measuring room is not recorded")
consent = _noted(_CONSENT, "study.note", "consent noted", "consent not recorded")
third_party = _noted(_THIRD, "study.note", "third-party laboratory noted",
                     "who ran the test is not recorded")  # fmt: skip


@of_result
def at_the_eye(done: Assessment) -> Answer:
    """Whether the outer corner of the eye was measured.

    >>> from evidence.verdict.cases import case_of
    >>> [at_the_eye(case_of("fewer wrinkles", study={"outcome": {"site": site}})).why
    ...     for site in ("crow's feet", "forearm")]
    ['measured at the eye', 'measured elsewhere: forearm']
    """
    site = done.outcome.site
    said: Said = "unknown" if not site else "yes" if _EYE.search(site) else "no"
    return reply(said, "measured at the eye", say("measured elsewhere: {site}", site=site),
                 "body site not stated", fact("outcome.site", site))  # fmt: skip


@of_result
def grade_one_to_three(done: Assessment) -> Answer:
    """Whether people had wrinkle grade 1 to 3.

    >>> from evidence.verdict.cases import case_of
    >>> [grade_one_to_three(case_of("fewer wrinkles", study={"population": people})).said
    ...     for people in ("women with wrinkle grade 1-3", "wrinkle grade 3 to 5", "women")]
    ['yes', 'no', 'unknown']
    """
    hit = _GRADE.search(_notes(done))
    shown = fact("study.population", hit.group(0) if hit else None)
    if not hit:
        return Answer("unknown", "wrinkle grade at the start not stated", (shown,))
    said: Said = "yes" if 1 <= float(hit.group(1)) <= float(hit.group(2)) <= 3 else "no"
    return reply(said, "wrinkle grade 1 to 3", "other wrinkle grades", "", shown)


@of_result
def untreated_or_vehicle(done: Assessment) -> Answer:
    """Whether it was held against an untreated area or a vehicle.

    >>> from evidence.verdict.cases import case_of
    >>> [untreated_or_vehicle(case_of("fewer wrinkles", comparator=name)).said
    ...     for name in ("untreated", "competitor", None)]
    ['yes', 'no', 'unknown']
    """
    seen = comparator_of(done)
    said = three(seen, ("untreated", "untreated_site", "vehicle", "placebo"),
                 ("baseline_only", "none", "active", "competitor"))  # fmt: skip
    return reply(said, "held against an untreated area or a vehicle", "no such comparator",
                 "comparator not stated", fact("outcome.design.comparator", seen))  # fmt: skip


@of_result
def placebo(done: Assessment) -> Answer:
    """Whether it was held against a vehicle or placebo.

    >>> from evidence.verdict.cases import case_of
    >>> [placebo(case_of("fewer wrinkles", comparator=name)).said
    ...     for name in ("vehicle", "untreated", None)]
    ['yes', 'no', 'unknown']
    """
    seen = comparator_of(done)
    said = three(
        seen,
        ("vehicle", "placebo"),
        ("untreated", "untreated_site", "baseline_only", "none", "active", "competitor"),
    )
    return reply(said, "vehicle or placebo", "no vehicle or placebo", "comparator not stated",
                 fact("outcome.design.comparator", seen))  # fmt: skip


# --------------------------------------------------------------------------- China

EvidenceKind = Literal["human", "consumer", "laboratory"]


class ChinaClass(NamedTuple):
    """One class of claims, its words, and the kinds of evidence of which one is enough."""

    title: str
    pattern: str
    allowed: tuple[EvidenceKind, ...]
    institution: bool = False  # a designated institution must run the test


_ANY: tuple[EvidenceKind, ...] = ("human", "consumer", "laboratory")
CHINA: tuple[ChinaClass, ...] = (
    ChinaClass(
        "freckle removal, whitening, sun protection, against hair loss",
        r"whiten|freckle|sunscreen|sun protection|\bspf|hair loss|melanin|dark spot",
        ("human",),
        True,
    ),
    ChinaClass("acne, nourishing, repairing", r"acne|nourish|repair", ("human",)),
    ChinaClass(
        "anti-wrinkle, firming, soothing, oil control, exfoliating, against breakage or dandruff, "
        "gentle",
        r"wrinkl|fine line|firm|elasticity|tight|lift|contour|sooth|oil control|sebum|exfoliat|"
        r"breakage|dandruff|gentle",
        _ANY,
    ),
    ChinaClass("sensitive skin, tear-free", r"sensitive skin|tear-free", ("human", "consumer")),
    ChinaClass(
        "moisturising, hair care, effect of an ingredient",
        r"moistur|hydrat|hair care|ingredient",
        _ANY,
    ),
)
"""Strictest class first; the first whose words are found decides. Quantified claims of any class
need one of the three kinds of the third row; literature supports but does not carry them."""
_CHINA = tuple((row, re.compile(row.pattern, re.IGNORECASE)) for row in CHINA)


def china_class(case: Case) -> ChinaClass | None:
    """The strictest class that the claim's words or outcome name; None for a new efficacy.

    >>> from evidence.verdict.cases import case_of
    >>> [found and found.title for found in
    ...     (china_class(case_of(text)) for text in ("moisturises", "cools on a hot day"))]
    ['moisturising, hair care, effect of an ingredient', None]
    """
    text = f"{case.claim.text}; {case.claim.outcome}"
    for row, pattern in _CHINA:
        if pattern.search(text):
            return row
    if "quantified" in case.types:
        return CHINA[2]
    return CHINA[4] if "ingredient" in case.types else None


def class_found(case: Case) -> Answer:
    """Whether the claim falls into a listed class.

    >>> from evidence.verdict.cases import case_of
    >>> class_found(case_of("fewer wrinkles")).said, class_found(case_of("cools on a hot day")).said
    ('yes', 'unknown')
    """
    found = china_class(case)
    shown = fact("claim.text", None if found is None else found.title)
    return reply(
        "unknown" if found is None else "yes",
        say("class: {title}", title=shown.value),
        "",
        "no listed class: a new efficacy, whose evidence is chosen to fit",
        shown,
    )


def evidence_kind(done: Assessment) -> EvidenceKind | Literal["other", "unknown"]:
    """Human trial, consumer use test or laboratory test; `other` for none of them.

    >>> from evidence.verdict.cases import case_of
    >>> [evidence_kind(case_of("moisturises", design=design).done)
    ...     for design in ("parallel", "survey", "in-vitro", "testimonial")]
    ['human', 'consumer', 'laboratory', 'other']
    """
    kind = done.outcome.design.kind
    if kind in ("in_vitro", "ex_vivo"):
        return "laboratory"
    if kind == "survey" or done.facts.kind == "self_report":
        return "consumer"
    if kind in PEOPLE:
        return "human"
    return "other" if kind == "testimonial" else "unknown"


@of_both
def kind_allowed(case: Case, done: Assessment) -> Answer:
    """Whether the kind of evidence is one the class allows.

    >>> from evidence.verdict.cases import case_of
    >>> kind_allowed(case_of("fewer wrinkles", design="testimonial")).why
    'other evidence; the class needs human or consumer or laboratory'
    """
    found, kind = china_class(case), evidence_kind(done)
    shown = (fact("outcome.design.kind", done.outcome.design.kind), Fact("evidence", kind))
    if found is None:
        return Answer("unknown", "no listed class, so no list of evidence", shown)
    if kind == "unknown":
        return Answer("unknown", "the kind of test is not stated", shown)
    if kind not in found.allowed:
        needs = either(found.allowed)
        why = say("{kind} evidence; the class needs {allowed}", kind=kind, allowed=needs)
        return Answer("no", why, shown)
    if found.institution:
        by = "a designated institution must have run it, which is not recorded"
        return Answer("unknown", by, shown)
    parts: list[str] = [say("{kind} evidence is allowed", kind=kind)]
    if kind == "laboratory":
        parts.append("a laboratory test can pass here and says nothing of effect in people")
    return Answer("yes", listed(parts), shown)


# --------------------------------------------------------------------------- words


def without(*names: str) -> Check:
    """A check that wordings are absent; unknown where the claim's words are not given.

    >>> from evidence.verdict.cases import case_of
    >>> without("superlative", "guaranteed")(case_of("the best cream, guaranteed")).why
    'the claim says: the best, guaranteed'
    """

    def absent(case: Case) -> Answer:
        if not wording_known(case.claim):
            return Answer("unknown", "the claim's words are not given")
        found = [hit.group(0) for name in names for hit in hits(case.claim.text, name)]
        shown = fact("claim.text", ", ".join(found) or "none of these words")
        if found:
            words = listed(found, ", ")
            return Answer("no", say("the claim says: {words}", words=words), (shown,))
        return Answer("yes", "no such words", (shown,))

    return absent


def says(name: str) -> Check:
    """A check that a wording is there.

    >>> from evidence.verdict.cases import case_of
    >>> says("on average")(case_of("8 % fewer wrinkles on average")).why
    'the words are there'
    """

    def there(case: Case) -> Answer:
        seen = without(name)(case)
        if seen.said == "unknown":
            return seen
        said: Said = "no" if seen.said == "yes" else "yes"
        return Answer(
            said, "the words are there" if said == "yes" else "the words are missing", seen.facts
        )

    return there


def never(why: str) -> Check:
    """A check that nobody can answer from the records: always unknown.

    >>> from evidence.verdict.cases import case_of
    >>> never("an analysis of the formula is not recorded")(case_of("free of oil")).said
    'unknown'
    """
    return lambda _: Answer("unknown", why)


def at_most_unknown(check: Check, why: str) -> Check:
    """Where a check says yes, a reader still decides; its no stays.

    >>> from evidence.verdict.cases import case_of
    >>> check = at_most_unknown(without("superlative"), "a reader decides")
    >>> [check(case_of(text)).said for text in ("a good cream", "the best cream")]
    ['unknown', 'no']
    """

    def asked(case: Case) -> Answer:
        seen = check(case)
        if seen.said != "yes":
            return seen
        return Answer("unknown", why, seen.facts)

    return asked
