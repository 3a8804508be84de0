"""Sites to report about, and people who report and review."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from heritage.accounts import service as accounts
from heritage.accounts.service import Bounds, By
from heritage.services import Services
from heritage.sites import service as sites
from heritage.sites.service import Act

PASSWORD = "a long and plain sentence"
NOON = datetime(2015, 5, 21, 12, tzinfo=UTC)
PALMYRA, HATRA = "site-of-palmyra", "hatra"
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}

SignIn = Callable[..., FlaskClient]
File = Callable[..., str]


@pytest.fixture
def register(services: Services) -> None:
    """Palmyra with two parts, and Hatra in another country."""
    act = Act(services.clock.now())
    with services.database.session() as session:
        sites.create_site(session, act, name="Site of Palmyra", states_parties=["SY"], lon=38.27, lat=34.55)
        sites.create_site(session, act, name="Hatra", states_parties=["IQ"], lon=42.72, lat=35.59)
    with services.database.session() as session:
        from heritage.sites.queries import get_site

        site_id = get_site(session, PALMYRA).id or 0
        sites.add_part(session, act, site_id, ref="23-001", name="Temple of Bel", lon=38.274, lat=34.547)
        sites.add_part(session, act, site_id, ref="23-002", name="Valley of Tombs", lon=38.25, lat=34.56)


@pytest.fixture
def sign_in(app: Flask, services: Services) -> SignIn:
    """A browser of somebody with a role, who showed a second factor."""
    from flask_security.utils import hash_password

    def signed_in(role: str, *countries: str, name: str = "") -> FlaskClient:
        address = re.sub(r"[^a-z-]", "", f"{role}-{'-'.join(countries)}-{name}".lower()) + "@museum.example"
        with app.app_context(), services.database.session() as session:
            by = By("a test", services.clock.now())
            secret = accounts.invite(session, by, address, Bounds.of([role], countries, ["a museum"]))
            accounts.accept(
                session, secret, name=name or role, password_hash=hash_password(PASSWORD), now=services.clock.now()
            )
        client = app.test_client()
        client.post("/login", data={"email": address, "password": PASSWORD})
        with services.database.session() as session:
            session.connection().exec_driver_sql("update account_sign_in set strong = true")
        return client

    return signed_in


def told(**more: str) -> dict[str, str]:
    """A form filled in."""
    return {
        "do": "send",
        "site": PALMYRA,
        "factor": "war",
        "what": "Soldiers dig a trench beside the wall of the temple.",
        "when": "yesterday evening",
        "how_known": "saw",
        "trend": "appeared",
        "client_id": "3f0c1c1e5a7b4d6f9a8e2b1c0d3e4f5a",
    } | more


@pytest.fixture
def file() -> File:
    """Send a report as somebody; gives its code word."""

    def filed(client: FlaskClient, **more: str) -> str:
        answer = client.post("/threats/new", data=told(**more))
        assert answer.status_code in (200, 201), re.findall(r'class="problem"[^>]*>([^<]+)', answer.text) or answer.text
        code = re.search(r"<code>([a-z]+-[a-z]+-[a-z]+-\d{6})</code>", answer.text)
        assert code
        return code[1]

    return filed
