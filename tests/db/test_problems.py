"""Every failure of the embedded server is a sentence that names the place and a way out."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from heritage.core.errors import Unavailable
from heritage.db.problems import database_error, explained, launch_error, startup_error

HOME = Path("/var/h/postgres")


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("initdb: error: could not write file: No space left on device", "disk that holds /var/h/postgres is full"),
        ("PANIC:  could not write to file: Disk quota exceeded", "is full"),
        ('FATAL:  data directory "x" has wrong ownership', "chown"),
        ("FATAL:  database files are incompatible with server", "another version"),
        ("LOG: one\nFATAL:  odd thing\nLOG: two", "odd thing"),
        ("", "no reason was given"),
    ],
)
def test_startup_output_is_explained(output, says):
    assert says in str(startup_error(output, HOME))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"problem": "closed", "path": "/root/x"}, "/root/x is closed to the user PostgreSQL runs as"),
        ({"problem": "drop"}, "never runs as root"),
        ({"problem": "ENOSPC", "detail": "No space left on device"}, "is full"),
        ({"problem": "EROFS", "path": "/ro", "detail": "Read-only file system"}, "/ro cannot be written"),
        ({"problem": "EACCES", "path": "/x", "detail": "Permission denied"}, "/x is closed to you"),
        ({"problem": "EIO", "path": "/x", "detail": "Input/output error"}, "Input/output error"),
    ],
)
def test_launcher_answer_is_explained(answer, says):
    assert says in str(launch_error(answer, HOME))


def test_system_error_names_the_folder():
    with pytest.raises(Unavailable, match="/no/such"), explained(HOME):
        Path("/no/such").read_text()


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (psycopg.errors.DiskFull("x"), "disk of the database is full"),
        (psycopg.errors.TooManyConnections("x"), "no connection left"),
        (psycopg.errors.CannotConnectNow("x"), "starting or stopping"),
        (psycopg.errors.AdminShutdown("x"), "went away"),
        (psycopg.errors.CrashShutdown("x"), "went away"),
        (psycopg.OperationalError("server closed the connection unexpectedly"), "Run the command again"),
        (OperationalError("select", {}, psycopg.errors.DiskFull("x")), "is full"),
        (psycopg.errors.InvalidPassword("x"), "refuses"),
    ],
)
def test_database_that_fails_under_a_program_is_explained(error, says):
    assert says in str(database_error(error))


@pytest.mark.parametrize(
    "error", [ValueError("x"), psycopg.errors.UniqueViolation("x"), psycopg.errors.SyntaxError("x")]
)
def test_faults_of_the_program_are_not_explained_away(error):
    assert database_error(error) is None
