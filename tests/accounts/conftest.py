"""Accounts to sign in with, and browsers that are signed in."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from passlib.totp import TOTP

from heritage.accounts import service
from heritage.accounts.service import Bounds, By
from heritage.services import Services

PASSWORD = "a long and plain sentence"
NOON = datetime(2015, 5, 21, 12, tzinfo=UTC)


@dataclass
class Person:
    """Somebody with an account and a browser; with a key once codes are set up."""

    client: FlaskClient
    address: str
    totp: TOTP | None = None

    def send_password(self, password: str = PASSWORD, **query: str):
        """The form of signing in."""
        form = {"email": self.address, "password": password}
        return self.client.post("/login", data=form, query_string=query)

    def set_up_codes(self) -> None:
        """Go through the page that sets an app up."""
        page = self.client.post("/tf-setup", data={"setup": "authenticator"}).get_data(as_text=True)
        key = re.search(r'<code dir="ltr">([^<]+)</code>', page)
        action = re.search(r'action="(/tf-setup/[^"]+)"', page)
        assert key
        assert action
        self.totp = TOTP(key=key[1])
        answer = self.client.post(action[1], data={"code": self.code()})
        assert answer.status_code == 302
        assert answer.location == "/account"

    def code(self) -> str:
        """The code the app shows now."""
        assert self.totp
        return str(self.totp.generate().token)

    def send_code(self, code: str | None = None):
        """The form of the second step."""
        return self.client.post("/tf-validate", data={"code": code or self.code()})


Meet = Callable[..., Person]


@pytest.fixture
def moment() -> Iterator[object]:
    """The time by which codes are made, standing still until moved."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def meet(app: Flask, services: Services) -> Meet:
    """Make an account with roles and a browser of its own, signed in or not, with a second factor or not."""
    from flask_security.utils import hash_password

    def met(
        *roles: str,
        name: str = "",
        countries: tuple[str, ...] = (),
        institutions: tuple[str, ...] = (),
        signed_in: bool = True,
        codes: bool = False,
    ) -> Person:
        name = name or "-".join(roles)
        address = re.sub(r"[^a-z-]", "", name.lower()) + "@museum.example"
        now = services.clock.now()
        bounds = Bounds.of(roles, countries, institutions)
        with app.app_context(), services.database.session() as session:
            secret = service.invite(session, By("a test", now), address, bounds)
            service.accept(session, secret, name=name, password_hash=hash_password(PASSWORD), now=now)
        person = Person(app.test_client(), address)
        if signed_in:
            assert person.send_password().location == "/"
        if codes:
            person.set_up_codes()
        return person

    return met
