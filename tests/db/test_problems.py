"""Every failure of the embedded server is a sentence that names the place and a way out."""

from pathlib import Path

import pytest

from heritage.core.errors import Unavailable
from heritage.db.problems import explained, launch_error, startup_error

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
