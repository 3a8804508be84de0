"""A lot rests on a claim: the dossier links to it, tells its present grade, and says when it was taken back."""

from datetime import UTC, datetime

import pytest

from heritage.feeds.domain import Reliability
from heritage.reports import service as reports
from heritage.reports.domain import Act, ClaimDraft, ClaimKind, DocumentDraft, Verdict
from tests.accounts.conftest import *  # noqa: F403 - accounts to sign in with
from tests.artefacts.test_views import OBJECT, _clock, enter, leila, palmyra  # noqa: F401 - fixtures

ANALYST = Act(datetime(2015, 5, 21, 9, tzinfo=UTC), "analyst (901)", 901)
OFFICER = Act(datetime(2015, 5, 21, 10, tzinfo=UTC), "officer (902)", 902)
LOT = {"kind": "lot", "title": "Statues", "count_low": "200", "count_high": "999"}
TEXT = "Objects are moved\n\nHundreds of statues were moved to safe places, the antiquities chief said.\n"


@pytest.fixture
def claim(services) -> int:
    """What the chief said, entered and not yet reviewed."""
    with services.database.session() as session:
        draft = DocumentDraft("Objects are moved", TEXT, "The Paper", "en", "2015-05-20")
        document = reports.add_document(session, ANALYST, draft).document_id
        said = ClaimDraft(
            "hundreds of statues were moved", ClaimKind.MOVE, ("The antiquities chief",), occurred="2015-05",
            reliability=Reliability.B, credibility=3,
        )  # fmt: skip
        return reports.enter_claims(session, document, [said], act=ANALYST)[0]


def review(services, claim: int, credibility: int = 3) -> None:
    with services.database.session() as session:
        reports.review_claim(session, OFFICER, claim, Verdict.ACCEPT, credibility=credibility)


def test_the_dossier_tells_the_claim_with_its_present_grade(client, leila, palmyra, claim, services):  # noqa: F811
    review(services, claim)
    code = enter(leila, **LOT, site=palmyra, claim=str(claim))
    assert f"/reports/claims/{claim}" in leila.get(f"/artefacts/{code}").get_data(as_text=True)
    page = client.get(f"/sites/{palmyra}").get_data(as_text=True)
    section = page[page.index('id="objects"') :]
    for words in ("reported moved; place withheld", "The antiquities chief", "B3", "200–999", "May 2015"):
        assert words in section
    assert f'href="/reports/claims/{claim}"' in section
    assert "reported moved" not in client.get(f"/sites/{palmyra}?as_of=2015-04-30").get_data(as_text=True)
    review(services, claim, credibility=4)
    page = client.get(f"/sites/{palmyra}").get_data(as_text=True)
    assert "B4" in page[page.index('id="objects"') :]
    with services.database.session() as session:
        reports.withdraw_claim(session, OFFICER, claim, reason="the paper took it back")
    page = client.get(f"/sites/{palmyra}").get_data(as_text=True)
    section = page[page.index('id="objects"') :]
    assert "the claim it rested on was taken back" in section
    assert "B4" not in section.split("</section>")[0]


def test_a_claim_that_nobody_reviewed_is_told_to_nobody(client, leila, palmyra, claim, services):  # noqa: F811
    answer = leila.post("/artefacts/new", data=OBJECT | LOT | {"claim": str(claim)})
    assert answer.status_code == 422
    missing = leila.post("/artefacts/new", data=OBJECT | LOT | {"claim": "4711"})
    assert missing.status_code == 422
    told = "There is no claim"
    assert told in answer.get_data(as_text=True)
    assert told in missing.get_data(as_text=True)
    review(services, claim)
    enter(leila, **LOT, site=palmyra, claim=str(claim))
    assert "reported moved" in client.get(f"/sites/{palmyra}").get_data(as_text=True)


@pytest.mark.parametrize("named", ["x", "0", "-1", "9" * 40, "1; drop table claim"])
def test_a_number_that_is_none_is_refused_at_its_field(leila, named):  # noqa: F811
    answer = leila.post("/artefacts/new", data=OBJECT | LOT | {"claim": named})
    assert answer.status_code == 422
    assert named[:20] in answer.get_data(as_text=True)
