"""Rough times in three languages: what they mean, and that what is not understood is not guessed."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heritage.core.rough_dates import read_rough

THURSDAY = date(2015, 5, 21)


@pytest.mark.parametrize(
    ("said", "edtf"),
    [
        ("today about noon", "2015-05-21"), ("yesterday evening", "2015-05-20"), ("last night", "2015-05-20"),
        ("two hours ago", "2015-05-21"), ("this morning at 8", "2015-05-21"), ("noon", "2015-05-21"),
        ("last week", "2015-05-11~/2015-05-17~"), ("this week", "2015-05-18~/2015-05-21~"),
        ("a week ago", "2015-05-14~"), ("about 10 days ago", "2015-05-11~"),
        ("a few days ago", "2015-05-14~/2015-05-19~"), ("20 May", "2015-05-20"), ("May 20th, 2015", "2015-05-20"),
        ("1 June", "2014-06-01?"), ("on Wednesday", "2015-05-20?"), ("Thursday", "2015-05-21?"),
        ("last Thursday", "2015-05-14?"), ("Wednesday 20 May 2015", "2015-05-20"), ("20/05/2015", "2015-05-20"),
        ("3/4/2015", "2015-04-03?"), ("5/20/2015", "2015-05-20"), ("20.5.15", "2015-05-20"), ("around 2013", "2013~"),
        ("perhaps 2013", "2013?"), ("perhaps about 2013", "2013%"), ("2013 or 2014", "[2013,2014]"),
        ("between 18 and 20 May 2015", "2015-05-18/2015-05-20"), ("20-22 May 2014", "2014-05-20/2014-05-22"),
        ("since 2013", "2013/.."), ("since yesterday", "2015-05-20/.."), ("before 2010", "../2010"),
        ("early May 2015", "2015-05-01~/2015-05-10~"), ("spring 2015", "2015-21"), ("in May", "2015-05"),
        ("in June", "2014-06"), ("last month", "2015-04"), ("last year", "2014"), ("2015-05-20", "2015-05-20"),
        ("2015-05-XX", "2015-05-XX"), ("tomorrow", "2015-05-22"),
        ("aujourd’hui vers midi", "2015-05-21"), ("hier soir", "2015-05-20"), ("ce matin à 8h30", "2015-05-21"),
        ("avant-hier", "2015-05-19"), ("il y a trois jours", "2015-05-18"), ("le 20 mai", "2015-05-20"),
        ("la semaine dernière", "2015-05-11~/2015-05-17~"), ("mercredi dernier", "2015-05-20?"),
        ("vers 2013", "2013~"), ("entre le 18 et le 20 mai 2015", "2015-05-18/2015-05-20"),
        ("début mai 2015", "2015-05-01~/2015-05-10~"), ("depuis hier", "2015-05-20/.."),
        ("اليوم حوالي الظهر", "2015-05-21"), ("أمس مساءً", "2015-05-20"), ("صباح اليوم", "2015-05-21"),
        ("قبل يومين", "2015-05-19"), ("قبل ثلاثة أيام", "2015-05-18"), ("الأسبوع الماضي", "2015-05-11~/2015-05-17~"),
        ("٢٠ أيار ٢٠١٥", "2015-05-20"), ("20 مايو", "2015-05-20"), ("حوالي 2013", "2013~"),
        ("يوم الأربعاء", "2015-05-20?"), ("منذ أسبوعين", "2015-05-07~"),
        ("بين 18 و20 أيار 2015", "2015-05-18/2015-05-20"),
    ],
)  # fmt: skip
def test_rough_time_is_understood(said: str, edtf: str) -> None:
    found = read_rough(said, THURSDAY)
    assert found is not None
    assert (found.text, found.raw.strip()) == (edtf, said if not said[0].isdigit() else found.raw.strip())


@pytest.mark.parametrize("said", ["", "  ", "soon", "when the storks left", "31 February", "the 20th", "x" * 300, "99"])
def test_what_is_not_understood_is_not_guessed(said: str) -> None:
    assert read_rough(said, THURSDAY) is None


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_no_text_makes_it_fail(said: str) -> None:
    read_rough(said, THURSDAY)


@pytest.mark.parametrize("today", [date(2016, 2, 29), date(2015, 1, 1), date(2015, 12, 31), date(2400, 3, 1)])
@pytest.mark.parametrize("said", ["29 February", "yesterday", "last month", "last year", "in February", "31/12"])
def test_edges_of_the_calendar_hold(said: str, today: date) -> None:
    found = read_rough(said, today)
    assert found is not None
    assert found.earliest is not None
    assert found.earliest <= today
