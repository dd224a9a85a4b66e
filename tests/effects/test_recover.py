"""One result, all that can be said of its error: the worked analysis of two published claims."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.effects.recover import RULES, recover
from evidence.effects.recover_net import recover_net
from evidence.effects.standing import standing
from evidence.records.base import UNKNOWN
from evidence.records.outcome import ArmResult, Contrast, Design, Outcome, PValue
from evidence.records.reported import Reported
from evidence.records.study import Study


def arm(**printed: object) -> ArmResult:
    return ArmResult(**{name: Reported(text=str(value)) for name, value in printed.items()})


def p_value(operator: str, text: str = "") -> Contrast:
    value = Reported(text=text) if text else UNKNOWN
    return Contrast(p=PValue(operator=operator, value=value, kind="within_arm"))


def one(treated: ArmResult, family: str = "wrinkle_depth", **more: object) -> tuple[Study, Outcome]:
    outcome = Outcome(id="1", name=family, family=family, treated=treated, **more)
    return Study(id="s", outcomes=(outcome,)), outcome


def rounded(interval: tuple[float, float] | None, digits: int = 1) -> list[float]:
    return [round(x, digits) for x in interval or ()]


class TestFiftyWomenMinusTwenty:
    """n 50, −20 %, no SD: section 7.1 of the specification, to the digits it prints."""

    @pytest.fixture
    def found(self):
        return recover(*one(arm(pct_change=-20, n=50)))

    def test_bounds(self, found):
        bound = found.bounds
        assert rounded(bound.se, 4) == [0.0126, 0.1004]
        assert (rounded(bound.widest), rounded(bound.narrowest)) == ([-34.3, -2.6], [-22.0, -18.0])
        assert found.label == "bounded"

    def test_prior(self, found):
        assert rounded(found.assumed.widest) == [-28.9, -10.0]
        assert rounded(found.assumed.se, 3) == [0.015, 0.120]
        assert found.assumed.basis.assumptions[-1].endswith("(wrinkle_depth/0)")

    def test_forty_analysed(self):
        fewer = recover(*one(arm(pct_change=-20, n=40)))
        assert rounded(fewer.assumed.widest) == [-29.9, -8.7]

    def test_what_undoes_it(self, found):
        seen = standing(found, better="lower")
        assert [round(cv, 2) for _, cv in seen.touches_zero] == [0.68, 0.81]
        assert [round(tip.point.tipping_ci_percent, 1) for tip in seen.tips] == [-12.7, -9.6, -7.4]
        nets = {row.vehicle_percent: row for row in seen.nets.rows}
        assert rounded(nets[-2.8].ci_net_percent) == [-28.8, -4.8]
        assert rounded(nets[-8].ci_net_percent) == [-24.8, 0.6]
        assert round(nets[-20].net_percent, 9) == 0
        assert [round(x, 1) for x in seen.regression.percent[0]] == [-10.9, -6.5, -2.2]
        assert [round(x, 1) for x in seen.regression.percent[2]] == [-17.4, -10.4, -3.5]
        assert [round(x, 1) for _, x in seen.readings][::2] == [-21.5, -28.0]

    def test_a_control_says_nothing_of_vehicles(self, found):
        seen = standing(found, better="lower", controlled=True)
        assert not seen.tips
        assert seen.nets is None
        assert "the effect of the product" in seen.not_said[-1].text

    def test_without_assumptions_nothing_is_imputed(self):
        strict = recover(*one(arm(pct_change=-20, n=50)), assumptions=False)
        seen = standing(strict, better="lower", assumptions=False)
        assert strict.assumed is None
        assert {step.label for step in strict.steps} == {"bounded", "refused"}
        assert "imputed" not in {row.label for row in (*seen.said, *seen.not_said)}

    @pytest.mark.parametrize(
        ("printed", "rule", "widest"),
        [
            (p_value("<", "0.001"), "se_interval_intersection", [-29.3, -9.5]),
            (p_value("<", "0.05"), "se_interval_intersection", [-34.3, -2.6]),
            (p_value("=", "0.012"), "se_from_exact_p", [-35.4, -4.6]),
        ],
        ids=["p < .001", "p < .05", "p = .012"],
    )
    def test_with_a_p_value(self, printed, rule, widest):
        found = recover(*one(arm(pct_change=-20, n=50), contrast=printed))
        assert (found.best.rule, rounded(found.best.widest)) == (rule, widest)

    def test_p_alone_in_points(self):
        found = recover(*one(arm(pct_change=-20, n=50), contrast=p_value("<", "0.001")))
        step = found.step("se_limits_from_p")
        assert round(step.se[1], 2) == 5.71
        assert rounded(step.widest) == [-31.5, -8.5]


class TestPeptidesWithoutPeople:
    """+15 % elasticity, +18 % contour, n not stated: section 7.2."""

    def test_no_interval_without_people(self):
        found = recover(*one(arm(pct_change=15), "elasticity"))
        assert found.best is None
        assert found.label == "refused"
        assert found.steps[-1].basis.reason == "the number of people is not printed"

    def test_the_hypothetical_table(self):
        seen = standing(recover(*one(arm(pct_change=15), "elasticity")), better="higher")
        table = {row.n: (rounded(row.widest), rounded(row.narrowest)) for row in seen.supposed}
        assert table == {
            10: ([-4.3, 38.1], [12.5, 17.6]),
            20: ([1.0, 30.9], [13.2, 16.8]),
            30: ([3.4, 27.8], [13.5, 16.5]),
            60: ([6.7, 23.9], [14.0, 16.0]),
        }
        assert [n for _, n in seen.decides] == [6, 4, 1]

    def test_a_contour_has_no_plausible_range_and_no_direction(self):
        seen = standing(recover(*one(arm(pct_change=18), "contour")))
        assert seen.supposed == ()
        assert any("which way is good" in row.text for row in seen.not_said)


class TestRoutes:
    def test_both_sds_bound_whatever_the_correlation(self):
        printed = arm(baseline_mean=100, baseline_sd=30, mean=80, sd=26, n=50)
        found = recover(*one(printed))
        assert found.best.rule == "sd_change_from_r"
        # the worked case with r = .7 lies inside
        assert found.best.widest[0] < -25.2 < -14.4 < found.best.widest[1]
        assert found.best.narrowest[0] > -25.2
        assert found.assumed.rule == "prior_r_propagation"

    def test_a_printed_correlation_needs_no_bound(self):
        printed = arm(baseline_mean=100, baseline_sd=30, mean=80, sd=26, n=50)
        found = recover(*one(printed, contrast=Contrast(r=Reported(text="0.7"))))
        assert found.label == "derived"
        assert found.assumed is None

    def test_significance_that_needs_an_implausible_spread(self):
        found = recover(*one(arm(pct_change=-2, n=12), contrast=p_value("<", "0.001")))
        assert any(step.empty for step in found.steps)

    def test_an_outcome_of_which_no_spread_was_seen(self):
        found = recover(*one(arm(pct_change=20, n=30), "radiance"))
        assert found.best is None
        assert "none has been seen" in found.steps[-1].basis.reason

    def test_a_percent_of_grades_is_refused_an_interval(self):
        found = recover(*one(arm(pct_change=-20, n=30), "wrinkle_grade"))
        assert found.best is None
        assert "raw scale" in found.steps[-1].basis.reason

    def test_nothing_left_has_no_logarithm(self):
        found = recover(*one(arm(pct_change=-100, n=30)))
        assert found.best is None

    @pytest.mark.parametrize("qualifier", ["up to"])
    def test_up_to_is_no_mean(self, qualifier):
        printed = ArmResult(
            pct_change=Reported(text="-20", qualifier=qualifier), n=Reported(text="50")
        )
        found = recover(*one(printed))
        assert found.percent is None
        assert found.steps == ()

    def test_every_rule_is_reached(self):
        cases = [
            recover(*one(arm(pct_change=-20, n=50))),
            recover(*one(arm(pct_change=-20, n=50), contrast=p_value("<", "0.001"))),
            recover(*one(arm(pct_change=-20, n=50), contrast=p_value("=", "0.012"))),
            recover(*one(arm(baseline_mean=100, baseline_sd=30, mean=80, sd=26, n=50))),
            recover(*one(arm(pct_change=15), "elasticity")),
        ]
        assert len({step.rule for case in cases for step in case.steps}) >= len(RULES)


class TestNet:
    def test_two_percents(self):
        study, outcome = one(arm(pct_change=-20, n=30), control=arm(pct_change=-8, n=30))
        net = recover_net(study, outcome)
        assert round(net.percent, 1) == -13.0
        # both errors at their plausible ends: c 0.6, r 0.3 and c 0.2, r 0.9
        widest = 0.6 * math.sqrt(2 * 0.7 / 30) * math.sqrt(2)
        assert net.se[1] == pytest.approx(widest)
        assert net.label == "bounded"

    def test_sides_of_one_person_are_not_independent(self):
        design = Design(kind="within_person")
        both = {"control": arm(pct_change=-8, n=30)}
        sides = recover_net(*one(arm(pct_change=-20, n=30), design=design, **both))
        groups = recover_net(*one(arm(pct_change=-20, n=30), **both))
        assert sides.se[0] < groups.se[0]
        assert sides.se[1] == pytest.approx(groups.se[1])

    def test_a_single_arm_has_none(self):
        net = recover_net(*one(arm(pct_change=-20, n=30)))
        assert (net.percent, net.label) == (None, "refused")


@given(
    cv=st.floats(0.2, 0.6),
    r=st.floats(0.3, 0.9),
    percent=st.integers(-60, 60).filter(bool),
    n=st.integers(5, 500),
)
def test_bounds_hold_the_true_error(cv, r, percent, n):
    """Degrade a record to its percent and n: the true standard error is inside the bounds."""
    true = cv * math.sqrt(2 * (1 - r) / n)
    low, high = recover(*one(arm(pct_change=percent, n=n))).bounds.se
    assert low * (1 - 1e-12) <= true <= high * (1 + 1e-12)


@given(
    c0=st.floats(0.2, 0.6),
    c1=st.floats(0.2, 0.6),
    r=st.floats(0.3, 0.9),
    n=st.integers(5, 500),
    post=st.integers(40, 160),
)
def test_both_sds_hold_the_true_error(c0, c1, r, n, post):
    printed = arm(baseline_mean=100, baseline_sd=repr(100 * c0), mean=post, sd=repr(post * c1), n=n)
    low, high = recover(*one(printed)).best.se
    true = math.sqrt((c0**2 + c1**2 - 2 * r * c0 * c1) / n)
    assert low * (1 - 1e-9) <= true <= high * (1 + 1e-9)
