"""Pages for what went wrong: a plain sentence and a way on; the details go to the log."""

from typing import Any
from urllib.parse import quote

import structlog
from flask import Flask, current_app, g, redirect, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from heritage.core.errors import Conflict, InvalidInput, NotFound, OperatorError, Unavailable
from heritage.forms.reasons import told
from heritage.policy.roles import STRANGER
from heritage.sealing.access import AccessRefused
from heritage.sealing.errors import KeyMissing, SealError
from heritage.sealing.words import refusal_words, told_of_seal

log = structlog.get_logger(__name__)
Answer = tuple[str, int]
# What is over by itself after a while, so that the same page is worth another try.
PASSING = frozenset({429, 500, 503})


def init_app(app: Flask) -> None:
    """Register a page for each kind of error."""
    app.register_error_handler(NotFound, lambda error: _page(404, told(error)))
    app.register_error_handler(InvalidInput, lambda error: _page(400, told(error)))
    app.register_error_handler(OperatorError, lambda error: _page(503, told(error)))
    app.register_error_handler(Conflict, lambda error: _page(409, told(error)))
    app.register_error_handler(SealError, _sealed)
    app.register_error_handler(AccessRefused, lambda error: _page(403, refusal_words(error.refusal)))
    app.register_error_handler(CSRFError, _form_ended)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(OperationalError, _unavailable)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault)


def _titles() -> dict[int, tuple[str, str]]:
    return {
        401: (gettext("Not known"), gettext("The token shown is none that holds.")),
        429: (gettext("Too many tries"), gettext("Wait a quarter of an hour and try again.")),
        400: (gettext("This address cannot be read"), gettext("Something in it is not as expected.")),
        403: (gettext("Not for you"), gettext("Your roles, or the day shown, do not allow this.")),
        404: (gettext("Nothing at this address"), gettext("It may have moved, or the address has a slip in it.")),
        405: (gettext("This cannot be done here"), gettext("The page does not take this kind of request.")),
        409: (gettext("This contradicts what is stored"), gettext("Nothing was changed.")),
        413: (gettext("The file is too large"), gettext("Nothing was taken; whole lists go in on the command line.")),
        500: (gettext("A fault of ours"), gettext("The page could not be made. It has been logged.")),
        503: (gettext("The database does not answer"), gettext("Please try again in a moment. Nothing was changed.")),
    }  # fmt: skip


def _page(status: int, detail: str = "") -> Answer:
    titles = _titles()
    title, sentence = titles.get(status, titles[400 if status < 500 else 500])
    again = request.full_path.rstrip("?") if status in PASSING and request.method == "GET" else None
    shown = render_template("errors/error.html", status=status, title=title, sentence=detail or sentence, again=again)
    return shown, status


def _form_ended(_error: CSRFError) -> Answer:
    """A form that was open for too long, or that another sign-in made old; where it has a page, that leads on."""
    title = gettext("This form was open too long")
    sentence = gettext("Nothing was saved. Go back to keep what you typed, load the page anew, and send it again.")
    adapter = current_app.create_url_adapter(request)
    again = request.full_path.rstrip("?") if adapter and adapter.test(request.path, "GET") else None
    return render_template("errors/error.html", status=400, title=title, sentence=sentence, again=again), 400


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if isinstance(error, SecurityError):
        # For a foreign host name no address can be made, and a page is mostly addresses.
        sentence = gettext("This program does not answer to that host name.")
        return f"{sentence}\n", status, {"Content-Type": "text/plain; charset=utf-8"}
    if status < 400:
        return error
    if status == 404 and (path := _without_slash()):
        return redirect(path, 308)
    body, code = _page(status)
    response = error.get_response()
    response.set_data(body)
    response.content_type = "text/html; charset=utf-8"
    response.status_code = code
    return response


def _without_slash() -> str | None:
    """Where a page is that was asked for with a slash too many, whatever lies there; None where no such page can be."""
    path = request.path.rstrip("/")
    if request.url_rule is not None or request.method not in ("GET", "HEAD") or path in ("", request.path):
        return None
    adapter = current_app.create_url_adapter(request)
    if path.startswith("//") or adapter is None or not adapter.test(path, "GET"):
        return None
    query = request.query_string.decode("latin-1")
    return quote(path) + (f"?{query}" if query else "")


def _sealed(error: SealError) -> Answer:
    log.error("sealed_value_closed", path=request.path, error=str(error))
    return _page(503 if isinstance(error, KeyMissing) else 500, told_of_seal(error))


def _unavailable(error: Exception) -> Answer:
    _ask_nobody()
    log.error("unavailable", path=request.path, error=str(error).splitlines()[0])
    return _page(503)


def _fault(error: Exception) -> Answer:
    _ask_nobody()
    log.error("page_failed", path=request.path, exc_info=error)
    return _page(500)


def _ask_nobody() -> None:
    # The page of the fault must not fail over the same database once more.
    g.setdefault("subject", STRANGER)
    if "_login_user" not in g:
        g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]  # Flask-Login sets it
