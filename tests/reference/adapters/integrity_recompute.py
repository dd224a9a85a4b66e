"""Methods of the family `integrity` that work printed results out a second time."""

from __future__ import annotations

from dataclasses import fields

from runner import Case

from evidence.integrity.changes import change_arithmetic
from evidence.integrity.intervals import ci_symmetry, ci_versus_p
from evidence.integrity.printed_p import Compared
from evidence.integrity.recompute import df_versus_n, p_from_summary
from evidence.integrity.repeats import duplicate_rows
from evidence.integrity.statistics_text import statistic_versus_p
from evidence.integrity.tables import BaselineRow, baseline_balance

CHECKS = {
    "test_statistic_p": statistic_versus_p,
    **{
        check.__name__: check
        for check in (p_from_summary, ci_symmetry, ci_versus_p, change_arithmetic, df_versus_n)
    },
}


def _fields(found: Compared) -> dict[str, object]:
    return {field.name: _plain(getattr(found, field.name)) for field in fields(found)}


def _plain(value: object) -> object:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def compared(case: Case) -> dict[str, object]:
    return _fields(CHECKS[case.method](**case.input, **case.options))


def balance(case: Case) -> dict[str, object]:
    rows = [BaselineRow(**row) for row in case.input["rows"]]
    return _fields(baseline_balance(rows, **case.options))


def duplicates(case: Case) -> dict[str, object]:
    return _fields(duplicate_rows(case.input["rows"], **case.options))


METHODS = {
    **dict.fromkeys(CHECKS, compared),
    "baseline_balance": balance,
    "duplicate_rows": duplicates,
}
