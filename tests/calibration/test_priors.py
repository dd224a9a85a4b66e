"""Version 1 of the priors is what the data in `datasets/` give."""

from __future__ import annotations

import math

import pytest
from estimate_priors import (
    ELSEWHERE,
    FLOOR,
    PRIORS_FILE,
    TRIALS,
    WIDEST,
    Z,
    as_source,
    corpus,
    estimate,
    of_cv,
    of_studies,
)

import evidence as ev
from evidence.records.priors import PRIORS


@pytest.fixture(scope="module")
def rows():
    return corpus()


def test_the_committed_version_is_what_the_data_give(rows):
    """If this fails because data were added: they make a version 2, and version 1 stays."""
    assert estimate(rows) == list(PRIORS["1"].values())
    assert as_source(estimate(rows)) in PRIORS_FILE.read_text(encoding="utf-8")


def test_no_study_is_counted_twice(rows):
    elsewhere = {arm.study for arm in ELSEWHERE}
    assert not elsewhere & {study.id for study in ev.read(TRIALS)}
    assert len(set(rows.arms)) == len(rows.arms)
    # 19.42 ± 1.04 and 18.44 ± 0.88 (standard errors, n 29) are the .29 and .26 of version 0
    roughness = [arm.cv for arm in rows.arms if arm.study == "sstt_cosmetic"]
    assert sorted(round(cv, 2) for cv in roughness) == [0.25, 0.29]


def test_grades_have_no_coefficient_of_variation(rows):
    assert {arm.study for arm in rows.graded} == {"sstt_cosmetic", "dpke2019"}
    assert PRIORS["1"]["wrinkle_grade"].cv_median is None
    # the SDs of changes that follow from the intervals of Kafi 2007 are 1.24 and 0.27
    assert sorted(round(arm.sd, 2) for arm in rows.changes) == [0.27, 1.24]


def test_three_studies_speak_for_themselves():
    points = [("a", math.log(0.2), 0.01), ("b", math.log(0.4), 0.01), ("c", math.log(0.8), 0.01)]
    found = of_studies(points, before=math.log(5.0), before_sd=0.1)
    pooled = ev.pool({"yi": [y for _, y, _ in points], "vi": [0.01] * 3}, tau2="REML")
    assert found.centre == pytest.approx(math.log(0.4))
    assert found.spread == pytest.approx(math.sqrt(pooled.tau2 + pooled.se**2))
    alike = of_studies([(name, -1.0, 0.001) for name in "abc"], None, None)
    assert alike.spread == FLOOR


@pytest.mark.parametrize(("studies", "share"), [("a", 1 / 3), ("ab", 2 / 3)])
def test_fewer_are_drawn_back_by_the_share_that_is_lacking(studies, share):
    found = of_studies([(name, -1.0, 0.01) for name in studies], before=-2.0, before_sd=0.6)
    assert found.centre == pytest.approx(share * -1 + (1 - share) * -2)
    assert found.spread == 0.6


def test_a_family_without_a_version_0_keeps_its_own_centre_and_the_widest_spread():
    assert of_studies([("a", -1.0, 0.01)], None, None) == (-1.0, WIDEST, 1)


def test_every_study_seen_lies_within_the_prior(rows):
    far = of_studies([("a", 3.0, 0.01)], before=0.0, before_sd=0.1)
    assert far.centre + Z * far.spread >= 3 - 1e-9
    for family in {arm.family for arm in rows.arms}:
        found = of_cv(family, rows.arms)
        for study in {arm.study for arm in rows.arms if arm.family == family}:
            logs = [math.log(a.cv) for a in rows.arms if (a.family, a.study) == (family, study)]
            assert abs(sum(logs) / len(logs) - found.centre) <= Z * found.spread


def test_arms_of_one_study_count_as_one():
    many = of_studies([("a", y, 0.02) for y in (-1.1, -0.9, -1.0)], None, None)
    assert many == pytest.approx(of_studies([("a", -1.0, 0.02)], None, None))
