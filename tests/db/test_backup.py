"""A backup is whole and private; a restore happens whole or not at all, embedded and external alike."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from heritage.core.errors import Conflict, InvalidInput, Unavailable, UnusableFile
from heritage.db import backup as archives
from heritage.db import migrate
from heritage.db.embedded import EmbeddedServer
from heritage.db.engine import Database, libpq_url, open_database
from heritage.settings import Settings

INSERT = """insert into import_run (kind, source, file_name, sha256, started_at, finished_at, status,
    read, added, changed, unchanged, vanished, withdrawn, refused, detail)
    values ('sites', 'test', %s, repeat('0', 64), now(), now(), 'taken', 0, 0, 0, 0, 0, 0, 0, '{}')"""


@pytest.fixture(scope="module")
def embedded_var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("backup") / "var"


@contextmanager
def opened(var: Path) -> Iterator[Database]:
    with open_database(Settings(var=var, secret_key="x" * 40), schema="upgrade") as database:
        yield database


@pytest.fixture(params=["embedded", "external"])
def any_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty migrated database behind the program's own server, and one behind an address only."""
    if request.param == "external":
        yield request.getfixturevalue("database")
        return
    with opened(request.getfixturevalue("embedded_var")) as database:
        execute(database, "delete from import_run")
        yield database


def execute(database: Database, statement: str, *values: object) -> list[tuple]:
    with psycopg.connect(libpq_url(database.owner_url)) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def files_recorded(database: Database) -> list[str]:
    return [name for (name,) in execute(database, "select file_name from import_run order by 1")]


def test_round_trip_brings_back_what_was_there(any_database, tmp_path):
    execute(any_database, INSERT, "before.csv")
    archives.backup(any_database, tmp_path / "b")
    execute(any_database, "delete from import_run")
    execute(any_database, INSERT, "after.csv")
    done = archives.restore(any_database, tmp_path / "b", replace=True)
    assert files_recorded(any_database) == ["before.csv"]
    assert (done.archive_revision, done.revision) == (migrate.head(), migrate.head())


def test_working_role_may_work_after_a_restore(any_database, tmp_path):
    archives.backup(any_database, tmp_path / "b")
    archives.restore(any_database, tmp_path / "b")
    with psycopg.connect(libpq_url(any_database.app_url)) as connection:
        connection.execute(INSERT, ["by the working role"])
    with psycopg.connect(libpq_url(any_database.app_url)) as connection:
        assert connection.execute("select count(*) from import_run").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("update flag_event set score = 0")


def test_restore_over_data_asks_for_the_word(any_database, tmp_path):
    archives.backup(any_database, tmp_path / "b")
    execute(any_database, INSERT, "kept.csv")
    with pytest.raises(Conflict, match="import_run.*--replace"):
        archives.restore(any_database, tmp_path / "b")
    assert files_recorded(any_database) == ["kept.csv"]


def test_truncated_archive_changes_nothing(any_database, tmp_path):
    whole = tmp_path / "whole"
    for number in range(200):
        execute(any_database, INSERT, f"{number}.csv")
    archives.backup(any_database, whole)
    execute(any_database, "delete from import_run")
    execute(any_database, INSERT, "kept.csv")
    content = whole.read_bytes()
    for share in (0.02, 0.5, 0.9, 0.98):
        (tmp_path / "cut").write_bytes(content[: int(len(content) * share)])
        with pytest.raises(UnusableFile):
            archives.restore(any_database, tmp_path / "cut", replace=True)
        assert files_recorded(any_database) == ["kept.csv"], share


def test_statement_that_fails_half_way_changes_nothing(any_database, tmp_path):
    execute(any_database, INSERT, "kept.csv")
    # Dumped as valid, it cannot be built again: the check depends on a function whose answer has changed.
    execute(any_database, "create function odd() returns bool language sql as 'select true'")
    execute(any_database, "create table spoilt (i int check (odd()))")
    execute(any_database, "insert into spoilt values (1)")
    execute(any_database, "create or replace function odd() returns bool language sql as 'select false'")
    archives.backup(any_database, tmp_path / "b")
    execute(any_database, "drop table spoilt")
    execute(any_database, "drop function odd")
    with pytest.raises(UnusableFile, match="as it was.*spoilt"):
        archives.restore(any_database, tmp_path / "b", replace=True)
    assert files_recorded(any_database) == ["kept.csv"]


def test_archive_of_a_newer_version_is_refused(any_database, tmp_path):
    execute(any_database, INSERT, "kept.csv")
    execute(any_database, "update alembic_version set version_num = '9999'")
    archives.backup(any_database, tmp_path / "b")
    execute(any_database, "update alembic_version set version_num = %s", migrate.head())
    with pytest.raises(UnusableFile, match="newer version.*9999"):
        archives.restore(any_database, tmp_path / "b", replace=True)
    assert files_recorded(any_database) == ["kept.csv"]


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 something", b"PGDMP", b"PGDMP" + bytes(100), b"PK\x03\x04"])
def test_wrong_file_is_refused(any_database, tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(UnusableFile, match="backup"):
        archives.restore(any_database, tmp_path / "file", replace=True)


def test_archive_of_another_program_is_refused(any_database, tmp_path):
    execute(any_database, "alter table alembic_version rename to other")
    archives.backup(any_database, tmp_path / "b")
    execute(any_database, "alter table other rename to alembic_version")
    with pytest.raises(UnusableFile, match="something else"):
        archives.restore(any_database, tmp_path / "b", replace=True)


def test_tables_the_archive_does_not_know_are_gone_after_it(any_database, tmp_path):
    archives.backup(any_database, tmp_path / "b")
    execute(any_database, "create table later (site int primary key)")
    execute(any_database, "create type mood as enum ('calm')")
    archives.restore(any_database, tmp_path / "b", replace=True)
    assert execute(any_database, "select to_regclass('public.later'), to_regtype('public.mood')") == [(None, None)]


def test_backup_is_private_and_leaves_nothing_else(any_database, tmp_path):
    size = archives.backup(any_database, tmp_path / "b")
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600
    assert (tmp_path / "b").stat().st_size == size
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith("part")] == []


def test_failed_backup_leaves_the_earlier_one(any_database, tmp_path, monkeypatch):
    archives.backup(any_database, tmp_path / "b")
    earlier = (tmp_path / "b").read_bytes()
    gone = Database(any_database.engine, any_database.app_url, any_database.owner_url + "&dbname=no_such_place")
    with pytest.raises(Unavailable):
        archives.backup(gone, tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == earlier
    assert len(list(tmp_path.glob(".b*"))) == 0


def test_backup_never_overwrites_another_kind_of_file(any_database, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InvalidInput, match="no backup of this program"):
        archives.backup(any_database, tmp_path / "thesis.txt")
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_backup_never_takes_the_place_of_what_is_no_file(any_database, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="no backup of this program"):
        archives.backup(any_database, tmp_path / "pipe")
    assert (tmp_path / "pipe").is_fifo()


def test_restore_waits_for_no_running_program(embedded_var, tmp_path):
    with opened(embedded_var) as database:
        archives.backup(database, tmp_path / "b")
        with EmbeddedServer(embedded_var), pytest.raises(Conflict, match="stop it first"):
            archives.restore(database, tmp_path / "b", replace=True)


def test_external_restore_is_refused_while_programs_are_connected(database, tmp_path):
    archives.backup(database, tmp_path / "b")
    with database.engine.connect() as connection:
        connection.exec_driver_sql("select 1")
        with pytest.raises(Conflict, match="stop those programs first"):
            archives.restore(database, tmp_path / "b", replace=True)


def test_older_archive_is_brought_up_to_date(any_database, tmp_path):
    revisions = [
        script.revision for script in archives.ScriptDirectory(str(archives.data_dir("migrations"))).walk_revisions()
    ]
    execute(any_database, INSERT, "old.csv")
    migrate.downgrade(any_database.owner_url, revisions[1])
    archives.backup(any_database, tmp_path / "b")
    done = archives.restore(any_database, tmp_path / "b", replace=True)
    assert (done.archive_revision, done.revision) == (revisions[1], revisions[0])
    assert files_recorded(any_database) == ["old.csv"]


def test_password_is_kept_from_the_command_line():
    command, environment = archives._command("pg_dump", "postgresql+psycopg://u:s%40crt@h/d", ["-f", "x"])
    assert "s@crt" not in " ".join(command)
    assert environment["PGPASSWORD"] == "s@crt"


def test_newer_server_is_named(any_database, tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAJOR_VERSION", 17)
    with pytest.raises(Unavailable, match="PostgreSQL 18, newer than"):
        archives.backup(any_database, tmp_path / "b")


def test_needless_statements_are_left_out_and_rows_are_not_touched():
    row = b"SET transaction_timeout = 0;\n"
    script = [
        row,
        b"COPY public.t (a) FROM stdin;\n",
        row,
        b"\\.\n",
        b"ALTER TABLE ONLY public.t ALTER COLUMN a SET (pg_attver=7);\n",
    ]
    assert list(archives._needed(script)) == [b"COPY public.t (a) FROM stdin;\n", row, b"\\.\n"]
