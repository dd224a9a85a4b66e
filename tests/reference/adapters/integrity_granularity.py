"""Methods of the family `integrity` on means, shares and SDs of whole-number answers."""

from __future__ import annotations

from dataclasses import fields

from runner import Case

from evidence.integrity.granularity import grim, grim_percent
from evidence.integrity.grimmer import grimmer_exact
from evidence.integrity.spread_limits import debit_exact, sd_bounds_on_scale

CHECKS = {
    check.__name__: check
    for check in (grim, grim_percent, grimmer_exact, debit_exact, sd_bounds_on_scale)
}


def answer(case: Case) -> dict[str, object]:
    """The fields of the result, runs of integers as lists."""
    found = CHECKS[case.method](**case.input, **case.options)
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    return {k: list(v) if isinstance(v, range | tuple) else v for k, v in values.items()}


METHODS = dict.fromkeys(CHECKS, answer)
