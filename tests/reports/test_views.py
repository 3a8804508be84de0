"""Pages of reports: who sees and enters what, what stands in the way of a slip, and that nothing typed is lost."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from heritage.accounts import service as accounts
from heritage.accounts.service import Bounds, By
from heritage.policy.roles import Role
from heritage.services import Services
from heritage.sites import service as sites

PASSWORD = "a long and plain sentence"
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}
CLAIM = {
    "statement": "Fighters are in the town", "kind": "fighting", "said_by": "Observatory", "credibility": "2",
    "incident_kind": "fighting", "site": "palmyra",
}  # fmt: skip
REPORT = {"title": "A town changes hands", "text": "Fighters entered. “We hold it”, one wrote.", "dated": "2015-05-20?"}
As = Callable[..., FlaskClient]


@pytest.fixture
def as_role(app: Flask, services: Services) -> As:
    """A browser of somebody with a role, who showed a second factor; two sites lie in the database."""
    from flask_security.utils import hash_password

    with services.database.session() as session:
        act = sites.Act(services.clock.now())
        sites.create_site(session, act, name="Palmyra", states_parties=["SY"], lon=38.27, lat=34.55)
        sites.create_site(session, act, name="Hatra", states_parties=["IQ"], lon=42.72, lat=35.57)

    def made(role: Role, *countries: str, name: str = "") -> FlaskClient:
        name = name or f"{role}{''.join(countries)}"
        address = f"{name.lower()}@museum.example"
        with app.app_context(), services.database.session() as session:
            by = By("a test", services.clock.now())
            secret = accounts.invite(session, by, address, Bounds.of([role], countries or (), ()))
            accounts.accept(session, secret, name=name, password_hash=hash_password(PASSWORD), now=services.clock.now())
        client = app.test_client()
        client.post("/login", data={"email": address, "password": PASSWORD})
        with services.database.session() as session:
            session.connection().exec_driver_sql("update account_sign_in set strong = true")
        return client

    return made


@pytest.fixture
def analyst(as_role: As) -> FlaskClient:
    """The one who enters things."""
    return as_role(Role.ANALYST)


@pytest.fixture
def report(analyst: FlaskClient) -> str:
    """The address of a report with one claim, which nobody has reviewed."""
    address = analyst.post("/reports/new", data=REPORT).location
    assert analyst.post(f"{address}/claims", data=CLAIM).status_code == 302
    return str(address)


def review(client: FlaskClient, number: int = 1, **more: str):
    return client.post(f"/reports/claims/{number}/review", data={"verdict": "accept"} | more, follow_redirects=True)


def test_before_its_review_a_claim_is_seen_by_those_who_work_on_it_only(app: Flask, as_role: As, report: str):
    stranger = app.test_client()
    others = [as_role(Role.SUBSCRIBER), as_role(Role.FIELD_REPORTER), as_role(Role.ADMINISTRATOR), stranger]
    insiders = [as_role(Role.ANALYST, name="second"), as_role(Role.EMERGENCY_OFFICER), as_role(Role.DIRECTORATE, "SY")]
    for client in others:
        assert client.get(report, environ_base=ELSEWHERE).status_code == 404
        assert client.get("/reports/claims/1", environ_base=ELSEWHERE).status_code == 404
        assert "Fighters" not in client.get("/sites/palmyra", environ_base=ELSEWHERE).text
        assert "changes hands" not in client.get("/reports", environ_base=ELSEWHERE).text
    for client in insiders:
        assert "Fighters are in the town" in client.get(report).text
        assert "not reviewed" in client.get("/sites/palmyra").text
    review(insiders[1])
    for client in others:
        assert "Fighters are in the town" in client.get("/sites/palmyra", environ_base=ELSEWHERE).text


def test_a_directorate_works_on_claims_about_its_own_countries_only(as_role: As, report: str):
    own, other = as_role(Role.DIRECTORATE, "SY"), as_role(Role.DIRECTORATE, "IQ")
    assert other.get(report).status_code == 404
    assert other.get("/reports/claims/1/correct").status_code == 404
    assert other.post(f"{report}/claims", data=CLAIM).status_code == 404
    assert own.post(f"{report}/claims", data=CLAIM | {"statement": "It is quiet"}).status_code == 302
    for site in ("hatra", ""):
        refused = own.post(f"{report}/claims", data=CLAIM | {"site": site})
        assert refused.status_code == 422
        assert "its own countries" in refused.text
    assert own.get("/reports/claims/1/correct").status_code == 200
    assert review(own).status_code == 403
    assert own.get("/sources").status_code == 403


def test_confirmed_takes_two_persons_on_the_page_too(app: Flask, analyst: FlaskClient, as_role: As, report: str):
    assert "takes two persons" in review(analyst, credibility="1").text
    assert app.test_client().get(report, environ_base=ELSEWHERE).status_code == 404
    assert "The claim is reviewed." in review(as_role(Role.EMERGENCY_OFFICER)).text
    assert app.test_client().get(report, environ_base=ELSEWHERE).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"statement": "They liberated it"}, "own word"),
        ({"quote": "not in the text at all"}, "do not stand in the text"),
        ({"site": "no such place"}, "No site is called so."),
        ({"occurred": "on Wednesday"}, "EDTF"),
        ({"lon": "38", "lat": "", "radius_km": "3"}, "both longitude and latitude"),
        ({"lon": "38", "lat": "34"}, "how well the place is known"),
        ({"part_ref": "77"}, "no such part"),
        ({"credibility": "7"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(analyst, report, wrong: dict, said: str):
    answer = analyst.post(f"{report}/claims", data=CLAIM | {"certainty": "typed before"} | wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="typed before"' in answer.text
    assert answer.text.count('class="problem"') == 1


def test_the_next_claim_begins_with_what_the_last_one_said(analyst: FlaskClient, report: str):
    page = analyst.get(report).text
    assert 'value="Observatory"' in page
    assert 'value="palmyra"' in page
    assert 'accesskey="c"' in page


def test_signs_and_scripts_in_a_report_are_text(app: Flask, analyst: FlaskClient):
    bad = "<script>alert(1)</script>\u202egnol"
    address = analyst.post("/reports/new", data={"title": bad, "text": "x", "publisher": bad}).location
    analyst.post(f"{address}/claims", data=CLAIM | {"statement": bad, "said_by": bad, "point": bad, "certainty": bad})
    review(analyst)
    for path in (address, "/reports", "/sites/palmyra", "/reports/claims/1", "/sources", "/reports/claims"):
        page = analyst.get(path).text
        assert "<script>alert" not in page
        assert "\u202e" not in page


def test_a_protected_source_is_named_to_staff_only(app: Flask, analyst: FlaskClient, report: str):
    judged = {"kind": "observer", "party": "no", "reliability": "C", "is_protected": "y", "reason": "in danger"}
    assert analyst.post("/sources/1", data=judged).status_code == 302
    review(analyst)
    for path in (report, "/sites/palmyra", "/reports/claims/1"):
        page = app.test_client().get(path, environ_base=ELSEWHERE).text
        assert "Observatory" not in page
        assert "a source not named here (an observer or monitor)" in page
        assert "Observatory" in analyst.get(path).text


def test_claims_about_a_place_that_is_not_public_are_for_staff(app, analyst, services: Services, report: str):
    review(analyst)
    with services.database.session() as session:
        session.connection().exec_driver_sql("update site set disclosure = 'hidden' where slug = 'palmyra'")
    stranger = app.test_client()
    assert "Fighters" not in stranger.get("/sites/palmyra", environ_base=ELSEWHERE).text
    assert stranger.get(report, environ_base=ELSEWHERE).status_code == 404
    assert "Fighters are in the town" in analyst.get("/sites/palmyra").text


def test_a_correction_waits_while_what_stood_still_counts(analyst: FlaskClient, app: Flask, report: str):
    review(analyst)
    new = CLAIM | {"statement": "Fighters left the town", "reason": "the paper says so"}
    assert analyst.post("/reports/claims/1/correct", data=new).status_code == 302
    page = analyst.get("/sites/palmyra").text
    assert "computed from 1 claim" in page
    assert "because " in page
    page = app.test_client().get("/sites/palmyra", environ_base=ELSEWHERE).text
    assert "Fighters are in the town" in page
    assert "left the town" not in page


def test_a_report_much_like_another_is_asked_about(analyst: FlaskClient):
    text = " ".join(f"sentence {n} of a long report about matter {n * 31}" for n in range(30))
    first = analyst.post("/reports/new", data={"title": "One", "text": text}).location
    like = {"title": "Two", "text": f"By an agency. {text}"}
    asked = analyst.post("/reports/new", data=like)
    assert asked.status_code == 422
    assert "Please say whether it is the same." in asked.text
    assert analyst.post("/reports/new", data=like | {"reprint_of": first.rsplit("/")[-1]}).location == first
    assert analyst.post("/reports/new", data=like | {"reprint_of": "no"}).location != first


def test_linking_two_claims_of_one_origin_says_that_it_confirms_nothing(analyst: FlaskClient, report: str):
    analyst.post(f"{report}/claims", data=CLAIM | {"statement": "Fighters are in all of it"})
    linked = analyst.post(
        "/reports/claims/1/links", data={"kind": "supports", "other_id": "2"}, follow_redirects=True
    ).text
    assert "this is no confirmation" in linked
    assert "supports claim 2" in linked
    assert (
        "supports"
        not in analyst.post("/reports/links/1/end", follow_redirects=True).text.split("Beside other")[1][:200]
    )
    assert analyst.post("/reports/claims/1/links", data={"kind": "supports", "other_id": "999"}).status_code in (
        404,
        422,
    )


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_pages_speak_the_readers_language(analyst: FlaskClient, report: str, language: str):
    review(analyst)
    for path in (report, "/reports", "/reports/new", "/reports/claims/1", "/reports/claims", "/sources", "/sources/1"):
        answer = analyst.get(f"{path}?lang={language}")
        assert answer.status_code == 200
        assert f'lang="{language}"' in answer.text


def test_a_year_that_something_began_in_stays_a_year(analyst: FlaskClient, report: str):
    analyst.post(f"{report}/claims", data=CLAIM | {"statement": "On the list", "occurred": "2013/.."})
    page = analyst.get("/reports/claims/2").text
    assert "from 2013 on" in page
    assert "January" not in page
