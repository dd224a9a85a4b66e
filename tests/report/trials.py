"""Small controlled trials of one ingredient, invented, for reports that pool."""

from __future__ import annotations

import csv
from pathlib import Path

COLUMNS = (
    "study year product active comparator outcome instrument kind unit direction week population "
    "design randomised concealed blinded_participant blinded_assessor n_t n_c mean_t mean_c sd_t "
    "sd_c funder registered"
).split()

ROWS = [  # year, people in each arm, mean of the product
    (2008, 112, 109, 60.4), (2009, 48, 49, 58.8), (2010, 44, 41, 59.4), (2011, 141, 142, 59.1),
    (2012, 138, 136, 62.0), (2013, 191, 192, 54.8), (2014, 179, 176, 58.3), (2015, 172, 170, 59.5),
    (2016, 168, 171, 61.2), (2017, 204, 206, 61.8), (2018, 78, 75, 59.9), (2019, 174, 176, 60.8),
]  # fmt: skip


def write_trials(path: Path, *, k: int = 12, **changed: str) -> Path:
    """`k` parallel trials of niacinamide against its vehicle, wrinkle depth 64 µm without it."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for i, (year, n_t, n_c, mean) in enumerate(ROWS[:k]):
            writer.writerow(
                {
                    "study": f"trial{i + 1}", "year": year, "product": f"serum {chr(65 + i)}",
                    "active": "niacinamide 5%", "comparator": "vehicle",
                    "outcome": "wrinkle depth", "instrument": "PRIMOS", "kind": "instrument",
                    "unit": "µm", "direction": "lower", "week": 12, "population": "women 40-60",
                    "design": "parallel", "randomised": "computer", "concealed": "central",
                    "blinded_participant": "yes", "blinded_assessor": "yes", "n_t": n_t,
                    "n_c": n_c, "mean_t": mean, "mean_c": 64.0, "sd_t": 12.4, "sd_c": 11.9,
                    "funder": "industry" if i % 2 else "independent", "registered": "primary",
                    **changed,
                }
            )  # fmt: skip
    return path
