"""Who makes a request: the session of a browser, the token of a program, or a person at the machine."""

import secrets
from dataclasses import replace
from typing import Any

from flask import Flask, current_app, g, request, session
from flask_login import current_user, user_logged_out
from flask_security import tf_profile_changed, user_authenticated, user_failed_authn, wan_registered
from flask_security.utils import set_request_attr
from flask_wtf.csrf import generate_csrf
from sqlmodel import Session

from heritage.accounts.domain import USED_STEP, secret_hash, session_lives
from heritage.accounts.limits import FAILED, count_attempt, counted
from heritage.accounts.models import Account, SignIn
from heritage.accounts.queries import any_account, find_sign_in, find_token
from heritage.accounts.service import By, public_name, subject_of
from heritage.policy.access import from_this_machine
from heritage.policy.roles import AT_THE_MACHINE, STRANGER, Role, Subject
from heritage.services import Services

COOKIE_KEY = "sign_in"


def init_app(app: Flask) -> None:
    """Let our own sessions decide, in place of the library's."""
    app.login_manager.user_loader(_load)  # type: ignore[attr-defined]  # Flask-Login sets it
    app.login_manager.request_loader(_load_by_token)  # type: ignore[attr-defined]
    app.extensions["subject_of_request"] = find_subject
    app.extensions["any_account"] = False
    # Signals hold their listeners weakly; functions of a module stay.
    user_authenticated.connect(_signed_in, app)
    user_logged_out.connect(_signed_out, app)
    user_failed_authn.connect(_failed, app)
    tf_profile_changed.connect(_factor_shown, app)
    wan_registered.connect(_factor_shown, app)


def find_subject() -> Subject:
    """Who makes this request."""
    if current_user.is_authenticated:
        return _subject(current_user)
    services = _services()
    if services.settings.local_editing and from_this_machine(services.settings.proxy_hops) and not accounts_exist():
        return AT_THE_MACHINE
    return replace(STRANGER, roles=_everybody())


def _everybody() -> frozenset[Role]:
    """What somebody is without holding a role."""
    return frozenset({Role.PUBLIC, Role.PASSER_BY} if _services().settings.public_reports else {Role.PUBLIC})


def accounts_exist() -> bool:
    """Whether there is any account; once there is one there always will be, so it is asked no more."""
    if not current_app.extensions["any_account"]:
        with _services().database.session() as opened:
            current_app.extensions["any_account"] = any_account(opened)
    return bool(current_app.extensions["any_account"])


def _subject(account: Account) -> Subject:
    return Subject(
        roles=_everybody() | {Role(role.name) for role in account.roles},
        actor=public_name(account),
        account_id=account.id,
        name=account.name,
        countries=frozenset(account.countries),
        institutions=frozenset(account.institutions),
        strong=bool(g.get("strong_sign_in")),
        has_factor=account.has_second_factor,
        scopes=g.get("token_scopes"),
    )


def _services() -> Services:
    found: Services = current_app.extensions["heritage"]
    return found


def _opened() -> Session:
    """The session that the library reads and writes accounts with, one for each request."""
    found: Session = current_app.extensions["account_session"]()
    return found


def _load(user_id: str) -> Account | None:
    """The account behind a browser's session while the session lives."""
    secret = session.get(COOKIE_KEY)
    row = find_sign_in(_opened(), secret) if secret else None
    if row is None:
        return None
    now = _services().clock.now()
    account = _opened().get(Account, row.account_id)
    if account is None or not account.active or account.fs_uniquifier != user_id:
        return None
    if not session_lives(row.began_at, row.used_at, now):
        return None
    if now - row.used_at >= USED_STEP:
        with _services().database.session() as own:
            used = own.get(SignIn, row.id)
            if used is not None:
                used.used_at = now
    g.strong_sign_in = row.strong
    set_request_attr("fs_authn_via", "session")
    set_request_attr("fs_paa", session.get("fs_paa", 0))
    return account


def bearer() -> str | None:
    """The token that the request shows, or None."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" and secret.strip() else None


def _load_by_token(asked: object) -> Account | None:
    secret = bearer()
    token = find_token(_opened(), secret, _services().clock.now()) if secret else None
    account = _opened().get(Account, token.account_id) if token else None
    if token is None or account is None or not account.active:
        return None
    g.token_scopes = frozenset(token.scopes)
    # Making one needs more than a password where the account's roles do, and its scopes only read.
    g.strong_sign_in = True
    return account


def _signed_in(app: Flask, user: Account, authn_via: list[str] | None = None, **_: Any) -> None:
    """A new secret for each sign-in; nothing that a page before it may have planted stays."""
    opened, now = _opened(), _services().clock.now()
    before = find_sign_in(opened, session[COOKIE_KEY]) if COOKIE_KEY in session else None
    # The library names no way when a second factor completed the first. A passkey is asked for a PIN or fingerprint.
    strong = authn_via is None or "webauthn" in authn_via or (before is not None and before.strong)
    if before is not None:
        before.ended_at = now
    session.pop("csrf_token", None)
    g.pop("csrf_token", None)
    # Made here, so that no later page has to: of two pages loading at once one would write over the other's.
    generate_csrf()
    session[COOKIE_KEY] = secret = secrets.token_urlsafe(32)
    session.permanent = True
    opened.add(
        SignIn(account_id=user.id or 0, secret_hash=secret_hash(secret), strong=strong, began_at=now, used_at=now)
    )
    g.strong_sign_in = strong
    g.pop("subject", None)
    failed = counted(opened, FAILED, str(user.id), secret=_services().settings.secret(), now=now)
    if not _only_reports(user):
        By(public_name(user), now).record(opened, "sign-in", subject_of(user), strong=strong, failed_today=failed)


def _only_reports(user: Account) -> bool:
    """Whether nobody may be told when somebody was here; the record can never forget it again."""
    return {role.name for role in user.roles} == {Role.FIELD_REPORTER.value}


def _signed_out(app: Flask, user: Account, **_: Any) -> None:
    secret = session.pop(COOKIE_KEY, None)
    g.pop("subject", None)
    if secret is None:
        return
    now = _services().clock.now()
    with _services().database.session() as own:
        row = find_sign_in(own, secret)
        if row is not None:
            row.ended_at = now
            if not _only_reports(user):
                By(public_name(user), now).record(own, "sign-out", subject_of(user))


def _failed(app: Flask, user: Account, **_: Any) -> None:
    """Counted, and told in the record with the next sign-in; one entry for each would let anybody fill it."""
    services = _services()
    with services.database.session() as own:
        count_attempt(own, FAILED, str(user.id), secret=services.settings.secret(), now=services.clock.now())


def _factor_shown(app: Flask, user: Account, **_: Any) -> None:
    """Setting a second factor up shows it: the session counts as signed in with it."""
    row = find_sign_in(_opened(), session[COOKIE_KEY]) if COOKIE_KEY in session else None
    now = _services().clock.now()
    if row is not None:
        row.strong = True
    By(public_name(user), now).record(_opened(), "account.second-factor", subject_of(user))
