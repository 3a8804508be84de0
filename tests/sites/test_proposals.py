"""Condition and status change by two persons, and rival assessors both stand."""

import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from heritage.services import Services
from heritage.sites.models import Condition, DangerPeriod
from tests.threats.conftest import HATRA, PALMYRA, SignIn, register, sign_in  # noqa: F401 - fixtures

pytestmark = pytest.mark.usefixtures("register")
SEVERE = {
    "state": "severe",
    "observed": "2015-05-20",
    "assessor": "DGAM",
    "method": "visit",
    "part_ref": "",
    "note": "",
}
NEW = f"/sites/{PALMYRA}/conditions/new"


def conditions(services: Services) -> list[str]:
    with services.database.session() as session:
        return [str(found.state) for found in session.exec(select(Condition))]


def settle(client: FlaskClient, number: int = 1, do: str = "confirm"):
    return client.post(f"/sites/{PALMYRA}/proposals/{number}", data={"do": do})


def test_a_condition_counts_once_a_second_person_confirmed_it(services, sign_in: SignIn):  # noqa: F811
    one, two = sign_in("directorate", "SY", name="one"), sign_in("directorate", "SY", name="two")
    assert one.post(NEW, data=SEVERE).status_code == 302
    assert conditions(services) == []
    assert settle(one).status_code == 409
    assert settle(sign_in("directorate", "IQ", name="three")).status_code == 403
    assert settle(two).status_code == 302
    assert conditions(services) == ["severe"]
    assert settle(two).status_code == 404


def test_a_proposal_may_be_declined_or_taken_back(services, sign_in: SignIn):  # noqa: F811
    one, two = sign_in("directorate", "SY", name="one"), sign_in("analyst", name="two")
    one.post(NEW, data=SEVERE)
    assert "proposed by" in two.get("/review").text
    settle(two, do="decline")
    one.post(NEW, data=SEVERE)
    settle(one, 2, do="decline")
    assert conditions(services) == []


def test_a_stay_in_danger_needs_two_persons_too(services, sign_in: SignIn):  # noqa: F811
    one, two = sign_in("emergency_officer", name="one"), sign_in("emergency_officer", name="two")
    assert one.post(f"/sites/{PALMYRA}/danger/new", data={"began": "2013", "decision": "37 COM"}).status_code == 302
    with services.database.session() as session:
        assert session.exec(select(DangerPeriod)).first() is None
    settle(two)
    with services.database.session() as session:
        assert session.exec(select(DangerPeriod)).one().decision == "37 COM"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"observed": "2016-01-01"}, "That day has not come yet."),
        ({"state": "destroyed", "method": "hearsay"}, "is not recorded from hearsay"),
        ({"part_ref": "99"}, "Not a valid choice."),
        ({"assessor": ""}, "Say who assessed it."),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_proposed(services, sign_in: SignIn, given, said):  # noqa: F811
    client = sign_in("directorate", "SY")
    answer = client.post(NEW, data=SEVERE | given)
    assert answer.status_code == 422
    assert said in answer.text
    assert "proposed by" not in client.get(f"/sites/{PALMYRA}/edit").text


def test_rival_assessors_of_one_site_both_stand_on_the_dossier(client: FlaskClient):
    client.post(NEW, data=SEVERE)
    client.post(NEW, data=SEVERE | {"state": "slight", "observed": "2015-05-21", "assessor": "Local council"})
    page = client.get(f"/sites/{PALMYRA}").text
    assert "DGAM" in page
    assert "Local council" in page
    assert "says otherwise: Severe damage" in page


def test_at_a_machine_without_accounts_one_person_is_enough_and_it_is_said(services, client: FlaskClient):
    assert "one person is enough" in client.get(NEW).text
    client.post(NEW, data=SEVERE)
    assert conditions(services) == ["severe"]


def test_a_directorate_proposes_for_its_own_countries_only(sign_in: SignIn):  # noqa: F811
    client = sign_in("directorate", "SY")
    assert client.get(f"/sites/{HATRA}/conditions/new").status_code == 403


@pytest.mark.parametrize(
    ("path", "given"),
    [
        (f"/sites/{PALMYRA}/parts/new", {"ref": "9", "lon": "2.35", "lat": "48.85"}),
        ("/sites/new", {"name": "A", "category": "cultural", "states_parties": "SY", "lon": "2.35", "lat": "48.85",
                        "disclosure": "public"}),
    ],
)  # fmt: skip
def test_a_place_outside_the_country_is_refused(client: FlaskClient, path, given):
    answer = client.post(path, data=given)
    assert answer.status_code == 422
    assert "outside the country" in answer.text
    assert client.post(path, data=given | {"lon": "38.3", "lat": "34.5"}).status_code == 302


def test_a_new_site_s_place_in_a_neighbouring_country_is_refused_at_its_field(client: FlaskClient):
    given = {"name": "A", "category": "cultural", "states_parties": "SY", "disclosure": "public"}
    answer = client.post("/sites/new", data=given | {"lon": "35.75", "lat": "34.2"})
    assert answer.status_code == 422
    assert "This point lies in Lebanon, not in the country of the site." in answer.text
