"""Tell what came back after it was taken, who is on duty, and what officers hand over."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

STATES = "'waiting', 'sent', 'refused', 'given_up', 'stopped', 'folded'"


def upgrade() -> None:
    """Add them."""
    op.add_column("post", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("ck_post_status"), "post")
    op.drop_constraint(op.f("ck_post_accepted"), "post")
    op.create_check_constraint(op.f("ck_post_status"), "post", f"status in ({STATES}, 'bounced')")
    op.create_check_constraint(
        op.f("ck_post_accepted"), "post", "(status in ('sent', 'bounced')) = (accepted_at is not null)"
    )
    op.create_check_constraint(op.f("ck_post_bounced"), "post", "(status = 'bounced') = (bounced_at is not null)")
    op.create_index(
        "ix_post_identity", "post", ["identity"], unique=False, postgresql_where=sa.text("identity is not null")
    )
    op.create_table(
        "alert_handover",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open_points", sa.Text(), nullable=False),
        sa.Column("called", sa.Text(), nullable=False),
        sa.Column("review_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(btrim(open_points)) > 0", name=op.f("ck_alert_handover_open_points")),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["alert_thread.id"],
            name=op.f("fk_alert_handover_thread_id_alert_thread"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_handover")),
    )
    op.create_index("ix_alert_handover_thread_id", "alert_handover", ["thread_id", "id"], unique=False)
    op.create_table(
        "duty",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("weekdays", ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("begins", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("entered_by", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "cardinality(weekdays) > 0 and weekdays <@ array[1,2,3,4,5,6,7]::smallint[]", name=op.f("ck_duty_days")
        ),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_duty_until")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_duty_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    op.create_index(op.f("ix_duty_account_id"), "duty", ["account_id"], unique=False)


def downgrade() -> None:
    """Take them away; what came back counts as refused then."""
    op.drop_table("duty")
    op.drop_table("alert_handover")
    op.drop_index("ix_post_identity", table_name="post")
    op.drop_constraint(op.f("ck_post_bounced"), "post")
    op.drop_constraint(op.f("ck_post_accepted"), "post")
    op.drop_constraint(op.f("ck_post_status"), "post")
    op.execute("update post set status = 'refused', accepted_at = null where status = 'bounced'")
    op.create_check_constraint(op.f("ck_post_status"), "post", f"status in ({STATES})")
    op.create_check_constraint(op.f("ck_post_accepted"), "post", "(status = 'sent') = (accepted_at is not null)")
    op.drop_column("post", "bounced_at")
