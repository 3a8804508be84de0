"""Keep a ledger of letters and of what came back, and the clock that a delivery was queued under."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the two ledgers and the column; what was queued in a thread of an exercise belongs to its clock."""
    op.add_column("post", sa.Column("exercise", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute("update post set exercise = true where exists (select 1 from installation where mode = 'exercise')")
    op.create_table(
        "letter",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("identity", "kind", "to_hash")),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
        sa.UniqueConstraint("identity", name="uq_letter_identity"),
    )
    op.create_index("ix_letter_sent_at", "letter", ["sent_at"])
    op.create_index(
        "ix_letter_returned_at", "letter", ["returned_at"], postgresql_where=sa.text("returned_at is not null")
    )
    op.create_table(
        "letter_return",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("identities", ARRAY(sa.Text), nullable=False, server_default=sa.text("'{}'")),
        sa.Column("subscriber_id", sa.BigInteger, nullable=True),
        sa.Column("final", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("why", "words")),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_letter_return"),
        sa.UniqueConstraint("digest", name="uq_letter_return_digest"),
    )
    op.create_index("ix_letter_return_waiting", "letter_return", ["id"], postgresql_where=sa.text("outcome is null"))
    op.create_index("ix_letter_return_read_at", "letter_return", ["read_at"])


def downgrade() -> None:
    """Let go of them; a letter that comes back is found by the ledger of messages alone again."""
    op.drop_table("letter_return")
    op.drop_table("letter")
    op.drop_column("post", "exercise")
