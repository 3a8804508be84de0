"""Mail: text and HTML through an SMTP server, or as files when no server is configured."""

import hashlib
import os
import re
import smtplib
import ssl
import tempfile
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr
from functools import cached_property, partial
from pathlib import Path
from threading import Lock
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from heritage.channels.base import (
    Channel,
    Message,
    PermanentFailure,
    Recipient,
    TemporaryFailure,
    Why,
    identity_of,
)
from heritage.core.clock import Clock, SystemClock
from heritage.core.errors import InvalidInput
from heritage.db.engine import Database
from heritage.settings import Settings, private_folder

TIMEOUT_S = 30.0
# Many servers end a connection after a hundred messages.
MESSAGES_A_CONNECTION = 50
# A thread may be long; a header line may not.
MOST_REFERENCES = 20
# One "@", no space, no control character, no list, no route; what is stricter is the server's to say.
_ADDRESS = re.compile(r"[^\s@<>,;:\"\\()\[\]\x00-\x1f\x7f]+@[^\s@<>,;:\"\\()\[\]\x00-\x1f\x7f]+")
_PICTURE = re.compile(r"data:image/png;base64,([A-Za-z0-9+/]+={0,2})")
_FULL = re.compile(
    r"quota|(mailbox|inbox|account)[^.]{0,30} full|full (mail|in)box|insufficient (disk|system )?storage"
)
_NOBODY = re.compile(
    r"user unknown|unknown (user|recipient|address|mailbox)|no such (user|recipient|address|mailbox|person|domain)"
    r"|(user|recipient|address|account|mailbox|email)[^.]{0,40} (does not|doesn.t) exist|(user|recipient) not found"
    r"|no mailbox( here)?|invalid (recipient|mailbox|address)|mailbox (unavailable|not found)|unrouteable address"
    r"|couldn.t find any host named|host( or domain name)? not found|all relevant mx records point to non-existent"
)
_POLICY = re.compile(r"spam|block|blacklist|reputation|policy|denied|dnsbl|\brbl\b|relay|dmarc|\bspf\b|reject(ed)? for")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


class _WholeHeader(UnstructuredHeader):
    """A header in one line: an address folded as encoded words is one no mail program's button can follow."""

    def fold(self, *, policy: Policy) -> str:
        """The header as it is; its value is ASCII and far below the longest line mail allows."""
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]  # the registry mixes it in


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _WholeHeader)  # type: ignore[arg-type]  # as the library does itself
POLICY = SMTP.clone(header_factory=_HEADERS)


@dataclass(frozen=True)
class SMTPServer:
    """Where mail is handed over.

    ``security`` is "tls" (from the first byte), "starttls" (insisted on) or "opportunistic" (STARTTLS when offered).
    """

    host: str
    port: int
    security: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    verify: bool = True


def parse_smtp_url(url: str) -> SMTPServer:
    """Read an SMTP address.

    Args:    url: ``smtp://host:port``, ``smtp+starttls://…`` or ``smtps://user:password@host``; ``?verify=no`` accepts
             a certificate of the server's own making.
    Returns: the server; ports 25, 587 and 465 by default. With a password, encryption is insisted on unless the server
             is this machine itself.
    Raises:  InvalidInput, without the password in its words.
    """
    parts = urlsplit(url)
    ports = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
    if parts.scheme not in ports or not parts.hostname:
        raise InvalidInput("HERITAGE_SMTP_URL must look like smtp://host:port or smtps://user:password@host:port.")
    try:
        port = parts.port or ports[parts.scheme]
    except ValueError:
        raise InvalidInput("HERITAGE_SMTP_URL names a port that is none.") from None
    return SMTPServer(
        host=parts.hostname,
        port=port,
        security=_security(parts),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        verify=parse_qs(parts.query).get("verify") != ["no"],
    )


def _security(parts: SplitResult) -> str:
    if parts.scheme == "smtps":
        return "tls"
    loopback = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if parts.scheme == "smtp+starttls" or (parts.password and not loopback):
        return "starttls"
    return "opportunistic"


def message_id(message: Message, recipient: Recipient, domain: str, secret: str = "") -> str:
    """An identity that is the same whenever the same message goes to the same recipient.

    Returns: ``<hash@domain>``; the hash tells nothing of the recipient to whoever does not know the address already.
    """
    return _id_of(message.key, recipient, domain, secret)


def _id_of(key: str, recipient: Recipient, domain: str, secret: str) -> str:
    return f"<{identity_of(key, recipient, secret)}@{domain}>"


def build_mail(message: Message, recipient: Recipient, sender: str, clock: Clock, secret: str = "") -> EmailMessage:
    """A message in the form mail has.

    Args:    sender: an address, with or without a name.  secret: what keeps its Message-ID from being guessed.
    Returns: text, with HTML and its images as its alternative; no line break or control character of a header's value
             survives.
    Raises:  PermanentFailure when the recipient's address is none.
    """
    if not _ADDRESS.fullmatch(recipient.address) or not recipient.address.isprintable():
        raise PermanentFailure("The recipient's address is not one that mail can go to.", Why.NO_SUCH_RECIPIENT)
    mail = EmailMessage(policy=POLICY)
    name, address = parseaddr(sender)
    domain = address.rpartition("@")[2] or "localhost"
    try:
        mail["From"] = Address(_one_line(name), addr_spec=address)
        mail["To"] = Address(addr_spec=recipient.address)
    except (ValueError, MessageError) as error:
        raise PermanentFailure(
            "The sender's or the recipient's address is not one that mail can go to.", Why.NO_SUCH_RECIPIENT
        ) from error
    mail["Subject"] = _one_line(message.subject)
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = message_id(message, recipient, domain, secret)
    given = {header.lower() for header in message.headers}
    for header, value in {**_own_headers(message, recipient, domain, secret), **message.headers}.items():
        if header in message.headers or header.lower() not in given:
            mail[header] = _one_line(value)
    mail.set_content(message.text)
    if message.html is not None:
        _add_html(mail, message.html, domain)
    # Last: setting the content takes away every header that begins with its name.
    mail["Content-Language"] = recipient.language
    return mail


def _own_headers(message: Message, recipient: Recipient, domain: str, secret: str) -> dict[str, str]:
    # Answering machines leave mail alone that was made by a program.
    headers = {"Auto-Submitted": "auto-generated"}
    if message.follows:
        earlier = [_id_of(key, recipient, domain, secret) for key in message.follows[-MOST_REFERENCES:]]
        headers |= {"In-Reply-To": earlier[-1], "References": " ".join(earlier)}
    if message.stop_url:
        # RFC 8058: the mail program posts this very value to the address, without a cookie.
        headers |= {"List-Unsubscribe": f"<{message.stop_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return headers


def _add_html(mail: EmailMessage, html: str, domain: str) -> None:
    """Many mail programs show no picture that stands in the HTML itself: each travels beside it, once."""
    names: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        name = hashlib.sha256(found[1].encode()).hexdigest()[:24]
        names[f"{name}@{domain}"] = found[1]
        return f"cid:{name}@{domain}"

    mail.add_alternative(_PICTURE.sub(named, html), subtype="html")
    part = list(mail.iter_parts())[-1]
    assert isinstance(part, EmailMessage)
    for name, encoded in names.items():
        part.add_related(b64decode(encoded), "image", "png", cid=f"<{name}>", disposition="inline")


def _one_line(value: str) -> str:
    return _CONTROL.sub(" ", value).strip()


class SMTPChannel:
    """Hands mail to one SMTP server: a connection a message, or many over one while it is kept open."""

    name = "email"

    def __init__(
        self,
        server: SMTPServer,
        sender: str,
        clock: Clock,
        *,
        secret: Callable[[], str] = str,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._server, self._sender, self._clock, self._timeout_s = server, sender, clock, timeout_s
        self._secret = secret
        # Connections that nobody uses just now, each with the number of messages it took.
        self._idle: list[tuple[smtplib.SMTP, int]] = []
        self._keepers, self._lock = 0, Lock()

    def send(self, message: Message, recipient: Recipient) -> str:
        """Hand over one message; the server's answer decides between temporary and permanent."""
        mail = build_mail(message, recipient, self._sender, self._clock, self._secret())
        with _translated(recipient), self._connection() as connection:
            connection.send_message(mail, to_addrs=[recipient.address])
        return str(mail["Message-ID"])

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Within it connections are used again; the last to leave closes them."""
        with self._lock:
            self._keepers += 1
        try:
            yield
        finally:
            with self._lock:
                self._keepers -= 1
                left, self._idle = ([], self._idle) if self._keepers else (self._idle, [])
            for connection, _ in left:
                _farewell(connection)

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        connection, taken = self._free() or (self._open(), 0)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._lock:
            keep = self._keepers > 0 and taken + 1 < MESSAGES_A_CONNECTION
            if keep:
                self._idle.append((connection, taken + 1))
        if not keep:
            _farewell(connection)

    def _free(self) -> tuple[smtplib.SMTP, int] | None:
        """A connection that nobody uses and that still answers, None when one must be opened."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection, taken = self._idle.pop()
            if _answers(connection):
                return connection, taken
            connection.close()

    def _open(self) -> smtplib.SMTP:
        server = self._server
        kind = smtplib.SMTP
        if server.security == "tls":
            kind = partial(smtplib.SMTP_SSL, context=self._tls)  # type: ignore[assignment]  # called alike
        connection = kind(server.host, server.port, timeout=self._timeout_s)
        try:
            connection.ehlo()
            offered = connection.has_extn("starttls")
            if server.security == "starttls" or (server.security == "opportunistic" and offered):
                connection.starttls(context=self._tls)
                connection.ehlo()
            if server.user and server.password:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # Once for all connections: reading the machine's certificates takes longer than handing a message over.
        context = ssl.create_default_context()
        # Without insisting on encryption, a certificate that cannot be checked is still better than none.
        if not self._server.verify or self._server.security == "opportunistic":
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def _answers(connection: smtplib.SMTP) -> bool:
    try:
        return connection.rset()[0] == 250
    except (smtplib.SMTPException, OSError):
        return False


def _farewell(connection: smtplib.SMTP) -> None:
    # Every message was taken by now: a bad farewell must not make it look otherwise.
    with suppress(smtplib.SMTPException, OSError):
        connection.quit()
    connection.close()


@contextmanager
def _translated(recipient: Recipient) -> Iterator[None]:
    """Turn what smtplib raises into the contract's two failures, without the recipient's address."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        raise failure_of(code, answer, recipient) from None
    except smtplib.SMTPAuthenticationError as error:
        # The password may be put right, so the message is kept for later.
        raise TemporaryFailure(
            f"The mail server did not accept the name and password ({error.smtp_code}).", Why.MISCONFIGURED
        ) from None
    except smtplib.SMTPSenderRefused as error:
        if error.smtp_code < 500:
            raise failure_of(error.smtp_code, error.smtp_error, recipient) from None
        # A matter of this program's settings, not of the message: it is kept for later as well.
        raise TemporaryFailure(
            f"The mail server refuses mail from this sender ({error.smtp_code}).", Why.MISCONFIGURED
        ) from None
    except smtplib.SMTPResponseException as error:
        raise failure_of(error.smtp_code, error.smtp_error, recipient) from None
    except smtplib.SMTPNotSupportedError as error:
        raise PermanentFailure(f"The mail server cannot do what is needed: {error}.", Why.MISCONFIGURED) from None
    except (smtplib.SMTPException, ssl.SSLError, OSError) as error:
        # A connection that ends after the message, before the answer, is among these: nobody can tell whether it was
        # taken. It is sent again, with the same Message-ID.
        raise TemporaryFailure(f"The mail server does not answer as it should: {type(error).__name__}.") from None


def failure_of(code: int, answer: bytes | str, recipient: Recipient) -> TemporaryFailure | PermanentFailure:
    """What a server's answer means for a message.

    Args:    code: of three digits.  answer: the server's words, with its enhanced status code (RFC 3463) if it has one.
    Returns: a full mailbox is temporary whatever the code (552 is used for it too): people empty them. Other 5xx are
             permanent. The recipient's address is taken out of the words.
    """
    words = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    words = _without_addresses(_one_line(words), recipient.address)
    why = _why(code, words)
    said = f"The mail server answered {code}: {words[:200]}"
    if 500 <= code < 600 and why is not Why.MAILBOX_FULL:
        return PermanentFailure(said, why)
    return TemporaryFailure(said, why, _asked_s(words))


def _without_addresses(words: str, address: str) -> str:
    """A server's words without anybody's address, also where it was rewritten, written into a link, or cut in two."""
    words = re.sub(r"(?:%|=)40", "@", words)
    words = re.sub(re.escape(address), "(recipient)", words, flags=re.IGNORECASE)
    words = re.sub(r"[^\s<>@]+@[^\s<>@]+", "(address)", words)
    # "User reader unknown": the name before the sign is half an address.
    name, sign, domain = address.partition("@")
    for half, shown in ((name, "(recipient)"), (domain, "(domain)")):
        if sign and len(half) > 1:
            words = re.sub(rf"(?<!\w){re.escape(half)}(?!\w)", shown, words, flags=re.IGNORECASE)
    return words


def _asked_s(words: str) -> float | None:
    """How long a server asks to be left alone, in seconds, at most an hour; many that greylist write it down."""
    found = re.search(r"\b(\d{1,4}) ?(s|sec|seconds?|min|minutes?)\b", words, re.IGNORECASE)
    if found is None:
        clock = re.search(r"\b(\d\d):(\d\d):(\d\d)\b", words)
        return (
            min(sum(int(n) * f for n, f in zip(clock.groups(), (3600, 60, 1), strict=True)), 3600.0) if clock else None
        )
    return min(float(found[1]) * (60 if found[2].lower().startswith("m") else 1), 3600.0)


def _why(code: int, words: str) -> Why:
    status = re.match(r"[245]\.(\d{1,3}\.\d{1,3})\b", words)
    detail, said = status.group(1) if status else "", words.lower()
    # A server that says "other" (5.0.0) means what its words mean.
    vague = detail in ("", "0.0")
    if detail == "2.2" or (vague and (code == 552 or (code >= 452 and _FULL.search(said)))):
        return Why.TOO_LARGE if vague and re.search("size|large|big", said) else Why.MAILBOX_FULL
    if detail in ("3.4", "2.3"):
        return Why.TOO_LARGE
    if code in (450, 451) and (detail == "7.1" or re.search("gr[ea]y ?-?list", said)):
        return Why.GREYLISTED
    if code < 500:
        return Why.BUSY
    if vague:
        # A refusal of the sender or the message in the code for "no such mailbox" says nothing of the mailbox.
        nobody = bool(_NOBODY.search(said)) or (not detail and code in (550, 551, 553) and not _POLICY.search(said))
    else:
        # 4.4: the part behind the sign is no domain that takes mail, as after a slip of the finger.
        nobody = detail in ("1.1", "1.2", "1.3", "1.6", "1.10", "2.1", "4.4")
    return Why.NO_SUCH_RECIPIENT if nobody else Why.REFUSED


class FileChannel:
    """Writes mail to a folder that only its owner may read, one file a message: what happens without an SMTP server."""

    name = "email"

    def __init__(self, folder: Path, sender: str, clock: Clock, *, secret: Callable[[], str] = str) -> None:
        self._folder, self._sender, self._clock, self._secret = folder, sender, clock, secret

    def send(self, message: Message, recipient: Recipient) -> str:
        """Write one message; the same message to the same recipient is the same file."""
        mail = build_mail(message, recipient, self._sender, self._clock, self._secret())
        identity = str(mail["Message-ID"])
        name = re.sub(r"[^A-Za-z0-9.-]+", "-", message.key)[:60] + "-" + identity[1:17] + ".eml"
        try:
            _write_private(private_folder(self._folder) / name, mail.as_bytes())
        except OSError as error:
            raise TemporaryFailure(f"The mail could not be written to {self._folder}: {error.strerror}.") from error
        return identity


def _write_private(path: Path, content: bytes) -> None:
    # mkstemp makes the file 0600; the rename makes it appear whole or not at all.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(temporary).rename(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def open_email(settings: Settings, clock: Clock | None = None, database: Database | None = None) -> Channel:
    """The mail channel that the settings ask for.

    Raises:  InvalidInput when the address of the server or of the sender cannot be used.
    """
    clock = clock or SystemClock()
    if not (settings.mail_from.isprintable() and _ADDRESS.fullmatch(parseaddr(settings.mail_from)[1])):
        raise InvalidInput("mail_from is not an address mail can come from.")
    secret = partial(_secret_of, settings)
    if settings.smtp_url is None:
        return FileChannel(settings.var / "mail", settings.mail_from, clock, secret=secret)
    server = parse_smtp_url(settings.smtp_url.get_secret_value())
    return SMTPChannel(server, settings.mail_from, clock, secret=secret)


def _secret_of(settings: Settings) -> str:
    # Where there is none yet, a summary sent by hand leaves all the same.
    try:
        return settings.secret()
    except InvalidInput:
        return ""
