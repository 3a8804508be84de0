"""`python -m benchmarks.reading`: how well articles with labels set by hand are read, tuned and held apart."""

import argparse
import json
import math
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from heritage.core.text import fold
from heritage.reports.gazetteer import open_gazetteer, open_world
from heritage.reports.reading.drafts import Reading, read_article
from heritage.reports.reading.lookup import Register
from heritage.reports.reading.text import MOST_CHARS
from tests.reports.reading.hostile import HOSTILE, hostile_text

ARTICLES = Path(__file__).resolve().parent.parent / "tests" / "data" / "articles"
NEAR_KM = 15.0


def read(path: Path, var: Path) -> tuple[Reading, dict[str, Any]]:
    """One article and its labels, without a register."""
    labels = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    as_of = date.fromisoformat(labels["as_of"]) if labels["as_of"] else None
    text = path.read_text(encoding="utf-8")
    register = Register({}, {})
    return read_article(text, world=open_world(), gazetteer=open_gazetteer(var), register=register, as_of=as_of), labels


def place_counts(reading: Reading, labels: dict[str, Any]) -> tuple[int, list[str], list[str]]:
    """Event places found, those missed, those too many."""
    found = [place for place in reading.places if place.role == "event"]
    wanted = [(name, lon, lat) for name, lon, lat in labels["event_places"]]
    hits: list[str] = []
    for name, lon, lat in wanted:
        for place in found:
            # To leave a place without a point is no error, to put it elsewhere is one.
            there = place.spot is None or (lon is not None and _km(place.spot, lon, lat) <= NEAR_KM)
            if there and any(_same_name(name, other) for other in place.names):
                hits.append(name)
                break
    missed = [name for name, _, _ in wanted if name not in hits]
    extra = [place.name for place in found if not any(_same_name(a, b) for a in place.names for b in hits)]
    return len(hits), missed, extra


def _same_name(one: str, other: str) -> bool:
    """ "Gaza City" and "Gaza" are one name, written longer."""
    one, other = one.casefold(), other.casefold()
    return f" {one} ".startswith(f" {other} ") or f" {other} ".startswith(f" {one} ")


def sayer_counts(reading: Reading, labels: dict[str, Any]) -> tuple[int, list[str], list[str]]:
    """Statements with the right sayer; those missed, with what was made of them; sayers who say nothing by hand."""
    hits, missed = 0, []
    for words, sayer in labels["sayers"]:
        claims = [claim for claim in reading.claims if words in claim.quote]
        if any(fold(sayer) in fold(claim.said_by) for claim in claims):
            hits += 1
        else:
            missed.append(f"{words} -> {[claim.said_by for claim in claims]}")
    known = [fold(sayer) for _, sayer in labels["sayers"]]
    named = {claim.said_by for claim in reading.claims if claim.attributed}
    return hits, missed, [name for name in named if not any(sayer in fold(name) for sayer in known)]


def _km(spot: Any, lon: float, lat: float) -> float:
    return 111.2 * math.hypot((spot.lon - lon) * math.cos(math.radians(lat)), spot.lat - lat)


def print_hostile(var: Path, quick: bool) -> None:
    """How long texts made to take time do take, of half the longest length that is read and of the whole of it."""
    for name in HOSTILE:
        seconds = []
        for chars in (MOST_CHARS // 2, MOST_CHARS):
            text = hostile_text(name, chars // 10 if quick else chars)
            begun = time.process_time()
            read_article(text, world=open_world(), gazetteer=open_gazetteer(var), register=Register({}, {}))
            seconds.append(time.process_time() - begun)
        print(f"reading hostile, {name}: {seconds[1]:.1f} s, {seconds[1] / seconds[0]:.1f}x of half as long a text")


def main() -> None:
    """Print precision and recall of event places and of sayers, and how long hostile texts take."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--why", action="store_true", help="name what was missed and what was too much")
    options.add_argument("--quick", action="store_true", help="hostile texts of a tenth of their length")
    given = options.parse_args()
    why, quick = given.why, given.quick
    with tempfile.TemporaryDirectory() as folder:
        for group in ("tuned", "held_out"):
            for what, counts in (("event places", place_counts), ("sayers", sayer_counts)):
                hits = missed = extra = 0
                for path in sorted((ARTICLES / group).glob("*.txt")):
                    found, lost, more = counts(*read(path, Path(folder)))
                    hits, missed, extra = hits + found, missed + len(lost), extra + len(more)
                    if why and (lost or more):
                        print(f"  {path.stem}: missed {lost}, too many {more}")
                precision, recall = hits / (hits + extra or 1), hits / (hits + missed or 1)
                figures = f"precision {precision:.2f}, recall {recall:.2f}, of {hits + missed}"
                print(f"reading {group.replace('_', ' ')}, {what}: {figures}")
        print_hostile(Path(folder), quick)


if __name__ == "__main__":
    main()
