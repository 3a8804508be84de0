"""Merging in the database: across feeds, undone with the word of a person, and never twice."""

import csv
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlmodel import Session

from heritage.core.errors import InvalidInput, NotFound
from heritage.incidents import merging
from heritage.incidents.models import Verdict
from heritage.services import Services
from heritage.starter.load import load_starter

ROW = {
    "id": "900001", "year": "2015", "type_of_violence": "1", "side_a": "Government of Syria", "side_b": "IS",
    "source_office": "An agency", "source_date": "2015-05-21", "source_headline": "Fighting", "where_prec": "1",
    "latitude": "34.5624", "longitude": "38.2840", "country": "Syria", "date_prec": "1", "date_start": "2015-05-16",
    "date_end": "2015-05-16", "best": "20", "high": "30", "low": "10", "where_coordinates": "Tadmur town",
    "adm_1": "Homs governorate", "number_of_sources": "1",
}  # fmt: skip


@pytest.fixture
def two_feeds(services: Services, tmp_path: Path) -> Services:
    """The starter set, and a coded event of the same fighting in the same town."""
    from heritage.core.files import open_source
    from heritage.feeds.registry import get_feed
    from heritage.incidents.service import import_events

    path = tmp_path / "events.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(ROW))
        writer.writeheader()
        writer.writerow(ROW)
    with services.database.session() as session:
        load_starter(session, services.clock, reach_km=50)
        import_events(session, get_feed("ucdp"), open_source(path), clock=services.clock, release="25.1")
    return services


def incident_of(session: Session, event_id: str) -> int:
    query = sa.text("select incident_id from event where event_id = :id")
    return int(session.execute(query, {"id": event_id}).scalar_one())


def event_of(session: Session, event_id: str) -> int:
    return int(session.execute(sa.text("select id from event where event_id = :id"), {"id": event_id}).scalar_one())


def members(session: Session, incident: int) -> list[str]:
    query = sa.text("select feed from event where incident_id = :id order by id")
    return [str(feed) for feed in session.execute(query, {"id": incident}).scalars()]


def test_an_event_of_a_second_feed_joins_the_happening_it_tells_of(two_feeds: Services) -> None:
    with two_feeds.database.session() as session:
        assert members(session, incident_of(session, "900001"))[-1] == "ucdp"
        assert len(members(session, incident_of(session, "900001"))) == 2


def test_a_second_run_changes_nothing(two_feeds: Services) -> None:
    with two_feeds.database.session() as session:
        assert merging.merge_events(session).moved == 0


def test_a_persons_word_separates_and_stays(two_feeds: Services) -> None:
    with two_feeds.database.session() as session:
        event = event_of(session, "900001")
        head = incident_of(session, "900001")
        merging.say(
            session, two_feeds.clock, one=event, other=head, verdict=Verdict.APART, reason="another battle", by="M."
        )
        assert incident_of(session, "900001") == event
        assert merging.merge_events(session).moved == 0
        assert [word.reason for word in merging.list_words(session, [event])] == ["another battle"]
        merging.say(session, two_feeds.clock, one=head, other=event, verdict=Verdict.SAME, reason="not so", by="M.")
        assert incident_of(session, "900001") == head
        assert [word.reason for word in merging.list_words(session, [event])] == ["not so"]


def test_what_no_rule_joins_a_person_may(two_feeds: Services) -> None:
    with two_feeds.database.session() as session:
        event = event_of(session, "900001")
        far = session.execute(
            sa.text("select max(id) from event where feed <> 'ucdp' and incident_id = id")
        ).scalar_one()
        merging.say(session, two_feeds.clock, one=event, other=far, verdict=Verdict.SAME, reason="said so", by="M.")
        assert (
            incident_of(session, "900001")
            == session.execute(sa.text("select incident_id from event where id = :id"), {"id": far}).scalar_one()
        )


def test_words_need_two_events_and_a_reason(two_feeds: Services) -> None:
    with two_feeds.database.session() as session:
        event = event_of(session, "900001")
        with pytest.raises(InvalidInput):
            merging.say(session, two_feeds.clock, one=event, other=event, verdict=Verdict.SAME, reason="x", by="M.")
        with pytest.raises(InvalidInput):
            merging.say(session, two_feeds.clock, one=1, other=event, verdict=Verdict.SAME, reason=" ", by="M.")
        with pytest.raises(NotFound):
            merging.say(session, two_feeds.clock, one=10**9, other=event, verdict=Verdict.SAME, reason="x", by="M.")


def test_the_page_of_a_joined_report_leads_to_the_happening(two_feeds: Services, client: FlaskClient) -> None:
    with two_feeds.database.session() as session:
        event, head = event_of(session, "900001"), incident_of(session, "900001")
    answer = client.get(f"/incidents/{event}")
    assert answer.status_code == 302
    assert f"/incidents/{head}" in answer.location
    page = client.get(answer.location).text
    assert "tell of this one happening" in page


def test_a_person_at_the_machine_separates_on_the_page(two_feeds: Services, client: FlaskClient) -> None:
    with two_feeds.database.session() as session:
        event, head = event_of(session, "900001"), incident_of(session, "900001")
    form = {"event": event, "other": head, "verdict": "apart", "reason": "two battles"}
    assert client.post(f"/incidents/{head}/join", data=form).location.endswith(f"/incidents/{event}")
    assert "two battles" in client.get(f"/incidents/{event}").text
    assert "may be this one" in client.get(f"/incidents/{event}").text


def test_a_stranger_neither_joins_nor_sees_the_form(two_feeds: Services, client: FlaskClient) -> None:
    client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    with two_feeds.database.session() as session:
        head = incident_of(session, "900001")
    assert 'name="verdict"' not in client.get(f"/incidents/{head}").text
    assert client.post(f"/incidents/{head}/join", data={}).status_code == 302
