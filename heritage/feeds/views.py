"""Page and JSON: how far each feed's silence can be trusted."""

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlmodel import Session
from werkzeug.wrappers import Response

from heritage.core.errors import Conflict, InvalidInput
from heritage.feeds import queries
from heritage.feeds.alarms import list_alarms
from heritage.feeds.queries import FeedHealth
from heritage.feeds.registry import get_live, list_live
from heritage.feeds.report import alarm_as_json, health_as_json, run_as_json
from heritage.feeds.service import ask_soon, set_paused
from heritage.incidents.queries import latest_event_days
from heritage.policy.access import may
from heritage.policy.table import Action
from heritage.scheduling.queries import workers_present
from heritage.web.record import record
from heritage.web.state import open_session, services
from heritage.web.words import one_of, word

blueprint = Blueprint("feeds", __name__)

SHOWN_RUNS, SHOWN_ITEMS, SHOWN_ALARMS = 40, 30, 20
# What went wrong, and where: for those who run the installation.
_FOR_OPERATORS = ("base_url", "error", "next_try_at")


def _health(session: Session) -> list[FeedHealth]:
    known = list_live(services().settings.feeds_file())
    return queries.list_health(session, known, latest_event_days(session), services().clock.now())


def _chosen(health: list[FeedHealth]) -> str | None:
    chosen = request.args.get("feed") or None
    names = [each.feed.name for each in health]
    if chosen is not None and chosen not in names:
        raise InvalidInput(one_of("feed", names))
    return chosen


@blueprint.get("/feeds")
def index() -> str:
    """Every live feed with the word about it; its runs and alarms for those who may see the jobs."""
    with open_session() as session:
        health = _health(session)
        chosen = _chosen(health)
        operator = may(Action.SEE_JOBS)
        return render_template(
            "feeds/list.html",
            health=health,
            chosen=chosen,
            operator=operator,
            may_see_errors=may(Action.SEE_JOB_ERRORS),
            may_manage=may(Action.MANAGE_FEEDS),
            runs=queries.list_runs(session, feed=chosen, limit=SHOWN_RUNS) if operator else [],
            alarms=list_alarms(session, limit=SHOWN_ALARMS) if operator else [],
            items=queries.list_items(session, feed=chosen, limit=SHOWN_ITEMS) if operator else [],
            titles={each.feed.name: each.feed.settings.title for each in health},
        )


@blueprint.post("/feeds/<name>/ask")
def ask(name: str) -> Response:
    """Ask one source before its turn."""
    feed = get_live(name, services().settings.feeds_file())
    title = word("feed_title", feed.settings.title)
    if not feed.live.enabled:
        raise Conflict(gettext("%(feed)s is switched off in the settings of this installation.", feed=title))
    if not feed.live.base_url:
        raise Conflict(gettext("%(feed)s has no address in the settings of this installation.", feed=title))
    exercise = services().settings.exercise_clock is not None
    if exercise:
        raise Conflict(gettext("In an exercise no source is asked: what it has is of today."))
    with open_session() as session:
        if ask_soon(session, feed, exercise=exercise):
            record(session, "feeds.ask", f"feed:{name}")
        working = workers_present(session) > 0
    if working:
        flash(gettext("%(feed)s is being asked; its run appears below.", feed=title), "done")
    else:
        flash(gettext("%(feed)s will be asked as soon as a worker runs; none does now.", feed=title), "warn")
    return redirect(url_for("feeds.index", feed=name))


@blueprint.post("/feeds/<name>/pause")
def pause(name: str) -> Response:
    """Leave a source alone until it is resumed."""
    return _paused(name, True)


@blueprint.post("/feeds/<name>/resume")
def resume(name: str) -> Response:
    """Ask a source again at its next turn."""
    return _paused(name, False)


def _paused(name: str, paused: bool) -> Response:
    feed = get_live(name, services().settings.feeds_file())
    with open_session() as session:
        set_paused(session, feed, paused)
        record(session, "feeds.pause" if paused else "feeds.resume", f"feed:{name}")
    title = word("feed_title", feed.settings.title)
    told = gettext("%(feed)s is left alone; its silence says nothing from now on.", feed=title)
    if not paused:
        told = gettext("%(feed)s is asked again at its next turn.", feed=title)
    flash(told, "done")
    return redirect(url_for("feeds.index", feed=name))


@blueprint.get("/feeds.json")
def as_json() -> Response:
    """The same as data."""
    with open_session() as session:
        health = _health(session)
        chosen = _chosen(health)
        document: dict[str, Any] = {"at": services().clock.now().isoformat(), "feeds": [_told(each) for each in health]}
        if may(Action.SEE_JOB_ERRORS):
            document["alarms"] = [alarm_as_json(alarm) for alarm in list_alarms(session, limit=SHOWN_ALARMS)]
            document["runs"] = [run_as_json(run) for run in queries.list_runs(session, feed=chosen, limit=SHOWN_RUNS)]
    return jsonify(document)


def _told(each: FeedHealth) -> dict[str, Any]:
    told = health_as_json(each)
    if not may(Action.SEE_JOB_ERRORS):
        for name in _FOR_OPERATORS:
            del told[name]
    return told
