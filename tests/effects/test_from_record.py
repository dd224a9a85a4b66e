"""Effects of records: what is used, what it rests on, and what is refused and why."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.effects.between_arm import BETWEEN_MEASURES
from evidence.effects.effect import Basis, Effect, Effects, weakest
from evidence.effects.from_record import between_effect, compute_effects, effects_of
from evidence.errors import EffectError, OptionError
from evidence.records.base import Place
from evidence.records.outcome import ArmResult, Contrast, Design, Outcome, PValue
from evidence.records.reported import Reported
from evidence.records.study import Study


def num(value: object, unit: str = "", field: str = "") -> Reported:
    place = Place(file="studies.csv", line=3, field=field) if field else None
    return Reported.parse(f"{value}", unit=unit, place=place)


def arm(**values: object) -> ArmResult:
    label = values.pop("label", "")
    units = {"pct_change": "%", "pct": "%"}
    return ArmResult(label=label, **{k: num(v, units.get(k, ""), k) for k, v in values.items()})


def p(operator: str, value: object = None, kind: str = "between_arm") -> PValue:
    given = {} if value is None else {"value": num(value)}
    return PValue(operator=operator, kind=kind, **given)


def record(**fields: object) -> tuple[Study, Outcome]:
    fields = {"id": "o1", "name": "wrinkle depth", "better": "lower"} | fields
    outcome = Outcome(**fields)
    return Study(id="Kim 2019", outcomes=(outcome,)), outcome


PARALLEL = Design(kind="parallel", comparator="vehicle")
SPLIT = Design(kind="within_person", comparator="vehicle")
SINGLE = Design(kind="single_arm_prepost", comparator="baseline_only")


# within an arm


def test_a_printed_change_with_its_interval_gives_its_standard_error():
    # Kafi 2007: -1.64 [-2.06, -1.22], n 36: se 0.2069
    treated = arm(change_mean="-1.64", change_ci_low="-2.06", change_ci_high="-1.22", n=36)
    found = effects_of(*record(treated=treated, design=SINGLE)).treated
    assert found.yi == -1.64
    assert found.se == pytest.approx(0.206885552317, rel=1e-9)
    assert found.df == 35
    assert (found.ci_low, found.ci_high) == (-2.06, -1.22)
    assert found.basis.label == "reported"
    assert found.spread.rule == "se_from_ci"
    assert found.label == "derived"
    assert found.favours == 1
    assert "treated.change_mean = -1.64 (studies.csv:3:change_mean)" in found.basis.inputs


def test_a_printed_standard_error_stays_reported():
    treated = arm(change_mean="-1.64", change_se="0.21", n=36)
    found = effects_of(*record(treated=treated)).treated
    assert found.se == pytest.approx(0.21)
    assert found.label == "reported"


def test_two_means_and_sds_without_a_correlation_have_no_spread():
    treated = arm(baseline_mean=100, baseline_sd=30, mean=80, sd=26, n=50)
    found = effects_of(*record(treated=treated)).treated
    assert found.yi == -20
    assert found.vi is None
    assert found.reason == "pre-post correlation not printed"
    assert found.label == "refused"


def test_a_printed_correlation_gives_the_spread_of_a_change():
    # sd 30 and 26, r 0.7: sd of change 22
    treated = arm(baseline_mean=100, baseline_sd=30, mean=80, sd=26, n=50)
    contrast = Contrast(kind="within_group", r=num("0.7"))
    study, outcome = record(treated=treated, contrast=contrast)
    found = effects_of(study, outcome).treated
    assert found.se == pytest.approx(22 / math.sqrt(50))
    log = compute_effects([study], measure="ROMC")
    assert log.yi[0] == pytest.approx(-0.223143551314)
    assert log.vi[0] == pytest.approx(0.0011825)


def test_an_exact_p_of_the_change_gives_its_standard_error():
    # -0.08 mm, p 0.012, n 57: se 0.0308
    contrast = Contrast(p=p("=", "0.012", "within_arm"))
    found = effects_of(
        *record(treated=arm(change_mean="-0.08", n=57), contrast=contrast, design=SINGLE)
    ).treated
    assert found.se == pytest.approx(0.03080803426, rel=1e-8)
    assert found.spread.rule == "se_from_exact_p"


@pytest.mark.parametrize(
    ("said", "bound"),
    [
        (p("<", "0.05", "within_arm"), (0, 9.95235193511)),
        (p("<", "0.001", "within_arm"), (0, 5.71356271783)),
    ],
)
def test_a_threshold_bounds_and_never_gives_a_point(said, bound):
    # -20 points, n 50: p < .05 means se < 9.95, p < .001 means se < 5.71
    found = effects_of(
        *record(treated=arm(pct_change="-20", n=50), contrast=Contrast(p=said), design=SINGLE)
    ).treated
    assert found.yi == -20
    assert found.vi is None
    assert found.se_bound == pytest.approx(bound, rel=1e-3)
    assert found.label == "bounded"


def test_a_p_of_zero_is_a_bound():
    # -9 points, n 31, "p = 0.000": se < 2.307
    said = Contrast(p=p("=", "0.000", "within_arm"))
    found = effects_of(
        *record(treated=arm(pct_change="-9", n=31), contrast=said, design=SINGLE)
    ).treated
    assert found.se_bound == pytest.approx((0, 2.30672071826))


def test_not_significant_bounds_from_below():
    # -4 points, n 30, ns: se > 1.956
    said = Contrast(p=p("ns", kind="within_arm"))
    found = effects_of(
        *record(treated=arm(pct_change="-4", n=30), contrast=said, design=SINGLE)
    ).treated
    low, high = found.se_bound
    assert low == pytest.approx(1.95577059788)
    assert high is None


def test_without_people_there_is_no_spread():
    said = Contrast(p=p("=", "0.01", "within_arm"))
    found = effects_of(*record(treated=arm(pct_change="15"), contrast=said, design=SINGLE)).treated
    assert found.yi == 15
    assert found.vi is None
    assert found.se_bound is None
    assert found.reason == "the number of people is not printed"


def test_people_randomised_stand_in_and_say_so():
    found = effects_of(
        *record(treated=arm(change_mean="-2", change_sd="4", n_randomised=64), design=SINGLE)
    ).treated
    assert found.se == pytest.approx(0.5)
    assert any("people randomised used" in a for a in found.spread.assumptions)


@pytest.mark.parametrize("text", ["up to -20", "at least 20", "more than 20"])
def test_up_to_is_not_a_mean(text):
    found = effects_of(*record(treated=arm(pct_change=text, n=50), design=SINGLE)).treated
    assert found.yi is None
    assert "not a mean" in found.reason


def test_more_than_all_of_it_cannot_go():
    with pytest.raises(EffectError, match=r"Kim 2019.*-130 %.*more than 100"):
        effects_of(*record(treated=arm(pct_change="-130", n=50), design=SINGLE))


def test_routes_that_disagree_are_named():
    treated = arm(change_mean="-2", change_se="0.9", change_sd="3", n=36)
    found = effects_of(*record(treated=treated, design=SINGLE)).treated
    assert found.se == pytest.approx(0.9)
    assert "standard errors disagree" in found.note


def test_all_of_five_people_is_not_a_certainty():
    found = effects_of(
        *record(treated=arm(events=5, total=5), statistic="responder_pct", design=SINGLE)
    ).treated
    assert found.yi == 1
    assert found.vi is None
    assert found.ci_low == pytest.approx(0.5655, abs=1e-4)  # Wilson 5/5
    assert found.favours == 1


# between arms


def test_counts_in_both_arms_give_a_risk_ratio():
    fields = {
        "treated": arm(events=13, total=30),
        "control": arm(events=7, total=30),
        "statistic": "responder_pct",
        "design": PARALLEL,
    }
    study, outcome = record(**fields)
    found = effects_of(study, outcome).between
    assert found.measure == "RR"
    assert found.log
    assert found.yi == pytest.approx(math.log(13 / 7))
    assert found.vi == pytest.approx(1 / 13 - 1 / 30 + 1 / 7 - 1 / 30)
    assert found.favours == 1
    odds = between_effect(study, outcome, "OR")
    assert odds.yi == pytest.approx(math.log(13 * 23 / (17 * 7)))
    assert between_effect(study, outcome, "RD").yi == pytest.approx(0.2)


def test_percentages_become_counts_and_say_so():
    fields = {"treated": arm(pct=70, n=30), "control": arm(pct=33, n=30), "design": PARALLEL}
    found = effects_of(*record(**fields)).between
    assert found.yi == pytest.approx(math.log(21 / 10))
    assert found.label == "derived"
    assert found.basis.rule == "events_from_percent"


def test_a_percent_that_no_count_gives_is_flagged_and_kept():
    fields = {"treated": arm(pct=88, n=30), "control": arm(pct=50, n=30), "design": PARALLEL}
    found = effects_of(*record(**fields)).between
    assert found.yi == pytest.approx(math.log(88 / 50))
    assert "no whole number of 30 people is 88 %" in found.note


def test_percentages_of_arms_of_unknown_size_are_bounded_by_the_split():
    fields = {
        "treated": arm(pct=79),
        "control": arm(pct=48),
        "n_total": num(251),
        "design": PARALLEL,
    }
    found = effects_of(*record(**fields)).between
    assert found.yi == pytest.approx(math.log(79 / 48))
    assert found.vi is None
    equal = math.sqrt(0.21 / 0.79 / 125.5 + 0.52 / 0.48 / 125.5)
    assert found.se_bound[0] < equal < found.se_bound[1]


def test_more_events_than_people_names_study_and_values():
    fields = {"treated": arm(events=40, total=30), "control": arm(events=7, total=30)}
    with pytest.raises(EffectError, match=r"Kim 2019: more events than people.*40.*30"):
        effects_of(*record(**fields, design=PARALLEL))


def test_final_means_and_sds_give_a_mean_difference_and_g():
    fields = {
        "treated": arm(mean=12.1, sd=3.0, n=20),
        "control": arm(mean=10.0, sd=3.2, n=22),
        "design": PARALLEL,
        "better": "higher",
    }
    study, outcome = record(**fields)
    raw = effects_of(study, outcome).between
    assert raw.measure == "MD"
    assert raw.yi == pytest.approx(2.1)
    assert raw.vi == pytest.approx(9 / 20 + 10.24 / 22)
    assert raw.df == 40
    g = between_effect(study, outcome, "SMD")
    assert g.yi == pytest.approx(0.6632111371377165)
    assert g.favours == 1


def test_an_sd_that_is_a_standard_error_is_suspected():
    fields = {"treated": arm(mean=12, sd=0.2, n=20), "control": arm(mean=7, sd=0.2, n=20)}
    study, outcome = record(**fields, design=PARALLEL)
    found = between_effect(study, outcome, "SMD")
    assert found.yi > 20
    assert "is the SD a standard error?" in found.note


def test_a_negative_sd_is_an_error_and_a_zero_one_refused():
    bad = {"treated": arm(mean=12, sd=-2, n=20), "control": arm(mean=7, sd=2, n=20)}
    with pytest.raises(EffectError, match="cannot be negative"):
        effects_of(*record(**bad, design=PARALLEL))
    zero = {"treated": arm(mean=12, sd=0, n=20), "control": arm(mean=7, sd=2, n=20)}
    study, outcome = record(**zero, design=PARALLEL)
    assert between_effect(study, outcome, "SMD").yi is None
    assert "SD is 0" in between_effect(study, outcome, "SMD").reason
    raw = effects_of(study, outcome).between
    assert raw.yi == 5
    assert raw.vi is None
    assert "nobody differed" in raw.reason


def test_a_printed_ratio_goes_to_the_log_scale():
    contrast = Contrast(
        measure="risk_ratio", estimate=num("0.82"), ci_low=num("0.71"), ci_high=num("0.95")
    )
    found = effects_of(*record(contrast=contrast, control=arm(), design=PARALLEL)).between
    assert found.yi == pytest.approx(math.log(0.82))
    assert found.se == pytest.approx(0.0742863177222, rel=1e-8)
    assert found.ci_low == pytest.approx(math.log(0.71))
    assert "RR 0.82 (0.71 to 0.95)" in found.shown()


def test_an_estimate_off_the_centre_of_its_interval_is_noted():
    contrast = Contrast(
        measure="prevalence_ratio", estimate=num(12), ci_low=num("1.5"), ci_high=num(530)
    )
    found = effects_of(*record(contrast=contrast, control=arm())).between
    assert "not at the log-centre" in found.note


def test_an_estimate_outside_its_interval_has_no_spread():
    contrast = Contrast(measure="MD", estimate=num(5), ci_low=num(1), ci_high=num(2))
    found = effects_of(*record(contrast=contrast, control=arm(n=9), treated=arm(n=9))).between
    assert found.yi == 5
    assert found.vi is None
    assert "outside its own interval" in found.reason


def test_an_exact_p_between_arms_gives_the_standard_error_of_their_difference():
    # -8.5, p 0.035, 33 and 22 people: se 3.928
    fields = {
        "treated": arm(change_mean="-10.5", n=33),
        "control": arm(change_mean="-2.0", n=22),
        "contrast": Contrast(p=p("=", "0.035")),
        "design": PARALLEL,
    }
    found = effects_of(*record(**fields)).between
    assert found.yi == pytest.approx(-8.5)
    assert found.se == pytest.approx(3.928112295, rel=1e-8)


def test_two_percent_changes_are_points_apart_and_a_net_percent():
    # -20 % against -8 %: 12 points, net 13.0 %
    fields = {
        "treated": arm(pct_change="-20", n=30),
        "control": arm(pct_change="-8", n=30),
        "design": PARALLEL,
    }
    study, outcome = record(**fields)
    points = effects_of(study, outcome).between
    assert points.measure == "PCD"
    assert points.yi == pytest.approx(-12)
    assert points.vi is None
    assert "net −13.0" in points.note or "net -13.0" in points.note
    net = between_effect(study, outcome, "NETP")
    assert 100 * math.expm1(net.yi) == pytest.approx(-13.0434782609)
    assert net.vi is None


def test_a_printed_correlation_gives_the_spread_of_the_ratio_of_ratios():
    # treated 100 to 80, control 98 to 91, n 30 and 30, r .7: net -13.8 % [-23.6, -2.8]
    fields = {
        "treated": arm(baseline_mean=100, baseline_sd=30, mean=80, sd=26, n=30),
        "control": arm(baseline_mean=98, baseline_sd=29, mean=91, sd=28, n=30),
        "contrast": Contrast(r=num("0.7")),
        "design": PARALLEL,
    }
    net = between_effect(*record(**fields), "NETP")
    assert net.yi == pytest.approx(-0.14903557916)
    assert net.se == pytest.approx(0.0616156659933)
    assert 100 * math.expm1(net.ci_low) == pytest.approx(-23.6467864424)


def test_split_face_without_a_correlation_is_bounded_not_guessed():
    # Kafi 2007: -1.64 and -0.08 on the two arms of 36 people, an interval for each
    fields = {
        "treated": arm(change_mean="-1.64", change_ci_low="-2.06", change_ci_high="-1.22"),
        "control": arm(change_mean="-0.08", change_ci_low="-0.17", change_ci_high="0.01"),
        "n_total": num(36),
        "design": SPLIT,
    }
    study, outcome = record(**fields)
    found = effects_of(study, outcome).between
    assert found.yi == pytest.approx(-1.56)
    assert found.vi is None
    assert found.label == "bounded"
    low, high = found.se_bound
    assert high == pytest.approx(0.211580145703, rel=2e-5)  # r = 0; from SDs of 4 digits
    assert low == pytest.approx(0.16810, abs=1e-5)  # r = 0.9


def test_split_face_with_a_printed_correlation_is_computed():
    # -2.19 and -0.51, SD 3.4 and 3.1, r .5, n 29: se .605, df 28
    fields = {
        "treated": arm(change_mean="-2.19", change_sd="3.4", n=29),
        "control": arm(change_mean="-0.51", change_sd="3.1", n=29),
        "contrast": Contrast(kind="paired_site", r=num("0.5")),
        "design": SPLIT,
    }
    found = effects_of(*record(**fields)).between
    assert found.se == pytest.approx(0.605435152711, rel=1e-9)
    assert found.df == 28
    assert found.ci_low == pytest.approx(-2.92017769071, rel=1e-8)


def test_responders_on_one_side_only_have_a_difference_and_no_ratio():
    fields = {
        "treated": arm(events=13, total=29),
        "control": arm(events=0, total=29),
        "statistic": "responder_pct",
        "design": SPLIT,
    }
    study, outcome = record(**fields)
    found = effects_of(study, outcome).between
    assert found.measure == "RD"
    assert found.yi == pytest.approx(13 / 29)
    assert found.vi == pytest.approx(13 * 16 / 29**3)  # nobody responded on both sides
    assert "RD has one" in between_effect(study, outcome, "RR").reason


def test_several_readings_per_person_need_their_correlation():
    design = Design(kind="parallel", comparator="vehicle", unit_of_count="readings")
    fields = {"treated": arm(mean=12, sd=3, n=60), "control": arm(mean=10, sd=3, n=60)}
    found = effects_of(*record(**fields, design=design)).between
    assert found.yi == 2
    assert found.vi is None
    assert "several per person" in found.reason
    known = design.model_copy(update={"units_per_person": num(3), "icc": num("0.5")})
    wider = effects_of(*record(**fields, design=known)).between
    assert wider.vi == pytest.approx(2 * (9 / 60 + 9 / 60))


@pytest.mark.parametrize(
    ("contrast", "words"),
    [
        (Contrast(measure="p_only", p=p("=", "0.02")), "only a p value"),
        (Contrast(measure="direction_only"), "only the direction"),
        (Contrast(measure="no_significant_difference", p=p("ns")), "not evidence of none"),
        (Contrast(p=p("=", "0.013", "within_arm")), "within-arm tests are not a comparison"),
        (Contrast(), "nothing printed gives a difference"),
    ],
)
def test_a_missing_magnitude_is_refused_with_its_reason(contrast, words):
    found = effects_of(*record(contrast=contrast, control=arm(), design=PARALLEL)).between
    assert found.yi is None
    assert words in found.reason


def test_without_a_comparison_arm_nothing_stands_between():
    treated = arm(change_mean="-1.64", change_sd="1.2", n=36)
    found = effects_of(*record(treated=treated, design=SINGLE))
    assert found.treated.vi is not None
    assert found.control is None
    assert found.between.yi is None
    assert found.between.vi is None
    assert "no comparison arm" in found.between.reason


def test_a_within_arm_p_never_tests_the_difference():
    fields = {
        "treated": arm(pct_change="-20", n=30),
        "control": arm(pct_change="-8", n=30),
        "contrast": Contrast(p=p("=", "0.01", "within_arm")),
        "design": PARALLEL,
    }
    found = effects_of(*record(**fields))
    assert found.treated.vi is not None
    assert found.between.vi is None
    assert found.between.se_bound is None


def test_an_association_is_kept_between():
    contrast = Contrast(
        measure="relative_risk_adjusted",
        kind="between_group",
        estimate=num("2.3"),
        ci_low=num("1.2"),
        ci_high=num("4.2"),
    )
    found = effects_of(*record(contrast=contrast, design=Design(kind="exposure")))
    assert found.between.measure == "RR"
    assert found.between.se == pytest.approx(math.log(4.2 / 1.2) / (2 * 1.959963984540054))
    assert found.treated.yi is None


def test_a_ratio_below_zero_is_an_error():
    contrast = Contrast(measure="odds_ratio", estimate=num("-2"))
    with pytest.raises(EffectError, match="a ratio is positive"):
        effects_of(*record(contrast=contrast, control=arm(), design=PARALLEL))


values = st.floats(5, 60).map(lambda x: round(x, 2))
spreads = st.floats(0.5, 20).map(lambda x: round(x, 2))
counts = st.integers(3, 300)


@given(m1=values, s1=spreads, n1=counts, m2=values, s2=spreads, n2=counts)
@pytest.mark.parametrize("measure", ["MD", "SMD", "ROM"])
def test_swapping_the_arms_of_a_record_flips_the_sign(measure, m1, s1, n1, m2, s2, n2):
    one, other = arm(mean=m1, sd=s1, n=n1), arm(mean=m2, sd=s2, n=n2)
    forth = between_effect(*record(treated=one, control=other, design=PARALLEL), measure)
    back = between_effect(*record(treated=other, control=one, design=PARALLEL), measure)
    assert forth.yi == pytest.approx(-back.yi, abs=1e-9)
    assert forth.vi == pytest.approx(back.vi, rel=1e-9)
    assert forth.favours == -back.favours


fields_of_an_arm = st.fixed_dictionaries(
    {},
    optional={
        "baseline_mean": values,
        "baseline_sd": spreads,
        "mean": values,
        "sd": spreads,
        "change_mean": values,
        "change_sd": spreads,
        "pct_change": values,
        "n": counts,
    },
)


@given(treated=fields_of_an_arm)
def test_a_change_within_one_arm_never_becomes_an_effect_between_arms(treated):
    study, outcome = record(treated=arm(**treated), design=SINGLE)
    assert effects_of(study, outcome).between.yi is None
    for measure in BETWEEN_MEASURES:
        assert between_effect(study, outcome, measure).yi is None


@given(
    treated=fields_of_an_arm,
    control=fields_of_an_arm,
    design=st.sampled_from([PARALLEL, SPLIT]),
    said=st.sampled_from([Contrast(), Contrast(p=p("<", "0.05")), Contrast(p=p("=", "0.03"))]),
)
def test_every_number_says_what_it_rests_on(treated, control, design, said):
    found = effects_of(
        *record(treated=arm(**treated), control=arm(**control), design=design, contrast=said)
    )
    for effect in (found.treated, found.control, found.between):
        assert (effect.yi is None) == (effect.basis.label == "refused")
        assert effect.yi is not None or effect.reason
        assert effect.vi is None or effect.vi > 0
        if effect.vi is None:
            assert effect.spread.label in ("bounded", "refused")
            assert effect.spread.reason
            assert (effect.se_bound is None) == (effect.spread.label == "refused")
        if effect.yi is not None:
            assert effect.basis.inputs


# collections


def test_effects_for_pooling_keep_what_was_left_out_with_its_reason():
    whole, _ = record(
        treated=arm(mean=12, sd=3, n=20), control=arm(mean=10, sd=3, n=20), design=PARALLEL
    )
    bare = Outcome(id="o2", name="TEWL", treated=arm(pct_change="-20"), design=SINGLE)
    found = compute_effects([whole, Study(id="Lee 2020", outcomes=(bare,))], measure="MD")
    assert len(found) == 1
    assert found.yi.tolist() == [2.0]
    assert found.frame["study"].tolist() == ["Kim 2019"]
    assert found.refused["study"].tolist() == ["Lee 2020"]
    assert "no comparison arm" in found.refused["reason"][0]
    only = compute_effects([whole], measure="MD", outcome="tewl")
    assert len(only) == 0
    assert len(only.refused) == 0
    assert only.yi.shape == (0,)


def test_a_measure_that_records_do_not_give_is_named():
    with pytest.raises(OptionError, match=r"measure='MDD'.*Did you mean 'MD'"):
        compute_effects([], measure="MDD")
    with pytest.raises(OptionError):
        between_effect(*record(), "MC")


def test_arrays_become_effects():
    found = Effects.from_arrays([0.1, 0.2, None], [0.01, None, 0.02], measure="SMD")
    assert found.yi.tolist() == [0.1]
    assert found.refused["reason"].tolist() == ["no variance was given", "no effect was given"]
    with pytest.raises(EffectError, match="must be positive"):
        Effects.from_arrays([0.1], [0.0])
    with pytest.raises(EffectError, match="as many"):
        Effects.from_arrays([0.1, 0.2], [0.01])


def test_tables_are_escaped():
    found = Effects.from_arrays([0.1], [0.01], study=["<b>Kim</b>"])
    assert "<b>" not in found._repr_html_()
    shown = effects_of(*record(treated=arm(label="<i>serum</i>", pct_change="-20", n=50)))
    assert "<i>" not in shown._repr_html_()
    assert shown.to_frame()["kind"].tolist() == ["between_arm", "within_arm"]


def test_the_weakest_label_is_inherited():
    assert weakest(["reported", "imputed", "bounded"]) == "imputed"
    assert weakest(["derived", "refused"]) == "refused"
    effect = Effect(
        study="a", outcome="b", kind="between_arm", arm="", measure="MD", yi=0.0, vi=1.0,
        basis=Basis(label="reported"), spread=Basis(label="derived"), better="lower",
    )  # fmt: skip
    assert effect.label == "derived"
    assert effect.favours == 0
