"""Create accounts, roles, passkeys, invitations, sign-ins, tokens and counted attempts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = (
    "account_attempts", "account_token", "account_sign_in", "account_invitation", "account_passkey",
    "account_role_held", "account_role", "account",
)  # fmt: skip


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False)


def _bool(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _words(name: str) -> sa.Column[list[str]]:
    return sa.Column(name, ARRAY(sa.Text), nullable=False, server_default="{}")


def _of_account(table: str, column: str = "account_id") -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    key = sa.ForeignKeyConstraint([column], ["account.id"], name=f"fk_{table}_{column}_account", ondelete="CASCADE")
    return sa.Column(column, sa.BigInteger, nullable=False), key


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*(columns or ("id",)), name=f"pk_{table}")


def _unique(table: str, column: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(column, name=f"uq_{table}_{column}")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "account",
        _id(),
        *(_text(name) for name in ("email", "name")),
        _text("password", nullable=True),
        _bool("active"),
        _text("fs_uniquifier"),
        _moment("confirmed_at", nullable=True),
        _moment("created_at"),
        *(_text(name, nullable=True) for name in ("tf_primary_method", "tf_totp_secret", "tf_phone_number")),
        sa.Column("totp_last_counter", sa.BigInteger),
        sa.Column("mf_recovery_codes", ARRAY(sa.Text)),
        _text("fs_webauthn_user_handle", nullable=True),
        *(_words(name) for name in ("countries", "institutions")),
        _key("account"),
        *(_unique("account", name) for name in ("email", "fs_uniquifier", "fs_webauthn_user_handle")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_account_email")),
    )
    op.create_table("account_role", _id(), _text("name"), _key("account_role"), _unique("account_role", "name"))
    op.create_table(
        "account_role_held",
        *_of_account("account_role_held"),
        sa.Column("role_id", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["account_role.id"], name="fk_account_role_held_role_id_account_role", ondelete="CASCADE"
        ),
        _key("account_role_held", "account_id", "role_id"),
    )
    _create_keys_and_links()


def _create_keys_and_links() -> None:
    op.create_table(
        "account_passkey",
        _id(),
        *_of_account("account_passkey", "user_id"),
        *(_bytes(name) for name in ("credential_id", "public_key")),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("transports", ARRAY(sa.Text)),
        _bool("backup_state"),
        _text("device_type"),
        _text("extensions", nullable=True),
        _moment("lastuse_datetime"),
        *(_text(name) for name in ("name", "usage")),
        _key("account_passkey"),
        _unique("account_passkey", "credential_id"),
    )
    op.create_index("ix_account_passkey_user_id", "account_passkey", ["user_id"])
    op.create_table(
        "account_invitation",
        _id(),
        _bytes("secret_hash"),
        _text("email", nullable=True),
        _bool("first"),
        *(_words(name) for name in ("roles", "countries", "institutions")),
        _text("invited_by"),
        *(_moment(name) for name in ("created_at", "expires_at")),
        _moment("accepted_at", nullable=True),
        _key("account_invitation"),
        _unique("account_invitation", "secret_hash"),
    )
    op.create_table(
        "account_sign_in",
        _id(),
        *_of_account("account_sign_in"),
        _bytes("secret_hash"),
        _bool("strong"),
        *(_moment(name) for name in ("began_at", "used_at")),
        _moment("ended_at", nullable=True),
        _key("account_sign_in"),
        _unique("account_sign_in", "secret_hash"),
    )
    op.create_index("ix_account_sign_in_account_id", "account_sign_in", ["account_id"])
    op.create_table(
        "account_token",
        _id(),
        *_of_account("account_token"),
        _text("name"),
        _bytes("secret_hash"),
        _words("scopes"),
        *(_moment(name) for name in ("created_at", "expires_at")),
        _moment("ended_at", nullable=True),
        _key("account_token"),
        _unique("account_token", "secret_hash"),
    )
    op.create_index("ix_account_token_account_id", "account_token", ["account_id"])
    op.create_table(
        "account_attempts",
        _text("kind"),
        _bytes("key"),
        _moment("window_at"),
        sa.Column("count", sa.Integer, nullable=False),
        _key("account_attempts", "kind", "key", "window_at"),
    )


def downgrade() -> None:
    """Drop them all."""
    for table in TABLES:
        op.drop_table(table)
