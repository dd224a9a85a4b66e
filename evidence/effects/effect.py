"""Effects and what they rest on.

A change within an arm and an effect between arms live in different fields of `OutcomeEffects`,
and neither ever fills the other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal, get_args

from evidence import formatting
from evidence.errors import EffectError, OptionError
from evidence.formatting import estimate
from evidence.messages import say
from evidence.records.base import UNKNOWN, Unknown
from evidence.records.vocabulary import Better

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

    from evidence._typing import Vector

Label = Literal["reported", "derived", "bounded", "imputed", "refused"]
"""What a number is: printed; algebra from printed numbers; an interval that holds it; drawn from
an outside distribution; not identifiable."""

_STRENGTH: dict[Label, int] = {
    "reported": 4,
    "derived": 3,
    "bounded": 2,
    "imputed": 1,
    "refused": 0,
}


def weakest(labels: Iterable[Label]) -> Label:
    """The weakest of some labels, which a number made from all of them inherits.

    >>> weakest(["reported", "bounded", "derived"])
    'bounded'
    >>> weakest([])
    'reported'
    """
    return min(labels, key=_STRENGTH.__getitem__, default="reported")


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a number rests on.

    `rule` is the name of the recovery rule and `source` where it is published; `inputs` are the
    printed figures with their places, `treated.mean = 12.1 (studies.csv:3:mean_t)`; `reason`
    says why a number is refused.
    """

    label: Label
    rule: str = ""
    source: str = ""
    assumptions: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    reason: str = ""


def refused(reason: str, inputs: Iterable[str] = ()) -> Basis:
    """The basis of a number that is not there.

    >>> refused("no SD printed").label, refused("no SD printed").reason
    ('refused', 'no SD printed')
    """
    return Basis(label="refused", reason=reason, inputs=tuple(inputs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One effect on its analysis scale (log for ratios), or why there is none.

    `basis` is what `yi` rests on, `spread` what `vi` and the interval rest on; `se_bound` holds
    the standard error when only its limits are known, None standing for no limit on that side.
    """

    study: str
    outcome: str
    kind: Literal["within_arm", "between_arm"]
    arm: str
    measure: str
    yi: float | None
    vi: float | None
    level: float = 0.95
    ci_low: float | None = None
    ci_high: float | None = None
    df: float | None = None
    n: float | None = None
    unit: str = ""
    log: bool = False
    basis: Basis
    spread: Basis
    se_bound: tuple[float | None, float | None] | None = None
    better: Better | Unknown = UNKNOWN
    note: str = ""

    def __post_init__(self) -> None:
        if self.yi is None and not self.basis.reason:
            raise ValueError("an effect without a value must say why")

    @property
    def se(self) -> float | None:
        """Standard error, on the scale of `yi`."""
        return None if self.vi is None else math.sqrt(self.vi)

    @property
    def label(self) -> Label:
        """The weaker label of the value and its spread."""
        return weakest((self.basis.label, self.spread.label))

    @property
    def favours(self) -> int:
        """+1 towards benefit, -1 away from it, 0 without a value, a direction, or a difference."""
        if self.yi is None or self.better is UNKNOWN or self.yi == 0:
            return 0
        towards_higher = 1 if self.yi > 0 else -1
        return towards_higher if self.better == "higher" else -towards_higher

    @property
    def reason(self) -> str:
        """Why the value, or else its spread, is refused."""
        return self.basis.reason or self.spread.reason

    def shown(self) -> str:
        """The effect in words, ratios back from the log scale."""
        if self.yi is None:
            return say(
                "{measure} refused: {reason}",
                measure=self.measure or "effect",
                reason=self.reason,
            )
        numbers = [self.yi, self.ci_low, self.ci_high]
        if self.log:
            numbers = [None if x is None else ratio_of_log(x) for x in numbers]
        value, low, high = numbers
        unit = say(" {unit}", unit=self.unit) if self.unit else ""
        return say(
            "{measure} {estimate}",
            measure=self.measure,
            estimate=estimate(value, low, high, unit=unit),
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OutcomeEffects:
    """The effects of one result: each arm against its own baseline, and arm against arm."""

    study: str
    outcome: str
    treated: Effect
    control: Effect | None
    between: Effect

    def to_frame(self) -> pd.DataFrame:
        """One row per effect."""
        import pandas as pd

        effects = [e for e in (self.between, self.treated, self.control) if e is not None]
        return pd.DataFrame([row_of(e) for e in effects])

    def __repr__(self) -> str:
        named = {"between arms": self.between, "treated": self.treated, "control": self.control}
        said = (f"{name}: {_short(e.shown(), 240)}" for name, e in named.items() if e is not None)
        of = ", ".join(_short(name, 80) for name in (self.study, self.outcome) if name)
        return f"<OutcomeEffects of {of or 'one result'}; {'; '.join(said)}>"

    def _repr_html_(self) -> str:
        return html_table(self.to_frame()[["kind", "arm", "measure", "yi", "se", "label", "note"]])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Effects:
    """Effects of several studies in one measure, ready to pool.

    `frame` has one row per effect that has both `yi` and `vi`; `refused` keeps the others, each
    with its reason.
    """

    measure: str
    frame: pd.DataFrame = field(repr=False)
    refused: pd.DataFrame = field(repr=False)

    @property
    def yi(self) -> Vector:
        """Effects, shape (k,)."""
        return self.frame["yi"].to_numpy(dtype=float)

    @property
    def vi(self) -> Vector:
        """Sampling variances, shape (k,)."""
        return self.frame["vi"].to_numpy(dtype=float)

    def __len__(self) -> int:
        return len(self.frame)

    def to_frame(self) -> pd.DataFrame:
        """A copy of `frame`."""
        return self.frame.copy()

    def _repr_html_(self) -> str:
        shown = [c for c in ("study", "outcome", "yi", "vi", "n", "label") if c in self.frame]
        left = (
            f"<p>{len(self.refused)} without an effect or its spread: see <code>.refused</code></p>"
        )
        return html_table(self.frame[shown]) + (left if len(self.refused) else "")

    @classmethod
    def from_effects(cls, effects: Iterable[Effect], *, measure: str) -> Effects:
        """Collect effects, apart from those without a value or a variance."""
        import pandas as pd

        rows = [row_of(effect) for effect in effects]
        whole = [row for row in rows if row["yi"] is not None and row["vi"] is not None]
        rest = [row for row in rows if row["yi"] is None or row["vi"] is None]
        columns = list(_COLUMNS)
        frame = pd.DataFrame([{c: row[c] for c in columns} for row in whole], columns=columns)
        frame = frame.astype(dict.fromkeys(("yi", "vi", "se", "n"), float))
        kept = [*columns, "se_low", "se_high", "reason"]
        left = pd.DataFrame([{c: row[c] for c in kept} for row in rest], columns=kept)
        for name in ("reason", "note"):  # pandas' own texts would forget how a sentence was made
            if name in kept:
                left[name] = pd.Series([row[name] for row in rest], dtype=object)
        return cls(measure=measure, frame=frame, refused=left)

    @classmethod
    def from_arrays(
        cls,
        yi: ArrayLike,
        vi: ArrayLike,
        *,
        study: Sequence[str] | None = None,
        measure: str = "",
    ) -> Effects:
        """Effects that were computed elsewhere.

        Parameters
        ----------
        yi, vi : array of shape (k,)
            Effects and sampling variances; a row with a missing one goes to `refused`.
        study : sequence of k names, optional
            Numbered from 1 when left out.

        Raises
        ------
        EffectError
            When lengths differ or a variance is not positive.

        Examples
        --------
        >>> effects = Effects.from_arrays([0.1, 0.3], [0.02, 0.03], study=["A", "B"])
        >>> len(effects), float(effects.yi.sum())
        (2, 0.4)
        """
        import numpy as np

        y = np.atleast_1d(np.asarray(yi, dtype=float))
        v = np.atleast_1d(np.asarray(vi, dtype=float))
        names = [str(i + 1) for i in range(len(y))] if study is None else [str(s) for s in study]
        if not len(y) == len(v) == len(names):
            raise EffectError(
                f"yi has {len(y)} values, vi {len(v)}, study {len(names)}: they must be as many."
            )
        for name, variance in zip(names, v, strict=True):
            if variance <= 0 or np.isinf(variance):
                raise EffectError(
                    f"a sampling variance must be positive and finite, not {variance:g}.",
                    study=name,
                    measure=measure,
                )
        given = Basis(label="reported", rule="given as arrays")
        effects = [
            Effect(
                study=name,
                outcome="",
                kind="between_arm",
                arm="",
                measure=measure,
                yi=None if math.isnan(a) else float(a),
                vi=None if math.isnan(b) else float(b),
                basis=refused("no effect was given") if math.isnan(a) else given,
                spread=refused("no variance was given") if math.isnan(b) else given,
            )
            for name, a, b in zip(names, y, v, strict=True)
        ]
        return cls.from_effects(effects, measure=measure)


_COLUMNS = (
    "study",
    "outcome",
    "kind",
    "arm",
    "measure",
    "yi",
    "vi",
    "se",
    "ci_low",
    "ci_high",
    "n",
    "label",
    "rule",
    "spread_rule",
    "unit",
    "log",
    "better",
    "favours",
    "note",
)


def row_of(effect: Effect) -> dict[str, object]:
    """One effect as a row.

    >>> as_read = Basis(label="reported")
    >>> one = Effect(study="Kim", outcome="wrinkles", kind="between_arm", arm="serum", measure="MD",
    ...              yi=-3.0, vi=0.25, basis=as_read, spread=as_read, better="lower")
    >>> row = row_of(one)
    >>> row["se"], row["label"], row["favours"]
    (0.5, 'reported', 1)
    """
    low, high = effect.se_bound or (None, None)
    return {
        "study": effect.study,
        "outcome": effect.outcome,
        "kind": effect.kind,
        "arm": effect.arm,
        "measure": effect.measure,
        "yi": effect.yi,
        "vi": effect.vi,
        "se": effect.se,
        "ci_low": effect.ci_low,
        "ci_high": effect.ci_high,
        "se_low": low,
        "se_high": high,
        "n": effect.n,
        "label": effect.label,
        "rule": effect.basis.rule,
        "spread_rule": effect.spread.rule,
        "unit": effect.unit,
        "log": effect.log,
        "better": "" if effect.better is UNKNOWN else effect.better,
        "favours": effect.favours,
        "note": effect.note,
        "reason": effect.reason,
    }


def html_table(frame: pd.DataFrame) -> str:
    """The first rows of a frame as a small escaped table that takes its colours from the page.

    >>> import pandas as pd
    >>> shown = html_table(pd.DataFrame({"n < 5": [0.12345, 0.5]}))
    >>> "n &lt; 5" in shown, "<td>0.123</td>" in shown
    (True, True)
    """
    rows = ([_cell(x) for x in row] for row in frame[:SHOWN].itertuples(index=False))
    more = len(frame) - SHOWN
    foot = f"and {more:,} more {'row' if more == 1 else 'rows'}: see .to_frame()"
    return formatting.html_table([str(c) for c in frame.columns], rows,
                                 foot=foot if more > 0 else "")  # fmt: skip


SHOWN = 8
"""Rows that a table in a notebook shows."""


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


LARGEST_LOG = 700.0
"""Beyond it an exponential is no number any more."""


def ratio_of_log(value: float) -> float:
    """Back from the log scale; a limit too far out for a number is infinite.

    >>> ratio_of_log(0.0), ratio_of_log(1000.0)
    (1.0, inf)
    """
    return math.exp(value) if value < LARGEST_LOG else math.inf


def quantile(level: float, df: float | None) -> float:
    """Two-sided quantile of t, or of the normal when `df` is None.

    >>> quantile(0.95, None), quantile(0.95, 35)
    (1.96, 2.03)
    """
    if not 0 < level < 1:
        raise OptionError("level", level, ("a number between 0 and 1",))
    p = (1 + level) / 2
    if df is None:
        return NormalDist().inv_cdf(p)
    from scipy.special import stdtrit  # only a t quantile needs it

    return float(stdtrit(df, p))


LABELS: tuple[Label, ...] = get_args(Label)
