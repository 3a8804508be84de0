"""Two installations that differ only in what is sealed, and everything that leaves either of them."""

import dataclasses
import io
import re
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.test import TestResponse

from heritage.alerts import digests, subscribing
from heritage.alerts.approving import Person, speak
from heritage.alerts.considering import consider
from heritage.alerts.letters import write_letter
from heritage.alerts.models import Alert, AlertState, WordKind
from heritage.alerts.posting import deliver_due
from heritage.alerts.rules import load_alert_rules
from heritage.alerts.service import render, summarise
from heritage.alerts.subscribing import INBOX, WEBHOOK, Manner, Wanted
from heritage.alerts.tokens import TokenFor, make_token
from heritage.app import create_app
from heritage.artefacts import moves
from heritage.artefacts import service as artefacts
from heritage.artefacts.models import Job
from heritage.artefacts.moves import SealedFacts
from heritage.artefacts.service import Hand
from heritage.channels.base import Message, Recipient
from heritage.channels.email import build_mail
from heritage.channels.inbox import InboxChannel
from heritage.channels.webhook import body_of
from heritage.core.clock import FixedClock
from heritage.db.engine import Database, make_engine
from heritage.flags.rules_file import load_rules
from heritage.flags.service import evaluate
from heritage.policy.roles import HELD, Role
from heritage.policy.table import ROUTES
from heritage.sealing import vault
from heritage.sealing.envelope import Purpose
from heritage.sealing.keyring import open_keyring
from heritage.sealing.models import REPORTER_IDENTITY, Reporter
from heritage.services import Services
from heritage.sites.models import Site
from heritage.starter.load import load_starter
from heritage.threats.models import SEALED_POINT
from heritage.web.browse import EXPORTS

CONTACT = "+963 11 5550177"
FACTS = SealedFacts(
    name="Qanawat grain cellar القبو",
    lon=36.91782,
    lat=35.71934,
    access="behind the blue shutter",
    route="by the Salamiyah quarry road",
    departs="2015-05-19",
    arrives="2015-05-20",
    returns="2016-03",
    mover="Ghassan Tell-Rifaat",
    contact="at the quarry office, 0933 555 017",
    reference="shelf Q-17",
    fitness="dry below the second step",
    security="the blue key",
    home="hall four, case nine",
)
LANGUAGES = ("en", "fr", "ar")
DAY = date(2015, 5, 21)
PALMYRA = "site-of-palmyra"
THREAD = f"{PALMYRA}-1"
# Answers that are another each time by their nature: what the machine does now, and challenges of sign-in.
VARYING = {"health.healthz", "health.readyz", "security.logout"}
CHANCE = VARYING | {
    "accounts.sign_out_everywhere", "accounts.new_token", "accounts.invite", "overview.take_starter",
    "security.wan_register", "security.wan_signin", "security.wan_verify", "security.two_factor_setup",
    "security.mf_recovery_codes", "security.two_factor_setup_validate",
}  # fmt: skip
SECRETS_OF_A_PAGE = re.compile(
    rb'name="[\w-]*csrf_token"[^>]*value="[^"]*"|value="[^"]*"[^>]*name="[\w-]*csrf_token"|nonce="[^"]*"|'
    # Where a file that was sent waits, under a name of chance.
    rb"/imports/[\w-]{16,}"
)
BOUNDARY = re.compile(rb"={15}\d+==")


@dataclass(frozen=True)
class World:
    """An installation with one evacuation, readers of alerts, and the cookies of people who are signed in."""

    services: Services
    cookies: dict[str, str]
    codes: list[str]
    job: str
    pseudonym: str
    subscriber: int


@dataclass
class Caught:
    """A channel that keeps the bytes it would have handed over."""

    name: str
    services: Services
    sent: list[bytes] = field(default_factory=list)

    def send(self, message: Message, recipient: Recipient) -> str:
        """Keep a letter as mail has it, or the body of a webhook."""
        if self.name == "email":
            mail = build_mail(message, recipient, self.services.settings.mail_from, self.services.clock)
            self.sent.append(BOUNDARY.sub(b"=boundary=", mail.as_bytes()))
        else:
            self.sent.append(body_of(message, self.services.clock.now()))
        return f"{message.key} {recipient.address}"


def build(services: Services, meet: Any) -> World:
    """Palmyra in May 2015: six busts of its museum on their way, a report, a reporter, readers; nothing sealed told."""
    people = {role.value: meet(role, institution="Palmyra Museum") for role in HELD}
    people["another museum"] = meet(Role.REGISTRAR, "Nadia", institution="Another Museum")
    people["another country"] = meet(Role.DIRECTORATE, "Dara", country="IQ")
    registrar = people[Role.REGISTRAR.value].subject
    ring, now = open_keyring(services.settings), services.clock.now()
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50)
    with services.database.session() as session:
        site = session.exec(select(Site.id).where(Site.slug == PALMYRA)).one()
        hand = Hand(registrar.actor, now, registrar.account_id)
        museum = artefacts.add_institution(session, hand, "palmyra-museum", "Palmyra Museum", "SY")
        busts = [
            artefacts.add_artefact(session, hand, museum, kind="object", title=f"Bust {n}", site_id=site)
            for n in range(6)
        ]
        artefacts.add_artefact(
            session, hand, museum, kind="lot", title="Statues", count_low=200, count_high=999, site_id=site,
            reported_moved="[..2015-05-20]", reported_by="the antiquities chief", reported_grade="B3",
        )  # fmt: skip
        codes = [bust.code for bust in busts]
        job = moves.plan(session, hand, ring, museum, codes=codes, reason="Fighting comes near.")
        reporter = people[Role.FIELD_REPORTER.value].subject.account_id
        pseudonym = vault.keep_reporter(session, ring, today=now.date(), days=90, account_id=reporter)
        code = job.code
    subscriber = _subscribe(services, people)
    people[Role.FIELD_REPORTER.value].client.post("/threats/new", data=_report("Trucks."))
    cookies = {name: cookie_of(person.client) for name, person in people.items()} | {"a stranger": ""}
    return World(services, cookies, codes, code, pseudonym, subscriber)


def _subscribe(services: Services, people: dict[str, Any]) -> int:
    """Readers in three languages by mail, by webhook and in an inbox, at once and every day; one's number."""
    earlier = replace(services, clock=FixedClock(services.clock.now() - timedelta(days=2)))
    wanted = Wanted(min_level=1), Wanted(min_level=1, frequency=subscribing.Frequency.DAILY)
    number = 0
    with earlier.database.session() as session:
        for language in LANGUAGES:
            for each in wanted:
                manner = Manner(language=language)
                number = subscribing.add_confirmed(
                    session, earlier, f"{language}@readers.example", each, manner
                ).subscriber_id
        hook = Manner(channels=(WEBHOOK,), webhook="https://hook.example/alerts")
        subscribing.add_confirmed(session, earlier, "hook@readers.example", wanted[0], hook)
        for name in (Role.SUBSCRIBER.value, Role.ADMINISTRATOR.value):
            subject = people[name].subject
            told = subscribing.add_confirmed(
                session, earlier, f"{name}@readers.example", wanted[0], Manner(channels=(INBOX,))
            )
            session.execute(
                sa.text("update subscriber set account_id = :account where id = :id"),
                {"account": subject.account_id, "id": told.subscriber_id},
            )
    return number


def _report(what: str) -> dict[str, str]:
    return {
        "do": "send", "site": PALMYRA, "factor": "war", "what": what, "when": "yesterday",
        "client_id": "3f0c1c1e5a7b4d6f9a8e2b1c0d3e4f5a", "how_known": "saw", "trend": "appeared",
    }  # fmt: skip


def cookie_of(client: FlaskClient) -> str:
    """The cookies of somebody who is signed in, for a client of another application."""
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in client._cookies.values())


def tell(world: World) -> None:
    """Write down what is sealed, in the place of nothing."""
    ring = open_keyring(world.services.settings)
    with world.services.database.session() as session:
        job = session.exec(select(Job).where(Job.code == world.job)).one()
        moves.write_seal(session, ring, job, FACTS)
        row = session.get_one(Reporter, world.pseudonym)
        plain = vault._identity(None, CONTACT).encode()
        row.identity = ring.seal(Purpose.REPORTERS, REPORTER_IDENTITY.identity(world.pseudonym), plain)
        session.add(row)
        point = ring.seal(SEALED_POINT.purpose, SEALED_POINT.identity(1), f"{FACTS.lon} {FACTS.lat} 1.0".encode())
        session.execute(sa.text("update threat_update set sealed_point = :point where id = 1"), {"point": point})


@contextmanager
def twin(server: Any, world: World) -> Iterator[World]:
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


def letters(world: World) -> dict[str, list[bytes]]:
    """Decide the day's levels and hand everything over: what each channel took, as bytes."""
    plain = world.services
    channels = {name: Caught(name, plain) for name in ("email", "webhook")}
    services = replace(plain, channels=channels | {"inbox": InboxChannel(plain.database, plain.clock)})
    rules = load_alert_rules(services.settings.alert_rules_file())
    flag_rules = load_rules(services.settings.rules_file())
    with services.database.session() as session:
        evaluate(session, flag_rules, services.clock)
    with services.database.session() as session:
        consider(session, services, flag_rules, rules)
        digests.publish_digests(session, services)
        operator = Person("at the machine", operator=True)
        for held in session.exec(select(Alert.id).where(Alert.state == AlertState.HELD.value)).all():
            speak(session, services, rules, held, operator, WordKind.APPROVE)
    deliver_due(services, rules, slice_s=120)
    for letter in ("confirm", "manage"):
        write_letter(services, rules, subscriber_id=world.subscriber, letter=letter)
    with services.database.session() as session:
        summary = summarise(session, flag_rules, as_of=DAY, since=date(2015, 5, 1))
    told = [str(dataclasses.astuple(render(summary, services.settings, language=one))).encode() for one in LANGUAGES]
    return {name: channel.sent for name, channel in channels.items()} | {"summary": told}


def addresses(app: Flask, world: World) -> list[str]:
    """Every address that may be looked at, with every code that there is, and those of exports and messages."""
    found = [path for rule in app.url_map.iter_rules() if "GET" in rule.methods and rule.endpoint not in VARYING
             for path in _filled(rule.rule, world)]  # fmt: skip
    assert len(found) > len(ROUTES) / 3
    return [
        *sorted(set(found)),
        *(f"/sites/export.{form}?as_of={DAY}&q=palmyra" for form in EXPORTS),
        *(f"/sites?q={words}" for words in ("qanawat", "cellar", "35.72", "salamiyah")),
        *(f"/artefacts?q={words}" for words in ("qanawat", "bust", world.job)),
        "/?as_of=2015-05-20",
        f"/alerts/{THREAD}.1.cap.xml?scope=restricted",
        f"/maps/sites.geojson?as_of={DAY}&bbox=36.8,35.6,37.0,35.8&zoom=11",
    ]


def _filled(rule: str, world: World) -> list[str]:
    settings, until = world.services.settings, world.services.clock.now() + timedelta(days=1)
    known = {
        "slug": [PALMYRA],
        "code": [world.codes[0], world.job, "nothing"],
        "key": [world.codes[0], world.job, world.pseudonym, "nothing"],
        "kind": ["place", "reporter", "original"],
        "filename": ["none"],
        "form": list(EXPORTS),
        "name": [THREAD, f"{THREAD}.1", "nothing"],
        "thread": [THREAD, "nothing"],
        "step": ["authorise", "pack"],
        "token": [make_token(settings, each, world.subscriber, until) for each in TokenFor],
    }
    paths = [rule]
    for part in re.findall(r"<(?:\w+(?:\([^)]*\))?:)?\w+>", rule):
        values = known.get(re.sub(r".*:|[<>]", "", part), ["1"])
        paths = [path.replace(part, value) for path in paths for value in values]
    return paths


def translated() -> list[str]:
    """Pages that speak of the site or its objects, in the other languages."""
    public = [f"/sites/{PALMYRA}", "/alerts.atom", "/alerts", f"/alerts/{THREAD}", "/", "/artefacts", "/sealed"]
    return [f"{path}?lang={language}" for path in public for language in LANGUAGES[1:]]


Seen = dict[tuple[str, str], tuple[object, ...]]


def seen(world: World, names: Collection[str] = ()) -> Seen:
    """Status, headers and body of every address for everybody, or for some, what is random in each taken out."""
    app = create_app(world.services)
    app.config.update(TESTING=True)
    found: Seen = {}
    paths = addresses(app, world)
    for name in names or world.cookies:
        ask = _asker(app, world, name)
        more = translated() if name in ("a stranger", Role.REGISTRAR.value) else []
        found |= {(name, path): what_left(ask("get", path)) for path in [*paths, *more]}
    return found


def _asker(app: Flask, world: World, name: str) -> Any:
    client = app.test_client(use_cookies=False)

    def ask(method: str, path: str, **sent: Any) -> TestResponse:
        return getattr(client, method)(
            path, headers={"Cookie": world.cookies[name]}, environ_base={"REMOTE_ADDR": "203.0.113.9"}, **sent
        )

    return ask


def what_left(answer: TestResponse) -> tuple[object, ...]:
    """All of an answer but the date, the cookie and what is random by its nature."""
    headers = {key: value for key, value in answer.headers if key not in ("Date", "Set-Cookie")}
    body = answer.data
    if "spreadsheet" in answer.mimetype:
        headers.pop("Content-Length", None)  # the time of writing packs a little longer or shorter
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b"".join(book.read(name) for name in book.namelist() if name != "docProps/core.xml")
    told = sorted((key, SECRETS_OF_A_PAGE.sub(b"", _no_nonce(value).encode())) for key, value in headers.items())
    body = SECRETS_OF_A_PAGE.sub(b"", body)
    return answer.status_code, told, len(body), body


def _no_nonce(value: str) -> str:
    return re.sub(r"'nonce-[^']*'", "", value)


def sent(world: World) -> Seen:
    """What every address answers to a form: an empty one, and those that guess at what is sealed or want to read it."""
    app = create_app(world.services)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in rule.methods and rule.endpoint not in CHANCE]
    empty = [path for rule in rules for path in _filled(rule.rule, world)[:2]]
    found: Seen = {}
    for name in world.cookies:
        ask = _asker(app, world, name)
        for number, (path, form) in enumerate(_forms(world)):
            found[name, f"form {number} {path}"] = what_left(ask("post", path, data=form))
        for path in ("/sealed", "/audit", "/artefacts/look-ups", f"/artefacts/jobs/{world.job}", "/inbox", "/"):
            found[name, f"afterwards {path}"] = what_left(ask("get", path))
    # Last, for some of these end somebody's session.
    for name in world.cookies:
        ask = _asker(app, world, name)
        found |= {(name, f"POST {path}"): what_left(ask("post", path)) for path in empty}
    return found


def _forms(world: World) -> list[tuple[str, dict[str, Any]]]:
    """Forms with the sealed words in them, some of them wrong, so that errors are answered too."""
    place, code, job = f"/sealed/place/{world.job}", f"/artefacts/{world.codes[0]}", f"/artefacts/jobs/{world.job}"
    reason = {"reason": "the transport leaves tonight"}
    return [
        ("/threats/new", _report(FACTS.name) | {"site": "nowhere"}),
        ("/threats/new", _report(FACTS.access) | {"client_id": "4f0c1c1e5a7b4d6f9a8e2b1c0d3e4f5b"}),
        ("/artefacts/new", {"kind": "object", "title": FACTS.name, "count_low": "x"}),
        ("/artefacts/jobs/new", {"codes": world.codes[0], "reason": FACTS.name, "place": FACTS.name}),
        ("/artefacts/imports", {"institution": "palmyra-museum", "file": (io.BytesIO(b"Title\nQanawat\n"), "a.csv")}),
        (f"{code}/edit", {"title": FACTS.name, "count_low": "0"}),
        (f"{code}/container", {"box": "Qanawat"}),
        (f"{code}/custody", {"giver": FACTS.name, "taker": FACTS.name, "happened_at": "2999-01-01T10:00"}),
        (f"{job}/seal", {"place": FACTS.name, "lon": "999", "lat": str(FACTS.lat)}),
        (f"{job}/steps/authorise", {"authorise-custodian": ""}),
        (f"{place}/ask", {"reason": "short"}),
        (f"{place}/read", {}),
        (f"{place}/break-glass", {"reason": "short"}),
        (f"/sealed/reporter/{world.pseudonym}/ask", reason),
        (f"/sealed/reporter/{world.pseudonym}/read", {}),
        (f"{place}/ask", reason),
        ("/subscriptions", {"address": FACTS.name, "place": FACTS.name}),
        ("/login", {"email": "leila@museum.example", "password": FACTS.name}),
        (f"/sites/{PALMYRA}/edit", {"name": FACTS.name, "lon": "999"}),
        ("/reports/new", {"title": FACTS.name, "text": FACTS.access}),
    ]
