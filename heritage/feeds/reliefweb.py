"""Reports of ReliefWeb, API version 2: documents about countries, to be read; never events."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from heritage.core.errors import UnusableFile
from heritage.core.refusals import RowRefusal
from heritage.feeds.fetching import NotAllowed, NotNow, NotThere
from heritage.feeds.items import MOST_SUMMARY, MOST_TITLE, MOST_URL, Item
from heritage.feeds.live import Desk, Parcel, Parcels, as_text
from heritage.feeds.rss import plain, storable
from heritage.sites.readers.countries import country_code

REPORTS = "v2/reports"
MOST_PAGES = 50
FIELDS = (
    "title", "url", "url_alias", "date.created", "date.original", "date.changed", "country.iso3", "source.name",
    "source.shortname", "language.code", "body",
)  # fmt: skip


@dataclass(frozen=True)
class ReliefWebPolls:
    """The live feed; see ``heritage.feeds.live.LiveFeed``. The cursor holds the newest change that was seen."""

    def poll(self, desk: Desk, cursor: Mapping[str, Any]) -> Parcels:
        """What changed since, oldest first, a page at a time."""
        since = str(cursor.get("changed") or _first(desk))
        seen: set[str] = set()
        for page in range(MOST_PAGES):
            document, notes = self._page(desk, since, page)
            items, refusals, newest = parse_reports(document)
            if not items and not refusals:
                return
            if page and {item.item_id for item in items} <= seen:
                raise UnusableFile("ReliefWeb sends the same page again and again; its paging has changed.")
            seen |= {item.item_id for item in items}
            yield Parcel(items=items, refusals=refusals, notes=notes, cursor={"changed": max(since, newest)})
            if len(items) + len(refusals) < desk.settings.page_size:
                return

    def _page(self, desk: Desk, since: str, page: int) -> tuple[dict[str, Any], list[str]]:
        size = desk.settings.page_size
        question = {
            "limit": size,
            "offset": page * size,
            "sort": ["date.changed:asc"],
            "fields": {"include": list(FIELDS)},
            "filter": {"field": "date.changed", "value": {"from": since}},
            **({"query": {"value": desk.settings.filters["query"]}} if "query" in desk.settings.filters else {}),
        }
        notes: list[str] = []
        try:
            answer = desk.fetcher.post(REPORTS, document=question, params={"appname": desk.key("reliefweb_appname")})
        except NotThere:
            raise NotAllowed("ReliefWeb no longer answers under this version of its interface.") from None
        try:
            document = json.loads(as_text(answer, notes))
        except (ValueError, RecursionError):
            raise NotNow("ReliefWeb's answer is no whole JSON document.") from None
        if not isinstance(document, dict) or not isinstance(document.get("data"), list):
            raise UnusableFile("ReliefWeb answers without a list `data`; its form has changed.")
        return document, notes


def _first(desk: Desk) -> str:
    return (desk.now - timedelta(days=desk.settings.backfill_days)).replace(microsecond=0).isoformat()


def parse_reports(document: Mapping[str, Any]) -> tuple[list[Item], list[RowRefusal], str]:
    """The reports of one page, those refused, and the newest change as text; versions 1 and 2 have one shape."""
    items, refusals, newest = [], [], ""
    for number, entry in enumerate(document["data"], start=1):
        fields = entry.get("fields") if isinstance(entry, Mapping) else None
        if not isinstance(fields, Mapping) or not entry.get("id") or not fields.get("title"):
            refusals.append(RowRefusal(number, "title", "has no id, no fields or no title"))
            continue
        item = _item(str(entry["id"]), fields)
        items.append(item)
        newest = max(newest, item.updated_at.isoformat() if item.updated_at else "")
    return items, refusals, newest


def _item(identity: str, fields: Mapping[str, Any]) -> Item:
    said = fields.get("date")
    dates: Mapping[str, Any] = said if isinstance(said, Mapping) else {}
    countries = (country_code(str(each["iso3"])) for each in _listed(fields, "country") if each.get("iso3"))
    sources = (storable(each.get("shortname") or each.get("name")) for each in _listed(fields, "source"))
    languages = (storable(each.get("code")) for each in _listed(fields, "language"))
    url = storable(fields.get("url_alias") or fields.get("url"))[:MOST_URL]
    return Item(
        item_id=storable(identity)[:200],
        title=plain(fields["title"])[:MOST_TITLE] or storable(identity)[:200],
        url=url if urlsplit(url).scheme in ("http", "https") else None,
        summary=plain(fields.get("body"))[:MOST_SUMMARY] or None,
        source=", ".join(filter(None, sources))[:200] or None,
        language=next(iter(languages), None) or None,
        published_at=_moment(dates.get("original")) or _moment(dates.get("created")),
        updated_at=_moment(dates.get("changed")),
        countries=tuple(sorted({code for code in countries if code})),
    )


def _listed(fields: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    listed = fields.get(name)
    return [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
