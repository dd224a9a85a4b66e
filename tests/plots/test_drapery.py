"""Drapery plots: p value functions of R's numbers, then pictures."""

import math
import re

import matplotlib as mpl
import pytest
from golden import HOSTILE, effects, golden
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pictures import flaws, overlaps, printed_text

from evidence.errors import EvidenceError
from evidence.kernels.inference import two_sided
from evidence.plots.drapery import drapery, drapery_rows, drapery_svg
from evidence.plots.drapery_rows import PVALUES
from evidence.plots.lanes import SLIM
from evidence.plots.rows import to_frame
from evidence.synthesis.pool import pool

mpl.use("Agg")

NAMED = {"title": "A <title>", "desc": 'A "description"'}
BCG = golden("pooling", "pool.bcg_rr.DL.knha")
CUMUL = golden("diagnostics", "cumul.bcg_rr.DL.knha")


def dl(table=None):
    return pool(table or effects(BCG), tau2="DL", test="HKSJ")


def of(rows, kind, p=None):
    return [row for row in rows if row.kind == kind and p in (None, row.p)]


def test_at_five_in_a_hundred_lie_the_limits_of_metafor():
    rows = drapery_rows(effects(BCG), pooled=dl())
    (pooled,) = of(rows, "pooled", 0.05)
    assert (pooled.low, pooled.high) == pytest.approx((BCG.expect.ci_lb, BCG.expect.ci_ub))
    (further,) = of(rows, "prediction", 0.05)
    assert (further.low, further.high) == pytest.approx((BCG.expect.pi_lb, BCG.expect.pi_ub))
    first = of(rows, "study", 0.05)[0]  # the first study alone
    alone = CUMUL.expect
    assert (first.low, first.high) == pytest.approx((alone.ci_lb[0], alone.ci_ub[0]))


def test_the_pooled_function_has_metafors_p_value_at_no_effect():
    rows = drapery_rows(effects(BCG), pooled=dl(), pvalues=[1, BCG.expect.pval])
    (row,) = of(rows, "pooled", BCG.expect.pval)
    assert row.high == pytest.approx(0, abs=1e-9)
    assert row.low == pytest.approx(2 * BCG.expect.estimate)


@given(
    yi=st.floats(-3, 3), vi=st.floats(0.001, 3), p=st.sampled_from(PVALUES[1:]), log=st.booleans()
)
def test_a_study_has_the_p_value_of_its_z_test_at_both_limits(yi, vi, p, log):
    rows = drapery_rows({"yi": [yi], "vi": [vi]}, log=log)
    (row,) = of(rows, "study", p)
    for limit in (row.low, row.high):
        value = math.log(limit) if log else limit
        assert two_sided((yi - value) / math.sqrt(vi), None) == pytest.approx(p, rel=1e-6)


def test_functions_stand_on_the_estimates_and_widen_downwards():
    rows = drapery_rows(effects(BCG, measure="RR"), pooled=dl())
    tops = of(rows, "study", 1.0)
    assert [row.low for row in tops] == pytest.approx([math.exp(y) for y in BCG.yi])
    assert [row.high for row in tops] == [row.low for row in tops]
    for kind in ("pooled", "prediction"):
        function = of(rows, kind)
        assert [row.p for row in function] == list(PVALUES)
        assert [row.low for row in function] == sorted((r.low for r in function), reverse=True)
        assert [row.high for row in function] == sorted(row.high for row in function)


def test_prediction_is_there_where_the_model_has_one():
    assert of(drapery_rows(effects(BCG)), "prediction")
    assert not of(drapery_rows(effects(BCG), prediction=False), "prediction")
    assert not of(drapery_rows(effects(BCG), pooled=pool(effects(BCG), tau2="EE")), "prediction")
    assert not of(drapery_rows({"yi": [0.1, 0.2], "vi": [0.1, 0.1]}), "prediction")


def test_two_effects_of_one_study_keep_their_own_functions():
    rows = drapery_rows({"yi": [0.1, 0.8], "vi": [0.1, 0.1], "study": ["Kim", "Kim"]})
    assert [(row.number, row.label, row.low) for row in of(rows, "study", 1.0)] == [
        (1, "Kim", 0.1),
        (2, "Kim", 0.8),
    ]
    svg = drapery_svg(rows, **NAMED)
    assert svg.count("<title>Kim: 95 % interval") == 2


@pytest.mark.parametrize("pvalues", [[], [0.5], [1], [1, 0.2, 0.2], [1, 0.1, 0.5], [1, 0]])
def test_p_values_must_fall_from_one(pvalues):
    with pytest.raises(EvidenceError, match="must fall"):
        drapery_rows(effects(BCG), pvalues=pvalues)


def test_rows_are_a_tidy_frame():
    frame = to_frame(drapery_rows(effects(BCG)))
    assert list(frame.columns) == ["kind", "number", "label", "p", "low", "high", "ratio"]
    assert len(frame) == (13 + 2) * len(PVALUES)


# --------------------------------------------------------------------------- pictures

MANY = {"yi": [math.sin(i) for i in range(200)], "vi": [0.02 + (i % 7) / 10 for i in range(200)]}
CASES = {
    "ratios": drapery_rows(effects(BCG, measure="RR")),
    "differences": drapery_rows(effects(BCG), prediction=False),
    "one study": drapery_rows({"yi": [0.3], "vi": [0.04]}),
    "agreement": drapery_rows({"yi": [0.3] * 5, "vi": [0.04] * 5}),
    "two hundred": drapery_rows(MANY),
    "vast ratios": drapery_rows({"yi": [1.0, 9.0], "vi": [900.0, 1.0], "measure": "OR"}),
    "hostile": drapery_rows(
        {"yi": [0.1, 0.9, 0.5, 0.0], "vi": [0.1, 0.2, 0.3, 0.4], "study": HOSTILE}
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("width", [SLIM, 640.0, 800.0])
def test_the_drawing_is_a_named_image_inside_its_frame(case, width):
    svg = drapery_svg(CASES[case], width=width, **NAMED)
    assert flaws(svg, **NAMED) == []
    assert overlaps(svg) == []


def test_the_same_rows_give_the_same_bytes():
    once, again = (drapery_svg(drapery_rows(effects(BCG)), **NAMED) for _ in range(2))
    assert once == again


def test_names_are_printed_and_not_obeyed():
    svg = drapery_svg(CASES["hostile"], **NAMED)
    assert "<script" not in svg
    assert f"3: {HOSTILE[2]}" in printed_text(svg)


def test_two_hundred_studies_stay_light_and_each_is_named():
    svg = drapery_svg(CASES["two hundred"], **NAMED)
    assert len(svg) < 200_000
    text = printed_text(svg)
    assert "Not marked, too close to others: " in text
    assert svg.count("<title>") == 200 + 2 + 1  # studies, two functions over all, one line


def test_every_study_has_its_number_above_its_top():
    svg = drapery_svg(CASES["ratios"], **NAMED)
    spots = re.findall(r'y="([\d.]+)"[^>]*text-anchor="middle"[^>]*>(\d+)<', svg)
    rows = {text: float(y) for y, text in spots if float(y) < 50}
    assert set(rows) == {str(i) for i in range(1, 14)}
    assert len(set(rows.values())) == 1


def test_the_key_says_what_every_mark_is():
    text = printed_text(drapery_svg(CASES["ratios"], measure="Risk ratio", **NAMED))
    for said in (
        "Risk ratio",
        "two-sided p value",
        "study, numbered at its top",
        "pooled estimate",
        "true effect of a further study",
        "p = 0.05: limits of the 95 % interval",
    ):
        assert said in text
    two = printed_text(drapery_svg(CASES["differences"], levels=(0.05, 0.01), **NAMED))
    assert "p = 0.05, 0.01: limits of the 95, 99 %" in two
    assert "further study" not in two


def test_functions_differ_without_colour():
    svg = drapery_svg(CASES["ratios"], **NAMED)
    groups = dict(re.findall(r"<g><title>([^:<]*)[^<]*</title>(.*?)</g>", svg))
    widths = {
        name: re.findall(r'stroke-width="([\d.]+)"', groups[name])
        for name in ("1", "pooled estimate", "true effect of a further study")
    }
    assert [float(found[-1]) for found in widths.values()] == [1, 3, 2]
    assert 'stroke-dasharray="5 4"' in groups["true effect of a further study"]
    assert 'stroke-dasharray="7 3 2 3"' in groups["p = 0.05"]


# --------------------------------------------------------------------------- matplotlib


@pytest.mark.parametrize("case", CASES)
def test_matplotlib_draws_on_the_axes_given(case):
    ax = Figure(figsize=(7, 6), layout="constrained").add_subplot()
    assert drapery(CASES[case], ax) is ax
    FigureCanvasAgg(ax.figure).draw()  # a bare figure's own canvas draws nothing
    box = ax.figure.get_tightbbox()
    assert box.x1 <= 7.02
    assert box.y0 >= -0.02


def test_matplotlib_shows_the_functions():
    ax = Figure().add_subplot()
    drapery(effects(BCG), ax, pooled=dl(), measure="Log risk ratio")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Log risk ratio", "two-sided p value")
    tops = [line.get_xdata()[list(line.get_ydata()).index(1.0)] for line in ax.lines[:15]]
    assert tops == pytest.approx([*BCG.yi, BCG.expect.estimate, BCG.expect.estimate])
    levels = [line.get_ydata()[0] for line in ax.lines if line.get_linestyle() == "-."]
    assert levels == [0.05]


def test_no_rows_are_no_picture():
    with pytest.raises(EvidenceError, match="nothing to draw"):
        drapery_svg([], **NAMED)
