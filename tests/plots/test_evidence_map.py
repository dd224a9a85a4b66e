"""Directions, circles and the narrow list of the evidence map."""

import re

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pictures import flaws, overlaps, printed_text

from evidence.errors import EvidenceError, OptionError
from evidence.plots.evidence_map import evidence_map, evidence_map_rows, evidence_map_svg
from evidence.plots.evidence_map_marks import MARKERS, direction_mark
from evidence.plots.evidence_map_rows import DIRECTIONS, direction_of
from evidence.plots.lanes import SLIM
from evidence.verdict.judge import Direction

mpl.use("Agg")

NAMED = {"title": "A <title>", "desc": 'A "description"'}


def entries(ingredient, family, *ways, score=None):
    return [
        {"ingredient": ingredient, "family": family, "study": f"{i}", "direction": way,
         "reliability": score}
        for i, way in enumerate(ways)
    ]  # fmt: skip


CELLS = evidence_map_rows(
    [
        *entries("retinol", "depth", *["in favour"] * 4, score=55.0),
        *entries("retinol", "<b>grade & tone</b>", "in favour", "against", score=30.0),
        *entries("peptide, palmitoylated", "depth", "against", score=12.0),
        *entries("peptide, palmitoylated", "transepidermal water loss", "uncontrolled"),
        *entries("vitamin C", "depth", *["no difference shown"] * 3, score=80.0),
        *entries("vitamin C", "radiance", "not readable", score=3.0),
    ]
)


@pytest.mark.parametrize(
    ("ways", "said"),
    [
        (["in favour"] * 2 + ["against"], "mostly favourable"),  # two of three
        (["in favour"] * 3 + ["no difference shown"] * 2, "mixed"),  # three of five
        (["against"], "against"),
        (["no difference shown"] * 3 + ["in favour"], "mostly no difference"),
        (["uncontrolled"] * 9 + ["against"], "against"),  # only controlled results count
        (["uncontrolled", "not readable"], "uncontrolled only"),
        (["not readable", ""], ""),
    ],
)
def test_the_way_that_two_thirds_of_controlled_results_point(ways, said):
    assert direction_of(ways) == said


def test_words_of_direction_are_those_of_the_verdicts():
    assert set(DIRECTIONS) == set(Direction.__args__)
    with pytest.raises(OptionError, match="upwards"):
        direction_of(["upwards"])


def test_cells_bring_their_direction():
    assert [(c.ingredient, c.direction) for c in CELLS if c.family == "depth"] == [
        ("retinol", "mostly favourable"), ("vitamin C", "mostly no difference"),
        ("peptide, palmitoylated", "against"),
    ]  # fmt: skip


SHAPES = [{"width": 800.0}, {"width": 640.0, "sized": True}, {"width": 840.0, "sized": True},
          {"width": SLIM}]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_the_drawing_is_a_named_image_inside_its_frame(shape):
    svg = evidence_map_svg(CELLS, **shape, **NAMED)
    assert flaws(svg, **NAMED) == []
    assert overlaps(svg) == []
    assert svg == evidence_map_svg(CELLS, **shape, **NAMED)
    assert "<b>" not in svg


@pytest.mark.parametrize("shape", SHAPES)
def test_every_cell_names_its_direction_and_the_legend_says_it(shape):
    svg = evidence_map_svg(CELLS, **shape, **NAMED)
    names = re.findall(r"<title>([^<]*)</title>", svg)
    assert "retinol, depth: 4 studies, best 55, mostly favourable" in names
    assert "peptide, palmitoylated, depth: 1 study, best 12, against" in names
    assert "vitamin C, radiance: 1 study, best 3" in names
    text = printed_text(svg)
    assert all(cell.direction in text for cell in CELLS)


def test_marks_of_direction_differ_in_shape():
    drawn = {re.sub(r"-?[\d.]+", "", direction_mark(way, 0.0, 0.0)) for way in MARKERS}
    assert len(drawn) >= 3
    assert len({direction_mark(way, 0.0, 0.0) for way in MARKERS}) == len(MARKERS) == 5
    assert len(set(MARKERS.values())) == 5


@pytest.mark.parametrize("shape", SHAPES[1:])
def test_the_area_of_a_circle_is_the_number_of_studies(shape):
    svg = evidence_map_svg(CELLS, **shape, **NAMED)
    r = {
        name: float(size)
        for name, size in re.findall(
            r'<title>([^:<]*): [^<]*</title><circle [^>]*? r="([\d.]+)"', svg
        )
    }
    assert (r["retinol, depth"] / r["peptide, palmitoylated, depth"]) ** 2 == pytest.approx(4)
    assert "4 in the largest" in printed_text(svg)


def test_a_map_without_directions_has_no_such_legend():
    rows = evidence_map_rows([{"ingredient": "a", "family": "b", "study": 1}])
    assert "favourable" not in evidence_map_svg(rows, **NAMED)
    with pytest.raises(EvidenceError, match="nothing to draw"):
        evidence_map_svg([], width=SLIM, **NAMED)


@pytest.mark.parametrize("sized", [False, True])
def test_matplotlib_draws_directions_and_circles(sized):
    ax = Figure(figsize=(8, 5), layout="constrained").add_subplot()
    assert evidence_map(CELLS, ax, sized=sized) is ax
    FigureCanvasAgg(ax.figure).draw()  # a bare figure's own canvas draws nothing
    assert [line.get_marker() for line in ax.lines] == [
        MARKERS[cell.direction] for cell in CELLS if cell.direction
    ]
    assert len(ax.collections) == (len(CELLS) if sized else 0)
