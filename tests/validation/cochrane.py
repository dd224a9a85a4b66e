"""Results of Cochrane reviews on one scale, as the validation of the score reads them.

The folder is no part of the project. It holds one row per study, outcome and subgroup, with arm
sizes, means, SDs or events, and the reviewers' RoB 2 judgements where they used RoB 2.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from evidence.effects.measures import effect_sizes
from evidence.kernels.ragged import pool_ragged

FOLDER = Path(__file__).parents[3] / "shared" / "datasets" / "cochrane"

KEY = ["review", "comparison", "outcome_number"]
ARMS = ["n1", "mean1", "sd1", "events1", "n2", "mean2", "sd2", "events2"]
DOMAINS = ["d1", "d2", "d3", "d4", "d5"]
LOG_ODDS_PER_SD = 1.81
"""Chinn 2000, doi 10.1002/1097-0258(20001130)19:22<3127::AID-SIM784>3.0.CO;2-M."""

LARGEST = 4.0
"""An SMD beyond this is nearly always a standard error typed into the SD column."""

FEWEST_STUDIES = 5

# Sorted by the outcome's name: subjective words win, what has neither stays unsorted.
SELF_REPORT = (
    r"pain|quality of life|qol\b|hrqol|sf-?12|sf-?36|eq-?5d|dlqi|ibdq|satisf|fatigue|symptom|"
    r"anxiety|depressi|hads|bdi\b|phq|sleep|itch|prurit|nausea|sick|headache|self-report|wellbeing|"
    r"well-being|stress|craving|abstinen|cannabis use|drinks|adheren|comfort|bother|dyspn|"
    r"breathless|disability|distress|worry|fear|preference|accept|urgency|vomit|cramp|diarrh"
)
GRADED = (
    r"adverse|side effect|respon[sd]|remission|relapse|recurren|improve|heal|infection|eczema|"
    r"asthma|rhinitis|allerg|function(?!al task)|scale|score|severity|independence|\badl\b|"
    r"mental state|global state|clinical sign|scorad|ease of|placement|progress|cure|success|"
    r"exacerbat|teae|bleeding|complication|pneumonia|sepsis|dehiscence|leakage|withdraw|discontinu|dropout|"
    r"drop-out|attrition|leaving the study|complet|balance|return to work|diagnos|seizure|"
    r"delirium|ulcer|failure|injur|fall"
)
OBJECTIVE = (
    r"mortality|death|\bdied|surviv|pregnan|live birth|birth ?weight|miscarriage|oocyte|caesarean|"
    r"blood pressure|systolic|diastolic|body weight|weight loss|weight gain|weight \(|\bbmi\b|"
    r"body mass|\bast\b|\balt\b|\balp\b|\bggt\b|bilirubin|transaminase|cholesterol|\bldl\b|\bhdl\b|"
    r"triglycer|\btg\b|hba1c|glucose|\bfbs\b|insulin|creatinine|\bgfr\b|egfr|albumin|h(a)?emoglobin|"
    r"ferritin|an(a)?emia|hyperuric|uric|potassium|calcium|phosph|hbv|hbsag|hbeag|viral load|"
    r"antibod|serocon|\bfev1?\b|\bfvc|vo2|oxygen|\bph\b|gestation|preterm|length of stay|"
    r"duration of|stay|admission|hospitali[sz]|ventilat|transfusion|blood loss|dose of|gait|"
    r"walk|speed|\btug\b|bone mineral|density|fracture|infarction|\bmace\b|stroke|"
    r"cardiovascular|end-stage|endometri|visual acuity|bcva|letters|concentration|serum|plasma"
)


class Read(NamedTuple):
    """The results kept, and how many rows went for which reason, in order."""

    results: pd.DataFrame
    left_out: list[tuple[str, int]]


def kind_of(outcome: str) -> str:
    """How an outcome's value is produced, by words in its name.

    >>> [kind_of(name) for name in ("All-cause mortality", "Pain at 24 h", "Relapse", "PUSH")]
    ['objective', 'self_report', 'graded', 'unsorted']
    """
    name = outcome.lower().replace("‐", "-").replace("–", "-")
    for kind, words in (
        ("self_report", SELF_REPORT), ("objective", r"mortality|death"), ("graded", GRADED),
        ("objective", OBJECTIVE),
    ):  # fmt: skip
        if re.search(words, name):
            return kind
    return "unsorted"


def read_results(
    folder: Path = FOLDER,
    *,
    fewest: int = FEWEST_STUDIES,
    largest: float = LARGEST,
    repeats: bool = False,
) -> Read:
    """Results of analyses with enough studies, one row each, effects as SMDs.

    Parameters
    ----------
    folder
        Where `study_results.parquet` is.
    fewest
        Different studies an analysis must have.
    largest
        Results further from zero than this many SDs are left out.
    repeats
        Keep analyses more than half of whose results stand in a larger one of the review.

    Returns
    -------
    Read
        Columns: review, analysis (number), study, outcome, kind, counted, n1, n2, share, yi,
        vi (free of the effect), d1 to d5 and overall (None where not judged), sign (that of
        the analysis' pooled effect), z (how clear that sign is).
    """
    rows = pd.read_parquet(folder / "study_results.parquet")
    rows = rows.rename(columns={f"rob2_{d}": d for d in (*DOMAINS, "overall")})
    left_out = [("rows in the source", len(rows))]

    def keep(kept: pd.DataFrame, reason: str) -> pd.DataFrame:
        left_out.append((reason, len(rows) - len(kept)))
        return kept

    rows = keep(
        rows.drop_duplicates([*KEY, "study", *ARMS, "giv_estimate", "giv_se"]),
        "the same row again",
    )
    rows = keep(
        rows[rows["outcome_type"].isin(["dichotomous", "continuous"])],
        "no arms given (estimate and SE only, or another type)",
    )
    rows = keep(rows[_possible(rows)], "no people, no spread, or more events than people")
    rows = keep(rows[~_one_sided(rows)], "nobody or everybody had the event, in both arms")
    rows = _effects(rows)
    rows = keep(rows[rows["yi"].abs() <= largest], f"further than {largest:g} SD from zero")
    rows = keep(_enough(rows, fewest), f"in an analysis of fewer than {fewest} studies")
    if not repeats:
        rows = keep(_new_analyses(rows), "in an analysis that mostly repeats a larger one")
    rows = rows.sort_values([*KEY, "study"], kind="stable")
    rows["analysis"] = rows.groupby(KEY, sort=True).ngroup()
    rows = rows.sort_values("analysis", kind="stable").reset_index(drop=True)
    rows["kind"] = rows["outcome"].fillna("").map(kind_of)
    pooled = pool_ragged(
        rows["yi"].to_numpy(), rows["vi"].to_numpy(), offsets_of(rows), tau2="DL", test="z"
    )
    rows["sign"] = np.where(pooled.estimate < 0, -1.0, 1.0)[rows["analysis"]]
    rows["z"] = np.abs(pooled.estimate / pooled.se)[rows["analysis"]]
    names = ["review", "analysis", "study", "outcome", "kind", "counted", "n1", "n2", "share"]
    return Read(rows[[*names, "yi", "vi", *DOMAINS, "overall", "sign", "z"]], left_out)


def offsets_of(results: pd.DataFrame) -> np.ndarray:
    """Where each analysis starts in results sorted by analysis, and the end of the last."""
    return np.concatenate([[0], np.cumsum(np.bincount(results["analysis"]))])


def judged(results: pd.DataFrame) -> pd.DataFrame:
    """The results for which all five domains were judged."""
    return results[results[DOMAINS].notna().all(axis=1)]


def _possible(rows: pd.DataFrame) -> pd.Series:
    people = (rows["n1"] > 0) & (rows["n2"] > 0)
    events = (rows["events1"].between(0, rows["n1"])) & (rows["events2"].between(0, rows["n2"]))
    spread = (rows["sd1"] > 0) & (rows["sd2"] > 0) & (rows["n1"] > 1) & (rows["n2"] > 1)
    return people & np.where(rows["outcome_type"] == "dichotomous", events, spread)


def _one_sided(rows: pd.DataFrame) -> pd.Series:
    events = rows["events1"] + rows["events2"]
    counted = rows["outcome_type"] == "dichotomous"
    return counted & ((events == 0) | (events == rows["n1"] + rows["n2"]))


def _effects(rows: pd.DataFrame) -> pd.DataFrame:
    """SMDs and log odds ratios in SDs; variances that do not contain the effect."""
    counted = (rows["outcome_type"] == "dichotomous").to_numpy()
    c = {name: rows[name].to_numpy(dtype=float) for name in ARMS}
    yi = np.empty(len(rows))
    yi[counted] = (
        effect_sizes(
            "OR",
            ai=c["events1"][counted], n1i=c["n1"][counted],
            ci=c["events2"][counted], n2i=c["n2"][counted],
        ).yi
        / LOG_ODDS_PER_SD
    )  # fmt: skip
    yi[~counted] = effect_sizes(
        "SMD",
        m1i=c["mean1"][~counted], sd1i=c["sd1"][~counted], n1i=c["n1"][~counted],
        m2i=c["mean2"][~counted], sd2i=c["sd2"][~counted], n2i=c["n2"][~counted],
    ).yi  # fmt: skip
    n = c["n1"] + c["n2"]
    share = np.where(counted, (c["events1"] + c["events2"]) / n, np.nan)
    steady = (c["events1"] + c["events2"] + 1) / (n + 2)  # never 0 or 1
    per_person = np.where(counted, 1 / (steady * (1 - steady)) / LOG_ODDS_PER_SD**2, 1.0)
    vi = (1 / c["n1"] + 1 / c["n2"]) * per_person
    return rows.assign(counted=counted, yi=yi, vi=vi, share=share)


def _enough(rows: pd.DataFrame, fewest: int) -> pd.DataFrame:
    return rows[rows.groupby(KEY)["study"].transform("nunique") >= fewest]


def _new_analyses(rows: pd.DataFrame) -> pd.DataFrame:
    """Without analyses more than half of whose results stand in a larger one of the review."""
    data = ["study", "n1", "n2", "yi"]
    kept: list[tuple[object, ...]] = []
    for _, review in rows.groupby("review", sort=False):
        seen: set[tuple[object, ...]] = set()
        parts = [
            (set(part[data].itertuples(index=False, name=None)), name)
            for name, part in review.groupby(KEY, sort=True)
        ]
        for results, name in sorted(parts, key=lambda one: (-len(one[0]), one[1])):
            if len(results & seen) <= len(results) / 2:
                kept.append(name)
                seen |= results
    return rows[pd.MultiIndex.from_frame(rows[KEY]).isin(kept)]
