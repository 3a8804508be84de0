"""Server times of pages with 300,000 inventory sites loaded, beside a bare Flask page in the same run.

Prints lines such as ``page dossier: 12 ms against 1 ms bare Flask``. The sites are made up (seeded): four in five in
dense inventories, the rest spread over the boxes where the events of ``heritage/starter`` and of the made-up feed lie.
"""

import gzip
import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from flask import Flask

from heritage.app import create_app
from heritage.channels.registry import open_channels
from heritage.core.clock import FixedClock
from heritage.db.embedded import EmbeddedServer
from heritage.db.engine import Database, make_engine
from heritage.db.migrate import upgrade
from heritage.flags.rules_file import load_rules
from heritage.services import Services
from heritage.settings import Settings
from heritage.sites.readers import open_register
from heritage.sites.service import compare, take
from heritage.starter.load import load_starter
from heritage.web.warming import warm

ROUNDS = 9
DAY = date(2015, 5, 21)
WORDS = (
    "Tell",
    "Qasr",
    "Khirbat",
    "Deir",
    "Qal'at",
    "Umm",
    "Wadi",
    "Jebel",
    "Bir",
    "Ain",
    "Ras",
    "Burj",
    "Kafr",
    "Beit",
)


def write_inventory(path: Path, count: int) -> None:
    """A GeoJSON inventory of made-up places, one feature a line."""
    rng = np.random.default_rng(20150521)
    dense = rng.normal((44.0, 33.0), (2.5, 2.0), size=(count * 4 // 5, 2))
    spread = np.column_stack([rng.uniform(34, 42, count - len(dense)), rng.uniform(32, 37.5, count - len(dense))])
    points = np.vstack([dense, spread])
    names = rng.integers(0, len(WORDS), size=(count, 2))
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write('{"type":"FeatureCollection","features":[\n')
        for index, (lon, lat) in enumerate(points):
            ref = f"EAMENA-{index:07d}"
            name = f"{WORDS[names[index, 0]]} {WORDS[names[index, 1]]} {index}"
            feature = {
                "type": "Feature",
                "properties": {"ei": ref, "Resource Name": name},
                "geometry": {"type": "Point", "coordinates": [round(float(lon), 6), round(float(lat), 6)]},
            }
            file.write(("," if index else "") + json.dumps(feature) + "\n")
        file.write("]}\n")


def milliseconds(call: Callable[[], object]) -> tuple[float, float]:
    """The first and the median time of a call, in ms."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    return times[0], statistics.median(times[1:])


def bare_flask() -> float:
    """The median time of a page that says hello, in ms."""
    app = Flask("bare")
    app.add_url_rule("/", view_func=lambda: "<!doctype html><title>hello</title>")
    client = app.test_client()
    return milliseconds(lambda: client.get("/"))[1]


def main() -> None:
    """Load the register, ask for each page, print a line a page."""
    count = 20_000 if "--quick" in sys.argv else 300_000
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer(Path(folder) / "var") as server:
        upgrade(server.owner_url, app_role="heritage_app")
        database = Database(make_engine(server.app_url), server.app_url, server.owner_url, server)
        settings = Settings(var=Path(folder) / "var", trusted_hosts=["localhost"])
        clock = FixedClock(datetime(2015, 5, 21, 12, tzinfo=UTC))
        services = Services(
            clock=clock, settings=settings, database=database, channels=open_channels(settings, clock, database)
        )
        _load(services, Path(folder), count)
        _measure(services, count)
        database.engine.dispose()


def _load(services: Services, folder: Path, count: int) -> None:
    rules = load_rules(services.settings.rules_file())
    began = time.perf_counter()
    write_inventory(folder / "inventory.geojson.gz", count)
    made = time.perf_counter()
    with services.database.session() as session:
        comparison = compare(session, open_register(folder / "inventory.geojson.gz"), today=DAY)
        take(session, comparison, started_at=services.clock.now(), now=services.clock.now())
    print(f"inventory of {count} sites: {time.perf_counter() - made:.0f} s to import ({made - began:.0f} s to make)")
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=rules.reach_km)


def _measure(services: Services, count: int) -> None:
    app = create_app(services)
    client = app.test_client()
    bare = bare_flask()
    began = time.perf_counter()
    warm(app)
    warmed = time.perf_counter()
    client.get("/")
    spent = (time.perf_counter() - warmed) * 1000
    print(
        f"opening day kept warm: {(warmed - began) * 1000:.0f} ms beside the readers, then {spent:.0f} ms for the first"
    )
    pages = {
        "overview, a day's flags": f"/?as_of={DAY}",
        "browse": f"/sites?as_of={DAY}",
        "browse, page 500": f"/sites?as_of={DAY}&page=500",
        "search": f"/sites?q=palmyra&as_of={DAY}",
        "search, misspelt": f"/sites?q=palmira&as_of={DAY}",
        "search, Arabic": f"/sites?q=تدمر&as_of={DAY}",
        "search, common word": f"/sites?q=tell&as_of={DAY}",
        "facets, of a register": f"/sites?register=eamena&danger=no&as_of={DAY}",
        "facets, another choice": f"/sites?register=eamena&level=1&sort=name&as_of={DAY}",
        "facets, of a common word": f"/sites?q=tell&register=eamena&as_of={DAY}",
        "map of a large result": f"/maps/sites.geojson?q=tell&register=eamena&as_of={DAY}",
        "dossier": f"/sites/site-of-palmyra?as_of={DAY}",
        "map of the world": f"/maps/sites.geojson?as_of={DAY}",
        "map view": f"/maps/sites.geojson?as_of={DAY}&bbox=36,34,39,36&zoom=7",
    }
    for name, address in pages.items():
        began = time.perf_counter()
        answer = client.get(address)
        first = (time.perf_counter() - began) * 1000
        if answer.status_code != 200:
            sys.exit(f"{address} answered {answer.status_code}")
        again = milliseconds(lambda address=address: client.get(address))[1]  # type: ignore[misc]
        print(
            f"page {name}: {again:.0f} ms against {bare:.1f} ms bare Flask ({count} sites; first time {first:.0f} ms)"
        )


if __name__ == "__main__":
    main()
