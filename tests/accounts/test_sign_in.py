"""Signing in and out: what is asked for, how long it lasts, and what an attacker gets."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from passlib.hash import argon2

from heritage.accounts.models import SignIn
from heritage.app import create_app
from heritage.audit import chain
from heritage.core.clock import FixedClock
from heritage.services import Services


class MovingClock:
    """A clock that is moved by hand."""

    def __init__(self, at):
        self.at = at

    def now(self):
        return self.at


@pytest.fixture
def clock(clock: FixedClock) -> MovingClock:
    return MovingClock(clock.now())


def page(person, path="/account"):
    return person.client.get(path).status_code


def test_the_right_password_signs_in_and_a_wrong_one_does_not(meet):
    person = meet("subscriber", signed_in=False)
    assert page(person) == 302
    assert person.send_password("a wrong but long password").status_code == 200
    assert page(person) == 302
    assert person.send_password().location == "/"
    assert page(person) == 200


def test_an_unknown_address_and_a_wrong_password_look_the_same(meet):
    known = meet("subscriber", signed_in=False)
    wrong = known.send_password("a wrong but long password").get_data(as_text=True)
    known.address = "nobody@museum.example"
    unknown = known.send_password("a wrong but long password").get_data(as_text=True)
    assert wrong.replace("subscriber@", "nobody@") == unknown


def test_recovery_says_the_same_for_every_address(meet):
    client = meet("subscriber", signed_in=False).client
    answers = [
        client.post("/reset", data={"email": address}).get_data(as_text=True)
        for address in ("subscriber@museum.example", "nobody@museum.example")
    ]
    assert answers[0].replace("subscriber@", "nobody@") == answers[1]


def test_a_session_ends_when_it_is_not_used_for_an_hour(meet, clock):
    person = meet("subscriber")
    clock.at += timedelta(minutes=59)
    assert page(person) == 200
    clock.at += timedelta(minutes=59)
    assert page(person) == 200
    clock.at += timedelta(minutes=61)
    assert page(person) == 302


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(meet, clock):
    person = meet("subscriber")
    for _ in range(13):
        clock.at += timedelta(minutes=55)
        assert page(person) == 200
    clock.at += timedelta(minutes=10)
    assert page(person) == 302


def test_signing_out_ends_the_session_even_for_a_copied_cookie(meet, app: Flask):
    person = meet("subscriber")
    cookie = person.client.get_cookie("session")
    person.client.post("/logout")
    assert page(person) == 302
    thief = app.test_client()
    thief.set_cookie("session", cookie.value)
    assert thief.get("/account").status_code == 302


def test_signing_in_changes_the_secret_of_the_session(meet):
    person = meet("subscriber", signed_in=False)
    person.client.get("/login")
    with person.client.session_transaction() as cookie:
        cookie["sign_in"] = "planted by somebody else"
        cookie["csrf_token"] = "planted by somebody else"
    person.send_password()
    with person.client.session_transaction() as cookie:
        assert cookie["sign_in"] != "planted by somebody else"
        assert cookie.get("csrf_token") != "planted by somebody else"
    assert page(person) == 200


def test_sign_out_everywhere_ends_other_browsers(meet, app: Flask):
    person, other = meet("subscriber"), app.test_client()
    other.post("/login", data={"email": person.address, "password": "a long and plain sentence"})
    assert other.get("/account").status_code == 200
    assert person.client.post("/account/sign-out-everywhere").status_code == 302
    assert other.get("/account").status_code == 302
    assert page(person) == 302


def test_a_new_password_ends_other_browsers_and_keeps_this_one(meet, app: Flask):
    person, other = meet("subscriber"), app.test_client()
    other.post("/login", data={"email": person.address, "password": "a long and plain sentence"})
    new = "another long and plain sentence"
    form = {"password": "a long and plain sentence", "new_password": new, "new_password_confirm": new}
    assert person.client.post("/change", data=form).status_code == 302
    assert other.get("/account").status_code == 302
    assert page(person) == 200


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
    ],
)
def test_signing_in_leads_nowhere_else(meet, target):
    person = meet("subscriber", signed_in=False)
    location = person.send_password(next=target).location or "/"
    # As a browser reads it: a backslash is a slash.
    reached = urljoin("http://localhost/login", location.replace("\\", "/"))
    assert urlsplit(reached)[:2] == ("http", "localhost")


def test_signing_in_leads_back_to_the_page_that_asked_for_it(meet):
    person = meet("subscriber", signed_in=False)
    assert person.client.get("/account").location == "/login?next=/account"
    assert person.send_password(next="/account").location == "/account"


def test_forms_need_their_token(services: Services, meet):
    meet("subscriber")
    app = create_app(services)
    app.config["TESTING"] = True
    client = app.test_client()
    form = {"email": "subscriber@museum.example", "password": "a long and plain sentence"}
    assert client.post("/login", data=form).status_code == 400
    assert client.post("/login", json=form).status_code == 400
    assert client.post("/logout").status_code == 400


def test_cookies_are_kept_from_scripts_and_other_sites_and_sent_over_tls_only(services: Services):
    settings = services.settings.model_copy(update={"public_url": "https://heritage.example"})
    client = create_app(replace(services, settings=settings)).test_client()
    cookie = client.get("/login", base_url="https://heritage.example").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" in cookie


def test_no_page_of_signing_in_is_kept_by_the_browser(meet):
    assert "no-store" in meet("subscriber", signed_in=False).client.get("/login").headers["Cache-Control"]


def test_a_disabled_account_gets_in_nowhere(meet, services: Services):
    from heritage.accounts import service
    from heritage.accounts.queries import find_by_address

    person = meet("subscriber")
    with services.database.session() as session:
        account = find_by_address(session, person.address)
        service.disable(session, service.By("a test", services.clock.now()), account.id)
    assert page(person) == 302
    person.send_password()
    assert page(person) == 302


def test_the_record_holds_sign_ins_and_counts_of_failures_and_no_address(meet, services: Services):
    person = meet("subscriber", name="Leila", signed_in=False)
    for _ in range(3):
        person.send_password("a wrong but long password")
    person.send_password()
    with services.database.session() as session:
        entries = chain.list_entries(session)
        assert chain.verify(session).ok
    assert entries[0].action == "sign-in"
    assert entries[0].actor.startswith("Leila (account ")
    assert '"failed_today":3' in entries[0].detail
    assert "@" not in "".join(entry.actor + entry.subject + entry.detail for entry in entries)


def test_no_secret_is_kept_in_clear(meet, services: Services):
    person = meet("subscriber")
    with person.client.session_transaction() as cookie:
        secret = cookie["sign_in"]
    with services.database.session() as session:
        kept = session.execute(sa.select(SignIn.secret_hash)).scalars().all()
    assert len(kept) == 1
    assert secret.encode() not in kept[0]


def test_the_password_is_kept_by_argon2id(meet, services: Services):
    meet("subscriber")
    with services.database.session() as session:
        assert session.scalar(sa.text("select password from account")).startswith("$argon2id$")
    # What is made cheaper for tests is made so in their configuration, not in the method's own costs.
    assert argon2.memory_cost >= 19_456
    assert argon2.default_rounds >= 2


def test_nobody_registers_himself(client):
    assert client.get("/register").status_code == 404
    assert client.post("/register", data={"email": "me@museum.example"}).status_code == 404


def test_a_database_that_is_gone_is_said_to_who_is_signed_in_too(meet, monkeypatch):
    from heritage.accounts import sessions

    def gone(*_):
        raise sa.exc.OperationalError("select", {}, Exception("the server is gone"))

    person = meet("subscriber")
    monkeypatch.setattr(sessions, "find_sign_in", gone)
    answer = person.client.get("/account")
    assert answer.status_code == 503
    assert "does not answer" in answer.get_data(as_text=True)
