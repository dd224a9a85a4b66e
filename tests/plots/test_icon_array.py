"""Icon arrays: shares by hand and as published, then pictures of people."""

import re

import matplotlib as mpl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from pictures import flaws, overlaps, printed_text

from evidence.appraisal.grade_rules import LEVELS
from evidence.effects.responders import responder_ci
from evidence.errors import EffectError, EvidenceError, OptionError
from evidence.plots.icon_array import (
    icon_array,
    icon_array_rows,
    icon_array_svg,
    share_given,
    share_of_counts,
    share_reaching,
    share_with,
)
from evidence.plots.icon_array_rows import people_of, why_not
from evidence.plots.lanes import SLIM

mpl.use("Agg")

NAMED = {"title": "A <title>", "desc": 'A "description"'}
USUAL = share_given(0.2)
shares = st.floats(0, 1).map(share_given)


def counts(rows):
    return {(row.arm, row.state): row.people for row in rows}


# ------------------------------------------------------------------------ shares


def test_a_difference_of_means_becomes_a_share_as_published():
    # Harrer et al. (2021), Doing Meta-Analysis in R, 15.10: d .245, without .35: NNT 10.61533
    usual = share_given(0.35)
    found = share_with(usual, "SMD", 0.245)
    assert 1 / (found.value - usual.value) == pytest.approx(10.61533, abs=5e-6)


@pytest.mark.parametrize(
    ("measure", "effect", "share"),
    [
        ("RR", 1.5, 0.3),  # .2 x 1.5
        ("OR", 4.0, 0.5),  # odds 1/4 x 4 = 1
        ("RD", -0.05, 0.15),
        ("SMD", 0.0, 0.2),
    ],
)
def test_the_share_with_the_product_by_hand(measure, effect, share):
    assert share_with(USUAL, measure, effect).value == pytest.approx(share)


def test_limits_of_the_effect_become_limits_of_the_share():
    found = share_with(USUAL, "RR", 0.5, 0.25, 1.25)
    assert (found.value, found.low, found.high) == pytest.approx((0.1, 0.05, 0.25))
    assert share_with(USUAL, "RR", 2, 1, 9).high == 1  # nobody beyond everybody
    with pytest.raises(EffectError, match="no share"):
        share_with(USUAL, "RR", 6)


def test_counts_have_the_interval_that_responders_have():
    share = share_of_counts(34, 40)
    assert (share.low, share.high) == pytest.approx(responder_ci("85", 40).wilson)


def test_the_share_that_reaches_what_matters_is_half_where_the_mean_just_does():
    share = share_reaching(1.0, 2.5, 1.0, low=0.0, high=2.0)
    assert share.value == pytest.approx(0.5)
    assert share.low + share.high == pytest.approx(1)  # symmetric about it
    # one SD above: 84.13 of 100, one below: 15.87
    assert share_reaching(3.5, 2.5, 1.0).value == pytest.approx(0.8413, abs=5e-5)
    assert share_reaching(-1.5, 2.5, 1.0).value == pytest.approx(0.1587, abs=5e-5)


def test_labels_are_never_stronger_than_what_went_in():
    assumed = share_given(0.2, label="imputed")
    assert share_with(assumed, "RR", 1.2).label == "imputed"
    assert share_with(USUAL, "RR", 1.2, label="bounded").label == "bounded"
    assert share_with(USUAL, "RR", 1.2).label == "derived"
    assert share_reaching(1, 2, 1, labels={"sd": "bounded"}).label == "bounded"
    rows = icon_array_rows(assumed, share_with(assumed, "RR", 1.2), certainty="Low")
    assert {row.basis for row in rows} == {"imputed"}
    assert "share: imputed" in printed_text(icon_array_svg(rows, outcome="o", **NAMED))


@pytest.mark.parametrize(
    "bad",
    [
        lambda: share_given(1.2),
        lambda: share_given(0.5, 0.6, 0.7),
        lambda: share_given(0.5, 0.4),
        lambda: share_of_counts(41, 40),
        lambda: share_of_counts(1.5, 40),
        lambda: share_with(USUAL, "RR", -1.0),
        lambda: share_with(USUAL, "OR", 1.0, -1.0, 2.0),
        lambda: share_with(USUAL, "RD", 0.9),
        lambda: share_reaching(1.0, 0.0, 1.0),
        lambda: share_reaching(1.0, 2.0, 1.0, low=0.5),
        lambda: share_reaching(float("nan"), 2.0, 1.0),
    ],
)
def test_shares_that_cannot_be_are_refused(bad):
    with pytest.raises(EffectError):
        bad()


def test_an_unknown_measure_is_named():
    with pytest.raises(OptionError, match="MD"):
        share_with(USUAL, "MD", 1.0)


@given(share=st.floats(0.001, 0.999), d=st.floats(-3, 3))
def test_a_gain_grows_with_the_effect_and_stays_a_share(share, d):
    usual = share_given(share)
    found = share_with(usual, "SMD", d)
    assert 0 <= found.value <= 1
    assert (found.value > share) == (d > 0) or found.value == pytest.approx(share)


# ------------------------------------------------------------------------ rows


def test_gained_people_by_hand():
    # cut of the upper fifth is .8416 SD; .5 SD closer it is .3416, above which are 36.6 of 100
    rows = icon_array_rows(USUAL, share_with(USUAL, "SMD", 0.5), certainty="Moderate")
    assert counts(rows) == {
        ("without", "anyway"): 20, ("without", "not"): 80,
        ("with", "anyway"): 20, ("with", "because"): 17, ("with", "not"): 63,
    }  # fmt: skip


def test_harm_that_is_spared_and_harm_that_is_done():
    more = icon_array_rows(USUAL, share_with(USUAL, "RR", 1.5), certainty="High", harm=True)
    less = icon_array_rows(USUAL, share_with(USUAL, "RR", 0.5), certainty="High", harm=True)
    assert counts(more)["with", "because"] == 10
    assert counts(less)["with", "spared"] == 10
    assert counts(less)["with", "not"] == 80


@given(without=shares, product=shares)
def test_both_arrays_hold_the_same_hundred(without, product):
    rows = icon_array_rows(without, product, certainty=None)
    for arm, share in (("without", without), ("with", product)):
        own = {row.state: row.people for row in rows if row.arm == arm}
        assert sum(own.values()) == 100
        assert own.get("anyway", 0) + own.get("because", 0) == people_of(share.value)


@pytest.mark.parametrize("level", LEVELS.values())
def test_very_uncertain_evidence_counts_nobody_and_says_why(level):
    rows = icon_array_rows(USUAL, share_given(0.4), certainty=level)
    if level != "Very low":
        assert not why_not(rows)
        return
    assert {row.people for row in rows} == {None}
    assert "we do not know" in why_not(rows)
    with pytest.raises(EvidenceError, match="very low"):
        icon_array_svg(rows, outcome="o", **NAMED)
    with pytest.raises(EvidenceError, match="very low"):
        icon_array(rows, Figure().add_subplot())


def test_another_word_for_certainty_is_refused():
    with pytest.raises(OptionError, match="certainty"):
        icon_array_rows(USUAL, USUAL, certainty="low")


# ------------------------------------------------------------------------ pictures

CASES = {
    "more": icon_array_rows(USUAL, share_with(USUAL, "SMD", 0.5, 0.2, 0.8), certainty="Low"),
    "less": icon_array_rows(share_of_counts(12, 40), share_of_counts(7, 41), certainty=None),
    "harm done": icon_array_rows(
        share_given(0.003), share_given(0.02), certainty="High", harm=True
    ),
    "harm spared": icon_array_rows(share_given(0.5), share_given(0.1), certainty="Low", harm=True),
    "nobody": icon_array_rows(share_given(0.0), share_given(0.0), certainty="Low"),
    "everybody": icon_array_rows(share_given(1.0), share_given(1.0), certainty="Low"),
}
OUTCOME = "at least 1 grade fewer wrinkles & <b>lines</b> after 12 weeks, in the eye of an expert"


def drawn(case, **more):
    return icon_array_svg(CASES[case], outcome=OUTCOME, **NAMED, **more)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("width", [SLIM, 640.0, 800.0])
def test_the_drawing_is_a_named_image_inside_its_frame(case, width):
    svg = drawn(case, width=width)
    assert flaws(svg, **NAMED) == []
    assert overlaps(svg) == []
    assert len(svg) < 40_000


def test_the_same_rows_give_the_same_bytes():
    assert drawn("more") == drawn("more")


def test_two_hundred_people_are_drawn_each_with_head_and_body():
    groups = dict(re.findall(r"<g><title>([^<]*)</title>(.*?)</g>", drawn("more")))
    heads = {
        name: re.findall(r' d="([^"]*)"', marks)[0].count("M") for name, marks in groups.items()
    }
    assert heads == {
        "Without the product: 20 of 100 have it with or without the product": 20,
        "Without the product: 80 of 100 do not have it": 80,
        "With the product: 20 of 100 have it with or without the product": 20,
        "With the product: 17 of 100 have it because of the product": 17,
        "With the product: 63 of 100 do not have it": 63,
    }


def test_the_counts_stand_in_words_beside_the_people():
    text = printed_text(drawn("more"))
    for said in ("20 of 100", "37 of 100", "17 more because of the", "interval 26 to 48",
                 "Certainty of the evidence: Low.", "share: reported", "share: derived",
                 "Supposing that people lie normally"):  # fmt: skip
        assert said in text
    assert "7 of 100" in printed_text(drawn("less"))
    assert "13 fewer because of the" in printed_text(drawn("less"))
    assert "<1 of 100" in printed_text(drawn("harm done"))
    assert "Numbers are net" in text
    assert "Numbers are net" not in printed_text(drawn("nobody"))
    assert "was not rated" in printed_text(drawn("less"))
    assert "no difference of one person" in printed_text(drawn("nobody"))


def test_a_frame_marks_the_difference_whole_or_dashed_without_colour():
    assert "stroke-dasharray" not in drawn("more")
    assert 'stroke-dasharray="3 2"' in drawn("less")
    frames = {"more": "p-main-line", "less": "p-claim-line", "harm done": "p-claim-line",
              "harm spared": "p-main-line"}  # fmt: skip
    for case, ink in frames.items():
        other = {"p-main-line", "p-claim-line"} - {ink}
        assert f'class="{ink}"' in drawn(case)
        assert f'class="{other.pop()}"' not in drawn(case)


def test_user_text_is_escaped():
    svg = drawn("more", arms={"without": "<script>x</script>", "with": "B & C"})
    assert "<script" not in svg
    assert "<b>" not in svg
    assert "B &amp; C" in svg


@pytest.mark.parametrize("case", CASES)
def test_matplotlib_draws_all_two_hundred_on_the_axes_given(case):
    ax = Figure(figsize=(8, 5), layout="constrained").add_subplot()
    assert icon_array(CASES[case], ax) is ax
    FigureCanvasAgg(ax.figure).draw()  # a bare figure's own canvas draws nothing
    assert sum(len(marks.get_offsets()) for marks in ax.collections) == 200


def test_no_rows_are_no_picture():
    with pytest.raises(EvidenceError, match="nothing to draw"):
        icon_array_svg([], outcome="o", **NAMED)
