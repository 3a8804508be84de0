"""Addresses of mail servers, and the identity of a message."""

from email import message_from_bytes

import pytest
from pydantic import SecretStr

from heritage.channels.base import Message, Recipient
from heritage.channels.email import FileChannel, SMTPChannel, build_mail, message_id, open_email, parse_smtp_url
from heritage.core.clock import SystemClock
from heritage.core.errors import InvalidInput
from heritage.settings import Settings


@pytest.mark.parametrize(
    ("url", "host", "port", "security"),
    [
        ("smtp://mail.example.org", "mail.example.org", 25, "opportunistic"),
        ("smtp://127.0.0.1:1025", "127.0.0.1", 1025, "opportunistic"),
        ("smtps://u:p@mail.example.org", "mail.example.org", 465, "tls"),
        ("smtp+starttls://mail.example.org", "mail.example.org", 587, "starttls"),
        ("smtp://u:p@mail.example.org:587", "mail.example.org", 587, "starttls"),
        ("smtp://u:p@127.0.0.1:1025", "127.0.0.1", 1025, "opportunistic"),
        ("smtps://[::1]:465", "::1", 465, "tls"),
    ],
)
def test_an_address_tells_host_port_and_security(url: str, host: str, port: int, security: str) -> None:
    server = parse_smtp_url(url)
    assert (server.host, server.port, server.security) == (host, port, security)


def test_name_and_password_may_hold_signs_that_addresses_reserve() -> None:
    server = parse_smtp_url("smtps://watch%40example.org:p%2Fa%3As%40s@mail.example.org")
    assert (server.user, server.password) == ("watch@example.org", "p/a:s@s")


@pytest.mark.parametrize(
    "url", ["mail.example.org", "http://mail.example.org", "smtp://", "smtp://h:notaport", "smtp://u:hush@h:99999"]
)
def test_what_is_no_address_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_smtp_url(url)
    assert "hush" not in str(caught.value)


def test_password_is_not_shown_when_logged() -> None:
    assert "hush" not in repr(parse_smtp_url("smtps://u:hush@h"))


def test_identity_tells_nothing_of_the_recipient() -> None:
    found = message_id(Message("k", "s", "t"), Recipient("reader@example.org"), "example.org")
    assert found.startswith("<")
    assert found.endswith("@example.org>")
    assert "reader" not in found


def test_without_a_server_mail_becomes_files(settings: Settings) -> None:
    assert isinstance(open_email(settings), FileChannel)
    with_server = settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:1025")})
    assert isinstance(open_email(with_server), SMTPChannel)


@pytest.mark.parametrize("sender", ["", "nobody", "a@b\nBcc: c@d"])
def test_a_sender_that_is_none_is_refused_at_start(settings: Settings, sender: str) -> None:
    with pytest.raises(InvalidInput, match="mail_from"):
        open_email(settings.model_copy(update={"mail_from": sender}))


def test_the_address_that_stops_stays_whole_however_long_it_is() -> None:
    stop = "https://heritage.example.org/subscriptions/stop/" + "W" * 120
    message = Message("key", "A subject", "A text.", stop_url=stop)
    sent = build_mail(message, Recipient("one@example.org"), "heritage@example.org", SystemClock()).as_bytes().decode()
    assert f"\r\nList-Unsubscribe: <{stop}>\r\n" in sent


@pytest.mark.parametrize("html", [None, "<html><body>نص</body></html>"])
def test_a_mail_names_the_language_it_is_written_in(html: str | None) -> None:
    message, reader = Message("k", "s", "نص", html), Recipient("one@example.org", "ar")
    sent = message_from_bytes(build_mail(message, reader, "heritage@example.org", SystemClock()).as_bytes())
    assert sent.get_all("Content-Language") == ["ar"]


def test_nobody_who_knows_key_and_address_can_work_a_message_id_out() -> None:
    message, reader = Message("alert palmyra-1.1", "s", "t"), Recipient("one@example.org")
    ours, theirs = (message_id(message, reader, "example.org", secret) for secret in ("ours", "guessed"))
    assert ours != theirs
    assert ours == message_id(message, reader, "example.org", "ours")
    assert ours != message_id(message, Recipient("two@example.org"), "example.org", "ours")
