"""An import of events that is killed: afterwards all of it is there or none, and the next one works."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from heritage.db.engine import Database

pytestmark = pytest.mark.faults

ROWS = 40_000
# Closer together at first: a fast machine is done within a second, a busy one is not.
MOMENTS_S = (0.02, 0.06, 0.12, 0.2, 0.3, 0.45, 0.7, 1.1, 1.8, 3.0)
IMPORT = """
import sys
from sqlmodel import Session
from heritage.core.clock import SystemClock
from heritage.core.files import open_source
from heritage.db.engine import make_engine
from heritage.feeds.registry import get_feed
from heritage.incidents.service import import_events
url, path, release, complete = sys.argv[1:]
source = open_source(path)
print("begun", flush=True)
with Session(make_engine(url)) as session:
    import_events(session, get_feed("ucdp"), source, clock=SystemClock(), release=release, complete=complete == "yes")
    session.commit()
"""
HEADER = "id,type_of_violence,where_prec,latitude,longitude,country,date_prec,date_start,date_end,best,source_headline"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """An older release, and a newer one in which every second event has changed and the last hundred are gone."""
    older, newer = tmp_path / "older.csv", tmp_path / "newer.csv"
    text = "word " * 60
    rows = [(n, 30 + n % 500 / 100, 35 + n % 700 / 100) for n in range(1, ROWS + 1)]
    older.write_text(
        "\n".join([HEADER, *(f"{n},1,1,{lat},{lon},Syria,1,2016-01-01,2016-01-01,1,{text}" for n, lat, lon in rows)])
    )
    newer.write_text(
        "\n".join(
            [HEADER]
            + [f"{n},1,1,{lat},{lon},Syria,1,2016-01-01,2016-01-01,{1 + n % 2},{text}" for n, lat, lon in rows[:-100]]
        )
    )
    return older, newer


def _start(database: Database, file: Path, release: str, complete: str) -> "subprocess.Popen[str]":
    arguments = [sys.executable, "-c", IMPORT, database.app_url, str(file), release, complete]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def _state(database: Database) -> tuple[int, ...]:
    """Everything an import writes, counted; waits for a killed one's connection to be given up."""
    counts = (
        "select count(*) from event",
        "select count(*) from event_version",
        "select count(*) from event_version where withdrawn",
        "select count(*) from event_version where replaced_at is not null",
        "select count(*) from place",
        "select count(*) from event_release",
        "select count(*) from import_run",
        "select count(*) from procrastinate_jobs",
        "select count(*) from pg_indexes where tablename in ('event', 'event_version')",
    )
    with database.engine.connect() as connection:
        connection.execute(sa.text("select pg_advisory_xact_lock(7236403)"))
        return tuple(connection.execute(sa.text(query)).scalar_one() for query in counts)


def _killed_at_moments(database: Database, file: Path, release: str, complete: str) -> Iterator[None]:
    for after_s in MOMENTS_S:
        running = _start(database, file, release, complete)
        assert running.stdout is not None
        running.stdout.readline()
        try:
            running.wait(timeout=after_s)
        except subprocess.TimeoutExpired:
            running.kill()
        running.wait()
        running.stdout.close()
        yield


def _undisturbed(database: Database, file: Path, release: str, complete: str) -> None:
    running = _start(database, file, release, complete)
    running.communicate(timeout=300)
    assert running.returncode == 0


def test_killed_import_leaves_all_or_nothing(database: Database, files: tuple[Path, Path]) -> None:
    older, newer = files
    empty = _state(database)
    for _ in _killed_at_moments(database, older, "19.1", "no"):
        found = _state(database)
        assert found[:7] in (empty[:7], (ROWS, ROWS, 0, 0, found[4], 1, found[6]))
        assert found[8] == empty[8]
    _undisturbed(database, older, "19.1", "no")
    first = _state(database)
    assert first[:4] == (ROWS, ROWS, 0, 0)
    for _ in _killed_at_moments(database, newer, "22.1", "yes"):
        found = _state(database)
        assert found[2] in (0, 100)
        assert (found[1] == ROWS) == (found[2] == 0)
        assert found[:2] in (first[:2], (ROWS, ROWS + (ROWS - 100) // 2 + 100))
    _undisturbed(database, newer, "22.1", "yes")
    last = _state(database)
    assert last[:4] == (ROWS, ROWS + (ROWS - 100) // 2 + 100, 100, (ROWS - 100) // 2 + 100)
