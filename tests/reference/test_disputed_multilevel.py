"""CR3 where one cluster alone determines a coefficient: 0 divided by 0, whatever is printed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from runner import read_cases

from evidence.errors import SynthesisError
from evidence.synthesis.multilevel import multilevel
from evidence.synthesis.multilevel_robust import robust_multilevel

DATA = Path(__file__).parent / "data" / "multilevel.json.gz"
NAME = "mv3.assink.2.ML"


@pytest.fixture(scope="module")
def cases():
    return {case.id: case for case in read_cases(DATA, "multilevel")}


def covariance_by_hand(given, sigma2):
    """V plus one variance per study and one per effect, from the printed components alone."""
    cluster = np.array(given["cluster"])
    return (
        np.diag(np.array(given["vi"]) + sigma2[1])
        + (cluster[:, None] == cluster[None, :]) * sigma2[0]
    )


def test_one_cluster_alone_has_the_reference_category(cases):
    given = cases[NAME].input
    x, cluster = np.array(given["X"]), np.array(given["cluster"])
    # intercept without either dummy: the first type of delinquency
    first_type = (x[:, 1:] == 0).all(axis=1)
    assert len(set(cluster[first_type])) == 1


def test_the_adjustment_divides_a_residual_of_zero_by_zero(cases):
    case = cases[NAME]
    given = case.input
    x, y, cluster = (np.array(given[name]) for name in ("X", "yi", "cluster"))
    w = np.linalg.inv(covariance_by_hand(given, case.expect["sigma2"]))
    bread = np.linalg.inv(x.T @ w @ x)
    residual = y - x @ bread @ x.T @ w @ y
    (alone,) = set(cluster[(x[:, 1:] == 0).all(axis=1)])
    rows = cluster == alone
    hat = x[rows] @ bread @ x[rows].T @ w[np.ix_(rows, rows)]
    left, values, right = np.linalg.svd(np.eye(rows.sum()) - hat)
    assert values[-1] < 1e-14 < values[-2]  # I − H is singular, in one direction
    assert abs(left[:, -1] @ residual[rows]) < 1e-13  # and there the residual is zero too
    # what it is multiplied by is not zero, so that rounding errors decide the printed numbers
    assert np.abs(right[-1] @ w[np.ix_(rows, rows)] @ x[rows]).max() > 1
    pseudo = np.zeros((3, 3))
    for name in dict.fromkeys(cluster):
        at = cluster == name
        own = x[at] @ bread @ x[at].T @ w[np.ix_(at, at)]
        score = (
            x[at].T
            @ w[np.ix_(at, at)]
            @ np.linalg.pinv(np.eye(at.sum()) - own, rcond=1e-12)
            @ residual[at]
        )
        pseudo += np.outer(score, score)
    without = np.sqrt(np.diag(bread @ pseudo @ bread))
    # with that direction left out the standard errors are nine times smaller than printed
    assert np.all(np.array(case.expect["CR3_se"]) / without > 8)


def test_it_is_refused_by_name(cases):
    given = {k: v for k, v in cases[NAME].input.items() if k != "X"}
    x = np.array(cases[NAME].input["X"])
    fit = multilevel(given, random="1 | level1/level2", moderators=x, likelihood="ML", test="z")
    with pytest.raises(SynthesisError, match="CR3 cannot be computed"):
        robust_multilevel(fit, cluster="cluster", correction="CR3")
    assert np.isfinite(robust_multilevel(fit, cluster="cluster").se).all()
