"""The words a record may use for a study's facts; each list is closed, `UNKNOWN` is apart.

The lists follow the facts that the risk-of-bias tools ask for (RoB 2, doi 10.1136/bmj.l4898;
ROBINS-I, doi 10.1136/bmj.i4919): what would change a judgement has its own word.
"""

from __future__ import annotations

from typing import Literal

DesignKind = Literal[
    "parallel",
    "within_person",
    "crossover",
    "cluster",
    "nonrandomised_controlled",
    "single_arm_prepost",
    "survey",
    "exposure",
    "in_vitro",
    "ex_vivo",
    "testimonial",
]
Comparator = Literal[
    "vehicle",
    "placebo",
    "active",
    "competitor",
    "untreated",
    "untreated_site",
    "baseline_only",
    "none",
]
SequenceMethod = Literal[
    "computer",
    "table",
    "coin_dice_lots",
    "minimisation",
    "stated_only",
    "alternation",
    "date",
    "record_no",
    "choice",
    "availability",
    "none",
]
ConcealmentMethod = Literal[
    "central",
    "numbered_identical_containers",
    "numbered_opaque_sealed_envelopes",
    "envelopes_unqualified",
    "open",
    "none",
]
Blind = Literal["yes", "no", "attempted_but_distinguishable"]
YesNo = Literal["yes", "no"]
MissingHandling = Literal["complete_case", "LOCF", "MI", "MMRM", "worst_case"]
AnalysisPopulation = Literal["itt", "mitt_missing_only", "per_protocol", "as_treated"]
ContrastKind = Literal["between_group", "within_group", "paired_site"]
OutcomeKind = Literal["instrument", "photo_blinded_grade", "live_expert_grade", "self_report"]
Statistic = Literal["mean", "median", "max", "responder_pct", "events", "time_to_event"]
Better = Literal["lower", "higher"]
POperator = Literal["=", "<", "<=", ">", ">=", "ns"]
PKind = Literal["between_arm", "within_arm", "trend", "regression_term"]
Registration = Literal["primary", "secondary", "no"]
Funding = Literal["industry", "independent", "mixed", "none"]
SourceKind = Literal[
    "primary_abstract",
    "primary_fulltext_excerpt",
    "primary_fulltext",
    "registry",
    "secondary_page",
    "vendor_page",
    "news",
    "marketing_text",
]
UnitOfCount = Literal["people", "sides", "sites", "readings", "cluster_members"]
ClaimType = Literal["efficacy", "mechanism", "usage", "lifestyle", "synergy", "safety", "selection"]
