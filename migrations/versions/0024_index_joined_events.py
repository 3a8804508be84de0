"""Index only events that belong to another's happening: each other one is found by its own number."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

END = """
create or replace function event_bulk_end() returns void language plpgsql security definer
set search_path from current as $$
begin
    alter table event alter column feed drop default;
    alter table event_version alter column release_id drop default, alter column fetched_at drop default;
    alter table event add constraint pk_event primary key (id);
    alter table event add constraint uq_event_event_id_feed unique (event_id, feed);
    create index ix_event_incident_id on event (incident_id){joined};
    alter table event_version add constraint pk_event_version primary key (event, release_id, revision);
    create index ix_event_version_place_id on event_version (place_id) where place_id is not null;
    create index ix_event_version_occurred_to on event_version (occurred_to);
end $$
"""
JOINED = " where incident_id <> id"


def upgrade() -> None:
    """Few events are joined to another: an index of all is a tenth of the work of a first, large import's indexes."""
    _index(JOINED)


def downgrade() -> None:
    """Index them all again."""
    _index("")


def _index(joined: str) -> None:
    op.execute("drop index ix_event_incident_id")
    op.execute(f"create index ix_event_incident_id on event (incident_id){joined}")
    op.execute(END.format(joined=joined))
