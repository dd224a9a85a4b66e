"""What both engines of `evidence.kernels.ragged` share: numbers for methods, columns, states."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evidence._typing import Matrix, Vector

Offsets = NDArray[np.int64]
States = NDArray[np.int8]

EE, DL, HE, HS, HSK, SJ, PM, PMM, FULL, RESTRICTED = range(10)
METHODS = {
    "EE": EE,
    "DL": DL,
    "DLIT": PM,  # settles on the root of Paule and Mandel, as do EB and SJIT; see tau2.py
    "HE": HE,
    "HS": HS,
    "HSk": HSK,
    "SJ": SJ,
    "SJIT": PM,
    "ML": FULL,
    "REML": RESTRICTED,
    "EB": PM,
    "PM": PM,
    "PMM": PMM,
}
"""Estimators of τ² that need effects and variances only, each as the number engines know."""

ESTIMATE, VARIANCE, SQUARES, TAU2, Q, TRACE = range(6)
"""Rows of an engine's answer: mean; its variance 1/Σw; Σw(y − mean)²; τ²; Q and tr P at τ² = 0."""

OK, EMPTY, YI_UNUSABLE, VI_UNUSABLE, VI_NOT_POSITIVE, OUT_OF_RANGE, NOT_CONVERGED = range(7)
LARGEST = 1e40  # as in synthesis.effect_table: beyond this, squares and cubes no longer fit


def states(yi: Vector, vi: Vector, offsets: Offsets) -> States:
    """What is wrong with each group: the gravest of its rows' troubles, 0 when nothing is.

    >>> yi, vi = np.array([0.1, 0.3, np.nan]), np.array([0.02, -0.03, 0.05])
    >>> found = states(yi, vi, np.array([0, 1, 2, 3, 3]))
    >>> found.tolist() == [OK, VI_NOT_POSITIVE, YI_UNUSABLE, EMPTY]
    True
    """
    found = np.where(np.diff(offsets) > 0, OK, EMPTY).astype(np.int8)
    if _all_in_order(yi, vi):
        return found
    wrong = np.zeros(len(yi), dtype=np.int8)
    with np.errstate(invalid="ignore"):
        for code, rows in (
            (OUT_OF_RANGE, (np.abs(yi) > LARGEST) | (vi > LARGEST) | (vi < 1 / LARGEST)),
            (VI_NOT_POSITIVE, vi <= 0),
            (VI_UNUSABLE, ~np.isfinite(vi)),
            (YI_UNUSABLE, ~np.isfinite(yi)),
        ):
            wrong[rows] = code
    # the smaller code is the graver one: reported when several rows are wrong
    graver = np.where(wrong == 0, NOT_CONVERGED + 1, wrong).astype(np.int8)
    filled = found == OK
    worst = np.minimum.reduceat(graver, offsets[:-1][filled])
    found[filled] = np.where(worst > NOT_CONVERGED, OK, worst)
    return found


def _all_in_order(yi: Vector, vi: Vector) -> bool:
    """Whether no row is in the way; a quick look, as that is nearly always so. NaN fails it."""
    if not len(yi):
        return True
    least, most = vi.min(), vi.max()
    return bool(
        least >= 1 / LARGEST and most <= LARGEST and yi.min() >= -LARGEST and yi.max() <= LARGEST
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Groups:
    """Groups of two and more studies, laid out about the most precise study of each.

    `u` and `v` hold the other studies (u their effects less that of the most precise), group after
    group from `starts`, `sizes` of them; `vj` (m,) is the smallest variance. All in units of a
    power of four near vj, so that scaling back is exact.
    """

    u: Vector
    v: Vector
    starts: NDArray[np.intp]
    sizes: NDArray[np.intp]
    vj: Vector

    def __len__(self) -> int:
        return len(self.vj)

    def spread(self, per_group: Vector) -> Vector:
        """A number per group, repeated for its rows."""
        return np.repeat(per_group, self.sizes)

    def total(self, per_row: Vector) -> Vector:
        """Sum over the rows of each group."""
        return np.asarray(np.add.reduceat(per_row, self.starts), dtype=np.float64)

    def only(self, chosen: NDArray[np.bool_]) -> Groups:
        """The chosen groups."""
        rows = np.repeat(chosen, self.sizes)
        sizes = self.sizes[chosen]
        return Groups(
            u=self.u[rows],
            v=self.v[rows],
            starts=np.cumsum(sizes) - sizes,
            sizes=sizes,
            vj=self.vj[chosen],
        )

    def squares(self, tau2: Vector) -> tuple[Vector, Vector, Vector, Vector]:
        """Mean (from the most precise study), sum of weights, sum of squares, trace of P."""
        wi, wj = 1 / (self.v + self.spread(tau2)), 1 / (self.vj + tau2)
        s1 = self.total(wi)
        total = s1 + wj
        mean = self.total(wi * self.u) / total
        squares = wj * mean * mean + self.total(wi * np.square(self.u - self.spread(mean)))
        return mean, total, squares, s1 * (1 + wj / total) - self.total(wi * wi) / total


def empty_answer(count: int) -> Matrix:
    """The table an engine fills: one column a group, NaN until then.

    >>> empty_answer(3).shape, bool(np.isnan(empty_answer(3)).all())
    ((6, 3), True)
    """
    return np.full((TRACE + 1, count), np.nan)
