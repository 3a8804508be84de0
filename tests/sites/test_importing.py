"""Register files into the database: taken, taken again, taken back."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from heritage.audit.imports import ImportReport
from heritage.core.errors import Conflict, NotFound
from heritage.core.refusals import RowRefusal
from heritage.db.engine import Database
from heritage.sites import queries
from heritage.sites.comparison import ChangeKind, Comparison
from heritage.sites.danger import parse_danger
from heritage.sites.domain import (
    Category,
    ComponentRecord,
    ConditionRecord,
    ConditionState,
    NameRecord,
    RegisterFile,
    RegisterRecord,
)
from heritage.sites.importing import compare, report_of, take, undo
from heritage.sites.loading import load_sites

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def record(ref: str, name: str, **fields: Any) -> RegisterRecord:
    usual: dict[str, Any] = {"register": "whc", "ref": ref, "name": name, "row": int(ref) + 1}
    usual |= {"category": Category.CULTURAL, "states_parties": ("SY",), "inscribed_year": 1980}
    usual |= {"lon": 38.0 + int(ref) / 100, "lat": 34.5, "danger": (), "danger_is_complete": True}
    return RegisterRecord(**usual | fields)


def file(*records: RegisterRecord, on: str | None = "2019-07-10", whole: bool = True, **more: Any) -> RegisterFile:
    day = date.fromisoformat(on) if on else None
    return RegisterFile(
        "whc", on[:4] if on else None, day, iter(records), [], whole, "list.csv", "0" * 64, "test", **more
    )


def put(session: Session, given: RegisterFile) -> tuple[int, ImportReport]:
    return take(session, look(session, given), started_at=NOW, now=NOW)


def look(session: Session, given: RegisterFile) -> Comparison:
    return compare(session, given, today=NOW.date())


def count(session: Session, table: str) -> int:
    return int(session.execute(sa.text(f"select count(*) from {table}")).scalar_one())


PALMYRA = record("23", "Site of Palmyra", danger=parse_danger("Y 2013"), area_ha=1640.0)
HATRA = record("77", "Hatra", states_parties=("IQ",))
FULL = record(
    "40",
    "Old Town",
    names=(NameRecord("المدينة القديمة", "ar", "Arab"), NameRecord("Vieille ville", "fr", "Latn")),
    identifiers=(("unique_number", "991"),),
    components=(
        ComponentRecord("40-001", "Wall", 38.4, 34.4, names=(NameRecord("السور", "ar", "Arab"),)),
        ComponentRecord("40-002", "Gate", 38.5, 34.4, boundary={"type": "Polygon", "coordinates": [[[0, 0]]]}),
    ),
    conditions=(ConditionRecord(ConditionState.SEVERE, "2016-03-27", "eamena", "Severe", "40-002", "somebody"),),
    danger=parse_danger("Y 2013 P 1990-2005"),
    criteria=("i", "vi"),
    description="A town.",
)


def test_a_first_list_is_taken_whole(session: Session) -> None:
    _, report = put(session, file(PALMYRA, HATRA, FULL))
    assert (report.read, report.added, report.refused) == (3, 3, 0)
    assert count(session, "site") == 3
    assert count(session, "part") == 4


def test_what_is_written_reads_back_the_same(session: Session) -> None:
    comparison = look(session, file(FULL))
    take(session, comparison, started_at=NOW, now=NOW)
    assert load_sites(session, "whc", ["40"])["40"].state == comparison.added[0]


def test_a_second_time_changes_and_writes_nothing(session: Session) -> None:
    put(session, file(PALMYRA, HATRA, FULL))
    before = session.execute(sa.text("select id, xmin::text from site order by id")).all()
    _, report = put(session, file(PALMYRA, HATRA, FULL))
    assert (report.added, report.changed, report.unchanged, report.vanished) == (0, 0, 3, 0)
    assert session.execute(sa.text("select id, xmin::text from site order by id")).all() == before


def test_comparing_writes_nothing(session: Session) -> None:
    report = report_of(look(session, file(PALMYRA)), dry_run=True)
    assert (report.added, report.dry_run) == (1, True)
    assert count(session, "site") == count(session, "import_run") == 0


def test_differences_are_named_before_they_are_taken(session: Session) -> None:
    put(session, file(PALMYRA, HATRA, FULL))
    newer = (
        record("23", "Palmyra", danger=parse_danger("P 2013-2024"), area_ha=1640.0),
        record("40", "Old Town", lat=34.6),
        record("5", "New"),
    )
    comparison = look(session, file(*newer, on="2024-07-31"))
    kinds = {(change.ref, change.kind) for change in comparison.changes}
    assert kinds >= {
        ("23", ChangeKind.RENAMED),
        ("23", ChangeKind.REMOVED_FROM_DANGER),
        ("40", ChangeKind.MOVED),
        ("5", ChangeKind.ADDED),
        ("77", ChangeKind.VANISHED),
    }


def test_a_place_that_a_whole_list_lacks_is_kept_as_a_tombstone(session: Session) -> None:
    put(session, file(PALMYRA, HATRA))
    _, report = put(session, file(PALMYRA, on="2024-07-31"))
    assert report.vanished_ids == ["77"]
    hatra = queries.get_site(session, "hatra")
    assert hatra.vanished_on == date(2024, 7, 31)
    assert len(queries.parts_of(session, hatra.id or 0)) == 1
    page = queries.list_sites(session, today=NOW.date())
    assert {(row.ref, row.in_force) for row in page.rows} == {("23", True), ("77", False)}
    assert queries.list_sites(session, today=NOW.date(), as_of=date(2024, 7, 30)).total == 2
    assert queries.list_sites(session, today=NOW.date(), as_of=date(2024, 7, 31)).total == 1


def test_a_partial_file_makes_nothing_vanish(session: Session) -> None:
    put(session, file(PALMYRA, HATRA))
    _, report = put(session, file(PALMYRA, on="2024-07-31", whole=False))
    assert report.vanished == 0


def test_a_refused_row_is_no_disappearance(session: Session) -> None:
    put(session, file(PALMYRA, HATRA))
    bad = record("77", "Hatra", danger=parse_danger("Y 1979"))
    _, report = put(session, file(PALMYRA, bad, on="2024-07-31"))
    assert (report.vanished, report.refused, report.refusals[0].row) == (0, 1, 78)
    refused_by_reader = file(PALMYRA, on="2024-07-31", refused_refs={"77"})
    refused_by_reader.refusals.append(RowRefusal(9, "latitude", "95 is no latitude"))
    _, report = put(session, refused_by_reader)
    assert (report.vanished, report.refused, report.read) == (0, 1, 2)


def test_good_rows_go_in_beside_refused_ones(session: Session) -> None:
    _, report = put(session, file(PALMYRA, record("77", "Hatra", danger=parse_danger("Y 1979")), PALMYRA))
    assert (report.read, report.added, report.refused) == (3, 1, 2)
    assert [(r.field, r.row) for r in report.refusals] == [("ref", 24), ("danger", 78)]


def test_an_older_list_taken_later_changes_nothing_that_is_known_better(session: Session) -> None:
    put(session, file(PALMYRA, HATRA, on="2024-07-31"))
    _, report = put(
        session, file(record("23", "Palmyra, once", area_ha=1.0), record("5", "Gone since"), on="2019-07-10")
    )
    assert (report.added, report.changed, report.vanished) == (1, 0, 0)
    assert queries.get_site(session, "gone-since").vanished_on == date(2024, 7, 31)


def test_a_list_without_numbers_is_matched_by_name(session: Session) -> None:
    put(session, file(PALMYRA, HATRA, record("78", "Hatra")))
    nameless = file(
        record("1", "SITE of Palmyra", area_ha=2000.0, danger=None),
        record("2", "Hatra"),
        record("3", "Atlantis"),
        on="2021-07-31",
        whole=False,
        has_refs=False,
    )
    _, report = put(session, nameless)
    assert (report.read, report.changed, report.added) == (3, 1, 0)
    assert [r.reason for r in report.refusals] == ["“Hatra” is the name of 2 places", "no place is called “Atlantis”"]


def test_danger_history_is_superseded_and_never_overwritten(session: Session) -> None:
    put(session, file(PALMYRA))
    put(session, file(record("23", "Site of Palmyra", danger=parse_danger("P 2013-2024")), on="2024-07-31"))
    assert count(session, "danger_period") == 2
    site = queries.get_site(session, "site-of-palmyra")
    (period,) = queries.danger_periods(session, site.id or 0)
    assert (period.began_earliest, period.ended_latest) == (date(2013, 6, 27), date(2024, 7, 31))


def test_a_moved_part_is_to_be_matched_again_and_a_renamed_one_is_not(session: Session) -> None:
    put(session, file(PALMYRA, HATRA))
    session.execute(sa.text("update part set matched_reach_km = 50"))
    put(session, file(record("23", "Palmyra", area_ha=1640.0), record("77", "Hatra", lat=35.0), on="2024-07-31"))
    rows = session.execute(sa.text("select ref, matched_reach_km from part"))
    found = {row.ref: row.matched_reach_km for row in rows}
    assert found == {"23": 50, "77": None}


def snapshot(session: Session) -> dict[str, Any]:
    return {ref: held.state for ref, held in load_sites(session, "whc", [str(n) for n in range(100)]).items()}


def test_an_import_can_be_taken_back_to_the_last_field(session: Session) -> None:
    put(session, file(PALMYRA, HATRA, FULL))
    before = snapshot(session)
    newer = (
        record("23", "Palmyra", danger=parse_danger("P 2013-2024"), states_parties=("SY", "IQ"), area_ha=3.0),
        record(
            "40",
            "Old Town",
            lat=34.6,
            components=(ComponentRecord("40-002", "Great Gate", 38.6, 34.4),),
            conditions=(ConditionRecord(ConditionState.DESTROYED, "2020"),),
            identifiers=(("unique_number", "7"),),
        ),
        record("5", "New"),
    )
    number, _ = put(session, file(*newer, on="2024-07-31"))
    assert snapshot(session) != before
    report = undo(session, number, now=NOW)
    assert (report.changed, report.withdrawn_ids) == (3, ["5"])
    assert snapshot(session) == before
    _, again = put(session, file(*newer, on="2024-07-31"))
    assert (again.added, again.changed, again.vanished) == (1, 2, 1)


def test_only_the_newest_import_that_stands_can_be_taken_back(session: Session) -> None:
    first, _ = put(session, file(PALMYRA))
    second, _ = put(session, file(PALMYRA, HATRA, on="2024-07-31"))
    with pytest.raises(Conflict, match=str(second)):
        undo(session, first, now=NOW)
    undo(session, second, now=NOW)
    with pytest.raises(Conflict, match="already"):
        undo(session, second, now=NOW)
    undo(session, first, now=NOW)
    assert count(session, "site") == count(session, "part") == count(session, "danger_period") == 0
    with pytest.raises(NotFound):
        undo(session, 10**9, now=NOW)


def test_places_of_one_name_have_addresses_of_their_own(session: Session) -> None:
    put(session, file(PALMYRA, record("24", "Site of Palmyra"), record("25", "—")))
    slugs = set(session.execute(sa.text("select slug from site")).scalars())
    assert slugs == {"site-of-palmyra", "site-of-palmyra-24", "site-25"}


def test_a_failure_leaves_nothing_behind(database: Database) -> None:
    def broken() -> Any:
        yield PALMYRA
        raise OSError("the disk is gone")

    given = file(whole=False)
    with pytest.raises(OSError, match="disk"), database.session() as session:
        put(session, RegisterFile(given.register, None, None, broken(), [], False))
    with database.session() as session:
        assert count(session, "site") == 0
