"""Text made safe for a spreadsheet or for Markdown, and drawings checked for what is in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from evidence.errors import EvidenceError

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Beginnings that make a spreadsheet run a cell."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

_TAGS = "svg g title desc defs pattern rect line path circle polygon text tspan"
_ATTRIBUTES = (
    "id class role aria-labelledby viewBox width height x y x1 y1 x2 y2 cx cy r rx dx dy d points "
    "fill fill-opacity stroke stroke-width stroke-opacity stroke-dasharray stroke-linecap "
    "shape-rendering fill-rule transform text-anchor direction font-size font-weight font-family "
    "patternUnits patternTransform"
)
SVG_TAGS = frozenset(_TAGS.split())
SVG_ATTRIBUTES = frozenset(_ATTRIBUTES.split())
_SVG = "{http://www.w3.org/2000/svg}"


def spreadsheet_cell(value: object) -> str:
    """A value as CSV text; text that begins like a formula gets a quote before it.

    >>> [spreadsheet_cell(v) for v in ("=cmd()", "-20 %", "-20", -20.5, None, "Kim")]
    ["'=cmd()", "'-20 %", '-20', '-20.5', '', 'Kim']
    """
    if value is None or (isinstance(value, float) and value != value):
        return ""
    text = str(value)
    if not isinstance(value, str) or _NUMBER.fullmatch(text):
        return text
    return "'" + text if text.lstrip(" ").startswith(FORMULA) else text


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""A CSV file as RFC 4180 has it: quoted where needed, lines ending in CR LF.

    >>> csv_text(["study", "note"], [["Kim", "a, b"], ["Lee", None]])
    'study,note\r\nKim,"a, b"\r\nLee,\r\n'
    """

    def line(values: Iterable[object]) -> str:
        cells = (spreadsheet_cell(value) for value in values)
        return (
            ",".join(
                '"' + c.replace('"', '""') + '"' if any(m in c for m in '",\r\n') else c
                for c in cells
            )
            + "\r\n"
        )

    return line(columns) + "".join(line(row) for row in rows)


def safe_svg(svg: str) -> str:
    """The drawing itself, once it is known to hold nothing but plain shapes and words.

    Raises
    ------
    EvidenceError
        Not well-formed, or an element or attribute that a drawing of `evidence.plots` never has.

    Examples
    --------
    >>> safe_svg('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')
    Traceback (most recent call last):
        ...
    evidence.errors.EvidenceError: the drawing has an element <script>, which is not drawn here.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(svg)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise EvidenceError(f"the drawing is not well-formed SVG: {error}") from error
    if root.tag != _SVG + "svg":
        raise EvidenceError(f"a drawing must be <svg>, not {root.tag!r}.")
    for element in root.iter():
        _check_element(element)
    return svg


def _check_element(element: Element) -> None:
    name = element.tag.removeprefix(_SVG)
    if name not in SVG_TAGS:
        raise EvidenceError(f"the drawing has an element <{name}>, which is not drawn here.")
    for attribute, value in element.attrib.items():
        if attribute not in SVG_ATTRIBUTES:
            raise EvidenceError(f"the drawing has an attribute {attribute!r} on <{name}>.")
        if "url(" in value and not re.fullmatch(r"url\(#[\w-]+\)", value):
            raise EvidenceError(f"the drawing fetches something: {attribute}={value!r}.")


def markdown(text: str) -> str:
    r"""Text that Markdown shows as it is, on one line.

    >>> markdown("<b>*bold*</b> | a_b")
    '\\<b\\>\\*bold\\*\\</b\\> \\| a\\_b'
    """
    flat = " ".join(text.split())
    flat = re.sub(r"([\\`*_{}\[\]<>|~$])", r"\\\1", flat)
    flat = re.sub(r"&(?=#?\w+;)", r"\\&", flat)
    return re.sub(r"^(#{1,6}(?=\s|$)|[-+=](?=\s|$|[-=])|\d+(?=[.)](\s|$)))", _shielded, flat)


def _shielded(found: re.Match[str]) -> str:
    start = found.group(0)
    return start + "\\" if start.isdigit() else "\\" + start
