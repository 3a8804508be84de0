"""Create permissions to read what is sealed, readings, alarms, and the vault of reporters."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _words(name: str) -> sa.Column[list[str]]:
    return sa.Column(name, ARRAY(sa.Text), nullable=False, server_default="{}")


def _points(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "sealed_access",
        _id(),
        sa.Column("kind", sa.String(32), nullable=False),
        _text("key"),
        _words("institutions"),
        _words("countries"),
        sa.Column("way", sa.String(32), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger, nullable=False),
        _text("asked_by"),
        _moment("asked_at", nullable=False),
        _text("reason"),
        sa.Column("granted", sa.Boolean, nullable=True),
        sa.Column("decided_by_id", sa.BigInteger, nullable=True),
        _text("decided_by", nullable=True),
        _moment("decided_at"),
        _text("decision", nullable=True),
        _moment("expires_at"),
        _moment("ended_at"),
        _moment("justified_at"),
        _text("justification", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sealed_access"),
        _points("sealed_access", "asked_by_id", "account"),
        _points("sealed_access", "decided_by_id", "account"),
        sa.CheckConstraint("kind in ('place', 'reporter', 'original')", name=op.f("ck_sealed_access_kind")),
        sa.CheckConstraint("way in ('two_persons', 'break_glass')", name=op.f("ck_sealed_access_way")),
        sa.CheckConstraint("decided_by_id <> asked_by_id", name=op.f("ck_sealed_access_second_person")),
        sa.CheckConstraint("(granted is null) = (decided_at is null)", name=op.f("ck_sealed_access_decided")),
        sa.CheckConstraint("(granted is true) = (expires_at is not null)", name=op.f("ck_sealed_access_expires")),
        sa.CheckConstraint(
            "granted is not true or (way = 'break_glass') = (decided_by_id is null)",
            name=op.f("ck_sealed_access_who_granted"),
        ),
    )
    op.create_index("ix_sealed_access_kind_key", "sealed_access", ["kind", "key"])
    op.create_index("ix_sealed_access_asked_by_id", "sealed_access", ["asked_by_id"])
    op.create_index("ix_sealed_access_decided_by_id", "sealed_access", ["decided_by_id"])
    op.create_table(
        "sealed_read",
        _id(),
        sa.Column("access_id", sa.BigInteger, nullable=False),
        sa.Column("by_id", sa.BigInteger, nullable=False),
        _moment("at", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sealed_read"),
        _points("sealed_read", "access_id", "sealed_access"),
        _points("sealed_read", "by_id", "account"),
    )
    op.create_index("ix_sealed_read_access_id", "sealed_read", ["access_id"])
    op.create_index("ix_sealed_read_by_id_at", "sealed_read", ["by_id", "at"])
    op.create_table(
        "sealed_alarm",
        _id(),
        sa.Column("by_id", sa.BigInteger, nullable=False),
        _text("by"),
        _moment("at", nullable=False),
        sa.Column("reads", sa.Integer, nullable=False),
        _moment("closed_at"),
        _text("closed_by", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sealed_alarm"),
        _points("sealed_alarm", "by_id", "account"),
        sa.CheckConstraint("(closed_at is null) = (closed_by is null)", name=op.f("ck_sealed_alarm_closed")),
    )
    op.create_index(
        "uq_sealed_alarm_open", "sealed_alarm", ["by_id"], unique=True, postgresql_where=sa.text("closed_at is null")
    )
    op.create_table(
        "sealed_reporter",
        _text("pseudonym"),
        sa.Column("mark", sa.LargeBinary, nullable=True),
        sa.Column("identity", sa.LargeBinary, nullable=True),
        sa.Column("kept_until", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("pseudonym", name="pk_sealed_reporter"),
        sa.UniqueConstraint("mark", name="uq_sealed_reporter_mark"),
        sa.CheckConstraint("(mark is null) = (identity is null)", name=op.f("ck_sealed_reporter_whole")),
        sa.CheckConstraint("extract(day from kept_until) = 1", name=op.f("ck_sealed_reporter_kept_until")),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("sealed_reporter", "sealed_alarm", "sealed_read", "sealed_access"):
        op.drop_table(table)
