"""What the style sheet and the small script do on any page, tried on pages of a few lines."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from heritage.web.assets import DIST, built_name
from heritage.web.tables import stacked

pytestmark = pytest.mark.browser
ADDRESS = "http://heritage.example/"
CELLS = """table => [...table.querySelectorAll('tbody td, tbody th')].map(cell => {
  const { left, right } = cell.getBoundingClientRect();
  return { out: left < 0 || right > innerWidth, named: getComputedStyle(cell, '::before').content };
})"""


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A phone without a network but for what a test hands it."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    yield context.new_page()
    context.close()


def _file(name: str) -> str:
    return (DIST / built_name(name)).read_text(encoding="utf-8")


def _page(main: str, language: str = "en", direction: str = "ltr") -> str:
    return (
        f'<!doctype html><html lang="{language}" dir="{direction}"><meta name="viewport" content="width=device-width">'
        + (f'<main id="main" class="frame">{main}</main><script type="module" src="/page.mjs"></script></html>')
    )


def _serve(page: Page, answers: list[str]) -> list[str]:
    """Answer with one page after the other, the last one again and again; gives how each was asked for."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        if route.request.url.endswith(".mjs"):
            route.fulfill(body=_file("page.mjs"), content_type="text/javascript")
            return
        asked.append(route.request.method)
        route.fulfill(body=answers.pop(0) if len(answers) > 1 else answers[0], content_type="text/html")

    page.route(f"{ADDRESS}**", answer)
    return asked


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl")])
def test_no_cell_of_a_wide_table_is_off_a_phone_and_each_is_named(phone: Page, language: str, direction: str) -> None:
    heads = "".join(f'<th scope="col">Column {n}</th>' for n in range(9))
    row = (
        '<tr><th scope="row">A long name of something</th>'
        + '<td class="nowrap">21 May 2015, 12:00 UTC</td>' * 8
        + "</tr>"
    )
    table = f'<div class="scroll-x"><table><thead><tr>{heads}</tr></thead><tbody>{row * 3}</tbody></table></div>'
    _serve(phone, [_page(str(stacked(table)), language, direction)])
    phone.goto(ADDRESS)
    phone.add_style_tag(content=_file("heritage.css"))
    cells = phone.locator("table").evaluate(CELLS)
    assert len(cells) == 27
    assert not [cell for cell in cells if cell["out"]]
    assert [cell["named"] for cell in cells[:9]] == [f'"Column {n}"' for n in range(9)]


def test_work_under_way_is_looked_at_again_until_it_is_done(phone: Page) -> None:
    under_way = '<div id="under-way" data-again>One run is under way.</div>'
    shown = '<p id="runs" data-live>{}</p><input id="typed">'
    asked = _serve(phone, [_page(under_way + shown.format("0 done")), _page(shown.format("1 done"))])
    phone.clock.install()
    phone.goto(ADDRESS)
    phone.locator("#typed").fill("kept")
    phone.clock.run_for(5_100)
    expect(phone.locator("#runs")).to_have_text("1 done")
    expect(phone.locator("#under-way")).to_have_count(0)
    assert phone.locator("#typed").input_value() == "kept"
    phone.clock.run_for(20_000)
    assert len(asked) == 2


def test_work_that_cannot_be_looked_at_again_is_not_called_done(phone: Page) -> None:
    lost = "<p data-lost hidden>The page cannot look.</p>"
    _serve(phone, [_page(f'<div id="under-way" data-again>One run is under way.{lost}</div>')])
    phone.clock.install()
    phone.goto(ADDRESS)
    expect(phone.locator("[data-lost]")).to_be_hidden()
    phone.route(ADDRESS, lambda route: route.abort())
    phone.clock.run_for(5_100)
    expect(phone.locator("[data-lost]")).to_be_visible()
    phone.unroute(ADDRESS)
    phone.clock.run_for(5_100)
    expect(phone.locator("[data-lost]")).to_be_hidden()
    expect(phone.locator("#under-way")).to_be_visible()


def test_a_form_that_takes_long_says_so_and_is_sent_once(phone: Page) -> None:
    note = "<div data-busy hidden>It is being read.</div>"
    sent: list[str] = []

    def taken(route: Route) -> None:
        sent.append(route.request.post_data or "")
        route.fulfill(status=204)

    _serve(phone, [_page(f'<form method="post"><button name="do" value="take">Take it</button>{note}</form>')])
    phone.goto(ADDRESS)
    phone.route(f"{ADDRESS}**", lambda route: taken(route) if route.request.method == "POST" else route.fallback())
    expect(phone.get_by_text("It is being read.")).to_be_hidden()
    phone.get_by_role("button").click()
    expect(phone.get_by_text("It is being read.")).to_be_visible()
    expect(phone.get_by_role("button")).to_be_disabled()
    phone.get_by_role("button").evaluate("button => button.click()")
    assert sent == ["do=take"]
