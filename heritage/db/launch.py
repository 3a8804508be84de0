"""Starts PostgreSQL's programs as an unprivileged user; a script of its own, on the standard library alone.

The server never needs to walk down to its data: it is started *in* the data folder and calls it /proc/self/cwd. So the
HERITAGE_VAR of root, or /root above it, stays closed to the user the server runs as, and nothing is loosened.
Only where the binaries themselves lie in a closed folder is it given the right to search folders (see ADR-0001).
"""

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import shutil
import sys
from typing import Any, NoReturn

CAP_DAC_READ_SEARCH, _CAP_SETPCAP = 2, 8
_CAPABILITY_VERSION_3 = 0x20080522
_PR_SET_KEEPCAPS, _PR_SET_SECUREBITS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 8, 28, 47, 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
# Nothing of the program's environment (secrets, PG* settings) reaches the server.
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}


class Problem(Exception):
    """What went wrong, as a code and the file or folder it is about."""

    def __init__(self, code: str, path: str = "", detail: str = "") -> None:
        super().__init__(code, path, detail)
        self.answer = {"problem": code, "path": path, "detail": detail}


def main(order: dict[str, Any]) -> dict[str, Any]:
    """Carry out one order.

    Args:    order: action ("initdb", "serve", "forget"), home (the folder that holds data, socket and log), binary,
             arguments, uid and gid (None: stay who we are).
    Returns: the answer, a JSON object; "initdb" does not return but becomes that program.
    """
    os.umask(0o077)
    os.chdir(order["home"])
    if order["uid"] is not None:
        _become(order["uid"], order["gid"], order["binary"])
    if order["action"] == "initdb":
        _initdb(order)
    return _serve(order)


def _initdb(order: dict[str, Any]) -> NoReturn:
    """Build into ``data.new``; the caller renames it when it is whole, so a kill leaves no half-made ``data``."""
    shutil.rmtree("data.new", ignore_errors=True)
    os.mkdir("data.new", 0o700)
    os.chdir("data.new")
    os.execve(order["binary"], order["arguments"], _ENVIRONMENT)


def _serve(order: dict[str, Any]) -> dict[str, Any]:
    os.makedirs("socket", 0o700, exist_ok=True)
    lock = os.open("server.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Problem("alive") from None
    # Every process of a server holds this lock, so none is left now and these are remains.
    for stale in ("data/postmaster.pid", "socket/.s.PGSQL.5432", "socket/.s.PGSQL.5432.lock"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(stale)
    with contextlib.suppress(FileNotFoundError):
        os.replace("log", "log.1")
    log = os.open("log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    os.chdir("data")
    return {"pid": _detach(order, lock, log)}


def _detach(order: dict[str, Any], lock: int, log: int) -> int:
    """Start the server in a session of its own, so that Ctrl-C in a terminal does not reach it."""
    hears, says = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            silence = os.open(os.devnull, os.O_RDONLY)
            for source, target in ((silence, 0), (log, 1), (log, 2)):
                os.dup2(source, target)
            os.set_inheritable(lock, True)
            os.execve(order["binary"], order["arguments"], _ENVIRONMENT)
        except OSError as error:
            os.write(says, str(error.errno).encode())
        finally:
            os._exit(127)
    os.close(says)
    failed = os.read(hears, 16)
    if failed:
        raise OSError(int(failed), os.strerror(int(failed)), order["binary"])
    return child


def _become(uid: int, gid: int, binary: str) -> None:
    """Give up root. The search capability is kept only where the binaries cannot be reached without it."""
    try:
        libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
        if libc:
            libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    except PermissionError:
        raise Problem("drop") from None
    # Keeping capabilities keeps them permitted, not effective: this asks as the user we have become.
    closed = _closed_folder(binary)
    _set_capabilities(libc, CAP_DAC_READ_SEARCH if closed else None)
    if closed and _closed_folder(binary):
        raise Problem("closed", closed)


def _closed_folder(path: str) -> str | None:
    """The first folder on the way to a file that this process may not enter, or None."""
    parts = os.path.abspath(path).split(os.sep)
    for length in range(2, len(parts) + 1):
        try:
            os.stat(os.sep.join(parts[:length]) or os.sep)
        except PermissionError:
            return os.sep.join(parts[: length - 1]) or os.sep
    return None


def _set_capabilities(libc: Any, keep: int | None) -> None:
    """Drop every capability but ``keep``, which is handed on to the program started (an ambient capability)."""
    if not libc:
        return
    if keep is not None:
        # access(2) ignores the capabilities of an ordinary user, unless this bit says otherwise; PostgreSQL asks by it.
        _capset(libc, {keep, _CAP_SETPCAP})
        libc.prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    if not _capset(libc, set() if keep is None else {keep}):
        _capset(libc, set())  # it may not be kept here; the caller looks whether the binaries are reachable now
    elif keep is not None:
        libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, keep, 0, 0)


def _capset(libc: Any, capabilities: set[int]) -> bool:
    bits = sum(1 << capability for capability in capabilities)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    # Effective, permitted, inheritable: the lower 32 capabilities first, then the upper ones.
    sets = (ctypes.c_uint32 * 6)(bits, bits, bits, 0, 0, 0)
    return bool(libc.capset(ctypes.byref(header), ctypes.byref(sets)) == 0)


def _answer() -> dict[str, Any]:
    try:
        return main(json.loads(sys.argv[1]))
    except Problem as problem:
        return problem.answer
    except OSError as error:
        code = errno.errorcode.get(error.errno or 0, "")
        return {"problem": code, "path": str(error.filename or ""), "detail": error.strerror or str(error)}


if __name__ == "__main__":
    given = _answer()
    print(json.dumps(given))
    sys.exit(1 if "problem" in given else 0)
