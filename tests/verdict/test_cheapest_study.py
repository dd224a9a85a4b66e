"""The cheapest study: people by formulas that others computed, design by type of claim."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from scipy.stats import norm
from statsmodels.stats.power import NormalIndPower

from evidence.appraisal.assess import assess
from evidence.errors import OptionError
from evidence.ingest.claim_text import claim_from_text
from evidence.ingest.from_flags import Flags, study_from_flags
from evidence.ingest.read import read_claims
from evidence.records.claim import Claim
from evidence.records.reported import Reported
from evidence.verdict.cheapest_study import INSTRUMENTS, SIDES, cheapest_study
from evidence.verdict.sample_size import (
    SETTINGS,
    people_factorial,
    people_parallel,
    people_share,
    people_two_sides,
    people_without_reaction,
)

DATA = Path(__file__).parents[2] / "datasets"


@pytest.mark.parametrize(("smd", "people"), [(0.2, 786), (0.3, 350), (0.5, 126)])
def test_parallel_is_the_optimal_information_size(smd, people):
    assert people_parallel(smd) == people


@pytest.mark.parametrize(("rho", "people"), [(0.5, 32), (0.8, 13)])
def test_two_sides_are_the_optimal_information_size(rho, people):
    assert people_two_sides(0.5, SETTINGS._replace(rho=rho)) == people


@pytest.mark.parametrize("smd", [0.15, 0.25, 0.4, 0.57, 1.0])
def test_parallel_agrees_with_statsmodels(smd):
    # the far tail, which statsmodels counts and the formula leaves out, is below 1e-5 of power
    group = NormalIndPower().solve_power(effect_size=smd, alpha=0.05, power=0.8)
    assert people_parallel(smd) == 2 * math.ceil(group - 1e-4)


@pytest.mark.parametrize("smd", [0.25, 0.5])
def test_an_interaction_has_the_power_asked_for(smd):
    """The difference of two differences of four means has variance 4/m."""
    m = people_factorial(smd) // 4
    power = norm.sf(norm.isf(0.025) - smd * math.sqrt(m) / 2)
    one_less = norm.sf(norm.isf(0.025) - smd * math.sqrt(m - 1) / 2)
    assert one_less < 0.8 <= power


@pytest.mark.parametrize("share", [0.55, 0.65, 0.8])
def test_a_share_has_the_power_asked_for(share):
    """The z test of one half, with the variance of each hypothesis."""

    def power(n):
        critical = 0.5 + norm.isf(0.025) * math.sqrt(0.25 / n)
        return norm.sf(critical, loc=share, scale=math.sqrt(share * (1 - share) / n))

    n = people_share(share)
    assert power(n - 1) < 0.8 <= power(n)


def test_without_reaction_is_the_exact_limit():
    n = people_without_reaction(0.01)
    assert 0.99**n <= 0.05 < 0.99 ** (n - 1)


def test_more_power_more_people_larger_effect_fewer():
    assert people_parallel(0.3, SETTINGS._replace(power=0.9)) > people_parallel(0.3)
    sizes = [people_parallel(d / 100) for d in range(10, 120, 5)]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("smd", [0.0, -0.2])
def test_no_effect_has_no_size(smd):
    with pytest.raises(OptionError, match="smd"):
        people_parallel(smd)


# ---------------------------------------------------------------- the plan


def plan(text, done=None, **options):
    return cheapest_study(claim_from_text(text), None, done, **options)


DESIGNS = {
    "lowers wrinkle depth by 20 % in 12 weeks": ("split-face", 1),
    "lifts the jawline, contour by 18 %": ("parallel", 2),
    "boosts collagen production": ("parallel", 2),
    "better than brand X on wrinkles": ("head-to-head", 1),
    "better than brand X on contour": ("head-to-head", 2),
    "retinol and niacinamide in synergy reduce wrinkles": ("factorial", 4),
    "80 % of women felt softer skin": ("use test", 1),
    "gentle on sensitive skin": ("safety use test", 1),
    "paraben-free": ("analysis of the formula", None),
    "serums go on after toner": ("none", None),
}


@pytest.mark.parametrize("text", DESIGNS)
def test_design_follows_the_claim(text):
    seen = plan(text)
    assert (seen.design, seen.groups) == DESIGNS[text]


def test_the_claimed_change_over_the_spread_sets_the_size():
    seen = plan("lowers wrinkle depth by 20 % in 12 weeks, 50 women")
    assert seen.smd == pytest.approx(20 / 35)  # CV prior 0.35
    assert seen.n == 25 == people_two_sides(20 / 35)
    assert seen.enrol == 30
    assert seen.weeks == 12
    assert seen.n_if_usual == people_two_sides(0.25)
    assert "wrinkle_depth/0" in seen.smd_from
    for word in ("30 people enrolled", "25 finish", "12 weeks", "profilometry", "126 must finish"):
        assert word in seen.sentence


def test_a_small_claim_is_not_planned_below_the_usual_effect():
    seen = plan("lowers wrinkle depth by 2 % in 12 weeks")
    assert seen.smd == 0.25
    assert "not planned below 0.25" in seen.smd_from


def test_a_smallest_effect_that_matters_comes_first():
    text = "lowers wrinkle depth by 20 % in 12 weeks"
    assert plan(text, mid_smd=0.2).smd == 0.2
    flags = Flags(design="single-arm", n=["50"], outcome="wrinkle depth", change=["-20%"])
    study = study_from_flags(flags)
    done = assess(study, study.outcomes[0], mid=0.4, mid_is_smd=True)
    assert plan(text, done).smd == pytest.approx(0.4)


def test_a_huge_claim_still_asks_for_twenty_people():
    seen = plan("improves elasticity by 60 % in 8 weeks")
    assert seen.n == SETTINGS.fewest == 20
    assert any("by the formula" in text for text in seen.basis)


def test_time_is_claimed_or_measured_or_a_named_setting():
    study = study_from_flags(Flags(outcome="wrinkle depth", weeks="6"))
    done = assess(study, study.outcomes[0])
    assert plan("lowers wrinkle depth by 20 % in 12 weeks", done).weeks == 12
    assert plan("lowers wrinkle depth", done).weeks == 6
    assert plan("lowers wrinkle depth").weeks == SETTINGS.weeks
    assert any("project setting" in text for text in plan("lowers wrinkle depth").basis)


def test_a_share_that_is_claimed_sets_the_use_test():
    assert plan("80 % of women felt softer skin").n == people_share(0.8)
    assert plan("skin feels soft").n == people_share(SETTINGS.share)


def test_two_ways_of_use_are_compared_with_each_other():
    claim = Claim(id="1", text="pressing it in reduces wrinkles", type="usage")
    assert "usual way" in cheapest_study(claim).comparator


def test_habits_are_followed_not_drawn_by_lot():
    claim = Claim(id="1", text="smoking deepens wrinkles", type="lifestyle")
    seen = cheapest_study(claim)
    assert seen.design == "cohort"
    assert "association" in seen.sentence


def test_every_family_has_an_instrument():
    from evidence.records.families import FAMILIES

    assert set(INSTRUMENTS) == set(FAMILIES)
    assert set(SIDES) <= set(FAMILIES)


def test_every_article_claim_gets_a_study_with_a_sentence_and_its_basis():
    claims = read_claims(DATA / "article_claims.csv").claims
    for claim in claims:
        seen = cheapest_study(claim)
        assert seen.sentence.endswith(".")
        assert seen.basis
        assert (seen.n is None) == (seen.design in ("none", "analysis of the formula"))
        if seen.n is not None:
            assert seen.n <= seen.enrol
            assert str(seen.n) in seen.sentence
        assert seen.as_dict()["design"] == seen.design


def test_other_power_is_said():
    seen = cheapest_study(
        Claim(id="1", text="lowers wrinkle depth", week=Reported(text="8")),
        settings=SETTINGS._replace(power=0.9),
    )
    assert "90 of 100" in seen.sentence
