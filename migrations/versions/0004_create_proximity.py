"""Create proximity: which component part is how far from which place."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BOUNDS = "0 <= low_km and low_km <= distance_km and distance_km <= high_km"


def upgrade() -> None:
    """Create the table and its index by part, by which a dossier asks."""
    op.create_table(
        "proximity",
        sa.Column("place_id", sa.BigInteger, nullable=False),
        sa.Column("part_id", sa.BigInteger, nullable=False),
        sa.Column("distance_km", sa.Float, nullable=False),
        sa.Column("low_km", sa.Float, nullable=False),
        sa.Column("high_km", sa.Float, nullable=False),
        sa.Column("bearing_deg", sa.Float, nullable=False),
        sa.Column("in_buffer_zone", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("place_id", "part_id", name="pk_proximity"),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name="fk_proximity_place_id_place", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["part_id"], ["part.id"], name="fk_proximity_part_id_part", ondelete="CASCADE"),
        sa.CheckConstraint(BOUNDS, name=op.f("ck_proximity_bounds")),
        sa.CheckConstraint("0 <= bearing_deg and bearing_deg < 360", name=op.f("ck_proximity_bearing")),
    )
    op.create_index("ix_proximity_part_id", "proximity", ["part_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("proximity")
