"""A 350,000-row event file: our import, all checks on, beside psql's ``\\copy`` of the same file into a typed table."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import polars as pl
import psycopg
from sqlmodel import Session

from heritage.core.clock import SystemClock
from heritage.core.files import open_source
from heritage.db import migrate
from heritage.db.embedded import EmbeddedServer, binaries
from heritage.db.engine import make_engine
from heritage.feeds.registry import get_feed
from heritage.feeds.ucdp import LAYOUT_49
from heritage.incidents.service import import_events

ROWS = 350_000
QUICK_ROWS = 35_000
ROUNDS = 5
SEED = 20150521

WHOLE = {
    "id", "year", "type_of_violence", "conflict_dset_id", "conflict_new_id", "dyad_dset_id", "dyad_new_id",
    "side_a_dset_id", "side_a_new_id", "side_b_dset_id", "side_b_new_id", "number_of_sources", "where_prec",
    "priogrid_gid", "country_id", "event_clarity", "date_prec", "deaths_a", "deaths_b", "deaths_civilians",
    "deaths_unknown", "best", "high", "low",
}  # fmt: skip
TYPES = {"active_year": "boolean", "latitude": "double precision", "longitude": "double precision"} | {
    "date_start": "date",
    "date_end": "date",
}


def main() -> None:
    """Print the two ratios, each the median of alternating rounds."""
    rows = QUICK_ROWS if "--quick" in sys.argv else ROWS
    with tempfile.TemporaryDirectory(prefix="heritage-bench-") as name:
        folder = Path(name)
        # The server drops to an unprivileged user, who must be able to pass through the folder.
        folder.chmod(0o755)
        file = write_events(folder / "events_v25_1.csv", rows)
        print(f"# {rows} rows, {len(LAYOUT_49)} columns, {file.stat().st_size / 1e6:.0f} MB", flush=True)
        with EmbeddedServer(folder / "server") as server:
            times = [_round(server, file, number) for number in range(ROUNDS)]
        for copy_s, import_s, again_s in times:
            print(f"# \\copy {copy_s:.2f} s, import {import_s:.2f} s, unchanged {again_s:.2f} s")
        print(f"import {rows} rows: {median(a / b for a, b, _ in times):.2f}x \\copy")
        print(f"import {rows} rows unchanged: {median(a / c for a, _, c in times):.2f}x \\copy")


def write_events(path: Path, rows: int) -> Path:
    """A made-up file in the 49-column layout: clustered points, quoted headlines, about 490 bytes a row."""
    rng = np.random.default_rng(SEED)
    spots = np.column_stack([rng.uniform(-170, 170, 28_000).round(6), rng.uniform(-50, 65, 28_000).round(6)])
    spot = np.minimum(rng.zipf(1.3, rows) - 1, len(spots) - 1)
    spot = np.where(rng.random(rows) < 0.4, rng.integers(0, len(spots), rows), spot)
    words = np.array(
        [
            "clashes",
            "reported",
            "near",
            "the",
            "town",
            "after",
            "shelling",
            'so-called "truce"',
            "forces",
            "Sunday,",
            "dead",
        ]
    )
    headline = [" ".join(line) for line in words[rng.integers(0, len(words), (rows, 9))]]
    start = np.datetime64("1989-01-01") + rng.integers(0, 13_000, rows)
    deaths = rng.integers(0, 12, (rows, 4))
    best = deaths.sum(axis=1)
    day = pl.Series("day", start).cast(pl.Date)
    frame = pl.DataFrame(
        {
            "id": np.arange(1, rows + 1),
            "start": day,
            "spot": spot,
            "longitude": spots[spot, 0],
            "latitude": spots[spot, 1],
            "headline": headline,
            "actor": rng.integers(1, 900, rows),
            "best": best,
            **{
                name: deaths[:, at]
                for at, name in enumerate(("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown"))
            },
            "where_prec": rng.choice([1, 2, 3, 4, 5, 6], rows, p=[0.5, 0.25, 0.1, 0.1, 0.03, 0.02]),
            "type_of_violence": rng.integers(1, 4, rows),
        }
    )
    _as_layout(frame).write_csv(path, quote_style="necessary")
    return path


def _as_layout(frame: pl.DataFrame) -> pl.DataFrame:
    day, actor = pl.col("start").cast(pl.String), pl.col("actor")
    office = pl.format("Agency {}", actor % 40)
    made = frame.with_columns(
        relid=pl.format("ABC-{}-1-{}-{}", pl.col("start").dt.year(), actor, pl.col("id")),
        year=pl.col("start").dt.year(),
        active_year=pl.lit("true"),
        code_status=pl.lit("Clear"),
        conflict_name=pl.format("Country {}: Government", actor % 120),
        dyad_name=pl.format("Government of Country {} - Group {}", actor % 120, actor),
        side_a=pl.format("Government of Country {}", actor % 120),
        side_b=pl.format("Group {}", actor),
        number_of_sources=pl.lit(1),
        source_article=pl.format('"{},{},{}"', office, day, pl.col("headline")),
        source_office=office,
        source_date=day,
        source_headline=pl.col("headline"),
        source_original=pl.format("spokesman {}", actor),
        where_coordinates=pl.format("Place {} town", pl.col("spot")),
        where_description=pl.format("quarter {} of Place {}", actor % 9, pl.col("spot")),
        adm_1=pl.format("Province {}", pl.col("spot") % 700),
        adm_2=pl.format("District {}", pl.col("spot") % 5000),
        geom_wkt=pl.format("POINT ({} {})", pl.col("longitude"), pl.col("latitude")),
        priogrid_gid=pl.col("spot") + 100_000,
        country=pl.format("Country {}", actor % 120),
        region=pl.lit("Region"),
        event_clarity=pl.lit(1),
        date_prec=pl.lit(1),
        date_start=day + " 00:00:00.000",
        date_end=day + " 00:00:00.000",
        high=pl.col("best") + 2,
        low=pl.col("best"),
        **{name: actor for name in WHOLE if name.endswith(("_dset_id", "_new_id", "country_id"))},
        gwnoa=(actor % 900).cast(pl.String),
        gwnob=pl.lit(None, dtype=pl.String),
    )
    return made.select(LAYOUT_49)


def _round(server: EmbeddedServer, file: Path, number: int) -> tuple[float, float, float]:
    name = f"bench_{number}"
    with psycopg.connect(server.conninfo(dbname="postgres"), autocommit=True) as connection:
        connection.execute(f"create database {name}")  # type: ignore[call-overload]  # the name is ours
    owner_url = server.url("heritage_owner", name)
    migrate.upgrade(owner_url, app_role="heritage_app")
    copy_s = _timed_copy(server.conninfo(dbname=name), file)
    engine = make_engine(server.url("heritage_app", name))
    try:
        import_s, again_s = (_timed_import(engine, file) for _ in range(2))
    finally:
        engine.dispose()
    with psycopg.connect(server.conninfo(dbname="postgres"), autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")  # type: ignore[call-overload]
    return copy_s, import_s, again_s


def _timed_copy(conninfo: str, file: Path) -> float:
    columns = ", ".join(f"{name} {TYPES.get(name, 'integer' if name in WHOLE else 'text')}" for name in LAYOUT_49)
    _psql(conninfo, [f"create table plain ({columns}, primary key (id))"])
    begun = perf_counter()
    _psql(conninfo, [rf"\copy plain from '{file}' with (format csv, header true)"])
    spent = perf_counter() - begun
    _psql(conninfo, ["drop table plain"])
    return spent


def _psql(conninfo: str, commands: Sequence[str]) -> None:
    arguments = [word for command in commands for word in ("-c", command)]
    subprocess.run([binaries() / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", conninfo, *arguments], check=True)


def _timed_import(engine: object, file: Path) -> float:
    begun = perf_counter()
    source = open_source(file)
    with Session(engine) as session:  # type: ignore[arg-type]
        import_events(session, get_feed("ucdp"), source, clock=SystemClock(), release="25.1")
        session.commit()
    return perf_counter() - begun


if __name__ == "__main__":
    main()
