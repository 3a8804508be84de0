"""Use cases of the summary: make it, publish it to those who asked, hand it to one of them."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from heritage.alerts import queries
from heritage.alerts.addresses import hash_address
from heritage.alerts.domain import Entry, FeedLine, SiteLevel, Summary, compare
from heritage.alerts.illustrating import illustrate
from heritage.alerts.mailing import post_letter
from heritage.alerts.models import DeliveryState, Digest, DigestDelivery
from heritage.alerts.render import render_summary
from heritage.alerts.wording import Rendered
from heritage.channels.base import Message, PermanentFailure, Recipient, TemporaryFailure
from heritage.core.errors import N_, InvalidInput, NotFound, Unavailable, UnusableField
from heritage.db.queue import enqueue
from heritage.flags import service as flags
from heritage.flags.rules import Rules
from heritage.policy.disclosure import may_show_distance
from heritage.services import Services
from heritage.settings import Settings

CHANNEL = "email"
LANGUAGE = "en"
DELIVERY_TASK = "alerts.deliver_summary"
# Longer than handing over a message may take, shorter than all waits before a job is given up.
CLAIM = timedelta(minutes=2)


def summarise(
    session: Session,
    rules: Rules,
    *,
    as_of: date,
    since: date | None = None,
    known_on: date | None = None,
    only: Collection[int] | None = None,
) -> Summary:
    """Compare a day with an earlier one.

    Args:    since: the earlier day, by default the day before.  known_on: by default as_of; the earlier day is always
             told as it was known then, so that late news shows as a change.  only: of these sites; by default of all.
    Returns: the summary; nothing is written.
    Raises:  InvalidInput when since is not before as_of.
    """
    since = since or as_of - timedelta(days=1)
    known_on = known_on or as_of
    if since >= as_of:
        raise UnusableField(
            "since", N_("%(since)s is not before %(as_of)s, the day of the summary."), since=since, as_of=as_of
        )
    summary = compare(
        _levels(session, rules, as_of, known_on, only),
        _levels(session, rules, since, min(since, known_on), only),
        as_of=as_of,
        since=since,
        known_on=known_on,
        rule_version=rules.version,
        sites_by_country=queries.count_sites_by_country(session, as_of, only),
        sites=queries.count_sites(session, as_of, only),
        newest_by_country=queries.newest_event_by_country(session, as_of, known_on),
        feeds=queries.list_feed_lines(session, as_of, known_on),
    )
    return illustrate(session, rules, summary)


def _levels(
    session: Session, rules: Rules, as_of: date, known_on: date, only: Collection[int] | None
) -> list[SiteLevel]:
    found = flags.compute_flags(session, rules, as_of=as_of, known_on=known_on, min_level=1)
    return [
        SiteLevel(
            id_no=flag.id_no,
            slug=flag.slug,
            name=flag.name,
            countries=flag.states_parties,
            public=may_show_distance(flag.disclosure),
            decision=flag.decision,
        )
        for flag in found
        if only is None or flag.site_id in only
    ]


def render(summary: Summary, settings: Settings, *, language: str = LANGUAGE) -> Rendered:
    """The summary in words."""
    return render_summary(summary, public_url=settings.public_url, language=language)


def publish_summary(session: Session, services: Services, rules: Rules, *, as_of: date, since: date) -> int:
    """Write the summary of a day down and queue its delivery to everybody who has not got it.

    Args:    session: one transaction for all of it.
    Returns: how many deliveries were queued; 0 on a second run, and when nobody is to get it.
    """
    recipients = dict.fromkeys(hash_address(address, services.settings) for address in services.settings.digest_to)
    if not recipients:
        return 0
    digest_id = _write_digest(session, services, rules, as_of, since)
    queued = 0
    for to_hash in recipients:
        values = {"digest_id": digest_id, "as_of": as_of, "to_hash": to_hash, "channel": CHANNEL}
        statement = insert(DigestDelivery).values(**values, status=DeliveryState.WAITING.value, attempts=0)
        added = session.connection().execute(statement.on_conflict_do_nothing().returning(col(DigestDelivery.id)))
        if added.scalar_one_or_none() is not None:
            enqueue(session, DELIVERY_TASK, lock=f"digest {as_of} {to_hash}", as_of=as_of.isoformat(), to_hash=to_hash)
            queued += 1
    return queued


def _write_digest(session: Session, services: Services, rules: Rules, as_of: date, since: date) -> int:
    held = queries.find_digest(session, as_of, LANGUAGE)
    if held is not None and held.id is not None:
        return held.id
    summary = summarise(session, rules, as_of=as_of, since=since)
    rendered = render(summary, services.settings)
    digest = Digest(
        as_of=as_of,
        since=since,
        language=LANGUAGE,
        subject=rendered.subject,
        body_text=rendered.text,
        body_html=rendered.html,
        data=as_data(summary),
        created_at=services.clock.now(),
    )
    session.add(digest)
    session.flush()
    assert digest.id is not None
    return digest.id


def deliver_summary(services: Services, *, as_of: date, to_hash: str) -> str:
    """Hand one day's summary to one recipient; no transaction is open while the mail server is waited for.

    Args:    to_hash: as ``hash_address`` makes it; the address itself is looked up in the settings.
    Returns: what became of it: "sent", "refused" or "stopped" (the address is no longer among those who asked); the
             same again when it was settled before.
    Raises:  TemporaryFailure when it should be tried again later.
    """
    message = _claim(services, as_of, to_hash)
    if isinstance(message, str):
        return message
    address = next((a for a in services.settings.digest_to if hash_address(a, services.settings) == to_hash), None)
    if address is None:
        return _settle(services, as_of, to_hash, DeliveryState.STOPPED, "no longer among those who asked for it")
    try:
        post_letter(services, "summary", message, Recipient(address, LANGUAGE))
    except PermanentFailure as failure:
        return _settle(services, as_of, to_hash, DeliveryState.REFUSED, str(failure))
    except TemporaryFailure as failure:
        _release(services, as_of, to_hash, str(failure))
        raise
    return _settle(services, as_of, to_hash, DeliveryState.SENT, None)


def _claim(services: Services, as_of: date, to_hash: str) -> Message | str:
    """The message to be sent, or what became of it before."""
    now = services.clock.now()
    with services.database.session() as session:
        delivery = _delivery(session, as_of, to_hash)
        if delivery.status != DeliveryState.WAITING:
            return delivery.status
        if delivery.claimed_until is not None and delivery.claimed_until > now:
            raise TemporaryFailure(
                "Another worker is sending this message, or died while at it; it is looked at again."
            )
        delivery.claimed_until = now + CLAIM
        delivery.attempts += 1
        session.add(delivery)
        digest = session.get(Digest, delivery.digest_id)
        assert digest is not None
        return as_message(Rendered(digest.subject, digest.body_text, digest.body_html), f"digest {as_of}")


def as_message(rendered: Rendered, key: str) -> Message:
    """A rendered summary as a message.

    Args:    key: its natural key.
    """
    return Message(key=key, subject=rendered.subject, text=rendered.text, html=rendered.html)


def _delivery(session: Session, as_of: date, to_hash: str) -> DigestDelivery:
    delivery = queries.find_delivery(session, as_of, to_hash, CHANNEL)
    if delivery is None:
        raise NotFound(N_("No delivery of the summary of %(as_of)s to this recipient is in the ledger."), as_of=as_of)
    return delivery


def _settle(services: Services, as_of: date, to_hash: str, state: DeliveryState, error: str | None) -> str:
    with services.database.session() as session:
        delivery = _delivery(session, as_of, to_hash)
        delivery.status, delivery.error, delivery.claimed_until = state.value, error, None
        delivery.sent_at = services.clock.now() if state is DeliveryState.SENT else None
        session.add(delivery)
    return state.value


def _release(services: Services, as_of: date, to_hash: str, error: str) -> None:
    with services.database.session() as session:
        delivery = _delivery(session, as_of, to_hash)
        delivery.error, delivery.claimed_until = error, None
        session.add(delivery)


def send_by_hand(services: Services, summary: Summary, address: str) -> str:
    """Send a summary to one address at the operator's own word; the ledger of daily summaries does not count it.

    Returns: the identity of the message.
    Raises:  InvalidInput for an address mail cannot go to, Unavailable when the mail server does not take it now.
    """
    key = f"digest {summary.as_of} since {summary.since} by hand {services.clock.now().isoformat()}"
    try:
        return services.channels[CHANNEL].send(as_message(render(summary, services.settings), key), Recipient(address))
    except PermanentFailure as failure:
        raise InvalidInput(f"Not sent. {failure}") from failure
    except TemporaryFailure as failure:
        raise Unavailable(f"Not sent. {failure}") from failure


def as_data(summary: Summary) -> dict[str, Any]:
    """The summary as JSON values: what ``heritage digest --json`` prints."""
    return {
        "as_of": summary.as_of.isoformat(),
        "since": summary.since.isoformat(),
        "known_on": summary.known_on.isoformat(),
        "rule_version": summary.rule_version,
        "rose": _entries(summary.rose),
        "burning": _entries(summary.burning),
        "eased": _entries(summary.eased),
        "withheld": [
            {"country": line.country, "level": line.level, "change": line.change.value, "sites": line.sites}
            for line in summary.withheld
        ],
        "quiet": {
            "sites": summary.quiet_sites,
            "of": summary.sites,
            "countries": [
                {
                    "country": line.country,
                    "sites": line.sites,
                    "newest_event_on": _iso(line.newest_event_on),
                    "known": line.is_known(summary.as_of),
                }
                for line in summary.quiet
            ],
        },
        "feeds": [_feed(feed, summary.as_of) for feed in summary.feeds],
    }


def _entries(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    return [{**_flag(entry), "before": entry.before} for entry in entries]


def _flag(entry: Entry) -> dict[str, Any]:
    """The shape of contracts.md's flag, as ``heritage flags --json`` prints it."""
    site, decision = entry.site, entry.site.decision
    steps = [f"to {step.level.name.lower()} on {step.on.isoformat()}" for step in decision.clears]
    return {
        "site": {"id_no": site.id_no, "slug": site.slug, "name": site.name, "countries": list(site.countries)},
        "level": entry.level,
        "since": _iso(decision.since),
        "score": decision.score,
        "confidence": decision.confidence,
        "clears_when": f"Falls {', '.join(steps)} if nothing further is reported near it." if steps else None,
        "reasons": flags.reasons_as_json(decision.reasons),
    }


def _feed(feed: FeedLine, as_of: date) -> dict[str, Any]:
    return {
        "feed": feed.feed,
        "release": feed.release,
        "events": feed.events,
        "first_event_on": _iso(feed.first_event_on),
        "newest_event_on": _iso(feed.newest_event_on),
        "age_days": feed.age_days(as_of),
        "stale": feed.is_stale(as_of),
        "not_known_since": _iso(feed.not_known_since),
        "countries": list(feed.countries),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
