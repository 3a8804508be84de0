"""Drills: a database is for real or for an exercise, once and for good, and an exercise runs on a clock of its own."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from heritage.core.clock import Clock, ExerciseClock, SystemClock
from heritage.core.errors import Conflict
from heritage.settings import Settings

# Jobs that write to somebody, whoever put them in.
SENDING_TASKS = (
    "alerts.write_letter", "alerts.tell_officers", "alerts.tell_of_reading", "alerts.tell_of_inquiry",
    "alerts.deliver", "alerts.deliver_summary",
)  # fmt: skip


def clock_of(session: Session, settings: Settings, *, acts: bool, real: Clock | None = None) -> Clock:
    """The clock this process runs by, after asking the database whether it may.

    Args:    acts: whether the process decides or sends: from then on a database without a mark is live.
    Returns: the machine's clock, or that of the exercise, which runs on from where the exercise stands.
    Raises:  Conflict for an exercise on a database that was ever live, for live work on one of an exercise, and for an
             exercise that would go back in time.
    """
    real = real or SystemClock()
    begins = settings.exercise_clock
    # Of two processes that start at once the first writes the mark; the second reads it.
    if (begins is not None or acts) and _read(session) is None:
        written = _mark(session, "live" if begins is None else "exercise", begins, real.now())
        if written and begins is not None:
            _take_back(session)
    row = _read(session)
    if begins is None:
        if row is not None and row.mode == "exercise":
            raise Conflict(
                "This database served an exercise and is not used for real: set HERITAGE_EXERCISE_CLOCK to go on with "
                "the exercise, or HERITAGE_VAR or HERITAGE_DATABASE_URL to another database."
            )
        return real
    assert row is not None
    if row.mode == "live":
        raise Conflict(
            "This database was used for real, so no exercise may run on it: give the exercise an empty folder in "
            "HERITAGE_VAR or a database of its own."
        )
    return _going_on(session, begins, row.exercise_from, row.begun_at, real)


def _going_on(session: Session, asked: datetime, plays: datetime, since: datetime, real: Clock) -> Clock:
    """The same moment goes on with the exercise; a later one moves it forward; back it never goes."""
    running = ExerciseClock(plays, since)
    if asked == plays:
        return running
    stands = plays + (real.now() - since)
    if asked < stands:
        raise Conflict(
            f"The exercise on this database stands at {stands:%Y-%m-%dT%H:%M:%SZ} and cannot go back to "
            f"{asked:%Y-%m-%dT%H:%M:%SZ}: give {plays:%Y-%m-%dT%H:%M:%SZ} to go on, a later one, or another database."
        )
    now = real.now()
    values = {"plays": asked, "since": now}
    session.execute(sa.text("update installation set exercise_from = :plays, begun_at = :since"), values)
    return ExerciseClock(asked, now)


def _read(session: Session) -> sa.Row[Any] | None:
    return session.execute(sa.text("select mode, exercise_from, begun_at from installation")).one_or_none()


def _mark(session: Session, mode: str, plays: datetime | None, now: datetime) -> bool:
    statement = sa.text(
        "insert into installation (id, mode, exercise_from, begun_at) values (1, :mode, :plays, :now)"
        " on conflict do nothing"
    )
    written = session.execute(statement, {"mode": mode, "plays": plays, "now": now})
    return bool(written.rowcount)  # type: ignore[attr-defined]  # of an insert it is there


def _take_back(session: Session) -> None:
    """What waits when an exercise begins was queued for real, and nothing left yet: none of it leaves in a drill."""
    session.execute(
        sa.text("delete from procrastinate_jobs where status = 'todo' and task_name = any(:tasks)"),
        {"tasks": list(SENDING_TASKS)},
    )
    session.execute(sa.text("update post set status = 'stopped', claimed_until = null where status = 'waiting'"))
    session.execute(sa.text("update digest_delivery set status = 'stopped' where status = 'waiting'"))
    # Whom no letter reached may be asked again.
    session.execute(sa.text("update subscriber set asked_at = null where confirmed_at is null"))
