"""Interval methods, IVhet, tables and proportions: properties, agreement, clear refusals."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import betainc, stdtrit
from strategies import tables

from evidence.errors import EffectError, OptionError, SynthesisError
from evidence.kernels.binary_effects import own_effects
from evidence.kernels.proportion_scales import SCALES, clopper_pearson
from evidence.kernels.tau2_limits import AS_IN_R_META
from evidence.synthesis.binary import pool_mantel_haenszel, pool_peto
from evidence.synthesis.heterogeneity_intervals import q_heterogeneity, tau2_interval
from evidence.synthesis.intervals import prediction_interval
from evidence.synthesis.ivhet import ivhet
from evidence.synthesis.meta_intervals import mean_interval
from evidence.synthesis.pool import pool
from evidence.synthesis.prediction_limits import predict_effect
from evidence.synthesis.proportions import pool_proportions
from evidence.synthesis.pvalues import METHODS, combine_pvalues
from evidence.synthesis.table_pooling import pool_tables

THREE = {"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}
TABLES = {"ai": [12, 5, 9], "n1i": [100, 50, 80], "ci": [20, 9, 8], "n2i": [100, 50, 90]}
SPARSE = {"ai": [0, 5, 0], "n1i": [100, 50, 80], "ci": [3, 9, 0], "n2i": [100, 50, 90]}

WAYS = [("classic", "none"), ("HK", "none"), ("HK", "se"), ("HK", "ci"), ("HK", "IQWiG6"),
        ("KR", "none")]  # fmt: skip


def asked(table):
    return dict(zip(("yi", "vi"), table, strict=True))


def width(found):
    return found.ci_high - found.ci_low


@pytest.mark.parametrize(("method", "adhoc"), WAYS)
@given(table=tables(min_size=3), scale=st.floats(0.1, 10), shift=st.floats(-5, 5))
def test_intervals_follow_scale_and_origin_and_no_order(method, adhoc, table, scale, shift):
    yi, vi = table
    tau2 = "REML" if method == "KR" else "DL"  # no jumps between maxima
    one = mean_interval(asked(table), method=method, adhoc=adhoc, tau2=tau2)
    moved = {"yi": (scale * yi + shift)[::-1], "vi": scale**2 * vi[::-1]}
    other = mean_interval(moved, method=method, adhoc=adhoc, tau2=tau2)
    assume(one.df is None or one.df > 1)
    expected = [scale * x + shift for x in (one.estimate, one.ci_low, one.ci_high)]
    assume(one.corrected == other.corrected)  # an exact tie can fall either way
    got = (other.estimate, other.ci_low, other.ci_high)
    assert got == pytest.approx(expected, rel=1e-5, abs=1e-5 * (1 + width(other)))


@given(table=tables(min_size=3))
def test_corrections_do_what_they_say(table):
    given_ = asked(table)
    plain = mean_interval(given_, method="classic", tau2="DL")
    hk = {adhoc: mean_interval(given_, adhoc=adhoc, tau2="DL") for _, adhoc in WAYS[1:5]}
    tiny = 1e-9 * (1 + width(plain))
    assert hk["se"].se == pytest.approx(max(hk["none"].se, plain.se))
    assert width(hk["ci"]) == pytest.approx(max(width(hk["none"]), width(plain)), abs=tiny)
    assert width(hk["IQWiG6"]) >= width(hk["none"]) - tiny
    assert width(hk["IQWiG6"]) <= width(hk["se"]) + tiny
    assert hk["ci"].corrected == (hk["ci"].df is None)


@given(table=tables(min_size=3))
def test_they_agree_with_pool_where_they_are_the_same(table):
    given_ = asked(table)
    for method, adhoc, test in (("classic", "none", "z"), ("HK", "none", "HKSJ")):
        one = mean_interval(given_, method=method, adhoc=adhoc, tau2="PM")
        other = pool(given_, tau2="PM", test=test)
        assert (one.ci_low, one.ci_high) == pytest.approx((other.ci_low, other.ci_high))
    pooled = pool(given_, tau2="PM", test="z")
    for method, df in (("S", "normal"), ("V", "k-1"), ("HTS", "k-2")):
        found = predict_effect(given_, method=method, tau2="PM")
        expected = prediction_interval(pooled, df=df)
        assert (found.pi_low, found.pi_high) == pytest.approx(expected)


@given(v=st.floats(0.01, 2), y=st.lists(st.floats(-2, 2), min_size=3, max_size=9))
def test_kenward_roger_with_equal_variances_is_the_t_interval(v, y):
    found = mean_interval({"yi": y, "vi": [v] * len(y)}, method="KR")
    assert found.df == pytest.approx(len(y) - 1)
    assert found.se == pytest.approx(math.sqrt((v + found.tau2) / len(y)))


@given(table=tables(min_size=3))
def test_heterogeneity_limits_hold_their_estimate(table):
    found = q_heterogeneity(asked(table))
    assert 1 <= found.h_low <= found.h <= found.h_high
    assert 0 <= found.i2_low <= found.i2 <= found.i2_high < 100
    limits = tau2_interval(asked(table), tau2="PM")
    assert limits.tau2_low <= limits.tau2 * (1 + 1e-9) + 1e-12
    assert limits.tau2 <= limits.tau2_high * (1 + 1e-9) or limits.tau2_high == 0


@given(table=tables(min_size=2))
def test_ivhet_has_the_equal_effects_mean_and_no_smaller_error(table):
    found, equal = ivhet(asked(table)), pool(asked(table), tau2="EE", test="z")
    assert found.estimate == pytest.approx(equal.estimate)
    assert found.se >= equal.se * (1 - 1e-12)
    assert found.weights.sum() == pytest.approx(1)


def test_what_cannot_be_predicted_is_said():
    two = {"yi": [0.1, 0.5], "vi": [0.02, 0.03]}
    found = predict_effect(two, method="HTS")
    assert (found.pi_low, found.pi_high, found.se, found.df) == (None,) * 4
    assert "0.0 degrees of freedom" in found.notes[0]
    assert found.estimate == pytest.approx(pool(two).estimate)
    assert "–" in repr(found)
    near = q_heterogeneity({"yi": [0.5, 0.6], "vi": [0.04, 0.09]})
    assert near.h_low is None
    assert "no test-based limits" in near.notes[0]


def test_a_search_that_stops_short_says_so():
    far = {"yi": [-1.0, 2.0], "vi": [0.04, 0.09]}
    found = tau2_interval(far, search=AS_IN_R_META)
    assert found.tau2_high == 100
    assert any("beyond the search" in note for note in found.notes)
    assert tau2_interval(far).notes == ()


def test_equal_effects_leave_the_hartung_knapp_interval_no_width():
    found = mean_interval({"yi": [0.3] * 4, "vi": [0.1, 0.2, 0.3, 0.4]})
    assert (found.se, found.statistic, found.pvalue) == (0, math.inf, 0)
    assert "adhoc='se'" in found.notes[0]
    nothing = mean_interval({"yi": [0.0] * 4, "vi": [0.1, 0.2, 0.3, 0.4]})
    assert (nothing.statistic, nothing.pvalue) == (None, None)


@pytest.mark.parametrize(
    ("asked_for", "says"),
    [
        ({"method": "KR", "tau2": "DL"}, "rests on restricted maximum likelihood"),
        ({"method": "KR", "adhoc": "se"}, "nothing to correct"),
        ({"level": 95}, "Did you mean 0.95"),
    ],
)
def test_refusals_of_mean_interval(asked_for, says):
    with pytest.raises(SynthesisError, match=says):
        mean_interval(THREE, **asked_for)


def test_refusals_of_names_and_single_effects():
    for call in (
        lambda: mean_interval(THREE, method="HKK"),
        lambda: mean_interval(THREE, adhoc="sse"),
        lambda: mean_interval(THREE, tau2="RELM"),
        lambda: predict_effect(THREE, method="HTZ"),
        lambda: tau2_interval(THREE, method="JJ"),
        lambda: pool_tables(TABLES, weights="MHH"),
        lambda: pool_proportions({"xi": [1], "ni": [9]}, scale="PLOG"),
        lambda: combine_pvalues([0.1, 0.2], method="fishr"),
    ):
        with pytest.raises(OptionError, match=r"Did you mean|is not one of"):
            call()
    with pytest.raises(SynthesisError, match="two or more"):
        ivhet({"yi": [0.1], "vi": [0.02]})


# ------------------------------------------------------------------------------- tables


@pytest.mark.parametrize("measure", ["OR", "RR"])
def test_without_zeros_tables_pool_as_mantel_haenszel(measure):
    one, other = pool_tables(TABLES, measure=measure), pool_mantel_haenszel(TABLES, measure=measure)
    assert one.estimate_common == pytest.approx(other.estimate)
    assert one.se_common == pytest.approx(other.se)
    assert one.q == pytest.approx(other.q)


def test_peto_weights_are_peto():
    one, other = pool_tables(SPARSE, measure="OR", weights="Peto"), pool_peto(SPARSE)
    assert (one.estimate_common, one.se_common) == pytest.approx((other.estimate, other.se))
    assert "left out" in one.notes[0]


@pytest.mark.parametrize("measure", ["OR", "RR", "RD"])
@given(data=st.data())
def test_exchanging_the_groups_changes_the_sign(measure, data):
    n1, n2 = (data.draw(st.lists(st.integers(5, 40), min_size=3, max_size=3)) for _ in range(2))
    a = [data.draw(st.integers(1, n - 1)) for n in n1]
    c = [data.draw(st.integers(0, n - 1)) for n in n2]
    forth = pool_tables({"ai": a, "n1i": n1, "ci": c, "n2i": n2}, measure=measure)
    back = pool_tables({"ai": c, "n1i": n2, "ci": a, "n2i": n1}, measure=measure)
    assert forth.estimate_common == pytest.approx(-back.estimate_common, abs=1e-9)
    assert forth.se_random == pytest.approx(back.se_random, rel=1e-9)


def test_sample_size_weights_do_not_hide_an_empty_table():
    found = pool_tables(SPARSE, measure="OR", weights="SSW")
    assert found.se_common == math.inf
    assert any("no finite error" in note for note in found.notes)
    whole = {name: column[:2] for name, column in SPARSE.items()}
    assert math.isfinite(pool_tables(whole, measure="OR", weights="SSW").se_common)


def test_a_risk_ratio_of_everybody_in_both_groups_is_one():
    cells = tuple(np.array([x]) for x in (20.0, 0.0, 30.0, 0.0))
    yi, vi = own_effects("RR", cells, 0.5)
    assert yi[0] == 0
    assert vi[0] == pytest.approx(1 / 20 - 1 / 20.5 + 1 / 30 - 1 / 30.5)


def test_refusals_of_tables():
    none = {"ai": [0, 0], "n1i": [9, 9], "ci": [0, 0], "n2i": [9, 9]}
    with pytest.raises(SynthesisError, match="no table has an OR"):
        pool_tables(none, measure="OR")
    with pytest.raises(SynthesisError, match="are for measure='OR'"):
        pool_tables(TABLES, measure="RR", weights="Peto")
    with pytest.raises(SynthesisError, match="no finite error"):
        pool_tables(SPARSE, measure="OR", constant=0.0)
    with pytest.raises(EffectError):
        pool_tables({**TABLES, "ai": [120, 5, 9]})


# ------------------------------------------------------------------------------- proportions


@pytest.mark.parametrize("scale", SCALES)
@given(p=st.floats(0.02, 0.98), n=st.integers(5, 400))
def test_scales_lead_back(scale, p, n):
    there = SCALES[scale].forth(np.array([p]), np.array([float(n)]))
    back = SCALES[scale].back(there, np.array([float(n)]))
    assert back[0] == pytest.approx(p, abs=1e-7)


@given(n=st.integers(1, 300), share=st.floats(0, 1), level=st.sampled_from([0.8, 0.95]))
def test_exact_limits_leave_half_the_error_on_each_side(n, share, level):
    x, tail = round(n * share), (1 - level) / 2
    low, high = (limit[0] for limit in clopper_pearson(np.array([x]), np.array([n]), level))
    assert 0 <= low <= x / n <= high <= 1
    if x > 0:
        assert betainc(x, n - x + 1, low) == pytest.approx(tail, rel=1e-6)
    if x < n:
        assert 1 - betainc(x + 1, n - x, high) == pytest.approx(tail, rel=1e-6)


@pytest.mark.parametrize("scale", SCALES)
def test_equal_proportions_pool_to_themselves(scale):
    found = pool_proportions({"xi": [6, 6, 6], "ni": [20, 20, 20]}, scale=scale)
    assert found.tau2 == 0
    assert found.proportion_random == pytest.approx(0.3, abs=1e-3 if scale == "PFT" else 1e-12)
    assert found.proportion_random_low < 0.3 < found.proportion_random_high
    assert found.studies["proportion_low"].iloc[0] == pytest.approx(0.1189, abs=5e-5)


def test_proportions_say_what_was_added_and_what_misleads():
    edge = pool_proportions({"xi": [0, 6], "ni": [20, 20]})
    assert "0.5 was added in 1 studies" in edge.notes[0]
    far = pool_proportions({"xi": [3, 600], "ni": [9, 2000]}, scale="PFT")
    assert any("harmonic mean" in note for note in far.notes)
    with pytest.raises(SynthesisError, match="no finite effect"):
        pool_proportions({"xi": [0, 6], "ni": [20, 20]}, constant=0.0)


# ------------------------------------------------------------------------------- p values


@pytest.mark.parametrize(
    ("values", "options", "says"),
    [
        ([0.1, 1.2], {}, "p value 2: 1.2 is not between 0 and 1"),
        ([0.0, 0.2], {}, "give that bound"),
        ([0.1, 1.0], {"method": "stouffer"}, "infinite"),
        ([0.1, None], {}, "is not a number"),
        ([0.1], {}, "at least 2"),
        ([0.1, 0.2, 0.3], {"method": "mean"}, "at least 4"),
        ([0.1, 0.2], {"method": "wilkinson"}, "needs rank="),
        ([0.1, 0.2], {"method": "wilkinson", "rank": 3}, "from 1 to 2"),
        ([0.1, 0.2], {"method": "inverse_t", "df": 2}, "above 2"),
        ([0.1, 0.2], {"method": "fisher", "cut": 0.05}, "has no use for cut"),
        ([0.1, 0.2], {"method": "stouffer", "weights": [1]}, "weights must be 2 numbers"),
        ("0.1", {}, "list of numbers"),
    ],
)
def test_refusals_of_p_values(values, options, says):
    with pytest.raises(SynthesisError, match=says):
        combine_pvalues(values, **options)


def test_every_method_answers_and_shows_itself():
    options = {"rank": 2, "df": 5.0, "cut": 0.05}
    for method, row in METHODS.items():
        extra = {row.option: options[row.option]} if row.option in options else {}
        found = combine_pvalues([0.01, 0.2, 0.7, 0.03], method=method, **extra)
        assert 0 < found.pvalue < 1
        assert row.title in repr(found)
        assert len(found.to_frame()) == 1


@pytest.mark.parametrize(
    "found",
    [
        mean_interval(THREE),
        predict_effect(THREE),
        tau2_interval(THREE, search=AS_IN_R_META),
        q_heterogeneity(THREE),
        ivhet(THREE),
        pool_tables(SPARSE),
        pool_proportions({"xi": [0, 6], "ni": [20, 20]}),
    ],
    ids=lambda found: type(found).__name__,
)
def test_results_show_themselves(found):
    assert all(note in repr(found) for note in found.notes)
    frame = found.to_frame()
    assert len(frame) == 1
    assert {"k", "level"} <= set(frame.columns)
    assert "<table>" in found._repr_html_()


def test_quantiles_of_few_degrees_of_freedom_are_flagged():
    found = mean_interval({"yi": [0.5, 0.6], "vi": [0.04, 0.09]}, method="KR")
    assert found.df < 1
    assert found.ci_high == pytest.approx(found.estimate + stdtrit(found.df, 0.975) * found.se)
    assert "degrees of freedom" in found.notes[-1]
