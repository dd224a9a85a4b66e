"""The pooled result again and again: without each study, or with one study more each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evidence import formatting as say
from evidence._typing import Vector
from evidence.errors import OptionError, SynthesisError
from evidence.synthesis.effect_table import EffectSource, EffectTable, effect_table
from evidence.synthesis.pool import Pooled, pool

POOLED = ("k", "estimate", "se", "statistic", "pvalue", "ci_low", "ci_high")
SPREAD = ("tau2", "i2", "h2", "q", "q_pvalue")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Refits:
    """The result again and again: without each study, or with one study more each time."""

    kind: Literal["leave-one-out", "cumulative"]
    whole: Pooled  # of all studies
    frame: pd.DataFrame = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """One row per refit, indexed by the study left out or added last."""
        return self.frame.copy()

    def summary(self) -> tuple[str, ...]:
        """The range of the estimates, and whether significance hangs on a study."""
        low, high = float(self.frame["estimate"].min()), float(self.frame["estimate"].max())
        lines = [f"{self.kind}: estimates {say.interval(low, high)}"]
        if self.kind == "leave-one-out" and self.whole.pvalue is not None:
            alpha = 1 - self.whole.level
            turned = (self.frame["pvalue"] < alpha) != (self.whole.pvalue < alpha)
            names = ", ".join(str(name) for name in self.frame.index[turned])
            lines.append(
                f"leaving out any one of these turns significance over: {names}"
                if names
                else "no single study decides over significance"
            )
        return tuple(lines)

    def __repr__(self) -> str:
        return "\n".join([self.frame.round(4).to_string(), *self.summary()])

    def _repr_html_(self) -> str:
        named: list[Any] = list(self.frame.itertuples())
        rows = [
            [
                str(study),
                say.estimate(row.estimate, row.ci_low, row.ci_high),
                say.pvalue(row.pvalue),
                say.number(row.tau2, 3),
            ]
            for study, row in zip(self.frame.index, named, strict=True)
        ]
        return say.html_table(
            ("study", "estimate", "p", "tau²"),
            rows,
            caption=self.kind,
            foot=". ".join(self.summary()),
        )


def leave_one_out(effects: EffectSource, **options: Any) -> Refits:
    """Pool again without each study in turn.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        At least two.
    **options
        Of `evidence.synthesis.pool.pool`: tau2, test, level, fixed_tau2.

    References
    ----------
    Viechtbauer & Cheung (2010), Res Synth Methods 1:112–125. https://doi.org/10.1002/jrsm.11

    Examples
    --------
    >>> found = leave_one_out({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}, tau2="EE")
    >>> found.frame["estimate"].to_list()
    [0.4875, 0.3, 0.18]
    """
    table = effect_table(effects)
    if len(table) < 2:
        raise SynthesisError("one study cannot be left out: nothing would remain.")
    parts = [np.delete(np.arange(len(table)), i) for i in range(len(table))]
    rows = [_pooled_row(table, part, options) for part in parts]
    index = pd.Index(table.studies, name="without")
    whole = pool(_part(table, np.arange(len(table))), **{"measure": table.measure, **options})
    return Refits(kind="leave-one-out", whole=whole, frame=pd.DataFrame(rows, index=index))


def cumulate(
    effects: EffectSource, order: str | Sequence[Any] | Vector | None = None, **options: Any
) -> Refits:
    """Pool the first study, the first two, and so on.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects and sampling variances.
    order : str or sequence of length k, optional
        What to sort by, ascending: values, or the name of a column ("vi", "year"). Not given: the
        order of the rows. Equal values keep the order of the rows.
    **options
        Of `evidence.synthesis.pool.pool`: tau2, test, level, fixed_tau2.

    References
    ----------
    Lau, Schmid & Chalmers (1995), J Clin Epidemiol 48:45–57.
    https://doi.org/10.1016/0895-4356(94)00106-Z

    Examples
    --------
    >>> found = cumulate({"yi": [0.1, 0.3, 0.8], "vi": [0.02, 0.03, 0.05]}, tau2="EE", test="z")
    >>> found.frame["estimate"].to_list()
    [0.1, 0.18, 0.3]
    """
    table = effect_table(effects)
    ranked = _order(effects, order, table)
    parts = [ranked[: i + 1] for i in range(len(table))]
    rows = [_pooled_row(table, part, options) for part in parts]
    index = pd.Index([table.studies[i] for i in ranked], name="added")
    whole = pool(_part(table, ranked), **{"measure": table.measure, **options})
    return Refits(kind="cumulative", whole=whole, frame=pd.DataFrame(rows, index=index))


def _pooled_row(
    table: EffectTable, part: NDArray[np.intp], options: dict[str, Any]
) -> dict[str, Any]:
    if "weights" in options:
        raise OptionError("weights", "given", ["none: they belong to one set of studies"])
    found = pool(_part(table, part), **options)
    row = {name: getattr(found, name) for name in (*POOLED, *SPREAD)}
    return {name: np.nan if value is None else value for name, value in row.items()}


def _part(table: EffectTable, part: NDArray[np.intp]) -> dict[str, Any]:
    chosen = [table.studies[i] for i in part]
    return {"yi": table.yi[part], "vi": table.vi[part], "study": chosen}


def _order(effects: EffectSource, order: Any, table: EffectTable) -> NDArray[np.intp]:
    if order is None:
        return np.arange(len(table))
    if isinstance(order, str):
        if order in ("yi", "vi"):
            order = getattr(table, order)
        else:
            columns: Any = effects if isinstance(effects, pd.DataFrame | dict) else effects.frame  # type: ignore[union-attr]
            if order not in columns:
                raise SynthesisError(f"no column {order}. Found: {', '.join(map(str, columns))}.")
            order = columns[order]
    values = pd.Series(list(order))
    if len(values) != len(table):
        raise SynthesisError(f"lengths differ: {len(table)} effects and {len(values)} to order by.")
    if values.isna().any():
        raise SynthesisError(f"row {int(values.isna().argmax()) + 1}: nothing to order by.")
    return np.asarray(values.argsort(kind="stable"), dtype=np.intp)
