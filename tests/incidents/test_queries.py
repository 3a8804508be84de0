"""Reads: by day, by feed, by incident."""

from collections.abc import Callable
from datetime import date

import pytest
from sqlmodel import Session

from heritage.audit.imports import ImportReport
from heritage.core.errors import NotFound
from heritage.incidents.queries import (
    count_incidents,
    feed_summary,
    get_incident,
    latest_event_days,
    list_incidents,
    list_versions,
)

Take = Callable[..., ImportReport]
LATER = {"id": 2, "date_start": "2017-05-01", "date_end": "2017-05-03", "source_date": "2017-05-04"}


def test_days_bound_what_is_listed_and_counted(take: Take, session: Session) -> None:
    take({"id": 1}, LATER)
    assert [row.event_id for row in list_incidents(session)] == ["2", "1"]
    assert [row.event_id for row in list_incidents(session, since=date(2017, 5, 3))] == ["2"]
    assert [row.event_id for row in list_incidents(session, until=date(2017, 4, 30))] == ["1"]
    assert count_incidents(session, since=date(2017, 5, 4)) == 0
    assert count_incidents(session, known_on=date(2017, 5, 3)) == 1
    assert count_incidents(session, feed="starter") == 0


def test_incident_is_shown_with_all_its_versions(take: Take, session: Session) -> None:
    take({"id": 1, "best": 3}, release="19.1")
    take({"id": 1, "best": 9}, release="22.1")
    (row,) = list_incidents(session)
    (now,) = get_incident(session, row.incident_id)
    (then,) = get_incident(session, row.incident_id, known_on=date(2020, 1, 1))
    assert (then.fatalities_best, now.fatalities_best) == (3, 9)
    assert [version.release for version in list_versions(session, row.incident_id)] == ["19.1", "22.1"]


def test_incident_that_was_not_known_yet_is_not_found(take: Take, session: Session) -> None:
    take({"id": 1})
    (row,) = list_incidents(session)
    with pytest.raises(NotFound):
        get_incident(session, row.incident_id, known_on=date(2016, 3, 1))


def test_withdrawn_incident_is_found_and_says_so(take: Take, session: Session) -> None:
    take({"id": 1}, LATER, release="19.1")
    (kept, _) = list_incidents(session)
    take({"id": 1}, release="22.1", complete=True)
    take(LATER | {"id": 3}, release="25.1", complete=True)
    (row,) = get_incident(session, kept.incident_id)
    assert row.withdrawn


def test_feed_says_what_it_covers(take: Take, session: Session) -> None:
    take({"id": 1}, LATER | {"country": "Ukraine"}, release="22.1")
    (feed,) = feed_summary(session)
    assert (feed.feed, feed.release, feed.events, list(feed.countries)) == ("ucdp", "22.1", 2, ["Syria", "Ukraine"])
    assert (feed.first_event_on, feed.newest_event_on) == (date(2016, 3, 1), date(2017, 5, 3))
    assert feed.last_import_at is not None
    assert latest_event_days(session, known_on=date(2016, 12, 31)) == {"ucdp": date(2016, 3, 1)}
