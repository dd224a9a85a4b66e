"""Reference cases by their id, the studies in them, and a drawing full of names to escape."""

import gzip
import json
from functools import cache
from pathlib import Path
from types import SimpleNamespace

DATA = Path(__file__).parents[1] / "reference" / "data"

HOSTILE = (
    "</text><script>alert(1)</script>",
    'R&D "2019" <b>',
    "皺に関する研究 2021",
    "naïve 💧 $x_1^",
)
"""Names of studies that a drawing must print and not obey."""

WHITE, NIGHT = "#FFFFFF", "#14181D"
"""The papers of the light and of the dark page."""


@cache
def _family(name):
    with gzip.open(DATA / f"{name}.json.gz", "rt", encoding="utf-8") as file:
        return {case["id"]: case for case in json.load(file)}


def golden(family, name):
    """Input and expected numbers of one case, as attributes."""
    case = _family(family)[name]
    return SimpleNamespace(
        **case["input"], expect=SimpleNamespace(**case["expect"]), tol=case["tol"]
    )


def ids(family, start):
    """Cases whose id starts so."""
    return [name for name in _family(family) if name.startswith(start)]


def effects(case, **more):
    """What a case pools."""
    return {"yi": case.yi, "vi": case.vi, **more}


def contrast(one, other):
    """How far a colour stands out from another (WCAG 2.2)."""
    dark, light = sorted(_luminance(_parts(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def over(colour, paper, opacity):
    """The colour that is seen where one lies over another."""
    pairs = zip(_parts(colour), _parts(paper), strict=True)
    seen = [opacity * a + (1 - opacity) * b for a, b in pairs]
    return "#" + "".join(f"{round(255 * part):02X}" for part in seen)


def _parts(colour):
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


def _luminance(parts):
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
