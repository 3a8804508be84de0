"""Reviewed claims of fighting flow down the line: once each, with their grade and origins, and back when withdrawn."""

from datetime import UTC, date, datetime

import pytest
from sqlmodel import Session

from heritage.core.clock import FixedClock
from heritage.flags.service import compute_flags, load_rules
from heritage.incidents.from_claims import take_claims
from heritage.incidents.queries import get_incident, list_incidents
from heritage.policy.disclosure import Disclosure
from heritage.proximity.service import match_pending
from heritage.reports import queries, service
from heritage.reports.domain import ClaimDraft, ClaimKind, DocumentDraft, EventKind, LinkKind, SourceDraft, Verdict
from heritage.settings import data_dir
from heritage.sites.models import Site

from .conftest import ANALYST, NOW, OFFICER, Enter

TADMUR = {"place_name": "Tadmur", "lon": 38.284, "lat": 34.5624, "radius_km": 3.0, "country": "SY"}
FOUGHT = {**TADMUR, "occurred": "2015-05-20?", "credibility": 2}
CLOCK = FixedClock(NOW)


@pytest.fixture
def fought(session: Session, enter: Enter):
    """Enter and pass a claim of fighting in the town; returns its number."""

    def made(statement: str = "fighting in the town", **more) -> int:
        claim = enter(statement, **(FOUGHT | more))
        service.review_claim(session, OFFICER, claim, Verdict.ACCEPT)
        return claim

    return made


def counts(report) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, report.withdrawn


def test_a_reviewed_claim_becomes_an_incident_with_its_grade_and_origins(session: Session, fought, site: Site):
    claim = fought(site_id=site.id, incident_kind=EventKind.AIR_STRIKE, relayed_by=("The Paper",))
    assert counts(take_claims(session, CLOCK)) == (1, 0, 0, 0)
    event = list_incidents(session, feed="reports")[0]
    assert (event.event_id, event.kind, event.country) == (f"claim-{claim}", "air_strike", "SY")
    assert (event.reliability, event.credibility, event.origins) == ("F", 2, ["observatory"])
    assert (event.lon, event.lat, event.radius_km, event.place_name) == (38.284, 34.5624, 3.0, "Tadmur")
    assert (event.occurred_from, event.time_precision, event.location_precision) == (date(2015, 5, 20), "days", "exact")
    assert event.known_at == datetime(2015, 5, 20, tzinfo=UTC)
    assert event.sources[0]["name"] == "Observatory, relayed by The Paper"
    assert event.summary == "fighting in the town"


def test_a_second_run_changes_nothing(session: Session, fought):
    fought()
    take_claims(session, CLOCK)
    assert counts(take_claims(session, CLOCK)) == (0, 0, 1, 0)
    later = FixedClock(datetime(2015, 7, 1, tzinfo=UTC))
    assert counts(take_claims(session, later)) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    "unfit",
    [
        {"kind": ClaimKind.CONTROL},
        {"is_sensitive": True},
        {"radius_km": 26.0},
        {"lon": None, "lat": None, "radius_km": None},
        {"occurred": "2015-05"},
        {"occurred": ""},
    ],
)
def test_what_is_no_fighting_at_a_usable_place_on_a_known_day_becomes_none(session: Session, fought, unfit):
    fought(**unfit)
    assert counts(take_claims(session, CLOCK)) == (0, 0, 0, 0)


def test_a_claim_that_nobody_reviewed_becomes_none(session: Session, enter: Enter):
    enter(**FOUGHT)
    assert counts(take_claims(session, CLOCK)) == (0, 0, 0, 0)


def test_a_correction_and_a_withdrawal_are_versions_of_the_same_event(session: Session, fought):
    claim = fought()
    take_claims(session, CLOCK)
    june = datetime(2015, 6, 3, 9, tzinfo=UTC)
    late = type(ANALYST)(june, "analyst (1)", 1)
    corrected = ClaimDraft(
        "fighting north of it", ClaimKind.FIGHTING, ("Observatory",), **(FOUGHT | {"radius_km": 5.0})
    )
    service.correct_claim(session, late, claim, corrected, reason="better map")
    assert counts(take_claims(session, FixedClock(june))) == (0, 0, 1, 0)
    service.review_claim(session, late, claim, Verdict.ACCEPT)
    assert counts(take_claims(session, FixedClock(june))) == (0, 1, 0, 0)
    service.withdraw_claim(session, late, claim, reason="never so")
    assert counts(take_claims(session, FixedClock(june))) == (0, 0, 0, 1)
    assert counts(take_claims(session, FixedClock(june))) == (0, 0, 0, 0)
    assert list_incidents(session, feed="reports") == []
    then = list_incidents(session, feed="reports", known_on=date(2015, 5, 30))
    assert [event.radius_km for event in then] == [3.0]


def test_what_a_person_calls_the_same_event_is_one_incident_and_parts_again(session: Session, fought):
    claims = [fought("one tells of it", said_by=("A",)), fought("another tells of it", said_by=("B",))]
    take_claims(session, CLOCK)
    assert len({event.incident_id for event in list_incidents(session, feed="reports")}) == 2
    link = service.link_claims(session, ANALYST, *claims, LinkKind.SAME_EVENT)
    take_claims(session, CLOCK)
    incidents = {event.incident_id for event in list_incidents(session, feed="reports")}
    assert len(incidents) == 1
    assert len(get_incident(session, incidents.pop())) == 2
    service.unlink_claims(session, ANALYST, link)
    take_claims(session, CLOCK)
    assert len({event.incident_id for event in list_incidents(session, feed="reports")}) == 2


def test_a_claim_about_a_place_that_is_not_public_tells_no_exact_place_and_no_words(session: Session, fought, site):
    site.disclosure = Disclosure.HIDDEN
    session.add(site)
    fought("fighting by the hidden tower", site_id=site.id)
    take_claims(session, CLOCK)
    event = list_incidents(session, feed="reports")[0]
    assert (event.summary, event.place_name) == (None, None)
    assert (event.lon, event.lat) != (38.284, 34.5624)
    assert event.radius_km > 8


def test_a_protected_source_is_not_named_in_an_incident(session: Session, fought):
    service.add_source(session, ANALYST, SourceDraft("A person of the town", is_protected=True))
    fought(said_by=("A person of the town",))
    take_claims(session, CLOCK)
    assert "town" not in list_incidents(session, feed="reports")[0].sources[0]["name"]


def level(session: Session) -> int:
    rules = load_rules(data_dir("config") / "rules.toml")
    take_claims(session, CLOCK)
    match_pending(session, rules.reach_km)
    flags = compute_flags(session, rules, as_of=date(2015, 5, 21), min_level=1)
    return max((int(flag.level) for flag in flags), default=0)


def test_five_reprints_raise_nothing_and_a_second_origin_does(session: Session, fought, site: Site):
    """One weak origin never makes a warning, however often it is printed; two speak for themselves."""
    text = " ".join(f"sentence {n} of a long report on a battle {n * 17}" for n in range(30))
    fought()
    once = level(session)
    for number in range(5):
        draft = DocumentDraft(f"Reprint {number}", f"By paper {number}: {text}", f"Paper {number}", "en", "2015-05-20")
        document = service.add_document(session, ANALYST, draft).document_id
        claim = ClaimDraft(f"fighting, print {number}", ClaimKind.FIGHTING, ("Observatory",), **FOUGHT)
        entered = service.enter_claims(session, document, [claim], act=ANALYST)
        service.review_claim(session, OFFICER, entered[0], Verdict.ACCEPT)
    assert len(queries.list_fights(session)) == 6
    assert level(session) == once
    for other in ("Museum", "State television", "Agency"):
        fought(f"{other} tells of fighting", said_by=(other,))
    assert level(session) > once
