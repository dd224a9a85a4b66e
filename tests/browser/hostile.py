"""A claim and two studies whose words try to be something else."""

from __future__ import annotations

SCRIPT = "<script>document.title='taken'</script>"
BREAKOUT = '"><img src=x onerror="document.title=\'taken\'">'
FORMULA = "=cmd|'/C calc'!A0"
LONG = "Palmitoylhexapeptidedimethylaminohydroxypropyl" * 4
ARABIC = "يقلل مظهر التجاعيد خلال أربعة أسابيع"

TITLE = f"{BREAKOUT} {SCRIPT} {LONG}"
CLAIMS = [
    {
        "id": "H1",
        "text": f"{SCRIPT} {BREAKOUT} reduces wrinkle depth by 20 % in 8 weeks {LONG}",
        "source": ARABIC,
        "ingredient": "retinol",
        "outcome": "wrinkle depth",
        "type": "efficacy",
        "value": "20",
        "unit": "percent reduction",
        "weeks": "8",
        "note": FORMULA,
    }
]
_STUDY = {
    "year": "2024",
    "url": "javascript:document.title='taken'",
    "active": "retinol",
    "comparator": "vehicle",
    "outcome": "wrinkle depth",
    "instrument": f"PRIMOS {SCRIPT}",
    "kind": "instrument",
    "unit": "µm",
    "direction": "lower",
    "week": "8",
    "design": "parallel",
    "randomised": "computer",
    "arm_t": LONG,
    "arm_c": BREAKOUT,
    "n_t": "40",
    "n_c": "41",
    "mean_t": "60.2",
    "mean_c": "66.8",
    "sd_t": "12.5",
    "sd_c": "13.1",
}
STUDIES = [
    _STUDY | {"study": f"{BREAKOUT}{SCRIPT}", "product": ARABIC, "notes": FORMULA},
    _STUDY | {"study": f"{LONG} 2019", "product": FORMULA, "population": ARABIC, "n_t": "30"},
]
