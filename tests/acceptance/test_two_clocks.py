"""As-of and known-on on every page and export: what came to be known later is on none of an earlier day."""

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from heritage.app import create_app
from heritage.core.clock import FixedClock
from heritage.core.files import open_source
from heritage.feeds.registry import get_feed
from heritage.flags.rules_file import load_rules
from heritage.incidents.service import import_events
from heritage.proximity.service import match_pending
from heritage.services import Services
from heritage.starter.load import load_starter
from tests.world import ACCEPTED, CLAIM, PALMYRA, REPORT

LATER = FixedClock(datetime(2015, 6, 11, 12, tzinfo=UTC))
THEN, HINDSIGHT, NOW = (
    {"as_of": as_of, "known_on": known_on}
    for as_of, known_on in (("2015-05-21", "2015-05-21"), ("2015-05-21", "2015-06-11"), ("2015-06-11", "2015-06-11"))
)
# Entered, reported, observed or corrected on 10 and 11 June; the threat and the fighting are of 20 May. Baalbek is put
# on the List in Danger of this made-up world in 2014, and on 11 June somebody writes that it was taken off on 15 May.
CLAIM_WORDS, MISSION, THREAT, PLACE, TALE = (
    "Late word of the claim", "Late mission", "Late word of the threat", "Late place", "Late tale",
)  # fmt: skip
LISTED = "Listed by a late hand"
# (address, words, where they stand: then, with hindsight, on the later day)
EXPECTED = [
    ("/", PLACE, (False, True, True)),
    (f"/sites/{PALMYRA}", CLAIM_WORDS, (False, False, True)),
    (f"/sites/{PALMYRA}", TALE, (False, False, True)),
    (f"/sites/{PALMYRA}", MISSION, (False, False, True)),
    (f"/sites/{PALMYRA}", THREAT, (False, True, True)),
    (f"/sites/{PALMYRA}/brief", CLAIM_WORDS, (False, False, True)),
    (f"/sites/{PALMYRA}/brief", MISSION, (False, False, True)),
    ("/sites/timbuktu", PLACE, (False, True, True)),
    ("/sites?level=4", "timbuktu", (False, True, False)),
    ("/maps/sites/timbuktu.geojson", PLACE, (False, True, True)),
    ("/incidents/{incident}", PLACE, (False, True, True)),
    ("/maps/incidents/{incident}.geojson", PLACE, (False, True, True)),
    ("/threats/1", THREAT, (False, True, True)),
    ("/reports", TALE, (False, True, True)),
    ("/reports/{document}", TALE, (False, True, True)),
    ("/reports/{document}", CLAIM_WORDS, (False, False, True)),
    ("/reports/claims/1", CLAIM_WORDS, (False, False, True)),
    ("/sites?danger=yes", "/sites/baalbek", (True, False, False)),
    ("/maps/sites.geojson?danger=yes", "/sites/baalbek", (True, False, False)),
    ("/sites/baalbek", "On the List of World Heritage in Danger since", (True, False, False)),
    ("/sites/baalbek/brief", "On the List of World Heritage in Danger since", (True, False, False)),
    *((f"/sites/export.{form}?danger=yes", "baalbek", (True, False, False)) for form in ("csv", "geojson", "kml")),
    ("/sites/export.xlsx?danger=yes", "baalbek", (True, False, False)),
    ("/sites/export.csv?level=4", "timbuktu", (False, True, False)),
]


@pytest.fixture
def world(app: Flask, services: Services, tmp_path: Path) -> dict[str, Any]:
    """A program filled on 21 May 2015, and what was entered on 11 June."""
    rules = load_rules(services.settings.rules_file())
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=rules.reach_km)
    _post(app.test_client(), "/sites/baalbek/danger/new", began="2014-06-20", decision=LISTED)
    late = replace(services, clock=LATER)
    later = create_app(late)
    later.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    reader = later.test_client()
    found = _told(reader)
    file = tmp_path / "late.json"
    file.write_text(json.dumps({"events": [EVENT]}))
    with late.database.session() as session:
        import_events(session, get_feed("reports"), open_source(file), clock=LATER)
        match_pending(session, rules.reach_km)
        newest = session.connection().exec_driver_sql("select max(incident_id) from event").scalar()
    return {"reader": reader, "incident": newest, **found}


EVENT = {
    "event_id": "late-1", "occurred": "2015-05-20", "place": PLACE, "lon": -3.0, "lat": 16.775, "radius_km": 1,
    "location_precision": "exact", "kind": "deliberate_destruction", "reliability": "A", "credibility": 1,
    "sources": [{"name": name, "published_on": "2015-06-10"} for name in ("A monitor", "An agency")],
    "origins": ["monitor", "agency"], "summary": f"{PLACE} is shelled.",
}  # fmt: skip


def _told(reader: FlaskClient) -> dict[str, str]:
    where = _post(reader, "/reports/new", title=TALE, text=REPORT, dated="2015-06-10")
    document = where.rstrip("/").rsplit("/", 1)[1].split("?")[0]
    _post(reader, f"/reports/{document}/claims", **CLAIM | {"statement": CLAIM_WORDS, "begun": ""})
    _post(reader, "/reports/claims/1/review", verdict="accept")
    seen = {"state": "destroyed", "observed": "2015-06-05", "assessor": MISSION, "method": "satellite", "part_ref": ""}
    _post(reader, f"/sites/{PALMYRA}/conditions/new", **seen)
    _post(reader, "/sites/baalbek/danger/close", ended="2015-05-15", decision="Taken off")
    filed = {
        "do": "send",
        "site": PALMYRA,
        "factor": "war",
        "what": "A trench.",
        "when": "2015-05-20",
        "how_known": "saw",
    }
    _post(reader, "/threats/new", **filed, trend="appeared", client_id="1" * 32)
    _post(reader, "/review/1", **ACCEPTED | {"summary": THREAT})
    return {"document": document}


def _post(reader: FlaskClient, path: str, **data: Any) -> str:
    answer = reader.post(path, data=data)
    problems = re.findall(r'class="problem"[^>]*>([^<]+)', answer.text)
    assert answer.status_code in (200, 201, 302), (path, answer.status_code, problems)
    return str(answer.location or "")


def test_what_came_to_be_known_later_is_on_no_page_of_an_earlier_day(world: dict[str, Any]) -> None:
    wrong = []
    for address, words, stands in EXPECTED:
        path = address.format(**world)
        for days, wanted in zip((THEN, HINDSIGHT, NOW), stands, strict=True):
            answer = world["reader"].get(f"{path}{'&' if '?' in path else '?'}{urlencode(days)}")
            assert answer.status_code in (200, 404), (path, days, answer.status_code)
            if (words in _text(answer)) is not wanted:
                wrong.append((path, words, days, f"wanted: {wanted}"))
    assert wrong == []


def _text(answer: TestResponse) -> str:
    content = answer.get_data()
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return " ".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    return content.decode()


def test_a_map_kept_of_a_day_is_not_taken_for_the_record_of_that_day(world: dict[str, Any]) -> None:
    def in_danger(**days: str) -> str:
        found = re.search(r'<path class="stay" d="([^"]+)"', world["reader"].get(f"/sites?{urlencode(days)}").text)
        assert found is not None
        return found[1]

    assert in_danger(as_of="2015-05-21") != in_danger(**THEN)
