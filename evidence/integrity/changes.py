"""A printed change and percent change against the means before and after, and slips of unit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from evidence.errors import OptionError
from evidence.integrity.printed_p import OTHER_PEOPLE, TYPING_ERROR, Compared, Interval
from evidence.integrity.printed_sets import (
    decimals_in,
    either,
    shown,
    shown_as_printed,
    value_of,
    values_of,
)
from evidence.messages import capital, listed, say, sentences
from evidence.records.rounding import Box, Mode

_Verdict = Literal[
    "consistent", "consistent_only_if_truncated_or_rounded_up", "inconsistent", "not_testable"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeArithmetic(Compared):
    """A printed change and percent against the means before and after.

    The intervals are over the rounding of the two means; `percent_interval` is None where the
    mean before is not above zero. `failed` names what does not fit: `change`, `percent`, or
    `percent_relative_to_final` for a percent that fits as a share of the mean after.
    """

    verdict: _Verdict
    change_interval: Interval
    percent_interval: Interval | None
    failed: tuple[str, ...]


def change_arithmetic(
    pre: str,
    post: str,
    *,
    change: str | None = None,
    percent: str | None = None,
    rounding: Mode = "up_or_down",
) -> ChangeArithmetic:
    """Whether a printed change and percent change follow from the means before and after.

    Parameters
    ----------
    pre, post : str
        Means as printed, in one unit.
    change, percent : str, optional
        As printed, with the sign of post − pre.
    rounding : Mode
        How all of them were rounded.

    Returns
    -------
    ChangeArithmetic
        `consistent` when post − pre and 100·(post/pre − 1) of some values that print as the means
        print as the change and percent. `would_fit` may name `percent_relative_to_final`,
        `change_with_other_sign` and `percent_with_other_sign`. `not_testable` without a change
        or a percent that can be tested.

    Raises
    ------
    EffectError
        For a figure that is not a printed number.
    OptionError
        For another rounding.

    Examples
    --------
    >>> change_arithmetic("50", "40", percent="-20").percent_interval
    (-21.78, -18.18)
    >>> print(change_arithmetic("50", "40", percent="-25"))
    These numbers cannot all be right: from 50 to 40 is −21.8 to −18.2 %, not −25 %. It would fit
    as a percent of the value after.
    """
    before = values_of(pre, rounding, "pre")
    after = values_of(post, rounding, "post")
    moved = Box(after.low - before.high, after.high - before.low)
    share = _percent_box(before, after)
    failed: list[str] = []
    would_fit: list[str] = []
    loosely = False
    if change is not None and not values_of(change, rounding, "change").meets(moved):
        failed.append("change")
        if _negated(change, rounding).meets(moved):
            would_fit.append("change_with_other_sign")
    if percent is not None:
        printed = values_of(percent, rounding, "percent")
        of_after = _percent_box(after, before)
        if share is not None and not printed.meets(share):
            loosely = values_of(percent, "any", "percent").meets(share)
            relative = of_after is not None and _negated(percent, rounding).meets(of_after)
            if relative:
                would_fit.append("percent_relative_to_final")
            if _negated(percent, rounding).meets(share):
                would_fit.append("percent_with_other_sign")
            if not loosely:
                failed.append("percent_relative_to_final" if relative else "percent")
    tested = change is not None or (percent is not None and share is not None)
    verdict: _Verdict = "inconsistent" if failed else "consistent" if tested else "not_testable"
    if loosely and not failed:
        verdict = "consistent_only_if_truncated_or_rounded_up"
    said = _change_words(pre, post, moved, share, change, percent)
    return ChangeArithmetic(
        verdict=verdict,
        reason=failed[0] if failed else "" if tested else "nothing_to_compare",
        would_fit=tuple(would_fit),
        benign=_change_benign(failed, loosely),
        sentence={
            "consistent": say("{said}: the figures fit.", said=capital(said)),
            "consistent_only_if_truncated_or_rounded_up": say(
                "{said}: the percent would fit if it was cut off or rounded up.",
                said=capital(said),
            ),
            "inconsistent": sentences(
                say(
                    "These numbers cannot all be right: {said}, not {printed}.",
                    said=said,
                    printed=_printed(failed, change, percent),
                ),
                *(_CHANGE_FITS[name] for name in would_fit),
            ),
            "not_testable": "No change or percent that could be compared with the means: a "
            "percent needs a mean before that is above zero.",
        }[verdict],
        change_interval=(float(moved.low), float(moved.high)),
        percent_interval=None if share is None else (float(share.low), float(share.high)),
        failed=tuple(failed),
    )


def _percent_box(base: Box, other: Box) -> Box | None:
    """100·(other/base − 1) over both boxes, when the base is above zero."""
    if base.low <= 0:
        return None
    ends = [100 * (y / x - 1) for x in (base.low, base.high) for y in (other.low, other.high)]
    return Box(min(ends), max(ends))


def _negated(text: str, rounding: Mode) -> Box:
    box = values_of(text, rounding, "the figure")
    return Box(-box.high, -box.low, box.high_in, box.low_in)


def _change_words(
    pre: str, post: str, moved: Box, share: Box | None, change: str | None, percent: str | None
) -> str:
    parts = []
    if change is not None:
        digits = decimals_in(pre), decimals_in(post)
        parts.append(_span(moved, digits[0] if digits[0] == digits[1] else max(digits) + 1))
    if percent is not None and share is not None:
        parts.append(say("{value} %", value=_span(share, 1)))
    return say(
        "from {before} to {after} is {change}",
        before=shown_as_printed(pre),
        after=shown_as_printed(post),
        change=listed(parts, " and "),
    )


def _span(box: Box, digits: int) -> str:
    low, high = (shown(Fraction(end), digits) for end in (box.low, box.high))
    return low if low == high else say("{low} to {high}", low=low, high=high)


def _printed(failed: list[str], change: str | None, percent: str | None) -> str:
    return either(
        say("{value} %", value=shown_as_printed(percent or ""))
        if name.startswith("percent")
        else say("a change of {change}", change=shown_as_printed(change or ""))
        for name in failed
    )


_CHANGE_FITS = {
    "percent_relative_to_final": "It would fit as a percent of the value after.",
    "change_with_other_sign": "The change would fit with the other sign.",
    "percent_with_other_sign": "The percent would fit with the other sign.",
}


def _change_benign(failed: list[str], loosely: bool) -> tuple[str, ...]:
    if not failed:
        return ("The percent was cut off or rounded up.",) if loosely else ()
    found = [TYPING_ERROR, OTHER_PEOPLE, "The change is adjusted for baseline."]
    if any(name.startswith("percent") for name in failed):
        found.append("The percent is the mean of each person's percent, or of a median.")
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSlip(Compared):
    """Whether two means seem to be in different units.

    `factor` is what the value after would have to be multiplied by, 1 for no slip; `percent_fits`
    says whether a printed percent then agrees, None where none is printed.
    """

    verdict: Literal["consistent", "unit_slip", "not_testable"]
    factor: float
    percent_fits: bool | None


def unit_slip(
    pre: str,
    post: str,
    *,
    percent: str | None = None,
    usual: tuple[float, float] = (0.3, 3.0),
) -> UnitSlip:
    """Whether means before and after differ by about 10, 100 or 1000, as mm and µm do.

    Parameters
    ----------
    pre, post : str
        Means as printed, both above zero.
    percent : str, optional
        Percent change as printed, with its sign; where it fits the means as they are, there is no
        slip.
    usual : pair of float
        Least and most ratio after/before that is taken for a change of the quantity itself; less
        than a factor of 10 apart or equal to it.

    Returns
    -------
    UnitSlip
        `unit_slip` is a reason to look at the units, not a proof; `not_testable` for a mean that
        is not above zero.

    Raises
    ------
    EffectError
        For a figure that is not a printed number.
    OptionError
        For limits that are not around 1 or leave room for two factors.

    Examples
    --------
    >>> print(unit_slip("0.52", "410", percent="-21"))
    From 0.52 to 410 is a factor of 788. It would fit if the second were divided by 1000, as for
    two units; the printed −21 % agrees with that.
    """
    low, high = usual
    if not (0 < low < 1 < high and high / low <= 10 * (1 + 1e-12)):
        raise OptionError("usual", usual, ("two ratios around 1, at most a factor of 10 apart",))
    before, after = (values_of(text, "up_or_down", "the mean") for text in (pre, post))
    if value_of(pre) <= 0 or value_of(post) <= 0:
        return UnitSlip(
            verdict="not_testable",
            reason="not_above_zero",
            benign=(),
            sentence="Units can only be compared for means above zero.",
            factor=1.0,
            percent_fits=None,
        )
    # over the rounding, so that "0.0" to "0.4" is no slip
    most = float(after.high / before.low) if before.low > 0 else float("inf")
    least = float(max(after.low, Fraction(0)) / before.high)
    ratio = float(value_of(post) / value_of(pre))
    power = next((k for k in (-3, -2, -1, 1, 2, 3) if low <= ratio * 10.0**k <= high), 0)
    as_printed = percent is not None and _percent_agrees(pre, post, percent)
    if low <= most and least <= high:
        power = 0
    if power == 0 or as_printed:
        return UnitSlip(
            verdict="consistent",
            reason="",
            benign=(),
            sentence=say(
                "From {before} to {after} is no slip of 10, 100 or 1000.", before=pre, after=post
            ),
            factor=1.0,
            percent_fits=as_printed if percent is not None else None,
        )
    agrees = None
    if percent is not None:
        agrees = _percent_agrees(pre, f"{Decimal(post).scaleb(power):f}", percent)
    return UnitSlip(
        verdict="unit_slip",
        reason="factor",
        would_fit=(f"post_times_{10.0**power:g}",),
        benign=("Two units of one quantity, such as mm and µm.", TYPING_ERROR, _REAL),
        sentence=sentences(
            say(
                "From {before} to {after} is a factor of {ratio}.",
                before=pre,
                after=post,
                ratio=f"{ratio:.3g}",
            ),
            _slip_fits(power, agrees, shown_as_printed(percent or "")),
        ),
        factor=10.0**power,
        percent_fits=agrees,
    )


def _slip_fits(power: int, agrees: bool | None, percent: str) -> str:
    factor = 10 ** abs(power)
    if power > 0:
        times = say("multiplied by {factor}", factor=factor)
    else:
        times = say("divided by {factor}", factor=factor)
    if agrees is None:
        return say("It would fit if the second were {times}, as for two units.", times=times)
    if agrees:
        return say(
            "It would fit if the second were {times}, as for two units; the printed {percent} % "
            "agrees with that.",
            times=times,
            percent=percent,
        )
    return say(
        "It would fit if the second were {times}, as for two units; the printed {percent} % does "
        "not agree with that.",
        times=times,
        percent=percent,
    )


_REAL = "The quantity did change so much, as counts of bacteria do."


def _percent_agrees(pre: str, post: str, percent: str) -> bool:
    return change_arithmetic(pre, post, percent=percent).verdict == "consistent"
