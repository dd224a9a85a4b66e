"""Baujat plot: what each study adds to heterogeneity, and how much it moves the pooled result.

Studies carry their names where these fit without running into each other, those that stand out
first; the others carry numbers that a list below explains. What lies in the thick of the rest and
has no room for a number either is named below as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

import pandas as pd

from evidence.errors import EvidenceError
from evidence.formatting import number
from evidence.messages import say
from evidence.plots.legend import BLUE, legend_below
from evidence.plots.plane import Axis, Box, Pixel, dot, frame, pixels, plane, rows_of
from evidence.plots.point_labels import Placed, draw_explained, explained, place_labels
from evidence.plots.svg import SMALL, group, picture
from evidence.synthesis.diagnostics import Source
from evidence.synthesis.diagnostics import baujat as compute

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HETEROGENEITY_NAME = "contribution to heterogeneity (squared Pearson residual)"
INFLUENCE_NAME = "influence on the pooled result"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaujatRow:
    """One study: `number` counts from 1 in the order given, the rest is as `baujat` has it."""

    label: str
    number: int
    heterogeneity: float
    influence: float


def baujat_rows(source: Source | pd.DataFrame, **options: Any) -> list[BaujatRow]:
    """Rows of a Baujat plot, one per study in the order given.

    Parameters
    ----------
    source : RegressionFit, effects, or what `evidence.synthesis.diagnostics.baujat` returns
        What is looked into.
    **options
        Of `evidence.synthesis.regression.regress`, with effects only.

    Raises
    ------
    EvidenceError
        No study can be left out: each would take a coefficient with it.

    References
    ----------
    Baujat, Mahé, Pignon & Hill (2002), Stat Med 21:2641–2652. https://doi.org/10.1002/sim.1221

    Examples
    --------
    >>> table = {"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}
    >>> [round(row.heterogeneity, 1) for row in baujat_rows(table, tau2="EE", test="z")]
    [2.0, 0.0, 5.0]
    """
    made = isinstance(source, pd.DataFrame) and {"heterogeneity", "influence"} <= {*source.columns}
    frame: Any = source if made else compute(source, **options)
    named: list[Any] = list(frame.itertuples())
    rows = [
        BaujatRow(
            label=str(row.Index),
            number=i,
            heterogeneity=float(row.heterogeneity),
            influence=float(row.influence),
        )
        for i, row in enumerate(named, start=1)
    ]
    return _kept(rows)


def _kept(rows: Sequence[BaujatRow]) -> list[BaujatRow]:
    """Rows that can be drawn: a study that cannot be left out has no influence to show."""
    kept = [row for row in rows if row.heterogeneity == row.heterogeneity]
    kept = [row for row in kept if row.influence == row.influence]
    if not kept:
        raise EvidenceError("nothing to draw: no study can be left out.")
    return kept


def baujat_svg(
    rows: Sequence[BaujatRow],
    *,
    title: str,
    desc: str,
    heterogeneity_label: str = HETEROGENEITY_NAME,
    influence_label: str = INFLUENCE_NAME,
    width: float = 800.0,
) -> str:
    """The studies as SVG, with the list of their numbers below where names do not fit.

    Parameters
    ----------
    rows : sequence of BaujatRow
        From `baujat_rows`.
    title, desc : str
        Name and description of the image.
    heterogeneity_label, influence_label : str
        What is on the axes.
    width : float
        640 to 960 pixels for a page, `SLIM` for a narrow one.

    Examples
    --------
    >>> table = {"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05], "study": ["A", "B", "C"]}
    >>> rows = baujat_rows(table, tau2="EE", test="z")
    >>> svg = baujat_svg(rows, title="Baujat", desc="Three studies")
    >>> svg.startswith("<svg"), svg.count("<circle")
    (True, 3)
    """
    x, y = _axes(rows, heterogeneity_label, influence_label)
    at = plane(x, y, width=width, beside=False)
    spots = pixels(at, [(row.heterogeneity, row.influence) for row in rows])
    labels = _labels(rows, spots, frame(at))
    drawn = [*at.drawn]
    for row, spot, label in zip(rows, spots, labels, strict=True):
        drawn.append(group(_said(row), dot(*spot), *((label.draw(),) if label else ())))
    below, end = draw_explained([row.label for row in rows], labels, at.bottom, width)
    drawn += below
    return picture(drawn, width=width, height=end + 4, title=title, desc=desc)


def _axes(rows: Sequence[BaujatRow], across: str, upright: str) -> tuple[Axis, Axis]:
    """From 0 to the largest, with room for whole points."""
    if not rows:
        raise EvidenceError("nothing to draw: there are no rows.")
    ends = [
        1.08 * max(getattr(row, name) for row in rows) or 1.0
        for name in ("heterogeneity", "influence")
    ]
    return (
        Axis(low=-0.04 * ends[0], high=ends[0], name=across),
        Axis(low=-0.04 * ends[1], high=ends[1], name=upright),
    )


def _labels(
    rows: Sequence[BaujatRow], spots: Sequence[Pixel], box: Box, size: float = SMALL
) -> list[Placed | None]:
    """Names or numbers; those that stand out choose first."""
    far = [max(row.heterogeneity for row in rows) or 1.0, max(r.influence for r in rows) or 1.0]
    wait = [-max(row.heterogeneity / far[0], row.influence / far[1]) for row in rows]
    names, numbers = [row.label for row in rows], [str(row.number) for row in rows]
    return place_labels(spots, names, numbers, box=box, wait=wait, size=size)


def _said(row: BaujatRow) -> str:
    return say(
        "{study}: contribution {q}, influence {moved}",
        study=row.label,
        q=number(row.heterogeneity, 2),
        moved=number(row.influence, 3),
    )


def baujat_plot(rows_or_source: Any, ax: Axes | None = None, **options: Any) -> Axes:
    """The same studies with matplotlib.

    Parameters
    ----------
    rows_or_source : sequence of BaujatRow, or what `baujat_rows` takes
        What is drawn.
    ax : matplotlib Axes, optional
        Drawn on; the current one otherwise.
    **options
        Of `baujat_rows`.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = {"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05], "study": ["A", "B", "C"]}
    >>> ax = baujat_plot(table, Figure().add_subplot(), tau2="EE", test="z")
    >>> [text.get_text() for text in ax.texts]
    ['A', 'B', 'C']
    """
    import matplotlib.pyplot as plt

    rows = rows_of(rows_or_source, BaujatRow) or baujat_rows(rows_or_source, **options)
    target = plt.gca() if ax is None else ax
    x, y = _axes(rows, HETEROGENEITY_NAME, INFLUENCE_NAME)
    target.set_xlim(x.low, x.high)
    target.set_ylim(y.low, y.high)
    target.set_xlabel(x.name)
    target.set_ylabel(y.name)
    target.scatter(
        [row.heterogeneity for row in rows],
        [row.influence for row in rows],
        facecolor=BLUE,
        edgecolor=plt.rcParams["axes.edgecolor"],
        zorder=3,
    )
    figure = target.get_figure(root=True)
    if figure and figure.get_layout_engine():
        figure.draw_without_rendering()  # the axes find their size first
    point = (figure.dpi if figure else 72.0) / 72  # in pixels
    window = target.get_window_extent()
    places = target.transData.transform([(row.heterogeneity, row.influence) for row in rows])
    # downwards and in points, as labels are placed
    spots = [(float(x) / point, (window.y1 - float(y)) / point) for x, y in places]
    box = (window.x0 / point + 3, 3.0, window.x1 / point - 3, window.height / point - 3)
    labels = _labels(rows, spots, box, 1.2 * TEXT)  # matplotlib's lines are taller than letters
    for row, spot, label in zip(rows, spots, labels, strict=True):
        if label is not None:
            target.annotate(
                label.text,
                xy=(row.heterogeneity, row.influence),
                xytext=(label.x - spot[0], spot[1] - label.y),
                textcoords="offset points",
                ha={"start": "left", "middle": "center", "end": "right"}[label.anchor],
                fontsize=TEXT,
                parse_math=False,
            )
    numbered, left = explained([row.label for row in rows], labels)
    below = [*numbered, fill(left, 72)] if left else numbered
    handles = [line for text in below for line in target.plot([], [], " ", label=text)]
    if handles:
        legend = legend_below(target, handles, inches=0.55, columns=1)  # type: ignore[arg-type]
        for text in legend.get_texts():
            text.set_parse_math(False)
    return target


TEXT = 9.0
"""Size of the names with matplotlib, in points."""
