"""Pooling: a published analysis, properties of the mean, and everything that is refused."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import tables

from evidence.effects.effect import Effects
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.tau2 import TAU2
from evidence.synthesis.intervals import fit_statistics, prediction_interval, profile_interval
from evidence.synthesis.pool import pool, pool_by

# vaccinated with tuberculosis, without; controls with, without (Colditz 1994)
BCG = np.array([
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619),
    (33, 5036, 47, 5761), (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892),
    (29, 7470, 45, 7232), (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338),
    (27, 16886, 29, 17825),
], dtype=float)  # fmt: skip


def bcg():
    a, b, c, d = BCG.T
    yi = np.log(a / (a + b)) - np.log(c / (c + d))
    return {"yi": yi, "vi": 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d), "measure": "RR"}


def three(**changes):
    table = {"study": ["Kim", "Li", "Sato"], "yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}
    return {**table, **changes}


# ------------------------------------------------------------------------------- published


def test_bcg_as_in_viechtbauer_2010_pages_13_to_16():
    """J Stat Softw 36(3), https://doi.org/10.18637/jss.v036.i03: printed to four digits."""
    found = pool(bcg(), tau2="REML", test="z")
    printed = pytest.approx
    assert found.estimate == printed(-0.7145, abs=5e-5)
    assert found.se == printed(0.1798, abs=5e-5)
    assert found.statistic == printed(-3.9744, abs=5e-5)
    assert (found.ci_low, found.ci_high) == printed((-1.0669, -0.3622), abs=5e-5)
    assert (found.tau2, found.tau2_se) == printed((0.3132, 0.1664), abs=5e-5)
    assert (found.q, found.q_df) == printed((152.2330, 12), abs=5e-5)
    assert (found.tau2_ci_low, found.tau2_ci_high) == printed((0.1197, 1.1115), abs=5e-5)
    assert (found.i2, found.h2) == printed((92.22, 12.86), abs=5e-3)
    assert (found.i2_ci_low, found.i2_ci_high) == printed((81.92, 97.68), abs=5e-3)
    assert found.log_scale


# ------------------------------------------------------------------------------- properties


@given(table=tables(min_size=3), scale=st.floats(0.1, 10), shift=st.floats(-5, 5))
def test_the_mean_moves_with_the_effects(table, scale, shift):
    yi, vi = table
    here = pool({"yi": yi, "vi": vi}, test="HKSJ-adhoc")
    there = pool({"yi": scale * yi + shift, "vi": scale**2 * vi}, test="HKSJ-adhoc")
    for name in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high"):
        expected = scale * getattr(here, name) + shift
        assert getattr(there, name) == pytest.approx(expected, rel=1e-6, abs=1e-5), name
    assert there.i2 == pytest.approx(here.i2, abs=1e-3)


@given(table=tables(), order=st.randoms(use_true_random=False))
def test_the_order_of_studies_changes_nothing(table, order):
    yi, vi = table
    index = list(range(len(yi)))
    order.shuffle(index)
    a, b = pool({"yi": yi, "vi": vi}), pool({"yi": yi[index], "vi": vi[index]})
    assert b.estimate == pytest.approx(a.estimate, rel=1e-8, abs=1e-9)
    assert b.se == pytest.approx(a.se, rel=1e-7, abs=1e-9)


@given(table=tables(), test=st.sampled_from(["z", "t", "HKSJ", "HKSJ-adhoc"]))
def test_the_mean_lies_among_the_effects_and_the_weights_sum_to_one(table, test):
    yi, vi = table
    found = pool({"yi": yi, "vi": vi}, test=test)
    assert yi.min() - 1e-12 <= found.estimate <= yi.max() + 1e-12
    assert found.weights.sum() == pytest.approx(1)
    assert (found.weights > 0).all()
    assert found.ci_low <= found.estimate <= found.ci_high
    assert 0 <= found.pvalue <= 1 if found.pvalue is not None else found.se == 0


@given(table=tables(), test=st.sampled_from(["z", "t", "HKSJ-adhoc"]))
def test_the_test_and_the_interval_agree(table, test):
    yi, vi = table
    found = pool({"yi": yi, "vi": vi}, test=test)
    excluded = found.ci_low > 1e-9 or found.ci_high < -1e-9
    if abs(found.pvalue - 0.05) > 1e-9:
        assert excluded == (found.pvalue < 0.05)


@given(table=tables())
def test_without_heterogeneity_every_method_gives_the_equal_effects_mean(table):
    yi, vi = table
    equal = pool({"yi": yi, "vi": vi}, tau2="EE", test="z")
    for method in TAU2:
        found = pool({"yi": yi, "vi": vi}, tau2=method, test="z")
        if found.tau2 == 0:
            assert (found.estimate, found.se) == pytest.approx((equal.estimate, equal.se))


@given(table=tables())
def test_equal_variances_make_the_mean_the_plain_one(table):
    yi, _ = table
    found = pool({"yi": yi, "vi": np.full(len(yi), 0.2)})
    assert found.estimate == pytest.approx(yi.mean(), abs=1e-10)
    # then Hartung-Knapp is the one-sample t test
    assert found.se == pytest.approx(np.std(yi, ddof=1) / math.sqrt(len(yi)), abs=1e-10)


@given(table=tables(min_size=3))
def test_a_fixed_tau2_of_the_estimate_gives_the_estimated_mean(table):
    yi, vi = table
    free = pool({"yi": yi, "vi": vi})
    held = pool({"yi": yi, "vi": vi}, fixed_tau2=free.tau2)
    assert (held.estimate, held.se) == pytest.approx((free.estimate, free.se))
    assert (held.tau2_method, held.tau2_ci_low) == ("fixed", None)


@given(table=tables())
def test_given_weights_are_used_up_to_a_factor(table):
    yi, vi = table
    inverse = pool({"yi": yi, "vi": vi}, tau2="EE", test="z")
    given_ = pool({"yi": yi, "vi": vi}, tau2="EE", test="z", weights=7 / vi)
    assert (given_.estimate, given_.se) == pytest.approx((inverse.estimate, inverse.se))
    assert given_.weighting == "given"


# ------------------------------------------------------------------------------- few studies


def test_one_study_is_its_own_effect():
    found = pool({"study": ["Kim"], "yi": [0.3], "vi": [0.04]})
    assert (found.estimate, found.se) == (0.3, 0.2)
    assert (found.ci_low, found.ci_high) == pytest.approx((0.3 - 0.392, 0.3 + 0.392), abs=1e-4)
    assert (found.tau2, found.i2, found.q, found.pi_low, found.tau2_ci_low) == (None,) * 5
    assert found.test == "z"
    assert any("one study" in note for note in found.notes)
    with pytest.raises(SynthesisError, match="one study"):
        prediction_interval(found)
    with pytest.raises(SynthesisError, match="one study"):
        fit_statistics({"yi": [0.3], "vi": [0.04]})


def test_two_studies_are_said_and_get_no_prediction_interval():
    found = pool({"yi": [0.5, 0.6], "vi": [0.04, 0.09]})
    assert any(note.startswith("two effects") for note in found.notes)
    assert (found.pi_low, found.pi_high) == (None, None)
    low, high = prediction_interval(found)
    assert low < found.estimate < high


def test_hartung_knapp_below_the_plain_error_is_said_and_the_guard_works():
    close = {"yi": [0.30, 0.31, 0.30, 0.31], "vi": [0.04, 0.05, 0.04, 0.05]}
    found, plain = pool(close), pool(close, test="z")
    assert found.tau2 == 0
    assert found.ci_high - found.ci_low < plain.ci_high - plain.ci_low
    (note,) = (note for note in found.notes if "narrower" in note)
    assert "HKSJ-adhoc" in note
    guarded = pool(close, test="HKSJ-adhoc")
    assert guarded.se == plain.se
    assert guarded.ci_high - guarded.ci_low > plain.ci_high - plain.ci_low
    assert not any("narrower" in note for note in guarded.notes)


def test_identical_effects_have_no_width_and_say_so():
    found = pool({"yi": [0.3] * 4, "vi": [0.01, 0.04, 0.09, 0.16]})
    assert (found.se, found.statistic, found.pvalue) == (0, math.inf, 0)
    assert any("narrower" in note for note in found.notes)
    nothing = pool({"yi": [0.0] * 4, "vi": [0.01, 0.04, 0.09, 0.16]})
    assert (nothing.se, nothing.statistic, nothing.pvalue) == (0, None, None)


def test_a_study_met_twice_is_said():
    found = pool(three(study=["Kim", "Kim", "Sato"]))
    assert any("several effects come from one study (Kim)" in note for note in found.notes)
    assert not any("several" in note for note in pool(three()).notes)


def test_the_words_count_studies_and_not_effects():
    assert "3 effects of 2 studies;" in repr(pool(three(study=["Kim", "Kim", "Sato"])))
    assert "1 study; its own effect, z" in repr(pool({"yi": [0.3], "vi": [0.04]}))


def test_five_thousand_studies():
    rng = np.random.default_rng(4)
    vi = rng.uniform(0.01, 1, 5000)
    found = pool({"yi": rng.normal(0.2, np.sqrt(vi + 0.04)), "vi": vi})
    assert found.estimate == pytest.approx(0.2, abs=5 * found.se)
    assert found.tau2_ci_low < found.tau2 < found.tau2_ci_high


# ------------------------------------------------------------------------------- refusals

REFUSED = [
    ("negative variance", three(vi=[0.02, -0.03, 0.05]), r"row 2 \(Li\): vi = -0.03 is negative"),
    ("zero variance", three(vi=[0.02, 0.03, 0]), r"row 3 \(Sato\): vi = 0 .* unrounded"),
    ("missing effect", three(yi=[math.nan, 0.3, 0.8]), r"row 1 \(Kim\): yi is missing"),
    ("missing variance", three(vi=[0.02, None, 0.05]), r"row 2 \(Li\): vi is missing"),
    ("pandas missing", three(yi=pd.array([0.1, None, 0.3], "Float64")), r"row 2 .* missing"),
    ("infinite effect", three(yi=[0.1, math.inf, 0.8]), r"row 2 \(Li\): yi = inf is not finite"),
    ("number as text", three(yi=[0.1, "0.3", 0.8]), r"row 2 \(Li\): yi = '0.3' .* the number 0.3"),
    ("percentage", three(yi=["20%", 0.3, 0.8]), r"row 1 \(Kim\): yi = '20%' is not a number"),
    ("truth value", three(yi=[True, 0.3, 0.8]), "row 1 .* not a number"),
    ("absurd effect", three(yi=[1e50, 0.3, 0.8]), "row 1 .* too large to compute with"),
    ("lengths", three(vi=[0.02, 0.03]), "lengths differ: 3 yi and 2 vi"),
    ("study names", three(study=["Kim"]), "lengths differ: 3 yi and 1 study names"),
    ("empty", three(study=[], yi=[], vi=[]), "nothing to pool"),
    ("no variance", {"yi": [0.1], "sei": [0.2]}, "no column vi.* Square the standard errors"),
    ("no columns", {}, "no column yi"),
    ("one number", {"yi": 0.3, "vi": 0.02}, "yi must be a column"),
    ("matrix", {"yi": np.ones((2, 2)), "vi": np.ones((2, 2))}, "one dimension, not 2"),
    ("two measures", three(measure=["SMD", "SMD", "RR"]), "different measures .* RR, SMD"),
    ("not effects", [0.1, 0.2], "not list"),
]


@pytest.mark.parametrize(("effects", "message"), [row[1:] for row in REFUSED],
                         ids=[row[0] for row in REFUSED])  # fmt: skip
@pytest.mark.parametrize("tau2", ["REML", "EE"])
def test_what_cannot_be_pooled_is_refused_by_row_and_study(effects, message, tau2):
    with pytest.raises(SynthesisError, match=message):
        pool(effects, tau2=tau2)


BAD_OPTIONS = [
    ({"tau2": "RELM"}, OptionError, "Did you mean 'REML'"),
    ({"test": "HKJS"}, OptionError, "Did you mean 'HKSJ'"),
    ({"test": "knha"}, OptionError, "not one of"),
    ({"weights": "equals"}, OptionError, "Did you mean 'equal'"),
    ({"weights": [1, 2]}, SynthesisError, "3 effects and 2 weights"),
    ({"weights": [1, -2, 3]}, SynthesisError, "must not be negative"),
    ({"weights": [1, "2", 3]}, SynthesisError, r"row 2 \(Li\): weight = '2' is not a number"),
    ({"weights": [0, 0, 0]}, SynthesisError, "above zero"),
    ({"level": 95}, SynthesisError, "Did you mean 0.95"),
    ({"level": "95%"}, SynthesisError, "not between 0 and 1"),
    ({"fixed_tau2": -0.1}, SynthesisError, "not a variance"),
    ({"fixed_tau2": math.nan}, SynthesisError, "not a variance"),
    ({"tau2": "GENQ"}, SynthesisError, "give weights="),
    ({"tau2": "GENQM", "weights": [0, 1, 1]}, SynthesisError, "above zero in every row"),
    ({"measure": "RR"}, SynthesisError, "the effects are 'SMD'"),
]


@pytest.mark.parametrize(("options", "kind", "message"), BAD_OPTIONS)
def test_options_that_cannot_be_used_are_refused(options, kind, message):
    with pytest.raises(kind, match=message):
        pool(three(measure="SMD"), **options)


# ------------------------------------------------------------------------------- shapes


def test_effects_a_frame_and_a_mapping_give_the_same_answer():
    table = three()
    effects = Effects.from_arrays(table["yi"], table["vi"], study=table["study"], measure="SMD")
    answers = [pool(effects), pool(pd.DataFrame(table), measure="SMD"), pool(table, measure="SMD")]
    assert len({answer.estimate for answer in answers}) == 1
    assert {answer.measure for answer in answers} == {"SMD"}
    assert [list(answer.weights.index) for answer in answers] == [table["study"]] * 3


def test_the_frame_is_one_row_with_the_names_of_the_attributes():
    found = pool(three())
    frame = found.to_frame()
    assert len(frame) == 1
    assert frame.loc[0, "estimate"] == found.estimate
    assert "weights" not in frame


def test_the_words_name_the_method_and_escape_what_came_from_outside():
    found = pool(three(measure="<b>SMD"), tau2="DL", test="t")
    assert "3 studies; random effects, DL, t" in repr(found)
    assert "<b>" not in found._repr_html_()
    assert "as a ratio" in repr(pool(three(measure="RR")))


def test_several_estimators_side_by_side():
    frame = pool_by(three(), ["EE", "DL", "REML"], test="z")
    assert list(frame.index) == ["EE", "DL", "REML"]
    assert frame.loc["DL", "tau2"] == pool(three(), tau2="DL").tau2


def test_equal_effects_predict_nothing():
    found = pool(three(), tau2="EE")
    assert (found.pi_low, found.tau2, found.tau2_ci_low, found.tau2_se) == (None, 0, None, None)
    with pytest.raises(SynthesisError, match="predicts no spread"):
        prediction_interval(found)


def test_an_unknown_likelihood_or_prediction_is_refused():
    with pytest.raises(OptionError, match="Did you mean 'REML'"):
        profile_interval(three(), likelihood="RELM")
    with pytest.raises(OptionError, match="k-1"):
        prediction_interval(pool(three()), df="k-3")


@pytest.mark.parametrize("decades", [3, 9, 19, 30, 38])
def test_variances_over_many_orders_of_magnitude_are_pooled(decades):
    rng = np.random.default_rng(decades)
    for k in (2, 3, 5, 11) * 5:
        vi = 10.0 ** rng.uniform(-decades, decades, k)
        pooled = pool({"yi": rng.normal(0, np.sqrt(vi)), "vi": vi})
        assert np.isfinite([pooled.estimate, pooled.se, pooled.tau2]).all()
        assert pooled.se > 0
