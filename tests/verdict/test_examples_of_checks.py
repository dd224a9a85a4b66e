"""Examples of the checks of a claim: `of_result` and `of_both` make them, so doctest skips them."""

import doctest
import inspect

import pytest

from evidence.verdict import claim_checks, claim_facts, claim_numbers, lint, market_checks

CHECKS = {
    value: module
    for module in (lint, market_checks, claim_numbers, claim_checks)
    for name, value in vars(module).items()
    if inspect.isfunction(value)
    and value.__globals__ is vars(claim_facts)
    and vars(claim_facts).get(name) is not value
    and f"def {name}(" in inspect.getsource(module)
}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_example_of_a_check_runs(check):
    finder = doctest.DocTestFinder(recurse=False)
    (test,) = finder.find(check, check.__name__, module=False, globs=dict(vars(CHECKS[check])))
    assert test.examples, "no example"
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=said.append)
    assert not said, "".join(said)


def test_every_such_check_is_found():
    assert len(CHECKS) >= 35
