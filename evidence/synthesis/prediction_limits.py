"""Prediction intervals: where the true effect of a further study may lie."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from evidence import formatting as say
from evidence.errors import OptionError
from evidence.kernels.inference import mean_test
from evidence.kernels.kenward_roger import kenward_roger
from evidence.kernels.tau2 import Tau2Method
from evidence.synthesis.effect_table import EffectSource, check_level
from evidence.synthesis.random_effects import between, scarce, several, t_quantile
from evidence.synthesis.shown import Shown

PredictionMethod: TypeAlias = Literal["V", "HTS", "HK", "HK-PR", "KR", "KR-PR", "S"]
"""Standard error (plain, Hartung–Knapp, Kenward–Roger) and degrees of freedom."""

KENWARD_ROGER = frozenset({"KR", "KR-PR"})
BELOW_K = {"V": 1, "HK": 1, "HTS": 2, "HK-PR": 2}  # degrees of freedom are k less this


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class EffectPrediction(Shown):
    """Limits for the true effect of a further study; all None when no df are left."""

    measure: str
    k: int
    estimate: float
    tau2: float
    tau2_method: Tau2Method
    method: PredictionMethod
    se: float | None  # √(τ² + se² of the mean)
    df: float | None  # None with limits: normal
    pi_low: float | None
    pi_high: float | None
    level: float
    notes: tuple[str, ...]

    def heading(self) -> str:
        """What the result is."""
        return f"prediction interval from {self.k} effects"

    def lines(self) -> tuple[tuple[str, str], ...]:
        """What was found, as pairs of a name and its value in words."""
        limits = "–" if self.pi_low is None else say.interval(self.pi_low, self.pi_high, 3)
        return (
            (f"a further study, {self.method}", limits),
            (f"tau², {self.tau2_method}", say.number(self.tau2, 4)),
        )


def predict_effect(
    effects: EffectSource,
    *,
    method: PredictionMethod = "HTS",
    tau2: Tau2Method = "REML",
    level: float = 0.95,
    measure: str = "",
) -> EffectPrediction:
    """Interval for the true effect of a further study: mean ± quantile · √(τ² + se²).

    ======  ====================================  ==================
    method  standard error of the mean            quantile
    ======  ====================================  ==================
    V       plain                                 t, k − 1 df
    HTS     plain                                 t, k − 2 df
    HK      Hartung–Knapp                         t, k − 1 df
    HK-PR   Hartung–Knapp                         t, k − 2 df
    KR      Kenward–Roger                         t, its own df
    KR-PR   Kenward–Roger                         t, its own df − 1
    S       plain                                 normal
    ======  ====================================  ==================

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi` and sampling variances `vi`; two or more.
    method : str
        A row of the table.
    tau2 : str
        Estimator of the between-study variance; "REML" for the Kenward–Roger intervals.
    level : float
        Coverage.
    measure : str
        Name of the measure, where the effects do not carry it.

    Returns
    -------
    EffectPrediction
        Without limits when the degrees of freedom are 0 or fewer; the notes say so.

    Raises
    ------
    OptionError
        For an unknown method or estimator.
    SynthesisError
        When the effects cannot be used or are fewer than two, or Kenward–Roger is asked for with
        another estimator than REML.

    References
    ----------
    Veroniki et al. (2019), Res Synth Methods 10:23–43 (V). https://doi.org/10.1002/jrsm.1319
    Higgins, Thompson & Spiegelhalter (2009), J R Stat Soc A 172:137–159 (HTS).
    https://doi.org/10.1111/j.1467-985X.2008.00552.x
    Partlett & Riley (2017), Stat Med 36:301–317 (HK-PR, KR-PR). https://doi.org/10.1002/sim.7140
    Skipka (2006), Poster at the XXIIIrd International Biometric Conference (S).

    Examples
    --------
    >>> effects = {"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}
    >>> found = predict_effect(effects, method="HTS", tau2="DL")
    >>> found.pi_low, found.pi_high
    (-3.92, 4.66)
    """
    if method not in get_args(PredictionMethod):
        raise OptionError("method", method, get_args(PredictionMethod))
    check_level(level)
    table = several(effects, measure)
    variance = between(table, tau2, restricted=method in KENWARD_ROGER)
    k, notes = len(table), []
    mean = mean_test(table.yi, table.vi, variance, "HKSJ" if "HK" in method else "z", level)
    se, df = mean.se, float(k - BELOW_K[method]) if method in BELOW_K else None
    if method in KENWARD_ROGER:
        se, own = kenward_roger(table.vi, variance)
        df = own - (method == "KR-PR")
    spread: float | None = math.sqrt(variance + se * se)
    low = high = None
    if df is not None and df <= 0:
        notes.append(
            f"no prediction interval: {method} leaves {say.number(df, 1)} degrees of freedom with "
            f"{k} effects; method='V' needs fewer, more studies are better."
        )
        spread = df = None
    elif spread is not None:
        half = t_quantile(level, df) * spread
        low, high = mean.estimate - half, mean.estimate + half
        notes.extend(scarce(df))
    return EffectPrediction(
        measure=table.measure,
        k=k,
        estimate=mean.estimate,
        tau2=variance,
        tau2_method=tau2,
        method=method,
        se=spread,
        df=df,
        pi_low=low,
        pi_high=high,
        level=level,
        notes=tuple(notes),
    )
