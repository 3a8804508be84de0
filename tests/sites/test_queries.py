"""Lists and searches of the register."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlmodel import Session

from heritage.core.dates import Trilean
from heritage.core.errors import NotFound
from heritage.sites import queries
from heritage.sites.danger import parse_danger
from heritage.sites.domain import Category, ComponentRecord, NameRecord, RegisterFile, RegisterRecord
from heritage.sites.importing import compare, take
from heritage.sites.models import SiteIdentifier

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def record(ref: str, name: str, **fields: Any) -> RegisterRecord:
    usual: dict[str, Any] = {"register": "whc", "ref": ref, "name": name, "row": int(ref), "inscribed_year": 1985}
    return RegisterRecord(**usual | {"category": Category.CULTURAL, "danger_is_complete": True} | fields)


RECORDS = (
    record(
        "23",
        "Site of Palmyra",
        states_parties=("SY",),
        danger=parse_danger("Y 2013"),
        lon=38.26667,
        lat=34.55417,
        names=(NameRecord("تدمر", "ar", "Arab"), NameRecord("Пальмира", "ru", "Cyrl")),
    ),
    record("20", "Ancient City of Damascus", states_parties=("SY",), danger=parse_danger("Y 2013"), lon=36.3, lat=33.5),
    record("277", "Hatra", states_parties=("IQ",), danger=parse_danger("Y 2015"), lon=42.7, lat=35.6,
           names=(NameRecord("الحضر", "ar", "Arab"),)),
    record("711", "Los Katíos National Park", states_parties=("CO",), danger=parse_danger("P 2009-2015"),
           category=Category.NATURAL, inscribed_year=1994, lon=-77.1, lat=7.7),
    record("1348", "Ancient Villages of Northern Syria", states_parties=("SY",), danger=parse_danger("Y 2013"),
           inscribed_year=2011, components=(ComponentRecord("1348-004", "Jebel Barisha", 36.6, 36.2),)),
    record("1490", "Western Tien-Shan", states_parties=("KZ", "KG", "UZ"), category=Category.NATURAL,
           inscribed_year=2016, lon=179.9, lat=0.0, danger=parse_danger("Y 2023")),
)  # fmt: skip


@pytest.fixture
def register(session: Session) -> Session:
    file = RegisterFile("whc", "2024", date(2024, 7, 31), RECORDS, [], True)
    take(session, compare(session, file, today=NOW.date()), started_at=NOW, now=NOW)
    return session


def refs(session: Session, **options: Any) -> list[str]:
    return [row.ref for row in queries.list_sites(session, today=NOW.date(), **options).rows]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("palmyra", "23"),
        ("PALM", "23"),
        ("تدمر", "23"),
        ("Пальмира", "23"),
        ("palmira", "23"),
        ("Палмиро", "23"),
        ("تدممر", "23"),
        ("الحضر", "277"),
        ("الحضرر", "277"),
        ("katios", "711"),
        ("damscus", "20"),
        ("23", "23"),
        ("hatra", "277"),
        ("jebel barisha", "1348"),
        ("tien shan", "1490"),
    ],
)
def test_a_site_is_found_by_any_name_in_any_script_with_a_slip(register: Session, query: str, first: str) -> None:
    assert refs(register, query=query)[0] == first


def test_what_begins_so_comes_before_what_holds_it(register: Session) -> None:
    assert refs(register, query="ancient") == ["20", "1348"]
    assert refs(register, query="syria ancient") == ["1348"]


@pytest.mark.parametrize("query", ["zzzzzzzz", "'", "a & b | !c", "):*", "—", "%_"])
def test_what_no_name_has_finds_nothing_and_breaks_nothing(register: Session, query: str) -> None:
    assert refs(register, query=query) == []


def test_a_corrected_word_is_told(register: Session) -> None:
    assert queries.list_sites(register, today=NOW.date(), query="damscus").corrected == ("damascus",)


def test_a_word_that_no_name_is_like_is_left_out_and_told(register: Session) -> None:
    page = queries.list_sites(register, today=NOW.date(), query="zzzzzzzz damascus")
    assert [row.ref for row in page.rows] == ["20"]
    assert page.ignored == ("zzzzzzzz",)


def test_filters_join(register: Session) -> None:
    assert refs(register, countries=["sy"]) == ["20", "1348", "23"]
    assert refs(register, countries=["SY", "IQ"], categories=["cultural"], query="a*") == ["20", "1348"]
    assert refs(register, categories=["natural"]) == ["711", "1490"]
    assert refs(register, registers=["own"]) == []


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2015, 5, 20), {"23", "20", "1348", "711"}),
        (date(2015, 7, 8), {"23", "20", "1348", "277"}),
        (date(2023, 6, 1), {"23", "20", "1348", "277", "1490"}),
    ],
)
def test_in_danger_is_a_question_of_the_day(register: Session, day: date, expected: set[str]) -> None:
    assert set(refs(register, as_of=day, in_danger=True)) == expected


def test_a_status_may_be_uncertain(register: Session) -> None:
    rows = queries.list_sites(register, today=NOW.date(), as_of=date(2023, 6, 1)).rows
    assert {row.ref: row.in_danger for row in rows}["1490"] == Trilean.UNCERTAIN


def test_a_list_of_a_day_leaves_out_what_was_inscribed_later(register: Session) -> None:
    assert "1348" not in refs(register, as_of=date(2010, 1, 1))
    assert "1348" in refs(register, as_of=date(2012, 1, 1))


def test_a_box_finds_what_lies_in_it_also_across_the_antimeridian(register: Session) -> None:
    assert refs(register, bbox=(36, 33, 39, 35)) == ["20", "23"]
    assert refs(register, bbox=(179, -1, -179, 1)) == ["1490"]


def test_pages_follow_one_another_and_the_total_stays(register: Session) -> None:
    first = queries.list_sites(register, today=NOW.date(), limit=4)
    second = queries.list_sites(register, today=NOW.date(), limit=4, offset=4)
    assert (len(first.rows), len(second.rows), first.total, second.total) == (4, 2, 6, 6)
    assert len({row.ref for row in first.rows + second.rows}) == 6


def test_lists_are_sorted_as_asked(register: Session) -> None:
    by_name = refs(register, sort="name")
    assert by_name == list(reversed(refs(register, sort="-name")))
    assert refs(register, sort="-inscribed")[0] == "1490"
    assert refs(register, sort="country")[0] == "711"


def test_a_world_heritage_number_leads_to_the_site(register: Session) -> None:
    assert queries.get_site(register, "23").slug == "site-of-palmyra"
    assert queries.find_site(register, "99999") is None
    assert queries.find_site(register, "٢٣") is None


def test_a_former_address_leads_to_the_site(register: Session) -> None:
    site = queries.get_site(register, "site-of-palmyra")
    register.add(SiteIdentifier(site_id=site.id or 0, scheme="slug", value="tadmur"))
    assert queries.get_site(register, "tadmur").slug == "site-of-palmyra"
    with pytest.raises(NotFound):
        queries.get_site(register, "nowhere")
