"""Use case of summaries for subscribers: every hour, morning or Monday, on each reader's own clock."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from heritage.alerts import thread_queries as threads
from heritage.alerts.models import Frequency, Subscriber, SubscriberDigest, Subscription
from heritage.alerts.posting import post_line, queue_posts
from heritage.alerts.wishes import Wish, wants
from heritage.flags.models import FlagEvent
from heritage.services import Services
from heritage.sites.models import Site

MORNING = time(6)
# Stands in the list of sites of somebody who asked for some and gets none: an empty list means all.
NO_SITE = 0
SUMMARIES = (Frequency.HOURLY, Frequency.DAILY, Frequency.WEEKLY)


@dataclass(frozen=True)
class Slot:
    """When a summary is due, aware, and the days it tells of."""

    at: datetime
    as_of: date
    since: date


def slot_of(frequency: Frequency, now: datetime, time_zone: str) -> Slot:
    """The newest slot of a summary at a moment.

    Args:    now: aware.  time_zone: of the reader; mornings and Mondays are theirs.
    Returns: the slot; a daily one tells of the day before, a weekly one of the week before, an hourly one of today.
    """
    if frequency is Frequency.HOURLY:
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return Slot(hour, hour.date(), hour.date() - timedelta(days=1))
    zone = ZoneInfo(time_zone)
    local = now.astimezone(zone)
    day = local.date() if local.time() >= MORNING else local.date() - timedelta(days=1)
    length = 1
    if frequency is Frequency.WEEKLY:
        day, length = day - timedelta(days=day.weekday()), 7
    at = datetime.combine(day, MORNING, tzinfo=zone).astimezone(UTC)
    as_of = day - timedelta(days=1)
    return Slot(at, as_of, as_of - timedelta(days=length))


def publish_digests(session: Session, services: Services) -> int:
    """Write down which summaries are due and set workers to them; a second run finds none due.

    Returns: how many messages wait to be handed over.
    """
    now = services.clock.now()
    due: dict[tuple[int, Frequency], list[Subscription]] = {}
    people: dict[int, Subscriber] = {}
    for subscription, subscriber in _wanted(session):
        frequency = Frequency(subscription.frequency)
        slot = slot_of(frequency, now, subscriber.time_zone)
        # Nobody is told of a morning before they asked.
        if subscription.confirmed_at is not None and subscription.confirmed_at <= slot.at and subscriber.id is not None:
            due.setdefault((subscriber.id, frequency), []).append(subscription)
            people[subscriber.id] = subscriber
    chosen: dict[tuple[object, ...], list[int]] = {}
    changed = _changed(session, now)
    lines = []
    for (number, frequency), subscriptions in due.items():
        key = tuple(sorted(repr(_asked(subscription)) for subscription in subscriptions))
        sites = chosen.setdefault(key, _sites(session, subscriptions, now.date()))
        if frequency is Frequency.HOURLY and not (changed if not sites else changed & set(sites)):
            continue
        digest = _write(session, number, frequency, slot_of(frequency, now, people[number].time_zone), sites)
        if digest is not None:
            lines.append(post_line(services, people[number], now, 0, digest_id=digest))
    return queue_posts(session, lines, 0)


def _wanted(session: Session) -> list[tuple[Subscription, Subscriber]]:
    query = (
        select(Subscription, Subscriber)
        .join(Subscriber, col(Subscriber.id) == col(Subscription.subscriber_id))
        .where(
            col(Subscription.frequency).in_([frequency.value for frequency in SUMMARIES]),
            col(Subscription.confirmed_at).is_not(None),
            col(Subscription.ended_at).is_(None),
            col(Subscriber.confirmed_at).is_not(None),
            col(Subscriber.stopped_at).is_(None),
            col(Subscriber.address).is_not(None),
        )
        .order_by(col(Subscription.id))
    )
    return [(subscription, subscriber) for subscription, subscriber in session.exec(query)]


def _changed(session: Session, now: datetime) -> set[int]:
    """Sites whose level changed within the last full hour."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    query = select(FlagEvent.site_id).where(
        col(FlagEvent.decided_at) >= hour - timedelta(hours=1), col(FlagEvent.decided_at) < hour
    )
    return set(session.exec(query))


def _asked(subscription: Subscription) -> tuple[object, ...]:
    return (
        sorted(subscription.site_ids), sorted(subscription.countries), subscription.area, subscription.in_danger,
    )  # fmt: skip


def _sites(session: Session, subscriptions: Collection[Subscription], on: date) -> list[int]:
    """The sites that some subscriptions are about; none means all."""
    wishes = [
        Wish(
            subscription.id or 0, subscription.subscriber_id, frozenset(subscription.site_ids),
            frozenset(subscription.countries), subscription.area, subscription.in_danger, 1,
        )
        for subscription in subscriptions
    ]  # fmt: skip
    if any(not (w.site_ids or w.countries or w.area or w.in_danger) for w in wishes):
        return []
    every = list(session.exec(select(Site.id)))
    places = threads.list_places(session, [site for site in every if site is not None], on)
    return sorted(site for site, place in places.items() if any(wants(wish, place, 4) for wish in wishes)) or [NO_SITE]


def _write(session: Session, number: int, frequency: Frequency, slot: Slot, sites: list[int]) -> int | None:
    values = {
        "subscriber_id": number, "frequency": frequency.value, "slot": slot.at, "as_of": slot.as_of,
        "since": slot.since,
        "sites": sites,
    }  # fmt: skip
    statement = insert(SubscriberDigest).values(**values).on_conflict_do_nothing()
    found: int | None = session.execute(statement.returning(col(SubscriberDigest.id))).scalar_one_or_none()
    return found
