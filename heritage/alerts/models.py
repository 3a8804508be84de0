"""Tables: who wants to be told what, threads of alerts, summaries, and the ledger of what was delivered."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from heritage.db.types import ARRAY, JSONB
from heritage.sealing.envelope import Purpose
from heritage.sealing.registry import register
from heritage.sites.models import Site

# Opened only to send a message or to show a person their own.
ADDRESS = register("subscriber", "to_hash", "address", Purpose.ADDRESSES)
WEBHOOK = register("subscriber", "to_hash", "webhook", Purpose.ADDRESSES)


class DeliveryState(StrEnum):
    """What became of one message to one recipient."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    STOPPED = "stopped"


class Digest(SQLModel, table=True):
    """One day's summary in one language, kept so that every recipient gets the same words."""

    __tablename__ = "digest"
    __table_args__ = (sa.UniqueConstraint("as_of", "language"), sa.CheckConstraint("since < as_of", name="days"))

    id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))
    as_of: date
    since: date
    language: str = Field(sa_type=sa.Text)
    subject: str = Field(sa_type=sa.Text)
    body_text: str = Field(sa_type=sa.Text)
    body_html: str = Field(sa_type=sa.Text)
    data: dict[str, Any] = Field(sa_type=JSONB)
    created_at: datetime


class DigestDelivery(SQLModel, table=True):
    """One summary to one recipient by one channel: the natural key that keeps it from being sent twice."""

    __tablename__ = "digest_delivery"
    __table_args__ = (
        sa.UniqueConstraint("as_of", "to_hash", "channel"),
        sa.CheckConstraint("status in ('waiting', 'sent', 'refused', 'stopped')", name="status"),
        sa.CheckConstraint("(status = 'sent') = (sent_at is not null)", name="sent"),
    )

    id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))
    digest_id: int = Field(
        sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("digest.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    as_of: date
    to_hash: str = Field(sa_type=sa.Text)
    channel: str = Field(sa_type=sa.Text)
    status: str = Field(default=DeliveryState.WAITING.value, sa_type=sa.Text)
    attempts: int = 0
    claimed_until: datetime | None = None
    sent_at: datetime | None = None
    error: str | None = Field(default=None, sa_type=sa.Text)


class Frequency(StrEnum):
    """How soon somebody wants to be told."""

    AT_ONCE = "at-once"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


class AlertState(StrEnum):
    """How far one step of a thread has come."""

    HELD = "held"  # waits for people to agree
    RELEASED = "released"
    REJECTED = "rejected"
    OVERTAKEN = "overtaken"  # things changed before anybody agreed


class WordKind(StrEnum):
    """What a person said of a step."""

    PROPOSE = "propose"
    APPROVE = "approve"
    REJECT = "reject"
    ACKNOWLEDGE = "acknowledge"


class PostState(StrEnum):
    """What became of one message to one recipient by one channel."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"  # will never be taken
    GIVEN_UP = "given_up"  # was not taken for too long
    STOPPED = "stopped"  # the recipient does not want it any more
    FOLDED = "folded"  # a newer step of the thread takes its place
    BOUNCED = "bounced"  # was taken, and came back later


def _words() -> Any:
    return sa.Column(ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'"))


def _id() -> Any:
    return Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))


def _of(target: str, *, index: bool = True) -> Any:
    key = sa.ForeignKey(target, ondelete="CASCADE")
    return Field(sa_column=sa.Column(sa.BigInteger, key, nullable=False, index=index))


class Subscriber(SQLModel, table=True):
    """A person who wants to be told. The address is kept sealed, and as a keyed hash to find it by."""

    __tablename__ = "subscriber"
    __table_args__ = (
        sa.UniqueConstraint("to_hash"),
        sa.CheckConstraint("(quiet_from is null) = (quiet_to is null)", name="quiet"),
        sa.CheckConstraint("bounces >= 0", name="bounces"),
    )

    id: int | None = _id()
    to_hash: str = Field(sa_type=sa.Text)
    # None once it was no longer needed and thrown away.
    address: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    webhook: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    account_id: int | None = Field(default=None, sa_type=sa.BigInteger, unique=True)
    language: str = Field(default="en", sa_type=sa.Text)
    time_zone: str = Field(default="UTC", sa_type=sa.Text)
    # Hours of the day in that time zone in which nothing below a warning is sent.
    quiet_from: time | None = None
    quiet_to: time | None = None
    # In the order in which they are tried.
    channels: list[str] = Field(default_factory=lambda: ["email"], sa_column=_words())
    created_at: datetime
    confirmed_at: datetime | None = None
    stopped_at: datetime | None = None
    asked_at: datetime | None = None  # when the last letter asking to confirm left
    bounces: int = 0


class Subscription(SQLModel, table=True):
    """What one person wants to be told of. No site, country and area means all; each given adds to the others."""

    __tablename__ = "subscription"
    __table_args__ = (
        sa.CheckConstraint("min_level between 1 and 4", name="min_level"),
        sa.CheckConstraint("frequency in ('at-once', 'hourly', 'daily', 'weekly')", name="frequency"),
        sa.Index("ix_subscription_site_ids", "site_ids", postgresql_using="gin"),
    )

    id: int | None = _id()
    subscriber_id: int = _of("subscriber.id")
    site_ids: list[int] = Field(
        default_factory=list,
        sa_column=sa.Column(ARRAY(sa.BigInteger), nullable=False, server_default=sa.text("'{}'")),
    )
    countries: list[str] = Field(default_factory=list, sa_column=_words())
    area: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    in_danger: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    min_level: int = Field(default=2, sa_type=sa.SmallInteger)
    frequency: str = Field(default=Frequency.AT_ONCE.value, sa_type=sa.Text)
    created_at: datetime
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None
    # The digest sent last: until when it told.
    told_until: datetime | None = None


class AlertThread(SQLModel, table=True):
    """One episode of one site: everything that is said of it belongs together."""

    __tablename__ = "alert_thread"
    __table_args__ = (
        sa.UniqueConstraint("public_id"),
        sa.UniqueConstraint("site_id", "episode"),
        sa.CheckConstraint("closed_at >= opened_at", name="closed"),
        sa.Index("uq_alert_thread_open", "site_id", unique=True, postgresql_where=sa.text("closed_at is null")),
        sa.Index("ix_alert_thread_opened_at", "opened_at"),
    )

    id: int | None = _id()
    public_id: str = Field(sa_type=sa.Text)
    site_id: int = _of(f"{Site.__tablename__}.id", index=False)
    episode: int
    exercise: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    opened_at: datetime
    closed_at: datetime | None = None


class Alert(SQLModel, table=True):
    """One step of a thread, with everything it rests on as it was decided."""

    __tablename__ = "alert"
    __table_args__ = (
        sa.UniqueConstraint("thread_id", "step"),
        sa.CheckConstraint("step > 0", name="step"),
        sa.CheckConstraint("msg_type in ('Alert', 'Update', 'Cancel')", name="msg_type"),
        sa.CheckConstraint("level between 0 and 4 and from_level between 0 and 4", name="levels"),
        sa.CheckConstraint("state in ('held', 'released', 'rejected', 'overtaken')", name="state"),
        sa.CheckConstraint("(state = 'released') = (released_at is not null)", name="released"),
        sa.Index("ix_alert_released_at", "released_at"),
    )

    id: int | None = _id()
    thread_id: int = _of("alert_thread.id", index=False)
    step: int = Field(sa_type=sa.SmallInteger)
    msg_type: str = Field(sa_type=sa.Text)
    level: int = Field(sa_type=sa.SmallInteger)
    from_level: int = Field(sa_type=sa.SmallInteger)
    correction: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    state: str = Field(sa_type=sa.Text)
    # Why it waits for people, or why it did not have to.
    note: str = Field(default="", sa_type=sa.Text)
    decided_at: datetime
    released_at: datetime | None = None
    facts: dict[str, Any] = Field(sa_type=JSONB)
    # The reports it rests on, also where facts may not name them: {"reports": [[incident, day, km]], "wrong": [..]}.
    basis: dict[str, Any] = Field(sa_type=JSONB)
    # When officers were told that it waits, or that nobody has acknowledged it, and how often.
    told_at: datetime | None = None
    told: int = Field(default=0, sa_type=sa.SmallInteger)


class AlertWord(SQLModel, table=True):
    """What a person said of a step; rows are added and never changed."""

    __tablename__ = "alert_word"
    __table_args__ = (
        sa.CheckConstraint("kind in ('propose', 'approve', 'reject', 'acknowledge')", name="kind"),
        sa.CheckConstraint("kind <> 'reject' or length(btrim(reason)) > 0", name="reason"),
    )

    id: int | None = _id()
    alert_id: int = _of("alert.id")
    kind: str = Field(sa_type=sa.Text)
    actor: str = Field(sa_type=sa.Text)
    account_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    said_at: datetime
    # The decision it speaks of: a step that changes while it is held is agreed to anew.
    about_at: datetime
    reason: str = Field(default="", sa_type=sa.Text)


class SubscriberDigest(SQLModel, table=True):
    """One summary as written for one person: their sites, their language."""

    __tablename__ = "subscriber_digest"
    __table_args__ = (sa.UniqueConstraint("subscriber_id", "frequency", "slot"),)

    id: int | None = _id()
    subscriber_id: int = _of("subscriber.id", index=False)
    frequency: str = Field(sa_type=sa.Text)
    slot: datetime
    as_of: date
    since: date
    sites: list[int] = Field(
        default_factory=list,
        sa_column=sa.Column(ARRAY(sa.BigInteger), nullable=False, server_default=sa.text("'{}'")),
    )


class Post(SQLModel, table=True):
    """The ledger of delivery: one message to one recipient by one channel, which is never sent twice."""

    __tablename__ = "post"
    __table_args__ = (
        sa.UniqueConstraint("alert_id", "subscriber_id", "channel"),
        sa.UniqueConstraint("digest_id", "channel"),
        sa.CheckConstraint("(alert_id is null) <> (digest_id is null)", name="about"),
        sa.CheckConstraint(
            "status in ('waiting', 'sent', 'refused', 'given_up', 'stopped', 'folded', 'bounced')", name="status"
        ),
        sa.CheckConstraint("(status in ('sent', 'bounced')) = (accepted_at is not null)", name="accepted"),
        sa.CheckConstraint("(status = 'bounced') = (bounced_at is not null)", name="bounced"),
        sa.CheckConstraint("attempts >= 0", name="attempts"),
        sa.Index("ix_post_identity", "identity", postgresql_where=sa.text("identity is not null")),
        sa.Index(
            "ix_post_waiting",
            sa.text("priority desc"),
            "id",
            postgresql_where=sa.text("status = 'waiting'"),
        ),
        sa.Index("ix_post_subscriber_id", "subscriber_id", "id"),
    )

    id: int | None = _id()
    alert_id: int | None = Field(
        default=None,
        sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("alert.id", ondelete="CASCADE"), nullable=True),
    )
    digest_id: int | None = Field(
        default=None,
        sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("subscriber_digest.id", ondelete="CASCADE"), nullable=True),
    )
    subscriber_id: int = _of("subscriber.id", index=False)
    channel: str = Field(sa_type=sa.Text)
    # The level of an alert, 0 for a digest: what is more urgent leaves first, then what is older.
    priority: int = Field(sa_type=sa.SmallInteger)
    status: str = Field(default=PostState.WAITING.value, sa_type=sa.Text)
    # Whether it was queued on the clock of an exercise: a worker on the other clock never takes it.
    exercise: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    queued_at: datetime
    not_before: datetime
    claimed_until: datetime | None = None
    attempts: int = Field(default=0, sa_type=sa.SmallInteger)
    handed_at: datetime | None = None
    accepted_at: datetime | None = None
    bounced_at: datetime | None = None
    identity: str | None = Field(default=None, sa_type=sa.Text)
    error: str | None = Field(default=None, sa_type=sa.Text)


class Letter(SQLModel, table=True):
    """The ledger of letters beside the alerts: asking to confirm, to officers, administrators and owners."""

    __tablename__ = "letter"
    __table_args__ = (
        sa.UniqueConstraint("identity"),
        sa.Index("ix_letter_sent_at", "sent_at"),
        sa.Index("ix_letter_returned_at", "returned_at", postgresql_where=sa.text("returned_at is not null")),
    )

    id: int | None = _id()
    identity: str = Field(sa_type=sa.Text)
    kind: str = Field(sa_type=sa.Text)
    to_hash: str = Field(sa_type=sa.Text)
    sent_at: datetime
    # When it came back for good, or the reader said that it is unwanted.
    returned_at: datetime | None = None
    error: str | None = Field(default=None, sa_type=sa.Text)


class LetterReturn(SQLModel, table=True):
    """One report of a mail server that was read: told once, and kept while the letter it is about is not known yet."""

    __tablename__ = "letter_return"
    __table_args__ = (
        sa.UniqueConstraint("digest"),
        sa.Index("ix_letter_return_waiting", "id", postgresql_where=sa.text("outcome is null")),
        sa.Index("ix_letter_return_read_at", "read_at"),
    )

    id: int | None = _id()
    # Of the report's bytes and its place among the recipients reported on.
    digest: str = Field(sa_type=sa.Text)
    identities: list[str] = Field(default_factory=list, sa_column=_words())
    # Whose signed link came back with it.
    subscriber_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    final: bool
    why: str = Field(sa_type=sa.Text)
    words: str = Field(sa_type=sa.Text)
    read_at: datetime
    # What became of it; none while it waits for the letter to become known.
    outcome: str | None = Field(default=None, sa_type=sa.Text)


class Handover(SQLModel, table=True):
    """What one officer leaves to the next about a thread; rows are added and never changed, the newest counts."""

    __tablename__ = "alert_handover"
    __table_args__ = (
        sa.CheckConstraint("length(btrim(open_points)) > 0", name="open_points"),
        sa.Index("ix_alert_handover_thread_id", "thread_id", "id"),
    )

    id: int | None = _id()
    thread_id: int = _of("alert_thread.id", index=False)
    actor: str = Field(sa_type=sa.Text)
    account_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    said_at: datetime
    open_points: str = Field(sa_type=sa.Text)
    called: str = Field(default="", sa_type=sa.Text)
    review_at: datetime | None = None


class Duty(SQLModel, table=True):
    """Hours of the week in which an officer is on duty, on the clock of a place; from = to is a whole day."""

    __tablename__ = "duty"
    __table_args__ = (
        sa.CheckConstraint("cardinality(weekdays) > 0 and weekdays <@ array[1,2,3,4,5,6,7]::smallint[]", name="days"),
        sa.CheckConstraint("until_on >= from_on", name="until"),
    )

    id: int | None = _id()
    account_id: int = _of("account.id")
    # 1 is Monday, as in ISO 8601; hours that pass midnight belong to the day on which they begin.
    weekdays: list[int] = Field(sa_column=sa.Column(ARRAY(sa.SmallInteger), nullable=False))
    begins: time
    ends: time
    time_zone: str = Field(sa_type=sa.Text)
    from_on: date | None = None
    until_on: date | None = None
    entered_by: str = Field(sa_type=sa.Text)
    entered_at: datetime
    removed_at: datetime | None = None


class Installation(SQLModel, table=True):
    """Whether this database is for real or for an exercise: the one row is written once and decides for good."""

    __tablename__ = "installation"
    __table_args__ = (
        sa.CheckConstraint("id = 1", name="one"),
        sa.CheckConstraint("mode in ('live', 'exercise')", name="mode"),
        sa.CheckConstraint("(mode = 'exercise') = (exercise_from is not null)", name="exercise"),
    )

    id: int = Field(default=1, sa_column=sa.Column(sa.SmallInteger, primary_key=True, autoincrement=False))
    mode: str = Field(sa_type=sa.Text)
    # Of an exercise: the moment it plays, and the real moment at which that was.
    exercise_from: datetime | None = None
    begun_at: datetime
