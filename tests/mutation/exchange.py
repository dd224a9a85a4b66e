"""Putting a mutant's code in the place of the code that is alive."""

from __future__ import annotations

import gc
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import CodeType, FunctionType, ModuleType
from typing import Any

Place = tuple[str, str, int]
"""File, qualified name and first line of a function."""
Functions = Mapping[Place, Sequence[FunctionType]]


def live_functions(modules: Iterable[ModuleType]) -> Functions:
    """Every function there is of these modules: also those in tables, closures and caches."""
    files = {str(module.__file__) for module in modules}
    found: dict[Place, list[FunctionType]] = defaultdict(list)
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename in files:
            found[_place(thing.__code__)].append(thing)
    return found


def exchange(code: CodeType, scope: str, functions: Functions) -> bool:
    """Give the functions of one scope their new code; False when none of them is alive."""
    outer, found = scope.split(".")[0], False
    for new in _codes(code):
        if new.co_qualname.split(".")[0] != outer:
            continue
        for function in functions.get(_place(new), ()):
            if len(function.__code__.co_freevars) == len(new.co_freevars):
                function.__code__ = new
                found = True
    return found


def execute_anew(code: CodeType, module: ModuleType) -> None:
    """Run the module's statements once more, and carry what came out to whoever holds the old."""
    fresh: dict[str, Any] = {
        name: value for name, value in vars(module).items() if name.startswith("__")
    }
    exec(code, fresh)
    for name, new in fresh.items():
        old = vars(module).get(name)
        if not name.startswith("__") and new is not old and not isinstance(new, ModuleType):
            _carry(name, old, new)


def _carry(name: str, old: Any, new: Any) -> None:
    if isinstance(old, dict) and isinstance(new, dict):
        old.clear()
        old.update(new)
    elif isinstance(old, FunctionType) and isinstance(new, FunctionType):
        _carry_defaults(old, new)
    elif isinstance(old, type) and isinstance(new, type):
        if "__init__" in vars(old):
            _carry_defaults(vars(old)["__init__"], vars(new)["__init__"])
    elif repr(old) != repr(new):
        for holder in list(sys.modules.values()):
            if hasattr(holder, "__file__") and vars(holder).get(name) is old:
                setattr(holder, name, new)


def _carry_defaults(old: FunctionType, new: FunctionType) -> None:
    old.__defaults__, old.__kwdefaults__ = new.__defaults__, new.__kwdefaults__


def _place(code: CodeType) -> Place:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)
