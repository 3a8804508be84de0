"""Watching the program itself: what is wrong is written to the administrators, once a day for the same troubles."""

import socket
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.accounts.models import Account, RoleRow
from heritage.alerts.letters import reader_of, send_each
from heritage.alerts.operations import Alarm, Trouble, render_operations
from heritage.alerts.vitals import WAITED_LONG, count_failed, take_vitals
from heritage.audit.chain import verify
from heritage.channels.base import Message
from heritage.feeds.alarms import list_alarms
from heritage.policy.roles import Role
from heritage.scheduling.models import JobRun, RunState
from heritage.services import Services

# A message that fails is the recipient's matter; several in a day are the program's.
FAILED_LEAST = 3
JOB = "watch_operations"


def find_alarms(session: Session, var: Path, now: datetime) -> list[Alarm]:
    """What is wrong now.

    Args:    var: the folder of files, whose disk is looked at.  now: the program's own clock, aware.
    Returns: messages that failed, jobs that wait, this machine's clock and disk, feeds, a record that does not
             hold together.
    """
    return [
        *_failed(session, now),
        *_waiting(session, now),
        *_machine(session, var, now),
        *_feeds(session),
        *_broken(session, now),
    ]


def _failed(session: Session, now: datetime) -> list[Alarm]:
    count, letters, first = count_failed(session, now)
    # A letter to those who look after the program is never the recipient's matter alone.
    if first is None or (count < FAILED_LEAST and not letters):
        return []
    return [Alarm(Trouble.MAIL_FAILING, first, count=count + letters)]


def _waiting(session: Session, now: datetime) -> list[Alarm]:
    count, first = session.execute(
        sa.select(sa.func.count(), sa.func.min(col(JobRun.deferred_at))).where(
            col(JobRun.status) == RunState.DEFERRED.value, col(JobRun.deferred_at) < now - WAITED_LONG
        )
    ).one()
    return [Alarm(Trouble.QUEUE_GROWING, first, count=count)] if count else []


def _machine(session: Session, var: Path, now: datetime) -> list[Alarm]:
    vitals, name = take_vitals(session, var, now), socket.gethostname()
    found = []
    if vitals.clock_is_wrong:
        found.append(Alarm(Trouble.CLOCK_DRIFT, now, name=name, differs=vitals.clock_differs))
    if vitals.disk_is_full:
        found.append(Alarm(Trouble.DISK_FULL, now, name=name, count=vitals.free_bytes))
    return found


def _feeds(session: Session) -> list[Alarm]:
    known = set(Trouble)
    return [
        Alarm(
            Trouble(alarm.kind) if alarm.kind in known else Trouble.OTHER,
            alarm.opened_at,
            name=alarm.feed or alarm.kind,
            detail=alarm.detail,
        )
        for alarm in list_alarms(session, only_open=True)
    ]


def _broken(session: Session, now: datetime) -> list[Alarm]:
    found = verify(session).first_broken
    return [] if found is None else [Alarm(Trouble.CHAIN_BROKEN, now, count=found)]


def tell_administrators(services: Services) -> dict[str, Any]:
    """Write to everybody who keeps the program running; no transaction is open meanwhile.

    Returns: how many alarms there are, how many people were told, and what the ledger of jobs keeps so that the same
             troubles are told once a day.
    Raises:  TemporaryFailure when somebody could not be reached; those who were get the same identity again.
    """
    now = services.clock.now()
    with services.database.session() as session:
        alarms = find_alarms(session, services.settings.var, now)
        key = f"operations {now:%Y-%m-%d} {' '.join(sorted(f'{alarm.trouble}:{alarm.name}' for alarm in alarms))}"
        if not alarms or _was_told(session, key):
            return {"alarms": len(alarms), "told": 0}
        readers = [reader_of(session, services, account) for account in _administrators(session)]
    letters = {}
    for language in {reader.language for reader in readers}:
        written = render_operations(alarms, language, public_url=services.settings.public_url)
        letters[language] = Message(key, written.subject, written.text, written.html, kind="operations")
    return {"alarms": len(alarms), "told": send_each(services, "operations", readers, letters), "key": key}


def _was_told(session: Session, key: str) -> bool:
    told = sa.select(sa.literal(True)).where(col(JobRun.job) == JOB, col(JobRun.detail)["key"].astext == key)
    return session.execute(told.limit(1)).first() is not None


def _administrators(session: Session, *, limit: int = 100) -> list[Account]:
    query = select(Account).where(
        col(Account.active), col(Account.roles).any(col(RoleRow.name) == Role.ADMINISTRATOR.value)
    )
    return list(session.exec(query.order_by(col(Account.id)).limit(limit)))
