"""Field reporters and claims: what they enter is theirs alone to see before a review, and never leads to them."""

import re
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from heritage.services import Services
from heritage.sites import service as sites
from tests.threats.conftest import sign_in  # noqa: F401 - a fixture

SignIn = Callable[..., FlaskClient]
CLAIM = {
    "statement": "The gate is shut",
    "kind": "background",
    "credibility": "3",
    "site": "palmyra",
    "said_by": "A guard",
}


@pytest.fixture
def palmyra(services: Services) -> None:
    with services.database.session() as session:
        act = sites.Act(services.clock.now())
        sites.create_site(session, act, name="Palmyra", states_parties=["SY"], lon=38.27, lat=34.55)


def enter(client: FlaskClient, title: str = "A leaflet") -> str:
    """Bring a text and one claim of it; gives the address of the report."""
    told = {"title": title, "text": f"The gate is shut. {title}", "dated": "2015-05-20", "publisher": "A paper"}
    where = str(client.post("/reports/new", data=told).headers["Location"])
    assert re.fullmatch(r"/reports/\d+", where)
    assert client.post(f"{where}/claims", data=CLAIM).status_code == 302
    return where


def test_a_reporter_sees_own_claims_and_reviewed_ones_and_nothing_else(palmyra: None, sign_in: SignIn) -> None:  # noqa: F811
    sami, lina, analyst = (
        sign_in("field_reporter", name="Sami"),
        sign_in("field_reporter", name="Lina"),
        sign_in("analyst"),
    )
    report = enter(sami)
    assert "The gate is shut" in sami.get(report).text
    assert "not reviewed" in sami.get("/reports/claims").text
    assert lina.get(report).status_code == 404
    assert "The gate is shut" not in lina.get("/reports/claims").text
    assert "The gate is shut" not in lina.get("/sites/palmyra").text
    assert lina.get("/reports/claims/1/correct").status_code == 404
    assert lina.post("/reports/claims/1/withdraw", data={"reason": "no"}).status_code == 404
    assert sami.post("/reports/claims/1/review", data={"verdict": "accept"}).status_code == 403
    analyst.post("/reports/claims/1/review", data={"verdict": "accept"})
    assert "The gate is shut" in lina.get("/sites/palmyra").text
    assert lina.post("/reports/claims/1/withdraw", data={"reason": "no"}).status_code == 403
    assert sami.post("/reports/claims/1/withdraw", data={"reason": "I was wrong"}).status_code == 302
    assert "The gate is shut" not in lina.get("/sites/palmyra").text


def test_nothing_of_what_a_reporter_enters_leads_to_them(palmyra: None, sign_in: SignIn, services: Services) -> None:  # noqa: F811
    sami, analyst = sign_in("field_reporter", name="Sami Quiet"), sign_in("analyst")
    enter(sami)
    assert re.search("reporter-[2-9a-z]{8}", analyst.get("/reports/claims/1").text)
    with services.database.session() as session:
        for table in ("document", "claim", "claim_version", "source_assessment", "audit_entry"):
            rows = session.execute(sa.text(f'select * from "{table}"')).mappings().all()
            entered = [row for row in rows if table != "audit_entry" or row["action"].startswith("reports.")]
            assert entered
            for row in entered:
                assert "Sami" not in str(row)
                assert row.get("account_id") is None
                moment = row.get("recorded_at") or row["at"]
                assert (moment.minute, moment.second, moment.microsecond) == (0, 0, 0)


def test_a_reporter_s_word_is_no_second_pair_of_eyes(palmyra: None, sign_in: SignIn) -> None:  # noqa: F811
    sami, analyst = sign_in("field_reporter"), sign_in("analyst")
    report = enter(sami)
    sami.post(f"{report}/claims", data=CLAIM | {"statement": "The road is shut", "credibility": "1"})
    analyst.post("/reports/claims/2/review", data={"verdict": "accept", "credibility": "1"})
    assert "takes two persons" in analyst.get(report).text
    assert "The road is shut" not in sign_in("subscriber").get("/sites/palmyra").text


def test_a_text_that_somebody_brought_before_is_not_opened_by_bringing_it_again(palmyra: None, sign_in: SignIn) -> None:  # noqa: F811
    enter(sign_in("field_reporter", name="Sami"))
    lina = sign_in("field_reporter", name="Lina")
    told = {"title": "A leaflet", "text": "The gate is shut. A leaflet", "dated": "2015-05-20", "publisher": "A paper"}
    assert lina.post("/reports/new", data=told).headers["Location"] == "/reports"


def test_machine_reading_and_fetching_stay_with_staff(app: Flask, palmyra: None, sign_in: SignIn) -> None:  # noqa: F811
    sami = sign_in("field_reporter")
    report = enter(sami)
    assert sami.get("/reports/fetch").status_code == 403
    assert sami.get(f"{report}/drafts").status_code == 403
    assert "/reports/fetch" not in sami.get("/reports/new").text
