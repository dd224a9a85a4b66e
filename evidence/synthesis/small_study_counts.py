"""Tests of small-study effects for two-by-two tables.

The log odds ratio and its standard error depend on each other by construction, so that Egger's
test finds asymmetry that is not there. These tests put something else in place of the standard
error, or a score in place of the log odds ratio.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from evidence import formatting as say
from evidence._typing import Vector
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.egger import weighted_line
from evidence.kernels.hypergeometric import hypergeometric
from evidence.kernels.inference import two_sided
from evidence.kernels.rank_test import kendall
from evidence.synthesis.count_table import CountSource, CountTable, count_table
from evidence.synthesis.shown import Shown

CountTest: TypeAlias = Literal[
    "Harbord", "Peters", "Macaskill", "Deeks", "Pustejovsky", "Schwarzer"
]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CountsTest(Shown):
    """A slope (or, by Schwarzer, a rank score) with its error and its test.

    Tables without event, or with nothing but events, in both groups say nothing and are not used.
    """

    method: CountTest
    k: int
    bias: float
    bias_se: float
    statistic: float | None
    df: int | None  # None: normal
    pvalue: float | None
    notes: tuple[str, ...]

    def heading(self) -> str:
        """The test."""
        return f"{self.method}'s test of small-study effects (k = {self.k})"

    def lines(self) -> Iterable[tuple[str, str]]:
        """Slope or score, test."""
        name = "score" if self.method == "Schwarzer" else "slope"
        yield name, f"{say.number(self.bias, 3)} (SE {say.number(self.bias_se, 3)})"
        scale = "z" if self.df is None else f"t on {self.df} df"
        yield scale, f"{say.number(self.statistic)}, {say.pvalue(self.pvalue)}"


def counts_test(counts: CountSource, *, method: CountTest = "Harbord") -> CountsTest:
    """Test two-by-two tables for small-study effects.

    Parameters
    ----------
    counts : DataFrame or mapping
        `ai n1i ci n2i` or `ai bi ci di`: events and people in two groups; optionally `study`.
    method : {"Harbord", "Peters", "Macaskill", "Deeks", "Pustejovsky", "Schwarzer"}
        Harbord: efficient score Z/V on 1/√V, weights V. Peters: log odds ratio on 1/n, weights
        from events and non-events. Macaskill: on n, weights 1/v. Deeks: on 1/√(effective sample
        size), weighted by it. Pustejovsky: on √(1/n₁ + 1/n₂), weights 1/v. Schwarzer: rank
        correlation of the standardised first cell with its inverse variance, both under the
        Mantel–Haenszel odds ratio.

    Raises
    ------
    OptionError
        For an unknown method.
    SynthesisError
        With fewer than three informative tables, or groups of the same size everywhere.

    References
    ----------
    Harbord, Egger & Sterne (2006), Stat Med 25:3443–3457. https://doi.org/10.1002/sim.2380
    Peters et al. (2006), JAMA 295:676–680. https://doi.org/10.1001/jama.295.6.676
    Macaskill, Walter & Irwig (2001), Stat Med 20:641–654. https://doi.org/10.1002/sim.698
    Deeks, Macaskill & Irwig (2005), J Clin Epidemiol 58:882–893.
    https://doi.org/10.1016/j.jclinepi.2005.01.016
    Pustejovsky & Rodgers (2019), Res Synth Methods 10:57–71. https://doi.org/10.1002/jrsm.1332
    Schwarzer, Antes & Schumacher (2007), Stat Med 26:721–733. https://doi.org/10.1002/sim.2588

    Examples
    --------
    >>> table = {"ai": [4, 6, 33, 180], "n1i": [123, 306, 5069, 1541],
    ...          "ci": [11, 29, 47, 372], "n2i": [139, 303, 5808, 1451]}
    >>> counts_test(table, method="Peters").pvalue
    0.57
    """
    if method not in TESTS:
        raise OptionError("method", method, TESTS)
    table = count_table(counts, "OR", ("OR",))
    used = table.take(~table.empty)
    if len(used) < 3:
        raise SynthesisError(
            f"{len(used)} informative tables: a test of small-study effects needs at least three."
        )
    notes = list(table.notes)
    if len(used) < len(table):
        notes.append(f"{len(table) - len(used)} of {len(table)} tables have no event to compare.")
    if len(used) < 10:
        notes.append(
            f"{len(used)} tables: with fewer than ten such a test finds little (Sterne 2011)."
        )
    bias, se, df = TESTS[method](used)
    statistic = bias / se if se > 0 else None
    return CountsTest(
        method=method,
        k=len(used),
        bias=bias,
        bias_se=se,
        statistic=statistic,
        df=df,
        pvalue=None if statistic is None else two_sided(statistic, df),
        notes=tuple(notes),
    )


def _line(yi: Vector, xi: Vector, wi: Vector) -> tuple[float, float, int]:
    line = weighted_line(yi, xi, wi)
    return line.slope, line.slope_se * math.sqrt(line.squares / line.df), line.df


def _sizes(table: CountTable) -> tuple[Vector, Vector, Vector, Vector]:
    """People in both groups, events, and the others."""
    a, b, c, d = table.cells
    return a + b, c + d, a + c, b + d


def _harbord(table: CountTable) -> tuple[float, float, int]:
    n1, n2, events, others = _sizes(table)
    n = n1 + n2
    score = table.cells[0] - events * n1 / n
    variance = n1 * n2 * events * others / (n * n * (n - 1))
    return _line(score / variance, 1 / np.sqrt(variance), variance)


def _peters(table: CountTable) -> tuple[float, float, int]:
    n1, n2, events, others = _sizes(table)
    n = n1 + n2
    return _line(table.effects()[0], 1 / n, events * others / n)


def _macaskill(table: CountTable) -> tuple[float, float, int]:
    n1, n2, _, _ = _sizes(table)
    yi, vi = table.effects()
    return _line(yi, n1 + n2, 1 / vi)


def _deeks(table: CountTable) -> tuple[float, float, int]:
    n1, n2, _, _ = _sizes(table)
    effective = 4 * n1 * n2 / (n1 + n2)
    return _line(table.effects()[0], 1 / np.sqrt(effective), effective)


def _pustejovsky(table: CountTable) -> tuple[float, float, int]:
    n1, n2, _, _ = _sizes(table)
    yi, vi = table.effects()
    return _line(yi, np.sqrt(1 / n1 + 1 / n2), 1 / vi)


def _schwarzer(table: CountTable) -> tuple[float, float, None]:
    a, b, c, d = table.cells
    n1, n2, events, _ = _sizes(table)
    n = n1 + n2
    up, down = float((a * d / n).sum()), float((b * c / n).sum())
    if up == 0 or down == 0:
        raise SynthesisError(
            "the Mantel–Haenszel odds ratio is zero or infinite; use method='Harbord'."
        )
    eta = np.full((len(table), 1), math.log(up / down))
    _, mean, variance = hypergeometric(n1, n2, events)(eta)
    spread = np.sqrt(variance[:, 0])
    found = kendall((a - mean[:, 0]) / spread, 1 / variance[:, 0], exact=False)
    return found.score, found.score_se, None


TESTS: dict[CountTest, Callable[[CountTable], tuple[float, float, int | None]]] = {
    "Harbord": _harbord,
    "Peters": _peters,
    "Macaskill": _macaskill,
    "Deeks": _deeks,
    "Pustejovsky": _pustejovsky,
    "Schwarzer": _schwarzer,
}
