"""The queue: work is put in by name, in the transaction that made it necessary, and carried out by any worker."""

from typing import Any

import procrastinate
import psycopg
import sqlalchemy as sa
from procrastinate.exceptions import AlreadyEnqueued
from sqlmodel import Session

# Never opened: it only turns a task's name and arguments into SQL on the connection it is handed.
_DEFERRER = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


def procrastinate_app(conninfo: str, *, connections: int = 4) -> procrastinate.App:
    """An application that a worker runs; it holds no task yet.

    Args:    conninfo: an address as libpq reads it.  connections: upper bound of its own pool, > 0.
    Returns: the application, closed; open it with ``open_async``.
    """
    kwargs = {"application_name": "heritage-worker", "options": "-c timezone=UTC"}
    return procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=conninfo, kwargs=kwargs, min_size=1, max_size=connections)
    )


def enqueue(
    session: Session,
    task_name: str,
    lock: str | None = None,
    queueing_lock: str | None = None,
    priority: int = 0,
    delay_s: float = 0.0,
    **args: Any,
) -> int | None:
    """Put one piece of work into the queue, in the session's own transaction.

    Args:    task_name: as the worker knows it, for example "flags.evaluate"; nothing of the task is imported here.
             lock: of those with the same one, one runs at a time, in order.  queueing_lock: of those with the same one,
             one waits at a time.  priority: what has more is begun first.  delay_s: seconds until it
             may begin.  args: JSON values.
    Returns: the job's number; None when one with the same queueing_lock waits already.
    """
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    task = _DEFERRER.configure_task(
        task_name,
        allow_unknown=True,
        connection=driver,
        lock=lock,
        queueing_lock=queueing_lock,
        priority=priority,
        schedule_in={"seconds": delay_s} if delay_s > 0 else None,
    )
    if queueing_lock is None:
        return task.defer(**args)
    while True:
        try:
            # A savepoint, because a refused lock must not spoil the caller's transaction.
            with session.connection().begin_nested():
                return task.defer(**args)
        except AlreadyEnqueued:
            if _hold_waiting(session, queueing_lock):
                return None


def _hold_waiting(session: Session, queueing_lock: str) -> bool:
    """Keep the job that waits from beginning before this transaction ends: it could not see what was just written.

    Returns: False when it has begun or gone in the meantime, so that another must be put in.
    """
    statement = sa.text(
        "select id from procrastinate_jobs where queueing_lock = :held and status = 'todo' limit 1 for share"
    )
    return session.connection().execute(statement, {"held": queueing_lock}).first() is not None
