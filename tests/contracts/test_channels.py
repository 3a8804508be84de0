"""Every channel keeps the same contract; mail is tried against a real SMTP server on the loopback."""

import re
import shutil
import smtplib
import ssl
import stat
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from pytest_httpserver import HTTPServer

from heritage.channels.base import (
    Channel,
    DeliveryFailure,
    Message,
    PermanentFailure,
    Recipient,
    TemporaryFailure,
    Why,
)
from heritage.channels.email import FileChannel, SMTPChannel, parse_smtp_url
from heritage.channels.null import NullChannel
from heritage.channels.webhook import WebhookChannel
from heritage.core.clock import FixedClock
from heritage.services import Services
from heritage.settings import Settings

CLOCK = FixedClock(datetime(2015, 5, 21, 12, tzinfo=UTC))
SENDER = "Heritage watch <watch@example.org>"
READER = Recipient("reader@example.org")
ACCOUNT = (
    "insert into account (id, email, name, password, fs_uniquifier, fs_webauthn_user_handle, active, created_at)"
    " overriding system value"
)
MESSAGE = Message(
    "digest 2015-05-21",
    "Sites near fighting, 21 May 2015",
    "Palmyra: 1.84 km – تدمر\n",
    "<p>Palmyra: 1.84 km – تدمر</p>",
)


@dataclass
class Mailbox:
    """What an SMTP server took, and the answers it is told to give."""

    mails: list[EmailMessage] = field(default_factory=list)
    at_recipient: str = "250 OK"
    at_data: str = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """Take or refuse a recipient."""
        if self.at_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.at_recipient

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take or refuse a message."""
        if self.at_data.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.at_data


class Server(Controller):
    """aiosmtpd on a free port of the loopback."""

    def __init__(self, mailbox: Mailbox, **options: Any) -> None:
        super().__init__(mailbox, hostname="127.0.0.1", port=0, **options)

    def _trigger_server(self) -> None:
        # Controller asks the port it was given; with 0 the system chose another one.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def smtp_url(mailbox: Mailbox) -> Iterator[str]:
    server = Server(mailbox)
    server.start()
    yield f"smtp://127.0.0.1:{server.port}"
    server.stop()


def smtp(url: str) -> SMTPChannel:
    return SMTPChannel(parse_smtp_url(url), SENDER, CLOCK, timeout_s=5)


@dataclass(frozen=True)
class Case:
    """A channel with two recipients it reaches and one that there is not, None where it cannot tell."""

    channel: Channel
    reader: Recipient
    other: Recipient
    nobody: Recipient | None


@pytest.fixture
def inbox_case(services: Services) -> Case:
    with services.database.session() as session:
        for number in (1, 2):
            values = f"{number}, 'a{number}@example.org', 'A', 'x', 'u{number}', 'h{number}'"
            session.connection().exec_driver_sql(ACCOUNT + f" values ({values}, true, now())")
    return Case(services.channels["inbox"], Recipient("1"), Recipient("2"), Recipient("3"))


@pytest.fixture
def webhook_case(httpserver: HTTPServer, settings: Settings) -> Case:
    httpserver.expect_request("/gone").respond_with_data("", 410)
    httpserver.expect_request(re.compile("/(reader|other)")).respond_with_data("", 204)
    trusting = settings.model_copy(update={"webhook_trusted": [f"{httpserver.host}:{httpserver.port}"]})
    to = [Recipient(httpserver.url_for(path)) for path in ("/reader", "/other", "/gone")]
    return Case(WebhookChannel(trusting, CLOCK), *to)


@pytest.fixture(params=["null", "files", "smtp", "inbox", "webhook"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    makers: dict[str, Callable[[], Channel]] = {
        "null": NullChannel,
        "files": lambda: FileChannel(tmp_path / "mail", SENDER, CLOCK),
        "smtp": lambda: smtp(request.getfixturevalue("smtp_url")),
    }
    if request.param not in makers:
        found: Case = request.getfixturevalue(f"{request.param}_case")
        return found
    nobody = None if request.param == "null" else Recipient("nobody")
    return Case(makers[request.param](), READER, Recipient("other@example.org"), nobody)


def test_every_channel_of_the_program_is_tried_here(services: Services) -> None:
    assert set(services.channels) == {"email", "inbox", "webhook"}


def test_a_channel_takes_a_message_with_and_without_html(case: Case) -> None:
    assert case.channel.send(MESSAGE, case.reader)
    assert case.channel.send(Message("plain", "Subject", "text"), case.reader)


def test_a_channel_takes_everything_a_message_may_carry(case: Case) -> None:
    full = replace(
        MESSAGE, headers={"X-Kind": "a"}, follows=("digest 2015-05-20",), stop_url="https://heritage.example/stop/x",
        kind="alert.update", data={"level": 4, "site": {"name": "تدمر"}},
    )  # fmt: skip
    assert case.channel.send(full, case.reader)


def test_identity_is_the_same_for_the_same_message_and_differs_by_recipient_and_message(case: Case) -> None:
    identity = case.channel.send(MESSAGE, case.reader)
    assert case.channel.send(MESSAGE, case.reader) == identity
    assert case.channel.send(MESSAGE, case.other) != identity
    assert case.channel.send(Message("digest 2015-05-22", "s", "t"), case.reader) != identity


def test_a_recipient_that_there_is_not_fails_for_good_and_is_not_told(case: Case) -> None:
    if case.nobody is None:
        return
    with pytest.raises(PermanentFailure) as caught:
        case.channel.send(MESSAGE, case.nobody)
    assert caught.value.bounced
    assert case.nobody.address not in str(caught.value)


def test_a_recipient_does_not_show_its_address_when_logged() -> None:
    assert "reader" not in repr(READER)


def test_mail_carries_text_and_html_with_the_same_words(smtp_url: str, mailbox: Mailbox) -> None:
    identity = smtp(smtp_url).send(MESSAGE, READER)
    (mail,) = mailbox.mails
    assert mail["Message-ID"] == identity
    assert (mail["From"], mail["To"]) == (SENDER, "reader@example.org")
    assert mail["Subject"] == MESSAGE.subject
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert "تدمر" in html.get_content()


def test_a_header_cannot_be_smuggled_in(smtp_url: str, mailbox: Mailbox) -> None:
    smtp(smtp_url).send(
        Message("k", "Hello\r\nBcc: victim@example.org\r\n\r\nbody", "t", headers={"X-Kind": "a\nB: c"}), READER
    )
    (mail,) = mailbox.mails
    assert mail["Bcc"] is None
    assert mail["B"] is None
    assert mail["Subject"] == "Hello Bcc: victim@example.org body"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b@c",
        "a b@example.org",
        "a@example.org, b@example.org",
        "a@example.org\r\nRCPT TO:<b@example.org>",
        "<a@example.org>",
    ],
)
def test_an_address_that_is_none_fails_for_good_and_reaches_no_server(
    address: str, smtp_url: str, mailbox: Mailbox
) -> None:
    with pytest.raises(PermanentFailure):
        smtp(smtp_url).send(MESSAGE, Recipient(address))
    assert mailbox.mails == []


@pytest.mark.parametrize("stage", ["at_recipient", "at_data"])
@pytest.mark.parametrize(
    ("answer", "failure", "why"),
    [
        ("450 4.2.0 greylisted, reader@example.org, come back later", TemporaryFailure, Why.GREYLISTED),
        ("451 4.7.1 try again", TemporaryFailure, Why.GREYLISTED),
        ("451 4.3.0 try again", TemporaryFailure, Why.BUSY),
        ("452 4.2.2 mailbox full", TemporaryFailure, Why.MAILBOX_FULL),
        ("452 mailbox quota exceeded", TemporaryFailure, Why.MAILBOX_FULL),
        ("452 4.3.1 insufficient system storage", TemporaryFailure, Why.BUSY),
        ("552 5.2.2 mailbox full", TemporaryFailure, Why.MAILBOX_FULL),
        ("552 exceeded storage allocation", TemporaryFailure, Why.MAILBOX_FULL),
        ("552 5.3.4 message too big", PermanentFailure, Why.TOO_LARGE),
        ("552 message size exceeds the limit", PermanentFailure, Why.TOO_LARGE),
        ("550 5.1.1 no such user Reader@example.org", PermanentFailure, Why.NO_SUCH_RECIPIENT),
        ("550 <r.eader@example.org> unknown", PermanentFailure, Why.NO_SUCH_RECIPIENT),
        ("554 5.7.1 looks like spam", PermanentFailure, Why.REFUSED),
        ("550 5.7.26 not authenticated", PermanentFailure, Why.REFUSED),
    ],
)
def test_the_servers_answer_decides_whether_to_try_again_and_no_address_is_told(
    stage: str, answer: str, failure: type[DeliveryFailure], why: Why, smtp_url: str, mailbox: Mailbox
) -> None:
    setattr(mailbox, stage, answer)
    with pytest.raises(failure) as caught:
        smtp(smtp_url).send(MESSAGE, READER)
    assert answer[:3] in str(caught.value)
    assert caught.value.why is why
    assert "eader@example.org" not in str(caught.value).lower()
    assert mailbox.mails == []


def test_a_connection_that_ends_after_the_message_is_tried_again_under_the_same_identity(mailbox: Mailbox) -> None:
    class Dropping(SMTP):
        async def push(self, status: Any) -> None:
            if mailbox.mails and len(mailbox.mails) == 1 and str(status).startswith("250"):
                self.transport.close()
                return
            await super().push(status)

    class DroppingServer(Server):
        def factory(self) -> SMTP:
            return Dropping(self.handler, **self.SMTP_kwargs)

    server = DroppingServer(mailbox)
    server.start()
    try:
        channel = smtp(f"smtp://127.0.0.1:{server.port}")
        with pytest.raises(TemporaryFailure):
            channel.send(MESSAGE, READER)
        mailbox.mails.append(EmailMessage())
        identity = channel.send(MESSAGE, READER)
    finally:
        server.stop()
    first, _, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"] == identity


def test_mail_of_a_thread_names_the_earlier_ones_to_the_same_reader(smtp_url: str, mailbox: Mailbox) -> None:
    channel = smtp(smtp_url)
    first = channel.send(Message("thread 1", "s", "t"), READER)
    second = channel.send(Message("thread 2", "s", "t", follows=("thread 1",)), READER)
    channel.send(Message("thread 3", "s", "t", follows=("thread 1", "thread 2")), READER)
    mail = mailbox.mails[-1]
    assert mail["In-Reply-To"] == second
    assert mail["References"] == f"{first} {second}"
    assert mailbox.mails[0]["References"] is None


def test_mail_can_be_ended_with_one_click(smtp_url: str, mailbox: Mailbox) -> None:
    stop = "https://heritage.example/subscriptions/stop/" + "x" * 120
    smtp(smtp_url).send(replace(MESSAGE, stop_url=stop), READER)
    (mail,) = mailbox.mails
    assert mail["List-Unsubscribe"].replace(" ", "") == f"<{stop}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_header_given_wins_over_the_channels_own(smtp_url: str, mailbox: Mailbox) -> None:
    given = {"list-unsubscribe": "<https://heritage.example/other>"}
    smtp(smtp_url).send(replace(MESSAGE, stop_url="https://heritage.example/stop", headers=given), READER)
    (mail,) = mailbox.mails
    assert mail.get_all("List-Unsubscribe") == ["<https://heritage.example/other>"]


def test_pictures_travel_beside_the_html_each_once(smtp_url: str, mailbox: Mailbox) -> None:
    picture = f'<img src="data:image/png;base64,{b64encode(b"PNG of a map").decode()}" alt="">'
    smtp(smtp_url).send(replace(MESSAGE, html=f"<p>{picture} {picture}</p>"), READER)
    (mail,) = mailbox.mails
    (png,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert png.get_content() == b"PNG of a map"
    html = mail.get_body(("html",))
    assert html is not None
    assert html.get_content().count(f"cid:{png['Content-ID'][1:-1]}") == 2
    assert "data:" not in html.get_content()
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "multipart/related"]


def test_a_greylisted_message_is_taken_the_second_time(smtp_url: str, mailbox: Mailbox) -> None:
    mailbox.at_recipient = "451 4.7.1 try again"
    with pytest.raises(TemporaryFailure):
        smtp(smtp_url).send(MESSAGE, READER)
    mailbox.at_recipient = "250 OK"
    smtp(smtp_url).send(MESSAGE, READER)
    assert len(mailbox.mails) == 1


def test_a_server_that_is_not_there_is_a_temporary_failure(smtp_url: str, mailbox: Mailbox) -> None:
    with pytest.raises(TemporaryFailure):
        smtp("smtp://127.0.0.1:1").send(MESSAGE, READER)


def test_a_bad_farewell_does_not_make_a_taken_message_look_untaken(mailbox: Mailbox) -> None:
    class Rude(SMTP):
        async def smtp_QUIT(self, arg: str) -> None:
            await self.push("421 go away")

    class RudeServer(Server):
        def factory(self) -> SMTP:
            return Rude(self.handler, **self.SMTP_kwargs)

    server = RudeServer(mailbox)
    server.start()
    try:
        smtp(f"smtp://127.0.0.1:{server.port}").send(MESSAGE, READER)
    finally:
        server.stop()
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize(("password", "taken"), [("right", 1), ("wrong", 0)])
def test_name_and_password_are_given_and_a_wrong_one_can_be_put_right_later(
    mailbox: Mailbox, password: str, taken: int
) -> None:
    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"watch", b"right")
        return AuthResult(success=good, handled=False)

    server = Server(mailbox, authenticator=check, auth_require_tls=False)
    server.start()
    try:
        channel = smtp(f"smtp://watch:{password}@127.0.0.1:{server.port}")
        if taken:
            channel.send(MESSAGE, READER)
        else:
            with pytest.raises(TemporaryFailure):
                channel.send(MESSAGE, READER)
    finally:
        server.stop()
    assert len(mailbox.mails) == taken


def test_files_are_whole_mails_that_only_their_owner_may_read(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    channel = FileChannel(folder, SENDER, CLOCK)
    identity = channel.send(MESSAGE, READER)
    channel.send(MESSAGE, READER)
    (path,) = folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert message_from_bytes(path.read_bytes(), policy=policy.default)["Message-ID"] == identity
    assert "reader" not in path.name


def test_insisted_on_encryption_is_not_given_up_when_the_server_has_none(smtp_url: str, mailbox: Mailbox) -> None:
    with pytest.raises((TemporaryFailure, PermanentFailure)):
        smtp(smtp_url.replace("smtp://", "smtp+starttls://")).send(MESSAGE, READER)
    assert mailbox.mails == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of the server's own making, made anew for each run."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed, so there is no certificate to try")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    arguments = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    subprocess.run(
        [openssl, *arguments, "-keyout", path, "-out", path.with_suffix(".crt")], check=True, capture_output=True
    )
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


@pytest.mark.parametrize(
    ("scheme", "query", "taken"),
    [
        ("smtps", "?verify=no", 1),
        ("smtps", "", 0),
        ("smtp+starttls", "?verify=no", 1),
        ("smtp+starttls", "", 0),
        ("smtp", "", 1),
    ],
)
def test_encryption_is_used_and_a_certificate_nobody_vouches_for_is_refused_unless_told_otherwise(
    scheme: str, query: str, taken: int, certificate: Path, mailbox: Mailbox
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    options = {"ssl_context": context} if scheme == "smtps" else {"tls_context": context, "require_starttls": True}
    server = Server(mailbox, **options)
    server.start()
    try:
        channel = smtp(f"{scheme}://127.0.0.1:{server.port}{query}")
        if taken:
            channel.send(MESSAGE, READER)
        else:
            with pytest.raises(TemporaryFailure):
                channel.send(MESSAGE, READER)
    finally:
        server.stop()
    assert len(mailbox.mails) == taken


def test_smtplib_is_never_seen_by_callers() -> None:
    assert not issubclass(TemporaryFailure, smtplib.SMTPException)
    assert not issubclass(PermanentFailure, smtplib.SMTPException)
