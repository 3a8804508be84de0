"""Pages of alerts and subscriptions: what a stranger sees, one click that stops, two persons, one answer for all."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from heritage.alerts.models import Alert, Subscriber, Subscription
from heritage.alerts.thread_queries import list_wishes
from heritage.alerts.tokens import TokenFor, make_token
from heritage.alerts.wishes import Place, wants
from heritage.app import create_app

World = Any
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base.update(ELSEWHERE)
    return client


def text(client: FlaskClient, path: str, code: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == code, path
    return answer.get_data(as_text=True)


def token(world: World, purpose: TokenFor, number: int = 1, **ends: float) -> str:
    return make_token(world.services.settings, purpose, number, world.clock.now() + timedelta(**(ends or {"days": 1})))


def stopped(world: World) -> bool:
    with world.services.database.session() as session:
        return session.exec(select(Subscriber)).one().stopped_at is not None


def told(world: World) -> None:
    world.site()
    world.subscribe()
    world.report(number=4)
    world.consider()
    world.deliver()


def test_a_thread_tells_everybody_what_was_said_and_nobody_else_to_whom(
    world: World, app: Flask, stranger: FlaskClient
) -> None:
    told(world)
    page = text(stranger, "/alerts/palmyra-1")
    assert "Critical" in page
    assert "Tadmur" in page
    assert "ledger" not in page
    # At the machine itself, while there is no account, the ledger is open.
    inside = text(app.test_client(), "/alerts/palmyra-1")
    assert "2015-05-21 12:00:00" in inside
    assert "example.org" not in page + inside
    assert 'href="/alerts/palmyra-1"' in text(stranger, "/alerts")


def test_atom_and_cap_are_there_for_what_was_sent(world: World, stranger: FlaskClient) -> None:
    told(world)
    feed = ElementTree.fromstring(stranger.get("/alerts.atom").data)
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == 1
    for name in ("palmyra-1", "palmyra-1.1"):
        cap = ElementTree.fromstring(stranger.get(f"/alerts/{name}.cap.xml").data)
        assert cap.findtext("{urn:oasis:names:tc:emergency:cap:1.2}identifier") == "palmyra-1.1"
    for name in ("palmyra-1.2", "palmyra-2", "palmyra", ".", "palmyra-1."):
        assert stranger.get(f"/alerts/{name}.cap.xml").status_code == 404, name


@pytest.mark.parametrize("way", ["get", "post"])
def test_looking_at_the_stop_page_changes_nothing_and_one_bare_post_stops(world: World, app: Flask, way: str) -> None:
    world.subscribe()
    app.config["WTF_CSRF_ENABLED"] = True
    client = app.test_client(use_cookies=False)
    client.environ_base.update(ELSEWHERE)
    path = f"/subscriptions/stop/{token(world, TokenFor.STOP)}"
    # As mail programs do it: no cookie, no form of ours.
    answer = client.get(path) if way == "get" else client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert stopped(world) is (way == "post")
    assert client.post(path).status_code == 200


def test_a_link_of_another_purpose_or_that_has_ended_does_nothing(world: World, stranger: FlaskClient) -> None:
    world.subscribe()
    wrong = [
        token(world, TokenFor.CONFIRM),
        token(world, TokenFor.MANAGE),
        token(world, TokenFor.STOP, days=-1),
        "x",
        "1",
    ]
    wrong.append(token(world, TokenFor.STOP, 999))
    answers = {stranger.post(f"/subscriptions/stop/{one}").status_code for one in wrong}
    assert answers == {404}
    assert not stopped(world)


def test_whoever_is_forwarded_a_message_reads_it_and_learns_and_changes_nothing_by_looking(
    world: World, stranger: FlaskClient
) -> None:
    told(world)
    message = world.channel.sent[0][0]
    links = {urlsplit(link) for link in re.findall(r"https?://[^\s\"'<>()]+", message.text + (message.html or ""))}
    own = [link.path for link in links if link.netloc == urlsplit(message.stop_url).netloc]
    stops = [path for path in own if path.startswith("/subscriptions/stop/")]
    assert stops
    assert any(path.startswith(("/sites/", "/alerts/")) for path in own)
    for path in own:
        assert "example.org" not in text(stranger, path)
    assert not stopped(world)
    # What ends the alerts shows and changes nothing else of whose they are.
    assert stranger.get(stops[0].replace("/stop/", "/manage/")).status_code == 404


def test_confirming_takes_a_click_and_not_a_look(world: World, stranger: FlaskClient) -> None:
    world.site()
    said = stranger.post("/subscriptions", data=form(sites="Palmyra"), follow_redirects=True)
    assert "Look into your mail" in said.get_data(as_text=True)
    path = f"/subscriptions/confirm/{token(world, TokenFor.CONFIRM)}"
    page = text(stranger, path)
    assert "Palmyra" in page
    assert "example.org" not in page

    def confirmed() -> bool:
        with world.services.database.session() as session:
            return session.exec(select(Subscription)).one().confirmed_at is not None

    assert not confirmed()
    assert stranger.post(path).status_code == 200
    assert confirmed()


def form(**more: str) -> dict[str, str]:
    usual = {
        "email": "one@example.org", "sites": "", "countries": "", "area": "", "min_level": "2", "frequency": "at-once",
        "language": "en", "time_zone": "UTC", "quiet": "",
    }  # fmt: skip
    return usual | more


def plain(page: str) -> str:
    return re.sub(r"nonce-\w+|csrf\w+", "", page)


def test_the_answer_is_the_same_whether_an_address_is_known_or_not(world: World, stranger: FlaskClient) -> None:
    world.subscribe("known@example.org")
    for path, field, values in (
        ("/subscriptions", "email", form()),
        ("/subscriptions/list", "list-email", {}),
    ):
        answers = [
            stranger.post(path, data=values | {field: address}, follow_redirects=True)
            for address in ("known@example.org", "unknown@example.org")
        ]
        assert {answer.status_code for answer in answers} == {200}
        assert plain(answers[0].get_data(as_text=True)) == plain(answers[1].get_data(as_text=True))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"email": "nobody"}, "This is not an e-mail address."),
        ({"sites": "Atlantis"}, "No site is called"),
        ({"countries": "Syria"}, "two-letter country code"),
        ({"area": "/etc/passwd"}, "GeoJSON"),
        ({"area": "1,2,3,x"}, "Four numbers"),
        ({"time_zone": "Here"}, "time zone is not known"),
        ({"quiet": "at night"}, "22:00-07:00"),
        ({"min_level": "9"}, "Not a valid choice"),
    ],
)
def test_an_error_stands_at_its_field_and_nothing_typed_is_lost(
    world: World, stranger: FlaskClient, wrong: dict[str, str], said: str
) -> None:
    answer = stranger.post("/subscriptions", data=form(sites="Something typed") | wrong)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in page
    assert "Something typed" in page or "sites" in wrong


def test_the_list_by_mail_shows_and_ends_ones_own_and_nobody_elses(world: World, stranger: FlaskClient) -> None:
    world.subscribe("one@example.org", countries=("SY",))
    world.subscribe("two@example.org", countries=("IQ",))
    link = f"/subscriptions/manage/{token(world, TokenFor.MANAGE)}"
    page = text(stranger, link)
    assert "Syria" in page
    assert "Iraq" not in page
    assert stranger.post(f"{link}/end/2").status_code == 302
    assert (
        stranger.post(link, data={"language": "fr", "time_zone": "Asia/Damascus", "quiet": "22:00-07:00"}).status_code
        == 302
    )
    with world.services.database.session() as session:
        first, second = session.exec(select(Subscription).order_by(Subscription.id)).all()  # type: ignore[arg-type]
        assert (first.ended_at, second.ended_at) == (None, None)
        assert session.get(Subscriber, 1).language == "fr"
        assert session.get(Subscriber, 2).language == "en"
    stranger.post(f"{link}/end/1")
    assert "Syria" not in text(stranger, link)


def test_two_officers_let_a_critical_alert_go_and_until_then_nobody_else_sees_it(
    world: World, stranger: FlaskClient, sign_in: Any
) -> None:
    ann, ben, sub = (
        sign_in("Ann", "emergency_officer"),
        sign_in("Ben", "emergency_officer"),
        sign_in("Sue", "subscriber"),
    )
    told(world)
    assert world.channel.sent == []
    for outsider in (stranger, sub):
        assert outsider.get("/alerts/palmyra-1").status_code == 404
        assert "palmyra" not in text(outsider, "/alerts")
        assert b"palmyra" not in outsider.get("/alerts.atom").data
        assert outsider.get("/alerts/palmyra-1.1.cap.xml").status_code == 404
    assert "Waiting for two persons" in text(ann, "/alerts")
    assert ann.post("/alerts/palmyra-1/1/approve").status_code == 302
    assert ann.post("/alerts/palmyra-1/1/approve").status_code == 422
    assert world.deliver() == {}
    assert ben.post("/alerts/palmyra-1/1/approve").status_code == 302
    assert world.deliver() == {"sent": 1}
    assert text(stranger, "/alerts/palmyra-1").count("approved by") == 0
    assert text(ann, "/alerts/palmyra-1").count("approved by") == 2
    assert ann.post("/alerts/palmyra-1/1/acknowledge").status_code == 302


@pytest.mark.parametrize(
    ("role", "code"), [("analyst", 302), ("directorate", 302), ("subscriber", 403), ("administrator", 403)]
)
def test_who_may_propose(world: World, sign_in: Any, role: str, code: int) -> None:
    sign_in("Ann", "emergency_officer")
    other = sign_in("Cy", role)
    told(world)
    assert other.post("/alerts/palmyra-1/1/propose").status_code == code
    assert other.post("/alerts/palmyra-1/1/approve").status_code == 403


def test_a_directorate_proposes_for_its_own_countries_only(world: World, sign_in: Any) -> None:
    sign_in("Ann", "emergency_officer")
    syria = sign_in("Cy", "directorate")
    world.site("Hatra", states_parties=["IQ"])
    world.report(number=4)
    world.consider()
    assert syria.get("/alerts/hatra-1").status_code == 404
    assert syria.post("/alerts/hatra-1/1/propose").status_code == 403


def test_a_rejection_without_a_reason_is_refused_at_its_place(world: World, sign_in: Any) -> None:
    ann = sign_in("Ann", "emergency_officer")
    told(world)
    answer = ann.post("/alerts/palmyra-1/1/reject", data={"reason": " "})
    assert answer.status_code == 422
    assert "needs its reason" in answer.get_data(as_text=True)
    assert ann.post("/alerts/palmyra-1/1/reject", data={"reason": "A film set."}).status_code == 302
    with world.services.database.session() as session:
        assert session.exec(select(Alert)).one().state == "rejected"


def test_somebody_signed_in_adds_and_ends_without_any_letter(world: World, sign_in: Any) -> None:
    sue = sign_in("Sue", "subscriber")
    world.site()
    assert sue.post("/subscriptions", data=form(sites="palmyra", channels="email")).status_code == 302
    assert "Palmyra" in text(sue, "/subscriptions")
    with world.services.database.session() as session:
        person = session.exec(select(Subscriber)).one()
        assert person.account_id is not None
    assert sue.post("/subscriptions/own/end/1").status_code == 302
    assert sue.post("/subscriptions/own/end/999").status_code == 302
    with world.services.database.session() as session:
        assert session.exec(select(Subscription)).one().ended_at is not None


def test_every_page_of_an_exercise_says_so(world: World) -> None:
    from dataclasses import replace

    settings = world.services.settings.model_copy(update={"exercise_clock": world.clock.now()})
    client = create_app(replace(world.services, settings=settings)).test_client()
    for path in ("/", "/sites", "/alerts", "/subscriptions", "/methodology", "/login", "/nowhere"):
        assert "This is a drill" in client.get(path).get_data(as_text=True), path


def test_a_day_asked_for_shows_threads_as_they_stood_then(world: World, stranger: FlaskClient) -> None:
    told(world)
    assert "palmyra-1" in text(stranger, "/alerts?as_of=2015-05-21")
    assert "palmyra-1" not in text(stranger, "/alerts?as_of=2015-05-20")
    text(stranger, "/alerts?as_of=2015-5-21", 400)


@pytest.mark.parametrize(
    ("area", "words"),
    [
        ("177,-20,-178,-15", "an area across the 180th meridian, 177° E to 178° W and 20° S to 15° S"),
        (
            '{"type":"Polygon","coordinates":[[[177,-20],[-178,-20],[-178,-15],[177,-15],[177,-20]]]}',
            "an area across the 180th meridian, 177° E to 178° W and 20° S to 15° S",
        ),
        ("38,34,39.5,35", "an area from 38° E to 39.5° E and 34° N to 35° N"),
    ],
)
def test_a_reader_sees_how_their_area_was_understood(
    world: World, app: Flask, sign_in: Any, area: str, words: str
) -> None:
    client = sign_in("anna", "emergency_officer")
    form = {"area": area, "min_level": "2", "frequency": "at-once", "language": "en", "time_zone": "UTC"}
    assert client.post("/subscriptions", data=form | {"channels": "email"}).status_code == 302
    assert words in client.get("/subscriptions").get_data(as_text=True)
    (subscriber,) = recipients(world, (179.5, -17.0) if "177" in area else (38.5, 34.5))
    assert subscriber
    assert recipients(world, (0.0, 34.5)) == set()


def recipients(world: World, point: tuple[float, float]) -> set[int]:
    with world.services.database.session() as session:
        place = Place(1, frozenset(), False, (point,))
        return {wish.subscriber_id for wish in list_wishes(session, level=4) if wants(wish, place, 4)}


def test_the_feed_and_the_document_of_a_day_gone_by_hold_what_had_been_sent_by_then(
    world: World, stranger: FlaskClient
) -> None:
    told(world)
    first = world.clock.now().date()
    world.later(days=3)
    world.report(number=4)
    world.consider()
    latest = world.clock.now().date()

    def entries(query: str = "") -> list[str]:
        feed = ElementTree.fromstring(text(stranger, f"/alerts.atom{query}"))
        links = feed.iterfind("{*}entry/{*}link[@rel='related']")
        return [link.attrib["href"].rsplit("/", 1)[1] for link in links]

    def identifier(path: str) -> str | None:
        return ElementTree.fromstring(text(stranger, path)).findtext("{*}identifier")

    one, two = "palmyra-1.1", "palmyra-1.2"
    assert entries() == [f"{two}.cap.xml", f"{one}.cap.xml"]
    assert entries(f"?as_of={first}") == [f"{one}.cap.xml"]
    # What was said is known from when it was said: the earlier of the two days counts.
    assert entries(f"?as_of={latest}&known_on={first}") == [f"{one}.cap.xml"]
    assert entries(f"?as_of={first}&known_on={latest}") == [f"{one}.cap.xml"]
    assert entries(f"?as_of={latest}") == entries()
    assert entries("?as_of=2015-05-20") == []
    assert f"as_of={first}" in text(stranger, f"/alerts.atom?as_of={first}")
    assert identifier("/alerts/palmyra-1.cap.xml") == two
    assert identifier(f"/alerts/palmyra-1.cap.xml?as_of={first}") == one
    assert identifier(f"/alerts/palmyra-1.1.cap.xml?as_of={latest}") == one
    text(stranger, f"/alerts/palmyra-1.2.cap.xml?as_of={first}", 404)
    text(stranger, "/alerts/palmyra-1.cap.xml?as_of=2015-05-20", 404)
    text(stranger, "/alerts.atom?as_of=yesterday", 400)
