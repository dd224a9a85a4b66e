"""The report asks nothing of any network, lets no words run, and is accessible."""

import pytest
from hostile import ARABIC, BREAKOUT, FORMULA, LONG, SCRIPT

OPEN_ALL = "document.querySelectorAll('details').forEach((d) => { d.open = true; })"
WIDTHS = (1280, 320)


def test_nothing_is_requested(open_page, each_html):
    page = open_page(each_html)
    page.evaluate(OPEN_ALL)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    page.mouse.move(300, 300)
    assert page.evaluate("performance.getEntriesByType('resource').length") == 0
    assert open_page.requests == []
    assert open_page.problems == []


def test_what_a_page_does_request_is_counted_and_refused(open_page):
    page = open_page("<!doctype html><title>t</title><img src='https://example.org/a.png'>")
    assert open_page.requests == ["https://example.org/a.png"]
    assert any("ERR_FAILED" in said for said in open_page.problems)
    assert page.evaluate("document.images[0].naturalWidth") == 0
    open_page.requests.clear()
    open_page.problems.clear()


def test_the_policy_stops_a_script_that_was_slipped_in(open_page, demo_html):
    page = open_page(demo_html)
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "document.title = 'taken'";
          document.body.append(script);
        }"""
    )
    assert page.title() != "taken"
    assert len(open_page.problems) == 1
    assert "Content Security Policy directive 'script-src" in open_page.problems.pop()


@pytest.mark.parametrize(
    ("markup", "directive"),
    [
        ("<button onclick=\"document.title='taken'\">b</button>", "script-src"),
        ("<a href=\"javascript:document.title='taken'\">b</a>", "script-src"),
        ("<img src='https://example.org/a.png'><b>b</b>", "img-src"),
        ("<form action='https://example.org/'><button>b</button></form>", "form-action"),
    ],
)
def test_the_policy_stops_what_markup_could_do(open_page, demo_html, markup, directive):
    page = open_page(demo_html)
    page.evaluate(
        "(markup) => document.querySelector('h1').insertAdjacentHTML('afterend', markup)", markup
    )
    page.locator("h1 ~ *").get_by_text("b", exact=True).first.evaluate("(e) => e.click()")
    page.wait_for_timeout(50)
    assert page.title() != "taken"
    assert open_page.requests == []
    assert [said for said in open_page.problems if directive in said]
    open_page.problems.clear()


def test_hostile_words_are_shown_and_do_nothing(open_page, hostile_html):
    page = open_page(hostile_html)
    page.evaluate(OPEN_ALL)
    shown = page.locator("body").inner_text()
    assert page.title() == page.locator("h1").inner_text() == f"{BREAKOUT} {SCRIPT} {LONG}"
    for words in (SCRIPT, BREAKOUT, FORMULA, LONG, ARABIC):
        assert words in shown
    assert page.locator("script").count() == 1
    assert page.locator("img").count() == 0
    assert page.locator("a[href^='javascript' i]").count() == 0


def test_right_to_left_words_run_from_the_right(open_page, hostile_html):
    said = open_page(hostile_html).locator("dd", has_text=ARABIC).first
    assert said.evaluate("(e) => getComputedStyle(e).direction") == "rtl"


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_its_window(open_page, each_html, width):
    page = open_page(each_html, width=width)
    page.evaluate(OPEN_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    beyond = page.evaluate(
        """() => [...document.body.querySelectorAll("*")]
          .filter((e) => !e.closest(".scroll *, svg *, .skip, .cards thead:not(:has(button))"))
          .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
          .map((e) => e.outerHTML.slice(0, 200))"""
    )
    assert beyond == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_accessible(open_page, axe, demo_html, dark, width):
    page = open_page(demo_html, dark=dark, width=width)
    assert axe(page) == []
    page.evaluate(OPEN_ALL)
    assert axe(page) == []


@pytest.mark.parametrize(("dark", "width"), [(True, 1280), (False, 320)])
def test_accessible_with_hostile_words(open_page, axe, hostile_html, dark, width):
    page = open_page(hostile_html, dark=dark, width=width)
    page.evaluate(OPEN_ALL)
    assert axe(page) == []


@pytest.mark.slow
@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, 320)])
def test_the_audit_is_accessible(open_page, audit_html, axe, dark, width):
    page = open_page(audit_html, dark=dark, width=width)
    page.evaluate(OPEN_ALL)
    assert axe(page, sampled=True) == []


@pytest.mark.parametrize("sampled", [False, True])
def test_what_is_not_accessible_is_found(open_page, axe, sampled):
    page = open_page(
        "<!doctype html><html><title>t</title><h1 style='color:#bbb'>Pale</h1>"
        "<button></button><button style='width:9px;height:9px;padding:0'>a</button>"
    )
    found = {line.split()[0] for line in axe(page, sampled=sampled)}
    assert found >= {"color-contrast", "button-name", "html-has-lang", "target-size"}


SMALL = """() => [...document.querySelectorAll(
    "button, summary, select, input, .button, .contents a, .links a, .top")]
  .filter((e) => e.checkVisibility())
  .map((e) => [e.getBoundingClientRect(), e.outerHTML.slice(0, 120)])
  .filter(([box]) => box.width < 24 || box.height < 24)
  .map(([box, html]) => `${box.width} x ${box.height}: ${html}`)"""


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_pressed_is_large_enough(open_page, each_html, width):
    page = open_page(each_html, width=width)
    page.evaluate(OPEN_ALL)
    assert page.evaluate(SMALL) == []


def test_who_wants_no_motion_gets_none(open_page, demo_html):
    scrolling = "getComputedStyle(document.documentElement).scrollBehavior"
    assert open_page(demo_html).evaluate(scrolling) == "smooth"
    page = open_page(demo_html, reduced_motion="reduce")
    assert page.evaluate(scrolling) == "auto"
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].map((e) => getComputedStyle(e))
          .filter((s) => s.animationName !== "none" || parseFloat(s.transitionDuration) > 0)
          .length"""
    )
    assert moving == 0
