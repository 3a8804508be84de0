"""An evaluation that is killed leaves all of its changes or none, and the next one completes the work."""

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from heritage.db.engine import Database

SITES = 400

# Slows nothing down: the process is killed at some moment of a real evaluation, which announces when it begins.
PROGRAM = """
import sys
from datetime import UTC, datetime
from heritage.core.clock import FixedClock
from heritage.db.engine import Database, make_engine
from heritage.flags.rules_file import load_rules
from heritage.flags.service import evaluate
from heritage.settings import data_dir

url = sys.argv[1]
database = Database(make_engine(url), url, url, None)
rules = load_rules(data_dir("config") / "rules.toml")
print("begin", flush=True)
with database.session() as session:
    evaluate(session, rules, FixedClock(datetime(2015, 5, 21, 12, tzinfo=UTC)))
print("done", flush=True)
"""

FILL = f"""
insert into site (register, register_ref, slug, name, name_folded, category, states_parties, states_note, region,
    criteria, listed, short_description, disclosure, marks, search)
select 'own', n::text, 's' || n, 'S', 's', 'unknown', '{{}}', '', '', '{{}}', daterange('1980-01-01', null), '',
    'public', '{{}}', '' from generate_series(1, {SITES}) n;
insert into part (site_id, ref, name, lon, lat, stands_for_site)
select id, register_ref, '', 38 + id * 0.0001, 34.5, true from site;
insert into place (lon, lat, radius_km) values (38.01, 34.5, 3);
insert into event_release (feed, release, rank) values ('test', '1', '{{1}}');
insert into event (feed, event_id, incident_id) select 'test', n::text, n from generate_series(1, 4) n;
insert into event_version (event, release_id, place_id, lon, lat, radius_km, location_precision, time_precision,
    occurred_from, occurred_to, kind, origins, reliability, credibility, fetched_at, known_at, digest)
select event.id, 1, place.id, place.lon, place.lat, 3, 'exact', 'day', '2015-05-20', '2015-05-20', 'fighting',
    'origin ' || event.id, 'B', 2, '2015-05-20 12:00Z', '2015-05-20 12:00Z', event.id from event, place;
"""


def changes(database: Database) -> int:
    with database.session() as session:
        return int(session.scalar(sa.text("select count(*) from flag_event")) or 0)


def run(database: Database, tmp_path: Path, *, kill_after_s: float | None = None) -> tuple[bool, float]:
    """Whether it was done (before it was killed), and how long the evaluation itself took."""
    script = tmp_path / "evaluate.py"
    script.write_text(PROGRAM)
    command = [sys.executable, str(script), database.app_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begin\n"
        began = time.monotonic()
        if kill_after_s is not None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=kill_after_s)
            process.kill()
        said = process.stdout.read()
    return "done" in said, time.monotonic() - began


def forget(owner: sa.Engine) -> None:
    with owner.begin() as connection:
        connection.exec_driver_sql("truncate flag_event; truncate proximity; update place set matched_reach_km = null")
        connection.exec_driver_sql("update part set matched_reach_km = null")


@pytest.mark.faults
def test_an_evaluation_killed_at_any_moment_is_recorded_whole_or_not_at_all(database: Database, tmp_path: Path) -> None:
    owner = sa.create_engine(database.owner_url)
    with owner.begin() as connection:
        connection.exec_driver_sql(FILL)
    done, whole_s = run(database, tmp_path)
    assert done
    assert changes(database) == SITES
    for tenth in range(13):
        forget(owner)
        done, _ = run(database, tmp_path, kill_after_s=whole_s * tenth / 10)
        # The server may still be rolling back what the dead program held.
        with database.session() as session:
            session.execute(sa.text("select pg_advisory_xact_lock(7236405)"))
        # Killed between the commit and its word, all of it is there without "done".
        assert changes(database) in ((SITES,) if done else (0, SITES))
    forget(owner)
    run(database, tmp_path, kill_after_s=whole_s / 2)
    assert run(database, tmp_path)[0]
    assert changes(database) == SITES
    owner.dispose()
