"""The comparison of two days: what rose, what burns, what eased, and what silence is worth."""

from datetime import date
from typing import Any

import pytest

from heritage.alerts.domain import Change, FeedLine
from heritage.feeds.countries import country_code


def test_levels_of_two_days_are_told_as_risen_burning_and_eased(made: Any) -> None:
    now = [made.site("Palmyra", 4), made.site("Villages", 2), made.site("Bosra", 1)]
    then = [made.site("Villages", 2), made.site("Bosra", 3), made.site("Aleppo", 1)]
    found = made.summary(now, then)
    assert [(e.site.name, e.before, e.level) for e in found.rose] == [("Palmyra", 0, 4)]
    assert [(e.site.name, e.before, e.level) for e in found.burning] == [("Villages", 2, 2)]
    assert [(e.site.name, e.before, e.level) for e in found.eased] == [("Bosra", 3, 1), ("Aleppo", 1, 0)]


def test_highest_level_comes_first(made: Any) -> None:
    found = made.summary([made.site("B", 1), made.site("A", 1), made.site("C", 4)], [])
    assert [entry.site.name for entry in found.rose] == ["C", "A", "B"]


def test_reports_known_after_the_earlier_day_are_news(made: Any) -> None:
    entry = made.summary([made.site("Palmyra", 4, made.tadmur, made.kafranbel)], []).rose[0]
    assert [reason.report.place_name for reason in entry.news(made.before)] == ["Tadmur"]


def test_sites_whose_place_is_not_public_are_only_counted(made: Any) -> None:
    hidden = [made.site("Secret tell", 3, made.tadmur, public=False), made.site("Secret cave", 3, public=False)]
    found = made.summary(hidden, [])
    assert found.rose == ()
    assert [(w.country, w.level, w.change, w.sites) for w in found.withheld] == [("SY", 3, Change.ROSE, 2)]
    assert found.quiet_sites == 13


def test_quiet_sites_are_those_in_force_without_a_level(made: Any) -> None:
    found = made.summary([made.site("Palmyra", 4)], [made.site("Aleppo", 1)])
    assert found.quiet_sites == 14
    assert {line.country: line.sites for line in found.quiet} == {"SY": 5, "IQ": 5, "ML": 4}


def test_silence_is_told_apart_by_the_data_it_rests_on(made: Any) -> None:
    found = made.summary([], [])
    assert [line.country for line in found.known_quiet] == ["SY"]
    assert [line.country for line in found.outdated_quiet] == ["IQ"]
    assert [line.country for line in found.unknown_quiet] == ["ML"]


@pytest.mark.parametrize(("newest", "stale"), [(date(2015, 5, 7), False), (date(2015, 5, 6), True), (None, True)])
def test_a_feed_is_stale_when_its_newest_event_is_two_weeks_old(newest: date | None, stale: bool) -> None:
    assert FeedLine("f", None, 1, newest, newest, ()).is_stale(date(2015, 5, 21)) is stale


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Syria", "SY"),
        ("SY", "SY"),
        ("Yemen (North Yemen)", "YE"),
        ("DR Congo (Zaire)", "CD"),
        ("Bosnia-Herzegovina", "BA"),
        ("Turkey", "TR"),
        ("Atlantis", None),
    ],
)
def test_a_country_of_a_feed_is_found_in_the_register(name: str, code: str | None) -> None:
    assert country_code(name) == code
