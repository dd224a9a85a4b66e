"""The decision tables of RoB 2 against a second encoding, and what must hold of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, product

import pytest

from evidence.appraisal.rob2_questions import QUESTIONS, favourable, is_flaw
from evidence.appraisal.rob2_tables import (
    JUDGEMENTS,
    TABLES,
    asked,
    in_order,
    judge_domain,
    reachable,
    reachable_overall,
)
from evidence.errors import EvidenceError, OptionError

PUBLISHED = ("D1", "D2a", "D2b", "D3", "D4", "D5")
CODES = ("Y", "PY", "PN", "N", "NI")
COLLAPSED = ("Y", "N", "NI")
LOW, SOME, HIGH = JUDGEMENTS


class Reader:
    """Answers that remember which questions were looked at; yes and no with their shades."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers, self.read = answers, set()

    def yes(self, question: str) -> bool:
        self.read.add(question)
        return self.answers[question] in ("Y", "PY")

    def no(self, question: str) -> bool:
        self.read.add(question)
        return self.answers[question] in ("N", "PN")


# ------------------------------------------------------------- second encoding, as a reader walks


def walk_d1(a: Reader) -> str:
    if a.yes("1.2"):
        if a.no("1.1"):
            return SOME
        return SOME if a.yes("1.3") else LOW
    if a.no("1.2"):
        return HIGH
    return HIGH if a.yes("1.3") else SOME


def walk_d2a(a: Reader) -> str:
    return max(_deviations(a), _analysis(a), key=JUDGEMENTS.index)


def _deviations(a: Reader) -> str:
    participants, deliverers = a.no("2.1"), a.no("2.2")
    if participants and deliverers:
        return LOW
    if not a.yes("2.3"):
        return LOW if a.no("2.3") else SOME
    if a.no("2.4"):
        return SOME
    return SOME if a.yes("2.5") else HIGH


def _analysis(a: Reader) -> str:
    if a.yes("2.6"):
        return LOW
    return SOME if a.no("2.7") else HIGH


def walk_d2b(a: Reader) -> str:
    participants, deliverers = a.no("2.1"), a.no("2.2")
    troubles = []
    if not (participants and deliverers):
        troubles.append(not a.yes("2.3"))
    troubles.append(not a.no("2.4"))
    troubles.append(not a.no("2.5"))
    if not any(troubles):
        return LOW
    return SOME if a.yes("2.6") else HIGH


def walk_d3(a: Reader) -> str:
    if a.yes("3.1"):
        return LOW
    if a.yes("3.2"):
        return LOW
    if a.no("3.3"):
        return LOW
    return SOME if a.no("3.4") else HIGH


def walk_d4(a: Reader) -> str:
    if any([a.yes("4.1"), a.yes("4.2")]):
        return HIGH
    at_best = LOW if a.no("4.2") else SOME
    if a.no("4.3"):
        return at_best
    if a.no("4.4"):
        return at_best
    return SOME if a.no("4.5") else HIGH


def walk_d5(a: Reader) -> str:
    planned = a.yes("5.1")
    picked = [a.yes("5.2"), a.yes("5.3")]
    clean = [a.no("5.2"), a.no("5.3")]
    if any(picked):
        return HIGH
    return LOW if planned and all(clean) else SOME


WALKS: dict[str, Callable[[Reader], str]] = {
    "D1": walk_d1, "D2a": walk_d2a, "D2b": walk_d2b,
    "D3": walk_d3, "D4": walk_d4, "D5": walk_d5,
}  # fmt: skip


def combos(domain: str, codes: tuple[str, ...]) -> Iterator[dict[str, str]]:
    questions = tuple(QUESTIONS[domain])
    for answers in product(codes, repeat=len(questions)):
        yield dict(zip(questions, answers, strict=True))


# ------------------------------------------------------------------------------ enumeration


@pytest.mark.parametrize(
    ("domain", "count"),
    [("D1", 125), ("D2a", 78_125), ("D2b", 15_625), ("D3", 625), ("D4", 3_125), ("D5", 125)],
)
def test_every_combination_of_the_five_codes_agrees_with_the_walk(domain, count):
    seen, differ = 0, []
    for answers in combos(domain, CODES):
        seen += 1
        if judge_domain(domain, answers) != WALKS[domain](Reader(answers)):
            differ.append(answers)
    assert seen == count
    assert not differ


def test_paths_of_yes_no_and_no_information():
    """Distinct ways through the questions, yes and no each with its shade taken together."""
    paths = {
        domain: len({
            tuple((q, answers[q]) for q in asked(domain, answers))
            for answers in combos(domain, COLLAPSED)
        })
        for domain in PUBLISHED
    }  # fmt: skip
    assert paths == {"D1": 27, "D2a": 511, "D2b": 657, "D3": 31, "D4": 65, "D5": 27}


@pytest.mark.parametrize("domain", PUBLISHED)
def test_only_questions_that_are_asked_are_looked_at(domain):
    for answers in combos(domain, COLLAPSED):
        reader = Reader(answers)
        WALKS[domain](reader)
        on_path = asked(domain, answers)
        assert reader.read <= set(on_path)
        only = {question: answers[question] for question in on_path}
        assert judge_domain(domain, only) == judge_domain(domain, answers)
        if domain in ("D3", "D4", "D2a", "D2b"):  # their flow says when a question is skipped
            assert set(on_path) == reader.read


@pytest.mark.parametrize("domain", PUBLISHED)
def test_a_question_that_is_asked_must_have_an_answer(domain):
    for answers in combos(domain, COLLAPSED):
        for question in asked(domain, answers):
            with pytest.raises(EvidenceError, match=f"question {question} is asked"):
                judge_domain(domain, {**answers, question: "NA"})
            break


def test_unknown_domains_and_codes_are_refused():
    with pytest.raises(OptionError, match="'D6' is not one of"):
        judge_domain("D6", {})
    with pytest.raises(OptionError, match="'yes' is not one of"):
        judge_domain("D1", {"1.1": "yes", "1.2": "Y", "1.3": "N"})


# ------------------------------------------------------------------------------ known cases


@pytest.mark.parametrize(
    ("domain", "answers", "expected"),
    [
        ("D1", {"1.1": "N", "1.2": "Y", "1.3": "N"}, SOME),
        ("D1", {"1.1": "Y", "1.2": "NI", "1.3": "Y"}, HIGH),
        ("D2a", {"2.1": "Y", "2.2": "N", "2.3": "NI", "2.6": "Y"}, SOME),
        ("D2a", {"2.1": "N", "2.2": "N", "2.6": "N", "2.7": "NI"}, HIGH),
        ("D3", {"3.1": "N", "3.2": "N", "3.3": "Y", "3.4": "N"}, SOME),
        ("D4", {"4.1": "N", "4.2": "NI", "4.3": "N"}, SOME),
        ("D4", {"4.1": "N", "4.2": "N", "4.3": "Y", "4.4": "N"}, LOW),
        ("D5", {"5.1": "Y", "5.2": "NI", "5.3": "N"}, SOME),
    ],
)
def test_vectors(domain, answers, expected):
    assert judge_domain(domain, answers) == expected


def test_hidden_allocation_does_not_mend_a_sequence_that_is_not_random():
    for baseline in CODES:
        assert judge_domain("D1", {"1.1": "N", "1.2": "Y", "1.3": baseline}) == SOME


def test_measurement_is_never_low_while_4_2_is_not_known():
    found = {
        judge_domain("D4", answers)
        for answers in combos("D4", CODES)
        if answers["4.2"] == "NI"
    }  # fmt: skip
    assert found == {SOME, HIGH}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"S.1": "Y", "S.2": "Y", "S.3": "Y", "S.4": "N"}, LOW),
        ({"S.1": "Y", "S.2": "Y", "S.3": "NI", "S.4": "NI"}, LOW),
        ({"S.1": "Y", "S.2": "NI", "S.3": "Y", "S.4": "N"}, SOME),
        ({"S.1": "NI", "S.2": "Y", "S.3": "Y", "S.4": "N"}, SOME),
        ({"S.1": "PN", "S.2": "Y", "S.3": "Y", "S.4": "N"}, HIGH),
        ({"S.1": "Y", "S.2": "Y", "S.3": "N", "S.4": "N"}, HIGH),
        ({"S.1": "NI", "S.2": "Y", "S.3": "Y", "S.4": "PY"}, HIGH),
    ],
)
def test_interim_rule_of_crossover(answers, expected):
    assert judge_domain("S", answers) == expected
    assert TABLES["S"].interim


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"1b.1": "Y"}, LOW),
        ({"1b.1": "N", "1b.2": "N"}, LOW),
        ({"1b.1": "NI", "1b.2": "NI"}, SOME),
        ({"1b.1": "N", "1b.2": "PY"}, HIGH),
    ],
)
def test_interim_rule_of_clusters(answers, expected):
    assert judge_domain("D1b", answers) == expected
    assert TABLES["D1b"].interim


# ------------------------------------------------------------------------------ order


@pytest.mark.parametrize("domain", TABLES)
def test_a_fact_that_turns_out_well_never_worsens_a_domain(domain):
    rank = JUDGEMENTS.index
    for answers in combos(domain, COLLAPSED):
        now = rank(judge_domain(domain, answers))
        for question, code in answers.items():
            good, bad = favourable(domain, question)
            if code != "NI":
                continue
            assert rank(judge_domain(domain, {**answers, question: good})) <= now
            assert rank(judge_domain(domain, {**answers, question: bad})) >= now


@pytest.mark.parametrize("domain", TABLES)
def test_the_favourable_answers_are_the_way_to_low(domain):
    best = {question: favourable(domain, question)[0] for question in QUESTIONS[domain]}
    worst = {question: favourable(domain, question)[1] for question in QUESTIONS[domain]}
    assert judge_domain(domain, best) == LOW
    assert judge_domain(domain, worst) == HIGH
    assert not any(is_flaw(domain, question, code) for question, code in best.items())
    assert all(is_flaw(domain, question, code) for question, code in worst.items())


# ------------------------------------------------------------------------------ reachable


@pytest.mark.parametrize("domain", PUBLISHED)
def test_reachable_is_what_brute_force_over_the_walk_finds(domain):
    for answers in combos(domain, COLLAPSED):
        unknown = [question for question, code in answers.items() if code == "NI"]
        found = set()
        for codes in product(("Y", "N"), repeat=len(unknown)):
            known = answers | dict(zip(unknown, codes, strict=True))
            found.add(WALKS[domain](Reader(known)))
        assert reachable(domain, answers) == in_order(found)


@pytest.mark.parametrize("domain", ["D1", "D3", "D5"])
def test_probable_answers_reach_nothing_more(domain):
    for answers in combos(domain, COLLAPSED):
        unknown = [question for question, code in answers.items() if code == "NI"]
        found = {
            judge_domain(domain, answers | dict(zip(unknown, codes, strict=True)))
            for codes in product(("Y", "PY", "PN", "N"), repeat=len(unknown))
        }
        assert set(reachable(domain, answers)) == found


def test_reachable_overall_is_the_worst_of_every_choice():
    sets = [s for size in (1, 2, 3) for s in combinations(JUDGEMENTS, size)]
    for domains in product(sets, repeat=3):
        brute = {max(choice, key=JUDGEMENTS.index) for choice in product(*domains)}
        assert reachable_overall(domains) == in_order(brute)
