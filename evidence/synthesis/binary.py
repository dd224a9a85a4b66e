"""One common effect of counts: Mantel–Haenszel and Peto, with their tests."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Literal, get_args

import numpy as np
import pandas as pd

from evidence import formatting as say
from evidence._typing import Vector
from evidence.effects.options import To, needs_adding
from evidence.errors import OptionError, SynthesisError
from evidence.kernels.heterogeneity import i2_from_q, q_pvalue
from evidence.kernels.inference import quantile, two_sided
from evidence.kernels.mantel_haenszel import (
    RATE_EFFECTS,
    TABLE_EFFECTS,
    ChiSquare,
    CommonEffect,
    breslow_day,
    cochran_mantel_haenszel,
    mantel_haenszel_rates,
)
from evidence.synthesis.count_table import LAYOUT, TABLE, CountSource, CountTable, count_table
from evidence.synthesis.effect_table import check_level

TableMeasure = Literal["OR", "RR", "RD", "IRR", "IRD"]
RATIOS = frozenset({"OR", "RR", "IRR", "PETO"})
ADDED_TO = {"IRR": (0, 2), "IRD": (0, 2)}  # events, not times; all four cells of a 2x2 table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PooledCounts:
    """A common effect of counts on the analysis scale (log for ratios), and the heterogeneity.

    A number that these counts cannot give is None, and `notes` says why.
    """

    measure: str
    method: Literal["Mantel-Haenszel", "Peto"]
    k: int  # studies with all their counts
    k_effects: int  # studies with an effect of their own: those in Q
    k_informative: int | None  # tables without an empty margin; None for rates
    estimate: float | None
    se: float | None
    ci_low: float | None
    ci_high: float | None
    level: float
    statistic: float | None
    pvalue: float | None
    q: float | None
    q_df: int
    q_pvalue: float | None
    i2: float | None  # percent
    h2: float | None
    association: float | None  # Cochran–Mantel–Haenszel, or Mantel–Haenszel for rates; 1 df
    association_pvalue: float | None
    association_corrected: bool
    breslow_day: float | None  # odds ratio only, as are the three below
    breslow_day_pvalue: float | None
    tarone: float | None
    tarone_pvalue: float | None
    homogeneity_df: int | None  # of Breslow–Day and Tarone
    notes: tuple[str, ...]
    weights: pd.Series[float] = field(repr=False)  # shares by study, summing to 1

    def to_frame(self) -> pd.DataFrame:
        """One row; columns named as the attributes, without `weights`."""
        names = [item.name for item in fields(self) if item.name != "weights"]
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def rows(self) -> tuple[tuple[str, str], ...]:
        """What was found, as pairs of a name and its value in words."""
        scale = " (log scale)" if self.measure in RATIOS else ""
        shown = [(
            f"{self.measure}, {self.method}{scale}",
            f"{say.estimate(self.estimate, self.ci_low, self.ci_high, 3)}, "
            f"{say.pvalue(self.pvalue)}",
        )]  # fmt: skip
        if self.measure in RATIOS and self.estimate is not None:
            mid, low, high = (
                math.exp(x) for x in (self.estimate, self.ci_low or 0.0, self.ci_high or 0.0)
            )
            shown.append(("as a ratio", say.estimate(mid, low, high)))
        tests = (
            ("Q of the studies' own effects", self.q, self.q_df, self.q_pvalue),
            ("association", self.association, 1, self.association_pvalue),
            ("Breslow–Day", self.breslow_day, self.homogeneity_df, self.breslow_day_pvalue),
            ("Tarone", self.tarone, self.homogeneity_df, self.tarone_pvalue),
        )
        for name, value, df, p in tests:
            if value is not None:
                shown.append((name, f"{say.number(value)} on {df} df, {say.pvalue(p)}"))
        return (*shown, *(("note", note) for note in self.notes))

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in self.rows())

    def _repr_html_(self) -> str:
        return say.html_table(("", f"{self.k} studies"), self.rows())


def pool_mantel_haenszel(
    counts: CountSource,
    *,
    measure: TableMeasure = "OR",
    correct: bool = False,
    add: float = 0.0,
    to: To = "only0",
    drop00: bool = False,
    level: float = 0.95,
) -> PooledCounts:
    """Common odds ratio, risk ratio, risk difference, rate ratio or rate difference.

    Nothing is added to zero cells unless asked: the sums do not need it. Q compares the studies'
    own effects, for which 1/2 is added to tables with a zero and tables without events (or with
    nothing but events) in both groups are left out.

    Parameters
    ----------
    counts : DataFrame or mapping
        `ai bi ci di` (events and others of the first group, then of the second) or `ai n1i ci
        n2i`; `x1i t1i x2i t2i` for rates; optionally `study`.
    measure : {"OR", "RR", "RD", "IRR", "IRD"}
        What is pooled; ratios on the log scale.
    correct : bool
        Continuity correction of the test of association: 1/2 off |Σ(O − E)|.
    add, to : float, {"only0", "all", "if0all", "none"}
        Constant for the pooled estimate and its tests, and the tables that get it.
    drop00 : bool
        Whether tables without events, or with nothing but events, in both groups are left out of
        the pooled estimate.
    level : float
        Confidence level.

    Raises
    ------
    OptionError, SynthesisError, EffectError
        When options or counts cannot be used; see `count_table`.

    References
    ----------
    Mantel & Haenszel (1959), J Natl Cancer Inst 22:719–748; Robins, Breslow & Greenland (1986),
    Biometrics 42:311–323; Greenland & Robins (1985), Biometrics 41:55–68; Sato (1989), Biometrics
    45:1323–1324; Tarone (1985), Biometrika 72:91–95. https://doi.org/10.1093/biomet/72.1.91

    Examples
    --------
    >>> counts = {"ai": [12, 5], "n1i": [100, 50], "ci": [20, 9], "n2i": [100, 50]}
    >>> found = pool_mantel_haenszel(counts, measure="OR")
    >>> found.estimate, found.se, found.tarone
    (-0.6291, 0.3304, 0.01085)
    """
    check_level(level)
    table = count_table(counts, measure, get_args(TableMeasure))
    used, adding = _adjusted(table, add, to, drop00)
    if not len(used):
        raise SynthesisError(
            "nothing to pool: no study has events in one group and people without in the other; "
            "drop00=False keeps such tables, which a risk difference can use."
        )
    rates = LAYOUT[measure] != TABLE
    effect = (RATE_EFFECTS if rates else TABLE_EFFECTS)[measure](*used.cells)
    association: ChiSquare | None = None
    homogeneity: tuple[ChiSquare, ChiSquare] | None = None
    if measure == "OR":
        association = cochran_mantel_haenszel(*used.cells, correct=correct)
        homogeneity = breslow_day(*used.cells, log_odds_ratio=effect.estimate)
    elif measure == "IRR":
        association = mantel_haenszel_rates(*used.cells, correct=correct)
    return _result(
        table, used, effect, level, "Mantel-Haenszel", (*adding, *_why(effect, measure)),
        association, homogeneity, correct=correct,
    )  # fmt: skip


def pool_peto(counts: CountSource, *, level: float = 0.95) -> PooledCounts:
    """Common odds ratio by Peto's one step; for rare events, small effects and balanced groups.

    Parameters
    ----------
    counts : DataFrame or mapping
        `ai bi ci di` or `ai n1i ci n2i`; optionally `study`.
    level : float
        Confidence level.

    Raises
    ------
    SynthesisError, EffectError
        When the counts cannot be used; see `count_table`.

    References
    ----------
    Yusuf, Peto, Lewis, Collins & Sleight (1985), Prog Cardiovasc Dis 27:335–371.
    https://doi.org/10.1016/S0033-0620(85)80003-7

    Examples
    --------
    >>> found = pool_peto({"ai": [12, 5], "n1i": [100, 50], "ci": [20, 9], "n2i": [100, 50]})
    >>> found.estimate, found.se
    (-0.6126, 0.3195)
    """
    check_level(level)
    table = count_table(counts, "PETO", ("PETO",))
    effect = TABLE_EFFECTS["PETO"](*table.cells)
    notes = tuple(_why(effect, "PETO"))
    return _result(table, table, effect, level, "Peto", notes, None, None, correct=False)


def _adjusted(
    table: CountTable, add: float, to: To, drop00: bool
) -> tuple[CountTable, tuple[str, ...]]:
    """The counts that are pooled, and what was done to them."""
    if to not in get_args(To):
        raise OptionError("to", to, get_args(To))
    if not (math.isfinite(add) and add >= 0):
        raise OptionError("add", add, ("a number of at least 0",))
    notes: list[str] = []
    used = table
    if drop00 and table.empty.any():
        used = table.take(~table.empty)
        notes.append(
            f"{int(table.empty.sum())} of {len(table)} tables left out of the pooled estimate: no "
            "events, or nothing but events, in both groups."
        )
    places = ADDED_TO.get(table.measure, (0, 1, 2, 3))
    zero = np.any([used.cells[i] == 0 for i in places], axis=0)
    rows = needs_adding(zero, to)
    if add > 0 and rows.any():
        cells = tuple(
            cell + add * rows if i in places else cell for i, cell in enumerate(used.cells)
        )
        used = CountTable(measure=used.measure, cells=cells, studies=used.studies, notes=used.notes)
        notes.append(f"{add:g} was added to the cells of {int(rows.sum())} tables before pooling.")
    return used, tuple(notes)


def _result(
    table: CountTable,
    used: CountTable,
    effect: CommonEffect,
    level: float,
    method: Literal["Mantel-Haenszel", "Peto"],
    notes: tuple[str, ...],
    association: ChiSquare | None,
    homogeneity: tuple[ChiSquare, ChiSquare] | None,
    *,
    correct: bool,
) -> PooledCounts:
    yi, vi = table.effects()
    own = np.isfinite(yi) & np.isfinite(vi) & (vi > 0)
    known = math.isfinite(effect.estimate) and effect.se > 0
    df = max(int(own.sum()) - 1, 0)
    q = _squares(yi[own], vi[own], effect.estimate) if known and own.any() else None
    half = quantile(level, None) * effect.se
    statistic = effect.estimate / effect.se if known else math.nan
    bd, tarone = homogeneity if homogeneity is not None else (None, None)
    return PooledCounts(
        measure=table.measure,
        method=method,
        k=len(table),
        k_effects=int(own.sum()),
        k_informative=_informative(table),
        estimate=_known(effect.estimate),
        se=_known(effect.se),
        ci_low=_known(effect.estimate - half),
        ci_high=_known(effect.estimate + half),
        level=level,
        statistic=_known(statistic),
        pvalue=two_sided(statistic, None) if known else None,
        q=q,
        q_df=df,
        q_pvalue=None if q is None else q_pvalue(q, df),
        i2=None if q is None else i2_from_q(q, df),
        h2=q / df if q is not None and df else None,
        association=None if association is None else _known(association.statistic),
        association_pvalue=None if association is None else _known(association.pvalue),
        association_corrected=correct,
        breslow_day=None if bd is None else _known(bd.statistic),
        breslow_day_pvalue=None if bd is None else _known(bd.pvalue),
        tarone=None if tarone is None else _known(tarone.statistic),
        tarone_pvalue=None if tarone is None else _known(tarone.pvalue),
        homogeneity_df=None if bd is None else bd.df,
        notes=(*table.notes, *notes),
        weights=_shares(effect.weights, used),
    )


def _squares(yi: Vector, vi: Vector, mean: float) -> float:
    return float(((yi - mean) ** 2 / vi).sum())


def _informative(table: CountTable) -> int | None:
    if LAYOUT[table.measure] != TABLE or table.measure not in ("OR", "PETO"):
        return None
    a, b, c, d = table.cells
    return int(((a + b > 0) & (c + d > 0) & (a + c > 0) & (b + d > 0)).sum())


def _shares(weights: Vector, used: CountTable) -> pd.Series[float]:
    total = weights.sum()
    shares = weights / total if total > 0 else np.full(len(used), np.nan)
    return pd.Series(shares, index=pd.Index(used.studies, name="study"), name="weight")


def _why(effect: CommonEffect, measure: str) -> Iterator[str]:
    """What a reader must know when there is no estimate."""
    if not math.isfinite(effect.estimate):
        what = {"RD": "people", "IRD": "time at risk"}.get(measure, "events")
        yield (
            f"no estimate: {what} on one side only, so the sums of these studies do not determine "
            f"the {measure}."
        )


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
