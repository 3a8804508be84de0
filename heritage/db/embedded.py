"""The PostgreSQL that the program brings along: made, started, shared, stopped and recovered under HERITAGE_VAR.

Layout of ``HERITAGE_VAR`` (0700): ``postgres/`` (0700, owned by the user the server runs as) with ``data``, ``socket``,
``log``, ``log.1`` and ``server.lock``; beside it ``postgres.guard`` and ``postgres.users``.

Three locks (flock, so a kill of any kind lets go of them) say everything there is to know:
  - ``postgres.guard`` is held alone by whoever starts or stops the server, for that long only;
  - ``postgres.users`` is shared by every program that uses the server; who can take it alone on leaving is the last;
  - ``server.lock`` is inherited by every process of the server: while it is held, one of them lives.

Security of the chosen way, in full in ADR-0001: the server is no root, gets no right beyond its own folder (unless the
binaries lie in a closed folder), hears no network, and trusts whoever may enter the 0700 socket folder.
"""

import contextlib
import fcntl
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import quote

import psycopg
import sqlalchemy as sa
from psycopg import sql
from psycopg.conninfo import make_conninfo

from heritage.core.errors import Conflict, Unavailable
from heritage.db.folders import (
    MAJOR_VERSION,
    binaries,
    short_way,
    sync_folder,
    unprivileged_user,
    user_name,
)
from heritage.db.locks import EXCLUSIVE, SHARED, close_lock, open_lock, take_lock, try_lock
from heritage.db.problems import explained, launch_error, startup_error
from heritage.db.roles import APP_ROLE, DATABASE, OWNER_ROLE
from heritage.db.tuning import server_settings
from heritage.settings import private_folder

PORT = 5432  # only the socket's name depends on it
# sun_path is 108 bytes on Linux, 104 on macOS, with the closing zero.
LONGEST_SOCKET_PATH = 103
GUARD_TIMEOUT_S = 180
START_TIMEOUT_S = 60
RECOVERY_TIMEOUT_S = 1800
STOP_TIMEOUT_S = 90
_PAUSE_S = 0.02
_LAUNCHER = Path(__file__).with_name("launch.py")

logger = logging.getLogger(__name__)


class EmbeddedServer:
    """One program's share of the embedded server.

    Any number of programs, and any number of these objects in one program, share the server of one folder; the last to
    let go stops it. A forked child has no share until it starts its own.
    """

    def __init__(self, var: Path, *, durable: bool = True) -> None:
        """Args: var: HERITAGE_VAR, made when missing. durable: False gives up crash safety for speed (tests only)."""
        self.var = Path(os.path.abspath(var))
        self.home = self.var / "postgres"
        self.data = self.home / "data"
        self.durable = durable
        self._socket_dir = self.home / "socket"
        self._users: int | None = None
        self._mutex = threading.RLock()
        _SERVERS.add(self)

    # What others need to know of it

    @property
    def owner_url(self) -> str:
        """Address as the owner of all tables, for SQLAlchemy."""
        return self.url(OWNER_ROLE)

    @property
    def app_url(self) -> str:
        """Address as the role the program works as, for SQLAlchemy."""
        return self.url(APP_ROLE)

    def url(self, role: str, dbname: str = DATABASE) -> str:
        """A database's address as SQLAlchemy writes it."""
        # The port is named so that a PGPORT set outside is ignored.
        host = quote(str(self.host()), safe="/")
        return f"postgresql+psycopg://{quote(role)}@/{quote(dbname)}?host={host}&port={PORT}"

    def conninfo(self, role: str = OWNER_ROLE, dbname: str = DATABASE) -> str:
        """The address of a database as libpq and psycopg read it."""
        return make_conninfo(host=str(self.host()), port=PORT, user=role, dbname=dbname)

    def host(self) -> Path:
        """The folder clients connect through: the socket folder, or a short way to it when its path is too long."""
        if len(os.fsencode(self._socket_dir)) + len(f"/.s.PGSQL.{PORT}") <= LONGEST_SOCKET_PATH:
            return self._socket_dir
        return short_way(self._socket_dir)

    # Taking part and leaving

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def start(self) -> None:
        """Attach to the server: make, start or recover it where needed. Calling it again revives a dead one.

        Raises:  Unavailable saying what stands in the way (folder, disk, version, missing binaries) and the way out.
        """
        with self._mutex, explained(self.var):
            self._prepare_folders()
            with self._guard():
                users = self._users if self._users is not None else open_lock(self.var / "postgres.users")
                try:
                    if self._users is None:
                        take_lock(users, SHARED, GUARD_TIMEOUT_S, self.var)
                    self._make_cluster()
                    self._bring_up()
                    self._ensure_database()
                except BaseException:
                    if self._users is None:
                        os.close(users)
                    raise
                self._users = users

    def release(self) -> None:
        """Let go of the server and stop it when nobody else uses it. Safe to call twice or for a dead one."""
        with self._mutex:
            if self._users is None:
                return
            users, self._users = self._users, None
            try:
                with self._guard():
                    if try_lock(users, EXCLUSIVE):
                        self._stop()
            except (Unavailable, OSError) as error:
                logger.warning("The embedded database was left running: %s", error)
            finally:
                close_lock(users)

    def keep_alive(self, engine: sa.Engine) -> None:
        """Let an engine revive a server it finds dead, so that a long-running program outlives its database."""

        @sa.event.listens_for(engine, "do_connect")
        def connect(
            dialect: Any, record: Any, arguments: tuple[Any, ...], options: dict[str, Any]
        ) -> psycopg.Connection:
            try:
                return cast(psycopg.Connection, dialect.connect(*arguments, **options))
            except psycopg.OperationalError:
                if self._users is None or not self._processes_gone():
                    raise
                self.start()
                return cast(psycopg.Connection, dialect.connect(*arguments, **options))

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other program out for a while; for work that exchanges the database under them.

        Raises:  Conflict when another program uses the server now.
        """
        with self._mutex, self._guard():
            if self._users is None or not try_lock(self._users, EXCLUSIVE):
                if self._users is not None:
                    fcntl.flock(self._users, SHARED)
                raise Conflict(f"Another heritage program uses the database in {self.var}: stop it first.")
            try:
                yield
            finally:
                fcntl.flock(self._users, SHARED)

    def _forget(self) -> None:
        """In a forked child: drop the copies, without touching the parent's locks."""
        self._mutex = threading.RLock()
        if self._users is not None:
            os.close(self._users)
            self._users = None

    @contextlib.contextmanager
    def _guard(self) -> Iterator[None]:
        guard = open_lock(self.var / "postgres.guard")
        try:
            take_lock(guard, EXCLUSIVE, GUARD_TIMEOUT_S, self.var)
            yield
        finally:
            os.close(guard)

    # Folders and users

    def _prepare_folders(self) -> None:
        private_folder(self.var)
        self.home.mkdir(mode=0o700, exist_ok=True)
        status = self.home.stat()
        if os.geteuid() == 0 and status.st_uid == 0 and not any(self.home.iterdir()):
            os.chown(self.home, *unprivileged_user())
        elif os.geteuid() not in (0, status.st_uid):
            raise Unavailable(
                f"{self.home} belongs to the user {user_name(status.st_uid)}: run as that user, or set HERITAGE_VAR "
                "to a folder of your own."
            )
        if status.st_mode & 0o077:
            self.home.chmod(0o700)

    def _server_user(self) -> tuple[int | None, int | None]:
        """Whom the server runs as when we are root: the owner of its folder. Otherwise it runs as we do."""
        if os.geteuid() != 0:
            return None, None
        status = self.home.stat()
        if status.st_uid == 0:
            raise Unavailable(
                f"{self.home} belongs to root, and PostgreSQL never runs as root: "
                f"chown -R {user_name(unprivileged_user()[0])} {self.home}"
            )
        return status.st_uid, status.st_gid

    # The cluster

    def _make_cluster(self) -> None:
        version = self.data / "PG_VERSION"
        if version.exists():
            made_by = version.read_text().strip()
            if made_by != str(MAJOR_VERSION):
                raise Unavailable(
                    f"{self.data} was made by PostgreSQL {made_by}, this program brings {MAJOR_VERSION}. Back it up "
                    "with the version that made it (`heritage db backup`), move it away, `heritage db restore` here."
                )
            return
        if self.data.exists() and any(self.data.iterdir()):
            raise Unavailable(f"{self.data} holds something that is not a PostgreSQL database: move it away.")
        self._initdb("C.UTF-8")
        (self.home / "data.new").rename(self.data)
        sync_folder(self.home)

    def _initdb(self, locale: str) -> None:
        target = "/proc/self/cwd" if _has_proc() else str(self.home / "data.new")
        options = ["-D", target, "-U", OWNER_ROLE, "-A", "trust", "--encoding=UTF8", f"--locale={locale}"]
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        options += [] if self.durable else ["--no-sync"]
        outcome = self._launch("initdb", "initdb", options)
        if outcome.returncode and "invalid locale name" in outcome.stderr and locale != "C":
            self._initdb("C")  # the builtin provider sorts and folds the same; only libc lacks the name
        elif outcome.returncode:
            raise startup_error(outcome.stderr or outcome.stdout, self.home)

    def _bring_up(self) -> None:
        """Wait for a server that answers, starting one when no process of an earlier one is left."""
        began = time.monotonic()
        launched = False
        while True:
            waited = time.monotonic() - began
            if self._processes_gone():
                if launched:
                    raise startup_error(self._log_tail(), self.home)
                self._serve()
                launched, began = True, time.monotonic()
            else:
                state = self._probe()
                if state == "ready":
                    return
                self._unblock(state, waited)
            time.sleep(_PAUSE_S)

    def _unblock(self, state: str, waited: float) -> None:
        """What to do about a server that lives and does not answer: wait, clear its remains, or give up."""
        if waited > (RECOVERY_TIMEOUT_S if state == "starting" else START_TIMEOUT_S):
            raise Unavailable(f"The embedded database does not answer; its log is {self.home / 'log'}.")
        if state != "silent":
            return
        postmaster = self.postmaster_pid()
        if postmaster is None and waited > 2:
            # The postmaster was killed and a backend did not notice yet: recovery cannot begin while it lives.
            for orphan in self._processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(orphan, signal.SIGKILL)
        elif postmaster and waited > 3 and not (self._socket_dir / f".s.PGSQL.{PORT}").exists():
            os.kill(postmaster, signal.SIGINT)  # its socket was deleted; nobody can reach it any more

    def _serve(self) -> None:
        settings = server_settings(durable=self.durable) | {"cluster_name": self._cluster_name()}
        options = ["-D", "/proc/self/cwd" if _has_proc() else str(self.data)]
        for name, value in settings.items():
            options += ["-c", f"{name}={value}"]
        outcome = self._launch("serve", "postgres", options)
        answer = _answer_of(outcome.stdout)
        if answer.get("problem") == "alive":
            return
        if outcome.returncode or "pid" not in answer:
            raise startup_error(outcome.stderr or outcome.stdout, self.home)

    def _launch(self, action: str, program: str, arguments: list[str]) -> "subprocess.CompletedProcess[str]":
        binary = str(binaries() / program)
        uid, gid = self._server_user()
        order = {
            "action": action,
            "home": str(self.home),
            "binary": binary,
            "arguments": [binary, *arguments],
            "uid": uid,
            "gid": gid,
        }
        outcome = subprocess.run(
            [_python(), "-I", "-S", str(_LAUNCHER), json.dumps(order)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        answer = _answer_of(outcome.stdout)
        if answer.get("problem") not in (None, "alive"):
            raise launch_error(answer, self.home)
        return outcome

    def _stop(self) -> None:
        """Fast shutdown; the guard is held and nobody else uses the server."""
        deadline = time.monotonic() + STOP_TIMEOUT_S
        sent = None
        while not self._processes_gone():
            postmaster = self.postmaster_pid()
            wish = signal.SIGINT if time.monotonic() < deadline else signal.SIGQUIT
            if postmaster and wish != sent:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(postmaster, wish)
                sent = wish
            if time.monotonic() > deadline + 10:
                raise Unavailable(f"the server does not stop; see {self.home / 'log'}")
            time.sleep(_PAUSE_S)

    # What can be seen of the server from outside

    def _probe(self) -> str:
        """Ask the server for a connection: "ready", "starting" (or stopping, or recovering) or "silent"."""
        if not (self._socket_dir / f".s.PGSQL.{PORT}").exists():
            return "silent"
        try:
            with psycopg.connect(self.conninfo(dbname="postgres"), connect_timeout=10):
                return "ready"
        except psycopg.OperationalError as error:
            # libpq reports these before a session exists, in words only; lc_messages is fixed to C.
            words = str(error)
            if "too many clients" in words or "remaining connection slots" in words:
                return "ready"
            return "starting" if "the database system is" in words else "silent"

    def _processes_gone(self) -> bool:
        """Whether no process of any server of this folder is left, on this machine or in any container of it."""
        try:
            lock = os.open(self.home / "server.lock", os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return True
        try:
            return try_lock(lock, EXCLUSIVE)
        finally:
            os.close(lock)

    def postmaster_pid(self) -> int | None:
        """The pid in postmaster.pid when it is alive and works in our data folder; a reused pid is not taken for it."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            if pid <= 1:
                return None
            if _has_proc():
                return pid if self._is_ours(pid) else None
            os.kill(pid, 0)
        except (OSError, ValueError, IndexError):
            return None
        return pid

    def _processes(self) -> list[int]:
        """Every visible process that works in our data folder (Linux; elsewhere none are found)."""
        found = []
        for entry in Path("/proc").glob("[0-9]*") if _has_proc() else ():
            with contextlib.suppress(OSError):
                if self._is_ours(int(entry.name)):
                    found.append(int(entry.name))
        return found

    def _is_ours(self, pid: int) -> bool:
        process = Path("/proc") / str(pid)
        try:
            return os.path.samefile(process / "cwd", self.data)
        except PermissionError:
            # Root in a container may often not look into another user's process; its command line anybody may read.
            same_user = process.stat().st_uid == self.data.stat().st_uid
            return same_user and self._cluster_name().encode() in (process / "cmdline").read_bytes()

    def _cluster_name(self) -> str:
        """A name that every process of this folder's server bears in its title."""
        status = self.data.stat()
        return f"heritage-{status.st_dev:x}-{status.st_ino:x}"

    def _log_tail(self) -> str:
        try:
            with (self.home / "log").open("rb") as log:
                log.seek(max(0, os.fstat(log.fileno()).st_size - 4000))
                return log.read().decode(errors="replace")
        except OSError:
            return ""

    def _ensure_database(self) -> None:
        """The working role and the database; asked for at every start, so that a kill in between does no harm."""
        with psycopg.connect(self.conninfo(dbname="postgres"), autocommit=True) as connection:
            if not connection.execute("select 1 from pg_roles where rolname = %s", [APP_ROLE]).fetchone():
                statement = "create role {} login nosuperuser nocreatedb nocreaterole noinherit"
                connection.execute(sql.SQL(statement).format(sql.Identifier(APP_ROLE)))
            if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                names = sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE)
                connection.execute(sql.SQL("create database {} owner {}").format(*names))


# Forked children must not keep the parent's share alive; they are told through this set.
_SERVERS: "weakref.WeakSet[EmbeddedServer]" = weakref.WeakSet()


def _after_fork() -> None:
    for server in list(_SERVERS):
        server._forget()


os.register_at_fork(after_in_child=_after_fork)


def _python() -> str:
    if not sys.executable:
        raise Unavailable("The Python interpreter does not know where it is; the embedded database needs that.")
    return sys.executable


@cache
def _has_proc() -> bool:
    return os.path.exists("/proc/self/cwd")


def _answer_of(output: str) -> dict[str, Any]:
    try:
        answer = json.loads(output)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
