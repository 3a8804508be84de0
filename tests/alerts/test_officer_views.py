"""Pages of officers and of those signed in: days gone by, decisions, notes, the roster, a webhook of one's own."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from heritage.alerts.addresses import open_webhook
from heritage.alerts.models import AlertWord, Handover, Subscriber
from heritage.channels.webhook import signing_secret
from heritage.flags.models import Judgement

World = Any


def text(client: FlaskClient, path: str, code: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == code, path
    return answer.get_data(as_text=True)


def alerted(world: World, app: Flask) -> None:
    """A warning that left on the 21st, and an end to it on the 1st of August."""
    world.site()
    world.subscribe()
    world.report(number=2)
    world.consider()
    app.test_client().post("/alerts/palmyra-1/1/propose")
    world.deliver()


@pytest.fixture
def stranger(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base.update({"REMOTE_ADDR": "203.0.113.9"})
    return client


def test_a_day_gone_by_shows_what_had_been_said_by_then(world: World, app: Flask, stranger: FlaskClient) -> None:
    alerted(world, app)
    world.clock.at = datetime(2015, 8, 1, 12, tzinfo=UTC)
    world.consider()
    assert "End of the alert" in text(stranger, "/alerts")
    then = text(stranger, "/alerts?as_of=2015-06-01")
    assert "End of the alert" not in then
    assert 'href="/alerts/palmyra-1?as_of=2015-06-01"' in then
    page = text(stranger, "/alerts/palmyra-1?as_of=2015-06-01")
    assert "Message 1" in page
    assert "Message 2" not in page
    assert "over since" not in page
    # Nothing that was learned later leaks back, whichever of the two clocks is set.
    for when in ("as_of=2015-05-20", "as_of=2015-08-01&known_on=2015-05-20"):
        assert "palmyra-1" not in text(stranger, f"/alerts?{when}")
        text(stranger, f"/alerts/palmyra-1?{when}", 404)
    text(stranger, "/alerts?as_of=yesterday", 400)
    # At the machine itself nobody speaks on a day that is gone.
    assert "formaction" not in text(app.test_client(), "/alerts/palmyra-1?as_of=2015-05-30")


def decide(client: FlaskClient, **given: str) -> Any:
    data = {f"decide-{name}": value for name, value in given.items()}
    return client.post("/alerts/palmyra-1/decide", data=data)


def test_an_officer_decides_with_a_reason_and_nothing_typed_is_lost(world: World, app: Flask, sign_in: Any) -> None:
    alerted(world, app)
    ann = sign_in("Ann", "emergency_officer")
    wrong = decide(ann, verdict="lower", level="4", reason="Shelling stopped at noon.")
    assert wrong.status_code == 422
    page = wrong.get_data(as_text=True)
    assert "Choose one below level" in page
    assert "Shelling stopped at noon." in page
    assert decide(ann, verdict="dismiss").status_code == 422
    assert decide(ann, verdict="dismiss", reason="A film was shot there.").status_code == 302
    with world.services.database.session() as session:
        assert session.exec(select(Judgement)).one().level == 0
        assert [word.kind for word in session.exec(select(AlertWord)) if word.account_id] == ["acknowledge"]
    assert "A film was shot there." in text(ann, "/alerts/palmyra-1")
    assert decide(sign_in("Cy", "analyst"), verdict="dismiss", reason="x").status_code == 403


def test_what_is_open_is_handed_over_to_officers_and_to_nobody_else(
    world: World, app: Flask, stranger: FlaskClient, sign_in: Any
) -> None:
    alerted(world, app)
    ann, ben = sign_in("Ann", "emergency_officer"), sign_in("Ben", "emergency_officer")
    note = {
        "note-open_points": "Ask the museum again.", "note-called": "Duty desk, 02:20: no answer.",
        "note-review_at": "2015-05-21T18:00",
    }  # fmt: skip
    assert (
        ann.post("/alerts/palmyra-1/hand-over", data=note | {"note-review_at": "2015-05-20T18:00"}).status_code == 422
    )
    assert ann.post("/alerts/palmyra-1/hand-over", data={}).status_code == 422
    assert ann.post("/alerts/palmyra-1/hand-over", data=note).status_code == 302
    page = text(ben, "/alerts/palmyra-1")
    for said in ("Ask the museum again.", "Duty desk, 02:20: no answer.", "On duty now"):
        assert said in page
    assert "Ask the museum again." not in text(stranger, "/alerts/palmyra-1")
    with world.services.database.session() as session:
        assert session.exec(select(Handover)).one().review_at == datetime(2015, 5, 21, 18, tzinfo=UTC)


def test_the_roster_is_kept_by_officers(world: World, app: Flask, sign_in: Any) -> None:
    ann = sign_in("Ann", "emergency_officer")
    assert "every officer is told" in text(ann, "/duty")
    hours = {"officer": "1", "weekdays": ["4", "5"], "hours": "08:00-16:00", "time_zone": "Asia/Damascus"}
    for wrong in ({"hours": "by day"}, {"time_zone": "Here"}, {"weekdays": []}, {"officer": "99"}):
        assert ann.post("/duty", data=hours | wrong).status_code == 422, wrong
    assert ann.post("/duty", data=hours | {"from_on": "2015-05-22", "until_on": "2015-05-21"}).status_code == 422
    assert ann.post("/duty", data=hours).status_code == 302
    page = text(ann, "/duty")
    assert "Thursday, Friday" in page
    assert "on duty now" in page
    sue = sign_in("Sue", "subscriber")
    assert (sue.get("/duty").status_code, sue.post("/duty", data=hours).status_code) == (403, 403)
    assert ann.post("/duty/1/remove").status_code == 302
    assert "No hours are entered" in text(ann, "/duty")
    assert ann.post("/duty/1/remove").status_code == 404


def test_the_secret_of_ones_own_webhook_is_shown_once(world: World, app: Flask, sign_in: Any) -> None:
    sue = sign_in("Sue", "subscriber")

    def make(url: str) -> str:
        answer = sue.post("/subscriptions/webhook", data={"webhook-url": url})
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"
        (secret,) = re.findall(r"whsec_[\w+/=]+", answer.get_data(as_text=True))
        return str(secret)

    world.services.channels["webhook"] = world.channel
    first, second = make("https://desk.example/hook?key=abc"), make("https://desk.example/hook?key=abc")
    assert first != second
    page = text(sue, "/subscriptions")
    assert "desk.example" in page
    assert "whsec_" not in page
    assert "key=abc" not in page
    with world.services.database.session() as session:
        reader = session.exec(select(Subscriber)).one()
        assert reader.channels[0] == "webhook"
        target = open_webhook(world.services.settings, reader)
        assert signing_secret(target or "", world.services.settings) == second
    # How messages come may be changed without giving the address again, and somebody else's page offers none.
    manner = {"language": "fr", "time_zone": "UTC", "quiet": "", "channels": "webhook email"}
    assert sue.post("/subscriptions/own", data=manner).status_code == 302
    other = sign_in("Tom", "subscriber")
    assert other.post("/subscriptions/own", data=manner).status_code == 422
    assert sue.post("/subscriptions/webhook/remove").status_code == 302
    assert "desk.example" not in text(sue, "/subscriptions")
    with world.services.database.session() as session:
        assert session.exec(select(Subscriber)).first().channels == ["email"]  # type: ignore[union-attr]  # it is there


@pytest.mark.parametrize("url", ["http://desk.example/", "https://me:pw@desk.example/", "ftp://x", "", "https://a b/"])
def test_an_address_nothing_can_be_posted_to_is_refused_at_its_field(world: World, sign_in: Any, url: str) -> None:
    sue = sign_in("Sue", "subscriber")
    answer = sue.post("/subscriptions/webhook", data={"webhook-url": url})
    assert answer.status_code == 422
    assert "whsec_" not in answer.get_data(as_text=True)
    with world.services.database.session() as session:
        reader = session.exec(select(Subscriber)).first()
        assert reader is None or reader.webhook is None
