"""What shows a peak to be the only one: the halves of the score, the sure steps, the marches.

Both engines are held to matrices; a step is where its two bounds meet, so it is right when they do.
"""

import numpy as np
import pytest
from scipy.optimize import brentq

from evidence.errors import ConvergenceError
from evidence.kernels import ragged_jit, ragged_peaks
from evidence.kernels.many_roots import many_roots
from evidence.kernels.ragged_rows import FULL, RESTRICTED, TAU2, Groups, empty_answer


def compiled_tau2(tables, full):
    """τ² of each group by the loops."""
    ends = np.cumsum([0, *(len(yi) for yi, _ in tables)])
    out, status = empty_answer(len(tables)), np.zeros(len(tables), dtype=np.int8)
    yi, vi = (np.concatenate(columns) for columns in zip(*tables, strict=True))
    method = FULL if full else RESTRICTED
    targets = np.ones(len(tables))
    ragged_jit.pool_groups(yi, vi, ends.astype(np.int64), method, targets, out, status)
    assert not status.any()
    return out[TAU2]


def up(f, g, f2, m):
    now = ragged_peaks.Terms(*(np.array([x]) for x in (f, g, f2, np.nan)))
    return float(ragged_peaks._step_up(now, np.array([m]))[0])


def down(f, g, g2, m):
    now = ragged_peaks.Terms(*(np.array([x]) for x in (f, g, np.nan, g2)))
    with np.errstate(invalid="ignore"):
        return float(ragged_peaks._step_down(now, np.array([m]))[0])


def group(seed, k=6, spread=1.0):
    rng = np.random.default_rng(seed)
    return rng.normal(0, spread, k), rng.uniform(0.05, 2.0, k)


def laid_out(*tables):
    """Several groups as the engines take them, without their scaling."""
    us, vs, vjs = [], [], []
    for yi, vi in tables:
        j = int(vi.argmin())
        others = np.arange(len(yi)) != j
        us.append(yi[others] - yi[j])
        vs.append(vi[others])
        vjs.append(vi[j])
    sizes = np.array([len(u) for u in us])
    return Groups(u=np.concatenate(us), v=np.concatenate(vs), starts=np.cumsum(sizes) - sizes,
                  sizes=sizes, vj=np.array(vjs))  # fmt: skip


def by_matrices(yi, vi, t, full):
    w = 1 / (vi + t)
    p = np.diag(w) - np.outer(w, w) / w.sum()
    f, f2 = yi @ p @ p @ yi, yi @ p @ p @ p @ yi
    return (f, w.sum(), f2, w @ w) if full else (f, np.trace(p), f2, np.trace(p @ p))


@pytest.mark.parametrize("full", [True, False])
def test_both_halves_of_the_score_and_what_they_fall_by(full):
    tables = [group(seed, k) for seed, k in enumerate((2, 3, 7, 12))]
    groups, t = laid_out(*tables), np.array([0.0, 0.3, 1.7, 0.02])
    wanted = np.array(
        [by_matrices(*table, at, full) for table, at in zip(tables, t, strict=True)]
    ).T
    for found, exact in zip(ragged_peaks.terms(groups, t, full), wanted, strict=True):
        assert found == pytest.approx(exact, rel=1e-10, abs=1e-12)


CASES = [(seed, full, t) for seed in range(12) for full in (True, False) for t in (0.0, 0.4)]


@pytest.mark.parametrize(("seed", "full", "t"), CASES)
def test_a_step_ends_where_its_two_bounds_meet(seed, full, t):
    yi, vi = group(seed, spread=0.4 + 0.4 * (seed % 4))
    f, g, f2, g2 = by_matrices(yi, vi, t, full)
    m = vi.max() + t
    far = np.geomspace(1e-9, 1e9, 4001)
    if f > g:
        d = f / f2
        step = up(f, g, f2, m)
        assert step > 0
        assert f * (d / (d + step)) ** 2 == pytest.approx(g * m / (m + step), rel=1e-8)
        before = far[far < 0.999 * step]
        assert (f * (d / (d + before)) ** 2 > g * m / (m + before)).all()
        score = [np.subtract(*by_matrices(yi, vi, t + s, full)[:2]) for s in before[::40]]
        assert min(score, default=1.0) > 0  # the score is at least as high as its bound
    else:
        e = g / g2
        step = down(f, g, g2, m)
        upper, lower = f * (m / (m + far)) ** 2, g * e / (e + far)
        if step == np.inf:
            assert (upper < lower).all()
        else:
            assert step > 0
            assert f * (m / (m + step)) ** 2 == pytest.approx(g * e / (e + step), rel=1e-8)
            assert (upper < lower)[far < 0.999 * step].all()
        score = [np.subtract(*by_matrices(yi, vi, t + s, full)[:2]) for s in far[far < step][::40]]
        assert max(score) < 0


def test_steps_of_every_kind_are_among_the_cases():
    """Up with b above and below 0; down for good by either reason, and down to an end."""
    kinds = set()
    for f, g, f2, m in ((3.0, 2.5, 3.0, 5.0), (3.0, 1.0, 0.05, 0.5)):
        d = f / f2
        kinds.add(("up", 2 * g * m * d > f * d * d))
        step = up(f, g, f2, m)
        assert f * (d / (d + step)) ** 2 == pytest.approx(g * m / (m + step), rel=1e-9)
    for f, g, g2, m in ((0.5, 1.0, 1.0, 1.0), (0.99, 1.0, 1.0, 1.2), (0.9, 1.0, 4.0, 9.0)):
        e = g / g2
        step = down(f, g, g2, m)
        kinds.add(("down", step == np.inf))
        far = np.geomspace(1e-9, 1e9, 4001)
        ahead = f * (m / (m + far)) ** 2 < g * e / (e + far)
        assert ahead[far < 0.999 * step].all()
        if step < np.inf:
            assert not ahead[far > 1.001 * step][0]
    assert kinds == {("up", True), ("up", False), ("down", True), ("down", False)}


def equal_variances(seed, k=8):
    """τ² is the variance of the effects less theirs: one peak, known."""
    yi = np.random.default_rng(seed).normal(0, 1, k)
    return yi, np.full(k, 0.1)


@pytest.mark.parametrize("full", [True, False])
def test_equal_variances_have_one_peak_and_it_is_shown(full):
    tables = [equal_variances(seed) for seed in range(20)]
    tables += [(0.1 * yi, vi) for yi, vi in tables[:5]]
    tau2, shown = ragged_peaks.single_peaks(laid_out(*tables), full=full)
    assert shown.all()
    compiled = compiled_tau2(tables, full)
    for (yi, vi), found, alone in zip(tables, tau2, compiled, strict=True):
        assert found == pytest.approx(max(0.0, np.var(yi, ddof=0 if full else 1) - vi[0]), rel=1e-9)
        assert alone == pytest.approx(found, rel=1e-9)


@pytest.mark.parametrize("full", [True, False])
def test_few_groups_are_left_to_the_search(full):
    """Variances forty times apart, effects of every spread: nearly all peaks are shown to be one.

    Where the score changes its sign once, both engines find the same root.
    """
    tables = [group(seed, 4 + seed % 9, spread=(0.2, 1.0, 3.0)[seed % 3]) for seed in range(120)]
    tau2, shown = ragged_peaks.single_peaks(laid_out(*tables), full=full)
    assert shown.mean() >= 0.95
    compiled = compiled_tau2(tables, full)
    for (yi, vi), found, alone in zip(tables, tau2, compiled, strict=True):
        f, g, _, _ = by_matrices(yi, vi, alone, full)
        assert f == pytest.approx(g, rel=1e-7) if alone > 0 else f <= g
        curve = [np.subtract(*by_matrices(yi, vi, t, full)[:2]) for t in np.geomspace(1e-4, 99, 60)]
        if (np.diff(np.sign(curve)) != 0).sum() <= 1:
            assert alone == pytest.approx(found, rel=1e-8, abs=1e-12)


def test_a_march_ends_before_the_peak_and_a_descent_begins_beyond_it():
    yi, vi = group(5, 8, spread=2.0)
    groups, largest = laid_out((yi, vi)), np.array([vi.max()])
    peak = ragged_peaks.single_peaks(groups, full=False)[0]

    def up(start, end):
        return ragged_peaks._stays_up(groups, start, end, largest, False)[0]

    zero = np.zeros(1)
    assert up(zero, 0.9 * peak)
    assert up(0.5 * peak, 0.9 * peak)
    assert up(0.9 * peak, 0.5 * peak)  # nothing to show
    assert not up(zero, 1.1 * peak)
    assert not up(1.01 * peak, 1.1 * peak)

    def down(start):
        now = ragged_peaks.terms(groups, start, False)
        with np.errstate(invalid="ignore"):
            return ragged_peaks._stays_down(groups, start, now, largest, False)[0]

    assert down(1.1 * peak)
    assert down(5 * peak)
    assert not down(0.9 * peak)


def test_effects_that_agree_have_their_peak_at_zero():
    groups = laid_out((np.full(4, 0.3), np.array([0.1, 0.2, 0.3, 0.4])), equal_variances(1))
    tau2, shown = ragged_peaks.single_peaks(groups, full=True)
    assert (tau2[0], shown.tolist()) == (0, [True, True])


@pytest.mark.parametrize("full", [True, False])
def test_the_highest_of_several_peaks_is_found_by_looking_everywhere(full):
    """Precise effects close together, imprecise ones far apart: a peak near 0, and another."""
    for spread in (0.5, 2.0, 6.0, 20.0):
        yi = np.array([0.0, 0.02, -0.02, 0.01, 5.0, -5.0, 0.3])
        vi = np.array([1e-3, 1e-3, 2e-3, 1e-3, spread, spread, 0.5])
        (found,) = compiled_tau2([(yi, vi)], full)

        def likelihood(t, yi=yi, vi=vi):
            w = 1 / (vi + t)
            rest = yi - w @ yi / w.sum()
            value = np.log(w).sum() - w @ (rest * rest)
            return 0.5 * (value if full else value - np.log(w.sum()))

        grid = np.concatenate([[0.0], np.geomspace(1e-7, 300, 6000)])
        assert likelihood(found) >= max(map(likelihood, grid)) - 1e-9


TARGETS = np.array([0.3, 2.0, 9.0, 1e-6, 50.0, 1e8])


@pytest.mark.parametrize(
    "curve",
    [
        lambda x: x**3 - TARGETS,
        lambda x: TARGETS - np.expm1(x / 30),
        lambda x: np.arctan(x - TARGETS**0.1) ** 3,
        lambda x: np.where(x < TARGETS**0.2, -1e-8, 1.0) * (1 + x),
    ],
)
def test_many_roots_are_the_single_roots(curve):
    low, high = np.zeros(6), np.full(6, 600.0)
    calls = []

    def watched(x):
        calls.append(x.copy())
        return curve(x)

    found = many_roots(watched, low, high, curve(low), curve(high))
    for i in range(6):
        wanted = brentq(lambda x, i=i: curve(np.full(6, x))[i], 0, 600, xtol=1e-14, maxiter=500)
        assert found[i] == pytest.approx(wanted, rel=1e-10, abs=1e-5 if i == 3 else 1e-10)
    assert len(calls) < 90
    assert all(((x >= low) & (x <= high)).all() for x in calls)


def test_many_roots_at_an_end_and_none():
    curve = lambda x: x - np.array([0.0, 2.0, 1.0])  # noqa: E731
    low, high = np.zeros(3), np.full(3, 2.0)
    assert many_roots(curve, low, high, curve(low), curve(high)).tolist() == [0.0, 2.0, 1.0]
    with pytest.raises(ConvergenceError):
        many_roots(lambda x: np.full(1, np.nan), low[:1], high[:1], -np.ones(1), np.ones(1))


def test_chords_take_few_steps_and_a_bad_one_is_halved():
    steep = lambda x: np.expm1(x) - 1.0  # noqa: E731
    calls = []

    def watched(x):
        calls.append(float(x[0]))
        return steep(x)

    low, high = np.zeros(1), np.full(1, 30.0)
    found = many_roots(watched, low, high, steep(low), steep(high))
    assert found[0] == pytest.approx(np.log(2), rel=1e-14)
    assert len(calls) < 25
