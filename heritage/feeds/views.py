"""Page and JSON: how far each feed's silence can be trusted."""

from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from sqlmodel import Session

from heritage.core.errors import InvalidInput
from heritage.feeds import queries
from heritage.feeds.alarms import list_alarms
from heritage.feeds.queries import FeedHealth
from heritage.feeds.registry import list_live
from heritage.feeds.report import alarm_as_json, health_as_json, run_as_json
from heritage.incidents.queries import latest_event_days
from heritage.policy.access import may
from heritage.policy.table import Action
from heritage.web.state import open_session, services
from heritage.web.words import one_of

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
            runs=queries.list_runs(session, feed=chosen, limit=SHOWN_RUNS) if operator else [],
            alarms=list_alarms(session, limit=SHOWN_ALARMS) if operator else [],
            items=queries.list_items(session, feed=chosen, limit=SHOWN_ITEMS) if operator else [],
            titles={each.feed.name: each.feed.settings.title for each in health},
        )


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
