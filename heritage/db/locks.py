"""Locks between programs: flocks, which the system lets go of however a program ends."""

import fcntl
import os
import time
from pathlib import Path

from heritage.core.errors import Unavailable

EXCLUSIVE, SHARED = fcntl.LOCK_EX, fcntl.LOCK_SH
_PAUSE_S = 0.02


def open_lock(path: Path) -> int:
    """Open a lock file that belongs to whom HERITAGE_VAR belongs to, also when root runs the program once."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.fchown(descriptor, owner.st_uid, owner.st_gid)
    return descriptor


def try_lock(descriptor: int, kind: int) -> bool:
    """Take or convert a lock when nobody stands against it; a failed conversion loses the lock held before."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def take_lock(descriptor: int, kind: int, timeout_s: float, var: Path) -> None:
    """Take a lock, waiting for it.  Raises: Unavailable after ``timeout_s``, naming the folder ``var``."""
    deadline = time.monotonic() + timeout_s
    while not try_lock(descriptor, kind):
        if time.monotonic() > deadline:
            raise Unavailable(f"Another heritage program has been starting or stopping the database in {var} for long.")
        time.sleep(_PAUSE_S)


def close_lock(descriptor: int) -> None:
    """Let go at once, even when a child between fork and exec still holds a copy of the descriptor."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)
