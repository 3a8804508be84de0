"""One sealed place for the pages to find."""

import json
from collections.abc import Iterator

import pytest

from heritage.sealing import sources
from heritage.sealing.domain import Sealed, SealedKind
from heritage.sealing.keyring import Purpose, open_keyring
from heritage.sealing.registry import SealedColumn
from heritage.sealing.sources import Found, Source
from heritage.services import Services

PLACES = SealedColumn("sealed_place", "code", "place", Purpose.PLACES)
CAVE = "the cave above the spring"


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
