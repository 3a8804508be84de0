"""Addresses of recipients: a keyed hash to find them by, sealed bytes to open when a message leaves."""

import hashlib
import hmac

from heritage.accounts.domain import plain_address
from heritage.alerts.models import ADDRESS, WEBHOOK, Subscriber
from heritage.core.errors import N_, UnusableField
from heritage.sealing.envelope import Purpose
from heritage.sealing.keyring import open_keyring
from heritage.settings import Settings


def checked_address(text: str) -> str:
    """An e-mail address as it is kept.  Raises: InvalidInput, which does not repeat it."""
    address = plain_address(text)
    if address is None:
        raise UnusableField("address", N_("This is not an e-mail address."))
    return address


def hash_address(address: str, settings: Settings) -> str:
    """A name for a recipient from which nobody without the secret key can tell the address.

    Returns: 64 hex digits, the same for the same address in any case.
    """
    key = hashlib.sha256(b"recipients\n" + settings.secret().encode()).digest()
    return hmac.new(key, address.strip().casefold().encode(), hashlib.sha256).hexdigest()


def seal_address(settings: Settings, to_hash: str, address: str) -> bytes:
    """The address as it is stored beside its hash."""
    return open_keyring(settings).seal(Purpose.ADDRESSES, ADDRESS.identity(to_hash), address.encode())


def seal_webhook(settings: Settings, to_hash: str, secret_and_url: str) -> bytes:
    """Where to post to, with the secret it is signed with."""
    return open_keyring(settings).seal(Purpose.ADDRESSES, WEBHOOK.identity(to_hash), secret_and_url.encode())


def open_address(settings: Settings, subscriber: Subscriber) -> str | None:
    """The address in clear, to hand a message over and for nothing else; None once it was thrown away.

    Raises:  SealError when the key is not there or the bytes were altered.
    """
    if subscriber.address is None:
        return None
    identity = ADDRESS.identity(subscriber.to_hash)
    return open_keyring(settings).open(Purpose.ADDRESSES, identity, subscriber.address).decode()


def open_webhook(settings: Settings, subscriber: Subscriber) -> str | None:
    """Where to post to, with the secret; None when there is none."""
    if subscriber.webhook is None:
        return None
    identity = WEBHOOK.identity(subscriber.to_hash)
    return open_keyring(settings).open(Purpose.ADDRESSES, identity, subscriber.webhook).decode()
