"""The way out: a step becomes one message for each recipient, each is handed over once, and the ledger says when.

Workers take what is due, the most urgent first, one message at a time. The claim of one message and the outcome of
the one before are one short transaction; none is open while a server is waited for. A worker that dies lets go of its
message after a while, and the next try carries the same identity, so that whoever receives it can tell it from a
second message.
"""

import hashlib
import json
import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from heritage.alerts import thread_queries as threads
from heritage.alerts.addresses import open_address, open_webhook
from heritage.alerts.digest_text import digest_message
from heritage.alerts.facts import AlertFacts
from heritage.alerts.message import render_alert
from heritage.alerts.models import Alert, AlertState, AlertThread, Post, PostState, Subscriber
from heritage.alerts.rules import AlertRules, DeliveryRules
from heritage.alerts.tokens import TokenFor, make_token
from heritage.alerts.wishes import quiet_until
from heritage.channels.base import Message, PermanentFailure, Recipient, TemporaryFailure
from heritage.db.queue import enqueue
from heritage.sealing.errors import SealError
from heritage.services import Services

log = logging.getLogger(__name__)

DELIVER_TASK = "alerts.deliver"
POST: sa.Table = Post.__table__  # type: ignore[attr-defined]  # SQLModel gives every table class one
WARNING = 3
# One run of the job ends after so long and puts itself into the queue again, so that more urgent jobs get their turn.
SLICE_S = 2.0
# Runs that work side by side on one message to many.
RUNS_AT_ONCE = 4
MESSAGES_A_RUN = 25
# Stands in a text rendered once for many readers where each gets a link of their own.
STOP_HERE = "https://stop.invalid/here"


def release(session: Session, services: Services, alert: Alert, recipients: Collection[int], now: datetime) -> int:
    """Let a step go: one message for each recipient, in the caller's transaction.

    Returns: how many messages wait to be handed over.
    """
    alert.state, alert.released_at = AlertState.RELEASED.value, now
    session.flush()
    assert alert.id is not None
    priority = max(alert.level, alert.from_level if alert.msg_type == "Cancel" else 0)
    lines = [
        post_line(services, subscriber, now, priority, alert_id=alert.id)
        for subscriber in threads.list_subscribers(session, recipients)
    ]
    _fold(session, alert, recipients, now)
    return queue_posts(session, lines, priority)


def queue_posts(session: Session, lines: list[dict[str, Any]], priority: int) -> int:
    """Write messages into the ledger and set workers to them.  Returns: how many are new."""
    added = 0
    for start in range(0, len(lines), 1000):
        statement = insert(Post).values(lines[start : start + 1000]).on_conflict_do_nothing()
        added += len(session.execute(statement.returning(col(Post.id))).all())
    for _ in range(min(RUNS_AT_ONCE, -(-added // MESSAGES_A_RUN))):
        enqueue(session, DELIVER_TASK, priority=queue_priority(priority))
    return added


def queue_priority(level: int) -> int:
    """Of the job that delivers: digests last, a critical level before everything but deciding itself."""
    return 10 * level - 10


def post_line(services: Services, subscriber: Subscriber, now: datetime, priority: int, **about: int) -> dict[str, Any]:
    """A line of the ledger: one message to one person by their first channel, after their quiet hours.

    Args:    about: alert_id or digest_id.
    """
    quiet = None
    if priority < WARNING and subscriber.quiet_from is not None and subscriber.quiet_to is not None:
        quiet = quiet_until(now, (subscriber.quiet_from, subscriber.quiet_to), subscriber.time_zone)
    usable = [name for name in subscriber.channels if name in services.channels]
    return {
        **about,
        "subscriber_id": subscriber.id,
        "channel": (usable or ["email"])[0],
        "priority": priority,
        "status": PostState.WAITING.value,
        "queued_at": now,
        "not_before": quiet.astimezone(UTC) if quiet else now,
        "attempts": 0,
    }


def _fold(session: Session, alert: Alert, recipients: Collection[int], now: datetime) -> None:
    """What waits out somebody's quiet hours is told by the newer step: nobody wakes to four messages of one thread."""
    older = sa.select(col(Alert.id)).where(col(Alert.thread_id) == alert.thread_id, col(Alert.step) < alert.step)
    session.execute(
        sa.update(Post)
        .where(
            col(Post.alert_id).in_(older),
            col(Post.status) == PostState.WAITING.value,
            col(Post.not_before) > now,
            col(Post.attempts) == 0,
            col(Post.subscriber_id) == sa.any_(sa.literal(sorted(recipients), sa.ARRAY(sa.BigInteger))),
        )
        .values(status=PostState.FOLDED.value)
    )


@dataclass(frozen=True)
class Claimed:
    """A message that this worker alone hands over now."""

    post: Post
    subscriber: Subscriber
    address: str | None
    message: Message | None
    problem: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a claimed message: a state that is final, or WAITING with what went wrong."""

    post_id: int
    state: PostState
    handed_at: datetime
    identity: str | None = None
    error: str | None = None


def deliver_due(services: Services, rules: AlertRules, *, slice_s: float = SLICE_S) -> dict[str, int]:
    """Hand over what is due, the most urgent first, for a short while; the rest is left to the next run.

    Returns: how many messages came to which end.
    """
    counts: dict[str, int] = {}
    outcome: Outcome | None = None
    ends = time.monotonic() + slice_s
    while True:
        with services.database.session() as session:
            if outcome is not None:
                _settle(session, services, rules.delivery, outcome)
            going_on = time.monotonic() < ends
            claimed = _claim(session, services, rules) if going_on else None
            if not going_on:
                _leave_rest(session, services.clock.now())
        if claimed is None:
            return counts
        outcome = _hand_over(services, claimed)
        counts[outcome.state.value] = counts.get(outcome.state.value, 0) + 1


def _leave_rest(session: Session, now: datetime) -> None:
    top = session.execute(_due(now, POST.c.priority)).scalar()
    if top is not None:
        enqueue(session, DELIVER_TASK, priority=queue_priority(top))


def _due(now: datetime, *columns: Any) -> sa.Select[Any]:
    return (
        sa.select(*columns)
        .where(
            POST.c.status == PostState.WAITING.value,
            POST.c.not_before <= now,
            sa.or_(POST.c.claimed_until.is_(None), POST.c.claimed_until <= now),
        )
        .order_by(POST.c.priority.desc(), POST.c.id)
        .limit(1)
    )


def is_due(session: Session, now: datetime) -> int | None:
    """The priority of the most urgent message that waits for a worker, None when none does."""
    found: int | None = session.execute(_due(now, POST.c.priority)).scalar()
    return found


def _claim(session: Session, services: Services, rules: AlertRules) -> Claimed | None:
    """Take the most urgent message that is due; what can no longer be sent is settled on the way."""
    now = services.clock.now()
    # Another worker's row is passed over, not waited for.
    row = session.execute(_due(now, POST.c.id).with_for_update(skip_locked=True)).scalar()
    if row is None:
        return None
    post = session.get(Post, row)
    assert post is not None
    post.claimed_until, post.handed_at = now + timedelta(seconds=rules.delivery.claim_seconds), now
    post.attempts += 1
    subscriber = session.get(Subscriber, post.subscriber_id)
    assert subscriber is not None
    session.flush()
    if subscriber.stopped_at is not None:
        return Claimed(post, subscriber, None, None)
    try:
        # A message that cannot be made must not stand in the way of all behind it: it waits as if it was not taken.
        with session.begin_nested():
            address = _address(services, subscriber, post.channel)
            message = _message(session, services, rules, post, subscriber)
    except SealError as error:
        log.error("an address cannot be opened: %s", type(error).__name__)
        return Claimed(post, subscriber, None, None, "the address cannot be opened: a key is missing")
    except Exception as error:
        log.exception("message %s cannot be made", post.id)
        return Claimed(post, subscriber, None, None, f"the message cannot be made: {type(error).__name__}")
    return Claimed(post, subscriber, address, message)


def _address(services: Services, subscriber: Subscriber, channel: str) -> str | None:
    if channel == "webhook":
        return open_webhook(services.settings, subscriber)
    if channel == "inbox":
        return str(subscriber.account_id) if subscriber.account_id else None
    return open_address(services.settings, subscriber)


def _message(session: Session, services: Services, rules: AlertRules, post: Post, subscriber: Subscriber) -> Message:
    stop = stop_url(services, rules, subscriber)
    if post.alert_id is None:
        return digest_message(session, services, post, subscriber, stop)
    alert = session.get(Alert, post.alert_id)
    assert alert is not None
    thread = session.get(AlertThread, alert.thread_id)
    assert thread is not None
    rendered = _rendered(
        json.dumps(alert.facts),
        subscriber.language,
        subscriber.time_zone,
        services.settings.public_url,
    )
    return Message(
        key=message_key(thread.public_id, alert.step),
        subject=rendered[0],
        text=rendered[1].replace(STOP_HERE, stop),
        html=rendered[2].replace(STOP_HERE, stop),
        follows=tuple(message_key(thread.public_id, step) for step in threads.list_steps_sent(session, post, thread)),
        stop_url=stop,
        kind="alert",
        data=alert.facts,
    )


def message_key(public_id: str, step: int) -> str:
    """The natural key of a step's message: with the recipient it makes the identity that a second copy shares."""
    return f"alert {public_id}.{step}"


def stop_url(services: Services, rules: AlertRules, subscriber: Subscriber) -> str:
    """Where a reader ends their subscription with one click; it tells and does nothing else."""
    assert subscriber.id is not None
    until = services.clock.now() + timedelta(days=rules.sign_up.stop_days)
    token = make_token(services.settings, TokenFor.STOP, subscriber.id, until)
    return f"{services.settings.public_url.rstrip('/')}/subscriptions/stop/{token}"


@lru_cache(maxsize=256)
def _rendered(facts: str, language: str, time_zone: str, public_url: str) -> tuple[str, str, str]:
    """One step in one language and time zone, rendered once for all its readers."""
    found = render_alert(
        AlertFacts.from_json(json.loads(facts)),
        language,
        public_url=public_url,
        stop_url=STOP_HERE,
        time_zone=time_zone,
    )
    return found.subject, found.text, found.html


def _hand_over(services: Services, claimed: Claimed) -> Outcome:
    post, handed_at = claimed.post, services.clock.now()
    assert post.id is not None
    if claimed.subscriber.stopped_at is not None:
        return Outcome(post.id, PostState.STOPPED, handed_at, error="no longer wanted")
    if claimed.problem:
        return Outcome(post.id, PostState.WAITING, handed_at, error=claimed.problem)
    if claimed.message is None or claimed.address is None:
        return Outcome(post.id, PostState.REFUSED, handed_at, error="there is no address for this channel")
    channel = services.channels.get(post.channel)
    if channel is None:
        return Outcome(post.id, PostState.REFUSED, handed_at, error=f"this installation has no channel {post.channel}")
    try:
        identity = channel.send(claimed.message, Recipient(claimed.address, claimed.subscriber.language))
    except PermanentFailure as failure:
        return Outcome(post.id, PostState.REFUSED, handed_at, error=str(failure))
    except TemporaryFailure as failure:
        return Outcome(post.id, PostState.WAITING, handed_at, error=str(failure))
    except Exception as error:
        # The border of the worker: a fault of one channel must not stop what others can take.
        log.error("channel %s failed on message %s: %s", post.channel, post.id, type(error).__name__)
        return Outcome(post.id, PostState.WAITING, handed_at, error=f"the channel failed: {type(error).__name__}")
    return Outcome(post.id, PostState.SENT, handed_at, identity=identity)


def _settle(session: Session, services: Services, rules: DeliveryRules, outcome: Outcome) -> None:
    now = services.clock.now()
    post = session.exec(select(Post).where(Post.id == outcome.post_id).with_for_update()).one()
    if post.status == PostState.SENT:
        return  # Another worker, to whom an overdue claim fell, was quicker; both sent the same identity.
    post.claimed_until, post.handed_at, post.error = None, outcome.handed_at, outcome.error
    state = outcome.state
    if post.status != PostState.WAITING and state is not PostState.SENT:
        return  # Stopped or folded meanwhile, and nothing left.
    if state is PostState.WAITING:
        hours = rules.urgent_hours if post.priority >= WARNING else rules.other_hours
        if now - post.queued_at >= timedelta(hours=hours):
            state = PostState.GIVEN_UP
        else:
            wait = wait_s(rules, post.attempts, outcome.post_id)
            post.not_before = now + timedelta(seconds=wait)
            enqueue(session, DELIVER_TASK, delay_s=wait + 1, priority=queue_priority(post.priority))
    post.status = state.value
    if state is PostState.SENT:
        post.accepted_at, post.identity = now, outcome.identity
    session.flush()
    _mark_subscriber(session, services, rules, post, state)


def _mark_subscriber(session: Session, services: Services, rules: DeliveryRules, post: Post, state: PostState) -> None:
    """A good delivery forgets the bad ones; refusals in a row end an address; the next channel is tried."""
    if state not in (PostState.SENT, PostState.REFUSED, PostState.GIVEN_UP):
        return
    subscriber = session.exec(select(Subscriber).where(Subscriber.id == post.subscriber_id).with_for_update()).one()
    if state is PostState.SENT:
        if subscriber.bounces:
            subscriber.bounces = 0
        return
    if state is PostState.REFUSED and post.channel == "email":
        subscriber.bounces += 1
    following = _next_channel(services, subscriber, post.channel)
    if following is not None:
        now = services.clock.now()
        line = post_line(services, subscriber, now, post.priority, **_about(post))
        queue_posts(session, [line | {"channel": following, "not_before": now}], post.priority)
    elif subscriber.bounces >= rules.bounces:
        subscriber.stopped_at = subscriber.stopped_at or services.clock.now()


def _about(post: Post) -> Mapping[str, int]:
    return {"alert_id": post.alert_id} if post.alert_id is not None else {"digest_id": post.digest_id or 0}


def _next_channel(services: Services, subscriber: Subscriber, tried: str) -> str | None:
    usable = [name for name in subscriber.channels if name in services.channels]
    return next(iter(usable[usable.index(tried) + 1 :]), None) if tried in usable else None


def wait_s(rules: DeliveryRules, attempts: int, number: int) -> float:
    """Seconds until the next try: doubling, bounded, and a quarter more or less so that not all come back at once.

    Args:    attempts: so far, from 1.  number: of the message; the same message waits the same, so that tests can tell.
    """
    plain = min(rules.first_wait_seconds * 2.0 ** min(attempts - 1, 20), rules.longest_wait_minutes * 60.0)
    chance = hashlib.sha256(f"{number} {attempts}".encode()).digest()[0] / 255
    return plain * (0.75 + 0.5 * chance)
