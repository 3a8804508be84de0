"""Pages of the inbox: an account's own messages, read and unread."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from heritage.channels import queries, service
from heritage.core.readable import readable
from heritage.policy.access import current_subject
from heritage.web.state import open_session, services

blueprint = Blueprint("inbox", __name__)
PAGE_SIZE = 50


@blueprint.app_context_processor
def _unread() -> dict[str, int]:
    """How many messages wait, for the navigation of somebody who is signed in with a browser."""
    subject = current_subject()
    if subject.account_id is None or subject.scopes is not None:
        return {"unread": 0}
    try:
        with open_session() as opened:
            return {"unread": queries.count_unread(opened, subject.account_id)}
    except OperationalError:
        # The page that says the database does not answer must not fail over it once more.
        return {"unread": 0}


def _own_id() -> int:
    account_id = current_subject().account_id
    if account_id is None:
        abort(403)
    return account_id


@blueprint.get("/inbox")
def index() -> str:
    """The account's messages, newest first."""
    page = max(1, min(request.args.get("page", 1, type=int), 10_000))
    with open_session() as opened:
        total = queries.count_inbox(opened, _own_id())
        messages = queries.list_inbox(opened, _own_id(), limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    return render_template("inbox/list.html", messages=messages, page=page, pages=-(-total // PAGE_SIZE))


@blueprint.get("/inbox/<int:message_id>")
def show(message_id: int) -> str:
    """One message; looking at it changes nothing, for browsers fetch pages ahead."""
    with open_session() as opened:
        message = queries.get_inbox_message(opened, _own_id(), message_id)
    # Made of allowed tags and escaped words only.
    body = Markup(readable(message.body_html)) if message.body_html else None
    return render_template("inbox/message.html", message=message, body=body)


@blueprint.post("/inbox/<int:message_id>/read")
def read(message_id: int) -> Response:
    """Mark one message as read."""
    with open_session() as opened:
        service.mark_read(opened, _own_id(), message_id, services().clock.now())
    return redirect(url_for("inbox.index"))


@blueprint.post("/inbox/read")
def read_all() -> Response:
    """Mark as read what the list showed."""
    until = request.form.get("until", 0, type=int)
    with open_session() as opened:
        service.mark_all_read(opened, _own_id(), max(0, min(until, 2**62)), services().clock.now())
    return redirect(url_for("inbox.index"))
