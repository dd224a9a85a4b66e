"""`evidence score`: the worked cases from flags, files, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evidence.__main__ import main

DATA = Path(__file__).parents[2] / "datasets"
BEFORE_AFTER = ["--design", "single-arm", "--weeks", "12"]
LOW = (
    "--randomised computer --concealed central --comparator vehicle --blinded double "
    "--attrition 0% --registered primary --kind instrument"
).split()
UNCLEAR = ["--randomised", "yes", "--comparator", "vehicle", "--kind", "live_expert_grade"]
DEPTH = ["--outcome", "wrinkle depth", "--change", "-20%", "--lower-is-better"]

WORKED = {
    "before-after, 50, instrument": (
        [*BEFORE_AFTER, "--n", "50", "--kind", "instrument", *DEPTH],
        14.6,
    ),
    "before-after, 50, live grade": (
        [*BEFORE_AFTER, "--n", "50", "--kind", "live_expert_grade", *DEPTH],
        7.1,
    ),
    "n unstated, elasticity": (
        [*BEFORE_AFTER, "--kind", "instrument", "--outcome", "elasticity", "--change", "15%"],
        8.4,
    ),
    "n unstated, contour": (
        [*BEFORE_AFTER, "--kind", "instrument", "--outcome", "facial contour", "--change", "18%"],
        7.6,
    ),
    "survey": (
        ["--design", "survey", "--n", "100", "--kind", "self_report", "--outcomes-measured", "20"],
        4.9,
    ),
    "parallel 25+25, unclear": (["--design", "parallel", "--n", "25", "25", *UNCLEAR], 15.8),
    "parallel 50+50, primary named": (
        [
            *("--design", "parallel", "--n", "50", "50", "--randomised", "yes"),
            *("--comparator", "vehicle", "--blinded", "double", "--attrition", "0%"),
            *("--primary", "yes", "--registered", "no", "--kind", "instrument"),
        ],
        42.2,
    ),
    "parallel 25+25, low": (["--design", "parallel", "--n", "25", "25", *LOW], 43.9),
    "parallel 100+100, low": (["--design", "parallel", "--n", "100", "100", *LOW], 75.8),
    "parallel 200+200, unclear": (["--design", "parallel", "--n", "200", "200", *UNCLEAR], 34.6),
    "split-face 30": (["--design", "split-face", "--n", "30", "--r", "0.7", *LOW], 75.8),
}


def run(words, capsys):
    status = main(["score", *words])
    out, err = capsys.readouterr()
    return status, out, err


def scored(words, capsys):
    status, out, err = run([*words, "--json"], capsys)
    assert status == 0, err
    return json.loads(out)


@pytest.mark.parametrize("name", WORKED)
def test_worked_case_from_flags(name, capsys):
    words, value = WORKED[name]
    answer = scored(words, capsys)
    assert answer["schema"] == "evidence/score/1"
    assert round(answer["reliability"]["value"], 1) == value


def test_the_press_release_in_full(capsys):
    answer = scored(WORKED["before-after, 50, instrument"][0], capsys)
    score = answer["reliability"]
    assert (round(score["low"]), round(score["high"])) == (12, 32)
    assert {"name", "status", "mean", "variance", "points_lost"} <= set(score["components"][0])
    assert sum(c["points_lost"] for c in score["components"]) == pytest.approx(100 - score["value"])
    assert {"fact", "status", "value", "gain"} == set(score["would_raise"][0])
    expected = answer["expected_effect"]
    assert round(expected["estimate"], 1) == 0.9
    assert (round(expected["ci_low"], 1), round(expected["ci_high"], 1)) == (-12.9, 14.8)
    assert expected["unit"] == "%"
    assert expected["scenario"] is True
    assert any("coefficient of variation" in word for word in expected["assumptions"])
    assert round(expected["pr_above_zero"], 2) == 0.55
    assert round(expected["pr_at_least_claim"], 4) == 0.0035
    assert answer["effect"]["change"]["estimate"] == -20
    assert answer["effect"]["between"]["label"] == "refused"
    assert answer["probability"]["reason"]


def test_the_example_with_arm_summaries(capsys):
    words = (
        "--design parallel --randomised yes --comparator vehicle --blinded none "
        "--kind live_expert_grade --n 40 41 --mean 12.1 14.0 --sd 3.2 3.5 --lower-is-better "
        "--mid 0.2"
    ).split()
    answer = scored(words, capsys)
    score = answer["reliability"]
    assert (round(score["value"]), round(score["low"]), round(score["high"])) == (20, 12, 56)
    none = next(row for row in answer["probability"]["sets"] if row["bias_set"] == "none")
    assert round(none["above_mid"], 2) == 0.94
    _, text, _ = run(words, capsys)
    assert "SMD 0.56 (0.12 to 1.00) in favour of the product" in text


def test_the_json_has_the_fields_its_page_names(capsys):
    page = (DATA.parent / "docs" / "json.md").read_text(encoding="utf-8")
    answer = scored(WORKED["before-after, 50, instrument"][0], capsys)
    for part in ("effect", "reliability", "expected_effect", "probability"):
        fields = answer[part]["change"] if part == "effect" else answer[part]
        for name in fields:
            assert f"`{name}`" in page or f".{name}`" in page or f".{name}[]`" in page, name


def test_the_size_of_the_effect_does_not_move_the_score(capsys):
    words = [*BEFORE_AFTER, "--n", "50", "--kind", "instrument", "--outcome", "wrinkle depth"]
    small, large = (
        scored([*words, "--change", change], capsys)["reliability"] for change in ("-2%", "-60%")
    )
    assert small == large


def test_the_other_scale_of_true_effects_stands_beside_it(capsys):
    answer = scored([*WORKED["parallel 25+25, unclear"][0]], capsys)
    other = scored([*WORKED["parallel 25+25, unclear"][0], "--a-scale", "skin_trials"], capsys)
    assert answer["reliability"]["other_scale"]["a_scale"] == "skin_trials"
    assert answer["reliability"]["other_scale"]["value"] == pytest.approx(
        other["reliability"]["value"]
    )


@pytest.mark.parametrize(
    ("design", "reason"),
    [("in-vitro", "in vitro"), ("ex-vivo", "ex vivo"), ("testimonial", "testimonial")],
)
def test_what_is_no_study_of_people_is_an_answer_with_a_reason(design, reason, capsys):
    answer = scored(["--design", design, "--n", "10", "--outcome", "wrinkle depth"], capsys)
    assert answer["reliability"]["value"] is None
    assert reason in answer["reliability"]["reason"]
    assert answer["expected_effect"] is None


def test_up_to_is_a_maximum(capsys):
    answer = scored([*BEFORE_AFTER, "--n", "50", "--change", "up to 20%"], capsys)
    assert answer["reliability"]["value"] is None
    assert "maximum" in answer["reliability"]["reason"]


BAD = {
    "letter O in n": (["--n", "4O"], "did you mean 40"),
    "n of zero": (["--n", "0"], "at least 1"),
    "half a person": (["--n", "20.5"], "whole"),
    "three arms": (["--n", "10", "10", "10"], "one per arm"),
    "r above one": (["--n", "20", "--r", "1.4"], "at most 1"),
    "swapped limits": (["--n", "20", "--ci", "5", "-5"], "lower limit comes first"),
    "p above one": (["--n", "20", "--p", "1.2"], "at most 1"),
    "attrition above 100 %": (["--n", "20", "--attrition", "140%"], "at most 100"),
    "negative SD": (["--n", "20", "20", "--mean", "1", "2", "--sd", "-1", "1"], "at least 0"),
    "both directions": (["--n", "20", "--lower-is-better", "--higher-is-better"], "exclude"),
    "unknown design": (["--design", "paralel"], "parallel"),
    "a change that is no number": (["--n", "20", "--change", "much"], "--change"),
    "two arms of a single arm": (["--design", "single-arm", "--n", "20", "20"], "one arm"),
    "nothing at all": ([], "nothing to score"),
    "a file and flags": (["studies.csv", "--n", "20"], "exclude each other"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_flag_that_cannot_be_is_one_clear_line(name, capsys):
    words, says = BAD[name]
    status, out, err = run(words, capsys)
    assert status == 2
    assert out == ""
    assert says in err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1


def test_all_real_results_are_scored_or_named(capsys):
    answer = scored([str(DATA / "cosmetic_trials.csv")], capsys)
    assert answer["summary"] == {"read": 180, "used": 180, "set_aside": 0}
    results = answer["results"]
    assert len({row["source"]["id"] for row in results}) == 180
    scores = [row["reliability"] for row in results]
    assert all(0 < s["low"] <= s["value"] <= s["high"] < 100 for s in scores if s["value"])
    named = [s["reason"] for s in scores if s["value"] is None]
    assert len(named) == 13
    assert all(named)
    assert sum("exposure" in reason for reason in named) == 12


def test_a_file_as_json_lines(capsys, tmp_path):
    source = tmp_path / "studies.csv"
    source.write_text("study,product,outcome,n_t\nKim 2019,serum,TEWL,20\n", encoding="utf-8")
    status, out, _ = run([str(source), "--format", "jsonl"], capsys)
    assert status == 0
    (line,) = [json.loads(line) for line in out.splitlines()]
    assert line["source"]["study"] == "Kim 2019"


def test_bad_rows_are_named_and_the_good_ones_scored(capsys, tmp_path):
    source = tmp_path / "studies.csv"
    source.write_text(
        "study,product,outcome,n_t\nKim 2019,serum,TEWL,20\nLee 2020,serum,TEWL,4O\n",
        encoding="utf-8",
    )
    status, out, err = run([str(source), "--json"], capsys)
    answer = json.loads(out)
    assert status == 1
    assert answer["summary"] == {"read": 2, "used": 1, "set_aside": 1}
    assert "letter O" in err


def test_text_says_what_was_assumed_and_what_would_raise_it(capsys):
    _, text, _ = run([*WORKED["before-after, 50, instrument"][0], "--explain"], capsys)
    for words in ("15 of 100 (range 12–32)", "no_control 44.4", "would raise it", "[scenario]",
                  "correlation not reported: 0.6", "basis: vehicle Ra"):  # fmt: skip
        assert words in text
    assert max(len(line) for line in text.splitlines()) <= 100
