"""Wordings of a claim that promise more than evidence of their kind can carry.

Each hit has its place in the text, why it misleads, on what evidence it may stand, whether the
evidence at hand is of that kind, and an honest wording in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from evidence.appraisal.assess import Assessment
from evidence.messages import say
from evidence.records.claim import Claim
from evidence.verdict.claim_checks import (
    assessor_blind,
    body_agrees,
    controlled,
    head_to_head,
    in_people,
    measured_at_time,
    perception_test,
    randomised,
    replicated,
)
from evidence.verdict.claim_facts import Answer, Case, Check, Fact, Said, all_of, fact, of_result
from evidence.verdict.claim_numbers import better_than_control, number_explained, size_of
from evidence.verdict.claim_types import ClaimTypes, claim_types, is_size
from evidence.verdict.claim_words import PERCENT, SHARE
from evidence.verdict.judge import Bearing
from evidence.verdict.market_checks import at_most_unknown, never
from evidence.verdict.wording import hits

if TYPE_CHECKING:
    import pandas as pd


class LintRule(NamedTuple):
    """One rule: what it looks for, why it misleads, what it may stand on, what to say instead.

    `wording` names a row of `wording.WORDING`, or is empty where `_FINDERS` has the search.
    """

    id: str
    title: str
    wording: str
    why: str
    stands_on: str
    test: Check
    instead: str | Callable[[str, str], str]  # from people in words, and their bare number


@of_result
def largest_value(done: Assessment) -> Answer:
    """Whether the number is the largest one seen, and the result says so.

    >>> from evidence.verdict.cases import case_of
    >>> largest_value(case_of("up to 20 % fewer wrinkles", outcome="wrinkles", change=["-8%"])).why
    'the number is no maximum'
    """
    seen = done.outcome.statistic
    said: Said = "unknown" if seen == "max" else "no"
    why = "the largest change of one person" if seen == "max" else "the number is no maximum"
    return Answer(said, why, (fact("outcome.statistic", seen),))


@of_result
def mean_with_interval(done: Assessment) -> Answer:
    """Whether the number is a mean with an interval.

    >>> from evidence.verdict.cases import case_of
    >>> trial = {"outcome": "hydration", "comparator": "vehicle", "change": ["20%"]}
    >>> mean_with_interval(case_of("moister", ci=["12", "28"], **trial)).said
    'yes'
    >>> mean_with_interval(case_of("moister", **trial)).why
    'no interval stands beside the mean'
    """
    size, stat = size_of(done), done.outcome.statistic
    shown = (fact("effect", None if size is None else str(size)), fact("outcome.statistic", stat))
    if stat in ("max", "responder_pct", "events"):
        return Answer("no", "the number is no mean", shown)
    if size is None or size.low is None:
        return Answer("unknown", "no interval stands beside the mean", shown)
    return Answer("yes", "a mean with its interval", shown)


def _no(why: str) -> Check:
    return lambda _: Answer("no", why)


_TRIAL = all_of(in_people, controlled, randomised, better_than_control)

LINT: tuple[LintRule, ...] = (
    LintRule("W01", "clinically proven", "clinically proven",
             "proof is read as a controlled trial that settled the question",
             "two or more randomised controlled trials of the product in favour, and none against",
             all_of(_TRIAL, assessor_blind, replicated, body_agrees),
             lambda n, _: say("tested in {people}, with what was found", people=n)),
    LintRule("W02", "clinically tested", "clinically tested",
             "says that a test was run and lets the reader suppose that it was passed",
             "a test in people, named with its people, control and result", in_people,
             lambda n, _: say("tested in {people}: say who, against what, and the result",
                              people=n)),
    LintRule("W03", "dermatologist tested", "dermatologist",
             "a profession lends weight; what was done and found is not said",
             "a test whose method and result are given",
             never("who ran the test and what was found is not recorded"),
             "say what was tested on how many people and how many reacted"),
    LintRule("W04", "up to", "up to",
             "the largest value of one person is read as what to expect",
             "a maximum that is labelled as one, beside the average", largest_value,
             "the average, with the range of individual values beside it"),
    LintRule("W05", "on average", "on average",
             "an average hides how far people differ, and in one group it is no effect",
             "a mean with its interval and number of people", mean_with_interval,
             "on average, with the interval and the number of people"),
    LintRule("W06", "proven", "proven",
             "no single study proves; the word closes a question that evidence leaves open",
             "several controlled studies that agree", all_of(_TRIAL, replicated, body_agrees),
             "in a study, with its design"),
    LintRule("W07", "guaranteed", "guaranteed",
             "no result holds for everybody", "nothing: no evidence shows that all will benefit",
             _no("no evidence shows that every person benefits"), "leave the word out"),
    LintRule("W08", "100 %", "hundred",
             "everybody or everything; of few people it is compatible with far less",
             "a count of people with its interval, and how they were asked", perception_test,
             lambda _, n: say("the count: all {n} people asked, with the interval", n=n)),
    LintRule("W09", "words of body processes", "physiological",
             "a change of the body's processes is claimed, which is for medicines in most markets",
             "measurements of the process in people, and a reader of the law",
             at_most_unknown(all_of(_TRIAL, assessor_blind),
                             "it may be medicinal: a reader of the law decides"),
             "the look or feel of skin that was in fact assessed"),
    LintRule("W10", "an effect on wrinkles or ageing", "anti-wrinkle effect",
             "an effect on the wrinkle itself, where only its look may have changed",
             "a randomised, blinded comparison with a vehicle", all_of(_TRIAL, assessor_blind),
             "the appearance of wrinkles, or the measure with its number and control"),
    LintRule("W11", "superlative", "superlative",
             "better than every other product, which nobody compared",
             "head-to-head studies against what else is sold", all_of(head_to_head, randomised,
             better_than_control), "leave the rank out, or name what it was compared with"),
    LintRule("W12", "disease", "disease",
             "treating a disease makes a product a medicine", "an authorisation as a medicine",
             _no("a cosmetic may not claim it, whatever the evidence"),
             "leave the disease out; speak of skin that looks or feels so"),
    LintRule("W13", "results may vary", "vary",
             "a disclaimer does not cure a number that few people reach",
             "nothing needs it where interval and range are given",
             _no("a disclaimer is no evidence"), "the interval or the range in its place"),
    LintRule("W14", "promising", "hedge",
             "read as praise; it does not cure a weak base",
             "a controlled study in people in favour", _TRIAL,
             "say what is missing: no control, few people, one study"),
    LintRule("W15", "share of people", "",
             "a share of people who agreed is no size of an effect, and depends on how they were "
             "asked", "people who used it blind, with n, the question and its interval",
             perception_test,
             lambda _, n: say("k of {n} people who used it agreed, with the interval", n=n)),
    LintRule("W16", "a number alone", "",
             "a percent without people, time and measure cannot be weighed",
             "people, time, measure and control beside the number", number_explained,
             lambda n, _: say("the number with {people}, its duration, measure and control",
                              people=n)),
    LintRule("W17", "at once", "instant",
             "water and film move instruments for minutes; that is not a lasting change",
             "measured at that time, against a vehicle", all_of(measured_at_time, controlled,
             better_than_control), "the time at which it was measured"),
    LintRule("W18", "running others down", "denigration",
             "suggests that others are unsafe, though they obey the same law",
             "nothing: ingredients used lawfully are held to be safe",
             _no("ingredients used lawfully are held to be safe"),
             "what this product contains"),
    LintRule("W19", "official approval", "approval",
             "cosmetics are not approved by authorities; keeping the law is no merit",
             "nothing", _no("authorities approve no cosmetic claim"), "leave it out"),
)  # fmt: skip
"""Ids stay; rows are only added. Wordings follow EU 655/2013, CAP advice, FTC and NAD (see
`market_rules`)."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LintFinding:
    """One wording: the rule, its place in the claim's text, and what to say instead.

    `stands` says whether the evidence at hand is of the kind that the wording needs.
    """

    rule: str
    title: str
    span: tuple[int, int]
    words: str
    why: str
    stands_on: str
    stands: Said
    stands_why: str
    facts: tuple[Fact, ...]
    instead: str

    def __repr__(self) -> str:
        return f"<LintFinding {self.rule} {self.words!r}: stands {self.stands}>"

    def as_dict(self) -> dict[str, object]:
        """Plain data for JSON."""
        names = ("rule", "title", "words", "why", "stands_on", "stands", "stands_why", "instead")
        data: dict[str, object] = {name: getattr(self, name) for name in names}
        return data | {"span": list(self.span), "facts": [row._asdict() for row in self.facts]}


def lint(
    claim: Claim,
    assessment: Assessment | None = None,
    body: Sequence[Bearing] | None = None,
    types: ClaimTypes | None = None,
) -> tuple[LintFinding, ...]:
    """Wordings of a claim that ask for a second look, in the order of the text.

    Parameters
    ----------
    claim, types
        The claim, and its types where they are known already.
    assessment, body
        The study behind it and other results found, as for `checklist`.

    Examples
    --------
    >>> claim = Claim(id="1", text="Clinically proven: up to 82 % fewer wrinkles, guaranteed")
    >>> [(row.rule, row.words, row.stands) for row in lint(claim)][:2]
    [('W01', 'Clinically proven', 'no'), ('W04', 'up to 82 %', 'no')]
    """
    listed = None if body is None else tuple(body)
    case = Case(claim=claim, types=types or claim_types(claim), done=assessment, body=listed)
    found = [_finding(rule, hit, case) for rule in LINT for hit in _hits(rule, claim.text)]
    return tuple(sorted(found, key=lambda row: (row.span, row.rule)))


def _hits(rule: LintRule, text: str) -> Iterable[re.Match[str]]:
    if rule.wording:
        return hits(text, rule.wording)
    if rule.id == "W15":
        return SHARE.finditer(text)
    return (
        hit
        for hit in PERCENT.finditer(text)
        if is_size(text, hit) and not SHARE.match(text, hit.start())
    )


def _finding(rule: LintRule, hit: re.Match[str], case: Case) -> LintFinding:
    seen = rule.test(case)
    n = None if case.done is None or case.done.facts.n is None else sum(case.done.facts.n)
    people = "a number of people that must be given"
    if n is not None:
        people = say("{n} people", n=f"{n:g}")
    bare = "n" if n is None else f"{n:g}"
    instead = rule.instead if isinstance(rule.instead, str) else rule.instead(people, bare)
    return LintFinding(
        rule=rule.id,
        title=rule.title,
        span=hit.span(),
        words=hit.group(0),
        why=rule.why,
        stands_on=rule.stands_on,
        stands=seen.said,
        stands_why=seen.why,
        facts=seen.facts,
        instead=instead,
    )


def lint_frame(findings: Iterable[LintFinding]) -> pd.DataFrame:
    """One row per wording: rule, words, why, what it may stand on, whether it does, instead.

    >>> found = lint(Claim(id="1", text="the best cream, guaranteed"))
    >>> lint_frame(found)[["rule", "words", "stands"]].values.tolist()
    [['W11', 'the best', 'no'], ['W07', 'guaranteed', 'no']]
    """
    import pandas as pd

    columns = ("rule", "words", "why", "stands_on", "stands", "instead")
    rows = [tuple(getattr(row, name) for name in columns) for row in findings]
    return pd.DataFrame(rows, columns=list(columns))
