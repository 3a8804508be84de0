"""Common Alerting Protocol 1.2 as it comes in: one event for each area, replaced and taken back by reference."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element, tostring

import defusedxml.ElementTree as SafeTree
from defusedxml import DefusedXmlException

from heritage.core.errors import UnusableFile
from heritage.core.files import SourceFile, unfit_text
from heritage.core.geodesy import distance_m
from heritage.core.outgoing import PrivateAddress, TooSlow
from heritage.core.refusals import RowRefusal
from heritage.feeds.base import Batch, FeedSettings, draft_frame
from heritage.feeds.domain import WIDEST_USABLE_KM, EventKind, LocationPrecision, Release, TimePrecision, daily_release
from heritage.feeds.fetching import FetchFailed
from heritage.feeds.live import Desk, Parcel, Parcels
from heritage.feeds.rss import parse_document

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
MOST_BYTES = 64 << 20
MOST_AREAS = 40
MOST_SEEN = 2000
MOST_LINKS = 500
LEAST_RADIUS_KM, EXACT_RADIUS_KM = 1.0, 5.0
YEARS = range(1990, 2200)

_HOLDS_ALERTS = re.compile(rb"<(?:\w+:)?alert[^>]*>")

# What the event's name says, where the category leaves it open: in English, French, Spanish, Arabic, Hebrew, Ukrainian
# and Russian. A stem stands for its endings.
_WORDS = (
    (
        r"air\W?raid|air\W?strike|drone|missile|rocket|raid aérien|frappe aérienne|roquette|ataque aéreo|misil|cohete"
        r"|غارة|غارات|صاروخ|صواريخ|مسي[ّ]?رة|טיל|רקט|כטב|повітрян\w* тривог|ракет|дрон|бпла"
        r"|воздушн\w* тревог|авіауд|авиауд",
        EventKind.AIR_STRIKE,
    ),
    (
        r"shell(ing)?\b|artillery|mortar|obus|artillerie|artiller[ií]a|قصف|مدفعي|هاون|артил|обстріл|обстрел",
        EventKind.SHELLING,
    ),
    (r"explosi[oó]n|bomb|blast|detonation|انفجار|تفجير|פיצוץ|вибух|взрыв", EventKind.EXPLOSION),
    (
        r"armed (clash|conflict)|fighting|hostilities|affrontement|combats\b|enfrentamiento|combates\b"
        r"|اشتباك|معارك|قتال|вуличн\w* бо[їй]|бойов\w* ді|боевы\w* действ",
        EventKind.FIGHTING,
    ),
    (r"loot|pillage|saqueo|نهب|мародер", EventKind.LOOTING),
)
_KINDS = tuple((re.compile(words, re.IGNORECASE), kind) for words, kind in _WORDS)
# How sure the sender is, on the scale of the second axis of a grade.
_CERTAINTY = {"observed": 2, "likely": 3, "possible": 4, "unlikely": 5}


class _BadField(ValueError):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True)
class CAPFeed:
    """The adapter; see ``heritage.feeds.base.FeedAdapter``."""

    settings: FeedSettings
    name: str = "cap"

    def release(self, given: str | None, file_name: str, fetched_on: date) -> Release:
        """A stream has no releases: what came on a day is that day's."""
        return daily_release(given, fetched_on)

    def parse(
        self, source: SourceFile, *, fetched_on: date, progress: Callable[[int], None] | None = None
    ) -> Iterator[Batch]:
        """The alerts of a document: one alert, or any number inside another element such as a feed's entries.

        Raises:  UnusableFile when it is no XML, or holds no alert.
        """
        alerts = _alerts(source)
        taken_back = {name for alert in alerts if _acted_on(alert) for name in _replaced(alert)}
        drafts, refusals, refused_ids = [], [], []
        left_out: Counter[str] = Counter()
        for number, alert in enumerate(alerts, start=1):
            try:
                found = _drafts(alert, number, self.settings, fetched_on, left_out)
            except _BadField as error:
                refusals.append(RowRefusal(number, error.field, str(error), _said(alert, "identifier")[:100]))
                if _said(alert, "identifier"):
                    refused_ids.append(_identity(alert))
                continue
            kept = [draft for draft in found if draft["event_id"] not in taken_back]
            left_out["replaced by a later message"] += len(found) - len(kept)
            drafts += kept
        if progress:
            progress(source.size)
        unique = {draft["event_id"]: draft for draft in drafts}
        left_out["sent twice"] += len(drafts) - len(unique)
        read = len(unique) + len(refusals)
        yield Batch(draft_frame(list(unique.values())), read, refusals, refused_ids, sorted(taken_back), +left_out)


def _alerts(source: SourceFile) -> list[Element]:
    if source.size > MOST_BYTES:
        raise UnusableFile(f"{source.name} is too large for a document of alerts ({source.size:,} bytes).")
    try:
        with source.binary() as file:
            root = SafeTree.fromstring(file.read())
    except (SyntaxError, DefusedXmlException, ValueError, LookupError) as error:
        raise UnusableFile(f"{source.name} is no XML that can be read: {error}") from None
    alerts = list(root.iter(f"{CAP}alert"))
    if not alerts:
        raise UnusableFile(f"{source.name} holds no alert of CAP 1.2.")
    return alerts


def _said(element: Element, name: str) -> str:
    return " ".join((element.findtext(f"{CAP}{name}") or "").split())


def _acted_on(alert: Element) -> bool:
    """Whether it tells of something true; what is meant for few must not be read by all on a public page."""
    if _said(alert, "scope") in ("Restricted", "Private"):
        return False
    return _said(alert, "status") == "Actual" and _said(alert, "msgType") in ("Alert", "Update", "Cancel")


def _identity(alert: Element) -> str:
    return ",".join(_said(alert, name) for name in ("sender", "identifier", "sent"))


def _replaced(alert: Element) -> list[str]:
    """The events of the messages that this one refers to: each may have had several areas."""
    if _said(alert, "msgType") == "Alert":
        return []
    named = [triple for triple in _said(alert, "references").split() if triple.count(",") >= 2]
    return [_area_id(triple, at) for triple in named for at in range(MOST_AREAS)]


def _area_id(identity: str, at: int) -> str:
    return identity if at == 0 else f"{identity}#{at + 1}"


def _drafts(
    alert: Element, number: int, settings: FeedSettings, fetched_on: date, left_out: Counter[str]
) -> list[dict[str, Any]]:
    for name in ("identifier", "sender", "sent", "status", "msgType"):
        if not _said(alert, name):
            raise _BadField(name, "is missing")
        if reason := unfit_text(_said(alert, name)):
            raise _BadField(name, reason)
    sent = _moment(_said(alert, "sent"), "sent")
    if not _acted_on(alert):
        left_out["a test, an exercise, an answer or not for the public"] += 1
        return []
    if _said(alert, "msgType") == "Cancel":
        left_out["takes another back"] += 1
        return []
    info = _info(alert)
    begins = _moment(_said(info, "onset") or _said(info, "effective") or _said(alert, "sent"), "onset").date()
    # A forecast is no report of what happened: until its day it is known of the day it was sent.
    first = min(begins, sent.date())
    shapes = _shapes(info)[:MOST_AREAS]
    common = {
        "row": number,
        "occurred_from": first,
        "occurred_to": max(first, min(begins, sent.date())),
        "reported_on": sent.date() if sent.date() <= fetched_on else None,
        "time_precision": str(TimePrecision.DAY),
        "kind": str(_kind(info)),
        "source_names": _said(info, "senderName")[:200] or _said(alert, "sender")[:200],
        "source_dates": sent.date().isoformat(),
        "source_titles": (_said(info, "headline") or _said(info, "event"))[:500] or None,
        "origins": _said(alert, "sender").casefold()[:200],
        "reliability": settings.reliability,
        "credibility": _CERTAINTY.get(_said(info, "certainty").casefold(), settings.unchecked_credibility),
        "summary": (_said(info, "headline") or _said(info, "description"))[:2000] or None,
    }
    return [{**common, "event_id": _area_id(_identity(alert), at), **shape} for at, shape in enumerate(shapes)]


def _info(alert: Element) -> Element:
    """The block in English where there is one: the others say the same in other languages."""
    blocks = alert.findall(f"{CAP}info")
    if not blocks:
        raise _BadField("info", "is missing")
    return next((b for b in blocks if (_said(b, "language") or "en-US").lower().startswith("en")), blocks[0])


def _kind(info: Element) -> EventKind:
    words = f"{_said(info, 'event')} {_said(info, 'headline')}"
    categories = {(each.text or "").strip() for each in info.findall(f"{CAP}category")}
    if categories.isdisjoint({"Security", "CBRNE", "Safety", "Other"}):
        return EventKind.OTHER
    return next((kind for pattern, kind in _KINDS if pattern.search(words)), EventKind.OTHER)


def _shapes(info: Element) -> list[dict[str, Any]]:
    """Place columns, one for each circle and polygon; one without a point for areas that are only named."""
    found = []
    for area in info.findall(f"{CAP}area"):
        named = _said(area, "areaDesc")[:300] or None
        circles = [_circle(each.text or "") for each in area.findall(f"{CAP}circle")]
        polygons = [_polygon(each.text or "") for each in area.findall(f"{CAP}polygon")]
        found += [{"place_name": named, **_placed(*shape)} for shape in (*circles, *polygons)]
        if not circles and not polygons:
            found.append({"place_name": named, "location_precision": str(LocationPrecision.AREA)})
    return found or [{"location_precision": str(LocationPrecision.NONE)}]


def _placed(lon: float, lat: float, radius_km: float) -> dict[str, Any]:
    radius_km = max(LEAST_RADIUS_KM, round(radius_km, 3))
    if radius_km > WIDEST_USABLE_KM:
        return {"location_precision": str(LocationPrecision.AREA)}
    exact = radius_km <= EXACT_RADIUS_KM
    precision = LocationPrecision.EXACT if exact else LocationPrecision.NEAR
    return {
        "lon": round(lon, 7) + 0.0, "lat": round(lat, 7) + 0.0, "radius_km": radius_km,
        "location_precision": str(precision),
    }  # fmt: skip


def _pair(text: str, field: str) -> tuple[float, float]:
    """(lon, lat) of "lat,lon", the order of this standard."""
    try:
        lat, lon = (float(number) for number in text.split(","))
    except ValueError:
        raise _BadField(field, f"is no pair lat,lon: {text[:60]!r}") from None
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        raise _BadField(field, f"is no place: {text[:60]!r}")
    return lon, lat


def _circle(text: str) -> tuple[float, float, float]:
    try:
        centre, radius = text.split()
        radius_km = float(radius)
    except ValueError:
        raise _BadField("circle", f"is no lat,lon and radius: {text[:60]!r}") from None
    if not 0 <= radius_km < math.inf:
        raise _BadField("circle", f"has no radius in km: {text[:60]!r}")
    return (*_pair(centre, "circle"), radius_km)


def _polygon(text: str) -> tuple[float, float, float]:
    """Its middle and the radius that covers its corners."""
    corners = [_pair(pair, "polygon") for pair in text.split()]
    if len(corners) < 4 or corners[0] != corners[-1]:
        raise _BadField("polygon", "is no closed ring of at least four pairs")
    lons, lats = [lon for lon, _ in corners[:-1]], [lat for _, lat in corners[:-1]]
    if max(lons) - min(lons) > 180:
        lons = [lon + 360 if lon < 0 else lon for lon in lons]
    lon, lat = sum(lons) / len(lons), sum(lats) / len(lats)
    lon = lon - 360 if lon > 180 else lon
    around = [(x - 360 if x > 180 else x) for x in lons]
    count = len(around)
    return lon, lat, float(distance_m([lon] * count, [lat] * count, around, lats).max()) / 1000


def _moment(text: str, field: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _BadField(field, f"is no moment: {text[:40]!r}") from None
    if moment.tzinfo is None or moment.year not in YEARS:
        raise _BadField(field, f"is no moment with its offset from UTC: {text[:40]!r}")
    return moment.astimezone(UTC)


# -- asking ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CAPPolls:
    """The live feed: a document of alerts, or an index that links to them. The cursor: links read before."""

    def poll(self, desk: Desk, cursor: Mapping[str, Any]) -> Parcels:
        """One parcel of all that is new."""
        answer = desk.get_if_changed(desk.settings.base_url)
        if not answer.changed:
            return
        if _HOLDS_ALERTS.search(answer.content):
            yield Parcel(desk.spool("alerts.xml", answer.content), cursor=dict(cursor))
            return
        seen = list(cursor.get("seen", []))
        found, notes, later = [], [], False
        links = [link for link in _links(answer.content, desk.settings.base_url) if link not in seen]
        for link in links[:MOST_LINKS]:
            try:
                found.append(_body(desk.fetcher.get(link).content))
            except (FetchFailed, PrivateAddress, TooSlow, UnusableFile) as error:
                # One alert that cannot be had comes again with the next poll, and does not hold up the others.
                notes.append(f"One alert could not be had: {error}")
                later = True
                continue
            seen.append(link)
        if later or len(links) > MOST_LINKS:
            # An index that says "not changed" would hide what is still to be had.
            desk.validators.pop(desk.settings.base_url, None)
        document = b"<alerts>" + b"".join(found) + b"</alerts>"
        file = desk.spool("alerts.xml", document) if found else None
        yield Parcel(file, cursor={"seen": seen[-MOST_SEEN:]}, notes=notes)


def _body(content: bytes) -> bytes:
    """An alert without its declaration, so that several fit into one document."""
    try:
        root = SafeTree.fromstring(content)
    except (SyntaxError, DefusedXmlException, ValueError, LookupError) as error:
        raise UnusableFile(f"an alert is no XML that can be read ({error}).") from None
    return bytes(tostring(root, encoding="utf-8", xml_declaration=False))


def _links(content: bytes, base_url: str) -> Sequence[str]:
    """The addresses of alerts in an index, those marked as CAP first of all."""
    parsed = parse_document(content)
    if not parsed.entries and parsed.bozo:
        raise UnusableFile("The index of alerts is neither Atom nor RSS nor CAP.")
    links = []
    for entry in parsed.entries:
        marked = [link.href for link in entry.get("links", []) if link.get("type") == "application/cap+xml"]
        links += marked or [entry.get("link", "")]
    whole = (urljoin(base_url, link) for link in links if link)
    return [link for link in dict.fromkeys(whole) if urlsplit(link).scheme in ("http", "https")]
