"""Asking whose an object is: what is kept and what is not look alike to who asks; keepers see who asked, and answer."""

import json

import pytest
import sqlalchemy as sa
from sqlmodel import select

from heritage.artefacts import inquiries
from heritage.artefacts.models import InquiryMatch, ObjectInquiry
from heritage.audit import chain
from heritage.policy.fields import FIELDS
from tests.accounts.conftest import *  # noqa: F403 - accounts to sign in with
from tests.artefacts.test_views import _clock, enter, leila, palmyra, plan, same  # noqa: F401 - fixtures

KNOWN = {"inscriptions": "Aqmat daughter of Hagagu", "title": "lady with a veil", "contact": "+33 1 55 55 01 77"}
UNKNOWN = {"inscriptions": "Nobody son of None", "title": "a golden crown", "contact": "+33 1 55 55 01 77"}


@pytest.fixture
def bust(leila) -> str:  # noqa: F811 - a fixture
    return enter(leila, title="Lady with a veil", inscriptions="Aqmat daughter of Hagagu")


@pytest.fixture
def police(meet):
    return meet("registrar", name="Liaison", institutions=("Police of Arts",), codes=True).client


def match_all(services) -> int:
    with services.database.session() as session:
        ids = session.exec(select(ObjectInquiry.id)).all()
        return sum(inquiries.match(session, each) for each in ids)


def test_found_and_not_found_look_the_same_to_who_asks(bust, police, services):  # noqa: F811 - a fixture
    answers = [police.post("/artefacts/inquiries/new", data=form) for form in (KNOWN, UNKNOWN)]
    assert [(one.status_code, one.location) for one in answers] == [(302, "/artefacts/inquiries")] * 2
    before = police.get("/artefacts/inquiries").get_data(as_text=True)
    assert match_all(services) == 1
    assert match_all(services) == 0
    after = police.get("/artefacts/inquiries").get_data(as_text=True)
    strip = lambda page: [line for line in page.splitlines() if "csrf" not in line and "nonce" not in line]  # noqa: E731
    assert [line for line in strip(after) if line not in strip(before)] == []
    assert after.count("no answer says nothing") == 2
    assert bust not in after
    assert "not listed" not in after.lower()


def test_the_keeper_sees_who_asked_with_the_reasons_and_only_an_answer_reaches_them(
    bust, leila, police, meet, services  # noqa: F811 - fixtures
):  # fmt: skip
    police.post("/artefacts/inquiries/new", data=KNOWN | {"circumstances": "In a shop window."})
    match_all(services)
    page = leila.get("/artefacts/inquiries").get_data(as_text=True)
    for words in (bust, "Liaison", "In a shop window.", "+33 1 55 55 01 77", "Inscriptions and markings"):
        assert words in page
    with services.database.session() as session:
        (match,) = session.exec(select(InquiryMatch)).all()
        queued = session.execute(sa.text("select task_name, args from procrastinate_jobs")).all()
    assert ("alerts.tell_of_inquiry", {"match_id": match.id, "about": "inquiry"}) in [tuple(row) for row in queued]
    where = f"/artefacts/inquiries/{match.id}/answer"
    other = meet("registrar", name="Elsewhere", institutions=("Another Museum",), codes=True).client
    assert other.post(where, data={"answer": "It is ours!"}).status_code == 404
    assert police.post(where, data={"answer": "It is ours!"}).status_code == 404
    assert leila.post(where, data={"answer": " "}).status_code == 422
    assert leila.post(where, data={"answer": "Please call the museum."}).status_code == 302
    assert leila.post(where, data={"answer": "Again."}).status_code == 422
    told = police.get("/artefacts/inquiries").get_data(as_text=True)
    assert "Please call the museum." in told
    assert "Palmyra Museum" in told
    assert bust not in told
    with services.database.session() as session:
        actions = [entry.action for entry in chain.list_entries(session)]
        assert "object.inquire" in actions
        assert "object.answer" in actions


def test_what_is_wrong_stands_at_its_field_and_questions_are_counted(police, services):
    answer = police.post("/artefacts/inquiries/new", data={"object_type": "coin", "contact": ""})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Say how its keeper reaches you." in page
    assert 'value="coin"' in page
    thin = police.post("/artefacts/inquiries/new", data={"object_type": "coin", "contact": "me"})
    assert "two fields at least" in thin.get_data(as_text=True)
    told = [police.post("/artefacts/inquiries/new", data=form).status_code for form in [KNOWN, UNKNOWN] * 6]
    assert told[:9] == [302] * 9
    assert set(told[9:]) == {429}


def test_no_stranger_asks(client, meet):
    assert client.get("/artefacts/inquiries/new").status_code == 302
    assert meet("subscriber", name="Anna", codes=True).client.get("/artefacts/inquiries").status_code == 403


def test_a_sheet_holds_object_id_and_no_place_and_stands_in_the_record(bust, leila, client, meet, services):  # noqa: F811
    plan(leila, bust)
    page = leila.get(f"/artefacts/{bust}/object-id").get_data(as_text=True)
    document = json.loads(leila.get(f"/artefacts/{bust}/object-id.json").text)
    for told in (page, str(document)):
        assert "Aqmat daughter of Hagagu" in told
        assert "Strong room" not in told
        assert "job" not in told.replace("/jobs", "").lower().split("object id sheet")[-1][:4000]
    (listed,) = FIELDS["artefacts.sheet_as_json"].values()
    assert set(document) == {name for name in listed if "." not in name}
    with services.database.session() as session:
        taken = [entry.action for entry in chain.list_entries(session, subject=f"artefact:{bust}")]
    assert taken.count("artefact.object-id") == 2
    for path in (f"/artefacts/{bust}/object-id", f"/artefacts/{bust}/object-id.json"):
        missing = path.replace(bust, "K7QX-3M2P")
        assert same(client.get(path), client.get(missing))
        other = meet("registrar", name=f"From {path[-4:]}", institutions=("Another Museum",), codes=True).client
        other.get("/")  # what was said at the sign-in
        assert same(other.get(path), other.get(missing))
    officer = meet("emergency_officer", name="Officer", codes=True).client
    assert officer.get(f"/artefacts/{bust}/object-id").status_code == 200
    assert "Officer" in leila.get("/artefacts/look-ups").get_data(as_text=True)
