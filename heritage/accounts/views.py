"""Pages of accounts: inviting and disabling for administrators, accepting, and one's own account."""

from collections.abc import Callable

from flask import Blueprint, abort, current_app, flash, redirect, render_template, session, url_for
from flask_babel import gettext
from flask_security.utils import hash_password
from sqlmodel import Session
from werkzeug.wrappers import Response

from heritage.accounts import queries, service
from heritage.accounts.domain import IDLE
from heritage.accounts.forms import AcceptForm, InviteForm, RolesForm, TokenForm
from heritage.accounts.invitations import invitation_message
from heritage.accounts.service import Bounds, By
from heritage.accounts.words import ROLE_WORDS, SCOPE_WORDS
from heritage.channels.base import PermanentFailure, Recipient, TemporaryFailure
from heritage.core.errors import HeritageError, NotFound
from heritage.forms.reasons import put_at_field, told
from heritage.policy.access import current_subject
from heritage.web.i18n import choose_language
from heritage.web.state import open_session, services

blueprint = Blueprint("accounts", __name__)
Page = str | Response | tuple[str, int]


def _by() -> By:
    return By(current_subject().actor, services().clock.now())


def _own_id() -> int:
    account_id = current_subject().account_id
    if account_id is None:
        abort(403)
    return account_id


@blueprint.get("/accounts")
def index() -> str:
    """Accounts and open invitations; nothing of what the accounts see."""
    return _list_page(InviteForm(formdata=None))


def _list_page(form: InviteForm, link: str = "") -> str:
    with open_session() as opened:
        return render_template(
            "accounts/list.html",
            accounts=queries.list_accounts(opened),
            invitations=queries.list_invitations(opened, services().clock.now()),
            form=form,
            handed_over=link,
            role_words=ROLE_WORDS,
        )


@blueprint.post("/accounts/invitations")
def invite() -> Page:
    """Invite somebody by mail; where mail fails, the link is shown to be handed over."""
    form = InviteForm()
    if not form.validate_on_submit():
        return _list_page(form), 422
    try:
        bounds = Bounds.of(form.roles.data, form.countries.data, form.houses())
        with open_session() as opened:
            secret = service.invite(opened, _by(), form.email.data, bounds)
    except HeritageError as error:
        put_at_field(form, error)
        return _list_page(form), 422
    link = url_for("accounts.accept", secret=secret, _external=True)
    try:
        message = invitation_message(link, services().clock.now())
        services().channels["email"].send(message, Recipient(form.email.data.strip(), choose_language()))
    except (TemporaryFailure, PermanentFailure, KeyError):
        flash(gettext("The mail could not be sent: hand the link over yourself."), "error")
        return _list_page(InviteForm(formdata=None), link)
    flash(gettext("The invitation is sent."), "done")
    return redirect(url_for("accounts.index"))


@blueprint.post("/accounts/invitations/<int:invitation_id>/withdraw")
def withdraw(invitation_id: int) -> Response:
    """Take an invitation back."""
    return _do(lambda opened: service.withdraw(opened, _by(), invitation_id), gettext("The invitation is withdrawn."))


@blueprint.post("/accounts/<int:account_id>/disable")
def disable(account_id: int) -> Response:
    """Let an account sign in no more."""
    return _do(lambda opened: service.disable(opened, _by(), account_id), gettext("The account is disabled."))


@blueprint.post("/accounts/<int:account_id>/enable")
def enable(account_id: int) -> Response:
    """Let a disabled account sign in again."""
    return _do(lambda opened: service.enable(opened, _by(), account_id), gettext("The account may sign in again."))


@blueprint.post("/accounts/<int:account_id>/reset-mfa")
def reset_mfa(account_id: int) -> Response:
    """Take second factors away."""
    return _do(
        lambda opened: service.reset_mfa(opened, _by(), account_id),
        gettext("The second factors are gone; the account sets up new ones."),
    )


@blueprint.route("/accounts/<int:account_id>/roles", methods=["GET", "POST"])
def change_roles(account_id: int) -> Page:
    """Give an account other roles."""
    with open_session() as opened:
        account = queries.get_account(opened, account_id)
        form = RolesForm(
            data={
                "roles": [role.name for role in account.roles],
                "countries": account.countries,
                "institutions": "; ".join(account.institutions),
            }
        )
    if form.validate_on_submit():
        try:
            bounds = Bounds.of(form.roles.data, form.countries.data, form.houses())
            with open_session() as opened:
                service.change_roles(opened, _by(), account_id, bounds)
        except HeritageError as error:
            put_at_field(form, error)
        else:
            flash(gettext("Saved."), "done")
            return redirect(url_for("accounts.index"))
    page = render_template("accounts/roles.html", form=form, account=account)
    return (page, 422) if form.errors else page


@blueprint.route("/accounts/accept/<secret>", methods=["GET", "POST"])
def accept(secret: str) -> Page:
    """Make the account that an invitation speaks of. Opening the page uses nothing up: mail programs open links too."""
    now = services().clock.now()
    with open_session() as opened:
        invitation = queries.find_invitation(opened, secret, now)
    if invitation is None:
        raise NotFound(gettext("This link is used up or too old; ask for a new one."))
    form = AcceptForm()
    if invitation.email:
        form.email.data = invitation.email
    if form.validate_on_submit():
        try:
            with open_session() as opened:
                service.accept(
                    opened,
                    secret,
                    name=form.name.data.strip(),
                    password_hash=hash_password(form.password.data),
                    email=form.email.data,
                    now=now,
                )
        except HeritageError as error:
            put_at_field(form, error)
        else:
            current_app.extensions["any_account"] = True
            flash(gettext("Your account is made. Sign in."), "done")
            return redirect(url_for("security.login"))
    page = render_template("accounts/accept.html", form=form, invitation=invitation, role_words=ROLE_WORDS)
    return (page, 422) if form.errors else page


@blueprint.get("/account")
def own() -> str:
    """One's own account: what protects it, where it is signed in, its tokens."""
    return _own_page(TokenForm(formdata=None))


def _own_page(form: TokenForm, token: str = "") -> str:
    now = services().clock.now()
    with open_session() as opened:
        account = queries.get_account(opened, _own_id())
        return render_template(
            "accounts/own.html",
            account=account,
            passkeys=list(account.webauthn),
            roles=[ROLE_WORDS[role] for role in ROLE_WORDS if role in {held.name for held in account.roles}],
            sign_ins=queries.count_sign_ins(opened, _own_id(), now - IDLE),
            tokens=queries.list_tokens(opened, _own_id(), now),
            scope_words=SCOPE_WORDS,
            form=form,
            token=token,
        )


@blueprint.post("/account/sign-out-everywhere")
def sign_out_everywhere() -> Response:
    """End every session, this one too."""
    with open_session() as opened:
        service.sign_out_everywhere(opened, _by(), queries.get_account(opened, _own_id()))
    session.clear()
    flash(gettext("You are signed out everywhere."), "done")
    return redirect(url_for("security.login"))


@blueprint.post("/account/tokens")
def new_token() -> Page:
    """Make a token; it is shown this once."""
    form = TokenForm()
    if not form.validate_on_submit():
        return _own_page(form), 422
    with open_session() as opened:
        token = service.new_token(
            opened, _by(), _own_id(), name=form.name.data, scopes=form.scopes.data, days=form.days.data
        )
    return _own_page(TokenForm(formdata=None), token)


@blueprint.post("/account/tokens/<int:token_id>/end")
def end_token(token_id: int) -> Response:
    """End one of one's own tokens."""
    with open_session() as opened:
        service.end_token(opened, _by(), _own_id(), token_id)
    flash(gettext("The token is ended."), "done")
    return redirect(url_for("accounts.own"))


def _do(change: Callable[[Session], None], said: str) -> Response:
    try:
        with open_session() as opened:
            change(opened)
    except HeritageError as error:
        flash(told(error), "error")
    else:
        flash(said, "done")
    return redirect(url_for("accounts.index"))
