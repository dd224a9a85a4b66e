"""Compiling a kernel, where numba is installed; without it the function stays plain Python.

numba is the extra `fast`. It takes half a second to import, so that only a module that is itself
imported for large inputs may use `compiled`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar, cast

Function = TypeVar("Function", bound=Callable[..., Any])


def can_compile() -> bool:
    """Whether numba is installed; asks without importing it.

    >>> can_compile() or compiled(abs) is abs
    True
    """
    return find_spec("numba") is not None


def compiled(function: Function) -> Function:
    """The function compiled when it is first called, one thread, strict IEEE arithmetic.

    No fast-math: sums are taken in the order written, so that a group gives the same bits wherever
    it lies in the input. The machine code is kept beside the source, or in the user's cache folder.

    >>> compiled(lambda x: x / 2)(3.0)
    1.5
    """
    return _compiled(function, inline=False)


def inlined(function: Function) -> Function:
    """As `compiled`, and written out where another compiled function calls it.

    For what is called once a group: handing over arrays costs as much as a sum over a few studies.

    >>> inlined(lambda x: x / 2)(3.0)
    1.5
    """
    return _compiled(function, inline=True)


def _compiled(function: Function, *, inline: bool) -> Function:
    if not can_compile():
        return function
    njit = import_module("numba").njit
    options = {"nogil": True, "error_model": "numpy", "fastmath": False, "parallel": False}
    options["forceinline"] = inline
    try:
        return cast("Function", njit(cache=True, **options)(function))
    except RuntimeError:  # neither folder can be written: compile anew in every process
        return cast("Function", njit(**options)(function))
