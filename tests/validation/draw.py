"""The two pictures of the page; the same bytes for the same numbers."""

from __future__ import annotations

from io import StringIO

import matplotlib as mpl
import numpy as np
import pandas as pd
from estimate_bias import Estimate
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

NAMES = {
    "d1": "1 randomisation",
    "d2": "2 deviations",
    "d3": "3 missing data",
    "d4": "4 measurement",
    "d5": "5 selection of the result",
}
DARK, LIGHT = "#1f5a8a", "#c8782a"


def calibration_picture(groups: pd.DataFrame) -> str:
    """Observed beside expected squared distance, by tenths of the predicted error."""
    figure, axes = _figure(6.4, 3.8)
    place = np.arange(1, len(groups) + 1)
    axes.plot(place, groups["observed"], "o-", color=LIGHT, label="observed")
    axes.plot(place, groups["expected"], "s-", color=DARK, label="expected, all parts")
    axes.plot(place, groups["e2"], ":", color=DARK, label="predicted error E² alone")
    axes.set_xticks(place)
    axes.set_xlabel("tenth of the predicted error, smallest first")
    axes.set_ylabel("mean squared distance, SD²")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    return _svg(figure)


def bias_picture(together: Estimate, alone: list[Estimate]) -> str:
    """Mean bias of each domain with 95 % limits, all together and one at a time."""
    figure, axes = _figure(6.4, 3.4)
    low, high = together.interval(0)
    for i in range(len(together.names)):
        one_low, one_high = (part[0] for part in alone[i].interval(0))
        for shift, colour, estimate, ends, label in (
            (-0.12, DARK, together.fit.beta[i], (low[i], high[i]), "all domains together"),
            (0.12, LIGHT, alone[i].fit.beta[0], (one_low, one_high), "each domain alone"),
        ):
            axes.plot(ends, [i + shift] * 2, color=colour)
            axes.plot(estimate, i + shift, "o", color=colour, label=None if i else label)
    axes.axvline(0, color="0.6", linewidth=0.8)
    axes.invert_yaxis()
    axes.set_yticks(range(len(together.names)), [NAMES[name] for name in together.names])
    axes.set_xlabel("further towards the pooled effect than results judged low, SD")
    axes.legend(frameon=False, loc="upper right", fontsize=8)
    return _svg(figure)


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _svg(figure: Figure) -> str:
    text = StringIO()
    with mpl.rc_context({"svg.hashsalt": "validation", "svg.fonttype": "none"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"
