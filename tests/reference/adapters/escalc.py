"""Effect sizes from arrays: `effect_sizes` and its summary."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from runner import Case, Unsupported

from evidence.effects.measures import MEASURES, effect_sizes
from evidence.effects.options import Vtype


def escalc(case: Case) -> dict[str, object]:
    options = dict(case.options)
    measure = options.pop("measure")
    if measure not in MEASURES:
        raise Unsupported(f"no measure {measure}")
    vtype: Vtype = options.get("vtype", "LS")
    if vtype not in MEASURES[measure].vtypes:
        raise Unsupported(f"no vtype {vtype} of {measure}")
    if unknown := set(options) - {"add", "to", "drop00", "vtype", "correct"}:
        raise Unsupported(f"no option {', '.join(sorted(unknown))}")
    columns = {
        name: np.array([np.nan if x is None else float(x) for x in values])
        for name, values in case.input.items()
    }
    effects = effect_sizes(measure, **options, **columns)
    shown = effects.summary()
    return {
        "yi": _listed(effects.yi),
        "vi": _listed(effects.vi),
        "sei": _listed(shown.sei),
        "zi": _listed(shown.zi),
        "pval": _listed(shown.pval),
        "ci_lb": _listed(shown.ci_low),
        "ci_ub": _listed(shown.ci_high),
    }


def _listed(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(x) else float(x) for x in values]


FAMILIES: dict[str, Callable[[Case], dict[str, object]]] = {"escalc": escalc}
