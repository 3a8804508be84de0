"""The report of 20 May 2015, claim by claim through the pages: what the dossier shows, to whom, and what it raises."""

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from heritage.app import create_app
from heritage.core.clock import FixedClock
from heritage.db.embedded import EmbeddedServer
from heritage.flags.service import compute_flags, load_rules
from heritage.incidents.from_claims import take_claims
from heritage.proximity.service import match_pending
from heritage.reports.domain import Act, Party, Reliability, SourceDraft, SourceKind
from heritage.reports.service import add_source
from heritage.services import Services
from heritage.settings import Settings
from heritage.sites.models import Condition
from heritage.starter.load import load_starter

from ..conftest import NOON, _clone
from .palmyra_claims import ACTIVISTS, CHIEF, CLAIMS, FIGHTER, MILITARY, OBSERVATORY, STATE_TV, SUPPORTERS, fields

ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}
DOSSIER = "/sites/site-of-palmyra"
PARTIES = {
    STATE_TV: (SourceKind.PARTY_MEDIA, Reliability.C),
    MILITARY: (SourceKind.STATE_FORCE, Reliability.D),
    FIGHTER: (SourceKind.ANONYMOUS, Reliability.E),
    SUPPORTERS: (SourceKind.CROWD, Reliability.F),
    ACTIVISTS: (SourceKind.CROWD, Reliability.D),
}


pytestmark = pytest.mark.xdist_group("palmyra_claims")


@pytest.fixture(scope="module")
def article(shared_data: Path) -> str:
    """The report itself; none of it is in this file."""
    return next((shared_data / "seed").glob("*.txt")).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def services(server: EmbeddedServer, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The starter set, and sources that somebody has judged; the tests of this module share it."""
    folder = tmp_path_factory.mktemp("claims")
    settings = Settings(
        var=folder,
        secret_key="a test's key of no worth, long enough",
        trusted_hosts=["localhost"],
        local_editing=True,
    )
    with _clone(server, template) as database:
        held = Services(clock=FixedClock(NOON), settings=settings, database=database)
        with database.session() as session:
            load_starter(session, held.clock, reach_km=50)
            act = Act(NOON, "a test")
            for name, (kind, reliability) in PARTIES.items():
                draft = SourceDraft(name, kind, Party.YES, reliability, reason="known for years")
                add_source(session, act, draft)
            add_source(session, act, SourceDraft(CHIEF, SourceKind.HERITAGE_AUTHORITY, Party.NO, Reliability.B))
        yield held


@pytest.fixture(scope="module")
def client(services: Services) -> FlaskClient:
    """A browser at the machine itself, where nobody has an account yet."""
    application = create_app(services)
    application.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return application.test_client()


@pytest.fixture(scope="module")
def entered(client: FlaskClient, article: str) -> tuple[str, list[str]]:
    """The report and its claims, entered and passed one by one; the addresses of both."""
    paragraphs = [line.strip() for line in article.split("\n") if line.strip()]
    said = {"title": paragraphs[0], "text": article, "language": "en", "dated": "2015-05-20?", "dated_raw": "Wednesday"}
    kept = client.post("/reports/new", data={**said, "is_date_inferred": "y"})
    assert kept.status_code == 302, problems(kept.text)
    for number, claim in enumerate(CLAIMS):
        sent = client.post(f"{kept.location}/claims", data=fields(number, paragraphs[claim[0]].split(". ")[0]))
        assert sent.status_code == 302, (number + 1, problems(sent.text))
    claims = list(dict.fromkeys(re.findall(r"/reports/claims/\d+", client.get(kept.location).text)))
    for address in claims:
        passed = client.post(f"{address}/review", data={"verdict": "accept"})
        assert passed.status_code == 302, problems(passed.text)
    return kept.location, claims


def problems(page: str) -> list[str]:
    return re.findall(r'class="problem"[^>]*>([^<]*)', page) or [plain(page)[:600]]


def plain(page: str) -> str:
    """The words of a page, without its frame."""
    main = page.split("<main", 1)[-1].split("</main>", 1)[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", main)))


def group(page: str, title: str) -> str:
    """The words of one point in dispute."""
    found = re.search(rf"<h3[^>]*><bdi>{re.escape(title)}</bdi>.*?(?=<h3|</main>)", page, re.DOTALL)
    assert found, title
    return plain(found[0])


def test_thirty_four_claims_each_with_a_sayer_a_span_and_a_grade(client: FlaskClient, entered: tuple[str, list[str]]):
    _, claims = entered
    assert len(claims) == len(CLAIMS) == 34
    for number, address in enumerate(claims):
        page = plain(client.get(address).text)
        _, statement, said_by, _, grade, _, _ = CLAIMS[number]
        assert statement in page
        assert f"{grade}: " in page
        assert "characters" in page
        for name in said_by.split("; "):
            assert (name or "The article says, no source given") in page


def test_contradictions_stand_side_by_side_and_the_line_says_what_it_rests_on(
    client: FlaskClient, entered: tuple[str, list[str]]
):
    page = client.get(DOSSIER).text
    city = group(page, "control of the city")
    assert "Largely held by ISIS; claims differ" in city
    assert "computed from 3 claims, 3 independent origins" in city
    for who in ("The article says, no source given", FIGHTER, OBSERVATORY):
        assert who in city
    assert "a party's own word" in city
    assert "Entry of ISIS reported" in group(page, "control of the site")
    assert "Withdrawal of Government of Syria reported" in group(page, "why forces left")
    assert "Possibly the same event; nobody has said so yet." in group(page, "air strike")
    assert "Said by parties to the conflict only" in group(page, "civilians")
    assert f"{CHIEF}, quoted by Reuters" in group(page, "statues")
    assert "16–20 May 2015" in group(page, "coalition at Palmyra")


def test_a_partys_word_stands_only_inside_quotation_marks(client: FlaskClient, entered: tuple[str, list[str]]):
    for address in (DOSSIER, "/reports", "/"):
        page = plain(client.get(address, environ_base=ELSEWHERE).text)
        outside = re.sub(r"“[^”]*”", "", page).lower()
        for coloured in ("liberat", "terrorist", "martyr"):
            assert coloured not in outside


def test_a_line_on_control_grows_stale(client: FlaskClient, entered: tuple[str, list[str]]):
    page = client.get(f"{DOSSIER}?as_of=2015-06-25").text
    assert "Not known any more: nothing was said in the 30 days after 20 May 2015" in group(page, "control of the city")


def test_nothing_is_claimed_before_it_was_known(client: FlaskClient, entered: tuple[str, list[str]]):
    assert "control of the city" not in client.get(f"{DOSSIER}?as_of=2015-05-19").text
    assert "control of the city" not in client.get(f"{DOSSIER}?as_of=2015-05-21&known_on=2015-05-19").text
    assert "control of the city" in client.get(f"{DOSSIER}?as_of=2015-05-20").text


def test_a_stranger_sees_nothing_of_what_is_for_staff(client: FlaskClient, entered: tuple[str, list[str]]):
    report, claims = entered
    pages = [DOSSIER, report, "/reports", f"{DOSSIER}?lang=fr", f"{report}?lang=ar"]
    for address in pages:
        answer = client.get(address, environ_base=ELSEWHERE)
        assert answer.status_code == 200
        for word in (
            "hospital",
            "depot",
            "weapons",
            "airport",
            "safe locations",
            "Hundreds of statues",
            "installations",
        ):
            assert word not in answer.text, (address, word)
    missing = client.get("/reports/claims/999999", environ_base=ELSEWHERE).text
    for number in (5, 7, 8, 24):
        hidden = client.get(claims[number], environ_base=ELSEWHERE)
        assert hidden.status_code == 404
        assert plain(hidden.text).replace(claims[number].rsplit("/")[-1], "999999") == plain(missing)
    assert "0 reports" in client.get("/reports?q=hospital", environ_base=ELSEWHERE).text
    assert "1 report" in client.get("/reports?q=Iraq", environ_base=ELSEWHERE).text


def test_moved_objects_are_told_in_the_same_words_always(client: FlaskClient, entered: tuple[str, list[str]]):
    report, claims = entered
    for address in (DOSSIER, report, claims[12]):
        page = plain(client.get(address, environ_base=ELSEWHERE).text)
        assert "Objects are reported moved; place withheld." in page
    assert "safe locations" in client.get(claims[12]).text


def levels(services: Services, session: Session) -> dict[str, int]:
    rules = load_rules(services.settings.rules_file())
    take_claims(session, services.clock)
    match_pending(session, rules.reach_km)
    flags = compute_flags(session, rules, as_of=date(2015, 5, 21), min_level=1)
    return {flag.id_no: int(flag.level) for flag in flags}


@pytest.fixture
def session(services: Services) -> Iterator[Session]:
    """A transaction that is rolled back after the test."""
    with Session(services.database.engine) as opened:
        yield opened
        opened.rollback()


@pytest.mark.usefixtures("entered")
def test_the_levels_stay_what_they_are_and_the_condition_too(services: Services, session: Session):
    assert levels(services, session) == {"23": 4, "1348": 2}
    assert session.exec(select(Condition)).first() is None


@pytest.mark.usefixtures("entered")
def test_the_report_alone_flags_two_properties_and_no_other(services: Services, session: Session):
    session.connection().exec_driver_sql(
        "update event_version set withdrawn = true where event in (select id from event where feed = 'starter')"
    )
    alone = levels(services, session)
    assert set(alone) == {"23", "1348"}
    assert alone["23"] >= 2
    assert alone["1348"] >= 1


def test_the_same_report_again_is_recognised_and_its_claims_are_not_doubled(
    client: FlaskClient, services: Services, session: Session, entered: tuple[str, list[str]], article: str
):
    report, _ = entered
    before = levels(services, session)
    session.rollback()
    again = {"title": "Palmyra falls", "publisher": "Another", "text": article.upper()}
    assert client.post("/reports/new", data=again).location == report
    page = plain(client.get(report).text)
    for words in ("34 claims", "Also printed as", "Palmyra falls", "Another"):
        assert words in page
    assert levels(services, session) == before


@pytest.mark.usefixtures("entered")
def test_every_step_stands_in_the_record(session: Session):
    counted = session.connection().exec_driver_sql(
        "select action, count(*) from audit_entry where action like 'reports.%%' group by action"
    )
    found = dict(counted.all())
    assert (found["reports.enter-claim"], found["reports.review-claim"]) == (34, 34)
