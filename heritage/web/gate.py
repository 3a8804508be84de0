"""The gate before every page: who asks, what for, and what the table says; a page that is not in it is shut."""

from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Flask, abort, current_app, flash, redirect, request, url_for
from flask_babel import gettext
from flask_security.utils import logout_user
from sqlmodel import col, select
from werkzeug.wrappers import Response

from heritage.accounts.guard import refuse_too_many
from heritage.accounts.sessions import bearer
from heritage.policy.access import Answer, answer, current_subject, is_public, may
from heritage.policy.table import NO_CHANGE, ROUTES, SILENT, TABLE, Action, Reach
from heritage.services import Services
from heritage.sites.models import Site

log = structlog.get_logger(__name__)


def init_app(app: Flask) -> None:
    """Stand before every request, and let templates ask what may be done."""
    app.before_request(_decide)
    app.jinja_env.globals.update(may=may_named, subject=current_subject)


def may_named(action: str, site: Site | None = None) -> bool:
    """Whether the reader may do something, here or to this site: for a page's buttons."""
    return may(Action(action), countries=site.states_parties if site else ())


def _decide() -> Response | None:
    endpoint = request.endpoint
    if endpoint is None:
        return None
    action = ROUTES.get(endpoint, Action.NEVER)
    if action is Action.NEVER:
        log.error("page_not_in_policy", endpoint=endpoint)
        abort(404)
    refuse_too_many()
    said, subject = Answer.YES, None
    if not (is_public(action) or (endpoint == "health.metrics" and _services().settings.public_metrics)):
        subject = current_subject()
        said = answer(action, subject, countries=_countries(action))
    if said is Answer.YES or subject is None:
        # Asked last: who may not come in anyway learns nothing else in a replay than on any other day.
        if current_app.config.get("REPLAY") is not None and action not in NO_CHANGE:
            abort(403)
        return None
    if endpoint in SILENT and said is not Answer.SECOND_FACTOR:
        abort(404)
    if said is Answer.NO or subject.scopes is not None:
        abort(403)
    if said is Answer.SIGN_IN:
        if bearer():
            abort(401)
        if request.method == "POST":
            _say_unsaved()
        return redirect(_to("security.login", next=_way_back()))
    return _ask_second_factor(subject.has_factor)


def _services() -> Services:
    found: Services = current_app.extensions["heritage"]
    return found


def _ask_second_factor(has_one: bool) -> Response:
    if has_one:
        logout_user()
        flash(gettext("This needs your second factor or passkey: sign in with it."), "error")
        return redirect(_to("security.login", next=_way_back()))
    flash(gettext("Your role needs a second factor. Set one up to go on."), "error")
    return redirect(_to("accounts.own"))


def _to(endpoint: str, **values: Any) -> str:
    """An address in the language that was chosen for the page that could not be shown."""
    return url_for(endpoint, lang=request.args.get("lang"), **values)


def _say_unsaved() -> None:
    # Signed out while writing: whoever does not know it takes what was sent for saved.
    flash(
        gettext(
            "You are not signed in any more, so nothing was saved. To keep what you typed, sign in in another window, "
            "then go back in this one and send it again."
        ),
        "error",
    )


def _way_back() -> str | None:
    # Only a page that can be asked for again; never an address with a host, whatever the client wrote in the request.
    adapter = current_app.create_url_adapter(request)
    if request.method != "GET" and not (adapter and adapter.test(request.path, "GET")):
        return None
    path = urlsplit(request.full_path)
    return f"{path.path}?{path.query}" if path.query else path.path


def _countries(action: Action) -> Collection[str]:
    """The countries of the site that an address names, where a right may be bound to them."""
    slug = (request.view_args or {}).get("slug")
    # No site has such an address, and the database takes no such text.
    if slug is None or "\x00" in slug or Reach.OWN not in TABLE[action].values():
        return ()
    with _services().database.session() as session:
        return list(session.exec(select(Site.states_parties).where(col(Site.slug) == slug)).first() or ())
