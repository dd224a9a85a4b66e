"""What the matplotlib drawings say beyond their marks: legends, words, directions."""

import math

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

import evidence as ev
from evidence.effects.effect import Effects
from evidence.effects.recover import recover
from evidence.errors import OptionError
from evidence.ingest.from_flags import Flags, study_from_flags
from evidence.plots.contrast import contrast, contrast_rows
from evidence.plots.evidence_map import evidence_map, evidence_map_rows
from evidence.plots.multiverse import multiverse_rows, specification_curve
from evidence.plots.score_strip import score_strip, score_strip_rows
from evidence.plots.waterfall import waterfall, waterfall_rows
from evidence.synthesis.gosh import pool_subsets

mpl.use("Agg")

EFFECTS = Effects.from_arrays(
    [-0.9, -1.6, -0.2], [0.3, 0.2, 0.1], study=["A", "A", "B"], measure="RR"
)


@pytest.fixture
def ax():
    return Figure(figsize=(8, 5), layout="constrained").add_subplot()


def texts(ax) -> list[str]:
    return [text.get_text() for text in ax.texts]


def legend(ax) -> dict[str, Rectangle]:
    found = ax.get_legend()
    names = [text.get_text() for text in found.get_texts()]
    return dict(zip(names, found.get_patches(), strict=True))


def inside(ax) -> bool:
    """Everything that is drawn lies on the sheet."""
    figure = ax.figure
    FigureCanvasAgg(figure).draw()  # a bare figure's own canvas draws nothing
    box = figure.get_tightbbox().transformed(figure.dpi_scale_trans)
    wide, tall = figure.canvas.get_width_height()
    return box.x0 >= -1 and box.y0 >= -1 and box.x1 <= wide + 1 and box.y1 <= tall + 1


def test_effects_are_drawn_as_they_come_with_their_pool(ax):
    pooled = ev.pool(EFFECTS)
    ev.forest(EFFECTS, ax, pooled=pooled)
    assert ax.get_xscale() == "log"
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[:3] == ["A", "A", "B"]
    squares = [mark.get_offsets()[0] for mark in ax.collections]
    assert [x for x, _ in squares] == pytest.approx([math.exp(y) for y in EFFECTS.yi])


def test_a_pooled_result_alone_is_one_row(ax):
    ev.forest(ev.pool(EFFECTS), ax)
    assert ax.get_xscale() == "log"
    assert ax.get_yticklabels()[0].get_text() == "All studies together"


LONG = "collagen, elastin and the rest of the dermal matrix, by immunofluorescence"


def map_of(ax, more=()):
    rows = [
        {"ingredient": "retinol", "family": "depth", "study": "a", "reliability": 0.0},
        {"ingredient": "retinol", "family": LONG, "study": "a"},
        *more,
    ]
    return evidence_map(evidence_map_rows(rows), ax)


def test_no_score_looks_different_from_a_score_of_zero(ax):
    map_of(ax)
    by_place = {round(cell.get_x()): cell for cell in ax.patches}
    names = [label.get_text() for label in ax.get_xticklabels()]
    zero, unscored = by_place[names.index("depth")], by_place[1 - names.index("depth")]
    assert (bool(zero.get_hatch()), bool(unscored.get_hatch())) == (False, True)
    assert zero.get_facecolor() != unscored.get_facecolor()
    shown = legend(ax)
    assert list(shown) == ["0–10", "10–20", "20–40", "40–60", "60–100", "not scored"]
    assert shown["0–10"].get_facecolor() == zero.get_facecolor()
    assert shown["not scored"].get_hatch() == unscored.get_hatch()


def test_long_names_of_columns_leave_the_map_its_room(ax):
    map_of(ax, [{"ingredient": f"i{i}", "family": f"{LONG} {i}", "study": "b"} for i in range(9)])
    assert inside(ax)
    assert ax.get_window_extent().height > 0.4 * ax.figure.bbox.height
    assert ax.get_window_extent().width > 0.7 * ax.figure.bbox.width


def test_a_study_without_a_score_says_so_and_why_if_that_is_short(ax):
    reasons = ["", "in vitro: cells, not people", "an exposure: " + "no scale " * 20, "long " * 30]
    rows = [{"label": f"s{i}", "reason": reason} for i, reason in enumerate(reasons)]
    score_strip(score_strip_rows([{"label": "a", "value": 9.0}, *rows]), ax)
    assert texts(ax) == [
        "not scored",
        "not scored: in vitro: cells, not people",
        "not scored: an exposure",
        "not scored",
    ]


def test_the_fillings_of_a_waterfall_have_a_legend(ax):
    parts = [("no_control", "known", 40.0), ("selection", "unreported", 30.0)]
    rows = [{"name": n, "status": s, "points_lost": p} for n, s, p in parts]
    waterfall(waterfall_rows(rows, value=30.0), ax)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == ["A perfect result", "No control", "Selection", "Reliability"]
    shown = legend(ax)
    assert list(shown) == ["known flaw", "not reported"]
    assert [shown[name].get_hatch() for name in shown] == [None, "////"]
    bars = [bar for bars in ax.containers for bar in bars]
    assert bars[2].get_hatch() == shown["not reported"].get_hatch()
    assert bars[1].get_facecolor() == shown["known flaw"].get_facecolor()
    assert inside(ax)


@pytest.mark.parametrize(
    ("benefit", "said", "end"),
    [("higher", "more benefit →", "right"), ("lower", "← more benefit", "left")],
)
def test_a_contrast_says_which_way_benefit_lies(ax, benefit, said, end):
    rows = contrast_rows(claimed=-20, expected=(-0.9, -14.8, 12.9))
    contrast(rows, ax, benefit=benefit)
    assert texts(ax) == [said]
    assert ax.texts[0].get_ha() == end
    assert inside(ax)


def test_a_contrast_knows_two_directions(ax):
    with pytest.raises(OptionError, match="benefit='up'"):
        contrast(contrast_rows(claimed=1), ax, benefit="up")


# ------------------------------------------------------------------ ratios


def tick_words(axis) -> list[str]:
    FigureCanvasAgg(axis.axes.figure).draw()
    return [label.get_text() for label in axis.get_ticklabels() if label.get_text()]


def test_ratios_stand_beside_plain_numbers_on_the_axis(ax):
    ev.forest(EFFECTS, ax, log=True)
    assert tick_words(ax.xaxis) == ["0.1", "0.2", "0.5", "1"]
    assert not list(ax.xaxis.get_minorticklocs())


def test_a_curve_of_ratios_has_plain_numbers_too(ax):
    done = [
        {"estimate": 0.6, "ci_low": 0.15, "ci_high": 1.6, "pvalue": 0.3, "test": "z"},
        {"estimate": 0.4, "ci_low": 0.2, "ci_high": 0.8, "pvalue": 0.01, "test": "HKSJ"},
    ]
    specification_curve(multiverse_rows(done), ax, log=True)
    assert tick_words(ax.yaxis) == ["0.2", "0.5", "1"]


DRAWN = {
    "funnel": lambda table, ax, **names: ev.funnel(table, ax, **names),
    "drapery": lambda table, ax, **names: ev.drapery(table, ax, **names),
    "cumulative_forest": lambda table, ax, **names: ev.cumulative_forest(table, ax, **names),
    "gosh": lambda table, ax, **names: ev.gosh(pool_subsets(table), ax, **names),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_measure_of_ratios_is_named_with_its_scale(name, ax):
    """RR alone leaves open whether its logarithms are meant."""
    DRAWN[name](EFFECTS, ax, measure="RR", log=True)
    assert ax.get_xscale() == "log"
    assert ax.get_xlabel().startswith("Risk ratio, log scale")
    logs = {"yi": [-0.9, -1.6, -0.2], "vi": [0.3, 0.2, 0.1], "study": ["A", "B", "C"]}
    other = Figure().add_subplot()
    DRAWN[name](logs, other, measure="RR")
    assert other.get_xscale() == "linear"
    assert other.get_xlabel().startswith("Log risk ratio")


@pytest.mark.parametrize("tall", [3.0, 4.0, 5.0])
def test_the_name_of_the_upright_axis_is_whole_on_a_small_sheet(tall):
    flags = Flags(design="single-arm", n=["50"], outcome="wrinkle depth", change=["-20%"])
    study = study_from_flags(flags)
    small = Figure(figsize=(6.4, tall), layout="constrained").add_subplot()
    ev.sensitivity(recover(study, study.outcomes[0]), small)
    FigureCanvasAgg(small.figure).draw()
    box = small.yaxis.label.get_window_extent()
    assert small.yaxis.label.get_text() == "change from baseline (%)\n95 % interval"
    assert box.y0 >= 0
    assert box.y1 <= small.figure.bbox.height
