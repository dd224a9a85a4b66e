"""Test statistics in text: what the specification prints, scipy's p, and truth never accused."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evidence.errors import EffectError, OptionError
from evidence.integrity.printed_p import read_p
from evidence.integrity.statistics_text import statistic_versus_p, statistics_in


@pytest.mark.parametrize(
    ("text", "error", "decision", "p"),
    [
        ("t(28) = 2.20, p = .03", True, False, 0.036),
        ("t(49) = 1.70, p < .05", True, True, 0.095),
    ],
)
def test_the_two_examples_of_the_specification(text, error, decision, p):
    found = statistic_versus_p(text)
    assert (found.error, found.decision_error) == (error, decision)
    assert round(found.computed_p, 3) == p


@pytest.mark.parametrize(
    ("text", "kind", "df", "p"),
    [
        ("t(28)=-2.20; p=0.036", "t", (28,), 2 * stats.t.sf(2.2, 28)),
        ("t(23.4) = 2,20, p = 0,038", "t", (23.4,), 2 * stats.t.sf(2.2, 23.4)),
        ("T(28) = −2.20 (P = .036)", "t", (28,), 2 * stats.t.sf(2.2, 28)),
        ("F(1, 40) = 5.12, p = .029", "F", (1, 40), stats.f.sf(5.12, 1, 40)),
        ("F(1;40)=5.12, p=.029", "F", (1, 40), stats.f.sf(5.12, 1, 40)),
        ("χ2(1, N = 60) = 3.80, p = .05", "Chi2", (1,), stats.chi2.sf(3.8, 1)),
        ("χ²(2) = 7.1, p = .03", "Chi2", (2,), stats.chi2.sf(7.1, 2)),
        ("chi-square(1, n=60) = 3.80, p = .05", "Chi2", (1,), stats.chi2.sf(3.8, 1)),
        ("X2(1) = 3.80, p = .05", "Chi2", (1,), stats.chi2.sf(3.8, 1)),
        ("r(48) = .30, p = .034", "r", (48,), 2 * stats.t.sf(0.3 * (48 / 0.91) ** 0.5, 48)),
        ("r(48) = 1.00, p < .001", "r", (48,), 0),
        ("z = 1.50, p = .13", "Z", (), 2 * stats.norm.sf(1.5)),
        ("Z=-1.50, p = .13", "Z", (), 2 * stats.norm.sf(1.5)),
        ("t(30) = 12.4, p < .001", "t", (30,), 2 * stats.t.sf(12.4, 30)),
        ("t(30) = 9.00, two-tailed p = 5e-10", "t", (30,), 2 * stats.t.sf(9, 30)),
        ("F(2, 57) = 1,234.5, p ≤ .001", "F", (2, 57), stats.f.sf(1234.5, 2, 57)),
        ("t(20) = 0.50, ns", "t", (20,), 2 * stats.t.sf(0.5, 20)),
        ("t(20) = 0.50, p = n.s.", "t", (20,), 2 * stats.t.sf(0.5, 20)),
        ("F(1, 40) = 0.00, p > .05", "F", (1, 40), 1),
    ],
)
def test_every_way_of_writing_is_read_and_agrees_with_scipy(text, kind, df, p):
    found = statistic_versus_p(f"Depth fell, {text}.")
    assert (found.type, found.df) == (kind, df)
    assert found.computed_p == pytest.approx(p, rel=1e-9)
    assert (found.verdict, found.error, found.benign) == ("consistent", False, ())


def test_a_statistic_known_only_by_a_limit():
    assert not statistic_versus_p("F(1, 40) < 1, ns").error
    assert not statistic_versus_p("t(40) < 1, p > .05").error
    assert statistic_versus_p("t(40) < 1, p = .01").decision_error
    assert statistic_versus_p("t(40) > 5, p = .20").decision_error


def test_several_tests_in_one_text():
    text = "Depth: F(2, 57) = 2.10, p = .04; area: t(28) = 2.20, p = .04, and r(48) = .30, p = .034"
    assert [(t.type, t.error) for t in statistics_in(text)] == [
        ("F", True), ("t", False), ("r", False),
    ]  # fmt: skip
    assert statistics_in("No tests, p = .04; start(28) = 2.2, p = .03") == ()


@pytest.mark.parametrize("text", ["p = .04", "t(28) = 2.2", "", "F(2, 5) = 1, ns, z = 1, ns"])
def test_one_test_is_needed(text):
    with pytest.raises(EffectError, match="such as 't"):
        statistic_versus_p(text)


def test_one_sided_is_accepted_when_said_and_only_suggested_otherwise():
    text = "t(28) = 1.80, p = .04"
    silent = statistic_versus_p(text)
    assert silent.error
    assert silent.would_fit == ("one_sided",)
    assert str(silent).endswith("It would fit if the test was one-sided.")
    for announced in ("one-sided", "one-tailed", "1-tailed", "One sided", "directional"):
        assert not statistic_versus_p(f"{announced} test: {text}").error
    assert statistic_versus_p("one-tailed F(2, 28) = 3.00, p = .03").error  # has no sides
    assert not statistic_versus_p(
        "one-tailed t(28) = 1.80, p = .08"
    ).error  # two-sided all the same
    assert not statistic_versus_p("one-tailed t(28) = -1.80, p = .96").error  # the other side


def test_not_significant_is_above_alpha():
    assert statistic_versus_p("t(28) = 3.00, ns").decision_error
    assert not statistic_versus_p("t(28) = 3.00, ns", alpha=0.001).error


def test_p_at_alpha_counts_as_asked():
    text = "t(23) = 1.90, p = .05"  # p .070
    assert statistic_versus_p(text).decision_error
    assert not statistic_versus_p(text, p_equal_alpha_significant=False).decision_error


def test_a_limit_that_claims_nothing_has_no_decision_to_change():
    found = statistic_versus_p("t(28) = 1.00, p < .10")
    assert (found.error, found.decision_error) == (True, False)


@pytest.mark.parametrize(
    "text",
    ["t(0) = 2.2, p = .03", "F(1, 0) = 2, ns", "r(20) = 1.30, p = .01", "F(1, 20) = -3, p = .1",
     "t(28) = 2.2, p = 1.03"],
)  # fmt: skip
def test_what_cannot_exist_is_said_without_a_p(text):
    found = statistic_versus_p(text)
    assert (found.verdict, found.reason, found.computed_p) == ("inconsistent", "impossible", None)
    assert str(found).startswith("These numbers cannot all be right: ")
    assert found.benign


def test_an_error_comes_with_harmless_reasons():
    found = statistic_versus_p("t(28) = 2.20, p = .03")  # .0362 cut off
    assert any("cut off" in reason for reason in found.benign)
    assert any("Bonferroni" in reason for reason in found.benign)
    corrected = statistic_versus_p("t(28) = 2.20, p = .11")  # three times .036
    assert any("Bonferroni" in reason for reason in corrected.benign)
    assert not any("cut off" in reason for reason in corrected.benign)


def test_alpha_is_between_0_and_1():
    with pytest.raises(OptionError):
        statistic_versus_p("z = 1.5, p = .13", alpha=5)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("0.04", 0.035, 0.045),
        ("p = .040", 0.0395, 0.0405),
        ("0.000", 0, 0.0005),
        ("1", 0.5, 1),
        ("<0.001", 0, 0.001),
        ("P ≤ 0.01", 0, 0.015),
        (">.05", 0.05, 1),
        ("ns", 0.05, 1),
        ("n.s.", 0.05, 1),
        ("not significant", 0.05, 1),
        ("1.5e-4", 0.000145, 0.000155),
    ],
)
def test_a_printed_p_is_a_set(text, low, high):
    p = read_p(text)
    assert (p.low, p.high) == pytest.approx((low, high), abs=1e-15)


@pytest.mark.parametrize("text", ["1.2", "-0.04", "p", "", "0,04", "<", "p = five"])
def test_what_is_no_p_value(text):
    with pytest.raises(EffectError, match="p is"):
        read_p(text)


P_OF = {
    "t": lambda x, df: 2 * stats.t.sf(abs(x), df),
    "F": lambda x, df: stats.f.sf(abs(x), 3, df),
    "χ²": lambda x, df: stats.chi2.sf(abs(x), df),
    "z": lambda x, df: 2 * stats.norm.sf(abs(x)),
    "r": lambda x, df: 2 * stats.t.sf(abs(x) * (df / (1 - x * x)) ** 0.5, df),
}
WRITTEN = {"t": "t({df})", "F": "F(3, {df})", "χ²": "χ²({df})", "z": "z", "r": "r({df})"}


@given(
    kind=st.sampled_from(sorted(P_OF)),
    size=st.floats(-0.999, 0.999),
    df=st.integers(1, 200),
    decimals=st.integers(1, 4),
    p_decimals=st.integers(1, 4),
    way=st.sampled_from(["=", "<", ">", "one-sided"]),
)
def test_an_honest_report_is_never_in_error(kind, size, df, decimals, p_decimals, way):
    value = {"r": size, "F": abs(8 * size), "χ²": abs(50 * size)}.get(kind, 6 * size)
    p = P_OF[kind](value, df)
    lead = ""
    if way == "one-sided" and kind in ("t", "z", "r"):
        lead, p = "one-sided: ", p / 2
    written = f"= {p:.{p_decimals}f}"
    if way in "<>":
        grid = (0.001, 0.01, 0.05, 0.1, 0.5)
        limits = [a for a in grid if (p < a if way == "<" else p > a)]
        written = f"{way} {limits[0 if way == '<' else -1]}" if limits else written
    text = f"{lead}{WRITTEN[kind].format(df=df)} = {value:.{decimals}f}, p {written}"
    found = statistic_versus_p(text)
    assert not found.error, text
    assert not found.decision_error


@given(df=st.floats(1, 60), t=st.floats(0, 6), decimals=st.integers(1, 2))
def test_the_rounded_df_of_welch_s_test_is_no_error(df, t, decimals):
    p = 2 * stats.t.sf(t, df)
    assert not statistic_versus_p(f"t({df:.{decimals}f}) = {t:.3f}, p = {p:.4f}").error


@given(df=st.integers(2, 200), t=st.floats(0.2, 6), factor=st.sampled_from([0.1, 0.3, 3, 10]))
def test_a_p_that_is_far_off_is_found(df, t, factor):
    p = 2 * stats.t.sf(t, df)
    wrong = p * factor
    if wrong < 1:
        assert statistic_versus_p(f"t({df}) = {t:.4f}, p = {wrong:.3g}").error


def test_importing_the_checks_loads_no_scipy():
    modules = "statistics_text, recompute, intervals, changes, tables, repeats, text_table"
    code = (
        f"import sys; from evidence.integrity import {modules}; "
        "print(sorted({'scipy', 'pandas'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
