"""PET and PEESE: the effect that a study without sampling error would show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from evidence import formatting as say
from evidence.kernels.inference import quantile
from evidence.synthesis.effect_table import EffectSource
from evidence.synthesis.shown import Shown
from evidence.synthesis.small_study import RegressionTest, regression_test

PEESE_FROM = 0.10
"""Two-sided p of PET's intercept (one-sided 0.05) from which on PET itself is the estimate."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PetPeese(Shown):
    """Both lines, and the estimate that the conditional rule takes: `chosen` says whose it is."""

    pet: RegressionTest
    peese: RegressionTest
    chosen: Literal["PET", "PEESE"]
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Two rows, PET and PEESE; `chosen` is true for the one whose intercept is the estimate."""
        frame = pd.concat([self.pet.to_frame(), self.peese.to_frame()], ignore_index=True)
        frame.insert(0, "line", ["PET", "PEESE"])
        return frame.assign(chosen=[name == self.chosen for name in frame["line"]])

    def heading(self) -> str:
        """The method."""
        return f"PET-PEESE (k = {self.pet.k})"

    def lines(self) -> Iterable[tuple[str, str]]:
        """Both intercepts, then the one chosen."""
        for name, line in (("PET", self.pet), ("PEESE", self.peese)):
            limits = say.estimate(line.limit_estimate or 0.0, line.limit_ci_low, line.limit_ci_high)
            yield name, f"{limits}, {say.pvalue(line.intercept_pvalue)}"
        yield (
            "estimate",
            f"{say.estimate(self.estimate, self.ci_low, self.ci_high)} ({self.chosen})",
        )


def pet_peese(effects: EffectSource, *, level: float = 0.95) -> PetPeese:
    """Precision-effect test, and the precision-effect estimate with standard error.

    PET regresses the effects on their standard errors, PEESE on their variances, both with
    weights 1/v and a multiplicative error. Where PET's intercept differs from zero (p below 0.10
    two-sided) PEESE's intercept is the estimate, else PET's.

    Parameters
    ----------
    effects : Effects, DataFrame or mapping
        Effects `yi` and sampling variances `vi`.
    level : float
        Level of the intervals.

    References
    ----------
    Stanley & Doucouliagos (2014), Res Synth Methods 5:60–78. https://doi.org/10.1002/jrsm.1095
    Stanley (2017), Soc Psychol Personal Sci 8:581–591 (the rule, and where it fails).
    https://doi.org/10.1177/1948550617693062

    Examples
    --------
    >>> found = pet_peese({"yi": [0.2, 0.3, 0.7, 0.9], "vi": [0.01, 0.02, 0.05, 0.09]})
    >>> found.chosen, found.estimate
    ('PEESE', 0.11)
    """
    pet = regression_test(effects, predictor="sei", level=level)
    peese = regression_test(effects, predictor="vi", level=level)
    p = pet.intercept_pvalue
    chosen: Literal["PET", "PEESE"] = "PEESE" if p is not None and p < PEESE_FROM else "PET"
    line = peese if chosen == "PEESE" else pet
    half = quantile(level, line.df) * line.intercept_se
    return PetPeese(
        pet=pet,
        peese=peese,
        chosen=chosen,
        estimate=line.intercept,
        se=line.intercept_se,
        ci_low=line.intercept - half,
        ci_high=line.intercept + half,
        notes=(
            *pet.notes,
            "both lines predict a study without sampling error; where effects truly differ "
            "between studies the intercept can be far off (Stanley 2017).",
        ),
    )
