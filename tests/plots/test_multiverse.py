"""Specification curves: order, medians and shares by hand, then pictures of many analyses."""

import math
import re
from statistics import median

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pictures import flaws, overlaps, printed_text

from evidence.errors import EvidenceError
from evidence.plots.lanes import SLIM
from evidence.plots.multiverse import multiverse_rows, multiverse_svg, specification_curve
from evidence.plots.multiverse_rows import choice_rows
from evidence.plots.rows import to_frame
from evidence.synthesis.multiverse import multiverse as analyse

mpl.use("Agg")

NAMED = {"title": "A <title>", "desc": 'A "description"'}


def line(estimate, p, half=0.3, **choices):
    return {
        "estimate": estimate,
        "ci_low": estimate - half,
        "ci_high": estimate + half,
        "pvalue": p,
        **choices,
    }


# the first line is the main analysis
FOUR = [
    line(0.4, 0.01, estimator="REML", test="HKSJ"),
    line(0.2, 0.20, estimator="REML", test="z"),
    line(0.5, 0.001, estimator="DL", test="HKSJ"),
    line(-0.1, 0.60, estimator="DL", test="z"),
]


def effects(k, seed=1):
    draw = np.random.default_rng(seed)
    return {
        "yi": draw.normal(0.3, 0.35, k),
        "vi": draw.uniform(0.02, 0.15, k),
        "study": [f"Study {i}" for i in range(k)],
    }


def test_analyses_stand_from_the_lowest_estimate_to_the_highest():
    rows = multiverse_rows(FOUR)
    assert [(r.rank, r.estimate, r.primary) for r in rows] == [
        (1, -0.1, False), (2, 0.2, False), (3, 0.4, True), (4, 0.5, False),
    ]  # fmt: skip
    assert [r.significant for r in rows] == [False, False, True, True]
    assert [r.same_sign for r in rows] == [False, True, True, True]
    assert rows[0].choices == (("estimator", "DL"), ("test", "z"))


def test_medians_and_shares_by_hand():
    whole, *parts = choice_rows(multiverse_rows(FOUR))
    assert (whole.median, whole.low, whole.high) == pytest.approx((0.3, -0.1, 0.5))
    assert (whole.analyses, whole.share_significant, whole.share_same_sign) == (4, 0.5, 0.75)
    found = [(p.choice, p.value, round(p.median, 9), p.share_significant) for p in parts]
    assert found == [
        ("estimator", "REML", 0.3, 0.5), ("estimator", "DL", 0.2, 0.5),
        ("test", "HKSJ", 0.45, 1.0), ("test", "z", 0.05, 0.0),
    ]  # fmt: skip


def test_rows_of_a_multiverse_agree_with_its_own_summary():
    result = analyse(effects(7))
    rows = multiverse_rows(result)
    whole = choice_rows(rows)[0]
    assert len(rows) == result.analyses - result.failed
    assert whole.median == pytest.approx(result.median)
    assert (whole.low, whole.high) == pytest.approx((result.low, result.high))
    assert whole.share_significant == pytest.approx(result.share_significant)
    assert whole.share_same_sign == pytest.approx(result.share_same_sign)
    (main,) = [row for row in rows if row.primary]
    assert main.estimate == pytest.approx(result.frame["estimate"].iloc[0])
    table = result.by_choice()
    for part in choice_rows(rows)[1:]:
        expected = table.loc[(part.choice, part.value)]
        assert part.share_significant == pytest.approx(expected["share_significant"])
        assert (part.low, part.high) == pytest.approx((expected["low"], expected["high"]))


def test_failed_analyses_are_left_out_and_a_failed_main_one_refused():
    failed = {"estimate": math.nan, "ci_low": math.nan, "ci_high": math.nan}
    assert len(multiverse_rows([*FOUR, failed])) == 4
    with pytest.raises(EvidenceError, match="first analysis"):
        multiverse_rows([failed, *FOUR])
    with pytest.raises(EvidenceError, match="nothing to draw"):
        multiverse_rows([failed])
    with pytest.raises(EvidenceError, match="both limits"):
        multiverse_rows([{"estimate": 1.0, "ci_low": 0.0}])


def test_measures_without_a_common_scale_are_not_drawn_together():
    two = analyse(
        {"SMD": {**effects(4), "measure": "SMD"}, "ROM": {**effects(4), "measure": "ROM"}}
    )
    with pytest.raises(EvidenceError, match="no common scale"):
        multiverse_rows(two)


def test_ratios_come_back_from_their_logs():
    rows = multiverse_rows([line(math.log(2), 0.01, half=math.log(2))], log=True)
    assert (rows[0].estimate, rows[0].ci_low, rows[0].ci_high) == pytest.approx((2, 1, 4))


def test_a_choice_that_never_varies_is_left_out():
    rows = multiverse_rows(analyse(effects(5), estimators=["DL"], tests=["z"]))
    assert {name for row in rows for name, _ in row.choices} == {"excluded"}
    frame = to_frame(rows)
    assert frame["rank"].tolist() == list(range(1, 7))


# --------------------------------------------------------------------------- pictures

CASES = {
    "four": multiverse_rows(FOUR),
    "one": multiverse_rows([line(0.4, 0.01)]),
    "small": multiverse_rows(analyse(effects(6))),
    "hundreds": multiverse_rows(
        analyse(effects(45), estimators=["REML", "PM", "DL", "EE", "SJ"], tests=["HKSJ", "z"])
    ),
    "hostile": multiverse_rows(
        [
            line(0.4, 0.01, excluded="<script>alert('&')</script>"),
            line(0.3, 0.2, excluded="A very long name of a study & of its second report in 2021"),
        ]
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("width", [SLIM, 640.0, 800.0])
def test_the_drawing_is_a_named_image_inside_its_frame(case, width):
    svg = multiverse_svg(CASES[case], measure="SMD", width=width, **NAMED)
    assert flaws(svg, **NAMED) == []
    assert overlaps(svg) == []


def test_hundreds_of_analyses_stay_small_and_keep_their_rank():
    many = [line(i / 5000, 0.01 if i % 2 else 0.4, estimator=f"e{i % 7}") for i in range(5000)]
    for rows in (CASES["hundreds"], multiverse_rows(many)):
        for width in (SLIM, 960.0):
            svg = multiverse_svg(rows, width=width, **NAMED)
            assert len(svg.encode()) < 200_000
            assert flaws(svg, **NAMED) == []
    assert "Each column holds up to" in printed_text(svg)


def test_the_same_rows_give_the_same_bytes():
    assert multiverse_svg(CASES["small"], **NAMED) == multiverse_svg(CASES["small"], **NAMED)


def marks(svg):
    """Heads of the named groups, and the number of strokes in the first path of each."""
    groups = re.findall(r"<g><title>([^<]*)</title>(.*?)</g>", svg)
    return {
        name: sum(part.count("M") for part in re.findall(r' d="([^"]*)"', inside)[:1])
        for name, inside in groups
    }


def test_every_analysis_has_an_interval_and_a_tick_in_each_choice():
    found = marks(multiverse_svg(CASES["four"], **NAMED))
    assert (found["significant"], found["not significant"]) == (2, 2)
    assert found["significant: 50 %"] == 2
    assert {name: n for name, n in found.items() if "; " in name} == {
        "REML: 0.30; 50 %": 2, "DL: 0.20; 50 %": 2, "HKSJ: 0.45; 100 %": 2, "z: 0.05; 0 %": 2,
    }  # fmt: skip


def test_the_main_analysis_is_marked_and_the_summary_said():
    svg = multiverse_svg(CASES["four"], **NAMED)
    assert "<title>main analysis: 0.40 (0.10 to 0.70)</title>" in svg
    assert "<title>median 0.30</title>" in svg
    text = printed_text(svg)
    for said in ("4 analyses: median 0.30, estimates −0.10 to 0.50.", "50 % are significant",
                 "75 % have the sign of the main one", "Estimator of tau²"):  # fmt: skip
        assert said in text


def test_estimates_rise_from_left_to_right():
    svg = multiverse_svg(CASES["small"], **NAMED)
    groups = dict(re.findall(r"<g><title>((?:not )?significant)</title>(.*?)</g>", svg))
    places = []
    for inside in groups.values():
        dots = re.findall(r' d="([^"]*)"', inside)[1]
        places += [tuple(map(float, at)) for at in re.findall(r"M([\d.]+) ([\d.]+)L", dots)]
    heights = [y for _, y in sorted(places)]
    assert len(heights) == len(CASES["small"])
    assert heights == sorted(heights, reverse=True)


def test_of_many_studies_left_out_those_that_move_the_median_keep_a_line():
    rows = CASES["hundreds"]
    whole = choice_rows(rows)[0]
    text = printed_text(multiverse_svg(rows, **NAMED))
    moved = sorted(
        (part for part in choice_rows(rows)[1:] if part.choice == "excluded"),
        key=lambda part: -abs(part.median - whole.median),
    )
    assert moved[0].value in text
    assert "38 others" in text  # 45 studies, 7 of them by name
    assert whole.median == median(row.estimate for row in rows)


def test_user_text_is_escaped():
    svg = multiverse_svg(CASES["hostile"], measure="<b>", **NAMED)
    assert "<script" not in svg
    assert "<b>" not in svg


@pytest.mark.parametrize("case", CASES)
def test_matplotlib_draws_on_the_axes_given(case):
    ax = Figure(figsize=(8, 5), layout="constrained").add_subplot()
    assert specification_curve(CASES[case], ax) is ax
    FigureCanvasAgg(ax.figure).draw()  # a bare figure's own canvas draws nothing
    dots = [x for x in ax.lines if x.get_marker() in ("o", "s")]
    assert sum(len(x.get_xdata()) for x in dots) == len(CASES[case])


def test_no_rows_are_no_picture():
    with pytest.raises(EvidenceError, match="nothing to draw"):
        multiverse_svg([], **NAMED)
    with pytest.raises(EvidenceError, match="nothing to draw"):
        specification_curve([], Figure().add_subplot())
