"""Many reliability scores on one strip from 0 to 100, best first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evidence.errors import EvidenceError
from evidence.formatting import number
from evidence.messages import say
from evidence.plots.lanes import Lane, axis, lay
from evidence.plots.rows import records, take_number, take_text
from evidence.plots.scale import Scale
from evidence.plots.svg import group, picture, segment, tag

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """A score with its range; `value` is None where there is no score, and `note` says why."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""


def score_strip_rows(scores: object) -> list[ScoreRow]:
    """Scores, highest first, then those without one; equal scores by label.

    Parameters
    ----------
    scores : data frame, or iterable of mappings or objects
        With `label` (or `study`), `value`, and where known `low`, `high`, `note` (or `reason`).

    Raises
    ------
    EvidenceError
        A score outside 0 to 100.

    Examples
    --------
    >>> rows = score_strip_rows([{"label": "B", "value": 12.0}, {"label": "A", "value": 40.0},
    ...                          {"label": "C", "reason": "in vitro"}])
    >>> [(row.label, row.value) for row in rows]
    [('A', 40.0), ('B', 12.0), ('C', None)]
    """
    rows = [
        ScoreRow(
            label=take_text(row, "label", "study"),
            value=take_number(row, "value", "reliability"),
            low=take_number(row, "low"),
            high=take_number(row, "high"),
            note=take_text(row, "note", "reason"),
        )
        for row in records(scores)
    ]
    for row in rows:
        if row.value is not None and not 0 <= row.value <= 100:
            raise EvidenceError(f"{row.label}: a score lies between 0 and 100, not at {row.value}.")
    return sorted(rows, key=lambda r: (r.value is None, -(r.value or 0.0), r.label))


def score_strip_svg(
    rows: Sequence[ScoreRow],
    *,
    title: str,
    desc: str,
    axis_label: str = "reliability, 0 to 100",
    heads: tuple[str, str] = ("Study", "Score (range)"),
    not_scored: str = "not scored",
    width: float = 720.0,
) -> str:
    """The rows as SVG: a dot and a line each.

    Parameters
    ----------
    rows : sequence of ScoreRow
        From `score_strip_rows`.
    title, desc : str
        Name and description of the image.
    axis_label, heads, not_scored : str
        Words.
    width : float
        640 to 960 pixels for a page, `SLIM` for a narrow one.

    Examples
    --------
    >>> rows = [ScoreRow(label="Kim", value=41.0, low=30.0, high=52.0),
    ...         ScoreRow(label="Sato", value=None, note="in vitro")]
    >>> svg = score_strip_svg(rows, title="Scores", desc="Two studies")
    >>> svg.count("<circle"), "not scored" in svg, "in vitro" in svg
    (1, True, True)
    """
    if not rows:
        raise EvidenceError("nothing to draw: there are no scores.")
    lanes = [
        Lane(label=row.label, numbers=_numbers(row))
        if row.value is not None
        else Lane(label=row.label, sub=row.note, note=not_scored)
        for row in rows
    ]
    laid = lay(lanes, width=width, heads=(heads[0], "", heads[1], ""))
    scale = Scale(low=0.0, high=100.0, start=laid.start, stop=laid.stop)
    bottom = laid.bottom + 4
    drawn = axis(scale, laid, axis_label)
    for row, lane, y in zip(rows, lanes, laid.marks, strict=True):
        if row.value is None:
            continue
        marks = [segment(scale.start, y, scale.stop, y, "p-grid")]
        if row.low is not None and row.high is not None:
            bar = {
                "x": scale.at(row.low),
                "y": y - 3,
                "width": max(1.0, scale.at(row.high) - scale.at(row.low)),
                "height": 6.0,
                "rx": 3.0,
                "class": "p-main-wash",
            }
            marks += [
                tag("rect", bar),
                segment(scale.at(row.low), y, scale.at(row.high), y, "p-main-line"),
            ]
        marks.append(
            tag("circle", {"cx": scale.at(row.value), "cy": y, "r": 5.5, "class": "p-main"})
        )
        drawn.append(group(say("{name}: {value}", name=row.label, value=lane.numbers), *marks))
    return picture([*laid.texts, *drawn], width=width, height=bottom + 46, title=title, desc=desc)


def _numbers(row: ScoreRow) -> str:
    spread = (
        f" ({number(row.low, 0)}–{number(row.high, 0)})"
        if row.low is not None and row.high is not None
        else ""
    )
    return number(row.value, 0) + spread


SHORT = 48
"""Letters of a reason that fit beside "not scored"."""


def score_strip(
    rows: Sequence[ScoreRow], ax: Axes | None = None, *, not_scored: str = "not scored"
) -> Axes:
    """The same rows with matplotlib; returns the Axes drawn on.

    A row without a score says so, with the reason (up to its colon) where that is short.

    >>> from matplotlib.figure import Figure
    >>> rows = [ScoreRow(label="Sato", value=None, note="in vitro")]
    >>> [text.get_text() for text in score_strip(rows, Figure().add_subplot()).texts]
    ['not scored: in vitro']
    """
    import matplotlib.pyplot as plt

    target = plt.gca() if ax is None else ax
    for i, row in enumerate(rows):
        if row.value is None:
            why = row.note if len(row.note) <= SHORT else row.note.split(":")[0]
            said = (
                say("{name}: {value}", name=not_scored, value=why)
                if 0 < len(why) <= SHORT
                else not_scored
            )
            target.text(1, i, said, va="center", fontsize="x-small", color="0.35")
            continue
        if row.low is not None and row.high is not None:
            target.plot([row.low, row.high], [i, i], color="#0072B2", alpha=0.5, linewidth=3)
        target.plot([row.value], [i], "o", color="#0072B2")
    target.set_yticks(range(len(rows)), [row.label for row in rows])
    target.set_ylim(len(rows) - 0.5, -0.5)
    target.set_xlim(0, 100)
    target.set_xlabel("reliability, 0 to 100")
    return target
