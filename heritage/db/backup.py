"""Backup to one file and restore from it, whole or not at all.

A backup is an archive of pg_dump (custom format) of the database alone; attachments and the secret key under
HERITAGE_VAR are copied by other means. Restoring runs the archive's SQL with the owner's rights: restore only what you
made or trust.
"""

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psycopg
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from heritage.core.errors import Conflict, InvalidInput, Unavailable, UnusableFile
from heritage.db import migrate, roles
from heritage.db.embedded import EmbeddedServer
from heritage.db.engine import Database, libpq_url
from heritage.db.folders import MAJOR_VERSION, binaries, sync_folder
from heritage.settings import data_dir

MAGIC = b"PGDMP"
# Programs of ours that still use an external database would wait for, or see, half of the exchange.
LOCK_TIMEOUT_S = 30
# Statements that not every server takes and that restoring does not need: a setting newer than PostgreSQL 15, and a
# mark that newer minor releases keep on columns and that older tools write down (seen: 15.20 dumped by 18.4).
_NEEDLESS = re.compile(rb"SET transaction_timeout = \d+;$|ALTER TABLE ONLY \S+ ALTER COLUMN .+ SET \(pg_attver=\d+\);$")
_RESTORING, _REPLACED = "heritage_restoring", "heritage_replaced"


@dataclass(frozen=True)
class Restored:
    """What a restore did: the revision the archive was at, and the one the database is at now."""

    archive_revision: str
    revision: str


def backup(database: Database, target: Path) -> int:
    """Write the whole database, as of one moment, into a file of mode 0600.

    Args:    target: replaced in one step when the archive is whole; an existing file that is no backup is refused.
    Returns: size in bytes.
    Raises:  InvalidInput for a place that cannot be written, Unavailable when the server or the disk fails; an earlier
             backup of that name is then still there.
    """
    target = target.absolute()
    # A device or a pipe is not replaced either: it would turn into a file for the whole machine.
    usable = not target.exists() or (target.is_file() and (not target.stat().st_size or _is_archive(target)))
    if not usable:
        raise InvalidInput(f"{target} exists and is no backup of this program: choose another name.")
    _refuse_newer_server(database.owner_url)
    with _beside(target) as partial:
        _run("pg_dump", database.owner_url, ["-Fc", "--no-owner", "--no-privileges", "-f", str(partial)])
        size = partial.stat().st_size
        os.replace(partial, target)
    sync_folder(target.parent)
    return size


def restore(database: Database, source: Path, *, replace: bool = False) -> Restored:
    """Make the database what it was when ``source`` was written, at this program's own revision.

    Args:    source: an archive of ``backup``.  replace: without it, a database that holds anything is refused.
    Returns: the archive's revision and the present one.
    Raises:  UnusableFile when it is no archive of this program, damaged, or of a newer version; Conflict when the
             database holds data or is in use; Unavailable when server or disk fail. The database is then as it was.
    """
    source = source.absolute()
    revision = _archive_revision(source)
    _refuse_newer_server(database.owner_url)
    app_role = sa.make_url(database.app_url).username
    assert app_role
    if database.server:
        with database.server.alone():
            _restore_beside(database.server, source, replace, app_role)
    else:
        _restore_within(database.owner_url, source, replace, app_role)
        _migrate(database.owner_url, app_role)
    return Restored(revision, migrate.head())


# The embedded server: a new database beside the old one, then both change names in one transaction


def _restore_beside(server: EmbeddedServer, source: Path, replace: bool, app_role: str) -> None:
    _refuse_data(server.owner_url, replace)
    fresh = server.url(roles.OWNER_ROLE, _RESTORING)
    with psycopg.connect(server.conninfo(dbname="postgres"), autocommit=True) as connection:
        _drop(connection, _RESTORING, _REPLACED)  # remains of a restore that was killed
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(_RESTORING)))
        try:
            _replay(fresh, source)
            _migrate(fresh, app_role)
            _swap(connection)
        finally:
            _drop(connection, _RESTORING)
        _drop(connection, _REPLACED)


def _swap(connection: psycopg.Connection) -> None:
    connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname in (%s, %s) and pid <> pg_backend_pid()",
        [roles.DATABASE, _RESTORING],
    )
    with connection.transaction():
        for old, new in ((roles.DATABASE, _REPLACED), (_RESTORING, roles.DATABASE)):
            connection.execute(
                sql.SQL("alter database {} rename to {}").format(sql.Identifier(old), sql.Identifier(new))
            )


def _drop(connection: psycopg.Connection, *names: str) -> None:
    for name in names:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


# An external server: no second database may be had there, so everything happens in one transaction


def _restore_within(owner_url: str, source: Path, replace: bool, app_role: str) -> None:
    _refuse_data(owner_url, replace)
    _refuse_users(owner_url)
    grants = ";\n".join(roles.grant_statements(app_role))
    _replay(
        owner_url, source, before=f"set local lock_timeout = '{LOCK_TIMEOUT_S}s';\n{_DROP_ALL};\n", after=f"{grants};\n"
    )


def _replay(url: str, source: Path, *, before: str = "", after: str = "") -> None:
    """Run the archive as one transaction, which ends well only when archive and server both came to the end."""
    command, environment = _command("psql", url, ["-X", "-q", "-v", "ON_ERROR_STOP=1"])
    with tempfile.TemporaryFile() as said:
        psql = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said)
        assert psql.stdin
        whole = False
        # A psql that stopped at an error closes its end; its own words, read below, say why.
        with contextlib.suppress(BrokenPipeError), psql.stdin:
            psql.stdin.write(f"begin;\n{before}".encode())
            whole = _pour(source, psql.stdin)
            # Without this word the server takes everything back when the connection ends.
            if whole:
                psql.stdin.write(f"{after}commit;\n".encode())
        psql.wait()
        said.seek(0)
        words = said.read().decode(errors="replace")
    if psql.returncode or not whole:
        raise _failure("psql", words or "the archive is damaged", source)


def _pour(source: Path, target: IO[bytes]) -> bool:
    """The archive as SQL into psql; whether it came to its end."""
    command = [str(binaries() / "pg_restore"), "--no-owner", "--no-privileges", "-f", "-", str(source)]
    reader = subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert reader.stdout
    try:
        with reader.stdout:
            target.writelines(_needed(reader.stdout))
    except BrokenPipeError:
        reader.kill()
        raise
    finally:
        reader.wait()
    return reader.returncode == 0


def _needed(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of an SQL script without the needless ones; rows between COPY and its end are never looked at."""
    in_rows = False
    for line in lines:
        if in_rows:
            in_rows = line != b"\\.\n"
        elif line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n"):
            in_rows = True
        elif _NEEDLESS.match(line):
            continue
        yield line


_DROP_ALL = """do $drop$
declare found record;
begin
    for found in
        select case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
                    when 'f' then 'foreign table' else 'table' end as kind, format('public.%I', c.relname) as name
        from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'f', 'v', 'm', 'S')
            and not exists (select 1 from pg_depend d where d.objid = c.oid and d.deptype in ('a', 'e', 'i'))
        union all
        select 'routine', format('public.%I(%s)', p.proname, pg_get_function_identity_arguments(p.oid))
        from pg_proc p
        where p.pronamespace = 'public'::regnamespace
            and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e')
        union all
        select 'type', format('public.%I', t.typname)
        from pg_type t left join pg_class r on r.oid = t.typrelid
        where t.typnamespace = 'public'::regnamespace and (t.typtype in ('e', 'd', 'r') or r.relkind = 'c')
            and not exists (select 1 from pg_depend d where d.objid = t.oid and d.deptype = 'e')
    loop
        execute format('drop %s if exists %s cascade', found.kind, found.name);
    end loop;
end $drop$"""


# What is asked before anything is touched


def _is_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _archive_revision(source: Path) -> str:
    """The migration revision an archive is at; only those this program knows are let through."""
    try:
        if not _is_archive(source):
            raise UnusableFile(f"{source} is no backup: `heritage db backup` writes another kind of file.")
    except OSError as error:
        raise UnusableFile(f"{source} cannot be read: {error.strerror}.") from error
    arguments = ["--data-only", "-t", "alembic_version", "-f", "-", str(source)]
    outcome = subprocess.run(
        [str(binaries() / "pg_restore"), *arguments], env=_environment(), capture_output=True, text=True, check=False
    )
    if outcome.returncode:
        raise UnusableFile(f"{source} is a damaged backup: {_last_line(outcome.stderr)}")
    found = re.search(r"^COPY public\.alembic_version .*\n(\S+)\n\\\.", outcome.stdout, re.MULTILINE)
    if not found:
        raise UnusableFile(f"{source} is a backup of something else: it holds none of this program's tables.")
    known = {script.revision for script in ScriptDirectory(str(data_dir("migrations"))).walk_revisions()}
    if found[1] not in known:
        raise UnusableFile(f"{source} was written by a newer version (its tables are at {found[1]}): update heritage.")
    return found[1]


def _refuse_newer_server(url: str) -> None:
    with _connected(url) as connection:
        major = connection.info.server_version // 10000
    if major > MAJOR_VERSION:
        raise Unavailable(
            f"The server is PostgreSQL {major}, newer than this program's tools ({MAJOR_VERSION}): use the pg_dump and "
            "pg_restore that came with the server."
        )


def _refuse_data(url: str, replace: bool) -> None:
    with _connected(url) as connection:
        if not replace and (table := _table_with_rows(connection)):
            raise Conflict(
                f"The database holds data (in {table}, for one): add --replace to put the backup in its place."
            )


def _table_with_rows(connection: psycopg.Connection) -> str | None:
    tables = connection.execute(
        "select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version' "
        "and tablename not like 'procrastinate%' order by 1"
    ).fetchall()
    for (table,) in tables:
        query = sql.SQL("select exists (select from public.{})").format(sql.Identifier(table))
        if connection.execute(query).fetchone() == (True,):
            return str(table)
    return None


def _refuse_users(url: str) -> None:
    with _connected(url) as connection:
        row = connection.execute(
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() "
            "and application_name like 'heritage%'"
        ).fetchone()
    if row and row[0]:
        raise Conflict(f"{row[0]} connections of heritage programs are open: stop those programs first.")


def _migrate(url: str, app_role: str) -> None:
    migrate.upgrade(url, app_role=app_role)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        roles.grant(connection, app_role)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("analyze")  # a restored table has no statistics


# PostgreSQL's own tools


def _run(program: str, url: str, arguments: list[str], source: Path | None = None) -> None:
    command, environment = _command(program, url, arguments)
    outcome = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace", check=False)
    if outcome.returncode:
        raise _failure(program, outcome.stderr, source)


def _command(program: str, url: str, arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    """A tool's command line and environment; the password goes where other users of the machine cannot read it."""
    parts = {name: str(value) for name, value in conninfo_to_dict(libpq_url(url)).items() if value is not None}
    password = parts.pop("password", None)
    environment = _environment() | ({"PGPASSWORD": password} if password else {})
    target = make_conninfo(**{**parts, "application_name": f"heritage {program}"})
    return [str(binaries() / program), "--no-password", "-d", target, *arguments], environment


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C"}


def _failure(program: str, words: str, source: Path | None) -> Unavailable | UnusableFile | Conflict:
    if "No space left on device" in words:
        return Unavailable("The disk is full; nothing was changed.")
    if "lock timeout" in words:
        return Conflict("Other programs use the database: stop them first. Nothing was changed.")
    if source is not None and "connection to server" not in words:
        return UnusableFile(f"{source} could not be restored; the database is as it was: {_last_line(words)}")
    return Unavailable(f"{program} failed; nothing was changed: {_last_line(words)}")


def _last_line(words: str) -> str:
    """The line that says why; pg_dump's and psql's first error is the cause, what follows are consequences."""
    lines = [line.strip() for line in words.splitlines() if "error:" in line.lower()] or words.strip().splitlines()
    return lines[0] if lines else "no reason was given"


@contextlib.contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection]:
    try:
        with psycopg.connect(libpq_url(url), connect_timeout=10, application_name="backup") as connection:
            yield connection
    except psycopg.OperationalError as error:
        raise Unavailable(f"The database cannot be reached: {str(error).strip()}") from None


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A private file next to the target, gone when the block fails."""
    try:
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    except OSError as error:
        raise InvalidInput(f"{target} cannot be written: {error.strerror}.") from error
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
