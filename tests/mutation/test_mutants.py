"""Faults are put where they should be, reach the code that runs, and are left out elsewhere."""

from __future__ import annotations

import ast
import importlib.util
import random
import sys
from textwrap import dedent

import pytest
from exchange import exchange, execute_anew, live_functions
from mutants import apply, mutants_of, sampled
from reach import KERNELS


def changes(source: str) -> set[tuple[str, str]]:
    return {(m.before, m.after) for m in mutants_of("m", ast.parse(dedent(source)))}


@pytest.mark.parametrize(
    ("line", "before", "after"),
    [
        ("y = a + b", "a + b", "a - b"),
        ("y = a / b", "a / b", "a * b"),
        ("y = a ** b", "a ** b", "a * b"),
        ("y = a & b", "a & b", "a | b"),
        ("y += a", "y += a", "y -= a"),
        ("y += a", "y += a", "y = a"),
        ("y = a < b", "a < b", "a <= b"),
        ("y = a == b", "a == b", "a != b"),
        ("y = a and b", "a and b", "a or b"),
        ("y = -a", "-a", "a"),
        ("y = not a", "not a", "a"),
        ("y = 3", "3", "4"),
        ("y = 0.5", "0.5", "1.5"),
        ("y = True", "True", "False"),
        ("y = 'ML'", "'ML'", "'XXMLXX'"),
        ("y = a", "y = a", "y = None"),
        ("y = a if b else c", "a if b else c", "a if not b else c"),
        ("if a < b: y = a", "if a < b:", "if not a < b:"),
        ("y = a[1:]", "1:", ":"),
        ("y = f(a, b)", "f(a, b)", "f(b)"),
        ("y = f(a, b)", "f(a, b)", "f(None, b)"),
        ("y = f(a, key=b)", "f(a, key=b)", "f(a)"),
        ("y = max(a, b)", "max(a, b)", "min(a, b)"),
        ("y = np.maximum(a, b)", "np.maximum", "np.minimum"),
        ("y = abs(a)", "abs(a)", "a"),
        ("y = lambda: a", "lambda: a", "lambda: None"),
        ("f(a)", "f(a)", "pass"),
        ("return a", "return a", "return None"),
    ],
)
def test_each_kind_of_fault(line, before, after):
    assert (before, after) in changes(f"def f(a, b, c, y):\n    {line}")


def test_what_changes_no_number_is_left_alone():
    source = '''
        """A docstring of 2."""
        import math
        Kind: TypeAlias = Literal["ML", "REML"]
        @decorated(3)
        def f(x: Vector[4]) -> Matrix[5]:
            """Another of 6."""
            if x:
                raise ValueError(f"{x + 7}", 8)
            y: Vector[9]
            return cast("Vector", x)
    '''
    found = changes(source)
    assert found == {
        ("if x:", "if not x:"),
        ("return cast('Vector', x)", "return None"),
    }


def test_the_same_text_twice_has_two_keys_and_lines_do_not_matter():
    source = "def f(a):\n    b = a + 1\n    b = a + 1\n    return b"
    keys = [mutant.key for mutant in mutants_of("m", ast.parse(source))]
    assert len(set(keys)) == len(keys)
    assert keys == [mutant.key for mutant in mutants_of("m", ast.parse("\n\n" + source))]


def test_a_sample_is_the_same_for_the_same_seed():
    every = mutants_of("m", ast.parse("def f(a, b):\n    return a + b * 3 - 4 / a"))
    assert sampled(every, 3, 5) == sampled(every, 3, 5)
    assert len(sampled(every, 3, 5)) == 3
    assert sampled(every, 10**6, 5) == every


def test_every_kernel_can_be_mutated_into_code_that_compiles():
    for path in random.Random(1).sample(sorted(KERNELS.glob("*.py")), 3):
        source = path.read_text()
        found = mutants_of(path.stem, ast.parse(source))
        assert len({mutant.key for mutant in found}) == len(found)
        for i in random.Random(path.stem).sample(range(len(found)), min(4, len(found))):
            tree = ast.parse(source)
            mutant = mutants_of(path.stem, tree)[i]
            changed = ast.unparse(apply(mutant, tree))
            compile(changed, path.name, "exec")
            assert changed != ast.unparse(ast.parse(source))


SOURCE = """
from functools import cache
LIMIT = 3
def add(a, b=1):
    return a + b
def made(n):
    def inner(x):
        return x * n
    return inner
TABLE = {"add": add, "twice": made(2), "less": lambda x: x - 1}
@cache
def kept(x):
    return x / 2
class Pair:
    def __init__(self, a, b=5):
        self.a, self.b = a, b
    @property
    def total(self):
        return self.a + self.b
def limited(x):
    return min(x, LIMIT)
"""


@pytest.fixture
def toy(tmp_path):
    path = tmp_path / "toy_for_mutation.py"
    path.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[path.stem]


@pytest.mark.parametrize(
    ("before", "after", "expression", "plain", "faulty"),
    [
        ("a + b", "a - b", "toy.TABLE['add'](5)", 6, 4),
        ("x * n", "x / n", "toy.TABLE['twice'](6)", 12, 3),
        ("x / 2", "x * 2", "toy.kept(8)", 4, 16),
        ("self.a + self.b", "self.a - self.b", "toy.Pair(1).total", 6, -4),
        ("x - 1", "x + 1", "toy.TABLE['less'](3)", 2, 4),
        ("1", "2", "toy.add(5)", 6, 7),
        ("5", "6", "toy.Pair(1).total", 6, 7),
        ("3", "4", "toy.limited(9)", 3, 4),
    ],
)
def test_the_fault_is_in_the_code_that_runs(toy, before, after, expression, plain, faulty):
    held = toy.TABLE  # as another module does that imported it by name
    tree = ast.parse(SOURCE)
    mutant = next(m for m in mutants_of("toy", tree) if (m.before, m.after) == (before, after))
    functions = live_functions([toy])
    assert plain == eval(expression)
    toy.kept.cache_clear()
    code = compile(apply(mutant, tree), toy.__file__, "exec")
    if mutant.default or not mutant.scope or not exchange(code, mutant.scope, functions):
        execute_anew(code, toy)
    assert faulty == eval(expression)
    assert toy.TABLE is held
