"""Pages of alerts: threads, what waits for two persons, the ledger, Atom and CAP."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlmodel import Session
from werkzeug.wrappers import Response as AnyResponse

from heritage.alerts import approving, duty, handing
from heritage.alerts import thread_queries as queries
from heritage.alerts.atom import atom_feed
from heritage.alerts.cap import Scope, Status, cap_document, identifier
from heritage.alerts.facts import AlertFacts
from heritage.alerts.forms import DecisionForm, HandoverForm, WordForm
from heritage.alerts.message import AlertWords
from heritage.alerts.models import Alert, AlertState, AlertThread, WordKind
from heritage.alerts.rules import AlertRules, load_alert_rules
from heritage.core.clock import end_of_day
from heritage.core.errors import N_, HeritageError, NotFound
from heritage.flags.queries import list_judgements
from heritage.forms.reasons import put_at_field
from heritage.policy.access import current_subject, may
from heritage.policy.roles import Role
from heritage.policy.table import Action
from heritage.web.day import current_day, kept_days
from heritage.web.i18n import page_language
from heritage.web.sentences import isolate
from heritage.web.state import open_session, services

blueprint = Blueprint("alerts", __name__)

SHOWN = 100
ENTRIES = 50


def current_alert_rules() -> AlertRules:
    """The numbers of alerting as the file has them now."""
    return load_alert_rules(services().settings.alert_rules_file())


def _words(facts: AlertFacts) -> AlertWords:
    return AlertWords(page_language(), services().settings.public_url, facts, None)


def _line(thread: AlertThread, alert: Alert, then: datetime | None) -> dict[str, Any]:
    facts = AlertFacts.from_json(alert.facts)
    return {
        "thread": thread,
        "alert": alert,
        "facts": facts,
        "kind": _words(facts).kind_of_message(),
        "closed_at": _closed_at(thread, then),
    }


def _looking_back() -> datetime | None:
    """The moment a page tells of, None for now: what was said is known from when it was said, so the earlier counts."""
    day = current_day()
    earlier = min(day.as_of, day.known_on)
    return end_of_day(earlier) if earlier < day.today else None


def _closed_at(thread: AlertThread, then: datetime | None) -> datetime | None:
    over = thread.closed_at
    return over if over is not None and (then is None or over <= then) else None


def _may_see_held(countries: tuple[str, ...] | list[str] = ()) -> bool:
    return may(Action.PROPOSE_ALERT, countries=countries) or may(Action.SEE_LEDGER)


@blueprint.get("/alerts")
def index() -> str:
    """Threads that are open and those that are over; what waits stands first for those who may settle it."""
    then = _looking_back()
    with open_session() as session:
        threads = [
            _line(thread, alert, then) for thread, alert in queries.list_threads(session, until=then, limit=SHOWN)
        ]
        inside = then is None and _may_see_held()
        held = [_line(thread, alert, None) for thread, alert in queries.list_held(session)] if inside else []
    return render_template("alerts/list.html", threads=threads, held=held, shown=SHOWN, day=current_day())


@blueprint.get("/alerts/<thread>")
def show(thread: str) -> str:
    """One thread: every step, and for those who may, what people said of it and the ledger of its messages."""
    with open_session() as session:
        return _thread_page(session, thread)


def _thread_page(session: Session, thread: str, **forms: FlaskForm) -> str:
    """The page with its three forms; one that was filled in wrongly comes back as it was."""
    blank = {
        "form": WordForm(formdata=None),
        "decision": DecisionForm(formdata=None, prefix="decide-"),
        "note": HandoverForm(formdata=None, prefix="note-"),
    }
    return render_template("alerts/thread.html", **_page(session, thread), **{**blank, **forms})


def _page(session: Session, public_id: str) -> dict[str, Any]:
    found, then = queries.get_thread(session, public_id), _looking_back()
    alerts = [
        alert
        for alert in queries.list_alerts(session, found.id or 0, released=then is not None)
        if then is None or (alert.released_at is not None and alert.released_at <= then)
    ]
    countries = AlertFacts.from_json(alerts[-1].facts).site.countries if alerts else ()
    # Of a day gone by everybody sees what had been said by then, and nobody can say anything any more.
    inside = then is None and _may_see_held(countries)
    shown = [alert for alert in alerts if inside or alert.state == AlertState.RELEASED]
    if not shown:
        # A step that waits, or was never sent, is to everybody else as if it were not there.
        raise NotFound(N_("There is no thread %(public_id)s."), public_id=public_id)
    ids = [alert.id or 0 for alert in shown]
    said, counts = queries.list_said(session, ids), queries.count_posts(session, ids)
    ledger = then is None and may(Action.SEE_LEDGER)
    return {
        "thread": found,
        "closed_at": _closed_at(found, then),
        "day": current_day(),
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
        "judgements": list_judgements(session, found.site_id, on=services().clock.now().date()) if inside else [],
        "handovers": handing.list_handovers(session, found.id or 0) if inside else [],
        "duty": [isolate(name) for name in _on_duty(session)] if inside else [],
        "ledger": queries.list_posts(session, found.id or 0) if ledger else None,
        "inside": inside,
        "may_propose": inside and may(Action.PROPOSE_ALERT, countries=countries),
        "may_approve": inside and may(Action.APPROVE_ALERT),
        "may_acknowledge": inside and may(Action.JUDGE),
    }


def _on_duty(session: Session) -> list[str]:
    return duty.names(duty.on_duty(session, services().clock.now()).officers)


def _speak(thread: str, step: int, kind: WordKind) -> AnyResponse | tuple[str, int]:
    form = WordForm()
    if not form.validate_on_submit():
        return _again(thread, form)
    try:
        with open_session() as session:
            found = queries.get_thread(session, thread)
            alert = next((a for a in queries.list_alerts(session, found.id or 0) if a.step == step), None)
            if alert is None or alert.id is None:
                raise NotFound(N_("There is no step %(step)s of the thread %(thread)s."), step=step, thread=thread)
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
        put_at_field(form, error)
        return _again(thread, form)
    flash(_said(kind, done), "done")
    return redirect(url_for("alerts.show", thread=thread))


def _again(thread: str, form: WordForm) -> tuple[str, int]:
    with open_session() as session:
        return _thread_page(session, thread, form=form), 422


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


@blueprint.post("/alerts/<thread>/decide")
def decide(thread: str) -> AnyResponse | tuple[str, int]:
    """Raise, lower or dismiss what was sent, with a reason."""
    form = DecisionForm(prefix="decide-")

    def done(session: Session, found: AlertThread) -> str:
        level = int(form.level.data) if form.level.data else None
        verdict = handing.Verdict(form.verdict.data)
        handing.decide(
            session, services(), current_alert_rules(), found, _person(), verdict, form.reason.data,
            level=level, review_on=form.review_on.data,
        )  # fmt: skip
        return str(gettext("Decided: it stands beside the rule's level, and the alert is acknowledged."))

    return _settled(thread, "decision", form, done)


@blueprint.post("/alerts/<thread>/hand-over")
def hand_over(thread: str) -> AnyResponse | tuple[str, int]:
    """Leave what is open to whoever is on duty next."""
    form = HandoverForm(prefix="note-")

    def done(session: Session, found: AlertThread) -> str:
        review = form.review_at.data.replace(tzinfo=UTC) if form.review_at.data else None
        handing.hand_over(session, services(), found, _person(), form.open_points.data, form.called.data or "", review)
        return str(gettext("Handed over."))

    return _settled(thread, "note", form, done)


def _settled(
    thread: str, name: str, form: FlaskForm, act: Callable[[Session, AlertThread], str]
) -> AnyResponse | tuple[str, int]:
    """Act on a thread by a form of its page; what is wrong stands at its field."""
    if form.validate_on_submit():
        try:
            with open_session() as session:
                said = act(session, queries.get_thread(session, thread))
        except NotFound:
            raise
        except HeritageError as error:
            put_at_field(form, error)
        else:
            flash(said, "done")
            return redirect(url_for("alerts.show", thread=thread))
    with open_session() as session:
        return _thread_page(session, thread, **{name: form}), 422


@blueprint.get("/alerts.atom")
def atom() -> Response:
    """The newest steps that were sent, for feed readers; of a day gone by those sent by then."""
    then = _looking_back()
    with open_session() as session:
        released = queries.list_released(session, until=then, limit=ENTRIES)
        steps = [AlertFacts.from_json(alert.facts) for alert in released]
    body = atom_feed(
        steps, public_url=services().settings.public_url, updated=then or services().clock.now(),
        language=page_language(), day={} if then is None else kept_days(),
    )  # fmt: skip
    return Response(body, mimetype="application/atom+xml")


@blueprint.get("/alerts/<name>.cap.xml")
def cap(name: str) -> Response:
    """One step as CAP 1.2; the thread's own name gives its newest step, on a day gone by the newest sent by then."""
    then = _looking_back()
    public_id, _, number = name.rpartition(".")
    with open_session() as session:
        thread = queries.get_thread(session, public_id if number.isdecimal() and public_id else name)
        sent = queries.list_alerts(session, thread.id or 0, released=True)
    released = [alert for alert in sent if then is None or (alert.released_at and alert.released_at <= then)]
    if number.isdecimal() and public_id:
        released = [alert for alert in released if str(alert.step) == number]
    if not released:
        raise NotFound(N_("There is no message %(name)s."), name=name)
    facts = AlertFacts.from_json(released[-1].facts)
    settings = services().settings
    # Who may see the ledger gets every report with its distance; everybody else what strangers need.
    scope = Scope.RESTRICTED if may(Action.SEE_LEDGER) and request.args.get("scope") == "restricted" else Scope.PUBLIC
    status = Status.EXERCISE if facts.exercise else Status.ACTUAL
    body = cap_document(facts, settings.mail_from, status, scope=scope, public_url=settings.public_url)
    return Response(body, mimetype="application/cap+xml")
