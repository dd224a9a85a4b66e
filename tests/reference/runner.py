"""Reads reference cases, asks the adapters for answers, and compares every number.

An adapter is a module of `adapters/` with `FAMILIES: dict[str, Callable[[Case], dict]]`. It gets
a `Case` and computes the answer from `case.input` and `case.options` alone, under the keys of
`case.expect`. What is not there yet it says with `raise Unsupported("why")`; anything else that
it raises is a failure.
"""

from __future__ import annotations

import gzip
import importlib
import json
import math
import pkgutil
import re
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import adapters
from disputed import DISPUTED

FLOOR = 1e-12  # several expected values are exactly 0 where another route gives 1e-17
P_VALUE = re.compile(r"(^|_)(p|pval|pvalue)(_|$)")
BETWEEN = re.compile(r"(^|_)(tau2|sigma2|gamma2|omega2)(_|$)")
PERCENTAGE = re.compile(r"^(I2|H2|H|R2)(_|$)|_pct$")
LOCATION = re.compile(r"^(estimate|coef|pred|blup|se|effect|mu|TE|ci|pi)(_|$)|_(lb|ub)$")


class Unsupported(Exception):  # noqa: N818 - an answer, not an error
    """The family, an option or an expected key is not there yet."""


@dataclass(frozen=True, slots=True)
class Case:
    """One reference case; `expect` says which keys the answer must have, never their values."""

    id: str
    family: str
    input: Mapping[str, Any]
    options: Mapping[str, Any]
    expect: Mapping[str, Any] = field(repr=False)
    method: str = ""  # recovery and integrity
    tol: float = 1e-9
    tol_fields: Mapping[str, float] = field(default_factory=dict)
    tolerance: Mapping[str, float] | None = None  # recovery and integrity

    def tol_of(self, key: str) -> float:
        """The relative tolerance of one field: its own, or its prefix's, or the case's."""
        if key in self.tol_fields:
            return self.tol_fields[key]
        prefixes = [p for p in self.tol_fields if p.endswith("*") and key.startswith(p[:-1])]
        return self.tol_fields[max(prefixes, key=len)] if prefixes else self.tol


Adapter = Callable[[Case], Mapping[str, Any]]


def case_files(folder: Path) -> dict[str, Path]:
    """Family name to file, for every `*.json.gz` and `*.json` directly in the folder."""
    files = sorted([*folder.glob("*.json.gz"), *folder.glob("*.json")])
    return {path.name.removesuffix(".gz").removesuffix(".json"): path for path in files}


def read_cases(path: Path, family: str) -> list[Case]:
    """All cases of one file. The family is the file's name."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [
        Case(
            id=case["id"],
            family=family,
            input=case["input"],
            options=case.get("options", {}),
            expect=case["expect"],
            method=case.get("method", ""),
            tol=case.get("tol", 1e-9),
            tol_fields=case.get("tol_fields") or {},
            tolerance=case.get("tolerance"),
        )
        for case in json.loads(raw)
    ]


def load_adapters() -> dict[str, Adapter]:
    """Every adapter found, by family. Two adapters for one family are an error."""
    found: dict[str, Adapter] = {}
    for info in pkgutil.iter_modules(adapters.__path__):
        module = importlib.import_module(f"adapters.{info.name}")
        for family, adapter in getattr(module, "FAMILIES", {}).items():
            if family in found:
                raise ValueError(f"two adapters answer the family {family!r}")
            found[family] = adapter
    return found


def run_case(case: Case, adapter: Adapter | None) -> tuple[str, str]:
    """What became of a case and why: "passed", "failed", "not supported yet", or "disputed".

    A disputed case agrees in everything but the elements that `disputed.py` names.
    """
    if adapter is None:
        return "not supported yet", f"no adapter for the family {case.family}"
    try:
        answer = adapter(case)
    except Unsupported as why:
        return "not supported yet", str(why)
    except Exception as error:  # whatever it is, the case failed and must be named
        return "failed", f"{type(error).__name__}: {error}"
    problems = list(differences(case, answer))
    if problems:
        return "failed", "; ".join(problems)
    return ("disputed", case.id) if case.id in DISPUTED else ("passed", "")


def differences(case: Case, answer: Mapping[str, Any]) -> Iterator[str]:
    """One sentence for each key of `expect` that the answer lacks or gets wrong."""
    disputed = DISPUTED[case.id].elements if case.id in DISPUTED else ()
    for key, want in case.expect.items():
        if want is None:  # the reference has no such number here
            continue
        if key not in answer:
            yield f"{key} is missing from the answer"
            continue
        close = _closeness(case, key, want)
        for place, a, b in _leaves(key, answer[key], want):
            if place not in disputed and not close(a, b):
                yield f"{place}: got {a!r}, expected {b!r}"
                break


def _closeness(case: Case, key: str, want: Any) -> Callable[[Any, Any], bool]:
    if case.tolerance is not None:
        absolute, relative = case.tolerance["abs"], case.tolerance["rel"]
        exact = isinstance(want, list) and all(type(x) is int for x in want)
        return lambda a, b: _equal(a, b, lambda y: 0.0 if exact else max(absolute, relative * y))
    tol, scale = case.tol_of(key), scale_of(case, key, want)
    if P_VALUE.search(key):
        return lambda a, b: _equal_p(a, b, tol, scale)
    if key == "tau" and "tau2" in case.expect:  # judged as the variance it is the root of
        scale = _median_variance(case)
        return lambda a, b: _equal(_square(a), _square(b), lambda y: tol * max(y, scale) + FLOOR)
    return lambda a, b: _equal(a, b, lambda y: tol * max(y, scale) + FLOOR)


def scale_of(case: Case, key: str, want: Any) -> float:
    """The size against which an error of this field is judged, beside the value itself."""
    scales = [0.0]
    if isinstance(want, list):
        scales += _sizes(want)
    if BETWEEN.search(key) or key == "vt":
        scales.append(_median_variance(case))
    elif PERCENTAGE.search(key):
        scales.append(1.0)
    elif LOCATION.search(key):
        scales += _sizes(case.expect.get("se"))
    return max(scales)


def _median_variance(case: Case) -> float:
    variances = _sizes(case.input.get("vi"))
    return statistics.median(variances) if variances else 0.0


def _sizes(value: Any) -> list[float]:
    if isinstance(value, list):
        return [size for item in value for size in _sizes(item)]
    number = _number(value)
    return [abs(number)] if number is not None and math.isfinite(number) else []


def _leaves(place: str, got: Any, want: Any) -> Iterator[tuple[str, Any, Any]]:
    """Pairs of single values; a difference in shape is a pair that cannot agree."""
    if isinstance(want, Mapping):
        if not isinstance(got, Mapping) or set(map(str, got)) != set(want):
            yield place, got, want
            return
        named = {str(name): value for name, value in got.items()}
        for name, value in want.items():
            yield from _leaves(f"{place}.{name}", named[name], value)
    elif isinstance(want, list):
        listed = _as_list(got)
        if listed is None or len(listed) != len(want):
            yield place, got, want
            return
        for index, (a, b) in enumerate(zip(listed, want, strict=True)):
            yield from _leaves(f"{place}[{index}]", a, b)
    else:
        yield place, got, want


def _as_list(value: Any) -> list[Any] | None:
    if hasattr(value, "tolist"):
        value = value.tolist()
    is_list = isinstance(value, Iterable) and not isinstance(value, str | Mapping)
    return list(value) if is_list else None


def _number(value: Any) -> float | None:
    """A float; "Inf" and "-Inf" are infinite; None, NaN, words and truth values are no number."""
    if isinstance(value, str):
        return {"Inf": math.inf, "-Inf": -math.inf}.get(value)
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return None if math.isnan(number) else number


def _equal(got: Any, want: Any, margin: Callable[[float], float]) -> bool:
    a, b = _number(got), _number(want)
    if b is None:
        if want is None:  # missing there, so missing here: None or NaN, not a word
            return got is None or (a is None and not isinstance(got, str | bool | list | Mapping))
        plain = got.item() if hasattr(got, "item") else got  # numpy's own truth values
        return type(plain) is type(want) and bool(plain == want)
    if a is None or math.isinf(b) or math.isinf(a):
        return a == b
    return abs(a - b) <= margin(abs(b))


def _square(value: Any) -> float | None:
    number = _number(value)
    return None if number is None else math.copysign(number * number, number)


def _equal_p(got: Any, want: Any, tol: float, scale: float) -> bool:
    a, b = _number(got), _number(want)
    if a is not None and b is not None and 0 < b < FLOOR:
        return a > 0 and abs(math.log(a) - math.log(b)) <= tol * abs(math.log(b))
    return _equal(got, want, lambda y: tol * max(y, scale) + FLOOR)
