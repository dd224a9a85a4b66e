"""Funnel plots: values of R's metafor and of the normal table, then pictures."""

import math
import re
from itertools import pairwise

import matplotlib as mpl
import pytest
from golden import HOSTILE, NIGHT, WHITE, contrast, effects, golden, over
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pictures import flaws, overlaps, printed_text

from evidence.errors import EvidenceError, SynthesisError
from evidence.plots.funnel import funnel, funnel_rows, funnel_svg
from evidence.plots.lanes import SLIM
from evidence.plots.rows import to_frame
from evidence.plots.svg import INK
from evidence.synthesis.pet_peese import pet_peese
from evidence.synthesis.small_study import regression_test
from evidence.synthesis.trim_fill import trim_fill

mpl.use("Agg")

NAMED = {"title": "A <title>", "desc": 'A "description"'}
BCG = golden("bias_trimfill", "trimfill.bcg_rr.EE.L0")
TABLE = effects(BCG, measure="RR")
DEEPEST = 1.05 * math.sqrt(max(BCG.vi))


def of(rows, kind):
    return [row for row in rows if row.kind == kind]


def filled():
    return trim_fill(effects(BCG), tau2="EE", test="z")


def test_studies_filled_in_are_those_of_metafor():
    rows = of(funnel_rows(TABLE, filled=filled()), "filled")
    found = sorted((row.estimate, row.sei) for row in rows)
    expected = zip(BCG.expect.filled_yi, BCG.expect.filled_vi, strict=True)
    assert found == [pytest.approx((math.exp(y), math.sqrt(v))) for y, v in sorted(expected)]


def test_the_funnel_stands_at_the_equal_effects_mean_or_where_it_is_told():
    mean = golden("pooling", "pool.bcg_rr.EE.z").expect
    for given, centre in (({}, mean.estimate), ({"pooled": -0.3}, -0.3)):
        rows = funnel_rows(TABLE, **given)
        assert [row.estimate for row in of(rows, "centre")] == pytest.approx([math.exp(centre)] * 2)
        top, foot = of(rows, "expected")
        assert (top.sei, top.low, top.high) == pytest.approx(
            (0, math.exp(centre), math.exp(centre))
        )
        # 1.959964 is the 97.5 % quantile of the normal table
        assert math.log(foot.low) == pytest.approx(centre - 1.959964 * DEEPEST, abs=1e-6)
        assert math.log(foot.high) == pytest.approx(centre + 1.959964 * DEEPEST, abs=1e-6)
    told = funnel_rows(TABLE, pooled=filled().pooled)
    assert of(told, "centre")[0].estimate == pytest.approx(math.exp(BCG.expect.estimate))


def test_contours_lie_about_no_effect_at_the_quantiles_of_the_normal_table():
    rows = [row for row in of(funnel_rows(TABLE), "contour") if row.sei > 0]
    table = {0.90: 1.644854, 0.95: 1.959964, 0.99: 2.575829}
    assert [row.level for row in rows] == list(table)
    for row in rows:
        assert row.sei == pytest.approx(DEEPEST)
        limits = math.log(row.low), math.log(row.high)
        z = table[row.level] * DEEPEST
        assert limits == pytest.approx((-z, z), abs=1e-6)


@pytest.mark.parametrize("predictor", ["sei", "vi"])
def test_the_line_is_that_of_metafor(predictor):
    expect = golden("bias_regtest", f"regtest.bcg_rr.{predictor}.lm").expect
    line = of(funnel_rows(TABLE, line=regression_test(effects(BCG), predictor=predictor)), "line")
    power = {"sei": 1, "vi": 2}[predictor]
    assert line[0].sei == 0
    assert line[-1].sei == pytest.approx(DEEPEST)
    for row in line:
        on_line = expect.intercept + expect.slope * row.sei**power
        assert math.log(row.estimate) == pytest.approx(on_line, rel=1e-7)


def test_a_line_on_the_number_of_people_is_refused():
    line = regression_test({**effects(BCG), "ni": range(10, 23)}, predictor="ni")
    with pytest.raises(EvidenceError, match="'ni' cannot be drawn against the standard error"):
        funnel_rows(TABLE, line=line)
    with pytest.raises(EvidenceError, match="no estimate"):
        funnel_rows(TABLE, pooled={"mean": 1})
    with pytest.raises(SynthesisError, match="increasing"):
        funnel_rows(TABLE, contours=[0.99, 0.9])


def test_effects_that_are_no_ratios_stay_as_they_are():
    rows = funnel_rows(effects(BCG))
    assert [row.estimate for row in of(rows, "study")] == BCG.yi
    assert {row.ratio for row in rows} == {False}
    assert {row.ratio for row in funnel_rows(effects(BCG), log=True)} == {True}


def test_rows_are_a_tidy_frame():
    frame = to_frame(funnel_rows(TABLE, line=pet_peese(effects(BCG)).pet, filled=filled()))
    assert list(frame.columns) == [
        "kind", "label", "sei", "estimate", "low", "high", "level", "pvalue", "band", "ratio",
    ]  # fmt: skip
    assert frame.groupby("kind").size().to_dict() == {
        "centre": 2, "contour": 6, "expected": 2, "filled": 4, "line": 2, "study": 13,
    }  # fmt: skip


# --------------------------------------------------------------------------- pictures

CASES = {
    "ratios": funnel_rows(TABLE, filled=filled(), line=pet_peese(effects(BCG)).pet),
    "differences": funnel_rows(effects(BCG), line=pet_peese(effects(BCG)).peese),
    "one contour": funnel_rows(TABLE, contours=[0.95]),
    "far from nothing": funnel_rows({"yi": [5.0, 5.2, 5.1], "vi": [0.01, 0.02, 0.04]}),
    "one study": funnel_rows({"yi": [0.3], "vi": [0.04]}),
    "vast ratios": funnel_rows({"yi": [300.0, -2.0], "vi": [9e4, 1.0], "measure": "OR"}),
    "hostile": funnel_rows(
        {"yi": [0.1, 0.2, 0.5, 0.9], "vi": [0.1, 0.2, 0.3, 0.4], "study": HOSTILE}
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("width", [SLIM, 640.0, 800.0])
def test_the_drawing_is_a_named_image_inside_its_frame(case, width):
    svg = funnel_svg(CASES[case], width=width, **NAMED)
    assert flaws(svg, **NAMED) == []
    assert overlaps(svg) == []


def test_the_same_rows_give_the_same_bytes():
    once, again = (funnel_svg(funnel_rows(TABLE, filled=filled()), **NAMED) for _ in range(2))
    assert once == again


def test_names_are_printed_and_not_obeyed():
    svg = funnel_svg(CASES["hostile"], **NAMED)
    assert "<script" not in svg
    assert "&lt;/text&gt;&lt;script&gt;" in svg


def circles(svg):
    found = re.findall(r'<title>([^<]*)</title><circle [^>]*cx="([\d.]+)" cy="([\d.]+)"', svg)
    return {name: (float(x), float(y)) for name, x, y in found}


def test_precise_studies_are_at_the_top_and_larger_effects_to_the_right():
    svg = funnel_svg(funnel_rows({"yi": [0.1, 0.5], "vi": [0.01, 0.09]}), **NAMED)
    (x1, y1), (x2, y2) = circles(svg).values()
    assert x1 < x2
    assert y1 < y2
    assert next(iter(circles(svg))) == "1: 0.10, standard error 0.100, p = 0.317"


def test_the_key_says_what_every_mark_is():
    text = printed_text(funnel_svg(CASES["ratios"], measure="Risk ratio", **NAMED))
    for said in (
        "Risk ratio",
        "standard error of the log ratio",
        "4 studies filled in (trim and fill)",
        "equal-effects mean: 0.65",
        "95 % of studies are expected within, if",
        "regression on the standard error (Egger, PET)",
        "no effect",
        "p above 0.1",
        "p from 0.05 to 0.1",
        "p from 0.01 to 0.05",
        "p below 0.01",
    ):
        assert said in text
    plain = printed_text(funnel_svg(CASES["one contour"], **NAMED))
    assert "filled in" not in plain
    assert "p above 0.05 p below 0.05" in plain


def test_contours_and_studies_differ_without_colour():
    svg = funnel_svg(CASES["ratios"], **NAMED)
    groups = dict(re.findall(r"<g><title>(p = [\d.]+)</title>(.*?)</g>", svg))
    dashes = [re.search(r'stroke-dasharray="([^"]*)"', drawn) for drawn in groups.values()]
    assert [found and found[1] for found in dashes] == [None, "9 4", "4 3"]
    filled_in = re.search(r"<g><title>filled: [^<]*</title>(<circle [^>]*>)", svg)[1]
    assert 'class="p-line"' in filled_in
    assert 'fill="none"' in filled_in


@pytest.mark.parametrize("paper", [WHITE, NIGHT])
def test_shades_differ_and_rims_stand_out_from_each_by_day_and_by_night(paper):
    svg = funnel_svg(CASES["ratios"], **NAMED)
    grey, ink = INK["p-dots"]["fill"], (NIGHT if paper == WHITE else WHITE)
    opacities = sorted(
        {0.0, *map(float, re.findall(r'class="p-dots" fill-opacity="([^"]+)"', svg))}
    )
    assert len(opacities) == 4
    shades = [over(grey, paper, opacity) for opacity in opacities]
    for pale, dense in pairwise(shades):
        assert contrast(dense, pale) > 1.08
    assert all(contrast(ink, shade) > 4.5 for shade in shades)
    assert INK["p-point"]["stroke"] == "currentColor"


# --------------------------------------------------------------------------- matplotlib


@pytest.mark.parametrize("case", CASES)
def test_matplotlib_draws_on_the_axes_given(case):
    ax = Figure(figsize=(7, 7), layout="constrained").add_subplot()
    assert funnel(CASES[case], ax) is ax
    FigureCanvasAgg(ax.figure).draw()  # a bare figure's own canvas draws nothing
    box = ax.figure.get_tightbbox()
    assert box.x1 <= 7.02
    assert box.y0 >= -0.02


def test_matplotlib_shows_the_studies_turned_downwards():
    ax = Figure().add_subplot()
    funnel(TABLE, ax, filled=filled(), measure="Risk ratio")
    assert ax.get_xscale() == "log"
    low, high = ax.get_ylim()
    assert (low, high) == pytest.approx((DEEPEST, 0))
    marks = {one.get_label(): one.get_offsets() for one in ax.collections if len(one.get_offsets())}
    shown = [tuple(place) for place in marks["study"]]
    expected = zip(BCG.yi, BCG.vi, strict=True)
    assert shown == [pytest.approx((math.exp(y), math.sqrt(v))) for y, v in expected]
    assert len(marks["4 studies filled in (trim and fill)"]) == 4


def test_no_studies_are_no_picture():
    with pytest.raises(EvidenceError, match="nothing to draw"):
        funnel_svg([], **NAMED)
