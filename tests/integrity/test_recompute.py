"""Results worked out a second time: the specification's numbers, scipy, and truth never accused."""

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from evidence.errors import EffectError, OptionError
from evidence.integrity.changes import change_arithmetic, unit_slip
from evidence.integrity.intervals import ci_symmetry, ci_versus_p
from evidence.integrity.recompute import df_versus_n, p_from_summary


def printed_ps(p):
    """Ways to print one p value honestly."""
    grid = (0.0001, 0.001, 0.01, 0.05, 0.1, 0.5)
    below = [f"<{a}" for a in grid if p < a]
    above = [f">{a}" for a in grid if p > a]
    ns = ["ns"] if p > 0.05 else []
    return [f"{p:.{k}f}" for k in range(1, 5)] + [f"{p:.2e}"] + below + above + ns


# p of two groups


def test_p_from_summary_as_printed_in_the_specification():
    first = ("41.2", "12.1", 33, "47.8", "13.4", 31)
    found = p_from_summary(*first, p=".04", welch=False)
    assert found.verdict == "consistent"
    assert round(found.p, 4) == 0.0426
    assert [round(x, 4) for x in found.p_interval] == [0.0389, 0.0466]
    assert p_from_summary(*first, p=".004").verdict == "inconsistent"
    second = p_from_summary("43.0", "7.4", 57, "40.3", "3.3", 55, p=".017", welch=False)
    assert second.verdict == "consistent"
    assert round(second.p, 4) == 0.0147
    assert [round(x, 4) for x in second.p_interval] == [0.0109, 0.0197]


@pytest.mark.parametrize("welch", [False, True])
def test_p_from_summary_agrees_with_scipy(welch):
    found = p_from_summary("5.1", "2.0", 12, "3.4", "0.7", 30, p="0.01", welch=welch)
    theirs = stats.ttest_ind_from_stats(5.1, 2.0, 12, 3.4, 0.7, 30, equal_var=not welch)
    assert (found.t, found.p) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-12)


def theirs(mean1, sd1, n1, mean2, sd2, n2, *, welch=False):
    return stats.ttest_ind_from_stats(mean1, sd1, n1, mean2, sd2, n2, equal_var=not welch).pvalue


@pytest.mark.parametrize(
    ("reading", "p"),
    [
        ("welch", theirs(5.10, 2.00, 12, 3.40, 0.70, 30, welch=True)),
        ("spread_is_se", theirs(5.10, 2.00 * 12**0.5, 12, 3.40, 0.70 * 30**0.5, 30)),
        ("se_used_as_sd", theirs(5.10, 2.00 / 12**0.5, 12, 3.40, 0.70 / 30**0.5, 30)),
        ("one_sided", theirs(5.10, 2.00, 12, 3.40, 0.70, 30) / 2),
    ],
)
def test_the_reading_that_reconciles_is_named(reading, p):
    found = p_from_summary("5.10", "2.00", 12, "3.40", "0.70", 30, p=f"{p:.3g}", welch=False)
    assert found.verdict == "inconsistent"
    assert found.would_fit == (reading,)
    assert "It would fit if" in str(found)
    assert found.benign


def test_a_test_that_is_not_named_may_be_either():
    p = f"{theirs(5.10, 2.00, 12, 3.40, 0.70, 30, welch=True):.4f}"
    found = p_from_summary("5.10", "2.00", 12, "3.40", "0.70", 30, p=p)
    assert (found.verdict, found.test) == ("consistent", "welch")
    p = f"{theirs(5.10, 2.00, 12, 3.40, 0.70, 30):.7f}"
    found = p_from_summary("5.10", "2.00", 12, "3.40", "0.70", 30, p=p)
    assert (found.verdict, found.test) == ("consistent", "student")


def test_means_that_may_be_equal_may_have_p_1():
    found = p_from_summary("3.2", "0.9", 20, "3.1", "0.9", 20, p="1.0")
    assert found.p_interval[1] == 1
    assert found.verdict == "consistent"


def test_no_spread():
    assert p_from_summary("3.2", "0", 20, "3.2", "0", 20, p="1").verdict == "not_testable"
    apart = p_from_summary("3.2", "0.0", 20, "5.2", "0.0", 20, p="<0.001")
    assert (apart.t, apart.p, apart.verdict) == (-math.inf, 0, "consistent")


@pytest.mark.parametrize("changed", [{"n1": 1}, {"n2": 0}, {"n1": 20.5}, {"sd1": "-1"},
                                     {"p": "1.2"}, {"mean1": "3,2"}])  # fmt: skip
def test_what_no_t_test_can_be_made_of(changed):
    figures = {"mean1": "3.2", "sd1": "1", "n1": 20, "mean2": "3", "sd2": "1", "n2": 20, "p": ".5"}
    with pytest.raises(EffectError):
        p_from_summary(**figures | changed)


@given(
    means=st.tuples(st.floats(0, 20), st.floats(0, 20)),
    sds=st.tuples(st.floats(0.02, 8), st.floats(0.02, 8)),
    n=st.tuples(st.integers(2, 60), st.integers(2, 60)),
    welch=st.booleans(),
    decimals=st.integers(0, 3),
    data=st.data(),
)
def test_honest_groups_are_never_inconsistent(means, sds, n, welch, decimals, data):
    p = theirs(means[0], sds[0], n[0], means[1], sds[1], n[1], welch=welch)
    figures = [
        (f"{mean:.{decimals}f}", f"{sd:.{decimals}f}", people)
        for mean, sd, people in zip(means, sds, n, strict=True)
    ]
    assume(not all(float(sd) == 0 for _, sd, _ in figures))
    text = data.draw(st.sampled_from(printed_ps(p)))
    for named in (welch, None):
        found = p_from_summary(*figures[0], *figures[1], p=text, welch=named)
        assert found.verdict == "consistent", (figures, text)
        assert not found.decision_changes


# intervals


def test_the_interval_of_the_vehicle_and_its_p():
    found = ci_versus_p("-.17", ".01", ".03", df=35)
    assert found.verdict == "inconsistent"
    assert [round(x, 3) for x in found.p_implied_interval] == [0.063, 0.100]
    assert not found.ci_excludes_null
    assert found.decision_changes
    assert ci_versus_p("-.17", ".01", ".08", df=35).verdict == "consistent"
    assert ci_versus_p("-1.64", "-0.80", "<0.001", df=35).ci_excludes_null


def test_without_df_only_what_no_t_test_gives_is_inconsistent():
    small = ci_versus_p("0.5", "4.5", "0.025")  # a t test of few people
    assert small.verdict == "not_testable"
    assert small.reason == "df_missing"
    least, most = small.fits_with_df
    for df in (least, most):
        assert ci_versus_p("0.5", "4.5", "0.025", df=df).verdict == "consistent"
    assert ci_versus_p("0.5", "4.5", "0.025", df=least - 1).verdict == "inconsistent"
    assert ci_versus_p("0.5", "4.5", "0.025", df=most + 1).verdict == "inconsistent"
    # the null is in the interval: under no df is p below .05
    assert ci_versus_p("-4.1", "0.6", "<0.05").verdict == "inconsistent"


def test_a_one_sided_p_beside_an_interval_is_named():
    found = ci_versus_p("-.17", ".01", ".04", df=35)
    assert (found.verdict, found.would_fit) == ("inconsistent", ("one_sided",))
    assert str(found).endswith("It would fit if the test was one-sided.")


def test_a_limit_at_the_null_leaves_both_decisions_open():
    assert ci_versus_p("0.00", "0.50", "0.049", df=40).verdict == "consistent"
    assert ci_versus_p("0.00", "0.50", "0.051", df=40).verdict == "consistent"
    assert ci_versus_p("0.00", "2.50", "0.15", scale="log").verdict == "consistent"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"lo": "1", "hi": "-1", "p": ".1"}, EffectError),
        ({"lo": "-1", "hi": "1", "p": "1.1"}, EffectError),
        ({"lo": "-1", "hi": "1", "p": ".1", "df": 0}, EffectError),
        ({"lo": "-1", "hi": "1", "p": ".1", "scale": "log"}, EffectError),
        ({"lo": -1.0, "hi": 1.0, "p": ".1"}, EffectError),  # digits unknown
        ({"lo": "-1", "hi": "1", "p": ".1", "scale": "sqrt"}, OptionError),
        ({"lo": "-1", "hi": "1", "p": ".1", "level": 95}, OptionError),
    ],
)
def test_intervals_that_are_none(given, error):
    with pytest.raises(error):
        ci_versus_p(**given)


@given(
    estimate=st.floats(-5, 5),
    se=st.floats(0.02, 3),
    df=st.one_of(st.none(), st.integers(1, 300)),
    level=st.sampled_from([0.9, 0.95, 0.99]),
    log=st.booleans(),
    decimals=st.integers(0, 4),
    data=st.data(),
)
def test_honest_intervals_are_never_inconsistent(estimate, se, df, level, log, decimals, data):
    law = stats.norm if df is None else stats.t(df)
    p = 2 * law.sf(abs(estimate) / se)
    half = law.ppf((1 + level) / 2) * se
    limits = [estimate - half, estimate, estimate + half]
    if log:
        assume(max(map(abs, limits)) < 20)  # no more digits than a paper prints
        limits = [math.exp(x) for x in limits]
    lo, middle, hi = (f"{x:.{decimals}f}" for x in limits)
    text = data.draw(st.sampled_from(printed_ps(p)))
    options = {"level": level, "scale": "log" if log else "identity"}
    assert ci_versus_p(lo, hi, text, df=df, **options).verdict == "consistent"
    assert ci_versus_p(lo, hi, text, **options).verdict in ("consistent", "not_testable")
    assert ci_symmetry(middle, lo, hi).verdict in (("log_symmetric", "symmetric") if log
                                                   else ("symmetric",))  # fmt: skip
    if log:
        percents = [f"{100 * (x - 1):.{decimals}f}" for x in limits]
        found = ci_symmetry(percents[1], percents[0], percents[2], percent_change=True)
        assert found.verdict in ("log_symmetric", "symmetric")


def test_symmetry_of_the_percent_change_of_the_specification():
    found = ci_symmetry("-20.0", "-25.2", "-14.4", percent_change=True)
    assert found.verdict == "log_symmetric"
    assert found.asymmetry_log < 0.01 < found.asymmetry_identity
    assert ci_symmetry("-20.0", "-25.2", "-14.4").verdict == "asymmetric"


def test_an_asymmetric_interval_is_no_contradiction():
    found = ci_symmetry("-9.0", "-14.2", "-6.1")
    assert found.verdict == "asymmetric"
    assert "cannot all be right" not in str(found)
    assert any("resampling" in reason for reason in found.benign)


def test_an_estimate_on_its_limit_is_not_outside():
    assert ci_symmetry("0.82", "0.71", "0.82").verdict == "asymmetric"
    assert ci_symmetry("0.83", "0.71", "0.82").verdict == "outside"
    assert ci_symmetry("1", "0.71", "0.82").verdict != "outside"  # 0.8 prints as 1
    assert ci_symmetry("0.8", "0.8", "0.8").asymmetry_identity is None


# changes


def test_changes_of_the_specification():
    final = change_arithmetic("50", "40", percent="-25")
    assert final.failed == final.would_fit == ("percent_relative_to_final",)
    other = change_arithmetic("41.3", "29.8", percent="-20")
    assert other.failed == ("percent",)
    assert other.would_fit == ()
    assert any("each person's percent" in reason for reason in other.benign)


def test_a_sign_that_is_turned_round_is_named():
    found = change_arithmetic("50", "40", change="10", percent="20")
    assert found.failed == ("change", "percent")
    assert found.would_fit == ("change_with_other_sign", "percent_with_other_sign")
    assert str(found) == (
        "These numbers cannot all be right: from 50 to 40 is −11 to −9 and −21.8 to −18.2 %, not a "
        "change of 10 or 20 %. The change would fit with the other sign. The percent would fit "
        "with the other sign."
    )


def test_a_percent_that_was_cut_off():
    found = change_arithmetic("50.0", "40.4", percent="-19.1")  # −19.2, at most −19.04 to −19.36
    assert found.verdict == "consistent"
    cut = change_arithmetic("50.00", "40.40", percent="-20")
    assert cut.verdict == "consistent_only_if_truncated_or_rounded_up"
    assert (cut.failed, cut.reason) == ((), "")
    assert change_arithmetic("50.00", "40.40", percent="-21").verdict == "inconsistent"


def test_nothing_to_compare():
    assert change_arithmetic("50", "40").verdict == "not_testable"
    for pre in ("0", "-3", "0.0"):
        found = change_arithmetic(pre, "40", percent="20")
        assert (found.verdict, found.percent_interval) == ("not_testable", None)
    assert change_arithmetic("0", "40", change="40", percent="20").verdict == "consistent"


def test_equal_means_are_no_change():
    assert change_arithmetic("50", "50", change="0", percent="0").verdict == "consistent"


@pytest.mark.parametrize("bad", ["41,3", "", "n/a"])
def test_figures_that_are_no_numbers(bad):
    with pytest.raises(EffectError):
        change_arithmetic(bad, "40", percent="20")


@given(
    pre=st.fractions(Fraction(1, 10), 500, max_denominator=1000),
    post=st.fractions(-50, 500, max_denominator=1000),
    decimals=st.tuples(*[st.integers(0, 3)] * 4),
)
def test_honest_changes_are_never_inconsistent(pre, post, decimals):
    values = (pre, post, post - pre, 100 * (post / pre - 1))
    texts = [f"{x:.{k}f}" for x, k in zip(map(round_half, values, decimals), decimals, strict=True)]
    found = change_arithmetic(texts[0], texts[1], change=texts[2], percent=texts[3])
    assert found.verdict == "consistent", texts


def round_half(value, decimals):
    """To even, in exact arithmetic; the float that is made of it prints as it."""
    return float(round(value, decimals))


# units


def test_a_slip_of_unit_and_its_percent():
    found = unit_slip("0.52", "410", percent="-21")
    assert (found.verdict, found.factor, found.percent_fits) == ("unit_slip", 0.001, True)
    assert unit_slip("0.52", "410", percent="-40").percent_fits is False
    assert unit_slip("520", "0.41").factor == 1000
    assert unit_slip("3.1", "28").factor == 0.1
    assert found.benign


@pytest.mark.parametrize(
    ("pre", "post", "percent"),
    [("0.52", "0.41", None), ("50", "40", "-20"), ("3", "30", "900"), ("0.0", "0.4", None),
     ("0.1", "0.4", None), ("1", "3", None)],
)  # fmt: skip
def test_no_slip(pre, post, percent):
    assert unit_slip(pre, post, percent=percent).verdict in ("consistent", "not_testable")


def test_limits_of_a_slip():
    assert unit_slip("0", "3").verdict == "not_testable"
    with pytest.raises(OptionError):
        unit_slip("1", "30", usual=(0.1, 3))


# degrees of freedom


def test_twenty_four_people_with_46_df():
    found = df_versus_n("paired", 24, 46)
    assert found.verdict == "inconsistent"
    assert found.would_fit == ("both_sides_counted",)
    assert "both sides of each person" in str(found)
    assert df_versus_n("independent", 24, 46).would_fit == ("both_sides_counted",)
    assert df_versus_n("paired", 24, 40).would_fit == ()


def test_a_fractional_df_is_welch_s():
    assert df_versus_n("independent", 40, 31.7).verdict == "consistent"
    assert df_versus_n("independent", 40, 38.5).verdict == "inconsistent"
    assert df_versus_n("paired", 40, 31.7).implied_n is None


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (("paired", 24, 0), EffectError),
        (("paired", 1, 1), EffectError),
        (("anova", 60, 57), EffectError),
        (("paired", 24.5, 23), EffectError),
        (("sign", 24, 23), OptionError),
    ],
)
def test_df_that_cannot_be(call, error):
    with pytest.raises(error):
        df_versus_n(*call)


answers = st.lists(st.integers(0, 50), min_size=2, max_size=20).filter(lambda x: len(set(x)) > 1)


@given(one=answers, two=answers)
def test_the_df_of_welch_s_test_is_never_inconsistent(one, two):
    df = float(stats.ttest_ind(one, two, equal_var=False).df)
    n = len(one) + len(two)
    assert df_versus_n("independent", n, min(df, n - 2)).verdict != "inconsistent"
