"""What is forgotten in time, and that a hidden site stays hidden."""

from datetime import timedelta

import pytest
from sqlmodel import select

from heritage.services import Services
from heritage.sites.queries import get_site
from heritage.sites.service import Act, edit_site
from heritage.threats.keeping import forget
from heritage.threats.models import ThreatUpdate, UpdateAuthor, UpdateDraft

from .conftest import ELSEWHERE, NOON, PALMYRA, File, SignIn, told
from .test_review import accept, later

pytestmark = pytest.mark.usefixtures("register")


def test_after_its_time_nobody_and_no_exact_point_is_kept(services: Services, sign_in: SignIn, file: File):
    reporter, analyst = sign_in("field_reporter"), sign_in("analyst")
    for number in "ab":
        file(reporter, client_id=number * 32, where="point", lon="38.26871", lat="34.55123")
    reporter.post("/threats/new", data=told(do="keep", client_id="c" * 32))
    accept(analyst, 1)
    analyst.post("/review/2", data={"do": "reject", "said": "no"})
    with services.database.session() as session:
        assert forget(session, NOON + timedelta(days=10), 90) == {"updates": 0, "authors": 0, "points": 0, "drafts": 0}
        first = forget(session, NOON + timedelta(days=92), 90)
        assert first == {"updates": 1, "authors": 1, "points": 1, "drafts": 1}
        assert forget(session, NOON + timedelta(days=92), 90) == dict.fromkeys(first, 0)
    with services.database.session() as session:
        taken, refused = session.exec(select(ThreatUpdate).order_by(ThreatUpdate.id))
        assert (taken.seen != "", taken.sealed_point, refused.seen, refused.sealed_point) == (True, None, "", None)
        assert session.exec(select(UpdateAuthor)).first() is None
        assert session.exec(select(UpdateDraft)).first() is None


def test_of_a_hidden_site_strangers_see_that_there_is_a_threat_and_nothing_of_where(app, services, sign_in, file: File):
    with services.database.session() as session:
        site = get_site(session, PALMYRA)
        edit_site(session, Act(services.clock.now()), site.id or 0, disclosure="hidden")
    reporter = sign_in("field_reporter")
    assert "Temple of Bel" not in reporter.get(f"/threats/new?site={PALMYRA}").text
    file(reporter)
    accept(sign_in("analyst"), summary="Trenches near the gate of Tadmur.")
    stranger = later(app, services, 60)
    for path in ("/threats/1", f"/sites/{PALMYRA}"):
        page = stranger.get(path, environ_base=ELSEWHERE).text
        assert "Significant impact" in page
        assert "Tadmur" not in page
