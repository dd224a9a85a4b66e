"""ROBINS-I V2 written a second time, as walks along the flowcharts; tests compare the tables.

A is walked as the draft of 20 November 2025 draws it, B as the other public reading does. They
share nothing with the tables of the package but the names of the levels.
"""

from __future__ import annotations

from collections.abc import Mapping

Answers = Mapping[str, str]
LADDER = ("Low", "Moderate", "Serious", "Critical")
LXC = "Low except for uncontrolled confounding"


def yes(code: str) -> bool:
    return code in ("Y", "PY")


def no(code: str) -> bool:
    return code in ("N", "PN")


# --------------------------------------------------------------------------- A


def a_d1_assignment(a: Answers) -> str:
    doubt = yes(a["1.4"])
    if a["1.1"] in ("SN", "NI"):
        return "Critical" if doubt else "Serious"
    if yes(a["1.3"]):
        return "Serious" if not doubt and yes(a["1.2"]) else "Critical"
    if a["1.2"] in ("SN", "NI") or doubt:
        return "Serious"
    return LXC if yes(a["1.1"]) and yes(a["1.2"]) else "Moderate"


def a_d1_adherence(a: Answers) -> str:
    doubt = yes(a["1.5"])
    if not yes(a["1.1"]):
        return "Critical" if doubt or yes(a["1.4"]) else "Serious"
    worst = {"Y": 0, "PY": 0, "WN": 1, "SN": 2, "NI": 2}
    quality = max(worst[a["1.2"]], worst[a["1.3"]])
    return "Serious" if doubt or quality == 2 else (LXC, "Moderate")[quality]


def a_d2(a: Answers) -> str:
    settled = yes(a["2.1"]) or yes(a["2.2"])
    step = 0 if settled else {"SY": 0, "WY": 1, "NI": 1, "PN": 2, "N": 2}[a["2.3"]]
    step += {"N": 0, "PN": 0, "WY": 1, "NI": 1, "SY": 2}[a["2.4"]]
    step += 0 if no(a["2.5"]) else 1
    return LADDER[min(step, 3)]


def a_d3(a: Answers) -> str:
    start = int(yes(a["3.2"])) if yes(a["3.1"]) else 2 if a["3.1"] == "SN" else 1
    other = 0
    for question in ("3.3", "3.4", "3.5"):
        if no(a[question]):
            other = 1 if question == "3.5" else 0
            break
        if a[question] == "NI":
            other = 1
            break
    else:
        other = 2
    if max(start, other) < 2:
        return LADDER[max(start, other)]
    if yes(a["3.6"]) or yes(a["3.7"]):
        return "Moderate"
    return "Critical" if yes(a["3.8"]) else "Serious"


def a_d4(a: Answers) -> str:
    if yes(a["4.1"]) and yes(a["4.2"]) and yes(a["4.3"]):
        return "Low"
    if not no(a["4.4"]):
        if no(a["4.5"]):
            return "Low"
        handled = a["4.6"]
    elif yes(a["4.7"]):
        if not yes(a["4.8"]):
            return "Serious"
        handled = a["4.9"]
    else:
        handled = a["4.10"]
    if yes(handled) and no(a["4.4"]):
        return "Low"
    step = 0 if yes(handled) else 2 if handled == "SN" else 1
    return LADDER[step if yes(a["4.11"]) else step + 1]


def a_d5(a: Answers) -> str:
    if yes(a["5.1"]):
        return "Serious"
    floor = "Moderate" if a["5.1"] == "NI" else "Low"
    if no(a["5.2"]) or no(a["5.3"]):
        return floor
    return "Serious" if a["5.3"] == "SY" else "Moderate"


def a_d6(a: Answers) -> str:
    if yes(a["6.1"]):
        return "Low"
    codes = [a["6.2"], a["6.3"], a["6.4"]]
    picked = sum(map(yes, codes))
    if picked >= 2:
        return "Critical"
    if picked == 1 or codes == ["NI"] * 3:
        return "Serious"
    return "Moderate" if "NI" in codes else "Low"


# --------------------------------------------------------------------------- B


def b_d1_assignment(a: Answers) -> str:
    doubt = yes(a["1.4"])
    if a["1.1"] in ("SN", "NI") or yes(a["1.3"]):
        return "Critical" if doubt else "Serious"
    if a["1.2"] in ("SN", "NI"):
        return "Serious"
    return "Moderate" if doubt else LXC


def b_d1_adherence(a: Answers) -> str:
    doubt = yes(a["1.5"])
    if not yes(a["1.1"]):
        return "Critical" if yes(a["1.4"]) or doubt else "Serious"
    if a["1.2"] in ("SN", "NI") or a["1.3"] in ("SN", "NI"):
        return "Serious"
    if "WN" in (a["1.2"], a["1.3"]):
        return "Serious" if doubt else LXC
    return "Moderate" if doubt else "Low"


def b_d2(a: Answers) -> str | None:
    errors = 0 if no(a["2.5"]) else 1
    influence = a["2.4"]
    if yes(a["2.1"]) or yes(a["2.2"]):
        step = 0 if no(influence) else 2 if influence == "SY" else 1
    elif no(a["2.3"]):
        step = 2 if no(influence) else 3
    elif influence in ("WY", "NI"):
        return None  # this path ends without a judgement
    else:
        step = 2 if influence == "SY" else 1
    return LADDER[min(3, step + errors)]


def b_d4(a: Answers) -> str:
    if yes(a["4.1"]) and yes(a["4.2"]) and yes(a["4.3"]):
        return "Low"
    firm = yes(a["4.11"])
    if yes(a["4.4"]) or a["4.4"] == "NI":
        if no(a["4.5"]):
            return "Low"
        strong = a["4.6"] == "SN"
    elif yes(a["4.7"]):
        if yes(a["4.8"]) and yes(a["4.9"]):
            return "Low"
        strong = yes(a["4.8"]) and a["4.9"] == "SN"
    else:
        if yes(a["4.10"]):
            return "Low"
        strong = a["4.10"] == "SN"
    if strong:
        return "Serious" if firm else "Critical"
    return "Moderate" if firm else "Serious"


WALKS = {
    ("A", "D1", "assignment"): a_d1_assignment,
    ("A", "D1", "adherence"): a_d1_adherence,
    ("A", "D2", "assignment"): a_d2,
    ("A", "D3", "assignment"): a_d3,
    ("A", "D4", "assignment"): a_d4,
    ("A", "D5", "assignment"): a_d5,
    ("A", "D6", "assignment"): a_d6,
    ("B", "D1", "assignment"): b_d1_assignment,
    ("B", "D1", "adherence"): b_d1_adherence,
    ("B", "D2", "assignment"): b_d2,
    ("B", "D3", "assignment"): a_d3,
    ("B", "D4", "assignment"): b_d4,
    ("B", "D5", "assignment"): a_d5,
    ("B", "D6", "assignment"): a_d6,
}
