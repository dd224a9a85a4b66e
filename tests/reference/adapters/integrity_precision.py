"""Methods of the family `integrity` on precision, several tests, and several studies."""

from __future__ import annotations

from dataclasses import fields

from runner import Case

from evidence.integrity.false_positive import (
    false_positive_risk_bound,
    false_positive_risk_p_equals,
)
from evidence.integrity.fragility import fragility_index
from evidence.integrity.multiplicity import multiplicity
from evidence.integrity.portfolio import excess_significance, p_curve
from evidence.integrity.precision import minimal_detectable_effect, retrodesign
from evidence.integrity.shrinkage import cochrane_snr_shrinkage

FUNCTIONS = {
    function.__name__: function
    for function in (
        cochrane_snr_shrinkage,
        excess_significance,
        false_positive_risk_bound,
        false_positive_risk_p_equals,
        fragility_index,
        minimal_detectable_effect,
        multiplicity,
        p_curve,
        retrodesign,
    )
}
FIXED = {"cochrane_snr_shrinkage": {"controlled_randomised": True}}


def answer(case: Case) -> dict[str, object]:
    """The fields of the result, tuples as lists."""
    more = FIXED.get(case.method, {})
    found = FUNCTIONS[case.method](**case.input, **case.options, **more)
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


METHODS = dict.fromkeys(FUNCTIONS, answer)
