"""Keep photographs that come with a question about an object, sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    table = "object_inquiry_photograph"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("inquiry_id", sa.BigInteger, nullable=False),
        sa.Column("cleaned", sa.Boolean, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["inquiry_id"], ["object_inquiry.id"], name=f"fk_{table}_inquiry_id_object_inquiry"),
    )
    op.create_index(f"ix_{table}_inquiry_id", table, ["inquiry_id"])


def downgrade() -> None:
    """Drop it with what it holds."""
    op.drop_table("object_inquiry_photograph")
