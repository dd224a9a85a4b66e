"""Trim and fill: the studies a lopsided funnel seems to lack, and the mean with them put in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from evidence import formatting as say
from evidence._typing import Vector
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.egger import LINE_TAU2, weighted_line
from evidence.kernels.inference import Test
from evidence.kernels.scoring import scored_reml
from evidence.kernels.tau2 import TAU2, Tau2Method
from evidence.kernels.trim_fill import MissingEstimator, trim
from evidence.synthesis.effect_table import EffectSource, EffectTable, effect_table, is_number
from evidence.synthesis.pool import Pooled, pool
from evidence.synthesis.shown import Shown

Side = Literal["left", "right"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class TrimFill(Shown):
    """How many studies seem missing on which side, and the pooled means without and with them.

    `filled` has a row per mirrored study: `study` ("filled: " and the study it mirrors), yi, vi.
    """

    missing: int
    missing_se: float | None
    missing_pvalue: float | None  # of "none is missing"; R0 only
    side: Side
    estimator: MissingEstimator
    original: Pooled
    pooled: Pooled
    filled: pd.DataFrame
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Two rows, the means as found and with the missing studies filled in."""
        means = {"as found": self.original, "filled in": self.pooled}
        frame = pd.concat([mean.to_frame() for mean in means.values()], ignore_index=True)
        frame.insert(0, "studies", list(means))
        return frame.assign(missing=self.missing, side=self.side, estimator=self.estimator)

    def heading(self) -> str:
        """The method."""
        return f"Trim and fill ({self.estimator}, {self.side} side)"

    def lines(self) -> Iterable[tuple[str, str]]:
        """Missing studies, then both means."""
        error = "" if self.missing_se is None else f" (SE {say.number(self.missing_se)})"
        yield "studies missing", f"{self.missing}{error}"
        for name, mean in (("as found", self.original), ("with them filled in", self.pooled)):
            yield name, say.estimate(mean.estimate, mean.ci_low, mean.ci_high)


def trim_fill(
    effects: EffectSource,
    *,
    estimator: MissingEstimator = "L0",
    side: Side | None = None,
    tau2: Tau2Method = "REML",
    test: Test = "HKSJ",
    level: float = 0.95,
    scoring_stop: float | None = None,
) -> TrimFill:
    """Estimate how many studies a side of the funnel lacks, fill them in and pool again.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi`, sampling variances `vi`, optionally `study`.
    estimator : {"L0", "R0", "Q0"}
        How missing studies are counted from the ranks.
    side : {"left", "right"}, optional
        Where they are missing; not given: the side the small studies lean away from, by the
        slope of effects on their standard errors.
    tau2, test, level
        As for `pool`.
    scoring_stop : float, optional
        With "REML": leave the fit of the filled set once Fisher scoring moves τ² by no more than
        this. For the digits of programs that do (1e-5); not given, the likelihood is climbed to
        the top.

    Raises
    ------
    ConvergenceError
        When the count does not settle, or Q0 has no solution.

    References
    ----------
    Duval & Tweedie (2000), JASA 95:89–98. https://doi.org/10.1080/01621459.2000.10473905
    Duval & Tweedie (2000), Biometrics 56:455–463.
    https://doi.org/10.1111/j.0006-341X.2000.00455.x

    Examples
    --------
    >>> table = {"yi": [0.1, 0.15, 0.2, 0.6, 0.9, 1.2], "vi": [0.01, 0.01, 0.01, 0.05, 0.09, 0.12]}
    >>> found = trim_fill(table, tau2="EE", test="z")
    >>> found.missing, found.side, found.pooled.estimate
    (2, 'left', 0.18)
    """
    if estimator not in get_args(MissingEstimator):
        raise OptionError("estimator", estimator, get_args(MissingEstimator))
    if side not in (None, "left", "right"):
        raise OptionError("side", side, ("left", "right"))
    table = effect_table(effects)
    if len(table) < 3:
        raise SynthesisError(f"trim and fill needs at least three effects, not {len(table)}.")
    original = pool(effects, tau2=tau2, test=test, level=level)
    chosen = side or _leaning(table, tau2)
    turn = -1.0 if chosen == "right" else 1.0
    last = None if scoring_stop is None else stopped(tau2, scoring_stop)
    found = trim(turn * table.yi, table.vi, TAU2[tau2], estimator)
    rows = list(found.rows)
    filled = pd.DataFrame(
        {
            "study": [f"filled: {table.studies[row]}" for row in rows],
            "yi": turn * found.filled,
            "vi": table.vi[rows],
        }
    )
    both: dict[str, Any] = {
        "yi": np.concatenate([table.yi, turn * found.filled]),
        "vi": np.concatenate([table.vi, table.vi[rows]]),
        "study": [*table.studies, *filled["study"]],
    }
    pooled = original
    if rows:
        fixed = None if last is None else last(both["yi"], both["vi"])
        pooled = pool(
            both, tau2=tau2, test=test, level=level, measure=table.measure, fixed_tau2=fixed
        )
    return TrimFill(
        missing=found.missing,
        missing_se=found.missing_se,
        missing_pvalue=0.5 ** (found.missing + 1) if estimator == "R0" else None,
        side=chosen,
        estimator=estimator,
        original=original,
        pooled=pooled,
        filled=filled,
        notes=(
            "a sensitivity analysis, not a correction: funnels also lean for other reasons, and "
            "where effects differ between studies it can fill in what never was missing.",
        ),
    )


def stopped(tau2: Tau2Method, stop: float) -> Callable[[Vector, Vector], float]:
    """The estimator REML, left early; any other has no steps to stop at.

    >>> yi, vi = np.array([0.1, 0.3, 0.8]), np.array([0.02, 0.03, 0.05])
    >>> round(stopped("REML", 0.1)(yi, vi), 4), round(stopped("REML", 1e-8)(yi, vi), 4)
    (0.0869, 0.086)
    >>> stopped("DL", 1e-3)
    Traceback (most recent call last):
        ...
    evidence.errors.SynthesisError: scoring_stop belongs to tau2='REML'; 'DL' takes no such steps.
    """
    if tau2 != "REML":
        raise SynthesisError(f"scoring_stop belongs to tau2='REML'; {tau2!r} takes no such steps.")
    if not is_number(stop) or not stop > 0:
        raise SynthesisError(f"scoring_stop={stop!r} is not a number above zero.")
    return lambda yi, vi: scored_reml(yi, vi, stop)


def _leaning(table: EffectTable, tau2: Tau2Method) -> Side:
    """The side away from which small studies lean; left when the funnel is upright."""
    sei = np.sqrt(table.vi)
    if np.ptp(sei) <= 1e-11 * float(sei.max()):
        raise SynthesisError(
            "all standard errors are the same: the lean of the funnel does not tell the side; "
            "give side='left' or 'right'."
        )
    method = tau2 if tau2 in LINE_TAU2 else "REML"
    between = LINE_TAU2[method](table.yi, table.vi, sei)
    line = weighted_line(table.yi, sei, 1 / (table.vi + between))
    return "right" if line.slope < 0 else "left"
