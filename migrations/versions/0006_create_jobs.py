"""Create the queue's own tables and the ledger of jobs."""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

DROP_QUEUE = """
drop table procrastinate_periodic_defers, procrastinate_events, procrastinate_jobs, procrastinate_workers cascade;
do $$
declare name regprocedure;
begin
    for name in select oid::regprocedure from pg_proc
        where proname like 'procrastinate\\_%' and pronamespace = current_schema()::regnamespace
    loop
        execute 'drop function ' || name || ' cascade';
    end loop;
end $$;
drop type procrastinate_job_to_defer_v1;
drop type procrastinate_job_status;
drop type procrastinate_job_event_type;
"""


def upgrade() -> None:
    """Create Procrastinate's schema as its package ships it, and job_run."""
    _run_script(SchemaManager.get_schema())
    op.create_table(
        "job_run",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("job", sa.Text, nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("deferred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.Text, nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("queue_id", sa.BigInteger, nullable=True),
        sa.Column("detail", JSONB, nullable=False),
        sa.Column("error", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_job_run"),
        sa.UniqueConstraint("queue_id", name="uq_job_run_queue_id"),
        sa.CheckConstraint("status in ('deferred', 'running', 'done', 'failed')", name=op.f("ck_job_run_status")),
        sa.CheckConstraint("cause in ('slot', 'person', 'queue')", name=op.f("ck_job_run_cause")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_job_run_attempts")),
    )
    op.create_index("ix_job_run_deferred_at", "job_run", ["deferred_at"])
    op.create_index(
        "uq_job_run_job_slot", "job_run", ["job", "slot"], unique=True, postgresql_where=sa.text("cause = 'slot'")
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("job_run")
    _run_script(DROP_QUEUE)


def _run_script(script: str) -> None:
    # Straight to the driver: several statements, and signs of percent that are no parameters.
    driver = op.get_bind().connection.driver_connection
    with driver.cursor() as cursor:
        cursor.execute(script)
