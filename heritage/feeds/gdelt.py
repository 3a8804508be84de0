"""GDELT 2.0 events: what machines read in the news, grouped by article, place and kind; hints, never more."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit

from heritage.core.errors import UnusableFile
from heritage.core.files import SourceFile, unfit_text
from heritage.core.refusals import RowRefusal
from heritage.feeds.base import Batch, FeedSettings, draft_frame
from heritage.feeds.countries import english_name, fips_country
from heritage.feeds.domain import EventKind, LocationPrecision, Release, TimePrecision, daily_release

COLUMNS = 61
BATCH_ROWS = 10_000
# Where the columns that are used stand.
ID, DAY, ACTOR1, ACTOR2, CODE, ROOT, MENTIONS, SOURCES = 0, 1, 6, 16, 26, 28, 31, 32
PLACE_TYPE, PLACE, COUNTRY, ADM1, LAT, LON, FEATURE, ADDED, URL = 51, 52, 53, 54, 56, 57, 58, 59, 60

# A machine found a name in an article: the point is a town's, the radius one to assume, the town often simply the wrong
# one. Our "district" is the word for a point that may support others and never decides.  Source: feeds.md, section 3.
HINT_RADIUS_KM = 10.0
CITIES = {"3", "4"}
DIVISIONS = {"2", "5"}
# "A year ago" in a text becomes an event of a year ago: what lies further back than this cannot be dated.
MOST_DAYS_BACK = 3
_SLOT = re.compile(r"\d{14}")

KINDS = {
    "18": EventKind.VIOLENCE_AGAINST_CIVILIANS,
    "19": EventKind.FIGHTING,
    "20": EventKind.VIOLENCE_AGAINST_CIVILIANS,
}
CODES = {
    "171": EventKind.LOOTING, "1711": EventKind.LOOTING, "1712": EventKind.DELIBERATE_DESTRUCTION,
    "183": EventKind.EXPLOSION, "1831": EventKind.EXPLOSION, "1832": EventKind.EXPLOSION, "1833": EventKind.EXPLOSION,
    "192": EventKind.CONTROL_CHANGE, "194": EventKind.SHELLING, "195": EventKind.AIR_STRIKE,
    "1951": EventKind.AIR_STRIKE, "1952": EventKind.AIR_STRIKE, "204": EventKind.EXPLOSION, "2041": EventKind.EXPLOSION,
    "2042": EventKind.EXPLOSION,
}  # fmt: skip
# When one article gives several codes of one root, the one that says more about buildings stands.
_FIRST = (
    EventKind.DELIBERATE_DESTRUCTION,
    EventKind.LOOTING,
    EventKind.AIR_STRIKE,
    EventKind.SHELLING,
    EventKind.CONTROL_CHANGE,
    EventKind.EXPLOSION,
    EventKind.FIGHTING,
    EventKind.VIOLENCE_AGAINST_CIVILIANS,
)


class _BadField(ValueError):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True)
class GDELTFeed:
    """The adapter; see ``heritage.feeds.base.FeedAdapter``."""

    settings: FeedSettings
    name: str = "gdelt"

    def release(self, given: str | None, file_name: str, fetched_on: date) -> Release:
        """A stream has no releases: what came on a day is that day's. A file's name carries the day of its slot."""
        slot = _SLOT.search(file_name)
        if given is None and slot:
            given = f"{slot.group()[:4]}-{slot.group()[4:6]}-{slot.group()[6:8]}"
        return daily_release(given, fetched_on)

    def parse(
        self, source: SourceFile, *, fetched_on: date, progress: Callable[[int], None] | None = None
    ) -> Iterator[Batch]:
        """The events of one or more slots; rows of no concern are counted, not taken.

        Raises:  UnusableFile when the rows have another number of columns.
        """
        groups: dict[str, dict[str, Any]] = {}
        left_out: Counter[str] = Counter()
        refusals: list[RowRefusal] = []
        short = number = 0
        for number, line in enumerate(source.lines(), start=1):
            cells = line.rstrip("\r\n").split("\t")
            if cells == [""]:
                continue
            if len(cells) != COLUMNS:
                short += 1
                reason = f"has {len(cells)} columns where GDELT 2.0 has {COLUMNS}"
                refusals.append(RowRefusal(number, "the whole row", reason, cells[0][:20]))
                continue
            _sort_in(cells, number, groups, left_out, refusals, fetched_on)
        if not number or short > number / 2:
            raise UnusableFile(f"{source.name} is no GDELT 2.0 export: {short} of {number} rows have other columns.")
        if progress:
            progress(source.size)
        yield from self._batches(list(groups.values()), refusals, left_out)

    def _batches(
        self, groups: list[dict[str, Any]], refusals: list[RowRefusal], left_out: Counter[str]
    ) -> Iterator[Batch]:
        for start in range(0, max(len(groups), 1), BATCH_ROWS):
            drafts = [self._graded(group) for group in groups[start : start + BATCH_ROWS]]
            first = start == 0
            read = len(drafts) + (len(refusals) if first else 0)
            yield Batch(draft_frame(drafts), read, refusals if first else [], left_out=left_out if first else {})

    def _graded(self, group: dict[str, Any]) -> dict[str, Any]:
        return {**group, "reliability": self.settings.reliability, "credibility": self.settings.credibility}


def _sort_in(
    cells: Sequence[str],
    number: int,
    groups: dict[str, dict[str, Any]],
    left_out: Counter[str],
    refusals: list[RowRefusal],
    fetched_on: date,
) -> None:
    """Into its group, or out, with the reason."""
    if cells[ROOT] not in KINDS and cells[CODE] not in CODES:
        left_out["of another kind"] += 1
        return
    if cells[PLACE_TYPE] not in CITIES | DIVISIONS:
        left_out["no place beyond a country"] += 1
        return
    try:
        draft = _draft(cells, number, fetched_on)
    except _BadField as error:
        refusals.append(RowRefusal(number, error.field, str(error), f"id {cells[ID][:20]}"))
        return
    if draft is None:
        left_out["dated back further than the news"] += 1
        return
    held = groups.get(draft["event_id"])
    if held is None:
        groups[draft["event_id"]] = draft
        return
    left_out["repeats an article, place and kind"] += 1
    if _FIRST.index(EventKind(draft["kind"])) < _FIRST.index(EventKind(held["kind"])):
        held["kind"] = draft["kind"]


def _draft(cells: Sequence[str], number: int, fetched_on: date) -> dict[str, Any] | None:
    added = _moment(cells[ADDED])
    day = _day(cells[DAY])
    if day > added.date() or added.date() > fetched_on + timedelta(days=1):
        raise _BadField("Day", f"lies after the day it was added: {cells[DAY]!r}")
    if (added.date() - day).days > MOST_DAYS_BACK:
        return None
    country = fips_country(cells[COUNTRY])
    url = _text(cells, URL, "SOURCEURL")
    return {
        "row": number,
        "event_id": _identity(url, cells),
        "occurred_from": day,
        "occurred_to": added.date(),
        "reported_on": min(added.date(), fetched_on),
        **_place(cells),
        "time_precision": str(TimePrecision.DAY if day == added.date() else TimePrecision.DAYS),
        "kind": str(CODES.get(cells[CODE]) or KINDS[cells[ROOT]]),
        "place_name": _text(cells, PLACE, "ActionGeo_FullName")[:200] or None,
        "country": english_name(country) if country else None,
        "side_a": _text(cells, ACTOR1, "Actor1Name") or None,
        "side_b": _text(cells, ACTOR2, "Actor2Name") or None,
        "source_names": urlsplit(url).hostname or url[:80] or None,
        "source_dates": added.date().isoformat(),
        "source_titles": url[:500] or None,
        "origins": urlsplit(url).hostname or None,
        "marks": "machine_matched",
    }


def _identity(url: str, cells: Sequence[str]) -> str:
    """The same article, place and root, however often and in whichever slot it comes."""
    place = cells[FEATURE].strip() or f"{cells[LAT]} {cells[LON]}"
    return blake2b("\x1f".join((url, place, cells[ROOT])).encode("utf-8", "replace"), digest_size=12).hexdigest()


def _place(cells: Sequence[str]) -> dict[str, Any]:
    """A town's point, or none: the middle of a province stands for the province."""
    if cells[PLACE_TYPE] in DIVISIONS:
        return {"location_precision": str(LocationPrecision.PROVINCE)}
    place: dict[str, Any] = {"location_precision": str(LocationPrecision.DISTRICT), "radius_km": HINT_RADIUS_KM}
    for name, column, field, limit in (("lat", LAT, "ActionGeo_Lat", 90), ("lon", LON, "ActionGeo_Long", 180)):
        try:
            number = float(cells[column])
        except ValueError:
            raise _BadField(field, f"is not a number: {cells[column][:40]!r}") from None
        if not abs(number) <= limit:
            raise _BadField(field, f"is not a number from -{limit} to {limit}: {cells[column][:40]!r}")
        place[name] = round(number, 7) + 0.0
    return place


def _text(cells: Sequence[str], column: int, field: str) -> str:
    if reason := unfit_text(cells[column]):
        raise _BadField(field, reason)
    return re.sub(r"[\x00-\x1f\x7f]+", " ", cells[column]).strip()


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise _BadField("Day", f"is not a day: {text[:40]!r}") from None


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise _BadField("DATEADDED", f"is not a moment: {text[:40]!r}") from None
