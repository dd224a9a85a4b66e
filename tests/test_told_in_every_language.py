"""What is read, computed and checked is told in every language, down to the parts of a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import evidence as ev
from evidence.effects.effect import Basis
from evidence.effects.from_record import effects_of
from evidence.effects.names import MEASURE_TITLES
from evidence.effects.recover import recover
from evidence.effects.recover_net import recover_net
from evidence.effects.standing import standing
from evidence.errors import EffectError
from evidence.integrity.checks_of_record import check_outcome
from evidence.integrity.checks_of_studies import check_studies
from evidence.integrity.granularity import grim
from evidence.integrity.intervals import ci_versus_p
from evidence.messages import LANGUAGES, Message, is_known, listed, say, translate
from evidence.records.codes import CODES
from evidence.records.families import FAMILIES
from evidence.records.ingredients import CONCEPTS
from evidence.records.outcome import ArmResult, Outcome
from evidence.records.reported import Reported
from evidence.records.study import Study
from evidence.synthesis.pool import pool

DATA = Path(__file__).resolve().parents[1] / "datasets"
OTHERS = [lang for lang in LANGUAGES if lang != "en"]
NAMES = re.compile(r"[a-z_]+(/\d+)?|[a-z.]+ ([<>=]+ [\d.]+|ns)|[A-Z]+[\w²]*")
"""Names of rules, priors and fields, and printed p values, which stay as they are."""


@cache
def _source() -> str:
    return (DATA / "cosmetic_trials.csv").read_text(encoding="utf-8").casefold()


def _english_left(text: str, lang: str) -> Iterator[str]:
    """Parts of a text that have no words in a language and are not words of the source."""
    if isinstance(text, Message):
        if text.how == "say" and not is_known(text, lang):
            yield text.template
        for _, value in text.values:
            yield from _english_left(value, lang)
    elif re.search(r"[a-z]{2}", text) and not (
        is_known(text, lang) or NAMES.fullmatch(text) or text.casefold() in _source()
    ):
        yield text


def _of_basis(basis: Basis) -> Iterator[str]:
    yield from (basis.reason, *basis.assumptions)


@cache
def _told() -> frozenset[str]:
    found: set[str] = set()
    studies = ev.read(str(DATA / "cosmetic_trials.csv"))
    found |= {finding.message for finding in studies.findings}
    found |= {item.sentence for item in check_studies(studies.studies).items}
    for study in studies:
        for one in study.outcomes:
            for effect in (found_ := effects_of(study, one)).treated, found_.between:
                found |= {effect.note, *_of_basis(effect.basis), *_of_basis(effect.spread)}
            seen = recover(study, one)
            for step in seen.steps:
                found |= {step.title, *_of_basis(step.basis)}
            stands = standing(seen, better=one.better)
            found |= {said.text for said in (*stands.said, *stands.not_said)}
            found |= set(_of_basis(recover_net(study, one).basis))
            report = check_outcome(study, one)
            for item in (*report.items, *report.signals):
                found |= {item.sentence, *item.benign}
            found.add(report.summary)
    return frozenset(found)


@pytest.mark.parametrize("lang", OTHERS)
def test_everything_told_of_the_trials_has_words(lang):
    assert len(_told()) > 500
    left = {part for text in _told() for part in _english_left(text, lang)}
    assert not left, sorted(left)[:20]


@pytest.mark.parametrize("lang", OTHERS)
def test_titles_have_words(lang):
    titles = [
        *(text for code in CODES.values() for text in (code.title, code.what, code.why, code.fix)),
        *(family.title for family in FAMILIES.values()),
        *(concept.title for concept in CONCEPTS.values()),
        *MEASURE_TITLES.values(),
    ]
    assert [title for title in titles if not is_known(title, lang)] == []


def test_a_note_of_several_parts_keeps_them():
    rough = ArmResult(
        change_mean=Reported(text="5"), change_se=Reported(text="1"), change_sd=Reported(text="9"),
        n=Reported(text="20"), baseline_mean=Reported(text="50"), pct_change=Reported(text="10"),
    )  # fmt: skip
    one = Outcome(id="1", name="TEWL", treated=rough)
    effect = effects_of(Study(id="a", outcomes=(one,)), one).treated
    assert effect.note.startswith("standard errors disagree (se_printed 1, ")
    assert translate(effect.note, "ja").startswith("求め方により標準誤差が食い違う（se_printed 1、")


def test_an_error_keeps_its_sentence_beside_the_study():
    error = EffectError(say("{printed}: a negative count.", printed="treated.events = -1"),
                        study="kim2019")  # fmt: skip
    assert str(error) == "kim2019: treated.events = -1: a negative count."
    assert translate(error.sentence, "zh") == "kim2019：treated.events = -1：计数为负。"


def test_a_figure_that_cannot_be_is_told_in_other_languages():
    arm = ArmResult(events=Reported(text="7"), total=Reported(text="5"))
    one = Outcome(id="1", name="smoother", treated=arm)
    with pytest.raises(EffectError) as raised:
        effects_of(Study(id="a", outcomes=(one,)), one)
    sentence = raised.value.sentence
    assert sentence == "a: more events than people: treated.events = 7, treated.total = 5."
    told = "a：事件数多于人数：treated.events = 7、treated.total = 5。"
    assert translate(sentence, "zh") == told


def test_sentences_of_checks_are_put_together_as_each_language_does():
    told = translate(grim("3.19", 28).sentence, "zh")
    assert told == (
        "这些数字不可能都正确：n = 28 的整数答案的均值可为 3.18或3.21，不可能是 3.19。"
        "若 n 为 27或26，则相符。"
    )
    # an interval whose p halves: one sentence more, each with its own full stop
    one_sided = ci_versus_p("-0.1", "2.1", "0.034")
    assert one_sided.sentence.endswith(
        "Significance at 0.05 changes with it. It would fit if the test was one-sided."
    )
    assert translate(one_sided.sentence, "ja").endswith(
        "これにより 0.05 での有意性が変わる。片側検定であれば合う。"
    )


def test_remarks_of_a_record_keep_how_they_were_made():
    note = listed([say("{title}: {words}", title="comparator", words="cream B"), "as printed"])
    one = Outcome(id="1", name="TEWL", note=note)
    again = Outcome.model_validate_json(one.model_dump_json())
    assert translate(one.note, "ja") == "比較対照：cream B；as printed"
    assert again.note == one.note == "comparator: cream B; as printed"


def test_notes_of_a_pooled_estimate_have_words():
    pooled = pool({"yi": [0.2, 0.3], "vi": [0.02, 0.03], "study": ["A", "A"]})
    assert len(pooled.notes) >= 2
    for lang in OTHERS:
        assert all(translate(note, lang) != note for note in pooled.notes)
