"""Standard errors from printed statistics: the recovery cases, and what is refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.effects.counts import counts_of_percent, wilson
from evidence.effects.reported import (
    p_limits,
    pooled_sd_from_se,
    sd_from_se,
    se_from_ci,
    se_from_f,
    se_from_p,
    se_from_t,
    se_limits_from_p,
    statistic_of_p,
)
from evidence.errors import EffectError, OptionError

CASES = json.loads(
    gzip.decompress(
        (Path(__file__).parents[1] / "reference" / "data" / "recovery.json.gz").read_bytes()
    )
)


def cases(method: str):
    found = [case for case in CASES if case["method"] == method]
    assert found, f"no recovery case of {method}"
    return pytest.mark.parametrize("case", found, ids=[case["id"] for case in found])


def df_of(design: dict | None) -> float | None:
    if design is None:
        return None
    return design["n"] - 1 if design["kind"] == "paired" else design["n1"] + design["n2"] - 2


def sd_of(design: dict | None, se: float | None) -> dict[str, float]:
    if design is None or se is None:
        return {}
    if design["kind"] == "paired":
        return {"sd_change": sd_from_se(se, design["n"])}
    return {"sd_pooled": pooled_sd_from_se(se, design["n1"], design["n2"])}


def check(case: dict, got: dict) -> None:
    for key, want in case["expect"].items():
        if key == "status":
            continue
        assert key in got, key
        assert got[key] == pytest.approx(
            want, rel=case["tolerance"]["rel"], abs=case["tolerance"]["abs"]
        ), key


@cases("se_from_exact_p")
def test_se_from_exact_p(case):
    given, design = case["input"], case["input"].get("design")
    df = df_of(design) if case["options"]["dist"] == "t" else None
    se = se_from_p(given["estimate"], given["p"], df=df)
    statistic = statistic_of_p(given["p"], df=df)
    check(case, {"se": se, "statistic": statistic, "df": df, **sd_of(design, se)})


@cases("se_from_ci")
def test_se_from_ci(case):
    given, options, design = case["input"], case["options"], case["input"].get("design")
    df = df_of(design) if options["dist"] == "t" else None
    read = se_from_ci(
        given["lo"],
        given["hi"],
        estimate=given["estimate"],
        level=options["level"],
        df=df,
        log=options["scale"] == "log",
    )
    got = {"se": read.se, "centre": read.centre, "asymmetry_fraction": read.asymmetry, "df": df}
    check(case, {**got, **sd_of(design, read.se)})


@cases("se_from_test_statistic")
def test_se_from_test_statistic(case):
    given, design = case["input"], case["input"]["design"]
    if "t" in given:
        se = se_from_t(given["estimate"], given["t"])
    else:
        se = se_from_f(given["estimate"], given["F"])
    df = df_of(design)
    t = given["estimate"] / se
    p = case["expect"]["p"]
    assert statistic_of_p(p, df=df) == pytest.approx(abs(t), rel=1e-6)
    check(case, {"t": t, "df": df, "se": se, "p": p, **sd_of(design, se)})


@cases("se_interval_from_p_statement")
def test_se_interval_from_p_statement(case):
    given, design = case["input"], case["input"]["design"]
    said = given["statement"]
    limits = p_limits(
        said["op"], said["p"], decimals=said.get("decimals"), grid=said.get("grid", ())
    )
    low, high = se_limits_from_p(given["estimate"], limits, df=df_of(design))
    got: dict = {"p_interval": list(limits), "se_interval": [low, high]}
    sd = [None if se is None else next(iter(sd_of(design, se).values())) for se in (low, high)]
    got |= {"sd_change_interval": sd, "sd_pooled_interval": sd}
    for key, want in case["expect"].items():
        if key == "status":
            assert want == "bounded"
            continue
        for a, b in zip(got[key], want, strict=True):
            assert (a is None) == (b is None)
            if b is not None:
                assert a == pytest.approx(b, rel=1e-6, abs=1e-9)


@cases("responder_ci")
def test_counts_that_a_percent_allows(case):
    given = case["input"]
    assert counts_of_percent(given["percent"], given["n"]) == case["expect"]["counts"]
    if case["expect"]["status"] == "unique":
        got = wilson(case["expect"]["counts"][0], given["n"], case["options"]["level"])
        assert got == pytest.approx(case["expect"]["wilson"], rel=1e-6)


@given(estimate=st.floats(0.1, 50), se=st.floats(0.1, 10), df=st.integers(3, 200))
def test_an_interval_gives_back_the_standard_error_it_was_made_with(estimate, se, df):
    quantile = statistic_of_p(0.05, df=df)
    read = se_from_ci(estimate - quantile * se, estimate + quantile * se, estimate=estimate, df=df)
    assert read.se == pytest.approx(se, rel=1e-9)
    assert not read.lopsided


@given(estimate=st.floats(0.1, 50), p=st.floats(1e-6, 0.049), df=st.integers(3, 200))
def test_an_exact_p_lies_within_the_bound_of_its_threshold(estimate, p, df):
    low, high = se_limits_from_p(estimate, p_limits("<", 0.05), df=df)
    assert high is not None
    assert low < se_from_p(estimate, p, df=df) < high


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: se_from_ci(2, 1),
        lambda: se_from_ci(-1, 2, log=True),
        lambda: se_from_p(1, 0),
        lambda: se_from_p(1, 1.2),
        lambda: se_from_p(0, 0.04),
        lambda: se_from_t(1, -2),
        lambda: se_from_f(1, 4, df1=2),
        lambda: p_limits("<", 1.5),
        lambda: se_limits_from_p(0, (0, 0.05), df=20),
    ],
)
def test_what_does_not_determine_a_standard_error_is_refused(wrong):
    with pytest.raises(EffectError):
        wrong()


def test_an_unknown_operator_is_named():
    with pytest.raises(OptionError, match="operator='~'"):
        p_limits("~", 0.05)


def test_a_lopsided_interval_is_recognised_and_so_is_a_ratio():
    read = se_from_ci(0.5, 8, estimate=2)
    assert read.lopsided
    assert read.log_asymmetry == pytest.approx(0, abs=1e-12)
