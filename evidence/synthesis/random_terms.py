"""Random effects in words: "1 | study/effect" and "UN(outcome | trial)" to the kernel's terms."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evidence._typing import Vector
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.multilevel import Term
from evidence.kernels.structures import STRUCTURES, StructureName
from evidence.synthesis.grouping import Grouping, grouping, levels

WRITTEN = re.compile(
    r"^(?:(?P<structure>[A-Za-z]+)\s*\()?(?P<inner>[^|()]+)\|(?P<outer>[^|()]+)\)?$"
)
ORDERED = ("AR", "HAR")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RandomTerm:
    """One term: what it is called, its structure (None: a random intercept), groups and levels."""

    label: str
    structure: StructureName | None
    groups: Grouping
    levels: tuple[str, ...]
    kernel: Term = field(repr=False)
    notes: tuple[str, ...] = ()


def random_terms(
    written: str | Sequence[str] | None, columns: Mapping[str, Any], k: int
) -> tuple[RandomTerm, ...]:
    """Read the random effects and refuse what the data cannot inform.

    Parameters
    ----------
    written : str or sequence of str
        ``"1 | study/effect"``: a random intercept per study and per effect within study.
        ``"UN(outcome | trial)"``: random effects of the outcomes, correlated within a trial.
    columns : mapping
        Columns by name.
    k : int
        Number of effects.

    Raises
    ------
    OptionError
        For an unknown structure.
    SynthesisError
        When a term cannot be read, a column is missing, or a component cannot be told apart.

    Examples
    --------
    >>> table = {"study": ["Kim", "Kim", "Lee"]}
    >>> [term.label for term in random_terms("1 | study/row", table, 3)]
    ['study', 'study/row']
    """
    if written is None:
        return ()
    texts = [written] if isinstance(written, str) else list(written)
    found: list[RandomTerm] = []
    for text in texts:
        bare = str(text).strip().removeprefix("~").strip()
        match = WRITTEN.match(bare)
        if match is None or bare.count("(") != bare.count(")"):
            raise SynthesisError(
                f"random={text!r} cannot be read. Write '1 | study/effect', or with a structure "
                f"'UN(outcome | trial)'; structures are {', '.join(STRUCTURES)}."
            )
        name, inner = match["structure"], match["inner"].strip().removeprefix("~").strip()
        path = [part.strip() for part in match["outer"].split("/")]
        if inner == "1":
            if name is not None:
                raise SynthesisError(f"random={text!r}: a random intercept has no structure.")
            found += [
                _intercept(path[: depth + 1], columns, k, str(text)) for depth in range(len(path))
            ]
        else:
            found.append(_structured(name, inner, path, columns, k, str(text)))
    _check_distinct(found)
    return tuple(found)


def _intercept(path: list[str], columns: Mapping[str, Any], k: int, text: str) -> RandomTerm:
    groups = grouping(path, columns, k)
    label = "/".join(path)
    if len(groups) < 2:
        raise SynthesisError(
            f"random={text!r}: {label} has one group only ({groups.labels[0]}), so how much its "
            "groups differ cannot be estimated. Leave it out."
        )
    nowhere = np.zeros(k, dtype=np.intp)
    term = Term(groups.codes, nowhere, STRUCTURES["ID"], np.zeros(1))
    return RandomTerm(label=label, structure=None, groups=groups, levels=("",), kernel=term)


def _structured(
    name: str | None, inner: str, path: list[str], columns: Mapping[str, Any], k: int, text: str
) -> RandomTerm:
    if name is None:
        raise SynthesisError(
            f"random={text!r} names no structure. Write for example 'CS({inner} | "
            f"{'/'.join(path)})'; structures are {', '.join(STRUCTURES)}."
        )
    if name not in STRUCTURES:
        raise OptionError("structure", name, STRUCTURES)
    structure = STRUCTURES[name]
    groups = grouping(path, columns, k)
    codes, found = levels(inner, columns, k)
    shown = tuple(str(level) for level in found)
    if len(shown) < 2:
        raise SynthesisError(
            f"random={text!r}: {inner} has one level only. Write '1 | {'/'.join(path)}'."
        )
    together = np.zeros((len(shown), len(shown)), dtype=int)
    for group in range(len(groups)):
        present = np.unique(codes[groups.codes == group])
        together[np.ix_(present, present)] += 1
    apart = ~(together > 0)
    if structure.correlations == "pairs" and apart.any():
        a, b = (int(at[0]) for at in np.nonzero(apart))
        raise SynthesisError(
            f"random={text!r}: {shown[a]} and {shown[b]} never occur in the same group, so their "
            f"correlation cannot be estimated. Use HCS({inner} | {'/'.join(path)}), which has one "
            "correlation for all pairs, or DIAG, which has none."
        )
    if structure.correlations == "one" and not together[~np.eye(len(shown), dtype=bool)].any():
        raise SynthesisError(
            f"random={text!r}: no group has two different levels of {inner}, so no correlation can "
            "be estimated. Use ID or DIAG."
        )
    positions, notes = _positions(name, inner, found)
    return RandomTerm(
        label=f"{inner} | {'/'.join(path)}",
        structure=structure.name,  # type: ignore[arg-type]
        groups=groups,
        levels=shown,
        kernel=Term(groups.codes, codes, structure, positions),
        notes=notes,
    )


def _positions(name: str, inner: str, found: list[Any]) -> tuple[Vector, tuple[str, ...]]:
    """Where the inner levels lie; equally far apart for all structures but CAR."""
    places = np.arange(len(found), dtype=np.float64)
    try:
        values = np.array([float(value) for value in found])
    except (TypeError, ValueError):
        values = None
    if name == "CAR":
        if values is None:
            raise SynthesisError(f"CAR needs numbers in {inner}, not {found[0]!r}. Use AR.")
        return values, ()
    if name in ORDERED and values is not None and len(values) > 2:
        gaps = np.diff(values)
        if gaps.max() > gaps.min() * (1 + 1e-9):
            return places, (
                f"the levels of {inner} are not equally far apart, but {name} takes them as such; "
                "CAR uses their distances.",
            )
    return places, ()


def _check_distinct(terms: list[RandomTerm]) -> None:
    """Two intercepts with the same groups would share one variance in an arbitrary way."""
    plain = [term for term in terms if term.structure is None]
    for i, one in enumerate(plain):
        for other in plain[:i]:
            if len(one.groups) == len(other.groups) and np.array_equal(
                one.groups.codes, other.groups.codes
            ):
                raise SynthesisError(
                    f"{other.label} and {one.label} make the same groups, so their variances "
                    "cannot be told apart. Leave one of them out."
                )
