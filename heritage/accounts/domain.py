"""How long a sign-in, an invitation and a token last, and what is kept of their secrets."""

import hashlib
import re
from datetime import datetime, timedelta

IDLE = timedelta(minutes=60)
ABSOLUTE = timedelta(hours=12)
# The moment of last use is kept this roughly: enough for the idle limit, and no write for every page.
USED_STEP = timedelta(minutes=1)
INVITATION = timedelta(days=7)
FIRST_LINK = timedelta(hours=24)
LONGEST_TOKEN_DAYS = 365
PASSWORD_LENGTH = 12
_ADDRESS = re.compile(r"[^\s@<>,;:\"\\()\[\]\x00-\x1f\x7f]+@[^\s@<>,;:\"\\()\[\]\x00-\x1f\x7f]+")


def secret_hash(secret: str) -> bytes:
    """What is kept of a random secret; it is long enough that a plain hash cannot be turned back.

    Args:    secret: at least 32 random bytes as text.  Returns: SHA-256, 32 bytes.
    """
    return hashlib.sha256(secret.encode()).digest()


def session_lives(began_at: datetime, used_at: datetime, now: datetime) -> bool:
    """Whether a session still counts: used within the idle limit, and begun within the absolute one."""
    return now - used_at < IDLE and now - began_at < ABSOLUTE


def plain_address(text: str) -> str | None:
    """An e-mail address as it is kept, in lower case; None when it is none."""
    address = text.strip().lower()
    return address if len(address) <= 254 and _ADDRESS.fullmatch(address) and address.isprintable() else None
