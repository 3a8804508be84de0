"""A temporary PostgreSQL with PostGIS to compare with: its own data folder, big buffers, four parallel workers."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
import psycopg

from benchmarks.points import Places
from heritage.core.geodesy import to_geocentric, wrapped_longitude

BINARIES = Path("/usr/lib/postgresql/15/bin")
CONTROL_FILE = Path("/usr/share/postgresql/15/extension/postgis.control")
PACKAGES = "postgresql-15-postgis-3"

_SETTINGS = {
    "shared_buffers": "4GB",
    "work_mem": "512MB",
    "maintenance_work_mem": "1GB",
    "max_worker_processes": "8",
    "max_parallel_workers": "8",
    "max_parallel_workers_per_gather": "4",
    "max_parallel_maintenance_workers": "4",
    "parallel_setup_cost": "0",
    "parallel_tuple_cost": "0",
    "min_parallel_table_scan_size": "0",
    "min_parallel_index_scan_size": "0",
    "jit": "off",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "8GB",
    "listen_addresses": "",
}
# The two ways a user would write the join; the better one is what we compare with.
JOINS = {
    "geography": "ST_DWithin(s.g, e.g, {metres})",
    "geocentric": "ST_3DDWithin(s.p, e.p, {metres}) and ST_Distance(s.g, e.g) <= {metres}",
}


def missing() -> str | None:
    """Say what has to be installed, or None."""
    if (BINARIES / "postgres").exists() and CONTROL_FILE.exists():
        return None
    return f"PostGIS is not installed (on Debian 12: apt-get install {PACKAGES}); only our own times are printed."


@contextmanager
def server() -> Iterator[psycopg.Connection]:
    """A connection to a server that ends, data and all, with the block."""
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="heritage-bench-"))
    running = None
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, user)
        initdb = [BINARIES / "initdb", "-D", folder / "data", "-U", "bench", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(initdb, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL)
        options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        start = [BINARIES / "postgres", "-D", folder / "data", "-k", folder, *options]
        with (folder / "log").open("wb") as log:
            running = subprocess.Popen(start, user=user, cwd="/", stdout=log, stderr=log)
        with _connected(folder) as connection:
            connection.execute("create extension postgis")
            yield connection
    finally:
        if running is not None:
            running.terminate()
            running.wait()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _connected(folder: Path) -> Iterator[psycopg.Connection]:
    for attempt in range(100):
        try:
            connection = psycopg.connect(host=str(folder), user="bench", dbname="postgres", autocommit=True)
            break
        except psycopg.OperationalError:
            if attempt == 99:
                raise
            time.sleep(0.1)
    with connection:
        yield connection


def load(connection: psycopg.Connection, table: str, places: Places, weights: np.ndarray) -> None:
    """Load, index, cluster and analyse one table of places: id, weight, geography g, geocentric point p."""
    copy_in(connection, table, places, weights)
    index(connection, table)
    connection.execute(f"cluster {table} using {table}_g")
    connection.execute(f"vacuum analyze {table}")


def copy_in(connection: psycopg.Connection, table: str, places: Places, weights: np.ndarray) -> None:
    """COPY places and make their points, without an index."""
    connection.execute(f"drop table if exists {table}, raw_{table}")
    connection.execute(
        f"create unlogged table raw_{table} (id int, h bigint, lon float8, lat float8, x float8, y float8, z float8)"
    )
    lon = wrapped_longitude(places.lon)
    x, y, z = to_geocentric(lon, places.lat)
    frame = pl.DataFrame(
        {"id": np.arange(len(places)), "h": weights, "lon": lon, "lat": places.lat, "x": x, "y": y, "z": z}
    )
    with connection.cursor().copy(f"copy raw_{table} from stdin (format csv)") as copy:
        copy.write(frame.write_csv(include_header=False))
    connection.execute(
        f"create unlogged table {table} as select id, h, ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography as g,"
        f" ST_MakePoint(x, y, z) as p from raw_{table}"
    )
    connection.execute(f"drop table raw_{table}")


def index(connection: psycopg.Connection, table: str, *, geography: bool = True, geocentric: bool = True) -> None:
    """Build the indexes that the joins need."""
    if geography:
        connection.execute(f"create index {table}_g on {table} using gist (g)")
    if geocentric:
        connection.execute(f"create index {table}_p on {table} using gist (p gist_geometry_ops_nd)")
    connection.execute(f"analyze {table}")


def join(connection: psycopg.Connection, variant: str, sites: str, events: str, radius_km: float) -> tuple[int, int]:
    """Run one variant of the join: number of pairs and the checksum of `heritage match`."""
    condition = JOINS[variant].format(metres=radius_km * 1000)
    row = connection.execute(
        f"select count(*), coalesce(sum(s.h * e.h), 0) from {sites} s join {events} e on {condition}"
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]) % 2**64
