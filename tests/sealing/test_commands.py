"""`heritage keys`: everything sealed is opened, sealed anew, and what cannot be opened is named."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from heritage.audit import chain
from heritage.sealing import commands
from heritage.sealing.envelope import Purpose
from heritage.sealing.keyring import KeyRing, open_keyring
from heritage.sealing.registry import SealedColumn
from heritage.services import Services

NOTES = SealedColumn("sealed_note", "code", "note", Purpose.PLACES)
WORDS = [f"the cave, step {number}".encode() for number in range(450)]


@pytest.fixture
def ring(services: Services) -> KeyRing:
    return open_keyring(services.settings)


@pytest.fixture
def run(services: Services, monkeypatch: pytest.MonkeyPatch, ring: KeyRing):
    """The commands on a database with sealed notes."""

    @contextmanager
    def opened() -> Iterator[Services]:
        yield services

    monkeypatch.setattr(commands, "open_services", opened)
    monkeypatch.setattr(commands, "load_settings", lambda: services.settings)
    monkeypatch.setattr(commands, "_columns", lambda: [NOTES])
    owner = sa.create_engine(services.database.owner_url, poolclass=sa.NullPool)
    with owner.begin() as connection:
        connection.execute(sa.text("create table sealed_note (code integer primary key, note bytea)"))
        connection.execute(sa.text("grant select, update on sealed_note to heritage_app"))
        for number, words in enumerate(WORDS):
            sealed = ring.seal(Purpose.PLACES, NOTES.identity(number), words)
            connection.execute(
                sa.text("insert into sealed_note values (:code, :note)"), {"code": number, "note": sealed}
            )
        connection.execute(sa.text("insert into sealed_note values (900, null)"))
    return lambda *words: CliRunner().invoke(commands.keys, [*words], catch_exceptions=False)


def notes(services: Services) -> dict[int, bytes]:
    with services.database.session() as session:
        return dict(session.execute(sa.text("select code, note from sealed_note where note is not null")).all())


def test_check_opens_everything(run):
    said = json.loads(run("check", "--json").stdout)
    assert (said["ok"], said["sealed"], said["older"], said["unreadable"]) == (True, 450, 0, [])
    assert set(said["keys"]) == set(Purpose)


def test_check_names_what_was_altered_or_put_into_another_row(run, services: Services):
    with services.database.session() as session:
        session.execute(
            sa.text("update sealed_note set note = (select note from sealed_note where code = 3) where code = 7")
        )
        session.execute(sa.text("update sealed_note set note = 'x' where code = 8"))
    answer = run("check", "--json")
    assert answer.exit_code == 1
    assert [(found["table"], found["row"]) for found in json.loads(answer.stdout)["unreadable"]] == [
        ("sealed_note", "7"),
        ("sealed_note", "8"),
    ]


def test_check_without_the_key_names_all_and_shows_nothing(run, ring: KeyRing):
    (ring.folder / "places.json").unlink()
    answer = run("check")
    assert answer.exit_code == 1
    assert "450 sealed values do not open" in answer.stderr
    assert "cave" not in answer.output


def test_rotate_seals_everything_anew_and_stands_in_the_record(run, services: Services, ring: KeyRing):
    before = notes(services)
    said = json.loads(run("rotate", "--purpose", "places", "--json").stdout)
    after = notes(services)
    assert (said["resealed"], list(said["keys"])) == (450, ["places"])
    assert all(before[code] != after[code] for code in before)
    assert [ring.open(Purpose.PLACES, NOTES.identity(code), after[code]) for code in sorted(after)] == WORDS
    assert [ring.open(Purpose.PLACES, NOTES.identity(code), before[code]) for code in sorted(before)] == WORDS
    assert json.loads(run("check", "--json").stdout)["older"] == 0
    with services.database.session() as session:
        assert chain.list_entries(session)[0].action == "keys.rotate"


def test_a_rotation_that_fails_loses_nothing(run, services: Services, ring: KeyRing, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("heritage.sealing.service.chain.append", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run("rotate")
    after = notes(services)
    assert [ring.open(Purpose.PLACES, NOTES.identity(code), after[code]) for code in sorted(after)] == WORDS
    assert json.loads(run("check", "--json").stdout)["older"] == 450


def test_init_makes_only_what_is_missing(run, ring: KeyRing):
    before = (ring.folder / "places.json").read_bytes()
    (ring.folder / "reporters.json").unlink()
    assert json.loads(run("init", "--json").stdout)["made"] == ["reporters"]
    assert (ring.folder / "places.json").read_bytes() == before


def test_an_unknown_purpose_is_wrong_usage(run):
    assert run("rotate", "--purpose", "palaces").exit_code == 2
