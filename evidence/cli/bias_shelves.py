"""Questions of the tools for risk of bias and rules of the markets, as explanations."""

from __future__ import annotations

from collections.abc import Iterable

from evidence.cli.explanation import Explanation
from evidence.messages import capital, listed, say

ROB2_DOMAINS = {
    "D1": "how people were allocated",
    "D1b": "how members of clusters were recruited",
    "S": "order and pause of the two periods",
    "D2a": "what was done beside the plan, for the effect of being allocated",
    "D2b": "what was done beside the plan, for the effect of use as meant",
    "D3": "outcomes that are missing",
    "D4": "how the outcome was measured",
    "D5": "whether the result was picked",
}
_WHERE = "risk_of_bias in evidence score --json; risk of bias in evidence report"
_WHY = "the judgement of a domain follows from its answers alone"
_ROB2 = "RoB 2, doi 10.1136/bmj.l4898; in our own words"
_ROBINS = "ROBINS-I V2, draft of 20 November 2025; in our own words"
_NIH = "NIH quality assessment tool for before-after studies; in our own words"


def questions() -> Iterable[Explanation]:
    """Domains and questions of RoB 2, ROBINS-I and the NIH tool."""
    yield from _rob2()
    yield from _robins_i()
    yield from _nih()


def _rob2() -> Iterable[Explanation]:
    from evidence.appraisal.rob2_questions import QUESTIONS

    for domain, asked in QUESTIONS.items():
        yield _domain("RoB 2", domain, ROB2_DOMAINS[domain], asked, _ROB2)
        # the two ways to ask about deviations number their questions alike
        tail = f" {domain}" if domain.startswith("D2") else ""
        for number, row in asked.items():
            if row.good == "yes":
                what = say("{intent}; yes speaks for the result", intent=capital(row.intent))
            else:
                what = say("{intent}; no speaks for the result", intent=capital(row.intent))
            looked_for = say("look for: {what}", what=row.wanted)
            yield _question("RoB 2", f"{number}{tail}", row.intent, what, looked_for, _ROB2)


def _robins_i() -> Iterable[Explanation]:
    from evidence.appraisal.robins_i_tables import DOMAINS, SCREEN, Effect, questions_of

    ways: tuple[Effect, ...] = ("assignment", "adherence")
    for domain, title in DOMAINS.items():
        asked = {effect: questions_of(domain, effect) for effect in ways}
        numbers = dict.fromkeys(number for rows in asked.values() for number in rows)
        yield _domain("ROBINS-I", domain, title, numbers, _ROBINS)
        same = asked["assignment"] == asked["adherence"]
        for effect in ways[:1] if same else ways:
            for number, row in asked[effect].items():
                tail = "" if same else f" {effect}"
                yield _question("ROBINS-I", f"{number}{tail}", row.intent,
                                _answers(row.intent, row.options), "", _ROBINS)  # fmt: skip
    for number, row in SCREEN.items():
        yield _question("ROBINS-I", number, row.intent, _answers(row.intent, row.options), "",
                        _ROBINS)  # fmt: skip


def _answers(intent: str, options: Iterable[str]) -> str:
    return say("{intent}; answers: {answers}", intent=capital(intent),
               answers=listed(options, ", "))  # fmt: skip


def _nih() -> Iterable[Explanation]:
    from evidence.appraisal.nih_before_after import ANSWERS, INTENTS

    for number, intent in INTENTS.items():
        yield _question("NIH", number, intent, _answers(intent, ANSWERS), "", _NIH)


def _question(tool: str, number: str, intent: str, what: str, fix: str, source: str) -> Explanation:
    facts = {"what": what, "why": _WHY, "fix": fix, "where": _WHERE, "source": source}
    return Explanation(
        kind="question",
        name=f"{tool} {number}",
        title=capital(intent),
        facts={heading: words for heading, words in facts.items() if words},
        also=(number, number.partition(" ")[0]),
    )


def _domain(tool: str, domain: str, title: str, numbers: Iterable[str], source: str) -> Explanation:
    facts = {
        "what": say("judged from the answers to {questions}", questions=listed(numbers, ", ")),
        "why": "the worst domain decides the overall judgement",
        "where": _WHERE,
        "source": source,
    }
    return Explanation(
        kind="question", name=f"{tool} {domain}", title=capital(title), facts=facts, also=(domain,)
    )


def rules() -> Iterable[Explanation]:
    """Every rule of every market for claims."""
    from evidence.verdict.markets import RULES

    for market, info in RULES.items():
        for rule in info.rules:
            facts = {
                "what": rule.requirement,
                "why": info.note,
                "where": say("evidence score --standard {market}; evidence report --standard "
                             "{market}", market=market),
                "source": rule.source,
            }  # fmt: skip
            yield Explanation(kind="rule", name=rule.id, title=info.title, facts=facts)
