"""The answers of the risk-of-bias tool in the JSON of a score."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evidence.__main__ import main

TRIALS = Path(__file__).parents[2] / "datasets" / "cosmetic_trials.csv"
SINGLE = ("--design", "single-arm", "--n", "50", "--change=-20%", "--outcome", "wrinkle depth")
TRIAL = ("--design", "parallel", "--randomised", "computer", "--concealed", "central",
         "--comparator", "vehicle", "--n", "40", "41", "--change=-20%", "--change=-8%",
         "--outcome", "wrinkle depth")  # fmt: skip


def judged(capsys, *words):
    assert main(["score", *words, "--json", "--quiet"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("words", "tool", "overall"),
    [(SINGLE, "nih_before_after", None), (TRIAL, "rob2", "High")],
    ids=["one arm", "randomised"],
)
def test_the_tool_follows_the_design(capsys, words, tool, overall):
    found = judged(capsys, *words)["risk_of_bias"]
    assert (found["tool"], found["overall"]) == (tool, overall)
    assert found["why"]


def test_every_answer_names_its_fact_and_rule(capsys):
    found = judged(capsys, *TRIAL)["risk_of_bias"]
    first = found["answers"][0]
    assert (first["question"], first["answer"], first["printed"]) == ("1.1", "Y", "computer")
    for row in found["answers"]:
        assert row["rule"], row
        assert row["why"], row
        assert row["printed"], row
    assert found["reachable"][0] == "Low"


def test_every_result_of_a_file_is_judged_or_says_why_not(capsys):
    results = judged(capsys, str(TRIALS))["results"]
    tools = [row["risk_of_bias"]["tool"] for row in results]
    assert {tools.count(name) for name in ("rob2", "none")} == {75, 13}
    for row in results:
        risk = row["risk_of_bias"]
        assert risk["answers"] or risk["tool"] == "none"


def test_a_table_stays_short(capsys):
    assert main(["score", *SINGLE]) == 0
    assert "risk_of_bias" not in capsys.readouterr().out
