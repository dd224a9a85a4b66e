"""Balance, numbers of people, repeats, and words against numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evidence.errors import EffectError, OptionError
from evidence.integrity.repeats import (
    ArmFigures,
    StudyPercents,
    duplicate_rows,
    identical_percents,
    reused_arms,
    significant_digits,
)
from evidence.integrity.tables import BaselineRow, baseline_balance, n_trail
from evidence.integrity.text_table import (
    direction_in_words,
    n_stated,
    outcomes_named,
    sign_versus_word,
    significance_versus_p,
    weeks_stated,
)

# balance before treatment


def arms(figures, n=30):
    names = ("mean1", "sd1", "mean2", "sd2")
    return [BaselineRow(**dict(zip(names, row, strict=True)), n1=n, n2=n) for row in figures]


DIFFERENT = [("47.3", "6.1", "50.9", "6.2"), ("23.1", "2.9", "24.8", "3.0"),
             ("58.4", "11.0", "51.5", "10.8"), ("0.61", "0.08", "0.55", "0.08"),
             ("212", "70", "150", "68")]  # fmt: skip


def test_rows_agree_with_scipy_and_its_stouffer():
    found = baseline_balance(arms(DIFFERENT))
    theirs = [
        stats.ttest_ind_from_stats(float(m1), float(s1), 30, float(m2), float(s2), 30).pvalue
        for m1, s1, m2, s2 in DIFFERENT
    ]
    assert found.p_values == pytest.approx(theirs, rel=1e-9)
    combined = stats.combine_pvalues(np.maximum(theirs, 0.001), method="stouffer")
    assert found.stouffer_z == pytest.approx(combined.statistic, rel=1e-9)
    assert found.p_too_different == pytest.approx(combined.pvalue, rel=1e-9)
    assert found.p_too_similar == pytest.approx(1 - combined.pvalue)
    low, high = found.stouffer_z_interval
    assert low < found.stouffer_z < high
    assert found.verdict == "too_different"


def test_both_tails_say_their_limits_and_that_they_show_nothing_alone():
    alike = [("47.31", "6.12", "47.31", "6.15"), ("23.120", "2.92", "23.121", "2.95"),
             ("58.40", "11.02", "58.41", "11.04"), ("0.610", "0.081", "0.610", "0.080"),
             ("212.4", "70.1", "212.5", "69.8"), ("31.22", "4.01", "31.22", "4.00")]  # fmt: skip
    found = baseline_balance(arms(alike))
    assert found.verdict == "too_similar"
    for answer in (found, baseline_balance(arms(DIFFERENT)), baseline_balance(arms(alike[:2]))):
        assert "shows nothing by itself" in str(answer)
        assert "cannot all be right" not in str(answer)
    assert found.benign


def test_equal_means_that_may_be_rounded_are_not_called_too_similar():
    rounded = [("47", "6", "47", "6"), ("23", "3", "23", "3"), ("58", "11", "58", "11"),
               ("0.6", "0.1", "0.6", "0.1"), ("2", "1", "2", "1")]  # fmt: skip
    found = baseline_balance(arms(rounded))
    assert found.p_values == (1, 1, 1, 1, 1)
    assert found.p_too_similar < 1e-4
    assert found.verdict == "consistent"


def test_few_rows_are_not_judged():
    found = baseline_balance(arms(DIFFERENT[:4]))
    assert (found.usable, found.verdict, found.reason) == (
        False, "not_testable", "too_few_variables",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "options", "error"),
    [
        ([], {}, EffectError),
        (arms([("5", "0", "4", "0")]), {}, EffectError),
        (arms([("5", "-1", "4", "1")]), {}, EffectError),
        (arms(DIFFERENT, n=1), {}, EffectError),
        (arms(DIFFERENT), {"p_clip": 0.5}, OptionError),
    ],
)
def test_balance_needs_rows_with_a_t_test(rows, options, error):
    with pytest.raises(error):
        baseline_balance(rows, **options)


def test_randomised_arms_are_hardly_ever_called_unusual():
    """Of 400 trials with honest allocation and rounding, two in ten thousand are expected."""
    random = np.random.default_rng(20260522)
    called = 0
    for _ in range(400):
        values = random.normal(50, 10, size=(6, 2, 25))
        mean, sd = values.mean(axis=2), values.std(axis=2, ddof=1)
        rows = [
            (f"{m[0]:.1f}", f"{s[0]:.1f}", f"{m[1]:.1f}", f"{s[1]:.1f}")
            for m, s in zip(mean, sd, strict=True)
        ]
        called += baseline_balance(arms(rows, n=25)).verdict != "consistent"
    assert called <= 1  # 0.08 expected; more than 1 has probability .003


# numbers of people


@pytest.mark.parametrize(
    ("numbers", "failed"),
    [
        ({"randomised": 60, "analysed": 61}, ("analysed_above_randomised",)),
        ({"randomised": 60, "analysed": 60}, ()),
        ({"randomised": 60, "arms_randomised": (30, 29)}, ("arms_randomised_sum",)),
        ({"analysed": 55, "arms_analysed": (28, 27)}, ()),
        ({"arms_randomised": (30, 30), "arms_analysed": (31, 25)},
         ("arm_analysed_above_randomised",)),
        ({"randomised": 60, "analysed": 55, "lost": 4}, ("lost",)),
        ({"randomised": 60, "arms_randomised": (30, None)}, ()),
        ({"randomised": 60, "arms_randomised": (70, None)}, ("arms_randomised_sum",)),
    ],
)  # fmt: skip
def test_numbers_of_people(numbers, failed):
    found = n_trail(**numbers)
    assert found.failed == failed
    assert found.verdict == ("inconsistent" if failed else "consistent")
    assert bool(found.benign) == bool(failed)
    assert found.checks >= 1


def test_no_numbers_are_no_pass():
    for numbers in ({}, {"randomised": 60}, {"arms_randomised": (30, 30)}):
        found = n_trail(**numbers)
        assert (found.verdict, found.checks) == ("not_testable", 0)


@pytest.mark.parametrize(
    "numbers",
    [{"randomised": 60.5}, {"randomised": -1}, {"lost": "2"}, {"arms_analysed": (1.5, 2)},
     {"arms_randomised": (30, 30), "arms_analysed": (20, 20, 20)}],
)  # fmt: skip
def test_numbers_that_count_nobody(numbers):
    with pytest.raises(EffectError):
        n_trail(**numbers)


@given(trial=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 20)), min_size=1, max_size=5))
def test_an_honest_trial_fits(trial):
    began, ended = [kept + lost for kept, lost in trial], [kept for kept, _ in trial]
    found = n_trail(
        randomised=sum(began),
        analysed=sum(ended),
        lost=sum(lost for _, lost in trial),
        arms_randomised=began,
        arms_analysed=ended,
    )
    assert (found.verdict, found.checks) == ("consistent", 5)


# repeats


def test_rows_and_long_figures_that_repeat():
    found = duplicate_rows([("41.2", "12.1"), ("47.8", "−13.4"), ("41.2", "12.1"), ("1", "-13.4")])
    assert found.identical_rows == ((0, 2),)
    assert found.repeated_values == {"41.2": 2, "12.1": 2, "-13.4": 2}
    assert "cannot" not in str(found)
    assert found.benign


def test_what_is_no_repeat():
    assert duplicate_rows([("41.2", None), ("41.20", None)]).verdict == "consistent"
    assert duplicate_rows([("0.61", "0.08"), ("0.62", "0.08")]).verdict == "consistent"
    assert duplicate_rows([("41.2", "12.1")]).verdict == "not_testable"
    assert duplicate_rows([]).verdict == "not_testable"
    one_figure = duplicate_rows([("5", None), ("5", None)])
    assert one_figure.identical_rows == ()
    with pytest.raises(EffectError):
        duplicate_rows([("41,2", "12.1")])


@pytest.mark.parametrize(
    ("text", "digits"), [("0.080", 2), ("-12.1", 3), ("100", 3), ("0", 0), ("+.5", 1), ("−7", 1)]
)
def test_significant_digits(text, digits):
    assert significant_digits(text) == digits


def test_arms_of_other_studies_and_products():
    one = ArmFigures(study="A", product="serum", figures=("30", "41.2", "12.1"))
    other_product = ArmFigures(study="A", product="cream", figures=("30", "41.2", "12.1"))
    same = ArmFigures(study="A", product="serum", arm="again", figures=("30", "41.2", "12.1"))
    short = ArmFigures(study="B", figures=("30", "4", "1"))
    found = reused_arms([one, other_product, short])
    assert found.groups == ((one, other_product),)
    assert "A (serum) and A (cream)" in str(found)
    assert reused_arms([one, same]).verdict == "consistent"
    assert reused_arms([one, short, short]).verdict == "not_testable"


def test_percents_of_studies_of_different_n():
    def study(name, n, *percents):
        return StudyPercents(study=name, n=n, percents=percents)

    a, b = study("A", 30, "87", "93", "80", "100"), study("B", 45, "80", "93", "87", "100")
    assert identical_percents([a, b]).pairs == (("A", "B", ("80", "87", "93")),)
    assert identical_percents([a, study("C", 30, "87", "93", "80")]).verdict == "not_testable"
    assert identical_percents([a, study("D", 45, "87", "87", "87")]).verdict == "consistent"
    assert identical_percents([a, study("E", 45, "87", "93", "100")]).verdict == "not_testable"
    with pytest.raises(EffectError, match="F: n"):
        identical_percents([a, study("F", 0, "87")])


# words


def test_people_and_weeks_of_text_and_table():
    assert n_stated(50, 50).verdict == "consistent"
    assert n_stated(50, 44).verdict == "dropouts_or_subset"
    assert n_stated(44, 50).verdict == "inconsistent"
    assert weeks_stated("12", ["4", "12.0"]).verdict == "consistent"
    assert weeks_stated("12", []).verdict == "not_testable"
    assert weeks_stated("12", ["8"]).verdict == "inconsistent"
    with pytest.raises(EffectError):
        n_stated(50, 0)


@pytest.mark.parametrize(
    ("words", "better", "sign"),
    [
        ("Wrinkle depth decreased by 20 %", None, -1),
        ("a reduction in sebum", None, -1),
        ("hydration was boosted", None, 1),
        ("firmness improved", "higher", 1),
        ("redness improved", "lower", -1),
        ("TEWL worsened", "lower", 1),
        ("improved", None, None),
        ("no increase was seen", None, None),
        ("did not fall", None, None),
        ("depth decreased and elasticity increased", None, None),
        ("elasticity of the lower face", None, None),
        ("hair fall", None, None),
        ("hair growth", None, None),
        ("three dropouts", None, None),
        ("changed", None, None),
    ],
)
def test_direction_in_words(words, better, sign):
    assert direction_in_words(words, better) == sign


@pytest.mark.parametrize(
    ("change", "words", "better", "verdict"),
    [
        ("-20", "depth was reduced", None, "consistent"),
        ("−20", "hydration increased", None, "inconsistent"),
        ("+3.1", "depth was reduced", None, "inconsistent"),
        ("20", "depth was reduced by 20 %", None, "not_testable"),  # a size
        ("20", "hydration increased", None, "consistent"),
        ("0.0", "depth was reduced", None, "not_testable"),
        ("-20", "wrinkles improved", "lower", "consistent"),
        ("-20", "elasticity improved", "higher", "inconsistent"),
        ("-20", "wrinkles improved", None, "not_testable"),
    ],
)
def test_sign_and_word(change, words, better, verdict):
    found = sign_versus_word(change, words, better=better)
    assert found.verdict == verdict
    assert bool(found.benign) == (verdict == "inconsistent")


def test_a_table_with_signs_has_no_sizes():
    assert sign_versus_word("20", "depth was reduced", signed=True).verdict == "inconsistent"
    with pytest.raises(OptionError):
        sign_versus_word("20", "improved", better="more")


@pytest.mark.parametrize(
    ("words", "p", "verdict"),
    [
        ("significantly reduced", "0.04", "consistent"),
        ("significantly reduced", "0.08", "inconsistent"),
        ("significantly reduced", "ns", "inconsistent"),
        ("significantly reduced", "0.05", "consistent"),  # .05 may be .046 or .054
        ("no significant change", "0.05", "consistent"),
        ("no significant change", "0.60", "consistent"),
        ("no significant change", "<0.001", "inconsistent"),
        ("not significantly different", ">0.05", "consistent"),
        ("an insignificant rise", "0.01", "inconsistent"),
        ("a non-significant rise", "0.30", "consistent"),
        ("significantly reduced", "<0.10", "not_testable"),
        ("reduced", "0.04", "not_testable"),
    ],
)
def test_significance_and_word(words, p, verdict):
    assert significance_versus_p(words, p).verdict == verdict


def test_outcomes_that_were_not_measured():
    found = outcomes_named(["hydration", "Pores", "pores"], ["Hydration "])
    assert found.verdict == "inconsistent"
    assert found.not_measured == ("Pores", "pores")
    assert outcomes_named([], ["hydration"]).verdict == "not_testable"
    assert outcomes_named(["hydration"], ["hydration"]).verdict == "consistent"
    with pytest.raises(EffectError):
        outcomes_named([""], [])
