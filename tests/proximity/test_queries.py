"""What lies near a site: each event once, with the part it is nearest to, as known on a day."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range
from sqlmodel import Session

from heritage.incidents.domain import EventKind, LocationPrecision, Reliability, TimePrecision
from heritage.incidents.models import Event, EventRelease, EventVersion, Place
from heritage.proximity.queries import count_near_site, list_near_site, list_sites_near_incident
from heritage.proximity.service import match_pending
from heritage.sites.models import Part, Site


def an_event(session: Session, number: int, place: Place, occurred_on: date, known_on: date, **more: Any) -> None:
    event = Event(feed="test", event_id=str(number), incident_id=number)
    session.add(event)
    session.flush()
    known_at = datetime(known_on.year, known_on.month, known_on.day, 12, tzinfo=UTC)
    values: dict[str, Any] = {
        "event": event.id, "release_id": release_id(session), "fetched_at": known_at, "known_at": known_at,
        "place_id": place.id, "lon": place.lon, "lat": place.lat, "radius_km": place.radius_km,
        "location_precision": LocationPrecision.EXACT, "time_precision": TimePrecision.DAY,
        "occurred_from": occurred_on, "occurred_to": occurred_on, "kind": EventKind.FIGHTING,
        "reliability": Reliability.B, "credibility": 2, "digest": 0, "recorded_at": known_at,
    }  # fmt: skip
    session.add(EventVersion(**(values | more)))
    session.flush()


def release_id(session: Session) -> int:
    known = session.scalar(sa.text("select id from event_release"))
    if known is None:
        release = EventRelease(feed="test", release="1", rank=[1])
        session.add(release)
        session.flush()
        known = release.id
    assert known is not None
    return int(known)


def a_place(session: Session, lon: float) -> Place:
    place = Place(lon=lon, lat=34.0, radius_km=1.0)
    session.add(place)
    session.flush()
    return place


@pytest.fixture
def site_id(session: Session) -> int:
    """A site with two parts, west and east, and three events: near the west, near the east, later known."""
    site = Site(
        register="whc", register_ref="23", slug="site", name="Site", name_folded="site",
        listed=Range(date(1980, 1, 1), None), search="",
    )  # fmt: skip
    session.add(site)
    session.flush()
    assert site.id is not None
    session.add(Part(site_id=site.id, ref="west", lon=38.0, lat=34.0))
    session.add(Part(site_id=site.id, ref="east", lon=38.2, lat=34.0))
    west, east = a_place(session, 38.01), a_place(session, 38.25)
    an_event(session, 1, west, date(2015, 5, 18), date(2015, 5, 19))
    an_event(session, 2, east, date(2015, 5, 20), date(2015, 5, 21))
    an_event(session, 3, west, date(2015, 5, 17), date(2016, 1, 1))
    match_pending(session, 50)
    return site.id


def test_each_event_comes_once_with_its_nearest_part_newest_first(session: Session, site_id: int) -> None:
    rows = list_near_site(session, site_id)
    assert [(row.incident_id, row.part_ref) for row in rows] == [(2, "east"), (1, "west"), (3, "west")]
    assert rows[1].distance_km == pytest.approx(0.92, abs=0.01)
    assert count_near_site(session, site_id) == 3


def test_what_was_not_known_yet_is_not_listed(session: Session, site_id: int) -> None:
    rows = list_near_site(session, site_id, known_on=date(2015, 5, 20))
    assert [row.incident_id for row in rows] == [1]


def test_days_distance_and_limit_narrow_the_list(session: Session, site_id: int) -> None:
    assert [r.incident_id for r in list_near_site(session, site_id, since=date(2015, 5, 19))] == [2]
    assert [r.incident_id for r in list_near_site(session, site_id, until=date(2015, 5, 17))] == [3]
    assert [r.incident_id for r in list_near_site(session, site_id, within_km=2)] == [1, 3]
    assert [r.incident_id for r in list_near_site(session, site_id, nearest_first=True, limit=1)] == [1]
    assert count_near_site(session, site_id, within_km=2, until=date(2015, 5, 17)) == 1


def test_sites_near_an_incident_come_once(session: Session, site_id: int) -> None:
    rows = list_sites_near_incident(session, 1)
    assert [(row.site_id, row.part_ref) for row in rows] == [(site_id, "west")]
    assert list_sites_near_incident(session, 99) == []
