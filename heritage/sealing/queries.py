"""Reads: permissions, readings, alarms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from heritage.core.errors import N_, NotFound
from heritage.core.text import slug_of
from heritage.policy.access import Answer, answer
from heritage.policy.roles import Role, Subject
from heritage.sealing.domain import QUESTION_LASTS, RIGHTS, AccessState, Sealed, SealedKind, Way, access_state
from heritage.sealing.models import SealedAccess, SealedAlarm, SealedRead

_Accesses = SelectOfScalar[SealedAccess]
# Those who answer for what happens, beside the owners themselves.
WATCHING = frozenset({Role.EMERGENCY_OFFICER, Role.ADMINISTRATOR})


@dataclass(frozen=True)
class Reading:
    """A permission with what became of it: its state now, how often it was used and when last."""

    access: SealedAccess
    state: AccessState
    reads: int
    last_at: datetime | None

    @property
    def unjustified(self) -> bool:
        """The glass was broken and nobody has said why yet."""
        return self.access.way is Way.BREAK_GLASS and self.access.justified_at is None


def sealed_of(access: SealedAccess) -> Sealed:
    """What a permission is about."""
    return Sealed(access.kind, access.key, tuple(access.institutions), tuple(access.countries))


def state_of(access: SealedAccess, now: datetime) -> AccessState:
    """What a permission is worth now."""
    return access_state(
        asked_at=access.asked_at,
        granted=access.granted,
        expires_at=access.expires_at,
        ended_at=access.ended_at,
        now=now,
    )


def get_access(session: Session, access_id: int, *, lock: bool = False) -> SealedAccess:
    """One permission.  Raises: NotFound."""
    access = session.get(SealedAccess, access_id, with_for_update=lock or None)
    if access is None:
        raise NotFound(N_("There is no question %(access_id)s."), access_id=access_id)
    return access


def find_access(
    session: Session, account_id: int | None, what: Sealed, now: datetime, state: AccessState
) -> SealedAccess | None:
    """An account's newest permission for something that is in a state now, or None."""
    query = (
        select(SealedAccess)
        .where(
            SealedAccess.asked_by_id == account_id,
            col(SealedAccess.kind) == what.kind,
            SealedAccess.key == what.key,
        )
        .order_by(col(SealedAccess.id).desc())
        .limit(20)
    )
    return next((access for access in session.exec(query) if state_of(access, now) is state), None)


def list_to_decide(session: Session, who: Subject, now: datetime, *, limit: int = 200) -> list[SealedAccess]:
    """Open questions of others that somebody may answer, oldest first."""
    query = (
        select(SealedAccess)
        .where(
            col(SealedAccess.granted).is_(None),
            SealedAccess.asked_by_id != who.account_id,
            col(SealedAccess.asked_at) > now - QUESTION_LASTS,
        )
        .order_by(col(SealedAccess.id))
        .limit(limit)
    )
    return [access for access in session.exec(query) if _may_decide(who, access)]


def _may_decide(who: Subject, access: SealedAccess) -> bool:
    action = RIGHTS[access.kind].approve
    return answer(action, who, countries=access.countries, institutions=access.institutions) is Answer.YES


def list_own(session: Session, account_id: int, now: datetime, *, limit: int = 50) -> list[Reading]:
    """What somebody asked for, newest first."""
    query = select(SealedAccess).where(SealedAccess.asked_by_id == account_id)
    return _with_reads(session, _newest(session, query, limit), now)


def list_concerning(
    session: Session, who: Subject, now: datetime, *, pseudonym: str | None = None, limit: int = 100
) -> list[Reading]:
    """What others asked of what is somebody's own, newest first; officers and administrators see all.

    Args:    pseudonym: somebody's own, where they report.
    """
    query = select(SealedAccess).where(SealedAccess.asked_by_id != who.account_id)
    return _with_reads(session, _newest(session, _concerning(query, who, pseudonym), limit), now)


def count_broken(session: Session, who: Subject) -> int:
    """How many times the glass was broken to what concerns somebody without a justification so far."""
    query = select(SealedAccess).where(
        col(SealedAccess.way) == Way.BREAK_GLASS, col(SealedAccess.justified_at).is_(None)
    )
    found = _concerning(query, who, None).subquery()
    return int(session.scalar(sa.select(sa.func.count()).select_from(found)) or 0)


def _concerning(query: _Accesses, who: Subject, pseudonym: str | None) -> _Accesses:
    if who.roles & WATCHING:
        return query
    houses = {slug_of(name) for name in who.institutions} if Role.REGISTRAR in who.roles else set[str]()
    countries = who.countries if Role.DIRECTORATE in who.roles else frozenset[str]()
    own = [
        col(SealedAccess.institutions).op("&&")(sa.cast(sorted(houses), sa.ARRAY(sa.Text))),
        col(SealedAccess.countries).op("&&")(sa.cast(sorted(countries), sa.ARRAY(sa.Text))),
        sa.and_(col(SealedAccess.kind) == SealedKind.REPORTER, col(SealedAccess.key) == pseudonym),
        col(SealedAccess.asked_by_id) == who.account_id,
    ]
    return query.where(sa.or_(*own))


def list_of(session: Session, what: Sealed, now: datetime, *, limit: int = 50) -> list[Reading]:
    """Who asked for one sealed thing and read it, newest first: for its owner."""
    query = select(SealedAccess).where(col(SealedAccess.kind) == what.kind, SealedAccess.key == what.key)
    return _with_reads(session, _newest(session, query, limit), now)


def unjustified_of(session: Session, account_id: int, *, before: datetime) -> bool:
    """Whether somebody broke the glass before a moment and has not said why."""
    query = select(SealedAccess.id).where(
        SealedAccess.asked_by_id == account_id,
        col(SealedAccess.way) == Way.BREAK_GLASS,
        col(SealedAccess.justified_at).is_(None),
        col(SealedAccess.asked_at) < before,
    )
    return session.exec(query.limit(1)).first() is not None


def count_reads(session: Session, account_id: int, *, since: datetime) -> int:
    """How often somebody read something sealed since a moment."""
    query = sa.select(sa.func.count()).where(col(SealedRead.by_id) == account_id, col(SealedRead.at) > since)
    return int(session.scalar(query) or 0)


def find_alarm(session: Session, account_id: int) -> SealedAlarm | None:
    """The open alarm over somebody's reading, or None."""
    query = select(SealedAlarm).where(SealedAlarm.by_id == account_id, col(SealedAlarm.closed_at).is_(None))
    return session.exec(query).first()


def list_alarms(session: Session, *, limit: int = 50) -> list[SealedAlarm]:
    """Alarms that nobody closed yet, newest first."""
    query = select(SealedAlarm).where(col(SealedAlarm.closed_at).is_(None)).order_by(col(SealedAlarm.id).desc())
    return list(session.exec(query.limit(limit)))


def _newest(session: Session, query: _Accesses, limit: int) -> list[SealedAccess]:
    return list(session.scalars(query.order_by(col(SealedAccess.id).desc()).limit(limit)))


def _with_reads(session: Session, found: Sequence[SealedAccess], now: datetime) -> list[Reading]:
    reads = session.execute(
        sa.select(col(SealedRead.access_id), sa.func.count(), sa.func.max(SealedRead.at))
        .where(col(SealedRead.access_id).in_([access.id for access in found]))
        .group_by(col(SealedRead.access_id))
    )
    used = {access_id: (count, last_at) for access_id, count, last_at in reads}
    return [Reading(access, state_of(access, now), *used.get(access.id, (0, None))) for access in found]
