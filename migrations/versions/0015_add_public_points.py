"""Keep beside each site's point what may be shown of it, so that windows and counts on maps ask only that."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# The arithmetic of policy.disclosure.public_point; a test holds the two against each other.
_ROW = "(floor(lat * 111.195 / coalesce(grid_km, 5)) + 0.5) * coalesce(grid_km, 5) / 111.195"
_DEGREES = f"least(360, coalesce(grid_km, 5) / (111.195 * greatest(0.01, cos(radians({_ROW})))))"
_COLUMN = f"(floor(lon / {_DEGREES}) + 0.5) * {_DEGREES}"
PUBLIC_LON = f"case disclosure when 'public' then lon when 'generalised' then greatest(-180, least(180, {_COLUMN})) end"
PUBLIC_LAT = f"case disclosure when 'public' then lat when 'generalised' then greatest(-90, least(90, {_ROW})) end"


def upgrade() -> None:
    """A hidden or unknown place has none."""
    for name, expression in (("public_lon", PUBLIC_LON), ("public_lat", PUBLIC_LAT)):
        op.add_column("site", sa.Column(name, sa.Float, sa.Computed(expression, persisted=True), nullable=True))
    op.drop_index("ix_site_point", "site")
    op.create_index("ix_site_public_point", "site", [sa.text("point(public_lon, public_lat)")], postgresql_using="gist")


def downgrade() -> None:
    """The index on the exact point again."""
    op.drop_index("ix_site_public_point", "site")
    op.create_index("ix_site_point", "site", [sa.text("point(lon, lat)")], postgresql_using="gist")
    op.drop_column("site", "public_lat")
    op.drop_column("site", "public_lon")
