"""Disputed numbers of the mixed models for counts; the others are in test_glmm_independent.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from adapters.glmm import FAMILIES
from disputed import DISPUTED, NOT_IN_DATA
from runner import read_cases
from scipy.special import chdtrc, erfc

DATA = Path(__file__).parent / "data" / "glmm.json.gz"
CASES = {case.id: case for case in read_cases(DATA, "glmm")}
STATISTIC = {"pval": "statistic", "QE_Wald_pval": "QE_Wald"}
AMPLIFIED = [
    name
    for name, dispute in DISPUTED.items()
    if name.startswith("glmm.")
    and name not in NOT_IN_DATA
    and set(dispute.elements) <= set(STATISTIC)
]


def p_of(key: str, value: float, k: int) -> float:
    if key == "pval":
        return float(erfc(abs(value) / 2**0.5))
    return float(chdtrc(k - 1, value))


def studies_with_an_event(case) -> int:
    rows = zip(*(case.input[name] for name in ("ai", "bi", "ci", "di")), strict=True)
    return sum(a + c > 0 and b + d > 0 for a, b, c, d in rows)


@pytest.mark.parametrize("name", AMPLIFIED)
def test_a_p_value_amplifies_a_statistic_that_agrees(name):
    """The statistics agree at the tolerance; any p between those of its ends is as good."""
    case = CASES[name]
    answer = FAMILIES["glmm"](case)
    k = studies_with_an_event(case)
    for key in DISPUTED[name].elements:
        want, ours = case.expect[STATISTIC[key]], answer[STATISTIC[key]]
        assert abs(ours - want) <= case.tol * abs(want)
        ends = [p_of(key, want * (1 + side * case.tol), k) for side in (-1, 1)]
        assert min(ends) <= answer[key] <= max(ends)
        assert min(ends) <= case.expect[key] <= max(ends)


def test_a_variance_at_its_boundary_is_zero():
    case = CASES["glmm.hart.IRR.UM.RS.ML"]
    answer = FAMILIES["glmm"](case)
    assert answer["tau2"] == 0
    assert 0 < case.expect["tau2"] < 1e-9  # what an optimiser leaves of a zero
    assert answer["logLik"] >= case.expect["logLik"] - 1e-9
