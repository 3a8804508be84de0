"""The key ring: keys in files outside the database, one file a purpose; the newest seals, older ones only open."""

import base64
import fcntl
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from heritage.core.errors import OperatorError
from heritage.sealing import envelope
from heritage.sealing.envelope import KEY_BYTES, KEY_ID_BYTES, NONCE_BYTES, Purpose
from heritage.sealing.errors import KeyMissing
from heritage.settings import Settings, private_folder

__all__ = ["KeyRing", "Purpose", "open_keyring"]


@dataclass(frozen=True)
class Key:
    """One key; ``made_at`` is aware UTC or None where the file does not say."""

    id: bytes
    secret: bytes
    made_at: datetime | None

    def __repr__(self) -> str:
        """The id alone: a key must not come into a log by way of an error."""
        return f"Key({self.id.hex()})"


class KeyRing:
    """Seals and opens values; reads the key files again when another process changed them."""

    def __init__(self, folder: Path, *, makes_keys: bool) -> None:
        """Touch nothing yet.

        Args:    folder: where the key files are.  makes_keys: whether a ring that has no folder yet makes itself one.
        """
        self.folder = folder.absolute()
        self._makes_keys = makes_keys
        self._read: dict[Purpose, tuple[tuple[int, ...], list[Key]]] = {}

    def seal(self, purpose: Purpose | str, identity: str, plain: bytes) -> bytes:
        """Seal a value under the purpose's newest key.

        Args:    identity: of the row, from ``envelope.bound_to``.  plain: at most 16 MiB.
        Returns: bytes that say themselves which key opens them.
        Raises:  KeyMissing when there is no key, InvalidInput when a key file cannot be used.
        """
        purpose = Purpose(purpose)
        key = self.keys(purpose)[-1]
        nonce = secrets.token_bytes(NONCE_BYTES)
        return envelope.close(purpose, identity, plain, key_id=key.id, key=key.secret, nonce=nonce)

    def open(self, purpose: Purpose | str, identity: str, sealed: bytes) -> bytes:
        """The plain value.

        Raises:  KeyMissing when the ring does not hold its key; SealBroken when it was altered or is another row's.
        """
        purpose = Purpose(purpose)
        wanted = envelope.key_id_of(sealed)
        for key in self.keys(purpose):
            if key.id == wanted:
                return envelope.reveal(purpose, identity, sealed, key=key.secret)
        raise KeyMissing(
            f"The key {wanted.hex()} for {purpose} is not in the key ring. What was sealed with it can be read again "
            "once the key is put back; nothing was changed."
        )

    def mark(self, purpose: Purpose, text: str) -> bytes:
        """A keyed hash by which a value is found again without being kept: the same text gives the same 32 bytes.

        It hangs on the purpose's oldest key, so a rotation does not change it.
        """
        key = hmac.digest(self.keys(purpose)[0].secret, b"heritage/1 mark", "sha256")
        return hmac.digest(key, text.encode(), "sha256")

    def is_current(self, purpose: Purpose, sealed: bytes) -> bool:
        """Whether a value is sealed under the purpose's newest key."""
        return envelope.key_id_of(sealed) == self.keys(purpose)[-1].id

    def keys(self, purpose: Purpose) -> list[Key]:
        """The keys of a purpose, oldest first; the last is the one in use.  Raises: KeyMissing, InvalidInput."""
        path = self._path(purpose)
        if self._makes_keys and not path.exists():
            self._make_first()
        try:
            stamp = _stamp(path)
        except FileNotFoundError:
            raise KeyMissing(
                f"There are no keys for {purpose} in {self.folder}. Put the file {path.name} back there, or make "
                "new keys with `heritage keys init`; what was sealed with lost ones stays closed."
            ) from None
        held = self._read.get(purpose)
        if held is None or held[0] != stamp:
            held = self._read[purpose] = (stamp, _load(path))
        return held[1]

    def init(self, now: datetime | None = None) -> list[Purpose]:
        """Make a key for every purpose that has none; the purposes that got one."""
        with self._alone():
            missing = self._missing()
            for purpose in missing:
                self._write(purpose, [_new_key(now)])
        return missing

    def _make_first(self) -> None:
        """Keys for a ring that has none at all; a single file that is gone was lost and is not replaced in silence."""
        with self._alone():
            if len(self._missing()) == len(Purpose):
                for purpose in Purpose:
                    self._write(purpose, [_new_key(None)])

    def _missing(self) -> list[Purpose]:
        return [purpose for purpose in Purpose if not self._path(purpose).exists()]

    def add(self, purpose: Purpose, now: datetime) -> Key:
        """A new key for a purpose, in use from now on; older ones stay for reading."""
        with self._alone():
            key = _new_key(now)
            self._write(purpose, [*self.keys(purpose), key])
        return key

    def _path(self, purpose: Purpose) -> Path:
        return self.folder / f"{purpose}.json"

    def _write(self, purpose: Purpose, keys: list[Key]) -> None:
        path = self._path(purpose)
        partial = path.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        document = {"purpose": purpose.value, "keys": [_as_json(key) for key in keys]}
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(document, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
        _sync(self.folder)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time: of two that make the first keys, the second finds those of the first."""
        _make_private(self.folder)
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def open_keyring(settings: Settings) -> KeyRing:
    """The ring of this installation; one object a folder and process, nothing is read before it is needed.

    Args:    settings: ``keys`` names the folder, else it is ``keys`` under ``var``.
    Returns: the ring. With the embedded database it makes its first keys by itself; with an external one several
             machines share the keys, so `heritage keys init` has to be run on purpose.
    """
    return _ring(settings.keys_folder().absolute(), settings.embedded)


@lru_cache(maxsize=16)
def _ring(folder: Path, makes_keys: bool) -> KeyRing:
    return KeyRing(folder, makes_keys=makes_keys)


def _new_key(now: datetime | None) -> Key:
    return Key(secrets.token_bytes(KEY_ID_BYTES), secrets.token_bytes(KEY_BYTES), now)


def _as_json(key: Key) -> dict[str, str | None]:
    made_at = key.made_at.astimezone(UTC).isoformat() if key.made_at else None
    return {"id": key.id.hex(), "made_at": made_at, "key": base64.b64encode(key.secret).decode()}


def _load(path: Path) -> list[Key]:
    if path.stat().st_mode & 0o077:
        raise OperatorError(f"The key file {path} can be read by others: close it with chmod 600 {path}")
    try:
        keys = [
            Key(
                bytes.fromhex(entry["id"]),
                base64.b64decode(entry["key"], validate=True),
                datetime.fromisoformat(entry["made_at"]) if entry["made_at"] else None,
            )
            for entry in json.loads(path.read_bytes())["keys"]
        ]
    except OSError as error:
        raise OperatorError(f"The key file {path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError):
        # The parser's own words might repeat a part of a key.
        keys = []
    if not keys or any(len(key.id) != KEY_ID_BYTES or len(key.secret) != KEY_BYTES for key in keys):
        raise OperatorError(f"The key file {path} is damaged: put back the copy you keep of it.")
    return keys


def _stamp(path: Path) -> tuple[int, ...]:
    status = path.stat()
    return status.st_mtime_ns, status.st_ino, status.st_size


def _make_private(folder: Path) -> None:
    if not folder.parent.exists():
        private_folder(folder.parent)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        mode = folder.stat().st_mode
    except OSError as error:
        raise OperatorError(f"The folder {folder} for keys cannot be used: {error.strerror}.") from error
    if mode & 0o077:
        raise OperatorError(f"The folder {folder} for keys is open to other users: close it with chmod 700 {folder}")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
