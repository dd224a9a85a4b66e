"""Claims that an effect depends on something."""

from __future__ import annotations

from pathlib import Path

import pytest

import evidence as ev
from evidence.appraisal.assess import assess
from evidence.records.claim import Claim
from evidence.records.outcome import ArmResult, Design, Outcome
from evidence.records.reported import Reported
from evidence.records.study import Study
from evidence.verdict.judge import Bearing
from evidence.verdict.match import Match
from evidence.verdict.moderation import moderation

DATA = Path(__file__).parents[2] / "datasets"
LONGER = Claim(id="c", text="Works better with longer use")


def number(value) -> Reported:
    return Reported(text=str(value))


def bearing(name: str, week: float, gain: float) -> Bearing:
    def arm(mean):
        return ArmResult(mean=number(mean), sd=number(4), n=number(40))

    outcome = Outcome(
        id=f"{name}_1", name="hydration", family="hydration", better="higher", week=number(week),
        design=Design(kind="parallel", comparator="vehicle", randomised="yes"),
        treated=arm(round(50 + gain, 2)), control=arm(50),
    )  # fmt: skip
    study = Study(id=name, outcomes=(outcome,))
    match = Match(study=study, outcome=outcome, closeness="bears", reason="", indirectness=())
    done = assess(study, outcome)
    return Bearing(match=match, assessment=done, direction="in favour", direction_why="")


def test_ten_studies_give_a_slope_of_what_was_planted():
    """Gains of half a unit a week, without noise: the slope is exact."""
    rows = [bearing(f"s{week}", week, 1 + 0.5 * week) for week in range(2, 14)]
    (found,) = moderation(LONGER, rows)
    assert found.moderator == "duration of use"
    assert found.slope == pytest.approx(0.5, abs=1e-6)
    assert found.k == 12


def test_nine_studies_do_not():
    rows = [bearing(f"s{week}", week, 1 + 0.5 * week) for week in range(2, 11)]
    (found,) = moderation(LONGER, rows)
    assert found.slope is None
    assert found.answer.startswith("No study here can answer")
    assert "9 results" in found.answer


def test_one_time_of_reading_is_no_comparison_of_times():
    rows = [bearing(f"s{i}", 8, 1.0 + i / 10) for i in range(11)]
    (found,) = moderation(LONGER, rows)
    assert "read at one time" in found.answer


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Smoking halves serum efficacy", ["smoking"]),
        ("Outcomes vary with duration, skin type and lifestyle", ["skin type", "duration of use"]),
        ("Retinol reduces wrinkles", []),
    ],
)
def test_what_a_claim_names(text, names):
    assert [row.moderator for row in moderation(Claim(id="c", text=text), [])] == names


def test_in_the_articles_no_moderator_can_be_analysed():
    claims = ev.read_claims(DATA / "article_claims.csv")
    audit = ev.audit(claims, ev.read(DATA / "cosmetic_trials.csv"))
    asked = {row.claim.id: row.moderation for row in audit if row.moderation}
    assert {"L13", "L52", "L70"} <= set(asked)
    for found in asked.values():
        assert all(one.answer.startswith("No study here can answer") for one in found)
