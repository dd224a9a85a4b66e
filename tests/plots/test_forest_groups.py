"""Subgroups, heterogeneity and bias-adjusted rows of a forest plot, against numbers of metafor."""

import gzip
import json
import math
import re
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pictures import flaws, overlaps, printed_text

from evidence.appraisal.bias_adjusted import adjust_bias
from evidence.appraisal.body import Body, BodyStudy
from evidence.errors import EvidenceError
from evidence.plots.forest import (
    adjusted_rows,
    forest,
    forest_rows,
    forest_svg,
    heterogeneity_row,
    subgroup_rows,
)
from evidence.plots.forest_groups import heterogeneity_words
from evidence.plots.lanes import SLIM
from evidence.synthesis.pool import pool
from evidence.synthesis.subgroup import pool_subgroups

mpl.use("Agg")

NAMED = {"title": "A <title>", "desc": 'A "description"'}
DATA = Path(__file__).parents[1] / "reference" / "data" / "subgroup.json.gz"
CASES = {case["id"]: case for case in json.loads(gzip.decompress(DATA.read_bytes()))}
BCG = CASES["subgroup.bcg_rr.alloc.REML"]  # Colditz 1994, metafor 5.0.1


def rows_of(case, pooled=True):
    given = case["input"]
    table = [
        {"label": f"Trial {i}", "yi": yi, "vi": vi}
        for i, (yi, vi) in enumerate(zip(given["yi"], given["vi"], strict=True), start=1)
    ]
    effects = {"yi": given["yi"], "vi": given["vi"], "study": [row["label"] for row in table]}
    parts = pool_subgroups(effects, given["group"], tau2=case["options"]["method"], test="z")
    together = pool(effects, tau2=case["options"]["method"], test="z") if pooled else None
    return subgroup_rows(table, by=given["group"], subgroups=parts, pooled=together, log=True)


SUBGROUPS = rows_of(BCG)
FLAWED = Body(
    outcome="tone",
    design="randomised",
    studies=tuple(
        BodyStudy(study=name, yi=yi, vi=0.04, n=60, flaws=("blinding_grade",) if yi > 0.4 else ())
        for name, yi in (("a", 0.5), ("b", 0.3), ("c", 0.7))
    ),
)
ADJUSTED = adjust_bias(FLAWED)


@pytest.mark.parametrize(
    "name", [name for name in CASES if CASES[name]["options"]["tau2"] == "separate"]
)
def test_diamonds_and_test_are_those_of_metafor(name):
    case = CASES[name]
    rows, expect = rows_of(case), case["expect"]
    found = [row for row in rows if row.label == "Subtotal"]
    for row, b, low, high in zip(
        found, expect["estimate"], expect["ci_lb"], expect["ci_ub"], strict=True
    ):
        assert (row.estimate, row.ci_low, row.ci_high) == pytest.approx(
            (math.exp(b), math.exp(low), math.exp(high)), rel=1e-5
        )
    q, df = expect["Q_between"], expect["Q_between_df"]
    assert f"chi² {q:,.2f} on {df} df" in rows[-1].label
    p = expect["Q_between_pval"]
    assert ("p < 0.001" if p < 0.001 else f"p = {p:.3f}") in rows[-1].label
    assert [row.label for row in rows if row.kind == "heading"] == list(expect["levels"])


def test_studies_stand_under_their_heading_and_every_one_is_there():
    kinds = [row.kind for row in SUBGROUPS]
    assert kinds == [
        "heading", *["study"] * 2, "subgroup", "test",
        "heading", *["study"] * 7, "subgroup", "test",
        "heading", *["study"] * 4, "subgroup", "test",
        "pooled", "prediction", "test", "test",
    ]  # fmt: skip
    assert [row.label for row in SUBGROUPS[1:3]] == ["Trial 5", "Trial 6"]  # the alternate ones
    assert [row.detail for row in SUBGROUPS if row.kind == "subgroup"] == [
        "2 studies", "7 studies", "4 studies",
    ]  # fmt: skip


def test_the_weight_of_a_subgroup_is_that_of_its_studies():
    parts = [row.weight for row in SUBGROUPS if row.kind == "subgroup"]
    assert sum(parts) == pytest.approx(1)
    assert parts[0] == pytest.approx(SUBGROUPS[1].weight + SUBGROUPS[2].weight)


def test_heterogeneity_lines_print_the_numbers_of_metafor():
    # tau², I² and Q of the randomised trials, as rma() gives them for this subset
    tau2, i2, q = (BCG["expect"][key][1] for key in ("tau2", "I2", "QE"))
    lines = [row.label for row in SUBGROUPS if row.kind == "test"]
    assert lines[1] == f"Heterogeneity: tau² {tau2:.3f}, I² {i2:.0f} %, Q {q:.2f} on 6 df"
    assert "Q 152.23 on 12 df, p < 0.001" in lines[3]  # all 13, metafor's own example


def test_one_study_has_no_heterogeneity_and_still_a_row():
    yi = {"a": 0.1, "b": 0.4, "c": 0.9}
    table = [{"label": name, "yi": value, "vi": 0.04} for name, value in yi.items()]
    effects = {"yi": list(yi.values()), "vi": [0.04] * 3, "study": list(yi)}
    way = ["x", "x", "y"]
    rows = subgroup_rows(table, by=way, subgroups=pool_subgroups(effects, way, tau2="DL", test="z"))
    assert [row.kind for row in rows] == [
        "heading", "study", "study", "subgroup", "test", "heading", "study", "subgroup", "test",
    ]  # fmt: skip
    assert heterogeneity_words({"k": 1, "tau2": 0.1}) == ""
    assert heterogeneity_row({}) == []


def test_the_column_of_the_subgroup_can_be_named_and_f_tests_are_said_as_such():
    table = [{"label": "a", "estimate": 0.5, "way": "oral"}]
    parts = {"levels": ["oral"], "frame": [{"k": 1, "estimate": 0.5}], "by": "way",
             "statistic": 4.0, "df1": 1, "df2": 9, "pvalue": 0.07654}  # fmt: skip
    rows = subgroup_rows(table, by="way", subgroups=parts)
    assert [row.kind for row in rows] == ["heading", "point", "point", "test"]
    assert rows[-1].label == "Test for subgroup differences (way): F 4.00 on 1 and 9 df, p = 0.077"


def test_studies_that_were_not_pooled_are_refused():
    parts = {"levels": ["x"], "frame": [{"estimate": 0.5}]}
    with pytest.raises(EvidenceError, match="'y', which was not pooled"):
        subgroup_rows([{"label": "a"}], by=["y"], subgroups=parts)
    with pytest.raises(EvidenceError, match="lengths differ"):
        subgroup_rows([{"label": "a"}], by=["x", "x"], subgroups=parts)


# ------------------------------------------------------------------------ bias taken off


def test_a_row_for_each_bias_set_and_their_range():
    heading, *sets, span = adjusted_rows(ADJUSTED)
    assert (heading.kind, span.kind) == ("heading", "range")
    shown = [row for row in sets if not row.note]
    assert [row.label for row in shown] == [one.bias_set for one in ADJUSTED.sets]
    for row, one in zip(shown, ADJUSTED.sets, strict=True):
        assert (row.estimate, row.ci_low, row.ci_high) == (one.estimate, one.ci_low, one.ci_high)
    assert (span.ci_low, span.ci_high) == ADJUSTED.estimate_range()
    assert {row.basis for row in shown if row.label != "none"} == {"imputed"}


def test_the_worked_example_of_the_bias_adjustment():
    # one graded outcome without blinding: .5 less a published bias leaves .404 (± 1.96 x .2995)
    one = BodyStudy(study="a", yi=0.5, vi=0.2622**2, n=60, flaws=("blinding_grade",))
    rows = adjusted_rows(adjust_bias(Body(outcome="t", design="randomised", studies=(one,))))
    row = next(row for row in rows if row.label == "robes2018")
    assert (row.estimate, row.ci_low, row.ci_high) == pytest.approx(
        (0.404, 0.404 - 1.96 * 0.2995, 0.404 + 1.96 * 0.2995), abs=5e-4
    )
    assert row.favours == "neither"


def test_values_are_turned_over_and_taken_from_their_logs():
    plain = adjusted_rows(ADJUSTED)
    for log, turn in ((False, lambda x: -x), (True, lambda x: math.exp(-x))):
        for row, before in zip(adjusted_rows(ADJUSTED, log=log, flip=True), plain, strict=True):
            if row.kind == "adjusted":
                assert row.estimate == pytest.approx(turn(before.estimate))
            if row.kind != "heading":
                assert (row.ci_low, row.ci_high) == pytest.approx(
                    (turn(before.ci_high), turn(before.ci_low))
                )


def test_without_an_adjustment_the_reason_stands_in_its_place():
    single = Body(outcome="tone", design="single_arm", studies=FLAWED.studies)
    (row,) = adjusted_rows(adjust_bias(single))
    assert row.kind == "test"
    assert "no concurrent control" in row.label


# ------------------------------------------------------------------------ pictures

HOSTILE = subgroup_rows(
    [{"label": "<b>Kim & Co</b>", "yi": 0.1, "vi": 0.04}, {"label": "Sato", "yi": 0.4, "vi": 0.04}],
    by=["<script>x</script>", "a long name of a subgroup that runs over several lines " * 4],
    subgroups={
        "by": "<i>",
        "levels": [
            "<script>x</script>",
            "a long name of a subgroup that runs over several lines " * 4,
        ],
        "frame": [{"estimate": 0.1, "ci_low": -90.0, "ci_high": 95.0}, {"estimate": 0.4}],
    },
)
DRAWN = {
    "subgroups": (SUBGROUPS, True),
    "with bias": ([*SUBGROUPS, *adjusted_rows(ADJUSTED, log=True, flip=True)], True),
    "bias alone": (adjusted_rows(ADJUSTED), False),
    "heterogeneity": (
        [*forest_rows([{"label": "a", "yi": 0.3, "vi": 0.1}]), *heterogeneity_row({"i2": 40.0})],
        False,
    ),
    "hostile": (HOSTILE, False),
}


def drawn(case, **more):
    rows, log = DRAWN[case]
    return forest_svg(rows, log=log, favours=("less", "more"), **NAMED, **more)


@pytest.mark.parametrize("case", DRAWN)
@pytest.mark.parametrize("width", [SLIM, 640.0, 800.0])
def test_the_drawing_is_a_named_image_inside_its_frame(case, width):
    svg = drawn(case, width=width)
    assert flaws(svg, **NAMED) == []
    assert overlaps(svg) == []


def test_the_same_rows_give_the_same_bytes():
    assert drawn("with bias") == drawn("with bias")


def groups(svg):
    return re.findall(r"<g><title>([^<]*)</title>(.*?)</g>", svg)


def test_diamonds_differ_by_size_and_filling():
    found = [(name.split(":")[0], marks) for name, marks in groups(drawn("with bias"))]
    tall = {}
    for name, marks in found:
        if name in ("Subtotal", "All studies together", "robes2018"):
            ys = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", marks)]
            ink = re.search(r'class="([^"]+)"', marks)[1]
            tall[name] = (max(ys) - min(ys), ink)
    assert tall["All studies together"] == (pytest.approx(16), "p-main")
    assert tall["Subtotal"] == (pytest.approx(12), "p-main")
    assert tall["robes2018"] == (pytest.approx(12), "p-hollow")


def test_squares_follow_the_weight_of_studies_not_of_subgroups():
    wide = {
        name.split(":")[0]: float(re.search(r'<rect [^>]*width="([\d.]+)"', marks)[1])
        for name, marks in groups(drawn("subgroups"))
        if name.startswith("Trial")
    }
    assert max(wide.values()) == pytest.approx(16)
    heaviest = max((r for r in SUBGROUPS if r.kind == "study"), key=lambda r: r.weight)
    assert wide[heaviest.label] == pytest.approx(16)


def test_headings_and_tests_are_words_without_marks():
    names = [name for name, _ in groups(drawn("subgroups"))]
    assert not [name for name in names if name.startswith(("alternate", "Heterogeneity", "Test"))]
    text = printed_text(drawn("subgroups"))
    for said in ("alternate", "random", "systematic", "Subtotal", "Test for subgroup differences"):
        assert said in text
    ticks = re.findall(r'text-anchor="middle"[^>]*>([\d.]+)<', drawn("subgroups"))
    assert ticks == [tick for tick in ("0.1", "0.2", "0.5", "1", "2", "5", "10") if tick in ticks]
    assert {"0.2", "0.5", "1", "2"} <= set(ticks)


def test_the_line_at_the_pooled_value_crosses_no_words():
    svg = drawn("subgroups")
    dashes = re.findall(r'y1="([\d.]+)"[^>]*y2="([\d.]+)"[^>]*stroke-dasharray="5 4"', svg)
    spanning = re.findall(
        r'<text [^>]*y="([\d.]+)"[^>]*>(?:alternate|random|systematic|Heterogeneity|Test)', svg
    )
    assert len(dashes) == 4  # three subgroups, and what they say together
    assert len(spanning) == 8
    assert not [y for y in spanning for a, b in dashes if float(a) < float(y) - 4 < float(b)]


def test_a_diamond_that_the_axis_cuts_ends_in_arrowheads():
    cut = next(marks for name, marks in groups(drawn("hostile")) if name.startswith("Subtotal"))
    assert cut.count("<path") == 3
    whole = next(marks for name, marks in groups(drawn("subgroups")) if name.startswith("Subtotal"))
    assert whole.count("<path") == 1


def test_user_text_is_escaped():
    svg = drawn("hostile")
    assert "<script" not in svg
    assert "<b>" not in svg
    assert "&lt;script&gt;" in svg


@pytest.mark.parametrize("case", DRAWN)
def test_matplotlib_draws_on_the_axes_given(case):
    rows, log = DRAWN[case]
    ax = Figure(figsize=(9, 8), layout="constrained").add_subplot()
    assert forest(rows, ax, log=log) is ax
    FigureCanvasAgg(ax.figure).draw()  # a bare figure's own canvas draws nothing
    assert len(ax.get_yticklabels()) == len(rows)
    said = [text.get_text() for text in ax.texts]
    assert said == [row.label for row in rows if row.kind == "test"]
