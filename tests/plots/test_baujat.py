"""Baujat plots: values of R's metafor, then pictures and the labels in them."""

import re
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest
from golden import HOSTILE, effects, golden, ids
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pictures import flaws, overlaps, printed_text

from evidence.errors import EvidenceError
from evidence.plots.baujat import BaujatRow, baujat_plot, baujat_rows, baujat_svg
from evidence.plots.lanes import SLIM
from evidence.plots.point_labels import place_labels, spread
from evidence.plots.rows import to_frame
from evidence.synthesis.diagnostics import baujat

mpl.use("Agg")

NAMED = {"title": "A <title>", "desc": 'A "description"'}
BCG = golden("diagnostics", "baujat.bcg_rr.EE")
TRIALS = (
    "Aronson 1948", "Ferguson & Simes 1949", "Rosenthal 1960", "Hart & Sutherland 1977",
    "Frimodt-Moller 1973", "Stein & Aronson 1953", "Vandiviere 1973", "TPT Madras 1980",
    "Coetzee & Berjak 1968", "Rosenthal 1961", "Comstock 1974", "Comstock & Webster 1969",
    "Comstock 1976",
)  # fmt: skip


def rows_of(case, **more):
    return baujat_rows(effects(case, **more), tau2="EE", test="z")


@pytest.mark.parametrize("name", [name for name in ids("diagnostics", "baujat.") if "EE" in name])
def test_places_are_those_of_metafor(name):
    case = golden("diagnostics", name)
    rows = rows_of(case)
    most = max(case.expect.x), max(case.expect.y)
    assert [row.heterogeneity for row in rows] == pytest.approx(case.expect.x, abs=1e-9 * most[0])
    assert [row.influence for row in rows] == pytest.approx(case.expect.y, abs=1e-9 * most[1])
    assert [row.number for row in rows] == list(range(1, len(case.yi) + 1))


def test_rows_come_of_effects_and_of_what_baujat_found():
    table = effects(BCG, study=TRIALS)
    found = baujat(table, tau2="DL")
    assert baujat_rows(found) == baujat_rows(table, tau2="DL")
    assert [row.label for row in baujat_rows(found)] == list(TRIALS)


def test_rows_are_a_tidy_frame():
    frame = to_frame(rows_of(BCG))
    assert list(frame.columns) == ["label", "number", "heterogeneity", "influence"]
    assert not frame.isna().any().any()


def test_a_study_that_cannot_be_left_out_is_not_drawn():
    found = baujat({"yi": [0.1, 0.4, 0.2], "vi": [0.1, 0.1, 0.2]}, tau2="EE", test="z")
    found.loc["2", "influence"] = np.nan
    assert [(row.label, row.number) for row in baujat_rows(found)] == [("1", 1), ("3", 3)]
    with pytest.raises(EvidenceError, match="no study can be left out"):
        baujat_rows(found[found.index == "2"])


# --------------------------------------------------------------------------- pictures

LAU = golden("diagnostics", "baujat.lau_or.DL")
CASES = {
    "trials": rows_of(BCG, study=TRIALS),
    "thirty-three": baujat_rows(effects(LAU, study=[f"Trial number {i}" for i in range(33)])),
    "all the same": rows_of(golden("diagnostics", "baujat.bcg_rr.EE"))[:1] * 5,
    "nothing differs": baujat_rows({"yi": [0.2] * 4, "vi": [0.1] * 4}, tau2="EE", test="z"),
    "hostile": baujat_rows(
        {"yi": [0.1, 0.9, 0.5, 0.0], "vi": [0.1, 0.2, 0.3, 0.4], "study": HOSTILE}
    ),
    "long names": rows_of(BCG, study=[f"{name} and a great many other people" for name in TRIALS]),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("width", [SLIM, 640.0, 800.0])
def test_the_drawing_is_a_named_image_inside_its_frame(case, width):
    svg = baujat_svg(CASES[case], width=width, **NAMED)
    assert flaws(svg, **NAMED) == []
    assert overlaps(svg) == []


def test_the_same_rows_give_the_same_bytes():
    once, again = (baujat_svg(rows_of(BCG, study=TRIALS), **NAMED) for _ in range(2))
    assert once == again


def test_names_are_printed_and_not_obeyed():
    svg = baujat_svg(CASES["hostile"], **NAMED)
    assert "<script" not in svg
    assert HOSTILE[2] in printed_text(svg)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("width", [SLIM, 800.0])
def test_every_study_is_named_once_beside_its_point_or_below(case, width):
    text = printed_text(baujat_svg(CASES[case], width=width, **NAMED)).replace(" ", "")
    for row in CASES[case]:
        assert row.label.replace(" ", "") in text


def test_those_that_stand_out_carry_their_names():
    svg = baujat_svg(CASES["trials"], **NAMED)
    groups = dict(re.findall(r"<g><title>([^:<]*):[^<]*</title>(.*?)</g>", svg))
    for name in ("TPT Madras 1980", "Hart &amp; Sutherland 1977", "Stein &amp; Aronson 1953"):
        assert f">{name}</text>" in groups[name]
    assert ">2</text>" in groups["Ferguson &amp; Simes 1949"]
    text = printed_text(svg)
    assert "2: Ferguson & Simes 1949" in text
    assert "Not marked, too close to others: Aronson 1948; Rosenthal 1960;" in text


def test_larger_is_further_right_and_higher():
    rows = [
        BaujatRow(label="a", number=1, heterogeneity=1.0, influence=0.5),
        BaujatRow(label="b", number=2, heterogeneity=3.0, influence=2.0),
    ]
    found = re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', baujat_svg(rows, **NAMED))
    (x1, y1), (x2, y2) = [(float(x), float(y)) for x, y in found]
    assert x1 < x2
    assert y1 > y2


# --------------------------------------------------------------------------- labels

PIXELS = st.integers(0, 200)


@given(st.lists(st.tuples(PIXELS, PIXELS), min_size=1, max_size=15))
def test_labels_meet_neither_each_other_nor_a_point_and_stay_inside(points):
    names = [f"Study {i}" for i in range(len(points))]
    box = (0.0, 0.0, 200.0, 200.0)
    rooms = [spot.room(12.0) for spot in place_labels(points, names, names, box=box) if spot]
    circles = [(x - 5, y - 5, x + 5, y + 5) for x, y in points]
    for i, (left, top, right, bottom) in enumerate(rooms):
        assert left >= 0
        assert top >= 0
        assert right <= 200
        assert bottom <= 200
        for other in [*rooms[:i], *circles]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart


@given(st.lists(st.floats(0, 100), min_size=1, max_size=9).map(sorted))
def test_texts_in_a_row_keep_their_order_and_their_distance(places):
    wide = [10.0] * len(places)
    found = spread(places, wide, 0.0, 100.0)
    assert all(b - a >= 10 - 1e-9 for a, b in pairwise(found))
    assert found[0] >= 5 - 1e-9
    assert found[-1] <= 95 + 1e-9


@given(st.lists(st.floats(0, 10), min_size=1, max_size=5))
def test_texts_with_room_stand_where_they_belong(gaps):
    places = [5 + 10 * i + sum(gaps[: i + 1]) for i in range(len(gaps))]
    found = spread(places, [10.0] * len(places), 0.0, 110.0)
    assert found == pytest.approx(places)


# --------------------------------------------------------------------------- matplotlib


LATIN = [name for name in CASES if name != "hostile"]  # matplotlib's own font has no other letters


@pytest.mark.parametrize("case", LATIN)
def test_matplotlib_draws_on_the_axes_given(case):
    ax = Figure(figsize=(7, 6)).add_subplot()
    assert baujat_plot(CASES[case], ax) is ax
    FigureCanvasAgg(ax.figure).draw()  # a bare figure's own canvas draws nothing


def test_matplotlib_shows_the_studies_and_names_that_do_not_overlap():
    ax = Figure(figsize=(7, 6)).add_subplot()
    baujat_plot(effects(BCG, study=TRIALS), ax, tau2="EE", test="z")
    shown = [tuple(spot) for spot in ax.collections[0].get_offsets()]
    expected = zip(BCG.expect.x, BCG.expect.y, strict=True)
    assert shown == [pytest.approx(spot) for spot in expected]
    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    names = {text.get_text() for text in ax.texts}
    assert {"TPT Madras 1980", "Hart & Sutherland 1977"} <= names
    boxes = [text.get_window_extent(canvas.get_renderer()) for text in ax.texts]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:i])


def test_no_rows_are_no_picture():
    with pytest.raises(EvidenceError, match="nothing to draw"):
        baujat_svg([], **NAMED)
