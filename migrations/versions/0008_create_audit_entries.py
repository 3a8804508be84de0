"""Create the hash-chained record."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create audit_entry."""
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("actor", "action", "subject", "detail")),
        sa.Column("previous", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_entry"),
        sa.CheckConstraint("seq > 0", name=op.f("ck_audit_entry_seq")),
        sa.CheckConstraint(
            "octet_length(previous) = 32 and octet_length(hash) = 32", name=op.f("ck_audit_entry_hashes")
        ),
    )
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject", "seq"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("audit_entry")
