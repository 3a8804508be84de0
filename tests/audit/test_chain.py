"""The record: chained, append-only for the program, and a change of one entry is named."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from heritage.audit import chain
from heritage.db.engine import Database

NOW = datetime(2015, 5, 21, 12, tzinfo=UTC)


def _write(database: Database, count: int) -> None:
    for number in range(count):
        with database.session() as session:
            chain.append(
                session, at=NOW, actor="operator", action="site.edit", subject=f"site:{number}", detail={"field": "اسم"}
            )


def _as_owner(database: Database, statement: str) -> None:
    engine = sa.create_engine(database.owner_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))


def test_an_empty_record_holds(database: Database) -> None:
    with database.session() as session:
        assert chain.verify(session) == chain.Verdict(0, None, bytes(32).hex())


def test_entries_are_numbered_without_gaps_even_after_a_rollback(database: Database) -> None:
    _write(database, 2)
    with database.session() as session:
        chain.append(session, at=NOW, actor="operator", action="x", subject="y")
        session.rollback()
    _write(database, 1)
    with database.session() as session:
        verdict = chain.verify(session)
    assert (verdict.entries, verdict.ok) == (3, True)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("update audit_entry set detail = '{}' where seq = 3", 3),
        ("update audit_entry set actor = 'somebody else' where seq = 1", 1),
        ("update audit_entry set at = at + interval '1 microsecond' where seq = 5", 5),
        ("delete from audit_entry where seq = 2", 3),
        ("update audit_entry set hash = sha256('x') where seq = 4", 4),
    ],
)
def test_a_change_by_hand_is_named(database: Database, statement: str, named: int) -> None:
    _write(database, 5)
    _as_owner(database, statement)
    with database.session() as session:
        assert chain.verify(session).first_broken == named


@pytest.mark.parametrize("statement", ["update audit_entry set actor = 'x'", "delete from audit_entry"])
def test_the_program_itself_may_not_change_the_record(database: Database, statement: str) -> None:
    _write(database, 1)
    with pytest.raises(ProgrammingError, match="permission denied"), database.session() as session:
        session.execute(sa.text(statement))
