"""Webhooks: signed as the standard says, posted only where strangers may point, and failing in the right way."""

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from heritage.channels.base import DeliveryFailure, Message, PermanentFailure, Recipient, TemporaryFailure, Why
from heritage.channels.commands import webhooks
from heritage.channels.webhook import WebhookChannel, check_url, open_webhook, sign, signing_secret
from heritage.core.clock import FixedClock
from heritage.core.errors import InvalidInput
from heritage.db.engine import Database
from heritage.settings import Settings

CLOCK = FixedClock(datetime(2015, 5, 21, 12, tzinfo=UTC))
ALERT = Message("thread 1", "Critical", "Palmyra: تدمر", "<p>x</p>", kind="alert.alert", data={"level": 4})


def trusting(settings: Settings, server: HTTPServer) -> Settings:
    return settings.model_copy(update={"webhook_trusted": [f"{server.host}:{server.port}"]})


@pytest.fixture
def channel(settings: Settings, httpserver: HTTPServer) -> WebhookChannel:
    return WebhookChannel(trusting(settings, httpserver), CLOCK)


def refused(channel: WebhookChannel, url: str) -> DeliveryFailure:
    with pytest.raises(DeliveryFailure) as caught:
        channel.send(ALERT, Recipient(url))
    assert "127.0.0.1" not in str(caught.value)
    return caught.value


def test_the_signature_is_the_standards_own_example() -> None:
    # Source: the example of the Standard Webhooks specification.
    body = b'{"test": 2432232314}'
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    found = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_can_check_what_it_gets(channel: WebhookChannel, httpserver: HTTPServer, settings: Settings) -> None:
    got: list[tuple[dict[str, str], bytes]] = []

    def take(request: Request) -> Response:
        got.append((dict(request.headers), request.data))
        return Response(status=200)

    url = httpserver.url_for("/hook?team=a")
    httpserver.expect_request("/hook", method="POST").respond_with_handler(take)
    identity = channel.send(ALERT, Recipient(url))
    ((headers, body),) = got
    key = base64.b64decode(signing_secret(url, settings).removeprefix("whsec_"))
    signed = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body
    assert headers["Webhook-Signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["Webhook-Id"] == identity
    assert headers["Webhook-Timestamp"] == "1432209600"
    assert json.loads(body) == {
        "type": "alert.alert",
        "timestamp": "2015-05-21T12:00:00+00:00",
        "data": {"subject": "Critical", "text": "Palmyra: تدمر", "level": 4},
    }


def test_each_address_has_a_secret_of_its_own(settings: Settings) -> None:
    one, two = (signing_secret(f"https://{name}.example/", settings) for name in ("one", "two"))
    assert one != two
    assert len(base64.b64decode(one.removeprefix("whsec_"))) == 32


@pytest.mark.parametrize(
    ("status", "headers", "failure", "why", "wait_s"),
    [
        (500, {}, TemporaryFailure, Why.BUSY, None),
        (503, {"Retry-After": "120"}, TemporaryFailure, Why.BUSY, 120.0),
        (429, {"Retry-After": "Thu, 21 May 2015 12:01:00 GMT"}, TemporaryFailure, Why.BUSY, 60.0),
        (429, {"Retry-After": "soon"}, TemporaryFailure, Why.BUSY, None),
        (408, {}, TemporaryFailure, Why.BUSY, None),
        (400, {}, PermanentFailure, Why.REFUSED, None),
        (404, {}, PermanentFailure, Why.REFUSED, None),
        (410, {}, PermanentFailure, Why.NO_SUCH_RECIPIENT, None),
        (302, {"Location": "/elsewhere"}, PermanentFailure, Why.REFUSED, None),
        (307, {}, PermanentFailure, Why.REFUSED, None),
    ],
)
def test_the_answer_decides_whether_to_try_again(
    channel: WebhookChannel,
    httpserver: HTTPServer,
    status: int,
    headers: dict[str, str],
    failure: type[DeliveryFailure],
    why: Why,
    wait_s: float | None,
) -> None:
    httpserver.expect_request("/hook").respond_with_data("who are you", status, headers)
    found = refused(channel, httpserver.url_for("/hook"))
    assert isinstance(found, failure)
    assert (found.why, found.retry_after_s) == (why, wait_s)


def test_a_redirect_that_keeps_the_message_is_followed(channel: WebhookChannel, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/old").respond_with_data("", 308, {"Location": "/new"})
    httpserver.expect_request("/new", method="POST").respond_with_data("", 200)
    assert channel.send(ALERT, Recipient(httpserver.url_for("/old")))
    assert len(httpserver.log) == 2


def test_redirects_come_to_an_end(channel: WebhookChannel, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/round").respond_with_data("", 307, {"Location": "/round"})
    assert isinstance(refused(channel, httpserver.url_for("/round")), PermanentFailure)
    assert len(httpserver.log) == 4


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
    ],
)  # fmt: skip
def test_a_name_that_leads_into_a_private_network_is_refused(settings: Settings, address: str) -> None:
    channel = WebhookChannel(settings, CLOCK, look_up=lambda host, port: [address])
    found = refused(channel, "https://innocent.example/hook")
    assert isinstance(found, PermanentFailure)
    assert found.why is Why.PRIVATE_ADDRESS
    assert address not in str(found)
    assert "innocent" not in str(found)


def test_one_private_address_among_public_ones_is_enough(settings: Settings) -> None:
    channel = WebhookChannel(settings, CLOCK, look_up=lambda host, port: ["93.184.216.34", "127.0.0.1"])
    assert refused(channel, "https://innocent.example/").why is Why.PRIVATE_ADDRESS


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "[::1]", "2130706433", "0x7f.1", "0x7f000001", "017700000001", "0177.0.0.1", "127.1", "localhost",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "127.0.0.1.",
    ],
)  # fmt: skip
def test_private_addresses_are_refused_however_they_are_written(settings: Settings, host: str) -> None:
    # By what it is, not because nobody listens there: the machine's own ways of reading such a host are asked.
    why = refused(WebhookChannel(settings, CLOCK), f"https://{host}:9/").why
    assert why in (Why.PRIVATE_ADDRESS, Why.REFUSED) or (why is Why.UNREACHABLE and unknown(host))


def unknown(host: str) -> bool:
    """Whether this machine cannot make an address of it, so that nothing could be asked for there anyway."""
    try:
        return not socket.getaddrinfo(host.strip("[]"), 9, type=socket.SOCK_STREAM)
    except OSError:
        return True


def test_a_name_that_changes_its_address_between_look_and_use_leads_nowhere_else(
    settings: Settings, httpserver: HTTPServer
) -> None:
    """The first answer is looked at and used; a second one, into the private network, is never asked for."""
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    httpserver.expect_request("/hook").respond_with_data("", 200)
    trusted = settings.model_copy(update={"webhook_trusted": [f"hook.example:{httpserver.port}"]})
    channel = WebhookChannel(trusted, CLOCK, look_up=lambda host, port: next(answers))
    assert channel.send(ALERT, Recipient(f"http://hook.example:{httpserver.port}/hook"))
    assert next(answers) == ["169.254.169.254"]


@pytest.mark.parametrize("target", ["/again", "http://{trusted}/again"])
def test_every_redirect_is_looked_at_anew(settings: Settings, httpserver: HTTPServer, target: str) -> None:
    """A trusted name that leads on to itself, then into a private network: each connection is judged by itself."""
    httpserver.expect_request("/hook").respond_with_data(
        "", 307, {"Location": target.format(trusted=f"{httpserver.host}:{httpserver.port}"), "Connection": "close"}
    )
    httpserver.expect_request("/again").respond_with_data("", 308, {"Location": "https://metadata.example/"})

    def look_up(host: str, port: int) -> list[str]:
        return ["::ffff:169.254.169.254"] if host == "metadata.example" else [host]

    channel = WebhookChannel(trusting(settings, httpserver), CLOCK, look_up=look_up)
    assert refused(channel, httpserver.url_for("/hook")).why in (Why.PRIVATE_ADDRESS, Why.REFUSED)
    assert len(httpserver.log) == 2


@pytest.mark.parametrize("target", ["http://127.0.0.1:9/", "https://127.0.0.1:9/", "https://metadata.example/"])
def test_a_redirect_into_a_private_network_is_refused_too(
    settings: Settings, httpserver: HTTPServer, target: str
) -> None:
    httpserver.expect_request("/hook").respond_with_data("", 307, {"Location": target})

    def look_up(host: str, port: int) -> list[str]:
        return ["169.254.169.254"] if host == "metadata.example" else [host]

    channel = WebhookChannel(trusting(settings, httpserver), CLOCK, look_up=look_up)
    assert isinstance(refused(channel, httpserver.url_for("/hook")), PermanentFailure)
    assert len(httpserver.log) == 1


def test_a_name_is_looked_up_once_and_what_was_looked_at_is_used(settings: Settings, httpserver: HTTPServer) -> None:
    asked: list[str] = []

    def look_up(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    httpserver.expect_request("/hook").respond_with_data("", 200)
    trusted = settings.model_copy(update={"webhook_trusted": [f"hook.example:{httpserver.port}"]})
    channel = WebhookChannel(trusted, CLOCK, look_up=look_up)
    assert channel.send(ALERT, Recipient(f"http://hook.example:{httpserver.port}/hook"))
    assert asked == ["hook.example"]


def test_nobody_there_is_a_temporary_failure(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    channel = WebhookChannel(settings.model_copy(update={"webhook_trusted": [f"127.0.0.1:{port}"]}), CLOCK)
    assert isinstance(refused(channel, f"http://127.0.0.1:{port}/"), TemporaryFailure)


@pytest.fixture
def silent() -> Iterator[int]:
    """A server that takes connections and never answers."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            try:
                while True:
                    held.append(server.accept()[0])
            except OSError:
                return

        thread = threading.Thread(target=accept)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    for connection in held:
        connection.close()


def test_a_server_that_never_answers_is_given_up_in_time(settings: Settings, silent: int) -> None:
    trusted = settings.model_copy(update={"webhook_trusted": [f"127.0.0.1:{silent}"]})
    channel = WebhookChannel(trusted, CLOCK, total_s=0.3)
    assert isinstance(refused(channel, f"http://127.0.0.1:{silent}/"), TemporaryFailure)


@pytest.mark.parametrize(
    "url",
    [
        "", "nothing", "ftp://x.example/", "file:///etc/passwd", "http://x.example/", "https://", "https://u:p@x.example/",
        "https://x.example/#a", "https://x.example/a b", "https://x.example:99999/", "https://x.example/\r\nHost: y",
        "https://x.example/" + "a" * 2000,
    ],
)  # fmt: skip
def test_what_is_no_address_to_post_to_is_refused_and_not_repeated(settings: Settings, url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_url(url)
    assert "x.example" not in str(caught.value)
    assert isinstance(refused(WebhookChannel(settings, CLOCK), url), PermanentFailure)


def test_a_trusted_host_needs_its_port(settings: Settings) -> None:
    with pytest.raises(InvalidInput, match="port"):
        open_webhook(settings.model_copy(update={"webhook_trusted": ["siem.intern"]}), CLOCK, None)  # type: ignore[arg-type]


def test_the_command_hands_out_the_secret_and_posts_a_test(
    httpserver: HTTPServer, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HERITAGE_DATABASE_URL", database.app_url)
    monkeypatch.setenv("HERITAGE_SECRET_KEY", "x" * 40)
    monkeypatch.setenv("HERITAGE_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("HERITAGE_WEBHOOK_TRUSTED", f"{httpserver.host}:{httpserver.port}")
    httpserver.expect_request("/hook", method="POST").respond_with_data("", 200)
    url = httpserver.url_for("/hook")
    shown = CliRunner().invoke(webhooks, ["secret", url, "--json"])
    tried = CliRunner().invoke(webhooks, ["test", url, "--json"])
    assert json.loads(shown.stdout)["secret"].startswith("whsec_")
    assert json.loads(tried.stdout)["identity"].startswith("msg_")
    ((request, _),) = httpserver.log
    assert json.loads(request.data)["type"] == "test"
