"""Use cases of people over alerts: agree to a step that waits, reject it, acknowledge one that left, be told.

The caller owns the transaction. Two persons let a held step go: one proposes it, another approves it, one of them at
least is an officer. The operator of the machine, on the command line, answers for both.
"""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.accounts.models import Account
from heritage.alerts import thread_queries as threads
from heritage.alerts.considering import TELL_TASK, recipients_of
from heritage.alerts.duty import officers, on_duty
from heritage.alerts.models import Alert, AlertState, AlertThread, AlertWord, WordKind
from heritage.alerts.posting import release
from heritage.alerts.rules import AlertRules
from heritage.alerts.steps import Kind, Step
from heritage.audit import chain
from heritage.core.errors import N_, Conflict, NotFound, UnusableField
from heritage.db.queue import enqueue
from heritage.policy.roles import Role
from heritage.services import Services

PERSONS_NEEDED = 2


@dataclass(frozen=True)
class Person:
    """Who speaks: what the record says of them, their account, and whether they are an officer or the operator."""

    actor: str
    account_id: int | None = None
    officer: bool = False
    operator: bool = False


def speak(
    session: Session,
    services: Services,
    rules: AlertRules,
    alert_id: int,
    person: Person,
    kind: WordKind,
    reason: str = "",
) -> Alert:
    """Say a word on a step: propose, approve, reject or acknowledge it; the last that is needed lets it go.

    Returns: the step as it is then.
    Raises:  Conflict when it does not wait (or, for acknowledging, has not left), or the same person speaks twice;
             InvalidInput for a rejection without a reason.
    """
    alert = threads.get_alert(session, alert_id, lock=True)
    _check(alert, person, kind, reason)
    said = _standing_words(session, alert)
    # One person counts once, whether they propose or approve.
    yes = (WordKind.PROPOSE.value, WordKind.APPROVE.value)
    alike = yes if kind.value in yes else (kind.value,)
    if any(_same(word, person) and word.kind in alike for word in said):
        raise Conflict(
            N_("You have said so already; another person is needed.") if alike == yes else N_("Said already.")
        )
    now = services.clock.now()
    word = AlertWord(
        alert_id=alert_id,
        kind=kind.value,
        actor=person.actor,
        account_id=person.account_id,
        said_at=now,
        about_at=alert.decided_at,
        reason=reason.strip()[:2000],
    )
    session.add(word)
    session.flush()
    if kind is WordKind.REJECT:
        alert.state = AlertState.REJECTED.value
    elif kind is not WordKind.ACKNOWLEDGE and (person.operator or _agreed(session, [*said, word])):
        let_go(session, services, rules, alert)
    session.add(alert)
    session.flush()
    thread = session.get(AlertThread, alert.thread_id)
    assert thread is not None
    detail = {"step": alert.step, "level": alert.level, "state": alert.state, "reason": word.reason}
    chain.append(
        session, at=now, actor=person.actor, action=f"alert.{kind}", subject=f"thread:{thread.public_id}", detail=detail
    )
    return alert


def _check(alert: Alert, person: Person, kind: WordKind, reason: str) -> None:
    if kind is WordKind.ACKNOWLEDGE:
        if alert.state != AlertState.RELEASED:
            raise Conflict(N_("Only what was sent can be acknowledged."))
        return
    if alert.state != AlertState.HELD:
        raise Conflict(N_("This step does not wait for anybody's word."))
    if kind is WordKind.REJECT and not reason.strip():
        raise UnusableField("reason", N_("A rejection needs its reason."))
    if kind is not WordKind.PROPOSE and not (person.officer or person.operator):
        raise Conflict(N_("Only an officer may do this."))


def _standing_words(session: Session, alert: Alert) -> list[AlertWord]:
    """What was said of the step as it is now: a step that changed while it waited is agreed to anew."""
    words = threads.list_said(session, [alert.id or 0])
    return [word for word in words if word.about_at == alert.decided_at]


def _same(word: AlertWord, person: Person) -> bool:
    return word.account_id == person.account_id and word.actor == person.actor


def _agreed(session: Session, words: list[AlertWord]) -> bool:
    """Two persons said yes, one of them at least by approving."""
    yes = [word for word in words if word.kind in (WordKind.PROPOSE, WordKind.APPROVE)]
    return len({(w.account_id, w.actor) for w in yes}) >= PERSONS_NEEDED and any(
        w.kind == WordKind.APPROVE for w in yes
    )


def let_go(session: Session, services: Services, rules: AlertRules, alert: Alert) -> int:
    """Send a step that waited, to those who want it now.  Returns: how many messages."""
    thread = session.get(AlertThread, alert.thread_id)
    assert thread is not None
    now = services.clock.now()
    opened = threads.list_open(session, now).get(thread.site_id)
    place = threads.list_places(session, [thread.site_id], now.date())[thread.site_id]
    step = Step(Kind(alert.msg_type), alert.from_level)
    wishes = threads.list_wishes(session, level=alert.level)
    return release(session, services, alert, recipients_of(session, opened, step, place, alert.level, wishes), now)


def held_step(session: Session, public_id: str) -> Alert:
    """The step of a thread that waits for people.  Raises: NotFound."""
    thread = threads.get_thread(session, public_id)
    for alert in threads.list_alerts(session, thread.id or 0):
        if alert.state == AlertState.HELD:
            return alert
    raise NotFound(N_("Nothing of the thread %(public_id)s waits for anybody's word."), public_id=public_id)


def remind(session: Session, services: Services, rules: AlertRules) -> int:
    """Tell whoever is on duty, again, what waits for them and what nobody has acknowledged; then every officer.

    Returns: how many notices were put into the queue.
    """
    now, number = services.clock.now(), 0
    by_roster = on_duty(session, now).by_roster
    pause = timedelta(minutes=rules.hold.minutes)
    for _, alert in threads.list_held(session):
        if alert.told < rules.hold.reminders and now - (alert.told_at or alert.decided_at) >= pause:
            # Whoever is on duty was told when it began to wait: from the second reminder on everybody is.
            _tell(session, services, alert, "overdue", everyone=alert.told > 0)
            number += 1
    late = timedelta(minutes=rules.acknowledge.minutes)
    for alert in _unacknowledged(session, rules):
        assert alert.released_at is not None
        waited, told = now - alert.released_at, alert.told_at is not None and alert.told_at >= alert.released_at
        if not told and waited >= late:
            _tell(session, services, alert, "unacknowledged", everyone=waited >= 2 * late)
            number += 1
        elif told and by_roster and waited >= 2 * late and (alert.told_at or now) - alert.released_at < 2 * late:
            _tell(session, services, alert, "unacknowledged", everyone=True)
            number += 1
    return number


def _unacknowledged(session: Session, rules: AlertRules) -> list[Alert]:
    """Sent warnings of open threads whose newest step has no word of acknowledgement."""
    newest = (
        sa.select(sa.func.max(col(Alert.id)))
        .where(col(Alert.state) == AlertState.RELEASED.value)
        .group_by(col(Alert.thread_id))
    )
    said = sa.select(col(AlertWord.alert_id)).where(col(AlertWord.kind) == WordKind.ACKNOWLEDGE.value)
    query = (
        select(Alert)
        .join(AlertThread, col(AlertThread.id) == col(Alert.thread_id))
        .where(
            col(AlertThread.closed_at).is_(None),
            col(Alert.id).in_(newest),
            col(Alert.level) >= rules.acknowledge.level,
            col(Alert.level) > col(Alert.from_level),
            col(Alert.id).not_in(said),
        )
        .limit(200)
    )
    return list(session.exec(query))


def _tell(session: Session, services: Services, alert: Alert, about: str, *, everyone: bool) -> None:
    alert.told += 1
    alert.told_at = services.clock.now()
    session.add(alert)
    session.flush()
    enqueue(session, TELL_TASK, alert_id=alert.id, about=about, number=alert.told, everyone=everyone, priority=80)


def person_of(account: Account) -> Person:
    """An account as a person who speaks."""
    held = {role.name for role in account.roles}
    return Person(f"{account.name} (account {account.id})", account.id, Role.EMERGENCY_OFFICER in held)


__all__ = ["Person", "held_step", "let_go", "officers", "person_of", "remind", "speak"]
