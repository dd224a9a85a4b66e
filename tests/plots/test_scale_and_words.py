import math
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import EvidenceError
from evidence.plots.lanes import roomy_ticks
from evidence.plots.scale import Scale, limits, linear_ticks, log_ticks, nice_step
from evidence.plots.svg import picture, text_width, words, wrap

finite = st.floats(-1e6, 1e6)


@given(low=finite, span=st.floats(1e-3, 1e6), most=st.integers(3, 9))
def test_linear_ticks_are_round_inside_and_few(low, span, most):
    high = low + span
    found = linear_ticks(low, high, most)
    slack = 1e-6 * max(abs(low), abs(high), 1)
    assert len(found) <= most + 1
    assert all(low - slack <= t <= high + slack for t in found)
    step = nice_step(span, most)
    assert all(abs(t / step - round(t / step)) < 1e-6 for t in found)


def test_log_ticks_are_one_two_five():
    assert log_ticks(0.09, 11, most=5) == [0.1, 1.0, 10.0]
    assert log_ticks(0.09, 11) == [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0]


def test_long_labels_get_fewer_ticks():
    short = Scale(low=0, high=7, start=0, stop=140)
    assert len(roomy_ticks(short)) == 8
    assert len(roomy_ticks(Scale(low=0, high=7e9, start=0, stop=140))) <= 3


@given(points=st.lists(finite, min_size=1, max_size=8), low=finite, width=st.floats(0, 1e9))
def test_limits_show_every_point_and_stay_finite(points, low, width):
    first, last = limits(points, [(low, low + width)])
    assert first < last
    assert all(first <= p <= last for p in points)
    assert math.isfinite(first)
    assert math.isfinite(last)


def test_one_endless_interval_does_not_squash_the_others():
    first, last = limits([0.0, 1.0], [(-0.2, 0.4), (0.5, 1.5), (-500.0, 500.0)])
    assert -3 < first < -0.2
    assert 1.5 < last < 4


def test_a_log_axis_refuses_what_has_no_logarithm():
    with pytest.raises(EvidenceError, match="positive"):
        limits([1.0, 0.0], [], log=True)


@given(st.text(max_size=120), st.floats(30, 300))
def test_wrapped_lines_fit_and_keep_every_letter(text, width):
    lines = wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(text_width(line) <= width or len(line) == 1 for line in lines)


def test_too_many_lines_end_in_an_ellipsis():
    lines = wrap("one two three four five six seven", 60, most=2)
    assert len(lines) == 2
    assert lines[1].endswith("…")


@given(st.text())
def test_any_text_makes_well_formed_svg(text):
    svg = picture([words(0, 0, wrap(text, 80))], width=10, height=10, title=text, desc=text)
    assert ET.fromstring(svg).tag.endswith("svg")


def test_right_to_left_text_keeps_its_left_edge():
    assert 'direction="rtl" text-anchor="end"' in words(5, 5, "يقلل")
    assert "direction" not in words(5, 5, "reduces")


def test_two_drawings_never_share_ids():
    a = picture([], width=10, height=10, title="a", desc="x")
    b = picture([], width=10, height=10, title="b", desc="x")
    assert a.split('aria-labelledby="')[1][:15] != b.split('aria-labelledby="')[1][:15]
