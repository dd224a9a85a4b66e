"""What every random-effects interval begins with: two effects or more, and their τ²."""

from __future__ import annotations

from collections.abc import Iterator

from scipy.special import ndtri, stdtr, stdtrit

from evidence.errors import OptionError, SynthesisError
from evidence.kernels.inference import two_sided
from evidence.kernels.tau2 import TAU2, Tau2Method
from evidence.synthesis.effect_table import EffectSource, EffectTable, effect_table


def several(effects: EffectSource, measure: str = "") -> EffectTable:
    """Checked effects, two or more.

    >>> several({"yi": [0.1], "vi": [0.02]})
    Traceback (most recent call last):
    evidence.errors.SynthesisError: one effect says nothing about how much effects differ; these
    intervals need two or more. pool() gives the interval of the one.
    """
    table = effect_table(effects, measure=measure)
    if len(table) < 2:
        raise SynthesisError(
            "one effect says nothing about how much effects differ; these intervals need two or "
            "more. pool() gives the interval of the one."
        )
    return table


def between(table: EffectTable, method: Tau2Method, *, restricted: bool = False) -> float:
    """The between-study variance; `restricted` refuses any estimator but REML.

    >>> from evidence.synthesis.effect_table import effect_table
    >>> table = effect_table({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]})
    >>> round(between(table, "DL"), 4)
    0.0775
    >>> between(table, "DL", restricted=True)
    Traceback (most recent call last):
        ...
    evidence.errors.SynthesisError: Kenward–Roger rests on restricted maximum likelihood, not on
    tau2='DL'; give tau2='REML'.
    """
    if method not in TAU2:
        raise OptionError("tau2", method, TAU2)
    if restricted and method != "REML":
        raise SynthesisError(
            f"Kenward–Roger rests on restricted maximum likelihood, not on tau2={method!r}; give "
            "tau2='REML'."
        )
    return TAU2[method](table.yi, table.vi)


def t_quantile(level: float, df: float | None) -> float:
    """Two-sided quantile of t, whose degrees of freedom need not be whole; None is normal.

    >>> t_quantile(0.95, 10.5), t_quantile(0.95, None)
    (2.214, 1.960)
    """
    upper = 1 - (1 - level) / 2
    return float(ndtri(upper) if df is None else stdtrit(df, upper))


def t_two_sided(statistic: float, df: float | None) -> float:
    """Two-sided p value of t or z.

    >>> t_two_sided(2.214, 10.5)
    0.05
    """
    return two_sided(statistic, None) if df is None else float(2 * stdtr(df, -abs(statistic)))


def scarce(df: float | None) -> Iterator[str]:
    """A note on degrees of freedom below one.

    >>> next(scarce(0.19))[:40]
    'the quantile rests on 0.19 degrees of fr'
    """
    if df is not None and df < 1:
        yield (
            f"the quantile rests on {df:.2g} degrees of freedom: the interval is so wide that it "
            "says next to nothing."
        )
