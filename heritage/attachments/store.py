"""Sealed files under HERITAGE_VAR, named by the hash of the original; each file has a key of its own.

A file is a version byte, eight random bytes and pieces of 64 KiB, each encrypted with the file's key and bound to its
number, its part and whether it is the last: nothing can be cut off, put in or exchanged. The keys are sealed in the
database under the ring, so that a new key of the ring needs no file to be written again.
"""

import os
import secrets
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from heritage.core.errors import Unavailable
from heritage.sealing.errors import SealBroken
from heritage.settings import Settings, private_folder

VERSION = 1
PIECE_BYTES = 64 * 1024
_TAG_BYTES, _SALT_BYTES = 16, 8


class FilePart(StrEnum):
    """Which of a file's forms."""

    ORIGINAL = "original"
    VIEW = "view"
    THUMB = "thumb"


def new_key() -> bytes:
    """A key for one file."""
    return AESGCM.generate_key(256)


def write(settings: Settings, sha256: str, part: FilePart, data: bytes, *, key: bytes) -> None:
    """Seal a file's form; one of that name is replaced in one step.

    Args:    sha256: of the original, hex.  key: the file's own.
    Raises:  Unavailable when the disk does not take it.
    """
    path = _path(settings, sha256, part)
    salt, cipher = secrets.token_bytes(_SALT_BYTES), AESGCM(key)
    pieces = [data[at : at + PIECE_BYTES] for at in range(0, len(data), PIECE_BYTES)] or [b""]
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        private_folder(settings.var)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(bytes([VERSION]) + salt)
            for number, piece in enumerate(pieces):
                bound = _bound(sha256, part, number, last=number == len(pieces) - 1)
                file.write(cipher.encrypt(salt + number.to_bytes(4, "big"), piece, bound))
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise Unavailable(f"The attachment cannot be kept: {error.strerror}.") from error


def read(settings: Settings, sha256: str, part: FilePart, *, key: bytes) -> Iterator[bytes]:
    """A file's form, piece by piece.

    Raises:  SealBroken where it is missing, altered or cut.
    """
    try:
        file = _path(settings, sha256, part).open("rb")
    except OSError:
        raise SealBroken("The file of an attachment is missing.") from None
    with file:
        head = file.read(1 + _SALT_BYTES)
        salt, cipher, number = head[1:], AESGCM(key), 0
        piece = file.read(PIECE_BYTES + _TAG_BYTES)
        while True:
            following = file.read(PIECE_BYTES + _TAG_BYTES)
            bound = _bound(sha256, part, number, last=not following)
            try:
                yield cipher.decrypt(salt + number.to_bytes(4, "big"), piece, bound)
            except (InvalidTag, ValueError):
                raise SealBroken("The file of an attachment was altered or cut.") from None
            if not following:
                return
            piece, number = following, number + 1


def remove(settings: Settings, sha256: str) -> None:
    """Take away every form of a file."""
    for part in FilePart:
        _path(settings, sha256, part).unlink(missing_ok=True)


def _path(settings: Settings, sha256: str, part: FilePart) -> Path:
    return settings.var.absolute() / "attachments" / sha256[:2] / f"{sha256}.{part}"


def _bound(sha256: str, part: FilePart, number: int, *, last: bool) -> bytes:
    return f"heritage/attachment/{VERSION}\x00{sha256}\x00{part}\x00{number}\x00{last}".encode()
