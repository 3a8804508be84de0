"""Reads: accounts, invitations, sign-ins, tokens."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import selectinload
from sqlmodel import Session, col, select

from heritage.accounts.domain import secret_hash
from heritage.accounts.models import Account, ApiToken, Invitation, SignIn
from heritage.core.errors import N_, NotFound


def any_account(session: Session) -> bool:
    """Whether there is an account at all, disabled ones too."""
    return bool(session.scalar(sa.select(sa.exists().select_from(Account))))


def get_account(session: Session, account_id: int) -> Account:
    """One account with its roles and passkeys.  Raises: NotFound."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound(N_("There is no account %(number)s."), number=account_id)
    return account


def find_by_address(session: Session, address: str) -> Account | None:
    """The account with that e-mail address, or None."""
    return session.exec(select(Account).where(Account.email == address.strip().lower())).first()


def list_accounts(session: Session, *, limit: int = 500) -> list[Account]:
    """Accounts by name, with their roles."""
    query = (
        select(Account)
        .options(selectinload(Account.roles), selectinload(Account.webauthn))  # type: ignore[arg-type]  # relationships
        .order_by(col(Account.name), col(Account.id))
        .limit(limit)
    )
    return list(session.exec(query))


def list_invitations(session: Session, now: datetime, *, limit: int = 200) -> list[Invitation]:
    """Invitations that can still be accepted, newest first."""
    query = (
        select(Invitation)
        .where(
            col(Invitation.accepted_at).is_(None), col(Invitation.expires_at) > now, col(Invitation.first).is_(False)
        )
        .order_by(col(Invitation.id).desc())
        .limit(limit)
    )
    return list(session.exec(query))


def find_invitation(session: Session, secret: str, now: datetime, *, lock: bool = False) -> Invitation | None:
    """The invitation of that link while it can be accepted, or None."""
    query = select(Invitation).where(
        Invitation.secret_hash == secret_hash(secret),
        col(Invitation.accepted_at).is_(None),
        col(Invitation.expires_at) > now,
    )
    return session.exec(query.with_for_update() if lock else query).first()


def find_sign_in(session: Session, secret: str) -> SignIn | None:
    """The sign-in behind a browser's secret while nobody ended it, or None."""
    query = select(SignIn).where(SignIn.secret_hash == secret_hash(secret), col(SignIn.ended_at).is_(None))
    return session.exec(query).first()


def find_token(session: Session, secret: str, now: datetime) -> ApiToken | None:
    """A program's token while it holds, or None."""
    query = select(ApiToken).where(
        ApiToken.secret_hash == secret_hash(secret), col(ApiToken.ended_at).is_(None), col(ApiToken.expires_at) > now
    )
    return session.exec(query).first()


def list_tokens(session: Session, account_id: int, now: datetime, *, limit: int = 50) -> list[ApiToken]:
    """An account's tokens that hold, newest first."""
    query = (
        select(ApiToken)
        .where(ApiToken.account_id == account_id, col(ApiToken.ended_at).is_(None), col(ApiToken.expires_at) > now)
        .order_by(col(ApiToken.id).desc())
        .limit(limit)
    )
    return list(session.exec(query))


def count_sign_ins(session: Session, account_id: int, used_since: datetime) -> int:
    """How many browsers an account is signed in with."""
    query = sa.select(sa.func.count()).where(
        col(SignIn.account_id) == account_id, col(SignIn.ended_at).is_(None), col(SignIn.used_at) > used_since
    )
    return int(session.scalar(query) or 0)
