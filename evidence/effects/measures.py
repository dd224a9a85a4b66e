"""Effect sizes from arrays: one row per measure in `MEASURES`, computed by `effect_sizes`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from evidence._typing import Vector
from evidence.effects import association, one_group, paired_means, two_by_two, two_means
from evidence.effects.options import Correct, Options, To, Vtype
from evidence.errors import EffectError, OptionError
from evidence.formatting import html_table, interval, number, plural, pvalue

if TYPE_CHECKING:
    import pandas as pd

Compute = Callable[[Mapping[str, Vector], Options], tuple[Vector, Vector]]


class Measure(NamedTuple):
    """One effect measure: what it is, what it needs, how it is computed."""

    id: str
    title: str
    columns: tuple[tuple[str, ...], ...]  # alternatives, most direct first
    compute: Compute
    log: bool = False  # analysed on the log scale, shown as a ratio
    vtypes: tuple[Vtype, ...] = ("LS",)


_CELLS = (("ai", "bi", "ci", "di"), ("ai", "n1i", "ci", "n2i"))
_PAIRS = (("ai", "bi", "ci", "di"),)
_GROUPS = (("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"),)
_D = (*_GROUPS, ("di", "n1i", "n2i"), ("ti", "n1i", "n2i"), ("pi", "n1i", "n2i"))
_SPREADS = (("sd1i", "n1i", "sd2i", "n2i"),)
_TWICE = (("m1i", "sd1i", "m2i", "sd2i", "ni", "ri"),)
_TWICE_SPREADS = (("sd1i", "sd2i", "ni", "ri"),)
_COUNT = (("xi", "ni"),)
_MEAN = (("mi", "sdi", "ni"),)
_RATE = (("xi", "ti"),)
_RATES = (("x1i", "t1i", "x2i", "t2i"),)
_R = (("ri", "ni"),)
_ALPHA = (("ai", "mi", "ni"),)

_T, _M, _P, _O, _A = two_by_two, two_means, paired_means, one_group, association

MEASURES: dict[str, Measure] = {
    row.id: row
    for row in (
        # two groups, an event
        Measure("RR", "risk ratio", _CELLS, _T.on_adjusted(_T.log_risk_ratio), log=True),
        Measure("OR", "odds ratio", _CELLS, _T.on_adjusted(_T.log_odds_ratio), log=True),
        Measure("RD", "risk difference", _CELLS, _T.risk_difference, vtypes=("LS", "UB", "AV")),
        Measure("AS", "arcsine risk difference", _CELLS, _T.on_counts(_T.arcsine_difference)),
        Measure("PETO", "Peto odds ratio", _CELLS, _T.on_adjusted(_T.peto_odds_ratio), log=True),
        Measure("PHI", "phi coefficient", _CELLS, _T.on_counts(_T.phi)),
        Measure("ZPHI", "z of phi", _CELLS, _T.on_counts(_T.fisher_z(_T.phi))),
        Measure("YUQ", "Yule's Q", _CELLS, _T.on_adjusted(_T.yule_q)),
        Measure("YUY", "Yule's Y", _CELLS, _T.on_adjusted(_T.yule_y)),
        Measure("RTET", "tetrachoric correlation", _CELLS, _A.tetrachoric),
        Measure("ZTET", "z of the tetrachoric correlation", _CELLS, _A.z_tetrachoric),
        Measure("PBIT", "probit difference", _CELLS, _T.on_adjusted(_T.probit_difference)),
        Measure("OR2D", "SMD from the odds ratio, logistic", _CELLS,
                _T.on_adjusted(_T.odds_to_smd(_T.LOGISTIC_SD))),
        Measure("OR2DL", "SMD from the odds ratio, logistic", _CELLS,
                _T.on_adjusted(_T.odds_to_smd(_T.LOGISTIC_SD))),
        Measure("OR2DN", "SMD from the odds ratio, normal", _CELLS,
                _T.on_adjusted(_T.odds_to_smd(_T.NORMAL_SD))),
        # matched pairs, an event
        Measure("MPRD", "risk difference of pairs", _PAIRS,
                _T.on_adjusted(_T.paired_risk_difference)),
        Measure("MPRR", "risk ratio of pairs", _PAIRS,
                _T.on_adjusted(_T.paired_risk_ratio), log=True),
        Measure("MPOR", "odds ratio of pairs", _PAIRS,
                _T.on_adjusted(_T.paired_odds_ratio), log=True),
        Measure("MPORC", "conditional odds ratio of pairs", _PAIRS,
                _T.on_adjusted(_T.conditional_odds_ratio), log=True),
        Measure("MPPETO", "Peto odds ratio of pairs", _PAIRS,
                _T.on_adjusted(_T.paired_peto), log=True),
        # two groups, a mean
        Measure("MD", "mean difference", _GROUPS, _M.mean_difference, vtypes=("LS", "HO")),
        Measure("SMD", "standardised mean difference, Hedges' g", _D, _M.smd,
                vtypes=("LS", "LS2", "UB", "AV")),
        Measure("SMDH", "SMD, unequal variances", _GROUPS, _M.smd_unequal),
        Measure("SMD1", "SMD by the second SD", _GROUPS, _M.smd_glass),
        Measure("SMD1H", "SMD by the second SD, unequal variances", _GROUPS,
                _M.smd_glass_unequal),
        Measure("ROM", "ratio of means", _GROUPS, _M.log_ratio_of_means, log=True,
                vtypes=("LS", "HO", "AV")),
        Measure("VR", "variability ratio", _SPREADS, _M.log_variability_ratio, log=True),
        Measure("CVR", "ratio of coefficients of variation", _GROUPS, _M.log_cv_ratio, log=True),
        Measure("RPB", "point-biserial correlation", _D, _M.point_biserial,
                vtypes=("LS", "ST", "CS")),
        Measure("ZPB", "z of the point-biserial correlation", _D, _M.z_point_biserial,
                vtypes=("LS", "ST", "CS")),
        Measure("RBIS", "biserial correlation", _D, _M.biserial),
        Measure("ZBIS", "z of the biserial correlation", _D, _M.z_biserial),
        Measure("D2OR", "odds ratio from the SMD, logistic", _D,
                _M.smd_to_log_odds(_T.LOGISTIC_SD), log=True),
        Measure("D2ORL", "odds ratio from the SMD, logistic", _D,
                _M.smd_to_log_odds(_T.LOGISTIC_SD), log=True),
        Measure("D2ORN", "odds ratio from the SMD, normal", _D,
                _M.smd_to_log_odds(_T.NORMAL_SD), log=True),
        Measure("CLESN", "probability of superiority, normal", _GROUPS, _M.common_language),
        Measure("AUCN", "area under the curve, normal", _GROUPS, _M.common_language),
        # the same people twice
        Measure("MC", "mean change", _TWICE, _P.mean_change),
        Measure("SMCC", "change by the SD of change", _TWICE, _P.smd_of_change),
        Measure("SMCR", "change by the first SD", (("m1i", "sd1i", "m2i", "ni", "ri"),),
                _P.smd_by_first),
        Measure("SMCRH", "change by the first SD, SDs free", _TWICE, _P.smd_by_first_unequal),
        Measure("SMCRP", "change by both SDs", _TWICE, _P.smd_by_both),
        Measure("SMCRPH", "change by both SDs, SDs free", _TWICE, _P.smd_by_both_unequal),
        Measure("ROMC", "ratio of means, paired", _TWICE, _P.log_ratio_of_paired_means, log=True),
        Measure("PCHG", "percent change of the mean, paired", _TWICE, _P.percent_change),
        Measure("VRC", "variability ratio, paired", _TWICE_SPREADS,
                _P.log_paired_variability_ratio, log=True),
        Measure("CVRC", "ratio of coefficients of variation, paired", _TWICE,
                _P.log_paired_cv_ratio, log=True),
        Measure("CLESCN", "probability of superiority, paired, normal", _TWICE,
                _P.common_language_paired),
        Measure("AUCCN", "area under the curve, paired, normal", _TWICE,
                _P.common_language_paired),
        # one group
        Measure("PR", "proportion", _COUNT, _O.on_adjusted(_O.proportion)),
        Measure("PLN", "log proportion", _COUNT, _O.on_adjusted(_O.log_proportion), log=True),
        Measure("PLO", "logit proportion", _COUNT, _O.on_adjusted(_O.logit_proportion)),
        Measure("PRZ", "probit proportion", _COUNT, _O.on_adjusted(_O.probit_proportion)),
        Measure("PAS", "arcsine proportion", _COUNT, _O.on_counts(_O.arcsine_proportion)),
        Measure("PFT", "double arcsine proportion", _COUNT,
                _O.on_counts(_O.double_arcsine_proportion)),
        Measure("MN", "mean", _MEAN, _O.mean),
        Measure("SMN", "mean by its SD", _MEAN, _O.standardised_mean),
        Measure("MNLN", "log mean", _MEAN, _O.log_mean, log=True),
        Measure("SDLN", "log SD", (("sdi", "ni"),), _O.log_sd, log=True),
        Measure("CVLN", "log coefficient of variation", _MEAN, _O.log_cv, log=True),
        # rates
        Measure("IR", "rate", _RATE, _O.rate),
        Measure("IRLN", "log rate", _RATE, _O.log_rate, log=True),
        Measure("IRS", "root of the rate", _RATE, _O.root_rate),
        Measure("IRFT", "double root of the rate", _RATE, _O.double_root_rate),
        Measure("IRR", "rate ratio", _RATES, _O.log_rate_ratio, log=True),
        Measure("IRD", "rate difference", _RATES, _O.rate_difference),
        Measure("IRSD", "difference of the roots of rates", _RATES, _O.root_rate_difference),
        # associations
        Measure("COR", "correlation", _R, _A.correlation, vtypes=("LS", "AV")),
        Measure("UCOR", "unbiased correlation", _R, _A.unbiased_correlation,
                vtypes=("LS", "UB", "AV")),
        Measure("ZCOR", "Fisher's z", _R, _A.z_correlation),
        Measure("ARAW", "Cronbach's alpha", _ALPHA, _A.alpha),
        Measure("AHW", "alpha, cube root", _ALPHA, _A.alpha_cube_root),
        Measure("ABT", "alpha, log", _ALPHA, _A.alpha_log),
    )
}  # fmt: skip
"""Every measure by its name in the literature; `PCHG` is ours."""

_COLUMNS = sorted({name for m in MEASURES.values() for option in m.columns for name in option})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class EffectSizes:
    """Effects and their sampling variances on the analysis scale, each of shape (k,)."""

    measure: str
    yi: Vector
    vi: Vector

    def __len__(self) -> int:
        return len(self.yi)

    def summary(self, *, level: float = 0.95) -> EffectSummary:
        """Standard errors, z tests of no effect and normal intervals; see `summarise`."""
        return summarise(self.yi, self.vi, level=level)

    def to_frame(self) -> pd.DataFrame:
        """One row per study: `yi` and `vi`, ready to pool beside a column `study`.

        >>> effect_sizes("RR", ai=[4, 6], bi=[119, 300], ci=[11, 29], di=[128, 274]).to_frame()
               yi    vi
        0  -0.889 0.326
        1  -1.585 0.195
        """
        import pandas as pd

        return pd.DataFrame({"yi": self.yi, "vi": self.vi})

    def __repr__(self) -> str:
        missing = int((~np.isfinite(self.yi) | ~np.isfinite(self.vi)).sum())
        left = f"; {missing} without an effect or its variance" if missing else ""
        return f"<EffectSizes: {_scale(self.measure)}; {plural(len(self), 'row')}{left}>"

    def _repr_html_(self) -> str:
        rows = (
            (str(i + 1), number(y, 3), number(v, 4))
            for i, (y, v) in enumerate(zip(self.yi[:SHOWN], self.vi[:SHOWN], strict=True))
        )
        caption = f"{_scale(self.measure)}; {plural(len(self), 'row')}"
        return html_table(("row", "yi", "vi"), rows, caption=caption, foot=_rest(len(self)))


SHOWN = 30
"""Rows that a table in a notebook shows; `to_frame` has all."""


def _scale(measure: str) -> str:
    """Name of a measure, and that it stands on the log scale where it does."""
    row = MEASURES.get(measure)
    if row is None:
        return measure or "effect"
    return f"{row.title} ({row.id})" + (", on the log scale" if row.log else "")


def _rest(rows: int) -> str:
    return f"and {rows - SHOWN:,} more rows: see .to_frame()" if rows > SHOWN else ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class EffectSummary:
    """What follows from an effect and its variance, each of shape (k,)."""

    level: float
    sei: Vector
    zi: Vector
    pval: Vector
    ci_low: Vector
    ci_high: Vector

    def __len__(self) -> int:
        return len(self.sei)

    def to_frame(self) -> pd.DataFrame:
        """One row per effect; columns named as the attributes, without `level`."""
        import pandas as pd

        names = ("sei", "zi", "pval", "ci_low", "ci_high")
        return pd.DataFrame({name: getattr(self, name) for name in names})

    def __repr__(self) -> str:
        return f"<EffectSummary: {plural(len(self), 'row')}, intervals at {self.level:g}>"

    def _repr_html_(self) -> str:
        rows = (
            (
                str(i + 1),
                number(self.sei[i], 3),
                number(self.zi[i]),
                pvalue(float(self.pval[i])),
                interval(self.ci_low[i], self.ci_high[i]),
            )
            for i in range(min(len(self), SHOWN))
        )
        head = ("row", "sei", "zi", "pval", f"interval at {self.level:g}")
        return html_table(head, rows, foot=_rest(len(self)))


def summarise(yi: ArrayLike, vi: ArrayLike, *, level: float = 0.95) -> EffectSummary:
    """Standard error, z, two-sided p and normal interval of each effect.

    Parameters
    ----------
    yi, vi : array of shape (k,)
        Effects and sampling variances on the analysis scale.
    level : float
        Confidence level, between 0 and 1.

    Examples
    --------
    >>> one = summarise([0.5], [0.04])
    >>> [float(x[0]) for x in (one.zi, one.pval, one.ci_low, one.ci_high)]
    [2.5, 0.0124, 0.108, 0.892]
    """
    if not 0 < level < 1:
        raise OptionError("level", level, ("a number between 0 and 1",))
    y, v = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        se = np.sqrt(v)
        z = y / se
        p = 2 * ndtr(-np.abs(z))
    half = ndtri((1 + level) / 2) * se
    return EffectSummary(level=level, sei=se, zi=z, pval=p, ci_low=y - half, ci_high=y + half)


def effect_sizes(
    measure: str,
    *,
    add: float = 0.5,
    to: To = "only0",
    drop00: bool = False,
    vtype: Vtype = "LS",
    correct: Correct = True,
    **columns: ArrayLike,
) -> EffectSizes:
    """Effects and sampling variances from summary data, one row per study.

    Parameters
    ----------
    measure : str
        A name in `MEASURES`. Ratios come out on the log scale.
    add, to, drop00
        Constant for zero cells; where it is added (`only0` rows with a zero, `if0all` all rows
        when any has one, `all`, `none`); whether tables without events, or with nothing but
        events, in both groups become missing.
    vtype : str
        Variance formula: `LS` large-sample, `LS2`, `UB` unbiased, `AV` average over rows, `HO`
        equal variances, where the measure has it.
    correct : bool or "approximate"
        Small-sample correction; for SMDs exact with True.
    **columns : array of shape (k,) or scalar
        Summary data by the names in `MEASURES[measure].columns`; a missing value makes that row
        missing.

    Raises
    ------
    OptionError
        For a measure, column or option that does not exist.
    EffectError
        When columns are missing or hold what cannot be: more events than people, a negative SD.

    Notes
    -----
    Measures, defaults and names follow Viechtbauer (2010), J Stat Softw 36(3),
    https://doi.org/10.18637/jss.v036.i03.

    Examples
    --------
    >>> g = effect_sizes("SMD", m1i=12.1, sd1i=3.0, n1i=20, m2i=10.0, sd2i=3.2, n2i=22)
    >>> float(g.yi[0]), float(g.vi[0])
    (0.6632, 0.1007)
    """
    if measure not in MEASURES:
        raise OptionError("measure", measure, MEASURES)
    row = MEASURES[measure]
    options = Options(add=add, to=to, drop00=drop00, vtype=vtype, correct=correct)
    if vtype not in row.vtypes:
        raise OptionError("vtype", vtype, row.vtypes)
    given = _read_columns(row, columns)
    with np.errstate(invalid="ignore", divide="ignore"):
        yi, vi = row.compute(given, options)
        known = np.all([np.isfinite(values) for values in given.values()], axis=0)
        # data are there and still no effect, or an infinite one: then no variance either
        none = (known & ~np.isfinite(yi)) | np.isinf(yi) | np.isinf(vi)
    return EffectSizes(
        measure=measure, yi=np.where(none | ~known, np.nan, yi), vi=np.where(none, np.nan, vi)
    )


def _read_columns(row: Measure, columns: Mapping[str, ArrayLike]) -> dict[str, Vector]:
    """The columns of the first alternative that is complete, equally long and possible."""
    for name in columns:
        if name not in _COLUMNS:
            raise OptionError("column", name, _COLUMNS)
    chosen = next((names for names in row.columns if set(names) <= set(columns)), None)
    if chosen is None:
        missing = [name for name in row.columns[0] if name not in columns]
        ways = " or ".join(", ".join(names) for names in row.columns)
        raise EffectError(
            f"{row.id} needs {ways}; missing {', '.join(missing)}.",
            measure=row.id,
            missing=missing,
        )
    arrays = [np.atleast_1d(np.asarray(columns[name], dtype=float)) for name in chosen]
    try:
        same = np.broadcast_arrays(*arrays)
    except ValueError as error:
        lengths = ", ".join(f"{n} {len(a)}" for n, a in zip(chosen, arrays, strict=True))
        raise EffectError(f"{row.id}: columns differ in length: {lengths}.", measure=row.id) from (
            error
        )
    given = {name: np.array(values) for name, values in zip(chosen, same, strict=True)}
    _refuse_impossible(row.id, given)
    return given


def _refuse_impossible(measure: str, given: Mapping[str, Vector]) -> None:
    """Raise on the first row that holds what no data can be."""
    for events, people in (("ai", "n1i"), ("ci", "n2i"), ("xi", "ni")):
        if events in given and people in given:
            _refuse(measure, given, given[events] > given[people], (events, people),
                    "more events than people")  # fmt: skip
    counts = {"bi", "ci", "xi", "x1i", "x2i"} | ({"ai", "di"} if "ci" in given else set())
    amounts = {"n1i", "n2i", "ni", "t1i", "t2i"} | (set() if "n1i" in given else {"ti"})
    for name, values in given.items():
        if name.startswith("sd"):
            _refuse(measure, given, values < 0, (name,), "a negative standard deviation")
        elif name in amounts:
            _refuse(measure, given, values < 0, (name,), "a negative sample size or time")
        elif name in counts:
            _refuse(measure, given, values < 0, (name,), "a negative count")
        elif name == "ri":
            _refuse(measure, given, np.abs(values) > 1, (name,), "a correlation beyond ±1")


def _refuse(
    measure: str,
    given: Mapping[str, Vector],
    bad: NDArray[np.bool_],
    names: tuple[str, ...],
    what: str,
) -> None:
    if bad.any():
        i = int(np.argmax(bad))
        values = ", ".join(f"{name} = {given[name][i]:g}" for name in names)
        raise EffectError(f"{measure}: row {i + 1} has {what} ({values}).", measure=measure)
