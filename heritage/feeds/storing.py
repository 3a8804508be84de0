"""Writing items of news: each once, by the source's own id."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from heritage.feeds.items import Item
from heritage.feeds.models import FeedItem


def store_items(session: Session, feed: str, items: Sequence[Item], now: datetime) -> dict[str, int]:
    """Store what is new or says something else.

    Returns: counts received, taken, changed, unchanged; an id that comes twice counts by its last word.
    """
    latest = {item.item_id: item for item in items}
    rows = [_row(feed, item, now) for item in latest.values()]
    statement = insert(FeedItem)
    incoming = {name: statement.excluded[name] for name in rows[0] if name not in ("feed", "item_id", "fetched_at")}
    upsert: Any = statement.on_conflict_do_update(
        index_elements=["feed", "item_id"],
        set_=incoming,
        where=col(FeedItem.digest) != statement.excluded.digest,
    ).returning(sa.literal_column("(xmax = 0)").label("is_new"))
    written = []
    for at in range(0, len(rows), 1000):
        written += list(session.connection().execute(upsert.values(rows[at : at + 1000])).scalars())
    taken = sum(written)
    return {
        "received": len(items),
        "taken": taken,
        "changed": len(written) - taken,
        "unchanged": len(items) - len(written),
    }


def _row(feed: str, item: Item, now: datetime) -> dict[str, object]:
    names = ("item_id", "url", "title", "summary", "source", "language", "published_at", "updated_at", "zone_assumed")
    places = ("lon", "lat", "radius_km")
    return {
        "feed": feed,
        **{name: getattr(item, name) for name in (*names, *places)},
        "countries": list(item.countries),
        "fetched_at": now,
        "changed_at": now,
        "digest": item.digest(),
    }
