"""What a multilevel model found: coefficients, variance components, fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from evidence import formatting as say
from evidence._typing import Matrix, Vector
from evidence.kernels.likelihood import FitStatistics
from evidence.kernels.multilevel import Model
from evidence.synthesis.effect_table import EffectTable
from evidence.synthesis.formula import Design
from evidence.synthesis.random_terms import RandomTerm

MultilevelTest: TypeAlias = Literal["z", "t", "t-contain"]
"""Normal; t on k − p df; t on the groups within which a column does not vary, less p."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VarianceComponent:
    """A variance or correlation of random effects.

    `kind` is "sigma2" (random intercepts), "tau2" or "rho"; `level` the inner level or pair it
    belongs to, empty when all share it. `estimate` is None for a correlation with something that
    does not vary. `at_boundary` says that it lies at the edge of what is possible.
    """

    term: str
    structure: str
    kind: Literal["sigma2", "tau2", "rho"]
    level: str
    estimate: float | None
    groups: int
    at_boundary: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class MultilevelFit:
    """Coefficients, variance components, tests and fit of a multilevel model.

    Arrays have one element per coefficient, in the order of `names`; `df` is None for normal
    tests. `qm` tests the coefficients `qm_names` together: chi-square when `qm_df2` is None, else
    F. `i2` has, per random intercept, the percentage of the total variance that it makes up.
    """

    measure: str
    k: int
    names: tuple[str, ...]
    coefficients: Vector
    se: Vector
    statistic: Vector
    df: Vector | None
    pvalue: Vector
    ci_low: Vector
    ci_high: Vector
    level: float
    test: MultilevelTest
    vcov: Matrix
    components: tuple[VarianceComponent, ...]
    q: float
    q_df: int
    q_pvalue: float
    qm: float | None
    qm_names: tuple[str, ...]
    qm_df1: int | None
    qm_df2: float | None
    qm_pvalue: float | None
    fit: FitStatistics
    i2: Mapping[str, float] | None
    pi_low: float | None  # of the true effect in a further row; means of random intercepts only
    pi_high: float | None
    steps: int
    maxima: int
    notes: tuple[str, ...]
    terms: tuple[RandomTerm, ...] = field(repr=False)
    design: Design = field(repr=False)
    table: EffectTable = field(repr=False)
    columns: Mapping[str, Any] = field(repr=False)
    model: Model = field(repr=False)
    theta: Vector = field(repr=False)

    def of_kind(self, kind: Literal["sigma2", "tau2", "rho"]) -> list[float | None]:
        """Estimates of all components of one kind, in order."""
        return [part.estimate for part in self.components if part.kind == kind]

    def to_frame(self) -> pd.DataFrame:
        """One row per coefficient."""
        return pd.DataFrame(
            {
                "estimate": self.coefficients,
                "se": self.se,
                "statistic": self.statistic,
                "df": np.nan if self.df is None else self.df,
                "pvalue": self.pvalue,
                "ci_low": self.ci_low,
                "ci_high": self.ci_high,
            },
            index=pd.Index(self.names, name="coefficient"),
        )

    def components_frame(self) -> pd.DataFrame:
        """One row per variance component."""
        names = ("term", "structure", "kind", "level", "estimate", "groups", "at_boundary")
        return pd.DataFrame(
            [{name: getattr(part, name) for name in names} for part in self.components],
            columns=list(names),
        )

    def summary(self) -> tuple[str, ...]:
        """The result in words."""
        lines = [f"{self.k} effects, {self.fit.likelihood}, test {self.test}"]
        lines += [
            f"{name} {say.estimate(b, low, high)}, {say.pvalue(p)}"
            for name, b, low, high, p in zip(
                self.names, self.coefficients, self.ci_low, self.ci_high, self.pvalue, strict=True
            )
        ]
        for part in self.components:
            edge = ", at its boundary" if part.at_boundary else ""
            level = f" [{part.level}]" if part.level else ""
            symbol = {"sigma2": "variance", "tau2": "variance", "rho": "correlation"}[part.kind]
            lines.append(
                f"{symbol} of {part.term}{level} {say.number(part.estimate, 4)} "
                f"({part.groups} groups{edge})"
            )
        lines.append(f"Q {say.number(self.q)} on {self.q_df} df ({say.pvalue(self.q_pvalue)})")
        if self.pi_low is not None:
            lines.append(f"a further effect: {say.interval(self.pi_low, self.pi_high)}")
        return (*lines, *(f"note: {note}" for note in self.notes))

    def __repr__(self) -> str:
        return "\n".join(self.summary())

    def _repr_html_(self) -> str:
        rows = [
            [name, *(say.number(x, 3) for x in (b, se, low, high)), say.pvalue(p)]
            for name, b, se, low, high, p in zip(
                self.names,
                self.coefficients,
                self.se,
                self.ci_low,
                self.ci_high,
                self.pvalue,
                strict=True,
            )
        ]
        head = ["coefficient", "estimate", "se", "low", "high", "p"]
        spread = [
            [
                f"{part.term} {part.level}".strip(),
                part.kind,
                say.number(part.estimate, 4) + (" (boundary)" if part.at_boundary else ""),
                str(part.groups),
            ]
            for part in self.components
        ]
        foot = " ".join(self.notes)
        return say.html_table(head, rows, caption=f"{self.measure} {self.k} effects".strip()) + (
            say.html_table(["random effects", "component", "estimate", "groups"], spread, foot=foot)
        )
