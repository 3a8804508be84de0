"""Reads for the summary: how many sites stand where, on which data silence rests, and what was delivered."""

from collections.abc import Collection, Mapping
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, select

from heritage.alerts.domain import FeedLine
from heritage.alerts.models import Digest, DigestDelivery
from heritage.feeds.countries import country_code
from heritage.feeds.queries import not_known_since
from heritage.incidents.queries import feed_summary, known_versions
from heritage.sites.models import Site

SITE: sa.Table = Site.__table__  # type: ignore[attr-defined]  # SQLModel gives every table class one


def count_sites(session: Session, as_of: date, only: Collection[int] | None = None) -> int:
    """How many sites, of all or of some, were in force on a day."""
    return int(session.scalar(sa.select(sa.func.count()).where(*_in_force(as_of, only))) or 0)


def _in_force(as_of: date, only: Collection[int] | None) -> list[sa.ColumnElement[bool]]:
    chosen = [] if only is None else [SITE.c.id == sa.any_(sa.literal(sorted(only), sa.ARRAY(sa.BigInteger)))]
    return [SITE.c.listed.contains(as_of), *chosen]


def count_sites_by_country(session: Session, as_of: date, only: Collection[int] | None = None) -> Mapping[str, int]:
    """Sites in force on a day, by country code; a site of several countries counts in each."""
    country = sa.func.unnest(SITE.c.states_parties).label("country")
    one = sa.select(country).where(*_in_force(as_of, only)).subquery()
    rows = session.execute(sa.select(one.c.country, sa.func.count()).group_by(one.c.country))
    return {row[0]: row[1] for row in rows}


def newest_event_by_country(session: Session, as_of: date, known_on: date) -> Mapping[str, date]:
    """The last day up to ``as_of`` of any event held in a country, by code; unknown names are left out."""
    known = known_versions(known_on=known_on, occurred_to=as_of).subquery("known")
    rows = session.execute(sa.select(known.c.country, sa.func.max(known.c.occurred_to)).group_by(known.c.country))
    newest: dict[str, date] = {}
    for name, day in rows:
        code = country_code(name) if name else None
        if code is not None:
            newest[code] = max(newest.get(code, date.min), min(day, as_of))
    return newest


def list_feed_lines(session: Session, as_of: date, known_on: date) -> list[FeedLine]:
    """What each feed covers up to a day, as known on another."""
    withheld = not_known_since(session, known_on)
    return [
        FeedLine(
            feed=feed.feed,
            # A release that came out later says nothing of what was known then.
            release=feed.release if feed.release_on is None or feed.release_on <= known_on else None,
            events=feed.events,
            first_event_on=feed.first_event_on,
            # An event of "May" may be of the 31st, but the feed has not spoken of days yet to come.
            newest_event_on=min(feed.newest_event_on, as_of) if feed.newest_event_on else None,
            countries=tuple(sorted(country_code(name) or name for name in feed.countries)),
            not_known_since=withheld.get(feed.feed),
        )
        for feed in feed_summary(session, known_on=known_on)
    ]


def find_digest(session: Session, as_of: date, language: str) -> Digest | None:
    """The summary of a day in a language, if it was written."""
    return session.exec(select(Digest).where(Digest.as_of == as_of, Digest.language == language)).one_or_none()


def find_delivery(session: Session, as_of: date, to_hash: str, channel: str) -> DigestDelivery | None:
    """One recipient's delivery of a day's summary, locked until the transaction ends."""
    query = select(DigestDelivery).where(
        DigestDelivery.as_of == as_of, DigestDelivery.to_hash == to_hash, DigestDelivery.channel == channel
    )
    return session.exec(query.with_for_update()).one_or_none()
