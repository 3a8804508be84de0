"""The way out: a step becomes one message for each recipient, each is handed over once, and the ledger says when.

Workers take what is due, the most urgent first, a few messages at a time, and write each outcome down before they go on
to the next; no transaction is open while a server is waited for. A worker that dies lets go of its messages after a
while, and the next try carries the same identity, so that whoever receives it can tell it from a second message.
"""

import hashlib
import json
import logging
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
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
from heritage.alerts.subscribing import count_gone
from heritage.alerts.tokens import TokenFor, make_token
from heritage.alerts.wishes import quiet_until
from heritage.channels.base import Message, PermanentFailure, Recipient, TemporaryFailure, kept_open
from heritage.db.queue import enqueue
from heritage.sealing.errors import SealError
from heritage.services import Services

log = logging.getLogger(__name__)

DELIVER_TASK = "alerts.deliver"
EMAIL = "email"
POST: sa.Table = Post.__table__  # type: ignore[attr-defined]  # SQLModel gives every table class one
WARNING = 3
# One run of the job ends after so long and puts itself into the queue again, so that more urgent jobs get their turn.
SLICE_S = 2.0
# Claimed in one go: few, for what dies with a worker waits until its claim has lapsed.
CLAIMED_AT_ONCE = 8
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
        "exercise": services.settings.exercise_clock is not None,
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
    # Of what failed: whether the recipient is not there, and how long the other side wants to be left alone.
    gone: bool = False
    retry_after_s: float = 0.0


def deliver_due(services: Services, rules: AlertRules, *, slice_s: float = SLICE_S) -> dict[str, int]:
    """Hand over what is due, the most urgent first, for a short while; the rest is left to the next run.

    Returns: how many messages came to which end.
    """
    counts: dict[str, int] = {}
    ends = time.monotonic() + slice_s
    with ExitStack() as open_ways:
        for channel in services.channels.values():
            open_ways.enter_context(kept_open(channel))
        while time.monotonic() < ends:
            with services.database.session() as session:
                claimed = _claim(session, services, rules)
            if not claimed:
                return counts
            for state in _hand_over_all(services, rules, claimed, ends):
                counts[state.value] = counts.get(state.value, 0) + 1
        with services.database.session() as session:
            _leave_rest(session, services)
    return counts


def _hand_over_all(
    services: Services, rules: AlertRules, claimed: Sequence["Claimed"], ends: float
) -> Iterator[PostState]:
    """One after the other, each outcome in a transaction of its own; what there is no time for is let go."""
    begun = time.monotonic()
    for number, one in enumerate(claimed):
        now = time.monotonic()
        # A slow server must not hold messages beyond their claim: another worker would send them as well.
        if number and (now >= ends or now - begun >= rules.delivery.claim_seconds / 3):
            with services.database.session() as session:
                _unclaim(session, [left.post.id or 0 for left in claimed[number:]])
            return
        outcome = _hand_over(services, one)
        with services.database.session() as session:
            _settle(session, services, rules, outcome)
        yield outcome.state


def _unclaim(session: Session, posts: Collection[int]) -> None:
    mine = sa.update(POST).where(POST.c.id.in_(list(posts)), POST.c.status == PostState.WAITING.value)
    session.execute(mine.values(claimed_until=None, attempts=POST.c.attempts - 1))


def _leave_rest(session: Session, services: Services) -> None:
    top = is_due(session, services)
    if top is not None:
        enqueue(session, DELIVER_TASK, priority=queue_priority(top))


def _due(services: Services, *columns: Any, most: int = 1) -> sa.Select[Any]:
    now = services.clock.now()
    return (
        sa.select(*columns)
        .where(
            POST.c.status == PostState.WAITING.value,
            # What was queued for real is no part of a drill, and a drill's message is never for real.
            POST.c.exercise == (services.settings.exercise_clock is not None),
            POST.c.not_before <= now,
            sa.or_(POST.c.claimed_until.is_(None), POST.c.claimed_until <= now),
        )
        .order_by(POST.c.priority.desc(), POST.c.id)
        .limit(most)
    )


def is_due(session: Session, services: Services) -> int | None:
    """The priority of the most urgent message that waits for a worker, None when none does."""
    found: int | None = session.execute(_due(services, POST.c.priority)).scalar()
    return found


def _claim(session: Session, services: Services, rules: AlertRules) -> list[Claimed]:
    """Take the most urgent messages that are due, for this worker alone."""
    now = services.clock.now()
    # Another worker's rows are passed over, not waited for.
    due = _due(services, POST.c.id, most=CLAIMED_AT_ONCE).with_for_update(skip_locked=True).cte("due")
    statement = (
        sa.update(Post)
        .where(col(Post.id) == due.c.id)
        .values(
            claimed_until=now + timedelta(seconds=rules.delivery.claim_seconds),
            handed_at=now,
            attempts=Post.attempts + 1,
        )
        .returning(Post)
    )
    found = session.scalars(statement, execution_options={"synchronize_session": False}).all()
    posts = sorted(found, key=lambda post: (-post.priority, post.id or 0))
    people = {one.id: one for one in threads.list_subscribers(session, {post.subscriber_id for post in posts})}
    return [_prepared(session, services, rules, post, people[post.subscriber_id]) for post in posts]


def _prepared(session: Session, services: Services, rules: AlertRules, post: Post, subscriber: Subscriber) -> Claimed:
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
        follows=tuple(message_key(thread.public_id, step) for step in _steps_before(session, post, alert, thread)),
        stop_url=stop,
        kind="alert",
        data=alert.facts,
    )


def _steps_before(session: Session, post: Post, alert: Alert, thread: AlertThread) -> list[int]:
    return threads.list_steps_sent(session, post, thread) if alert.step > 1 else []


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
        return Outcome(post.id, PostState.REFUSED, handed_at, error=str(failure), gone=failure.bounced)
    except TemporaryFailure as failure:
        return Outcome(
            post.id, PostState.WAITING, handed_at, error=str(failure), retry_after_s=failure.retry_after_s or 0.0
        )
    except Exception as error:
        # The border of the worker: a fault of one channel must not stop what others can take.
        log.error("channel %s failed on message %s: %s", post.channel, post.id, type(error).__name__)
        return Outcome(post.id, PostState.WAITING, handed_at, error=f"the channel failed: {type(error).__name__}")
    return Outcome(post.id, PostState.SENT, handed_at, identity=identity)


def _settle(session: Session, services: Services, rules: AlertRules, outcome: Outcome) -> None:
    if outcome.state is PostState.SENT:
        _settle_sent(session, services.clock.now(), outcome)
        return
    now = services.clock.now()
    post = session.exec(select(Post).where(Post.id == outcome.post_id).with_for_update()).one()
    if post.status != PostState.WAITING:
        return  # Another worker, to whom an overdue claim fell, was quicker, or it was stopped or folded meanwhile.
    post.claimed_until, post.handed_at, post.error = None, outcome.handed_at, outcome.error
    state = outcome.state
    if state is PostState.WAITING and not _wait(session, services, rules.delivery, post, outcome, now):
        state = PostState.GIVEN_UP
    post.status = state.value
    session.flush()
    if state in (PostState.REFUSED, PostState.GIVEN_UP):
        fall_back(session, services, rules, post, gone=outcome.gone)


def _settle_sent(session: Session, now: datetime, outcome: Outcome) -> None:
    # Also over what was stopped meanwhile: it has left. What another worker sent too keeps that worker's moment.
    session.execute(
        sa.update(POST)
        .where(POST.c.id == outcome.post_id, POST.c.status.not_in([PostState.SENT.value, PostState.BOUNCED.value]))
        .values(
            status=PostState.SENT.value,
            accepted_at=now,
            identity=outcome.identity,
            claimed_until=None,
            handed_at=outcome.handed_at,
            error=None,
        )  # fmt: skip
    )


def _wait(
    session: Session, services: Services, rules: DeliveryRules, post: Post, outcome: Outcome, now: datetime
) -> bool:
    """Try again later, not before the other side wants; False when it is too late for that."""
    hours = timedelta(hours=rules.urgent_hours if post.priority >= WARNING else rules.other_hours)
    subscriber = session.get(Subscriber, post.subscriber_id)
    assert subscriber is not None
    asked = timedelta(seconds=outcome.retry_after_s)
    # Who asks for more time than the message has is passed by, where there is another way to the reader.
    if now - post.queued_at >= hours or (
        now + asked - post.queued_at >= hours and _next_channel(services, subscriber, post.channel) is not None
    ):
        return False
    wait = max(wait_s(rules, post.attempts, outcome.post_id), outcome.retry_after_s)
    post.not_before = now + timedelta(seconds=wait)
    enqueue(session, DELIVER_TASK, delay_s=wait + 1, priority=queue_priority(post.priority))
    return True


def fall_back(session: Session, services: Services, rules: AlertRules, post: Post, *, gone: bool) -> None:
    """After a message was not taken: count an address that is gone, and try the recipient's next channel.

    Args:    gone: whether the other side says that there is no such recipient.  An address that is gone so often as
             the rules say is written to no more; who has no other channel is told nothing more.
    """
    now = services.clock.now()
    subscriber = session.exec(select(Subscriber).where(Subscriber.id == post.subscriber_id).with_for_update()).one()
    following = _next_channel(services, subscriber, post.channel)
    # A letter may come back a week later: by then it is no news, and the page of the thread tells it.
    news = now - post.queued_at < timedelta(days=rules.message.news_days)
    if following is not None and news and subscriber.stopped_at is None:
        line = post_line(services, subscriber, now, post.priority, **_about(post))
        queue_posts(session, [line | {"channel": following, "not_before": now}], post.priority)
    if gone and post.channel == EMAIL:
        count_gone(subscriber, rules.delivery, now)


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
