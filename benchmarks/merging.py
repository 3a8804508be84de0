"""`python -m benchmarks.merging`: how well reports of one happening are found.

Two truths. Pairs written and labelled by hand, each with the reason for its label: what a coder would say on reading
both. And two releases of one feed taken for two feeds, a pair being right when both give it one id: what that cannot
know is that a newer release splits and joins events under new ids, which counts against us.
"""

import argparse
import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from heritage.core.files import open_source
from heritage.core.geodesy import destination
from heritage.feeds.registry import get_feed
from heritage.incidents.sameness import Told, find_alike, group

ROOT = Path(__file__).resolve().parents[1]
PAIRS = ROOT / "tests" / "data" / "merging" / "pairs.psv"
FILES = ("ged-v19-ukraine-hdx.csv.gz", "ged-v22-ukraine-hdx.csv.gz")


def labelled(path: Path = PAIRS) -> Iterator[tuple[Told, Told, bool, str]]:
    """The pairs with their labels and the reasons for these."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="|"):
            feeds = row["feeds"].split()
            lon, lat = float(row["lon"]), float(row["lat"])
            east, north = destination([lon], [lat], [90.0], [float(row["b_km"])])
            points = ((lon, lat), (float(east[0]), float(north[0])))
            one, other = (
                _told(number, feeds[number - 1], point, row, side)
                for number, point, side in ((1, points[0], "a"), (2, points[1], "b"))
            )
            yield one, other, row["same"] == "yes", row["why"]


def _told(number: int, feed: str, point: tuple[float, float], row: dict[str, str], side: str) -> Told:
    days = [date.fromisoformat(day) for day in row[f"{side}_days"].split("/")]
    parties = tuple(name.strip() for name in row[f"{side}_parties"].split(";") if name.strip())
    deaths = int(row[f"{side}_deaths"]) if row[f"{side}_deaths"] else None
    radius_km = float(row[f"{side}_radius_km"])
    return Told(number, feed, *point, radius_km, days[0], days[-1], row[f"{side}_kind"], parties, deaths)


def judged(one: Told, other: Told) -> bool:
    """Whether the rules join the two when nothing else is told."""
    heads = group([one, other], find_alike([one, other]))
    return heads[one.event] == heads[other.event]


def by_hand(*, why: bool) -> None:
    """Print precision and recall on the labelled pairs."""
    right = wrong = missed = 0
    for one, other, same, reason in labelled():
        said = judged(one, other)
        right, wrong, missed = right + (said and same), wrong + (said and not same), missed + (same and not said)
        if why and said != same:
            score = max((pair.score for pair in find_alike([one, other])), default=0.0)
            print(f"  {'joined' if said else 'left apart'} ({score:.2f}): {reason}")
    total = sum(1 for _ in labelled())
    print(
        f"merging {total} labelled pairs: precision {right / (right + wrong):.3f}, "
        f"recall {right / (right + missed):.3f}"
    )


def read(path: Path, feed: str, first: int) -> dict[int, tuple[str, Told]]:
    """The usable events of a file, numbered from first, with the feed's own id."""
    found = {}
    for batch in get_feed("ucdp").parse(open_source(path), fetched_on=date.today(), progress=None):  # noqa: DTZ011 - a benchmark
        for row in batch.drafts.iter_rows(named=True):
            if row["lon"] is None or row["radius_km"] is None or row["radius_km"] > 30:
                continue
            number = first + len(found)
            parties = tuple(side for side in (row["side_a"], row["side_b"]) if side)
            found[number] = (
                row["event_id"],
                Told(
                    number, feed, row["lon"], row["lat"], row["radius_km"], row["occurred_from"], row["occurred_to"],
                    str(row["kind"]), parties, row["fatalities_best"],
                ),
            )  # fmt: skip
    return found


def by_ids(folder: Path) -> None:
    """Print precision and recall on two releases, the ids as the truth."""
    old, new = read(folder / FILES[0], "older", 1), read(folder / FILES[1], "newer", 1_000_000)
    told = [each for _, each in [*old.values(), *new.values()]]
    heads = group(told, find_alike(told))
    new_of = {heads[number]: name for number, (name, _) in new.items()}
    joined = {name: new_of[heads[number]] for number, (name, _) in old.items() if heads[number] in new_of}
    both = {name for name, _ in old.values()} & {name for name, _ in new.values()}
    right = sum(name == other for name, other in joined.items())
    print(f"merging two releases, {len(old)} and {len(new)} events, {len(both)} ids in both: {len(joined)} joined, "
          f"precision {right / len(joined):.3f}, recall {right / len(both):.3f}")  # fmt: skip


def main() -> None:
    """Print precision and recall on both."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", nargs="?", type=Path, default=ROOT.parent / "shared" / "data" / "ged")
    options.add_argument("--why", action="store_true", help="name the labelled pairs that were judged wrongly")
    options.add_argument("--quick", action="store_true", help="the labelled pairs only")
    given = options.parse_args()
    by_hand(why=given.why)
    if not given.quick:
        by_ids(given.folder)


if __name__ == "__main__":
    main()
