"""Cumulative forest plots: values of R's metafor, then pictures."""

import math
import re
from random import Random

import matplotlib as mpl
import pytest
from golden import HOSTILE, effects, golden, ids
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pictures import flaws, overlaps, printed_text

from evidence.effects.effect import Effects
from evidence.errors import EvidenceError, SynthesisError
from evidence.plots.cumulative import cumulative_forest, cumulative_rows, cumulative_svg
from evidence.plots.lanes import SLIM
from evidence.plots.rows import to_frame
from evidence.synthesis.refits import cumulate, leave_one_out

mpl.use("Agg")

NAMED = {"title": "A <title>", "desc": 'A "description"'}
BCG = golden("diagnostics", "cumul.bcg_rr.DL.knha")
YEARS = [1948, 1949, 1960, 1977, 1973, 1953, 1973, 1980, 1968, 1961, 1974, 1969, 1976]
ASKED = {"tau2": "DL", "test": "HKSJ"}


@pytest.mark.parametrize("name", [name for name in ids("diagnostics", "cumul.") if "DL" in name])
def test_estimates_and_limits_are_those_of_metafor(name):
    case = golden("diagnostics", name)
    test = "HKSJ" if name.endswith("knha") else "z"
    rows = cumulative_rows(effects(case), tau2="DL", test=test)
    shown = [(row.estimate, row.ci_low, row.ci_high) for row in rows]
    expect = zip(case.expect.estimate, case.expect.ci_lb, case.expect.ci_ub, strict=True)
    assert shown == [pytest.approx(triple, rel=1e-6, abs=1e-9) for triple in expect]
    ranked = [row.estimate for row in cumulative_rows(effects(case), "vi", tau2="DL", test=test)]
    assert ranked == pytest.approx(case.expect.estimate_by_vi, rel=1e-6, abs=1e-9)


def test_ratios_are_printed_as_ratios():
    rows = cumulative_rows(effects(BCG, measure="RR"), **ASKED)
    assert [math.log(row.estimate) for row in rows] == pytest.approx(BCG.expect.estimate)
    assert [math.log(row.ci_high) for row in rows] == pytest.approx(BCG.expect.ci_ub)
    assert {row.ratio for row in rows} == {True}
    kept = cumulative_rows(Effects.from_arrays(BCG.yi, BCG.vi, measure="RR"), **ASKED)
    assert kept == rows


def test_studies_join_by_year_and_equal_years_in_the_order_given():
    table = effects(BCG, study=[f"{i}" for i in range(13)], year=YEARS)
    rows = cumulative_rows(table, "year", **ASKED)
    assert [int(row.order) for row in rows] == sorted(YEARS)
    assert [row.added for row in rows] == [
        "0", "1", "5", "2", "9", "8", "11", "4", "6", "10", "12", "3", "7",
    ]  # fmt: skip
    assert cumulative_rows(table, YEARS, **ASKED) == rows
    shuffled = list(range(13))
    Random(1).shuffle(shuffled)
    mixed = {name: [column[i] for i in shuffled] for name, column in table.items()}
    last, again = rows[-1], cumulative_rows(mixed, "year", **ASKED)[-1]
    assert (again.added, again.estimate) == (last.added, pytest.approx(last.estimate))


def test_one_study_alone_has_no_heterogeneity():
    first, second, *_ = cumulative_rows(effects(BCG), **ASKED)
    assert (first.k, first.i2, first.tau2) == (1, None, None)
    assert (second.k, second.i2) == (2, pytest.approx(BCG.expect.I2[1]))


def test_what_cumulate_made_is_taken_as_it_is():
    made = cumulate(effects(BCG), **ASKED)
    assert cumulative_rows(made) == cumulative_rows(effects(BCG), **ASKED)
    assert cumulative_rows(made, log=True)[0].ratio
    with pytest.raises(EvidenceError, match="has run already"):
        cumulative_rows(made, "vi")
    with pytest.raises(EvidenceError, match="leave-one-out"):
        cumulative_rows(leave_one_out(effects(BCG)))
    with pytest.raises(SynthesisError, match="no column decade"):
        cumulative_rows(effects(BCG), "decade")


def test_rows_are_a_tidy_frame():
    frame = to_frame(cumulative_rows(effects(BCG), **ASKED))
    assert list(frame.columns) == [
        "added", "order", "k", "estimate", "ci_low", "ci_high", "level", "pvalue", "tau2", "i2",
        "ratio",
    ]  # fmt: skip
    assert frame["k"].to_list() == list(range(1, 14))


# --------------------------------------------------------------------------- pictures

NAMES = [f"Trial {i} {year}" for i, year in enumerate(YEARS)]
CASES = {
    "ratios": cumulative_rows(effects(BCG, measure="RR", study=NAMES, year=YEARS), "year"),
    "differences": cumulative_rows(effects(BCG), **ASKED),
    "one study": cumulative_rows({"yi": [0.3], "vi": [0.04]}),
    "two studies": cumulative_rows({"yi": [0.3, 0.9], "vi": [0.04, 0.01]}),
    "vast ratios": cumulative_rows({"yi": [1.0, 9.0], "vi": [1.0, 1.0], "measure": "OR"}),
    "hostile": cumulative_rows(
        {"yi": [0.1, 0.9, 0.5, 0.0], "vi": [0.1, 0.2, 0.3, 0.4], "study": HOSTILE}
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("width", [SLIM, 640.0, 800.0])
def test_the_drawing_is_a_named_image_inside_its_frame(case, width):
    svg = cumulative_svg(CASES[case], width=width, **NAMED)
    assert flaws(svg, **NAMED) == []
    assert overlaps(svg) == []


def test_the_same_rows_give_the_same_bytes():
    once, again = (cumulative_svg(CASES["ratios"], **NAMED) for _ in range(2))
    assert once == again


def test_names_are_printed_and_not_obeyed():
    svg = cumulative_svg(CASES["hostile"], **NAMED)
    assert "<script" not in svg
    assert "R&amp;D &quot;2019&quot; &lt;b&gt;" in svg


def test_rows_are_in_order_and_say_what_joined():
    text = printed_text(cumulative_svg(CASES["ratios"], measure="Risk ratio", **NAMED))
    places = [text.index(f"Trial {i} {YEARS[i]}") for i in (0, 1, 5, 2, 9, 8, 11, 4, 6, 10, 12, 3)]
    assert places == sorted(places)
    assert text.startswith("Study added")
    assert "Risk ratio (95 % CI)" in text
    assert "+ Trial 7 1980" in text
    assert "+ Trial 0 1948" not in text  # the first joins nothing
    assert "(1980)" not in text  # the name says it
    plain = cumulative_rows(effects(BCG, year=YEARS), "year")
    assert "+ 2 (1949)" in printed_text(cumulative_svg(plain, **NAMED))


def test_all_together_are_a_diamond_and_cut_intervals_end_in_arrowheads():
    svg = cumulative_svg(CASES["ratios"], **NAMED)
    groups = re.findall(r"<g><title>([^:<]*):[^<]*</title>(.*?)</g>", svg)
    assert ["<polygon" in drawn for _, drawn in groups] == [False] * 12 + [True]
    assert groups[1][1].count("<path") == 2  # two studies, one degree of freedom
    assert "<path" not in groups[5][1]


# --------------------------------------------------------------------------- matplotlib

LATIN = [name for name in CASES if name != "hostile"]  # matplotlib's own font has no other letters


@pytest.mark.parametrize("case", LATIN)
def test_matplotlib_draws_on_the_axes_given(case):
    ax = Figure(figsize=(7, 5), layout="constrained").add_subplot()
    assert cumulative_forest(CASES[case], ax) is ax
    FigureCanvasAgg(ax.figure).draw()  # a bare figure's own canvas draws nothing
    assert ax.figure.get_tightbbox().x1 <= 7.02


def test_matplotlib_shows_the_rows_from_the_top():
    ax = Figure().add_subplot()
    cumulative_forest(effects(BCG, measure="RR", study=["a $", *NAMES[1:]]), ax, **ASKED)
    assert ax.get_xscale() == "log"
    shown = {
        line.get_ydata()[0]: line.get_xdata()[0] for line in ax.lines if line.get_marker() == "s"
    }
    assert [math.log(shown[i]) for i in range(12)] == pytest.approx(BCG.expect.estimate[:12])
    diamond = ax.patches[0].get_xy()
    assert math.log(min(x for x, _ in diamond)) == pytest.approx(BCG.expect.ci_lb[-1])
    assert ax.get_ylim() == (12.5, -0.5)
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels[:2] == ["a $", f"+ {NAMES[1]}"]


def test_no_rows_are_no_picture():
    with pytest.raises(EvidenceError, match="nothing to draw"):
        cumulative_svg([], **NAMED)
