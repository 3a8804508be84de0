"""Events written by hand, as JSON or TOML; the starter set is one such file. The format is in docs/event-files.md."""

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from heritage.core.dates import parse_edtf
from heritage.core.errors import InvalidInput, UnusableFile
from heritage.core.files import SourceFile, unfit_text
from heritage.core.refusals import RowRefusal
from heritage.feeds.base import Batch, FeedSettings, draft_frame
from heritage.feeds.domain import (
    UNIT,
    EventKind,
    LocationPrecision,
    Release,
    Reliability,
    TimePrecision,
    ucdp_release,
)

MOST_BYTES = 64 << 20
KEYS = frozenset(
    {
        "event_id",
        "occurred",
        "reported_on",
        "place",
        "place_note",
        "country",
        "admin1",
        "lon",
        "lat",
        "radius_km",
        "location_precision",
        "time_precision",
        "kind",
        "actors",
        "fatalities",
        "sources",
        "origins",
        "reliability",
        "credibility",
        "summary",
    }
)


class _BadField(InvalidInput):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True)
class ReportsFeed:
    """The adapter; see ``heritage.feeds.base.FeedAdapter``."""

    settings: FeedSettings
    name: str = "reports"

    def release(self, given: str | None, file_name: str, fetched_on: date) -> Release:
        """The release a person names; files written by hand carry no other, so the day of import names them."""
        if given is None:
            return Release(f"written by {fetched_on}", None, (fetched_on.toordinal(),))
        known = self.settings.release_days.get(given)
        if known is not None:
            return ucdp_release(given, fetched_on=fetched_on, known_days=self.settings.release_days)
        return Release(given, None, (fetched_on.toordinal(),))

    def parse(
        self, source: SourceFile, *, fetched_on: date, progress: Callable[[int], None] | None = None
    ) -> Iterator[Batch]:
        """The events of a file, in one batch; a bad entry is refused by its place in the list, counted from 1.

        Raises:  UnusableFile when the file is neither JSON nor TOML with a list ``events``.
        """
        entries = _entries(source)
        drafts, refusals, refused_ids = [], [], []
        for number, entry in enumerate(entries, start=1):
            try:
                drafts.append({"row": number, **_draft(entry, self.settings, fetched_on)})
            except _BadField as error:
                refusals.append(RowRefusal(number, error.field, str(error), json.dumps(entry, default=str)[:200]))
                if isinstance(entry, Mapping) and isinstance(entry.get("event_id"), str):
                    refused_ids.append(entry["event_id"])
        if progress:
            progress(source.size)
        yield Batch(draft_frame(drafts), len(entries), refusals, refused_ids)


def _entries(source: SourceFile) -> list[Any]:
    if source.size > MOST_BYTES:
        raise UnusableFile(f"{source.name} is too large for events written by hand ({source.size:,} bytes).")
    with source.text() as file:
        text = file.read()
    text = text.lstrip("\ufeff").lstrip()
    try:
        # TOML begins with a bracket too, but never with one that JSON could go on from.
        document = tomllib.loads(text) if not text.startswith("{") and not _is_json(text) else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnusableFile(f"{source.name} is neither JSON nor TOML: {error}") from None
    entries = document.get("events") if isinstance(document, dict) else document
    if not isinstance(entries, list):
        raise UnusableFile(f"{source.name} holds no list `events`.")
    return entries


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _draft(entry: Any, settings: FeedSettings, fetched_on: date) -> dict[str, Any]:
    if not isinstance(entry, Mapping):
        raise _BadField("event_id", "the entry is no table of fields")
    if unknown := sorted(set(entry) - KEYS):
        raise _BadField(str(unknown[0]), "is not a field of this format")
    first, last = _occurred(entry)
    precision = _choice(entry, "location_precision", LocationPrecision)
    sources = _sources(entry)
    return {
        "event_id": _text(entry, "event_id", needed=True),
        "occurred_from": first,
        "occurred_to": last,
        "reported_on": _reported(entry, sources, first, fetched_on),
        **_point(entry, precision),
        "location_precision": precision,
        "time_precision": _time_precision(entry, first, last),
        "kind": _choice(entry, "kind", EventKind),
        "place_name": _text(entry, "place"),
        **{name: _text(entry, name) for name in ("place_note", "country", "admin1", "summary")},
        **_actors(entry),
        **_fatalities(entry),
        "source_names": _joined(name for name, _, _ in sources),
        "source_dates": _joined(day for _, day, _ in sources),
        "source_titles": _joined(title for _, _, title in sources),
        "origins": _joined(sorted(set(_origins(entry, sources)))),
        **_grade(entry, settings),
        "marks": None,
    }


def _text(entry: Mapping[str, Any], field: str, *, needed: bool = False, most: int = 4000) -> str | None:
    value = entry.get(field)
    if value is None or value == "":
        if needed:
            raise _BadField(field, "is missing")
        return None
    if not isinstance(value, str) or len(value) > most:
        raise _BadField(field, f"is no text of at most {most} characters")
    if reason := unfit_text(value) or ("holds a control character" if UNIT in value else None):
        raise _BadField(field, reason)
    return value.strip()


def _choice(entry: Mapping[str, Any], field: str, values: type[StrEnum]) -> str:
    value = entry.get(field)
    if value not in {str(each) for each in values}:
        raise _BadField(field, f"is none of {', '.join(values)}: {value!r}")
    return str(value)


def _number(entry: Mapping[str, Any], field: str, low: float, high: float) -> float | None:
    value = entry.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise _BadField(field, f"is not a number from {low:g} to {high:g}: {value!r}")
    return float(value) + 0.0


def _date(value: Any, field: str) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _BadField(field, f"is not a day: {value!r}") from None


def _occurred(entry: Mapping[str, Any]) -> tuple[date, date]:
    try:
        when = parse_edtf(str(entry.get("occurred", "")))
    except InvalidInput as error:
        raise _BadField("occurred", str(error)) from None
    if when.earliest is None or when.latest is None:
        raise _BadField("occurred", "has no beginning or no end")
    return when.earliest, when.latest


def _time_precision(entry: Mapping[str, Any], first: date, last: date) -> str:
    if "time_precision" in entry:
        return _choice(entry, "time_precision", TimePrecision)
    steps = ((1, TimePrecision.DAY), (6, TimePrecision.DAYS), (7, TimePrecision.WEEK), (31, TimePrecision.MONTH))
    days = (last - first).days + 1
    return next((word for most, word in steps if days <= most), TimePrecision.YEAR)


def _point(entry: Mapping[str, Any], precision: str) -> dict[str, float | None]:
    lon, lat = _number(entry, "lon", -180, 180), _number(entry, "lat", -90, 90)
    radius = _number(entry, "radius_km", 0, 20_000)
    known = (lon, lat, radius)
    if precision in ("exact", "near", "district") and None in known:
        raise _BadField("lon", "lon, lat and radius_km are needed where the place is known")
    return {"lon": lon, "lat": lat, "radius_km": radius}


def _actors(entry: Mapping[str, Any]) -> dict[str, str | None]:
    actors = entry.get("actors") or {}
    if not isinstance(actors, Mapping):
        raise _BadField("actors", "is no table of side_a and side_b")
    return {name: _text(actors, name) for name in ("side_a", "side_b")}


def _fatalities(entry: Mapping[str, Any]) -> dict[str, int | None]:
    given = entry.get("fatalities") or {}
    if not isinstance(given, Mapping):
        raise _BadField("fatalities", "is no table of low, best and high")
    numbers = {name: _number(given, name, 0, 2_000_000_000) for name in ("low", "best", "high")}
    return {f"fatalities_{name}": None if value is None else int(value) for name, value in numbers.items()}


def _sources(entry: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(name, day or empty, title or empty) of each; who relayed it is part of the name a reader sees."""
    listed = entry.get("sources")
    if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed) or not listed:
        raise _BadField("sources", "is no list of sources with a name")
    found = []
    for each in listed:
        name, relay = _text(each, "name", needed=True), _text(each, "relayed_by")
        day = _date(each.get("published_on"), "sources")
        title = _text(each, "title") or _text(each, "url")
        found.append(
            (f"{name}, relayed by {relay}" if relay else str(name), day.isoformat() if day else "", title or "")
        )
    return found


def _reported(
    entry: Mapping[str, Any], sources: list[tuple[str, str, str]], first: date, fetched_on: date
) -> date | None:
    said = _date(entry.get("reported_on"), "reported_on")
    days = [said] if said else [date.fromisoformat(day) for _, day, _ in sources if day]
    return min((day for day in days if first <= day <= fetched_on), default=None)


def _origins(entry: Mapping[str, Any], sources: list[tuple[str, str, str]]) -> list[str]:
    given = entry.get("origins")
    if given is None:
        return [name.casefold() for name, _, _ in sources]
    if not isinstance(given, list) or not all(isinstance(each, str) and each for each in given):
        raise _BadField("origins", "is no list of names")
    return given


def _grade(entry: Mapping[str, Any], settings: FeedSettings) -> dict[str, Any]:
    credibility = _number(entry, "credibility", 1, 6)
    reliability = _choice(entry, "reliability", Reliability) if "reliability" in entry else settings.reliability
    return {"reliability": reliability, "credibility": int(credibility or settings.credibility)}


def _joined(values: Any) -> str | None:
    return UNIT.join(values) or None
