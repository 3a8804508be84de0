"""Create the state of live feeds, their runs, items of news and operations alarms."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OUTCOMES = ("running", "good", "unchanged", "waiting", "failed", "quarantined", "abandoned")


def _json(name: str, default: str = "{}") -> sa.Column:
    return sa.Column(name, JSONB, nullable=False, server_default=sa.text(f"'{default}'"))


def _moment(name: str, *, nullable: bool = True) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Create feed, feed_run, feed_item and ops_alarm."""
    op.create_table(
        "feed",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("paused", sa.Boolean, server_default=sa.false(), nullable=False),
        _json("cursor"),
        _json("validators"),
        sa.Column("cadence_s", sa.Integer, nullable=False),
        _moment("last_run_at"),
        _moment("last_good_at"),
        _moment("next_try_at"),
        sa.Column("failures", sa.Integer, server_default=sa.text("0"), nullable=False),
        sa.Column("known_until", sa.Date, nullable=True),
        sa.Column("embargo", sa.Text, nullable=True),
        _json("gap", "[]"),
        sa.PrimaryKeyConstraint("name", name="pk_feed"),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_feed_failures")),
    )
    op.create_table(
        "feed_run",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("feed", sa.Text, nullable=False),
        _moment("started_at", nullable=False),
        _moment("finished_at"),
        sa.Column("duration_s", sa.Float, nullable=True),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("received_bytes", sa.BigInteger, nullable=False),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("received", "taken", "changed", "unchanged", "withdrawn", "refused")
        ),
        _json("left_out"),
        _json("reasons", "[]"),
        _json("notes", "[]"),
        sa.Column("quarantined", sa.Text, nullable=True),
        _json("cursor"),
        sa.Column("newest_event_on", sa.Date, nullable=True),
        sa.Column("known_until", sa.Date, nullable=True),
        sa.Column("embargo", sa.Text, nullable=True),
        sa.Column("error", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_feed_run"),
        sa.CheckConstraint("finished_at >= started_at", name=op.f("ck_feed_run_finished")),
        sa.CheckConstraint(f"outcome in {OUTCOMES}", name=op.f("ck_feed_run_outcome")),
    )
    op.create_index("ix_feed_run_feed_started_at", "feed_run", ["feed", "started_at"])
    op.create_table(
        "feed_item",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("item_id", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=True),
        sa.Column("source", sa.Text, nullable=True),
        sa.Column("language", sa.Text, nullable=True),
        _moment("published_at"),
        _moment("updated_at"),
        sa.Column("zone_assumed", sa.Boolean, server_default=sa.false(), nullable=False),
        _json("countries", "[]"),
        sa.Column("lon", sa.Float, nullable=True),
        sa.Column("lat", sa.Float, nullable=True),
        sa.Column("radius_km", sa.Float, nullable=True),
        _moment("fetched_at", nullable=False),
        _moment("changed_at", nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feed_item"),
        sa.UniqueConstraint("feed", "item_id", name="uq_feed_item_feed_item_id"),
        sa.CheckConstraint("lon between -180 and 180 and lat between -90 and 90", name=op.f("ck_feed_item_point")),
    )
    op.create_index("ix_feed_item_published_at", "feed_item", ["published_at"])
    op.create_table(
        "ops_alarm",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("feed", sa.Text, nullable=True),
        _moment("opened_at", nullable=False),
        _moment("closed_at"),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ops_alarm"),
    )
    op.create_index(
        "uq_ops_alarm_open",
        "ops_alarm",
        ["kind", sa.text("coalesce(feed, '')")],
        unique=True,
        postgresql_where=sa.text("closed_at is null"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("ops_alarm", "feed_item", "feed_run", "feed"):
        op.drop_table(table)
