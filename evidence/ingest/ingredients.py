"""The column of ingredients: a list with semicolons, percents where printed."""

from __future__ import annotations

import re

from evidence.ingest.cells import is_missing
from evidence.records.base import UNKNOWN, Place
from evidence.records.reported import Reported
from evidence.records.study import Ingredient

_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*[%％]")
_DOSE_PERCENT = re.compile(r"^\s*([0-9]+(?:\.[0-9]+)?)\s*[%％]\s*$")


def parse_ingredients(
    text: str, *, dose: str = "", place: Place | None = None
) -> tuple[Ingredient, ...]:
    """Named ingredients with their percent, when exactly one is printed beside the name.

    >>> [(i.name, str(i.percent)) for i in parse_ingredients("retinol 0.1%; bakuchiol")]
    [('retinol', '0.1 %'), ('bakuchiol', 'Unknown.UNKNOWN')]
    """
    items = [item.strip() for item in re.split(r"[;；、]", text)]
    named = [item for item in items if not is_missing(item)]
    found = []
    for item in named:
        percents = list(_PERCENT.finditer(item))
        name = item
        percent: Reported | None = None
        if len(percents) == 1 and float(percents[0].group(1)) <= 100:
            name = item[: percents[0].start()].strip() or item
            percent = Reported(text=percents[0].group(1), unit="%", place=place)
        elif not percents and len(named) == 1 and (one := _DOSE_PERCENT.match(dose)):
            percent = Reported(text=one.group(1), unit="%", place=place)
        found.append(Ingredient(name=name, percent=percent or UNKNOWN))
    return tuple(found)
