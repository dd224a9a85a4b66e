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
from evidence.messages import clause, listed, say, say_n, sentences
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

    @property
    def change(self) -> str:
        """What would change it, without the words that lead in."""
        return self.would_change.removeprefix("What would change it: ")

    def __repr__(self) -> str:
        return f"<Verdict: {self.word}>"

    def _repr_html_(self) -> str:
        rows = [
            ("verdict", self.word),
            ("why", self.sentence),
            *((("reasons", "")[i > 0], reason) for i, reason in enumerate(self.reasons[:8])),
            ("what would change it", self.change),
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
    """What sort of sentence the claim is.

    >>> kind_of(Claim(id="1", text="retinol and peptides do more together", type="synergy")).needs
    'a factorial or head-to-head study with each part alone'
    """
    return KINDS["efficacy" if claim.type is UNKNOWN else claim.type]


def direction_of(done: Assessment) -> tuple[Direction, str]:
    """Which way a result points for the product, and the printed fact that says so.

    >>> from evidence.verdict.cases import case_of
    >>> arms = {"outcome": "hydration", "n": ["50", "50"], "comparator": "vehicle"}
    >>> direction_of(case_of("moister", mean=["60", "50"], sd=["10", "10"], **arms).done)[0]
    'in favour'
    >>> direction_of(case_of("moister", change=["20%"], design="single-arm").done)[0]
    'uncontrolled'
    """
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
            shown = between.shown()
            why = say("the interval includes no difference: {effect}", effect=shown)
            return "no difference shown", why
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
        shown = between.shown()
        return word, say("{effect}, reported as significant between arms", effect=shown)
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
    z, shown = quantile(between.level, between.df), between.shown()
    if high is not None and abs(between.yi) > z * high and between.favours:
        word: Direction = "in favour" if between.favours > 0 else "against"
        return word, say("{effect}, whatever its standard error within its limits", effect=shown)
    if low is not None and abs(between.yi) <= z * low:
        why = say("{effect}: no standard error it may have decides it", effect=shown)
        return "no difference shown", why
    return None


def judge(
    claim: Claim,
    subject: Subject,
    bearings: Sequence[Bearing],
    own: Assessment | None,
    *,
    would_change: str = "",
    impossible: str = "",
    together: Direction | None = None,
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
    together
        The direction of the controlled results pooled, where all of them could be; it decides
        over a count of studies.

    Examples
    --------
    >>> from evidence.verdict.match import subject_of
    >>> claim = Claim(id="1", text="retinol lowers wrinkles by 20 %")
    >>> verdict = judge(claim, subject_of(claim), bearings=(), own=None)
    >>> verdict.word, verdict.reasons[0]
    ('no evidence offered', 'No evidence is offered for it')
    """
    direct = [row for row in bearings if row.match.closeness == "bears"]
    tally = _tally(direct)
    would_change = (
        say("What would change it: {study}", study=would_change)
        if would_change
        else say("What would change it: {needs}.", needs=kind_of(claim).needs)
    )
    if impossible:
        return Verdict(
            word="not supported",
            sentence=say("The figures it states cannot be: {why}", why=impossible),
            reasons=(clause(impossible),),
            would_change=would_change,
        )
    if own is not None:
        return _judge_own(own, tally, would_change)
    lead = _lead(claim)
    if not direct:
        near = len({row.match.study.id for row in bearings})
        return _judge_nothing(claim, subject, lead, near, would_change)
    return _judge_related(claim, lead, tally, direct, would_change, together)


def _lead(claim: Claim) -> str:
    """What is offered for a claim."""
    offered = claim.evidence_offered.strip()
    if offered.lower() in ("", "none", "no"):
        return "No evidence is offered for it."
    return say("It is offered {evidence}.", evidence=offered)


def _judge_nothing(
    claim: Claim, subject: Subject, lead: str, near: int, would_change: str
) -> Verdict:
    """Nothing bears on the claim; `near` studies come close to it."""
    advice = claim.type in ("usage", "selection", "safety")
    why = subject.why_none or "no study here tests this ingredient on this outcome"
    context = say_n(
        near,
        "{n} study on related ingredients or outcomes is listed as context; none can carry the "
        "claim.",
        "{n} studies on related ingredients or outcomes are listed as context; none can carry the "
        "claim.",
    )
    return Verdict(
        word="not assessable" if advice else "no evidence offered",
        sentence=sentences(
            "It is advice, not a result." if advice else "",
            lead,
            say("No result in the data bears on it: {why}.", why=why),
            context if near else "",
        ),
        reasons=(clause(lead), why),
        would_change=would_change,
    )


class _Tally(NamedTuple):
    studies: int
    favour: int
    null: int
    against: int
    uncontrolled: int
    unreadable: int

    def words(self) -> str:
        parts = (
            (self.favour, say_n(self.favour, "{n} favours the product against a control",
                                "{n} favour the product against a control")),
            (self.null, say_n(self.null, "{n} shows no difference", "{n} show no difference")),
            (self.against, say_n(self.against, "{n} points the other way",
                                 "{n} point the other way")),
            (self.uncontrolled, say_n(self.uncontrolled, "{n} has no control",
                                      "{n} have no control")),
            (self.unreadable, say_n(self.unreadable, "{n} prints no readable comparison",
                                    "{n} print no readable comparison")),
        )  # fmt: skip
        return listed((words for n, words in parts if n), ", ")


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
    reasons: list[str] = []
    if own.facts.control in ("none", "unknown"):
        reasons.append(
            "no control is mentioned, so the number includes whatever would have changed anyway"
        )
    if own.facts.n is None:
        reasons.append("how many people were measured is not stated")
    reasons.append("no spread, interval or p value is given, and the study cannot be looked up")
    parts = [say("The study it describes cannot carry it: {reasons}.", reasons=listed(reasons))]
    if score.value is not None:
        parts.append(say("Reliability {score}.", score=score))
    if (seen := own.expected) is not None:
        parts.append(
            say(
                "Of the {claimed} {unit} claimed, {guess} {unit} is the best guess of the "
                "product's own effect ({limits}), in a scenario that assumes what the claim leaves "
                "out.",
                claimed=number(seen.reported, 0),
                guess=number(seen.estimate, 1),
                limits=interval(seen.ci_low, seen.ci_high, 1),
                unit=seen.unit,
            )
        )
    elif own.expected_reason:
        why = own.expected_reason
        parts.append(say("No expected true effect can be given: {why}.", why=why))
    if tally.studies:
        parts.append(
            say_n(
                tally.studies,
                "Of the real data, {n} study bears on it: {tally}.",
                "Of the real data, {n} studies bear on it: {tally}.",
                tally=tally.words(),
            )
        )
    return Verdict(
        word="not supported",
        sentence=sentences(*parts),
        reasons=tuple(reasons),
        would_change=would_change,
    )


_AS_STUDIED = (
    "It can be said of the ingredient as studied, with its concentration, duration and comparator, "
    "not of this product."
)
_TOGETHER: dict[Direction, tuple[VerdictWord, str]] = {
    "in favour": (
        "supported if reworded",
        "Pooled, the controlled studies favour it. It can be said of the ingredient as studied, "
        "with its concentration, duration and comparator, not of this product.",
    ),
    "no difference shown": (
        "not supported",
        "Pooled, the controlled studies show no difference.",
    ),
    "against": ("contradicted", "Pooled, the controlled studies point the other way."),
}
"""What follows from all controlled results together."""


def _judge_related(
    claim: Claim,
    lead: str,
    tally: _Tally,
    direct: Sequence[Bearing],
    would_change: str,
    together: Direction | None,
) -> Verdict:
    """Words by direction: pooled where all can be, else two studies in favour and none against."""
    body = say_n(
        tally.studies,
        "{n} real study bears on it: {tally}.",
        "{n} real studies bear on it: {tally}.",
        tally=tally.words(),
    )
    word: VerdictWord
    if claim.type == "synergy":
        word = "not supported"
        tail = "None compares the combination with its parts, so none can show synergy."
    elif together in _TOGETHER:
        word, tail = _TOGETHER[together]
    elif tally.against and not tally.favour:
        word, tail = "contradicted", "What controlled evidence there is points the other way."
    elif tally.favour >= 2 and not tally.null and not tally.against:
        word, tail = "supported if reworded", _AS_STUDIED
    elif tally.favour:
        word = "not supported"
        tail = "One favourable comparison, or a mixed record, does not carry the claim as worded."
    elif tally.null:
        word, tail = "not supported", "The controlled comparisons found show no difference."
    else:
        word, tail = "not supported", "None can separate the product from what changes without it."
    indirect = sorted({text for row in direct for text in row.match.indirectness})
    return Verdict(
        word=word,
        sentence=sentences(lead, body, tail),
        reasons=(clause(lead), clause(body), *indirect[:3]),
        would_change=would_change,
    )
