"""Every field of every document that programs read, for every role: what is not listed in the policy fails here."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from heritage.accounts.models import Account
from heritage.artefacts import moves
from heritage.artefacts.queries import find_institution
from heritage.artefacts.service import Hand, add_artefact, add_institution
from heritage.artefacts.vocabularies import Stage, StageState
from heritage.feeds.alarms import open_alarm
from heritage.policy.access import Answer, answer
from heritage.policy.fields import FIELDS
from heritage.policy.roles import HELD, STRANGER, Role
from heritage.policy.table import ROUTES, Action
from heritage.sealing.keyring import open_keyring
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
        "moves.as_json": ["/artefacts/jobs/K7QX-3M2P.json"],
        "maps.sites": [f"/maps/sites.geojson?{DAY}"],
        "maps.site": [f"/maps/sites/site-of-palmyra.geojson?{DAY}"],
        "maps.incident": [f"/maps/incidents/{incident}.geojson?{DAY}"],
        "sites.export": [f"/sites/export.geojson?{DAY}", f"/sites/export.csv?{DAY}"],
        "working.show": [f"/working/{'0' * 32}"],
        "threats.suggest": ["/threats/sites.json?q=palmyra"],
    }


@pytest.fixture
def with_job(services: Services, addresses: dict[str, list[str]]) -> dict[str, list[str]]:
    """The same, and a job, which needs somebody with an account to have planned it."""
    with services.database.session() as session:
        hand = Hand("a test", services.clock.now())
        museum = find_institution(session, "national-museum")
        bust = addresses["artefacts.sheet_as_json"][0].split("/")[2]
        planner = Account(email="planner@museum.example", name="planner", created_at=services.clock.now())
        session.add(planner)
        session.flush()
        ring, planner_hand = open_keyring(services.settings), replace(hand, account_id=planner.id)
        facts = moves.SealedFacts(name="the cellar", mover="Yusuf", contact="555", returns="2044")
        job = moves.plan(session, planner_hand, ring, museum, codes=[bust], reason="the front", facts=facts).code
        common = {"stage": Stage.DECIDE, "state": StageState.DONE, "points": ["threat"], "happened_at": hand.now}
        moves.settle_stage(session, planner_hand, ring, job, **common)
    return addresses | {"moves.as_json": [f"/artefacts/jobs/{job}.json"]}


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
def test_every_role_reads_the_listed_fields_and_no_other(meet, with_job: dict[str, list[str]], role) -> None:
    person = meet(role)
    for endpoint, paths in with_job.items():
        assert shown(person.client, paths) <= listed(endpoint, person.subject), (role, endpoint)


def test_no_field_is_listed_that_nobody_reads(app: Flask, addresses: dict[str, list[str]]) -> None:
    """At the machine, without accounts, everything of these documents can be read."""
    client = app.test_client()
    for endpoint, paths in addresses.items():
        if endpoint in ("artefacts.sheet_as_json", "moves.as_json"):
            continue  # Read by people with accounts alone; its own test asks for every field.
        every = {name for names in FIELDS[endpoint].values() for name in names}
        assert every - shown(client, paths) <= {"alarms.closed_at", "runs"} | {
            name for name in every if name.startswith("runs.")
        }, endpoint


def test_a_registrar_reads_every_field_of_a_job_and_nothing_under_seal(meet, with_job: dict[str, list[str]]) -> None:
    registrar = meet(Role.REGISTRAR, institution="National Museum")
    (path,) = with_job["moves.as_json"]
    assert shown(registrar.client, [path]) == {name for names in FIELDS["moves.as_json"].values() for name in names}
    told = registrar.client.get(path).text
    assert not [word for word in ("cellar", "Yusuf", "555", "2044") if word in told]
