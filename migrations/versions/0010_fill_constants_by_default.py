"""Let a first, large file send what is the same in every row once: as the columns' default while it goes in."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

EMPTY_AND_STRIP = """
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
"""

INDEX_AGAIN = """
    alter table event add constraint pk_event primary key (id);
    alter table event add constraint uq_event_event_id_feed unique (event_id, feed);
    create index ix_event_incident_id on event (incident_id);
    alter table event_version add constraint pk_event_version primary key (event, release_id, revision);
    create index ix_event_version_place_id on event_version (place_id) where place_id is not null;
    create index ix_event_version_occurred_to on event_version (occurred_to);
end $$
"""


def _function(head: str, body: str) -> str:
    return (
        f"create or replace function {head} language plpgsql security definer set search_path from current as $${body}"
    )


def upgrade() -> None:
    """Reading one time stamp 350,000 times costs the server more than building an index."""
    op.execute("drop function event_bulk_begin()")
    defaults = """
    execute format('alter table event alter column feed set default %L', of_feed);
    execute format('alter table event_version alter column release_id set default %s', of_release);
    execute format('alter table event_version alter column fetched_at set default %L', at);
    return emptied;
end $$
"""
    head = "event_bulk_begin(of_feed text, of_release integer, at timestamptz) returns boolean"
    op.execute(_function(head, EMPTY_AND_STRIP + defaults))
    no_defaults = """
begin
    alter table event alter column feed drop default;
    alter table event_version alter column release_id drop default, alter column fetched_at drop default;
"""
    op.execute(_function("event_bulk_end() returns void", no_defaults + INDEX_AGAIN))


def downgrade() -> None:
    """Every row carries them again."""
    op.execute("drop function event_bulk_begin(text, integer, timestamptz)")
    op.execute(_function("event_bulk_begin() returns boolean", EMPTY_AND_STRIP + "    return emptied;\nend $$\n"))
    op.execute(_function("event_bulk_end() returns void", "\nbegin" + INDEX_AGAIN))
