"""Create what people say of two events: one happening or two."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No foreign keys: events are written by copying and never deleted."""
    op.create_table(
        "event_link",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("one", sa.BigInteger, nullable=False),
        sa.Column("other", sa.BigInteger, nullable=False),
        sa.Column(
            "verdict",
            sa.Enum("same", "apart", native_enum=False, create_constraint=True, length=32, name="verdict"),
            nullable=False,
        ),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_event_link"),
        sa.CheckConstraint("one < other", name=op.f("ck_event_link_order")),
        sa.CheckConstraint("length(btrim(reason)) > 0", name=op.f("ck_event_link_reason")),
    )
    op.create_index(
        "uq_event_link_in_force",
        "event_link",
        ["one", "other"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index("ix_event_link_other", "event_link", ["other"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("event_link")
