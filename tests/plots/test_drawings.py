import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Sheet

from evidence.errors import EvidenceError
from evidence.plots.contrast import contrast, contrast_rows, contrast_svg
from evidence.plots.evidence_map import evidence_map, evidence_map_rows, evidence_map_svg, shade
from evidence.plots.forest import forest, forest_rows, forest_svg
from evidence.plots.lanes import SLIM
from evidence.plots.probability import probability, probability_rows, probability_svg
from evidence.plots.score_strip import score_strip, score_strip_rows, score_strip_svg
from evidence.plots.svg import INK, text_width
from evidence.plots.waterfall import waterfall, waterfall_rows, waterfall_svg

mpl.use("Agg")

FOREST = forest_rows(
    [
        {
            "label": "Heavy",
            "estimate": 0.5,
            "ci_low": 0.1,
            "ci_high": 0.9,
            "weight": 4,
            "detail": "9",
        },
        {"label": "Light", "estimate": 0.4, "ci_low": -9.0, "ci_high": 9.8, "weight": 1},
        {"label": "Middle", "estimate": 0.2, "ci_low": -0.4, "ci_high": 0.8, "weight": 2},
        {"label": "Alone", "estimate": 1.2, "basis": "no dispersion"},
        {"label": "Said", "note": "direction only"},
    ],
    pooled={"estimate": 0.3, "ci_low": 0.1, "ci_high": 0.5, "pi_low": -0.2, "pi_high": 0.8},
)
WATERFALL = waterfall_rows(
    [
        {"name": "no_control", "status": "known", "points_lost": 40.0},
        {"name": "selection", "status": "unreported", "points_lost": 30.0},
        {"name": "sampling", "status": "inherent", "points_lost": 10.0},
    ],
    value=20.0,
    low=10,
    high=30,
)
CURVE = probability_rows(mean=0.93, sd=7.07, mid=5, claimed=20)
CONTRAST = contrast_rows(claimed=-20, expected=(-0.9, -14.8, 12.9))
MAP = evidence_map_rows(
    [
        {
            "ingredient": f"i{i}",
            "family": f"transepidermal {j}",
            "study": 1,
            "reliability": 20.0 * j,
        }
        for i in range(3)
        for j in range(5)
    ]
)
STRIP = score_strip_rows([{"label": "a", "value": 40, "low": 20, "high": 60}, {"label": "b"}])

DRAWN = {
    "forest": (forest_svg, forest, FOREST),
    "waterfall": (waterfall_svg, waterfall, WATERFALL),
    "probability": (probability_svg, probability, CURVE),
    "contrast": (contrast_svg, contrast, CONTRAST),
    "map": (evidence_map_svg, evidence_map, MAP),
    "strip": (score_strip_svg, score_strip, STRIP),
}


def svg_of(name, **options):
    draw, _, rows = DRAWN[name]
    return draw(rows, title="A <title>", desc='A "description"', **options)


def number(text):
    return float(text)


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("width", [None, SLIM])
def test_a_drawing_is_a_named_image_inside_its_frame(name, width):
    if name == "map" and width:
        width = 640.0
    svg = svg_of(name, **({"width": width} if width else {}))
    root = ET.fromstring(svg)
    ns = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    ids = root.get("aria-labelledby").split()
    assert [root.find(f".//*[@id='{i}']").text for i in ids] == ["A <title>", 'A "description"']
    _, _, wide, tall = map(number, root.get("viewBox").split())
    assert not [e for e in root.iter() if e is not root and e.get("role")]
    turned = {t for g in root.iter(f"{ns}g") if g.get("transform") for t in g.iter(f"{ns}text")}
    for text in root.iter(f"{ns}text"):
        size = number(text.get("font-size", "13"))
        assert size >= 12
        if text in turned:
            continue
        lines = [s.text or "" for s in text.iter(f"{ns}tspan")] or [text.text or ""]
        for line in lines:
            x, w = number(text.get("x")), text_width(line, size) * 0.94
            shift = {"start": 0, "middle": w / 2, "end": w}[text.get("text-anchor", "start")]
            assert x - shift >= -1, line
            assert x - shift + w <= wide + 1, line
        assert 0 < number(text.get("y")) <= tall, text.text
    for mark in root.iter(f"{ns}rect"):
        if mark.get("x"):
            assert number(mark.get("x")) >= -0.5
            assert number(mark.get("x")) + number(mark.get("width")) <= wide + 0.5


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_rows_give_the_same_bytes(name):
    assert svg_of(name) == svg_of(name)


@pytest.mark.parametrize("name", DRAWN)
def test_every_class_has_a_colour_of_its_own(name):
    assert set(re.findall(r'class="([^"]+)"', svg_of(name))) <= set(INK)


@pytest.mark.parametrize("name", DRAWN)
def test_matplotlib_draws_the_same_rows_on_the_axes_given(name):
    ax = Sheet().add_subplot()
    _, plot, rows = DRAWN[name]
    assert plot(rows, ax=ax) is ax
    assert ax.has_data()
    FigureCanvasAgg(ax.figure).draw()  # a bare figure's own canvas draws nothing


def test_the_area_of_a_square_follows_its_weight():
    widths = {
        name: float(width)
        for name, width in re.findall(
            r'<title>(Heavy|Middle)[^<]*</title>.*?<rect [^>]*?width="([\d.]+)"', svg_of("forest")
        )
    }
    assert (widths["Heavy"] / widths["Middle"]) ** 2 == pytest.approx(2, rel=0.01)


def test_a_cut_interval_ends_in_arrowheads_and_a_whole_one_does_not():
    groups = dict(re.findall(r"<g><title>(Heavy|Light)[^<]*</title>(.*?)</g>", svg_of("forest")))
    assert groups["Light"].count("<path") == 2
    assert "<path" not in groups["Heavy"]


def test_what_cannot_be_drawn_is_said_in_words():
    svg = svg_of("forest", favours=("worse", "better"))
    visible = re.sub(r"<title>[^<]*</title>", "", svg)
    text = " ".join(re.findall(r">([^<>]+)<", visible))
    assert "no interval can be computed" in text
    assert "direction only" in text
    assert "worse" in text
    assert "better" in text
    assert "Said" in text
    assert "<title>Said" not in svg  # no mark for it


def test_a_log_axis_prints_one_two_five():
    rows = forest_rows([{"label": "a", "estimate": 0.0, "ci_low": -2.2, "ci_high": 2.2}], log=True)
    svg = forest_svg(rows, title="t", desc="d", log=True)
    ticks = re.findall(r'text-anchor="middle"[^>]*>([\d.]+)<', svg)
    assert ticks == ["0.1", "0.2", "0.5", "1", "2", "5", "10"]


def test_a_forest_without_any_value_is_refused():
    rows = forest_rows([{"label": "a", "note": "direction only"}])
    with pytest.raises(EvidenceError, match="nothing to draw"):
        forest_svg(rows, title="t", desc="d")


def test_the_three_reasons_differ_without_colour():
    svg = svg_of("waterfall")
    groups = dict(re.findall(r"<g><title>([^:]+):[^<]*</title>(.*?)</g>", svg))
    assert "url(#" not in groups["no control"]
    assert re.search(r"url\(#ev-\w+-unreported\)", groups["selection"])
    assert re.search(r"url\(#ev-\w+-inherent\)", groups["sampling"])
    for reason in ("known flaw", "not reported", "inherent in any study"):
        assert reason in svg
    assert "range 10–30" in svg


@pytest.mark.parametrize(("benefit", "arrow"), [("lower", -1), ("higher", 1)])
def test_the_arrow_points_towards_benefit(benefit, arrow):
    svg = svg_of("contrast", benefit=benefit)
    x1, x2 = re.findall(r'x1="([\d.]+)" y1="8" x2="([\d.]+)" y2="8"', svg)[0]
    assert (float(x2) - float(x1)) * arrow > 0


def test_shades_of_the_map_rise_with_the_score():
    assert [shade(v) for v in (0, 10, 20, 40, 60, 100)] == [
        "p-shade-0",
        "p-shade-1",
        "p-shade-2",
        "p-shade-3",
        "p-shade-4",
        "p-shade-4",
    ]
