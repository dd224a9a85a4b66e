"""The mean of random effects with one of the intervals proposed for it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from evidence import formatting as say
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.inference import mean_test, quantile
from evidence.kernels.kenward_roger import kenward_roger
from evidence.kernels.tau2 import TAU2, Tau2Method
from evidence.synthesis.effect_table import EffectSource, EffectTable, check_level
from evidence.synthesis.random_effects import (
    between,
    scarce,
    several,
    t_quantile,
    t_two_sided,
)
from evidence.synthesis.shown import Shown

MeanIntervalMethod: TypeAlias = Literal["classic", "HK", "KR"]
"""Normal; Hartung–Knapp; Kenward–Roger."""

AdHoc: TypeAlias = Literal["none", "se", "ci", "IQWiG6"]
"""What is done about a Hartung–Knapp interval that came out narrower than the normal one."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MeanInterval(Shown):
    """A random-effects mean with one of the intervals proposed for it."""

    measure: str
    k: int
    estimate: float
    se: float
    df: float | None  # None: normal
    statistic: float | None  # None: nothing divided by nothing
    pvalue: float | None
    ci_low: float
    ci_high: float
    level: float
    tau2: float
    tau2_method: Tau2Method
    method: MeanIntervalMethod
    adhoc: AdHoc
    corrected: bool  # whether the ad hoc correction changed anything
    notes: tuple[str, ...]

    def heading(self) -> str:
        """What the result is."""
        return f"random-effects mean of {self.k} effects"

    def lines(self) -> tuple[tuple[str, str], ...]:
        """What was found, as pairs of a name and its value in words."""
        how = {"classic": "normal", "HK": "Hartung–Knapp", "KR": "Kenward–Roger"}[self.method]
        spread = "" if self.df is None else f", {say.number(self.df, 1)} df"
        return (
            (f"{self.measure or 'mean'}, {how}{spread}",
             f"{say.estimate(self.estimate, self.ci_low, self.ci_high, 3)}, "
             f"{say.pvalue(self.pvalue)}"),
            (f"tau², {self.tau2_method}", say.number(self.tau2, 4)),
        )  # fmt: skip


def mean_interval(
    effects: EffectSource,
    *,
    method: MeanIntervalMethod = "HK",
    adhoc: AdHoc = "none",
    tau2: Tau2Method = "REML",
    level: float = 0.95,
    measure: str = "",
) -> MeanInterval:
    """Random-effects mean with a normal, Hartung–Knapp or Kenward–Roger interval.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi` on the scale they are pooled on, sampling variances `vi`; two or more.
    method : {"classic", "HK", "KR"}
        The interval. KR rests on restricted maximum likelihood and needs tau2="REML".
    adhoc : {"none", "se", "ci", "IQWiG6"}
        For HK only. "se": the standard error is never below the plain one. "ci": where the HK
        interval is narrower than the normal one, the normal one is given. "IQWiG6": where it is
        narrower than the normal interval with the DerSimonian–Laird τ², as "se".
    tau2 : str
        Estimator of the between-study variance.
    level : float
        Confidence level.
    measure : str
        Name of the measure, where the effects do not carry it.

    Raises
    ------
    OptionError
        For an unknown method, correction or estimator.
    SynthesisError
        When the effects cannot be used, are fewer than two, or the options contradict each other.

    References
    ----------
    Hartung & Knapp (2001), Stat Med 20:3875–3889. https://doi.org/10.1002/sim.1009
    Knapp & Hartung (2003), Stat Med 22:2693–2710 ("se"). https://doi.org/10.1002/sim.1482
    Jackson, Law, Rücker & Schwarzer (2017), Stat Med 36:3923–3934 ("ci").
    https://doi.org/10.1002/sim.7411
    IQWiG (2022), General Methods 6.1, section 10.3.9.5.3 ("IQWiG6").

    Examples
    --------
    >>> effects = {"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}
    >>> found = mean_interval(effects, method="HK", tau2="DL")
    >>> found.estimate, found.ci_low, found.ci_high
    (0.368, -0.502, 1.239)
    """
    if method not in get_args(MeanIntervalMethod):
        raise OptionError("method", method, get_args(MeanIntervalMethod))
    if adhoc not in get_args(AdHoc):
        raise OptionError("adhoc", adhoc, get_args(AdHoc))
    check_level(level)
    if adhoc != "none" and method != "HK":
        raise SynthesisError(
            f"adhoc={adhoc!r} corrects the Hartung–Knapp interval; with method={method!r} there is "
            "nothing to correct."
        )
    table = several(effects, measure)
    variance = between(table, tau2, restricted=method == "KR")
    plain = mean_test(table.yi, table.vi, variance, "z", level)
    se, df, corrected = plain.se, None, False
    if method == "HK":
        se, df, corrected = _hartung_knapp(table, variance, adhoc, level)
    elif method == "KR":
        se, df = kenward_roger(table.vi, variance)
    half = t_quantile(level, df) * se
    statistic = _ratio(plain.estimate, se)
    return MeanInterval(
        measure=table.measure,
        k=len(table),
        estimate=plain.estimate,
        se=se,
        df=df,
        statistic=statistic,
        pvalue=None if statistic is None else t_two_sided(statistic, df),
        ci_low=plain.estimate - half,
        ci_high=plain.estimate + half,
        level=level,
        tau2=variance,
        tau2_method=tau2,
        method=method,
        adhoc=adhoc,
        corrected=corrected,
        notes=tuple(_interval_notes(method, adhoc, df, corrected, plain.se, se)),
    )


def _hartung_knapp(
    table: EffectTable, tau2: float, adhoc: AdHoc, level: float
) -> tuple[float, float | None, bool]:
    """Standard error, degrees of freedom, and whether the correction was needed."""
    yi, vi = table.yi, table.vi
    plain = mean_test(yi, vi, tau2, "z", level)
    found = mean_test(yi, vi, tau2, "HKSJ", level)
    df = float(len(table) - 1)
    half = quantile(level, None)
    width = t_quantile(level, df) * found.se
    if adhoc == "se":
        return max(found.se, plain.se), df, found.se < plain.se
    if adhoc == "ci" and width < half * plain.se:
        return plain.se, None, True
    if adhoc == "IQWiG6":
        laird = mean_test(yi, vi, TAU2["DL"](yi, vi), "z", level)
        if width < half * laird.se:
            return max(found.se, plain.se), df, found.se < plain.se
    return found.se, df, False


def _ratio(estimate: float, se: float) -> float | None:
    if se > 0:
        return estimate / se
    return math.copysign(math.inf, estimate) if estimate else None


def _interval_notes(
    method: str, adhoc: str, df: float | None, corrected: bool, plain: float, se: float
) -> Iterator[str]:
    if corrected and adhoc == "ci":
        yield "the Hartung–Knapp interval was narrower than the normal one, which is given instead."
    elif corrected:
        yield (
            "the Hartung–Knapp standard error was below the plain one, which is used instead, "
            "with the t quantile."
        )
    elif method == "HK" and se < plain:
        yield (
            "the Hartung–Knapp standard error is below the plain one, because these effects agree "
            "more closely than their standard errors allow; adhoc='se' does not let it."
        )
    yield from scarce(df)
