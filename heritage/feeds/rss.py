"""News by RSS 2.0 and Atom 1.0, with GeoRSS where there is any: items to read, never events."""

import html
import re
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

from heritage.core.errors import UnusableFile
from heritage.core.geodesy import distance_m
from heritage.core.refusals import RowRefusal
from heritage.feeds.fetching import Answer
from heritage.feeds.items import MOST_SUMMARY, MOST_TITLE, MOST_URL, Item
from heritage.feeds.live import Desk, Parcel, Parcels

MOST_ITEMS = 5000
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_ZONE = re.compile(r"(?:[zZ]|[+-]\d\d:?\d\d|\b[A-Z]{2,5})\s*$")


@dataclass(frozen=True)
class NewsPolls:
    """The live feed; see ``heritage.feeds.live.LiveFeed``."""

    def poll(self, desk: Desk, cursor: Mapping[str, Any]) -> Parcels:
        """Everything in the document; what is held already changes nothing."""
        answer = desk.get_if_changed(desk.settings.base_url)
        if not answer.changed:
            return
        items, refusals, ttl = parse_items(answer)
        not_before = desk.now + timedelta(minutes=ttl) if ttl and ttl > desk.settings.every_minutes else None
        yield Parcel(items=items, refusals=refusals, cursor={}, not_before=not_before)


def parse_items(answer: Answer) -> tuple[list[Item], list[RowRefusal], int | None]:
    """The items of a document, those refused, and for how many minutes the source wants not to be asked.

    Raises:  UnusableFile when it is neither RSS nor Atom.
    """
    # Without an address to resolve by: ids are names, and links are completed here.
    headers = {"content-type": answer.content_type}
    parsed = feedparser.parse(answer.content, response_headers=headers, sanitize_html=True, resolve_relative_uris=False)
    if not parsed.get("version") and not parsed.entries:
        raise UnusableFile("The document is neither RSS nor Atom.")
    found: dict[str, Item] = {}
    refusals = []
    for number, entry in enumerate(parsed.entries[:MOST_ITEMS], start=1):
        item = _item(entry, parsed.feed, answer.url)
        if item is None:
            refusals.append(RowRefusal(number, "title", "has neither a title nor an address"))
        else:
            found[item.item_id] = item
    ttl = str(parsed.feed.get("ttl", ""))
    return list(found.values()), refusals, min(int(ttl), 10_080) if ttl.isdigit() else None


def _item(entry: Any, channel: Any, base_url: str) -> Item | None:
    title, url = plain(entry.get("title"))[:MOST_TITLE], _url(entry.get("link"), base_url)
    summary = plain(entry.get("summary") or _content(entry))[:MOST_SUMMARY]
    if not title and not url and not summary:
        return None
    published, updated = (_moment(entry, name) for name in ("published", "updated"))
    written = str(dict.get(entry, "published") or dict.get(entry, "updated") or "")
    identity = str(entry.get("id") or "").strip() or url
    if not identity:
        identity = sha256(f"{title}\x1f{written}".encode()).hexdigest()
    lon, lat, radius_km = _where(entry)
    return Item(
        item_id=identity[:MOST_URL],
        title=title or summary[:120] or str(url),
        url=url,
        summary=summary or None,
        source=plain(channel.get("title"))[:200] or None,
        language=str(entry.get("language") or channel.get("language") or "")[:20] or None,
        published_at=published or updated,
        updated_at=updated,
        zone_assumed=bool(written) and (published or updated) is not None and not _ZONE.search(written.strip()),
        lon=lon,
        lat=lat,
        radius_km=radius_km,
    )


def plain(markup: object) -> str:
    """The text of a piece of HTML, in one line and without control characters."""
    text = html.unescape(_TAG.sub(" ", str(markup or "")))
    text = html.unescape(_TAG.sub(" ", text))
    return " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text).split())


def _content(entry: Any) -> str:
    return str(next((part.get("value", "") for part in entry.get("content", [])), ""))


def _url(link: object, base_url: str) -> str | None:
    """An address that a page may link to, or None."""
    if not link:
        return None
    address = urljoin(base_url, str(link).strip())
    return address[:MOST_URL] if urlsplit(address).scheme in ("http", "https") else None


def _moment(entry: Any, name: str) -> datetime | None:
    # The parser's own `get` takes one of the two for the other, and warns of it.
    parsed = dict.get(entry, f"{name}_parsed")
    try:
        if parsed:
            return datetime.fromtimestamp(timegm(parsed), UTC)
        # The parser gives up on a mail date without a zone; it is taken for UTC and marked.
        moment = parsedate_to_datetime(str(dict.get(entry, name) or ""))
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _where(entry: Any) -> tuple[float | None, float | None, float | None]:
    """Longitude, latitude, and the radius around them that covers the shape; None where nothing usable is said."""
    try:
        if where := entry.get("where"):
            points = _points(where.get("coordinates"))
        elif entry.get("geo_lat") and entry.get("geo_long"):
            points = [(float(entry["geo_long"]), float(entry["geo_lat"]))]
        else:
            return None, None, None
    except (TypeError, ValueError):
        return None, None, None
    if not points or not all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat in points):
        return None, None, None
    count = len(points)
    lon, lat = (sum(point[axis] for point in points) / count for axis in (0, 1))
    radius = distance_m([lon] * count, [lat] * count, [p[0] for p in points], [p[1] for p in points]).max() / 1000
    return round(lon, 7), round(lat, 7), round(float(radius), 3)


def _points(coordinates: Any) -> list[tuple[float, float]]:
    """The corners of any GeoJSON-like nesting, (lon, lat)."""
    if not coordinates:
        return []
    if isinstance(coordinates[0], int | float):
        return [(float(coordinates[0]), float(coordinates[1]))]
    return [point for part in coordinates for point in _points(part)]
