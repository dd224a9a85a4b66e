"""The disputed numbers, each against a computation that shares nothing with the package's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from disputed import DISPUTED, NOT_IN_DATA
from runner import case_files, read_cases
from scipy.integrate import quad
from scipy.special import beta

from evidence.effects.measures import effect_sizes

DATA = Path(__file__).parent / "data" / "escalc.json.gz"


@pytest.fixture(scope="module")
def cases():
    return {case.id: case for case in read_cases(DATA, "escalc")}


def test_every_disputed_case_exists_and_is_shown_by_a_test_that_exists():
    folder = DATA.parent
    known = {
        case.id for name, path in case_files(folder).items() for case in read_cases(path, name)
    }
    assert set(DISPUTED) - set(NOT_IN_DATA) <= known
    for name, dispute in DISPUTED.items():
        file, test = dispute.shown_by.split("::")
        text = (Path(__file__).parents[1] / file).read_text(encoding="utf-8")
        assert f"def {test}(" in text, name


def olkin_pratt(r: float, n: int) -> float:
    """r F(1/2, 1/2; (n-2)/2; 1-r^2) by Euler's integral (Olkin & Pratt 1958)."""
    b, c, z = 0.5, (n - 2) / 2, 1 - r * r
    # t = u^2 takes the singularity out of t^(b-1)
    value, error = quad(
        lambda u: 2 * (1 - u * u) ** (c - b - 1) * (1 - z * u * u) ** -0.5,
        0,
        1,
        epsrel=1e-12,
        limit=400,
    )
    assert error < 1e-8
    return r * value / beta(b, c - b)


@pytest.mark.parametrize("name", ["es.cohen.UCOR", "es.cohen.UCOR.UB"])
def test_unbiased_correlation_near_zero(name, cases):
    case = cases[name]
    r, n = case.input["ri"], case.input["ni"]
    exact = np.array([olkin_pratt(ri, ni) for ri, ni in zip(r, n, strict=True)])
    ours = effect_sizes("UCOR", ri=r, ni=n, vtype=case.options.get("vtype", "LS")).yi
    theirs = np.array(case.expect["yi"])
    assert ours == pytest.approx(exact, rel=1e-8)
    wrong = np.flatnonzero(~np.isclose(theirs, exact, rtol=1e-6))
    assert list(wrong) == [5]
    assert abs(theirs[5] - exact[5]) > 2e-5


def test_tetrachoric_correlation_of_a_table_with_an_empty_cell(cases):
    case = cases["es.damico.RTET"]
    assert case.input["ai"][6] == 0
    assert case.expect["yi"][6] == -1  # on the edge: the likelihood has no curvature there
    assert case.expect["vi"][6] == 2**44 / 1e6  # a power of two: the size of a rounding error
