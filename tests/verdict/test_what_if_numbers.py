"""What-if: the same verbs, asked of a record with something supposed in it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.appraisal.assess import assess
from evidence.appraisal.supposing import CHOICES, Suppose
from evidence.errors import EvidenceError, OptionError
from evidence.ingest.from_flags import Flags, study_from_flags
from evidence.records.outcome import ArmResult, Contrast, Design, Outcome
from evidence.records.reported import Reported
from evidence.records.study import Study
from evidence.verdict.what_if import what_if

ONE_GROUP = Flags(
    design="single-arm", n=["50"], change=["-20%"], outcome="wrinkle depth", kind="instrument"
)
TWO_GROUPS = Flags(
    design="parallel", n=["40", "40"], mean=["12.1", "14.0"], sd=["3.2", "3.2"], better="lower",
    outcome="wrinkle score", comparator="vehicle", kind="live_expert_grade", randomised="yes",
)  # fmt: skip


def scored(flags, **options):
    study = study_from_flags(flags)
    return assess(study, study.outcomes[0], **options)


def numbers(result):
    """Everything that moves, of a what-if or of an assessment."""
    seen, chance = result.expected, result.probability
    return (
        (result.reliability.value, result.reliability.low, result.reliability.high),
        None if seen is None else (seen.estimate, seen.ci_low, seen.ci_high, seen.pr_above_zero,
                                   seen.pr_above_mid),
        chance.reason,
        [(row.bias_set, row.above_zero, row.above_mid) for row in chance.sets],
    )  # fmt: skip


@pytest.mark.parametrize("flags", [ONE_GROUP, TWO_GROUPS], ids=["one group", "two groups"])
def test_nothing_supposed_changes_nothing(flags):
    done = scored(flags, mid=0.2, mid_is_smd=True)
    result = what_if(done)
    assert numbers(result) == numbers(done)


@pytest.mark.parametrize(
    ("start", "suppose", "flags"),
    [
        (ONE_GROUP, Suppose(n=200), replace(ONE_GROUP, n=["200"])),
        (ONE_GROUP, Suppose(r=0.8), replace(ONE_GROUP, r="0.8")),
        (ONE_GROUP, Suppose(kind="self_report"), replace(ONE_GROUP, kind="self_report")),
        (ONE_GROUP, Suppose(registered="primary"), replace(ONE_GROUP, registered="primary")),
        (
            ONE_GROUP,
            Suppose(control="vehicle", allocation="concealed", blinding="double", n=120),
            replace(ONE_GROUP, design="parallel", comparator="vehicle", randomised="computer",
                    concealed="central", blinded="double", n=["120"]),
        ),
        (
            ONE_GROUP,
            Suppose(control="untreated", allocation="not_randomised"),
            replace(ONE_GROUP, design="parallel", comparator="untreated", randomised="no"),
        ),
        (TWO_GROUPS, Suppose(n=200), replace(TWO_GROUPS, n=["100", "100"])),
        (TWO_GROUPS, Suppose(sd=2.5), replace(TWO_GROUPS, sd=["2.5", "2.5"])),
        (TWO_GROUPS, Suppose(blinding="double"), replace(TWO_GROUPS, blinded="double")),
        (TWO_GROUPS, Suppose(control="untreated"), replace(TWO_GROUPS, comparator="untreated")),
        (
            TWO_GROUPS,
            Suppose(n=300, sd=4.0, allocation="concealed", kind="instrument"),
            replace(TWO_GROUPS, n=["150", "150"], sd=["4", "4"], randomised="computer",
                    concealed="central", kind="instrument"),
        ),
    ],
)  # fmt: skip
def test_what_is_supposed_scores_as_if_it_had_been_typed(start, suppose, flags):
    """The same numbers as `evidence score` gives for the study described so from the start."""
    mid = {"mid": 0.4} if start is TWO_GROUPS else {"mid": 4.0}
    supposed = numbers(what_if(scored(start, **mid), suppose))
    typed = numbers(scored(flags, **mid))
    for first, second in zip(supposed[:2], typed[:2], strict=True):
        assert first == pytest.approx(second, rel=1e-12)
    assert supposed[2] == typed[2]
    assert [row[0] for row in supposed[3]] == [row[0] for row in typed[3]]
    for first, second in zip(supposed[3], typed[3], strict=True):
        assert first[1:] == pytest.approx(second[1:], rel=1e-9)


def test_the_interval_of_two_groups_is_the_textbooks():
    """Difference 1.9, SD 2.5 in both groups of 100: 1.9 ± t(198) 2.5 sqrt(2/100).

    t(198) = 1.972017 (table value), so half the width is 1.972017 · 0.3535534 = 0.697213.
    """
    result = what_if(scored(TWO_GROUPS), Suppose(n=200, sd=2.5))
    assert result.effect.low == pytest.approx(-1.9 - 0.697213, abs=2e-6)
    assert result.effect.high == pytest.approx(-1.9 + 0.697213, abs=2e-6)
    assert (result.effect.label, result.direction) == ("derived", "in favour")


def test_a_change_with_everything_supposed_is_the_papers_formula():
    """se of ln(0.8) = 0.35 sqrt(2 · 0.4 / 50) = 0.0442719; 100 (0.8 e^±1.959964 se − 1).

    Senior, Viechtbauer & Nakagawa 2020 with equal CVs: −26.6 to −12.7.
    """
    result = what_if(scored(ONE_GROUP), Suppose(sd=35.0, r=0.6))
    assert (result.effect.low, result.effect.high) == pytest.approx((-26.649, -12.749), abs=2e-3)
    assert result.effect.label == "derived"
    assert result.direction == "uncontrolled"


def test_what_is_not_supposed_stays_unknown():
    one = what_if(scored(ONE_GROUP), Suppose(sd=35.0))
    assert one.effect.label == "bounded"
    assert one.effect.low < one.effect.narrow_low < one.effect.narrow_high < one.effect.high
    unstated = scored(Flags(design="single-arm", change=["15%"], outcome="elasticity"))
    still = what_if(unstated, Suppose(sd=14.0, r=0.6))
    assert (still.effect.low, still.effect.label) == (None, "refused")
    assert "number of people" in still.effect.reason
    controlled = what_if(scored(ONE_GROUP), Suppose(control="vehicle"))
    assert controlled.probability.reason == "no variance is printed and none can be derived"
    known = what_if(scored(ONE_GROUP), Suppose(control="vehicle", sd=35.0, r=0.6))
    assert known.probability.sets


def test_no_magnitude_moves_the_score_alone():
    done = scored(Flags(design="single-arm", n=["30"], change=["22%"], outcome="hydration"))
    result = what_if(done, Suppose(n=300, control="vehicle"))
    assert result.reliability.value > done.reliability.value
    assert result.expected is None
    assert result.effect.value is None
    assert result.direction == "not readable"


def test_responders_keep_their_shares():
    """20 of 40 against 10 of 40: twice the people, half the variance of the log odds ratio."""
    arms = [
        ArmResult(n=Reported(text="40"), total=Reported(text="40"), events=Reported(text=events))
        for events in ("20", "10")
    ]
    one = Outcome(
        id="1", name="improved", family="wrinkle_grade", better="higher",
        statistic="responder_pct", treated=arms[0], control=arms[1],
        design=Design(kind="parallel", comparator="vehicle", randomised="yes"),
    )  # fmt: skip
    study = Study(id="s", outcomes=(one,))
    done = assess(study, one)
    result = what_if(done, Suppose(n=160))
    wide, narrow = what_if(done).effect, result.effect
    assert (narrow.high - narrow.low) == pytest.approx((wide.high - wide.low) / 2**0.5)
    assert narrow.value == pytest.approx(1.0986123 * 3**0.5 / 3.14159265)  # ln 3 in SDs
    assert result.facts.share == pytest.approx(0.375)


def test_an_effect_that_was_decided_by_its_p_is_not_once_people_change():
    """Significance printed for 40 people says nothing of 400."""
    one = Outcome(
        id="1", name="wrinkle depth", family="wrinkle_depth", better="lower",
        treated=ArmResult(n=Reported(text="40"), pct_change=Reported(text="-20", unit="%")),
        control=ArmResult(n=Reported(text="40"), pct_change=Reported(text="-10", unit="%")),
        design=Design(kind="parallel", comparator="vehicle"),
        contrast=Contrast(measure="no_significant_difference"),
    )  # fmt: skip
    study = Study(id="s", outcomes=(one,))
    done = assess(study, one)
    assert what_if(done).direction == "no difference shown"
    assert what_if(done, Suppose(n=20_000)).direction == "in favour"


def test_one_study_alone_never_carries_a_claim():
    done = scored(TWO_GROUPS)
    best = Suppose(n=2000, allocation="concealed", blinding="double", registered="primary",
                   kind="instrument")  # fmt: skip
    result = what_if(done, best)
    assert (result.direction, result.verdict) == ("in favour", "not supported")
    assert result.verdict_why.startswith("one study alone never carries a claim, however good")
    assert "however good; it takes two in favour" in result._repr_html_()
    against = scored(replace(TWO_GROUPS, better="higher"))
    other = what_if(against, best)
    assert (other.verdict, other.verdict_why) == (
        "contradicted",
        "its comparison points the other way",
    )


def test_bad_suppositions_are_named():
    for name, value in (("n", 3), ("sd", 0), ("r", 1.0), ("mid", -1), ("blinding", "triple")):
        with pytest.raises(OptionError, match=name):
            Suppose(**{name: value})
    cells = scored(replace(ONE_GROUP, design="in-vitro"))
    with pytest.raises(EvidenceError, match="in vitro"):
        what_if(cells)


def test_the_record_itself_is_left_alone():
    done = scored(TWO_GROUPS)
    before = done.outcome.model_dump()
    what_if(done, Suppose(n=10, sd=1.0, r=0.1, control="none", blinding="none"))
    assert done.outcome.model_dump() == before


def choices(*without):
    drawn = {
        name: st.none() | st.sampled_from(words)
        for name, words in CHOICES.items()
        if name not in without
    }
    return st.fixed_dictionaries(drawn)


STARTS = [
    scored(flags)
    for flags in (
        ONE_GROUP,
        TWO_GROUPS,
        Flags(design="split-face", n=["30"], change=["-10%"], outcome="wrinkle depth",
              comparator="vehicle"),
        Flags(design="nonrandomised", n=["30", "60"], change=["8%"], outcome="elasticity",
              comparator="untreated"),
    )
]  # fmt: skip


@given(done=st.sampled_from(STARTS), given=choices(), n=st.integers(4, 5000),
       more=st.integers(1, 5000))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_more_people_never_lower_the_score(done, given, n, more):
    few, many = (what_if(done, Suppose(n=x, **given)).reliability for x in (n, n + more))
    assert many.value >= few.value - 1e-9


@given(done=st.sampled_from(STARTS), given=choices("control", "allocation"),
       n=st.integers(50, 5000))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_a_randomised_control_never_lowers_the_score(done, given, n):
    """From 50 people on: with fewer, its noise may outweigh what it removes."""
    without = what_if(done, Suppose(n=n, control="none", **given))
    against = what_if(done, Suppose(n=n, control="vehicle", allocation="concealed", **given))
    assert against.reliability.value >= without.reliability.value - 1e-9
    nothing = what_if(done, Suppose(n=n, control="untreated", allocation="concealed", **given))
    assert against.reliability.value >= nothing.reliability.value - 1e-9


@given(done=st.sampled_from(STARTS), given=choices("blinding", "registered"))
@settings(max_examples=60, deadline=None)
def test_known_good_never_scores_below_known_bad(done, given):
    def value(**more):
        return what_if(done, Suppose(**given, **more)).reliability.value

    for who in ("participants", "assessor", "none"):
        assert value(blinding="double") >= value(blinding=who) - 1e-9
    assert value(registered="primary") >= value(registered="no") - 1e-9


@given(done=st.sampled_from(STARTS), given=choices(), sd=st.floats(0.5, 60))
@settings(max_examples=60, deadline=None)
def test_the_spread_moves_the_effect_and_not_the_score(done, given, sd):
    """The reported effect is no input of the score, nor is the unit it is printed in."""
    plain, spread = what_if(done, Suppose(**given)), what_if(done, Suppose(sd=sd, **given))
    assert spread.reliability.value == plain.reliability.value
