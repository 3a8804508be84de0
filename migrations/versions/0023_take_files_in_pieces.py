"""Keep files that are still on their way, in sealed pieces."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One row a piece."""
    op.create_table(
        "attachment_piece",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("begins_at", sa.BigInteger, nullable=False),
        sa.Column("size_bytes", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("saved_on", sa.Date, nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_attachment_piece_sha256")),
        sa.CheckConstraint("size_bytes > 0 and begins_at >= 0", name=op.f("ck_attachment_piece_size_bytes")),
        sa.PrimaryKeyConstraint("name", name="pk_attachment_piece"),
        sa.UniqueConstraint("owner", "sha256", "begins_at", name="uq_attachment_piece_owner_sha256_begins_at"),
    )


def downgrade() -> None:
    """What is on its way has to be sent anew."""
    op.drop_table("attachment_piece")
