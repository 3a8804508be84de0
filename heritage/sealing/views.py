"""Pages of what is sealed: asking, deciding, reading, breaking the glass, and who read what is one's own."""

from collections.abc import Callable, Sequence

from flask import Blueprint, abort, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlmodel import Session
from werkzeug.wrappers import Response

from heritage.accounts.models import Account
from heritage.policy.access import current_subject
from heritage.policy.access import may as table_may
from heritage.policy.table import Action
from heritage.sealing import access, queries, vault
from heritage.sealing.domain import RIGHTS, AccessState, Sealed, SealedKind
from heritage.sealing.forms import DecisionForm, ReasonForm
from heritage.sealing.keyring import open_keyring
from heritage.sealing.models import REPORTER_IDENTITY, Reporter
from heritage.sealing.sources import Found, Source, register_source, source_of
from heritage.sealing.words import KINDS, STATES
from heritage.web.state import open_session, services

blueprint = Blueprint("sealing", __name__)
Page = str | Response | tuple[str, int]


@blueprint.app_context_processor
def _words() -> dict[str, object]:
    return {"sealed_kinds": KINDS, "sealed_states": STATES, "broken_glass": _broken_glass}


def _broken_glass() -> int:
    """How many times the glass was broken to what concerns the reader, unjustified: said on every page."""
    who = current_subject()
    if not who.signed_in or not table_may(Action.USE_SEALED, who):
        return 0
    with open_session() as session:
        return queries.count_broken(session, who)


@blueprint.get("/sealed")
def index() -> str:
    """Questions to answer, one's own questions, what was read of one's own, and what is still to be justified."""
    return _index()


def _index(
    decision: tuple[int, DecisionForm] | None = None, justification: tuple[int, ReasonForm] | None = None
) -> str:
    who, now = current_subject(), services().clock.now()
    assert who.account_id is not None
    with open_session() as session:
        pseudonym = _own_pseudonym(session, who.account_id)
        return render_template(
            "sealing/list.html",
            to_decide=[
                (question, _form_of(question.id, decision, DecisionForm))
                for question in queries.list_to_decide(session, who, now)
            ],
            own=[
                (reading, _form_of(reading.access.id, justification, ReasonForm))
                for reading in queries.list_own(session, who.account_id, now)
            ],
            concerning=queries.list_concerning(session, who, now, pseudonym=pseudonym),
            alarms=queries.list_alarms(session) if table_may(Action.CLOSE_ALARM, who) else [],
            pseudonym=pseudonym,
        )


def _form_of(key: int | None, sent: "tuple[int, FlaskForm] | None", kind: type[FlaskForm]) -> FlaskForm:
    """The form that was sent for this row, else an empty one with ids of its own."""
    return sent[1] if sent and sent[0] == key else kind(formdata=None)


def _own_pseudonym(session: Session, account_id: int) -> str | None:
    # A ring that cannot be read is said where something is opened; the list itself needs none.
    ring = open_keyring(services().settings)
    if not (ring.folder / f"{REPORTER_IDENTITY.purpose}.json").exists():
        return None
    return vault.find_pseudonym(session, ring, account_id=account_id)


@blueprint.get("/sealed/<kind>/<key>")
def show(kind: str, key: str) -> Page:
    """One sealed thing: what one may do about it, and who asked for it."""
    return _show(kind, key, ReasonForm(formdata=None))


def _show(kind: str, key: str, form: ReasonForm, status: int = 200) -> Page:
    who, now = current_subject(), services().clock.now()
    with open_session() as session:
        _source, found = _found(session, kind, key)
        page = render_template(
            "sealing/show.html",
            what=found.what,
            back=found.back,
            form=form,
            asked=queries.find_access(session, who.account_id, found.what, now, AccessState.ASKED),
            opened=queries.find_access(session, who.account_id, found.what, now, AccessState.OPEN),
            may_ask=access.may(RIGHTS[found.what.kind].ask, who, found.what),
            may_break=access.may(RIGHTS[found.what.kind].glass, who, found.what),
            readings=queries.list_of(session, found.what, now),
            minutes=services().settings.sealed_access_minutes,
        )
    return page, status


def _found(session: Session, kind: str, key: str) -> tuple[Source, Found]:
    """The thing, for those who may ask for it; for all others it is as if it were not there."""
    source = source_of(kind)
    found = source.find(session, key) if source else None
    if source is None or found is None or not _in_reach(found.what):
        abort(404)
    return source, found


def _in_reach(what: Sealed) -> bool:
    who, rights = current_subject(), RIGHTS[what.kind]
    return any(access.may(action, who, what) for action in (rights.ask, rights.approve, rights.glass))


@blueprint.post("/sealed/<kind>/<key>/ask")
def ask(kind: str, key: str) -> Page:
    """Ask to read it."""
    return _want(kind, key, access.ask, gettext("Your question is waiting for a second person."))


@blueprint.post("/sealed/<kind>/<key>/break-glass")
def break_glass(kind: str, key: str) -> Page:
    """Take the permission without a second person."""
    minutes = services().settings.sealed_access_minutes

    def taken(session: Session, who, what, reason, *, now):  # type: ignore[no-untyped-def]  # as access.ask
        return access.break_glass(session, who, what, reason, now=now, minutes=minutes)

    return _want(kind, key, taken, gettext("The glass is broken: everybody concerned sees it. Justify it afterwards."))


def _want(kind: str, key: str, take: Callable[..., object], done: str) -> Page:
    form = ReasonForm()
    if not form.validate_on_submit():
        return _show(kind, key, form, 422)
    with open_session() as session:
        _source, found = _found(session, kind, key)
        take(session, current_subject(), found.what, form.reason.data, now=services().clock.now())
    flash(done, "done")
    return redirect(url_for("sealing.show", kind=kind, key=key))


@blueprint.post("/sealed/<kind>/<key>/read")
def read(kind: str, key: str) -> Page:
    """Read it under a permission that holds; each time is logged and shown to the owner."""
    who = current_subject()
    with open_session() as session:
        source, found = _found(session, kind, key)
        if source.send is None:
            page = render_template(
                "sealing/read.html", what=found.what, back=found.back, pairs=_opened(session, source, found)
            )
        else:
            access.begin_reading(session, services(), who, found.what)
    # Only here is the reading in the record for good.
    response = source.send(services(), key) if source.send else make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def _opened(session: Session, source: Source, found: Found) -> Sequence[tuple[str, str]]:
    assert source.column is not None
    assert source.present is not None
    if found.value is None:
        access.begin_reading(session, services(), current_subject(), found.what)
        return []
    plain = access.open_sealed(
        session, services(), current_subject(), found.what, source.column, found.row, found.value
    )
    return source.present(session, plain)


@blueprint.post("/sealed/questions/<int:access_id>/decide")
def decide(access_id: int) -> Page:
    """Let somebody else read, or refuse it."""
    form = DecisionForm()
    if not form.validate_on_submit():
        return _index(decision=(access_id, form)), 422
    with open_session() as session:
        access.decide(
            session,
            current_subject(),
            access_id,
            grant=form.decision.data == "grant",
            words=form.words.data or "",
            now=services().clock.now(),
            minutes=services().settings.sealed_access_minutes,
        )
    return _back(gettext("Your decision is recorded."))


@blueprint.post("/sealed/questions/<int:access_id>/justify")
def justify(access_id: int) -> Page:
    """Say afterwards why the glass was broken."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _index(justification=(access_id, form)), 422
    with open_session() as session:
        access.justify(session, current_subject(), access_id, form.reason.data, now=services().clock.now())
    return _back(gettext("Your justification is recorded."))


@blueprint.post("/sealed/questions/<int:access_id>/end")
def end(access_id: int) -> Response:
    """Hand a permission back before its time."""
    with open_session() as session:
        access.end(session, current_subject(), access_id, now=services().clock.now())
    return _back(gettext("The permission is handed back."))


@blueprint.post("/sealed/alarms/<int:alarm_id>/close")
def close_alarm(alarm_id: int) -> Response:
    """Let somebody read again after an alarm."""
    with open_session() as session:
        access.close_alarm(session, current_subject(), alarm_id, now=services().clock.now())
    return _back(gettext("The alarm is closed."))


@blueprint.post("/sealed/withdraw")
def withdraw() -> Response:
    """Forget that one's pseudonym is one's own."""
    with open_session() as session:
        gone = vault.withdraw_reporter(
            session, open_keyring(services().settings), account_id=current_subject().account_id
        )
    return _back(gettext("Your pseudonym leads to nobody now.") if gone else gettext("You had no pseudonym."))


def _back(words: str) -> Response:
    flash(words, "done")
    return redirect(url_for("sealing.index"))


def _find_reporter(session: Session, key: str) -> Found | None:
    reporter = session.get(Reporter, key)
    if reporter is None:
        return None
    return Found(Sealed(SealedKind.REPORTER, key), url_for("sealing.index"), key, reporter.identity)


def _present_reporter(session: Session, plain: bytes) -> list[tuple[str, str]]:
    account_id, contact = vault.read_identity(plain)
    account = session.get(Account, account_id) if account_id is not None else None
    if account is not None:
        return [(gettext("Account"), account.name), (gettext("E-mail address"), account.email)]
    return [(gettext("Contact"), contact or "")]


register_source(SealedKind.REPORTER, Source(find=_find_reporter, column=REPORTER_IDENTITY, present=_present_reporter))
