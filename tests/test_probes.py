"""Twelve inputs on which pooling software fails somewhere, each with the result promised here."""

from __future__ import annotations

import pandas as pd
import pytest

import evidence as ev
from evidence.errors import EvidenceError, SynthesisError
from evidence.ingest.read import read
from evidence.synthesis.pool import pool

YI, VI = [0.1, 0.3, 0.8], [0.02, 0.03, 0.05]


def frame(yi=YI, vi=VI, study=("A", "B", "C")):
    return pd.DataFrame({"study": list(study)[: len(yi)], "yi": yi, "vi": vi})


def test_1_a_negative_variance_is_refused_by_name():
    with pytest.raises(SynthesisError, match="B"):
        pool(frame(vi=[0.02, -0.03, 0.05]))


def test_2_a_zero_variance_is_refused_by_name():
    with pytest.raises(SynthesisError, match="C"):
        pool(frame(vi=[0.02, 0.03, 0.0]))


def test_3_nan_in_an_effect_is_refused_by_name():
    with pytest.raises(SynthesisError, match="A"):
        pool(frame(yi=[float("nan"), 0.3, 0.8]))


def test_4_one_study_is_its_own_effect_and_says_so():
    one = pool(frame(yi=[0.4], vi=[0.04]))
    assert (one.k, one.estimate, one.se) == (1, 0.4, pytest.approx(0.2))
    assert one.tau2 is None
    assert any("cannot be estimated" in note for note in one.notes)


def test_5_two_studies_are_pooled_and_said_to_be_few():
    two = pool(frame(yi=[0.1, 0.5], vi=[0.02, 0.03]))
    assert two.k == 2
    assert two.pi_low is None
    assert any("two" in note or "2" in note for note in two.notes)


def test_6_knapp_hartung_narrower_than_z_is_said_and_a_guard_offered():
    alike = frame(yi=[0.50, 0.501, 0.499], vi=[0.04, 0.05, 0.06])
    hksj, z = pool(alike, test="HKSJ"), pool(alike, test="z")
    assert hksj.tau2 == 0
    assert hksj.ci_high - hksj.ci_low < z.ci_high - z.ci_low
    assert any("HKSJ-adhoc" in note for note in hksj.notes)
    guarded = pool(alike, test="HKSJ-adhoc")
    assert guarded.ci_high - guarded.ci_low >= z.ci_high - z.ci_low


def test_7_numbers_as_strings_are_refused_not_converted():
    with pytest.raises(SynthesisError, match=r"row 1.*0\.1"):
        pool(pd.DataFrame({"yi": ["0.1", "0.3"], "vi": [0.02, 0.03]}))


def test_8_a_percent_sign_is_refused_with_what_was_found():
    with pytest.raises(SynthesisError, match="20%"):
        pool(pd.DataFrame({"yi": ["20%", 0.3], "vi": [0.02, 0.03]}))


def test_9_effects_of_one_study_are_pooled_with_a_note():
    twice = pool(frame(study=("A", "A", "B")))
    assert any("A" in note and "independent" in note for note in twice.notes)


def test_10_more_events_than_people_is_refused(tmp_path):
    file = tmp_path / "studies.csv"
    file.write_text(
        "study,outcome,n_t,n_c,events_t,events_c\nKim,acne,20,20,25,3\nLee,acne,20,20,5,3\n",
        encoding="utf-8",
    )
    reading = read(file)
    assert [study.id for study in reading] == ["Lee"]
    assert any(f.severity == "error" and "25" in f"{f.value}{f.message}" for f in reading.findings)


def test_11_a_standard_error_typed_as_an_sd_is_said(tmp_path):
    """The SMD comes out at 24."""
    file = tmp_path / "studies.csv"
    file.write_text(
        "study,outcome,n_t,n_c,mean_t,sd_t,mean_c,sd_c\nKim,TEWL,50,50,10.0,0.25,16.0,0.25\n",
        encoding="utf-8",
    )
    try:
        reading = read(file)
    except EvidenceError as error:
        assert "EV305" in str(error)  # noqa: PT017  refused whole is as good as set aside
        return
    assert any(finding.code == "EV305" for finding in reading.findings)


def test_12_five_thousand_studies_are_pooled():
    k = 5000
    many = ev.Effects.from_arrays([0.1 + 0.001 * (i % 7) for i in range(k)], [0.01] * k)
    pooled = pool(many)
    assert pooled.k == k
    assert 0.1 <= pooled.estimate <= 0.107
    assert pooled.weights.sum() == pytest.approx(1)
