"""Use cases of subscriptions: ask, confirm, change, stop. The caller owns the transaction.

Whoever asks gets the same answer whether an address is known or not, and an address gets one letter asking to confirm
for as long as that letter holds: signing a victim up a thousand times sends one.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import available_timezones

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from heritage.accounts.limits import Limit, count_attempt
from heritage.alerts.addresses import checked_address, hash_address, seal_address, seal_webhook
from heritage.alerts.models import Frequency, Post, PostState, Subscriber, Subscription
from heritage.alerts.rules import AlertRules, DeliveryRules, SignUpRules
from heritage.audit import chain
from heritage.channels.webhook import check_url, new_target, signing_secret
from heritage.core.errors import N_, NotFound, UnusableField
from heritage.db.queue import enqueue
from heritage.services import Services
from heritage.sites.models import Site

LETTER_TASK = "alerts.write_letter"
LANGUAGES = ("en", "fr", "ar")
# An account's inbox needs no address; the rest are names of channels.
INBOX = "inbox"
WEBHOOK = "webhook"


@dataclass(frozen=True)
class Wanted:
    """What is asked for. site_ids, countries, area: none of them means all; each given adds to the others."""

    site_ids: tuple[int, ...] = ()
    countries: tuple[str, ...] = ()
    area: Mapping[str, Any] | None = None
    in_danger: bool = False
    min_level: int = 2
    frequency: Frequency = Frequency.AT_ONCE


@dataclass(frozen=True)
class Manner:
    """How somebody wants to be told: language, clock, quiet hours below a warning, channels in order."""

    language: str = "en"
    time_zone: str = "UTC"
    quiet: tuple[time, time] | None = None
    channels: tuple[str, ...] = ("email",)
    webhook: str | None = field(default=None, repr=False)


def check_wanted(session: Session, wanted: Wanted) -> Wanted:
    """Refuse what no site can ever meet.

    Raises:  InvalidInput naming the field.
    """
    if not 1 <= wanted.min_level <= 4:
        raise UnusableField("min_level", N_("Choose a level from 1 to 4."))
    codes = tuple(dict.fromkeys(code.strip().upper() for code in wanted.countries))
    if any(len(code) != 2 or not code.isascii() or not code.isalpha() for code in codes):
        raise UnusableField("country", N_("Two-letter country codes are needed."))
    if len(codes) > 250 or len(wanted.site_ids) > 2000:
        raise UnusableField("sites", N_("Too many; ask for a country or an area instead."))
    held = set(session.exec(select(Site.id).where(col(Site.id).in_(wanted.site_ids))))
    if held != set(wanted.site_ids):
        raise UnusableField("site", N_("There is no such site."))
    return replace(wanted, countries=codes, site_ids=tuple(dict.fromkeys(wanted.site_ids)))


def check_manner(manner: Manner, channels: Collection[str], *, has_webhook: bool = False) -> Manner:
    """Refuse a language, time zone or channel that is not to be had.

    Args:    has_webhook: whether the person has one already.
    Raises:  InvalidInput naming the field.
    """
    if manner.language not in LANGUAGES:
        raise UnusableField("language", N_("Choose one of %(known)s."), known=", ".join(LANGUAGES))
    if manner.time_zone not in available_timezones():
        raise UnusableField("time_zone", N_("Not a time zone known here; write it as Asia/Damascus."))
    unknown = [name for name in manner.channels if name not in channels]
    if unknown or not manner.channels:
        raise UnusableField("channels", N_("Choose among %(known)s."), known=", ".join(sorted(channels)))
    if manner.webhook is None and not has_webhook and WEBHOOK in manner.channels:
        raise UnusableField("webhook", N_("The address to post to is needed."))
    return replace(manner, channels=tuple(dict.fromkeys(manner.channels)))


def request(
    session: Session, services: Services, rules: AlertRules, address: str, wanted: Wanted, manner: Manner
) -> None:
    """Ask for a subscription: nothing is sent but one letter that asks whether it is wanted.

    Raises:  InvalidInput for what is no address or cannot be met; never tells whether the address is known.
    """
    wanted, address = check_wanted(session, wanted), checked_address(address)
    # A webhook or an inbox needs somebody who is signed in: a stranger gets mail, and only once it is confirmed.
    manner = check_manner(replace(manner, channels=("email",), webhook=None), services.channels)
    subscriber = _find_or_add(session, services, address, manner)
    assert subscriber.id is not None
    held = _same(session, subscriber, wanted)
    if held is not None and held.confirmed_at is not None and subscriber.stopped_at is None:
        return
    if held is None:
        if len(list_of(session, subscriber.id, pending=True)) >= rules.sign_up.most:
            return
        _add(session, subscriber, wanted, services.clock.now())
    _ask(session, services, rules.sign_up, subscriber, address)


def add_confirmed(
    session: Session,
    services: Services,
    address: str,
    wanted: Wanted,
    manner: Manner,
    *,
    account_id: int | None = None,
) -> Subscription:
    """Add a subscription that needs no confirming: of somebody signed in, or at the word of the machine's operator.

    Returns: the subscription; one that asks for the same is found and kept.
    Raises:  InvalidInput for what is no address or cannot be met.
    """
    wanted, address = check_wanted(session, wanted), checked_address(address)
    now = services.clock.now()
    held = find_subscriber(session, services, address)
    manner = check_manner(manner, services.channels, has_webhook=held is not None and held.webhook is not None)
    subscriber = _find_or_add(session, services, address, manner)
    subscriber.confirmed_at, subscriber.stopped_at = subscriber.confirmed_at or now, None
    subscriber.bounces = 0
    subscriber.account_id = account_id or subscriber.account_id
    _settle_manner(services, subscriber, manner)
    _restore_address(services, subscriber, address)
    subscription = _same(session, subscriber, wanted) or _add(session, subscriber, wanted, now)
    subscription.confirmed_at = subscription.confirmed_at or now
    session.flush()
    return subscription


def confirm(session: Session, services: Services, subscriber_id: int) -> list[Subscription]:
    """Take everything a person was asked to confirm as wanted; safe to repeat.

    Returns: their subscriptions.  Raises: NotFound when they were thrown away meanwhile.
    """
    subscriber, now = get_subscriber(session, subscriber_id, lock=True), services.clock.now()
    if subscriber.address is None:
        raise NotFound(N_("There is no such subscription any more."))
    subscriber.confirmed_at, subscriber.stopped_at, subscriber.bounces = now, None, 0
    for subscription in list_of(session, subscriber_id, pending=True):
        subscription.confirmed_at = subscription.confirmed_at or now
    session.flush()
    return list_of(session, subscriber_id)


def stop(session: Session, services: Services, subscriber_id: int, *, subscription_id: int | None = None) -> int:
    """End one subscription, or all of a person: nothing more is sent, what waits is taken back. Safe to repeat.

    Returns: how many ended.
    """
    subscriber, now = get_subscriber(session, subscriber_id, lock=True), services.clock.now()
    ended = 0
    for subscription in list_of(session, subscriber_id, pending=True):
        if subscription_id in (None, subscription.id):
            subscription.ended_at = now
            ended += 1
    session.flush()
    if subscription_id is None or not list_of(session, subscriber_id):
        subscriber.stopped_at = subscriber.stopped_at or now
        session.execute(
            sa.update(Post)
            .where(col(Post.subscriber_id) == subscriber_id, col(Post.status) == PostState.WAITING.value)
            .values(status=PostState.STOPPED.value, claimed_until=None)
        )
    return ended


def ask_for_list(session: Session, services: Services, rules: AlertRules, address: str) -> None:
    """Send a person the link to their own list; for an address that is not known, nothing, and nobody is told.

    Raises:  InvalidInput for what is no address.
    """
    address = checked_address(address)
    subscriber = find_subscriber(session, services, address)
    if subscriber is None or subscriber.confirmed_at is None or subscriber.address is None:
        return
    if _within_budgets(session, services, rules.sign_up, address, Limit("letter with a list", 1, timedelta(hours=1))):
        enqueue(session, LETTER_TASK, subscriber_id=subscriber.id, letter="manage")


def change_manner(session: Session, services: Services, subscriber_id: int, manner: Manner) -> None:
    """Change how a person is told.  Raises: InvalidInput naming the field."""
    subscriber = get_subscriber(session, subscriber_id, lock=True)
    checked = check_manner(manner, services.channels, has_webhook=subscriber.webhook is not None)
    _settle_manner(services, subscriber, checked)


def settle_own(session: Session, services: Services, address: str, account_id: int, manner: Manner) -> Subscriber:
    """How somebody signed in is told, also before they asked for anything: letters come in that language then."""
    subscriber = find_subscriber(session, services, address)
    if subscriber is None:
        subscriber = _find_or_add(session, services, address, manner)
        subscriber.confirmed_at = services.clock.now()
    subscriber.account_id = account_id
    checked = check_manner(manner, services.channels, has_webhook=subscriber.webhook is not None)
    _settle_manner(services, subscriber, checked)
    session.flush()
    return subscriber


def make_webhook(session: Session, services: Services, subscriber: Subscriber, url: str) -> str:
    """Keep where a person's own program takes messages; it becomes their first channel. A new one replaces the old.

    Returns: the secret that messages are signed with, to be shown once.
    Raises:  InvalidInput when nothing can be posted there.
    """
    check_url(url, services.settings.webhook_trusted)
    target = new_target(url)
    subscriber.webhook = seal_webhook(services.settings, subscriber.to_hash, target)
    subscriber.channels = [WEBHOOK, *(name for name in subscriber.channels if name != WEBHOOK)]
    session.flush()
    return signing_secret(target, services.settings)


def remove_webhook(session: Session, subscriber: Subscriber) -> None:
    """Post to a person's program no more; what is left of their channels is used, mail when none is."""
    subscriber.webhook = None
    subscriber.channels = [name for name in subscriber.channels if name != WEBHOOK] or ["email"]
    session.flush()


def purge(session: Session, services: Services, rules: AlertRules) -> int:
    """Throw away addresses nobody confirmed in time, and those of people who stopped a month ago.

    Returns: how many.
    """
    now = services.clock.now()
    unconfirmed = sa.and_(
        col(Subscriber.confirmed_at).is_(None),
        col(Subscriber.created_at) < now - timedelta(days=rules.sign_up.confirm_days),
        sa.or_(
            col(Subscriber.asked_at).is_(None),
            col(Subscriber.asked_at) < now - timedelta(days=rules.sign_up.confirm_days),
        ),
    )
    stopped = col(Subscriber.stopped_at) < now - timedelta(days=30)
    gone = session.execute(
        sa.update(Subscriber)
        .where(sa.or_(unconfirmed, stopped), col(Subscriber.address).is_not(None))
        .values(address=None, webhook=None, account_id=None)
        .returning(col(Subscriber.id))
    ).all()
    return len(gone)


def forget_bounces(session: Session, rules: AlertRules, now: datetime) -> int:
    """Forget the letters that came back, of those to whom a later one was taken and did not come back in time.

    Returns: how many people.
    """
    back, good = aliased(Post), aliased(Post)
    mine = (col(back.subscriber_id) == col(Subscriber.id), col(back.channel) == "email")
    failed = sa.select(sa.func.max(sa.func.coalesce(col(back.bounced_at), col(back.handed_at)))).where(
        *mine, col(back.status).in_([PostState.REFUSED.value, PostState.BOUNCED.value])
    )
    stayed = sa.exists().where(
        col(good.subscriber_id) == col(Subscriber.id),
        col(good.channel) == "email",
        col(good.status) == PostState.SENT.value,
        col(good.accepted_at) < now - timedelta(days=rules.delivery.bounce_days),
        col(good.accepted_at) > failed.correlate(Subscriber).scalar_subquery(),
    )
    forgiven = sa.update(Subscriber).where(col(Subscriber.bounces) > 0, stayed).values(bounces=0)
    return session.connection().execute(forgiven).rowcount


def count_gone(subscriber: Subscriber, rules: DeliveryRules, now: datetime) -> None:
    """Count a letter that found nobody; an address that is gone so often as the rules say is written to no more."""
    subscriber.bounces += 1
    if subscriber.bounces < rules.bounces:
        return
    subscriber.channels = [name for name in subscriber.channels if name != "email"]
    if not subscriber.channels:
        subscriber.channels, subscriber.stopped_at = ["email"], subscriber.stopped_at or now


def letter_failed(subscriber: Subscriber, rules: DeliveryRules, now: datetime, *, gone: bool) -> None:
    """A letter about somebody's subscriptions came to nothing.

    Args:    gone: whether there is no such recipient. A mistyped address that nobody confirmed is thrown away at once,
             and is not written to again while the letter would have held; after any other failure the next one who
             asks for it sends another.
    """
    if subscriber.confirmed_at is not None:
        if gone:
            count_gone(subscriber, rules, now)
    elif gone:
        subscriber.address = None
    else:
        subscriber.asked_at = None


def get_subscriber(session: Session, subscriber_id: int, *, lock: bool = False) -> Subscriber:
    """One person.  Raises: NotFound."""
    query = select(Subscriber).where(Subscriber.id == subscriber_id)
    subscriber = session.exec(query.with_for_update() if lock else query).one_or_none()
    if subscriber is None:
        raise NotFound(N_("There is no such subscription."))
    return subscriber


def find_subscriber(session: Session, services: Services, address: str) -> Subscriber | None:
    """The person with an address, or None."""
    return session.exec(
        select(Subscriber).where(Subscriber.to_hash == hash_address(address, services.settings))
    ).one_or_none()


def list_of(session: Session, subscriber_id: int, *, pending: bool = False, limit: int = 200) -> list[Subscription]:
    """A person's subscriptions that have not ended, oldest first; with pending also those not confirmed."""
    query = select(Subscription).where(
        Subscription.subscriber_id == subscriber_id, col(Subscription.ended_at).is_(None)
    )
    if not pending:
        query = query.where(col(Subscription.confirmed_at).is_not(None))
    return list(session.exec(query.order_by(col(Subscription.id)).limit(limit)))


def told(
    session: Session, services: Services, actor: str, action: str, subscriber: Subscriber, **detail: object
) -> None:
    """One entry in the record, with the person's number and never the address."""
    subject = f"subscriber:{subscriber.id}"
    chain.append(session, at=services.clock.now(), actor=actor, action=action, subject=subject, detail=detail)


def _find_or_add(session: Session, services: Services, address: str, manner: Manner) -> Subscriber:
    to_hash = hash_address(address, services.settings)
    values = {
        "to_hash": to_hash,
        "address": seal_address(services.settings, to_hash, address),
        "language": manner.language,
        "time_zone": manner.time_zone,
        "channels": ["email"],
        "created_at": services.clock.now(),
        "bounces": 0,
    }
    session.execute(insert(Subscriber).values(**values).on_conflict_do_nothing())
    subscriber = session.exec(select(Subscriber).where(Subscriber.to_hash == to_hash).with_for_update()).one()
    if subscriber.confirmed_at is None:
        # Until it is confirmed the newest wish counts; what a confirmed person chose is changed by themselves only.
        subscriber.language, subscriber.time_zone = manner.language, manner.time_zone
        subscriber.quiet_from, subscriber.quiet_to = manner.quiet or (None, None)
    _restore_address(services, subscriber, address)
    return subscriber


def _restore_address(services: Services, subscriber: Subscriber, address: str) -> None:
    if subscriber.address is None:
        subscriber.address = seal_address(services.settings, subscriber.to_hash, address)
        subscriber.created_at = services.clock.now()


def _settle_manner(services: Services, subscriber: Subscriber, manner: Manner) -> None:
    subscriber.language, subscriber.time_zone = manner.language, manner.time_zone
    subscriber.quiet_from, subscriber.quiet_to = manner.quiet or (None, None)
    subscriber.channels = list(manner.channels)
    if manner.webhook is not None:
        subscriber.webhook = seal_webhook(services.settings, subscriber.to_hash, manner.webhook)


def _add(session: Session, subscriber: Subscriber, wanted: Wanted, now: datetime) -> Subscription:
    assert subscriber.id is not None
    subscription = Subscription(
        subscriber_id=subscriber.id,
        site_ids=list(wanted.site_ids),
        countries=list(wanted.countries),
        area=dict(wanted.area) if wanted.area else None,
        in_danger=wanted.in_danger,
        min_level=wanted.min_level,
        frequency=wanted.frequency.value,
        created_at=now,
    )
    session.add(subscription)
    session.flush()
    return subscription


def _same(session: Session, subscriber: Subscriber, wanted: Wanted) -> Subscription | None:
    assert subscriber.id is not None
    held = list_of(session, subscriber.id, pending=True)
    return next((subscription for subscription in held if _asked_by(subscription) == _key(wanted)), None)


def _asked_by(held: Subscription) -> tuple[object, ...]:
    sites, countries = frozenset(held.site_ids), frozenset(held.countries)
    return sites, countries, held.area, held.in_danger, held.min_level, held.frequency


def _key(wanted: Wanted) -> tuple[object, ...]:
    sites, countries = frozenset(wanted.site_ids), frozenset(wanted.countries)
    # As the database gives it back: lists for tuples.
    area = json.loads(json.dumps(wanted.area)) if wanted.area else None
    return sites, countries, area, wanted.in_danger, wanted.min_level, wanted.frequency.value


def _ask(session: Session, services: Services, rules: SignUpRules, subscriber: Subscriber, address: str) -> None:
    """One letter until it is answered or has ended."""
    now = services.clock.now()
    asked, confirmed = subscriber.asked_at, subscriber.confirmed_at
    answered = asked is not None and confirmed is not None and confirmed > asked
    if asked is not None and not answered and now - asked < timedelta(days=rules.confirm_days):
        return
    if not _within_budgets(session, services, rules, address, Limit("letter to confirm", 3, timedelta(days=1))):
        return
    subscriber.asked_at = now
    session.flush()
    enqueue(session, LETTER_TASK, subscriber_id=subscriber.id, letter="confirm")


def _within_budgets(session: Session, services: Services, rules: SignUpRules, address: str, own: Limit) -> bool:
    domain = Limit("letters to a domain", rules.domain_per_hour, timedelta(hours=1))
    secret, now = services.settings.secret(), services.clock.now()
    if count_attempt(session, own, address, secret=secret, now=now) > own.most:
        return False
    return count_attempt(session, domain, address.rpartition("@")[2], secret=secret, now=now) <= domain.most
