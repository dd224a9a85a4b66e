import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from demo import ARABIC, BREAKOUT, FORMULA, HOSTILE, demo

from evidence.errors import OptionError
from evidence.report.document import Document, Paragraph, Section
from evidence.report.render_html import render_html
from evidence.report.words import WORDS

VOID = {"meta", "br", "img", "input", "link", "hr"}
FETCHING = {"src", "srcset", "action", "formaction", "poster", "background", "xlink:href", "ping"}


class Page(HTMLParser):
    """Every element with its attributes and its text, and whether the tags nest."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.open, self.wrong = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        element = {
            "tag": tag,
            "attrs": dict(attrs),
            "text": "",
            "within": [e["tag"] for e in self.open],
        }
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1]["tag"] != tag:
            self.wrong.append((tag, [e["tag"] for e in self.open[-3:]]))
        while self.open and self.open.pop()["tag"] != tag:
            pass

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag):
        return [e for e in self.elements if e["tag"] == tag]


HTML = render_html(demo())
PAGE = Page(HTML)


def test_tags_nest_and_close():
    assert PAGE.wrong == []
    assert PAGE.open == []


def test_one_first_heading_landmarks_language_and_skip_link():
    assert [e["text"] for e in PAGE.all("h1")] == ["Reduces wrinkle depth by 20 % in four weeks"]
    for landmark in ("header", "nav", "main", "footer"):
        assert len(PAGE.all(landmark)) == 1
    assert PAGE.all("html")[0]["attrs"]["lang"] == "en"
    first = PAGE.all("a")[0]["attrs"]
    assert first["href"] == "#" + PAGE.all("main")[0]["attrs"]["id"]


def test_headings_never_skip_a_level():
    levels = [int(e["tag"][1]) for e in PAGE.elements if re.fullmatch(r"h[1-6]", e["tag"])]
    assert all(b <= a + 1 for a, b in pairwise(levels))


def test_the_verdict_comes_before_everything_else():
    assert HTML.index("The study behind this claim") < HTML.index("<main")


def test_ids_are_unique_and_links_inside_lead_somewhere():
    ids = [e["attrs"]["id"] for e in PAGE.elements if "id" in e["attrs"]]
    assert len(ids) == len(set(ids))
    inside = [e["attrs"]["href"][1:] for e in PAGE.all("a") if e["attrs"]["href"].startswith("#")]
    assert set(inside) <= set(ids)
    for e in PAGE.elements:
        named = e["attrs"].get("aria-labelledby", "").split()
        assert set(named) <= set(ids)
    assert set(re.findall(r"url\(#([^)]+)\)", HTML)) <= set(ids)


def test_nothing_is_fetched():
    assert not [e for e in PAGE.elements if FETCHING & set(e["attrs"])]
    assert not [
        e for e in PAGE.elements if e["tag"] in {"link", "iframe", "object", "embed", "img"}
    ]
    styles = " ".join(e["text"] for e in PAGE.all("style"))
    assert "url(" not in styles
    assert "@import" not in styles
    for e in PAGE.all("a"):
        assert re.match(r"#|https?://|data:(text/csv|application/json);", e["attrs"]["href"])


def test_the_policy_lets_this_script_run_and_no_other():
    (script,) = PAGE.all("script")
    digest = base64.b64encode(hashlib.sha256(script["text"].encode()).digest()).decode()
    policy = PAGE.all("meta")[1]["attrs"]["content"]
    assert policy.startswith(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src 'sha256-{digest}'"
    )
    assert "\r" not in script["text"]
    assert not [a for e in PAGE.elements for a in e["attrs"] if a.startswith("on")]


def test_tables_have_captions_and_scopes():
    tables = PAGE.all("table")
    assert len(tables) == len(PAGE.all("caption")) >= 9
    assert {e["attrs"].get("scope") for e in PAGE.all("th")} == {"col", "row"}
    for e in PAGE.all("th"):
        assert e["attrs"]["scope"] == ("col" if "thead" in e["within"] else "row")


def test_drawings_are_images_with_a_name_a_description_and_a_table():
    drawings = PAGE.all("svg")
    assert len(drawings) == 13
    for e in drawings:
        assert e["attrs"]["role"] == "img"
        assert len(e["attrs"]["aria-labelledby"].split()) == 2
    assert not [e for e in PAGE.elements if "svg" in e["within"] and "role" in e["attrs"]]
    for part in re.findall(r"<figure.*?</figure>", HTML, flags=re.S):
        assert re.search(r'<details class="behind">.*<table', part, flags=re.S)


def test_hostile_text_is_text():
    assert len(PAGE.all("script")) == 1
    assert len(PAGE.all("title")) == 1 + HTML.count("<title", HTML.index("<body"))
    assert HOSTILE not in HTML
    assert BREAKOUT not in HTML
    shown = "".join(e["text"] for e in PAGE.all("main"))
    assert HOSTILE in shown
    assert BREAKOUT in shown
    page = Page(render_html(demo(title=BREAKOUT + HOSTILE)))
    assert page.all("title")[0]["text"] == BREAKOUT + HOSTILE
    assert page.all("h1")[0]["text"] == BREAKOUT + HOSTILE
    assert page.wrong == []


def test_control_characters_do_not_reach_the_page():
    html = render_html(Document(title="a\x00b\x1b", blocks=(Paragraph("c\ud800d\x08e"),)))
    assert not re.search("[\x00-\x08\x0b-\x1f\ud800]", html)
    html.encode("utf-8")


def test_right_to_left_text_says_so():
    titles = [e for e in PAGE.elements if e["text"] == ARABIC and e["tag"] in ("h3", "p")]
    assert titles
    assert all(e["attrs"]["dir"] == "rtl" for e in titles)


def test_embedded_files_hold_what_was_given():
    links = {
        e["attrs"]["download"]: e["attrs"]["href"]
        for e in PAGE.all("a")
        if "download" in e["attrs"]
    }
    head, body = links["claims.csv"].split(",", 1)
    assert head == "data:text/csv;charset=utf-8;base64"
    text = base64.b64decode(body).decode("utf-8-sig")
    assert text.splitlines()[1] == f"'{FORMULA},14.6"
    assert "</script>" not in HTML[: HTML.rindex("<script>")]


def test_addresses_are_printed_in_the_references_alone():
    shown = [e for e in PAGE.all("a") if e["text"].startswith("http")]
    assert len(shown) == 1
    assert "ol" in shown[0]["within"]


def test_the_same_document_gives_the_same_bytes():
    assert render_html(demo()) == HTML


@pytest.mark.parametrize("lang", ["ja", "zh-Hans"])
def test_the_page_speaks_the_language_of_the_document(lang):
    blocks = (Section("A", (), anchor="a"), Section("B", (), anchor="b"))
    html = render_html(Document(title="t", lang=lang, blocks=blocks))
    assert WORDS[lang[:2]]["contents"] in html
    assert WORDS["en"]["skip"] not in html


def test_every_language_has_every_word_with_the_same_places():
    places = {key: re.findall(r"{\w+}", said) for key, said in WORDS["en"].items()}
    for words in WORDS.values():
        assert {key: sorted(re.findall(r"{\w+}", said)) for key, said in words.items()} == {
            key: sorted(found) for key, found in places.items()
        }


def test_a_language_without_words_is_refused():
    with pytest.raises(OptionError, match="en, ja, zh"):
        render_html(Document(title="t", lang="fr"))


def _palette(text):
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", text))


def _contrast(a, b):
    def light(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    first, second = sorted((light(a), light(b)), reverse=True)
    return (first + 0.05) / (second + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_stand_out_as_wcag_asks(scheme):
    style = PAGE.all("style")[0]["text"]
    light, dark = style.split("prefers-color-scheme: dark", 1)
    colours = _palette(light if scheme == "light" else dark.split("@media", 1)[0])
    for ground in ("paper", "surface"):
        for text in [
            "ink",
            "muted",
            "accent",
            "positive",
            "caution",
            "negative",
            "neutral",
            "unknown",
        ]:
            assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        for mark in ["mark", "claim", "grey", "focus"]:
            assert _contrast(colours[mark], colours[ground]) >= 3, (mark, ground)
    for i in range(5):
        ink = colours["on-light" if i < 3 else "on-dark"]
        assert _contrast(ink, colours[f"shade-{i}"]) >= 4.5, i


def test_both_ways_to_the_dark_scheme_are_the_same():
    dark = re.findall(r"\{ color-scheme: dark;(.*?)\}", PAGE.all("style")[0]["text"], flags=re.S)
    assert len(dark) == 2
    assert dark[0].split() == dark[1].split()
