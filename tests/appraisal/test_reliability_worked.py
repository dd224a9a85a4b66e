"""The worked values of the score: B, S² and R to the digits printed, and the ranges."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from evidence.appraisal.facts import Facts
from evidence.appraisal.reliability import score_facts
from evidence.records.base import UNKNOWN
from evidence.records.families import FAMILIES

WRINKLE, ELASTICITY, CONTOUR = (FAMILIES[f] for f in ("wrinkle_depth", "elasticity", "contour"))
UNLISTED = FAMILIES["unlisted"]


def before_after(**changes) -> Facts:
    base = {
        "structure": "before_after",
        "control": "none",
        "single_arm": True,
        "kind": "instrument",
        "family": WRINKLE,
        "n": (50,),
    }
    return Facts(**(base | changes))


def parallel(n, **changes) -> Facts:
    base = {
        "structure": "two_arms",
        "control": "full",
        "randomised": "yes",
        "family": UNLISTED,
        "kind": "live_expert_grade",
        "n": (n, n),
    }
    return Facts(**(base | changes))


ALL_LOW = {
    "sequence_sound": "yes",
    "concealment_sound": "yes",
    "participant_blind": "yes",
    "assessor_blind": "yes",
    "attrition": 0.0,
    "registered": "primary",
}
WORKED = [
    ("before-after, n=50, instrument wrinkle depth", before_after(), 0.497, 0.1174, 14.6),
    ("same, live grade", before_after(kind="live_expert_grade"), 0.783, 0.2004, 7.1),
    ("n unstated, elasticity", before_after(n=None, family=ELASTICITY), 0.675, 0.2247, 8.4),
    ("n unstated, contour", before_after(n=None, family=CONTOUR), 0.713, 0.2514, 7.6),
    (
        "self-report survey, n=100, m=20",
        before_after(n=(100,), kind="self_report", family=UNLISTED, measured=20),
        0.986,
        0.2369,
        4.9,
    ),
    ("parallel 25+25, all unclear, live grade", parallel(25), 0.466, 0.1169, 15.8),
    (
        "parallel 50+50, double-blind, no losses, primary named",
        parallel(
            50,
            participant_blind="yes",
            assessor_blind="yes",
            attrition=0.0,
            named_primary="yes",
            registered="no",
        ),
        0.182,
        0.0525,
        42.2,
    ),
    ("parallel 25+25, all low", parallel(25, **ALL_LOW), 0, 0.0800, 43.9),
    ("parallel 100+100, all low", parallel(100, **ALL_LOW), 0, 0.0200, 75.8),
    ("parallel 200+200, all unclear", parallel(200), 0.267, 0.0469, 34.6),
    (
        "split-face n=30, r_s=0.7, all low",
        replace(parallel(30, **ALL_LOW), structure="two_sides", n=(30,), r=0.7),
        0,
        0.0200,
        75.8,
    ),
    (
        "before-after, n infinite, registered primary",
        before_after(n=(math.inf,), registered="primary"),
        0.228,
        0.1014,
        28.9,
    ),
]


@pytest.mark.parametrize(("name", "facts", "b", "s2", "r"), WORKED, ids=[row[0] for row in WORKED])
def test_worked_case_to_the_digits_printed(name, facts, b, s2, r):
    result = score_facts(facts)
    assert (round(result.b, 3), round(result.s2, 4), round(result.value, 1)) == (b, s2, r)


RANGES = ("12–32", "5–18", "6–21", "6–21")  # of the first four cases


@pytest.mark.parametrize(
    ("facts", "shown"),
    [(row[1], f"range {span}") for row, span in zip(WORKED, RANGES, strict=False)],
)
def test_worked_ranges(facts, shown):
    assert shown in str(score_facts(facts))


def test_points_lost_of_the_first_case():
    lost = {part.name: round(part.points_lost, 1) for part in score_facts(WORKED[0][1]).components}
    assert lost == {
        "no_control": 44.4,
        "selection": 31.3,
        "blinding": 5.1,
        "sampling": 3.8,
        "incomplete_data": 0.8,
    }


def test_without_a_control_a_wrinkle_depth_cannot_pass_17_when_the_outcome_was_free():
    assert score_facts(before_after(n=(math.inf,))).value == pytest.approx(17, abs=0.5)


def test_ten_people_in_two_arms_lose_to_twenty_before_and_after():
    two = parallel(10, randomised="yes", kind="instrument", family=WRINKLE)
    one = before_after(n=(20,))
    assert round(score_facts(two).value, 1) == 10.1
    assert round(score_facts(one).value, 1) == 12.5


def test_kind_unknown_is_read_as_a_grade_for_blinding():
    unknown = score_facts(before_after(kind=UNKNOWN))
    blinding = next(part for part in unknown.components if part.name == "blinding")
    assert blinding.mean == 0.096
