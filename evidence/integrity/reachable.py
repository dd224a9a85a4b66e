"""Which sums of squares whole numbers with a given sum can have.

Written from the floor c of the mean, values v = y − c have a small sum S in 0..n−1, and their
*spread* Σ v(v − 1)/2 is half the excess of the sum of squares over the least possible one (people
at c and c + 1). Two ways answer, both exact:

- Two people at one value, moved k apart on either side, add k² to the spread. Every number is a
  sum of four squares (Lagrange 1770), so four such pairs reach every spread for which the scale
  has room; nine people always hold four pairs.
- Else a dynamic programme over people: all reachable (sum, spread) as the bits of one long
  integer, a row for each sum. Adding a value is a shift of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import isqrt
from typing import NamedTuple

MOST_WORK = 10**10
"""Bits moved by one run of the dynamic programme: beyond this, about a second, it is not run."""

MOST_PEOPLE = 100_000
"""More people are not looked at one by one."""

MOST_BITS_KEPT = 10**9
"""A witness needs all steps of the programme at once: not more than 125 megabytes of them."""


class TooLargeError(Exception):
    """The dynamic programme would take too long."""


class People(NamedTuple):
    """So many people, each with a whole number from low to high; None is no limit."""

    n: int
    low: int | None
    high: int | None


def smallest_squares(n: int, total: int) -> int:
    """Least sum of squares of n integers with this sum.

    >>> smallest_squares(3, 4)  # 1, 1, 2
    6
    """
    centre, ones = divmod(total, n)
    return (n - ones) * centre**2 + ones * (centre + 1) ** 2


def largest_squares(n: int, total: int, low: int, high: int) -> int | None:
    """Largest sum of squares of n integers from low to high with this sum; None if none has it.

    >>> largest_squares(3, 4, 0, 3)  # 3, 1, 0
    10
    """
    if not n * low <= total <= n * high:
        return None
    if low == high:
        return n * low**2
    top, rest = divmod(total - n * low, high - low)
    if top == n:
        return n * high**2
    return top * high**2 + (low + rest) ** 2 + (n - top - 1) * low**2


def first_reachable(
    n: int,
    total: int,
    squares: range,
    *,
    low: int | None = None,
    high: int | None = None,
    most_work: int = MOST_WORK,
) -> int | None:
    """The smallest sum of squares in a run that n integers with this sum can have.

    Parameters
    ----------
    n, total : int
        How many integers, and their sum.
    squares : range
        The sums of squares asked about, a run without gaps.
    low, high : int or None
        Limits of each integer.
    most_work : int
        Bits that the dynamic programme may move.

    Returns
    -------
    int or None
        None when no such integers exist.

    Raises
    ------
    TooLargeError
        When only the dynamic programme could tell and it would pass `most_work`, or n passes
        `MOST_PEOPLE`.

    Examples
    --------
    >>> first_reachable(3, 15, range(76, 84))  # 4, 5, 6
    77
    >>> first_reachable(3, 15, range(78, 81)) is None  # 79 has the right parity, and no sample
    True
    """
    whole = [People(n, low, high)]
    spreads = _spreads(n, total, squares, low, high)
    if not spreads:
        return None
    least = smallest_squares(n, total)
    if _by_pairs(whole[0], total, spreads[0]) is not None:
        return least + 2 * spreads[0]
    found = reachable_spreads(whole, total, spreads[-1], most_work)
    return next((least + 2 * spread for spread in spreads if found >> spread & 1), None)


def sample(groups: Sequence[People], total: int, squares: int) -> tuple[int, ...] | None:
    """Integers with this sum and sum of squares, so many from each group; None if none exist.

    Parameters
    ----------
    groups : sequence of People
        Who may have which values.
    total, squares : int
        Sum and sum of squares of all of them.

    Raises
    ------
    TooLargeError
        When the steps would take too long or not fit in memory.

    Examples
    --------
    >>> sample([People(3, None, None)], 15, 83)
    (3, 5, 7)
    >>> sample([People(2, 6, 9), People(2, 0, 5)], 20, 120)  # two of four above 5
    (2, 4, 6, 8)
    """
    n = sum(group.n for group in groups)
    spread, odd = divmod(squares - smallest_squares(n, total), 2)
    if odd or spread < 0:
        return None
    if len(groups) == 1:
        paired = _by_pairs(groups[0], total, spread)
        if paired is not None:
            return paired
    return _by_programme(groups, total, spread)


def reachable_spreads(
    groups: Sequence[People], total: int, most: int, most_work: int = MOST_WORK
) -> int:
    """All spreads up to `most` that integers with this sum have, as the bits of one integer.

    >>> found = reachable_spreads([People(3, 0, 9)], total=15, most=6)
    >>> [spread for spread in range(7) if found >> spread & 1]  # 5, 5, 5; 4, 5, 6; 4, 4, 7; 3, 5, 7
    [0, 1, 3, 4]
    """
    steps, grid = _plan(groups, total, most, most_work)
    if grid is None:
        return 0
    layer = 1 << grid.bit(0, 0)
    for values in steps:
        layer = grid.add(layer, values)
    n = len(steps)
    return (layer >> grid.bit(total - n * (total // n), 0)) & ((1 << most + 1) - 1)


def _spreads(n: int, total: int, squares: range, low: int | None, high: int | None) -> range:
    """Spreads of those sums of squares that have the right parity and lie within the limits."""
    if (low is not None and total < n * low) or (high is not None and total > n * high):
        return range(0)
    least = smallest_squares(n, total)
    last = squares.stop - 1
    if low is not None and high is not None:
        most = largest_squares(n, total, low, high)
        last = min(last, last if most is None else most)
    first = max(0, -(-(squares.start - least) // 2))
    return range(first, max(first, (last - least) // 2 + 1))


def spread_of(value: int) -> int:
    """What one value, counted from the floor of the mean, adds to the spread.

    >>> spread_of(1), spread_of(-1), spread_of(2)
    (0, 1, 1)
    """
    return value * (value - 1) // 2


def _by_pairs(group: People, total: int, spread: int) -> tuple[int, ...] | None:
    """A sample made by moving pairs apart; None says only that this way found none."""
    n = group.n
    if n > MOST_PEOPLE:
        raise TooLargeError
    centre, ones = divmod(total, n)
    room = spread + 1
    if group.low is not None:
        room = min(room, centre - group.low)
    if group.high is not None:
        room = min(room, group.high - centre - 1)
    if spread and room < 1:
        return None
    full, rest = divmod(spread, room**2) if spread else (0, 0)
    values = [centre] * (n - ones) + [centre + 1] * ones
    starts = [*range(0, n - ones - 1, 2), *range(n - ones, n - 1, 2)]
    if full > len(starts):
        return None
    moves = [room] * full + four_squares(rest)
    if len(moves) > len(starts):
        return None
    for at, move in zip(starts, moves, strict=False):
        values[at] -= move
        values[at + 1] += move
    values.sort()
    below = group.low is not None and values[0] < group.low
    above = group.high is not None and values[-1] > group.high
    return None if below or above else tuple(values)


def four_squares(number: int) -> list[int]:
    """At most four positive integers whose squares sum to `number`, the first as large as can be.

    >>> four_squares(23), four_squares(0)
    ([3, 3, 2, 1], [])
    """
    for a in range(isqrt(number), -1, -1):
        for b in range(min(a, isqrt(number - a * a)), -1, -1):
            left = number - a * a - b * b
            for c in range(min(b, isqrt(left)), -1, -1):
                d = isqrt(left - c * c)
                if d * d == left - c * c:
                    return [x for x in (a, b, c, d) if x]
    raise AssertionError("every number is a sum of four squares")


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where (sum, spread) stands in the long integer: a row of `width` bits for each sum."""

    lowest: int
    width: int
    inside: int

    def bit(self, total: int, spread: int) -> int:
        return (total - self.lowest) * self.width + spread

    def add(self, layer: int, values: Iterable[int]) -> int:
        """Everything reachable with one person more."""
        after = 0
        for value in values:
            move = value * self.width + spread_of(value)
            after |= layer << move if move >= 0 else layer >> -move
        return after & self.inside


def _plan(
    groups: Sequence[People], total: int, most: int, most_work: int = MOST_WORK
) -> tuple[list[range], _Grid | None]:
    """The values of each person in turn, and a grid that holds every sum on the way.

    Within a group the people come by falling spread, so the i-th has at most 1/i of it all. The
    grid is None when the sum lies beyond what these values can have.
    """
    n = sum(group.n for group in groups)
    if n > MOST_PEOPLE:
        raise TooLargeError
    centre, sum_left = divmod(total, n)
    steps = [_allowed(group, centre, most // i) for group in groups for i in range(1, group.n + 1)]
    if not all(steps):
        return steps, None
    lows = [0, *accumulate(values[0] for values in steps)]
    highs = [0, *accumulate(values[-1] for values in steps)]
    if not lows[-1] <= sum_left <= highs[-1]:
        return steps, None
    # no partial sum strays further from its share of the whole (Cauchy and Schwarz)
    stray = isqrt(n * (2 * most + sum_left)) // 2 + 1
    lowest = min(
        max(low, sum_left - (highs[-1] - high), -stray)
        for low, high in zip(lows, highs, strict=True)
    )
    highest = max(
        min(high, sum_left - (lows[-1] - low), sum_left + stray)
        for low, high in zip(lows, highs, strict=True)
    )
    farthest = max(spread_of(value) for values in steps for value in (values[0], values[-1]))
    row_bytes = (most + farthest + 1) // 8 + 1  # whole bytes; no value moves a bit past a row
    if 8 * row_bytes * (highest - lowest + 1) * sum(map(len, steps)) > most_work:
        raise TooLargeError
    row = ((1 << most + 1) - 1).to_bytes(row_bytes, "little")
    inside = int.from_bytes(row * (highest - lowest + 1), "little")
    return steps, _Grid(lowest, 8 * row_bytes, inside)


def _allowed(group: People, centre: int, most: int) -> range:
    """Values from the centre that the group may have with a spread of at most `most`."""
    high = (1 + isqrt(1 + 8 * most)) // 2
    low = 1 - high
    if group.low is not None:
        low = max(low, group.low - centre)
    if group.high is not None:
        high = min(high, group.high - centre)
    return range(low, max(low, high + 1))


def _by_programme(groups: Sequence[People], total: int, spread: int) -> tuple[int, ...] | None:
    """A sample found by running the programme and walking back through its steps."""
    steps, grid = _plan(groups, total, spread)
    if grid is None:
        return None
    if grid.inside.bit_length() * len(steps) > MOST_BITS_KEPT:
        raise TooLargeError
    layers = [1 << grid.bit(0, 0)]
    for values in steps:
        layers.append(grid.add(layers[-1], values))
    centre, at = divmod(total, len(steps))
    if not layers[-1] >> grid.bit(at, spread) & 1:
        return None
    found = []
    for values, layer in zip(reversed(steps), reversed(layers[:-1]), strict=True):
        value = next(v for v in values if _holds(grid, layer, at - v, spread - spread_of(v)))
        found.append(centre + value)
        at, spread = at - value, spread - spread_of(value)
    return tuple(sorted(found))


def _holds(grid: _Grid, layer: int, total: int, spread: int) -> bool:
    return total >= grid.lowest and spread >= 0 and bool(layer >> grid.bit(total, spread) & 1)
