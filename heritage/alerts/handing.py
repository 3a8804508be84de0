"""Use cases of the officer who looks after a thread: decide beside the rule, and leave what is open to the next one.

The caller owns the transaction. A decision is a judgement beside the level: it changes neither the level nor a claim.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from heritage.alerts import thread_queries as threads
from heritage.alerts.approving import Person, speak
from heritage.alerts.considering import TELL_TASK
from heritage.alerts.models import Alert, AlertState, AlertThread, AlertWord, Handover, WordKind
from heritage.alerts.rules import AlertRules
from heritage.audit import chain
from heritage.core.errors import N_, Conflict, UnusableField
from heritage.db.queue import enqueue
from heritage.flags.models import Judgement, JudgementKind
from heritage.flags.service import record_judgement
from heritage.services import Services

LATEST_REVIEW = timedelta(days=366)


class Verdict(StrEnum):
    """What an officer decides of an alert."""

    RAISE = "raise"
    LOWER = "lower"
    DISMISS = "dismiss"


def decide(
    session: Session,
    services: Services,
    rules: AlertRules,
    thread: AlertThread,
    person: Person,
    verdict: Verdict,
    reason: str,
    *,
    level: int | None = None,
    review_on: date | None = None,
) -> Judgement:
    """Raise, lower or dismiss what a thread says, with a reason; whoever decides has seen it.

    Args:    level: to raise or lower to, 1 to 4; dismissing is level 0.
    Raises:  InvalidInput naming the field.
    """
    if not reason.strip():
        raise UnusableField("reason", N_("A decision needs its reason."))
    newest = newest_sent(session, thread)
    if verdict is Verdict.DISMISS:
        level = 0
    elif level is None or not _fits(verdict, level, newest.level):
        text = (
            N_("Choose one above level %(level)s.")
            if verdict is Verdict.RAISE
            else N_("Choose one below level %(level)s.")
        )
        raise UnusableField("level", text, level=newest.level)
    kind = JudgementKind.RAISE if verdict is Verdict.RAISE else JudgementKind.LOWER
    found = record_judgement(
        session, services.clock, site_id=thread.site_id, kind=kind, level=level, reason=reason, by=person.actor,
        review_on=review_on,
    )  # fmt: skip
    if not is_acknowledged(session, newest):
        speak(session, services, rules, newest.id or 0, person, WordKind.ACKNOWLEDGE, reason)
    _told(session, services, person, f"alert.{verdict}", thread, level=level, reason=reason.strip()[:2000])
    return found


def _fits(verdict: Verdict, level: int, stands: int) -> bool:
    return 4 >= level > stands if verdict is Verdict.RAISE else 0 < level < stands


def newest_sent(session: Session, thread: AlertThread) -> Alert:
    """The newest step that left.  Raises: Conflict when nothing did."""
    released = threads.list_alerts(session, thread.id or 0, released=True)
    if not released:
        raise Conflict(N_("Nothing of this thread was sent yet: approve or reject what waits."))
    return released[-1]


def is_acknowledged(session: Session, alert: Alert) -> bool:
    """Whether an officer has said that they look after a step."""
    said: list[AlertWord] = threads.list_said(session, [alert.id or 0])
    return any(word.kind == WordKind.ACKNOWLEDGE for word in said)


def hand_over(
    session: Session,
    services: Services,
    thread: AlertThread,
    person: Person,
    open_points: str,
    called: str = "",
    review_at: datetime | None = None,
) -> Handover:
    """Leave a note for whoever is on duty next; at its time of review they are told.

    Args:    review_at: aware, within a year.
    Raises:  InvalidInput naming the field.
    """
    now = services.clock.now()
    if not open_points.strip():
        raise UnusableField("open_points", N_("Write down what is open, if only that nothing is."))
    if review_at is not None and not now < review_at <= now + LATEST_REVIEW:
        raise UnusableField("review_at", N_("Choose a time to come, within a year."))
    note = Handover(
        thread_id=thread.id or 0, actor=person.actor, account_id=person.account_id, said_at=now,
        open_points=open_points.strip()[:4000], called=called.strip()[:2000], review_at=review_at,
    )  # fmt: skip
    session.add(note)
    session.flush()
    if review_at is not None:
        enqueue(
            session, TELL_TASK, handover_id=note.id, about="review", delay_s=(review_at - now).total_seconds(),
            priority=80,
        )  # fmt: skip
    _told(session, services, person, "alert.hand_over", thread, review_at=review_at.isoformat() if review_at else None)
    return note


def list_handovers(
    session: Session, thread_id: int, *, until: datetime | None = None, limit: int = 50
) -> list[Handover]:
    """Notes of a thread, newest first."""
    query = select(Handover).where(Handover.thread_id == thread_id)
    if until is not None:
        query = query.where(col(Handover.said_at) <= until)
    return list(session.exec(query.order_by(col(Handover.id).desc()).limit(limit)))


def review_due(session: Session, handover_id: int) -> tuple[Handover, AlertThread, Alert] | None:
    """A note whose review is due: None when a newer one took its place or the thread is over."""
    note = session.get(Handover, handover_id)
    if note is None:
        return None
    thread = session.get(AlertThread, note.thread_id)
    newest = list_handovers(session, note.thread_id, limit=1)[0]
    if thread is None or thread.closed_at is not None or newest.id != note.id:
        return None
    alerts = [
        a for a in threads.list_alerts(session, note.thread_id) if a.state in (AlertState.RELEASED, AlertState.HELD)
    ]
    return (note, thread, alerts[-1]) if alerts else None


def _told(
    session: Session, services: Services, person: Person, action: str, thread: AlertThread, **detail: object
) -> None:
    subject = f"thread:{thread.public_id}"
    chain.append(session, at=services.clock.now(), actor=person.actor, action=action, subject=subject, detail=detail)
