"""The weight-function model of Vevea and Hedges, with errors from the whole information."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from evidence.kernels.selection_fit import SelectionEstimate, fit_steps
from evidence.synthesis.effect_table import EffectSource
from evidence.synthesis.selection import (
    Alternative,
    Selection,
    check_steps,
    read_effects,
    selection_result,
    step_edges,
    step_frame,
)

WEIGHT_BOUNDS = (0.01, 1e6)


def weight_function(
    effects: EffectSource,
    *,
    steps: Sequence[float] = (0.025,),
    alternative: Alternative = "greater",
    tau2: Literal["ML", "EE"] = "ML",
    level: float = 0.95,
) -> Selection:
    """Estimate the relative chance of publication for intervals of p (Vevea & Hedges 1995).

    The same likelihood as `fit_selection`, with two habits of this model's software: no weight
    falls below 0.01, and standard errors come from the whole information matrix, τ² included
    even where it ends at zero (`fit_selection` holds it there).

    Parameters
    ----------
    effects, steps, alternative, tau2, level
        As for `fit_selection`.

    References
    ----------
    Vevea & Hedges (1995), Psychometrika 60:419–435. https://doi.org/10.1007/BF02294384
    Coburn & Vevea (2019), weightr: Estimating Weight-Function Models for Publication Bias.

    Examples
    --------
    >>> table = {"yi": [0.2, 0.42, 0.45, 0.5, 0.55, 0.6, 0.7, 0.9], "vi": [0.04] * 8}
    >>> found = weight_function(table, tau2="EE")
    >>> found.estimate, found.lrt
    (0.46, 1.10)
    """
    table, turn = read_effects(effects, alternative, tau2, level)
    edges, yi = step_edges(steps), turn * table.yi
    check_steps(yi, table.vi, edges)
    found = fit_steps(yi, table.vi, edges, equal_effects=tau2 == "EE", bounds=WEIGHT_BOUNDS)
    found, sound = _whole_information(found, equal=tau2 == "EE")
    frame = step_frame(yi, table.vi, edges, found)
    fitted = selection_result(
        found, table, "steps", alternative, tau2, level, frame, len(edges) - 1
    )
    return fitted if sound else replace(fitted, notes=(*fitted.notes, UNSOUND))


def _whole_information(found: SelectionEstimate, *, equal: bool) -> tuple[SelectionEstimate, bool]:
    """The same estimates with errors from the inverse of everything; whether it is a variance."""
    bend = np.abs(np.diag(found.information))
    scale = 1 / np.sqrt(np.where(bend > 0, bend, 1.0))
    scaled = found.information * np.outer(scale, scale)
    sound = bool((np.linalg.eigvalsh(scaled) > 1e-12).all())
    diagonal = np.diag(np.linalg.pinv(scaled))
    errors = scale * np.sqrt(np.where(diagonal > 0, diagonal, np.nan))
    first = 1 if equal else 2
    with_errors = replace(
        found,
        mu_se=float(errors[0]),
        tau2_se=math.nan if equal else float(errors[1]),
        delta_se=np.concatenate([[np.nan], errors[first:]]),
    )
    return with_errors, sound


UNSOUND = (
    "the information matrix is not positive definite: the standard errors are the square roots "
    "that its inverse has, and mean little. fit_selection gives errors with what is at its bound "
    "held there."
)
