"""Texts that attack whoever reads them, on every page that shows them; each test fails without its defence."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from heritage.services import Services
from heritage.sites.service import Act, create_site

SCRIPT = "<script>alert(1)</script>"
ATTRIBUTE = "\"onmouseover='alert(1)'"
# Turns what follows around: "photo‮gnp.exe" reads as "photoexe.png".
OVERRIDE = "\u202e"
PAGES = ("/", "/sites", "/sites?q=tower", "/maps/sites.geojson", "/sites/tower", "/sites/tower/edit")


@pytest.fixture
def tower(services: Services) -> None:
    with services.database.session() as session:
        create_site(
            session,
            Act(services.clock.now()),
            name=f"Tower {SCRIPT} {ATTRIBUTE} {OVERRIDE}gnp",
            ref="tower",
            states_parties=["SY"],
            lon=38.27,
            lat=34.55,
            short_description=f"{SCRIPT}{ATTRIBUTE}{OVERRIDE}",
        )


@pytest.mark.usefixtures("tower")
def test_a_name_never_becomes_markup(client: FlaskClient, services: Services) -> None:
    with services.database.session() as session:
        slug = session.connection().exec_driver_sql("select slug from site").scalar_one()
    shown = 0
    for path in PAGES:
        answer = client.get(path.replace("/sites/tower", f"/sites/{slug}"))
        assert answer.status_code == 200, path
        if answer.mimetype == "text/html":
            assert SCRIPT not in answer.text, path
            assert not re.search(r"<[^>]*[\s\"']onmouseover=", answer.text), path
            shown += "&lt;script&gt;" in answer.text
    assert shown >= 3


@pytest.mark.usefixtures("tower")
def test_a_name_never_turns_the_text_around_it(client: FlaskClient, services: Services) -> None:
    with services.database.session() as session:
        slug = session.connection().exec_driver_sql("select slug from site").scalar_one()
    for path in PAGES:
        answer = client.get(path.replace("/sites/tower", f"/sites/{slug}"))
        assert OVERRIDE not in answer.text, path


def test_what_is_searched_for_is_shown_as_text(client: FlaskClient) -> None:
    page = client.get("/sites", query_string={"q": f"{SCRIPT}{ATTRIBUTE}"}).text
    assert SCRIPT not in page
    assert "&lt;script&gt;" in page


def test_an_address_that_does_not_exist_is_not_repeated_as_markup(client: FlaskClient) -> None:
    assert SCRIPT not in client.get(f"/sites/{SCRIPT}").text


def test_pages_allow_no_script_but_their_own(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy
    assert "object-src 'none'" in policy or "default-src 'none'" in policy


def test_a_session_that_was_handed_to_somebody_is_not_the_one_that_signs_in(app: Flask, services: Services) -> None:
    from flask_security.utils import hash_password

    from heritage.accounts import service
    from heritage.accounts.service import Bounds, By

    with app.app_context(), services.database.session() as session:
        by = By("a test", services.clock.now())
        secret = service.invite(session, by, "somebody@museum.example", Bounds.of(["subscriber"], (), ()))
        password_hash = hash_password("a long and plain sentence")
        service.accept(session, secret, name="Somebody", password_hash=password_hash, now=services.clock.now())
    victim = app.test_client()
    victim.get("/login")
    planted = victim.get_cookie("session")
    victim.post("/login", data={"email": "somebody@museum.example", "password": "a long and plain sentence"})
    assert victim.get("/account").status_code == 200
    attacker = app.test_client()
    if planted is not None:
        attacker.set_cookie("session", planted.value)
    assert attacker.get("/account").status_code == 302
    now = victim.get_cookie("session")
    assert now is not None
    assert planted is None or now.value != planted.value
