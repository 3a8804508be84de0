"""How well reports of one happening are found: two releases of one feed taken for two feeds, the ids as the truth.

A pair counts as right when both releases give it one id. What the truth cannot know: a newer release splits and joins
events under new ids, which counts against us here.
"""

import sys
from datetime import date
from pathlib import Path

from heritage.core.files import open_source
from heritage.feeds.registry import get_feed
from heritage.incidents.sameness import Told, find_alike, group

FILES = ("ged-v19-ukraine-hdx.csv.gz", "ged-v22-ukraine-hdx.csv.gz")


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


def main() -> None:
    """Print precision and recall."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2] / "shared" / "data" / "ged"
    old, new = read(folder / FILES[0], "older", 1), read(folder / FILES[1], "newer", 1_000_000)
    told = [each for _, each in [*old.values(), *new.values()]]
    heads = group(told, find_alike(told))
    new_of = {heads[number]: name for number, (name, _) in new.items()}
    joined = {name: new_of[heads[number]] for number, (name, _) in old.items() if heads[number] in new_of}
    both = {name for name, _ in old.values()} & {name for name, _ in new.values()}
    right = sum(name == other for name, other in joined.items())
    print(f"events: {len(old)} older, {len(new)} newer, {len(both)} in both by their ids")
    print(f"joined: {len(joined)}, precision {right / len(joined):.3f}, recall {right / len(both):.3f}")


if __name__ == "__main__":
    main()
