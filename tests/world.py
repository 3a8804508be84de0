"""A filled program for tests that look at every page: people of each role, and something to see on each page.

It is made as people make it, through the program's own forms, on 21 May 2015 with the starter set. The pages are listed
here once; a test holds the list to be whole.
"""

import csv
import io
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from flask_security.utils import hash_password
from PIL import Image
from sqlmodel import select

from heritage.accounts import service as accounts
from heritage.accounts.service import Bounds, By
from heritage.alerts.considering import consider
from heritage.alerts.rules import load_alert_rules
from heritage.alerts.subscribing import Manner, Wanted, add_confirmed
from heritage.alerts.tokens import TokenFor, make_token
from heritage.app import create_app
from heritage.attachments import service as attachments
from heritage.attachments.models import Attachment
from heritage.channels.base import Message, Recipient
from heritage.channels.models import InboxMessage
from heritage.core.clock import FixedClock
from heritage.db.engine import Database
from heritage.flags.rules_file import load_rules
from heritage.incidents.models import Event
from heritage.proximity.service import match_pending
from heritage.reports.models import ReportSource
from heritage.scheduling.models import JobRun
from heritage.services import Services
from heritage.settings import Settings
from heritage.sites.models import Part, Site
from heritage.starter.load import load_starter

NOON = datetime(2015, 5, 21, 12, tzinfo=UTC)
CLOCK = FixedClock(NOON)
PASSWORD = "a long and plain sentence"
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}
PALMYRA, VILLAGES = "site-of-palmyra", "ancient-villages-of-northern-syria"
MUSEUM = "Palmyra Museum"
ROLES = ("analyst", "registrar", "emergency_officer", "administrator", "directorate", "field_reporter", "subscriber")
OBSERVATORY = "An observatory"
REPORT = """Fighters enter a town

Fighters entered Tadmur on Wednesday, an observatory said. Four soldiers were killed near Palmyra on 20 May 2015.

"We hold all of it", a fighter wrote.
"""
CLAIM = {
    "statement": "Fighters are in the town", "kind": "control", "point": "control of the town", "credibility": "2",
    "said_by": OBSERVATORY, "site": PALMYRA, "actor": "The other side", "extent": "part",
    "quote": "Fighters entered Tadmur on Wednesday",
}  # fmt: skip
ACCEPTED = {
    "do": "accept", "threat_id": "", "factor": "war", "status": "active", "severity": "significant",
    "when": "2015-05-20", "reliability": "B", "credibility": "2", "summary": "Trenches are reported beside the temple.",
    "reason": "plausible",
}  # fmt: skip
OBJECT = {
    "kind": "object", "movability": "movable", "priority": "1", "value_class": "high", "red_list": "sculpture",
    "condition": "unknown", "reported_grade": "",
}  # fmt: skip


@dataclass(frozen=True)
class Page:
    """One page of the walk: what it is called, who looks at it, where it is, and which status it answers with."""

    name: str
    endpoint: str
    who: str
    path: str
    status: int = 200


@dataclass
class World:
    """The filled program: its services, its application, a browser for each of its people, and addresses found."""

    services: Services
    app: Flask
    clients: dict[str, FlaskClient] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)

    def post(self, who: str, path: str, **data: object) -> str:
        """Send a form as somebody; gives where it led, or the page that answered."""
        answer = self.clients[who].post(path, data=data)
        text = answer.get_data(as_text=True)
        problems = re.findall(r'class="problem"[^>]*>([^<]+)', text)
        assert answer.status_code in (200, 201, 302), (who, path, answer.status_code, problems or text[-2000:])
        return answer.location or text

    def get(self, who: str, path: str) -> str:
        """The text of a page as somebody sees it."""
        return self.clients[who].get(path).get_data(as_text=True)


def make_world(services: Services) -> World:
    """Fill an empty, migrated database; gives the people who did it, signed in."""
    app = create_app(services)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    world = World(services, app)
    rules = load_rules(services.settings.rules_file())
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=rules.reach_km)
    # Two of a kind where something takes two persons.
    with app.app_context():
        password_hash = hash_password(PASSWORD)
    for role in (*ROLES, "second_registrar", "second_officer"):
        _sign_up(world, role, password_hash)
    world.clients["stranger"] = app.test_client()
    world.clients["stranger"].environ_base.update(ELSEWHERE)
    for fill in (_sites, _reports, _threats, _objects, _sealed, _alerts, _jobs, _letters):
        fill(world)
    app.config.update(WTF_CSRF_ENABLED=True)
    for client in world.clients.values():
        client.get("/methodology")  # what is still to be said of all that
    return world


def _sign_up(world: World, who: str, password_hash: str) -> None:
    names = {"second_registrar": "registrar", "second_officer": "emergency_officer"}
    role, now = names.get(who, who), world.services.clock.now()
    address, name = f"{who.replace('_', '.')}@museum.example", who.replace("_", " ").capitalize()
    bounds = Bounds.of([role], ["SY"] if role == "directorate" else [], [MUSEUM] if role == "registrar" else [])
    with world.app.app_context(), world.services.database.session() as session:
        secret = accounts.invite(session, By("a test", now), address, bounds)
        accounts.accept(session, secret, name=name, password_hash=password_hash, now=now)
    client = world.app.test_client()
    client.post("/login", data={"email": address, "password": PASSWORD})
    with world.services.database.session() as session:
        session.connection().exec_driver_sql("update account_sign_in set strong = true")
    world.clients[who] = client


def _sites(world: World) -> None:
    site = f"/sites/{PALMYRA}"
    seen = {"state": "severe", "observed": "2015-05-20", "assessor": "A mission", "method": "satellite", "part_ref": ""}
    world.post("emergency_officer", f"{site}/conditions/new", **seen)
    world.post("directorate", f"{site}/conditions/new", **seen | {"state": "slight", "assessor": "The directorate"})
    world.post(
        "emergency_officer", f"{site}/judgements", kind="raise", level="4", reason="A call from the valley",
        by="Duty officer",
    )  # fmt: skip
    with world.services.database.session() as session:
        part = session.exec(select(Part.id).join(Site).where(Site.slug == PALMYRA)).first()
        world.found["part_id"] = str(part)
        world.found["incident_id"] = str(session.exec(select(Event.incident_id).order_by(Event.id)).first())  # type: ignore[arg-type]  # a column
    rows = "id_no,name_en,category,states_name_en,iso_code,date_inscribed,longitude,latitude,danger\n"
    rows += "23,Site of Palmyra and its oasis,Cultural,Syrian Arab Republic,sy,1980,38.26667,34.55417,1\n"
    world.found["site_import"] = world.post(
        "emergency_officer", "/sites/imports", file=(io.BytesIO(rows.encode()), "list.csv"), format="whc"
    ).rsplit("/", 1)[1]


def _reports(world: World) -> None:
    document = world.post("analyst", "/reports/new", title="Fighters enter a town", text=REPORT, dated="2015-05-20?")
    world.found["document_id"] = document.rstrip("/").rsplit("/", 1)[1].split("?")[0]
    address = f"/reports/{world.found['document_id']}/claims"
    for more in ({}, {"statement": "The town is quiet", "extent": "none", "said_by": "State television", "quote": ""}):
        world.post("analyst", address, **CLAIM | more)
    world.post("emergency_officer", "/reports/claims/1/review", verdict="accept")
    with world.services.database.session() as session:
        world.found["source_id"] = str(session.exec(select(ReportSource.id)).first())


def _threats(world: World) -> None:
    told = {
        "do": "send", "site": PALMYRA, "factor": "war", "what": "Soldiers dig a trench beside the wall of the temple.",
        "when": "yesterday evening", "how_known": "saw", "trend": "appeared",
    }  # fmt: skip
    for number in (1, 2):
        picture = io.BytesIO()
        Image.linear_gradient("L").convert("RGB").save(picture, "JPEG")
        picture.seek(0)
        files = [(picture, "wall.jpg")] if number == 2 else []
        world.post("field_reporter", "/threats/new", **told, client_id=str(number) * 32, files=files)
    world.post("field_reporter", "/threats/new", **told | {"do": "keep", "client_id": "3" * 32})
    world.post("analyst", "/review/1", **ACCEPTED)
    with world.services.database.session() as session:
        kept = session.exec(select(Attachment)).one()
        world.found["attachment"], digest = kept.code, kept.sha256
    attachments.clean(world.services, digest)


def _objects(world: World) -> None:
    for title in ("Bust of a lady", "Relief with two camels", "Bust of a priest"):
        where = world.post("registrar", "/artefacts/new", **OBJECT, title=title, site=PALMYRA)
        world.found["artefact"] = where.rsplit("/", 1)[1]
    place = {"place": "A vault", "lon": "36.3", "lat": "33.5", "access": "north door", "route": "desert road"}
    moved = world.post(
        "registrar", "/artefacts/jobs/new", codes=world.found["artefact"], reason="the front comes near", **place
    )  # fmt: skip
    world.found["job"] = moved.rsplit("/", 1)[1]
    world.post(
        "second_registrar", f"/artefacts/jobs/{world.found['job']}/steps/authorise",
        **{"authorise-custodian": "The director"},
    )  # fmt: skip
    rows = io.StringIO()
    csv.writer(rows).writerows([["number", "title"], ["7", "Bust of a child"]])
    with world.services.database.session() as session:
        from heritage.artefacts.models import Institution

        institution = session.exec(select(Institution.code)).one()
    where = world.post(
        "registrar", "/artefacts/imports", institution=institution,
        file=(io.BytesIO(rows.getvalue().encode()), "list.csv"),
    )  # fmt: skip
    world.found["object_import"] = where.rsplit("/", 1)[1]
    world.get("emergency_officer", f"/artefacts/{world.found['artefact']}")


def _sealed(world: World) -> None:
    place = f"/sealed/place/{world.found['job']}"
    world.post("registrar", f"{place}/ask", reason="The transport leaves tonight.")
    world.post("emergency_officer", f"{place}/ask", reason="The road is closed.")
    page = world.get("second_registrar", "/sealed")
    question = re.search(r"/sealed/questions/(\d+)/decide", page)
    assert question
    world.post("second_registrar", f"/sealed/questions/{question[1]}/decide", decision="grant", words="agreed")


def _alerts(world: World) -> None:
    services, now = world.services, world.services.clock.now()
    rules = load_alert_rules(services.settings.alert_rules_file())
    flag_rules = load_rules(services.settings.rules_file())
    with services.database.session() as session:
        added = add_confirmed(session, services, "one@example.org", Wanted(countries=("SY",)), Manner())
        match_pending(session, flag_rules.reach_km)
        consider(session, services, flag_rules, rules)
    for purpose in (TokenFor.CONFIRM, TokenFor.STOP, TokenFor.MANAGE):
        token = make_token(services.settings, purpose, added.subscriber_id, now + timedelta(days=1))
        world.found[purpose.value] = token
    page = world.get("emergency_officer", "/alerts")
    thread = re.search(r'href="/alerts/([\w.-]+-\d+)[?"]', page)
    assert thread, page
    world.found["thread"] = thread[1]
    sent = re.search(r'href="/alerts/([\w.-]+-\d+)[?"]', world.get("stranger", "/alerts"))
    assert sent
    world.found["open_thread"] = sent[1]
    world.post(
        "emergency_officer", "/subscriptions", sites=PALMYRA, min_level="2", frequency="at-once", language="en",
        time_zone="UTC", quiet="", channels="inbox",
    )  # fmt: skip


def _jobs(world: World) -> None:
    with world.services.database.session() as session:
        for number, status in enumerate(("done", "failed", "deferred")):
            at = NOON - timedelta(hours=number)
            ended = None if status == "deferred" else at + timedelta(seconds=4)
            error = "The feed did not answer in time." if status == "failed" else None
            session.add(
                JobRun(
                    job="evaluate", slot=at, cause="slot", status=status, deferred_at=at,
                    started_at=at if ended else None, finished_at=ended, attempts=1, detail={"sites": 24}, error=error,
                )
            )  # fmt: skip


def _letters(world: World) -> None:
    with world.services.database.session() as session:
        from heritage.accounts.models import Account

        world.found["account_id"] = str(session.exec(select(Account.id).where(Account.name == "Analyst")).one())
        officer = session.exec(select(Account.id).where(Account.name == "Emergency officer")).one()
        secret = accounts.invite(session, By("a test", world.services.clock.now()), "new@museum.example",
                                 Bounds.of(["analyst"], [], []))  # fmt: skip
        world.found["secret"] = secret
    text = "Fighting is reported 1.8 km from Palmyra."
    letter = Message("thread 1", "Critical, level 4: Palmyra", text, f"<h1>Palmyra</h1><p>{text}</p>")
    world.services.channels["inbox"].send(letter, Recipient(str(officer)))
    with world.services.database.session() as session:
        world.found["message_id"] = str(session.exec(select(InboxMessage.id)).first())


def filled_services(database: Database, settings: Settings) -> Services:
    """The world's services on an empty, migrated database."""
    from heritage.channels.registry import open_channels

    settings.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    filled = settings.model_copy(update={"public_reports": True})
    return Services(CLOCK, filled, database, open_channels(filled, CLOCK, database))


def _page(name: str, endpoint: str, who: str, path: str, status: int = 200) -> Page:
    return Page(name, endpoint, who, path, status)


OFFICER = "emergency_officer"
# Each page there is, each at least once as somebody who may see it; `{name}` is an address that filling gave.
PAGES = (
    _page("overview", "overview.index", "stranger", "/"),
    _page("overview-quiet", "overview.index", "analyst", "/?as_of=2015-05-01"),
    _page("browse", "sites.browse", "stranger", "/sites?danger=yes"),
    _page("browse-search", "sites.browse", "registrar", "/sites?q=palmira"),
    _page("browse-nothing", "sites.browse", "stranger", "/sites?q=zzzzzz"),
    _page("dossier", "sites.dossier", "stranger", f"/sites/{PALMYRA}"),
    _page("dossier-staff", "sites.dossier", OFFICER, f"/sites/{PALMYRA}"),
    _page("brief", "dossier.brief", "stranger", f"/sites/{PALMYRA}/brief"),
    _page("dossier-parts", "sites.dossier", "stranger", f"/sites/{VILLAGES}"),
    _page("dossier-quiet", "sites.dossier", "stranger", "/sites/timbuktu"),
    _page("site-new", "sites.new", OFFICER, "/sites/new"),
    _page("site-edit", "sites.edit", OFFICER, f"/sites/{PALMYRA}/edit"),
    _page("part-new", "sites.new_part", OFFICER, f"/sites/{PALMYRA}/parts/new"),
    _page("part-edit", "sites.edit_part", OFFICER, f"/sites/{PALMYRA}/parts/{{part_id}}"),
    _page("part-withdraw", "sites.withdraw_part", OFFICER, f"/sites/{PALMYRA}/parts/{{part_id}}/withdraw"),
    _page("condition-new", "sites.new_condition", "directorate", f"/sites/{PALMYRA}/conditions/new"),
    _page("danger-new", "sites.new_danger", OFFICER, f"/sites/{PALMYRA}/danger/new"),
    _page("danger-close", "sites.close_danger", OFFICER, f"/sites/{PALMYRA}/danger/close"),
    _page("imports", "sites.imports", OFFICER, "/sites/imports"),
    _page("import-comparison", "sites.comparison", OFFICER, "/sites/imports/{site_import}"),
    _page("incident", "incidents.show", "stranger", "/incidents/{incident_id}"),
    _page("incident-staff", "incidents.show", "analyst", "/incidents/{incident_id}"),
    _page("reports", "reports.index", "stranger", "/reports"),
    _page("report-new", "reports.new", "analyst", "/reports/new"),
    _page("report-fetch", "drafts.fetch", "analyst", "/reports/fetch"),
    _page("report", "reports.show", "analyst", "/reports/{document_id}"),
    _page("report-public", "reports.show", "stranger", "/reports/{document_id}"),
    _page("report-drafts", "drafts.index", "analyst", "/reports/{document_id}/drafts"),
    _page("report-draft", "drafts.show", "analyst", "/reports/{document_id}/drafts/1"),
    _page("claims", "reports.queue", "analyst", "/reports/claims"),
    _page("claim", "reports.claim", "analyst", "/reports/claims/1"),
    _page("claim-public", "reports.claim", "stranger", "/reports/claims/1"),
    _page("claim-correct", "reports.correct", "analyst", "/reports/claims/1/correct"),
    _page("sources", "reports.sources", "analyst", "/sources"),
    _page("source-new", "reports.new_source", "analyst", "/sources/new"),
    _page("source", "reports.source", "analyst", "/sources/{source_id}"),
    _page("methodology", "flags.methodology", "stranger", "/methodology"),
    _page("design", "design.index", "stranger", "/design"),
    _page("alerts", "alerts.index", OFFICER, "/alerts"),
    _page("alerts-public", "alerts.index", "stranger", "/alerts"),
    _page("alert", "alerts.show", OFFICER, "/alerts/{thread}"),
    _page("duty", "duty.index", OFFICER, "/duty"),
    _page("subscriptions", "subscriptions.index", "stranger", f"/subscriptions?site={PALMYRA}"),
    _page("subscriptions-own", "subscriptions.index", OFFICER, "/subscriptions"),
    _page("subscriptions-asked", "subscriptions.asked", "stranger", "/subscriptions/asked"),
    _page("subscription-confirm", "subscriptions.confirm", "stranger", "/subscriptions/confirm/{confirm}"),
    _page("subscription-stop", "subscriptions.stop", "stranger", "/subscriptions/stop/{stop}"),
    _page("subscription-manage", "subscriptions.manage", "stranger", "/subscriptions/manage/{manage}"),
    _page("feeds", "feeds.index", "stranger", "/feeds"),
    _page("feeds-staff", "feeds.index", "administrator", "/feeds"),
    _page("threat-new", "threats.new", "stranger", f"/threats/new?site={PALMYRA}"),
    _page("threat-follow", "threats.follow", "stranger", "/threats/follow"),
    _page("threats-own", "threats.mine", "field_reporter", "/threats/mine"),
    _page("threat-own", "threats.own", "field_reporter", "/threats/mine/1"),
    _page("threat", "threats.show", "analyst", "/threats/1"),
    _page("threat-change", "threats.change", "analyst", "/threats/1/change"),
    _page("threat-release", "threats.release", "analyst", "/threats/1/release"),
    _page("review", "threats.review", "analyst", "/review"),
    _page("review-one", "threats.review_update", "analyst", "/review/2"),
    _page("jobs", "jobs.index", "administrator", "/jobs"),
    _page("accounts", "accounts.index", "administrator", "/accounts"),
    _page("account-roles", "accounts.change_roles", "administrator", "/accounts/{account_id}/roles"),
    _page("account-accept", "accounts.accept", "stranger", "/accounts/accept/{secret}"),
    _page("account-own", "accounts.own", "registrar", "/account"),
    _page("objects", "artefacts.index", "registrar", "/artefacts"),
    _page("object-lookups", "artefacts.lookups", "registrar", "/artefacts/look-ups"),
    _page("object-new", "artefacts.new", "registrar", "/artefacts/new"),
    _page("object", "artefacts.show", "registrar", "/artefacts/{artefact}"),
    _page("object-edit", "artefacts.edit", "registrar", "/artefacts/{artefact}/edit"),
    _page("object-custody", "artefacts.add_custody", "registrar", "/artefacts/{artefact}/custody"),
    _page("object-imports", "artefacts.imports", "registrar", "/artefacts/imports"),
    _page("object-comparison", "artefacts.comparison", "registrar", "/artefacts/imports/{object_import}"),
    _page("object-labels", "artefacts.labels", "registrar", "/artefacts/labels?code={artefact}"),
    _page("object-packing", "artefacts.packing", "registrar", "/artefacts/packing"),
    _page("object-inquiries", "inquiries.index", "registrar", "/artefacts/inquiries"),
    _page("object-inquiry", "inquiries.new", OFFICER, "/artefacts/inquiries/new"),
    _page("object-sheet", "artefacts.sheet", "registrar", "/artefacts/{artefact}/object-id"),
    _page("move-new", "moves.new", "registrar", "/artefacts/jobs/new?code={artefact}"),
    _page("move", "moves.show", "registrar", "/artefacts/jobs/{job}"),
    _page("move-seal", "moves.seal", "registrar", "/artefacts/jobs/{job}/seal"),
    _page("move-paper", "moves.paper", "registrar", "/artefacts/jobs/{job}/paper"),
    _page("record", "audit.index", "administrator", "/audit"),
    _page("sealed", "sealing.index", "second_registrar", "/sealed"),
    _page("sealed-one", "sealing.show", "registrar", "/sealed/place/{job}"),
    _page("attachment", "attachments.show", "analyst", "/attachments/{attachment}"),
    _page("inbox", "inbox.index", OFFICER, "/inbox"),
    _page("inbox-empty", "inbox.index", "registrar", "/inbox"),
    _page("message", "inbox.show", OFFICER, "/inbox/{message_id}"),
    _page("sign-in", "security.login", "stranger", "/login"),
    _page("password-forgotten", "security.forgot_password", "stranger", "/reset"),
    _page("password-change", "security.change_password", "subscriber", "/change"),
    _page("factor-set-up", "security.two_factor_setup", "subscriber", "/tf-setup"),
    _page("recovery-codes", "security.mf_recovery_codes", "subscriber", "/mf-recovery-codes"),
    _page("passkey-new", "security.wan_register", "subscriber", "/wan-register"),
    _page("passkey-sign-in", "security.wan_signin", "stranger", "/wan-signin"),
    _page("password-again", "security.verify", "subscriber", "/verify"),
    _page("not-found", "", "stranger", "/nothing-here", 404),
    _page("not-for-you", "audit.index", "subscriber", "/audit", 403),
    _page("wrong-day", "overview.index", "stranger", "/?as_of=soon", 400),
)
# Pages that say something else to somebody else. What stands on them is walked above; these are looked at and opened.
ALSO_SEEN_BY = (
    _page("overview", "overview.index", OFFICER, "/"),
    _page("browse", "sites.browse", OFFICER, "/sites?q=palmyra"),
    _page("dossier", "sites.dossier", "analyst", f"/sites/{PALMYRA}"),
    _page("dossier", "sites.dossier", "registrar", f"/sites/{PALMYRA}"),
    _page("dossier", "sites.dossier", "directorate", f"/sites/{PALMYRA}"),
    _page("alerts", "alerts.index", "analyst", "/alerts"),
    _page("alert", "alerts.show", "stranger", "/alerts/{open_thread}"),
    _page("alert", "alerts.show", "analyst", "/alerts/{thread}"),
    _page("reports", "reports.index", "analyst", "/reports"),
    _page("reports", "reports.index", "registrar", "/reports"),
    _page("objects", "artefacts.index", OFFICER, "/artefacts"),
    _page("object", "artefacts.show", OFFICER, "/artefacts/{artefact}"),
    _page("move", "moves.show", "second_registrar", "/artefacts/jobs/{job}"),
    _page("account-own", "accounts.own", "subscriber", "/account"),
)
# What answers with something else than a page, or is a step inside signing in, whose pages have their own tests.
NO_PAGES = frozenset(
    {
        "static", "health.healthz", "health.readyz", "health.metrics", "feeds.as_json", "sites.export", "alerts.atom",
        "alerts.cap", "maps.basemap", "maps.land", "maps.towns", "maps.sites", "maps.site", "maps.incident",
        # The form without a network has no way on by design; test_threats.py looks at it.
        "threats.suggest", "threats.worker", "threats.blank",
        "attachments.view", "attachments.thumb", "attachments.pieces", "artefacts.sheet_as_json",
        "moves.as_json", "inquiries.photograph", "working.show",
        "dossier.brief_as_pdf", "dossier.citation",
        "security.two_factor_rescue", "security.two_factor_token_validation", "security.tf_select",
        "security.mf_recovery", "security.reset_password", "security.wan_verify", "security.wan_delete",
    }
)  # fmt: skip


def pages(world: World, listed: tuple[Page, ...] = PAGES) -> list[Page]:
    """Every page there is, with its address in this world; lines of pages that the program lacks are passed over."""
    there = {rule.endpoint for rule in world.app.url_map.iter_rules()} | {""}
    return [replace(page, path=page.path.format(**world.found)) for page in listed if page.endpoint in there]


def in_language(path: str, language: str) -> str:
    """The address of a page in another language."""
    return f"{path}{'&' if '?' in path else '?'}lang={language}"


def cookie_of(world: World, who: str) -> str | None:
    """What a browser of somebody has to bring to be taken for them."""
    cookie = world.clients[who].get_cookie("session")
    return cookie.value if cookie else None
