"""Published numbers that lost digits, against exact rational arithmetic.

A double is a fraction; sums, products and quotients of fractions are exact. What is shown here is
that ours agree with the exact values, and that these few numbers of the reference do not.
"""

from __future__ import annotations

import gzip
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from evidence.kernels.regression import orthonormal
from evidence.kernels.regression_likelihood import log_likelihood, score
from evidence.synthesis.diagnostics import influence, predict_studies
from evidence.synthesis.regression import regress

TESTS = Path(__file__).parents[1]
DATA = TESTS / "reference" / "data"
BESIDE = TESTS.parents[1] / "shared" / "reference" / "beside"


def case_of(name: str, folder: Path = DATA):
    family = {"reg": "metareg"}.get(name.split(".")[0], "diagnostics")
    cases = json.loads(gzip.decompress((folder / f"{family}.json.gz").read_bytes()))
    return next(case for case in cases if case["id"] == name)


def exact(values):
    return [Fraction(value) for value in values]


def line(y, v, x):
    """Weighted straight line: coefficients, normal equations and their determinant, exactly."""
    w = [1 / one for one in v]
    a, b, d = (sum(wi * xi**n for wi, xi in zip(w, x, strict=True)) for n in (0, 1, 2))
    s, t = (sum(wi * yi * xi**n for wi, yi, xi in zip(w, y, x, strict=True)) for n in (0, 1))
    det = a * d - b * b
    return ((d * s - b * t) / det, (a * t - b * s) / det), (a, b, d), det


def hunter_schmidt(y, v, fitted):
    w = [1 / one for one in v]
    q = sum(wi * (yi - fi) ** 2 for wi, yi, fi in zip(w, y, fitted, strict=True))
    return (q - len(y)) / sum(w)


@pytest.mark.parametrize("name", ["reg.li_or.28.HS.z", "reg.lau_or.29.HS.z"])
def test_r2_of_hunter_schmidt_beside_a_year(name):
    case = case_of(name)
    y, v = exact(case["input"]["yi"]), exact(case["input"]["vi"])
    x = exact(row[1] for row in case["input"]["X"])
    (b0, b1), _, _ = line(y, v, x)
    mean = sum(yi / vi for yi, vi in zip(y, v, strict=True)) / sum(1 / vi for vi in v)
    left = hunter_schmidt(y, v, [b0 + b1 * xi for xi in x])
    whole = hunter_schmidt(y, v, [mean] * len(y))
    r2 = float(100 * (whole - left) / whole)
    found = regress(case["input"], X=case["input"]["X"], tau2="HS", test="z")
    assert found.r2 == pytest.approx(r2, rel=1e-10)
    assert found.tau2 == pytest.approx(float(left), rel=1e-12)
    assert abs(case["expect"]["R2"] - r2) > case["tol"] * max(1, r2)


@pytest.mark.parametrize("name", ["regdiag.hart_irr.EE", "regdiag.hart_irr.DL"])
def test_influence_beside_a_year(name):
    case = case_of(name)
    y, v = exact(case["input"]["yi"]), exact(case["input"]["vi"])
    x = exact(row[1] for row in case["input"]["X"])
    k = len(y)
    whole, (a, b, d), det = line(y, v, x)
    cook, dffits = [], []
    for i in range(k):
        rest = [j for j in range(k) if j != i]
        part, _, _ = line(*([one[j] for j in rest] for one in (y, v, x)))
        m0, m1 = whole[0] - part[0], whole[1] - part[1]
        cook.append(float(m0 * m0 * a + 2 * m0 * m1 * b + m1 * m1 * d))
        leverage = (d - 2 * x[i] * b + x[i] ** 2 * a) / det  # times 1/v: the hat value
        dffits.append(float(m0 + m1 * x[i]) / math.sqrt(leverage))
    method = case["options"]["method"]
    fitted = regress(case["input"], X=case["input"]["X"], tau2=method, test="z")
    assert fitted.tau2 == 0 == case["expect"]["tau2_del"][0]  # so both methods are this one
    frame = influence(fitted).frame
    assert frame["cook"].to_numpy() == pytest.approx(cook, rel=1e-8, abs=1e-11)
    assert frame["dffits"].to_numpy() == pytest.approx(dffits, rel=1e-9, abs=1e-10)
    margin = case["tol"] * max(map(abs, case["expect"]["cook_d"]))
    wrong = np.abs(np.array(case["expect"]["cook_d"]) - cook) > margin
    assert list(np.flatnonzero(wrong)) == [2, 5]
    margin = case["tol"] * max(map(abs, case["expect"]["dffits"]))
    wrong = np.abs(np.array(case["expect"]["dffits"]) - dffits) > margin
    assert list(np.flatnonzero(wrong)) == [5]


@pytest.mark.parametrize("name", ["reg.lau_or.29.ML.z", "reg.lau_or.29.ML.knha"])
def test_r2_of_a_variance_that_is_zero_with_and_without_the_year(name):
    """Both τ² are maxima at 0; the reference divides one rounding error by another."""
    case = case_of(name)
    yi, vi = np.array(case["input"]["yi"]), np.array(case["input"]["vi"])
    for x in (np.ones((len(yi), 1)), np.array(case["input"]["X"])):
        basis = orthonormal(x)
        assert score("ML", yi, vi, basis.q, 0.0) < 0
        top = log_likelihood("ML", yi, vi, basis, 0.0)
        grid = np.geomspace(1e-8, 10, 2000)
        assert all(log_likelihood("ML", yi, vi, basis, tau2) < top for tau2 in grid)
    assert 0 < case["expect"]["tau2"] < 1e-12
    assert regress(case["input"], X=case["input"]["X"], tau2="ML").r2 == 0


def test_random_effects_of_a_variance_that_is_zero():
    """τ² has its maximum at 0, so no study deviates; the reference has the root of 4e-13."""
    if not BESIDE.exists():
        pytest.skip("the cases beside the project are not here")
    case = case_of("blup.steurer_hr.REML", BESIDE)
    yi, vi = np.array(case["input"]["yi"]), np.array(case["input"]["vi"])
    basis = orthonormal(np.ones((len(yi), 1)))
    assert score("REML", yi, vi, basis.q, 0.0) < 0
    top = log_likelihood("REML", yi, vi, basis, 0.0)
    grid = np.geomspace(1e-8, 10, 2000)
    assert all(log_likelihood("REML", yi, vi, basis, tau2) < top for tau2 in grid)
    found = predict_studies(case["input"], tau2="REML", test="z")
    assert (found["random"].abs() == 0).all()
    assert (found["random_se"] == 0).all()
    assert max(case["expect"]["ranef_se"]) < 1e-6
