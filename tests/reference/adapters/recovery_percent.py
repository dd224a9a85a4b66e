"""Recovery on the percent scale, of responders, and of what has no control."""

from __future__ import annotations

from collections.abc import Callable

from runner import Case

from evidence.effects.convert_percent import (
    mean_of_individual_percent,
    percent_se_to_log_se,
    percent_to_md_smd,
)
from evidence.effects.e_value import e_value
from evidence.effects.labelled import Labelled
from evidence.effects.mee_chua import rtm_mee_chua
from evidence.effects.paired_sides import paired_sides_difference
from evidence.effects.percent_between import (
    ArmMeans,
    between_arm_ratio_of_changes,
    direction_of_benefit,
    net_effect_from_percents,
)
from evidence.effects.percent_scale import log_ratio_independent, percent_change_paired
from evidence.effects.regression_to_mean import rtm_truncation
from evidence.effects.responder_reference import responder_vs_reference
from evidence.effects.responders import admissible_n_from_percents, responder_ci
from evidence.effects.uncontrolled import vehicle_subtraction, vehicle_tipping_point

Answer = dict[str, object]

RENAMED = {
    "pvalue": "p",
    "hedges_j": "j_n_minus_1",
    "clopper_pearson_at_min_n": "clopper_pearson_first_at_min_n",
}


def by_name(function: Callable[..., Labelled]) -> Callable[[Case], Answer]:
    """An adapter whose inputs and options are the function's own argument names."""
    return lambda case: shown(function(**case.input, **case.options))


def shown(result: Labelled) -> Answer:
    """Every public field and property of a result, under the contract's names."""
    names = (name for name in dir(result) if not name.startswith("_"))
    return {RENAMED.get(name, name): getattr(result, name) for name in names}


def between(case: Case) -> Answer:
    """Arms are objects of their own."""
    arms = {name: ArmMeans(**arm) for name, arm in case.input.items()}
    return shown(between_arm_ratio_of_changes(**arms, **case.options))


def admissible(case: Case) -> Answer:
    """The first percent's interval stands for all."""
    found = shown(admissible_n_from_percents(**case.input, **case.options))
    name = "clopper_pearson_first_at_min_n"
    return {**found, name: found[name][0]}


def e_values(case: Case) -> Answer:
    """Limits go by other names."""
    names = {"lo": "ci_low", "hi": "ci_high"}
    return shown(e_value(**{names.get(k, k): v for k, v in case.input.items()}, **case.options))


METHODS: dict[str, Callable[[Case], Answer]] = {
    "percent_change_paired": by_name(percent_change_paired),
    "log_ratio_independent": by_name(log_ratio_independent),
    "mean_of_individual_percent": by_name(mean_of_individual_percent),
    "percent_to_md_smd": by_name(percent_to_md_smd),
    "between_arm_ratio_of_changes": between,
    "net_effect_from_percents": by_name(net_effect_from_percents),
    "paired_sides_difference": by_name(paired_sides_difference),
    "direction_of_benefit": by_name(direction_of_benefit),
    "percent_se_to_log_se": by_name(percent_se_to_log_se),
    "responder_ci": by_name(responder_ci),
    "responder_vs_reference": by_name(responder_vs_reference),
    "admissible_n_from_percents": admissible,
    "rtm_truncation": by_name(rtm_truncation),
    "rtm_mee_chua": by_name(rtm_mee_chua),
    "vehicle_subtraction": by_name(vehicle_subtraction),
    "vehicle_tipping_point": by_name(vehicle_tipping_point),
    "e_value": e_values,
}
