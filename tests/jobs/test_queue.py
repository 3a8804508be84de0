"""The queue: work is in it if and only if the caller's transaction was."""

import sqlalchemy as sa

from heritage.db.engine import Database
from heritage.db.queue import enqueue


def queued(database: Database) -> list[tuple[str, dict[str, object]]]:
    with database.session() as session:
        rows = session.connection().execute(sa.text("select task_name, args from procrastinate_jobs order by id"))
        return [(row.task_name, row.args) for row in rows]


def test_work_is_queued_with_the_transaction_that_made_it_necessary(database: Database) -> None:
    with database.session() as session:
        enqueue(session, "proximity.match", place=7)
        assert queued(database) == []
    assert queued(database) == [("proximity.match", {"place": 7})]


def test_work_vanishes_with_a_transaction_that_fails(database: Database) -> None:
    try:
        with database.session() as session:
            enqueue(session, "proximity.match")
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert queued(database) == []


def test_second_of_the_same_waiting_work_is_left_out_and_spoils_nothing(database: Database) -> None:
    with database.session() as session:
        assert enqueue(session, "flags.evaluate", queueing_lock="evaluate") is not None
        assert enqueue(session, "flags.evaluate", queueing_lock="evaluate") is None
        assert enqueue(session, "proximity.match") is not None
    assert [name for name, _ in queued(database)] == ["flags.evaluate", "proximity.match"]
