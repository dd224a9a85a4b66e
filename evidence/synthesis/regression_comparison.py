"""Between meta-regressions: fit statistics, likelihood-ratio tests, and collinearity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from evidence import formatting as say
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.likelihood import FitStatistics, Likelihood
from evidence.kernels.regression import orthonormal
from evidence.kernels.regression_fit import r2_of_tau2
from evidence.kernels.regression_likelihood import fit_statistics
from evidence.synthesis.formula import columns_of
from evidence.synthesis.regression import RegressionFit


def regression_statistics(
    fitted: RegressionFit, *, likelihood: Likelihood | None = None
) -> FitStatistics:
    """Log-likelihood, deviance, AIC, BIC and AICc at the τ² of the fit.

    Parameters
    ----------
    fitted : RegressionFit
        The model.
    likelihood : {"ML", "REML"}, optional
        Not given: ML for a fit by ML, else REML. Fits with different moderators compare by ML only.

    Examples
    --------
    >>> from evidence.synthesis.regression import regress
    >>> table = {"yi": [0.1, 0.3, 0.8, 0.6], "vi": [0.02, 0.03, 0.05, 0.03], "weeks": [2, 4, 8, 8]}
    >>> regression_statistics(regress(table, moderators=["weeks"], tau2="ML")).aic
    -0.0677
    """
    chosen = likelihood or ("ML" if fitted.tau2_method == "ML" else "REML")
    if chosen not in get_args(Likelihood):
        raise OptionError("likelihood", chosen, get_args(Likelihood))
    if chosen == "REML" and fitted.k == fitted.p:
        raise SynthesisError("as many coefficients as effects: REML has no observation left.")
    table = fitted.effects
    return fit_statistics(
        chosen,
        table.yi,
        table.vi,
        orthonormal(fitted.design.matrix),
        fitted.tau2,
        estimated=int(fitted.tau2_method not in ("EE", "fixed")),
    )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class LikelihoodRatio:
    """A model against one nested in it: twice the difference of log-likelihoods, as chi-square."""

    statistic: float
    df: int
    pvalue: float
    log_likelihood_full: float
    log_likelihood_reduced: float
    r2: float  # percent of τ² of the reduced model that is gone in the full one
    likelihood: Likelihood

    def to_frame(self) -> pd.DataFrame:
        """One row; columns named as the attributes."""
        return pd.DataFrame([{name: getattr(self, name) for name in self.__slots__}])

    def __repr__(self) -> str:
        return (
            f"likelihood ratio {say.number(self.statistic)} on {self.df} df, "
            f"{say.pvalue(self.pvalue)}; R² {say.number(self.r2, 0)} %  [{self.likelihood}]"
        )

    def _repr_html_(self) -> str:
        return say.html_table(
            ("chi²", "df", "p", "R²"),
            [
                (
                    say.number(self.statistic),
                    str(self.df),
                    say.pvalue(self.pvalue),
                    f"{say.number(self.r2, 0)} %",
                )
            ],
            caption=f"likelihood-ratio test ({self.likelihood})",
        )


def compare(full: RegressionFit, reduced: RegressionFit) -> LikelihoodRatio:
    """Likelihood-ratio test of a meta-regression against one nested in it.

    Both must be fitted by ML to the same effects: restricted likelihoods of different moderators
    do not compare.

    Raises
    ------
    SynthesisError
        When the effects differ, a model was not fitted by ML, or the reduced one is not nested.

    References
    ----------
    Huizenga, Visser & Dolan (2011), Br J Math Stat Psychol 64:1–19.
    https://doi.org/10.1348/000711010X522687

    Examples
    --------
    >>> from evidence.synthesis.regression import regress
    >>> table = {"yi": [0.1, 0.3, 0.8, 0.6], "vi": [0.02, 0.03, 0.05, 0.03], "weeks": [2, 4, 8, 8]}
    >>> compare(regress(table, moderators=["weeks"], tau2="ML"), regress(table, tau2="ML")).pvalue
    0.00883
    """
    one, other = full.effects, reduced.effects
    if not (np.array_equal(one.yi, other.yi) and np.array_equal(one.vi, other.vi)):
        raise SynthesisError("the models were fitted to different effects; fit both to the same.")
    kinds = {full.tau2_method, reduced.tau2_method}
    if len(kinds) > 1 or not kinds <= {"ML", "EE"}:
        raise SynthesisError(
            f"a likelihood-ratio test of moderators needs tau2='ML' in both models, not "
            f"{' and '.join(sorted(kinds))}: other estimates do not maximise that likelihood."
        )
    q = orthonormal(full.design.matrix).q
    left = reduced.design.matrix - q @ (q.T @ reduced.design.matrix)
    if reduced.p >= full.p or np.abs(left).max() > 1e-8 * np.abs(reduced.design.matrix).max():
        raise SynthesisError(f"{reduced.label} is not nested in {full.label}.")
    large = regression_statistics(full, likelihood="ML").log_likelihood
    small = regression_statistics(reduced, likelihood="ML").log_likelihood
    statistic, df = 2 * (large - small), full.p - reduced.p
    return LikelihoodRatio(
        statistic=statistic,
        df=df,
        pvalue=float(chdtrc(df, max(0.0, statistic))),
        log_likelihood_full=large,
        log_likelihood_reduced=small,
        r2=r2_of_tau2(reduced.tau2, full.tau2),
        likelihood="ML",
    )


def variance_inflation(
    fitted: RegressionFit, groups: list[str | int | list[str | int]] | None = None
) -> pd.DataFrame:
    """How much wider coefficients are for standing beside each other.

    The generalised factor of m coefficients together: the determinant of their correlations, times
    that of all others', over that of all. The intercept is left out.

    Parameters
    ----------
    fitted : RegressionFit
        With at least two coefficients beside the intercept.
    groups : list, optional
        Names, terms, numbers from 0, or lists of them; not given: each coefficient alone.

    Returns
    -------
    DataFrame
        Indexed by group: m, vif, and sif = vif^(1/2m), the inflation of a standard error.

    References
    ----------
    Fox & Monette (1992), JASA 87:178–183. https://doi.org/10.1080/01621459.1992.10475190

    Examples
    --------
    >>> from evidence.synthesis.regression import regress
    >>> table = {
    ...     "yi": [0.1, 0.3, 0.8, 0.6, 0.5],
    ...     "vi": [0.02, 0.03, 0.05, 0.03, 0.02],
    ...     "weeks": [2, 4, 8, 8, 6],
    ...     "dose": [1, 2, 2, 3, 3],
    ... }
    >>> variance_inflation(regress(table, moderators=["weeks", "dose"]))["vif"].to_list()
    [3.104, 3.104]
    """
    constant = [j for j, column in enumerate(fitted.design.matrix.T) if np.ptp(column) == 0]
    used = [j for j in range(fitted.p) if j not in constant]
    if len(used) < 2:
        raise SynthesisError("one moderator has nothing beside it that could inflate its variance.")
    block = fitted.vcov[np.ix_(used, used)]
    scale = np.sqrt(np.diag(block))
    correlations = block / np.outer(scale, scale)
    whole = np.linalg.slogdet(correlations).logabsdet
    rows = []
    for group in groups if groups is not None else [fitted.terms[j] for j in used]:
        columns = columns_of(fitted.design, group)
        if strange := [fitted.terms[j] for j in columns if j in constant]:
            raise SynthesisError(f"{strange[0]} is the intercept; it has no inflation factor.")
        chosen = [used.index(j) for j in columns]
        rest = [i for i in range(len(used)) if i not in chosen]
        parts = sum(
            np.linalg.slogdet(correlations[np.ix_(part, part)]).logabsdet for part in (chosen, rest)
        )
        factor, m = float(np.exp(parts - whole)), len(chosen)
        name = ", ".join(fitted.terms[j] for j in columns)
        rows.append({"term": name, "m": m, "vif": factor, "sif": factor ** (1 / (2 * m))})
    return pd.DataFrame(rows).set_index("term")
