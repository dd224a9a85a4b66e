"""Small faults, one at a time: every mutant of a module, found in its syntax tree.

Left alone is what changes no number: docstrings, annotations, decorators, imports, type aliases,
the words of an error, and the type named in `cast`.
"""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

Edits = Iterator[tuple[str, ast.AST]]
"""Names of operators, each with what stands in the node's place."""

ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Div,
    ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
COMPARISON: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPPOSITE = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
FUNCTIONS = {  # attributes alone: np.maximum, x.sum; and the built-in max and min
    "maximum": "minimum",
    "minimum": "maximum",
    "max": "min",
    "min": "max",
    "argmax": "argmin",
    "argmin": "argmax",
    "any": "all",
    "all": "any",
    "sum": "mean",
    "mean": "sum",
    "zeros": "ones",
    "ones": "zeros",
    "floor": "ceil",
    "ceil": "floor",
    "exp": "expm1",
    "expm1": "exp",
    "log": "log1p",
    "log1p": "log",
    "sqrt": "cbrt",
    "square": "sqrt",
    "sin": "cos",
    "cos": "sin",
    "cumsum": "cumprod",
    "isfinite": "isnan",
    "isnan": "isfinite",
    "nan": "e",
    "inf": "pi",
    "pi": "e",
}
PLAIN = {"max": "min", "min": "max", "any": "all", "all": "any"}


@dataclass(frozen=True, slots=True, eq=False)
class Mutant:
    """One fault: `node` of the tree of `module` becomes `new`.

    `scope` is the function or class it lies in, empty at module level; `lines` are those of its
    statement, without the statements inside it; `name` is what a module-level statement assigns.
    """

    module: str
    scope: str
    operator: str
    statement: str
    before: str
    after: str
    number: int  # of those that read the same, from 1
    line: int
    lines: range
    name: str = ""
    default: bool = False  # the default of an argument, set when the module is imported
    table: bool = False  # inside a dict at module level
    node: ast.AST = field(repr=False, default_factory=ast.Pass)
    new: ast.AST = field(repr=False, default_factory=ast.Pass)

    @property
    def key(self) -> tuple[str, ...]:
        """What stays the same when lines move."""
        texts = (self.module, self.scope, self.operator, self.statement, self.before, self.after)
        return (*texts, str(self.number))


def mutants_of(module: str, tree: ast.Module) -> list[Mutant]:
    """Every mutant, in the order of the source.

    >>> [mutant.after for mutant in mutants_of("m", ast.parse("def f(x):\\n    return x < 2"))]
    ['return None', 'x <= 2', '3']
    """
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for statement, scope, name, node, default in _places(tree):
        table = not scope and isinstance(getattr(statement, "value", None), ast.Dict)
        for operator, new in _edits(node):
            before, after = _text(node), _text(ast.copy_location(new, node))
            shown = _header(statement)
            same = (scope, operator, shown, before, after)
            seen[same] += 1
            found.append(
                Mutant(
                    module, scope, operator, shown, before, after, seen[same],
                    getattr(node, "lineno", statement.lineno), _lines(statement, default),
                    name, default, table, node, new,
                )
            )  # fmt: skip
    return found


def sampled(mutants: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """`count` of them, the same ones for the same seed; all of them when there are fewer.

    Drawn by a hash of the key, so that a change elsewhere in the kernels changes few of them.
    """

    def lot(mutant: Mutant) -> bytes:
        return hashlib.sha256("\0".join((str(seed), *mutant.key)).encode()).digest()

    chosen = {mutant.key for mutant in sorted(mutants, key=lot)[:count]}
    return [mutant for mutant in mutants if mutant.key in chosen]


def apply(mutant: Mutant, tree: ast.Module) -> ast.Module:
    """The tree with the fault in it. The tree given is the one that is changed."""

    class Swap(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return mutant.new if node is mutant.node else self.generic_visit(node)

    return ast.fix_missing_locations(Swap().visit(tree))


Place = tuple[ast.stmt, str, str, ast.AST, bool]


def _places(tree: ast.Module) -> Iterator[Place]:
    """Statement, scope, name assigned, node, and whether it is a default: what may be changed."""
    yield from _inside(tree.body, scope="")


def _inside(body: Iterable[ast.stmt], scope: str, owner: str = "") -> Iterator[Place]:
    """`owner` is the class whose body this is: its fields count as what the class is made of."""
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield from _inside(statement.body, _joined(scope, statement.name), statement.name)
            continue
        if isinstance(statement, ast.FunctionDef):
            inner = _joined(scope, statement.name)
            for value in (*statement.args.defaults, *statement.args.kw_defaults):
                yield from ((statement, inner, "", node, True) for node in _tree(value))
            yield from _inside(statement.body, inner)
            continue
        if _left_alone(statement):
            continue
        at_import = not scope or bool(owner)
        name = owner or (_assigned(statement) if at_import else "")
        for node in _own(statement):
            yield statement, "" if at_import else scope, name, node, False
        for attribute in ("body", "orelse", "finalbody"):
            yield from _inside(getattr(statement, attribute, []), scope)
        for handler in getattr(statement, "handlers", []):
            yield from _inside(handler.body, scope)


def _joined(scope: str, name: str) -> str:
    return f"{scope}.{name}" if scope else name


def _left_alone(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Import | ast.ImportFrom | ast.Raise | ast.Pass):
        return True
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return True  # a docstring
    if isinstance(statement, ast.AnnAssign):
        return statement.value is None or ast.unparse(statement.annotation) == "TypeAlias"
    if isinstance(statement, ast.Assign):
        return _is_a_type(statement.value)
    return False


def _is_a_type(value: ast.expr) -> bool:
    text = ast.unparse(value)
    kinds = ("NDArray[", "TypeVar(", "Literal[", "Callable[", "tuple[", "dict[", "list[")
    return text.startswith(kinds)


def _assigned(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Assign):
        target = statement.targets[0]
        return target.id if isinstance(target, ast.Name) else ""
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id
    return ""


def _own(statement: ast.stmt) -> Iterator[ast.AST]:
    """The statement itself and its expressions, without the statements inside it."""
    yield statement
    for child_name, value in ast.iter_fields(statement):
        if child_name in ("body", "orelse", "finalbody", "handlers", "annotation"):
            continue
        for child in value if isinstance(value, list) else [value]:
            yield from _tree(child)


def _tree(node: object) -> Iterator[ast.AST]:
    if not isinstance(node, ast.AST) or isinstance(node, ast.JoinedStr):
        return
    yield node
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "cast":
        children = node.args[1:]
    for child in children:
        yield from _tree(child)


def _header(statement: ast.AST) -> str:
    """The first line as Python writes it; a long one is cut."""
    text = _text(statement)
    return text if len(text) <= 120 else text[:119] + "…"


def _text(node: ast.AST) -> str:
    lines = ast.unparse(node).splitlines() or [""]
    return next((line for line in lines if not line.startswith("@")), lines[0])


def _lines(statement: ast.stmt, default: bool) -> range:
    last = statement.end_lineno or statement.lineno
    body = getattr(statement, "body", None)
    if default and body:
        return range(body[0].lineno, last + 1)
    if isinstance(body, list) and body:
        last = max(statement.lineno, body[0].lineno - 1)
    return range(statement.lineno, last + 1)


def _edits(node: ast.AST) -> Edits:
    for kind, operator in OPERATORS:
        if isinstance(node, kind):
            yield from operator(node)


def _copy(node: ast.AST, **changed: object) -> ast.AST:
    return type(node)(**{**dict(ast.iter_fields(node)), **changed})


def _none() -> ast.Constant:
    return ast.Constant(None)


def _arithmetic(node: ast.BinOp) -> Edits:
    if type(node.op) in ARITHMETIC:
        yield "arithmetic", _copy(node, op=ARITHMETIC[type(node.op)]())


def _in_place(node: ast.AugAssign) -> Edits:
    if type(node.op) in ARITHMETIC:
        yield "arithmetic in place", _copy(node, op=ARITHMETIC[type(node.op)]())
    yield "assign instead", ast.Assign(targets=[node.target], value=node.value)


def _comparison(node: ast.Compare) -> Edits:
    for i, op in enumerate(node.ops):
        ops = [*node.ops[:i], COMPARISON[type(op)](), *node.ops[i + 1 :]]
        yield "comparison", _copy(node, ops=ops)


def _and_or(node: ast.BoolOp) -> Edits:
    yield "and/or", _copy(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())


def _sign(node: ast.UnaryOp) -> Edits:
    yield "drop sign or not", node.operand


def _constant(node: ast.Constant) -> Edits:
    value = node.value
    if isinstance(value, bool):
        yield "boolean", ast.Constant(not value)
    elif isinstance(value, int | float | complex):
        yield "number", ast.Constant(value + 1)
    elif isinstance(value, str):
        yield "text", ast.Constant(f"XX{value}XX")


def _condition(node: ast.If | ast.While | ast.IfExp) -> Edits:
    test = node.test
    if isinstance(test, ast.UnaryOp | ast.Constant):
        return
    if isinstance(test, ast.Compare) and isinstance(test.ops[0], OPPOSITE):
        return
    yield "condition", _copy(node, test=ast.UnaryOp(op=ast.Not(), operand=test))


def _assign(node: ast.Assign | ast.AnnAssign) -> Edits:
    empty = isinstance(node.value, ast.Constant) and node.value.value is None
    yield "assign nothing", _copy(node, value=ast.Constant("") if empty else _none())


def _return(node: ast.Return) -> Edits:
    empty = node.value is None or (
        isinstance(node.value, ast.Constant) and node.value.value is None
    )
    if not empty:
        yield "return nothing", ast.Return(value=_none())


def _lambda(node: ast.Lambda) -> Edits:
    yield "return nothing", _copy(node, body=_none())


def _call(node: ast.Call) -> Edits:
    name = ast.unparse(node.func)
    for i, argument in enumerate(node.args):
        if name == "cast":
            break
        rest = [*node.args[:i], *node.args[i + 1 :]]
        if rest or node.keywords:
            yield "drop argument", _copy(node, args=rest)
        if not isinstance(argument, ast.Starred) and ast.unparse(argument) != "None":
            yield "argument None", _copy(node, args=[*node.args[:i], _none(), *node.args[i + 1 :]])
    for i, keyword in enumerate(node.keywords):
        yield "drop argument", _copy(node, keywords=[*node.keywords[:i], *node.keywords[i + 1 :]])
        if keyword.arg and ast.unparse(keyword.value) != "None":
            given = ast.keyword(arg=keyword.arg, value=_none())
            changed = [*node.keywords[:i], given, *node.keywords[i + 1 :]]
            yield "argument None", _copy(node, keywords=changed)
    if name in ("abs", "np.abs", "math.fabs") and len(node.args) == 1:
        yield "drop abs", node.args[0]


def _function(node: ast.Attribute) -> Edits:
    if node.attr in FUNCTIONS and isinstance(node.ctx, ast.Load):
        yield "another function", _copy(node, attr=FUNCTIONS[node.attr])


def _plain_function(node: ast.Call) -> Edits:
    if isinstance(node.func, ast.Name) and node.func.id in PLAIN:
        other = ast.Name(id=PLAIN[node.func.id], ctx=ast.Load())
        yield "another function", _copy(node, func=other)


def _slice(node: ast.Slice) -> Edits:
    for bound in ("lower", "upper", "step"):
        if getattr(node, bound) is not None:
            yield "slice", _copy(node, **{bound: None})


def _leave(node: ast.Break | ast.Continue) -> Edits:
    yield "break/continue", ast.Continue() if isinstance(node, ast.Break) else ast.Break()


def _statement(node: ast.Expr) -> Edits:
    yield "drop statement", ast.Pass()


OPERATORS: tuple[tuple[type[ast.AST] | tuple[type[ast.AST], ...], Callable[..., Edits]], ...] = (
    (ast.BinOp, _arithmetic),
    (ast.AugAssign, _in_place),
    (ast.Compare, _comparison),
    (ast.BoolOp, _and_or),
    (ast.UnaryOp, _sign),
    (ast.Constant, _constant),
    ((ast.If, ast.While, ast.IfExp), _condition),
    ((ast.Assign, ast.AnnAssign), _assign),
    (ast.Return, _return),
    (ast.Lambda, _lambda),
    (ast.Call, _call),
    (ast.Call, _plain_function),
    (ast.Attribute, _function),
    (ast.Slice, _slice),
    ((ast.Break, ast.Continue), _leave),
    (ast.Expr, _statement),
)
