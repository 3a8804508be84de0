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
from heritage.feeds.fetching import Answer, NotNow
from heritage.feeds.items import MOST_SUMMARY, MOST_TITLE, MOST_URL, Item
from heritage.feeds.live import Desk, Parcel, Parcels

MOST_ITEMS = 5000
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_SRS = re.compile(rb"""(srsName\s*=\s*)(["'])(.*?)\2""", re.DOTALL)
# Degrees on the globe, latitude first; CRS84 has longitude first. Numbers in any other system are no degrees.
_ON_THE_GLOBE = {"EPSG:4326", "EPSG:4979", "EPSG:4258", "EPSG:999984"}
# References to halves of characters, of which the parser cannot make a text.
_REFERENCE = re.compile(rb"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,9}));")
_END = re.compile(rb"</\s*(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
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
    parsed = parse_document(answer.content, answer.content_type)
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


def parse_document(content: bytes, content_type: str | None = None) -> Any:
    """What feedparser makes of a document; links and ids stay as they are written.

    Raises:  NotNow for one that breaks off, UnusableFile for one that cannot be read.
    """
    headers = {"content-type": content_type} if content_type else {}
    try:
        # Without an address to resolve by: ids are names, and links are completed by the caller.
        parsed = feedparser.parse(
            _REFERENCE.sub(_whole_character, _SRS.sub(_plain_srs, content)),
            response_headers=headers,
            sanitize_html=True,
            resolve_relative_uris=False,
        )
    except Exception as error:  # what the parser does not expect can be anything
        raise UnusableFile(f"The document cannot be read ({type(error).__name__}).") from error
    if parsed.bozo and parsed.get("version") and not _END.search(content.replace(b"\x00", b"")):
        # Half of the news would pass for all of it until the source has something new.
        raise NotNow("The document breaks off before its end.")
    return parsed


def _plain_srs(found: re.Match[bytes]) -> bytes:
    """A reference system in the one form that the parser understands; it stumbles over addresses and words."""
    name = found.group(3)
    number = re.search(rb"(\d{4,6})\s*$", name)
    if re.search(rb"crs:?84", name, re.IGNORECASE):
        plain = b"EPSG:999984"  # a number of nothing, so that the parser turns nothing round
    elif number:
        plain = b"EPSG:" + number.group(1)
    else:
        plain = b"EPSG:0" if name.strip() else b"EPSG:4326"
    return found.group(1) + found.group(2) + plain + found.group(2)


def _whole_character(found: re.Match[bytes]) -> bytes:
    code = int(found.group(1), 16) if found.group(1) else int(found.group(2))
    return b"&#xFFFD;" if 0xD800 <= code <= 0xDFFF else found.group()


def _item(entry: Any, channel: Any, base_url: str) -> Item | None:
    title, url = plain(entry.get("title"))[:MOST_TITLE], _url(entry.get("link"), base_url)
    summary = plain(entry.get("summary") or _content(entry))[:MOST_SUMMARY]
    if not title and not url and not summary:
        return None
    published, updated = (_moment(entry, name) for name in ("published", "updated"))
    written = str(dict.get(entry, "published") or dict.get(entry, "updated") or "")
    identity = _storable(entry.get("id")).strip() or url
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
    return " ".join(_storable(text).split())


def _storable(text: object) -> str:
    """A text without control characters and halves of characters, which no database takes."""
    return "".join(c if c.isprintable() or c.isspace() else " " for c in str(text or ""))


def _content(entry: Any) -> str:
    return str(next((part.get("value", "") for part in entry.get("content", [])), ""))


def _url(link: object, base_url: str) -> str | None:
    """An address that a page may link to, or None."""
    if not link:
        return None
    try:
        address = urljoin(base_url, _storable(link).strip())
        return address[:MOST_URL] if urlsplit(address).scheme in ("http", "https") else None
    except ValueError:
        return None


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
            if (where.get("srsName") or "EPSG:4326") not in _ON_THE_GLOBE:
                return None, None, None
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
