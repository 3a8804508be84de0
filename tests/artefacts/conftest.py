"""Two registrars of one museum, what it keeps, and the acts they do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session

from heritage.accounts.models import Account
from heritage.artefacts import service
from heritage.artefacts.models import Artefact, Institution
from heritage.artefacts.service import Hand
from heritage.db.models import metadata
from heritage.sealing.keyring import KeyRing

# An object points to tables of other features, which nothing here may have loaded yet.
metadata()
NOON = datetime(2015, 5, 21, 12, tzinfo=UTC)


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    """Keys of this test's own."""
    return KeyRing(tmp_path / "keys", makes_keys=True)


@pytest.fixture
def hands(session: Session) -> tuple[Hand, Hand]:
    """Leila and Omar, each with an account, at noon."""
    return make_hands(session)


def make_hands(session: Session) -> tuple[Hand, Hand]:
    """Two accounts, as those who act with them."""
    accounts = [Account(email=f"{name}@museum.example", name=name, created_at=NOON) for name in ("leila", "omar")]
    session.add_all(accounts)
    session.flush()
    leila, omar = (Hand(f"{one.name} (account {one.id})", NOON, one.id) for one in accounts)
    return leila, omar


@pytest.fixture
def museum(session: Session, hands: tuple[Hand, Hand]) -> Institution:
    """The museum whose registrars they are."""
    return service.add_institution(session, hands[0], "palmyra-museum", "Palmyra Museum", "SY")


Keep = Callable[..., Artefact]


@pytest.fixture
def keep(session: Session, hands: tuple[Hand, Hand], museum: Institution) -> Keep:
    """Enter something of a kind; a bust, if nothing else is said."""

    def kept(kind: str = "object", **fields: object) -> Artefact:
        return service.add_artefact(session, hands[0], museum, **{"kind": kind, "title": "Bust", **fields})

    return kept


def later(hand: Hand, minutes: int) -> Hand:
    """The same person some minutes on."""
    return replace(hand, now=hand.now + timedelta(minutes=minutes))
