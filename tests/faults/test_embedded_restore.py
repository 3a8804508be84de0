"""A restore that is killed leaves the old database or the new one, whole."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from heritage.db import backup as archives
from heritage.db.engine import open_database
from heritage.settings import Settings

pytestmark = pytest.mark.faults

ROWS = 20_000
RESTORE = """
import sys
from pathlib import Path
from heritage.db import backup
from heritage.db.engine import open_database
from heritage.settings import Settings
with open_database(Settings(var=Path(sys.argv[1])), schema="ignore") as database:
    print("ready", flush=True)
    backup.restore(database, Path(sys.argv[2]), replace=True)
    print("done", flush=True)
"""


def fill(conninfo: str, word: str) -> None:
    with psycopg.connect(conninfo) as connection:
        connection.execute("drop table if exists witness")
        connection.execute(
            "create table witness as select n, %s::text as word from generate_series(1, %s) n", [word, ROWS]
        )


def test_killed_restore_leaves_one_whole_database():
    with tempfile.TemporaryDirectory() as folder:
        var, archive = Path(folder) / "var", Path(folder) / "b"
        with open_database(Settings(var=var), schema="upgrade") as database:
            assert database.server
            fill(database.server.conninfo(), "archived")
            archives.backup(database, archive)
        outcomes: list[str] = []
        after_s = 0.02
        # Later and later, until the restore was over before the kill; how long that takes is the machine's affair.
        while "archived" not in outcomes:
            assert after_s < 60, "the restore never ended"
            outcomes.append(kill_a_restore(var, archive, after_s))
            after_s = after_s * 1.25 + 0.05
        assert outcomes.count("present") >= 3, "too few kills hit the restore at work"


def kill_a_restore(var: Path, archive: Path, after_s: float) -> str:
    with open_database(Settings(var=var), schema="ignore") as database:
        assert database.server
        fill(database.server.conninfo(), "present")
    program = subprocess.Popen(
        [sys.executable, "-c", RESTORE, str(var), str(archive)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert program.stdout
    assert program.stdout.readline() == "ready\n"
    time.sleep(after_s)  # the moment of the kill is what is varied
    os.killpg(program.pid, signal.SIGKILL)
    program.communicate()
    with open_database(Settings(var=var), schema="check") as database:
        assert database.server
        with psycopg.connect(database.server.conninfo()) as connection:
            rows = connection.execute("select word, count(*) from witness group by 1").fetchall()
    assert len(rows) == 1
    assert rows[0][1] == ROWS
    return str(rows[0][0])
