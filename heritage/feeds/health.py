"""How far a feed can be trusted to be silent: pure, from its runs, its settings and the time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

# A run may wait for a worker, and a source may be late once: beyond so many cadences it is overdue.
LATE_AFTER = 3
LEAST_LATE = timedelta(minutes=30)


class Health(StrEnum):
    """The one word about a feed; what is worse comes first."""

    OFF = "off"
    PAUSED = "paused"
    QUARANTINED = "quarantined"
    FAILING = "failing"
    NEVER = "never"
    STALE = "stale"  # has not been reached for long
    EMBARGOED = "embargoed"  # answers, and withholds what is recent
    GAP = "gap"
    SILENT = "silent"  # answers, and has nothing new for longer than it usually takes
    GOOD = "good"


@dataclass(frozen=True)
class RunState:
    """What its runs say of a feed at one moment; ``outcome`` is of the last run that ended."""

    last_good_at: datetime | None = None
    last_run_at: datetime | None = None
    outcome: str | None = None
    known_until: date | None = None
    embargo: str | None = None
    gap: tuple[str, ...] = ()
    failures: int = 0
    paused: bool = False
    error: str | None = None
    next_try_at: datetime | None = None
    newest_event_on: date | None = None


@dataclass(frozen=True)
class Expectation:
    """What is expected of a feed: switched on or not, its cadence, and how old its newest event may be."""

    enabled: bool
    cadence: timedelta
    fresh_days: int
    brings_events: bool = True


@dataclass(frozen=True)
class Verdict:
    """The word about a feed, and since when its silence says nothing; None while it does."""

    health: Health
    lag_days: int | None
    overdue: timedelta | None
    not_known_since: date | None


def judge(expected: Expectation, state: RunState, newest_event_on: date | None, now: datetime) -> Verdict:
    """Say how a feed is.

    Args:    newest_event_on: of all it brought, files included.  now: aware UTC, the moment asked about.
    Returns: the verdict; ``overdue`` is how long after its time a run is, None when it is in time.
    """
    today = now.date()
    lag = max(0, (today - newest_event_on).days) if newest_event_on else None
    overdue = _overdue(expected, state, now)
    health = _health(expected, state, lag, overdue)
    since = _not_known_since(expected, state, newest_event_on, lag, health, today)
    # Reached today and then no more: of the rest of today nothing is known.
    return Verdict(health, lag, overdue, min(since, today) if since else None)


def _overdue(expected: Expectation, state: RunState, now: datetime) -> timedelta | None:
    if not expected.enabled or state.last_good_at is None:
        return None
    late = now - state.last_good_at - max(LATE_AFTER * expected.cadence, LEAST_LATE)
    return late if late > timedelta(0) else None


def _health(expected: Expectation, state: RunState, lag: int | None, overdue: timedelta | None) -> Health:
    words = (
        (not expected.enabled, Health.OFF),
        (state.paused, Health.PAUSED),
        (state.outcome == "quarantined", Health.QUARANTINED),
        (state.failures > 0, Health.FAILING),
        (state.last_good_at is None, Health.NEVER),
        (overdue is not None, Health.STALE),
        (bool(state.embargo or state.known_until), Health.EMBARGOED),
        (bool(state.gap), Health.GAP),
        (expected.brings_events and (lag is None or lag > expected.fresh_days), Health.SILENT),
    )
    return next((word for holds, word in words if holds), Health.GOOD)


def _not_known_since(
    expected: Expectation, state: RunState, newest_on: date | None, lag: int | None, health: Health, today: date
) -> date | None:
    """The first day of which nothing can be said, or None: silence up to now then means something."""
    days = []
    if state.known_until is not None:
        days.append(state.known_until)
    if health in (Health.STALE, Health.PAUSED, Health.QUARANTINED, Health.FAILING) and state.last_good_at is not None:
        days.append(state.last_good_at.date())
    if lag is not None and newest_on is not None:
        # Of the days that a source withholds it cannot have anything: its newest is measured by the last day it shows.
        withheld_days = max(0, (today - state.known_until).days) if state.known_until else 0
        if lag - withheld_days > expected.fresh_days:
            days.append(newest_on)
    return min(days) + timedelta(days=1) if days else None
