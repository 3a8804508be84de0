"""Pages of questions about objects: describing one, one's own questions, and those to one's own institution."""

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext
from sqlmodel import Session
from werkzeug.wrappers import Response

from heritage.accounts.limits import Limit, count_attempt
from heritage.artefacts import inquiries, inquiry_queries, queries
from heritage.artefacts.forms import AnswerForm, InquiryForm
from heritage.artefacts.models import InquiryMatch, Institution
from heritage.attachments.views import SANDBOX
from heritage.policy.access import current_subject
from heritage.policy.table import Action
from heritage.sealing.keyring import open_keyring
from heritage.web.objects import attempt, hand, may_here
from heritage.web.sentences import joined
from heritage.web.state import open_session, services
from heritage.web.words import word
from heritage.web.working import onward

blueprint = Blueprint("inquiries", __name__)
Page = str | Response | tuple[str, int]
A_DAY = Limit("question about an object", 10, timedelta(days=1))


@blueprint.app_template_global()
def joined_fields(names: list[str]) -> str:
    """Fields of an object in words, as a list within a sentence."""
    return joined([word("object_field", name) for name in names])


@blueprint.get("/artefacts/inquiries")
def index() -> str:
    """What one asked and which keepers answered; and what one's institutions are asked."""
    return _index()


def _index(sent: tuple[int, AnswerForm] | None = None) -> str:
    account = current_subject().account_id
    assert account is not None
    with open_session() as session:
        keepers = queries.institutions_for(session, current_subject(), Action.KEEP_OBJECTS)
        names = {one.id or 0: one.name for one in keepers}
        asked = [
            (match, inquiry, sent[1] if sent and sent[0] == match.id else AnswerForm(formdata=None))
            for match, inquiry in inquiry_queries.questions_to(session, list(names))
        ]
        own = inquiry_queries.questions_by(session, account)
        # Of those one was asked: who asked sees the own photographs no more, so that nothing tells what became of them.
        pictures = inquiry_queries.photographs_asked(session, [match.inquiry_id for match, _, _ in asked])
    return render_template("artefacts/inquiries.html", own=own, asked=asked, names=names, pictures=pictures)


@blueprint.get("/artefacts/inquiries/<int:match_id>/photographs/<int:photograph_id>.jpg")
def photograph(match_id: int, photograph_id: int) -> Response:
    """A photograph of a question, for the registrars who were asked."""
    with open_session() as session:
        match = session.get(InquiryMatch, match_id)
        if match is None or not may_here(
            session, Action.KEEP_OBJECTS, session.get_one(Institution, match.institution_id)
        ):
            abort(404)
        known = {one.id: one for one in inquiry_queries.photographs_of(session, match.inquiry_id) if one.cleaned}
        if photograph_id not in known:
            abort(404)
        body = inquiries.photograph(open_keyring(services().settings), known[photograph_id])
    return Response(body, mimetype="image/jpeg", headers=SANDBOX)


@blueprint.route("/artefacts/inquiries/new", methods=["GET", "POST"])
def new() -> Page:
    """Describe an object; the answer is the same whatever is kept."""
    form = InquiryForm()
    if form.validate_on_submit():
        _count()
        with open_session() as session:
            if attempt(session, form, lambda: _ask(session, form)):
                return onward(url_for("inquiries.index"))
    page = render_template("artefacts/inquiry.html", form=form, most=A_DAY.most)
    return (page, 422) if form.errors else page


def _ask(session: Session, form: InquiryForm) -> None:
    described = {name: form[name].data or "" for name in inquiries.DESCRIBED if name in form}
    words = {"circumstances": form.circumstances.data or "", "contact": form.contact.data or ""}
    sent = [one.stream.read() for one in form.files.data or []]
    inquiries.ask(session, hand(), described, **words, photographs=sent, ring=open_keyring(services().settings))


def _count() -> None:
    """Count one question of the reader; 429 once it is too many, whatever was asked."""
    now, secret = services().clock.now(), services().settings.secret()
    with services().database.session() as own:
        count = count_attempt(own, A_DAY, current_subject().actor, secret=secret, now=now)
        if count == A_DAY.most + 1:
            hand().record(own, "artefacts.too-many-questions", "artefacts", tries=count)
    if count > A_DAY.most:
        abort(429)


@blueprint.post("/artefacts/inquiries/<int:match_id>/answer")
def answer(match_id: int) -> Page:
    """Answer who asked one's institution."""
    form = AnswerForm()
    with open_session() as session:
        match = inquiry_queries.get_match(session, match_id)
        if not may_here(session, Action.KEEP_OBJECTS, session.get_one(Institution, match.institution_id)):
            abort(404)
        if form.validate_on_submit() and attempt(
            session, form, lambda: inquiries.answer(session, hand(), match_id, form.answer.data)
        ):
            flash(gettext("Your answer is on its way."), "done")
            return redirect(url_for("inquiries.index"))
    return _index((match_id, form)), 422
