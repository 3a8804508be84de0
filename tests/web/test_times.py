"""EDTF is for machines and for who types it; a page says the same in words."""

import re

import pytest
from flask import Flask

from heritage.web.names import person_name
from heritage.web.times import time_text
from heritage.web.words import word
from tests.world import World, in_language, pages

# What stands in a field, in code or in an address is for machines; a hint shows how a time is typed.
_FOR_MACHINES = re.compile(
    r'<(code|pre|script|textarea|option|title)\b.*?</\1>|<span class="hint".*?</span>|<[^>]*>|https?://\S+', re.DOTALL
)
# A person whom the page names in the reader's words is isolated before the number.
_WRITTEN = re.compile(r"\b\d{4}-[0-9X]{2}(?:-[0-9X]{2})?\b(?!-\w)|(?<!\u2069) \(account \d+\)")


@pytest.mark.parametrize(
    ("edtf", "words"),
    [
        ("", ""),
        ("2015-05-20", "20 May 2015"),
        ("2015-05", "May 2015"),
        ("2015", "2015"),
        ("2015-05-2X", "20–29 May 2015"),
        ("2013/..", "from 2013 on"),
        ("../2013-07", "by July 2013"),
        ("2015-05-20~", "about 20 May 2015"),
        ("2015-05-20?", "20 May 2015, not certain"),
        ("around Easter", "\u2068around Easter\u2069"),
    ],
)
def test_a_written_time_reads_as_words(app: Flask, edtf: str, words: str) -> None:
    with app.test_request_context("/?lang=en"):
        assert time_text(edtf) == words


def test_whoever_the_record_names_is_named_in_the_readers_language(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        assert person_name("An officer (account 3)") == "An officer (account 3)"
        assert person_name("the scheduler") == "the scheduler"
    with app.test_request_context("/?lang=ar"):
        told = person_name("An officer (account 3)")
        # The name is isolated, so that it does not turn the words around it, and they run the page's way.
        assert told.startswith("\u200f\u2068An officer\u2069 (")
        assert told.endswith("\u00a03)")


@pytest.mark.xdist_group("every_page")
def test_no_page_shows_a_time_or_a_person_as_the_record_keeps_them(filled: World) -> None:
    found = {}
    for page in pages(filled):
        if page.name == "wrong-day":
            continue  # which says how a day is written
        text = _FOR_MACHINES.sub(" ", filled.get(page.who, in_language(page.path, "fr")))
        if kept := sorted(set(_WRITTEN.findall(text))):
            found[page.name] = kept
    assert found == {}


def test_how_a_condition_was_seen_is_said_in_words(app: Flask) -> None:
    with app.test_request_context("/?lang=en"):
        assert word("method", "satellite") == "satellite image"
        assert word("method", "by a guard, from the gate") == "by a guard, from the gate"
        assert word("method", "") == ""
