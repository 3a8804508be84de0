"""Who ticks: one process, the one that holds an advisory lock on a connection of its own."""

import os
from contextlib import suppress
from types import TracebackType
from typing import Any

import psycopg

# Arbitrary, below 2**31, used for nothing else; advisory locks are apart for each database of a server.
SCHEDULER_LOCK = 7_236_402
# A peer that vanished without a word is noticed within about half a minute, on both ends of the connection.
_LIVENESS: dict[str, Any] = {"keepalives": 1, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


class LeadershipLost(Exception):
    """The connection that held the lock is gone, and the lock with it."""


class Leadership:
    """The lock while it is held; losing the connection loses it, so ``check`` is asked all the time."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def check(self) -> None:
        """Ask the server over the lock's own connection.

        Raises:  LeadershipLost when it does not answer.
        """
        try:
            self._connection.execute("select 1")
        except psycopg.Error as error:
            raise LeadershipLost("the connection that held the scheduler's lock is gone") from error

    def __enter__(self) -> "Leadership":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Said, not left to the server to notice: whoever asks next finds the lock free.
        with suppress(psycopg.Error):
            self._connection.execute("select pg_advisory_unlock_all()")
        self._connection.close()


def try_lead(conninfo: str, *, key: int = SCHEDULER_LOCK) -> Leadership | None:
    """Take the scheduler's lock when nobody has it, without waiting.

    Args:    conninfo: an address as libpq reads it, of the server itself: a pooler that shares sessions would share
             the lock.
    Returns: the leadership, to be closed; None when another process leads.
    Raises:  psycopg.OperationalError when the server cannot be reached.
    """
    connection = psycopg.connect(
        conninfo, autocommit=True, connect_timeout=10, application_name=f"heritage-scheduler {os.getpid()}", **_LIVENESS
    )
    try:
        row = connection.execute("select pg_try_advisory_lock(%s::bigint)", [key]).fetchone()
    except BaseException:
        connection.close()
        raise
    if row is not None and row[0]:
        return Leadership(connection)
    connection.close()
    return None
