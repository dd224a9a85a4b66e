"""Which moderators a model is asked to have, where they are, and which rows have them all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evidence.errors import SynthesisError
from evidence.synthesis.effect_table import EffectSource
from evidence.synthesis.formula import (
    Design,
    design_of_columns,
    design_of_formula,
    design_of_matrix,
    design_of_mean,
)


def variables_of(effects: EffectSource, moderators: Any) -> Mapping[str, Any]:
    """Columns that names and formulas may refer to: those given, or those beside the effects.

    >>> beside = {"yi": [0.1, 0.3], "vi": [0.02, 0.03], "weeks": [4, 8]}
    >>> sorted(variables_of(beside, None)), sorted(variables_of(beside, {"dose": [1, 2]}))
    (['vi', 'weeks', 'yi'], ['dose'])
    """
    if isinstance(moderators, Mapping | pd.DataFrame):
        return {str(name): moderators[name] for name in moderators}
    if isinstance(effects, pd.DataFrame | Mapping):
        columns: Any = effects
        return {str(name): columns[name] for name in columns}
    return {str(name): effects.frame[name] for name in effects.frame}


def chosen_design(
    variables: Mapping[str, Any],
    formula: str | None,
    moderators: Any,
    x: Any,
    k: int,
    kept: list[int],
) -> Design:
    """The design of the one of formula, moderators and X that is given, for the rows kept.

    >>> design = chosen_design({"weeks": [4, 8, 12]}, None, ["weeks"], None, 3, [0, 2])
    >>> design.names, design.matrix.tolist()
    (('intercept', 'weeks'), [[1.0, 4.0], [1.0, 12.0]])
    """
    if sum(given is not None for given in (formula, moderators, x)) > 1:
        raise SynthesisError("give one of formula, moderators and X, not several.")
    if x is not None:
        _same_length("X", len(x), k)
        return design_of_matrix(_rows_of(x, kept), len(kept))
    if formula is None and moderators is None:
        return design_of_mean(len(kept))
    if formula is not None:
        usable = {n: v for n, v in variables.items() if _is_column(v)}
        for name, column in usable.items():
            _same_length(f"column {name}", len(column), k)
        return design_of_formula(formula, {n: _rows_of(v, kept) for n, v in usable.items()})
    names = [moderators] if isinstance(moderators, str) else [str(name) for name in moderators]
    for name in names:
        if name in variables and _is_column(variables[name]):
            _same_length(f"column {name}", len(variables[name]), k)
    chosen = {n: _rows_of(v, kept) for n, v in variables.items() if n in names and _is_column(v)}
    return design_of_columns(names, chosen)


def design_for(effects: EffectSource, part: Any, k: int) -> Design:
    """The design of a formula, of column names, of columns, of a matrix, or of nothing at all.

    >>> effects = {"yi": [0.1, 0.3], "vi": [0.02, 0.03], "weeks": [4, 8]}
    >>> design_for(effects, None, 2).names, design_for(effects, "weeks", 2).names
    (('intercept',), ('intercept', 'weeks'))
    """
    everything = list(range(k))
    if part is None:
        return design_of_mean(k)
    formula = part if isinstance(part, str) and "~" in part else None
    named = isinstance(part, str | Mapping) or (
        isinstance(part, Sequence) and all(isinstance(name, str) for name in part)
    )
    moderators = part if formula is None and named else None
    x = None if formula is not None or named else part
    return chosen_design(variables_of(effects, moderators), formula, moderators, x, k, everything)


def _is_column(values: Any) -> bool:
    return hasattr(values, "__len__") and not isinstance(values, str) and np.ndim(values) == 1


def _rows_of(values: Any, kept: list[int]) -> Any:
    if isinstance(values, pd.DataFrame | pd.Series):
        return values.iloc[kept].reset_index(drop=True)
    return [values[i] for i in kept]


def _same_length(what: str, found: int, k: int) -> None:
    if found != k:
        raise SynthesisError(f"lengths differ: {k} effects and {found} values in {what}.")


def complete_rows(
    variables: Mapping[str, Any], formula: str | None, moderators: Any, x: Any, k: int
) -> list[int]:
    """Rows in which everything the model needs is there.

    >>> complete_rows({"weeks": [4, None, 12]}, None, ["weeks"], None, 3)
    [0, 2]
    """
    if x is not None:
        frame = pd.DataFrame(x)
    elif formula is not None:
        import patsy  # only when a formula is asked for

        data = pd.DataFrame({n: list(v) for n, v in variables.items() if _is_column(v)})
        terms = patsy.ModelDesc.from_formula(formula).rhs_termlist
        code = " ".join(factor.name() for term in terms for factor in term.factors)
        frame = data[[name for name in data if _mentions(code, str(name))]]
    else:
        names = [moderators] if isinstance(moderators, str) else list(moderators or [])
        frame = pd.DataFrame(
            {n: list(variables[n]) for n in names if n in variables}, index=range(k)
        )
    if not frame.shape[1]:
        return list(range(k))
    _same_length("the moderators", len(frame), k)
    there = frame.notna().all(axis=1).to_numpy()
    return [int(i) for i in np.flatnonzero(there)]


def _mentions(code: str, name: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", code) is not None
