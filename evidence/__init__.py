"""How far a product claim can be trusted: records, effects, pooled estimates, verdicts.

The names below are imported when they are first used, so that `import evidence` costs nothing;
`EVIDENCE_EAGER=1` imports them all at once.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evidence.appraisal.assess import Assessment as Assessment
    from evidence.appraisal.assess import assess as assess
    from evidence.appraisal.bias_adjusted import adjust_bias as adjust_bias
    from evidence.appraisal.bias_adjusted import tipping_point as tipping_point
    from evidence.appraisal.body import Body as Body
    from evidence.appraisal.body import BodyStudy as BodyStudy
    from evidence.appraisal.body import Mismatch as Mismatch
    from evidence.appraisal.body_from_records import body_study as body_study
    from evidence.appraisal.body_reliability import score_body as score_body
    from evidence.appraisal.grade import Certainty as Certainty
    from evidence.appraisal.grade import grade as grade
    from evidence.appraisal.nih_before_after import BeforeAfter as BeforeAfter
    from evidence.appraisal.nih_before_after import nih_before_after as nih_before_after
    from evidence.appraisal.reliability import Reliability as Reliability
    from evidence.appraisal.reliability import score as score
    from evidence.appraisal.rob2 import RoB2 as RoB2
    from evidence.appraisal.rob2 import rob2 as rob2
    from evidence.appraisal.rob2_overrides import Override as Override
    from evidence.appraisal.robins_i import RobinsI as RobinsI
    from evidence.appraisal.robins_i import robins_i as robins_i
    from evidence.appraisal.summary_of_findings import summary_of_findings as summary_of_findings
    from evidence.appraisal.supposing import Suppose as Suppose
    from evidence.appraisal.tools import tools_for as tools_for
    from evidence.effects.convert_dependent import aggregate_effects as aggregate_effects
    from evidence.effects.convert_quantiles import (
        mean_sd_from_five_number as mean_sd_from_five_number,
    )
    from evidence.effects.convert_reported import delta_method as delta_method
    from evidence.effects.convert_reported import wald_effects as wald_effects
    from evidence.effects.convert_scales import transform as transform
    from evidence.effects.convert_tables import reconstruct_tables as reconstruct_tables
    from evidence.effects.effect import Effects as Effects
    from evidence.effects.from_record import compute_effects as compute_effects
    from evidence.effects.from_record import effects_of as effects_of
    from evidence.effects.measures import effect_sizes as effect_sizes
    from evidence.effects.recover import recover as recover
    from evidence.effects.recover_net import recover_net as recover_net
    from evidence.effects.responders import responder_ci as responder_ci
    from evidence.effects.shares import share_given as share_given
    from evidence.effects.shares import share_of_counts as share_of_counts
    from evidence.effects.shares import share_reaching as share_reaching
    from evidence.effects.shares import share_with as share_with
    from evidence.effects.standing import standing as standing
    from evidence.errors import EvidenceError as EvidenceError
    from evidence.ingest.published import read_published as read_published
    from evidence.ingest.read import read as read
    from evidence.ingest.read import read_claims as read_claims
    from evidence.integrity.checks_of_record import check_outcome as check_outcome
    from evidence.integrity.checks_of_studies import check_studies as check_studies
    from evidence.integrity.found import IntegrityReport as IntegrityReport
    from evidence.kernels.ragged import pool_ragged as pool_ragged
    from evidence.plots.baujat import baujat_plot as baujat_plot
    from evidence.plots.bubble import bubble as bubble
    from evidence.plots.cumulative import cumulative_forest as cumulative_forest
    from evidence.plots.drapery import drapery as drapery
    from evidence.plots.evidence_map import evidence_map as evidence_map
    from evidence.plots.evidence_map import evidence_map_rows as evidence_map_rows
    from evidence.plots.forest import forest as forest
    from evidence.plots.forest_groups import adjusted_rows as adjusted_rows
    from evidence.plots.forest_groups import heterogeneity_row as heterogeneity_row
    from evidence.plots.forest_groups import subgroup_rows as subgroup_rows
    from evidence.plots.funnel import funnel as funnel
    from evidence.plots.gosh import gosh as gosh
    from evidence.plots.icon_array import icon_array as icon_array
    from evidence.plots.icon_array_rows import icon_array_rows as icon_array_rows
    from evidence.plots.multiverse import specification_curve as specification_curve
    from evidence.plots.multiverse_rows import multiverse_rows as multiverse_rows
    from evidence.plots.risk_of_bias_bars import risk_of_bias_bars as risk_of_bias_bars
    from evidence.plots.risk_of_bias_bars import risk_of_bias_bars_rows as risk_of_bias_bars_rows
    from evidence.plots.score_strip import score_strip as score_strip
    from evidence.plots.sensitivity import sensitivity as sensitivity
    from evidence.plots.tipping import tipping as tipping
    from evidence.plots.traffic_light import traffic_light as traffic_light
    from evidence.plots.traffic_light import traffic_light_rows as traffic_light_rows
    from evidence.plots.waterfall import waterfall as waterfall
    from evidence.plots.waterfall import waterfall_rows as waterfall_rows
    from evidence.records.base import UNKNOWN as UNKNOWN
    from evidence.records.claim import Claim as Claim
    from evidence.records.outcome import Outcome as Outcome
    from evidence.records.reported import Reported as Reported
    from evidence.records.study import Study as Study
    from evidence.report.compose import compose_report as compose_report
    from evidence.report.what_if_widget import what_if_widget as what_if_widget
    from evidence.synthesis.binary import pool_mantel_haenszel as pool_mantel_haenszel
    from evidence.synthesis.binary import pool_peto as pool_peto
    from evidence.synthesis.diagnostics import baujat as baujat
    from evidence.synthesis.diagnostics import find_outliers as find_outliers
    from evidence.synthesis.diagnostics import henmi_copas as henmi_copas
    from evidence.synthesis.diagnostics import influence as influence
    from evidence.synthesis.diagnostics import predict_studies as predict_studies
    from evidence.synthesis.excess import excess_significance as excess_significance
    from evidence.synthesis.fail_safe import fail_safe_n as fail_safe_n
    from evidence.synthesis.funnel import funnel_lines as funnel_lines
    from evidence.synthesis.funnel import funnel_rows as funnel_rows
    from evidence.synthesis.glmm import fit_glmm as fit_glmm
    from evidence.synthesis.gosh import pool_subsets as pool_subsets
    from evidence.synthesis.heterogeneity_intervals import q_heterogeneity as q_heterogeneity
    from evidence.synthesis.heterogeneity_intervals import tau2_interval as tau2_interval
    from evidence.synthesis.intervals import fit_statistics as fit_statistics
    from evidence.synthesis.intervals import prediction_interval as prediction_interval
    from evidence.synthesis.intervals import profile_interval as profile_interval
    from evidence.synthesis.ivhet import ivhet as ivhet
    from evidence.synthesis.limit_meta import limit_meta as limit_meta
    from evidence.synthesis.location_scale import regress_location_scale as regress_location_scale
    from evidence.synthesis.meta_intervals import mean_interval as mean_interval
    from evidence.synthesis.multilevel import multilevel as multilevel
    from evidence.synthesis.multilevel_intervals import component_intervals as component_intervals
    from evidence.synthesis.multilevel_robust import robust_multilevel as robust_multilevel
    from evidence.synthesis.multiverse import multiverse as multiverse
    from evidence.synthesis.p_uniform import p_uniform as p_uniform
    from evidence.synthesis.p_uniform import p_uniform_star as p_uniform_star
    from evidence.synthesis.permutation import permute as permute
    from evidence.synthesis.pet_peese import pet_peese as pet_peese
    from evidence.synthesis.pool import Pooled as Pooled
    from evidence.synthesis.pool import pool as pool
    from evidence.synthesis.pool import pool_by as pool_by
    from evidence.synthesis.pool_bounded import pool_bounded as pool_bounded
    from evidence.synthesis.pool_imputed import pool_imputed as pool_imputed
    from evidence.synthesis.prediction import predict as predict
    from evidence.synthesis.prediction import residual_tau2_interval as residual_tau2_interval
    from evidence.synthesis.prediction_limits import predict_effect as predict_effect
    from evidence.synthesis.proportions import pool_proportions as pool_proportions
    from evidence.synthesis.pvalues import combine_pvalues as combine_pvalues
    from evidence.synthesis.rank_test import rank_test as rank_test
    from evidence.synthesis.refits import cumulate as cumulate
    from evidence.synthesis.refits import leave_one_out as leave_one_out
    from evidence.synthesis.regression import RegressionFit as RegressionFit
    from evidence.synthesis.regression import regress as regress
    from evidence.synthesis.regression_comparison import compare as compare
    from evidence.synthesis.regression_comparison import (
        regression_statistics as regression_statistics,
    )
    from evidence.synthesis.regression_comparison import variance_inflation as variance_inflation
    from evidence.synthesis.robust import pool_dependent as pool_dependent
    from evidence.synthesis.robust import robust_regression as robust_regression
    from evidence.synthesis.selection import fit_selection as fit_selection
    from evidence.synthesis.small_study import regression_test as regression_test
    from evidence.synthesis.small_study_counts import counts_test as counts_test
    from evidence.synthesis.subgroup import pool_subgroups as pool_subgroups
    from evidence.synthesis.table_pooling import pool_tables as pool_tables
    from evidence.synthesis.trim_fill import trim_fill as trim_fill
    from evidence.synthesis.vcalc import sampling_covariance as sampling_covariance
    from evidence.synthesis.vcalc import shared_arm_covariance as shared_arm_covariance
    from evidence.synthesis.weight_function import weight_function as weight_function
    from evidence.synthesis.z_curve import z_curve as z_curve
    from evidence.verdict.audit import Audit as Audit
    from evidence.verdict.audit import audit as audit
    from evidence.verdict.cheapest_study import CheapestStudy as CheapestStudy
    from evidence.verdict.cheapest_study import cheapest_study as cheapest_study
    from evidence.verdict.claim_types import ClaimTypes as ClaimTypes
    from evidence.verdict.claim_types import claim_from_outcome as claim_from_outcome
    from evidence.verdict.claim_types import claim_types as claim_types
    from evidence.verdict.lint import lint as lint
    from evidence.verdict.markets import checklist as checklist
    from evidence.verdict.reword import reword as reword
    from evidence.verdict.what_if import WhatIfResult as WhatIfResult
    from evidence.verdict.what_if import what_if as what_if

__version__ = "0.1.0"

_HOMES = {
    "adjust_bias": "evidence.appraisal.bias_adjusted",
    "adjusted_rows": "evidence.plots.forest_groups",
    "aggregate_effects": "evidence.effects.convert_dependent",
    "assess": "evidence.appraisal.assess",
    "Assessment": "evidence.appraisal.assess",
    "Audit": "evidence.verdict.audit",
    "audit": "evidence.verdict.audit",
    "baujat": "evidence.synthesis.diagnostics",
    "baujat_plot": "evidence.plots.baujat",
    "BeforeAfter": "evidence.appraisal.nih_before_after",
    "Body": "evidence.appraisal.body",
    "body_study": "evidence.appraisal.body_from_records",
    "BodyStudy": "evidence.appraisal.body",
    "bubble": "evidence.plots.bubble",
    "Certainty": "evidence.appraisal.grade",
    "cheapest_study": "evidence.verdict.cheapest_study",
    "CheapestStudy": "evidence.verdict.cheapest_study",
    "check_outcome": "evidence.integrity.checks_of_record",
    "check_studies": "evidence.integrity.checks_of_studies",
    "checklist": "evidence.verdict.markets",
    "Claim": "evidence.records.claim",
    "claim_from_outcome": "evidence.verdict.claim_types",
    "claim_types": "evidence.verdict.claim_types",
    "ClaimTypes": "evidence.verdict.claim_types",
    "combine_pvalues": "evidence.synthesis.pvalues",
    "compare": "evidence.synthesis.regression_comparison",
    "component_intervals": "evidence.synthesis.multilevel_intervals",
    "compose_report": "evidence.report.compose",
    "compute_effects": "evidence.effects.from_record",
    "counts_test": "evidence.synthesis.small_study_counts",
    "cumulate": "evidence.synthesis.refits",
    "cumulative_forest": "evidence.plots.cumulative",
    "delta_method": "evidence.effects.convert_reported",
    "drapery": "evidence.plots.drapery",
    "effect_sizes": "evidence.effects.measures",
    "Effects": "evidence.effects.effect",
    "effects_of": "evidence.effects.from_record",
    "evidence_map": "evidence.plots.evidence_map",
    "evidence_map_rows": "evidence.plots.evidence_map",
    "EvidenceError": "evidence.errors",
    "excess_significance": "evidence.synthesis.excess",
    "fail_safe_n": "evidence.synthesis.fail_safe",
    "find_outliers": "evidence.synthesis.diagnostics",
    "fit_glmm": "evidence.synthesis.glmm",
    "fit_selection": "evidence.synthesis.selection",
    "fit_statistics": "evidence.synthesis.intervals",
    "forest": "evidence.plots.forest",
    "funnel": "evidence.plots.funnel",
    "funnel_lines": "evidence.synthesis.funnel",
    "funnel_rows": "evidence.synthesis.funnel",
    "gosh": "evidence.plots.gosh",
    "grade": "evidence.appraisal.grade",
    "henmi_copas": "evidence.synthesis.diagnostics",
    "heterogeneity_row": "evidence.plots.forest_groups",
    "icon_array": "evidence.plots.icon_array",
    "icon_array_rows": "evidence.plots.icon_array_rows",
    "influence": "evidence.synthesis.diagnostics",
    "IntegrityReport": "evidence.integrity.found",
    "ivhet": "evidence.synthesis.ivhet",
    "leave_one_out": "evidence.synthesis.refits",
    "limit_meta": "evidence.synthesis.limit_meta",
    "lint": "evidence.verdict.lint",
    "mean_interval": "evidence.synthesis.meta_intervals",
    "mean_sd_from_five_number": "evidence.effects.convert_quantiles",
    "Mismatch": "evidence.appraisal.body",
    "multilevel": "evidence.synthesis.multilevel",
    "multiverse": "evidence.synthesis.multiverse",
    "multiverse_rows": "evidence.plots.multiverse_rows",
    "nih_before_after": "evidence.appraisal.nih_before_after",
    "Outcome": "evidence.records.outcome",
    "Override": "evidence.appraisal.rob2_overrides",
    "p_uniform": "evidence.synthesis.p_uniform",
    "p_uniform_star": "evidence.synthesis.p_uniform",
    "permute": "evidence.synthesis.permutation",
    "pet_peese": "evidence.synthesis.pet_peese",
    "pool": "evidence.synthesis.pool",
    "pool_bounded": "evidence.synthesis.pool_bounded",
    "pool_by": "evidence.synthesis.pool",
    "pool_dependent": "evidence.synthesis.robust",
    "pool_imputed": "evidence.synthesis.pool_imputed",
    "pool_mantel_haenszel": "evidence.synthesis.binary",
    "pool_peto": "evidence.synthesis.binary",
    "pool_proportions": "evidence.synthesis.proportions",
    "pool_ragged": "evidence.kernels.ragged",
    "pool_subgroups": "evidence.synthesis.subgroup",
    "pool_subsets": "evidence.synthesis.gosh",
    "pool_tables": "evidence.synthesis.table_pooling",
    "Pooled": "evidence.synthesis.pool",
    "predict": "evidence.synthesis.prediction",
    "predict_effect": "evidence.synthesis.prediction_limits",
    "predict_studies": "evidence.synthesis.diagnostics",
    "prediction_interval": "evidence.synthesis.intervals",
    "profile_interval": "evidence.synthesis.intervals",
    "q_heterogeneity": "evidence.synthesis.heterogeneity_intervals",
    "rank_test": "evidence.synthesis.rank_test",
    "read": "evidence.ingest.read",
    "read_claims": "evidence.ingest.read",
    "read_published": "evidence.ingest.published",
    "reconstruct_tables": "evidence.effects.convert_tables",
    "recover": "evidence.effects.recover",
    "recover_net": "evidence.effects.recover_net",
    "regress": "evidence.synthesis.regression",
    "regress_location_scale": "evidence.synthesis.location_scale",
    "regression_statistics": "evidence.synthesis.regression_comparison",
    "regression_test": "evidence.synthesis.small_study",
    "RegressionFit": "evidence.synthesis.regression",
    "Reliability": "evidence.appraisal.reliability",
    "Reported": "evidence.records.reported",
    "residual_tau2_interval": "evidence.synthesis.prediction",
    "responder_ci": "evidence.effects.responders",
    "reword": "evidence.verdict.reword",
    "risk_of_bias_bars": "evidence.plots.risk_of_bias_bars",
    "risk_of_bias_bars_rows": "evidence.plots.risk_of_bias_bars",
    "rob2": "evidence.appraisal.rob2",
    "RoB2": "evidence.appraisal.rob2",
    "robins_i": "evidence.appraisal.robins_i",
    "RobinsI": "evidence.appraisal.robins_i",
    "robust_multilevel": "evidence.synthesis.multilevel_robust",
    "robust_regression": "evidence.synthesis.robust",
    "sampling_covariance": "evidence.synthesis.vcalc",
    "score": "evidence.appraisal.reliability",
    "score_body": "evidence.appraisal.body_reliability",
    "score_strip": "evidence.plots.score_strip",
    "sensitivity": "evidence.plots.sensitivity",
    "share_given": "evidence.effects.shares",
    "share_of_counts": "evidence.effects.shares",
    "share_reaching": "evidence.effects.shares",
    "share_with": "evidence.effects.shares",
    "shared_arm_covariance": "evidence.synthesis.vcalc",
    "specification_curve": "evidence.plots.multiverse",
    "standing": "evidence.effects.standing",
    "Study": "evidence.records.study",
    "subgroup_rows": "evidence.plots.forest_groups",
    "summary_of_findings": "evidence.appraisal.summary_of_findings",
    "Suppose": "evidence.appraisal.supposing",
    "tau2_interval": "evidence.synthesis.heterogeneity_intervals",
    "tipping": "evidence.plots.tipping",
    "tipping_point": "evidence.appraisal.bias_adjusted",
    "tools_for": "evidence.appraisal.tools",
    "traffic_light": "evidence.plots.traffic_light",
    "traffic_light_rows": "evidence.plots.traffic_light",
    "transform": "evidence.effects.convert_scales",
    "trim_fill": "evidence.synthesis.trim_fill",
    "UNKNOWN": "evidence.records.base",
    "variance_inflation": "evidence.synthesis.regression_comparison",
    "wald_effects": "evidence.effects.convert_reported",
    "waterfall": "evidence.plots.waterfall",
    "waterfall_rows": "evidence.plots.waterfall",
    "weight_function": "evidence.synthesis.weight_function",
    "what_if": "evidence.verdict.what_if",
    "what_if_widget": "evidence.report.what_if_widget",
    "WhatIfResult": "evidence.verdict.what_if",
    "z_curve": "evidence.synthesis.z_curve",
}
"""Each public name and the module it lives in."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})


if os.environ.get("EVIDENCE_EAGER", "") not in ("", "0"):
    for _name in _HOMES:
        __getattr__(_name)
