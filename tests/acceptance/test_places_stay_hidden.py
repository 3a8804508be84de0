"""Every output that a stranger can reach, for a hidden and a generalised site that stand here or a little elsewhere.

Two databases that differ only in where such a site stands must answer every address alike, byte for byte.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session
from werkzeug.test import TestResponse

from heritage.alerts.service import render, summarise
from heritage.db.engine import Database
from heritage.flags.rules_file import load_rules
from heritage.flags.service import compute_flags, evaluate
from heritage.policy.disclosure import Disclosure, public_point
from heritage.proximity.service import match_pending
from heritage.services import Services
from heritage.sites.service import Act, create_site, edit_part
from heritage.starter.load import load_starter
from heritage.web.browse import EXPORTS

ELSEWHERE = "203.0.113.9"
DAY = date(2015, 5, 21)
# North of Kafranbel, beside what was reported there; both points lie in one cell of 10 km and in one ring of the rules.
HERE, THERE = (36.5641, 35.6153), (36.6203, 35.6251)
CHANGING = ("Date", "Content-Security-Policy", "Set-Cookie")
PAGES_WITHOUT_A_STATE = {"static", "overview.take_starter", "health.healthz"}


@dataclass(frozen=True)
class Case:
    """How a site may be shown."""

    disclosure: str
    grid_km: float | None


CASES = [Case("hidden", None), Case("generalised", 10.0)]


def _qasr(session: Session, services: Services, disclosure: Disclosure, grid_km: float | None = None) -> str:
    where = {"lon": HERE[0], "lat": HERE[1], "disclosure": disclosure, "grid_km": grid_km}
    return create_site(session, Act(services.clock.now()), name="Qasr", states_parties=["SY"], **where)


def _place(services: Services, lon: float, lat: float) -> None:
    rules = load_rules(services.settings.rules_file())
    with services.database.session() as session:
        site = session.execute(sa.text("select id, slug from site where name = 'Qasr'")).one()
        edit_part(session, Act(services.clock.now()), site.id, site.slug, lon=lon, lat=lat)
    with services.database.session() as session:
        match_pending(session, rules.reach_km)


@pytest.fixture(params=CASES, ids=lambda case: case.disclosure)
def told(request: pytest.FixtureRequest, services: Services, app: Flask) -> dict[str, tuple[str, str]]:
    """What every address answered with the site here and there."""
    case: Case = request.param
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50)
        slug = _qasr(session, services, Disclosure(case.disclosure), case.grid_km)
    outputs = []
    for at in (HERE, THERE):
        _place(services, *at)
        outputs.append(dict(_everything(app, services, slug)))
    assert outputs[0].keys() == outputs[1].keys()
    return {name: (outputs[0][name], outputs[1][name]) for name in outputs[0]}


def _everything(app: Flask, services: Services, slug: str) -> Iterator[tuple[str, str]]:
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = ELSEWHERE
    for address in _addresses(app, services.database, slug):
        answer = client.get(address)
        text = _text(answer)
        headers = {
            k: v for k, v in answer.headers.items() if k not in ("Date", "Content-Security-Policy", "Set-Cookie")
        }
        # A static file's own address changes with nothing of this; the nonce does with every answer.
        yield address, re.sub(r'(nonce|name="csrf_token" value)="[^"]*"', r'\1=""', text) + str(headers)
    rules = load_rules(services.settings.rules_file())
    with services.database.session() as session, app.app_context():
        summary = summarise(session, rules, as_of=DAY)
        rendered = render(summary, services.settings)
        yield "digest", f"{rendered.subject}\n{rendered.text}\n{rendered.html}"


def _text(answer: TestResponse) -> str:
    """What an answer says; of a workbook all that is packed in it, but for when it was written; of a PDF its bytes."""
    if answer.mimetype == "application/pdf":
        return answer.data.decode("latin-1")
    if "spreadsheet" not in answer.mimetype:
        return answer.text
    answer.headers.remove("Content-Length")  # the time of writing packs a little longer or shorter
    with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name != "docProps/core.xml")


def _addresses(app: Flask, database: Database, slug: str) -> list[str]:
    """Every address of the program that may be read, filled with what is there, on the day and in small windows."""
    with database.session() as session:
        incidents = session.execute(sa.text("select distinct incident_id from event order by 1")).scalars().all()
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PAGES_WITHOUT_A_STATE or "GET" not in (rule.methods or ()):
            continue
        ids = incidents if "<int:incident_id>" in rule.rule or "incident_id" in rule.arguments else [1]
        for number in ids:
            path = rule.rule
            for name in rule.arguments:
                value = slug if name == "slug" else str(number) if name.endswith("_id") else "x"
                path = re.sub(rf"<(?:\w+(?:\([^)]*\))?:)?{name}>", value, path)
            found.append(f"{path}?as_of={DAY}")
    lon, lat = HERE
    found += [f"/maps/sites.geojson?as_of={DAY}&bbox={_box(lon, lat, r)}&zoom={z}" for r, z in _WINDOWS]
    found += [f"/maps/sites.geojson?as_of={DAY}&bbox={_box(*THERE, r)}&zoom={z}" for r, z in _WINDOWS]
    found += [f"/sites?as_of={DAY}&q={words}" for words in ("qasr", "qas", "36.58", "kafranbel", "35.6")]
    found += [
        f"/maps/site/{slug}.geojson?as_of={DAY}",
        f"/sites/{slug}?as_of={DAY}&span=5y",
        "/sites?level=1&country=SY",
        *(f"/sites/export.{form}?as_of={DAY}{narrow}" for form in EXPORTS for narrow in ("", "&q=qasr", "&level=1")),
    ]
    return found


_WINDOWS = ((0.004, 14), (0.05, 11), (0.5, 8), (5, 5))


def _box(lon: float, lat: float, r: float) -> str:
    return ",".join(f"{n:.4f}" for n in (lon - r, lat - r, lon + r, lat + r))


def test_no_output_tells_where_it_stands(told: dict[str, tuple[str, str]]) -> None:
    assert [name for name, (here, there) in told.items() if here != there] == []
    # The walk asks pages that speak of the site.
    speaking = [name for name, (here, _) in told.items() if "Qasr" in here]
    assert any(name.startswith("/sites/qasr") for name in speaking)
    assert any(name.startswith("/sites?") for name in speaking)
    for form in EXPORTS:
        assert any(name.startswith(f"/sites/export.{form}") for name in speaking)


def test_the_two_places_differ_for_whoever_may_know(services: Services) -> None:
    """Else the walk would compare nothing: the distances behind the levels are not the same."""
    rules = load_rules(services.settings.rules_file())
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50)
        _qasr(session, services, Disclosure.PUBLIC)
    seen = []
    for at in (HERE, THERE):
        _place(services, *at)
        with services.database.session() as session:
            flag = next(f for f in compute_flags(session, rules, as_of=DAY, min_level=1) if f.name == "Qasr")
            seen.append((flag.level, round(flag.decision.reasons[0].report.distance_km, 2), flag.decision.score))
    assert seen[0][0] == seen[1][0] > 0
    assert seen[0][1] != seen[1][1]
    assert seen[0][2] != seen[1][2]
    assert public_point(*HERE, "generalised", 10.0) == public_point(*THERE, "generalised", 10.0)


def test_the_record_of_decisions_is_not_an_output(client: FlaskClient, services: Services) -> None:
    """What the running system decided keeps distances; no address may show them of a site that is not public."""
    rules = load_rules(services.settings.rules_file())
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50)
        slug = _qasr(session, services, Disclosure.HIDDEN)
        evaluate(session, rules, services.clock)
        stored = session.execute(
            sa.text("select reasons from flag_event where site_id = (select id from site where name = 'Qasr')")
        ).scalar_one()
    client.environ_base["REMOTE_ADDR"] = ELSEWHERE
    page = client.get(f"/sites/{slug}?as_of={DAY}").text
    for reason in stored:
        assert f"{reason['distance_km']:.1f}" not in page
        assert f"/incidents/{reason['incident']}" not in page
