"""Which tool fits which result, over designs and over the trials file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import evidence as ev
from evidence.appraisal.checklists import checklist, ocebm_level
from evidence.appraisal.nih_before_after import nih_before_after
from evidence.appraisal.rob2 import rob2
from evidence.appraisal.robins_i import robins_i
from evidence.appraisal.tools import tools_for
from evidence.records.outcome import ArmResult, Contrast, Design, Outcome
from evidence.records.reported import Reported
from evidence.records.study import Study

ROOT = Path(__file__).parents[2]
APPRAISE = {"rob2": rob2, "robins_i": robins_i, "nih_before_after": nih_before_after}


def _choice(outcome=None, **design):
    return tools_for(
        Study(id="s"), Outcome(id="o", name="TEWL", design=Design(**design), **(outcome or {}))
    )


@pytest.mark.parametrize(
    ("tool", "unknown", "design"),
    [
        ("rob2", False, {"kind": "parallel", "comparator": "vehicle", "randomised": "yes"}),
        ("rob2", False, {"kind": "parallel", "comparator": "vehicle", "sequence": "stated_only"}),
        ("rob2", False, {"kind": "crossover", "comparator": "active", "sequence": "computer"}),
        ("rob2", False, {"kind": "parallel", "comparator": "vehicle", "sequence": "alternation"}),
        ("robins_i", False, {"kind": "parallel", "comparator": "active", "sequence": "choice"}),
        ("robins_i", False, {"kind": "nonrandomised_controlled", "comparator": "untreated"}),
        ("robins_i", True, {"kind": "parallel", "comparator": "vehicle"}),
        ("robins_i", True, {"comparator": "active"}),
        ("nih_before_after", False, {"kind": "single_arm_prepost"}),
        ("nih_before_after", False, {"comparator": "baseline_only"}),
        ("nih_before_after", True, {}),
        ("none", False, {"kind": "survey"}),
        ("none", False, {"kind": "in_vitro", "comparator": "untreated"}),
        ("none", False, {"kind": "ex_vivo"}),
        ("none", False, {"kind": "testimonial"}),
        ("none", False, {"kind": "exposure", "comparator": "untreated"}),
    ],
)
def test_the_design_picks_the_tool(tool, unknown, design):
    choice = _choice(**design)
    assert (choice.tool, choice.design_unknown) == (tool, unknown)
    assert choice.why


def test_tests_within_each_arm_alone_are_read_as_before_and_after_unless_randomised():
    """A randomised trial told that way stays with RoB 2, whose question 2.6 is then answered no."""
    within = {"contrast": Contrast(kind="within_group")}
    controlled = {"kind": "nonrandomised_controlled", "comparator": "placebo"}
    assert _choice(within, **controlled).tool == "nih_before_after"
    assert _choice(within, kind="parallel", comparator="placebo", randomised="yes").tool == "rob2"
    arms = {
        name: ArmResult(change_mean=Reported(text="-2.1"), n=Reported(text="20"))
        for name in ("treated", "control")
    }
    assert _choice({**within, **arms}, **controlled).tool == "robins_i"  # a contrast can be rebuilt


def test_every_row_of_the_trials_file_gets_the_tool_that_fits_and_is_judged_by_it():
    used, levels = Counter(), Counter()
    for study in ev.read(str(ROOT / "datasets/cosmetic_trials.csv")):
        for outcome in study.outcomes:
            choice = tools_for(study, outcome)
            used[choice.tool] += 1
            for tool, appraise in APPRAISE.items():
                result = appraise(study, outcome)
                applies = "does not apply" not in str(result) and "do not apply" not in str(result)
                assert applies == (tool == choice.tool)
            for name in ("pedro", "jadad"):
                counted = checklist(study, outcome, name)
                assert 0 <= counted.points <= counted.could_be <= counted.most
            levels[ocebm_level(study, outcome).level] += 1
    assert used == {"rob2": 75, "nih_before_after": 74, "robins_i": 18, "none": 13}
    assert levels == {2: 75, 3: 18, 4: 74, None: 12, 5: 1}
