"""Sizes of bias, published but for one, as named sets on the SMD scale (positive = exaggerates).

Log odds ratios became SMDs by dividing by 1.81 (Chinn 2000, doi
10.1002/1097-0258(20001130)19:22<3127::AID-SIM784>3.0.CO;2-M). "Some concerns", "unclear" and
"high" share a row because the published contrasts merge them.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

BiasSet = Literal["none", "robes2018", "withintrial", "metablind", "cochrane_rob2"]
Flag = Literal[
    "sequence",
    "concealment",
    "blinding_grade",
    "blinding_self_report",
    "blinding_objective",
    "incomplete_data",
]


class Bias(NamedTuple):
    """Bias of results with one flaw: mean, its uncertainty, and the spread around it."""

    mean: float
    se: float  # sqrt(V), uncertainty of the published mean
    kappa: float  # SD between trials
    phi: float  # SD of mean bias between topics
    source: str

    @property
    def variance(self) -> float:
        """V + kappa^2 + phi^2: for one result, nothing is shared."""
        return self.se**2 + self.kappa**2 + self.phi**2


NO_BIAS = Bias(0.0, 0.0, 0.0, 0.0, "no bias assumed")

_ROBES = "ROBES 2018, multivariable: doi 10.1093/aje/kwx344, table 5"
_WITHIN_ASSESSOR = "Hróbjartsson 2013, 16 trials: doi 10.1503/cmaj.120744; kappa is a setting"
_WITHIN_PATIENT = (
    "Hróbjartsson 2014, non-acupuncture trials: doi 10.1093/ije/dyu115; kappa is a setting"
)
_COCHRANE = "this project's estimate from 36 Cochrane reviews with RoB 2: docs/validation.md"
_METABLIND = "MetaBLIND 2020, 142 meta-analyses: doi 10.1136/bmj.l6802"

BIAS_SETS: dict[BiasSet, dict[Flag, Bias]] = {
    "none": dict.fromkeys(
        (
            "sequence",
            "concealment",
            "blinding_grade",
            "blinding_self_report",
            "blinding_objective",
            "incomplete_data",
        ),
        NO_BIAS,
    ),
    "robes2018": {
        "sequence": Bias(0.034, 0.030, 0.044, 0.061, _ROBES),
        "concealment": Bias(0.028, 0.031, 0.055, 0.044, _ROBES),
        "blinding_grade": Bias(0.096, 0.033, 0.094, 0.105, _ROBES),
        "blinding_self_report": Bias(0.096, 0.033, 0.094, 0.105, _ROBES),
        "blinding_objective": Bias(0.028, 0.049, 0.050, 0.055, _ROBES),
        "incomplete_data": Bias(0.0, 0.021, 0.039, 0.039, _ROBES),
    },
    "withintrial": {
        "blinding_grade": Bias(0.23, 0.087, 0.2, 0.0, _WITHIN_ASSESSOR),
        "blinding_self_report": Bias(0.17, 0.122, 0.2, 0.0, _WITHIN_PATIENT),
    },
    "metablind": {
        "blinding_grade": Bias(-0.005, 0.045, 0.033, 0.055, _METABLIND),
        "blinding_self_report": Bias(0.052, 0.111, 0.11, 0.11, _METABLIND),
    },
    # RoB 2's domain 1 in two halves; `make validate` gives these rows, a test compares them
    "cochrane_rob2": {
        "sequence": Bias(0.037, 0.043, 0.171, 0.063, _COCHRANE),
        "concealment": Bias(0.037, 0.043, 0.171, 0.063, _COCHRANE),
        "blinding_grade": Bias(0.037, 0.109, 0.216, 0.162, _COCHRANE),
        "blinding_self_report": Bias(0.037, 0.109, 0.216, 0.162, _COCHRANE),
        "blinding_objective": Bias(0.009, 0.093, 0.271, 0.079, _COCHRANE),
        "incomplete_data": Bias(0.01, 0.055, 0.196, 0.0, _COCHRANE),
    },
}
"""Rows that a set lacks come from `robes2018`, the default."""


def bias_of(flag: Flag, bias_set: BiasSet) -> Bias:
    """The row for one flaw in one set; a set's missing rows come from `robes2018`.

    >>> bias_of("sequence", "withintrial").mean
    0.034
    """
    return BIAS_SETS[bias_set].get(flag) or BIAS_SETS["robes2018"][flag]
