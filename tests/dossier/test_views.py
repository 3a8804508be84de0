"""The brief, its PDF, citations and kept versions over a real database."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from heritage.app import create_app
from heritage.core.clock import FixedClock
from heritage.core.files import open_source
from heritage.dossier import views
from heritage.dossier.queries import list_versions
from heritage.dossier.service import PRINTED
from heritage.feeds.registry import get_feed
from heritage.incidents.service import import_events
from heritage.policy.disclosure import Disclosure
from heritage.proximity.service import match_pending
from heritage.reports import service as reports
from heritage.reports.domain import Act as Reviewer
from heritage.reports.domain import ClaimDraft, ClaimKind, DocumentDraft, Verdict
from heritage.services import Services
from heritage.sites.domain import ConditionState
from heritage.sites.queries import get_site
from heritage.sites.service import Act, add_danger_period, edit_site, record_condition
from heritage.starter.load import load_starter

SLUG = "site-of-palmyra"
DAY = "as_of=2015-05-21"
SAID = "Fighters are within the columns"


@pytest.fixture
def starter(services: Services) -> Services:
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50)
    return services


def claim(services: Services) -> int:
    """A reviewed claim on Palmyra."""
    now = datetime(2015, 5, 21, 8, tzinfo=UTC)
    with services.database.session() as session:
        document = reports.add_document(
            session, Reviewer(now, "analyst (1)", 1),
            DocumentDraft("A town changes hands", "Fighters entered the town.", "The Paper", "en", "2015-05-20"),
        )  # fmt: skip
        site = get_site(session, SLUG)
        draft = ClaimDraft(
            SAID, kind=ClaimKind.FIGHTING, said_by=("Observatory",), occurred="2015-05-20?", site_id=site.id
        )
        (number,) = reports.enter_claims(session, document.document_id, [draft], act=Reviewer(now, "analyst (1)", 1))
        reports.review_claim(session, Reviewer(now, "officer (2)", 2), number, Verdict.ACCEPT)
    return number


def change_everything(services: Services, folder: Path) -> None:
    """What a later day brings: an older event, another name, an assessment, a period, all about the past."""
    later = FixedClock(services.clock.now() + timedelta(days=400))
    event = {
        "event_id": "late", "occurred": "2015-05-19", "reported_on": "2015-05-19", "place": "The valley of tombs",
        "country": "SY", "lon": 38.26, "lat": 34.55, "radius_km": 1, "location_precision": "exact",
        "time_precision": "day", "kind": "shelling", "sources": [{"name": "A late voice"}], "origins": ["late"],
        "reliability": "A", "credibility": 1, "summary": "", "actors": {}, "fatalities": {},
    }  # fmt: skip
    path = folder / "late.json"
    path.write_text(json.dumps({"feed": "reports", "release": "9", "events": [event]}))
    act = Act(later.now())
    with services.database.session() as session:
        import_events(session, get_feed("reports"), open_source(path), clock=later, release="9")
        match_pending(session, 50)
        site = get_site(session, SLUG)
        assert site.id
        edit_site(session, act, site.id, name="Another name", short_description="Another text")
        record_condition(
            session, act, site.id, state=ConditionState.SEVERE, observed="2015-05-20", assessor="A mission"
        )
        add_danger_period(session, act, site.id, began="1990", ended="1995")


def text_of(page: str) -> str:
    """What is read of the brief, without its marks."""
    article = re.search(r"<article.*</article>", page, re.S)
    assert article
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>|[\u2066-\u2069]", " ", article[0]))


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_the_brief_answers_what_how_sure_and_on_which_data(starter: Services, client: FlaskClient, language: str):
    page = client.get(f"/sites/{SLUG}/brief?{DAY}&lang={language}")
    assert page.status_code == 200
    told = text_of(page.text)
    for said in ("2015", "23", "CC BY-SA 4.0"):
        assert said in told
    assert f'lang="{language}"' in page.text


def test_the_pdf_is_the_same_every_time_and_needs_no_account(starter: Services, client: FlaskClient):
    once, again = (client.get(f"/sites/{SLUG}/brief.pdf?{DAY}&lang=ar") for _ in range(2))
    assert once.content_type == "application/pdf"
    assert f'filename="{SLUG}-2015-05-21.pdf"' in once.headers["Content-Disposition"]
    views._PDFS._kept.clear()
    assert once.data == again.data == client.get(f"/sites/{SLUG}/brief.pdf?{DAY}&lang=ar").data


def test_nobody_prints_without_end(starter: Services, client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(views, "PRINTED", type(PRINTED)("few", 2, PRINTED.window))
    answers = [client.get(f"/sites/{SLUG}/brief.pdf?{DAY}").status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def test_the_page_says_how_to_cite_it(starter: Services, client: FlaskClient):
    page = client.get(f"/sites/{SLUG}?{DAY}").text
    assert "as_of=2015-05-21&amp;known_on=2015-05-21" in page
    (item,) = json.loads(client.get(f"/sites/{SLUG}/citation.json?{DAY}").data)
    assert item["title"] == "Site of Palmyra: risk dossier as of 21 May 2015"
    assert item["version"] in page
    assert item["URL"].endswith(f"/sites/{SLUG}?as_of=2015-05-21&known_on=2015-05-21&lang=en")
    assert client.get(f"/sites/{SLUG}/citation.bib?{DAY}").text.startswith("@online{")
    assert client.get(f"/sites/{SLUG}/citation.ris?{DAY}").status_code == 404


def test_a_cited_version_stays_word_for_word_whatever_comes_later(
    starter: Services, client: FlaskClient, tmp_path: Path
):
    claim(starter)
    kept = client.post(f"/sites/{SLUG}/versions?{DAY}&lang=en")
    assert kept.status_code == 303
    address = kept.headers["Location"]
    assert "known_on=2015-05-21" in address
    before = client.get(address)
    assert SAID in before.text
    assert "More is known of that day by now" not in before.text

    change_everything(starter, tmp_path)
    after = client.get(address)
    assert text_of(after.text) == text_of(before.text)
    assert "More is known of that day by now" in after.text
    assert "Another name" in client.get(f"/sites/{SLUG}?{DAY}").text
    # In another language of the reader it is still the text that was cited.
    assert text_of(client.get(address.replace("lang=en", "lang=fr")).text) == text_of(before.text)


def test_keeping_the_same_twice_keeps_it_once(starter: Services, client: FlaskClient):
    first, second = (client.post(f"/sites/{SLUG}/versions?{DAY}") for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    with starter.database.session() as session:
        assert len(list_versions(session, get_site(session, SLUG).id or 0)) == 1
    assert first.headers["Location"].replace("&", "&amp;") in client.get(f"/sites/{SLUG}?{DAY}").text


def test_what_ceases_to_be_public_leaves_kept_versions_too(starter: Services, client: FlaskClient):
    number = claim(starter)
    address = client.post(f"/sites/{SLUG}/versions?{DAY}&lang=en").headers["Location"]
    act = Reviewer(datetime(2015, 6, 1, 8, tzinfo=UTC), "officer (2)", 2)
    with starter.database.session() as session:
        reports.withdraw_claim(session, act, number, reason="It was another town.")
    page = client.get(address).text
    assert SAID not in page
    assert "1 claim it repeated is no longer public" in page

    with starter.database.session() as session:
        site = get_site(session, SLUG)
        edit_site(session, Act(starter.clock.now()), site.id or 0, disclosure=Disclosure.HIDDEN)
    gone = client.get(address)
    assert gone.status_code == 404
    assert "Tadmur" not in gone.text


def test_a_version_that_nobody_kept_leads_to_the_page_of_now(starter: Services, client: FlaskClient):
    answer = client.get(f"/sites/{SLUG}?{DAY}&version=0123456789abcdef")
    assert answer.status_code == 302
    assert "version" not in answer.headers["Location"]
    assert "Nobody kept the version" in client.get(answer.headers["Location"]).text


def test_a_brief_tells_a_stranger_and_an_officer_the_same(starter: Services, client: FlaskClient, meet):
    from heritage.policy.roles import Role

    now = datetime(2015, 5, 21, 8, tzinfo=UTC)
    with starter.database.session() as session:
        document = reports.add_document(
            session, Reviewer(now, "analyst (1)", 1), DocumentDraft("T", "Some text of it.", "P", "en", "2015-05-20")
        )
        draft = ClaimDraft(
            "A depot lies beside it", kind=ClaimKind.FIGHTING, site_id=get_site(session, SLUG).id, is_sensitive=True
        )
        (number,) = reports.enter_claims(session, document.document_id, [draft], act=Reviewer(now, "analyst (1)", 1))
        reports.review_claim(session, Reviewer(now, "officer (2)", 2), number, Verdict.ACCEPT)
    officer = meet(Role.EMERGENCY_OFFICER).client
    assert "A depot lies beside it" in officer.get(f"/sites/{SLUG}?{DAY}").text
    path = f"/sites/{SLUG}/brief?{DAY}&lang=en"
    assert "A depot" not in officer.get(path).text
    assert text_of(officer.get(path).text) == text_of(
        client.get(path, environ_base={"REMOTE_ADDR": "203.0.113.9"}).text
    )


def test_the_brief_of_a_hidden_place_gives_nothing_of_it_away(starter: Services, client: FlaskClient):
    with starter.database.session() as session:
        site = get_site(session, SLUG)
        edit_site(session, Act(starter.clock.now()), site.id or 0, disclosure=Disclosure.HIDDEN)
    told = text_of(client.get(f"/sites/{SLUG}/brief?{DAY}&lang=en").text)
    assert "distances from it are withheld" in told
    assert "Tadmur" not in told
    assert not re.search(r"\d km", told)


def test_a_replay_can_be_read_and_printed_but_keeps_nothing(starter: Services):
    client = create_app(starter, replay=date(2015, 5, 21)).test_client()
    assert client.get(f"/sites/{SLUG}/brief").status_code == 200
    assert "Keep this version" not in client.get(f"/sites/{SLUG}").text
    assert client.post(f"/sites/{SLUG}/versions").status_code == 403
