"""Webhooks: a message as signed JSON to an address that a reader gave, and never into a private network."""

import base64
import hashlib
import hmac
import json
import logging
import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

import httpx2

from heritage import __version__
from heritage.channels.base import Channel, Message, PermanentFailure, Recipient, TemporaryFailure, Why, identity_of
from heritage.core.clock import Clock
from heritage.core.errors import N_, InvalidInput, UnusableField
from heritage.core.outgoing import Deadline, PinnedBackend, PinnedTransport, PrivateAddress, Resolve, TooSlow, resolve
from heritage.db.engine import Database
from heritage.settings import Settings

CONNECT_S, TOTAL_S = 5.0, 20.0
MOST_REDIRECTS = 3
LONGEST_URL = 2000
# A redirect of another kind would turn the message into a question.
_FOLLOWED = (307, 308)
_LATER = (408, 425, 429)
# These lines would hold whole addresses, and an address is its owner's.
for _chatty in ("httpx2", "httpcore2"):
    logging.getLogger(_chatty).setLevel(logging.WARNING)


def new_target(url: str) -> str:
    """An address with a mark of its own, so that making it anew makes a new secret: what is kept of a webhook."""
    return f"{url} {secrets.token_hex(16)}"


def url_of(target: str) -> str:
    """Where to post to."""
    return re.sub(r" [0-9a-f]{32}\Z", "", target)


def signing_secret(target: str, settings: Settings) -> str:
    """What messages to an address are signed with: handed to its owner, never stored, the same every time.

    Args:    target: the address, with its mark if it has one.
    Returns: "whsec_" and the key in base64.
    Source:  Standard Webhooks, "Signing secret serialization".
    """
    key = hmac.new(settings.secret().encode(), b"webhook\n" + target.encode(), hashlib.sha256).digest()
    return "whsec_" + base64.b64encode(key).decode()


def sign(secret: str, identity: str, timestamp: int, body: bytes) -> str:
    """The value of the header webhook-signature.

    Args:    timestamp: seconds since 1970, of this very try.
    Source:  Standard Webhooks, symmetric signatures: HMAC-SHA256 over "id.timestamp.body".
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{identity}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def body_of(message: Message, at: datetime) -> bytes:
    """A message as a program reads it: its kind, the moment, the words, and what they rest on."""
    data = {"subject": message.subject, "text": message.text, **(message.data or {})}
    document = {"type": message.kind, "timestamp": at.isoformat(), "data": data}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def check_url(url: str, trusted: Iterable[str] = ()) -> None:
    """Refuse what is no address to post to; whom it leads to is looked at when it is used.

    Args:    trusted: "host:port" that may do without TLS.
    Raises:  InvalidInput, which does not repeat the address.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise UnusableField("webhook", N_("This is no web address.")) from None
    if parts.scheme not in ("https", "http") or not host or not url.isprintable() or len(url) > LONGEST_URL:
        raise UnusableField("webhook", N_("This is no web address that begins with https."))
    if parts.username or parts.password or parts.fragment or " " in url:
        raise UnusableField("webhook", N_("Leave name, password, blanks and # out; messages are signed instead."))
    if parts.scheme == "http" and f"{host}:{port}" not in set(trusted):
        raise UnusableField("webhook", N_("The address must begin with https."))


class WebhookChannel:
    """Posts signed JSON; the recipient's address is where to.

    Args:    trusted: "host:port" that the operator wrote down and that may be private or without TLS.  look_up: how
             names become addresses, for tests.
    """

    name = "webhook"

    def __init__(
        self, settings: Settings, clock: Clock, *, look_up: Resolve = resolve, total_s: float = TOTAL_S
    ) -> None:
        self._settings, self._clock, self._look_up, self._total_s = settings, clock, look_up, total_s

    def send(self, message: Message, recipient: Recipient) -> str:
        """Post one message; any answer of 200 to 299 means that it was taken."""
        identity = f"msg_{identity_of(message.key, recipient)}"
        now = self._clock.now()
        body = body_of(message, now)
        timestamp = int(now.timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": f"heritage/{__version__}",
            "webhook-id": identity,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(signing_secret(recipient.address, self._settings), identity, timestamp, body),
        }
        self._post(url_of(recipient.address), headers, body)
        return identity

    def _post(self, url: str, headers: dict[str, str], body: bytes) -> None:
        deadline = Deadline()
        deadline.begin(self._total_s)
        backend = PinnedBackend(_pairs(self._settings.webhook_trusted), deadline, self._look_up)
        timeout = httpx2.Timeout(self._total_s, connect=CONNECT_S)
        with httpx2.Client(transport=PinnedTransport(backend), timeout=timeout, trust_env=False) as client:
            for _ in range(MOST_REDIRECTS + 1):
                status, onward, after = self._ask(client, url, headers, body)
                if status not in _FOLLOWED or not onward:
                    return self._judge(status, after)
                if urlsplit(url).scheme == "https" and urlsplit(urljoin(url, onward)).scheme != "https":
                    raise PermanentFailure("The webhook leads from a protected connection to an open one.", Why.REFUSED)
                url = urljoin(url, onward)
        raise PermanentFailure(f"The webhook redirects more than {MOST_REDIRECTS} times.", Why.REFUSED)

    def _ask(
        self, client: httpx2.Client, url: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, str | None, str | None]:
        """One request: status, where it is sent on to, and how long to wait; what the other side says is not read."""
        try:
            check_url(url, self._settings.webhook_trusted)
            with client.stream("POST", url, headers=headers, content=body) as response:
                return response.status_code, response.headers.get("location"), response.headers.get("retry-after")
        except InvalidInput as error:
            raise PermanentFailure(str(error), Why.REFUSED) from None
        except PrivateAddress:
            # Neither the name nor what it leads to is told: the answer would be a map of the network.
            raise PermanentFailure(
                "The webhook leads into a private network; nothing was sent.", Why.PRIVATE_ADDRESS
            ) from None
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol):
            raise PermanentFailure("The webhook's address cannot be posted to.", Why.REFUSED) from None
        except (httpx2.TransportError, TooSlow) as error:
            raise TemporaryFailure(f"The webhook does not answer: {type(error).__name__}.") from None

    def _judge(self, status: int, after: str | None) -> None:
        if 200 <= status < 300:
            return
        words = f"The webhook answered {status}."
        if status == 410:
            raise PermanentFailure(words, Why.NO_SUCH_RECIPIENT)
        if status >= 500 or status in _LATER:
            raise TemporaryFailure(words, Why.BUSY, _wait_s(after, self._clock.now()))
        raise PermanentFailure(words, Why.REFUSED)


def _pairs(trusted: Iterable[str]) -> set[tuple[str, int]]:
    return {(host, int(port)) for host, _, port in (entry.rpartition(":") for entry in trusted)}


def _wait_s(text: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After header, a number or a date, at most a day; None when it says nothing usable."""
    if not text:
        return None
    if text.strip().isdigit():
        return float(min(int(text.strip()[:9]), 86_400))
    try:
        return max(0.0, min((parsedate_to_datetime(text) - now).total_seconds(), 86_400.0))
    except (TypeError, ValueError):
        return None


def open_webhook(settings: Settings, clock: Clock, database: Database) -> Channel:
    """The webhooks of this installation.

    Raises:  InvalidInput when a trusted host is not written as host:port.
    """
    try:
        _pairs(settings.webhook_trusted)
    except ValueError:
        raise UnusableField("webhook_trusted", N_("Write each host with its port, as siem.intern:8443.")) from None
    return WebhookChannel(settings, clock)
