"""The families `recovery` and `integrity`: one function per method, in `METHODS` of the modules
`recovery_*` and `integrity_*` beside this one.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

from runner import Case, Unsupported

import adapters

Answer = dict[str, object]


def _methods(family: str) -> dict[str, Callable[[Case], Answer]]:
    found: dict[str, Callable[[Case], Answer]] = {}
    for module in pkgutil.iter_modules(adapters.__path__):
        if module.name.startswith(f"{family}_"):
            methods = importlib.import_module(f"adapters.{module.name}").METHODS
            if twice := found.keys() & methods.keys():
                raise ValueError(f"two adapters for {sorted(twice)}")
            found |= methods
    return found


def _answer(case: Case) -> Answer:
    try:
        method = _METHODS[case.family][case.method]
    except KeyError:
        raise Unsupported(case.method) from None
    return method(case)


_METHODS = {family: _methods(family) for family in ("recovery", "integrity")}
FAMILIES = dict.fromkeys(_METHODS, _answer)
