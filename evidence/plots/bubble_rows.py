"""Rows of a bubble plot: studies against a moderator, and the line a meta-regression draws."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from evidence._typing import Matrix
from evidence.effects.effect import ratio_of_log
from evidence.errors import EvidenceError, OptionError
from evidence.kernels.inference import shares
from evidence.synthesis.formula import design_of_matrix
from evidence.synthesis.pool import LOG_MEASURES
from evidence.synthesis.prediction import predict
from evidence.synthesis.regression import RegressionFit

BubbleKind = Literal["study", "fit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BubbleRow:
    """A study, or a point of the fitted line, on the scale that is printed (ratios, not logs).

    `kind` is "study" (with its `weight`, a share of 1) or "fit" (with the limits of the mean and,
    where the model has any, of a further study's true effect). `x` is the moderator.
    """

    kind: BubbleKind
    label: str
    x: float
    estimate: float
    weight: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    pi_low: float | None = None
    pi_high: float | None = None
    level: float | None = None
    moderator: str = ""
    ratio: bool = False


def bubble_rows(
    fitted: RegressionFit,
    moderator: str | None = None,
    *,
    points: int = 61,
    level: float | None = None,
    log: bool | None = None,
) -> list[BubbleRow]:
    """Rows of a bubble plot.

    Parameters
    ----------
    fitted : RegressionFit
        From `regress`.
    moderator : str, optional
        Name of the coefficient whose column is drawn; not given: the only one there is. All other
        columns are held at their means over the studies.
    points : int
        Points of the line, evenly spaced over the moderator.
    level : float, optional
        Level of the limits; not given: that of the fit.
    log : bool, optional
        The effects are logarithms of ratios; the rows hold the ratios. Otherwise what their
        measure says.

    Returns
    -------
    list of BubbleRow
        Studies in their order, weighted as the fit weighs them, then the line by rising moderator.

    Raises
    ------
    OptionError
        There is no such coefficient, or several to choose from.
    EvidenceError
        The moderator has one value only, or another column is made of it too, so that there is no
        line with the others held still.

    References
    ----------
    Thompson & Higgins (2002), Stat Med 21:1559–1573. https://doi.org/10.1002/sim.1187

    Examples
    --------
    >>> from evidence.synthesis.regression import regress
    >>> table = {"yi": [0.1, 0.3, 0.8, 0.6], "vi": [0.02, 0.03, 0.05, 0.03], "weeks": [2, 4, 8, 8]}
    >>> rows = bubble_rows(regress(table, moderators=["weeks"], tau2="EE", test="z"), points=3)
    >>> [(row.x, round(row.estimate, 3)) for row in rows if row.kind == "fit"]
    [(2.0, 0.103), (5.0, 0.389), (8.0, 0.676)]
    """
    if points < 2:
        raise EvidenceError("a line needs at least two points.")
    j = _column(fitted, moderator)
    name, table, matrix = fitted.terms[j], fitted.effects, fitted.design.matrix
    values = matrix[:, j]
    if values.min() == values.max():
        raise EvidenceError(f"{name} is {values[0]:g} in every study: there is no line along it.")
    ratio = table.measure in LOG_MEASURES if log is None else log
    turn: Callable[[float], float] = ratio_of_log if ratio else float
    weights = shares(table.vi, fitted.tau2, fitted.weights)
    rows = [
        BubbleRow(
            kind="study",
            label=study,
            x=float(x),
            estimate=turn(float(yi)),
            weight=float(weight),
            moderator=name,
            ratio=ratio,
        )
        for study, x, yi, weight in zip(table.studies, values, table.yi, weights, strict=True)
    ]
    grid = np.linspace(values.min(), values.max(), points)
    line: list[Any] = list(_predicted(fitted, matrix, j, grid, level).itertuples())
    for x, row in zip(grid, line, strict=True):
        limits = ("ci_low", "ci_high", "pi_low", "pi_high")
        rows.append(
            BubbleRow(
                kind="fit",
                label=fitted.label,
                x=float(x),
                estimate=turn(row.estimate),
                **{at: turn(getattr(row, at)) for at in limits if hasattr(row, at)},
                level=fitted.level if level is None else level,
                moderator=name,
                ratio=ratio,
            )
        )
    return rows


def _predicted(
    fitted: RegressionFit, matrix: Matrix, j: int, grid: Any, level: float | None
) -> pd.DataFrame:
    """The fit along one column of the design, the others at their means."""
    new = np.tile(matrix.mean(axis=0), (len(grid), 1))
    new[:, j] = grid
    # the columns themselves take the place of what they were made from: a mean of words is none
    design = design_of_matrix(pd.DataFrame(matrix, columns=list(fitted.terms)), fitted.k)
    return predict(replace(fitted, design=design), new, level=level)


def _column(fitted: RegressionFit, moderator: str | None) -> int:
    names = [
        name
        for name, column in zip(fitted.terms, fitted.design.matrix.T, strict=True)
        if not (column == 1).all()
    ]
    if moderator is None and len(names) == 1:
        moderator = names[0]
    if moderator not in fitted.terms:
        raise OptionError("moderator", moderator, names or ("none: the model is that of a mean",))
    word = rf"(?<![\w.]){re.escape(moderator)}(?![\w.])"
    others = [name for name in fitted.terms if name != moderator and re.search(word, name)]
    if others:
        raise EvidenceError(
            f"{', '.join(others)} goes with {moderator}: there is no straight line along it with "
            "the others held still."
        )
    return fitted.terms.index(moderator)
