"""Marks on a time line, the version of a content, citations, and what is left of a kept version."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.dossier.domain import (
    Citation,
    Entry,
    Track,
    as_bibtex,
    as_csl,
    chronology,
    marks,
    still_public,
    version_of,
)

FIRST, LAST = date(2015, 1, 1), date(2015, 4, 10)  # a hundred days
DAYS = st.dates(date(2014, 1, 1), date(2016, 1, 1))


def entry(first: date | None, last: date | None, track: Track = Track.CLAIM) -> Entry:
    return Entry(track, first, last, "some day", "something")


@pytest.mark.parametrize(
    ("first", "last", "x", "width"),
    [
        (date(2015, 1, 1), date(2015, 1, 1), 0, 1),
        (date(2015, 1, 11), date(2015, 1, 20), 10, 10),
        (None, date(2015, 1, 10), 0, 10),
        (date(2015, 4, 1), None, 90, 10),
        (date(2013, 1, 1), date(2016, 1, 1), 0, 100),
    ],
)
def test_a_mark_lies_where_its_days_lie_and_an_open_end_reaches_the_edge(first, last, x, width):
    (mark,) = marks([entry(first, last)], FIRST, LAST)
    assert (mark.x, mark.width) == pytest.approx((x, width))


def test_what_lies_outside_or_has_no_time_is_not_drawn():
    outside = [entry(date(2014, 1, 1), date(2014, 12, 31)), entry(date(2015, 4, 11), None), entry(None, None)]
    assert marks(outside, FIRST, LAST) == []


@given(DAYS, st.integers(0, 900))
def test_no_mark_leaves_the_drawing_or_is_too_thin_to_be_seen(first, length):
    for mark in marks([entry(first, first + timedelta(days=length))], FIRST, LAST):
        assert 0 <= mark.x <= 100
        assert mark.width >= 0.4
        assert mark.x + mark.width <= 100.001


def test_the_list_has_the_newest_first_and_a_day_in_the_order_of_its_tracks():
    day = date(2015, 2, 1)
    rows = chronology(
        [entry(day, day), entry(day, day, Track.LEVEL), entry(date(2015, 3, 1), None), entry(None, FIRST)], FIRST, LAST
    )
    assert [(row.first, row.track) for row in rows] == [
        (date(2015, 3, 1), Track.CLAIM), (day, Track.LEVEL), (day, Track.CLAIM), (None, Track.CLAIM),
    ]  # fmt: skip


def test_a_version_depends_on_what_is_said_and_not_on_the_order_of_its_keys():
    assert version_of({"a": 1, "b": "ä"}) == version_of({"b": "ä", "a": 1})
    assert version_of({"a": 1}) != version_of({"a": 2})


CITED = Citation(
    "palmyra-1", "Ruins & {walls} of 100 %_#", "Heritage", "https://heritage.example/sites/p?as_of=2015-05-21&known_on=2015-05-21",
    "0123456789abcdef", date(2015, 5, 21), date(2015, 5, 21), date(2026, 1, 5), "en", "CC BY-SA 4.0 \\ UNESCO",
)  # fmt: skip


def test_bibtex_reads_no_command_in_a_name_and_keeps_the_address_as_it_is():
    text = as_bibtex(CITED)
    assert text.startswith("@online{palmyra-1,\n")
    assert r"title = {{Ruins \& \{walls\} of 100 \%\_\#}}" in text
    assert r"CC BY-SA 4.0 \textbackslash{} UNESCO" in text
    assert CITED.url in text
    assert "urldate = {2026-01-05}" in text


def test_csl_says_the_day_the_version_and_when_it_was_read():
    (item,) = as_csl(CITED)
    assert item["issued"] == {"date-parts": [[2015, 5, 21]]}
    assert item["accessed"] == {"date-parts": [[2026, 1, 5]]}
    assert (item["version"], item["URL"]) == (CITED.version, CITED.url)


def test_a_kept_version_is_shown_without_claims_that_are_no_longer_public():
    said = {"point": "control", "line": "Held by them", "rests": "two", "claims": [{"id": 1}, {"id": 2}]}
    alone = {"point": "other", "line": "x", "rests": "y", "claims": [{"id": 3}]}
    lanes = [{"track": "level"}, {"track": "claim"}]
    content = {"name": "N", "claims": [said, alone], "time": {"lanes": lanes, "entries": lanes}}
    left, gone = still_public(content, [1])
    assert gone == 2
    assert left["claims"] == [{"point": "control", "line": "", "rests": "", "claims": [{"id": 1}]}]
    assert left["time"]["lanes"] == left["time"]["entries"] == [{"track": "level"}]
    assert still_public(content, [1, 2, 3]) == (content, 0)
