"""What the rules of a market say of a claim and the evidence behind it, rule by rule.

Legality and reliability are different questions: a rule that is met says nothing of how far the
number can be trusted, and unknown never counts as met. This is no legal advice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from evidence.appraisal.assess import Assessment
from evidence.errors import OptionError
from evidence.messages import listed as joined
from evidence.messages import say, say_n, sentences
from evidence.records.claim import Claim
from evidence.verdict.claim_facts import ORDER, Answer, Case, Fact, Said
from evidence.verdict.claim_types import ClaimTypes, claim_types
from evidence.verdict.judge import Bearing
from evidence.verdict.market_names import MARKETS, Market
from evidence.verdict.market_rules import EU, UK, US, Rule
from evidence.verdict.market_rules_more import MORE

if TYPE_CHECKING:
    import pandas as pd

Status = Literal["met", "not met", "unknown", "not applicable"]


class MarketInfo(NamedTuple):
    """A market, its rules, and what to keep in mind when they are met."""

    title: str
    rules: tuple[Rule, ...]
    note: str


_NOTE = "Rules met say nothing of how reliable the evidence is; this is no legal advice."
RULES: dict[Market, MarketInfo] = {
    "eu": MarketInfo("European Union", EU, _NOTE),
    "us": MarketInfo("United States (FTC and NAD)", US, _NOTE),
    "uk": MarketInfo("United Kingdom (ASA and CAP)", UK, _NOTE),
    "jp": MarketInfo(
        "Japan",
        MORE["jp"],
        sentences(
            "The test asks for significance alone, so passing it shows no large effect.", _NOTE
        ),
    ),
    "cn": MarketInfo(
        "China",
        MORE["cn"],
        sentences("A laboratory test alone can pass here for many claims.", _NOTE),
    ),
    "ca": MarketInfo("Canada", MORE["ca"], sentences("Only the wording is tested.", _NOTE)),
}
_STATUS: dict[Said, Status] = {"yes": "met", "no": "not met", "unknown": "unknown"}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RuleResult:
    """One rule of one market, held against a claim: `status`, why, and the facts behind it.

    `study` names the study that was read for it, empty where the claim alone decides.
    """

    market: Market
    id: str
    requirement: str
    source: str
    status: Status
    why: str
    facts: tuple[Fact, ...] = ()
    study: str = ""

    def __repr__(self) -> str:
        return f"<RuleResult {self.id}: {self.status}>"

    def as_dict(self) -> dict[str, object]:
        """Plain data for JSON."""
        return {
            "id": self.id,
            "requirement": self.requirement,
            "source": self.source,
            "status": self.status,
            "why": self.why,
            "study": self.study or None,
            "facts": [row._asdict() for row in self.facts],
        }


def checklist(
    market: Market,
    claim: Claim,
    types: ClaimTypes | None = None,
    assessment: Assessment | None = None,
    body: Sequence[Bearing] | None = None,
) -> tuple[RuleResult, ...]:
    """Every rule of a market held against a claim, in the order of its table.

    Parameters
    ----------
    market
        One of `MARKETS`.
    claim, types
        The claim, and its types where they are known already.
    assessment
        The study behind the claim, assessed; None where there is none.
    body
        Other results found for the claim; None where nobody looked. A rule about evidence is met
        where one result meets it whole; results that only come near the claim are not read.

    Raises
    ------
    OptionError
        For a market that is not in `MARKETS`.

    Examples
    --------
    >>> claim = Claim(id="1", text="boosts collagen production")
    >>> [(row.id, row.status) for row in checklist("ca", claim)]
    [('CA-1', 'not met')]
    """
    if market not in RULES:
        raise OptionError("market", market, MARKETS)
    seen = types or claim_types(claim)
    listed = None if body is None else tuple(body)
    done: list[Assessment | None] = [] if assessment is None else [assessment]
    done += [row.assessment for row in listed or () if row.match.closeness == "bears"]
    cases = [Case(claim=claim, types=seen, done=one, body=listed) for one in done or [None]]
    return tuple(_hold(market, rule, cases) for rule in RULES[market].rules)


def _hold(market: Market, rule: Rule, cases: Sequence[Case]) -> RuleResult:
    """One rule by the result that serves it best; the first where several do."""
    status: Status = "not applicable"
    answer, study = Answer("unknown", rule.applies(cases[0])), ""
    if not answer.why:
        answers = [rule.test(case) for case in cases]
        best = max(range(len(cases)), key=lambda index: ORDER[answers[index].said])
        answer, status = answers[best], _STATUS[answers[best].said]
        done = cases[best].done
        from_study = any(not row.path.startswith("claim.") for row in answer.facts)
        study = done.study.id if done is not None and from_study else ""
    return RuleResult(
        market=market,
        id=rule.id,
        requirement=rule.requirement,
        source=rule.source,
        status=status,
        why=answer.why,
        facts=answer.facts,
        study=study,
    )


def checklist_frame(results: Iterable[RuleResult]) -> pd.DataFrame:
    """One row per rule: market, rule, requirement, status, why, facts, source.

    >>> rows = checklist("ca", Claim(id="1", text="boosts collagen production"))
    >>> checklist_frame(rows)[["market", "rule", "status"]].values.tolist()
    [['ca', 'CA-1', 'not met']]
    """
    import pandas as pd

    columns = ("market", "rule", "requirement", "status", "why", "facts", "source")
    rows = [
        (row.market, row.id, row.requirement, row.status, row.why,
         joined(say("{path} = {value}", path=path, value=value) for path, value in row.facts),
         row.source)
        for row in results
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns))


def counts(results: Iterable[RuleResult]) -> dict[Status, int]:
    """Rules by status, all four named.

    >>> counts(checklist("ca", Claim(id="1", text="boosts collagen production")))
    {'met': 0, 'not met': 1, 'unknown': 0, 'not applicable': 0}
    """
    seen = Counter(row.status for row in results)
    return {status: seen[status] for status in get_args(Status)}


def in_one_line(results: Sequence[RuleResult]) -> str:
    """How many rules are met, not met and unknown, in words.

    >>> in_one_line(checklist("ca", Claim(id="1", text="leaves skin soft")))
    '1 of 1 rule that applies is met'
    """
    seen = counts(results)
    asked = len(results) - seen["not applicable"]
    parts = [
        say_n(
            asked,
            "{met} of {n} rule that applies is met",
            "{met} of {n} rules that apply are met",
            met=seen["met"],
        )
    ]
    if seen["not met"]:
        parts.append(say("{n} not met", n=seen["not met"]))
    if seen["unknown"]:
        parts.append(say("{n} unknown", n=seen["unknown"]))
    return joined(parts, ", ")
