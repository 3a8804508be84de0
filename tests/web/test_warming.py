"""The opening day is worked out before anybody asks, and again when the data change."""

import threading

import pytest
from flask import Flask
from flask.testing import FlaskClient

from heritage.services import Services
from heritage.starter.load import load_starter
from heritage.web import browse, state, warming


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each working out of a day's levels or flags, as it happens."""
    seen: list[str] = []
    for module, name in ((state, "compute_levels"), (state, "compute_flags"), (browse, "load_columns")):
        real = getattr(module, name)

        def noted(*arguments: object, name: str = name, real: object = real, **more: object) -> object:
            seen.append(name)
            return real(*arguments, **more)  # type: ignore[operator]

        monkeypatch.setattr(module, name, noted)
    return seen


def test_first_reader_meets_the_day_ready_made(
    services: Services, app: Flask, client: FlaskClient, asked: list[str]
) -> None:
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50)
    warming.warm(app)
    ready = len(asked)
    assert {"compute_levels", "compute_flags", "load_columns"} == set(asked)
    assert client.get("/").status_code == 200
    assert client.get("/sites?danger=yes").status_code == 200
    warming.warm(app)
    assert len(asked) == ready


def test_changed_data_are_looked_at_again(services: Services, app: Flask, asked: list[str]) -> None:
    warming.warm(app)
    before = len(asked)
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50)
    warming.warm(app)
    assert len(asked) > before


def test_a_failure_is_left_to_the_page_that_meets_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()

    def fail(app: Flask) -> None:
        stop.set()
        raise ZeroDivisionError

    monkeypatch.setattr(warming, "warm", fail)
    warming.keep_warm(app, stop)
