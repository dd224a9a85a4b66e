"""Numbers of the reference that an independent computation shows to be wrong.

Each is one element of one case, by case id; everything else of that case is compared as usual.
`test_disputed.py` shows each of them, and the closing lines name every case.
"""

from __future__ import annotations

_UCOR = ("yi[5]", "vi[5]", "sei[5]", "zi[5]", "pval[5]", "ci_lb[5]", "ci_ub[5]")
_RTET = ("vi[6]", "sei[6]", "zi[6]", "pval[6]", "ci_lb[6]", "ci_ub[6]")

DISPUTED: dict[str, tuple[str, ...]] = {
    # Olkin-Pratt estimate at r = -0.04, n = 12: the hypergeometric function is off near z = 1
    "es.cohen.UCOR": _UCOR,
    "es.cohen.UCOR.UB": _UCOR,
    # a table with an empty cell: the estimate is -1 and has no variance; 2^44 / 10^6 is printed
    "es.damico.RTET": _RTET,
}
