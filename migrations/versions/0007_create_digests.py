"""Create summaries and the ledger of their delivery."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create digest and digest_delivery."""
    op.create_table(
        "digest",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body_text", sa.Text, nullable=False),
        sa.Column("body_html", sa.Text, nullable=False),
        sa.Column("data", JSONB, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_digest"),
        sa.UniqueConstraint("as_of", "language", name="uq_digest_as_of_language"),
        sa.CheckConstraint("since < as_of", name=op.f("ck_digest_days")),
    )
    op.create_table(
        "digest_delivery",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("digest_id", sa.BigInteger, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("to_hash", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_digest_delivery"),
        sa.ForeignKeyConstraint(
            ["digest_id"], ["digest.id"], name="fk_digest_delivery_digest_id_digest", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("as_of", "to_hash", "channel", name="uq_digest_delivery_as_of_to_hash_channel"),
        sa.CheckConstraint(
            "status in ('waiting', 'sent', 'refused', 'stopped')", name=op.f("ck_digest_delivery_status")
        ),
        sa.CheckConstraint("(status = 'sent') = (sent_at is not null)", name=op.f("ck_digest_delivery_sent")),
    )
    op.create_index("ix_digest_delivery_digest_id", "digest_delivery", ["digest_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("digest_delivery")
    op.drop_table("digest")
