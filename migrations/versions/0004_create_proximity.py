"""Create proximity: which component part is how far from which place."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OWNERS = ("place", "part")
BOUNDS = "0 <= low_km and low_km <= distance_km and distance_km <= high_km"


def upgrade() -> None:
    """Create the table and its index by part, by which a dossier asks."""
    op.create_table(
        "proximity",
        sa.Column("place_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("part_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("distance_km", sa.Float, nullable=False),
        sa.Column("low_km", sa.Float, nullable=False),
        sa.Column("high_km", sa.Float, nullable=False),
        sa.Column("bearing_deg", sa.Float, nullable=False),
        sa.Column("in_buffer_zone", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("place_id", "part_id", name="pk_proximity"),
        sa.CheckConstraint(BOUNDS, name=op.f("ck_proximity_bounds")),
        sa.CheckConstraint("0 <= bearing_deg and bearing_deg < 360", name=op.f("ck_proximity_bearing")),
    )
    op.create_index("ix_proximity_part_id", "proximity", ["part_id"])
    # One statement for all rows of a DELETE, in place of a check for every pair that is written.
    for owner in OWNERS:
        op.execute(f"""
            create function forget_proximity_of_{owner}() returns trigger language plpgsql as $$
            begin
                delete from proximity where {owner}_id in (select id from gone);
                return null;
            end $$""")
        op.execute(f"""
            create trigger forget_proximity after delete on {owner} referencing old table as gone
            for each statement execute function forget_proximity_of_{owner}()""")


def downgrade() -> None:
    """Drop it."""
    for owner in OWNERS:
        op.execute(f"drop trigger forget_proximity on {owner}")
        op.execute(f"drop function forget_proximity_of_{owner}()")
    op.drop_table("proximity")
