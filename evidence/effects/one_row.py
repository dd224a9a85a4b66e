"""The array measures for single records; numpy and scipy come only when one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evidence.effects.measures import EffectSizes


def effect_sizes(measure: str, **columns: object) -> EffectSizes:
    """As `measures.effect_sizes`, imported at the first call.

    A score from flags alone never needs an array library, and answers at once.

    >>> found = effect_sizes("MD", m1i=12, sd1i=3, n1i=20, m2i=10, sd2i=4, n2i=20)
    >>> float(found.yi[0]), float(found.vi[0])
    (2.0, 1.25)
    """
    from evidence.effects.measures import effect_sizes as of_arrays

    return of_arrays(measure, **columns)  # type: ignore[arg-type]  # checked there, by name
