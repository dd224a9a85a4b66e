"""What a vehicle would leave of a change: values of the worked analysis, then pictures."""

import math
from dataclasses import replace

import matplotlib as mpl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pictures import flaws, overlaps, printed_text

from evidence.effects.recover import recover
from evidence.effects.standing import standing
from evidence.effects.uncontrolled import SEEN_VEHICLE_MEANS, SeenMean, vehicle_subtraction
from evidence.errors import EffectError, EvidenceError
from evidence.plots.bands import SHAPES
from evidence.plots.lanes import SLIM
from evidence.plots.rows import to_frame
from evidence.plots.tipping import tipping, tipping_rows, tipping_svg
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


def stands(better="lower", **given):
    return standing(recovered(**given), better=better)


def with_prior(found, **values):
    return standing(replace(found, prior=found.prior._replace(**values)), better="lower")


def at(rows, supposing, percent):
    """The point of one band nearest to a response of the vehicle."""
    band = [row for row in rows if row.kind == "band" and row.supposing == supposing]
    return min(band, key=lambda row: abs(row.vehicle_percent - percent))


# CV and r to the vehicle responses that make the net interval touch zero, as printed
@pytest.mark.parametrize(
    ("cv", "r", "printed"),
    [(0.35, 0.6, [-12.7, -9.6, -7.4]), (0.5, 0.4, [-6.9, -0.8, -3.1])],
)
def test_tipping_points_are_those_of_the_worked_analysis(cv, r, printed):
    rows = tipping_rows(with_prior(recovered(), cv_median=cv, r_centre=r))
    tips = [row for row in rows if row.kind == "tip"]
    assert [round(row.vehicle_percent, 1) for row in tips] == printed
    assert [row.supposing for row in tips] == [
        "known exactly",
        "from an arm of the same size",
        "varying between trials as vehicles do",
    ]
    assert [row.ci_high for row in tips] == pytest.approx([0, 0, 0], abs=1e-9)
    assert {(row.label, row.supported) for row in tips} == {("imputed", True)}


# net percent and its interval for a vehicle response, printed for an error of .0437 and τ .06
@pytest.mark.parametrize(
    ("vehicle", "net", "low", "high"),
    [
        (0, -20.0, -30.8, -7.5),
        (-2.8, -17.7, -28.8, -4.8),
        (-5, -15.8, -27.2, -2.6),
        (-8, -13.0, -24.8, 0.6),
        (-12, -9.1, -21.4, 5.1),
    ],
)
def test_the_varying_band_is_the_worked_table_of_net_effects(vehicle, net, low, high):
    r = 1 - (0.0437 / 0.35) ** 2 * 50 / 2  # the correlation at which the prior gives that error
    rows = tipping_rows(with_prior(recovered(), r_centre=r), points=1001)  # a point every .02
    row = at(rows, "varying between trials as vehicles do", vehicle)
    assert (row.net_percent, row.ci_low, row.ci_high) == pytest.approx((net, low, high), abs=0.05)


@given(
    percent=st.sampled_from([-50, -20, -3]),
    n=st.integers(4, 500),
    point=st.integers(0, 60),
    known=st.sampled_from([0, 1, 2]),
)
def test_bands_are_the_subtraction_of_each_vehicle(percent, n, point, known):
    seen = stands(percent=str(percent), n=str(n))
    rows = [row for row in tipping_rows(seen) if row.kind == "band"]
    row = rows[61 * known + point]
    se = 0.35 * math.sqrt(2 * 0.4 / n)
    net = vehicle_subtraction(
        percent,
        se_ln=se,
        vehicle_percent=row.vehicle_percent,
        vehicle_se_ln=se if known == 1 else 0.0,
        vehicle_tau_ln=0.06 if known == 2 else 0.0,
        better="lower",
    )
    assert (row.net_percent, row.ci_low, row.ci_high) == pytest.approx(
        (net.net_percent, *net.ci_net_percent)
    )


@pytest.mark.parametrize(("percent", "better"), [("-20", "lower"), ("15", "higher")])
def test_curves_run_from_a_vehicle_that_does_nothing_to_one_that_does_it_all(percent, better):
    family = "wrinkle_depth" if better == "lower" else "elasticity"
    rows = tipping_rows(stands(better, percent=percent, family=family), points=5)
    band = [row for row in rows if row.kind == "band" and row.supposing == "known exactly"]
    assert [row.vehicle_percent for row in band] == [float(percent) * i / 4 for i in range(5)]
    assert band[0].net_percent == pytest.approx(float(percent))
    assert band[-1].net_percent == pytest.approx(0)
    assert {row.level for row in band} == {0.95}


def test_what_vehicles_did_stands_there_with_its_source_and_without_a_number_too():
    seen = [row for row in tipping_rows(stands()) if row.kind == "seen"]
    assert [row.vehicle_percent for row in seen] == [-2.8, None, None, None]
    assert [row.source for row in seen] == [one.source for one in SEEN_VEHICLE_MEANS]
    assert {row.label for row in seen} == {"reported"}


def test_vehicles_seen_on_wrinkles_say_nothing_about_elasticity():
    rows = tipping_rows(stands("higher", percent="15", family="elasticity"))
    assert not [row for row in rows if row.kind == "seen"]
    given_one = (SeenMean("R2", 8, 4.0, "moisturiser", "a trial"),)
    own = tipping_rows(stands("higher", percent="15", family="elasticity"), seen=given_one)
    assert [row.vehicle_percent for row in own if row.kind == "seen"] == [4.0]


def test_regression_to_the_mean_is_the_worked_table_and_imputed():
    rows = [row for row in tipping_rows(stands()) if row.kind == "regression"]
    assert [round(row.vehicle_percent, 1) for row in rows] == [
        -10.9, -6.5, -2.2, -15.4, -9.2, -3.1, -17.4, -10.4, -3.5,
    ]  # fmt: skip
    assert rows[0].note == "upper 50 in 100 let in, correlation 0.5, CV 0.35"
    assert {row.label for row in rows} == {"imputed"}


def test_a_change_without_support_has_no_point_on_the_axis():
    tips = [row for row in tipping_rows(stands(percent="-5", n="12")) if row.kind == "tip"]
    assert [row.supported for row in tips] == [False] * 3
    assert all(row.vehicle_percent > 0 for row in tips)
    assert {row.note for row in tips} == {
        "even a vehicle that does nothing leaves no statistical support"
    }


def test_rows_are_a_tidy_frame():
    frame = to_frame(tipping_rows(stands()))
    assert list(frame.columns) == [
        "kind", "vehicle_percent", "label", "supposing", "net_percent", "ci_low", "ci_high",
        "level", "supported", "note", "source",
    ]  # fmt: skip
    assert frame.groupby("kind").size().to_dict() == {
        "band": 183, "regression": 9, "seen": 4, "tip": 3,
    }  # fmt: skip


BOTH_SDS = {"baseline_mean": "100", "baseline_sd": "30", "mean": "80", "sd": "26"}


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (stands(n=""), "number of people is not printed"),
        (stands(percent=""), "no tipping point"),
        (stands(percent="", r="0.7", **BOTH_SDS), "follows from what is printed"),
        (stands(family="radiance"), "neither printed nor assumed"),
        (stands(better=UNKNOWN), "the good direction"),
        (standing(recovered(), better="lower", controlled=True), "without a control"),
        (standing(recovered(), better="lower", assumptions=False), "assumptions switched on"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_its_reason(seen, said):
    with pytest.raises(EffectError, match=f"serum: .*{said}"):
        tipping_rows(seen)


# --------------------------------------------------------------------------- pictures

CASES = {
    "falls": stands(),
    "rises": stands("higher", percent="15", n="20", family="elasticity"),
    "nothing seen": stands(percent="-18", n="12", family="contour"),
    "no support": stands(percent="-5", n="12"),
    "worse": stands(percent="5"),
    "decided": stands(percent="-60", n="5000"),
    "three people": stands(n="3"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("width", [SLIM, 640.0, 900.0])
def test_the_drawing_is_a_named_image_inside_its_frame(case, width):
    svg = tipping_svg(tipping_rows(CASES[case]), width=width, **NAMED)
    assert flaws(svg, **NAMED) == []
    assert overlaps(svg) == []


def test_the_same_rows_give_the_same_bytes():
    once, again = (tipping_svg(tipping_rows(stands()), **NAMED) for _ in range(2))
    assert once == again


def test_the_drawing_names_points_sources_and_the_condition():
    text = printed_text(tipping_svg(tipping_rows(stands()), **NAMED))
    for said in (
        "−12.7 % the net interval touches zero, vehicle known exactly (imputed)",
        "−9.6 % the net interval touches zero, vehicle from an arm of the same size (imputed)",
        "−7.4 % the net interval touches zero, vehicle varying between trials as vehicles do",
        "unidentified trial, seen as an excerpt only",
        "PMC2774146",
        "−17.4 (upper 16 in 100 let in, correlation 0.5, CV 0.35); imputed",
        "Every net value holds if the vehicle responds so; no allowance for selection",
    ):
        assert said in text


def test_values_beyond_the_axis_are_counted():
    text = printed_text(tipping_svg(tipping_rows(stands(percent="-5", n="12")), **NAMED))
    assert "regression to the mean alone (6 beyond)" in text
    assert "no support" in text


@pytest.mark.parametrize("case", CASES)
def test_matplotlib_draws_on_the_axes_given(case):
    ax = Figure(figsize=(7, 5.5), layout="constrained").add_subplot()
    assert tipping(CASES[case], ax) is ax
    FigureCanvasAgg(ax.figure).draw()  # a bare figure's own canvas draws nothing
    box = ax.figure.get_tightbbox()
    assert (box.x0, box.y0) >= (-0.02, -0.02)
    assert box.x1 <= 7.02
    assert box.y1 <= 5.52


def test_matplotlib_marks_the_tipping_points_and_both_rugs():
    ax = Figure().add_subplot()
    tipping(tipping_rows(stands()), ax)
    drawn = [line for line in ax.lines if len(line.get_xdata())]
    tips = [round(float(x.get_xdata()[0]), 1) for x in drawn if x.get_marker() in SHAPES]
    rugs = [len(x.get_xdata()) for x in drawn if x.get_marker() == "|"]
    assert (tips, rugs) == ([-12.7, -9.6, -7.4], [1, 9])
    assert ax.get_xlim() == (0, -20)


def test_no_rows_are_no_picture():
    with pytest.raises(EvidenceError, match="nothing to draw"):
        tipping_svg([], **NAMED)
