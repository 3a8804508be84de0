"""Files of events into the database: once, again, corrected, withdrawn, out of order."""

from collections.abc import Callable
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from heritage.audit.imports import ImportReport, list_refusals, list_runs
from heritage.core.clock import SystemClock
from heritage.core.errors import UnusableFile
from heritage.core.files import open_source
from heritage.db.engine import Database
from heritage.feeds.registry import get_feed
from heritage.incidents import loading
from heritage.incidents.queries import known_versions
from heritage.incidents.service import import_events
from tests.incidents.conftest import write_events

Take = Callable[..., ImportReport]


def _known(session: Session, on: str | None = None, *, column: str = "fatalities_best") -> dict[str, Any]:
    rows = session.execute(known_versions(known_on=date.fromisoformat(on) if on else None)).mappings()
    return {row["event_id"]: row[column] for row in rows}


def _counts(report: ImportReport) -> tuple[int, int, int, int, int, int]:
    return report.read, report.added, report.changed, report.unchanged, report.withdrawn, report.refused


def test_same_file_again_changes_nothing(take: Take, session: Session) -> None:
    rows = ({"id": 1}, {"id": 2, "best": 7})
    assert _counts(take(*rows)) == (2, 2, 0, 0, 0, 0)
    before = session.execute(sa.text("select * from event_version order by 1, 2")).all()
    assert _counts(take(*rows)) == (2, 0, 0, 2, 0, 0)
    assert session.execute(sa.text("select * from event_version order by 1, 2")).all() == before


def test_newer_release_that_repeats_an_event_adds_no_version(take: Take, session: Session) -> None:
    take({"id": 1}, release="19.1")
    assert take({"id": 1}, release="22.1").unchanged == 1
    assert session.scalar(sa.text("select count(*) from event_version")) == 1
    assert session.scalar(sa.text("select count(*) from event_release where not isempty(members)")) == 2


def test_correction_is_known_from_its_release_on(take: Take, session: Session) -> None:
    take({"id": 1, "best": 3}, release="19.1")
    assert take({"id": 1, "best": 9}, release="22.1").changed == 1
    assert _known(session, "2016-03-02") == {"1": 3}
    assert _known(session, "2022-06-30") == {"1": 3}
    assert _known(session, "2022-07-01") == _known(session) == {"1": 9}


def test_nothing_is_known_before_it_was_reported(take: Take, session: Session) -> None:
    take({"id": 1, "source_date": "2016-03-05"}, {"id": 2, "source_date": "2015-01-01"}, release="19.1")
    assert _known(session, "2016-03-04") == {}
    assert set(_known(session, "2016-03-05")) == {"1"}
    assert set(_known(session, "2019-07-01")) == {"1", "2"}


def test_complete_release_withdraws_within_its_own_countries_and_years_only(take: Take, session: Session) -> None:
    other_year = {"date_start": "2018-01-01", "date_end": "2018-01-01", "source_date": "2018-01-01"}
    take({"id": 1}, {"id": 2}, {"id": 3, "country": "Ukraine"}, {"id": 4, **other_year}, release="19.1")
    told: list[int] = []
    report = take({"id": 1}, release="22.1", complete=True, announce=told.append)
    assert (report.withdrawn, report.withdrawn_ids, told) == (1, ["2"], [1])
    assert set(_known(session)) == {"1", "3", "4"}
    assert set(_known(session, "2022-06-30")) == {"1", "2", "3", "4"}


def test_withdrawal_again_withdraws_nothing_more(take: Take) -> None:
    take({"id": 1}, {"id": 2}, release="19.1")
    take({"id": 1}, release="22.1", complete=True)
    assert _counts(take({"id": 1}, release="22.1", complete=True)) == (1, 0, 0, 1, 0, 0)


def test_incomplete_release_withdraws_nothing(take: Take, session: Session) -> None:
    take({"id": 1}, {"id": 2}, release="19.1")
    assert take({"id": 1}, release="22.1").withdrawn == 0
    assert set(_known(session)) == {"1", "2"}


def test_refused_row_is_no_withdrawal(take: Take, session: Session) -> None:
    take({"id": 1}, {"id": 2}, release="19.1")
    report = take({"id": 1}, {"id": 2, "best": "many"}, release="22.1", complete=True)
    assert (report.withdrawn, report.refused) == (0, 1)
    assert set(_known(session)) == {"1", "2"}


def test_withdrawn_event_that_comes_back_is_known_again(take: Take, session: Session) -> None:
    take({"id": 1}, {"id": 2}, release="19.1")
    take({"id": 1}, release="22.1", complete=True)
    assert take({"id": 1}, {"id": 2}, release="25.1").changed == 1
    assert set(_known(session, "2023-01-01")) == {"1"}
    assert set(_known(session)) == {"1", "2"}


def test_older_release_loaded_later_does_not_undo_the_newer(take: Take, session: Session) -> None:
    take({"id": 1, "best": 9}, release="22.1")
    take({"id": 1, "best": 3}, release="19.1")
    assert _known(session) == {"1": 9}
    assert _known(session, "2020-01-01") == {"1": 3}
    assert _known(session, "2016-03-02") == {"1": 3}


def test_older_release_again_changes_nothing(take: Take) -> None:
    take({"id": 1, "best": 9}, release="22.1")
    take({"id": 1, "best": 3}, release="19.1")
    assert _counts(take({"id": 1, "best": 3}, release="19.1")) == (1, 0, 0, 1, 0, 0)


def test_release_between_two_that_agree_is_followed_by_what_they_say(take: Take, session: Session) -> None:
    take({"id": 1, "best": 3}, release="19.1")
    take({"id": 1, "best": 3}, release="22.1")
    take({"id": 1, "best": 9}, release="20.1")
    assert [_known(session, day)["1"] for day in ("2019-12-01", "2020-12-01", "2022-12-01")] == [3, 9, 3]


def test_event_of_an_older_release_that_a_complete_newer_one_lacks_is_gone_from_then_on(
    take: Take, session: Session
) -> None:
    take({"id": 1}, release="22.1", complete=True)
    take({"id": 1}, {"id": 2}, release="19.1")
    assert set(_known(session)) == {"1"}
    assert set(_known(session, "2020-01-01")) == {"1", "2"}


def test_order_of_loading_gives_one_history(take: Take, session: Session) -> None:
    releases = {
        "19.1": [{"id": 1, "best": 1}, {"id": 2}],
        "20.1": [{"id": 1, "best": 2}],
        "22.1": [{"id": 1, "best": 1}],
    }
    days = ("2016-03-02", "2019-12-01", "2020-12-01", "2022-12-01")
    for release in ("22.1", "19.1", "20.1"):
        take(*releases[release], release=release)
    assert [_known(session, day).get("1") for day in days] == [1, 1, 2, 1]
    assert all("2" in _known(session, day) for day in days)


@pytest.mark.parametrize("order", list(permutations(("19.1", "20.1", "22.1"))), ids=" ".join)
def test_an_event_withdrawn_for_a_while_is_so_in_any_order_of_loading(
    take: Take, session: Session, order: tuple[str, ...]
) -> None:
    releases = {"19.1": [{"id": 1}, {"id": 2}], "20.1": [{"id": 1}], "22.1": [{"id": 1}, {"id": 2}]}
    for release in order:
        take(*releases[release], release=release, complete=True)
    days = ("2016-03-02", "2019-12-01", "2020-12-01", "2022-12-01")
    assert ["2" in _known(session, day) for day in days] == [True, True, False, True]


def test_release_of_a_day_to_come_is_taken_with_a_note(take: Take) -> None:
    assert take({"id": 1}, release="25.1").notes == []
    (note,) = take({"id": 1}, release="99.1").notes
    assert "2099-07-01, a day to come" in note


def test_release_that_is_here_early_is_known_from_today(session: Session, tmp_path: Path) -> None:
    clock = SystemClock()
    source = open_source(write_events(tmp_path / "events.csv", ({"source_date": ""},)))
    # The set of December counts as published at the end of the January after it.
    import_events(session, get_feed("ucdp"), source, clock=clock, release=f"{clock.now():%y}.0.12")
    assert _known(session, clock.now().date().isoformat()) == {"1": 3}


def test_two_files_of_one_release_that_disagree_keep_both_words(take: Take, session: Session) -> None:
    take({"id": 1, "best": 3}, release="19.1")
    assert take({"id": 1, "best": 9}, release="19.1").changed == 1
    assert _known(session) == {"1": 9}
    assert session.scalar(sa.text("select count(*) from event_version")) == 2


def test_id_repeated_in_a_file_counts_once_and_is_refused_when_it_differs(take: Take, session: Session) -> None:
    report = take({"id": 1, "best": 3}, {"id": 1, "best": 3}, {"id": 1, "best": 9})
    assert _counts(report) == (3, 1, 0, 1, 0, 1)
    assert (report.refusals[0].row, report.refusals[0].field) == (4, "id")
    assert _known(session) == {"1": 3}


def test_points_too_coarse_to_be_near_anything_get_no_place(take: Take, session: Session) -> None:
    take({"id": 1}, {"id": 2, "where_prec": 3}, {"id": 3, "where_prec": 4}, {"id": 4, "where_prec": 6})
    placed = {event_id for event_id, place in _known(session, column="place_id").items() if place is not None}
    assert placed == {"1", "2"}


def test_one_point_is_one_place(take: Take, session: Session) -> None:
    take({"id": 1}, {"id": 2})
    take({"id": 3}, release="22.1")
    assert len(set(_known(session, column="place_id").values())) == 1


def test_known_versions_unpack_sources_and_origins(take: Take, session: Session) -> None:
    take({"id": 1, "source_office": "A;B", "source_date": "2016-03-02;2016-03-03", "source_headline": "x;y", "best": 9})
    row = session.execute(known_versions()).mappings().one()
    assert row["sources"] == [
        {"name": "A", "published_on": "2016-03-02", "title": "x"},
        {"name": "B", "published_on": "2016-03-03", "title": "y"},
    ]
    assert (row["origins"], row["marks"]) == (["sohr"], ["best_outside_range"])
    assert row["actors"] == {"side_a": "Government of Syria", "side_b": "IS"}
    assert (row["occurred"].lower, row["occurred"].upper) == (date(2016, 3, 1), date(2016, 3, 2))


def test_run_and_refusals_are_recorded(take: Take, session: Session) -> None:
    take({"id": 1}, {"id": 2, "latitude": 95})
    (run,) = list_runs(session, kind="events")
    assert (run.source, run.release, run.read, run.added, run.refused) == ("ucdp", "19.1", 2, 1, 1)
    assert run.id is not None
    (refused,) = list_refusals(session, run.id)
    assert (refused.row, refused.field) == (3, "latitude")


def test_evaluation_is_queued_once_and_only_when_something_changed(take: Take, session: Session) -> None:
    queued = sa.text("select count(*) from procrastinate_jobs where task_name = 'flags.evaluate'")
    take({"id": 1})
    take({"id": 1, "best": 9}, release="22.1")
    assert session.scalar(queued) == 1
    session.execute(sa.text("delete from procrastinate_events"))
    session.execute(sa.text("delete from procrastinate_jobs"))
    take({"id": 1, "best": 9}, release="22.1")
    assert session.scalar(queued) == 0


def test_unusable_file_changes_nothing(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("id,country\n1,Syria\n")
    with pytest.raises(UnusableFile, match="date_start"), database.session() as session:
        import_events(session, get_feed("ucdp"), open_source(path), clock=SystemClock())
    with database.session() as session:
        assert session.scalar(sa.text("select count(*) from event_release")) == 0


def test_large_first_file_builds_the_same_indexes_afterwards(
    take: Take, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexes = sa.text("select indexdef from pg_indexes where tablename in ('event', 'event_version') order by 1")
    before = session.execute(indexes).scalars().all()
    monkeypatch.setattr(loading, "LARGE_BYTES", 0)
    assert take({"id": 1}, {"id": 2}).added == 2
    assert session.execute(indexes).scalars().all() == before
    assert len(before) == 6


def test_real_releases_of_one_country_withdraw_86_and_leave_the_other_alone(
    session: Session, shared_data: Path
) -> None:
    def take(name: str, release: str, *, complete: bool = False) -> ImportReport:
        source = open_source(shared_data / "ged" / name)
        feed = get_feed("ucdp")
        return import_events(session, feed, source, clock=SystemClock(), release=release, complete=complete)

    assert _counts(take("ged-v19-syria.csv.gz", "19.1")) == (16_566, 16_566, 0, 0, 0, 0)
    assert _counts(take("ged-v19-ukraine-hdx.csv.gz", "19.1")) == (993, 993, 0, 0, 0, 0)
    newer = take("ged-v22-ukraine-hdx.csv.gz", "22.1", complete=True)
    assert (newer.read, newer.added, newer.withdrawn, newer.refused) == (2_989, 2_082, 86, 0)
    assert newer.changed + newer.unchanged == 993 - 86
    assert _counts(take("ged-v19-syria.csv.gz", "19.1")) == (16_566, 0, 0, 16_566, 0, 0)
