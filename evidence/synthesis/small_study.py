"""Small-study effects: whether small studies show other effects than large ones.

Regression tests: Egger's and its relatives.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from evidence import formatting as say
from evidence._typing import Vector
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.egger import LINE_TAU2, Line, LineTau2, weighted_line
from evidence.kernels.inference import quantile, two_sided
from evidence.synthesis.effect_table import (
    EffectSource,
    EffectTable,
    as_numbers,
    check_level,
    effect_table,
)
from evidence.synthesis.shown import Shown

Predictor: TypeAlias = Literal["sei", "vi", "ni", "ninv", "sqrtni", "sqrtninv"]
"""Standard error, variance; sample size, its inverse, its root, the inverse of its root."""

AT_INFINITY: frozenset[Predictor] = frozenset({"sei", "vi", "ninv", "sqrtninv"})
"""Predictors that go to zero as a study grows: their intercept is the effect in a vast study."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RegressionTest(Shown):
    """A line of effects on study size; `statistic` and `pvalue` test its slope.

    `limit_estimate` is the effect the line predicts for an infinitely large study; None for
    predictors that grow with the study. A statistic of nothing divided by nothing is None.
    """

    predictor: Predictor
    model: Literal["multiplicative", "additive"]
    tau2_method: LineTau2 | None
    k: int
    intercept: float
    intercept_se: float
    intercept_statistic: float | None
    intercept_pvalue: float | None
    slope: float
    slope_se: float
    statistic: float | None
    df: int | None  # None: normal
    pvalue: float | None
    dispersion: float | None  # root of the multiplicative factor
    tau2: float | None
    limit_estimate: float | None
    limit_ci_low: float | None
    limit_ci_high: float | None
    level: float
    notes: tuple[str, ...]

    def heading(self) -> str:
        """The test and its model."""
        model = f"additive variance, {self.tau2_method}" if self.tau2_method else "multiplicative"
        return f"Regression test of small-study effects ({self.predictor}; {model}; k = {self.k})"

    def lines(self) -> Iterable[tuple[str, str]]:
        """Slope, test, limit."""
        half = quantile(self.level, self.df) * self.slope_se
        shown = say.estimate(self.slope, self.slope - half, self.slope + half, 3)
        yield "slope", shown
        name = "z" if self.df is None else f"t on {self.df} df"
        yield name, f"{say.number(self.statistic)}, {say.pvalue(self.pvalue)}"
        if self.limit_estimate is not None:
            limits = say.estimate(self.limit_estimate, self.limit_ci_low, self.limit_ci_high, 3)
            yield "effect in an infinitely large study", limits


def regression_test(
    effects: EffectSource,
    *,
    predictor: Predictor = "sei",
    model: Literal["multiplicative", "additive"] = "multiplicative",
    tau2: LineTau2 = "REML",
    test: Literal["z", "t"] | None = None,
    ni: Sequence[float] | None = None,
    level: float = 0.95,
) -> RegressionTest:
    """Regress effects on the size of their study and test the slope.

    With the standard error as predictor and the multiplicative model this is Egger's test.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi`, sampling variances `vi`, and `ni` (participants) for predictors that
        need it.
    predictor : {"sei", "vi", "ni", "ninv", "sqrtni", "sqrtninv"}
        What stands for the size of a study.
    model : {"multiplicative", "additive"}
        Weights 1/v with variances known up to a factor, or a between-study variance added to v.
    tau2 : {"EE", "DL", "HE", "PM", "ML", "REML"}
        Its estimator in the additive model.
    test : {"z", "t"}, optional
        Not given: t with k − 2 degrees of freedom in the multiplicative model, else z. The
        additive model with DL and "t" is the test of Thompson and Sharp.
    ni : array of shape (k,), optional
        Participants, where the effects do not carry them.
    level : float
        Level of the intervals.

    Raises
    ------
    SynthesisError
        With fewer than three effects, without `ni`, or when the predictor is constant.

    References
    ----------
    Egger et al. (1997), BMJ 315:629–634. https://doi.org/10.1136/bmj.315.7109.629
    Sterne & Egger (2005), in: Publication Bias in Meta-Analysis, chapter 6.
    Thompson & Sharp (1999), Stat Med 18:2693–2708.
    https://doi.org/10.1002/(SICI)1097-0258(19991030)18:20<2693::AID-SIM235>3.0.CO;2-V

    Examples
    --------
    >>> table = {"yi": [0.2, 0.3, 0.7, 0.9], "vi": [0.01, 0.02, 0.05, 0.09]}
    >>> found = regression_test(table)
    >>> found.slope, found.pvalue
    (3.68, 0.0104)
    """
    _choose("predictor", predictor, Predictor)
    _choose("tau2", tau2, LineTau2)
    if model not in ("multiplicative", "additive"):
        raise OptionError("model", model, ("multiplicative", "additive"))
    if test not in (None, "z", "t"):
        raise OptionError("test", test, ("z", "t"))
    check_level(level)
    table = effect_table(effects)
    if len(table) < 3:
        raise SynthesisError(f"a line through {len(table)} effects leaves nothing to test it with.")
    xi = _predictor(predictor, table, _participants(effects, ni))
    additive = model == "additive"
    between = LINE_TAU2[tau2](table.yi, table.vi, xi) if additive else 0.0
    line = weighted_line(table.yi, xi, 1 / (table.vi + between))
    dispersion = None if additive else math.sqrt(line.squares / line.df)
    df = line.df if (test or ("z" if additive else "t")) == "t" else None
    return _tested(
        line, table, predictor, tau2 if additive else None, between, dispersion, df, level
    )


def _tested(
    line: Line,
    table: EffectTable,
    predictor: Predictor,
    method: LineTau2 | None,
    between: float,
    dispersion: float | None,
    df: int | None,
    level: float,
) -> RegressionTest:
    factor = 1.0 if dispersion is None else dispersion
    intercept_se, slope_se = line.intercept_se * factor, line.slope_se * factor
    half = quantile(level, df) * intercept_se
    limit = line.intercept if predictor in AT_INFINITY else None
    notes = []
    if len(table) < 10:
        notes.append(
            f"{len(table)} effects: with fewer than ten such a test finds little (Sterne 2011)."
        )
    if dispersion == 0:
        notes.append("the effects lie on the line exactly: no error is left to test with.")
    intercept = _test(line.intercept, intercept_se, df)
    slope = _test(line.slope, slope_se, df)
    return RegressionTest(
        predictor=predictor,
        model="multiplicative" if method is None else "additive",
        tau2_method=method,
        k=len(table),
        intercept=line.intercept,
        intercept_se=intercept_se,
        intercept_statistic=intercept[0],
        intercept_pvalue=intercept[1],
        slope=line.slope,
        slope_se=slope_se,
        statistic=slope[0],
        df=df,
        pvalue=slope[1],
        dispersion=dispersion,
        tau2=None if method is None else between,
        limit_estimate=limit,
        limit_ci_low=None if limit is None else limit - half,
        limit_ci_high=None if limit is None else limit + half,
        level=level,
        notes=tuple(notes),
    )


def _test(value: float, se: float, df: int | None) -> tuple[float | None, float | None]:
    """Statistic and p; of an exact value 0 / 0 is nothing, and anything else is certain."""
    if se > 0:
        statistic = value / se
        return statistic, two_sided(statistic, df)
    return (None, None) if value == 0 else (math.copysign(math.inf, value), 0.0)


def _predictor(name: Predictor, table: EffectTable, ni: Sequence[Any] | None) -> Vector:
    if name == "sei":
        return np.asarray(np.sqrt(table.vi))
    if name == "vi":
        return table.vi
    if ni is None:
        raise SynthesisError(
            f"predictor={name!r} needs the participants of each study; give a column ni, or "
            "use predictor='sei'."
        )
    if len(ni) != len(table):
        raise SynthesisError(f"lengths differ: {len(table)} effects and {len(ni)} ni.")
    size = as_numbers("ni", ni, table.studies)
    if not (size > 0).all():
        raise SynthesisError("ni must be above zero in every row.")
    if name in ("sqrtni", "sqrtninv"):
        size = np.asarray(np.sqrt(size), dtype=np.float64)
    return 1 / size if name in ("ninv", "sqrtninv") else size


def _participants(effects: EffectSource, ni: Sequence[float] | None) -> Sequence[Any] | None:
    if ni is not None:
        return list(ni)
    for columns in (effects, getattr(effects, "frame", {})):
        try:
            if "ni" in columns:  # type: ignore[operator]
                return list(columns["ni"])  # type: ignore[index]
        except TypeError:
            continue
    return None


def _choose(option: str, value: object, allowed: Any) -> None:
    names = get_args(allowed)
    if value not in names:
        raise OptionError(option, value, names)
