"""The inbox: an account reads its own messages, and nobody else's."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from heritage.accounts import service as accounts
from heritage.accounts.service import Bounds, By
from heritage.channels import queries
from heritage.channels.base import Message, Recipient, TemporaryFailure
from heritage.channels.inbox import InboxChannel
from heritage.db.engine import Database, make_engine
from heritage.services import Services

PASSWORD = "a long and plain sentence"
ALERT = Message("thread 1", "Critical, level 4: Palmyra", "text", "<h1>Palmyra</h1><p>Fighting, Tadmur</p>")


@pytest.fixture
def reader(app: Flask, services: Services) -> tuple[FlaskClient, str]:
    """A signed-in browser, and the number of its account."""
    return signed_in(app, services, "reader@example.org")


def signed_in(app: Flask, services: Services, address: str) -> tuple[FlaskClient, str]:
    from flask_security.utils import hash_password

    now = services.clock.now()
    with app.app_context(), services.database.session() as session:
        secret = accounts.invite(session, By("a test", now), address, Bounds.of(["subscriber"], [], []))
        account = accounts.accept(session, secret, name=address[:5], password_hash=hash_password(PASSWORD), now=now)
        number = str(account.id)
    client = app.test_client()
    client.post("/login", data={"email": address, "password": PASSWORD})
    return client, number


def test_a_message_is_listed_counted_read_and_counted_no_more(
    reader: tuple[FlaskClient, str], services: Services
) -> None:
    client, number = reader
    assert "No message yet" in client.get("/inbox").text
    services.channels["inbox"].send(ALERT, Recipient(number))
    listed = client.get("/inbox").text
    assert "Critical, level 4: Palmyra" in listed
    assert "1 message not read yet" in listed
    assert "Inbox (1" in client.get("/").text
    with services.database.session() as session:
        (message,) = queries.list_inbox(session, int(number), limit=5)
    page = client.get(f"/inbox/{message.id}").text
    assert "<h2>Palmyra</h2><p>Fighting, Tadmur</p>" in page
    assert "1 message not read yet" in client.get("/inbox").text
    assert client.post(f"/inbox/{message.id}/read").status_code == 302
    assert "Nothing unread" in client.get("/inbox").text
    assert "Inbox (" not in client.get("/").text


def test_the_same_message_is_kept_once(reader: tuple[FlaskClient, str], services: Services) -> None:
    number = reader[1]
    for _ in range(3):
        services.channels["inbox"].send(ALERT, Recipient(number))
    with services.database.session() as session:
        assert queries.count_inbox(session, int(number)) == 1


def test_another_accounts_message_is_not_there(app: Flask, services: Services, reader: tuple[FlaskClient, str]) -> None:
    services.channels["inbox"].send(ALERT, Recipient(reader[1]))
    with services.database.session() as session:
        (message,) = queries.list_inbox(session, int(reader[1]), limit=5)
    stranger, _ = signed_in(app, services, "other@example.org")
    missing = stranger.get("/inbox/424242")
    found = stranger.get(f"/inbox/{message.id}")
    assert (found.status_code, missing.status_code) == (404, 404)
    assert "Palmyra" not in found.text
    assert stranger.post(f"/inbox/{message.id}/read").status_code == 404
    assert "1 message not read yet" in reader[0].get("/inbox").text


def test_marking_all_leaves_what_came_later(reader: tuple[FlaskClient, str], services: Services) -> None:
    client, number = reader
    for key in ("a", "b"):
        services.channels["inbox"].send(replace(ALERT, key=key), Recipient(number))
    with services.database.session() as session:
        newest = queries.list_inbox(session, int(number), limit=1)[0].id
    services.channels["inbox"].send(replace(ALERT, key="c"), Recipient(number))
    client.post("/inbox/read", data={"until": newest})
    assert "1 message not read yet" in client.get("/inbox").text


def test_a_long_inbox_has_pages(reader: tuple[FlaskClient, str], services: Services) -> None:
    client, number = reader
    for key in range(51):
        services.channels["inbox"].send(replace(ALERT, key=str(key), subject=f"message {key:02}"), Recipient(number))
    assert "message 00" not in client.get("/inbox").text
    assert "message 00" in client.get("/inbox?page=2").text


def test_nobody_who_is_not_signed_in_has_one(client: FlaskClient, reader: tuple[FlaskClient, str]) -> None:
    answer = client.application.test_client().get("/inbox")
    assert answer.status_code == 302
    assert answer.location.startswith("/login")


def test_a_database_that_does_not_answer_is_a_temporary_failure(services: Services) -> None:
    gone = Database(make_engine("postgresql://nobody@127.0.0.1:1/none"), "", "")
    with pytest.raises(TemporaryFailure):
        InboxChannel(gone, services.clock).send(ALERT, Recipient("1"))


def test_the_moment_of_arrival_is_the_clocks(reader: tuple[FlaskClient, str], services: Services) -> None:
    services.channels["inbox"].send(ALERT, Recipient(reader[1]))
    with services.database.session() as session:
        (message,) = queries.list_inbox(session, int(reader[1]), limit=5)
    assert message.received_at == datetime(2015, 5, 21, 12, tzinfo=UTC)
