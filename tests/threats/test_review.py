"""Reviewing: what an accepted update does and does not do, and where a second person is needed."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from heritage.app import create_app
from heritage.core.clock import FixedClock
from heritage.services import Services
from heritage.sites.models import Condition
from heritage.threats.models import ThreatUpdate

from .conftest import ELSEWHERE, HATRA, NOON, PALMYRA, File, SignIn

pytestmark = pytest.mark.usefixtures("register")

ACCEPTED = {
    "do": "accept", "threat_id": "", "factor": "war", "status": "active", "severity": "significant",
    "when": "2015-05-20", "reliability": "B", "credibility": "2", "summary": "Trenches are reported beside the temple.",
    "reason": "plausible",
}  # fmt: skip
DOSSIER = f"/sites/{PALMYRA}"


def accept(client: FlaskClient, number: int = 1, **more: str):
    return client.post(f"/review/{number}", data=ACCEPTED | more)


def later(app: Flask, services: Services, hours: int) -> FlaskClient:
    """A stranger's browser, so many hours later."""
    moved = create_app(replace(services, clock=FixedClock(NOON + timedelta(hours=hours))))
    client = moved.test_client()
    client.environ_base.update(ELSEWHERE)
    return client


def test_an_accepted_update_opens_a_threat_that_strangers_see_after_the_hold(
    app, services, sign_in: SignIn, file: File
):
    file(sign_in("field_reporter"))
    analyst = sign_in("analyst")
    assert "Soldiers dig" in analyst.get("/review").text
    assert accept(analyst).status_code == 302
    assert "Trenches are reported" in analyst.get(DOSSIER).text
    for hours in (0, 47):
        early = later(app, services, hours)
        assert "Trenches" not in early.get(DOSSIER).text
        assert early.get("/threats/1").status_code == 404
    after = later(app, services, 49)
    assert "Trenches are reported" in after.get(DOSSIER).text
    page = after.get("/threats/1").text
    assert "Significant impact" in page
    # The reporter's words, the reviewer's reason and name are not for everybody.
    assert "Soldiers dig" not in page
    assert "plausible" not in page
    assert "analyst (account" not in page


def test_a_stranger_learns_nothing_of_a_threat_that_is_held_back(app, services, sign_in: SignIn, file: File):
    file(sign_in("field_reporter"))
    accept(sign_in("analyst"))
    client = later(app, services, 1)
    plain = [re.sub(r"csrf[^>]*>|/threats/\d+", "", client.get(f"/threats/{n}").text) for n in (1, 999)]
    assert plain[0] == plain[1]


def test_a_report_of_threat_never_changes_the_condition(services, sign_in: SignIn, file: File):
    file(sign_in("field_reporter"), factor="deliberate_destruction", what="The temple is destroyed.")
    accept(sign_in("analyst"), severity="catastrophic")
    with services.database.session() as session:
        assert session.exec(select(Condition)).first() is None


def test_later_updates_ease_and_end_a_threat_and_each_day_keeps_its_own_state(services, sign_in: SignIn, file: File):
    reporter, analyst = sign_in("field_reporter"), sign_in("analyst")
    file(reporter, client_id="a" * 32)
    accept(analyst, when="2015-05-10")
    file(reporter, client_id="b" * 32, trend="over")
    assert accept(analyst, 2, threat_id="1", status="ended", when="2015-05-19").status_code == 302
    page = lambda day: analyst.get(f"/threats/1?as_of={day}&known_on=2015-05-21").text  # noqa: E731
    assert re.search(r'class="value">Active', page("2015-05-15"))
    assert re.search(r'class="value">Ended', page("2015-05-19"))
    assert "Nothing known by then" in page("2015-05-09")
    with services.database.session() as session:
        assert [str(u.state) for u in session.exec(select(ThreatUpdate).order_by(ThreatUpdate.id))] == [
            "accepted",
            "merged",
        ]


def test_what_is_known_later_does_not_leak_into_an_earlier_day(sign_in: SignIn, file: File):
    file(sign_in("field_reporter"))
    analyst = sign_in("analyst")
    accept(analyst)
    assert "Trenches" not in analyst.get(f"{DOSSIER}?as_of=2015-05-20").text
    assert "Trenches" in analyst.get(f"{DOSSIER}?as_of=2015-05-20&known_on=2015-05-21").text


def test_nobody_reviews_what_they_filed_themselves(sign_in: SignIn, file: File):
    analyst = sign_in("analyst")
    file(analyst)
    assert "Somebody else reviews" in analyst.get("/review/1").text
    refused = accept(analyst)
    assert refused.status_code == 422
    assert "Somebody else reviews" in refused.text
    assert accept(sign_in("emergency_officer")).status_code == 302


def test_confirmed_by_independent_sources_needs_a_second_reviewer(sign_in: SignIn, file: File):
    file(sign_in("field_reporter"))
    one, two = sign_in("analyst", name="one"), sign_in("analyst", name="two")
    assert accept(one, credibility="1").status_code == 302
    assert one.get("/threats/1").status_code == 404
    assert "Another person has to confirm it." in one.get("/review").text
    assert one.post("/review/proposals/1", data={"do": "confirm"}).status_code == 409
    assert two.post("/review/proposals/1", data={"do": "confirm"}).status_code == 302
    assert "confirmed by independent sources" in two.get("/threats/1").text


def test_lifting_the_hold_needs_two_persons(app, services, sign_in: SignIn, file: File):
    file(sign_in("field_reporter"))
    one, two = sign_in("analyst", name="one"), sign_in("emergency_officer", name="two")
    accept(one)
    assert one.post("/threats/1/release", data={"reason": "people must know"}).status_code == 302
    assert later(app, services, 0).get("/threats/1").status_code == 404
    assert one.post("/review/proposals/1", data={"do": "confirm"}).status_code == 409
    assert two.post("/review/proposals/1", data={"do": "confirm"}).status_code == 302
    assert later(app, services, 0).get("/threats/1").status_code == 200


def test_a_question_is_answered_under_the_code_word_and_a_rejection_gives_its_reason(
    sign_in: SignIn, client, file: File
):
    code = file(sign_in("field_reporter"))
    analyst = sign_in("analyst")
    assert analyst.post("/review/1", data={"do": "ask", "said": ""}).status_code == 422
    assert analyst.post("/review/1", data={"do": "ask", "said": "Which wall?"}).status_code == 302
    assert "Which wall?" in client.post("/threats/follow", data={"code": code}).text
    client.post("/threats/follow", data={"code": code, "do": "answer", "text": "The eastern one."})
    assert "The eastern one." in analyst.get("/review/1").text
    assert analyst.post("/review/1", data={"do": "reject", "said": "Shown to be of 2013."}).status_code == 302
    assert "Shown to be of 2013." in client.post("/threats/follow", data={"code": code}).text
    assert "settled already" in accept(analyst).text


def test_a_directorate_reviews_its_own_countries_only(sign_in: SignIn, file: File):
    reporter = sign_in("field_reporter")
    file(reporter, client_id="a" * 32)
    file(reporter, client_id="b" * 32, site=HATRA, what="Men with drills at the southern gate.")
    syria = sign_in("directorate", "SY")
    queue = syria.get("/review").text
    assert "Soldiers dig" in queue
    assert "drills" not in queue
    assert syria.get("/review/2").status_code == 404
    assert accept(syria, 2).status_code == 404
    assert accept(syria, 1).status_code == 302


def test_what_is_wrong_with_a_decision_stands_at_its_field(sign_in: SignIn, file: File):
    file(sign_in("field_reporter"))
    analyst = sign_in("analyst")
    for given, said in (
        ({"when": "2016-01-01"}, "has not come yet"), ({"when": "xyz"}, "not understood"), ({"reason": ""}, "Say why."),
        ({"status": ""}, "A new threat needs a status."), ({"status": "gone"}, "Not a valid choice."),
        ({"threat_id": "77"}, "Not a valid choice."),
    ):  # fmt: skip
        answer = accept(analyst, **given)
        assert answer.status_code == 422, given
        assert said in answer.text
    assert analyst.get("/threats/1").status_code == 404


def test_a_withdrawal_after_acceptance_is_shown_until_the_threat_was_looked_at(sign_in: SignIn, client, file: File):
    code = file(sign_in("field_reporter"))
    analyst = sign_in("analyst")
    accept(analyst)
    client.post("/threats/follow", data={"code": code, "do": "withdraw"})
    assert "Withdrawn after it was taken" in analyst.get("/review").text
    change = {"status": "ended", "severity": "minor", "reliability": "F", "credibility": "6", "reason": "withdrawn"}
    assert analyst.post("/threats/1/change", data=change).status_code == 302
    assert "Withdrawn after it was taken" not in analyst.get("/review").text


@pytest.mark.parametrize("role", ["subscriber", "field_reporter", "registrar", "administrator"])
def test_those_who_do_not_review_see_no_queue(sign_in: SignIn, file: File, role: str):
    file(sign_in("field_reporter", name="somebody"))
    client = sign_in(role)
    assert client.get("/review").status_code == 403
    assert client.get("/review/1").status_code == 403
    assert client.get("/threats/1/change").status_code == 403


def test_the_record_holds_each_decision_and_is_unbroken(services, sign_in: SignIn, file: File):
    from heritage.audit import chain

    file(sign_in("field_reporter"))
    accept(sign_in("analyst"))
    with services.database.session() as session:
        actions = [entry.action for entry in chain.list_entries(session)]
        assert chain.verify(session).ok
    assert {"update.filed", "update.accepted"} <= set(actions)


def test_without_accounts_one_person_is_enough_and_it_is_said(client: FlaskClient, file: File):
    file(client)
    assert "one person is enough" in client.get("/review").text
    assert accept(client, credibility="1").status_code == 302
    assert client.get("/threats/1").status_code == 200


def test_what_has_no_time_holds_from_the_day_it_was_recorded(sign_in: SignIn, file: File):
    file(sign_in("field_reporter"))
    analyst = sign_in("analyst")
    accept(analyst, when="2015-05-10")
    change = {"status": "ended", "severity": "minor", "reliability": "F", "credibility": "6", "reason": "they left"}
    analyst.post("/threats/1/change", data=change)
    page = lambda day: analyst.get(f"/threats/1?as_of={day}&known_on=2015-05-21").text  # noqa: E731
    assert re.search(r'class="value">Active', page("2015-05-20"))
    assert re.search(r'class="value">Ended', page("2015-05-21"))


def test_grades_are_chosen_by_letter_and_number_with_their_words(sign_in: SignIn, file: File):
    file(sign_in("field_reporter"))
    page = sign_in("analyst").get("/review/1").text
    for name, grades in (("reliability", "ABCDEF"), ("credibility", "123456")):
        menu = re.search(rf'<select[^>]* name="{name}".*?</select>', page, re.DOTALL)
        assert menu
        assert set(re.findall(r"<option[^>]*>([A-F1-6]): \w", menu[0])) == set(grades)
