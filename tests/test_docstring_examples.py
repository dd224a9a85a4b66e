"""Every public function shows what it does: an example in its docstring, which runs as a test."""

from __future__ import annotations

import ast
import doctest
from pathlib import Path

import pytest

import evidence

PACKAGE = Path(evidence.__file__).parent
ROOMS = (
    "kernels",
    "records",
    "effects",
    "ingest",
    "synthesis",
    "integrity",
    "appraisal",
    "verdict",
    "plots",
    "report",
    "batch",
)
"""Rooms of functions that somebody may call; the pages and the commands above show themselves in
their help, whose examples are run too."""

COMPILED = {"compiled", "inlined"}
"""Decorators of what is called inside kernels only."""

WITHOUT = {
    "kernels/ragged_jit.py: pool_groups": "compiling takes seconds; `pool_ragged` shows it",
}
"""Functions without an example, each with the reason."""

MADE_BY = {
    "Assessment": "assess",
    "Audit": "audit",
    "BeforeAfter": "nih_before_after",
    "Body": "adjust_bias",
    "BodyStudy": "body_study",
    "Certainty": "grade",
    "CheapestStudy": "cheapest_study",
    "Claim": "read_claims",
    "ClaimTypes": "claim_types",
    "Effects": "compute_effects",
    "EvidenceError": "read",
    "IntegrityReport": "check_outcome",
    "Mismatch": "grade",
    "Outcome": "check_outcome",
    "Pooled": "pool",
    "RegressionFit": "regress",
    "Reliability": "score",
    "RoB2": "rob2",
    "RobinsI": "robins_i",
    "Study": "read",
    "WhatIfResult": "what_if",
}
"""Nouns whose docstring has no example: shown by the verb that makes, takes or raises them."""


def functions(path: Path) -> list[ast.FunctionDef]:
    """What a module offers to others."""
    return [
        node
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and not COMPILED & {ast.unparse(one) for one in node.decorator_list}
    ]


def shows(text: str | None) -> bool:
    """Whether an example says what comes out of it, a value or an error."""
    found = doctest.DocTestParser().get_examples(text or "")
    return any(one.want for one in found)


def bare(paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(PACKAGE).as_posix()}: {node.name}"
        for path in paths
        for node in functions(path)
        if not shows(ast.get_docstring(node))
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_public_functions_of_a_room_have_an_example(room):
    paths = sorted((PACKAGE / room).glob("*.py"))
    assert sum(len(functions(path)) for path in paths) > 10
    assert [name for name in bare(paths) if name not in WITHOUT] == []


def test_those_beside_the_rooms_have_one():
    paths = [path for path in sorted(PACKAGE.glob("*.py")) if path.name != "__main__.py"]
    assert bare(paths) == []


@pytest.mark.parametrize("name", sorted(evidence._HOMES))
def test_what_is_in_the_shop_window_has_an_example(name):
    found = getattr(evidence, MADE_BY.get(name, name))
    assert shows(found.__doc__)


def test_nobody_is_excused_without_need():
    paths = [PACKAGE / name.partition(":")[0] for name in WITHOUT]
    assert set(bare(paths)) >= set(WITHOUT)
    assert [name for name in MADE_BY if shows(getattr(evidence, name).__doc__)] == []


@pytest.mark.parametrize(
    ("docstring", "says"),
    [
        ("Half.\n\n>>> half(3)\n1.5\n", True),
        ("Half.\n\n>>> half('x')\nTraceback (most recent call last):\nTypeError: no\n", True),
        ("Half.\n\n>>> from math import half\n", False),
        ("Half.", False),
        (None, False),
    ],
)
def test_an_example_without_an_answer_is_none(docstring, says):
    assert shows(docstring) is says
