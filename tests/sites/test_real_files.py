"""Real lists of the World Heritage List and real inventories, year after year."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from heritage.audit.imports import ImportReport
from heritage.sites import queries
from heritage.sites.comparison import ChangeKind
from heritage.sites.importing import compare, take
from heritage.sites.readers import open_register

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def put(session: Session, path: Path) -> ImportReport:
    _, report = take(session, compare(session, open_register(path), today=NOW.date()), started_at=NOW, now=NOW)
    return report


def in_force(session: Session) -> int:
    return queries.list_sites(session, today=NOW.date(), in_force=True, limit=2000).total


def in_danger(session: Session, day: date) -> set[str]:
    rows = queries.list_sites(session, today=NOW.date(), as_of=day, in_danger=True, limit=2000).rows
    return {row.ref for row in rows}


@pytest.fixture
def lists(shared_data: Path) -> list[Path]:
    names = ("whc-sites-2019-utf8.csv.gz", "whc-sites-2024.xlsx", "whc-2026-05-normalized.json.gz")
    return [shared_data / "unesco" / name for name in names]


def test_lists_of_three_years_leave_tombstones_and_the_right_number_in_force(
    session: Session, lists: list[Path]
) -> None:
    assert put(session, lists[0]).added == in_force(session) == 1121
    second = put(session, lists[1])
    assert (second.vanished_ids, second.refused, in_force(session)) == (["1150"], 0, 1223)
    third = put(session, lists[2])
    assert (third.added, third.vanished_ids, in_force(session)) == (26, ["790"], 1248)
    liverpool = queries.get_site_by_ref(session, "1150", register="whc")
    assert liverpool.vanished_on == date(2021, 7, 31)
    then = in_danger(session, date(2015, 5, 20))
    assert len(then) == 46
    assert {"1150", "711", "20", "21", "22", "23", "1229", "1348"} <= then
    assert not {"277", "385", "192"} & then
    assert len(in_danger(session, date(2015, 7, 8))) == 48
    assert len(in_danger(session, NOW.date())) == 53


def test_three_sites_leave_the_danger_list_at_the_session_between_the_lists(
    session: Session, lists: list[Path]
) -> None:
    put(session, lists[1])
    comparison = compare(session, open_register(lists[2]), today=NOW.date())
    removed = {c.ref: c.new[-1].ended for c in comparison.changes if c.kind == ChangeKind.REMOVED_FROM_DANGER}
    assert {ref: turn.latest for ref, turn in removed.items()} == dict.fromkeys(
        ("90", "362", "1257"), date(2025, 7, 16)
    )
    take(session, comparison, started_at=NOW, now=NOW)
    assert len(in_danger(session, date(2015, 5, 20))) == 45  # without Liverpool, which this list never had


def test_an_export_whose_danger_column_is_stale_takes_no_history_away(
    session: Session, lists: list[Path], shared_data: Path
) -> None:
    put(session, lists[0])
    days = [date(year, 12, 31) for year in range(1985, 2020)]
    before = [in_danger(session, day) for day in days]
    again = put(session, shared_data / "unesco" / "whc-en-2019.xml.gz")
    assert (again.added, again.vanished, again.refused) == (0, 0, 0)
    assert [in_danger(session, day) for day in days] == before


def test_parts_of_iran_replace_the_stand_ins_of_their_sites(
    session: Session, lists: list[Path], shared_data: Path
) -> None:
    put(session, lists[2])
    report = put(session, shared_data / "unesco" / "iran-components.json")
    assert (report.read, report.changed, report.added, report.refused) == (29, 29, 0, 0)
    stand_ins = "select count(*) from part p join site s on s.id = p.site_id where s.states_parties @> '{IR}'"
    assert session.execute(sa.text(stand_ins + " and p.stands_for_site and s.category = 'cultural'")).scalar_one() == 0
