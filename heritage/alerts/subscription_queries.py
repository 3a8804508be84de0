"""Reads of subscriptions for lists: what is wanted, in words; people are numbers."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.alerts.models import Subscriber, Subscription
from heritage.core.text import fold
from heritage.sites.models import Site, SiteName


def list_subscriptions(session: Session, *, limit: int = 1000) -> list[dict[str, Any]]:
    """Subscriptions that have not ended, oldest first, as JSON values."""
    query = (
        select(Subscription, Subscriber)
        .join(Subscriber, col(Subscriber.id) == col(Subscription.subscriber_id))
        .where(col(Subscription.ended_at).is_(None), col(Subscriber.stopped_at).is_(None))
        .order_by(col(Subscription.id))
        .limit(limit)
    )
    rows = session.exec(query).all()
    slugs = site_slugs(session, {site for subscription, _ in rows for site in subscription.site_ids})
    return [
        {
            "id": subscription.id,
            "subscriber": subscriber.id,
            "confirmed": subscription.confirmed_at is not None,
            "sites": [slugs[site] for site in subscription.site_ids if site in slugs],
            "countries": subscription.countries,
            "area": subscription.area,
            "in_danger": subscription.in_danger,
            "min_level": subscription.min_level,
            "frequency": subscription.frequency,
            "language": subscriber.language,
            "time_zone": subscriber.time_zone,
            "channels": subscriber.channels,
        }
        for subscription, subscriber in rows
    ]


def site_slugs(session: Session, site_ids: set[int]) -> dict[int, str]:
    """Addresses of sites, by id."""
    wanted = sa.any_(sa.literal(sorted(site_ids), sa.ARRAY(sa.BigInteger)))
    return {row[0] or 0: row[1] for row in session.exec(select(Site.id, Site.slug).where(col(Site.id) == wanted))}


def site_names(session: Session, site_ids: set[int]) -> dict[int, str]:
    """Names of sites, by id."""
    wanted = sa.any_(sa.literal(sorted(site_ids), sa.ARRAY(sa.BigInteger)))
    return {row[0] or 0: row[1] for row in session.exec(select(Site.id, Site.name).where(col(Site.id) == wanted))}


def find_site(session: Session, text: str) -> int | None:
    """A site by the last part of its address, the register's number, or its whole name in any language, case aside."""
    exact = select(Site.id).where(sa.or_(col(Site.slug) == text, col(Site.name_folded) == fold(text)))
    found = list(session.exec(exact.order_by(col(Site.slug) == text).limit(2)))
    if not found:
        named = select(SiteName.site_id).where(SiteName.folded == fold(text), col(SiteName.part_id).is_(None))
        found = list(session.exec(named.distinct().limit(2)).all())
    if not found and text.isdecimal():
        found = list(session.exec(select(Site.id).where(col(Site.register) == "whc", col(Site.register_ref) == text)))
    return found[-1] if found else None
