"""What the database itself refuses, whoever writes."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

SITE = """
insert into site (register, register_ref, slug, name, name_folded, category, states_parties, states_note, region,
    inscribed_year, criteria, listed, short_description, disclosure, marks, search)
values ('whc', :ref, :ref, 'A', 'a', 'cultural', '{SY}', '', '', 1980, '{}', '[1980-01-01,)', '', 'public', '{}', '')
returning id"""
PERIOD = """
insert into danger_period (site_id, period, possible, began_earliest, began_latest, ended_earliest, ended_latest,
    began_edtf, ended_edtf, raw, decision, ended_decision, known_on, recorded_at, superseded_at)
values (:site, daterange(:began, :ended), daterange(:began, :ended), :began, :began, :ended, :ended, '', '', '', '', '',
    '2020-01-01', now(), :superseded)"""


def add_site(session: Session, ref: str = "1") -> int:
    return int(session.execute(sa.text(SITE), {"ref": ref}).scalar_one())


def add_period(session: Session, site: int, began: str, ended: str | None, superseded: str | None = None) -> None:
    values = {"site": site, "began": began, "ended": ended, "superseded": superseded}
    session.execute(sa.text(PERIOD), values)


def test_periods_one_after_another_are_taken(session: Session) -> None:
    site = add_site(session)
    add_period(session, site, "1990-01-01", "1995-01-01")
    add_period(session, site, "1995-01-01", None)


@pytest.mark.parametrize("began", ["1992-01-01", "1989-01-01"])
def test_overlapping_periods_of_one_site_are_refused(session: Session, began: str) -> None:
    site = add_site(session)
    add_period(session, site, "1990-01-01", "1995-01-01")
    with pytest.raises(IntegrityError, match="ex_danger_period_overlap"):
        add_period(session, site, began, None)


def test_another_site_and_a_superseded_period_are_no_overlap(session: Session) -> None:
    site = add_site(session)
    add_period(session, site, "1990-01-01", None, "2021-01-01")
    add_period(session, site, "1990-01-01", None)
    add_period(session, add_site(session, "2"), "1990-01-01", None)


def test_a_period_before_the_inscription_is_refused(session: Session) -> None:
    site = add_site(session)
    with pytest.raises(IntegrityError, match="before the inscription"):
        add_period(session, site, "1979-01-01", None)


def test_an_inscription_cannot_move_behind_a_period(session: Session) -> None:
    site = add_site(session)
    add_period(session, site, "1990-01-01", None)
    with pytest.raises(IntegrityError, match="before the inscription"):
        session.execute(sa.text("update site set inscribed_year = 1991 where id = :id"), {"id": site})


def test_a_period_that_ends_before_it_starts_is_refused(session: Session) -> None:
    site = add_site(session)
    with pytest.raises(sa.exc.DBAPIError):
        add_period(session, site, "1995-01-01", "1990-01-01")


@pytest.mark.parametrize(("lon", "lat"), [(181, 0), (0, 95), (10, None)])
def test_an_impossible_position_is_refused(session: Session, lon: float, lat: float | None) -> None:
    site = add_site(session)
    with pytest.raises(IntegrityError, match="position"):
        session.execute(sa.text("update site set lon = :lon, lat = :lat"), {"lon": lon, "lat": lat, "id": site})


def test_one_register_has_one_place_of_a_number(session: Session) -> None:
    add_site(session)
    with pytest.raises(IntegrityError, match="uq_site"):
        add_site(session)
