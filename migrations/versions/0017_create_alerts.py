"""Create subscribers, threads of alerts and the ledger of their delivery."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "installation",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("exercise_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(mode = 'exercise') = (exercise_from is not null)", name=op.f("ck_installation_exercise")),
        sa.CheckConstraint("mode in ('live', 'exercise')", name=op.f("ck_installation_mode")),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "subscriber",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("to_hash", sa.Text(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("webhook", sa.LargeBinary(), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_to", sa.Time(), nullable=True),
        sa.Column("channels", ARRAY(sa.Text), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bounces", sa.Integer(), nullable=False),
        sa.CheckConstraint("(quiet_from is null) = (quiet_to is null)", name=op.f("ck_subscriber_quiet")),
        sa.CheckConstraint("bounces >= 0", name=op.f("ck_subscriber_bounces")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
        sa.UniqueConstraint("account_id", name=op.f("uq_subscriber_account_id")),
        sa.UniqueConstraint("to_hash", name=op.f("uq_subscriber_to_hash")),
    )
    op.create_table(
        "subscriber_digest",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("sites", ARRAY(sa.BigInteger), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_subscriber_digest_subscriber_id_subscriber"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber_digest")),
        sa.UniqueConstraint(
            "subscriber_id", "frequency", "slot", name=op.f("uq_subscriber_digest_subscriber_id_frequency_slot")
        ),
    )
    op.create_table(
        "subscription",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), nullable=False),
        sa.Column("site_ids", ARRAY(sa.BigInteger), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("countries", ARRAY(sa.Text), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("area", JSONB, nullable=True),
        sa.Column("in_danger", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("min_level", sa.SmallInteger(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "frequency in ('at-once', 'hourly', 'daily', 'weekly')", name=op.f("ck_subscription_frequency")
        ),
        sa.CheckConstraint("min_level between 1 and 4", name=op.f("ck_subscription_min_level")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_subscription_subscriber_id_subscriber"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    op.create_index("ix_subscription_site_ids", "subscription", ["site_ids"], unique=False, postgresql_using="gin")
    op.create_index(op.f("ix_subscription_subscriber_id"), "subscription", ["subscriber_id"], unique=False)
    op.create_table(
        "alert_thread",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("exercise", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("closed_at >= opened_at", name=op.f("ck_alert_thread_closed")),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_alert_thread_site_id_site"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_thread")),
        sa.UniqueConstraint("public_id", name=op.f("uq_alert_thread_public_id")),
        sa.UniqueConstraint("site_id", "episode", name=op.f("uq_alert_thread_site_id_episode")),
    )
    op.create_index("ix_alert_thread_opened_at", "alert_thread", ["opened_at"], unique=False)
    op.create_index(
        "uq_alert_thread_open", "alert_thread", ["site_id"], unique=True, postgresql_where=sa.text("closed_at is null")
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("msg_type", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("from_level", sa.SmallInteger(), nullable=False),
        sa.Column("correction", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("basis", JSONB, nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("(state = 'released') = (released_at is not null)", name=op.f("ck_alert_released")),
        sa.CheckConstraint("msg_type in ('Alert', 'Update', 'Cancel')", name=op.f("ck_alert_msg_type")),
        sa.CheckConstraint("state in ('held', 'released', 'rejected', 'overtaken')", name=op.f("ck_alert_state")),
        sa.CheckConstraint("level between 0 and 4 and from_level between 0 and 4", name=op.f("ck_alert_levels")),
        sa.CheckConstraint("step > 0", name=op.f("ck_alert_step")),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["alert_thread.id"], name=op.f("fk_alert_thread_id_alert_thread"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("thread_id", "step", name=op.f("uq_alert_thread_id_step")),
    )
    op.create_index("ix_alert_released_at", "alert", ["released_at"], unique=False)
    op.create_table(
        "alert_word",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("about_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("kind <> 'reject' or length(btrim(reason)) > 0", name=op.f("ck_alert_word_reason")),
        sa.CheckConstraint("kind in ('propose', 'approve', 'reject', 'acknowledge')", name=op.f("ck_alert_word_kind")),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name=op.f("fk_alert_word_alert_id_alert"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_word")),
    )
    op.create_index(op.f("ix_alert_word_alert_id"), "alert_word", ["alert_id"], unique=False)
    op.create_table(
        "post",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), nullable=True),
        sa.Column("digest_id", sa.BigInteger(), nullable=True),
        sa.Column("subscriber_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("identity", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("(status = 'sent') = (accepted_at is not null)", name=op.f("ck_post_accepted")),
        sa.CheckConstraint(
            "status in ('waiting', 'sent', 'refused', 'given_up', 'stopped', 'folded')", name=op.f("ck_post_status")
        ),
        sa.CheckConstraint("(alert_id is null) <> (digest_id is null)", name=op.f("ck_post_about")),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_post_attempts")),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], name=op.f("fk_post_alert_id_alert"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["digest_id"],
            ["subscriber_digest.id"],
            name=op.f("fk_post_digest_id_subscriber_digest"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_post_subscriber_id_subscriber"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint(
            "alert_id", "subscriber_id", "channel", name=op.f("uq_post_alert_id_subscriber_id_channel")
        ),
        sa.UniqueConstraint("digest_id", "channel", name=op.f("uq_post_digest_id_channel")),
    )
    op.create_index("ix_post_subscriber_id", "post", ["subscriber_id", "id"], unique=False)
    op.create_index(
        "ix_post_waiting",
        "post",
        [sa.text("priority desc"), "id"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in (
        "post",
        "alert_word",
        "alert",
        "alert_thread",
        "subscription",
        "subscriber_digest",
        "subscriber",
        "installation",
    ):
        op.drop_table(table)
