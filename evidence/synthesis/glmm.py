"""Pooling counts by their own likelihood: generalised linear mixed models."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evidence import formatting as say
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.glmm import fit_counts
from evidence.kernels.glmm_plans import PLANS, GlmmModel
from evidence.kernels.heterogeneity import (
    h2_from_tau2,
    i2_from_tau2,
    q_pvalue,
    typical_variance,
)
from evidence.kernels.inference import quantile, two_sided
from evidence.synthesis.count_table import CountSource, CountTable, count_table
from evidence.synthesis.effect_table import check_level

GlmmMeasure = Literal["OR", "IRR", "PLO", "IRLN"]
Laplace = Literal["converged", "lme4"]
DEFAULT_MODEL: dict[str, GlmmModel] = {
    "OR": "UM.FS",
    "IRR": "UM.FS",
    "PLO": "GLMM",
    "IRLN": "GLMM",
}
SHOWN_AS = {
    "OR": ("as a ratio", math.exp),
    "IRR": ("as a ratio", math.exp),
    "PLO": ("as a proportion", lambda x: 1 / (1 + math.exp(-x))),
    "IRLN": ("as a rate", math.exp),
}
MAX_POINTS = 100


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class GlmmFit:
    """A pooled effect from a likelihood of counts, on the log (odds) scale.

    Q compares the model in which all effects are equal with the one in which every study has its
    own: by Wald's test and by likelihood ratio. A number that these counts cannot give is None.
    """

    measure: str
    model: GlmmModel
    tau2_method: Literal["ML", "EE"]
    points: int  # quadrature points; 1 is Laplace's method, 0: exact or not needed
    laplace: Laplace
    k: int
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    level: float
    statistic: float
    pvalue: float
    tau2: float
    sigma2: float | None  # variance of random study effects, UM.RS alone
    typical_variance: float | None
    i2: float | None  # percent
    h2: float | None
    q_wald: float
    q_lrt: float
    q_df: int
    q_wald_pvalue: float
    q_lrt_pvalue: float
    log_likelihood: float
    log_likelihood_at_modes: float  # of the counts, given the predicted effects of each study
    parameters: int
    aic: float
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row; columns named as the attributes."""
        return pd.DataFrame([{item.name: getattr(self, item.name) for item in fields(self)}])

    def rows(self) -> tuple[tuple[str, str], ...]:
        """What was found, as pairs of a name and its value in words."""
        label, back = SHOWN_AS[self.measure]
        mid, low, high = (back(x) for x in (self.estimate, self.ci_low, self.ci_high))
        shown = [
            (
                f"{self.measure}, {self.model}, {self.tau2_method}",
                f"{say.estimate(self.estimate, self.ci_low, self.ci_high, 3)}, "
                f"{say.pvalue(self.pvalue)}",
            ),
            (label, say.estimate(mid, low, high)),
            ("tau²", f"{say.number(self.tau2, 3)}, I² {say.number(self.i2, 0)} %"),
        ]
        for name, value, p in (
            ("Q, Wald", self.q_wald, self.q_wald_pvalue),
            ("Q, likelihood ratio", self.q_lrt, self.q_lrt_pvalue),
        ):
            shown.append((name, f"{say.number(value)} on {self.q_df} df, {say.pvalue(p)}"))
        return (*shown, *(("note", note) for note in self.notes))

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in self.rows())

    def _repr_html_(self) -> str:
        return say.html_table(("", f"{self.k} studies"), self.rows())


def fit_glmm(
    counts: CountSource,
    *,
    measure: GlmmMeasure = "OR",
    model: GlmmModel | None = None,
    tau2: Literal["ML", "EE"] = "ML",
    points: int | None = None,
    laplace: Laplace = "converged",
    level: float = 0.95,
) -> GlmmFit:
    """Pool counts by maximum likelihood, without a normal approximation within studies.

    Parameters
    ----------
    counts : DataFrame or mapping
        `ai bi ci di` or `ai n1i ci n2i` (odds ratio), `x1i t1i x2i t2i` (rate ratio), `xi ni`
        (log odds of a share), `xi ti` (log rate); optionally `study`.
    measure : {"OR", "IRR", "PLO", "IRLN"}
        What is pooled.
    model : {"UM.FS", "UM.RS", "CM.EL", "CM.AL"}, optional
        Base rates of the studies fixed, random, or conditioned away exactly or (for rare events
        and odds ratios) approximately. UM.FS when left out; shares and rates have one model.
    tau2 : {"ML", "EE"}
        Effects that vary, their variance by maximum likelihood; or equal effects.
    points : int, optional
        Points of the adaptive Gauss–Hermite quadrature; 7 when left out, 1 for UM.RS, which has
        two random effects per study and is integrated by Laplace's method. The exact conditional
        odds-ratio model is always integrated until more points change nothing.
    laplace : {"converged", "lme4"}
        For UM.RS: whether the mode is located fully, or left where lme4 would leave it. The
        numbers of the latter differ in the third or fourth digit and match those printed by R.
    level : float
        Confidence level.

    Raises
    ------
    OptionError, SynthesisError, EffectError
        When options or counts cannot be used; see `count_table`.
    ConvergenceError
        When there is no finite maximum, for example without any event in one group.

    Notes
    -----
    Studies without events, or with nothing but events, in both groups are left out and named: they
    say nothing about a ratio. 1/2 is never added, save in the typical variance that I² rests on.

    References
    ----------
    Stijnen, Hamza & Özdemir (2010), Stat Med 29:3046–3067. https://doi.org/10.1002/sim.4040
    Jackson, Law, Stijnen, Viechtbauer & White (2018), Stat Med 37:1059–1085.
    https://doi.org/10.1002/sim.7588

    Examples
    --------
    >>> counts = {"ai": [3, 7, 15], "n1i": [53, 87, 65], "ci": [9, 11, 4], "n2i": [54, 81, 66]}
    >>> found = fit_glmm(counts, model="CM.EL")
    >>> found.estimate, found.tau2, found.q_lrt
    (-0.0656, 1.074, 12.7)
    """
    check_level(level)
    if tau2 not in ("ML", "EE"):
        raise OptionError("tau2", tau2, ("ML", "EE"))
    if laplace not in get_args(Laplace):
        raise OptionError("laplace", laplace, get_args(Laplace))
    table = count_table(counts, measure, get_args(GlmmMeasure))
    allowed = [name for of, name in PLANS if of == measure]
    chosen: GlmmModel = DEFAULT_MODEL[measure] if model is None else model
    if chosen not in allowed:
        raise OptionError("model", chosen, allowed)
    used = _usable(table, chosen)
    if tau2 == "ML" and len(used) < 2:
        raise SynthesisError(
            "one usable study: how much effects differ between studies cannot be estimated. Use "
            "tau2='EE'."
        )
    nodes = _points(points, chosen, tau2)
    fits = fit_counts(
        measure, chosen, used.cells, random=tau2 == "ML", points=nodes, lme4=laplace == "lme4"
    )
    found, df = fits.chosen, len(used) - 1
    lrt = max(0.0, 2 * (fits.saturated.log_likelihood - fits.equal.log_likelihood))
    typical = typical_variance(used.effects()[1]) if df else None
    half = quantile(level, None) * found.se
    statistic = found.estimate / found.se
    return GlmmFit(
        measure=measure,
        model=chosen,
        tau2_method=tau2,
        points=0 if (measure, chosen) == ("OR", "CM.EL") or _plain(tau2, chosen) else nodes,
        laplace=laplace,
        k=len(used),
        estimate=found.estimate,
        se=found.se,
        ci_low=found.estimate - half,
        ci_high=found.estimate + half,
        level=level,
        statistic=statistic,
        pvalue=two_sided(statistic, None),
        tau2=found.tau2,
        sigma2=found.sigma2,
        typical_variance=typical,
        i2=None if typical is None else i2_from_tau2(found.tau2, typical),
        h2=None if typical is None else h2_from_tau2(found.tau2, typical),
        q_wald=fits.saturated.wald,
        q_lrt=lrt,
        q_df=df,
        q_wald_pvalue=q_pvalue(fits.saturated.wald, df),
        q_lrt_pvalue=q_pvalue(lrt, df),
        log_likelihood=found.log_likelihood,
        log_likelihood_at_modes=found.log_likelihood_at_modes,
        parameters=found.parameters,
        aic=2 * found.parameters - 2 * found.log_likelihood,
        notes=(*table.notes, *_notes(table, tau2, found.tau2, chosen, laplace)),
    )


def _plain(tau2: str, model: GlmmModel) -> bool:
    """Whether the model has no random effect, and nothing to integrate."""
    return tau2 == "EE" and model != "UM.RS"


def _points(points: int | None, model: GlmmModel, tau2: str) -> int:
    if points is None:
        return 1 if model == "UM.RS" else 7
    if isinstance(points, bool) or not isinstance(points, int) or not 1 <= points <= MAX_POINTS:
        raise OptionError("points", points, (f"a whole number from 1 to {MAX_POINTS}",))
    if model == "UM.RS" and tau2 == "ML" and points != 1:
        raise SynthesisError(
            "UM.RS has two random effects per study and is integrated by Laplace's method: use "
            "points=1, or UM.FS for quadrature."
        )
    return points


def _usable(table: CountTable, model: GlmmModel) -> CountTable:
    """The studies that say something about the effect; counts that no model can use are refused."""
    cells, measure = table.cells, table.measure
    if measure in ("IRR", "IRLN"):
        times = cells[1::2]
        _refuse(table, np.any([t <= 0 for t in times], axis=0), "time at risk must be above zero")
    else:
        groups = [cells[i] + cells[i + 1] for i in range(0, len(cells), 2)]
        _refuse(table, np.any([n <= 0 for n in groups], axis=0), "a group has no people")
    if (measure, model) == ("OR", "CM.EL"):
        fractions = np.any([cell != np.round(cell) for cell in cells], axis=0)
        _refuse(table, fractions, "CM.EL counts people: use whole numbers, or UM.FS")
    used = table.take(~table.empty)
    if not len(used):
        raise SynthesisError(
            "nothing to pool: every study has no events, or nothing but events, in both groups."
        )
    return used


def _refuse(table: CountTable, bad: NDArray[np.bool_], why: str) -> None:
    if bad.any():
        raise SynthesisError(f"{table.studies[int(np.argmax(bad))]}: {why}.")


def _notes(
    table: CountTable, method: str, tau2: float, model: GlmmModel, laplace: Laplace
) -> Iterator[str]:
    if table.empty.any():
        left = ", ".join(name for name, out in zip(table.studies, table.empty, strict=True) if out)
        yield f"left out, because no events or nothing but events in both groups: {left}."
    if method == "ML" and tau2 == 0:
        yield "the likelihood is highest without variation between studies: tau² is 0."
    if model == "UM.RS":
        yield "two random effects per study, integrated by Laplace's method, not by quadrature."
        if laplace == "lme4":
            yield "modes left where lme4 leaves them, to match R in the last digits."
    if model == "CM.AL":
        yield "binomial approximation to the conditional likelihood: for rare events only."
