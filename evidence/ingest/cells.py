"""One cell to one value: numbers as papers and spreadsheets write them, each conversion noted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from evidence.messages import say
from evidence.records.base import Qualifier

MISSING = frozenset((
    "", "na", "n/a", "n.a.", "nr", "n.r.", "nan", "none", "null", "nd", "n.d.", "unknown",
    "missing", "-", "–", "—", "―", "‐", ".", "..", "…", "?", "not reported", "not stated",
    "not_stated", "not_reported", "not given", "not available", "not in abstract",
    "not in excerpt", "unclear", "記載なし", "不明", "未報告", "未报告", "未说明", "无", "なし",
))  # fmt: skip
"""Words that mean the source does not say. `0` is a number."""

KEPT = frozenset(("none", "なし", "无", "unknown", "unclear", "missing"))
"""Words that mean missing for a number and say something in a column of words."""

MAX_DIGITS = 40
MAX_CELL = 120  # characters of a cell that holds one number, limits and all
MONTH_WEEKS = Decimal("4.345")

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: 0x20, 0x2212: 0x2D, 0xFE63: 0x2D, 0x2010: 0x2D, 0x2011: 0x2D, 0x2796: 0x2D,
}  # fmt: skip
_SPACES = "\u00a0\u2009\u202f\u2007\u2002\u2003"
_UNSIGNED = r"(?:[0-9][0-9.,' ]*[0-9]|[0-9])?(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?"
_NUMBER = r"[+-]?(?=[0-9.,])" + _UNSIGNED + r"\.?"
_PLUS_MINUS = re.compile(rf"^({_NUMBER})\s*%?\s*(?:±|\+/-|\+-)\s*({_NUMBER})\s*(%?)$")
_LIMITS = re.compile(
    rf"^({_NUMBER})\s*%?\s*[(\[]\s*(?:([0-9]{{2}}(?:\.[0-9]+)?)\s*%?\s*CI\s*[:,;=]?\s*)?"
    rf"({_NUMBER})\s*%?\s*(?:to|–|—|;|~|〜|-|,\s)\s*({_NUMBER})\s*(%?)\s*[)\]]$",
    re.IGNORECASE,
)
_LEAD: dict[str, Qualifier] = {
    "up to": "up to", "max.": "up to", "maximum": "up to", "最大": "up to", "最高": "up to",
    "about": "about", "approximately": "about", "approx.": "about", "approx": "about",
    "ca.": "about", "circa": "about", "~": "about", "≈": "about", "約": "about", "约": "about",
    "on average": "on average", "平均": "on average",
    "more than": "more than", "over": "more than", ">": "more than",
    "less than": "less than", "under": "less than", "<": "less than",
    "at least": "at least", "≥": "at least", ">=": "at least",
}  # fmt: skip
_LEADS = re.compile(
    "^(" + "|".join(re.escape(w) for w in sorted(_LEAD, key=len, reverse=True)) + r")\s*",
    re.IGNORECASE,
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DATE = re.compile(
    rf"^(?:[0-9]{{1,2}}[-/ .]({'|'.join(_MONTHS)})[a-z]*\.?([-/ ][0-9]{{2,4}})?"
    rf"|({'|'.join(_MONTHS)})[a-z]*\.?[-/ ][0-9]{{1,4}}"
    r"|[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}([ T][0-9:.]+)?|[0-9]{1,2}[/.][0-9]{1,2}[/.][0-9]{2,4}"
    r"|(0?[1-9]|[12][0-9]|3[01])[/-](0?[1-9]|1[0-2])|(0?[1-9]|1[0-2])[/-](0?[1-9]|[12][0-9]|3[01])"
    r"|([0-9]{4}年)?[0-9]{1,2}月[0-9]{1,2}日)$",
    re.IGNORECASE,
)
_LOOKALIKE = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "S": "5", "B": "8", "О": "0"})
_LETTER = {"O": "letter O", "o": "letter o", "О": "letter O", "l": "letter l", "I": "letter I",
           "S": "letter S", "B": "letter B"}  # fmt: skip
_TIMES: dict[str, Decimal | None] = {
    "week": Decimal(1), "wk": Decimal(1), "w": Decimal(1), "週": Decimal(1), "週間": Decimal(1),
    "周": Decimal(1), "month": MONTH_WEEKS, "mo": MONTH_WEEKS, "ヶ月": MONTH_WEEKS,
    "か月": MONTH_WEEKS, "个月": MONTH_WEEKS, "月": MONTH_WEEKS, "day": Decimal(1) / 7,
    "d": Decimal(1) / 7, "日": Decimal(1) / 7, "天": Decimal(1) / 7, "year": Decimal(52),
    "年": Decimal(52), "hour": Decimal(0), "h": Decimal(0), "minute": Decimal(0),
    "min": Decimal(0), "時間": Decimal(0), "小时": Decimal(0), "分": Decimal(0),
}  # fmt: skip
_TIME = re.compile(r"^(?:week|wk|day|month|visit)?\s*([0-9.,]+)\s*([^\W0-9_]*?)s?\.?$", re.I)


class CellError(Exception):
    """A cell that cannot be used: the code of its finding, the reason, and what may be meant."""

    def __init__(self, code: str, reason: str, suggestion: str = "") -> None:
        self.code, self.reason, self.suggestion = code, reason, suggestion
        super().__init__(reason)


@dataclass(slots=True)
class Parsed:
    """A number as read: plain digits, what stood around it, and the conversions made."""

    text: str
    unit: str = ""
    qualifier: Qualifier = ""
    notes: list[tuple[str, str]] = field(default_factory=list)
    spread: str = ""  # after ±
    low: str = ""
    high: str = ""
    level: str = ""

    @property
    def value(self) -> float:
        """The number as a float."""
        return float(self.text)


def is_missing(text: str, *, words: bool = False) -> bool:
    """Whether a cell says that the source does not say; `words` for a column of words.

    >>> is_missing(" NR "), is_missing("0"), is_missing("–"), is_missing("none", words=True)
    (True, False, True, False)
    """
    key = text.strip().casefold()
    return key in MISSING and not (words and key in KEPT)


def plain(text: str) -> tuple[str, bool]:
    """Text with full-width signs, odd spaces and typographic minus made plain; whether it changed.

    >>> plain("−１２．５")
    ('-12.5', True)
    """
    changed = text.translate(_FULL_WIDTH).strip()
    for space in _SPACES:
        changed = changed.replace(space, " ")
    if changed[:1] in "–—" and changed[1:2].isdigit():
        changed = "-" + changed[1:]
    return changed, changed != text.strip()


def parse_number(raw: str, *, whole: bool = False) -> Parsed:
    """Read one printed number.

    Raises
    ------
    CellError
        When no single number is there, or it can be read in two ways.

    Examples
    --------
    >>> parse_number("12,5").text, parse_number("up to 20 %").qualifier
    ('12.5', 'up to')
    >>> parsed = parse_number("−3.1 (95% CI −5.0 to −1.2)")
    >>> parsed.text, parsed.low, parsed.high
    ('-3.1', '-5.0', '-1.2')
    >>> parse_number("1,234")
    Traceback (most recent call last):
    evidence.ingest.cells.CellError: could be 1234 or 1.234
    """
    text, changed = plain(raw)
    if len(text) > MAX_CELL:
        raise CellError("EV213", say("has {n} characters, too many for a number", n=len(text)))
    parsed = Parsed(text="")
    if changed:
        parsed.notes.append(("EV122", say("read as {value}", value=text)))
    if _DATE.match(text):
        raise CellError("EV126", "looks like a date", "type the number into a text column")
    if text[:1] in ("=", "@"):
        raise CellError("EV129", "is a formula, not a number", "write its value")
    if found := _LEADS.match(text):
        parsed.qualifier = _LEAD[found.group(1).casefold()]
        text = text[found.end() :]
        parsed.notes.append(
            ("EV127", say("kept with its qualifier “{words}”", words=parsed.qualifier))
        )
    if found := _PLUS_MINUS.match(text):
        parsed.text = _digits(found.group(1), parsed, whole)
        parsed.spread = _digits(found.group(2), parsed, whole=False)
        parsed.unit = found.group(3)
    elif found := _LIMITS.match(text):
        parsed.text = _digits(found.group(1), parsed, whole)
        parsed.level = found.group(2) or ""
        parsed.low = _digits(found.group(3), parsed, whole=False)
        parsed.high = _digits(found.group(4), parsed, whole=False)
        parsed.unit = found.group(5)
    else:
        if text.endswith("%"):
            text, parsed.unit = text[:-1].rstrip(), "%"
        parsed.text = _digits(text, parsed, whole)
    return parsed


def _digits(text: str, parsed: Parsed, whole: bool) -> str:
    """Plain digits of one number; separators resolved and noted."""
    text = text.strip()
    sign = "-" if text.startswith("-") else ""
    body = text[1:] if text[:1] in ("+", "-") else text
    if len(body) > MAX_DIGITS:
        raise CellError("EV213", say("has {n} characters, too many for a number", n=len(body)))
    if not re.fullmatch(_UNSIGNED + r"\.?", body) or not any(ch.isdigit() for ch in body):
        raise CellError("EV214" if whole else "EV213", _not_a(whole), _lookalike(text))
    if re.fullmatch(r"[0-9]{1,3}([ '][0-9]{3})+([.,][0-9]+)?", body):
        parsed.notes.append(("EV121", "separators between thousands removed"))
        body = re.sub(r"[ ']", "", body)
    elif " " in body or "'" in body:
        raise CellError("EV214" if whole else "EV213", _not_a(whole))
    if "," in body:
        body = _commas(body, parsed, whole)
    elif body.count(".") > 1:
        if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{3}){2,}", body):
            raise CellError("EV214" if whole else "EV213", _not_a(whole))
        parsed.notes.append(("EV121", "separators between thousands removed"))
        body = body.replace(".", "")
    if abs(float(body)) > 1e15:
        raise CellError("EV213", "is larger than anything measured in people")
    return sign + body.removesuffix(".")


def _commas(body: str, parsed: Parsed, whole: bool) -> str:
    """Resolve commas: groups of thousands, a decimal comma, or an error when it could be either."""
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+\.[0-9]+", body) or re.fullmatch(
        r"[1-9][0-9]{0,2}(,[0-9]{3}){2,}", body
    ):
        parsed.notes.append(("EV121", "separators between thousands removed"))
        return body.replace(",", "")
    if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{3})+,[0-9]+", body):
        parsed.notes += [("EV121", "separators between thousands removed"),
                         ("EV120", "comma read as the decimal sign")]  # fmt: skip
        return body.replace(".", "").replace(",", ".")
    if re.fullmatch(r"[1-9][0-9]{0,2},[0-9]{3}", body):
        if whole:  # people come whole: 1,234 of them can only be thousands
            parsed.notes.append(("EV121", "separators between thousands removed"))
            return body.replace(",", "")
        one, other = body.replace(",", ""), body.replace(",", ".")
        raise CellError(
            "EV125",
            say("could be {one} or {other}", one=one, other=other),
            say("write {one} or {other}", one=one, other=other),
        )
    if body.count(",") == 1 and "." not in body:
        parsed.notes.append(("EV120", "comma read as the decimal sign"))
        return body.replace(",", ".")
    raise CellError("EV214" if whole else "EV213", _not_a(whole))


def _not_a(whole: bool) -> str:
    return "is not a whole number" if whole else "is not a number"


def _lookalike(text: str) -> str:
    """What is meant when letters stand for digits."""
    guess = text.translate(_LOOKALIKE)
    if guess == text or not re.fullmatch(r"[+-]?[0-9]+([.,][0-9]+)?%?", guess):
        unit = re.fullmatch(rf"({_NUMBER})\s*([^\W\d_][^0-9]*)", text)
        return say("Put {unit} in the unit column.", unit=repr(unit.group(2))) if unit else ""
    letter = next(_LETTER[ch] for ch in text if ch in _LETTER)
    return say("Did you mean {guess} ({letter})?", guess=guess, letter=letter)


def parse_whole(raw: str) -> Parsed:
    """Read a count.

    >>> parse_whole("4O")
    Traceback (most recent call last):
    evidence.ingest.cells.CellError: is not a whole number
    """
    parsed = parse_number(raw, whole=True)
    value = Decimal(parsed.text)
    if value != value.to_integral_value():
        raise CellError("EV214", "is not a whole number")
    if parsed.spread or parsed.low or parsed.unit:
        raise CellError("EV214", "is not a whole number")
    count = format(value.to_integral_value(), "f")
    if count != parsed.text:
        parsed.notes.append(("EV134", say("read as {value}", value=count)))
        parsed.text = count
    return parsed


def parse_week(raw: str) -> Parsed:
    """Read a time point in weeks; months, days and hours are converted and noted.

    >>> parse_week("12").text, parse_week("3 months").text, parse_week("28 days").text
    ('12', '13', '4')
    """
    text, _ = plain(raw)
    found = _TIME.match(text)
    if not found or not found.group(2):
        lead = re.match(r"^(week|wk|w|day|d|month)\s*([0-9.,]+)$", text, re.IGNORECASE)
        if not lead:
            return parse_number(raw)
        number, unit = lead.group(2), lead.group(1)
    else:
        number, unit = found.group(1), found.group(2)
    factor = _TIMES.get(unit.casefold(), _TIMES.get(unit.casefold().removesuffix("s")))
    if factor is None:
        raise CellError("EV213", "is not a number of weeks", "write the number of weeks")
    parsed = parse_number(number)
    if factor != 1:
        weeks = round(Decimal(parsed.text) * factor, 1).normalize()
        parsed.text = format(weeks, "f")
        parsed.notes.append(("EV132", say("read as {n} weeks", n=parsed.text)))
    return parsed


def parse_p(raw: str) -> tuple[str, Parsed | None]:
    """Read a p value: its operator and its number.

    >>> [(op, n and n.text) for op, n in map(parse_p, ("<0.05", "NS", "=0.247", "P = .03"))]
    [('<', '0.05'), ('ns', None), ('=', '0.247'), ('=', '0.03')]
    """
    text, _ = plain(raw)
    body = re.sub(r"^(p|p[ -]?value|p値|p值)(?=[\s=<>≤≥.0-9])\s*", "", text, flags=re.IGNORECASE)
    if re.fullmatch(
        r"n\.?\s?s\.?|not significant|non-?significant|有意差なし|无显著.*", body, re.I
    ):
        return "ns", None
    found = re.match(r"^(<=|>=|≤|≥|<|>|=)?\s*(.+)$", body)
    if not found or "*" in body:
        raise CellError("EV215", "is not a p value", "write the number, <0.05 or NS")
    operator = {"≤": "<=", "≥": ">=", None: "="}.get(found.group(1), found.group(1))
    try:
        parsed = parse_number(found.group(2))
    except CellError as error:
        raise CellError(error.code if error.code != "EV213" else "EV215",
                        "is not a p value" if error.code == "EV213" else error.reason,
                        error.suggestion) from None  # fmt: skip
    if parsed.spread or parsed.low or parsed.qualifier:
        raise CellError("EV215", "is not a p value", "write the number, <0.05 or NS")
    if parsed.unit == "%":
        parsed.text = format((Decimal(parsed.text) / 100).normalize(), "f")
        parsed.notes.append(("EV128", say("percent read as {value}", value=parsed.text)))
        parsed.unit = ""
    if parsed.text.startswith("."):
        parsed.text = "0" + parsed.text
    if not 0 <= parsed.value <= 1:
        raise CellError("EV208", "is not between 0 and 1")
    if parsed.value == 0 and operator == "=":
        decimals = len(parsed.text.partition(".")[2])
        if not decimals:
            raise CellError("EV208", "is zero, and no p value is", "write a bound, such as <0.001")
        operator, parsed.text = "<", f"0.{'0' * decimals}5"
        parsed.notes.append(("EV133", say("read as p < {value}", value=parsed.text)))
    return str(operator), parsed
