"""Pooling: the mean of independent effects, and how much the effects differ."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from html import escape
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from evidence._typing import Vector
from evidence.effects.measures import MEASURES
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.heterogeneity import (
    cochran_q,
    h2_from_tau2,
    i2_from_q,
    i2_from_tau2,
    q_profile,
    q_pvalue,
    typical_variance,
)
from evidence.kernels.inference import (
    MeanTest,
    Test,
    mean_test,
    prediction_limits,
    quantile,
    shares,
)
from evidence.kernels.tau2 import TAU2, TAU2_OF_WEIGHTS, Tau2Method, tau2_se
from evidence.messages import listed, say
from evidence.synthesis.effect_table import (
    EffectSource,
    EffectTable,
    as_numbers,
    check_level,
    effect_table,
    is_number,
)
from evidence.synthesis.pooled_words import pooled_lines

Weighting = Literal["inverse variance", "equal", "given"]

LOG_MEASURES = frozenset({"HR", *(row.id for row in MEASURES.values() if row.log)})
"""Measures pooled on a log scale: exp() brings the ratio back. Hazard ratios come ready made."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Pooled:
    """A pooled mean on the scale of the effects (log for ratios), and the heterogeneity.

    A number that these effects cannot give is None, and `notes` says why.
    """

    measure: str
    k: int
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    level: float
    test: Test
    statistic: float | None  # None: nothing divided by nothing
    df: int | None  # None: normal
    pvalue: float | None
    hk_factor: float | None  # what Hartung and Knapp multiply the variance by
    tau2: float | None  # None: not estimable, one study
    tau2_method: Tau2Method | Literal["fixed"]
    tau2_se: float | None
    tau2_ci_low: float | None  # Q-profile
    tau2_ci_high: float | None
    typical_variance: float | None
    i2: float | None  # percent, 0 to 100
    i2_ci_low: float | None
    i2_ci_high: float | None
    h2: float | None
    h2_ci_low: float | None
    h2_ci_high: float | None
    q: float | None
    q_df: int
    q_pvalue: float | None
    pi_low: float | None  # of the true effect in a further study; from three studies on
    pi_high: float | None
    weighting: Weighting
    log_scale: bool
    notes: tuple[str, ...]
    studies: tuple[str, ...]
    shares: Vector  # of the weight, by study: shape (k,), summing to 1

    @property
    def weights(self) -> pd.Series[float]:
        """What each study contributes to the mean: shares that sum to 1, indexed by study."""
        index = pd.Index(self.studies, name="study")
        return pd.Series(self.shares, index=index, name="weight")

    def to_frame(self) -> pd.DataFrame:
        """One row; columns named as the attributes, without those that are one per study."""
        names = [item.name for item in fields(self) if item.name not in ("studies", "shares")]
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def summary(self) -> tuple[str, ...]:
        """The result in words: the mean, how it was made, the heterogeneity, the notes."""
        return pooled_lines(self)

    def __repr__(self) -> str:
        return "\n".join(self.summary())

    def _repr_html_(self) -> str:
        # no colours of its own: it takes those of the page, light or dark
        lines = "".join(f"<div>{escape(line)}</div>" for line in self.summary())
        return f'<div style="border-left:3px solid currentColor;padding-left:.7em">{lines}</div>'


def pool(
    effects: EffectSource,
    *,
    tau2: Tau2Method = "REML",
    test: Test = "HKSJ",
    level: float = 0.95,
    weights: Literal["equal"] | Sequence[float] | Vector | pd.Series[float] | None = None,
    fixed_tau2: float | None = None,
    measure: str = "",
) -> Pooled:
    """Pool independent effects; of one study it gives that study's own effect.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi` on the scale they are pooled on (log for ratios), sampling variances `vi`,
        and optionally `study` names.
    tau2 : str
        Estimator of the between-study variance; "EE" is the equal-effects model.
    test : {"HKSJ", "HKSJ-adhoc", "t", "z"}
        Test and interval of the mean. HKSJ-adhoc never lets the Hartung–Knapp interval rest on
        a standard error below the plain one.
    level : float
        Level of every interval, between 0 and 1.
    weights : "equal" or array of shape (k,), optional
        Weights instead of 1/(v + τ²). GENQ and GENQM use them for τ² too and need them.
    fixed_tau2 : float, optional
        A known between-study variance, used instead of an estimate.
    measure : str
        Name of the measure, where the effects do not carry it.

    Returns
    -------
    Pooled

    Raises
    ------
    OptionError
        For an unknown estimator or test.
    SynthesisError
        When the effects or options cannot be used; see `effect_table`.
    ConvergenceError
        When an estimator does not settle.

    References
    ----------
    Viechtbauer (2005), J Educ Behav Stat 30:261–293; IntHout, Ioannidis & Borm (2014), BMC Med
    Res Methodol 14:25. https://doi.org/10.1186/1471-2288-14-25

    Examples
    --------
    >>> found = pool({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}, tau2="DL", test="z")
    >>> found.estimate, found.se, found.tau2
    (0.368, 0.191, 0.0775)
    """
    if tau2 not in TAU2 and tau2 not in TAU2_OF_WEIGHTS:
        raise OptionError("tau2", tau2, get_args(Tau2Method))
    if test not in get_args(Test):
        raise OptionError("test", test, get_args(Test))
    check_level(level)
    table = effect_table(effects, measure=measure)
    ai, weighting = _weights(weights, table)
    return _pool(table, tau2, test, level, ai, weighting, _check_fixed(fixed_tau2))


def pool_by(
    effects: EffectSource,
    methods: Iterable[Tau2Method] = ("EE", "DL", "PM", "REML"),
    **options: Any,
) -> pd.DataFrame:
    """The same effects under several estimators of τ²: one row each, indexed by estimator.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        As for `pool`.
    methods : iterable of str
        Names of estimators.
    **options
        Handed on to `pool`.

    Examples
    --------
    >>> pool_by({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}, ["EE", "DL"])["tau2"].to_list()
    [0.0, 0.0775]
    """
    frames = [pool(effects, tau2=method, **options).to_frame() for method in methods]
    return pd.concat(frames).set_index("tau2_method", drop=False) if frames else pd.DataFrame()


def _pool(
    table: EffectTable,
    method: Tau2Method,
    test: Test,
    level: float,
    ai: Vector | None,
    weighting: Weighting,
    fixed: float | None,
) -> Pooled:
    yi, vi, k = table.yi, table.vi, len(table)
    used: Tau2Method | Literal["fixed"] = method if fixed is None else "fixed"
    tau2 = fixed if fixed is not None else _tau2(method, table, ai)
    mean = mean_test(yi, vi, tau2 or 0.0, test if k > 1 else "z", level, ai)
    several = k > 1 and tau2 is not None
    modelled = several and used != "EE"
    typical = typical_variance(vi) if several else None
    q = cochran_q(yi, vi) if several else None
    limits = q_profile(yi, vi, level) if modelled and used != "fixed" else (None, None)
    freedom = None if test == "z" else k - 1
    predicted = (
        prediction_limits(mean.estimate, mean.se, tau2 or 0.0, level, freedom)
        if modelled and k > 2
        else (None, None)
    )
    i2, h2 = _i2(tau2, typical), _h2(tau2, typical)
    if used == "EE" and q is not None:  # no τ² in the model: the excess of Q over chance instead
        i2, h2 = i2_from_q(q, k - 1), q / (k - 1)
    return Pooled(
        measure=table.measure,
        k=k,
        estimate=mean.estimate,
        se=mean.se,
        ci_low=mean.ci_low,
        ci_high=mean.ci_high,
        level=level,
        test=test if k > 1 else "z",
        statistic=None if math.isnan(mean.statistic) else mean.statistic,
        df=mean.df,
        pvalue=None if math.isnan(mean.pvalue) else mean.pvalue,
        hk_factor=mean.factor,
        tau2=tau2,
        tau2_method=used,
        tau2_se=tau2_se(used, yi, vi, tau2, ai) if several and tau2 is not None else None,
        tau2_ci_low=limits[0],
        tau2_ci_high=limits[1],
        typical_variance=typical,
        i2=i2,
        i2_ci_low=_i2(limits[0], typical),
        i2_ci_high=_i2(limits[1], typical),
        h2=h2,
        h2_ci_low=_h2(limits[0], typical),
        h2_ci_high=_h2(limits[1], typical),
        q=q,
        q_df=k - 1,
        q_pvalue=q_pvalue(q, k - 1) if q is not None else None,
        pi_low=predicted[0],
        pi_high=predicted[1],
        weighting=weighting,
        log_scale=table.measure in LOG_MEASURES,
        notes=tuple(_notes(table, mean, used, test, level)),
        studies=table.studies,
        shares=shares(vi, tau2 or 0.0, ai),
    )


def _tau2(method: Tau2Method, table: EffectTable, ai: Vector | None) -> float | None:
    """The estimate; None when one study leaves nothing to estimate it from."""
    if method in TAU2_OF_WEIGHTS and ai is None:
        raise SynthesisError(
            f"tau2={method!r} is defined by weights of your choice; give weights=, or use 'DL', "
            "which is GENQ with weights 1/vi."
        )
    if method in TAU2_OF_WEIGHTS and ai is not None and not (ai > 0).all():
        raise SynthesisError(f"tau2={method!r} needs weights above zero in every row.")
    if method == "EE":
        return 0.0
    if len(table) < 2:
        return None
    if method in TAU2_OF_WEIGHTS and ai is not None:
        return TAU2_OF_WEIGHTS[method](table.yi, table.vi, ai)
    return TAU2[method](table.yi, table.vi)


def _i2(tau2: float | None, typical: float | None) -> float | None:
    return None if tau2 is None or typical is None else i2_from_tau2(tau2, typical)


def _h2(tau2: float | None, typical: float | None) -> float | None:
    return None if tau2 is None or typical is None else h2_from_tau2(tau2, typical)


def _notes(
    table: EffectTable, mean: MeanTest, used: str, test: Test, level: float
) -> Iterator[str]:
    """What a reader must know before believing the interval."""
    k = len(table)
    if k == 1:
        yield (
            "one study: this is its own effect with its own normal interval; how much effects "
            "differ between studies cannot be estimated."
        )
    if k == 2:
        yield (
            "two effects: the between-study variance rests on a single difference; no "
            "prediction interval is given."
        )
    if used == "fixed":
        yield "the between-study variance was given, not estimated."
    if test == "HKSJ" and mean.factor is not None:
        plain = mean.se / math.sqrt(mean.factor) if mean.factor else 0.0
        if mean.factor == 0 or quantile(level, mean.df) * mean.se < quantile(level, None) * plain:
            yield (
                "the Hartung–Knapp interval is narrower than the normal one, because these "
                "effects agree more closely than their standard errors allow; test='HKSJ-adhoc' "
                "does not let it fall below the plain standard error."
            )
    if len(set(table.studies)) < k:
        repeated = [study for study, times in Counter(table.studies).items() if times > 1]
        shown = repeated[:3] + (["…"] if len(repeated) > 3 else [])
        yield say(
            "several effects come from one study ({studies}); they are treated as independent, "
            "which makes the interval too narrow when they share participants.",
            studies=listed(shown, ", "),
        )


def _weights(weights: object, table: EffectTable) -> tuple[Vector | None, Weighting]:
    if weights is None:
        return None, "inverse variance"
    if isinstance(weights, str):
        if weights != "equal":
            raise OptionError("weights", weights, ("equal", "one number per effect"))
        return np.ones(len(table)), "equal"
    given = list(weights) if isinstance(weights, Iterable) else [weights]
    if len(given) != len(table):
        raise SynthesisError(f"lengths differ: {len(table)} effects and {len(given)} weights.")
    ai = as_numbers("weight", given, table.studies)
    if (ai < 0).any() or not ai.sum() > 0:
        raise SynthesisError("weights must not be negative, and at least one must be above zero.")
    return ai / ai.max(), "given"


def _check_fixed(fixed: float | None) -> float | None:
    if fixed is None:
        return None
    if not is_number(fixed) or not 0 <= fixed < math.inf:
        raise SynthesisError(f"fixed_tau2={fixed!r} is not a variance: a number, 0 or more.")
    return float(fixed)
