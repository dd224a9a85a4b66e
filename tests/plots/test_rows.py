import math
import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.effects.effect import Effects
from evidence.errors import EvidenceError
from evidence.plots.contrast import contrast_rows
from evidence.plots.evidence_map import evidence_map_rows
from evidence.plots.forest import forest_rows
from evidence.plots.probability import percent, probability_rows
from evidence.plots.rows import to_frame
from evidence.plots.score_strip import score_strip_rows
from evidence.plots.waterfall import waterfall_rows
from evidence.synthesis.pool import pool

STUDIES = [
    {"label": "A", "estimate": 0.5, "ci_low": 0.1, "ci_high": 0.9, "weight": 3.0},
    {"label": "B", "estimate": -0.2, "ci_low": -0.6, "ci_high": 0.2, "weight": 1.0},
    {"label": "C", "estimate": -0.8},
    {"label": "D", "note": "direction only"},
]
POOLED = {"estimate": 0.3, "ci_low": 0.05, "ci_high": 0.55, "pi_low": -0.4, "pi_high": 1.0}


def test_forest_rows_keep_every_study_and_say_what_it_has():
    rows = forest_rows(STUDIES, pooled=POOLED)
    assert [(r.label, r.kind) for r in rows[:4]] == [
        ("A", "study"),
        ("B", "study"),
        ("C", "point"),
        ("D", "listed"),
    ]
    assert [r.kind for r in rows[4:]] == ["pooled", "prediction"]
    assert [r.weight for r in rows[:4]] == [0.75, 0.25, None, None]
    assert [r.favours for r in rows] == ["right", "neither", "left", "", "right", "neither"]


def test_forest_rows_turn_log_ratios_into_ratios():
    (row,) = forest_rows(
        [{"label": "A", "estimate": math.log(2), "ci_low": 0.0, "ci_high": math.log(4)}], log=True
    )
    assert (row.estimate, row.ci_low, row.ci_high) == pytest.approx((2, 1, 4))
    assert row.favours == "neither"  # 1 is in the interval


def test_forest_rows_from_a_frame_with_standard_errors_and_blanks():
    frame = pd.DataFrame({"study": ["A", "B"], "yi": [1.0, 2.0], "sei": [0.5, math.nan]})
    a, b = forest_rows(frame)
    assert (a.ci_low, a.ci_high) == pytest.approx((1 - 0.9799819922700271, 1 + 0.9799819922700271))
    assert (b.kind, b.ci_low) == ("point", None)


def test_forest_rows_take_weights_and_log_scale_from_the_pooled_result():
    pooled = {**POOLED, "log_scale": True, "weights": {"A": 0.9, "B": 0.1}}
    rows = forest_rows(
        [{"study": "A", "yi": 0.0, "vi": 0.01}, {"study": "B", "yi": 0.1}], pooled=pooled
    )
    assert [r.weight for r in rows[:2]] == pytest.approx([0.9, 0.1])
    assert rows[0].estimate == 1.0


EFFECTS = Effects.from_arrays([0.1, 0.5, 0.9], [0.02, 0.03, 0.05], study=["A", "A", "B"])


def test_effects_name_their_studies_and_say_what_they_rest_on():
    for studies in (EFFECTS, EFFECTS.frame):
        rows = forest_rows(studies)
        assert [(r.label, r.basis) for r in rows] == [
            ("A", "reported"),
            ("A", "reported"),
            ("B", "reported"),
        ]
    (row,) = forest_rows([{"label": "A", "basis": "derived", "yi": 1.0}])
    assert (row.label, row.basis) == ("A", "derived")


def test_repeated_studies_get_the_weight_of_their_position():
    pooled = pool(EFFECTS)
    rows = forest_rows(EFFECTS, pooled=pooled)
    assert [r.weight for r in rows[:3]] == pytest.approx(pooled.weights.tolist())
    assert rows[0].weight > rows[1].weight > rows[2].weight


def test_weights_follow_names_before_positions_and_are_never_guessed():
    studies = [{"study": name, "yi": 0.1, "vi": 0.1} for name in ("A", "B")]

    def weights(names, shares=(0.9, 0.1)):
        series = pd.Series(shares, index=names)
        rows = forest_rows(studies, pooled={**POOLED, "weights": series})
        return [r.weight for r in rows if r.kind == "study"]

    assert weights(["B", "A"]) == pytest.approx([0.1, 0.9])
    assert weights(["first", "second"]) == pytest.approx([0.9, 0.1])
    assert weights(["A", "A", "B"], (0.5, 0.3, 0.2)) == [None, 1.0]  # which A, nobody knows
    assert weights(["X", "Y", "Z"], (0.5, 0.3, 0.2)) == [None, None]


def test_effects_on_the_log_scale_are_turned_without_a_pooled_result():
    frame = EFFECTS.frame.assign(log=True)
    assert forest_rows(frame)[0].estimate == pytest.approx(math.exp(0.1))
    assert forest_rows(frame.assign(log=[True, False, True]))[0].estimate == 0.1


@pytest.mark.parametrize(
    "bad",
    [
        {"estimate": 1.0, "ci_low": 2.0, "ci_high": 3.0},
        {"estimate": 1.0, "ci_low": 0.0},
        {"ci_low": 0.0, "ci_high": 1.0},
    ],
)
def test_forest_rows_refuse_limits_that_do_not_fit(bad):
    with pytest.raises(EvidenceError, match="Kim"):
        forest_rows([{"label": "Kim", **bad}])


def test_waterfall_rows_go_down_to_the_score_of_the_worked_example():
    parts = {
        "no_control": 44.4,
        "selection": 31.3,
        "blinding": 5.1,
        "sampling": 3.8,
        "incomplete_data": 0.8,
    }
    rows = waterfall_rows(
        [{"name": k, "status": "known", "points_lost": v} for k, v in parts.items()],
        value=14.6,
        low=12,
        high=32,
    )
    assert [round(r.after, 6) for r in rows] == [100, 55.6, 24.3, 19.2, 15.4, 14.6, 14.6]
    assert (rows[-1].low, rows[-1].high) == (12, 32)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"name": "x", "status": "known", "points_lost": 50.0}, "add up"),
        ({"name": "x", "status": "maybe", "points_lost": 85.0}, "status"),
        ({"name": "x", "status": "known", "points_lost": -5.0}, "zero or more"),
    ],
)
def test_waterfall_rows_refuse_points_that_do_not_tally(part, said):
    with pytest.raises(EvidenceError, match=said):
        waterfall_rows([part], value=15.0)


@given(mean=st.floats(-50, 50), sd=st.floats(0.01, 50), claimed=st.floats(-50, 50))
def test_the_probability_curve_falls_and_carries_its_marks(mean, sd, claimed):
    rows = probability_rows(mean=mean, sd=sd, claimed=claimed)
    chances = [r.probability for r in rows]
    assert chances == sorted(chances, reverse=True)
    assert {r.threshold for r in rows if r.mark} == {0.0, claimed}
    at = next(r for r in rows if r.threshold == claimed and r.mark)
    assert at.probability == pytest.approx(0.5 * math.erfc((claimed - mean) / sd / math.sqrt(2)))


def test_probability_refuses_a_belief_without_spread():
    with pytest.raises(EvidenceError, match="positive sd"):
        probability_rows(mean=1, sd=0)


@given(st.floats(0, 1))
def test_a_percentage_never_claims_certainty(p):
    assert percent(p) not in ("0 %", "0.0 %", "100 %", "100.0 %")


def test_contrast_rows_in_order_and_checked():
    rows = contrast_rows(claimed=-20, reported=(-20.0, None, None), expected=(-0.9, -14.8, 12.9))
    assert [r.kind for r in rows] == ["claimed", "reported", "expected"]
    with pytest.raises(EvidenceError, match="enclose"):
        contrast_rows(expected=(5.0, -1.0, 1.0))
    with pytest.raises(EvidenceError, match="nothing"):
        contrast_rows()


def test_the_map_counts_studies_once_and_keeps_the_best():
    cells = evidence_map_rows(
        [
            {"ingredient": "retinol", "family": "depth", "study": "a", "reliability": 10},
            {"ingredient": "retinol", "family": "depth", "study": "a", "reliability": 30},
            {"ingredient": "retinol", "family": "depth", "study": "b"},
            {"ingredient": "peptide", "family": "grade", "study": "c"},
        ]
    )
    assert [(c.ingredient, c.family, c.studies, c.best) for c in cells] == [
        ("retinol", "depth", 2, 30),
        ("peptide", "grade", 1, None),
    ]


def test_scores_are_sorted_with_the_unscored_last():
    rows = score_strip_rows(
        [{"label": "x"}, {"label": "a", "value": 3}, {"label": "b", "value": 9}]
    )
    assert [r.label for r in rows] == ["b", "a", "x"]
    with pytest.raises(EvidenceError, match="between 0 and 100"):
        score_strip_rows([{"label": "a", "value": 101}])


def test_rows_become_a_frame():
    frame = to_frame(score_strip_rows([{"label": "a", "value": 3}]))
    assert list(frame.columns) == ["label", "value", "low", "high", "note"]


def test_drawing_svg_brings_neither_pandas_nor_matplotlib():
    code = (
        "import sys; from evidence.plots.forest import *; from evidence.plots import contrast,"
        "evidence_map,probability,score_strip,waterfall;"
        "forest_svg(forest_rows([{'label':'a','estimate':1.0}]),title='t',desc='d');"
        "print(sorted({'pandas','numpy','scipy','matplotlib'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
