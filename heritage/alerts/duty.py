"""Who is on duty: hours of the week entered for officers. The caller owns the session."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from sqlmodel import Session, col, select

from heritage.accounts.models import Account, RoleRow
from heritage.alerts.models import Duty
from heritage.core.errors import N_, NotFound, UnusableField
from heritage.policy.roles import Role

WEEK = (1, 2, 3, 4, 5, 6, 7)


@dataclass(frozen=True)
class Hours:
    """Hours of some weekdays (1 is Monday) on one clock, within dates or for good; begins = ends is a whole day."""

    weekdays: tuple[int, ...]
    begins: time
    ends: time
    time_zone: str
    from_on: date | None = None
    until_on: date | None = None

    def cover(self, now: datetime) -> bool:
        """Whether a moment falls into them; hours that pass midnight belong to the day on which they begin.

        Args:    now: aware.
        """
        local = now.astimezone(ZoneInfo(self.time_zone))
        today, clock = local.date(), local.time()
        if self.begins == self.ends:
            return self._on(today)
        if self.begins < self.ends:
            return self.begins <= clock < self.ends and self._on(today)
        return (clock >= self.begins and self._on(today)) or (clock < self.ends and self._on(today - timedelta(days=1)))

    def _on(self, day: date) -> bool:
        begun = self.from_on is None or self.from_on <= day
        return begun and (self.until_on is None or day <= self.until_on) and day.isoweekday() in self.weekdays


@dataclass(frozen=True)
class OnDuty:
    """Who is told. by_roster: whether the roster names them; else it names nobody now, and they are all there are."""

    officers: tuple[Account, ...]
    by_roster: bool


def officers(session: Session, *, limit: int = 100) -> list[Account]:
    """Accounts that may approve alerts and be told at night."""
    query = (
        select(Account)
        .where(col(Account.active), col(Account.roles).any(col(RoleRow.name) == Role.EMERGENCY_OFFICER.value))
        .order_by(col(Account.id))
        .limit(limit)
    )
    return list(session.exec(query))


def list_duty(session: Session, *, limit: int = 500) -> list[tuple[Duty, Account]]:
    """Hours that were not removed, by officer."""
    query = (
        select(Duty, Account)
        .join(Account, col(Account.id) == col(Duty.account_id))
        .where(col(Duty.removed_at).is_(None))
        .order_by(col(Account.name), col(Duty.id))
        .limit(limit)
    )
    return [(duty, account) for duty, account in session.exec(query)]


def on_duty(session: Session, now: datetime) -> OnDuty:
    """Who is on duty at a moment; all officers when the roster names nobody who still is one."""
    every = officers(session)
    named = {duty.account_id for duty, _ in list_duty(session) if hours_of(duty).cover(now)}
    chosen = tuple(account for account in every if account.id in named)
    return OnDuty(chosen or tuple(every), bool(chosen))


def hours_of(duty: Duty) -> Hours:
    """A line of the roster as hours."""
    return Hours(tuple(duty.weekdays), duty.begins, duty.ends, duty.time_zone, duty.from_on, duty.until_on)


def add_duty(session: Session, account_id: int, hours: Hours, by: str, now: datetime) -> Duty:
    """Enter hours for an officer.

    Raises:  InvalidInput naming the field.
    """
    if account_id not in {account.id for account in officers(session)}:
        raise UnusableField("officer", N_("This account is no officer's."))
    if not hours.weekdays or not set(hours.weekdays) <= set(WEEK):
        raise UnusableField("weekdays", N_("Choose at least one day."))
    if hours.time_zone not in available_timezones():
        raise UnusableField("time_zone", N_("Not a time zone known here; write it as Asia/Damascus."))
    if hours.from_on and hours.until_on and hours.until_on < hours.from_on:
        raise UnusableField("until_on", N_("The last day is before the first."))
    duty = Duty(
        account_id=account_id, weekdays=sorted(set(hours.weekdays)), begins=hours.begins, ends=hours.ends,
        time_zone=hours.time_zone, from_on=hours.from_on, until_on=hours.until_on, entered_by=by, entered_at=now,
    )  # fmt: skip
    session.add(duty)
    session.flush()
    return duty


def remove_duty(session: Session, duty_id: int, now: datetime) -> Duty:
    """Take hours off the roster; they stay in the database.  Raises: NotFound."""
    duty = session.get(Duty, duty_id)
    if duty is None or duty.removed_at is not None:
        raise NotFound(N_("There are no such hours of duty."))
    duty.removed_at = now
    session.add(duty)
    session.flush()
    return duty


def names(accounts: Collection[Account]) -> list[str]:
    """Their names; addresses are nobody's business."""
    return [account.name for account in accounts]
