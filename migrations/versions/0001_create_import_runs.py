"""Create the record of imports and their refusals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

COUNTS = ("read", "added", "changed", "unchanged", "vanished", "withdrawn", "refused")


def upgrade() -> None:
    """Create import_run and refusal."""
    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("release", sa.Text, nullable=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in COUNTS),
        sa.Column("detail", JSONB, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_run"),
        sa.CheckConstraint("status in ('taken', 'undone')", name=op.f("ck_import_run_status")),
        sa.CheckConstraint("finished_at >= started_at", name=op.f("ck_import_run_times")),
    )
    op.create_index("ix_import_run_kind_finished_at", "import_run", ["kind", "finished_at"])
    op.create_table(
        "refusal",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("run_id", sa.BigInteger, nullable=False),
        sa.Column("row", sa.Integer, nullable=True),
        sa.Column("field", sa.Text, nullable=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("excerpt", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_refusal"),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name="fk_refusal_run_id_import_run", ondelete="CASCADE"),
    )
    op.create_index("ix_refusal_run_id", "refusal", ["run_id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("refusal")
    op.drop_table("import_run")
