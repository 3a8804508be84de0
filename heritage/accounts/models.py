"""Tables: accounts, roles held, passkeys, invitations, sign-ins, tokens for programs, counted attempts."""

from datetime import datetime
from uuid import uuid4

import sqlalchemy as sa
from flask_security import RoleMixin, UserMixin, WebAuthnMixin
from sqlalchemy.ext.mutable import MutableList
from sqlmodel import Field, Relationship, SQLModel

from heritage.db.types import ARRAY


def _id() -> sa.Column[int]:
    return sa.Column(sa.BigInteger, sa.Identity(), primary_key=True)


def _account(*, primary: bool = False, nullable: bool = False) -> sa.Column[int]:
    target = sa.ForeignKey("account.id", ondelete="CASCADE")
    return sa.Column(sa.BigInteger, target, nullable=nullable, primary_key=primary, index=not primary)


def _words() -> sa.Column[list[str]]:
    return sa.Column(ARRAY(sa.Text), nullable=False, server_default="{}")


class RoleHeld(SQLModel, table=True):
    """An account holds a role."""

    __tablename__ = "account_role_held"

    account_id: int = Field(sa_column=_account(primary=True))
    role_id: int = Field(
        sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("account_role.id", ondelete="CASCADE"), primary_key=True)
    )


class RoleRow(RoleMixin, SQLModel, table=True):
    """A role by its name; what it may do is written in the policy table, not here."""

    __tablename__ = "account_role"
    __table_args__ = (sa.UniqueConstraint("name"),)

    id: int | None = Field(default=None, sa_column=_id())
    name: str = Field(sa_type=sa.Text)


class Passkey(WebAuthnMixin, SQLModel, table=True):
    """A passkey or security key of an account."""

    __tablename__ = "account_passkey"
    __table_args__ = (sa.UniqueConstraint("credential_id"),)

    id: int | None = Field(default=None, sa_column=_id())
    user_id: int = Field(sa_column=_account())
    credential_id: bytes = Field(sa_type=sa.LargeBinary)
    public_key: bytes = Field(sa_type=sa.LargeBinary)
    sign_count: int = Field(default=0, sa_type=sa.BigInteger)
    transports: list[str] | None = Field(default=None, sa_column=sa.Column(MutableList.as_mutable(ARRAY(sa.Text))))
    backup_state: bool = False
    device_type: str = Field(sa_type=sa.Text)
    extensions: str | None = Field(default=None, sa_type=sa.Text)
    lastuse_datetime: datetime
    name: str = Field(sa_type=sa.Text)
    usage: str = Field(sa_type=sa.Text)


class Account(UserMixin, SQLModel, table=True):
    """A person who may sign in. ``name`` is what others and the record see; the address is seen by nobody else."""

    __tablename__ = "account"
    __table_args__ = (
        sa.UniqueConstraint("email"),
        sa.UniqueConstraint("fs_uniquifier"),
        sa.UniqueConstraint("fs_webauthn_user_handle"),
        sa.CheckConstraint("email = lower(email)", name="email"),
    )

    id: int | None = Field(default=None, sa_column=_id())
    email: str = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    password: str | None = Field(default=None, sa_type=sa.Text)
    active: bool = True
    # Every session names it: a new one signs the account out everywhere.
    fs_uniquifier: str = Field(default_factory=lambda: uuid4().hex, sa_type=sa.Text)
    confirmed_at: datetime | None = None
    created_at: datetime
    tf_primary_method: str | None = Field(default=None, sa_type=sa.Text)
    tf_totp_secret: str | None = Field(default=None, sa_type=sa.Text)
    # Never used: the set-up page of the library reads it.
    tf_phone_number: str | None = Field(default=None, sa_type=sa.Text)
    # The time step of the newest code that was taken: it and all before are refused.
    totp_last_counter: int | None = Field(default=None, sa_type=sa.BigInteger)
    mf_recovery_codes: list[str] | None = Field(
        default=None, sa_column=sa.Column(MutableList.as_mutable(ARRAY(sa.Text)))
    )
    fs_webauthn_user_handle: str | None = Field(default=None, sa_type=sa.Text)
    countries: list[str] = Field(default_factory=list, sa_column=_words())
    institutions: list[str] = Field(default_factory=list, sa_column=_words())

    roles: list[RoleRow] = Relationship(link_model=RoleHeld)
    webauthn: list[Passkey] = Relationship(cascade_delete=True)

    @property
    def has_second_factor(self) -> bool:
        """Whether something beside the password is set up."""
        return self.tf_primary_method is not None or bool(self.webauthn)


class Invitation(SQLModel, table=True):
    """A link that makes one account; only the hash of its secret is kept."""

    __tablename__ = "account_invitation"
    __table_args__ = (sa.UniqueConstraint("secret_hash"),)

    id: int | None = Field(default=None, sa_column=_id())
    secret_hash: bytes = Field(sa_type=sa.LargeBinary)
    # None for the link of the machine's operator: whoever opens it gives an address.
    email: str | None = Field(default=None, sa_type=sa.Text)
    # True: only while there is no account yet.
    first: bool = False
    roles: list[str] = Field(default_factory=list, sa_column=_words())
    countries: list[str] = Field(default_factory=list, sa_column=_words())
    institutions: list[str] = Field(default_factory=list, sa_column=_words())
    invited_by: str = Field(sa_type=sa.Text)
    created_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None


class SignIn(SQLModel, table=True):
    """One session of a browser; the cookie holds a secret of which only the hash is kept."""

    __tablename__ = "account_sign_in"
    __table_args__ = (sa.UniqueConstraint("secret_hash"),)

    id: int | None = Field(default=None, sa_column=_id())
    account_id: int = Field(sa_column=_account())
    secret_hash: bytes = Field(sa_type=sa.LargeBinary)
    # Whether more than a password was shown.
    strong: bool = False
    began_at: datetime
    used_at: datetime
    ended_at: datetime | None = None


class ApiToken(SQLModel, table=True):
    """What a program shows instead of signing in; only the hash of it is kept."""

    __tablename__ = "account_token"
    __table_args__ = (sa.UniqueConstraint("secret_hash"),)

    id: int | None = Field(default=None, sa_column=_id())
    account_id: int = Field(sa_column=_account())
    name: str = Field(sa_type=sa.Text)
    secret_hash: bytes = Field(sa_type=sa.LargeBinary)
    scopes: list[str] = Field(default_factory=list, sa_column=_words())
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


class Attempts(SQLModel, table=True):
    """How often something was tried in a window of time; the key is a keyed hash, so that no address is kept."""

    __tablename__ = "account_attempts"

    kind: str = Field(sa_column=sa.Column(sa.Text, primary_key=True))
    key: bytes = Field(sa_column=sa.Column(sa.LargeBinary, primary_key=True))
    window_at: datetime = Field(sa_column=sa.Column(sa.DateTime(timezone=True), primary_key=True))
    count: int = 0
