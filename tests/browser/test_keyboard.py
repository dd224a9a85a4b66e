"""Everything can be reached and used with the keys alone, and one sees where one is."""

import pytest

FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  window.visited ??= new Map();
  if (visited.has(at)) return null;
  visited.set(at, visited.size);
  const box = at.getBoundingClientRect(), style = getComputedStyle(at);
  const left = Math.max(box.left, 0), right = Math.min(box.right, innerWidth);
  const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, innerHeight);
  const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  return {
    name: (at.innerText || at.getAttribute("aria-label") || at.type || "").trim().slice(0, 60),
    kind: at.className === "skip" ? "skip link" : at.tagName.toLowerCase(),
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: left < right && top < bottom && !!hit && (at.contains(hit) || hit.contains(at)),
  };
}"""
# what can be used in the page as it opens; what is disabled or hidden is no stop
USABLE = """() => [...document.querySelectorAll("a[href], button, input, select, summary")]
  .filter((e) => !e.disabled && e.checkVisibility({ visibilityProperty: true }))
  .filter((e) => !window.visited.has(e)).map((e) => e.outerHTML.slice(0, 120))"""


def tour(page, most=500):
    """Every stop of the Tab key, from the top to where it leaves the page."""
    stops = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None:
            return stops
        stops.append(stop)
    raise AssertionError(f"more than {most} stops")


@pytest.mark.parametrize("name", ["demo_html", "hostile_html"])
@pytest.mark.parametrize("width", [1280, 320])
def test_tab_reaches_everything_and_shows_where_it_is(open_page, request, name, width):
    page = open_page(request.getfixturevalue(name), width=width, reduced_motion="reduce")
    stops = tour(page)
    assert [stop for stop in stops if not stop["ring"]] == []
    assert [stop for stop in stops if not stop["seen"]] == []
    assert page.evaluate(USABLE) == []


def test_tab_goes_from_the_skip_link_through_the_tools_down_the_page(open_page, demo_html):
    stops = tour(open_page(demo_html, reduced_motion="reduce"))
    assert stops[0]["kind"] == "skip link"
    assert [stop["name"] for stop in stops[1:3]] == ["Open all details", "Light or dark"]
    found = [(stop["kind"], stop["name"]) for stop in stops]
    order = [
        ("a", "Overview"),
        ("input", "search"),
        ("button", "Claim no."),
        ("button", "Score"),
        ("a", "Z01"),
        ("summary", "The numbers in this figure"),
        ("a", "Back to the top"),
    ]
    assert [found.index(stop) for stop in order] == sorted(found.index(stop) for stop in order)


def test_the_skip_link_appears_and_leads_to_the_report(open_page, demo_html):
    page = open_page(demo_html)
    link = page.locator(".skip")
    assert link.bounding_box()["y"] < 0
    page.keyboard.press("Tab")
    assert link.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "ev-main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_enter_and_space_open_and_close_details(open_page, demo_html):
    page = open_page(demo_html)
    summary = page.locator("main summary").first
    summary.focus()
    for key, opened in (("Enter", True), ("Space", False), ("Space", True), ("Enter", False)):
        page.keyboard.press(key)
        assert summary.evaluate("(e) => e.parentElement.open") is opened


def test_the_tools_answer_to_enter_and_space(open_page, demo_html):
    page = open_page(demo_html)
    closed = "[...document.querySelectorAll('details')].filter((d) => !d.open).length"
    assert page.evaluate(closed) > 5
    page.get_by_role("button", name="Open all details").focus()
    page.keyboard.press("Enter")
    assert page.evaluate(closed) == 0
    page.get_by_role("button", name="Light or dark").focus()
    page.keyboard.press("Space")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_table_is_sorted_and_filtered_with_the_keys(open_page, demo_html):
    page = open_page(demo_html)
    page.get_by_role("button", name="Score").focus()
    page.keyboard.press("Space")
    assert page.locator("th[aria-sort=descending]").inner_text() == "Score"
    page.keyboard.press("Enter")
    assert page.locator("th[aria-sort=ascending]").inner_text() == "Score"
    page.get_by_label("Search in this table").focus()
    page.keyboard.type("Niacin")
    assert page.locator(".filter output").inner_text() == "1 of 8 rows"
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.press("Tab")
    page.keyboard.type("cannot")
    assert page.locator(".filter output").inner_text() == "2 of 8 rows"


def test_a_wide_table_scrolls_with_the_arrow_keys(open_page, demo_html):
    page = open_page(demo_html, width=320, reduced_motion="reduce")
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    wide = page.evaluate_handle(
        "[...document.querySelectorAll('.scroll')].find((e) => e.scrollWidth > e.clientWidth + 60)"
    )
    wide.evaluate("(e) => e.focus()")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("(e) => e.scrollLeft > 0", arg=wide)
