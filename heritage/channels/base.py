"""The contract of a channel: what a message and a recipient are, and the two ways in which sending fails."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from heritage.core.errors import HeritageError


class TemporaryFailure(HeritageError):
    """The message was not taken now, but may be later; nothing was delivered. The words name no recipient."""


class PermanentFailure(HeritageError):
    """The message will never be taken in this form; trying again is of no use. The words name no recipient."""


@dataclass(frozen=True)
class Recipient:
    """Whom a message goes to; the address never appears in a log (``repr`` hides it)."""

    address: str = field(repr=False)
    language: str = "en"


@dataclass(frozen=True)
class Message:
    """What is said: the same words as text and as HTML.

    ``key`` is the natural key of the message (for example "digest 2015-05-21"): with the recipient it makes the
    identity under which a second copy is recognised by whoever receives it. ``headers`` are additional ones, by name.
    """

    key: str
    subject: str
    text: str
    html: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Channel(Protocol):
    """One way to reach people."""

    name: str

    def send(self, message: Message, recipient: Recipient) -> str:
        """Hand the message over, once.

        Returns: the identity under which it was handed over, the same for the same message key and recipient.
        Raises:  TemporaryFailure when it may be tried again, PermanentFailure when not.
        """
        ...
