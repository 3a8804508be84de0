"""Create attachments and their contents."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "attachment_content",
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("media", sa.String(32), nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("file_key", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("looks", sa.BigInteger, nullable=True),
        sa.Column("first_seen_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_attachment_content"),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_attachment_content_sha256")),
        sa.CheckConstraint("size_bytes > 0", name=op.f("ck_attachment_content_size_bytes")),
        sa.CheckConstraint(
            "media in ('jpeg', 'png', 'webp', 'pdf', 'mp4', 'webm')", name=op.f("ck_attachment_content_media")
        ),
        sa.CheckConstraint(
            "state in ('waiting', 'ready', 'no_view', 'not_decoded')", name=op.f("ck_attachment_content_state")
        ),
        sa.CheckConstraint("(state = 'ready') = (looks is not null)", name=op.f("ck_attachment_content_looks")),
    )
    op.create_table(
        "attachment",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("countries", ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_attachment"),
        sa.ForeignKeyConstraint(
            ["sha256"], ["attachment_content.sha256"], name="fk_attachment_sha256_attachment_content"
        ),
        sa.UniqueConstraint("subject", "sha256", name="uq_attachment_subject_sha256"),
    )
    op.create_index("ix_attachment_sha256", "attachment", ["sha256"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("attachment")
    op.drop_table("attachment_content")
