"""What the operating system and PostgreSQL say when the embedded server fails, in sentences with a way out."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from heritage.core.errors import Unavailable

_GONE = (
    "The database went away while it was used; the step under way was not stored. Run the command again: the embedded "
    "database recovers by itself."
)
# By SQLSTATE, the longest prefixes first.
_SENTENCES = {
    "53100": "The disk of the database is full: make room and try again. The step under way was not stored.",
    "53300": "The database has no connection left: too many heritage programs, or others, use it at once.",
    "53": "The machine of the database is short of resources; the step under way was not stored.",
    "57P03": "The database is starting or stopping: try again in a moment.",
    "57P": _GONE,
    "08": _GONE,
    "58": "The database cannot read or write its files (disk or file system); see its log.",
    "25006": "The database may only be read (a standby, or set so).",
    "28": "The database refuses the user or the password.",
}


@contextlib.contextmanager
def explained(var: Path) -> Iterator[None]:
    """Turn what the operating system says about HERITAGE_VAR into an Unavailable that names the folder."""
    try:
        yield
    except OSError as error:
        raise launch_error({"path": error.filename, "detail": error.strerror}, var) from error


def launch_error(answer: dict[str, Any], home: Path) -> Unavailable:
    """The sentence for an answer of the launcher.

    Args:    answer: problem (its code), path, detail, each may be missing.  home: the folder meant when none is named.
    Returns: the error, to be raised.
    """
    code, path, detail = answer.get("problem"), answer.get("path") or home, answer.get("detail") or ""
    if code == "closed":
        return Unavailable(
            f"The folder {path} is closed to the user PostgreSQL runs as, and PostgreSQL itself lies under it: "
            "install the program elsewhere, or run it as an ordinary user."
        )
    if code == "drop":
        return Unavailable("PostgreSQL never runs as root, and root may not become another user here: run as a user.")
    if "No space left" in detail or "quota" in detail.lower():
        return disk_full(home)
    if "Read-only" in detail:
        return Unavailable(f"{path} cannot be written (read-only): set HERITAGE_VAR to a folder that can.")
    if "ermission" in detail or "not permitted" in detail:
        return Unavailable(f"{path} is closed to you ({detail}): set HERITAGE_VAR to a folder of your own.")
    return Unavailable(f"The embedded database cannot use {path}: {detail or code}")


def disk_full(home: Path) -> Unavailable:
    """The sentence for a full disk."""
    return Unavailable(f"The disk that holds {home} is full: make room and try again. What was stored before is safe.")


def startup_error(output: str, home: Path) -> Unavailable:
    """The sentence for what initdb printed or the server wrote to its log before it gave up."""
    if "No space left on device" in output or "Disk quota exceeded" in output or _no_room(home):
        return disk_full(home)
    if "wrong ownership" in output or "Permission denied" in output:
        return Unavailable(f"Files under {home} do not belong to the owner of {home}: chown them (log: {home}/log).")
    if "database files are incompatible" in output:
        return Unavailable(f"{home}/data was made by another version of PostgreSQL than the one this program brings.")
    said = [line for line in output.splitlines() if any(word in line for word in ("FATAL", "PANIC", "rror"))]
    reason = said[-1].strip() if said else output.strip()[-300:] or "no reason was given"
    return Unavailable(f"The embedded database did not start: {reason} (log: {home}/log)")


def database_error(error: BaseException) -> Unavailable | None:
    """The sentence for a database that failed under a running program.

    Args:    error: any error; psycopg's, or SQLAlchemy's around one, is understood.
    Returns: what to tell the user, or None when it is a fault of the program and not of the database's surroundings.
    """
    origin = getattr(error, "orig", None) or error
    if not any(base.__module__.startswith("psycopg") for base in type(origin).__mro__):
        return None
    state = getattr(origin, "sqlstate", None) or ""
    for prefix, sentence in _SENTENCES.items():
        if state.startswith(prefix):
            return Unavailable(sentence)
    if not state and any(base.__name__ == "OperationalError" for base in type(origin).__mro__):
        return Unavailable(_GONE)
    return None


def _no_room(home: Path) -> bool:
    """A full disk may have kept the reason out of the log as well."""
    try:
        status = os.statvfs(home)
    except OSError:
        return False
    return status.f_bavail * status.f_frsize < 1024 * 1024
