"""Flask-Security on our accounts: its settings, and the places where we do it otherwise."""

import base64
import hashlib
import secrets
from datetime import timedelta
from typing import Any

import structlog
from flask import Flask, current_app, g
from flask_babel import gettext
from flask_security import LoginForm, MailUtil, Security, SQLAlchemySessionUserDatastore, Totp, WebauthnUtil
from flask_security.mail_util import EmailValidateException
from passlib.exc import UsedTokenError  # type: ignore[import-untyped]  # it ships no types
from sqlalchemy import update
from sqlalchemy.orm import scoped_session, sessionmaker
from sqlmodel import Session, col
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from heritage.accounts import sessions
from heritage.accounts.domain import ABSOLUTE, PASSWORD_LENGTH, plain_address
from heritage.accounts.models import Account, Passkey, RoleRow
from heritage.channels.base import Message, PermanentFailure, Recipient, TemporaryFailure
from heritage.services import Services
from heritage.web.i18n import choose_language

log = structlog.get_logger(__name__)


class SignInForm(LoginForm):
    """Address and password; nobody is remembered beyond the session."""

    remember = None


class ChannelMail(MailUtil):
    """Mail through the program's own channel, to addresses as they are kept."""

    def normalize(self, email: str) -> str:
        """The address as it is kept."""
        address = plain_address(email)
        if address is None:
            raise EmailValidateException(gettext("This is not an e-mail address."))
        return address

    def validate(self, email: str) -> str:
        """The same: whether mail arrives is seen when it does."""
        return self.normalize(email)

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: str | tuple[str, str],
        sender: str | tuple[str, str],
        body: str | None,
        html: str | None,
        **kwargs: Any,
    ) -> None:
        """Hand one message over. A failure is logged and not shown: it would tell who has an account."""
        services: Services = current_app.extensions["heritage"]
        address = recipient if isinstance(recipient, str) else recipient[1]
        message = Message(key=f"{template} {secrets.token_hex(8)}", subject=str(subject), text=body or "", html=html)
        try:
            services.channels["email"].send(message, Recipient(address, choose_language()))
        except (TemporaryFailure, PermanentFailure, KeyError) as error:
            log.error("mail_not_sent", template=template, error=str(error))


class OneTimeTotp(Totp):
    """Codes that count once: the library takes the same code again."""

    def get_last_counter(self, user: Any) -> int | None:
        """The time step of the newest code taken."""
        counter: int | None = user.totp_last_counter
        return counter

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Keep the step, at once and only forward: of two requests with one code a single one gets in."""
        services: Services = current_app.extensions["heritage"]
        newer = col(Account.totp_last_counter).is_(None) | (col(Account.totp_last_counter) < tmatch.counter)
        with services.database.session() as own:
            taken = own.execute(
                update(Account).where(col(Account.id) == user.id, newer).values(totp_last_counter=tmatch.counter)
            )
        if taken.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result has it
            raise UsedTokenError


class AnyAuthenticator(WebauthnUtil):
    """Passkeys of this device and of others: the library asks for one on another device, and hangs."""

    def authenticator_selection(self, user: Any, usage: str) -> AuthenticatorSelectionCriteria:
        """Which kinds may be registered; one that stands alone must ask for a PIN or fingerprint."""
        alone = usage == "first"
        return AuthenticatorSelectionCriteria(
            user_verification=UserVerificationRequirement.REQUIRED if alone else UserVerificationRequirement.PREFERRED,
            resident_key=ResidentKeyRequirement.REQUIRED if alone else ResidentKeyRequirement.PREFERRED,
        )

    def user_verification(self, user: Any, usage: list[str]) -> UserVerificationRequirement:
        """Beside a password a touch is enough; alone it is not."""
        if usage == ["secondary"]:
            return UserVerificationRequirement.PREFERRED
        return UserVerificationRequirement.REQUIRED


def init_app(app: Flask) -> None:
    """Install the library, its pages and our sessions."""
    services: Services = app.extensions["heritage"]
    app.config.update(_configuration(services))
    maker = sessionmaker(services.database.engine, class_=Session, expire_on_commit=False)
    opened = scoped_session(maker, scopefunc=lambda: id(g._get_current_object()))
    app.extensions["account_session"] = opened
    Security(
        app,
        SQLAlchemySessionUserDatastore(opened, Account, RoleRow, Passkey),
        login_form=SignInForm,
        mail_util_cls=ChannelMail,
        totp_cls=OneTimeTotp,
        webauthn_util_cls=AnyAuthenticator,
    )
    sessions.init_app(app)

    @app.teardown_appcontext
    def _close(error: BaseException | None) -> None:
        opened.remove()


def _key(secret: str, purpose: str) -> str:
    digest = hashlib.sha256(f"{purpose}\n{secret}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()


def _configuration(services: Services) -> dict[str, object]:
    secret = services.settings.secret()
    settings: dict[str, object] = {
        "STATIC_FOLDER": None,
        "REGISTERABLE": False,
        "RECOVERABLE": True,
        "CHANGEABLE": True,
        "TRACKABLE": False,
        "TWO_FACTOR": True,
        "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "TWO_FACTOR_RESCUE_EMAIL": False,
        "TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
        "TOTP_SECRETS": {"1": _key(secret, "one-time codes")},
        "TOTP_ISSUER": "Heritage",
        "MULTI_FACTOR_RECOVERY_CODES": True,
        "MULTI_FACTOR_RECOVERY_CODES_N": 8,
        "MULTI_FACTOR_RECOVERY_CODES_KEYS": [_key(secret, "recovery codes")],
        "WEBAUTHN": True,
        "WAN_RP_NAME": "Heritage",
        "WAN_ALLOW_USER_HINTS": False,
        "PASSWORD_HASH": "argon2",
        "PASSWORD_SCHEMES": ["argon2"],
        "PASSWORD_SINGLE_HASH": ["argon2"],
        "PASSWORD_LENGTH_MIN": PASSWORD_LENGTH,
        # Who has an account is told nobody.
        "RETURN_GENERIC_RESPONSES": True,
        "API_ENABLED_METHODS": ["session"],
        "RESET_PASSWORD_WITHIN": timedelta(hours=2),
        "FRESHNESS": timedelta(minutes=30),
        "FRESHNESS_GRACE_PERIOD": timedelta(minutes=10),
        "EMAIL_HTML": False,
        "EMAIL_SENDER": services.settings.mail_from,
        "DATETIME_FACTORY": services.clock.now,
        "POST_LOGIN_VIEW": "overview.index",
        "POST_LOGOUT_VIEW": "overview.index",
        "POST_CHANGE_VIEW": "accounts.own",
        "TWO_FACTOR_POST_SETUP_VIEW": "accounts.own",
        "WAN_POST_REGISTER_VIEW": "accounts.own",
    }
    ours = {
        "PERMANENT_SESSION_LIFETIME": ABSOLUTE,
        # A cookie sent with every answer would put an older state back when pages load side by side.
        "SESSION_REFRESH_EACH_REQUEST": False,
    }
    return {f"SECURITY_{name}": value for name, value in settings.items()} | ours
