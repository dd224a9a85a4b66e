"""Permutation tests: p values that rest on rearranging the data, not on normal distributions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from evidence import formatting as say
from evidence._typing import Vector
from evidence.errors import SynthesisError
from evidence.kernels.many_fits import fit_many
from evidence.kernels.permutation import arrangements, deal, share_as_far, sign_flips
from evidence.kernels.regression import orthonormal
from evidence.kernels.regression_tau2 import TAU2
from evidence.synthesis.diagnostics import Source, as_fit
from evidence.synthesis.regression import RegressionFit

MOST = 600_000  # arrangements fitted exactly; 2^19 sign flips of 20 effects are among them


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PermutationTest:
    """p values of coefficients (shape (p,)) and of the omnibus test.

    `arrangements` were looked at: all there are when `exact`, else a random sample.
    """

    terms: tuple[str, ...]
    statistic: Vector
    pvalue: Vector
    omnibus_statistic: float
    omnibus_pvalue: float
    omnibus_terms: tuple[str, ...]
    arrangements: int
    exact: bool
    seed: int | None
    how: str = field(default="")

    def to_frame(self) -> pd.DataFrame:
        """One row per coefficient."""
        index = pd.Index(self.terms, name="term")
        return pd.DataFrame({"statistic": self.statistic, "pvalue": self.pvalue}, index=index)

    def summary(self) -> tuple[str, ...]:
        """What was rearranged, and the omnibus p value."""
        kind = "all" if self.exact else f"random (seed {self.seed})"
        return (
            f"permutation test, {self.arrangements:,} {kind} arrangements: {self.how}",
            f"{', '.join(self.omnibus_terms)} together: {say.pvalue(self.omnibus_pvalue)}",
        )

    def __repr__(self) -> str:
        return "\n".join([self.to_frame().round(4).to_string(), *self.summary()])

    def _repr_html_(self) -> str:
        rows = [
            [term, say.number(float(value)), say.pvalue(float(p))]
            for term, value, p in zip(self.terms, self.statistic, self.pvalue, strict=True)
        ]
        return say.html_table(("term", "statistic", "p"), rows, foot=". ".join(self.summary()))


def permute(
    source: Source,
    *,
    iterations: int = 10_000,
    exact: bool | None = None,
    seed: int = 1,
    **options: Any,
) -> PermutationTest:
    """Permutation test of a mean or of the coefficients of a meta-regression.

    A mean is tested by flipping the signs of effects, which a mean of zero leaves as likely as they
    are. Coefficients are tested by dealing the effects, each with its variance, out to the rows of
    the design matrix anew. The statistic is that of the fit (z, t or F by its `test`), with τ²
    estimated for every arrangement.

    Parameters
    ----------
    source : RegressionFit, or effects
        A meta-regression, or effects for the model of a mean.
    iterations : int
        Random arrangements where not all are looked at, the observed one included, so that the
        smallest possible p value is 1/iterations.
    exact : bool, optional
        Whether to look at all arrangements; not given: when there are at most `iterations`.
    seed : int
        Of the random arrangements.
    **options
        Of `evidence.synthesis.regression.regress`, with effects only.

    Raises
    ------
    SynthesisError
        When all arrangements are asked for and they are too many, or the model has weights or a
        fixed τ².

    References
    ----------
    Follmann & Proschan (1999), Biometrics 55:732–737.
    https://doi.org/10.1111/j.0006-341X.1999.00732.x
    Higgins & Thompson (2004), Stat Med 23:1663–1682. https://doi.org/10.1002/sim.1752
    Phipson & Smyth (2010), Stat Appl Genet Mol Biol 9:39. https://doi.org/10.2202/1544-6115.1585

    Examples
    --------
    >>> effects = {"yi": [0.2, 0.3, 0.8, 0.4], "vi": [0.02, 0.03, 0.05, 0.02]}
    >>> permute(effects, tau2="DL", test="z").pvalue.tolist()
    [0.125]
    """
    fitted = as_fit(source, options)
    if fitted.weights is not None or fitted.tau2_method not in TAU2:
        raise SynthesisError("a permutation test needs an estimated tau2 and its own weights.")
    if iterations < 2:
        raise SynthesisError(f"iterations={iterations} must be at least 2.")
    x, k = fitted.design.matrix, fitted.k
    mean_only = fitted.p == 1 and bool((x == x[0, 0]).all())
    count = 2**k if mean_only else arrangements(x)
    everything = count <= iterations if exact is None else exact
    if everything and count > (2 * MOST if mean_only else MOST):
        raise SynthesisError(
            f"there are {count:,} arrangements, too many for all; use exact=False with iterations=."
        )
    generator = np.random.default_rng(seed)
    yi, vi = fitted.effects.yi, fitted.effects.vi
    if mean_only:
        flips = sign_flips(k) if everything else _random_flips(k, iterations, generator)
        y, v = flips * yi, np.broadcast_to(vi, flips.shape)
        how = "signs of effects flipped"
    else:
        dealt = deal(x) if everything else _random_deals(k, iterations, generator)
        y, v = yi[dealt], vi[dealt]
        how = "effects dealt out to the moderators anew"
    columns = [fitted.terms.index(term) for term in fitted.omnibus_terms]
    each, together = _statistics(fitted, y, v, columns)
    # a one-row evaluation of the data themselves: the same arithmetic, so that ties are ties
    observed, omnibus = _statistics(fitted, yi[None], vi[None], columns)
    return PermutationTest(
        terms=fitted.terms,
        statistic=fitted.statistic,
        pvalue=np.array(
            [
                share_as_far(np.abs(one), abs(float(at)))
                for one, at in zip(each.T, observed[0], strict=True)
            ]
        ),
        omnibus_statistic=fitted.omnibus.statistic,
        omnibus_pvalue=share_as_far(together, float(omnibus[0])),
        omnibus_terms=fitted.omnibus_terms,
        arrangements=count if everything else iterations,
        exact=everything,
        seed=None if everything else seed,
        how=how,
    )


def _statistics(
    fitted: RegressionFit, yi: NDArray[np.float64], vi: NDArray[np.float64], columns: list[int]
) -> tuple[NDArray[np.float64], Vector]:
    """Statistic of each coefficient (n, p), and the Wald statistic of some together (n,)."""
    basis = orthonormal(fitted.design.matrix)
    found = fit_many(fitted.tau2_method, yi, vi, basis.q)  # type: ignore[arg-type]
    back = solve_triangular(basis.r, np.eye(fitted.p))
    beta = found.gamma @ back.T
    cov = back @ found.cov @ back.T
    factor = np.ones(len(beta))
    if fitted.test in ("HKSJ", "HKSJ-adhoc"):
        factor = found.factor
        if fitted.test == "HKSJ-adhoc":
            factor = np.maximum(1.0, factor)
    se = np.sqrt(np.einsum("nii->ni", cov))
    z = beta / se
    part = cov[:, columns][:, :, columns] / (se[:, columns, None] * se[:, None, columns])
    solved = np.linalg.solve(part, z[:, columns, None])[:, :, 0]
    together = np.einsum("nj,nj->n", z[:, columns], solved)
    # effects that lie on a fit exactly leave no error: 0/0 is as near as can be, the rest is far
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.nan_to_num(
            z / np.sqrt(factor)[:, None], nan=0.0, posinf=np.inf, neginf=-np.inf
        ), (np.nan_to_num(together / factor, nan=0.0, posinf=np.inf))


def _random_flips(k: int, n: int, generator: np.random.Generator) -> NDArray[np.float64]:
    flips = generator.choice([-1.0, 1.0], size=(n, k))
    flips[0] = 1.0
    return np.asarray(flips, dtype=np.float64)


def _random_deals(k: int, n: int, generator: np.random.Generator) -> NDArray[np.intp]:
    dealt = np.tile(np.arange(k, dtype=np.intp), (n, 1))
    dealt[1:] = generator.permuted(dealt[1:], axis=1)
    return dealt
