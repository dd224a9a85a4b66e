"""Effects of the real studies in `datasets/cosmetic_trials.csv`, against hand calculation."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from evidence.effects.effect import OutcomeEffects
from evidence.effects.from_record import compute_effects, effects_of
from evidence.ingest.read import read
from evidence.records.study import Study

FILE = Path(__file__).parents[2] / "datasets" / "cosmetic_trials.csv"


@pytest.fixture(scope="module")
def studies() -> list[Study]:
    return list(read(FILE).studies)


@pytest.fixture(scope="module")
def effects(studies) -> dict[str, OutcomeEffects]:
    return {o.id: effects_of(s, o) for s in studies for o in s.outcomes}


def test_every_row_has_an_answer_and_no_single_arm_study_a_comparison(studies, effects):
    assert len(effects) == 180
    single = [o.id for s in studies for o in s.outcomes if o.design.kind == "single_arm_prepost"]
    assert len(single) > 50
    for name in single:
        assert effects[name].between.yi is None
        assert effects[name].control is None


def test_final_means_and_sds_of_two_arms(effects):
    # 52.92 (10.25) and 43.71 (11.62), 36 and 36 people
    found = effects["dpke2019_01"]
    assert found.between.yi == pytest.approx(9.21)
    assert found.between.se == pytest.approx(math.sqrt((10.25**2 + 11.62**2) / 36))
    assert found.treated.yi == pytest.approx(10.82)
    assert found.treated.reason == "pre-post correlation not printed"


def test_sides_of_the_same_people_stay_bounded(effects):
    found = effects["kafi2007_01"]
    assert found.treated.se == pytest.approx(0.2069, abs=1e-4)
    assert found.control.se == pytest.approx(0.0443, abs=1e-4)
    assert found.between.label == "bounded"
    assert found.between.vi is None


def test_a_within_arm_p_beside_a_between_arm_one(effects):
    # watson2009: 0.013 within the arm, 0.11 between arms
    assert effects["watson2009_01"].between.reason == "within-arm tests are not a comparison"
    ratio = effects["watson2009_03"].between
    assert ratio.yi == pytest.approx(math.log(1.89))
    assert ratio.se == pytest.approx(math.log(4.0 / 0.86) / (2 * 1.959963984540054))
    assert "22 %" in ratio.note


def test_a_difference_from_placebo_is_between_and_a_change_is_not(effects):
    placebo = effects["proksch2014_wrinkle_01"]
    assert placebo.between.yi == -20
    assert placebo.between.measure == "PCD"
    assert placebo.between.se_bound[1] == pytest.approx(10.094, abs=1e-3)  # t(112), p < .05
    baseline = effects["serum34_2011_02"]
    assert baseline.treated.yi == -27
    assert baseline.between.yi is None


def test_an_association_off_its_log_centre_says_so(effects):
    found = effects["smoking_replica2002_01"].between
    assert "not at the log-centre" in found.note
    assert found.favours == -1
    assert effects["ohare1999_01"].between.favours == 0  # a share of variance


def test_only_what_has_a_variance_is_pooled(studies):
    found = compute_effects(studies, measure="RR")
    assert 0 < len(found) < 20
    assert (found.vi > 0).all()
    assert len(found) + len(found.refused) == 180
    assert (found.refused["reason"] != "").all()
