"""The stored nearness follows places and component parts, touches nothing else, and a second run does nothing."""

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range
from sqlmodel import Session

from heritage.db.engine import Database
from heritage.incidents.models import Place
from heritage.proximity.service import MatchReport, match_pending
from heritage.sites.models import Part, Site

NOTHING = MatchReport(0, 0, 0, 0)


def a_site(session: Session, ref: str = "23") -> Site:
    site = Site(
        register="whc", register_ref=ref, slug=f"site-{ref}", name=f"Site {ref}", name_folded=f"site {ref}",
        listed=Range(date(1980, 1, 1), None), search="",
    )  # fmt: skip
    session.add(site)
    session.flush()
    return site


def a_part(session: Session, site: Site, ref: str, lon: float | None, lat: float | None, **more: Any) -> int:
    assert site.id is not None
    part = Part(site_id=site.id, ref=ref, lon=lon, lat=lat, **more)
    session.add(part)
    session.flush()
    assert part.id is not None
    return part.id


def a_place(session: Session, lon: float, lat: float, radius_km: float = 1.0) -> int:
    place = Place(lon=lon, lat=lat, radius_km=radius_km)
    session.add(place)
    session.flush()
    assert place.id is not None
    return place.id


def stored(session: Session) -> list[sa.Row[Any]]:
    return list(session.execute(sa.text("select * from proximity order by place_id, part_id")).all())


def square(lon: float, lat: float, half_deg: float) -> dict[str, Any]:
    west, east, south, north = lon - half_deg, lon + half_deg, lat - half_deg, lat + half_deg
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def test_match_pending_stores_pairs_within_reach_with_their_range_and_bearing(session: Session) -> None:
    site = a_site(session)
    near = a_part(session, site, "23", 38.267, 34.556, extent_km=2.0)
    a_part(session, site, "far", 40.0, 34.556)
    place = a_place(session, 38.367, 34.556, 5.0)
    assert match_pending(session, 50) == MatchReport(1, 2, 1, 0)
    (row,) = stored(session)
    assert (row.place_id, row.part_id) == (place, near)
    assert row.distance_km == pytest.approx(9.177, abs=0.002)
    assert row.low_km == pytest.approx(row.distance_km - 7)
    assert row.high_km == pytest.approx(row.distance_km + 7)
    assert row.bearing_deg == pytest.approx(90, abs=0.1)
    assert row.in_buffer_zone is False


def test_a_second_match_changes_nothing(session: Session) -> None:
    a_part(session, a_site(session), "23", 38.267, 34.556)
    a_place(session, 38.3, 34.5)
    match_pending(session, 50)
    before = stored(session)
    assert match_pending(session, 50) == NOTHING
    assert stored(session) == before


def test_a_lower_bound_is_never_below_zero(session: Session) -> None:
    a_part(session, a_site(session), "23", 38.267, 34.556, extent_km=3.0)
    a_place(session, 38.268, 34.556, 5.0)
    match_pending(session, 50)
    assert stored(session)[0].low_km == 0


def test_a_new_place_is_matched_with_all_parts_and_old_pairs_stay(session: Session) -> None:
    a_part(session, a_site(session), "23", 38.267, 34.556)
    a_place(session, 38.3, 34.5)
    match_pending(session, 50)
    a_place(session, 38.4, 34.5)
    assert match_pending(session, 50) == MatchReport(1, 0, 1, 0)
    assert len(stored(session)) == 2


def test_a_moved_part_is_matched_again_and_others_are_left_alone(session: Session) -> None:
    site = a_site(session)
    moved = a_part(session, site, "1", 38.267, 34.556)
    a_part(session, site, "2", 38.2, 34.5)
    a_place(session, 38.3, 34.5)
    match_pending(session, 50)
    session.execute(sa.text("update part set lon = 38.5, matched_reach_km = null where id = :id"), {"id": moved})
    assert match_pending(session, 50) == MatchReport(0, 1, 1, 1)
    distances = {row.part_id: row.distance_km for row in stored(session)}
    assert distances[moved] == pytest.approx(19.4, abs=0.2)


def test_a_part_moved_out_of_reach_loses_its_pairs(session: Session) -> None:
    moved = a_part(session, a_site(session), "1", 38.267, 34.556)
    a_place(session, 38.3, 34.5)
    match_pending(session, 50)
    session.execute(sa.text("update part set lat = 10, matched_reach_km = null where id = :id"), {"id": moved})
    assert match_pending(session, 50) == MatchReport(0, 1, 0, 1)
    assert stored(session) == []


def test_another_reach_matches_everything_again(session: Session) -> None:
    a_part(session, a_site(session), "1", 38.267, 34.556)
    a_place(session, 38.3, 34.5)
    a_place(session, 38.5, 34.5)
    match_pending(session, 50)
    assert match_pending(session, 10) == MatchReport(2, 1, 1, 2)


def test_a_withdrawn_part_gets_no_new_pairs_and_keeps_the_old(session: Session) -> None:
    part = a_part(session, a_site(session), "1", 38.267, 34.556)
    a_place(session, 38.3, 34.5)
    match_pending(session, 50)
    session.execute(sa.text("update part set withdrawn_on = '2020-01-01' where id = :id"), {"id": part})
    a_place(session, 38.4, 34.5)
    assert match_pending(session, 50).pairs == 0
    assert len(stored(session)) == 1


def test_a_part_without_a_position_is_no_obstacle(session: Session) -> None:
    a_part(session, a_site(session), "1", None, None)
    a_place(session, 38.3, 34.5)
    assert match_pending(session, 50) == MatchReport(1, 1, 0, 0)
    assert match_pending(session, 50) == NOTHING


def test_distance_is_to_the_boundary_where_there_is_one(session: Session) -> None:
    site = a_site(session)
    a_part(session, site, "1", 38.0, 34.0, extent_km=99.0, boundary=square(38, 34, 0.1))
    inside, outside = a_place(session, 38.05, 34.05, 2.0), a_place(session, 38.2, 34.0, 2.0)
    beyond = a_place(session, 38.0 + 0.1 + 0.55, 34.0, 2.0)
    match_pending(session, 50)
    rows = {row.place_id: row for row in stored(session)}
    assert beyond not in rows
    assert (rows[inside].distance_km, rows[inside].low_km, rows[inside].high_km) == (0, 0, 2)
    assert rows[outside].distance_km == pytest.approx(9.24, abs=0.01)
    assert rows[outside].high_km == pytest.approx(rows[outside].distance_km + 2)
    assert rows[outside].bearing_deg == pytest.approx(90, abs=0.2)


def test_a_place_in_the_legal_buffer_zone_is_marked(session: Session) -> None:
    a_part(session, a_site(session), "1", 38.0, 34.0, buffer_zone=square(38, 34, 0.1))
    inside, outside = a_place(session, 38.05, 34.05), a_place(session, 38.2, 34.0)
    match_pending(session, 50)
    assert {row.place_id: row.in_buffer_zone for row in stored(session)} == {inside: True, outside: False}


def test_an_unusable_boundary_leaves_the_part_with_its_point(session: Session) -> None:
    a_part(session, a_site(session), "1", 38.0, 34.0, boundary={"type": "Polygon", "coordinates": []}, extent_km=1.0)
    a_place(session, 38.1, 34.0)
    match_pending(session, 50)
    assert stored(session)[0].distance_km == pytest.approx(9.24, abs=0.01)


def test_pairs_across_the_antimeridian_are_found(session: Session) -> None:
    a_part(session, a_site(session), "1", 179.95, -17.0)
    a_part(session, a_site(session, "2"), "2", None, None, boundary=square(179.98, -17.0, 0.05))
    a_place(session, -179.95, -17.0)
    match_pending(session, 50)
    assert [round(row.distance_km, 1) for row in stored(session)] == [10.6, 2.1]


@pytest.mark.parametrize("owner", ["part", "place", "site"])
def test_pairs_go_with_their_part_or_place(session: Session, owner: str) -> None:
    a_part(session, a_site(session), "1", 38.0, 34.0)
    a_part(session, a_site(session, "2"), "2", 38.0, 34.0)
    first = a_place(session, 38.1, 34.0)
    a_place(session, 38.2, 34.0)
    match_pending(session, 50)
    part, site = session.execute(sa.text("select id, site_id from part order by id limit 1")).one()
    gone = first if owner == "place" else part
    session.execute(sa.text(f"delete from {owner} where id = :id"), {"id": site if owner == "site" else gone})
    left = stored(session)
    assert len(left) == 2
    assert all((row.place_id if owner == "place" else row.part_id) != gone for row in left)


def test_a_failed_transaction_leaves_everything_pending(database: Database) -> None:
    with database.session() as session:
        a_part(session, a_site(session), "1", 38.0, 34.0)
        a_place(session, 38.1, 34.0)
    with Session(database.engine) as session:
        match_pending(session, 50)
        session.rollback()
    with database.session() as session:
        assert stored(session) == []
        assert match_pending(session, 50) == MatchReport(1, 1, 1, 0)


@pytest.mark.parametrize("reach_km", [0.0, -1.0, float("nan")])
def test_a_reach_that_is_none_is_refused(session: Session, reach_km: float) -> None:
    with pytest.raises(ValueError, match="radius"):
        match_pending(session, reach_km)
