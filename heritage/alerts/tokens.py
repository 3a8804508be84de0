"""Signed tokens of one purpose that end: in links of letters, where nobody is signed in."""

from datetime import datetime
from enum import StrEnum

from itsdangerous import BadData, URLSafeSerializer

from heritage.settings import Settings


class TokenFor(StrEnum):
    """What a link may be used for, and nothing else."""

    CONFIRM = "confirm"
    STOP = "stop"
    MANAGE = "manage"


def make_token(settings: Settings, purpose: TokenFor, number: int, expires_at: datetime) -> str:
    """A token about one subscriber.

    Args:    number: the subscriber's.  expires_at: aware.
    Returns: text for an address; it tells the number, never who that is.
    """
    return str(_signer(settings, purpose).dumps([number, int(expires_at.timestamp())]))


def read_token(settings: Settings, purpose: TokenFor, token: str, now: datetime) -> int | None:
    """The subscriber a token is about; None when it was made for something else, was altered or has ended."""
    try:
        number, expires = _signer(settings, purpose).loads(token)
        return int(number) if now.timestamp() < expires else None
    except (BadData, ValueError, TypeError):
        return None


def _signer(settings: Settings, purpose: TokenFor) -> URLSafeSerializer:
    return URLSafeSerializer(settings.secret(), salt=f"heritage subscription {purpose}")
