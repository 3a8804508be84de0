"""What is sealed shows nowhere: in no page's bytes, no message, no dump, no backup, no file and no log line."""

import base64
import gzip
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from heritage.alerts.service import summarise
from heritage.app import create_app
from heritage.artefacts import moves
from heritage.artefacts import service as artefacts
from heritage.artefacts.models import Job
from heritage.artefacts.moves import SealedFacts
from heritage.artefacts.service import Hand
from heritage.commandline import configure_logging
from heritage.db import backup as archives
from heritage.db.engine import Database, make_engine
from heritage.db.folders import binaries
from heritage.flags.rules_file import load_rules
from heritage.policy.roles import HELD, Role
from heritage.policy.table import ROUTES
from heritage.sealing import vault
from heritage.sealing.envelope import Purpose
from heritage.sealing.keyring import open_keyring
from heritage.sealing.models import REPORTER_IDENTITY, Reporter
from heritage.services import Services
from heritage.sites import service as sites
from heritage.threats.models import SEALED_POINT

CONTACT = "+963 11 5550177"
FACTS = SealedFacts(
    name="Qanawat grain cellar القبو",
    lon=36.91782,
    lat=35.71934,
    access="behind the blue shutter",
    route="by the Salamiyah quarry road",
    departs="2015-05-19",
    arrives="2015-05-20",
)
# Answers that are another each time by their nature.
VARYING = {"health.healthz", "health.readyz"}
SECRETS_OF_A_PAGE = re.compile(
    rb'name="[\w-]*csrf_token"[^>]*value="[^"]*"|value="[^"]*"[^>]*name="[\w-]*csrf_token"|nonce="[^"]*"'
)


@dataclass(frozen=True)
class World:
    """An installation with one evacuation, and the cookies of people who are signed in."""

    services: Services
    cookies: dict[str, str]
    codes: list[str]
    job: str
    pseudonym: str


@pytest.fixture
def world(app: Flask, services: Services, meet) -> World:
    """Six busts of a museum on their way, a report, a reporter; nothing that is sealed is said of any so far."""
    people = {role.value: meet(role, institution="Palmyra Museum") for role in HELD}
    people["another museum"] = meet(Role.REGISTRAR, "Nadia", institution="Another Museum")
    people["another country"] = meet(Role.DIRECTORATE, "Dara", country="IQ")
    registrar = people[Role.REGISTRAR.value].subject
    ring, now = open_keyring(services.settings), services.clock.now()
    with services.database.session() as session:
        sites.create_site(session, sites.Act(now), name="Site of Palmyra", states_parties=["SY"], lon=38.27, lat=34.55)
    with services.database.session() as session:
        hand = Hand(registrar.actor, now, registrar.account_id)
        museum = artefacts.add_institution(session, hand, "palmyra-museum", "Palmyra Museum", "SY")
        busts = [artefacts.add_artefact(session, hand, museum, kind="object", title=f"Bust {n}") for n in range(6)]
        codes = [bust.code for bust in busts]
        job = moves.plan(session, hand, ring, museum, codes=codes, reason="Fighting comes near.")
        reporter = people[Role.FIELD_REPORTER.value].subject.account_id
        pseudonym = vault.keep_reporter(session, ring, today=now.date(), days=90, account_id=reporter)
        code = job.code
    app.test_client().post(
        "/threats/new",
        data={
            "do": "send", "site": "site-of-palmyra", "factor": "war", "what": "Trucks.", "when": "yesterday",
            "client_id": "3f0c1c1e5a7b4d6f9a8e2b1c0d3e4f5a", "how_known": "saw", "trend": "appeared",
        },
        headers={"Cookie": cookie_of(people[Role.FIELD_REPORTER.value].client)},
    )  # fmt: skip
    cookies = {name: cookie_of(person.client) for name, person in people.items()} | {"a stranger": ""}
    return World(services, cookies, codes, code, pseudonym)


def cookie_of(client) -> str:
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in client._cookies.values())


def tell(world: World) -> None:
    """Write down what is sealed, in the place of nothing."""
    ring = open_keyring(world.services.settings)
    with world.services.database.session() as session:
        job = session.exec(select(Job).where(Job.code == world.job)).one()
        moves._seal(session, ring, job, FACTS)
        row = session.get_one(Reporter, world.pseudonym)
        plain = vault._identity(None, CONTACT).encode()
        row.identity = ring.seal(Purpose.REPORTERS, REPORTER_IDENTITY.identity(world.pseudonym), plain)
        session.add(row)
        point = ring.seal(SEALED_POINT.purpose, SEALED_POINT.identity(1), f"{FACTS.lon} {FACTS.lat} 1.0".encode())
        session.execute(sa.text("update threat_update set sealed_point = :point where id = 1"), {"point": point})


@contextmanager
def twin(server, world: World) -> Iterator[World]:
    """The same installation once more, in a database of its own."""
    database = world.services.database
    name, copy = sa.make_url(database.app_url).database, f"{sa.make_url(database.app_url).database}_twin"
    database.engine.dispose()

    def administer(statement: str) -> None:
        with psycopg.connect(server.conninfo("heritage_owner", "postgres"), autocommit=True) as connection:
            connection.execute(statement)

    administer(f"create database {copy} template {name} strategy file_copy")
    urls = [
        sa.make_url(url).set(database=copy).render_as_string(hide_password=False)
        for url in (database.app_url, database.owner_url)
    ]
    engine = make_engine(urls[0])
    try:
        yield replace(world, services=replace(world.services, database=Database(engine, *urls, None)))
    finally:
        engine.dispose()
        administer(f"drop database {copy} with (force)")


def addresses(app: Flask, world: World) -> list[str]:
    """Every address that may be looked at, with every code that there is."""
    known = {
        "slug": ["site-of-palmyra"],
        "code": [world.codes[0], world.job, "nothing"],
        "key": [world.codes[0], world.job, world.pseudonym, "nothing"],
        "kind": ["place", "reporter", "original"],
        "filename": ["none"],
    }
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint in VARYING or rule.endpoint == "security.logout":
            continue
        paths = [rule.rule]
        for part in re.findall(r"<(?:\w+(?:\([^)]*\))?:)?\w+>", rule.rule):
            values = known.get(re.sub(r".*:|[<>]", "", part), ["1"])
            paths = [path.replace(part, value) for path in paths for value in values]
        found += paths
    assert len(found) > len(ROUTES) / 3
    return [
        *sorted(set(found)),
        "/sites?q=qanawat",
        "/sites?q=cellar",
        "/?as_of=2015-05-20",
        "/sites/site-of-palmyra?lang=ar",
    ]


def seen(world: World) -> dict[tuple[str, str], tuple[object, ...]]:
    """Status, headers and body of every address for everybody, what is random in each page taken out."""
    app = create_app(world.services)
    app.config.update(TESTING=True)
    found: dict[tuple[str, str], tuple[object, ...]] = {}
    for name, cookie in world.cookies.items():
        client = app.test_client(use_cookies=False)
        for path in addresses(app, world):
            answer = client.get(path, headers={"Cookie": cookie}, environ_base={"REMOTE_ADDR": "203.0.113.9"})
            headers = {key: value for key, value in answer.headers if key not in ("Date", "Set-Cookie")}
            body = SECRETS_OF_A_PAGE.sub(b"", answer.data)
            found[name, path] = (answer.status_code, headers.get("ETag"), sorted(headers), len(body), body)
    with world.services.database.session() as session:
        rules = load_rules(world.services.settings.rules_file())
        day = date(2015, 5, 20)
        summary = summarise(session, rules, as_of=day, since=date(2015, 5, 1))
    found["everybody", "summary"] = (str(summary),)
    return found


def test_every_page_is_the_same_whether_or_not_something_is_sealed(server, world: World):
    with twin(server, world) as other:
        tell(other)
        before, after = seen(world), seen(other)
    assert before.keys() == after.keys()
    differing = [place for place in before if before[place] != after[place]]
    assert differing == []
    # The walk met real pages: the museum's own among them.
    assert sum(1 for status, *_rest in before.values() if status == 200) > 100


def spellings() -> set[bytes]:
    """What is sealed, as it might stand somewhere: plain, rounded, in hex, in base64."""
    words = [word for text in (FACTS.name, FACTS.access, FACTS.route) for word in text.split() if len(word) > 4]
    words += [FACTS.name, CONTACT, CONTACT.split()[-1]]
    for degrees in (FACTS.lon, FACTS.lat):
        assert degrees is not None
        words += [f"{degrees:.{places}f}" for places in (2, 3, 4, 5)]
    plain = {form for word in words for form in (word.encode(), word.lower().encode(), word.upper().encode())}
    hexed = {value.hex().encode() for value in plain}
    # Base64 of the same words depends on where they begin; what is the same at each of the three places is searched.
    based = {
        base64.b64encode(bytes(shift) + value)[(shift * 8 + 5) // 6 : -4].rstrip(b"=")
        for value in plain
        for shift in range(3)
    }
    return {form for form in plain | hexed | {one for one in based if len(one) > 6} if form not in (b"", b"behind")}


def test_dump_backup_files_and_logs_hold_nothing_sealed(world: World, tmp_path, capfd):
    configure_logging("json", "debug")
    tell(world)
    seen(world)
    database = world.services.database
    archives.backup(database, tmp_path / "backup")
    plain = subprocess.run(
        [str(binaries() / "pg_restore"), "-f", "-", str(tmp_path / "backup")], capture_output=True, check=True
    ).stdout
    assert b"sealed_place" in plain
    files = [path for path in world.services.settings.var.rglob("*") if path.is_file() and "keys" not in path.parts]
    logged = capfd.readouterr()
    searched = {"dump": plain, "dump, packed": gzip.compress(plain, 0), "log": (logged.out + logged.err).encode()}
    searched |= {str(path): path.read_bytes() for path in [*files, tmp_path / "backup"]}
    found = [(place, form) for place, data in searched.items() for form in spellings() if form in data]
    assert found == []
    # The search itself finds what it should.
    assert [form for form in spellings() if form in str(FACTS).encode()]
    ring = open_keyring(world.services.settings)
    with database.session() as session:
        from heritage.artefacts.models import SealedPlace

        assert moves.unseal_facts(ring, session.exec(select(SealedPlace)).one()) == FACTS
