"""RoB 2's overall judgement: the rule from the domains beside what the reviewers wrote.

Low where all domains are low; high where any is high; some concerns otherwise. The tool lets
reviewers call a result high when several domains have some concerns.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from cochrane import DOMAINS, FOLDER, KEY

LEVELS = ["low", "some_concerns", "high"]


def overall_of(domains: list[str]) -> str:
    """The overall judgement that follows from the domains alone.

    >>> overall_of(["low", "some_concerns", "low", "low", "low"])
    'some_concerns'
    """
    return max(domains, key=LEVELS.index)


def kind_of_disagreement(domains: list[str], overall: str) -> str:
    """Words for one pair; empty where rule and reviewers agree.

    >>> kind_of_disagreement(["some_concerns"] * 2 + ["low"] * 3, "high")
    'high, with 2 domains of some concerns (allowed by judgement)'
    """
    rule = overall_of(domains)
    if rule == overall:
        return ""
    concerns, high = domains.count("some_concerns"), domains.count("high")
    if overall == "high":
        if concerns > 1:
            return f"high, with {concerns} domains of some concerns (allowed by judgement)"
        return "high, with one domain of some concerns" if concerns else "high, with all low"
    found = f"{high} high" if high else f"{concerns} of some concerns" if concerns else "all low"
    return f"{overall.replace('_', ' ')}, with {found}"


def judgements(folder: Path = FOLDER) -> pd.DataFrame:
    """Distinct judgements: one row per review, analysis, study and set of answers."""
    rows = pd.read_parquet(folder / "study_results.parquet")
    rows = rows.rename(columns={f"rob2_{d}": d for d in (*DOMAINS, "overall")})
    rows = rows.dropna(subset=[*DOMAINS, "overall"])
    return rows[[*KEY, "study", *DOMAINS, "overall"]].drop_duplicates().reset_index(drop=True)


def compare(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """The cross table (rule down, reviewers across) and disagreements by kind, most first."""
    domains = rows[DOMAINS].to_numpy().tolist()
    rule = [overall_of(one) for one in domains]
    table = pd.crosstab(pd.Series(rule), pd.Series(rows["overall"].tolist()))
    kinds = [
        kind_of_disagreement(one, overall)
        for one, overall in zip(domains, rows["overall"], strict=True)
    ]
    named = pd.Series([kind for kind in kinds if kind], dtype=str).value_counts()
    return table.reindex(index=LEVELS, columns=LEVELS, fill_value=0), named
