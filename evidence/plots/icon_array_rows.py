"""Rows of an icon array: of 100 people, how many have an outcome without and with the product."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from evidence.appraisal.grade_rules import LEVELS
from evidence.effects.effect import Label
from evidence.effects.shares import Share
from evidence.errors import OptionError
from evidence.messages import listed

Arm = Literal["without", "with"]
IconState = Literal["anyway", "because", "spared", "not"]

VERY_LOW = (
    "not drawn: the certainty of the evidence is very low, so we do not know what the product "
    "does, and a picture of people would look like knowledge"
)
HUNDRED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class IconRow:
    """People in one state, of one of the two arrays.

    "anyway" is those who have the outcome with and without the product; "because" those who have
    it with the product alone; "spared" those who would have had it without the product alone;
    "not" the others. `share`, `low` and `high` are of everybody with the outcome in that array,
    0 to 1, and `basis` is what the share rests on. A `reason` says why nothing may be drawn:
    `people` is then None.
    """

    arm: Arm
    state: IconState
    people: int | None
    share: float
    low: float | None
    high: float | None
    basis: Label
    assumptions: str = ""
    harm: bool = False
    certainty: str = ""
    reason: str = ""


def icon_array_rows(
    without: Share, with_product: Share, *, certainty: str | None, harm: bool = False
) -> list[IconRow]:
    """People by state, for two arrays of the same 100.

    Parameters
    ----------
    without, with_product : Share
        From `share_given`, `share_of_counts`, `share_with` or `share_reaching`.
    certainty : "High", "Moderate", "Low", "Very low" or None
        Of the evidence, by GRADE; None where it was not rated. At "Very low" no people are
        counted: every row has the reason instead, and the drawing refuses.
    harm : bool
        Whether the outcome is one that nobody wants.

    Returns
    -------
    list of IconRow
        States that occur, for the array without the product and then for the one with it. Both
        shares are rounded to whole people, halves upwards, and the difference is that of the
        rounded numbers.

    Raises
    ------
    OptionError
        Another word for the certainty.

    Examples
    --------
    >>> from evidence.effects.shares import share_given, share_with
    >>> usual = share_given(0.2)
    >>> rows = icon_array_rows(usual, share_with(usual, "SMD", 0.5), certainty="Low")
    >>> [(row.arm, row.state, row.people) for row in rows]
    [('without', 'anyway', 20), ('without', 'not', 80), ('with', 'anyway', 20),
    ('with', 'because', 17), ('with', 'not', 63)]
    >>> why_not(icon_array_rows(usual, usual, certainty="Very low"))[:9]
    'not drawn'
    """
    if certainty is not None and certainty not in LEVELS.values():
        raise OptionError("certainty", certainty, tuple(LEVELS.values()))
    reason = VERY_LOW if certainty == LEVELS[1] else ""
    first, second = (people_of(share.value) for share in (without, with_product))
    counts: Mapping[Arm, dict[IconState, int]] = {
        "without": {"anyway": first, "not": HUNDRED - first},
        "with": {
            "anyway": min(first, second),
            "because": max(0, second - first),
            "spared": max(0, first - second),
            "not": HUNDRED - max(first, second),
        },
    }
    arms: tuple[tuple[Arm, Share], ...] = (("without", without), ("with", with_product))
    return [
        IconRow(
            arm=arm,
            state=state,
            people=None if reason else people,
            share=share.value,
            low=share.low,
            high=share.high,
            basis=share.label,
            assumptions=listed(share.basis.assumptions, "; "),
            harm=harm,
            certainty=certainty or "",
            reason=reason,
        )
        for arm, share in arms
        for state, people in counts[arm].items()
        if people
    ]


def people_of(share: float) -> int:
    """People of 100, halves upwards.

    >>> people_of(0.125), people_of(0.004)
    (13, 0)
    """
    return math.floor(HUNDRED * share + 0.5 + 1e-9)


def why_not(rows: list[IconRow]) -> str:
    """Why the rows may not be drawn, or empty.

    >>> from evidence.effects.shares import share_given
    >>> half, more = share_given(0.5), share_given(0.6)
    >>> why_not(icon_array_rows(half, more, certainty="Low"))
    ''
    >>> why_not(icon_array_rows(half, more, certainty="Very low"))[:48]
    'not drawn: the certainty of the evidence is very'
    """
    return next((row.reason for row in rows if row.reason), "")
