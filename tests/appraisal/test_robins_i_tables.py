"""ROBINS-I V2: both encodings against a second way of writing them, answer by answer."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest
from robins_encodings import WALKS

from evidence.appraisal.robins_i_levels import asked, divergences, judge_robins_domain
from evidence.appraisal.robins_i_tables import Row, questions_of, rows

CASES = sorted(WALKS)


def _hits(table: tuple[Row, ...], answers: dict[str, str]) -> list[Row]:
    return [row for row in table if all(answers[q] in codes for q, codes in row.when.items())]


def _every(domain, effect):
    """Every full set of answers; of D3 and D4 with one code for each kind of answer.

    Probably yes and probably no stand in no table apart from yes and no
    (`test_probably_counts_like_certainly`). D4 takes 4.1 to 4.3 as one gap at each place.
    """
    questions = questions_of(domain, effect)
    short = domain in ("D3", "D4")
    options = {
        q: [code for code in asked.options if not (short and code in ("PY", "PN"))]
        for q, asked in questions.items()
    }
    if domain == "D4":
        gaps = [("Y", "Y", "Y"), ("N", "Y", "NI"), ("Y", "NI", "N"), ("Y", "Y", "N")]
        rest = list(product(*list(options.values())[3:]))
        return (dict(zip(questions, (*gap, *codes), strict=True)) for gap in gaps for codes in rest)
    return (dict(zip(questions, codes, strict=True)) for codes in product(*options.values()))


@pytest.mark.parametrize(("encoding", "domain", "effect"), CASES)
def test_tables_agree_with_the_walk_and_exactly_one_row_holds(encoding, domain, effect):
    table = rows(domain, effect=effect, encoding=encoding)
    walk = WALKS[encoding, domain, effect]
    seen = 0
    for answers in _every(domain, effect):
        hits = _hits(table, answers)
        assert len(hits) == 1, answers
        assert hits[0].level == walk(answers), answers
        seen += 1
    expected = {"D2": 3125, "D3": 8748, "D4": 41472, "D5": 125, "D6": 625}
    assert seen == expected.get(domain, 500 if effect == "assignment" else 2500)


@pytest.mark.parametrize("gaps", list(product(("Y", "N", "NI"), repeat=3)))
def test_d4_is_low_only_if_all_three_are_complete(gaps):
    rest = {"4.4": "Y", "4.5": "Y", "4.6": "SN", "4.11": "N"}
    answers = {**dict.fromkeys(questions_of("D4"), "NI"), **rest}
    answers |= dict(zip(("4.1", "4.2", "4.3"), gaps, strict=True))
    (row,) = _hits(rows("D4"), answers)
    assert row.level == ("Low" if gaps == ("Y", "Y", "Y") else "Critical")


@pytest.mark.parametrize(("encoding", "domain", "effect"), CASES)
def test_probably_counts_like_certainly(encoding, domain, effect):
    for row in rows(domain, effect=effect, encoding=encoding):
        for codes in row.when.values():
            assert ("Y" in codes) == ("PY" in codes)
            assert ("N" in codes) == ("PN" in codes)


def test_classification_is_the_ladder_of_432_combinations():
    """2.1, 2.2 (yes, no, NI), 2.3, 2.4 (four kinds), 2.5 (three): added up and capped."""
    kinds, graded = ("Y", "N", "NI"), ("SY", "WY", "NI", "N")
    levels = Counter()
    for codes in product(kinds, kinds, graded, graded, kinds):
        answers = dict(zip(questions_of("D2"), codes, strict=True))
        one, two, three, four, five = codes
        step = 0 if "Y" in (one, two) else {"SY": 0, "WY": 1, "NI": 1, "N": 2}[three]
        step += {"N": 0, "WY": 1, "NI": 1, "SY": 2}[four] + (five != "N")
        (row,) = _hits(rows("D2"), answers)
        assert row.level == ("Low", "Moderate", "Serious", "Critical")[min(step, 3)]
        levels[row.level] += 1
    assert sum(levels.values()) == 432


def test_a_judges_every_combination_and_never_low_for_confounding():
    for domain, effect in (("D1", "assignment"), ("D1", "adherence")):
        assert {row.level for row in rows(domain, effect=effect)} == {
            "Low except for uncontrolled confounding",
            "Moderate",
            "Serious",
            "Critical",
        }
    for domain in ("D2", "D3", "D4", "D5", "D6"):
        assert None not in {row.level for row in rows(domain)}
    assert "Critical" not in {row.level for row in rows("D5")}


LXC = "Low except for uncontrolled confounding"
# What B says otherwise: how often each pair (A, B) comes up over the sets of answers of `_every`.
# None is a path of B that ends without a judgement.
DIVERGENCES = {
    ("D1", "assignment"): {
        ("Moderate", LXC): 30,
        ("Serious", "Moderate"): 54,
        ("Critical", "Serious"): 36,
    },
    ("D1", "adherence"): {
        (LXC, "Low"): 80,
        ("Moderate", LXC): 100,
        ("Serious", "Moderate"): 80,
    },
    ("D2", "assignment"): {
        ("Low", "Moderate"): 36,
        ("Moderate", "Serious"): 54,
        ("Critical", "Serious"): 36,
        ("Moderate", None): 36,
        ("Serious", None): 126,
        ("Critical", None): 108,
    },
    ("D3", "assignment"): {},
    ("D4", "assignment"): {
        ("Low", "Moderate"): 1728,
        ("Moderate", "Serious"): 1728,
        ("Serious", "Moderate"): 1152,
    },
    ("D5", "assignment"): {},
    ("D6", "assignment"): {},
}


@pytest.mark.parametrize(("domain", "effect"), sorted(DIVERGENCES))
def test_every_divergence_of_the_encodings_is_known(domain, effect):
    """The two walks differ on these answers and no others, and `divergences` names them all."""
    named = divergences(domain, effect)
    one, other = WALKS["A", domain, effect], WALKS["B", domain, effect]
    found = Counter()
    for answers in _every(domain, effect):
        pair = one(answers), other(answers)
        hits = [d for d in named if all(answers[q] in codes for q, codes in d.when.items())]
        assert [(d.level_a, d.level_b) for d in hits] == ([pair] if pair[0] != pair[1] else [])
        found[pair] += pair[0] != pair[1]
    assert {pair: n for pair, n in found.items() if n} == DIVERGENCES[domain, effect]


def test_rows_in_which_b_differs_are_those_described():
    """Of D1 for assignment, row by row; 1.3 = Y is where B does not look at 1.2."""
    assert [(d.row_a, d.level_a, d.level_b) for d in divergences("D1")] == [
        ("1.1=Y* 1.3=N*/NI 1.2=Y* 1.4=Y*", "Serious", "Moderate"),
        ("1.1=Y* 1.3=N*/NI 1.2=WN 1.4=N*", "Moderate", LXC),
        ("1.1=Y* 1.3=N*/NI 1.2=WN 1.4=Y*", "Serious", "Moderate"),
        ("1.1=WN 1.3=N*/NI 1.2=Y*/WN 1.4=N*", "Moderate", LXC),
        ("1.1=WN 1.3=N*/NI 1.2=Y*/WN 1.4=Y*", "Serious", "Moderate"),
        ("1.1=Y*/WN 1.3=Y* 1.4=N* 1.2=WN/SN/NI", "Critical", "Serious"),
    ]


@pytest.mark.parametrize(("encoding", "domain", "effect"), CASES)
def test_questions_that_are_not_asked_never_matter(encoding, domain, effect):
    """Answers on the path alone give the level of the full set."""
    step = 1 if domain != "D4" else 7
    for number, answers in enumerate(_every(domain, effect)):
        if number % step:
            continue
        on_path = {q: answers[q] for q in asked(domain, answers, effect, encoding)}
        level = judge_robins_domain(domain, on_path, effect=effect, encoding=encoding)
        assert level == WALKS[encoding, domain, effect](answers)
