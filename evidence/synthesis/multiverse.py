"""Every defensible analysis of the same question, and how many of them agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from evidence import formatting as say
from evidence.errors import EvidenceError, OptionError, SynthesisError
from evidence.kernels.inference import Test
from evidence.kernels.tau2 import TAU2, Tau2Method
from evidence.synthesis.effect_table import EffectSource, EffectTable, check_level, effect_table
from evidence.synthesis.pool import pool

Exclusions = Literal["each"] | Mapping[str, Iterable[str]] | None
NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Multiverse:
    """Analyses that differ in choices only. The first row is the reference the others agree with.

    Shares are of the analyses that could be done; `failed` counts the others, whose rows say why.
    """

    analyses: int
    failed: int
    level: float
    share_positive: float
    share_significant: float
    share_same_sign: float
    share_same_significance: float
    share_agree: float  # the same sign and the same significance as the reference
    median: float
    low: float  # smallest and largest estimate
    high: float
    comparable: bool  # False: measures differ, so estimates have no common scale
    frame: pd.DataFrame = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """One row per analysis: its choices, its result, and whether it agrees."""
        return self.frame.copy()

    def by_choice(self) -> pd.DataFrame:
        """Share that agrees, and the range of estimates, for each value of each choice."""
        done = self.frame[self.frame["failure"] == ""]
        rows = []
        for choice in ("effects", "estimator", "test", "excluded"):
            for value, part in done.groupby(choice, sort=False):
                rows.append(
                    {
                        "choice": choice,
                        "value": value,
                        "analyses": len(part),
                        "share_significant": float(part["significant"].mean()),
                        "share_agree": float(
                            (part["same_sign"] & part["same_significance"]).mean()
                        ),
                        "low": float(part["estimate"].min()),
                        "high": float(part["estimate"].max()),
                    }
                )
        return pd.DataFrame(rows).set_index(["choice", "value"])

    def summary(self) -> tuple[str, ...]:
        """How many analyses agree, in words."""
        done = self.analyses - self.failed
        spread = (
            f"; estimates {say.interval(self.low, self.high)}, median {say.number(self.median)}"
            if self.comparable
            else "; measures differ, so estimates are not compared"
        )
        lines = [
            f"{done:,} analyses: {say.number(100 * self.share_same_sign, 0)} % have the sign of "
            f"the first, {say.number(100 * self.share_significant, 0)} % are significant, "
            f"{say.number(100 * self.share_agree, 0)} % agree in both{spread}"
        ]
        if self.failed:
            lines.append(f"{self.failed:,} analyses could not be done; the frame says why")
        return tuple(lines)

    def __repr__(self) -> str:
        return "\n".join([*self.summary(), self.by_choice().round(3).to_string()])

    def _repr_html_(self) -> str:
        table = self.by_choice()
        named: list[Any] = list(table.itertuples())
        rows = [
            [
                *(str(part) for part in name),
                f"{row.analyses:,}",
                f"{say.number(100 * row.share_significant, 0)} %",
                f"{say.number(100 * row.share_agree, 0)} %",
                say.interval(row.low, row.high),
            ]
            for name, row in zip(table.index, named, strict=True)
        ]
        head = ("choice", "value", "analyses", "significant", "agree", "estimates")
        return say.html_table(head, rows, caption=". ".join(self.summary()))


def multiverse(
    effects: EffectSource | Mapping[str, EffectSource],
    *,
    estimators: Sequence[Tau2Method] = ("REML", "PM", "DL", "EE"),
    tests: Sequence[Test] = ("HKSJ", "z"),
    exclusions: Exclusions = "each",
    level: float = 0.95,
) -> Multiverse:
    """Pool under every combination of defensible choices.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping; or mapping of name to such
        One set of effects, or several computed differently, as in ``{"SMD": ..., "ROM": ...}``.
    estimators : sequence of str
        Between-study variance estimators; the first is the reference's.
    tests : sequence of str
        Tests of the mean; the first is the reference's.
    exclusions : "each", mapping of name to studies, or None
        Which studies to leave out, beside leaving out none: each in turn, or named groups such as
        ``{"high risk": ["Kim 2019", "Sato 2021"]}``.
    level : float
        Level of intervals; p below 1 − level is significant.

    Raises
    ------
    OptionError
        For an unknown estimator or test.
    SynthesisError
        When nothing is given to choose from, a study to leave out does not exist, or the reference
        analysis itself cannot be done.

    References
    ----------
    Steegen, Tuerlinckx, Gelman & Vanpaemel (2016), Perspect Psychol Sci 11:702–712.
    https://doi.org/10.1177/1745691616658637
    Voracek, Kossmeier & Tran (2019), Z Psychol 227:64–82.
    https://doi.org/10.1027/2151-2604/a000357

    Examples
    --------
    >>> effects = {"yi": [0.4, 0.3, 0.8, 0.1], "vi": [0.02, 0.03, 0.05, 0.04]}
    >>> found = multiverse(effects, estimators=["DL", "EE"], tests=["z"])
    >>> found.analyses, found.share_same_sign, found.share_significant
    (10, 1.0, 1.0)
    """
    check_level(level)
    for name, values, allowed in (
        ("estimators", estimators, tuple(TAU2)),
        ("tests", tests, get_args(Test)),
    ):
        if isinstance(values, str) or not values:
            raise SynthesisError(f"{name} must list at least one of {', '.join(allowed)}.")
        for value in values:
            if value not in allowed:
                raise OptionError(name.removesuffix("s"), value, allowed)
    sources = _sources(effects)
    left_out = _exclusions(exclusions, sources)
    rows = [
        {"effects": name, "estimator": tau2, "test": test, "excluded": label}
        | _analysis(sources[name], studies, tau2, test, level)
        for name, (label, studies), tau2, test in product(
            sources, left_out.items(), estimators, tests
        )
    ]
    frame = pd.DataFrame(rows)
    if frame["failure"].iloc[0]:
        raise SynthesisError(f"the first analysis cannot be done: {frame['failure'].iloc[0]}")
    return _compared(frame, sources, level)


def _analysis(
    table: EffectTable, without: frozenset[str], tau2: Tau2Method, test: Test, level: float
) -> dict[str, Any]:
    kept = [i for i, study in enumerate(table.studies) if study not in without]
    columns = ("k", "estimate", "se", "ci_low", "ci_high", "pvalue", "tau2", "i2")
    try:
        if without and not without & set(table.studies):
            raise SynthesisError("none of the studies to leave out is among these effects.")
        part = {
            "yi": table.yi[kept],
            "vi": table.vi[kept],
            "study": [table.studies[i] for i in kept],
        }
        found = pool(part, tau2=tau2, test=test, level=level)
    except EvidenceError as error:
        return dict.fromkeys(columns, np.nan) | {"k": len(kept), "failure": str(error)}
    row = {name: getattr(found, name) for name in columns}
    return {name: np.nan if value is None else value for name, value in row.items()} | {
        "failure": ""
    }


def _compared(frame: pd.DataFrame, sources: Mapping[str, EffectTable], level: float) -> Multiverse:
    reference = frame.iloc[0]
    frame["significant"] = frame["pvalue"] < 1 - level
    frame["same_sign"] = np.sign(frame["estimate"]) == np.sign(reference["estimate"])
    frame["same_significance"] = frame["significant"] == frame["significant"].iloc[0]
    done = frame[frame["failure"] == ""]
    return Multiverse(
        analyses=len(frame),
        failed=len(frame) - len(done),
        level=level,
        share_positive=float((done["estimate"] > 0).mean()),
        share_significant=float(done["significant"].mean()),
        share_same_sign=float(done["same_sign"].mean()),
        share_same_significance=float(done["same_significance"].mean()),
        share_agree=float((done["same_sign"] & done["same_significance"]).mean()),
        median=float(done["estimate"].median()),
        low=float(done["estimate"].min()),
        high=float(done["estimate"].max()),
        comparable=len({table.measure for table in sources.values()}) == 1,
        frame=frame,
    )


def _sources(effects: Any) -> dict[str, EffectTable]:
    several = isinstance(effects, Mapping) and "yi" not in effects and len(effects) > 0
    if several and all(
        not np.isscalar(part) and not isinstance(part, list) for part in effects.values()
    ):
        return {
            str(name): effect_table(part, measure="" if _measured(part) else str(name))
            for name, part in effects.items()
        }
    table = effect_table(effects)
    return {table.measure or "effects": table}


def _measured(part: Any) -> bool:
    if isinstance(part, pd.DataFrame | Mapping):
        return "measure" in part
    return bool(getattr(part, "measure", ""))


def _exclusions(
    exclusions: Exclusions, sources: Mapping[str, EffectTable]
) -> dict[str, frozenset[str]]:
    known = {study: None for table in sources.values() for study in table.studies}
    found: dict[str, frozenset[str]] = {NOTHING: frozenset()}
    if exclusions is None:
        return found
    if isinstance(exclusions, str):
        if exclusions != "each":
            raise OptionError("exclusions", exclusions, ("each", "a mapping of name to studies"))
        return found | {study: frozenset([study]) for study in known}
    for name, studies in exclusions.items():
        chosen = frozenset([studies] if isinstance(studies, str) else map(str, studies))
        if missing := sorted(chosen - set(known)):
            raise SynthesisError(
                f"exclusion {name!r}: there is no study {missing[0]!r}. Found: "
                f"{', '.join(list(known)[:8])}{', …' if len(known) > 8 else ''}."
            )
        found[str(name)] = chosen
    return found
