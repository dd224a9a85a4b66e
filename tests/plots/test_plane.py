"""Panels with a number on each axis: what is cut at their edges, and the ticks they print."""

import math
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import overlaps

from evidence.plots.bands import KEY_WIDTH
from evidence.plots.lanes import SLIM
from evidence.plots.plane import Axis, axis_ends, cut_area, cut_line, frame, pixels, plane
from evidence.plots.svg import picture

BOX = (0.0, 0.0, 10.0, 5.0)
PLACE = st.tuples(st.integers(-20, 30), st.integers(-20, 30))


def size(corners):
    """Area of a closed shape, by the shoelace formula."""
    pairs = zip(corners, [*corners[1:], *corners[:1]], strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


def test_areas_are_cut_as_by_hand():
    # the triangle (0, 0) (20, 0) (20, 10) lies half as high as far right: half of the box is left
    assert size(cut_area([(0, 0), (20, 0), (20, 10)], BOX)) == pytest.approx(25)
    assert cut_area([(20, 1), (30, 1), (30, 4)], BOX) == []
    whole = [(-5, -5), (50, -5), (50, 50), (-5, 50)]
    assert size(cut_area(whole, BOX)) == pytest.approx(50)


@given(st.lists(PLACE, min_size=3, max_size=3))
def test_what_is_left_of_an_area_is_inside_and_no_larger(corners):
    left = cut_area(corners, BOX)
    assert all(-1e-9 <= x <= 10 + 1e-9 and -1e-9 <= y <= 5 + 1e-9 for x, y in left)
    assert size(left) <= size(corners) + 1e-6
    if all(0 <= x <= 10 and 0 <= y <= 5 for x, y in corners):
        assert size(left) == pytest.approx(size(corners))


def test_lines_are_cut_as_by_hand():
    assert cut_line([(-10, 1), (20, 1)], BOX) == [[(0, 1), (10, 1)]]
    assert cut_line([(5, -5), (5, 20)], BOX) == [[(5, 0), (5, 5)]]
    assert cut_line([(-1, 8), (4, 9)], BOX) == []
    # out at the top and in again: two parts
    zigzag = [(1, 1), (4, 9), (8, 1)]
    first, second = cut_line(zigzag, BOX)
    assert first == [(1, 1), pytest.approx((2.5, 5))]
    assert second == [pytest.approx((6, 5)), (8, 1)]


@given(st.lists(PLACE, min_size=2, max_size=6))
def test_lines_inside_stay_whole_and_others_stay_inside(points):
    parts = cut_line(points, BOX)
    for x, y in (place for part in parts for place in part):
        assert -1e-9 <= x <= 10 + 1e-9
        assert -1e-9 <= y <= 5 + 1e-9
    inside = all(0 <= x <= 10 and 0 <= y <= 5 for x, y in points)
    if inside and all(a != b for a, b in pairwise(points)):
        assert parts == [points]


def drawn(x, y, width=800.0):
    at = plane(x, y, width=width)
    return at, picture(at.drawn, width=width, height=at.bottom, title="t", desc="d")


@pytest.mark.parametrize("width", [SLIM, 640.0, 800.0])
@pytest.mark.parametrize(
    ("low", "high"), [(0.9, 1.1), (0.2, 6.0), (1e-6, 1e6), (0.001, 0.0012), (0.5, 300.0)]
)
def test_a_log_axis_has_ticks_that_can_be_read(low, high, width):
    x = Axis(low=low, high=high, name="ratio", log=True)
    _, svg = drawn(x, Axis(low=0, high=1, name="p"), width)
    ticks = re.findall(r'text-anchor="middle"[^>]*>([\d.,]+)<', svg)
    assert len(ticks) >= 2
    assert all(low <= float(t.replace(",", "")) <= high for t in ticks)
    assert overlaps(svg) == []


def test_a_turned_axis_has_its_smallest_value_at_the_top():
    x = Axis(low=-1, high=1, name="effect")
    at, _ = drawn(x, Axis(low=0, high=2, name="standard error", turned=True))
    left, top, right, bottom = frame(at)
    assert pixels(at, [(-1, 0), (1, 2)]) == [(left, top), (right, bottom)]
    at, _ = drawn(x, Axis(low=0, high=2, name="p"))
    assert pixels(at, [(-1, 0), (1, 2)]) == [(left, bottom), (right, top)]


def test_the_key_stands_beside_a_wide_panel_and_below_a_narrow_one():
    axes = Axis(low=0, high=1, name="a"), Axis(low=0, high=1, name="b")
    wide, _ = drawn(*axes)
    narrow, _ = drawn(*axes, SLIM)
    assert (wide.key_x, wide.key_width) == (800 - KEY_WIDTH, KEY_WIDTH)
    assert frame(wide)[2] < wide.key_x
    assert (narrow.wide, narrow.key_width) == (False, SLIM)


def test_ends_of_an_axis_of_ratios_are_even_on_its_own_scale():
    low, high = axis_ends([0.5, 2.0], log=True, margin=0.1)
    assert low * high == pytest.approx(1)
    assert math.log(high / 2) == pytest.approx(0.1 * math.log(4))
    assert axis_ends([0.0, 1e300], log=True) == pytest.approx((1e-6 / 3.02, 3.02e6), rel=0.01)
