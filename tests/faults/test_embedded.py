"""The embedded server under faults: kills, races, a full disk, other users, closed folders."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from heritage.core.errors import Unavailable
from heritage.db import embedded
from heritage.db.embedded import EmbeddedServer

pytestmark = pytest.mark.faults
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can prepare this")

HOLD = """
import sys, time
from pathlib import Path
from heritage.db.embedded import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1])) as server:
    print(server.postmaster_pid(), flush=True)
    sys.stdin.read()
"""
WRITE = """
import sys
from pathlib import Path
import psycopg
from heritage.db.embedded import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1])) as server:
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        connection.execute("create table if not exists acknowledged (n int primary key)")
        n = connection.execute("select coalesce(max(n), 0) from acknowledged").fetchone()[0]
        while True:
            n += 1
            connection.execute("insert into acknowledged values (%s)", [n])
            print(n, flush=True)
"""
# Becomes a user after everything is imported: the interpreter itself may lie where that user cannot go.
AS_USER = """
import os, sys
from pathlib import Path
import psycopg
from heritage.core.errors import HeritageError
from heritage.db import embedded
embedded.binaries()
uid = int(sys.argv[2])
embedded._python = lambda: sys.argv[3]
os.setgroups([]); os.setresgid(uid, uid, uid); os.setresuid(uid, uid, uid)
try:
    with embedded.EmbeddedServer(Path(sys.argv[1])) as server:
        with psycopg.connect(server.conninfo("heritage_app")) as connection:
            print("ready", connection.execute("select 6 * 7").fetchone()[0],
                  os.stat(f"/proc/{server.postmaster_pid()}").st_uid)
except HeritageError as error:
    print("refused", error)
"""


@pytest.fixture
def var() -> Iterator[Path]:
    """As ``mktemp -d`` makes it: closed to everybody else."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "var"


def hold(var: Path, program: str = HOLD) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", program, str(var)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: "subprocess.Popen[str]") -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def count(server: EmbeddedServer) -> int:
    with psycopg.connect(server.conninfo()) as connection:
        row = connection.execute("select count(*), coalesce(max(n), 0) from acknowledged").fetchone()
    assert row is not None
    assert row[0] == row[1]
    return int(row[0])


def test_two_programs_starting_at_once_share_one_server(var):
    for _ in range(10):
        programs = [hold(var) for _ in range(3)]
        pids = [program.stdout.readline() for program in programs]
        assert len(set(pids)) == 1, pids
        for program in programs:
            finish(program)
        assert EmbeddedServer(var).postmaster_pid() is None


def test_programs_coming_and_going_never_find_the_server_gone(var):
    with EmbeddedServer(var):
        pass
    script = f"""
import sys
from pathlib import Path
import psycopg
from heritage.db.embedded import EmbeddedServer
for _ in range(8):
    with EmbeddedServer(Path({str(var)!r})) as server, psycopg.connect(server.conninfo()) as connection:
        connection.execute("select 1")
"""
    programs = [subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True) for _ in range(4)]
    for program in programs:
        assert program.communicate(timeout=240)[1] == ""
        assert program.returncode == 0
    assert EmbeddedServer(var).postmaster_pid() is None


def test_server_of_a_killed_program_is_adopted_and_then_stopped(var):
    program = hold(var)
    pid = int(program.stdout.readline())
    program.kill()
    program.communicate()
    with EmbeddedServer(var) as server:
        assert server.postmaster_pid() == pid
    assert server.postmaster_pid() is None


@pytest.mark.parametrize("after_s", [0.05, 0.3, 0.6, 0.9])
def test_kill_while_the_cluster_is_made_leaves_nothing_half_made(var, after_s):
    program = hold(var)
    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(after_s)
    program.kill()
    program.communicate()
    with EmbeddedServer(var) as server, psycopg.connect(server.conninfo("heritage_app")) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


@pytest.mark.parametrize("victim", ["postmaster", "everything", "backend"])
def test_killed_server_recovers_every_acknowledged_commit(var, victim):
    program = hold(var, WRITE)
    acknowledged = [int(program.stdout.readline()) for _ in range(200)][-1]
    watcher = EmbeddedServer(var)
    pids = watcher._processes()
    postmaster = watcher.postmaster_pid()
    assert postmaster in pids
    chosen = {"postmaster": [postmaster], "everything": pids, "backend": [p for p in pids if p != postmaster]}[victim]
    for pid in chosen:
        os.kill(pid, signal.SIGKILL)
    out, err = program.communicate(timeout=120)
    assert program.returncode == 1
    assert "OperationalError" in err or "AdminShutdown" in err or "CrashShutdown" in err
    acknowledged = max([acknowledged, *map(int, out.split())])
    with EmbeddedServer(var) as server:
        assert count(server) >= acknowledged


def test_backend_that_outlives_its_postmaster_does_not_block_recovery(var):
    with EmbeddedServer(var) as server:
        busy = psycopg.connect(server.conninfo(), autocommit=True)
        busy.pgconn.send_query(b"select count(*) from generate_series(1, 100000000000)")
        os.kill(server.postmaster_pid(), signal.SIGKILL)
        server.start()
        with psycopg.connect(server.conninfo()) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        busy.close()


def test_deleted_socket_is_found_out(var):
    with EmbeddedServer(var) as server:
        (server.home / "socket" / ".s.PGSQL.5432").unlink()
        server.start()
        with psycopg.connect(server.conninfo()) as connection:
            assert connection.execute("select 1").fetchone() == (1,)


@root_only
@pytest.mark.parametrize("size_mib", [8, 45])
def test_full_disk_is_named_and_the_next_start_works(var, size_mib):
    var.mkdir(mode=0o700)
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mib}m,mode=0700", "tmpfs", var], check=False)
    if mount.returncode:
        pytest.skip("no file system may be mounted here")
    try:
        with pytest.raises(Unavailable, match="full"), EmbeddedServer(var) as server:  # noqa: PT012 - either step may fail
            (server.var / "ballast").write_bytes(b"")
            server.release()
            fill(server.var / "ballast")
            server.start()
        (var / "ballast").unlink(missing_ok=True)
        subprocess.run(["mount", "-o", "remount,size=400m", var], check=True)
        with EmbeddedServer(var) as server:
            assert server.postmaster_pid()
    finally:
        subprocess.run(["umount", var], check=True)


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 65536):
                pass
        except OSError:
            return


def reachable_python() -> str:
    """An interpreter that an ordinary user can start; the launcher needs no more than the standard library."""
    for candidate in (os.path.realpath(sys.executable), "/usr/bin/python3", "/usr/local/bin/python3"):
        check = (
            subprocess.run(
                [candidate, "-I", "-S", "-c", ""],
                user=nobody(),
                group=nobody(),
                extra_groups=[],
                check=False,
                stderr=subprocess.DEVNULL,
            )
            if os.path.exists(candidate) and all_enter(candidate)
            else None
        )
        if check and check.returncode == 0 and all_enter(embedded.__file__) and all_enter(str(embedded.binaries())):
            return candidate
    pytest.skip("no interpreter or checkout here that an ordinary user may enter")


def all_enter(path: str) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in Path(os.path.realpath(path)).parents)


def nobody() -> int:
    return pwd.getpwnam("nobody").pw_uid


def as_user(var: Path, uid: int) -> str:
    command = [sys.executable, "-c", AS_USER, str(var), str(uid), reachable_python()]
    outcome = subprocess.run(command, capture_output=True, text=True, check=True)
    return outcome.stdout


@root_only
def test_ordinary_user_runs_it_as_himself_and_root_after_him():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o711)
        var = Path(folder) / "var"
        var.mkdir(mode=0o700)
        os.chown(var, nobody(), nobody())
        assert as_user(var, nobody()).split() == ["ready", "42", str(nobody())]
        with EmbeddedServer(var) as server:
            assert Path(f"/proc/{server.postmaster_pid()}").stat().st_uid == nobody()
        assert as_user(var, nobody()).split() == ["ready", "42", str(nobody())]


@root_only
def test_folder_of_another_user_is_named(var):
    with EmbeddedServer(var):
        pass
    var.parent.chmod(0o711)
    answer = as_user(var, nobody())
    assert answer.startswith("refused")
    assert str(var) in answer
    assert "HERITAGE_VAR" in answer


@root_only
def test_root_starts_it_under_a_folder_closed_to_others(var):
    assert not var.parent.stat().st_mode & 0o077
    with EmbeddedServer(var) as server:
        assert Path(f"/proc/{server.postmaster_pid()}").stat().st_uid != 0
    assert not var.parent.stat().st_mode & 0o077


@pytest.fixture
def closed_binaries(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """PostgreSQL installed under a folder that only root may enter."""
    wheel = embedded.binaries().parent.parent
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o711)
        closed = Path(folder) / "closed"
        for name in (f"{wheel.name}/pginstall18", f"{wheel.name}.libs"):
            if (wheel.parent / name).exists():  # the second holds the libraries that wheels for Linux bring along
                shutil.copytree(wheel.parent / name, closed / name, symlinks=True)
        closed.chmod(0o700)
        monkeypatch.setattr(embedded, "binaries", lambda: closed / wheel.name / "pginstall18" / "bin")
        yield closed


@root_only
def test_closed_binaries_get_the_search_capability_and_no_other(var, closed_binaries):
    with EmbeddedServer(var) as server:
        status = Path(f"/proc/{server.postmaster_pid()}/status").read_text().splitlines()
    effective = next(line for line in status if line.startswith("CapEff"))
    assert int(effective.split()[1], 16) == 1 << 2
    assert not closed_binaries.stat().st_mode & 0o077


@root_only
def test_closed_binaries_without_the_capability_name_the_folder(var, closed_binaries, monkeypatch):
    if not shutil.which("setpriv"):
        pytest.skip("setpriv takes the capability away here")
    wrapper = closed_binaries / "python"
    wrapper.write_text(f'#!/bin/sh\nexec setpriv --bounding-set=-dac_read_search {sys.executable} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setattr(embedded, "_python", lambda: str(wrapper))
    with pytest.raises(Unavailable, match=f"{closed_binaries} is closed"):
        EmbeddedServer(var).start()


def test_other_files_in_var_stay_private(var):
    with EmbeddedServer(var) as server:
        (server.var / "secret_key").write_text("x")
        assert not server.var.stat().st_mode & 0o077


def test_running_program_reconnects_after_the_next_command_revived_the_server(var):
    with EmbeddedServer(var) as server:
        os.kill(server.postmaster_pid(), signal.SIGKILL)
        deadline = time.monotonic() + 30
        while server._processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.conninfo())
        finish_input = hold(var)
        finish_input.stdout.readline()
        finish(finish_input)
        with psycopg.connect(server.conninfo()) as connection:
            assert connection.execute("select 1").fetchone() == (1,)


@root_only
@pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv takes the capabilities away here")
def test_root_of_a_container_starts_revives_and_stops_it(var):
    """As container engines start programs: root, but without the right to look into others' processes or folders."""
    script = """
import os, signal, sys
from pathlib import Path
import psycopg
from heritage.db.embedded import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1])) as server:
    busy = psycopg.connect(server.conninfo(), autocommit=True)
    busy.pgconn.send_query(b"select count(*) from generate_series(1, 100000000000)")
    os.kill(server.postmaster_pid(), signal.SIGKILL)
    server.start()
    psycopg.connect(server.conninfo()).close()
print(server.postmaster_pid())
"""
    withheld = "-dac_read_search,-sys_ptrace,-sys_admin,-sys_resource,-ipc_lock"
    command = ["setpriv", f"--bounding-set={withheld}", sys.executable, "-c", script, str(var)]
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stderr == ""
    assert outcome.stdout.strip() == "None"
    assert EmbeddedServer(var)._processes() == []
