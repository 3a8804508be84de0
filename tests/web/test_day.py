"""The day of a page: what the address may say and what it means."""

from datetime import date

import pytest
from flask import Flask, request

from heritage.core.errors import InvalidInput
from heritage.web.day import Day, parse_day, read_day

TODAY = date(2026, 1, 5)


def _read(query: str, replay: date | None = None) -> Day:
    with Flask("test").test_request_context("/?" + query):
        return read_day(request, TODAY, replay)


def test_day_is_today_unless_asked() -> None:
    assert _read("") == Day(TODAY, TODAY, TODAY, TODAY)


def test_replay_opens_on_its_day_and_later_days_can_still_be_reached() -> None:
    day = _read("", date(2015, 5, 21))
    assert day.as_of == date(2015, 5, 21)
    assert day.after == date(2015, 5, 22)


def test_known_on_is_the_day_itself_so_nothing_leaks_back() -> None:
    assert _read("as_of=2015-05-20").known_on == date(2015, 5, 20)


def test_hindsight_is_said() -> None:
    assert not _read("as_of=2015-05-20").hindsight
    assert _read("as_of=2015-05-20&known_on=2016-01-01").hindsight


def test_tomorrow_cannot_be_stepped_to() -> None:
    assert _read("").after is None
    assert _read("as_of=2026-01-04").after == TODAY


@pytest.mark.parametrize("text", ["x", "2015-5-1", "20150521", "2015-02-30", "0001-01-01", "9999-12-31", "2015-W21-4"])
def test_what_is_no_day_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidInput, match="as_of"):
        parse_day(text, "as_of")
