"""Pages of alerts: threads, what waits for two persons, the ledger, Atom and CAP."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlmodel import Session
from werkzeug.wrappers import Response as AnyResponse

from heritage.alerts import approving
from heritage.alerts import thread_queries as queries
from heritage.alerts.atom import atom_feed
from heritage.alerts.cap import Scope, Status, cap_document, identifier
from heritage.alerts.facts import AlertFacts
from heritage.alerts.forms import WordForm
from heritage.alerts.message import AlertWords
from heritage.alerts.models import Alert, AlertState, AlertThread, WordKind
from heritage.alerts.rules import AlertRules, load_alert_rules
from heritage.core.errors import HeritageError, NotFound
from heritage.core.known import start_of_day
from heritage.policy.access import current_subject, may
from heritage.policy.roles import Role
from heritage.policy.table import Action
from heritage.web.day import current_day
from heritage.web.i18n import page_language
from heritage.web.state import open_session, services

blueprint = Blueprint("alerts", __name__)

SHOWN = 100
ENTRIES = 50


def current_alert_rules() -> AlertRules:
    """The numbers of alerting as the file has them now."""
    return load_alert_rules(services().settings.alert_rules_file())


def _words(facts: AlertFacts) -> AlertWords:
    return AlertWords(page_language(), services().settings.public_url, facts, None)


def _line(thread: AlertThread, alert: Alert) -> dict[str, Any]:
    facts = AlertFacts.from_json(alert.facts)
    return {"thread": thread, "alert": alert, "facts": facts, "headline": _words(facts).headline()}


def _may_see_held(countries: tuple[str, ...] | list[str] = ()) -> bool:
    return may(Action.PROPOSE_ALERT, countries=countries) or may(Action.SEE_LEDGER)


def _asked_day() -> datetime | None:
    """The end of the day that the address asks for, None where it asks for none: then everything sent is shown."""
    if not request.args.get("as_of"):
        return None
    return start_of_day(current_day().as_of) + timedelta(days=1, microseconds=-1)


@blueprint.get("/alerts")
def index() -> str:
    """Threads that are open and those that are over; what waits stands first for those who may settle it."""
    until = _asked_day()
    with open_session() as session:
        threads = [_line(thread, alert) for thread, alert in queries.list_threads(session, until=until, limit=SHOWN)]
        for row in threads:
            closed_at = row["thread"].closed_at
            row["over"] = closed_at is not None and (until is None or closed_at <= until)
        held = [_line(thread, alert) for thread, alert in queries.list_held(session)] if _may_see_held() else []
    return render_template("alerts/list.html", threads=threads, held=held, shown=SHOWN)


@blueprint.get("/alerts/<thread>")
def show(thread: str) -> str:
    """One thread: every step, and for those who may, what people said of it and the ledger of its messages."""
    with open_session() as session:
        return render_template("alerts/thread.html", **_page(session, thread), form=WordForm(formdata=None))


def _page(session: Session, public_id: str) -> dict[str, Any]:
    found = queries.get_thread(session, public_id)
    alerts = queries.list_alerts(session, found.id or 0)
    countries = AlertFacts.from_json(alerts[-1].facts).site.countries if alerts else ()
    inside = _may_see_held(countries)
    shown = [alert for alert in alerts if inside or alert.state == AlertState.RELEASED]
    if not shown:
        # A step that waits, or was never sent, is to everybody else as if it were not there.
        raise NotFound(f"There is no thread {public_id}.")
    ids = [alert.id or 0 for alert in shown]
    said, counts = queries.list_said(session, ids), queries.count_posts(session, ids)
    ledger = may(Action.SEE_LEDGER)
    return {
        "thread": found,
        "steps": [
            {
                "alert": alert,
                "facts": (facts := AlertFacts.from_json(alert.facts)),
                "words": _words(facts),
                "identifier": identifier(facts),
                "said": [word for word in said if word.alert_id == alert.id],
                "counts": counts.get(alert.id or 0, {}),
            }
            for alert in reversed(shown)
        ],
        "ledger": queries.list_posts(session, found.id or 0) if ledger else None,
        "inside": inside,
        "may_propose": may(Action.PROPOSE_ALERT, countries=countries),
        "may_approve": may(Action.APPROVE_ALERT),
        "may_acknowledge": may(Action.JUDGE),
    }


def _speak(thread: str, step: int, kind: WordKind) -> AnyResponse | tuple[str, int]:
    form = WordForm()
    if not form.validate_on_submit():
        return _again(thread, form)
    try:
        with open_session() as session:
            found = queries.get_thread(session, thread)
            alert = next((a for a in queries.list_alerts(session, found.id or 0) if a.step == step), None)
            if alert is None or alert.id is None:
                raise NotFound(f"There is no step {step} of the thread {thread}.")
            facts = AlertFacts.from_json(alert.facts)
            # Two rights have a reach, and the address names no country: it is asked here.
            if kind is WordKind.PROPOSE and not may(Action.PROPOSE_ALERT, countries=facts.site.countries):
                abort(403)
            approving.speak(
                session, services(), current_alert_rules(), alert.id, _person(), kind, form.reason.data or ""
            )
            done = alert.state
    except NotFound:
        raise
    except HeritageError as error:
        form.form_errors.append(str(error))
        return _again(thread, form)
    flash(_said(kind, done), "done")
    return redirect(url_for("alerts.show", thread=thread))


def _again(thread: str, form: WordForm) -> tuple[str, int]:
    with open_session() as session:
        return render_template("alerts/thread.html", **_page(session, thread), form=form), 422


def _said(kind: WordKind, state: str) -> str:
    if kind is WordKind.ACKNOWLEDGE:
        return str(gettext("Acknowledged."))
    if state == AlertState.RELEASED:
        return str(gettext("Two persons agree: the alert is on its way."))
    if state == AlertState.REJECTED:
        return str(gettext("Rejected: nothing is sent."))
    return str(gettext("Noted. Another person is needed."))


def _person() -> approving.Person:
    subject = current_subject()
    return approving.Person(
        subject.actor,
        subject.account_id,
        officer=Role.EMERGENCY_OFFICER in subject.roles or Role.MACHINE in subject.roles,
    )


@blueprint.post("/alerts/<thread>/<int:step_number>/propose")
def propose(thread: str, step_number: int) -> AnyResponse | tuple[str, int]:
    """Be the first of the two persons."""
    return _speak(thread, step_number, WordKind.PROPOSE)


@blueprint.post("/alerts/<thread>/<int:step_number>/approve")
def approve(thread: str, step_number: int) -> AnyResponse | tuple[str, int]:
    """Approve a step that waits; the second person's word lets it go."""
    return _speak(thread, step_number, WordKind.APPROVE)


@blueprint.post("/alerts/<thread>/<int:step_number>/reject")
def reject(thread: str, step_number: int) -> AnyResponse | tuple[str, int]:
    """Keep a step from being sent."""
    return _speak(thread, step_number, WordKind.REJECT)


@blueprint.post("/alerts/<thread>/<int:step_number>/acknowledge")
def acknowledge(thread: str, step_number: int) -> AnyResponse | tuple[str, int]:
    """Say that somebody has seen it and looks after it."""
    return _speak(thread, step_number, WordKind.ACKNOWLEDGE)


@blueprint.get("/alerts.atom")
def atom() -> Response:
    """The newest steps that were sent, for feed readers."""
    with open_session() as session:
        steps = [AlertFacts.from_json(alert.facts) for alert in queries.list_released(session, limit=ENTRIES)]
    body = atom_feed(
        steps, public_url=services().settings.public_url, updated=services().clock.now(), language=page_language()
    )
    return Response(body, mimetype="application/atom+xml")


@blueprint.get("/alerts/<name>.cap.xml")
def cap(name: str) -> Response:
    """One step as CAP 1.2; the thread's own name gives its newest step."""
    public_id, _, number = name.rpartition(".")
    with open_session() as session:
        thread = queries.get_thread(session, public_id if number.isdecimal() and public_id else name)
        released = queries.list_alerts(session, thread.id or 0, released=True)
    if number.isdecimal() and public_id:
        released = [alert for alert in released if str(alert.step) == number]
    if not released:
        raise NotFound(f"There is no message {name}.")
    facts = AlertFacts.from_json(released[-1].facts)
    settings = services().settings
    # Who may see the ledger gets every report with its distance; everybody else what strangers need.
    scope = Scope.RESTRICTED if may(Action.SEE_LEDGER) and request.args.get("scope") == "restricted" else Scope.PUBLIC
    status = Status.EXERCISE if facts.exercise else Status.ACTUAL
    body = cap_document(facts, settings.mail_from, status, scope=scope, public_url=settings.public_url)
    return Response(body, mimetype="application/cap+xml")
