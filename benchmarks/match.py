"""Matching beside PostGIS: the same seeded places, the same pairs, one line a result.

python -m benchmarks.match [--quick] [--rounds N]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
import psycopg

from benchmarks import points, postgis
from benchmarks.points import Places
from heritage.proximity.engine import iter_pairs
from heritage.proximity.files import weights

Answer = tuple[int, int]


@dataclass(frozen=True)
class Case:
    """Events against sites at a radius. A batch is the small list of a poll against the whole inventory."""

    events: int
    sites: int
    radius_km: float

    @property
    def name(self) -> str:
        return f"match {self.events}x{self.sites} {self.radius_km:g} km"


CASES = (Case(350_000, 300_000, 50), Case(350_000, 300_000, 10), Case(1_500, 300_000, 50), Case(1_500, 300_000, 10))
QUICK = (Case(35_000, 30_000, 50), Case(35_000, 30_000, 10), Case(150, 30_000, 50))


@dataclass(frozen=True)
class Tables:
    """The places of a case with the weights of their ids, which are their numbers written out."""

    sites: Places
    events: Places
    site_weight: np.ndarray
    event_weight: np.ndarray


def tables(case: Case) -> Tables:
    """Make the places of a case, the same ones on every run."""
    sites, events = points.sites(case.sites), points.events(case.events)
    number = [weights(pl.Series([str(at) for at in range(len(places))])) for places in (sites, events)]
    return Tables(sites, events, *number)


def ours(of: Tables, radius_km: float) -> Answer:
    """Every pair with its distance, from coordinates in memory, indexes included; summed up as it streams by."""
    sites, events = of.sites, of.events
    pairs = checksum = 0
    for share in iter_pairs(events.lon, events.lat, sites.lon, sites.lat, radius_km):
        pairs += len(share)
        checksum += int((of.event_weight[share.a_index] * of.site_weight[share.b_index]).sum(dtype=np.uint64))
    return pairs, checksum % 2**64


def timed(work: Callable[[], Answer]) -> tuple[float, Answer]:
    """Seconds and answer of one run."""
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def compared(case: Case, connection: psycopg.Connection | None, rounds: int) -> None:
    """Print one case: median of alternating runs, ours and each PostGIS variant, after one warm-up of each."""
    of = tables(case)
    works: dict[str, Callable[[], Answer]] = {"ours": lambda: ours(of, case.radius_km)}
    if connection is not None:
        postgis.load(connection, "s", of.sites, of.site_weight)
        postgis.load(connection, "e", of.events, of.event_weight)
        for variant in postgis.JOINS:
            works[variant] = partial(postgis.join, connection, variant, "s", "e", case.radius_km)
    seconds: dict[str, list[float]] = {name: [] for name in works}
    answers = {name: work() for name, work in works.items()}
    for _ in range(rounds):
        for name, work in works.items():
            took, answers[name] = timed(work)
            seconds[name].append(took)
    median = {name: statistics.median(values) for name, values in seconds.items()}
    _say(case.name, answers, median)


def whole_process(case: Case, connection: psycopg.Connection | None, rounds: int) -> None:
    """Print the same job from two CSV files to a number: a process of ours, and PostGIS with loading and one index."""
    of = tables(case)
    with tempfile.TemporaryDirectory(prefix="heritage-bench-") as folder:
        sites, events = Path(folder) / "sites.csv", Path(folder) / "events.csv"
        _write(sites, "site_id", of.sites)
        _write(events, "event_id", of.events)
        program = [sys.executable, "-c", "from heritage.cli import main; main()", "match", "--json"]
        arguments = ["--sites", str(sites), "--events", str(events), "--radius-km", str(case.radius_km)]

        def process() -> Answer:
            done = subprocess.run([*program, *arguments], check=True, capture_output=True, text=True)
            document = pl.read_json(done.stdout.encode())
            return int(document["pairs"][0]), int(document["checksum"][0], 16)

        works: dict[str, Callable[[], Answer]] = {"ours": process}
        if connection is not None:
            works["geography"] = lambda: _loaded_and_joined(connection, of, case.radius_km)
        seconds: dict[str, list[float]] = {name: [] for name in works}
        answers: dict[str, Answer] = {}
        for _ in range(rounds):
            for name, work in works.items():
                took, answers[name] = timed(work)
                seconds[name].append(took)
    _say(f"{case.name} whole process", answers, {name: statistics.median(values) for name, values in seconds.items()})


def _loaded_and_joined(connection: psycopg.Connection, of: Tables, radius_km: float) -> Answer:
    for table, places, weight in (("s", of.sites, of.site_weight), ("e", of.events, of.event_weight)):
        postgis.copy_in(connection, table, places, weight)
        postgis.index(connection, table, geocentric=False)
    return postgis.join(connection, "geography", "s", "e", radius_km)


def _write(path: Path, id_name: str, places: Places) -> None:
    pl.DataFrame({id_name: np.arange(len(places)), "lon": places.lon, "lat": places.lat}).write_csv(path)


def _say(name: str, answers: dict[str, Answer], seconds: dict[str, float]) -> None:
    pairs, checksum = answers["ours"]
    others = {variant: took for variant, took in seconds.items() if variant != "ours"}
    detail = ", ".join(f"{variant} {took:.3f} s" for variant, took in seconds.items())
    if not others:
        print(f"{name}: {seconds['ours']:.3f} s", flush=True)
    else:
        print(f"{name}: {min(others.values()) / seconds['ours']:.1f}x PostGIS", flush=True)
    print(f"    {pairs} pairs, checksum {checksum:016x}; {detail}", file=sys.stderr, flush=True)
    different = [variant for variant in others if answers[variant] != answers["ours"]]
    if different:
        raise SystemExit(f"{name}: other pairs than PostGIS ({', '.join(different)}): {answers}")


def main() -> None:
    """Run all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the places")
    parser.add_argument("--rounds", type=int, default=3, help="runs of which the median counts")
    arguments = parser.parse_args()
    cases = QUICK if arguments.quick else CASES
    lacking = postgis.missing()
    print(f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    if lacking:
        print(lacking, file=sys.stderr)
        _run(cases, None, arguments.rounds)
        return
    with postgis.server() as connection:
        _run(cases, connection, arguments.rounds)


def _run(cases: tuple[Case, ...], connection: psycopg.Connection | None, rounds: int) -> None:
    for case in cases:
        # A run of some milliseconds says little by itself.
        compared(case, connection, rounds * 5 if case.events < 10_000 else rounds)
    for case in cases[:2]:
        whole_process(case, connection, 1 if connection else rounds)


if __name__ == "__main__":
    main()
