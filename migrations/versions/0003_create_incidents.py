"""Create places, event releases, events and their versions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, INT8MULTIRANGE, JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PRECISIONS = ("exact", "near", "district", "province", "area", "country", "none")
TIMES = ("day", "days", "week", "month", "year", "unknown")
KINDS = (
    "fighting",
    "non_state_fighting",
    "violence_against_civilians",
    "air_strike",
    "shelling",
    "explosion",
    "control_change",
    "looting",
    "deliberate_destruction",
    "other",
)


def _choice(column: str, name: str, values: tuple[str, ...], length: int = 32) -> sa.Column[str]:
    choice = sa.Enum(*values, native_enum=False, create_constraint=True, length=length, name=name)
    return sa.Column(column, choice, nullable=False)


def upgrade() -> None:
    """Create place, event_release, event and event_version."""
    op.create_table(
        "place",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("lon", sa.Float, nullable=False),
        sa.Column("lat", sa.Float, nullable=False),
        sa.Column("radius_km", sa.Float, nullable=False),
        sa.Column("matched_reach_km", sa.Float, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_place"),
        sa.UniqueConstraint("lon", "lat", "radius_km", name="uq_place_lon_lat_radius_km"),
        sa.CheckConstraint("lon between -180 and 180 and lat between -90 and 90", name=op.f("ck_place_point")),
        sa.CheckConstraint("radius_km between 0 and 30", name=op.f("ck_place_radius")),
    )
    op.create_index("ix_place_unmatched", "place", ["id"], postgresql_where=sa.text("matched_reach_km is null"))
    op.create_table(
        "event_release",
        sa.Column("id", sa.Integer, sa.Identity(), nullable=False),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("release", sa.Text, nullable=False),
        sa.Column("released_on", sa.Date, nullable=True),
        sa.Column("rank", ARRAY(sa.Integer), nullable=False),
        sa.Column("members", INT8MULTIRANGE, nullable=False, server_default=sa.text("'{}'")),
        sa.Column("complete_scopes", JSONB, nullable=False, server_default=sa.text("'[]'")),
        sa.PrimaryKeyConstraint("id", name="pk_event_release"),
        sa.UniqueConstraint("feed", "release", name="uq_event_release_feed_release"),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("incident_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
        sa.UniqueConstraint("event_id", "feed", name="uq_event_event_id_feed"),
    )
    op.create_index("ix_event_incident_id", "event", ["incident_id"])
    _create_versions()


def _create_versions() -> None:
    texts = ("place_name", "place_note", "country", "admin1", "side_a", "side_b")
    deaths = ("fatalities_low", "fatalities_best", "fatalities_high")
    lists = ("source_names", "source_dates", "source_titles", "origins")
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "event_version",
        sa.Column("event", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("release_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("revision", sa.SmallInteger, autoincrement=False, nullable=False, server_default=sa.text("0")),
        sa.Column("reported_at", moment, nullable=True),
        sa.Column("fetched_at", moment, nullable=False),
        sa.Column("known_at", moment, nullable=False),
        sa.Column("replaced_at", moment, nullable=True),
        sa.Column("recorded_at", moment, nullable=False, server_default=sa.func.now()),
        sa.Column("withdrawn", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("place_id", sa.BigInteger, nullable=True),
        sa.Column("lon", sa.Float, nullable=True),
        sa.Column("lat", sa.Float, nullable=True),
        sa.Column("radius_km", sa.Float, nullable=True),
        _choice("location_precision", "locationprecision", PRECISIONS),
        _choice("time_precision", "timeprecision", TIMES),
        sa.Column("occurred_from", sa.Date, nullable=False),
        sa.Column("occurred_to", sa.Date, nullable=False),
        _choice("kind", "eventkind", KINDS),
        *(sa.Column(name, sa.Text, nullable=True) for name in texts),
        *(sa.Column(name, sa.Integer, nullable=True) for name in deaths),
        *(sa.Column(name, sa.Text, nullable=True) for name in lists),
        _choice("reliability", "reliability", tuple("ABCDEF")),
        sa.Column("credibility", sa.SmallInteger, nullable=False),
        sa.Column("summary", sa.Text, nullable=True),
        sa.Column("marks", sa.Text, nullable=True),
        sa.Column("digest", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("event", "release_id", "revision", name="pk_event_version"),
        sa.CheckConstraint("occurred_to >= occurred_from", name=op.f("ck_event_version_occurred")),
        sa.CheckConstraint("lon between -180 and 180 and lat between -90 and 90", name=op.f("ck_event_version_point")),
        sa.CheckConstraint("replaced_at >= known_at", name=op.f("ck_event_version_known")),
        sa.CheckConstraint("credibility between 1 and 6", name=op.f("ck_event_version_credibility")),
    )
    op.create_index(
        "ix_event_version_place_id", "event_version", ["place_id"], postgresql_where=sa.text("place_id is not null")
    )
    op.create_index("ix_event_version_occurred_to", "event_version", ["occurred_to"])

    op.execute(BULK_BEGIN)
    op.execute(BULK_END)


# Filling an empty table and building its indexes afterwards takes half the time of keeping them up to date row by row.
# The role the program works as owns no table, so these two fixed steps run with the owner's rights.
BULK_BEGIN = """
create function event_bulk_begin() returns boolean language plpgsql security definer set search_path from current as $$
declare emptied boolean := not exists (select from event_version) and not exists (select from event);
begin
    -- A table emptied in this transaction is filled without a log of its rows where the server keeps no replicas,
    -- and its rows can be written as old from the start, so that nobody has to mark them so later.
    if emptied then
        truncate event_version, event;
    end if;
    alter table event_version drop constraint pk_event_version;
    drop index ix_event_version_place_id;
    drop index ix_event_version_occurred_to;
    drop index ix_event_incident_id;
    alter table event drop constraint pk_event, drop constraint uq_event_event_id_feed;
    return emptied;
end $$
"""

BULK_END = """
create function event_bulk_end() returns void language plpgsql security definer set search_path from current as $$
begin
    alter table event add constraint pk_event primary key (id);
    alter table event add constraint uq_event_event_id_feed unique (event_id, feed);
    create index ix_event_incident_id on event (incident_id);
    alter table event_version add constraint pk_event_version primary key (event, release_id, revision);
    create index ix_event_version_place_id on event_version (place_id) where place_id is not null;
    create index ix_event_version_occurred_to on event_version (occurred_to);
end $$
"""


def downgrade() -> None:
    """Drop them."""
    op.execute("drop function event_bulk_end()")
    op.execute("drop function event_bulk_begin()")
    for table in ("event_version", "event", "event_release", "place"):
        op.drop_table(table)
