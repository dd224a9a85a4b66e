"""Other programs for meta-analysis in Python, timed in the environment of `peers.lock`.

    python peers.py single data.npz     one set: y and v of shape (k,)
    python peers.py batch data.npz      many sets: y and v of shape (k, sets)
    python peers.py versions -

Prints JSON: for each program its version, or why it is absent, and what was asked for. Run by
`timing.peers`, never in the environment of the project.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import import_module, metadata

import numpy as np
from timing import processor_time

PROGRAMS = {  # name on PyPI: what it is imported as
    "PyMARE": "pymare",
    "PyMetaAnalysis": "meta_analyze",
    "pimeta": "pimeta",
    "statsmodels": "statsmodels",
}
BLOCK_SIZES = (1_000, 10_000, 100_000)  # sets handed to PyMARE at once: the fastest counts
KEPT = 200  # answers handed back, for the comparison

Answer = tuple[float, float]  # estimate and its standard error


def pymare_single(y: np.ndarray, v: np.ndarray) -> Answer:
    """REML, Knapp-Hartung, Q-profile limits of tau2: what its fit and its summary give."""
    import pymare

    found = pymare.meta_regression(y=y, v=v, add_intercept=True, method="REML")
    means = found.get_fe_stats()
    found.get_re_stats()
    return float(means["est"].item()), float(means["se"].item())


def pymetaanalysis_single(y: np.ndarray, v: np.ndarray) -> Answer:
    """REML, Hartung-Knapp, prediction interval, Q-profile limits of tau2."""
    import meta_analyze

    found = meta_analyze.meta_analysis(
        effect=y, variance=v, model="random", tau2_method="REML", ci_method="hartung-knapp"
    )
    found.tau2_confidence_interval()
    return found.estimate, found.standard_error


def pimeta_single(y: np.ndarray, v: np.ndarray) -> Answer:
    """REML, Knapp-Hartung, prediction interval, Q-profile limits of tau2."""
    import pimeta

    found = pimeta.rma(yi=y, vi=v, method="REML", test="knha")
    pimeta.predict(found)
    pimeta.confint(found)
    return float(found.b[0]), float(found.se[0])


def statsmodels_single(y: np.ndarray, v: np.ndarray) -> Answer:
    """DerSimonian-Laird, normal interval; it has no REML."""
    from statsmodels.stats.meta_analysis import combine_effects

    found = combine_effects(y, v, method_re="dl")
    found.summary_frame()
    return float(found.mean_effect_re), float(found.sd_eff_w_re)


SINGLE: dict[str, tuple[str, Callable[[np.ndarray, np.ndarray], Answer]]] = {
    "PyMARE": ("REML, Knapp-Hartung, Q-profile", pymare_single),
    "PyMetaAnalysis": ("REML, Knapp-Hartung, prediction, Q-profile", pymetaanalysis_single),
    "pimeta": ("REML, Knapp-Hartung, prediction, Q-profile", pimeta_single),
    "statsmodels": ("DL, normal interval", statsmodels_single),
}


def single(program: str, y: np.ndarray, v: np.ndarray) -> dict[str, object]:
    task, fit = SINGLE[program]
    estimate, se = fit(y, v)
    spent = processor_time(lambda: fit(y, v))
    return {"task": task, "seconds": spent, "estimate": estimate, "se": se}


def batch(program: str, y: np.ndarray, v: np.ndarray) -> dict[str, object]:
    """PyMARE pools the columns of y and v at once; the others take one set at a time."""
    if program != "PyMARE":
        return {"lacks": "pool many sets at once"}
    from pymare.estimators import DerSimonianLaird, VarianceBasedLikelihoodEstimator

    found: dict[str, object] = {}
    for name, estimator in (
        ("REML", VarianceBasedLikelihoodEstimator(method="REML")),
        ("DL", DerSimonianLaird()),
    ):
        ones = np.ones((len(y), 1))

        def pooled(size: int, upto: int, estimator=estimator, ones=ones) -> list[dict]:
            parts = (slice(at, min(at + size, upto)) for at in range(0, upto, size))
            return [
                estimator.fit(y[:, part], v[:, part], ones).summary().get_fe_stats()
                for part in parts
            ]

        times = {
            size: processor_time(lambda size=size: pooled(size, max(size, 20_000)), least=0.0)
            / max(size, 20_000)
            for size in BLOCK_SIZES
        }
        few = pooled(KEPT, KEPT)[0]
        best = min(times, key=times.__getitem__)
        found[name] = {
            "seconds": times[best],
            "at once": best,
            "estimate": few["est"].ravel().tolist(),
            "se": few["se"].ravel().tolist(),
        }
    return found


def main() -> None:
    task, path = sys.argv[1:]
    arrays = {} if task == "versions" else dict(np.load(path))
    answers: dict[str, dict[str, object]] = {}
    for name, module in PROGRAMS.items():
        try:
            import_module(module)
            answers[name] = {"version": metadata.version(name)}
            if task != "versions":
                answers[name] |= {"single": single, "batch": batch}[task](name, **arrays)
        except Exception as error:  # one that fails must not hide the others
            answers[name] = {"absent": f"{type(error).__name__}: {error}"}
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
