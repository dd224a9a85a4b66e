"""Biases of several studies: what is each study's own, and what they share.

More studies of the same kind average out what is their own (chance, the spread between trials)
and never what they share: the doubt about the published mean bias and its spread between topics.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import Literal, NamedTuple

from evidence.appraisal.bias_sets import Bias, Flag, bias_of
from evidence.appraisal.body import Flaws
from evidence.appraisal.component_table import ComponentName
from evidence.appraisal.components import (
    BASE,
    Component,
    Scenario,
    blinding_flag,
    components_of,
)
from evidence.appraisal.facts import Facts
from evidence.records.base import UNKNOWN

Weighting = Literal["own", "joint"]
"""`own`: each study weighs by its own variance, and what is shared is added once after pooling.
`joint`: least squares with the whole covariance, the exact posterior mean of the model; a study
whose biases others share can then weigh less than nothing."""

SHARED_PART: dict[ComponentName, float] = {
    "no_control": 1.0,
    "untreated_control": 1.0,
    "not_randomised": 0.5,
}
"""Share of a component's variance that is common to a body; the rest, and every component that
is not here nor in the bias sets, is each study's own. A project choice."""

_COMPONENT_OF: dict[Flag, ComponentName] = {
    "sequence": "sequence",
    "concealment": "concealment",
    "blinding_grade": "blinding",
    "blinding_self_report": "blinding",
    "blinding_objective": "blinding",
    "incomplete_data": "incomplete_data",
}


class Flaw(NamedTuple):
    """One bias of one study, SMD scale: mean, variance shared by all with `key`, own variance."""

    component: ComponentName
    key: Hashable
    mean: float
    shared: float
    own: float


class PooledBias(NamedTuple):
    """A weighted mean of results: weights, mean bias, and its variance, own and shared."""

    weights: tuple[float, ...]
    mean: float
    own: float
    shared: float

    @property
    def variance(self) -> float:
        """Variance of the pooled mean."""
        return self.own + self.shared


def flaws_of(
    flaws: Flaws, scenario: Scenario = BASE, rows: Mapping[Flag, Bias] | None = None
) -> tuple[Flaw, ...]:
    """The biases of one result under one bias set, each split into shared and own.

    Parameters
    ----------
    flaws
        The flattened record, or the names of the flagged domains.
    scenario
        Bias set and settings.
    rows
        Rows to use instead of the set's.

    Examples
    --------
    >>> (flaw,) = flaws_of(("blinding_grade",))
    >>> flaw.mean, flaw.shared**0.5, (flaw.shared + flaw.own) ** 0.5
    (0.096, 0.110, 0.145)
    """
    rows = rows or {}
    if not isinstance(flaws, Facts):
        listed = dict.fromkeys(flaws)
        return tuple(
            _from_row(flag, rows.get(flag) or bias_of(flag, scenario.bias_set)) for flag in listed
        )
    return tuple(_split(part, flaws, scenario, rows) for part in components_of(flaws, scenario))


def _from_row(flag: Flag, row: Bias) -> Flaw:
    component = _COMPONENT_OF[flag]
    # a flaw is never credited; studies share a bias when they share its published row
    return Flaw(component, (component, row), max(0.0, row.mean), _shared(row), row.kappa**2)


def _shared(row: Bias) -> float:
    return row.se**2 + row.phi**2


def _split(part: Component, facts: Facts, scenario: Scenario, rows: Mapping[Flag, Bias]) -> Flaw:
    if part.name not in _COMPONENT_OF.values():
        shared = SHARED_PART.get(part.name, 0.0) * part.variance
        return Flaw(part.name, part.name, part.mean, shared, part.variance - shared)
    flag = _flag(part.name, facts, scenario)
    if flag in rows:
        found = _from_row(flag, rows[flag])
        lost = max(0.0, part.variance - bias_of(flag, scenario.bias_set).variance)
        return found._replace(own=found.own + lost)
    row = bias_of(flag, scenario.bias_set)
    shared = min(_shared(row), part.variance)
    return Flaw(part.name, (part.name, row), part.mean, shared, part.variance - shared)


def _flag(name: ComponentName, facts: Facts, scenario: Scenario) -> Flag:
    """The row a component came from; of an unknown kind, the wider of the two it stands for."""
    if name != "blinding":
        return next(flag for flag, component in _COMPONENT_OF.items() if component == name)
    flag = blinding_flag(facts)
    if facts.kind is not UNKNOWN:
        return flag
    both: tuple[Flag, ...] = (flag, "blinding_objective")
    return max(both, key=lambda one: bias_of(one, scenario.bias_set).variance)


def combine(
    own: Sequence[float],
    flaws: Sequence[Sequence[Flaw]],
    tau2: float = 0.0,
    weighting: Weighting = "own",
    scale: float = 1.0,
) -> PooledBias:
    """Weights, mean bias and variance of a pooled mean.

    Parameters
    ----------
    own
        Variance of each result that is its own, flaws included: shape (k,).
    flaws
        The biases of each result: k sequences.
    tau2
        Variance of true effects between studies.
    weighting
        See `Weighting`.
    scale
        Turns biases in SDs into the scale of the effects.

    Examples
    --------
    >>> flaw = flaws_of(("blinding_grade",))
    >>> many = combine([0.02 + flaw[0].own] * 10_000, [flaw] * 10_000)
    >>> many.mean, many.variance**0.5
    (0.096, 0.110)
    """
    loadings: dict[Hashable, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for i, listed in enumerate(flaws):
        for flaw in listed:
            if flaw.shared:
                loadings[flaw.key][i] += scale * math.sqrt(flaw.shared)
    spread = [variance + tau2 for variance in own]
    weights = _own_weights(spread) if weighting == "own" else _joint_weights(spread, loadings)
    return PooledBias(
        weights=tuple(weights),
        mean=scale
        * sum(
            weight * sum(flaw.mean for flaw in listed)
            for weight, listed in zip(weights, flaws, strict=True)
        ),
        own=sum(weight**2 * each for weight, each in zip(weights, spread, strict=True)),
        shared=sum(
            sum(weights[i] * loading for i, loading in held.items()) ** 2
            for held in loadings.values()
        ),
    )


def _own_weights(spread: Sequence[float]) -> list[float]:
    # results without any variance of their own, endless studies, leave nothing to the others
    inverse = [float(each == 0) if 0 in spread else 1 / each for each in spread]
    total = math.fsum(inverse)
    return [each / total for each in inverse]


def _joint_weights(
    spread: Sequence[float], loadings: Mapping[Hashable, Mapping[int, float]]
) -> list[float]:
    import numpy as np

    covariance = np.diag(np.asarray(spread, dtype=float))
    for held in loadings.values():
        column = np.zeros(len(spread))
        column[list(held)] = list(held.values())
        covariance += np.outer(column, column)
    solved = np.linalg.solve(covariance, np.ones(len(spread)))
    return [float(each) for each in solved / solved.sum()]
