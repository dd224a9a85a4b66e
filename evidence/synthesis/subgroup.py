"""Subgroups: a mean for each level, and whether the means differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from scipy.special import chdtrc, fdtrc

from evidence import formatting as say
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.heterogeneity import cochran_q
from evidence.kernels.inference import Test
from evidence.kernels.tau2 import Tau2Method
from evidence.synthesis.effect_table import EffectSource, EffectTable, check_level, effect_table
from evidence.synthesis.pool import Pooled, pool
from evidence.synthesis.regression import regress

Between = Literal["separate", "common"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Subgroups:
    """Means by level, and the test that they are one.

    `statistic` is chi-square on `df1` when `df2` is None, else F.
    """

    by: str
    levels: tuple[str, ...]
    tau2_shared: Between
    tau2_method: Tau2Method
    test: Test
    level: float
    statistic: float
    df1: int
    df2: int | None
    pvalue: float
    notes: tuple[str, ...]
    frame: pd.DataFrame = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """One row per level: k, estimate, se, ci_low, ci_high, pvalue, tau2, i2, q."""
        return self.frame.copy()

    def summary(self) -> tuple[str, ...]:
        """The test of difference and the notes, in words."""
        law = f"chi² {say.number(self.statistic)} on {self.df1} df"
        if self.df2 is not None:
            law = f"F {say.number(self.statistic)} on {self.df1} and {self.df2} df"
        head = f"difference between levels of {self.by}: {law}, {say.pvalue(self.pvalue)}"
        return (
            f"{head}  [{self.tau2_shared} tau², {self.tau2_method}, {self.test}]",
            *(f"note: {note}" for note in self.notes),
        )

    def __repr__(self) -> str:
        return "\n".join([self.frame.round(4).to_string(), *self.summary()])

    def _repr_html_(self) -> str:
        named: list[Any] = list(self.frame.itertuples())
        rows = [
            [
                str(level),
                str(row.k),
                say.estimate(row.estimate, row.ci_low, row.ci_high),
                say.number(row.tau2, 3),
                say.number(row.i2, 0),
            ]
            for level, row in zip(self.levels, named, strict=True)
        ]
        return say.html_table(
            (self.by, "k", "estimate", "tau²", "I² %"), rows, foot=". ".join(self.summary())
        )


def pool_subgroups(
    effects: EffectSource,
    by: str | Sequence[Any] | pd.Series[Any],
    *,
    tau2: Tau2Method = "REML",
    test: Test = "HKSJ",
    shared: Between = "separate",
    level: float = 0.95,
    measure: str = "",
) -> Subgroups:
    """Pool each level of a factor, and test whether the levels differ.

    With a τ² of its own in each level the means are independent, and their weighted sum of squares
    is compared with chi-square. With a common τ² (for levels of few studies) it is a
    meta-regression on the factor, tested as chi-square or F by `test`.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        With `yi` and `vi`.
    by : str or sequence of length k
        The level of each effect, or the column that has it.
    tau2, test, level, measure
        As for `evidence.synthesis.pool.pool`.
    shared : {"separate", "common"}
        Whether each level has its own τ².

    Raises
    ------
    SynthesisError
        With fewer than two levels, a missing level, or a common τ² of which no effect is left.

    References
    ----------
    Borenstein, Hedges, Higgins & Rothstein (2009), Introduction to Meta-Analysis, chapter 19.
    https://doi.org/10.1002/9780470743386.ch19

    Examples
    --------
    >>> table = {"yi": [0.1, 0.3, 0.8, 0.6], "vi": [0.02, 0.03, 0.05, 0.03]}
    >>> found = pool_subgroups(table, ["oral", "oral", "topical", "topical"], tau2="DL", test="z")
    >>> found.levels, found.statistic, found.df1
    (('oral', 'topical'), 7.968, 1)
    """
    if shared not in get_args(Between):
        raise OptionError("shared", shared, get_args(Between))
    check_level(level)
    table = effect_table(effects, measure=measure)
    name, labels = _labels(effects, by, table)
    levels = _levels(labels)
    if len(levels) < 2:
        raise SynthesisError(f"{name} has one level only ({levels[0]}): nothing to compare.")
    member = {one: np.array([label == one for label in labels]) for one in levels}
    options: dict[str, Any] = {"tau2": tau2, "test": test, "level": level}
    if shared == "separate":
        pooled = [pool(_part(table, member[one]), **options) for one in levels]
        frame = _separate(pooled)
        means = frame["estimate"].to_numpy(dtype=np.float64)
        statistic = cochran_q(means, np.square(frame["se"].to_numpy(dtype=np.float64)))
        df1, df2 = len(levels) - 1, None
        pvalue = float(chdtrc(df1, statistic))
    else:
        frame, statistic, df1, df2 = _common(table, member, options)
        pvalue = float(chdtrc(df1, statistic) if df2 is None else fdtrc(df1, df2, statistic))
    frame.index = pd.Index(levels, name=name)
    alone = [one for one in levels if member[one].sum() == 1]
    return Subgroups(
        by=name,
        levels=levels,
        tau2_shared=shared,
        tau2_method=tau2,
        test=test,
        level=level,
        statistic=statistic,
        df1=df1,
        df2=df2,
        pvalue=pvalue,
        notes=tuple(_notes(alone, shared, member)),
        frame=frame,
    )


def _separate(pooled: list[Pooled]) -> pd.DataFrame:
    names = ("k", "estimate", "se", "ci_low", "ci_high", "pvalue", "tau2", "i2", "q")
    return pd.DataFrame({name: [getattr(one, name) for one in pooled] for name in names})


def _common(
    table: EffectTable, member: dict[str, np.ndarray[Any, Any]], options: dict[str, Any]
) -> tuple[pd.DataFrame, float, int, int | None]:
    """Means and test from the regression on the levels; Q within each level by its own weights."""
    source = {"yi": table.yi, "vi": table.vi, "study": table.studies}
    ones = np.ones(len(table))
    levels = list(member)
    means = regress(source, X=np.column_stack([member[one] for one in levels]), **options)
    against = np.column_stack([ones, *(member[one] for one in levels[1:])])
    difference = regress(source, X=against, **options).omnibus
    frame = pd.DataFrame(
        {
            "k": [int(mask.sum()) for mask in member.values()],
            "estimate": means.estimate,
            "se": means.se,
            "ci_low": means.ci_low,
            "ci_high": means.ci_high,
            "pvalue": means.pvalue,
            "tau2": means.tau2,
            "i2": means.i2,
            "q": [cochran_q(table.yi[mask], table.vi[mask]) for mask in member.values()],
        }
    )
    return frame, difference.statistic, difference.df1, difference.df2


def _part(table: EffectTable, mask: np.ndarray[Any, Any]) -> dict[str, Any]:
    names = [study for study, kept in zip(table.studies, mask, strict=True) if kept]
    return {"yi": table.yi[mask], "vi": table.vi[mask], "study": names}


def _labels(effects: EffectSource, by: Any, table: EffectTable) -> tuple[str, list[Any]]:
    name = by if isinstance(by, str) else str(getattr(by, "name", None) or "group")
    if isinstance(by, str):
        columns = effects if isinstance(effects, pd.DataFrame | dict) else effects.frame  # type: ignore[union-attr]
        if by not in columns:
            raise SynthesisError(f"no column {by}. Found: {', '.join(map(str, columns))}.")
        by = columns[by]
    values = list(by)
    if len(values) != len(table):
        raise SynthesisError(f"lengths differ: {len(table)} effects and {len(values)} levels.")
    for row, value in enumerate(values, start=1):
        if pd.isna(value) or value == "":
            raise SynthesisError(
                f"row {row} ({table.studies[row - 1]}): {name} is missing. Name its level, "
                "or leave the effect out and say so."
            )
    return name, [str(value) for value in values]


def _levels(labels: list[str]) -> tuple[str, ...]:
    """Distinct levels in order: numbers by size, words by alphabet whatever their case."""
    try:
        return tuple(sorted(set(labels), key=float))
    except ValueError:
        return tuple(sorted(set(labels), key=lambda label: (label.casefold(), label)))


def _notes(alone: list[str], shared: Between, member: dict[str, Any]) -> list[str]:
    notes = []
    if alone and shared == "separate":
        notes.append(
            f"one effect only in {', '.join(alone)}: its between-study variance cannot be "
            "estimated and counts as 0 in the test; shared='common' borrows it from the others."
        )
    elif shared == "separate" and min(int(mask.sum()) for mask in member.values()) < 5:
        notes.append(
            "a level has fewer than five effects: its own tau2 is poorly known; consider "
            "shared='common'."
        )
    notes.append(
        "levels were compared between studies, not at random: other things may differ too."
    )
    return notes
