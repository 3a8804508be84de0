"""Filing an update: what is kept, what is refused at its field, what is sent twice, and what never shows."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, select

from heritage.audit.models import Entry
from heritage.sealing.keyring import KeyRing, Purpose, open_keyring
from heritage.sealing.service import rotate
from heritage.services import Services
from heritage.threats.domain import UpdateState, keyed
from heritage.threats.models import SEALED_DRAFT, SEALED_POINT, ThreatUpdate, UpdateAuthor, UpdateDraft
from heritage.threats.service import author_key

from .conftest import ELSEWHERE, HATRA, PALMYRA, File, SignIn, told

pytestmark = pytest.mark.usefixtures("register")


def only_update(services: Services) -> ThreatUpdate:
    with services.database.session() as session:
        return session.exec(select(ThreatUpdate)).one()


def problems(page: str) -> str:
    return " ".join(re.findall(r'class="problem"[^>]*>([^<]+)', page))


def test_an_update_keeps_what_was_said_and_what_was_understood(services: Services, client: FlaskClient, file: File):
    code = file(client, where="part", part_ref="23-001", source="a neighbour", credibility="2")
    update = only_update(services)
    assert (update.factor, update.when_raw, update.when_edtf) == ("war", "yesterday evening", "2015-05-20")
    assert (update.part_ref, update.how_known, update.own_credibility) == ("23-001", "saw", 2)
    assert (update.state, update.factor_list) == (UpdateState.RECEIVED, "unesco-2008")
    assert re.fullmatch(r"[a-z]+-[a-z]+-[a-z]+-\d{6}", code)


def test_the_same_report_sent_twice_is_one_with_one_code_word(services: Services, client: FlaskClient, file: File):
    assert file(client) == file(client)
    assert only_update(services).id


def test_words_about_time_that_are_not_understood_are_kept(services: Services, client: FlaskClient):
    page = client.post("/threats/new", data=told(when="when the storks left")).text
    assert "We did not understand the time" in page
    update = only_update(services)
    assert (update.when_raw, update.when_edtf, update.when_from) == ("when the storks left", "", None)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"when": "2016-01-01"}, "That day has not come yet."),
        ({"when": "tomorrow"}, "That day has not come yet."),
        ({"what": " "}, "Say what was seen."),
        ({"factor": ""}, "Choose one of the list."),
        ({"factor": "dragons"}, "Not a valid choice."),
        ({"where": "part"}, "Choose the part."),
        ({"where": "part", "part_ref": "99"}, "This site has no such part."),
        ({"where": "point"}, "Click on the map, or write latitude and longitude."),
        ({"where": "near"}, "Say near what."),
        ({"where": "point", "lon": "38.3", "lat": "abc"}, "Not a valid decimal value."),
        (
            {"where": "point", "lon": "2.35", "lat": "48.85"},
            "This point lies in France, not in the country of the site.",
        ),
        ({"where": "point", "lon": "38.3", "lat": "34.5", "radius_km": "0"}, "Must be between"),
        ({"site": "", "site_query": ""}, "Choose the site"),
        ({"what": "x\x01y"}, "There is a sign in it that cannot be kept."),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(services, client, given, said):
    sent = told(source="the evening paper", near="") | given
    answer = client.post("/threats/new", data=sent)
    assert answer.status_code == 422
    assert said in problems(answer.text)
    assert "the evening paper" in answer.text
    if given.get("what") is None:
        assert sent["what"] in answer.text
    assert f'value="{sent["client_id"]}"' in answer.text
    with services.database.session() as session:
        assert session.exec(select(ThreatUpdate)).first() is None


@pytest.mark.parametrize("typed", ["Palmyra", "palmira", "بالميرا"])
def test_a_site_is_found_by_name_without_scripts_and_the_rest_is_kept(client: FlaskClient, services, typed: str):
    from heritage.sites.models import SiteName
    from heritage.sites.queries import get_site

    if typed == "بالميرا":
        with services.database.session() as session:
            from dataclasses import replace

            from heritage.sites import loading, store
            from heritage.sites.comparison import Update, differences
            from heritage.sites.domain import NameRecord

            held = next(iter(loading.load_by_ids(session, [get_site(session, "site-of-palmyra").id])))
            state = replace(held.state, names=(*held.state.names, NameRecord("بالميرا", "ar")))
            stamp = store.Stamp(None, services.clock.now().date(), services.clock.now())
            store.update_sites(session, [Update(held, state, differences(held, state))], stamp)
            assert session.exec(select(SiteName).where(SiteName.text == "بالميرا")).first()
    page = client.post("/threats/new", data=told(site="", site_query=typed, do="find")).text
    assert 'value="site-of-palmyra" checked' in page
    assert "Soldiers dig a trench" in page
    assert client.post("/threats/new", data=told(site="", site_query=typed)).status_code == 201


def test_a_point_is_rounded_everywhere_but_in_its_seal(services: Services, client: FlaskClient, file: File):
    file(client, where="point", lon="38.26871", lat="34.55123", radius_km="0.5")
    update = only_update(services)
    assert (update.lon, update.lat, update.radius_km) == (38.27, 34.55, 1.3)
    assert update.sealed_point
    ring = open_keyring(services.settings)
    assert b"38.26871" in ring.open(SEALED_POINT.purpose, SEALED_POINT.identity(update.id), update.sealed_point)


def test_nothing_beside_an_update_names_its_author(services: Services, sign_in: SignIn, file: File):
    file(sign_in("field_reporter", name="Leila of Tadmur"))
    update = only_update(services)
    with services.database.session() as session:
        entries = session.exec(select(Entry).where(Entry.action == "update.filed")).all()
        author = session.exec(select(UpdateAuthor)).one()
    assert [entry.actor for entry in entries] == ["a reporter"]
    assert {entry.at.minute for entry in entries} == {0}
    assert "Leila" not in f"{update!r}{author!r}"
    assert update.received_at.minute == 0


def test_database_and_secret_key_without_the_key_ring_do_not_tell_whose_an_update_is(
    services: Services, sign_in: SignIn, file: File
):
    reporter = sign_in("field_reporter")
    file(reporter)
    reporter.post("/threats/new", data=told(do="keep", client_id="d" * 32))
    with services.database.session() as session:
        kept = {session.exec(select(UpdateAuthor)).one().author_key, session.exec(select(UpdateDraft)).one().author_key}
    assert len(kept) == 1
    secret, strange = services.settings.secret(), KeyRing(services.settings.var / "strange", makes_keys=True)
    for account_id in range(1, 50):
        assert keyed(secret, "author", str(account_id)) not in kept
        assert author_key(strange, account_id) not in kept


def test_after_new_keys_one_still_finds_ones_own_reports_and_drafts(services: Services, sign_in: SignIn, file: File):
    reporter = sign_in("field_reporter")
    file(reporter)
    reporter.post("/threats/new", data=told(do="keep", client_id="d" * 32, what="A drone over the citadel."))
    ring = open_keyring(services.settings)
    with services.database.session() as session:
        before = session.exec(select(UpdateDraft.sealed_fields)).one()
        done = rotate(session, ring, [SEALED_DRAFT], [Purpose.REPORTERS], now=services.clock.now(), actor="a test")
    assert (done.resealed, done.unreadable) == (1, [])
    with services.database.session() as session:
        assert session.exec(select(UpdateDraft.sealed_fields)).one() != before
    page = reporter.get("/threats/mine").text
    assert "Soldiers dig" in page
    assert "A drone over the citadel." in page


def test_one_finds_ones_own_reports_and_nobody_elses(sign_in: SignIn, file: File):
    mine, other = sign_in("field_reporter", name="one"), sign_in("field_reporter", name="two")
    file(mine)
    assert "Soldiers dig" in mine.get("/threats/mine").text
    number = re.search(r"/threats/mine/(\d+)", mine.get("/threats/mine").text)
    assert number
    assert "Soldiers dig" not in other.get("/threats/mine").text
    assert other.get(f"/threats/mine/{number[1]}").status_code == 404
    assert other.post(f"/threats/mine/{number[1]}", data={"do": "withdraw"}).status_code == 404


def test_a_report_is_followed_and_taken_back_by_its_code_word(services: Services, app: Flask, client, file: File):
    code = file(client, where="point", lon="38.26871", lat="34.55123")
    stranger = app.test_client()
    assert stranger.post("/threats/follow", data={"code": "cedar-lamp-river-000000"}).status_code == 404
    page = stranger.post("/threats/follow", data={"code": code.upper().replace("-", " ")}).text
    assert "Soldiers dig" in page
    assert "is withdrawn" in stranger.post("/threats/follow", data={"code": code, "do": "withdraw"}).text
    update = only_update(services)
    assert (update.state, update.seen, update.lon, update.sealed_point) == (UpdateState.WITHDRAWN, "", None, None)
    assert "withdrawn already" in stranger.post("/threats/follow", data={"code": code, "do": "withdraw"}).text


def test_a_draft_is_kept_for_its_account_and_gone_once_sent(sign_in: SignIn, file: File):
    writer, other = sign_in("field_reporter", name="one"), sign_in("field_reporter", name="two")
    kept = writer.post("/threats/new", data=told(do="keep", lat="34.5", lon="38.2"))
    assert kept.status_code == 302
    page = writer.get(kept.location).text
    assert "Soldiers dig" in page
    assert 'value="34.5"' in page
    assert "Soldiers dig" not in other.get(kept.location).text
    assert "no site yet" not in writer.get("/threats/mine").text
    file(writer)
    assert "Drafts" not in writer.get("/threats/mine").text


def test_a_draft_is_stored_without_its_words_and_place(services: Services, sign_in: SignIn):
    kept = told(do="keep", where="point", lat="34.55123", lon="38.26871", near="the museum gate")
    assert sign_in("field_reporter").post("/threats/new", data=kept).status_code == 302
    with services.database.session() as session:
        row = session.connection().exec_driver_sql("select to_jsonb(d)::text, sealed_fields from threat_draft d").one()
    for said in ("Soldiers dig", "34.55123", "38.26871", "museum gate", PALMYRA, "war"):
        assert said not in row[0]
        assert said.encode() not in row[1]


def test_without_a_key_no_draft_is_kept_and_nothing_typed_is_lost(services: Services, sign_in: SignIn):
    writer, ring = sign_in("field_reporter"), open_keyring(services.settings)
    ring.init()
    (ring.folder / "reporters.json").rename(ring.folder / "elsewhere")
    answer = writer.post("/threats/new", data=told(do="keep"))
    assert answer.status_code == 503
    assert "Drafts cannot be kept at the moment." in answer.text
    assert "Soldiers dig" in answer.text
    # The report itself comes through; only whose it is, is not kept.
    assert writer.post("/threats/new", data=told()).status_code == 201
    with services.database.session() as session:
        assert session.exec(select(UpdateDraft)).first() is None
        assert session.exec(select(UpdateAuthor)).first() is None


def test_a_directorate_files_for_its_own_countries_only(sign_in: SignIn):
    client = sign_in("directorate", "SY")
    assert client.post("/threats/new", data=told()).status_code == 201
    refused = client.post("/threats/new", data=told(site=HATRA, client_id="b" * 32))
    assert refused.status_code == 422
    assert "outside the countries you speak for" in problems(refused.text)


def test_markup_and_marks_of_direction_stay_text(client: FlaskClient, file: File):
    code = file(client, what="<script>alert(1)</script> \u202egnp.exe")
    page = client.post("/threats/follow", data={"code": code}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert re.search("<bdi>[^<]*gnp.exe[^<]*</bdi>", page)
    assert "\u202e" not in page


def test_strangers_are_sent_to_sign_in_while_public_filing_is_off(client: FlaskClient):
    answer = client.get("/threats/new", environ_base=ELSEWHERE)
    assert answer.status_code == 302
    assert answer.location.startswith("/login")
    assert client.get("/review", environ_base=ELSEWHERE).status_code == 302


def test_the_day_at_the_site_decides_what_today_means(services: Services, app: Flask, session: Session):
    from heritage.threats.domain import day_at

    late = datetime(2015, 5, 21, 22, 30, tzinfo=UTC)
    assert day_at(late, 38.27).day == 22
    assert day_at(late, -80.0).day == 21
