"""Work that takes long says so on its page, as do data that are old; what went wrong for a while can be tried again."""

import pytest
from flask import Flask
from sqlmodel import Session

from heritage.db.queue import enqueue
from heritage.scheduling.queries import tasks_under_way
from tests.world import World


def test_what_was_asked_for_is_under_way_before_anybody_takes_it_up(session: Session) -> None:
    assert "feeds.run_ucdp" not in tasks_under_way(session)
    enqueue(session, "feeds.run_ucdp", by_hand=True)
    session.flush()
    assert "feeds.run_ucdp" in tasks_under_way(session)


@pytest.mark.xdist_group("every_page")
def test_forms_of_long_work_say_what_goes_on_once_they_are_sent(filled: World) -> None:
    for who, path in (
        ("emergency_officer", "/sites/imports"),
        ("registrar", "/artefacts/imports"),
        ("analyst", "/reports/fetch"),
    ):
        page = filled.get(who, path)
        assert "<div data-busy hidden" in page, path
        assert "<progress" in page, path


def test_a_form_that_was_open_too_long_says_so_and_leads_back(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post("/threats/new", data={"what": "x"})
    assert answer.status_code == 400
    assert "This form was open too long" in answer.text
    assert 'href="/threats/new"' in answer.text


def test_who_was_signed_out_while_writing_is_told_that_nothing_was_saved(filled: World) -> None:
    stranger = filled.clients["stranger"]
    sent = stranger.post("/reports/new", data={"text": "typed for an hour"})
    assert (sent.status_code, sent.location) == (302, "/login?next=/reports/new")
    login = stranger.get(sent.location).text
    assert "nothing was saved" in login
    # Who only opens a page has written nothing.
    stranger.get("/reports/new")
    assert "nothing was saved" not in stranger.get("/login?next=/reports/new").text


def test_a_page_that_failed_can_be_asked_for_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> str:
        raise RuntimeError("on purpose")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(app.view_functions, "flags.methodology", fails)
    answer = app.test_client().get("/methodology?lang=en")
    assert answer.status_code == 500
    assert 'href="/methodology?lang=en">Try again' in answer.text
    assert "Try again" not in app.test_client().get("/nothing-here").text


@pytest.mark.xdist_group("every_page")
def test_data_that_are_silent_stand_out_on_the_overview_and_fresh_ones_do_not(filled: World) -> None:
    assert "state-stale" in filled.get("stranger", "/?as_of=2015-05-01")
    assert "state-stale" not in filled.get("stranger", "/?as_of=2015-05-21")
    late = filled.get("stranger", "/?as_of=2015-07-21")
    assert late.index("state-stale") < late.index("Not known, not quiet")
