"""Dates that are not days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.core.dates import Trilean, covers, during, parse_edtf
from heritage.core.errors import InvalidInput


def d(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2015-05-20", "2015-05-20", "2015-05-20"),
        ("2015-05", "2015-05-01", "2015-05-31"),
        ("2015", "2015-01-01", "2015-12-31"),
        ("2015-05-20?", "2015-05-20", "2015-05-20"),
        ("2013~", "2013-01-01", "2013-12-31"),
        ("2012/2013", "2012-01-01", "2013-12-31"),
        ("201X", "2010-01-01", "2019-12-31"),
        ("2015-05-XX", "2015-05-01", "2015-05-31"),
        ("2004-02-XX", "2004-02-01", "2004-02-29"),
        ("2015-21", "2015-03-01", "2015-05-31"),
        ("2015-24", "2015-12-01", "2016-02-29"),
        ("2015-?05", "2015-05-01", "2015-05-31"),
        ("[2015-05-20,2015-05-21]", "2015-05-20", "2015-05-21"),
        ("{2010..2012,2015}", "2010-01-01", "2015-12-31"),
        ("1985-04-12T23:20:30+05:00", "1985-04-12", "1985-04-12"),
        (" 199u ", "1990-01-01", "1999-12-31"),
    ],
)
def test_a_text_is_bounded_by_its_first_and_last_possible_day(text: str, earliest: str, latest: str) -> None:
    found = parse_edtf(text)
    assert (found.earliest, found.latest, found.raw) == (d(earliest), d(latest), text)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2013/..", "2013-01-01", None),
        ("2013/", "2013-01-01", None),
        ("2013/open", "2013-01-01", None),
        ("../2005", None, "2005-12-31"),
        ("/2005", None, "2005-12-31"),
        ("[..2004-04-30]", None, "2004-04-30"),
        ("[2004-04-30..]", "2004-04-30", None),
    ],
)
def test_an_open_end_has_no_bound(text: str, earliest: str | None, latest: str | None) -> None:
    found = parse_edtf(text)
    assert (found.earliest, found.latest) == (earliest and d(earliest), latest and d(latest))


def test_a_set_without_brackets_is_taken_and_written_rightly() -> None:
    found = parse_edtf("..2004-04-30")
    assert (found.text, found.raw, found.earliest, found.latest) == (
        "[..2004-04-30]",
        "..2004-04-30",
        None,
        d("2004-04-30"),
    )


@pytest.mark.parametrize(
    ("text", "uncertain", "approximate"),
    [("2013?", True, False), ("2013~", False, True), ("2013%", True, True), ("2015-?05", True, False)],
)
def test_qualifiers_are_kept(text: str, uncertain: bool, approximate: bool) -> None:
    found = parse_edtf(text)
    assert (found.uncertain, found.approximate) == (uncertain, approximate)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "foo", "2015-13", "2015-02-30", "2015-21-03", "2015/2013", "[2015..2013]", "..", "/", "20155"]
    + ["x" * 300, "2015-5-1", "1985-04-12T25:00:00", "2015/2016/2017"],
)
def test_what_is_no_date_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_edtf(text)


@pytest.mark.parametrize("text", ["-0040", "0000", "0000-05"])
def test_years_before_one_are_refused_and_say_so(text: str) -> None:
    with pytest.raises(InvalidInput, match="years before 1"):
        parse_edtf(text)


@given(st.text(alphabet="0123456789-/.,[]{}?~%XuTZ: ", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse_edtf(text)
    except InvalidInput:
        return
    assert found.earliest is None or found.latest is None or found.earliest <= found.latest


@given(st.dates(min_value=date(1, 1, 1)))
def test_a_day_reads_back_as_itself(day: date) -> None:
    found = parse_edtf(day.isoformat())
    assert found.is_day
    assert covers(found, day) == Trilean.YES


@pytest.mark.parametrize(
    ("text", "day", "answer"),
    [
        ("2012/2014", "2013-06-01", Trilean.YES),
        ("2012/2014", "2012-06-01", Trilean.UNCERTAIN),
        ("2012/2014", "2014-06-01", Trilean.UNCERTAIN),
        ("2012/2014", "2015-01-01", Trilean.NO),
        ("2013/..", "2026-01-01", Trilean.YES),
        ("2013/", "2026-01-01", Trilean.UNCERTAIN),
        ("2013", "2013-06-01", Trilean.UNCERTAIN),
        ("2013", "2014-01-01", Trilean.NO),
        ("2013-06-01", "2013-06-01", Trilean.YES),
        ("2013-06-01?", "2013-06-01", Trilean.UNCERTAIN),
    ],
)
def test_a_question_to_a_date_may_be_uncertain(text: str, day: str, answer: Trilean) -> None:
    assert covers(parse_edtf(text), d(day)) == answer


BEGAN = (date(2013, 1, 1), date(2013, 12, 31))


@pytest.mark.parametrize(
    ("day", "ended", "answer"),
    [
        (date(2012, 12, 31), None, Trilean.NO),
        (date(2013, 6, 1), None, Trilean.UNCERTAIN),
        (date(2013, 12, 31), None, Trilean.YES),
        (date(2014, 12, 31), (date(2015, 7, 8), date(2015, 7, 8)), Trilean.YES),
        (date(2015, 7, 8), (date(2015, 7, 8), date(2015, 7, 8)), Trilean.NO),
        (date(2015, 7, 7), (date(2015, 7, 8), date(2015, 7, 8)), Trilean.YES),
        (date(2015, 7, 7), (date(2015, 1, 1), date(2015, 12, 31)), Trilean.UNCERTAIN),
        (date(2015, 7, 7), (None, None), Trilean.UNCERTAIN),
    ],
)
def test_a_state_holds_between_its_turns(
    day: date, ended: tuple[date | None, date | None] | None, answer: Trilean
) -> None:
    assert during(day, BEGAN, ended) == answer


def test_an_unknown_beginning_never_says_no() -> None:
    assert during(date(1900, 1, 1), (None, None)) == Trilean.UNCERTAIN
