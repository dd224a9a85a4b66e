"""Traffic lights and their weighted bars: levels by hand, then pictures."""

import re

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pictures import flaws, overlaps, printed_text

from evidence.appraisal.nih_before_after import nih_before_after
from evidence.appraisal.rob2 import rob2
from evidence.appraisal.robins_i import robins_i
from evidence.errors import EvidenceError, OptionError
from evidence.plots.lanes import SLIM
from evidence.plots.risk_levels import LOOKS, WORDS, by_level, level_of
from evidence.plots.rows import to_frame
from evidence.plots.svg import INK
from evidence.plots.traffic_light import (
    risk_of_bias_bars,
    risk_of_bias_bars_rows,
    risk_of_bias_bars_svg,
    traffic_light,
    traffic_light_rows,
    traffic_light_svg,
)
from evidence.records.outcome import Design, Outcome
from evidence.records.study import Study

mpl.use("Agg")

NAMED = {"title": "A <title>", "desc": 'A "description"'}
TRIAL = Design(kind="parallel", randomised="yes", sequence="stated_only", comparator="vehicle")
COMPARED = Design(kind="nonrandomised_controlled", comparator="vehicle")
BEFORE = Design(kind="single_arm_prepost", comparator="baseline_only")


def result(study, outcome, design, **more):
    return Study(id=study), Outcome(id=outcome, name="depth", design=design, **more)


RESULTS = [
    rob2(*result("Kim 2019", "depth", TRIAL)),
    rob2(*result("Kim 2019", "TEWL", TRIAL)),
    rob2(*result("Ito 2020", "depth", TRIAL)),
    robins_i(*result("Sato 2021", "depth", COMPARED)),
    nih_before_after(*result("Brand 2022", "grade", BEFORE, kind="self_report")),
]
ROBVIS = [
    {"Study": "Kim", "D1": "Low", "D2": "Some concerns", "Overall": "High", "Weight": 50.0},
    {"Study": "Sato", "D1": "Low", "D2": "Low", "Overall": "Low", "Weight": 30.0},
    {"Study": "Ito", "D1": "High", "D2": "No information", "Overall": "High", "Weight": 20.0},
]
EVERY = [
    {"study": f"<b>Study & {i}</b>", "Randomization process": word, "D2": word, "Overall": word}
    for i, word in enumerate(
        ("Low", "Some concerns", "High", "Critical", "No information", "Not applicable",
         "Low except for uncontrolled confounding", "Moderate", "Serious")
    )
]  # fmt: skip


def test_words_of_the_tools_stand_for_these_levels():
    assert [level_of(word) for word in ("Low", "Some concerns", "High")] == ["low", "some", "high"]
    assert [level_of(w) for w in ("Moderate", "SERIOUS ", "Critical")] == [
        "some", "high", "critical",
    ]  # fmt: skip
    assert [level_of(w) for w in ("yes", "no", "not reported", "not applicable")] == [
        "low", "high", "no_information", "not_applicable",
    ]  # fmt: skip
    with pytest.raises(OptionError, match="fine"):
        level_of("fine")
    assert set(WORDS.values()) == set(LOOKS)


def test_levels_differ_in_outline_and_sign_without_colour():
    seen = {(look.shape, look.strokes, look.ink in ("p-risk-ring",)) for look in LOOKS.values()}
    assert len(seen) == len(LOOKS)
    assert {look.ink for look in LOOKS.values()} <= set(INK)
    assert len({(look.marker, look.sign, look.colour) for look in LOOKS.values()}) == len(LOOKS)


def test_cells_are_the_judgements_of_the_tools():
    cells = traffic_light_rows(RESULTS)
    kim = {cell.domain: cell.word for cell in cells if cell.study == "Kim 2019: depth"}
    assert kim == {**RESULTS[0].judgements, "Overall": RESULTS[0].overall}
    sato = {cell.domain: cell.word for cell in cells if cell.tool == "ROBINS-I"}
    assert sato == {**RESULTS[3].levels, "Overall": RESULTS[3].overall}
    brand = [cell for cell in cells if cell.tool == "NIH before-after"]
    assert {cell.domain: cell.word for cell in brand}["8"] == "no"  # people judged themselves
    assert {c.level for c in brand} == {"high", "no_information", "not_applicable"}
    assert "Overall" not in {cell.domain for cell in brand}  # its answers have no total
    assert {cell.study for cell in cells} == {
        "Kim 2019: depth", "Kim 2019: TEWL", "Ito 2020", "Sato 2021", "Brand 2022",
    }  # fmt: skip


def test_a_tool_that_does_not_apply_says_so():
    (cell,) = traffic_light_rows([rob2(*result("Brand", "grade", BEFORE))])
    assert (cell.level, cell.word) == ("not_applicable", "does not apply")
    assert cell.note


def test_a_table_made_for_robvis_is_read_as_it_is():
    for table in (ROBVIS, pd.DataFrame(ROBVIS)):
        cells = traffic_light_rows(table, names={"D1": "randomisation"}, tool="RoB 2")
        assert [(c.study, c.domain, c.level, c.weight) for c in cells[:3]] == [
            ("Kim", "D1", "low", 50), ("Kim", "D2", "some", 50), ("Kim", "Overall", "high", 50),
        ]  # fmt: skip
        assert (cells[0].name, cells[0].tool) == ("randomisation", "RoB 2")
    frame = to_frame(traffic_light_rows(ROBVIS))
    assert frame.groupby("level").size().to_dict() == {
        "high": 3, "low": 4, "no_information": 1, "some": 1,
    }  # fmt: skip


def test_long_names_of_domains_get_a_short_head():
    cells = traffic_light_rows(EVERY)
    assert list(dict.fromkeys((c.domain, c.name) for c in cells)) == [
        ("D1", "Randomization process"), ("D2", ""), ("Overall", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ([{"D1": "Low"}], "no name"),
        ([{"study": "a", "D1": "Low", "weight": -1.0}], "negative"),
        ([{"study": "a", "D1": "Low"}, {"study": "a", "D1": "High"}], "2 times"),
        ([{"study": "a", "D1": "so so"}], "so so"),
        ([object()], "no name"),
    ],
)
def test_what_cannot_be_read_is_refused(bad, said):
    with pytest.raises(EvidenceError, match=said):
        traffic_light_rows(bad)


def test_shares_of_weight_are_those_by_hand():
    # D1: Kim and Sato Low, 50 + 30 of 100; Ito High, 20
    bars = risk_of_bias_bars_rows(traffic_light_rows(ROBVIS))
    found = [(b.domain, b.word, b.share, b.results) for b in bars]
    assert found == [
        ("D1", "Low", 0.8, 2), ("D1", "High", 0.2, 1),
        ("D2", "Low", 0.3, 1), ("D2", "Some concerns", 0.5, 1), ("D2", "No information", 0.2, 1),
        ("Overall", "Low", 0.3, 1), ("Overall", "High", 0.7, 2),
    ]  # fmt: skip
    by_count = risk_of_bias_bars_rows(traffic_light_rows(ROBVIS), weighted=False)
    assert [b.share for b in by_count[:2]] == pytest.approx([2 / 3, 1 / 3])


def test_weights_of_a_pooled_result_go_to_their_study_and_the_rest_is_counted():
    weights = pd.Series([0.75, 0.25], index=["Kim 2019", "Ito 2020"])
    cells = traffic_light_rows(
        [
            {"study": name, "D1": word}
            for name, word in (("Kim 2019", "Low"), ("Ito 2020", "High"), ("Late 2024", "High"))
        ],
        weights=weights,
    )
    bars = risk_of_bias_bars_rows(cells)
    assert [(b.word, b.share, b.left_out) for b in bars] == [("Low", 0.75, 1), ("High", 0.25, 1)]
    text = printed_text(risk_of_bias_bars_svg(bars, **NAMED))
    assert "1 result without a weight is left out" in text
    with pytest.raises(EvidenceError, match="weighted=False"):
        risk_of_bias_bars_rows(traffic_light_rows([{"study": "a", "D1": "Low"}]), weighted=True)


def test_without_weights_results_count_and_the_picture_says_so():
    cells = traffic_light_rows([{"study": "a", "D1": "Low"}, {"study": "b", "D1": "High"}])
    bars = risk_of_bias_bars_rows(cells)
    assert [(b.share, b.weighted) for b in bars] == [(0.5, False), (0.5, False)]
    assert "no weights were used" in printed_text(risk_of_bias_bars_svg(bars, **NAMED))


def test_shares_of_every_domain_add_up_to_one():
    bars = risk_of_bias_bars_rows(traffic_light_rows(RESULTS))
    frame = to_frame(bars)
    assert frame.groupby(["tool", "domain"])["share"].sum().tolist() == pytest.approx(
        [1.0] * frame.groupby(["tool", "domain"]).ngroups
    )


# --------------------------------------------------------------------------- pictures

CASES = {
    "tools": RESULTS,
    "robvis": ROBVIS,
    "every level": EVERY,
    "many domains": [{"study": "a", **{f"Q{i}": "Low" for i in range(40)}, "Overall": "High"}],
    "one": [{"study": "a", "D1": "Low"}],
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("width", [SLIM, 640.0, 800.0])
def test_the_drawings_are_named_images_inside_their_frame(case, width):
    cells = traffic_light_rows(CASES[case])
    for svg in (
        traffic_light_svg(cells, width=width, **NAMED),
        risk_of_bias_bars_svg(risk_of_bias_bars_rows(cells), width=width, **NAMED),
    ):
        assert flaws(svg, **NAMED) == []
        assert overlaps(svg) == []


def test_the_same_rows_give_the_same_bytes():
    cells = traffic_light_rows(RESULTS)
    bars = risk_of_bias_bars_rows(cells)
    assert traffic_light_svg(cells, **NAMED) == traffic_light_svg(cells, **NAMED)
    assert risk_of_bias_bars_svg(bars, **NAMED) == risk_of_bias_bars_svg(bars, **NAMED)


def test_every_cell_is_one_mark_with_its_words_and_its_sign():
    svg = traffic_light_svg(traffic_light_rows(ROBVIS, names={"D1": "randomisation"}), **NAMED)
    groups = dict(re.findall(r"<g><title>([^<]*)</title>(.*?)</g>", svg))
    assert len(groups) == 9
    assert "<circle" in groups["Sato, D2: Low"]
    assert "<polygon" in groups["Kim, D2: Some concerns"]
    assert 'class="p-risk-high"' in groups["Ito, D1 (randomisation): High"]
    assert all('stroke-linecap="round"' in marks for marks in groups.values())  # its sign
    text = printed_text(svg)
    for word in ("D1", "randomisation", "Overall", "Some concerns", "No information"):
        assert word in text


def test_each_tool_has_a_table_and_explains_its_domains():
    text = printed_text(traffic_light_svg(traffic_light_rows(RESULTS), **NAMED))
    for said in ("RoB 2", "ROBINS-I", "NIH before-after", "confounding", "randomisation",
                 "the change was tested", "Some concerns, Moderate"):  # fmt: skip
        assert said in text


def test_user_text_is_escaped_in_both_drawings():
    cells = traffic_light_rows(EVERY, tool="<script>alert(1)</script>")
    for svg in (
        traffic_light_svg(cells, **NAMED),
        risk_of_bias_bars_svg(risk_of_bias_bars_rows(cells), **NAMED),
    ):
        assert "<script" not in svg
        assert "<b>" not in svg
    assert "&lt;b&gt;Study &amp; 0&lt;/b&gt;" in traffic_light_svg(cells, **NAMED)


def test_shares_are_printed_in_words_beside_each_bar():
    bars = risk_of_bias_bars_rows(traffic_light_rows(ROBVIS))
    text = printed_text(risk_of_bias_bars_svg(bars, **NAMED))
    for said in ("High 20, Low 80", "No information 20, Some concerns 50, Low 30",
                 "share of the weight, %"):  # fmt: skip
        assert said in text.replace("  ", " ")


def test_bars_are_as_long_as_their_shares():
    svg = risk_of_bias_bars_svg(risk_of_bias_bars_rows(traffic_light_rows(ROBVIS)), **NAMED)
    wide = {
        name: float(width) + 1
        for name, width in re.findall(
            r'<title>D1: (Low|High)[^<]*</title><rect [^>]*?width="([\d.]+)"', svg
        )
    }
    assert wide["Low"] / wide["High"] == pytest.approx(4, rel=0.01)


def test_no_rows_are_no_picture():
    for draw in (traffic_light_svg, risk_of_bias_bars_svg):
        with pytest.raises(EvidenceError, match="nothing to draw"):
            draw([], **NAMED)
    for plot in (traffic_light, risk_of_bias_bars):
        with pytest.raises(EvidenceError, match="nothing to draw"):
            plot([], Figure().add_subplot())


@pytest.mark.parametrize("case", ["tools", "robvis", "every level"])
def test_matplotlib_draws_on_the_axes_given(case):
    cells = traffic_light_rows(CASES[case])
    for plot, rows in ((traffic_light, cells), (risk_of_bias_bars, risk_of_bias_bars_rows(cells))):
        ax = Figure(figsize=(9, 6), layout="constrained").add_subplot()
        assert plot(rows, ax) is ax
        FigureCanvasAgg(ax.figure).draw()  # a bare figure's own canvas draws nothing
        said = [text.get_text() for text in ax.get_legend().get_texts()]
        assert len(said) == len(by_level((row.level, row.word) for row in rows))
