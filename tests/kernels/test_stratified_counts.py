"""Stratified counts against statsmodels, exact sums, and strata that say nothing."""

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import chi2, hypergeom, nchypergeom_fisher
from statsmodels.stats.contingency_tables import StratifiedTable

from evidence.kernels import mantel_haenszel as mh
from evidence.kernels.binary_effects import (
    mantel_haenszel,
    own_effects,
    with_constant,
    without_effect,
)
from evidence.kernels.cumulants import binomial, log_choose, poisson
from evidence.kernels.hypergeometric import hypergeometric, support

CELLS = np.array([[12.0, 5, 30], [88, 45, 41], [20, 9, 22], [80, 41, 67]])
RATES = np.array([[10.0, 4, 17], [100, 60, 210], [20, 9, 13], [110, 50, 190]])
NAN = pytest.approx(math.nan, nan_ok=True)


def with_strata(table, *strata):
    return np.column_stack([table, *strata])


@pytest.fixture(scope="module")
def stratified():
    return StratifiedTable([np.array([[a, b], [c, d]]) for a, b, c, d in CELLS.T])


def test_common_odds_and_risk_are_those_of_statsmodels(stratified):
    found = mh.odds_ratio(*CELLS)
    assert found.estimate == pytest.approx(stratified.logodds_pooled, rel=1e-12)
    assert found.se == pytest.approx(stratified.logodds_pooled_se, rel=1e-12)
    assert mh.risk_ratio(*CELLS).estimate == pytest.approx(
        math.log(stratified.riskratio_pooled), rel=1e-12
    )


@pytest.mark.parametrize("correct", [False, True])
def test_independence_is_tested_as_statsmodels_does(stratified, correct):
    found = mh.cochran_mantel_haenszel(*CELLS, correct=correct)
    wanted = stratified.test_null_odds(correction=correct)
    assert found.statistic == pytest.approx(wanted.statistic, rel=1e-10)
    assert (found.df, found.pvalue) == (1, pytest.approx(wanted.pvalue, rel=1e-10))


def test_one_odds_ratio_is_tested_as_statsmodels_does(stratified):
    common = mh.odds_ratio(*CELLS).estimate
    for found, adjust in zip(
        mh.breslow_day(*CELLS, log_odds_ratio=common), (False, True), strict=True
    ):
        wanted = stratified.test_equal_odds(adjust=adjust)
        assert found.statistic == pytest.approx(wanted.statistic, rel=1e-8)
        assert (found.df, found.pvalue) == (2, pytest.approx(wanted.pvalue, rel=1e-8))


def test_tables_with_one_person_in_a_margin_count_in_the_test_of_one_odds_ratio():
    table = np.array([[1.0, 3, 9, 4], [6.0, 0, 1, 0], [0.0, 5, 7, 1], [7.0, 1, 0, 6]])
    common = mh.odds_ratio(*table).estimate
    plain, _ = mh.breslow_day(*table, log_odds_ratio=common)
    wanted = StratifiedTable([np.array([[a, b], [c, d]]) for a, b, c, d in table.T])
    assert plain.df == 3
    assert plain.statistic == pytest.approx(wanted.test_equal_odds().statistic, rel=1e-8)
    alike = np.array([[12.0, 24, 37], [30, 60, 90], [10, 20, 30], [40, 80, 121]])
    small = mh.breslow_day(*alike, log_odds_ratio=mh.odds_ratio(*alike).estimate)
    for found in small:
        assert 0 < found.statistic < 0.1
        assert found.pvalue == pytest.approx(chi2.sf(found.statistic, 2), rel=1e-10)


def whole(table):
    return [[Fraction(int(x)) for x in column] for column in table.T]


def test_errors_of_the_common_effects_in_exact_fractions():
    """Greenland and Robins' variances, Sato's, and those of rates, summed as fractions."""
    rr = r = s = g = h = total = 0
    for a, b, c, d in whole(CELLS):
        n1, n2, n = a + b, c + d, a + b + c + d
        rr += (n1 * n2 * (a + c) - a * c * n) / n**2
        r, s = r + a * n2 / n, s + c * n1 / n
        total += n1 * n2 / n
        g += (n1**2 * c - n2**2 * a + n1 * n2 * (n2 - n1) / 2) / n**2
        h += (a * (n2 - c) + c * (n1 - a)) / (2 * n)
    found = mh.risk_ratio(*CELLS)
    assert found.estimate == pytest.approx(math.log(r / s), rel=1e-12)
    assert found.se**2 == pytest.approx(float(rr / (r * s)), rel=1e-12)
    difference = (r - s) / total
    found = mh.risk_difference(*CELLS)
    assert found.estimate == pytest.approx(float(difference), rel=1e-12)
    assert found.se**2 == pytest.approx(float((difference * g + h) / total**2), rel=1e-12)
    assert found.weights.sum() == pytest.approx(float(total), rel=1e-12)

    r = s = v = total = spread = excess = variance = 0
    for x1, t1, x2, t2 in whole(RATES):
        t = t1 + t2
        r, s, v = r + x1 * t2 / t, s + x2 * t1 / t, v + t1 * t2 * (x1 + x2) / t**2
        total += t1 * t2 / t
        spread += (t1 * t2 / t) ** 2 * (x1 / t1**2 + x2 / t2**2)
        excess, variance = excess + x1 - (x1 + x2) * t1 / t, variance + (x1 + x2) * t1 * t2 / t**2
    ratio, gap = mh.rate_ratio(*RATES), mh.rate_difference(*RATES)
    assert ratio.estimate == pytest.approx(math.log(r / s), rel=1e-12)
    assert ratio.se**2 == pytest.approx(float(v / (r * s)), rel=1e-12)
    assert gap.estimate == pytest.approx(float((r - s) / total), rel=1e-12)
    assert gap.se**2 == pytest.approx(float(spread / total**2), rel=1e-12)
    plain = mh.mantel_haenszel_rates(*RATES)
    assert plain.statistic == pytest.approx(float(excess**2 / variance), rel=1e-12)
    assert plain.pvalue == pytest.approx(chi2.sf(plain.statistic, 1), rel=1e-12)
    corrected = mh.mantel_haenszel_rates(*RATES, correct=True)
    half = (abs(excess) - Fraction(1, 2)) ** 2 / variance
    assert corrected.statistic == pytest.approx(float(half), rel=1e-12)


def test_peto_is_one_step_from_the_null():
    expected = [hypergeom.mean(a + b + c + d, a + c, a + b) for a, b, c, d in CELLS.T]
    vi = [hypergeom.var(a + b + c + d, a + c, a + b) for a, b, c, d in CELLS.T]
    found = mh.peto_odds_ratio(*CELLS)
    assert found.estimate == pytest.approx((CELLS[0] - expected).sum() / sum(vi), rel=1e-10)
    assert found.se == pytest.approx(sum(vi) ** -0.5, rel=1e-10)
    assert found.weights == pytest.approx(np.array(vi), rel=1e-10)


@pytest.mark.parametrize("effect", [*mh.TABLE_EFFECTS.values(), *mh.RATE_EFFECTS.values()])
def test_an_empty_stratum_changes_nothing_and_alone_determines_nothing(effect):
    table = RATES if effect in mh.RATE_EFFECTS.values() else CELLS
    plain, more = effect(*table), effect(*with_strata(table, np.zeros(4)))
    assert (more.estimate, more.se) == (plain.estimate, plain.se)
    assert more.weights.tolist() == [*plain.weights, 0.0]
    alone = effect(*np.zeros((4, 2)))
    assert (alone.estimate, alone.se) == (NAN, NAN)
    assert alone.weights.tolist() == [0.0, 0.0]


def test_events_in_one_group_only_determine_no_ratio():
    for effect in (mh.odds_ratio, mh.risk_ratio, mh.rate_ratio):
        for cells in ([3.0, 7, 0, 9], [0.0, 7, 3, 9]):
            assert effect(*np.array([cells]).T).estimate == NAN
    both = np.array([[0.0, 7, 0, 9]]).T
    assert mh.peto_odds_ratio(*both).estimate == NAN
    assert mh.risk_difference(*both).estimate == 0


def test_tests_without_a_stratum_to_compute_from():
    empty = np.zeros((4, 1))
    for found in (mh.cochran_mantel_haenszel(*empty), mh.mantel_haenszel_rates(*empty)):
        assert (found.statistic, found.df, found.pvalue) == (NAN, 1, NAN)
    for found in mh.breslow_day(*CELLS[:, :1], log_odds_ratio=0.1):
        assert (found.statistic, found.df, found.pvalue) == (NAN, 0, NAN)
    for found in mh.breslow_day(*empty, log_odds_ratio=0.1):
        assert (found.statistic, found.df) == (NAN, 0)
    for found in mh.breslow_day(*CELLS, log_odds_ratio=math.inf):
        assert (found.statistic, found.df) == (NAN, 2)
    full = mh.breslow_day(*CELLS, log_odds_ratio=0.3)
    for margin in ([0.0, 0, 3, 4], [3.0, 4, 0, 0], [0.0, 5, 0, 6], [5.0, 0, 6, 0]):
        more = mh.breslow_day(*with_strata(CELLS, margin), log_odds_ratio=0.3)
        assert more == full
    assert mh.cochran_mantel_haenszel(*np.array([[1.0], [2], [1], [2]]), correct=True).pvalue == 1
    person = mh.hypergeometric_moments(*np.array([[1.0], [0], [0], [0]]))
    assert [part.tolist() for part in person] == [[1.0], [0.0]]


@pytest.mark.parametrize("odds", [1e-6, 0.4, 1.0, 1.0 + 1e-9, 3.0, 1e6])
def test_a_fitted_cell_has_the_odds_ratio_asked_for(odds):
    n1, n2, m = np.array([10.0, 40, 7]), np.array([15.0, 12, 30]), np.array([8.0, 30, 33])
    a = mh.fitted_cell(n1, n2, m, odds)
    assert (np.maximum(0, m - n2) <= a).all()
    assert (a <= np.minimum(n1, m)).all()
    b, c = n1 - a, m - a
    assert a * (n2 - c) == pytest.approx(odds * b * c, rel=1e-6)  # as far as n1 − a keeps digits


TABLES = tuple(
    np.array([[0.0, 5, 0, 9, 4], [5.0, 5, 7, 0, 0], [2.0, 3, 0, 8, 3], [7.0, 6, 8, 0, 2]])
)


def test_tables_that_say_nothing_about_a_ratio():
    assert without_effect("RR", TABLES).tolist() == [False, False, True, False, False]
    assert without_effect("OR", TABLES).tolist() == [False, False, True, True, False]
    assert without_effect("PETO", TABLES).tolist() == [False, False, True, True, False]
    assert not without_effect("RD", TABLES).any()
    with_half = with_constant("OR", TABLES, 0.5)
    added = [(new - old).tolist() for new, old in zip(with_half, TABLES, strict=True)]
    assert added == [[0.5, 0, 0, 0, 0.5]] * 4
    for_risk = with_constant("RD", TABLES, 0.5)[0] - TABLES[0]
    assert for_risk.tolist() == [0.5, 0, 0.5, 0.5, 0.5]


def test_own_effects_written_out():
    yi, vi = own_effects("OR", TABLES, 0.5)
    assert yi[1] == pytest.approx(math.log(5 * 6 / (5 * 3)))
    assert vi[1] == pytest.approx(1 / 5 + 1 / 5 + 1 / 3 + 1 / 6)
    assert yi[4] == pytest.approx(math.log(4.5 * 2.5 / (0.5 * 3.5)))
    assert vi[4] == pytest.approx(1 / 4.5 + 1 / 0.5 + 1 / 3.5 + 1 / 2.5)
    assert np.isnan(yi).tolist() == [False, False, True, True, False]
    yi, vi = own_effects("RR", TABLES, 0.5)
    assert yi[1] == pytest.approx(math.log(5 * 9 / (10 * 3)))
    assert vi[1] == pytest.approx(1 / 5 - 1 / 10 + 1 / 3 - 1 / 9)
    assert (yi[0], vi[0]) == pytest.approx(
        (math.log(0.5 / 5.5) - math.log(2.5 / 9.5), 1 / 0.5 - 1 / 5.5 + 1 / 2.5 - 1 / 9.5)
    )
    assert yi[3] == 0
    assert vi[3] == pytest.approx(1 / 9 - 1 / 9.5 + 1 / 8 - 1 / 8.5)
    assert np.isnan(yi).tolist() == [False, False, True, False, False] == np.isnan(vi).tolist()
    yi, vi = own_effects("RD", TABLES, 0.5)
    assert yi == pytest.approx(np.array([-2 / 9, 0.5 - 1 / 3, 0, 0, 0.4]))
    shares = np.array([[0.5 / 6, 2.5 / 10], [0.5, 1 / 3], [0.5 / 8, 0.5 / 9]])
    people = np.array([[6.0, 10], [10, 9], [8, 9]])
    assert vi[:3] == pytest.approx((shares * (1 - shares) / people).sum(axis=1))
    yi, vi = own_effects("PETO", TABLES, 0.5)
    variance = hypergeom.var(19, 8, 10)
    assert (yi[1], vi[1]) == pytest.approx(((5 - 80 / 19) / variance, 1 / variance))
    assert np.isnan(yi).tolist() == [False, False, True, True, False] == np.isnan(vi).tolist()


@pytest.mark.parametrize("measure", ["OR", "RR"])
def test_the_constant_stays_in_the_cells_that_are_pooled(measure):
    kept = [0, 1, 4] if measure == "OR" else [0, 1, 3, 4]
    cells = [x + 0.5 * np.isin(range(5), [0, 3, 4] if measure == "RR" else [0, 4]) for x in TABLES]
    plain = mh.TABLE_EFFECTS[measure](*(cell[kept] for cell in cells))
    found = mantel_haenszel(measure, TABLES, 0.5)
    assert (found.estimate, found.se) == pytest.approx((plain.estimate, plain.se), rel=1e-12)
    assert found.weights[kept] == pytest.approx(plain.weights, rel=1e-12)
    assert found.weights.sum() == pytest.approx(plain.weights.sum(), rel=1e-12)


def test_risk_differences_take_the_counts_as_they_are_and_the_error_with_the_constant():
    a, b, c, d = (np.array(x) + 0.5 * np.array([1, 0, 1, 1, 1]) for x in TABLES)
    n1, n2 = a + b, c + d
    weights = n1 * n2 / (n1 + n2)
    yi = TABLES[0] / (TABLES[0] + TABLES[1]) - TABLES[2] / (TABLES[2] + TABLES[3])
    variance = ((a * b * n2**3 + c * d * n1**3) / (n1 * n2 * (n1 + n2) ** 2)).sum()
    found = mantel_haenszel("RD", TABLES, 0.5)
    assert found.estimate == pytest.approx((weights * yi).sum() / weights.sum(), rel=1e-12)
    assert found.se == pytest.approx(math.sqrt(variance) / weights.sum(), rel=1e-12)
    assert found.weights == pytest.approx(weights, rel=1e-12)


MARGINS = tuple(np.array([[10.0, 6, 3], [12.0, 4, 9], [8.0, 7, 1]]))


@pytest.mark.parametrize("psi", [-2.0, 0.0, 1.3])
def test_the_noncentral_hypergeometric_of_scipy(psi):
    n1, n2, m = MARGINS
    b, mean, variance = hypergeometric(n1, n2, m)(np.full((3, 1), psi))
    for i in range(3):
        known = nchypergeom_fisher(int(n1[i] + n2[i]), int(m[i]), int(n1[i]), math.exp(psi))
        assert mean[i, 0] == pytest.approx(known.mean(), rel=1e-6)  # scipy's own accuracy
        assert variance[i, 0] == pytest.approx(known.var(), rel=1e-5)
        low, high = int(max(0, m[i] - n2[i])), int(min(n1[i], m[i]))
        counts = range(low, high + 1)
        terms = [
            math.log(math.comb(int(n1[i]), j) * math.comb(int(n2[i]), int(m[i]) - j)) + j * psi
            for j in counts
        ]
        assert b[i, 0] == pytest.approx(logsumexp(terms), rel=1e-12)
    assert [part.tolist() for part in support(*MARGINS)] == [[0.0, 3, 0], [8.0, 6, 1]]


def test_cumulants_and_their_derivatives_by_a_complex_step():
    eta = np.array([[-3.0], [0.2], [4.0]])
    n = np.array([[5.0], [8], [2]])
    for cumulant in (binomial(n), poisson, hypergeometric(*MARGINS)):
        b, mean, variance = cumulant(eta)
        stepped = cumulant(eta + 1e-20j)
        assert stepped[0].real == pytest.approx(b, rel=1e-12)
        assert stepped[0].imag / 1e-20 == pytest.approx(mean, rel=1e-10)
        assert stepped[1].imag / 1e-20 == pytest.approx(variance, rel=1e-10)
    b, mean, variance = binomial(n)(eta)
    assert b == pytest.approx(n * np.log(1 + np.exp(eta)), rel=1e-12)
    assert mean == pytest.approx(n / (1 + np.exp(-eta)), rel=1e-12)


def test_cumulants_far_out_neither_overflow_nor_vanish():
    far = np.array([[-800.0, 800.0]])
    b, mean, variance = binomial(np.array([[3.0, 3.0]]))(far)
    assert b[0].tolist() == [0.0, 2400.0]
    assert mean[0].tolist() == [0.0, 3.0]
    assert variance[0].tolist() == [0.0, 0.0]
    assert poisson(far)[0][0].tolist() == [0.0, math.exp(700)]
    b, mean, _ = hypergeometric(*MARGINS)(np.full((3, 1), 900.0))
    assert mean[:, 0].tolist() == [8.0, 6.0, 1.0]
    assert np.isfinite(b).all()
    ways = log_choose(np.array([10.0, 7, 5]), np.array([3.0, 0, 5]))
    assert np.exp(ways) == pytest.approx(np.array([math.comb(10, 3), 1, 1]))
