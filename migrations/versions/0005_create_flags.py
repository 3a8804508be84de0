"""Create flags: what the running system decided, and what people judged beside it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create flag_event and judgement."""
    op.create_table(
        "flag_event",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("site_id", sa.BigInteger, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_level", sa.SmallInteger, nullable=False),
        sa.Column("to_level", sa.SmallInteger, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("rule_version", sa.Text, nullable=False),
        sa.Column("reasons", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_flag_event"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_flag_event_site_id_site", ondelete="CASCADE"),
        sa.CheckConstraint(
            "from_level between 0 and 4 and to_level between 0 and 4", name=op.f("ck_flag_event_levels")
        ),
        sa.CheckConstraint("from_level <> to_level", name=op.f("ck_flag_event_change")),
        sa.CheckConstraint("confidence between 0 and 1", name=op.f("ck_flag_event_confidence")),
    )
    op.create_index("ix_flag_event_site_id", "flag_event", ["site_id", "id"])
    op.create_index("ix_flag_event_decided_at", "flag_event", ["decided_at"])
    op.create_table(
        "judgement",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("site_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("level", sa.SmallInteger, nullable=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review_on", sa.Date, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_judgement"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_judgement_site_id_site", ondelete="CASCADE"),
        sa.CheckConstraint("kind in ('acknowledge', 'raise', 'lower')", name=op.f("ck_judgement_judgementkind")),
        sa.CheckConstraint("level between 0 and 4", name=op.f("ck_judgement_level")),
        sa.CheckConstraint("(kind = 'acknowledge') = (level is null)", name=op.f("ck_judgement_level_given")),
        sa.CheckConstraint("length(btrim(reason)) > 0", name=op.f("ck_judgement_reason")),
        sa.CheckConstraint("ended_at >= recorded_at", name=op.f("ck_judgement_ended")),
    )
    op.create_index("ix_judgement_site_id", "judgement", ["site_id", "id"])


def downgrade() -> None:
    """Drop both."""
    op.drop_table("judgement")
    op.drop_table("flag_event")
