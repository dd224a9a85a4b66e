"""Legends of the matplotlib drawings: under the axes, where no title or bar is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend
    from matplotlib.patches import Patch

ORANGE, GREY, BLUE = "#D55E00", "#767F89", "#0072B2"
"""The plain colours of `svg.INK`."""


def legend_below(
    ax: Axes, handles: Sequence[Patch], *, inches: float, columns: int, title: str = ""
) -> Legend:
    """A legend without a frame, left under the axes.

    Parameters
    ----------
    ax : matplotlib Axes
        Drawn on.
    handles : sequence of Patch
        Each with its label.
    inches : float
        Distance from the axes: what the tick labels and the name of the axis need.
    columns : int
        Entries beside each other.
    title : str
        Words above the entries.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from matplotlib.patches import Patch
    >>> ax = Figure().add_subplot()
    >>> legend = legend_below(ax, [Patch(label="low"), Patch(label="high")], inches=0.5, columns=2)
    >>> [text.get_text() for text in legend.get_texts()]
    ['low', 'high']
    """
    from matplotlib.transforms import ScaledTranslation

    figure = ax.get_figure(root=True)
    down = ScaledTranslation(0, -inches, figure.dpi_scale_trans) if figure else None
    return ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.0, 0.0),
        bbox_transform=ax.transAxes if down is None else ax.transAxes + down,
        borderaxespad=0.0,
        ncols=columns,
        frameon=False,
        fontsize="small",
        title=title or None,
        title_fontsize="small",
        alignment="left",
    )
