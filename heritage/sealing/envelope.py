"""One sealed value: AES-256-GCM under a named key, bound to the row it belongs to, padded to a fixed size.

The bytes describe themselves: version (1 byte), key id (8), nonce (12), ciphertext with tag. Inside, four bytes give
the length of the plain value, then comes the value, then zeros up to the next multiple of the purpose's step.
"""

from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from heritage.sealing.errors import SealBroken

VERSION = 1
KEY_BYTES, KEY_ID_BYTES, NONCE_BYTES, TAG_BYTES = 32, 8, 12, 16
_HEAD = 1 + KEY_ID_BYTES + NONCE_BYTES
_LENGTH_BYTES = 4
LARGEST_BYTES = 16 * 1024 * 1024  # a sealed value is held in memory; files are sealed in pieces of their own


class Purpose(StrEnum):
    """What a key is for; each purpose has keys of its own, so that one can be kept elsewhere or lost alone."""

    PLACES = "places"
    REPORTERS = "reporters"
    ADDRESSES = "addresses"
    ATTACHMENTS = "attachments"


# A sealed value is as long as the next multiple: nearly every one of a purpose then has one and the same length.
STEP_BYTES = {Purpose.PLACES: 4096, Purpose.REPORTERS: 512, Purpose.ADDRESSES: 512, Purpose.ATTACHMENTS: 512}


def bound_to(table: str, column: str, row: object) -> str:
    """The identity of a value: the row and column it belongs to, so that it cannot be moved to another.

    Args:    row: the row's stable key, known before the value is sealed; not null.
    """
    return f"{table}.{column}:{row}"


def close(purpose: Purpose, identity: str, plain: bytes, *, key_id: bytes, key: bytes, nonce: bytes) -> bytes:
    """Seal a value.

    Args:    identity: from ``bound_to``.  plain: at most 16 MiB.  key_id: 8 bytes.  key: 32 bytes.
             nonce: 12 random bytes, never used before with this key.
    Returns: the sealed bytes; for one purpose always of the same length, up to its step.
    Raises:  ValueError for a value that is too long.
    Source:  NIST SP 800-38D, 96-bit random nonces.
    """
    if len(plain) > LARGEST_BYTES:
        raise ValueError("too long to be sealed in one piece")
    filled = len(plain).to_bytes(_LENGTH_BYTES, "big") + plain
    filled += bytes(-len(filled) % STEP_BYTES[purpose])
    return bytes([VERSION]) + key_id + nonce + AESGCM(key).encrypt(nonce, filled, _context(purpose, identity))


def key_id_of(sealed: bytes) -> bytes:
    """The key a value was sealed with, 8 bytes.  Raises: SealBroken when these are no sealed bytes."""
    if len(sealed) < _HEAD + _LENGTH_BYTES + TAG_BYTES or sealed[0] != VERSION:
        raise SealBroken("What is stored here is no sealed value: it was cut or written over.")
    return bytes(sealed[1 : 1 + KEY_ID_BYTES])


def reveal(purpose: Purpose, identity: str, sealed: bytes, *, key: bytes) -> bytes:
    """The plain value.  Raises: SealBroken when a bit was altered, or it belongs to another row, column or purpose."""
    key_id_of(sealed)
    nonce = sealed[1 + KEY_ID_BYTES : _HEAD]
    try:
        filled = AESGCM(key).decrypt(nonce, sealed[_HEAD:], _context(purpose, identity))
    except InvalidTag:
        raise SealBroken(
            "A sealed value does not open: it was altered, or it belongs to another row. Nothing of it is shown."
        ) from None
    length = int.from_bytes(filled[:_LENGTH_BYTES], "big")
    return filled[_LENGTH_BYTES : _LENGTH_BYTES + length]


def _context(purpose: Purpose, identity: str) -> bytes:
    return f"heritage/{VERSION}\x00{purpose}\x00{identity}".encode()
