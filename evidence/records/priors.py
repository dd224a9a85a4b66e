"""Priors for what nobody printed: coefficient of variation and before-after correlation.

Named and versioned; a number that used one carries its id, and a version is never changed once it
is here. Every prior names what was seen. Bounds are plausible regions, not distributions. Version 0
was set by hand from few sources and is the default; version 1 is estimated from the data in
`datasets/` and is drawn back to version 0 where fewer than three studies were seen.
"""

from __future__ import annotations

from typing import NamedTuple

from evidence.errors import OptionError

Limits = tuple[float, float]


class Prior(NamedTuple):
    """ln c ~ N(ln `cv_median`, `cv_log_sd`²), atanh r ~ N(atanh `r_centre`, `r_fisher_sd`²).

    `cv_bounds` and `r_bounds` are the plausible region for bounds, None where too few sources
    were seen to draw one; a prior without a `cv_median` is one of the correlation alone.
    """

    family: str
    version: str
    cv_median: float | None
    cv_log_sd: float | None
    cv_bounds: Limits | None
    r_centre: float
    r_fisher_sd: float
    r_bounds: Limits
    seen: str

    @property
    def id(self) -> str:
        """Name and version, as labels cite it."""
        return f"{self.family}/{self.version}"


_R = (0.3, 0.9)
_SD = 0.35

_VERSION_0 = (
    Prior("wrinkle_depth", "0", 0.35, 0.45, (0.2, 0.6), 0.6, _SD, _R,
          "CV .26 and .29 (an unidentified trial, if its ± is a standard error), .51 and .84 "
          "(doi 10.3390/jcm13185370)"),
    Prior("elasticity", "0", 0.14, 0.40, (0.08, 0.25), 0.6, _SD, _R,
          "CV .08 and .17 (doi 10.3390/jcm13185370); retest reliability .67-.91 "
          "(PMC7949727)"),
    Prior("contour", "0", 0.19, 0.50, None, 0.4, _SD, _R,
          "CV .19, r .39 (doi 10.3390/jcm13185370)"),
    Prior("wrinkle_grade", "0", None, None, None, 0.6, _SD, _R,
          "raw scale only: change SD 1.24 active and .27 vehicle on 0-9 (doi "
          "10.1001/archderm.143.5.606)"),
    Prior("unlisted", "0", None, None, None, 0.5, _SD, _R,
          "no source: wide on purpose"),
)  # fmt: skip

# written by tests/calibration/estimate_priors.py, which says how
_VERSION_1 = (
    Prior("wrinkle_depth", "1", 0.396, 0.45, (0.2, 0.6), 0.6, 0.35, _R,
          "CV, k = 2: .51 .84 (doi 10.3390/jcm13185370), .25 .29 (sstt_cosmetic); no r seen: as "
          "version 0"),
    Prior("elasticity", "1", 0.132, 0.4, (0.08, 0.25), 0.6, 0.35, _R,
          "CV, k = 1: .08 .17 (doi 10.3390/jcm13185370); no r seen: as version 0"),
    Prior("contour", "1", 0.19, 0.5, None, 0.396, 0.35, _R,
          "CV, k = 1: .19 (doi 10.3390/jcm13185370); r, k = 1: .39 (doi 10.3390/jcm13185370)"),
    Prior("wrinkle_grade", "1", None, None, None, 0.6, 0.35, _R,
          "raw scale only: SD between people 0.87 0.83 (dpke2019), 0.97 1.08 (sstt_cosmetic), "
          "of changes 1.24 0.27 (kafi2007); no r seen: as version 0"),
    Prior("hydration", "1", 0.231, 0.5, None, 0.5, 0.35, _R,
          "CV, k = 1: .25 .23 .27 .24 .22 .19 (dpke2019); no r seen: as version 0"),
    Prior("unlisted", "1", None, None, None, 0.5, 0.35, _R,
          "nothing: as version 0, wide on purpose"),
)  # fmt: skip

PRIORS: dict[str, dict[str, Prior]] = {
    version: {row.family: row for row in rows}
    for version, rows in (("0", _VERSION_0), ("1", _VERSION_1))
}
"""Version to outcome family to prior; families that are not listed take `unlisted`."""

VERSIONS: tuple[str, ...] = tuple(PRIORS)
DEFAULT_VERSION = "0"


def prior_of(family: str, version: str = DEFAULT_VERSION) -> Prior:
    """The prior of an outcome family; the one for anything unlisted where it has none.

    Raises
    ------
    OptionError
        For a version that is not in `PRIORS`.

    Examples
    --------
    >>> prior_of("elasticity").cv_median, prior_of("radiance").id
    (0.14, 'unlisted/0')
    """
    if version not in PRIORS:
        raise OptionError("priors", version, VERSIONS)
    rows = PRIORS[version]
    return rows.get(family, rows["unlisted"])
