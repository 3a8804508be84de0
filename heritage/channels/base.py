"""The contract of a channel: what a message and a recipient are, and the two ways in which sending fails."""

import hashlib
import hmac
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from heritage.core.errors import HeritageError


class Why(StrEnum):
    """What kept a message back: whether it is about the recipient, the message, or the way there."""

    NO_SUCH_RECIPIENT = "no_such_recipient"
    MAILBOX_FULL = "mailbox_full"
    GREYLISTED = "greylisted"
    REFUSED = "refused"
    TOO_LARGE = "too_large"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    MISCONFIGURED = "misconfigured"
    PRIVATE_ADDRESS = "private_address"
    UNWANTED = "unwanted"  # it arrived, and the reader said so to their provider


class DeliveryFailure(HeritageError):
    """A message was not delivered. The words name no recipient.

    why: what kept it back.  retry_after_s: how long the other side asks to be left alone, where it says so.
    """

    def __init__(self, words: str, why: Why = Why.UNREACHABLE, retry_after_s: float | None = None) -> None:
        super().__init__(words)
        self.why, self.retry_after_s = why, retry_after_s


class TemporaryFailure(DeliveryFailure):
    """The message was not taken now, but may be later; nothing was delivered, or nobody can tell whether it was."""


class PermanentFailure(DeliveryFailure):
    """The message will never be taken in this form; trying again is of no use."""

    @property
    def bounced(self) -> bool:
        """Whether it is the recipient that is not there, so that nothing else need be sent there either."""
        return self.why is Why.NO_SUCH_RECIPIENT


@dataclass(frozen=True)
class Recipient:
    """Whom a message goes to; the address never appears in a log (``repr`` hides it).

    address: as the channel takes it: a mail address, a web address to post to, the number of an account.
    """

    address: str = field(repr=False)
    language: str = "en"


@dataclass(frozen=True)
class Message:
    """What is said: the same words as text and as HTML.

    ``key`` is the natural key of the message (for example "digest 2015-05-21"): with the recipient it makes the
    identity under which a second copy is recognised by whoever receives it. ``follows`` are the keys of the earlier
    messages of its thread to the same recipient, oldest first. ``stop_url`` is where the recipient ends the
    subscription with one request (RFC 8058). ``kind`` and ``data`` are for programs: what happened, as JSON values.
    ``headers`` are additional ones of a mail, by name; one given here wins over what the channel would write. The HTML
    is whole: pictures stand in it as ``data:image/png;base64,…``.
    """

    key: str
    subject: str
    text: str
    html: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    follows: tuple[str, ...] = ()
    stop_url: str | None = None
    kind: str = "message"
    data: Mapping[str, Any] | None = None


def identity_of(key: str, recipient: Recipient, secret: str = "") -> str:
    """What a message with this key to this recipient is known by, always the same.

    Args:    secret: with it nobody else can work the identity out, also who knows key and address: a report that names
             it has seen the message.
    Returns: 40 hex digits, which tell nothing of the recipient.
    """
    said = f"{key}\n{recipient.address}".encode()
    digest = hmac.digest(secret.encode(), b"message\n" + said, "sha256") if secret else hashlib.sha256(said).digest()
    return digest.hex()[:40]


class Channel(Protocol):
    """One way to reach people."""

    name: str

    def send(self, message: Message, recipient: Recipient) -> str:
        """Hand the message over, once.

        Returns: the identity under which it was handed over, the same for the same message key and recipient.
        Raises:  TemporaryFailure when it may be tried again, PermanentFailure when not.
        """
        ...


@runtime_checkable
class KeepsOpen(Protocol):
    """A channel that hands many messages over one connection, while somebody asks it to."""

    def kept_open(self) -> AbstractContextManager[None]:
        """Within it connections are used again; the last to leave closes them."""
        ...


def kept_open(channel: Channel) -> AbstractContextManager[None]:
    """Keep what a channel has open between messages, where it has something of the kind."""
    return channel.kept_open() if isinstance(channel, KeepsOpen) else nullcontext()
