"""What the audit says of the two articles can be read in every language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from evidence.appraisal.component_table import COMPONENTS
from evidence.appraisal.robins_i import robins_i
from evidence.ingest.read import read, read_claims
from evidence.messages import is_known, translate
from evidence.records import vocabulary
from evidence.records.outcome import said
from evidence.verdict.audit import ClaimAudit, audit
from evidence.verdict.market_names import MARKETS
from evidence.verdict.markets import RULES, in_one_line

DATA = Path(__file__).parents[2] / "datasets"


@pytest.fixture(scope="module")
def done():
    claims = read_claims(DATA / "article_claims.csv").claims
    return audit(claims, read(DATA / "cosmetic_trials.csv").studies, markets=MARKETS)


def _of_verdict(row: ClaimAudit) -> Iterator[str]:
    yield from (row.kind.title, row.kind.needs, row.why_not_pooled)
    yield from (row.verdict.word, row.verdict.sentence, row.verdict.would_change)
    yield from row.verdict.reasons
    yield from (row.cheapest.sentence, *row.cheapest.basis)
    yield from (answer.answer for answer in row.moderation)


def _of_bodies(row: ClaimAudit) -> Iterator[str]:
    for body in row.bodies:
        certainty = body.certainty
        yield from (certainty.level or "", certainty.target, body.why_not_adjusted)
        yield from certainty.reasons
        yield from (domain.rule for domain in certainty.domains)
        for judged in body.rob2.values():
            yield from (judged.overall, *judged.remarks)
            yield from (domain.name for domain in judged.domains)
            yield from (answer.why for domain in judged.domains for answer in domain.answers)
            yield from (change.wanted for change in judged.would_change)


def _of_results(row: ClaimAudit) -> Iterator[str]:
    for bearing in row.bearings:
        done = bearing.assessment
        yield from (bearing.direction, bearing.match.reason, *bearing.match.indirectness)
        yield from (done.reliability.reason, done.expected_reason, done.probability.reason)
        yield from done.reliability.assumed
        yield from (part.why for part in done.reliability.components)
        yield from (part.status for part in done.reliability.components)
        yield from (gain.fact for gain in done.reliability.would_raise)
        yield from () if done.expected is None else done.expected.assumptions


def _of_wording(row: ClaimAudit) -> Iterator[str]:
    for found in row.wording:
        yield from (found.title, found.why, found.stands_on, found.stands_why, found.instead)


def _of_markets(row: ClaimAudit) -> Iterator[str]:
    for market, rules in row.standards.items():
        yield from (RULES[market].title, RULES[market].note, in_one_line(rules))
        for rule in rules:
            yield from (rule.requirement, rule.status, rule.why)


@pytest.mark.parametrize("lang", ["ja", "zh"])
@pytest.mark.parametrize("texts", [_of_verdict, _of_bodies, _of_results, _of_wording, _of_markets])
def test_every_sentence_has_words_in_every_language(done, texts, lang):
    said = {text for row in done for text in texts(row) if text}
    assert len(said) > 5
    assert not sorted(text for text in said if not is_known(text, lang))


@pytest.mark.parametrize("lang", ["ja", "zh"])
def test_every_component_is_explained_in_every_language(lang):
    said = [text for about in COMPONENTS.values() for text in about]
    assert not [text for text in said if not is_known(text, lang)]


@pytest.mark.parametrize(
    ("claim", "lang", "words"),
    [
        (
            "L50",
            "ja",
            "主張の15 %のうち、製品自体の効果の最良推定は1.0 %（−5.1～7.1）である。",
        ),
        ("L50", "ja", "実際のデータでは1件の研究が関わる：1件は対照なし。"),
        ("L50", "zh", "未说明测量了多少人；未给出离散度、区间或 p 值"),
        ("L13", "zh", "有9项真实研究与之相关：2项显示产品优于对照、5项无对照"),
    ],
)
def test_a_verdict_reads_as_one_sentence_of_its_language(done, claim, lang, words):
    assert words in translate(done[claim].verdict.sentence, lang)


def test_a_suggested_claim_stays_in_the_language_of_the_claim(done):
    suggested = done["L50"].suggested
    assert suggested.startswith("In a study of an unstated number of people")
    assert translate(suggested, "ja") == suggested


def test_levels_that_are_open_are_listed_in_the_language(done):
    rows = ((one.match.study, one.match.outcome) for row in done for one in row.bearings)
    judged = next(found for found in (robins_i(*pair) for pair in rows) if found.domains)
    assert translate(judged.__str__(), "zh").startswith("严重（")
    assert "未調整の交絡を除けば低い／中程度／深刻" in translate(judged.__str__(), "ja")


SHOWN = (
    vocabulary.DesignKind,
    vocabulary.Comparator,
    vocabulary.SequenceMethod,
    vocabulary.ConcealmentMethod,
    vocabulary.Blind,
    vocabulary.MissingHandling,
    vocabulary.AnalysisPopulation,
    vocabulary.ContrastKind,
    vocabulary.OutcomeKind,
    vocabulary.Statistic,
    vocabulary.SourceKind,
    vocabulary.UnitOfCount,
    vocabulary.ClaimType,
)
SAME_EVERYWHERE = {"LOCF", "MI", "MMRM"}


@pytest.mark.parametrize("lang", ["ja", "zh"])
def test_every_code_a_reason_may_hold_has_words_in_every_language(lang):
    codes = {code for words in SHOWN for code in get_args(words)} - SAME_EVERYWHERE
    assert not sorted(code for code in codes if not is_known(said(code), lang))
