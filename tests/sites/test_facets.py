"""Facets: what a list can be narrowed by, counted as a reader would find it on choosing each value."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import Session

from heritage.sites import queries
from heritage.sites.columns import find_endangered, find_named, load_columns, register_stamp
from heritage.sites.domain import Category, Disclosure, RegisterFile
from heritage.sites.facets import Base, Columns, Counts, Narrowing, count_facets
from heritage.sites.importing import compare, take
from heritage.sites.service import Act, create_site, edit_site
from tests.sites.test_queries import NOW, RECORDS

DAY = date(2023, 6, 1)


@pytest.fixture
def held(session: Session) -> Session:
    file = RegisterFile("whc", "2024", date(2024, 7, 31), RECORDS, [], True)
    take(session, compare(session, file, today=NOW.date()), started_at=NOW, now=NOW)
    return session


def _count(session: Session, day: date = DAY, levels: dict[int, int] | None = None, **narrowed: Any) -> Counts:
    base = Base(day, endangered=find_endangered(session, day), levels=levels or {})
    return count_facets(load_columns(session), base, Narrowing(**narrowed))


def _listed(session: Session, day: date = DAY, **narrowed: Any) -> list[int]:
    page = queries.list_sites(session, today=day, as_of=day, **narrowed)
    assert page.total == len(page.rows)
    return sorted(row.id for row in page.rows)


@pytest.mark.parametrize("day", [date(1979, 12, 31), date(2005, 1, 1), DAY, date(2024, 8, 1), date(2031, 1, 1)])
def test_every_count_is_what_the_list_finds(held: Session, day: date) -> None:
    counts = _count(held, day, categories=("cultural",))
    assert counts.found.tolist() == _listed(held, day, categories=["cultural"])
    for code, number in counts.countries:
        assert number == len(_listed(held, day, categories=["cultural"], countries=[code])), code
    # A facet does not narrow itself: its other values say what choosing them would give.
    for code, number in counts.categories:
        assert number == len(_listed(held, day, categories=[code])), code
    for code, number in counts.in_danger:
        assert number == len(_listed(held, day, categories=["cultural"], in_danger=code == "yes")), code


def test_a_site_of_several_countries_counts_in_each(held: Session) -> None:
    counts = dict(_count(held).countries)
    assert {"KZ": 1, "KG": 1, "UZ": 1}.items() <= counts.items()
    assert counts["SY"] == 3


def test_levels_are_counted_from_each_one_up(held: Session) -> None:
    palmyra, damascus = (queries.get_site_by_ref(held, ref, register="whc").id or 0 for ref in ("23", "20"))
    counts = _count(held, levels={palmyra: 4, damascus: 2, 10**9: 3})
    assert counts.levels == [(1, 2), (2, 2), (3, 1), (4, 1)]
    assert _count(held, levels={palmyra: 4, damascus: 2}, level=3).found.tolist() == [palmyra]


def test_names_sought_narrow_every_facet(held: Session) -> None:
    page = queries.list_sites(held, today=DAY, query="palmira")
    base = Base(DAY, everywhere=True, named=find_named(held, page.sought))
    counts = count_facets(load_columns(held), base, Narrowing())
    assert counts.countries == [("SY", 1)]
    assert counts.found.tolist() == [row.id for row in page.rows]


def test_an_empty_register_has_nothing_to_count(session: Session) -> None:
    assert _count(session, level=1, countries=("SY",), registers=("whc",)).found.tolist() == []


def test_a_value_nobody_has_finds_nothing(held: Session) -> None:
    assert _count(held, countries=("XX",)).found.tolist() == []
    assert _count(held, registers=("nowhere",)).found.tolist() == []


def test_columns_hold_only_the_place_that_may_be_shown(held: Session) -> None:
    point = {"lon": 36.5641, "lat": 35.6153}
    slug = create_site(held, Act(NOW), name="Quuxly", states_parties=["SY"], disclosure=Disclosure.HIDDEN, **point)
    held.flush()
    columns = load_columns(held)
    at = columns.ids.tolist().index(queries.get_site(held, slug).id)
    assert str(columns.lon[at]) == str(columns.lat[at]) == "nan"


def test_a_change_by_hand_is_seen(held: Session) -> None:
    before = register_stamp(held)
    edit_site(held, Act(NOW), queries.get_site(held, "site-of-palmyra").id or 0, category=Category.MIXED)
    held.flush()
    assert register_stamp(held) != before


def test_rows_are_those_of_the_ids(held: Session) -> None:
    columns: Columns = load_columns(held)
    assert len(columns) == len(RECORDS)
    assert columns.among([]).sum() == 0
    assert columns.ids[columns.among([columns.ids[-1], 10**12, -1])].tolist() == [columns.ids[-1]]
