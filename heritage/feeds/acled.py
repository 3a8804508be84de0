"""ACLED events: the API's JSON and the export tool's CSV, in the layout since March 2023."""

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from heritage.core.errors import UnusableFile
from heritage.core.files import SourceFile, unfit_text
from heritage.core.refusals import RowRefusal
from heritage.core.text import whole_characters
from heritage.feeds.base import Batch, FeedSettings, draft_frame
from heritage.feeds.domain import UNIT, EventKind, LocationPrecision, Release, TimePrecision, daily_release

BATCH_ROWS = 20_000
REQUIRED = ("event_id_cnty", "event_date", "time_precision", "event_type", "sub_event_type", "country")
PLACED = ("latitude", "longitude", "geo_precision")
YEARS = range(1900, 2200)
MOST_DEATHS = 2_000_000

# geo_precision -> our scale and the radius in km to assume.  Source: feeds.md, section 0.
PLACES = {
    1: (LocationPrecision.EXACT, 5.0),
    2: (LocationPrecision.NEAR, 25.0),
    3: (LocationPrecision.PROVINCE, 100.0),
}
# time_precision -> our scale, and the days before and after the coded one that are meant.
TIMES = {1: (TimePrecision.DAY, 0, 0), 2: (TimePrecision.WEEK, 3, 3), 3: (TimePrecision.MONTH, 15, 15)}

# By sub-event where it says more than the event's type.
SUB_KINDS = {
    "government regains territory": EventKind.CONTROL_CHANGE,
    "non-state actor overtakes territory": EventKind.CONTROL_CHANGE,
    "non-violent transfer of territory": EventKind.CONTROL_CHANGE,
    "air/drone strike": EventKind.AIR_STRIKE,
    "shelling/artillery/missile attack": EventKind.SHELLING,
    "looting/property destruction": EventKind.LOOTING,
}
KINDS = {
    "battles": EventKind.FIGHTING,
    "explosions/remote violence": EventKind.EXPLOSION,
    "violence against civilians": EventKind.VIOLENCE_AGAINST_CIVILIANS,
    "protests": EventKind.OTHER,
    "riots": EventKind.OTHER,
    "strategic developments": EventKind.OTHER,
}
# State forces and those of other states; everybody else carries arms of his own.
_STATE_SIDES = {"1", "8", "state forces", "external/other forces", "external forces"}


class _BadField(ValueError):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True)
class ACLEDFeed:
    """The adapter; see ``heritage.feeds.base.FeedAdapter``."""

    settings: FeedSettings
    name: str = "acled"

    def release(self, given: str | None, file_name: str, fetched_on: date) -> Release:
        """A living data set has no releases: what came on a day is that day's."""
        return daily_release(given, fetched_on)

    def parse(
        self, source: SourceFile, *, fetched_on: date, progress: Callable[[int], None] | None = None
    ) -> Iterator[Batch]:
        """The events of a file; ``deleted`` beside ``data`` names those that are taken back.

        Raises:  UnusableFile when it is neither such JSON nor such CSV, or lacks columns that are needed.
        """
        rows, deleted = _rows(source)
        for start in range(0, max(len(rows), 1), BATCH_ROWS):
            yield self._batch(rows[start : start + BATCH_ROWS], start + 1, fetched_on, deleted if not start else [])
        if progress:
            progress(source.size)

    def _batch(self, rows: Sequence[Any], first: int, fetched_on: date, deleted: Sequence[str]) -> Batch:
        drafts, refusals, refused_ids = [], [], []
        for number, row in enumerate(rows, start=first):
            try:
                drafts.append({"row": number, **_draft(row, self.settings, fetched_on)})
            except _BadField as error:
                refusals.append(RowRefusal(number, error.field, str(error), _excerpt(row)))
                if isinstance(row, Mapping) and row.get("event_id_cnty"):
                    refused_ids.append(whole_characters(str(row["event_id_cnty"])))
        return Batch(draft_frame(drafts), len(rows), refusals, refused_ids, deleted)


def _rows(source: SourceFile) -> tuple[list[Any], list[str]]:
    with source.text() as file:
        text = file.read()
    if text.lstrip("\ufeff \r\n\t")[:1] in ("{", "["):
        rows, deleted = _of_json(text, source.name)
    else:
        rows, deleted = _of_csv(source), []
    columns = {name for row in rows[:50] if isinstance(row, Mapping) for name in row}
    missing = [name for name in (*REQUIRED, *PLACED) if name not in columns]
    if rows and missing:
        raise UnusableFile(f"{source.name} lacks the columns {', '.join(missing)}: the layout is not ACLED's of 2023.")
    return rows, deleted


def _of_json(text: str, name: str) -> tuple[list[Any], list[str]]:
    try:
        document = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise UnusableFile(f"{name} is no JSON: {error}") from None
    rows = document.get("data") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise UnusableFile(f"{name} holds no list `data`.")
    gone = document.get("deleted") if isinstance(document, dict) else None
    gone = gone if isinstance(gone, list) else []
    deleted = [
        whole_characters(str(each["event_id_cnty"]))
        for each in gone
        if isinstance(each, Mapping) and each.get("event_id_cnty")
    ]
    return rows, deleted


def _of_csv(source: SourceFile) -> list[Any]:
    rows = source.csv_rows()
    header = [cell.strip().lstrip("\ufeff").lower() for cell in next(rows, (0, []))[1]]
    if "event_id_cnty" not in header:
        raise UnusableFile(f"{source.name} is neither ACLED's JSON nor its CSV: it has no column event_id_cnty.")
    try:
        return [dict(zip(header, cells, strict=False)) for _, cells in rows]
    except csv.Error as error:
        raise UnusableFile(f"{source.name} cannot be read as a table ({error}).") from error


def _draft(row: Any, settings: FeedSettings, fetched_on: date) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        raise _BadField("event_id_cnty", "the row is no table of fields")
    coded = _day(row)
    precision, before, after = TIMES[_code(row, "time_precision", TIMES)]
    sources = [part.strip() for part in (_text(row, "source") or "").split(";") if part.strip()]
    graded = settings.credibility if len(sources) > 1 else settings.unchecked_credibility
    first = coded - timedelta(days=before)
    return {
        "event_id": _text(row, "event_id_cnty", needed=True),
        "occurred_from": first,
        "occurred_to": coded + timedelta(days=after),
        "reported_on": _edited(row, first, fetched_on),
        **_place(row),
        "time_precision": str(precision),
        "kind": str(_kind(row)),
        "place_name": _text(row, "location"),
        "country": _text(row, "country", needed=True),
        "admin1": _text(row, "admin1"),
        "side_a": _text(row, "actor1"),
        "side_b": _text(row, "actor2"),
        "fatalities_best": _deaths(row),
        "source_names": UNIT.join(sources) or None,
        "origins": UNIT.join(sorted({_folded(name, settings) for name in sources} - {""})) or None,
        "reliability": settings.reliability,
        "credibility": graded,
        "summary": _text(row, "notes"),
        "marks": None,
    }


def _text(row: Mapping[str, Any], field: str, *, needed: bool = False) -> str | None:
    value = row.get(field)
    text = "" if value is None else str(value).strip()
    if not text and needed:
        raise _BadField(field, "is missing")
    if reason := unfit_text(text):
        raise _BadField(field, reason)
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text)[:8000] or None


def _number(row: Mapping[str, Any], field: str) -> float:
    value = row.get(field)
    try:
        if isinstance(value, bool) or value is None:
            raise ValueError
        return float(value)
    except (TypeError, ValueError):
        raise _BadField(field, f"is not a number: {str(value)[:60]!r}") from None


def _code(row: Mapping[str, Any], field: str, allowed: Mapping[int, Any]) -> int:
    number = _number(row, field)
    if number not in allowed:
        raise _BadField(field, f"is none of {', '.join(map(str, allowed))}: {str(row.get(field))[:60]!r}")
    return int(number)


def _day(row: Mapping[str, Any]) -> date:
    text = _text(row, "event_date", needed=True) or ""
    for form in ("%Y-%m-%d", "%d %B %Y"):
        try:
            day = datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        if day.year in YEARS:
            return day
    raise _BadField("event_date", f"is not a day: {text[:60]!r}")


def _edited(row: Mapping[str, Any], first: date, fetched_on: date) -> date | None:
    """The day of the last edit: the earliest on which this content can have been known."""
    try:
        edited = datetime.fromtimestamp(float(row.get("timestamp") or "nan"), UTC).date()
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return edited if first <= edited <= fetched_on else None


def _place(row: Mapping[str, Any]) -> dict[str, Any]:
    precision, radius_km = PLACES[_code(row, "geo_precision", PLACES)]
    place: dict[str, Any] = {"location_precision": str(precision), "radius_km": radius_km}
    for ours, field, limit in (("lat", "latitude", 90), ("lon", "longitude", 180)):
        number = _number(row, field)
        if not abs(number) <= limit:
            raise _BadField(field, f"is not a number from -{limit} to {limit}: {row[field]!r}")
        place[ours] = round(number, 7) + 0.0
    if place["lat"] == 0 and place["lon"] == 0:
        raise _BadField("latitude", "0, 0 stands for an unknown place")
    return place


def _kind(row: Mapping[str, Any]) -> EventKind:
    event, sub = ((_text(row, field) or "").casefold() for field in ("event_type", "sub_event_type"))
    if event not in KINDS:
        raise _BadField("event_type", f"is no type of event that is known: {str(row.get('event_type'))[:60]!r}")
    kind = SUB_KINDS.get(sub, KINDS[event])
    sides = {str(row.get(name) or "").strip().casefold() for name in ("inter1", "inter2")} - {"", "0"}
    if kind == EventKind.FIGHTING and sides and sides.isdisjoint(_STATE_SIDES):
        return EventKind.NON_STATE_FIGHTING
    return kind


def _deaths(row: Mapping[str, Any]) -> int | None:
    if row.get("fatalities") in (None, ""):
        return None
    number = _number(row, "fatalities")
    if not 0 <= number <= MOST_DEATHS or number != int(number):
        raise _BadField("fatalities", f"is not a number of deaths: {row['fatalities']!r}")
    return int(number)


def _folded(name: str, settings: FeedSettings) -> str:
    folded = " ".join(re.sub(r"[\W_]+", " ", name.casefold()).split())
    return "" if folded in settings.generic_origins else settings.same_origin.get(folded, folded)


def _excerpt(row: Any) -> str:
    # Terms of use: no row is passed on; the id is enough to find it at the source.
    return f"id {row['event_id_cnty']}" if isinstance(row, Mapping) and row.get("event_id_cnty") else ""
