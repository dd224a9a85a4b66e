"""Moderators to a design matrix: from a formula, from named columns, or a matrix as it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from evidence._typing import Matrix
from evidence.errors import SynthesisError
from evidence.kernels.regression import redundant_columns


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """A design matrix (k, p), the names of its columns, and which columns make up a term."""

    matrix: Matrix = field(repr=False)
    names: tuple[str, ...]
    terms: Mapping[str, tuple[int, ...]]
    intercept: bool
    label: str
    rows: Callable[[Any], Matrix] = field(repr=False)  # new moderators to rows like these

    def keep(self, chosen: Sequence[int]) -> Matrix:
        """Some rows of the matrix."""
        return self.matrix[list(chosen)]


def design_of_mean(k: int) -> Design:
    """The design without moderators: a column of ones.

    >>> design_of_mean(3).names
    ('intercept',)
    """
    return Design(
        matrix=np.ones((k, 1)),
        names=("intercept",),
        terms={"intercept": (0,)},
        intercept=True,
        label="~ 1",
        rows=lambda new: np.ones((len(new), 1)),
    )


def design_of_matrix(x: Any, k: int) -> Design:
    """A design matrix as given; it has an intercept only where a column of ones is in it.

    Parameters
    ----------
    x : array or DataFrame of shape (k, p)
        All columns, the intercept included. Columns of a DataFrame keep their names.
    k : int
        Number of effects.

    Examples
    --------
    >>> design_of_matrix([[1, 1990], [1, 1995], [1, 2001]], 3).names
    ('intercept', 'x1')
    """
    matrix = _matrix(x)
    if len(matrix) != k:
        raise SynthesisError(f"lengths differ: {k} effects and {len(matrix)} rows of X.")
    ones = [bool((column == 1).all()) for column in matrix.T]
    if isinstance(x, pd.DataFrame):
        names = tuple(str(name) for name in x.columns)
    else:
        count = iter(range(1, matrix.shape[1] + 1))
        names = tuple(
            "intercept" if one and j == ones.index(True) else f"x{next(count)}"
            for j, one in enumerate(ones)
        )
    if len(set(names)) < len(names):
        raise SynthesisError(f"columns of X share a name: {', '.join(names)}.")
    return Design(
        matrix=matrix,
        names=names,
        terms={name: (j,) for j, name in enumerate(names)},
        intercept=any(ones),
        label="X",
        rows=lambda new: _as_wide(_matrix(new), len(names)),
    )


def design_of_columns(columns: Sequence[str], table: Mapping[str, Any]) -> Design:
    """Intercept and named columns: numbers as they are, words as one column per further level.

    The first level in alphabetical order (or in the order of a pandas category) is the one the
    others are compared with.

    Parameters
    ----------
    columns : sequence of str
        Names of moderators.
    table : mapping or DataFrame
        Where they are.

    Examples
    --------
    >>> table = {"year": [1990, 1995, 2001, 2004], "blind": ["no", "yes", "no", "yes"]}
    >>> design_of_columns(["year", "blind"], table).names
    ('intercept', 'year', 'blind[yes]')
    """
    if isinstance(columns, str):
        columns = [columns]
    levels = {name: _levels(_column(name, table)) for name in columns}
    names = ["intercept"]
    terms: dict[str, tuple[int, ...]] = {"intercept": (0,)}
    for name, found in levels.items():
        added = [name] if found is None else [f"{name}[{level}]" for level in found[1:]]
        if not added:
            raise SynthesisError(f"moderator {name} has one value only; it can explain nothing.")
        terms[name] = tuple(range(len(names), len(names) + len(added)))
        names += added

    def rows(new: Mapping[str, Any]) -> Matrix:
        made: list[Any] = []
        for name, found in levels.items():
            values = list(_column(name, new))
            if found is None:
                made.append(_numbers(name, values))
            else:
                strange = sorted({str(v) for v in values} - set(found))
                if strange:
                    raise SynthesisError(
                        f"{name} = {strange[0]!r} is not one of {', '.join(found)}."
                    )
                made += [np.array([str(v) == level for v in values], float) for level in found[1:]]
        return np.column_stack([np.ones(len(made[0])), *made])

    return Design(
        matrix=rows(table),
        names=tuple(names),
        terms=terms,
        intercept=True,
        label="~ " + " + ".join(columns),
        rows=rows,
    )


def design_of_formula(formula: str, table: Mapping[str, Any]) -> Design:
    """A formula in the notation of patsy, as in ``"~ year + C(design)"``.

    A formula is evaluated as Python: take it from people you would take code from.

    Parameters
    ----------
    formula : str
        Right-hand side; an intercept is added unless it says ``- 1``.
    table : mapping or DataFrame
        Where the variables are.

    Examples
    --------
    >>> table = {"year": [1990, 1995, 2001, 2004], "blind": ["no", "yes", "no", "yes"]}
    >>> design_of_formula("~ year + C(blind)", table).names
    ('intercept', 'C(blind)[T.yes]', 'year')
    """
    import patsy  # half a second: only when a formula is asked for

    if formula.partition("~")[0].strip():
        raise SynthesisError(f"formula {formula!r}: give the moderators only, as in '~ year'.")
    data = pd.DataFrame({str(name): column for name, column in table.items()})
    scope = patsy.EvalEnvironment([{"np": np}])
    try:
        made = patsy.dmatrix(formula, data, eval_env=scope, NA_action="raise")
    except patsy.PatsyError as error:
        raise SynthesisError(f"formula {formula!r}: {_first_line(error)}") from error
    except (NameError, TypeError, ValueError, KeyError, SyntaxError) as error:
        raise SynthesisError(f"formula {formula!r}: {error}") from error
    info = made.design_info

    def rows(new: Any) -> Matrix:
        fresh = pd.DataFrame({str(name): column for name, column in new.items()})
        try:
            built = patsy.build_design_matrices([info], fresh, NA_action="raise")[0]
        except patsy.PatsyError as error:
            raise SynthesisError(f"formula {formula!r}: {_first_line(error)}") from error
        return np.array(built, dtype=np.float64)

    def renamed(name: str) -> str:
        return "intercept" if name == "Intercept" else name

    return Design(
        matrix=np.array(made, dtype=np.float64),
        names=tuple(renamed(name) for name in info.column_names),
        terms={
            renamed(name): tuple(range(*part.indices(made.shape[1])))
            for name, part in info.term_name_slices.items()
        },
        intercept="Intercept" in info.column_names,
        label=formula,
        rows=rows,
    )


def check_design(design: Design) -> None:
    """Refuse columns that others already determine: their coefficients have no answer.

    >>> weeks, months = [4.0, 8.0, 12.0], [1.0, 2.0, 3.0]
    >>> check_design(design_of_columns(["weeks"], {"weeks": weeks}))
    >>> check_design(design_of_columns(["weeks", "months"], {"weeks": weeks, "months": months}))
    Traceback (most recent call last):
        ...
    evidence.errors.SynthesisError: ~ weeks + months: months can be computed from the columns
    before it, so its coefficient cannot be told from theirs. Leave it out, or join levels that
    never occur apart.
    """
    if not design.names:
        raise SynthesisError(f"{design.label}: no column is left to estimate.")
    if found := redundant_columns(design.matrix):
        names = ", ".join(design.names[j] for j in found)
        raise SynthesisError(
            f"{design.label}: {names} can be computed from the columns before it, so its "
            "coefficient cannot be told from theirs. Leave it out, or join levels that never occur "
            "apart."
        )


def columns_of(design: Design, chosen: Iterable[str | int] | str | int | None) -> list[int]:
    """Columns meant by names, terms or numbers from 0; of None all but the intercept.

    >>> columns_of(design_of_mean(2), None)
    [0]
    """
    if chosen is None:
        rest = [j for j, column in enumerate(design.matrix.T) if not (column == 1).all()]
        return rest or list(range(len(design.names)))
    wanted = [chosen] if isinstance(chosen, str | int) else list(chosen)
    found: list[int] = []
    for item in wanted:
        if isinstance(item, int | np.integer):
            if not -len(design.names) <= item < len(design.names):
                raise SynthesisError(
                    f"there is no coefficient {item} in {design.label}; they are numbered 0 to "
                    f"{len(design.names) - 1}."
                )
            found.append(int(item) % len(design.names))
        elif item in design.terms:
            found += design.terms[str(item)]
        elif item in design.names:
            found.append(design.names.index(str(item)))
        else:
            raise SynthesisError(
                f"{item!r} is no coefficient of {design.label}; there are "
                f"{', '.join(design.names)} (0 to {len(design.names) - 1})."
            )
    if not found:
        raise SynthesisError("no coefficient to test: btt is empty.")
    return sorted(set(found))


def _matrix(x: Any) -> Matrix:
    values = x.to_numpy() if isinstance(x, pd.DataFrame) else x
    try:
        matrix = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SynthesisError(f"X must hold numbers only: {error}.") from error
    if matrix.ndim != 2:
        raise SynthesisError(f"X must have two dimensions, effects by columns, not {matrix.ndim}.")
    if not np.isfinite(matrix).all():
        row, column = (int(at[0]) for at in np.nonzero(~np.isfinite(matrix)))
        raise SynthesisError(f"row {row + 1}: column {column + 1} of X is missing or infinite.")
    return matrix


def _as_wide(matrix: Matrix, columns: int) -> Matrix:
    if matrix.shape[1] != columns:
        raise SynthesisError(f"new rows have {matrix.shape[1]} columns; the model has {columns}.")
    return matrix


def _column(name: str, table: Any) -> Any:
    if name not in table:
        raise SynthesisError(f"no column {name}. Found: {', '.join(map(str, table)) or 'nothing'}.")
    values = table[name]
    return values if hasattr(values, "__len__") and not isinstance(values, str) else [values]


def _levels(values: Any) -> list[str] | None:
    """Levels of a column of words; None for numbers."""
    series = pd.Series(values)
    if series.isna().any():
        row = int(np.flatnonzero(series.isna())[0])
        raise SynthesisError(
            f"row {row + 1}: moderator {series.name or ''} is missing. Fill it in, or use "
            "missing='drop' to leave such rows out and have it said."
        )
    if isinstance(series.dtype, pd.CategoricalDtype):
        present = set(series)
        return [str(level) for level in series.cat.categories if level in present]
    if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series):
        return None
    return sorted({str(value) for value in series})


def _numbers(name: str, values: Sequence[Any]) -> Matrix:
    try:
        column = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SynthesisError(f"moderator {name} must be numbers: {error}.") from error
    if not np.isfinite(column).all():
        row = int(np.flatnonzero(~np.isfinite(column))[0])
        raise SynthesisError(f"row {row + 1}: moderator {name} is missing or infinite.")
    return column


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
