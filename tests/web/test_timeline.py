"""One time line: each thing on its own track, no farther than the day, and never more exact than what was said."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask import Flask

from heritage.dossier.domain import Entry, Track
from heritage.policy.disclosure import Disclosure
from heritage.reports import service as reports
from heritage.reports.domain import Act as Reviewer
from heritage.reports.domain import ClaimDraft, ClaimKind, DocumentDraft, Verdict
from heritage.services import Services
from heritage.sites.domain import ConditionState
from heritage.sites.queries import get_site
from heritage.sites.service import Act, edit_site, record_condition
from heritage.starter.load import load_starter
from heritage.web.day import Day
from heritage.web.dossier import gather

SLUG = "site-of-palmyra"
Rows = Callable[..., list[Entry]]


@pytest.fixture
def starter(services: Services) -> Services:
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50)
    return services


@pytest.fixture
def rows(app: Flask, starter: Services) -> Rows:
    """What a stranger's time line of Palmyra tells of a year up to a day."""

    def told(as_of: date, *tracks: Track, known_on: date | None = None, span: str = "1y") -> list[Entry]:
        day = Day(as_of=as_of, known_on=known_on or as_of, default=as_of, today=date(2026, 1, 5))
        stranger = {"REMOTE_ADDR": "203.0.113.9"}
        with app.test_request_context("/?lang=en", environ_base=stranger), starter.database.session() as session:
            line = gather(session, get_site(session, SLUG), day, span).line
        return [row for row in line.rows if row.track in tracks]

    return told


def test_levels_and_reports_end_on_the_day_and_rest_on_what_was_known_then(rows: Rows):
    before, after = rows(date(2015, 5, 13), Track.LEVEL), rows(date(2015, 5, 21), Track.LEVEL, Track.REPORT)
    assert [row.text for row in before] == ["0 None"]
    assert [row.text for row in after if row.track is Track.LEVEL][0] == "4 Critical"
    assert all(row.last and row.last <= date(2015, 5, 21) for row in after)


@pytest.mark.parametrize(("as_of", "told"), [(date(2013, 6, 1), []), (date(2015, 5, 21), ["27 June 2013 – this day"])])
def test_a_stay_on_the_list_is_told_from_its_beginning_on(rows: Rows, as_of: date, told: list[str]):
    assert [row.when for row in rows(as_of, Track.STATUS)] == told


def test_what_is_not_sure_of_its_day_is_a_range_and_says_so(rows: Rows, starter: Services):
    with starter.database.session() as session:
        about = get_site(session, SLUG).id or 0
        act = Act(starter.clock.now())
        record_condition(session, act, about, state=ConditionState.SLIGHT, observed="2014-09~", assessor="A mission")
        record_condition(session, act, about, state=ConditionState.SEVERE, observed="2015-04-02", assessor="A visitor")
    exact, rough = rows(date(2015, 5, 21), Track.CONDITION)
    assert (exact.first, exact.last, exact.unsure) == (date(2015, 4, 2), date(2015, 4, 2), False)
    assert (rough.first, rough.last, rough.unsure) == (date(2014, 9, 1), date(2014, 9, 30), True)
    assert [row.first for row in rows(date(2015, 3, 1), Track.CONDITION)] == [rough.first]


def test_a_claim_of_a_move_is_told_by_its_month_and_without_a_place(rows: Rows, starter: Services):
    now = datetime(2015, 5, 21, 8, tzinfo=UTC)
    analyst, officer = Reviewer(now, "analyst (1)", 1), Reviewer(now, "officer (2)", 2)
    with starter.database.session() as session:
        document = reports.add_document(session, analyst, DocumentDraft("T", "Statues left.", "P", "en", "2015-05-20"))
        draft = ClaimDraft(
            "Statues went to the valley on Tuesday", kind=ClaimKind.MOVE, said_by=("An official",),
            occurred="2015-05-19", site_id=get_site(session, SLUG).id,
        )  # fmt: skip
        (number,) = reports.enter_claims(session, document.document_id, [draft], act=analyst)
        reports.review_claim(session, officer, number, Verdict.ACCEPT)
    (claim,) = rows(date(2015, 5, 21), Track.CLAIM)
    assert (claim.first, claim.last, claim.when) == (date(2015, 5, 1), date(2015, 5, 31), "May 2015")
    assert "valley" not in claim.text
    assert rows(date(2015, 5, 21), Track.CLAIM, known_on=date(2015, 5, 18)) == []


def test_a_place_that_is_not_public_has_no_reports_on_its_line(rows: Rows, starter: Services):
    with starter.database.session() as session:
        edit_site(session, Act(starter.clock.now()), get_site(session, SLUG).id or 0, disclosure=Disclosure.GENERALISED)
    assert rows(date(2015, 5, 21), Track.REPORT) == []
    assert rows(date(2015, 5, 21), Track.LEVEL)
