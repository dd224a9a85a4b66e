"""The validation's estimators find planted truths; the committed set is what they give."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import write_page
from agreement import compare, kind_of_disagreement, overall_of
from cochrane import ARMS, DOMAINS, FOLDER, KEY, judged, kind_of, read_results
from estimate_bias import (
    AS_THE_SCORE_FLAGS,
    DOMAINS_TOGETHER,
    _paule_mandel,
    bias_rows,
    data_of,
    estimate,
    fit,
    flags,
)
from predict import best_possible, predict, rank_correlation, scored
from rehearse import rehearse
from write_page import PAGE, n3

from evidence.appraisal.bias_sets import BIAS_SETS
from evidence.appraisal.reliability import RANGE_SETS
from evidence.kernels.tau2 import paule_mandel
from evidence.synthesis.pool import pool

LEVELS = np.array(["low", "some_concerns", "high"])
BETA = np.array([0.30, 0.0, 0.0, 0.15, 0.0])
KAPPA2 = np.array([0.0, 0.0, 0.08, 0.0, 0.0])
PHI = np.array([0.20, 0.0, 0.0, 0.0, 0.0])


def write(folder, *, reviews=40, analyses=2, studies=30, beta=BETA, kappa2=KAPPA2, phi=PHI, seed=7):
    """A folder like the real one: means and SDs per arm, no study in two analyses."""
    rng, rows = np.random.default_rng(seed), []
    for review in range(reviews):
        of_review = beta + phi * rng.normal(size=5)
        for outcome in range(analyses):
            side = rng.choice([-1, 1])
            for study in range(studies):
                n = int(rng.integers(20, 120))
                level = rng.integers(3, size=5) * (rng.random(5) < 0.7)
                x = (level > 0).astype(float)
                spread = math.sqrt(0.02 + x @ kappa2)
                true = side * (0.6 + x @ of_review) + rng.normal(0, spread)
                seen = true + rng.normal(0, math.sqrt(2 / n))
                domains = LEVELS[level].tolist()
                row = [f"R{review}", 1, outcome, "Pain", "continuous", f"S{outcome}-{study}",
                       n, 10 + seen, 1.0, 0.0, n, 10.0, 1.0, 0.0, 0.0, 0.0]  # fmt: skip
                rows.append([*row, *domains, overall_of(domains)])
    names = [*KEY, "outcome", "outcome_type", "study", *ARMS, "giv_estimate", "giv_se"]
    names += [f"rob2_{name}" for name in (*DOMAINS, "overall")]
    pd.DataFrame(rows, columns=names).to_parquet(folder / "study_results.parquet")
    return folder


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return judged(read_results(write(tmp_path_factory.mktemp("planted"))).results)


def test_planted_biases_are_recovered(results):
    found = estimate(results, DOMAINS_TOGETHER, draws=200)
    assert found.se().max() < 0.06
    assert np.abs(found.fit.beta - BETA) / found.se() == pytest.approx(0, abs=3)
    low, high = found.interval(0)
    assert low[0] > 0.15  # the bias that is there is seen
    assert (low[[1, 2, 4]] < 0).all()  # and none that is not
    assert (high[[1, 2, 4]] > 0).all()
    k_low, k_high = found.interval(1)
    assert k_low[2] > 0.03
    pull = 0.01  # of weights that know each analysis' own spread, at thirty results a seventh
    assert ((k_low < KAPPA2 + pull) & (k_high > KAPPA2 - pull)).all()
    assert math.sqrt(found.fit.phi2[0]) == pytest.approx(PHI[0], abs=0.07)
    assert (np.sqrt(found.fit.phi2[1:]) < 0.12).all()


def test_no_planted_bias_is_not_found(tmp_path):
    nothing = np.zeros(5)
    folder = write(tmp_path, reviews=40, beta=nothing, kappa2=nothing, phi=nothing)
    found = estimate(judged(read_results(folder).results), DOMAINS_TOGETHER, draws=200)
    assert np.abs(found.fit.beta / found.se()).max() < 3
    assert np.abs(found.fit.kappa2).max() < 0.03


def test_the_rehearsal_gives_back_what_it_planted(results):
    beta, kappa2 = np.array([0.2, 0, 0, 0.1, 0]), np.array([0, 0, 0.05, 0, 0])
    found = rehearse(results, DOMAINS_TOGETHER, beta=beta, kappa2=kappa2, draws=20)
    near = 4 * found.beta_sd / math.sqrt(20) + 0.1 * beta  # signs near zero cost up to a tenth
    assert (np.abs(found.beta - beta) < near + 1e-9).all()
    assert found.kappa2 == pytest.approx(kappa2, abs=0.015)


def test_means_are_those_of_weighted_least_squares_with_a_dummy_per_analysis(results):
    some = results[results["review"].isin([f"R{i}" for i in range(12)])]
    data = data_of(some, DOMAINS_TOGETHER)
    dummies = np.eye(data.analysis.max() + 1)[data.analysis]
    weights = 1 / (data.v + data.tau2[data.analysis]) / np.bincount(data.study)[data.study]
    plain = sm.WLS(data.z, np.hstack([data.x, dummies]), weights=weights).fit()
    assert fit(data).beta == pytest.approx(plain.params[:5], rel=1e-8)


def test_the_spread_between_reviews_solves_paule_and_mandels_equation():
    rng = np.random.default_rng(3)
    y, v = rng.normal(0, 0.4, 12), rng.uniform(0.01, 0.1, 12)
    assert _paule_mandel(y, v, np.ones(12)) == pytest.approx(paule_mandel(y, v), abs=1e-6)


def test_a_review_drawn_twice_counts_as_two(results):
    some = results[results["review"].isin(["R0", "R1", "R2", "R3", "R4"])]
    twice = some[some["review"] == "R4"].assign(review="again", analysis=lambda t: t.analysis + 9e5)
    by_hand = fit(data_of(pd.concat([some, twice]), DOMAINS_TOGETHER))
    data = data_of(some, DOMAINS_TOGETHER)
    # the mean that short analyses lean on moves with the analyses there are; hold it
    data = data._replace(tau2=data.tau2 * 0 + 0.02)
    full = data_of(pd.concat([some, twice]), DOMAINS_TOGETHER)
    by_hand = fit(full._replace(tau2=full.tau2 * 0 + 0.02))
    drawn = fit(data, np.array([1.0, 1, 1, 1, 2]))
    assert drawn.beta == pytest.approx(by_hand.beta, rel=1e-9)
    assert drawn.kappa2 == pytest.approx(by_hand.kappa2, rel=1e-9)


def test_flags_follow_the_kind_of_outcome():
    rows = pd.DataFrame(
        {"d2": ["high", "low", "low"], "d4": ["low", "some_concerns", "low"],
         "kind": ["objective", "graded", "unsorted"]}
    )  # fmt: skip
    made = flags(rows, ["d2|d4:objective", "d2|d4:subjective", "d2|d4:unsorted", "d4"])
    assert made.to_numpy().tolist() == [[1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0]]


def test_predictions_do_not_look_at_effects(results):
    some = results.head(60)
    moved = some.assign(yi=some["yi"] * -5 + 1, sign=-some["sign"])
    assert predict(some).equals(predict(moved))


def test_predicted_error_is_the_scores_formula(results):
    one = results[(results[DOMAINS] == "low").all(axis=1)].head(1)
    assert predict(one)["e2"].item() == pytest.approx(1 / one["n1"].item() + 1 / one["n2"].item())
    flawed = one.assign(d1="high")  # sequence and concealment of robes2018
    extra = 0.062**2 + 0.030**2 + 0.044**2 + 0.061**2 + 0.031**2 + 0.055**2 + 0.044**2
    assert predict(flawed)["domains"].item() == pytest.approx(extra)


def test_distances_leave_the_study_out(results):
    some = results[results["analysis"] == results["analysis"].iloc[0]]
    table = scored(some)
    others = some.iloc[1:]
    pooled = pool(others[["yi", "vi"]], tau2="DL", test="z")
    wanted = np.sign(pooled.estimate) * (some["yi"].iloc[0] - pooled.estimate)
    assert table["distance"].iloc[0] == pytest.approx(wanted)
    assert table["others"].iloc[0] == pytest.approx(pooled.se**2)


def test_a_true_predictor_reaches_what_is_possible(results):
    table = scored(results)
    rng = np.random.default_rng(5)
    expected = table["e2"] + table["tau2"] + table["others"]
    drawn = table.assign(drawn=expected * rng.normal(size=len(table)) ** 2)
    found = rank_correlation(drawn, "e2", "drawn", draws=100)
    assert found.low < best_possible(table, "e2", "square") < found.high
    shuffled = table.assign(noise=rng.permutation(len(table)).astype(float))
    nothing = rank_correlation(shuffled, "noise", "square", draws=200)
    assert nothing.low < 0 < nothing.high


@pytest.mark.parametrize(
    ("domains", "overall", "words"),
    [
        (["low"] * 5, "low", ""),
        (["high", "some_concerns", "low", "low", "low"], "high", ""),
        (["some_concerns"] * 3 + ["low"] * 2, "high",
         "high, with 3 domains of some concerns (allowed by judgement)"),
        (["low"] * 4 + ["some_concerns"], "low", "low, with 1 of some concerns"),
        (["low"] * 4 + ["high"], "some_concerns", "some concerns, with 1 high"),
        (["low"] * 5, "some_concerns", "some concerns, with all low"),
    ],
)  # fmt: skip
def test_disagreements_are_named_by_kind(domains, overall, words):
    assert kind_of_disagreement(domains, overall) == words


def test_judgements_are_counted_by_rule_and_reviewer():
    answers = [(["low"] * 5, "low"), (["some_concerns"] * 2 + ["low"] * 3, "high")]
    rows = pd.DataFrame([[*d, o] for d, o in answers], columns=[*DOMAINS, "overall"])
    table, kinds = compare(rows)
    assert (table.loc["low", "low"], table.loc["some_concerns", "high"]) == (1, 1)
    assert kinds.tolist() == [1]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("All-cause mortality at 30 days", "objective"), ("Serum ALT levels", "objective"),
        ("Gait velocity", "objective"), ("Quality of life (SF-36)", "self_report"),
        ("Depressive symptoms", "self_report"), ("Clinical remission", "graded"),
        ("Any adverse event", "graded"), ("Named approaches", "unsorted"),
        ("Functional task training compared to other: Gait velocity", "objective"),
    ],
)  # fmt: skip
def test_outcomes_are_sorted_by_words(name, kind):
    assert kind_of(name) == kind


def test_the_set_is_offered_by_name_and_outside_the_range():
    assert "cochrane_rob2" in BIAS_SETS
    assert "cochrane_rob2" not in RANGE_SETS
    assert set(BIAS_SETS["cochrane_rob2"]) == set(BIAS_SETS["robes2018"])


def test_the_page_prints_the_committed_set():
    page = PAGE.read_text(encoding="utf-8")
    for flag, row in BIAS_SETS["cochrane_rob2"].items():
        assert f"| `{flag}` | {' | '.join(n3(value) for value in row[:4])} |" in page


def test_without_the_folder_it_says_so_and_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(write_page, "FOLDER", tmp_path / "not_there")
    monkeypatch.setattr(write_page, "PAGE", tmp_path / "page.md")
    write_page.main()
    assert "absent" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


@pytest.mark.slow  # a thousand draws
def test_the_committed_set_is_what_the_reviews_give(record_property, capsys):
    if not FOLDER.is_dir():
        record_property("cochrane results", 0)
        with capsys.disabled():
            print(f"\n{FOLDER}: absent, the set cochrane_rob2 not compared")
        return
    some = judged(read_results().results)
    record_property("cochrane results", len(some))
    rows = bias_rows(estimate(some, AS_THE_SCORE_FLAGS))
    for flag, row in BIAS_SETS["cochrane_rob2"].items():
        assert row[:4] == pytest.approx(rows[flag], abs=0.0011), flag  # the last digit printed
