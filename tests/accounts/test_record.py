"""What people do stands in the record, under their name, and the page of it shows that to those who may see it."""

import pytest

from heritage.audit import chain
from heritage.sites import service as sites

pytestmark = pytest.mark.usefixtures("moment")


@pytest.fixture
def palmyra(services):
    with services.database.session() as session:
        act = sites.Act(services.clock.now())
        return sites.create_site(session, act, name="Site of Palmyra", states_parties=["SY"], lon=38.27, lat=34.55)


def newest(services):
    with services.database.session() as session:
        assert chain.verify(session).ok
        return chain.list_entries(session)[0]


def test_an_edit_stands_in_the_record_under_the_name_of_who_made_it(meet, services, palmyra):
    person = meet("directorate", name="Leila", countries=("SY",), codes=True)
    form = {"name": "Palmyra", "states_parties": "SY", "category": "cultural", "disclosure": "public"}
    answer = person.client.post(f"/sites/{palmyra}/edit", data=form)
    assert answer.status_code == 302
    entry = newest(services)
    assert (entry.action, entry.subject) == ("sites.edit", f"site:{palmyra}")
    assert entry.actor.startswith("Leila (account ")


def test_a_refused_edit_stands_nowhere(meet, services, palmyra):
    person = meet("directorate", name="Leila", countries=("SY",), codes=True)
    before = newest(services).seq
    assert person.client.post(f"/sites/{palmyra}/edit", data={"name": ""}).status_code == 422
    assert newest(services).seq == before


def test_without_accounts_the_record_says_that_it_was_at_the_machine(client, services, palmyra):
    form = {"name": "Palmyra", "states_parties": "SY", "category": "cultural", "disclosure": "public"}
    assert client.post(f"/sites/{palmyra}/edit", data=form).status_code == 302
    assert newest(services).actor == "at the machine"


def test_who_is_signed_in_judges_under_no_other_name(meet, services, palmyra):
    person = meet("emergency_officer", name="Omar", codes=True)
    form = {"kind": "acknowledge", "level": "", "reason": "seen", "by": "somebody else"}
    assert person.client.post(f"/sites/{palmyra}/judgements", data=form).status_code == 302
    page = person.client.get(f"/sites/{palmyra}").get_data(as_text=True)
    assert "Omar (account" in page
    assert "somebody else" not in page
    assert newest(services).action == "judgement.new"


def test_the_page_shows_entries_and_turns_back_in_time(meet, services):
    officer = meet("emergency_officer", name="Omar", codes=True)
    with services.database.session() as session:
        for number in range(120):
            chain.append(session, at=services.clock.now(), actor="x", action="a.test", subject=f"thing:{number}")
    page = officer.client.get("/audit").get_data(as_text=True)
    assert page.count("thing:") > 100
    assert "thing:0<" not in page
    older = officer.client.get("/audit?before=30").get_data(as_text=True)
    assert "Omar (account" in older
    assert officer.client.get("/audit?before=x").status_code == 400
    assert officer.client.get("/audit?subject=thing:7").get_data(as_text=True).count("a.test") == 1


def test_text_in_the_record_stays_text(meet, services):
    officer = meet("emergency_officer", name="<script>alert(1)</script>", codes=True)
    page = officer.client.get("/audit").get_data(as_text=True)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
