"""Rows that entries vouch for: a change, a loss and an addition by hand are each named."""

import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from heritage.artefacts import moves, service
from heritage.audit import chain, commands
from heritage.audit.witness import BrokenRow, Flaw
from heritage.db.engine import Database
from heritage.sealing.keyring import KeyRing
from tests.artefacts.conftest import make_hands

NOON = datetime(2015, 5, 21, 12, tzinfo=UTC)


@pytest.fixture
def kept(database: Database, tmp_path) -> Database:
    """Two entries of custody and a planned job, committed."""
    with database.session() as session:
        leila, _ = make_hands(session)
        museum = service.add_institution(session, leila, "a-museum", "A Museum")
        bust = service.add_artefact(session, leila, museum, kind="object", title="Bust")
        for taker in ("the depot", "the school"):
            giver = "A Museum" if taker == "the depot" else "the depot"
            service.record_custody(session, leila, bust, giver=giver, taker=taker, happened_at=NOON, why="war")
        ring = KeyRing(tmp_path / "keys", makes_keys=True)
        moves.plan(session, leila, ring, museum, codes=[bust.code], reason="war")
    return database


def as_owner(database: Database, statement: str) -> None:
    with sa.create_engine(database.owner_url, poolclass=sa.NullPool).begin() as connection:
        connection.execute(sa.text(statement))


def verify(database: Database) -> chain.Verdict:
    with database.session() as session:
        return chain.verify(session)


def test_rows_as_they_were_written_hold(kept):
    verdict = verify(kept)
    assert (verdict.ok, verdict.rows) == (True, ())


@pytest.mark.parametrize(
    ("statement", "table", "flaw"),
    [
        ("update custody_entry set taker = 'a dealer' where id = 1", "custody_entry", Flaw.CHANGED),
        ("update custody_entry set happened_at = happened_at - interval '1 day' where id = 1", "custody_entry",
         Flaw.CHANGED),
        ("delete from custody_entry where id = 1", "custody_entry", Flaw.GONE),
        ("update move_step set artefact_ids = '{}' where id = 1", "move_step", Flaw.CHANGED),
        ("alter table custody_entry drop column why", "custody_entry", Flaw.GONE),
    ],
)  # fmt: skip
def test_a_change_of_a_row_by_hand_is_named_with_its_entry(kept, statement, table, flaw):
    as_owner(kept, statement)
    verdict = verify(kept)
    first = verdict.rows[0]
    assert (first.table, first.id, first.flaw) == (table, 1, flaw)
    assert first.entry == verdict.first_broken
    assert not verdict.ok


def test_a_row_put_in_by_hand_is_named(kept):
    as_owner(
        kept,
        "insert into custody_entry"
        " (artefact_id, giver, taker, why, condition, authoriser, happened_at, recorded_at, by)"
        " select artefact_id, 'x', 'y', 'z', condition, '', happened_at, recorded_at, by from custody_entry limit 1",
    )
    verdict = verify(kept)
    assert verdict.rows == (BrokenRow("custody_entry", 3, None, Flaw.UNVOUCHED),)
    assert (verdict.first_broken, verdict.ok) == (None, False)


def test_the_program_itself_may_not_change_such_rows(kept):
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), kept.session() as session:
        session.execute(sa.text("update custody_entry set taker = 'x'"))


def test_the_command_names_the_row_and_fails(kept, services, monkeypatch):
    from contextlib import nullcontext

    monkeypatch.setattr(commands, "open_services", lambda: nullcontext(services))
    as_owner(kept, "update custody_entry set taker = 'a dealer' where id = 2")
    result = CliRunner().invoke(commands.audit, ["verify", "--json"])
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["ok"] is False
    assert [(row["table"], row["id"]) for row in document["rows"]] == [("custody_entry", 2)]
    assert "custody_entry 2 is changed" in result.stderr
