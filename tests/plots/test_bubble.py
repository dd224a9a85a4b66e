"""Bubble plots of a meta-regression: values of R's metafor, then pictures."""

import math
import re

import matplotlib as mpl
import numpy as np
import pytest
from golden import HOSTILE, effects, golden
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pictures import flaws, overlaps, printed_text

from evidence.errors import EvidenceError, OptionError
from evidence.plots.bubble import bubble, bubble_rows, bubble_svg
from evidence.plots.lanes import SLIM
from evidence.plots.rows import to_frame
from evidence.synthesis.regression import regress

mpl.use("Agg")

NAMED = {"title": "A <title>", "desc": 'A "description"'}
BCG = golden("metareg", "reg.bcg_rr.01.REML.z")
LATITUDE = [row[1] for row in BCG.X]  # 13 to 55


def fitted(**options):
    table = effects(BCG, measure="RR", ablat=LATITUDE)
    return regress(table, moderators=["ablat"], **{"test": "z", **options})


def of(rows, kind):
    return [row for row in rows if row.kind == kind]


def test_the_line_and_its_limits_are_those_of_metafor():
    by_x = {round(row.x): row for row in of(bubble_rows(fitted(), points=43), "fit")}
    assert list(by_x) == list(range(13, 56))
    for i, (_, x) in enumerate(BCG.new_X):
        row, expect = by_x[x], BCG.expect
        shown = (row.estimate, row.ci_low, row.ci_high, row.pi_low, row.pi_high)
        names = ("pred", "pred_ci_lb", "pred_ci_ub", "pred_pi_lb", "pred_pi_ub")
        printed = [math.exp(getattr(expect, name)[i]) for name in names]
        assert shown == pytest.approx(printed, rel=1e-6)  # an iterative τ²


def test_weights_are_those_of_the_fit():
    rows = of(bubble_rows(fitted()), "study")
    raw = [1 / (v + BCG.expect.tau2) for v in BCG.vi]
    assert [row.weight for row in rows] == pytest.approx([w / sum(raw) for w in raw], rel=1e-6)
    assert [row.x for row in rows] == LATITUDE
    assert [row.estimate for row in rows] == pytest.approx([math.exp(y) for y in BCG.yi])


def test_other_moderators_are_held_at_their_means():
    two = golden("metareg", "reg.bcg_rr.02.REML.z")
    table = effects(two, ablat=[x[1] for x in two.X], year=[x[2] for x in two.X])
    model = regress(table, formula="~ ablat + year", test="z")
    row = of(bubble_rows(model, "ablat"), "fit")[0]
    year = sum(x[2] for x in two.X) / len(two.X)
    b0, b1, b2 = two.expect.coef
    assert row.x == 13
    assert row.estimate == pytest.approx(b0 + b1 * 13 + b2 * year, rel=1e-6)
    cov, x = np.array(two.expect.vcov), np.array([1, 13, year])
    half = 1.959964 * math.sqrt(x @ cov @ x)
    assert row.ci_high - row.estimate == pytest.approx(half, rel=1e-5)


def test_words_become_a_line_between_two_columns():
    table = {"yi": [0.0, 0.2, 1.0, 1.2], "vi": [1.0] * 4, "blind": ["no", "no", "yes", "yes"]}
    rows = of(bubble_rows(regress(table, moderators=["blind"], tau2="EE"), points=2), "fit")
    assert [(row.moderator, row.x, row.estimate) for row in rows] == [
        ("blind[yes]", 0.0, pytest.approx(0.1)),
        ("blind[yes]", 1.0, pytest.approx(1.1)),
    ]


def test_an_equal_effects_model_has_no_limits_for_a_further_study():
    row = of(bubble_rows(fitted(tau2="EE")), "fit")[0]
    assert (row.pi_low, row.pi_high) == (None, None)
    assert row.ci_low < row.estimate < row.ci_high
    narrow = of(bubble_rows(fitted(), level=0.5), "fit")[0]
    assert narrow.level == 0.5
    assert narrow.ci_low > of(bubble_rows(fitted()), "fit")[0].ci_low


@pytest.mark.parametrize(
    ("model", "options", "said"),
    [
        ({}, {"moderator": "year"}, "moderator='year' is not one of ablat"),
        ({"moderators": None}, {}, "the model is that of a mean"),
        ({"formula": "~ ablat + I(ablat**2)"}, {"moderator": "ablat"}, "no straight line"),
        ({}, {"points": 1}, "two points"),
    ],
)
def test_what_is_no_line_is_refused(model, options, said):
    asked = model if "formula" in model else {"moderators": ["ablat"], **model}
    found = regress(effects(BCG, ablat=LATITUDE), test="z", **asked)
    with pytest.raises((EvidenceError, OptionError), match=re.escape(said)):
        bubble_rows(found, **options)


def test_rows_are_a_tidy_frame():
    frame = to_frame(bubble_rows(fitted(), points=5))
    assert list(frame.columns) == [
        "kind", "label", "x", "estimate", "weight", "ci_low", "ci_high", "pi_low", "pi_high",
        "level", "moderator", "ratio",
    ]  # fmt: skip
    assert frame.groupby("kind").size().to_dict() == {"fit": 5, "study": 13}


# --------------------------------------------------------------------------- pictures

WEEKS = {"weeks": [2, 4, 8, 12], "vi": [0.1, 0.2, 0.3, 0.4], "yi": [0.1, 0.2, 0.5, 0.9]}
CASES = {
    "ratios": bubble_rows(fitted()),
    "equal effects": bubble_rows(fitted(tau2="EE")),
    "few studies": bubble_rows(regress({k: v[:3] for k, v in WEEKS.items()}, moderators=["weeks"])),
    "hostile": bubble_rows(
        regress({**WEEKS, "study": HOSTILE, '<b>"&': WEEKS["weeks"]}, moderators=['<b>"&'])
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("width", [SLIM, 640.0, 800.0])
def test_the_drawing_is_a_named_image_inside_its_frame(case, width):
    svg = bubble_svg(CASES[case], width=width, **NAMED)
    assert flaws(svg, **NAMED) == []
    assert overlaps(svg) == []


def test_the_same_rows_give_the_same_bytes():
    once, again = (bubble_svg(bubble_rows(fitted()), **NAMED) for _ in range(2))
    assert once == again


def test_names_are_printed_and_not_obeyed():
    svg = bubble_svg(CASES["hostile"], **NAMED)
    assert "<script" not in svg
    assert "<b>" not in svg
    assert '<b>"&' in printed_text(svg)


def disks(svg):
    found = re.findall(r"<title>[^<]*weight ([\d.]+) %</title><circle [^>]*r=\"([\d.]+)\"", svg)
    return [(float(share), float(radius)) for share, radius in found]


def test_the_area_of_a_disk_follows_its_weight_and_light_ones_lie_on_top():
    found = disks(bubble_svg(CASES["ratios"], **NAMED))
    assert [share for share, _ in found] == sorted((s for s, _ in found), reverse=True)
    (heavy, most), (light, least) = found[0], found[-1]
    assert most**2 / least**2 == pytest.approx(heavy / light, rel=0.03)  # one decimal is printed


def test_the_key_says_what_every_mark_is_and_prediction_can_be_left_out():
    svg = bubble_svg(CASES["ratios"], moderator="degrees from the equator", **NAMED)
    for said in (
        "degrees from the equator",
        "study; its area follows its weight",
        "mean effect by the meta-regression",
        "95 % interval of the mean effect",
        "95 % of further studies' true effects",
    ):
        assert said in printed_text(svg)
    without = bubble_svg(CASES["ratios"], prediction=False, **NAMED)
    assert "further studies" not in printed_text(without)
    assert svg.count('stroke-dasharray="5 4"') == 3  # two limits and their sample
    assert without.count('stroke-dasharray="5 4"') == 0


# --------------------------------------------------------------------------- matplotlib


@pytest.mark.parametrize("case", CASES)
def test_matplotlib_draws_on_the_axes_given(case):
    ax = Figure(figsize=(7, 6), layout="constrained").add_subplot()
    assert bubble(CASES[case], ax) is ax
    FigureCanvasAgg(ax.figure).draw()  # a bare figure's own canvas draws nothing
    box = ax.figure.get_tightbbox()
    assert box.x1 <= 7.02
    assert box.y0 >= -0.02


def test_matplotlib_shows_studies_and_line():
    ax = Figure().add_subplot()
    bubble(fitted(), ax, measure="Risk ratio")
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_yscale()) == ("ablat", "Risk ratio", "log")
    places = {tuple(spot) for one in ax.collections for spot in one.get_offsets()}
    for x, y in zip(LATITUDE, BCG.yi, strict=True):
        assert any(spot == pytest.approx((x, math.exp(y))) for spot in places)
    line = next(one for one in ax.lines if one.get_label().startswith("mean effect"))
    ends = math.log(line.get_ydata()[0]), math.log(line.get_ydata()[-1])
    assert ends == pytest.approx((BCG.expect.pred[0], BCG.expect.pred[2]), rel=1e-6)


def test_a_line_without_studies_is_no_picture():
    with pytest.raises(EvidenceError, match="nothing to draw"):
        bubble_svg(of(CASES["ratios"], "fit"), **NAMED)
