"""Every field of every document that programs read, for every role: what is not listed in the policy fails here."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from heritage.artefacts.service import Hand, add_artefact, add_institution
from heritage.feeds.alarms import open_alarm
from heritage.policy.access import Answer, answer
from heritage.policy.fields import FIELDS
from heritage.policy.roles import HELD, STRANGER
from heritage.policy.table import ROUTES, Action
from heritage.services import Services
from heritage.starter.load import load_starter

DAY = "as_of=2015-05-21"


@pytest.fixture
def addresses(services: Services) -> dict[str, list[str]]:
    """Each document's addresses, on a day that has something to say."""
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50)
        open_alarm(session, "feed_stale", "ucdp", "late", services.clock.now())
        hand = Hand("a test", services.clock.now())
        museum = add_institution(session, hand, "national-museum", "National Museum", "SY")
        bust = add_artefact(session, hand, museum, kind="object", title="Bust").code
        incident = session.execute(sa.text("select min(incident_id) from event")).scalar_one()
    return {
        "feeds.as_json": ["/feeds.json"],
        "artefacts.sheet_as_json": [f"/artefacts/{bust}/object-id.json"],
        "maps.sites": [f"/maps/sites.geojson?{DAY}"],
        "maps.site": [f"/maps/sites/site-of-palmyra.geojson?{DAY}"],
        "maps.incident": [f"/maps/incidents/{incident}.geojson?{DAY}"],
        "sites.export": [f"/sites/export.geojson?{DAY}", f"/sites/export.csv?{DAY}"],
        "threats.suggest": ["/threats/sites.json?q=palmyra"],
    }


def fields(document: Any, path: str = "") -> Iterator[str]:
    """The paths of a document's fields; what lies in a list has the list's path."""
    if isinstance(document, list):
        for item in document:
            yield from fields(item, path)
    elif isinstance(document, dict):
        for name, value in document.items():
            inner = f"{path}.{name}".lstrip(".")
            yield inner
            yield from fields(value, inner)


def shown(client: Any, paths: list[str]) -> set[str]:
    found: set[str] = set()
    for path in paths:
        told = client.get(path)
        if told.status_code != 200:
            continue
        if told.mimetype == "text/csv":
            found |= {
                f"features.properties.{name}" for name in next(csv.reader(io.StringIO(told.text.lstrip("\ufeff"))))
            }
        else:
            found |= set(fields(json.loads(told.text)))
    return found


def listed(endpoint: str, subject: Any) -> set[str]:
    may = {
        action
        for action in Action
        if answer(action, subject, countries=["SY"], institutions=["national-museum"]) is Answer.YES
    }
    return {name for action, names in FIELDS[endpoint].items() if action in may for name in names}


def test_every_document_is_listed(addresses: dict[str, list[str]]) -> None:
    assert set(FIELDS) == set(addresses)
    assert set(FIELDS) <= set(ROUTES)


def test_a_stranger_reads_the_listed_fields_and_no_other(app: Flask, addresses: dict[str, list[str]]) -> None:
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    for endpoint, paths in addresses.items():
        assert shown(client, paths) <= listed(endpoint, STRANGER), endpoint


@pytest.mark.parametrize("role", HELD)
def test_every_role_reads_the_listed_fields_and_no_other(meet, addresses: dict[str, list[str]], role) -> None:
    person = meet(role)
    for endpoint, paths in addresses.items():
        assert shown(person.client, paths) <= listed(endpoint, person.subject), (role, endpoint)


def test_no_field_is_listed_that_nobody_reads(app: Flask, addresses: dict[str, list[str]]) -> None:
    """At the machine, without accounts, everything of these documents can be read."""
    client = app.test_client()
    for endpoint, paths in addresses.items():
        if endpoint == "artefacts.sheet_as_json":
            continue  # Read by people with accounts alone; its own test asks for every field.
        every = {name for names in FIELDS[endpoint].values() for name in names}
        assert every - shown(client, paths) <= {"alarms.closed_at", "runs"} | {
            name for name in every if name.startswith("runs.")
        }, endpoint
