"""Why something sealed cannot be read; each message is for people and holds nothing of what was sealed."""

from heritage.core.errors import HeritageError


class SealError(HeritageError):
    """Something sealed cannot be had; nothing was changed."""


class KeyMissing(SealError):
    """The key is not in the ring; once it is put back, everything sealed with it can be read again."""


class SealBroken(SealError):
    """The sealed bytes were altered, cut, or belong to another row."""
