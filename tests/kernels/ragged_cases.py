"""Groups to pool in bulk, and what their answers are held to: `pool`, and exact arithmetic."""

from __future__ import annotations

from fractions import Fraction
from typing import get_args

import numpy as np
from hypothesis import strategies as st
from scipy.special import chdtri
from strategies import numbers, tables

from evidence.kernels.inference import Test
from evidence.kernels.ragged import RaggedPooled

ENGINES = ("numpy", "compiled")
TESTS = get_args(Test)
FIELDS = [name for name in RaggedPooled.__dataclass_fields__ if name != "status"]


def end_to_end(groups):
    sizes = [len(yi) for yi, _ in groups]
    yi = np.concatenate([yi for yi, _ in groups])
    vi = np.concatenate([vi for _, vi in groups])
    return yi, vi, np.concatenate([[0], np.cumsum(sizes)])


def assert_answers(found, i, want, vi):
    """Group i of `found` has the numbers of `want`, a `Pooled`."""
    spread = float(np.median(vi))
    own = {
        **{"k": 0.0, "tau2": spread, "i2": 1.0, "h2": 1.0, "q": 1.0, "statistic": 1.0},
        # a p value in the far tail has the error of the statistic, times the statistic squared
        "pvalue": (want.pvalue or 0.0) * (1 + (want.statistic or 0.0) ** 2),
    }
    assert found.status[i] == 0
    for name in FIELDS:
        expected, got = getattr(want, name), getattr(found, name)[i]
        if expected is None:
            assert np.isnan(got), name
            continue
        if name in ("statistic", "pvalue") and want.se < 1e-12 * abs(want.estimate):
            continue  # a mean over rounding errors
        if np.isinf(expected) or got == expected:
            assert got == expected, name
            continue
        # both find the root of a score that is itself rounded: the reference files ask for 1e-6
        scale = max(abs(expected), own.get(name, max(want.se, 1e-4 * spread**0.5)))
        assert abs(got - expected) <= 1e-8 * scale, (name, got, expected)


# ---------------------------------------------------------------- groups


@st.composite
def ties(draw):
    """A few values that come back: equal effects, equal variances, one or two studies."""
    k = draw(st.integers(1, 5))
    yi = draw(st.lists(st.sampled_from([0.0, 0.4, -1.0]), min_size=k, max_size=k))
    vi = draw(st.lists(st.sampled_from([0.02, 0.5]), min_size=k, max_size=k))
    return np.array(yi), np.array(vi)


@st.composite
def in_any_unit(draw):
    """Variances from 1e-30 to 1e30, of like size within the group."""
    yi, vi = draw(tables(min_size=1, max_size=4))
    unit = draw(st.integers(-13, 14))
    return yi * 10.0**unit, vi * 100.0**unit


@st.composite
def agreeing(draw):
    """Effects closer together than chance: no variance between them."""
    yi, vi = draw(tables(min_size=2, max_size=6, variance=(0.1, 3.0)))
    return 0.3 + 0.02 * yi, vi


def groups():
    """Up to four groups of any kind."""
    kinds = (tables(min_size=1, max_size=7), ties(), in_any_unit(), agreeing())
    return st.lists(st.one_of(*kinds), min_size=1, max_size=4)


@st.composite
def wide_groups(draw):
    """Variances from 1e-30 to 1e30 within one group, effects of the size of any of their roots."""
    power = st.one_of(st.floats(-30, 30), st.sampled_from([-30.0, 0.0, 30.0]))
    k = draw(st.integers(1, 6))
    vi = np.array([10.0 ** draw(power) for _ in range(k)])
    unit = 10.0 ** draw(st.integers(-15, 15))
    yi = np.array([draw(numbers(-3, 3)) for _ in range(k)])
    return yi * unit, vi


# ---------------------------------------------------------------- exact arithmetic


def assert_tau2(method, yi, vi, tau2):
    """Held to the equation that defines the estimator, in fractions: nothing is rounded."""
    y, v, t = [Fraction(x) for x in yi], [Fraction(x) for x in vi], Fraction(float(tau2))
    k, df = len(y), len(y) - 1
    if method in ("ML", "REML"):
        _assert_likeliest(method, yi, vi, y, v, t)
    elif method in ("PM", "EB", "DLIT", "SJIT", "PMM"):
        target = Fraction(float(chdtri(df, 0.5))) if method == "PMM" else Fraction(df)
        q = _squares(y, [1 / (x + t) for x in v])
        # Newton stops where a step is 1e-9 of τ²; Q moves by no larger share than τ²
        assert abs(q - target) <= target / 10**9 or (t == 0 and q <= target), float(q / target)
    else:
        want, size = _by_moments(method, y, v, k, df)
        # the terms that are subtracted are each right to a few digits of the last place
        assert abs(t - want) <= size / 10**12, (float(t), float(want))


def _squares(y, w):
    mean = sum(a * b for a, b in zip(w, y, strict=True)) / sum(w)
    return sum(a * (b - mean) ** 2 for a, b in zip(w, y, strict=True))


def _by_moments(method, y, v, k, df):
    """τ², and the size of what is subtracted to get it."""
    w = [1 / x for x in v]
    total, q = sum(w), _squares(y, w)
    plain = _squares(y, [Fraction(1)] * k)
    if method == "EE":
        return Fraction(0), Fraction(0)
    if method == "SJ":
        crude = plain / k
        tau2 = crude * _squares(y, [1 / (x + crude) for x in v]) / df
        return tau2, tau2
    gain, loss, divisor = {
        "DL": (q, df, total - sum(a * a for a in w) / total),
        "HE": (plain / df, sum(v) / k, 1),
        "HS": (q, k, total),
        "HSk": (q * k / df, k, total),
    }[method]
    return max(Fraction(0), (gain - loss) / divisor), (gain + loss) / divisor


def _assert_likeliest(method, yi, vi, y, v, t):
    w = [1 / (x + t) for x in v]
    total = sum(w)
    mean = sum(a * b for a, b in zip(w, y, strict=True)) / total
    f = sum((a * (b - mean)) ** 2 for a, b in zip(w, y, strict=True))
    g = total - (sum(a * a for a in w) / total if method == "REML" else 0)
    # twice the score is f − g; a step of 1e-9 of τ² moves neither by a larger share than 2e-9
    assert abs(f - g) <= g / 10**8 or (t == 0 and f <= g), float(f / g)
    high = vi.max() + np.ptp(yi) ** 2
    others = np.concatenate([[0.0], np.geomspace(vi.min() / 100, 100 * high, 600)])
    assert _heights(method, yi, vi, others).max() <= _heights(method, yi, vi, [float(t)])[0] + 1e-9


def _heights(method, yi, vi, tau2):
    """Log-likelihood without its constants, the mean taken about the most precise study."""
    u, w = yi - yi[vi.argmin()], 1 / (vi + np.asarray(tau2)[:, None])
    total = w.sum(axis=1)
    mean = (w @ u) / total
    value = 0.5 * np.log(w).sum(axis=1) - 0.5 * (w * (u - mean[:, None]) ** 2).sum(axis=1)
    return value - (0.5 * np.log(total) if method == "REML" else 0)
