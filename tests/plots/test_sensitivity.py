"""The interval against an assumed spread: values of the worked analysis, then pictures."""

from dataclasses import replace

import matplotlib as mpl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pictures import flaws, overlaps, printed_text

from evidence.effects.recover import recover
from evidence.errors import EffectError, EvidenceError
from evidence.plots.bands import DASHES, SHAPES, STROKES
from evidence.plots.lanes import SLIM
from evidence.plots.rows import to_frame
from evidence.plots.sensitivity import sensitivity, sensitivity_rows, sensitivity_svg
from evidence.records.base import UNKNOWN
from evidence.records.outcome import ArmResult, Contrast, Outcome
from evidence.records.reported import Reported
from evidence.records.study import Study

mpl.use("Agg")

NAMED = {"title": "A <title>", "desc": 'A "description"'}


def recovered(percent="-20", n="50", family="wrinkle_depth", r="", **printed):
    numbers = {"pct_change": percent, "n": n, **printed}
    arm = ArmResult(**{k: Reported(text=v) if v else UNKNOWN for k, v in numbers.items()})
    contrast = Contrast(r=Reported(text=r)) if r else Contrast()
    one = Outcome(id="1", name="depth", family=family, treated=arm, contrast=contrast)
    return recover(Study(id="serum", outcomes=(one,)), one)


def with_median(found, cv):
    return replace(found, prior=found.prior._replace(cv_median=cv))


# percent change of −20 in 50 people: 95 % intervals as printed, by CV, for r .3 .5 .7 .9
PRINTED = {
    0.2: [(-25.1, -14.6), (-24.3, -15.4), (-23.4, -16.5), (-22.0, -18.0)],
    0.3: [(-27.5, -11.7), (-26.4, -13.1), (-25.0, -14.7), (-22.9, -17.0)],
    0.4: [(-29.8, -8.8), (-28.4, -10.6), (-26.6, -12.8), (-23.9, -15.9)],
    0.5: [(-32.1, -5.7), (-30.4, -8.1), (-28.1, -10.9), (-24.8, -14.9)],
    0.6: [(-34.3, -2.6), (-32.3, -5.5), (-29.7, -9.0), (-25.7, -13.8)],
    0.8: [(-38.5, 4.0), (-35.9, -0.1), (-32.6, -5.0), (-27.6, -11.7)],
}


@pytest.mark.parametrize("cv", PRINTED)
def test_intervals_are_those_of_the_worked_table(cv):
    rows = sensitivity_rows(with_median(recovered(), cv))
    found = [(row.ci_low, row.ci_high) for row in rows if row.kind == "median"]
    for (low, high), printed in zip(found, PRINTED[cv], strict=True):
        assert (low, high) == pytest.approx(printed, abs=0.05)  # one decimal is printed


def test_the_bands_touch_zero_where_the_worked_analysis_says():
    rows = [row for row in sensitivity_rows(recovered()) if row.kind == "touches"]
    assert [row.r for row in rows] == [0.3, 0.5, 0.7, 0.9]
    assert [round(row.cv, 2) for row in rows[:2]] == [0.68, 0.81]
    assert [row.ci_high for row in rows] == pytest.approx([0.0] * 4, abs=1e-9)


@given(
    percent=st.sampled_from(["-60", "-20", "-3", "15", "120"]),
    n=st.integers(2, 400),
    family=st.sampled_from(["wrinkle_depth", "elasticity"]),
)
def test_bounded_rows_lie_inside_the_bounds_and_reach_them(percent, n, family):
    found = recovered(percent, str(n), family)
    bounded = [row for row in sensitivity_rows(found) if row.label == "bounded"]
    low, high = found.bounds.widest
    assert (min(r.ci_low for r in bounded), max(r.ci_high for r in bounded)) == pytest.approx(
        (low, high)
    )
    inner = found.bounds.narrowest
    assert max(r.ci_low for r in bounded) == pytest.approx(inner[0])
    assert all(r.ci_low < r.percent < r.ci_high for r in bounded)


def test_the_region_is_bounded_and_what_lies_beyond_or_is_preferred_is_imputed():
    rows = sensitivity_rows(recovered())
    assert {r.cv for r in rows if r.kind == "region"} == {0.2, 0.6}
    assert {r.label for r in rows if r.kind == "band" and 0.2 <= r.cv <= 0.6} == {"bounded"}
    assert {r.label for r in rows if r.cv < 0.2 or r.cv > 0.6} == {"imputed"}
    assert {(r.cv, r.label) for r in rows if r.kind == "median"} == {(0.35, "imputed")}
    assert {r.prior for r in rows} == {"wrinkle_depth/0"}


def test_a_correlation_outside_the_plausible_ones_is_never_bounded():
    rows = sensitivity_rows(recovered(), correlations=(0.1, 0.95))
    assert {row.label for row in rows} == {"imputed"}


def test_curves_go_from_nothing_to_beyond_the_region_and_to_the_points_near_it():
    rows = sensitivity_rows(recovered(), points=11)
    band = [row.cv for row in rows if row.kind == "band" and row.r == 0.9]
    assert len(band) == 11
    assert (band[0], band[-1]) == pytest.approx((0.0, 1.08 * 1.0393), abs=1e-3)
    assert max(row.cv for row in rows) == pytest.approx(1.80, abs=0.005)  # touches, off the axis
    far = sensitivity_rows(recovered(n="5000"))
    assert max(row.cv for row in far if row.kind == "band") == pytest.approx(0.9)


def test_a_family_without_a_region_ends_at_its_priors_far_quantile():
    rows = sensitivity_rows(recovered("-60", "60", family="contour"))
    assert not [row for row in rows if row.kind == "region"]
    assert {row.label for row in rows} == {"imputed"}
    # prior .19 with log SD .50: 97.5 % quantile .19 e^{.98} = .5062
    assert max(row.cv for row in rows if row.kind == "band") == pytest.approx(
        1.5 * 0.5062, abs=1e-3
    )


def test_an_assumed_level_is_the_one_of_the_record():
    arm = ArmResult(pct_change=Reported(text="-20"), n=Reported(text="50"))
    one = Outcome(id="1", name="depth", family="wrinkle_depth", treated=arm)
    rows = sensitivity_rows(recover(Study(id="s", outcomes=(one,)), one, level=0.9))
    assert {row.level for row in rows} == {0.9}
    touch = next(row.cv for row in rows if row.kind == "touches")
    assert touch == pytest.approx(0.2231436 / 1.6448536 / (1.4 / 50) ** 0.5, rel=1e-6)


def test_rows_are_a_tidy_frame():
    frame = to_frame(sensitivity_rows(recovered()))
    assert list(frame.columns) == [
        "r", "cv", "kind", "percent", "ci_low", "ci_high", "level", "label", "prior",
    ]  # fmt: skip
    assert not frame.isna().any().any()


BOTH_SDS = {"baseline_mean": "100", "baseline_sd": "30", "mean": "80", "sd": "26"}


@pytest.mark.parametrize(
    ("found", "said", "missing"),
    [
        (recovered(n=""), "number of people is not printed", ("n",)),
        (recovered(percent=""), "no interval to draw", ("percent",)),
        (
            recovered(percent="", r="0.7", **BOTH_SDS),
            "follows from what is printed",
            (),
        ),
        (recovered(family="radiance"), "no spread has been seen", ()),
        (recovered(family="wrinkle_grade"), "a percent of a grade", ()),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_its_reason(found, said, missing):
    with pytest.raises(EffectError, match=f"serum: .*{said}") as caught:
        sensitivity_rows(found)
    assert caught.value.missing == missing


def test_a_spread_that_is_printed_is_not_assumed():
    with pytest.raises(EffectError, match="both SDs are printed"):
        sensitivity_rows(recovered(percent="", **BOTH_SDS))


@pytest.mark.parametrize("correlations", [(), (0.3, 0.3), (0.1, 0.2, 0.3, 0.4, 0.5), (1.0,)])
def test_correlations_are_one_to_four_different_ones_below_one(correlations):
    with pytest.raises(EvidenceError, match="correlation"):
        sensitivity_rows(recovered(), correlations=correlations)


# --------------------------------------------------------------------------- pictures

CASES = {
    "falls": recovered(),
    "rises": recovered("15", "20", "elasticity"),
    "no region": recovered("-18", "12", "contour"),
    "undecided": recovered("-5", "12"),
    "three people": recovered("-20", "3"),
    "decided": recovered("-20", "5000"),
    "nothing changed": recovered("0", "30"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("width", [SLIM, 640.0, 900.0])
def test_the_drawing_is_a_named_image_inside_its_frame(case, width):
    svg = sensitivity_svg(sensitivity_rows(CASES[case]), width=width, **NAMED)
    assert flaws(svg, **NAMED) == []
    assert overlaps(svg) == []


def test_the_same_rows_give_the_same_bytes():
    once, again = (sensitivity_svg(sensitivity_rows(recovered()), **NAMED) for _ in range(2))
    assert once == again


def test_the_drawing_says_what_is_bounded_and_what_is_imputed():
    text = printed_text(sensitivity_svg(sensitivity_rows(recovered()), **NAMED))
    plausible = (
        "plausible for this outcome (bounded): at worst −34.3 to −2.6, at best −22.0 to −18.0"
    )
    assert f"CV 0.2 to 0.6 {plausible}" in text
    assert "CV 0.35 median of the prior wrinkle_depth/0 (imputed)" in text
    assert "CV 0.68 correlation 0.3: interval reaches zero CV" in text
    assert "CV 1.80 correlation 0.9: interval reaches zero, beyond the axis" in text


def test_bands_differ_without_colour():
    svg = sensitivity_svg(sensitivity_rows(recovered()), **NAMED)
    assert len(set(DASHES)) == len(set(SHAPES)) == len(set(STROKES)) == 4
    assert all(f'stroke-dasharray="{dash}"' in svg for dash in DASHES if dash)


@pytest.mark.parametrize("case", CASES)
def test_matplotlib_draws_on_the_axes_given(case):
    ax = Figure(figsize=(7, 5.5), layout="constrained").add_subplot()
    assert sensitivity(CASES[case], ax) is ax
    FigureCanvasAgg(ax.figure).draw()  # a bare figure's own canvas draws nothing
    box = ax.figure.get_tightbbox()
    assert (box.x0, box.y0) >= (-0.02, -0.02)
    assert box.x1 <= 7.02
    assert box.y1 <= 5.52


def test_matplotlib_marks_where_the_bands_touch_zero():
    ax = Figure().add_subplot()
    sensitivity(sensitivity_rows(recovered()), ax)
    marks = [
        round(float(line.get_xdata()[0]), 2)
        for line in ax.lines
        if line.get_marker() in SHAPES and len(line.get_xdata())
    ]
    assert marks == [0.68, 0.81, 1.04]
    said = [text.get_text() for text in ax.get_legend().get_texts()]
    assert said[0] == "r = 0.3: reaches zero at CV 0.68"
    assert said[-2:] == [
        "CV 0.2 to 0.6: plausible (bounded)",
        "CV 0.35: median of the prior wrinkle_depth/0 (imputed)",
    ]


def test_no_rows_are_no_picture():
    with pytest.raises(EvidenceError, match="nothing to draw"):
        sensitivity_svg([], **NAMED)
