"""People with accounts, and one sealed place for the pages to find."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient

from heritage.accounts import service
from heritage.accounts.queries import find_by_address
from heritage.accounts.service import Bounds, By
from heritage.policy.roles import Role, Subject
from heritage.sealing import sources
from heritage.sealing.domain import Sealed, SealedKind
from heritage.sealing.keyring import Purpose, open_keyring
from heritage.sealing.registry import SealedColumn
from heritage.sealing.sources import Found, Source
from heritage.services import Services

PASSWORD = "a long and plain sentence"
PLACES = SealedColumn("sealed_place", "code", "place", Purpose.PLACES)
CAVE = "the cave above the spring"
MUSEUM = "National Museum"


@dataclass(frozen=True)
class Person:
    """Somebody with an account: as the table knows them, and a browser that showed a second factor."""

    subject: Subject
    client: FlaskClient


Meet = Callable[..., Person]


@pytest.fixture
def meet(app: Flask, services: Services) -> Meet:
    """Make an account and sign it in."""
    from flask_security.utils import hash_password

    def met(role: Role, name: str = "", *, institution: str = MUSEUM, country: str = "SY") -> Person:
        name, now = name or role.value, services.clock.now()
        address = f"{name.lower().replace(' ', '.')}@museum.example"
        houses = [institution] if role is Role.REGISTRAR else []
        countries = [country] if role is Role.DIRECTORATE else []
        with app.app_context(), services.database.session() as session:
            secret = service.invite(session, By("a test", now), address, Bounds.of([role], countries, houses))
            service.accept(session, secret, name=name, password_hash=hash_password(PASSWORD), now=now)
            account = find_by_address(session, address)
            assert account
            account_id = account.id
        client = app.test_client()
        client.post("/login", data={"email": address, "password": PASSWORD})
        with services.database.session() as session:
            session.connection().exec_driver_sql("update account_sign_in set strong = true")
        subject = Subject(
            frozenset({Role.PUBLIC, role}),
            f"{name} (account {account_id})",
            account_id=account_id,
            name=name,
            countries=frozenset(countries),
            institutions=frozenset(houses),
            strong=True,
        )
        return Person(subject, client)

    return met


@pytest.fixture
def place(services: Services) -> Iterator[Sealed]:
    """An object of the museum whose place is sealed, found by the pages."""
    what = Sealed(SealedKind.PLACE, "k3f9", ("national-museum",), ("SY",))
    value = open_keyring(services.settings).seal(
        Purpose.PLACES, PLACES.identity("k3f9"), json.dumps([["Cave", CAVE]]).encode()
    )
    found = Found(what, "/artefacts/k3f9", "k3f9", value)
    before = sources.source_of("place")
    sources.register_source(
        SealedKind.PLACE,
        Source(
            find=lambda session, key: found if key == "k3f9" else None,
            column=PLACES,
            present=lambda session, plain: json.loads(plain),
        ),
    )
    yield what
    if before:
        sources.register_source(SealedKind.PLACE, before)
    else:
        sources._SOURCES.pop(SealedKind.PLACE)
