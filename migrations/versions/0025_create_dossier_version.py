"""Create the versions of dossiers that were kept for citing."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One table, keyed by site and version."""
    op.create_table(
        "dossier_version",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("site_id", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("known_on", sa.Date, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("rule_version", sa.Text, nullable=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dossier_version"),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name="fk_dossier_version_site_id_site", ondelete="CASCADE"),
        sa.UniqueConstraint("site_id", "version", name="uq_dossier_version_site_id_version"),
    )


def downgrade() -> None:
    """Kept versions go with their table."""
    op.drop_table("dossier_version")
