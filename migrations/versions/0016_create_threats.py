"""Create proposals for a second person, threats with their history, updates, drafts and notices."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = (
    "threat_notice", "threat_draft", "threat_author", "threat_update_step", "threat_event", "threat_update", "threat",
    "site_proposal",
)  # fmt: skip
STATUSES = ("active", "easing", "ended")
SEVERITIES = ("unknown", "insignificant", "minor", "significant", "catastrophic")
STATES = ("received", "quarantined", "accepted", "merged", "asked_back", "rejected", "withdrawn")
TRENDS = ("appeared", "worse", "unchanged", "eased", "over", "unknown")
HOW = ("saw", "photo", "told", "hearsay", "media", "official", "satellite", "other")


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _moments(*names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=nullable) for name in names]


def _days(*names: str, nullable: bool = True) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Date, nullable=nullable) for name in names]


def _bytes(*names: str, nullable: bool = False) -> list[sa.Column[bytes]]:
    return [sa.Column(name, sa.LargeBinary, nullable=nullable) for name in names]


def _set(
    table: str, column: str, constraint: str, values: tuple[str, ...]
) -> tuple[sa.Column[str], sa.CheckConstraint]:
    words = ", ".join(f"'{value}'" for value in values)
    named = op.f(f"ck_{table}_{constraint}")
    return sa.Column(column, sa.String(32), nullable=False), sa.CheckConstraint(f"{column} in ({words})", name=named)


def _check(table: str, name: str, words: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(words, name=op.f(f"ck_{table}_{name}"))


def _key(table: str, column: str = "id") -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(column, name=f"pk_{table}")


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}_{target}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    """Create the tables."""
    _create_proposals()
    op.create_table(
        "threat",
        _id(),
        _number("site_id"),
        *_texts("factor", "factor_list"),
        *_moments("opened_at"),
        _key("threat"),
        _refers("threat", "site_id", "site"),
    )
    op.create_index("ix_threat_site_id", "threat", ["site_id"])
    _create_updates()
    _create_history()
    _create_beside()


def _create_proposals() -> None:
    table = "site_proposal"
    op.create_table(
        table,
        _id(),
        _number("site_id"),
        *_set(table, "kind", "proposalkind", ("condition", "danger", "danger_end", "release", "grade")),
        _number("subject_id", nullable=True),
        sa.Column("fields", JSONB, nullable=False),
        *_texts("proposed_by"),
        _number("proposed_by_account"),
        *_moments("proposed_at"),
        *_set(table, "status", "proposalstatus", ("open", "confirmed", "declined", "withdrawn")),
        *_texts("settled_by"),
        _number("settled_by_account", nullable=True),
        *_moments("settled_at", nullable=True),
        *_texts("reason"),
        _key(table),
        _refers(table, "site_id", "site"),
        _check(table, "settled", "(status = 'open') = (settled_at is null)"),
        _check(
            table, "two_persons", "status <> 'confirmed' or settled_by_account is distinct from proposed_by_account"
        ),
    )
    op.create_index("ix_site_proposal_site_id", table, ["site_id"])
    op.create_index("ix_site_proposal_open", table, ["site_id"], postgresql_where=sa.text("status = 'open'"))


def _create_updates() -> None:
    table = "threat_update"
    op.create_table(
        table,
        _id(),
        *_bytes("client_key", "code_key"),
        _number("site_id"),
        *_texts("factor", "factor_list"),
        *_set(table, "trend", "trend", TRENDS),
        *_texts("seen", "when_raw", "when_edtf"),
        *_days("when_from", "when_to"),
        *_days("said_on", nullable=False),
        *_set(table, "where_kind", "wherekind", ("site", "part", "point", "near")),
        *_texts("part_ref", "near"),
        *(sa.Column(name, sa.Float) for name in ("lon", "lat", "radius_km")),
        *_bytes("sealed_point", nullable=True),
        *_texts("source"),
        *_set(table, "how_known", "howknown", HOW),
        *_texts("own_reliability"),
        sa.Column("own_credibility", sa.SmallInteger, nullable=False),
        *_set(table, "channel", "reportchannel", ("account", "public")),
        *_set(table, "state", "updatestate", STATES),
        _number("text_print"),
        sa.Column("spam_score", sa.Float, nullable=False),
        sa.Column("spam_reasons", ARRAY(sa.Text), nullable=False),
        *_moments("received_at"),
        _number("threat_id", nullable=True),
        *_moments("erased_at", nullable=True),
        _key(table),
        sa.UniqueConstraint("client_key", name="uq_threat_update_client_key"),
        sa.UniqueConstraint("code_key", name="uq_threat_update_code_key"),
        _refers(table, "site_id", "site"),
        _refers(table, "threat_id", "threat"),
        _check(table, "position", "(lon is null) = (lat is null)"),
        _check(table, "degrees", "lon between -180 and 180 and lat between -90 and 90"),
        _check(table, "radius_km", "radius_km > 0"),
        _check(table, "own_reliability", "own_reliability between 'A' and 'F'"),
        _check(table, "own_credibility", "own_credibility between 1 and 6"),
    )
    op.create_index("ix_threat_update_site_id", table, ["site_id"])
    op.create_index("ix_threat_update_threat_id", table, ["threat_id"])
    op.create_index("ix_threat_update_state", table, ["state", "site_id"])
    op.create_index("ix_threat_update_received_at", table, ["received_at"])


def _create_history() -> None:
    table = "threat_event"
    op.create_table(
        table,
        _id(),
        _number("threat_id"),
        *_set(table, "status", "threatstatus", STATUSES),
        *_set(table, "severity", "severity", SEVERITIES),
        sa.Column("part_refs", ARRAY(sa.Text), nullable=False),
        *_texts("when_edtf"),
        *_days("when_from", "when_to"),
        *_texts("summary", "reason", "reliability"),
        sa.Column("credibility", sa.SmallInteger, nullable=False),
        _number("update_id", nullable=True),
        *_texts("by"),
        *_moments("recorded_at", "public_at"),
        _key(table),
        _refers(table, "threat_id", "threat"),
        _refers(table, "update_id", "threat_update"),
        _check(table, "reliability", "reliability between 'A' and 'F'"),
        _check(table, "credibility", "credibility between 1 and 6"),
        _check(table, "times", "when_from <= when_to"),
        _check(table, "public_at", "public_at >= recorded_at"),
    )
    op.create_index("ix_threat_event_threat_id", table, ["threat_id"])
    op.create_index("ix_threat_event_update_id", table, ["update_id"])
    table = "threat_update_step"
    op.create_table(
        table,
        _id(),
        _number("update_id"),
        *_set(table, "state", "updatestate", STATES),
        *_texts("said", "by"),
        *_moments("at"),
        _key(table),
        _refers(table, "update_id", "threat_update"),
    )
    op.create_index("ix_threat_update_step_update_id", table, ["update_id"])


def _create_beside() -> None:
    op.create_table(
        "threat_author",
        _number("update_id"),
        *_bytes("author_key"),
        *_texts("pseudonym"),
        *_days("kept_until", nullable=False),
        _key("threat_author", "update_id"),
        _refers("threat_author", "update_id", "threat_update"),
    )
    op.create_index("ix_threat_author_author_key", "threat_author", ["author_key"])
    op.create_table(
        "threat_draft",
        *_bytes("client_key", "author_key"),
        sa.Column("fields", JSONB, nullable=False),
        *_days("saved_on", nullable=False),
        _key("threat_draft", "client_key"),
    )
    op.create_index("ix_threat_draft_author_key", "threat_draft", ["author_key"])
    op.create_table(
        "threat_notice",
        _id(),
        *_texts("kind"),
        *_moments("began_at", "last_at"),
        sa.Column("refused", sa.Integer, nullable=False),
        *_texts("seen_by"),
        *_moments("seen_at", nullable=True),
        _key("threat_notice"),
    )


def downgrade() -> None:
    """Drop them all."""
    for table in TABLES:
        op.drop_table(table)
