"""Every page there is: in the list that tests walk, answering, with one heading, a title and no style of its own."""

import re

import pytest

from tests.world import ALSO_SEEN_BY, NO_PAGES, PAGES, World, in_language, pages

pytestmark = pytest.mark.xdist_group("every_page")  # which shares the filled program


def test_every_address_that_can_be_asked_for_is_walked_or_is_no_page(filled: World) -> None:
    """A page added to the program is added to the walk, or fails here."""
    asked = {rule.endpoint for rule in filled.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    walked = {page.endpoint for page in PAGES}
    assert asked - walked - NO_PAGES == set(), "add them to PAGES of tests/world.py, or to its NO_PAGES"
    assert walked & NO_PAGES == set()


def test_every_page_answers_with_one_heading_a_title_and_the_way_on(filled: World) -> None:
    wrong = []
    for page in pages(filled, (*PAGES, *ALSO_SEEN_BY)):
        answer = filled.clients[page.who].get(page.path)
        text = answer.get_data(as_text=True)
        title = re.search(r"<title>(.*?)</title>", text, re.DOTALL)
        holds = {
            "status": answer.status_code == page.status,
            "one heading": text.count("<h1") == 1,
            "title": bool(title and title[1].split(" · ")[0].strip()),
            "navigation": "<nav " in text and 'href="/sites' in text,
            "no style of its own": not re.search(r"<style|\sstyle=", text),
        }
        wrong += [f"{page.name}: {what} ({answer.status_code})" for what, held in holds.items() if not held]
    assert wrong == []


def test_every_page_is_the_readers_language_and_direction(filled: World) -> None:
    for page in pages(filled):
        text = filled.get(page.who, in_language(page.path, "ar"))
        assert '<html lang="ar" dir="rtl">' in text, page.name
