"""Records: digits kept, unknown that is never "no", every field documented, JSON round trips."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from evidence.records.base import UNKNOWN, Place, Record
from evidence.records.claim import Claim
from evidence.records.outcome import (
    ArmResult,
    Blinding,
    Contrast,
    Design,
    Outcome,
    PValue,
    Reporting,
)
from evidence.records.published import Published
from evidence.records.reported import Reported
from evidence.records.study import Arm, Ingredient, Interest, Study

MODELS = [
    Arm, ArmResult, Blinding, Claim, Contrast, Design, Ingredient, Interest, Outcome, PValue, Place,
    Published, Reported, Reporting, Study,
]  # fmt: skip


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_says_what_it_is(model: type[Record]):
    fields = model.model_json_schema()["properties"]
    assert fields
    assert [name for name, about in fields.items() if not about.get("description")] == []


def test_unknown_has_no_truth_value():
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(UNKNOWN)
    with pytest.raises(TypeError):
        _ = "yes" if Design().randomised else "no"


def test_what_is_left_out_is_unknown_and_stays_so_in_json():
    outcome = Outcome(id="a", name="wrinkle depth")
    assert outcome.design.randomised is UNKNOWN
    assert outcome.design.blinding.assessor is UNKNOWN
    again = Outcome.model_validate_json(outcome.model_dump_json())
    assert again == outcome
    assert again.treated.n is UNKNOWN


@given(st.decimals(-1000, 1000, places=3))
def test_printed_digits_survive(number):
    text = str(number)
    kept = Reported.model_validate_json(Reported(text=text).model_dump_json())
    assert kept.text == text
    assert kept.decimals == 3


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("5.10", Reported(text="5.10")),
        (40, Reported(text="40")),
        ("up to 20 %", Reported(text="20", unit="%", qualifier="up to")),
        ("unknown", UNKNOWN),
    ],
)
def test_a_number_may_stand_alone_where_a_printed_one_goes(given, kept):
    assert ArmResult.model_validate({"n": given}).n == kept


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("4O", "is not a finite number"),
        (5.10, "5.1 is not a number as printed; write it as text"),
        (True, "True is not a number as printed"),
        (None, 'write "unknown" or leave it out'),
    ],
)
def test_what_is_no_printed_number_is_said_in_our_words(given, said):
    with pytest.raises(ValidationError, match=said):
        ArmResult.model_validate({"n": given})


def test_a_trailing_zero_is_another_figure():
    assert Reported(text="5.10") != Reported(text="5.1")
    assert Reported(text="5.10").rounding_unit == pytest.approx(0.01)


@pytest.mark.parametrize("text", ["", "much", "nan", "inf", "1,5", "4O", "1e400"])
def test_what_is_no_number_is_no_reported(text):
    with pytest.raises(ValidationError):
        Reported(text=text)


def test_records_are_frozen_and_refuse_unknown_fields():
    study = Study(id="a")
    with pytest.raises(ValidationError):
        study.id = "b"
    with pytest.raises(ValidationError):
        Study.model_validate({"id": "a", "sampel_size": 20})
    with pytest.raises(ValidationError):
        Study.model_validate({"id": ""})


def test_limits_in_the_wrong_order_are_refused():
    with pytest.raises(ValidationError, match="ci_low 5 is above ci_high 1"):
        Outcome(
            id="a", name="x",
            contrast=Contrast(ci_low=Reported(text="5"), ci_high=Reported(text="1")),
        )  # fmt: skip
