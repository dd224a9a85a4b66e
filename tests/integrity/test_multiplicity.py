"""Adjusted p values against R's and statsmodels', their order, and bounds from thresholds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from evidence.errors import EffectError, OptionError
from evidence.integrity.multiplicity import bounds_of_thresholds, multiplicity, number_of_tests

SPECIFIED = [0.001, 0.012, 0.03, 0.04, 0.21]


@st.composite
def pvalues(draw):
    """As printed: up to four decimals, none of them 0."""
    return [x / 10_000 for x in draw(st.lists(st.integers(1, 10_000), min_size=1, max_size=25))]


def test_counts_of_the_specification():
    found = multiplicity(SPECIFIED)
    assert (found.n_reject_holm, found.n_reject_bh) == (2, 4)


@given(pvalues())
def test_adjusted_values_are_those_of_statsmodels(p):
    found = multiplicity(p)
    for mine, method in (
        (found.holm, "holm"),
        (found.bh, "fdr_bh"),
        (found.bonferroni, "bonferroni"),
    ):
        want = multipletests(p, method=method)[1]
        assert mine == pytest.approx(want, rel=1e-12)


@given(pvalues())
def test_bh_below_holm_below_bonferroni_and_none_below_p(p):
    found = multiplicity(p)
    rows = zip(p, found.bh, found.holm, found.bonferroni, strict=True)
    assert all(raw <= bh <= holm <= bonferroni <= 1 for raw, bh, holm, bonferroni in rows)
    assert found.n_reject_bonferroni <= found.n_reject_holm <= found.n_reject_bh


@given(pvalues(), st.randoms(use_true_random=False))
def test_order_of_results_does_not_matter_and_order_of_p_is_kept(p, random):
    places = list(range(len(p)))
    random.shuffle(places)
    one, two = multiplicity(p), multiplicity([p[i] for i in places])
    assert two.holm == tuple(one.holm[i] for i in places)
    assert two.bh == tuple(one.bh[i] for i in places)
    ranked = sorted(zip(p, one.holm, one.bh, strict=True))
    assert [row[1] for row in ranked] == sorted(one.holm)
    assert [row[2] for row in ranked] == sorted(one.bh)


@given(pvalues(), st.data())
def test_a_smaller_p_value_raises_no_adjusted_one(p, data):
    i = data.draw(st.integers(0, len(p) - 1))
    smaller = [x / 2 if j == i else x for j, x in enumerate(p)]
    one, two = multiplicity(p), multiplicity(smaller)
    assert all(b <= a for a, b in zip(one.holm, two.holm, strict=True))
    assert all(b <= a for a, b in zip(one.bh, two.bh, strict=True))


@given(pvalues(), st.lists(st.integers(1, 10_000), max_size=8))
def test_tests_out_of_print_are_bounded_from_above(p, hidden):
    """Whatever the p values that are not printed, the adjusted printed ones are no larger."""
    bound = multiplicity(p, tests=len(p) + len(hidden))
    truth = multiplicity([*p, *(x / 10_000 for x in hidden)])
    assert all(b >= t for b, t in zip(bound.holm, truth.holm, strict=False))
    assert all(b >= t for b, t in zip(bound.bh, truth.bh, strict=False))
    assert bound.label == ("bounded" if hidden else "derived")


def test_equality_with_the_level_counts_in_decimals():
    assert multiplicity([0.03, 0.03, 0.03, 0.9, 0.9]).bh[:3] == (0.05, 0.05, 0.05)
    assert multiplicity([0.03, 0.03, 0.03, 0.9, 0.9]).n_reject_bh == 3
    assert multiplicity([0.01, 0.9, 0.9, 0.9, 0.9]).n_reject_holm == 1


def test_chance_findings_with_no_effect_anywhere():
    found = multiplicity([0.5] * 20)
    assert found.expected_false_positives_unadjusted == pytest.approx(1.0)
    assert found.prob_at_least_one_under_null == pytest.approx(1 - 0.95**20)


@pytest.mark.parametrize(
    "p", [[], "0.05", None, 0.05, [0.05, None], [0], [1.2], ["< .05"], [float("nan")]]
)
def test_what_is_no_list_of_p_values(p):
    with pytest.raises(EffectError):
        multiplicity(p)


def test_arrays_are_welcome_and_too_few_tests_are_not():
    assert multiplicity(np.array(SPECIFIED)).holm == multiplicity(SPECIFIED).holm
    with pytest.raises(EffectError, match="5 results"):
        multiplicity(SPECIFIED, tests=4)
    with pytest.raises(EffectError, match="alpha"):
        multiplicity(SPECIFIED, alpha=1)


# thresholds


def test_ten_results_below_05_leave_nothing_for_certain():
    found = bounds_of_thresholds([0.05] * 10)
    assert found.bounds == (0.5,) * 10
    assert found.n_certain == 0
    assert found.label == "bounded"


def test_a_strict_threshold_survives():
    found = bounds_of_thresholds([0.001, 0.05, 1], tests=20)
    assert found.bounds == (0.02, 1.0, 1.0)
    assert found.n_certain == 1
    assert str(found).startswith("1 of 3 results is certain to stay significant at 0.05")


@given(pvalues(), st.data())
def test_the_bound_holds_for_every_p_below_the_threshold(p, data):
    grid = (0.001, 0.01, 0.05, 0.1, 1.0)
    stated = [min(a for a in grid if x <= a) for x in p]
    tests = len(p) + data.draw(st.integers(0, 10))
    bound, truth = bounds_of_thresholds(stated, tests=tests), multiplicity(p, tests=tests)
    assert all(b >= x for b, x in zip(bound.bounds, truth.bonferroni, strict=True))
    assert bound.n_certain <= truth.n_reject_bonferroni


# how many tests


def test_twenty_items_bring_one_finding_by_chance():
    found = number_of_tests(printed={"items": 20})
    assert (found.tests, found.counted, found.label) == (20, "printed", "bounded")
    assert found.expected_false_positives_unadjusted == pytest.approx(1.0)
    assert found.unprinted is None


def test_the_plan_counts_before_the_print():
    plan = {"outcomes": 3, "sites": 2, "timepoints": 4, "subgroups": 1}
    found = number_of_tests(planned=plan, printed={"outcomes": 3})
    assert (found.tests, found.counted, found.unprinted, found.label) == (
        24,
        "planned",
        21,
        "derived",
    )
    more = number_of_tests(planned={"outcomes": 1}, printed={"outcomes": 3, "sites": 2})
    assert (more.tests, more.counted, more.unprinted) == (6, "printed", 0)
    assert "5 were added" in str(more)


def test_counts_that_cannot_be():
    with pytest.raises(EffectError, match="planned= or printed="):
        number_of_tests()
    with pytest.raises(OptionError, match="outcomes"):
        number_of_tests(printed={"outcome": 3})
    for n in (0, -1, 2.5, True):
        with pytest.raises(EffectError, match="printed items"):
            number_of_tests(printed={"items": n})
