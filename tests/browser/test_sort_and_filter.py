"""The page's own script: sorting, filtering, the scheme; and the page without any script."""

import pytest

OPEN_ALL = "document.querySelectorAll('details').forEach((d) => { d.open = true; })"
DARK, LIGHT = "rgb(20, 24, 29)", "rgb(255, 255, 255)"
GROUND = "getComputedStyle(document.body).backgroundColor"


def column(page, name, table="[data-filter]"):
    """The visible cells of a column, as read."""
    heads = page.locator(f"{table} thead th").all_inner_texts()
    at = [" ".join(head.split()) for head in heads].index(name) + 1
    cells = page.locator(f"{table} tbody tr:not([hidden]) > :nth-child({at})").all_inner_texts()
    return [" ".join(cell.split()) for cell in cells]


def test_a_column_of_numbers_is_sorted_from_the_largest(open_page, demo_html):
    page = open_page(demo_html)
    assert column(page, "Score") == ["37", "–", "31", "28", "–", "22", "19", "–"]
    page.get_by_role("button", name="Score").click()
    assert column(page, "Score") == ["37", "31", "28", "22", "19", "–", "–", "–"]
    assert column(page, "Claim no.")[-3:] == ["Z02", "Z05", "Z08"]
    page.get_by_role("button", name="Score").click()
    assert column(page, "Score") == ["19", "22", "28", "31", "37", "–", "–", "–"]
    page.get_by_role("button", name="Claim no.").click()
    assert column(page, "Claim no.") == [f"Z{i:02d}" for i in range(1, 9)]
    assert page.locator("[data-filter] th[aria-sort]").all_inner_texts() == ["Claim no."]


def test_the_claims_of_the_audit_are_sorted_by_their_best_score(open_page, audit_html):
    page = open_page(audit_html)
    before = column(page, "Best score")
    assert len(before) == 97
    page.locator("[data-filter]").get_by_role("button", name="Best score").click()
    after = column(page, "Best score")
    scored = [int(cell) for cell in after if cell != "–"]
    assert scored == sorted((int(cell) for cell in before if cell != "–"), reverse=True)
    assert after[len(scored) :] == ["–"] * before.count("–")


def test_the_filter_shows_what_the_status_line_counts(open_page, audit_html):
    page = open_page(audit_html)
    status = dict(
        zip(
            page.locator(".status dt").all_inner_texts(),
            page.locator(".status dd").all_inner_texts(),
            strict=True,
        )
    )
    told = page.locator("[data-filter] output")
    for verdict in ("Supported if reworded", "Not supported", "No evidence offered"):
        page.locator("[data-filter] select").select_option(label=verdict.lower())
        assert told.inner_text() == f"{status[verdict]} of 97 rows"
        assert len(column(page, "Id")) == int(status[verdict])


def test_search_and_choice_narrow_together(open_page, audit_html):
    page = open_page(audit_html)
    texts = [row.lower() for row in page.locator("[data-filter] tbody tr").all_text_contents()]
    wanted = sum("collagen" in row and "not supported" in row for row in texts)
    assert 0 < wanted < sum("collagen" in row for row in texts)
    page.locator("[data-filter] input").fill("Collagen")
    page.locator("[data-filter] select").select_option(label="not supported")
    assert page.locator("[data-filter] output").inner_text() == f"{wanted} of 97 rows"
    assert len(column(page, "Id")) == wanted
    page.locator("[data-filter] input").fill("no such words")
    assert column(page, "Id") == []


def test_a_sorted_and_filtered_page_is_still_accessible(open_page, demo_html, axe):
    page = open_page(demo_html, dark=True, width=320)
    page.get_by_role("button", name="Score").click()
    page.get_by_label("Search in this table").fill("2 studies")
    page.get_by_role("button", name="Light or dark").click()
    assert axe(page) == []


@pytest.mark.parametrize(("dark", "other"), [(False, DARK), (True, LIGHT)])
def test_the_scheme_is_the_readers_until_the_button_changes_it_for_good(
    open_page, demo_html, dark, other
):
    page = open_page(demo_html, dark=dark)
    first = page.evaluate(GROUND)
    assert first == (DARK if dark else LIGHT)
    page.get_by_role("button", name="Light or dark").click()
    assert page.evaluate(GROUND) == other
    page.reload()
    assert page.evaluate(GROUND) == other
    page.get_by_role("button", name="Light or dark").click()
    page.reload()
    assert page.evaluate(GROUND) == first


def test_a_link_into_something_closed_opens_it(open_page, audit_html):
    page = open_page(audit_html, reduced_motion="reduce")
    link = page.evaluate_handle(
        """() => [...document.querySelectorAll("main a[href^='#study-']")].find((a) =>
          a.checkVisibility()
          && document.querySelector(a.getAttribute("href") + " > details:not([open])"))"""
    )
    place = page.locator(link.get_attribute("href"))
    inside = place.locator(":scope > details > .inside")
    assert not inside.is_visible()
    link.click()
    inside.wait_for(state="visible")
    assert 0 <= place.bounding_box()["y"] < 900


def words(page):
    """Every word of the report in order, without what the script adds: tools, the what-if."""
    page.evaluate(OPEN_ALL)
    page.evaluate("document.querySelectorAll('.filter, .if-panel').forEach((e) => e.remove())")
    return page.locator("main").inner_text().split()


def test_without_script_every_word_is_there(open_page, each_html):
    bare = words(open_page(each_html, script=False))
    assert len(bare) > 300
    assert bare == words(open_page(each_html))


def test_without_script_no_tool_stands_idle(open_page, each_html):
    page = open_page(each_html, script=False)
    assert page.locator(".tools").is_hidden()
    assert page.locator("button:visible, input:visible, select:visible").count() == 0
    assert page.locator("[hidden]:not(.tools, .if-panel)").count() == 0


def test_without_script_details_open_at_a_press(open_page, demo_html):
    page = open_page(demo_html, script=False)
    inside = page.get_by_text("said of the whole study")
    assert not inside.is_visible()
    page.get_by_text("How each number was read").click()
    assert inside.is_visible()
    page.keyboard.press("Enter")
    assert not inside.is_visible()


@pytest.mark.parametrize(("dark", "ground"), [(False, LIGHT), (True, DARK)])
def test_without_script_the_scheme_is_the_readers(open_page, demo_html, dark, ground):
    assert open_page(demo_html, dark=dark, script=False).evaluate(GROUND) == ground
