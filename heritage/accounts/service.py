"""Use cases of accounts: inviting, accepting, roles, disabling, tokens. The caller owns the transaction.

Each writes into the record, with names and numbers and never an address.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from heritage.accounts.domain import FIRST_LINK, INVITATION, LONGEST_TOKEN_DAYS, plain_address, secret_hash
from heritage.accounts.models import Account, ApiToken, Invitation, RoleRow, SignIn
from heritage.accounts.queries import any_account, find_by_address, find_invitation, get_account
from heritage.audit import chain
from heritage.core.errors import N_, AlreadyRecorded, Conflict, NotFound, UnusableField
from heritage.policy.roles import HELD, Role, Scope

FIRST_ACCOUNT_LOCK = 7_236_409


@dataclass(frozen=True)
class By:
    """Who acts, and when: what the record says of each use case."""

    actor: str
    now: datetime

    def record(self, session: Session, action: str, subject: str, **detail: object) -> None:
        """One entry in the record, in this transaction."""
        chain.append(session, at=self.now, actor=self.actor, action=action, subject=subject, detail=detail)


@dataclass(frozen=True)
class Bounds:
    """Which roles an account holds, and the countries and institutions they are bound to."""

    roles: tuple[Role, ...]
    countries: tuple[str, ...] = ()
    institutions: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, roles: Collection[str], countries: Collection[str] = (), institutions: Collection[str] = ()
    ) -> "Bounds":
        """Check and order them.

        Raises:  InvalidInput for an unknown role, none at all, or a bound role without what it is bound to.
        """
        unknown = sorted(set(roles) - set(HELD))
        if unknown or not roles:
            named = ", ".join(unknown) or "none was given"
            raise UnusableField("roles", N_("Choose among %(known)s (%(given)s)."), known=", ".join(HELD), given=named)
        codes = tuple(dict.fromkeys(code.strip().upper() for code in countries if code.strip()))
        if any(len(code) != 2 or not code.isascii() or not code.isalpha() for code in codes):
            raise UnusableField("countries", N_("Two-letter country codes are needed."))
        houses = tuple(dict.fromkeys(name.strip() for name in institutions if name.strip()))
        if Role.DIRECTORATE in roles and not codes:
            raise UnusableField("countries", N_("A directorate needs the country it speaks for."))
        if Role.REGISTRAR in roles and not houses:
            raise UnusableField("institutions", N_("A registrar needs the institution it speaks for."))
        return cls(tuple(role for role in HELD if role in roles), codes, houses)


def public_name(account: Account) -> str:
    """What the record says of an account: its name and number, never its address."""
    return f"{account.name} (account {account.id})"


def subject_of(account: Account) -> str:
    """An account as the subject of an entry."""
    return f"account:{account.id}"


def first_link(session: Session, by: By) -> str | None:
    """Make the link that makes the first administrator; one made before no longer counts.

    Returns: the secret of the link, or None when there is an account already.
    """
    if any_account(session):
        return None
    session.execute(sa.delete(Invitation).where(col(Invitation.first), col(Invitation.accepted_at).is_(None)))
    secret = _add_invitation(session, by, None, Bounds((Role.ADMINISTRATOR,)), by.now + FIRST_LINK, first=True)
    by.record(session, "account.first-link", "accounts")
    return secret


def invite(session: Session, by: By, email: str | None, bounds: Bounds, *, lasts: timedelta = INVITATION) -> str:
    """Invite somebody; an older invitation to the same address no longer counts.

    Args:    email: None makes a link for whoever opens it, who then gives an address.
    Returns: the secret of the link; it is kept nowhere.
    Raises:  InvalidInput for what is no address; AlreadyRecorded when it has an account.
    """
    address = None if email is None else plain_address(email)
    if email is not None and address is None:
        raise UnusableField("email", N_("This is not an e-mail address."))
    if address and find_by_address(session, address):
        raise AlreadyRecorded(N_("There is an account with this address already."))
    if address:
        session.execute(
            sa.delete(Invitation).where(col(Invitation.email) == address, col(Invitation.accepted_at).is_(None))
        )
    secret = _add_invitation(session, by, address, bounds, by.now + lasts)
    by.record(session, "account.invite", "accounts", **_told(bounds))
    return secret


def _add_invitation(
    session: Session, by: By, email: str | None, bounds: Bounds, expires_at: datetime, *, first: bool = False
) -> str:
    secret = secrets.token_urlsafe(32)
    session.add(
        Invitation(
            secret_hash=secret_hash(secret),
            email=email,
            first=first,
            roles=list(bounds.roles),
            countries=list(bounds.countries),
            institutions=list(bounds.institutions),
            invited_by=by.actor,
            created_at=by.now,
            expires_at=expires_at,
        )
    )
    session.flush()
    return secret


def _told(bounds: Bounds) -> dict[str, object]:
    return {
        "roles": list(bounds.roles),
        "countries": list(bounds.countries),
        "institutions": list(bounds.institutions),
    }


def withdraw(session: Session, by: By, invitation_id: int) -> None:
    """Take an invitation back.  Raises: NotFound when there is none that could still be accepted."""
    invitation = session.get(Invitation, invitation_id)
    if invitation is None or invitation.accepted_at is not None:
        raise NotFound(N_("There is no such invitation."))
    session.delete(invitation)
    by.record(session, "account.invitation-withdrawn", "accounts", roles=invitation.roles)


def accept(
    session: Session, secret: str, *, name: str, password_hash: str, now: datetime, email: str | None = None
) -> Account:
    """Make the account that an invitation speaks of; the link is used up.

    Args:    email: needed where the invitation names none.  password_hash: as the program hashes passwords.
    Returns: the new account, whose address counts as confirmed when the link was sent to it.
    Raises:  NotFound for a link that does not hold; InvalidInput, AlreadyRecorded for the address; Conflict when it was
             the link of the first administrator and there is an account by now.
    """
    invitation = find_invitation(session, secret, now, lock=True)
    if invitation is None:
        raise NotFound(N_("This link is used up or too old; ask for a new one."))
    if invitation.first:
        session.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": FIRST_ACCOUNT_LOCK})
        if any_account(session):
            raise Conflict(N_("There is an account already; an administrator invites the others."))
    address = invitation.email or plain_address(email or "")
    if address is None:
        raise UnusableField("email", N_("This is not an e-mail address."))
    if find_by_address(session, address):
        raise AlreadyRecorded(N_("There is an account with this address already."))
    account = Account(
        email=address,
        name=name,
        password=password_hash,
        created_at=now,
        confirmed_at=now if invitation.email else None,
        countries=invitation.countries,
        institutions=invitation.institutions,
        roles=_rows(session, invitation.roles),
    )
    invitation.accepted_at = now
    session.add(account)
    session.flush()
    by = By(public_name(account), now)
    by.record(session, "account.accept", subject_of(account), roles=invitation.roles, invited_by=invitation.invited_by)
    return account


def _rows(session: Session, roles: Sequence[str]) -> list[RoleRow]:
    # A role has its row from the first time it is given: an empty database holds none, as a restore expects.
    given = insert(RoleRow.__table__).values([{"name": role} for role in roles])  # type: ignore[attr-defined]  # SQLModel gives every table class one
    session.execute(given.on_conflict_do_nothing(index_elements=["name"]))
    return list(session.exec(select(RoleRow).where(col(RoleRow.name).in_(roles))))


def change_roles(session: Session, by: By, account_id: int, bounds: Bounds) -> None:
    """Give an account other roles or bounds.

    Raises:  NotFound; Conflict when it would leave no administrator.
    """
    account = get_account(session, account_id)
    before = {"roles": sorted(role.name for role in account.roles), "countries": list(account.countries)}
    if Role.ADMINISTRATOR not in bounds.roles:
        _keep_an_administrator(session, account)
    account.roles = _rows(session, bounds.roles)
    account.countries, account.institutions = list(bounds.countries), list(bounds.institutions)
    by.record(session, "account.roles", subject_of(account), before=before, after=_told(bounds))


def disable(session: Session, by: By, account_id: int) -> None:
    """Let an account sign in no more; it is signed out everywhere, and its tokens end.

    Raises:  NotFound; Conflict when it is the last administrator.
    """
    account = get_account(session, account_id)
    _keep_an_administrator(session, account)
    account.active = False
    sign_out_everywhere(session, by, account)
    session.execute(
        sa.update(ApiToken)
        .where(col(ApiToken.account_id) == account_id, col(ApiToken.ended_at).is_(None))
        .values(ended_at=by.now)
    )
    by.record(session, "account.disable", subject_of(account))


def enable(session: Session, by: By, account_id: int) -> None:
    """Let a disabled account sign in again."""
    account = get_account(session, account_id)
    account.active = True
    by.record(session, "account.enable", subject_of(account))


def _keep_an_administrator(session: Session, leaving: Account) -> None:
    # One at a time, so that two administrators cannot each let the other go at once.
    session.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": FIRST_ACCOUNT_LOCK})
    others = (
        sa.select(sa.func.count())
        .select_from(Account)
        .where(
            col(Account.active),
            col(Account.id) != leaving.id,
            Account.roles.any(col(RoleRow.name) == Role.ADMINISTRATOR.value),  # type: ignore[attr-defined]  # a relationship
        )
    )
    if any(role.name == Role.ADMINISTRATOR for role in leaving.roles) and not session.scalar(others):
        raise Conflict(N_("This is the last administrator: make another one first."))


def reset_mfa(session: Session, by: By, account_id: int) -> None:
    """Take away an account's second factors and recovery codes, so that it sets up new ones; it is signed out."""
    account = get_account(session, account_id)
    account.tf_primary_method = account.tf_totp_secret = None
    account.mf_recovery_codes = account.totp_last_counter = None
    account.webauthn.clear()
    sign_out_everywhere(session, by, account)
    by.record(session, "account.reset-mfa", subject_of(account))


def sign_out_everywhere(session: Session, by: By, account: Account) -> None:
    """End every session of an account."""
    account.fs_uniquifier = uuid4().hex
    session.execute(
        sa.update(SignIn)
        .where(col(SignIn.account_id) == account.id, col(SignIn.ended_at).is_(None))
        .values(ended_at=by.now)
    )
    session.flush()
    by.record(session, "account.sign-out-everywhere", subject_of(account))


def new_token(session: Session, by: By, account_id: int, *, name: str, scopes: Collection[str], days: int) -> str:
    """Make a token for a program.

    Args:    scopes: at least one Scope.  days: until it ends, 1 to 365.
    Returns: the token; only its hash is kept, so it is shown once.
    Raises:  InvalidInput.
    """
    chosen = [scope for scope in Scope if scope in scopes]
    if not chosen or set(scopes) - set(Scope):
        raise UnusableField("scopes", N_("Choose among %(known)s."), known=", ".join(Scope))
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise UnusableField("days", N_("Must be between %(low)s and %(high)s."), low=1, high=LONGEST_TOKEN_DAYS)
    secret = f"heritage_{secrets.token_urlsafe(32)}"
    session.add(
        ApiToken(
            account_id=account_id,
            name=name,
            secret_hash=secret_hash(secret),
            scopes=list(chosen),
            created_at=by.now,
            expires_at=by.now + timedelta(days=days),
        )
    )
    session.flush()
    by.record(session, "token.new", f"account:{account_id}", scopes=list(chosen), days=days)
    return secret


def end_token(session: Session, by: By, account_id: int, token_id: int) -> None:
    """End one of an account's own tokens.  Raises: NotFound, also for somebody else's."""
    token = session.get(ApiToken, token_id)
    if token is None or token.account_id != account_id:
        raise NotFound(N_("There is no such token."))
    token.ended_at = token.ended_at or by.now
    by.record(session, "token.end", f"account:{account_id}", token=token_id)
