"""A day's levels with 300,000 inventory sites and 350,000 events of twenty years.

Prints lines such as ``flags of a day, 300000 sites and 350000 events: 180 ms``. Sites and events are those of the
matching benchmark (seeded); events lie on a grid of a twentieth of a degree, as real files repeat their places.
"""

import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import sqlalchemy as sa
from sqlmodel import Session

from benchmarks import points
from heritage.db.embedded import EmbeddedServer
from heritage.db.engine import Database, make_engine
from heritage.db.migrate import upgrade
from heritage.flags.rules import Rules
from heritage.flags.rules_file import load_rules
from heritage.flags.service import compute_flags, compute_levels, site_history
from heritage.proximity.service import match_pending
from heritage.settings import data_dir

FIRST = date(2006, 1, 1)
DAYS = 20 * 365
ROUNDS = 5
SHOWN = 100

SITES = """
insert into site (register, register_ref, slug, name, name_folded, category, states_parties, states_note, region,
    criteria, listed, lon, lat, short_description, disclosure, marks, search)
select 'bench', id::text, 'bench-' || id, 'Place ' || id, 'place ' || id, 'unknown', '{}', '', '', '{}',
    daterange('1980-01-01', null), lon, lat, '', 'public', '{}', '' from bench_site order by id;
insert into part (site_id, ref, name, lon, lat, extent_km, stands_for_site)
select site.id, register_ref, '', lon, lat, 0.2, true from site where register = 'bench';
"""
EVENTS = """
insert into place (lon, lat, radius_km) select distinct lon, lat, radius_km from bench_event;
insert into event_release (feed, release, rank) values ('bench', '1', '{1}');
insert into event (feed, event_id, incident_id) select 'bench', b.id::text, b.id from bench_event b order by b.id;
insert into event_version (event, release_id, place_id, lon, lat, radius_km, location_precision, time_precision,
    occurred_from, occurred_to, kind, fatalities_best, origins, reliability, credibility, fetched_at, known_at,
    reported_at, place_name, source_names, source_dates, source_titles, digest)
select event.id, 1, place.id, b.lon, b.lat, b.radius_km, case when b.radius_km > 5 then 'near' else 'exact' end, 'day',
    b.day, b.day, 'fighting', b.deaths, 'origin ' || mod(b.id, 9), 'B', 2, b.day + time '12:00', b.day + time '12:00',
    b.day + time '12:00', 'Somewhere', 'A paper', b.day::text, '', b.id
from bench_event b join event on event.event_id = b.id::text join place using (lon, lat, radius_km);
analyze;
"""


def main() -> None:
    """Fill a database of its own, ask for a day, print a line a question."""
    sites, events = (30_000, 35_000) if "--quick" in sys.argv else (300_000, 350_000)
    rules = load_rules(data_dir("config") / "rules.toml")
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer(Path(folder) / "var", durable=False) as server:
        upgrade(server.owner_url, app_role="heritage_app")
        database = Database(make_engine(server.app_url), server.app_url, server.owner_url, server)
        _fill(server, database, sites, events, rules)
        with database.session() as session:
            _measure(session, rules, f"{sites} sites and {events} events")
        database.engine.dispose()


def _fill(server: EmbeddedServer, database: Database, sites: int, events: int, rules: Rules) -> None:
    engine = sa.create_engine(server.owner_url)
    with engine.begin() as connection:
        _copy(connection, "bench_site", _site_rows(sites))
        _copy(connection, "bench_event", _event_rows(events))
        connection.exec_driver_sql(SITES)
        connection.exec_driver_sql(EVENTS)
    engine.dispose()
    with database.session() as session:
        print(f"{match_pending(session, rules.reach_km).pairs} pairs matched within {rules.reach_km:g} km")
    with database.session() as session:
        session.execute(sa.text("analyze"))


def _site_rows(count: int) -> pl.DataFrame:
    made = points.sites(count)
    return pl.DataFrame({"id": np.arange(1, count + 1), "lon": made.lon, "lat": made.lat})


def _event_rows(count: int) -> pl.DataFrame:
    made, chance = points.events(count), np.random.default_rng(3)
    # Wars have phases: a third of the days hold most of the events.
    day = np.minimum(chance.integers(0, DAYS, count), chance.integers(0, DAYS, count))
    days = [FIRST + timedelta(days=int(n)) for n in day]
    lon, lat = (np.round(degrees * 20) / 20 for degrees in (made.lon, made.lat))
    radius = chance.choice([3.0, 5.0, 25.0], count, p=[0.4, 0.2, 0.4])
    deaths = chance.poisson(3, count)
    columns = {
        "id": np.arange(1, count + 1),
        "lon": lon,
        "lat": lat,
        "radius_km": radius,
        "day": days,
        "deaths": deaths,
    }
    return pl.DataFrame(columns)


def _copy(connection: sa.Connection, table: str, rows: pl.DataFrame) -> None:
    kinds = {"id": "bigint", "day": "date", "deaths": "int"}
    columns = ", ".join(f"{name} {kinds.get(name, 'float8')}" for name in rows.columns)
    connection.exec_driver_sql(f"create temp table {table} ({columns})")
    text = io.BytesIO()
    rows.write_csv(text, include_header=False)
    with (
        connection.connection.driver_connection.cursor() as cursor,  # type: ignore[union-attr]
        cursor.copy(f"copy {table} from stdin (format csv)") as copy,
    ):
        copy.write(text.getvalue())


def _measure(session: Session, rules: Rules, of: str) -> None:
    day = FIRST + timedelta(days=DAYS // 4)
    levels = compute_levels(session, rules, as_of=day)
    flagged = len(levels.site_ids)
    highest = int(levels.site_ids[np.argmax(levels.score)])
    year = day - timedelta(days=365)
    questions: dict[str, Callable[[], object]] = {
        f"levels of a day ({flagged} sites above none)": lambda: compute_levels(session, rules, as_of=day),
        f"the highest {SHOWN} of these explained": lambda: compute_flags(
            session, rules, as_of=day, min_level=1, among=levels.highest(SHOWN), limit=SHOWN
        ),
        "flag of one site": lambda: compute_flags(session, rules, as_of=day, site_id=highest),
        "history of one site, a year": lambda: site_history(session, rules, highest, year, day),
    }
    for name, ask in questions.items():
        print(f"{name}, {of}: {_milliseconds(ask):.0f} ms")
    began = time.perf_counter()
    every = compute_flags(session, rules, as_of=day, min_level=1)
    print(f"all {len(every)} flags of a day explained, {of}: {(time.perf_counter() - began) * 1000:.0f} ms")


def _milliseconds(ask: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
