"""The register by hand."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from heritage.core.dates import Trilean
from heritage.core.errors import AlreadyRecorded, Conflict, InvalidInput, NotFound, UnusableField
from heritage.sites import queries, service
from heritage.sites.domain import ConditionState
from heritage.sites.service import Act

ACT = Act(datetime(2026, 11, 22, 12, tzinfo=UTC))
SQUARE = {"type": "Polygon", "coordinates": [[[38.2, 34.5], [38.3, 34.5], [38.3, 34.6], [38.2, 34.5]]]}


@pytest.fixture
def site_id(session: Session) -> int:
    slug = service.create_site(
        session, ACT, name="Tell Somewhere", states_parties=["sy"], lon=38.0, lat=34.0, area_ha=100.0
    )
    return queries.get_site(session, slug).id or 0


def refs(session: Session, site_id: int) -> list[str]:
    return [part.ref for part in queries.parts_of(session, site_id)]


def test_a_place_made_by_hand_has_an_address_a_part_and_can_be_found(session: Session, site_id: int) -> None:
    site = queries.get_site(session, "tell-somewhere")
    assert (site.register, site.states_parties, site.lon) == ("own", ["SY"], 38.0)
    assert refs(session, site_id) == [site.register_ref]
    found = queries.list_sites(session, today=date(2026, 11, 22), query="somewher")
    assert [row.id for row in found.rows] == [site_id]


def test_the_same_reference_twice_is_refused(session: Session) -> None:
    service.create_site(session, ACT, name="A", ref="7")
    with pytest.raises(AlreadyRecorded):
        service.create_site(session, ACT, name="B", ref="7")


@pytest.mark.parametrize(("lon", "lat"), [(38.0, 95.0), (None, 34.0), (float("nan"), 3.0)])
def test_an_impossible_position_is_refused(session: Session, lon: float | None, lat: float) -> None:
    with pytest.raises(InvalidInput):
        service.create_site(session, ACT, name="A", lon=lon, lat=lat)


def test_a_renamed_place_keeps_address_and_former_name(session: Session, site_id: int) -> None:
    service.edit_site(session, ACT, site_id, name="Tell Elsewhere", area_ha=400.0)
    session.expire_all()
    site = queries.get_site(session, "tell-somewhere")
    assert site.name == "Tell Elsewhere"
    assert {n.text: str(n.kind) for n in queries.names_of(session, site_id)} == {
        "Tell Elsewhere": "official",
        "Tell Somewhere": "former",
    }
    assert queries.parts_of(session, site_id)[0].extent_km == pytest.approx(1.128, abs=0.001)
    assert queries.list_sites(session, today=date(2026, 1, 1), query="elsewhere").total == 1


def test_an_edit_is_remembered_with_what_was_before(session: Session, site_id: int) -> None:
    service.edit_site(session, ACT, site_id, region="Homs")
    (change,) = queries.changes_of(session, site_id=site_id)
    assert (change.field, change.old, change.new, change.import_id) == ("region", "", "Homs", None)


def test_an_edit_that_changes_nothing_writes_nothing(session: Session, site_id: int) -> None:
    service.edit_site(session, ACT, site_id, name="Tell Somewhere")
    assert queries.changes_of(session, site_id=site_id) == []


def test_moving_a_place_moves_its_stand_in_and_makes_it_pending(session: Session, site_id: int) -> None:
    session.execute(sa.text("update part set matched_reach_km = 50"))
    service.edit_site(session, ACT, site_id, lon=39.0, lat=35.0)
    session.expire_all()
    (part,) = queries.parts_of(session, site_id)
    assert (part.lon, part.lat, part.matched_reach_km) == (39.0, 35.0, None)


def test_the_first_part_takes_the_place_of_the_stand_in(session: Session, site_id: int) -> None:
    service.add_part(session, ACT, site_id, ref="1", name="Mound", lon=38.01, lat=34.01)
    service.add_part(session, ACT, site_id, ref="2", name="Wall", lon=38.02, lat=34.02, boundary=SQUARE)
    assert refs(session, site_id) == ["1", "2"]
    with pytest.raises(AlreadyRecorded):
        service.add_part(session, ACT, site_id, ref="2")


def test_a_part_is_edited_and_withdrawn_and_stays_readable(session: Session, site_id: int) -> None:
    service.add_part(session, ACT, site_id, ref="1", lon=38.01, lat=34.01)
    service.edit_part(session, ACT, site_id, "1", name="Mound", buffer_zone=SQUARE)
    service.withdraw_part(session, ACT, site_id, "1", on=date(2020, 1, 1))
    assert refs(session, site_id) == []
    assert [p.name for p in queries.parts_of(session, site_id, as_of=date(2019, 12, 31))] == ["Mound"]
    with pytest.raises(NotFound):
        service.edit_part(session, ACT, site_id, "9", name="x")


@pytest.mark.parametrize("geometry", [{"type": "Point", "coordinates": [1, 2]}, {"type": "Polygon"}])
def test_a_boundary_that_is_no_area_is_refused(session: Session, site_id: int, geometry: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        service.edit_part(session, ACT, site_id, refs(session, site_id)[0], boundary=geometry)


def observe(session: Session, site_id: int, state: ConditionState, observed: str, **more: Any) -> None:
    service.record_condition(session, ACT, site_id, state=state, observed=observed, assessor="DGAM", **more)


def test_a_corrected_observation_supersedes_and_never_overwrites(session: Session, site_id: int) -> None:
    observe(session, site_id, ConditionState.SLIGHT, "2016-03")
    observe(session, site_id, ConditionState.SEVERE, "2016-03", note="seen again")
    observe(session, site_id, ConditionState.DESTROYED, "2017-01-20")
    assert [str(c.state) for c in queries.conditions_of(session, site_id)] == ["destroyed", "severe"]
    assert len(queries.conditions_of(session, site_id, superseded=True)) == 3
    assert [str(c.state) for c in queries.conditions_of(session, site_id, as_of=date(2016, 12, 31))] == ["severe"]


def test_an_observation_of_an_unknown_part_or_date_is_refused(session: Session, site_id: int) -> None:
    with pytest.raises(UnusableField, match="part_ref: This site has no part 9"):
        observe(session, site_id, ConditionState.SLIGHT, "2016", part_ref="9")
    with pytest.raises(InvalidInput):
        observe(session, site_id, ConditionState.SLIGHT, "yesterday")


def test_a_danger_period_is_opened_and_closed(session: Session, site_id: int) -> None:
    service.add_danger_period(session, ACT, site_id, began="2013", decision="37 COM 7B.57")
    assert queries.danger_status(session, site_id, date(2015, 5, 20)) == Trilean.YES
    service.close_danger_period(session, ACT, site_id, ended="2019-07-05")
    assert queries.danger_status(session, site_id, date(2019, 7, 4)) == Trilean.YES
    assert queries.danger_status(session, site_id, date(2019, 7, 5)) == Trilean.NO
    with pytest.raises(Conflict):
        service.close_danger_period(session, ACT, site_id, ended="2020")


@pytest.mark.parametrize(("began", "ended"), [("2014", ""), ("2012", "2015"), ("2010-05-01", "2009-01-01")])
def test_a_danger_period_that_cannot_be_is_refused(session: Session, site_id: int, began: str, ended: str) -> None:
    service.add_danger_period(session, ACT, site_id, began="2013", ended="2018")
    with pytest.raises(Conflict):
        service.add_danger_period(session, ACT, site_id, began=began, ended=ended)


def test_danger_before_the_inscription_is_refused(session: Session) -> None:
    slug = service.create_site(session, ACT, name="A", ref="9999", register="whc", inscribed_year=1990)
    site = queries.get_site(session, slug)
    with pytest.raises(Conflict, match="inscription"):
        service.add_danger_period(session, ACT, site.id or 0, began="1989")


def test_an_open_interval_is_no_danger_period(session: Session, site_id: int) -> None:
    with pytest.raises(InvalidInput):
        service.add_danger_period(session, ACT, site_id, began="../2013")


def test_an_unknown_site_is_said_so(session: Session) -> None:
    with pytest.raises(NotFound):
        service.edit_site(session, ACT, 10**9, name="x")
