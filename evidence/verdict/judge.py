"""The verdict on one claim, from what was offered and what real results say.

The words come from the design and direction of the evidence, never from the reliability score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from evidence.appraisal.assess import Assessment
from evidence.effects.effect import Effect, quantile
from evidence.formatting import html_table, interval, number
from evidence.records.base import UNKNOWN
from evidence.records.claim import Claim
from evidence.verdict.match import Match, Subject

VerdictWord = Literal[
    "supported",
    "supported if reworded",
    "not supported",
    "contradicted",
    "no evidence offered",
    "not assessable",
]
Direction = Literal["in favour", "no difference shown", "against", "uncontrolled", "not readable"]


class ClaimKind(NamedTuple):
    """What sort of sentence a claim is, and what it would take to show it."""

    title: str
    needs: str


KINDS: dict[str, ClaimKind] = {
    "efficacy": ClaimKind(
        "a claim that something works",
        "a controlled study in people, of this product, measuring this outcome between groups",
    ),
    "mechanism": ClaimKind(
        "a statement about how skin or an ingredient works",
        "measurements of the process itself; for a product's effect, also a controlled study in "
        "people",
    ),
    "usage": ClaimKind(
        "advice on how or when to use a product",
        "two groups using the same product in the two ways",
    ),
    "lifestyle": ClaimKind(
        "a claim about habits or exposures",
        "people with and without the habit followed over time, compared with confounders measured",
    ),
    "synergy": ClaimKind(
        "a claim that a combination does more than its parts",
        "a factorial or head-to-head study with each part alone",
    ),
    "safety": ClaimKind(
        "advice about tolerance or irritation",
        "reactions counted in people who did and did not follow it",
    ),
    "selection": ClaimKind(
        "advice on what to choose", "people who chose this way compared with people who did not"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Verdict:
    """A verdict with its sentence, its reasons, and what would change it."""

    word: VerdictWord
    sentence: str
    reasons: tuple[str, ...]
    would_change: str

    def __repr__(self) -> str:
        return f"<Verdict: {self.word}>"

    def _repr_html_(self) -> str:
        rows = [
            ("verdict", self.word),
            ("why", self.sentence),
            *(("reason", reason) for reason in self.reasons[:8]),
            ("", self.would_change),
        ]
        left = len(self.reasons) - 8
        return html_table(("", ""), rows, foot=f"and {left} more reasons" if left > 0 else "")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Bearing:
    """A matched result with everything computed about it and the direction it points in."""

    match: Match
    assessment: Assessment
    direction: Direction
    direction_why: str

    def __repr__(self) -> str:
        return f"<Bearing of {self.assessment.outcome.id}: {self.direction}>"


def kind_of(claim: Claim) -> ClaimKind:
    """What sort of sentence the claim is."""
    return KINDS["efficacy" if claim.type is UNKNOWN else claim.type]


def direction_of(done: Assessment) -> tuple[Direction, str]:
    """Which way a result points for the product, and the printed fact that says so."""
    outcome, between = done.outcome, done.effects.between
    contrast = outcome.contrast
    controlled = done.facts.control in ("full", "untreated") or outcome.design.kind == "exposure"
    p = contrast.p
    if not controlled:
        if p is not UNKNOWN and p.kind == "within_arm":
            return "uncontrolled", "only a change from baseline is tested"
        return "uncontrolled", done.facts.control_why or "no control"
    if between.yi is not None and between.ci_low is not None and between.ci_high is not None:
        if between.ci_low <= 0 <= between.ci_high:
            return "no difference shown", f"the interval includes no difference: {between.shown()}"
        if between.favours > 0:
            return "in favour", between.shown()
        if between.favours < 0:
            return "against", between.shown()
    if (bounded := _by_bounds(between)) is not None:
        return bounded
    if contrast.measure in ("no_significant_difference", "no_significant_change") or (
        p is not UNKNOWN and p.operator == "ns" and p.kind != "within_arm"
    ):
        return "no difference shown", "reported as not significant between arms"
    significant = (
        p is not UNKNOWN
        and p.kind == "between_arm"
        and p.operator in ("<", "<=", "=")
        and p.value is not UNKNOWN
        and p.value.value <= 0.05
    )
    if between.yi is not None and significant and between.favours:
        word: Direction = "in favour" if between.favours > 0 else "against"
        return word, f"{between.shown()}, reported as significant between arms"
    if contrast.measure == "direction_only" and significant:
        return "in favour", "reported as better than its comparator; no magnitude printed"
    if contrast.measure == "direction_only":
        return "not readable", "only a direction is printed, without a test between arms"
    return "not readable", "no effect between arms can be read from what is printed"


def _by_bounds(between: Effect) -> tuple[Direction, str] | None:
    """The direction when only limits of the standard error follow from what is printed.

    Decided only where every standard error inside the limits says the same.
    """
    if between.yi is None or between.vi is not None or between.se_bound is None:
        return None
    low, high = between.se_bound
    z = quantile(between.level, between.df)
    if high is not None and abs(between.yi) > z * high and between.favours:
        word: Direction = "in favour" if between.favours > 0 else "against"
        return word, f"{between.shown()}, whatever its standard error within its limits"
    if low is not None and abs(between.yi) <= z * low:
        return "no difference shown", f"{between.shown()}: no standard error it may have decides it"
    return None


def judge(
    claim: Claim,
    subject: Subject,
    bearings: Sequence[Bearing],
    own: Assessment | None,
    *,
    would_change: str = "",
    impossible: str = "",
) -> Verdict:
    """The verdict on one claim.

    Parameters
    ----------
    claim, subject
        The claim, and what it was read to speak of.
    bearings
        Matched results; only those that bear on the claim (same ingredient and outcome family)
        can change the word.
    own
        The study that the claim itself describes, assessed; None when it describes none.
    would_change
        The cheapest study that would; by default what a claim of this kind needs.
    impossible
        Why the figures of the study that the claim describes cannot be.
    """
    direct = [row for row in bearings if row.match.closeness == "bears"]
    tally = _tally(direct)
    would_change = f"What would change it: {would_change or f'{kind_of(claim).needs}.'}"
    if impossible:
        return Verdict(
            word="not supported",
            sentence=f"The figures it states cannot be: {impossible}",
            reasons=(impossible.rstrip("."),),
            would_change=would_change,
        )
    if own is not None:
        return _judge_own(own, tally, would_change)
    offered = claim.evidence_offered.strip().lower() not in ("", "none", "no")
    lead = (
        f"It is offered {claim.evidence_offered.strip()}."
        if offered
        else "No evidence is offered for it."
    )
    if not direct:
        near = sum(1 for _ in {row.match.study.id for row in bearings})
        advice = claim.type in ("usage", "selection", "safety")
        why = subject.why_none or "no study here tests this ingredient on this outcome"
        sentence = f"{lead} No result in the data bears on it: {why}."
        if near:
            sentence += (
                f" {_studies(near)} on related ingredients or outcomes {_is(near)} listed as "
                "context; none can carry the claim."
            )
        word: VerdictWord = "not assessable" if advice else "no evidence offered"
        if advice:
            sentence = f"It is advice, not a result. {sentence}"
        reasons = (lead.rstrip("."), why)
        return Verdict(word=word, sentence=sentence, reasons=reasons, would_change=would_change)
    return _judge_related(claim, lead, tally, direct, would_change)


class _Tally(NamedTuple):
    studies: int
    favour: int
    null: int
    against: int
    uncontrolled: int
    unreadable: int

    def words(self) -> str:
        parts = [
            (self.favour, "favour{s} the product against a control"),
            (self.null, "show{s} no difference"),
            (self.against, "point{s} the other way"),
            (self.uncontrolled, "{has} no control"),
            (self.unreadable, "print{s} no readable comparison"),
        ]
        shown = [
            f"{n} {text.format(s='s' if n == 1 else '', has='has' if n == 1 else 'have')}"
            for n, text in parts
            if n
        ]
        return ", ".join(shown)


def _tally(direct: Sequence[Bearing]) -> _Tally:
    """Studies by the direction of their results: the least favourable readable one counts."""
    order: tuple[Direction, ...] = (
        "against",
        "no difference shown",
        "in favour",
        "uncontrolled",
        "not readable",
    )
    per_study: dict[str, list[Direction]] = {}
    for row in direct:
        per_study.setdefault(row.match.study.id, []).append(row.direction)
    worst = [min(words, key=order.index) for words in per_study.values()]
    count = {word: worst.count(word) for word in order}
    return _Tally(
        len(worst),
        count["in favour"],
        count["no difference shown"],
        count["against"],
        count["uncontrolled"],
        count["not readable"],
    )


def _judge_own(own: Assessment, tally: _Tally, would_change: str) -> Verdict:
    score = own.reliability
    reasons = []
    if own.facts.control in ("none", "unknown"):
        reasons.append(
            "no control is mentioned, so the number includes whatever would have changed anyway"
        )
    if own.facts.n is None:
        reasons.append("how many people were measured is not stated")
    reasons.append("no spread, interval or p value is given, and the study cannot be looked up")
    sentence = "The study it describes cannot carry it: " + "; ".join(reasons) + "."
    if score.value is not None:
        sentence += f" Reliability {score}."
    if (seen := own.expected) is not None:
        unit = f" {seen.unit}"
        claimed, guess = number(seen.reported, 0), number(seen.estimate, 1)
        limits = interval(seen.ci_low, seen.ci_high, 1)
        sentence += (
            f" Of the {claimed}{unit} claimed, {guess}{unit} is the best guess of the product's "
            f"own effect ({limits}), in a scenario that assumes what the claim leaves out."
        )
    elif own.expected_reason:
        sentence += f" No expected true effect can be given: {own.expected_reason}."
    if tally.studies:
        verb = "bears" if tally.studies == 1 else "bear"
        sentence += f" Of the real data, {_studies(tally.studies)} {verb} on it: {tally.words()}."
    return Verdict(
        word="not supported", sentence=sentence, reasons=tuple(reasons), would_change=would_change
    )


def _judge_related(
    claim: Claim, lead: str, tally: _Tally, direct: Sequence[Bearing], would_change: str
) -> Verdict:
    """Words by direction: a favourable word needs two controlled studies and none against."""
    heads = "1 real study bears" if tally.studies == 1 else f"{tally.studies} real studies bear"
    body = f"{heads} on it: {tally.words()}."
    word: VerdictWord
    if claim.type == "synergy":
        word = "not supported"
        tail = "None compares the combination with its parts, so none can show synergy."
    elif tally.against and not tally.favour:
        word, tail = "contradicted", "What controlled evidence there is points the other way."
    elif tally.favour >= 2 and not tally.null and not tally.against:
        word = "supported if reworded"
        tail = (
            "It can be said of the ingredient as studied, with its concentration, duration and "
            "comparator, not of this product."
        )
    elif tally.favour:
        word = "not supported"
        tail = "One favourable comparison, or a mixed record, does not carry the claim as worded."
    elif tally.null:
        word, tail = "not supported", "The controlled comparisons found show no difference."
    else:
        word, tail = "not supported", "None can separate the product from what changes without it."
    indirect = sorted({text for row in direct for text in row.match.indirectness})
    reasons = (lead.rstrip("."), body.rstrip("."), *indirect[:3])
    return Verdict(
        word=word, sentence=f"{lead} {body} {tail}", reasons=reasons, would_change=would_change
    )


def _studies(n: int) -> str:
    return "1 study" if n == 1 else f"{n} studies"


def _is(n: int) -> str:
    return "is" if n == 1 else "are"
