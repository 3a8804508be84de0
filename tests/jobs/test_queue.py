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


def test_waiting_work_does_not_begin_before_it_can_see_what_asked_for_it_again(database: Database) -> None:
    def begun() -> int | None:
        with database.session() as session:
            fetch = sa.text("select id from procrastinate_fetch_job_v2(null, null)")
            return session.connection().execute(fetch).scalar()

    with database.session() as session:
        first = enqueue(session, "flags.evaluate", queueing_lock="evaluate")
    with database.session() as session:
        # Here something was written that the waiting work must take in; it is not committed yet.
        assert enqueue(session, "flags.evaluate", queueing_lock="evaluate") is None
        assert begun() is None
    assert begun() == first


def test_work_is_asked_for_anew_when_what_waited_has_begun(database: Database) -> None:
    with database.session() as session:
        first = enqueue(session, "flags.evaluate", queueing_lock="evaluate")
        session.connection().execute(sa.text("select procrastinate_fetch_job_v2(null, null)"))
    with database.session() as session:
        assert enqueue(session, "flags.evaluate", queueing_lock="evaluate") not in (None, first)
