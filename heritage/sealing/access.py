"""Reading what is sealed: asked with a reason, let through by a second person, for a short time, each reading logged.

The glass may be broken without a second person by the roles that have it: at once, in everybody's sight, and to be
justified afterwards.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Session

from heritage.audit import chain
from heritage.core.errors import N_, Conflict, HeritageError, NotFound, UnusableField
from heritage.db.queue import enqueue
from heritage.policy.access import Answer, answer
from heritage.policy.roles import Subject
from heritage.policy.table import Action
from heritage.sealing import queries
from heritage.sealing.domain import JUSTIFY_WITHIN, RIGHTS, AccessState, Sealed, SealedKind, Way
from heritage.sealing.keyring import open_keyring
from heritage.sealing.models import SealedAccess, SealedAlarm, SealedRead
from heritage.sealing.registry import SealedColumn
from heritage.services import Services

SHORTEST_REASON = 10
AN_HOUR = timedelta(hours=1)
TELL_TASK = "alerts.tell_of_reading"


class Refusal(StrEnum):
    """Why something sealed is not shown."""

    NOT_YOURS = "not_yours"
    NOT_GRANTED = "not_granted"
    ALARM = "alarm"
    TWO_PERSONS = "two_persons"
    UNJUSTIFIED = "unjustified"


_SENTENCES = {
    Refusal.NOT_YOURS: "Your roles do not allow this here.",
    Refusal.NOT_GRANTED: "Nobody has let you read this, or the time for it is over: ask for it with a reason.",
    Refusal.ALARM: "You read more in an hour than is usual. Reading is stopped until somebody else has looked at it.",
    Refusal.TWO_PERSONS: "Somebody else has to decide this: two persons are needed.",
    Refusal.UNJUSTIFIED: "Justify the last time you broke the glass first.",
}


class AccessRefused(HeritageError):
    """Something sealed stays closed to this person; ``refusal`` says why, for pages in their own language."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(_SENTENCES[refusal])
        self.refusal = refusal


def may(action: Action | None, who: Subject, what: Sealed) -> bool:
    """Whether the policy table lets somebody do something with one sealed thing."""
    if action is None or not who.signed_in:
        return False
    return answer(action, who, countries=what.countries, institutions=what.institutions) is Answer.YES


def ask(session: Session, who: Subject, what: Sealed, reason: str, *, now: datetime) -> SealedAccess:
    """Ask to read something sealed; asking twice gives the question that is open already.

    Args:    reason: at least ten signs; it is shown to the owner and holds nothing sealed itself.
    Raises:  AccessRefused where the role does not reach it; InvalidInput for a reason that is none.
    """
    if not may(RIGHTS[what.kind].ask, who, what):
        raise AccessRefused(Refusal.NOT_YOURS)
    held = queries.find_access(session, _id_of(who), what, now, AccessState.ASKED)
    if held is not None:
        return held
    access = _new(who, what, Way.TWO_PERSONS, reason, now)
    return _recorded(session, access, who, "sealed.ask", now)


def decide(
    session: Session, who: Subject, access_id: int, *, grant: bool, words: str, now: datetime, minutes: int
) -> SealedAccess:
    """Let somebody else read, or refuse it.

    Args:    words: why, may be empty when granting.  minutes: how long it may be read, > 0.
    Raises:  NotFound; AccessRefused for one's own question or where the role does not reach it; Conflict when it was
             decided or has lapsed.
    """
    access = queries.get_access(session, access_id, lock=True)
    what = queries.sealed_of(access)
    if not may(RIGHTS[what.kind].approve, who, what):
        raise NotFound(N_("There is no question %(access_id)s."), access_id=access_id)
    if access.asked_by_id == who.account_id:
        raise AccessRefused(Refusal.TWO_PERSONS)
    if queries.state_of(access, now) is not AccessState.ASKED:
        raise Conflict(N_("This question is no longer open."))
    if not grant and not words.strip():
        raise UnusableField("words", N_("Say why it is refused."))
    access.granted, access.decision = grant, words.strip()
    access.decided_by_id, access.decided_by, access.decided_at = who.account_id, who.actor, now
    access.expires_at = now + timedelta(minutes=minutes) if grant else None
    return _recorded(session, access, who, "sealed.grant" if grant else "sealed.refuse", now)


def break_glass(
    session: Session, who: Subject, what: Sealed, reason: str, *, now: datetime, minutes: int
) -> SealedAccess:
    """Take the permission without a second person; the owner and every officer see it on each page from now on.

    Raises:  AccessRefused where the role has no glass for it, or an earlier one was not justified within a day.
    """
    if not may(RIGHTS[what.kind].glass, who, what):
        raise AccessRefused(Refusal.NOT_YOURS)
    if queries.unjustified_of(session, _id_of(who), before=now - JUSTIFY_WITHIN):
        raise AccessRefused(Refusal.UNJUSTIFIED)
    access = _new(who, what, Way.BREAK_GLASS, reason, now)
    access.granted, access.decided_at, access.expires_at = True, now, now + timedelta(minutes=minutes)
    broken = _recorded(session, access, who, "sealed.break-glass", now)
    _tell_owner(session, broken, "broken", broken.id)
    return broken


def justify(session: Session, who: Subject, access_id: int, words: str, *, now: datetime) -> SealedAccess:
    """Say afterwards why the glass was broken; only who broke it can, and once.

    Raises:  NotFound for another's; Conflict when it was justified already; InvalidInput for words that are none.
    """
    access = _own(session, who, access_id)
    if access.way is not Way.BREAK_GLASS or access.justified_at is not None:
        raise Conflict(N_("There is nothing to justify here."))
    access.justification, access.justified_at = _reason(words), now
    return _recorded(session, access, who, "sealed.justify", now)


def end(session: Session, who: Subject, access_id: int, *, now: datetime) -> SealedAccess:
    """Hand a permission back before its time.  Raises: NotFound for another's; Conflict when it holds no more."""
    access = _own(session, who, access_id)
    if queries.state_of(access, now) is not AccessState.OPEN:
        raise Conflict(N_("This permission holds no more."))
    access.ended_at = now
    return _recorded(session, access, who, "sealed.end", now)


def open_sealed(
    session: Session, services: Services, who: Subject, what: Sealed, column: SealedColumn, row: object, sealed: bytes
) -> bytes:
    """Read one sealed value under a permission that holds; the first thing to do in its transaction.

    Args:    column, row: what the value is bound to.  sealed: the stored bytes.
    Returns: the plain value. The reading is logged in the same transaction: show nothing before that is committed.
    Raises:  AccessRefused without a permission, or when the person reads too much; KeyMissing, SealBroken.
    """
    begin_reading(session, services, who, what)
    return open_keyring(services.settings).open(column.purpose, column.identity(row), sealed)


def begin_reading(session: Session, services: Services, who: Subject, what: Sealed) -> SealedAccess:
    """Log one reading under a permission that holds, for values that are not in a column of their own.

    Raises:  AccessRefused.
    """
    now = services.clock.now()
    access = queries.find_access(session, who.account_id, what, now, AccessState.OPEN)
    if access is None:
        raise AccessRefused(Refusal.NOT_GRANTED)
    rights = RIGHTS[what.kind]
    # Roles may have been taken away since.
    if not may(rights.glass if access.way is Way.BREAK_GLASS else rights.ask, who, what):
        raise AccessRefused(Refusal.NOT_YOURS)
    _stop_mass_reading(session, services, who, now)
    assert access.id is not None
    reading = SealedRead(access_id=access.id, by_id=_id_of(who), at=now)
    session.add(reading)
    session.flush()
    _record(session, access, who, "sealed.read", now)
    _tell_owner(session, access, "read", reading.id)
    return access


def _tell_owner(session: Session, access: SealedAccess, about: str, number: int | None) -> None:
    """A letter leaves with the transaction. A reporter gets none: one that others find would give them away."""
    if access.kind is not SealedKind.REPORTER:
        enqueue(session, TELL_TASK, access_id=access.id, about=about, number=number)


def close_alarm(session: Session, who: Subject, alarm_id: int, *, now: datetime) -> None:
    """Let somebody read again after an alarm.  Raises: NotFound; AccessRefused for one's own alarm."""
    if answer(Action.CLOSE_ALARM, who) is not Answer.YES:
        raise AccessRefused(Refusal.NOT_YOURS)
    alarm = session.get(SealedAlarm, alarm_id, with_for_update=True)
    if alarm is None or alarm.closed_at is not None:
        raise NotFound(N_("There is no open alarm %(alarm_id)s."), alarm_id=alarm_id)
    if alarm.by_id == who.account_id:
        raise AccessRefused(Refusal.TWO_PERSONS)
    alarm.closed_at, alarm.closed_by = now, who.actor
    session.add(alarm)
    session.flush()
    chain.append(session, at=now, actor=who.actor, action="sealed.close-alarm", subject=f"account:{alarm.by_id}")


def _stop_mass_reading(session: Session, services: Services, who: Subject, now: datetime) -> None:
    """Refuse once an account has read its hour's share; the alarm stands whatever becomes of the request."""
    lock = sa.text("select pg_advisory_xact_lock(hashtextextended(:name, 0))")
    session.execute(lock, {"name": f"sealed read {who.account_id}"})
    if queries.find_alarm(session, _id_of(who)) is not None:
        raise AccessRefused(Refusal.ALARM)
    reads = queries.count_reads(session, _id_of(who), since=now - AN_HOUR)
    if reads < services.settings.sealed_reads_per_hour:
        return
    with services.database.session() as own:
        own.add(SealedAlarm(by_id=_id_of(who), by=who.actor, at=now, reads=reads))
        own.flush()
        detail = {"reads": reads}
        chain.append(
            own, at=now, actor=who.actor, action="sealed.alarm", subject=f"account:{who.account_id}", detail=detail
        )
    raise AccessRefused(Refusal.ALARM)


def _new(who: Subject, what: Sealed, way: Way, reason: str, now: datetime) -> SealedAccess:
    return SealedAccess(
        kind=what.kind,
        key=what.key,
        institutions=list(what.institutions),
        countries=list(what.countries),
        way=way,
        asked_by_id=_id_of(who),
        asked_by=who.actor,
        asked_at=now,
        reason=_reason(reason),
    )


def _reason(words: str) -> str:
    if len(words.strip()) < SHORTEST_REASON:
        raise UnusableField(
            "reason",
            N_("At least %(least)s signs are needed; the owner will read them."),
            least=SHORTEST_REASON,
        )
    return words.strip()


def _own(session: Session, who: Subject, access_id: int) -> SealedAccess:
    access = queries.get_access(session, access_id, lock=True)
    if access.asked_by_id != who.account_id:
        raise NotFound(N_("There is no question %(access_id)s."), access_id=access_id)
    return access


def _id_of(who: Subject) -> int:
    if who.account_id is None:
        raise AccessRefused(Refusal.TWO_PERSONS)
    return who.account_id


def _recorded(session: Session, access: SealedAccess, who: Subject, action: str, now: datetime) -> SealedAccess:
    session.add(access)
    session.flush()
    _record(session, access, who, action, now)
    return access


def _record(session: Session, access: SealedAccess, who: Subject, action: str, now: datetime) -> None:
    detail = {"access": access.id, "way": access.way.value}
    subject = queries.sealed_of(access).subject
    chain.append(session, at=now, actor=who.actor, action=action, subject=subject, detail=detail)
