"""Create sources, documents, claims with their versions, and links between claims."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = (
    "claim_link", "claim_version", "claim", "document_appearance", "document", "source_assessment", "report_source",
)  # fmt: skip

SOURCE_KINDS = (
    "state", "state_force", "paramilitary", "armed_group", "foreign_force", "local_authority", "heritage_authority",
    "museum", "international_body", "observer", "media", "party_media", "agency", "crowd", "anonymous", "unknown",
)  # fmt: skip
CLAIM_KINDS = ("control", "fighting", "damage", "move", "evacuation", "appeal", "background")
EVENT_KINDS = (
    "fighting", "non_state_fighting", "violence_against_civilians", "air_strike", "shelling", "explosion",
    "control_change", "looting", "deliberate_destruction", "other",
)  # fmt: skip
TRANSITIONS = ("enter", "take", "hold", "withdraw", "hand_over", "retake")
EXTENTS = (
    "full", "most", "part", "contested", "infiltrated", "encircled", "withdrawn", "none", "unknown",
)  # fmt: skip


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _texts(*names: str) -> tuple[sa.Column[str], ...]:
    return tuple(_text(name) for name in names)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _bool(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _numbers(name: str) -> sa.Column[list[int]]:
    return sa.Column(name, ARRAY(sa.BigInteger), nullable=False)


def _one_of(
    table: str, column: str, name: str, values: tuple[str, ...], *, nullable: bool = False
) -> tuple[object, ...]:
    listed = ", ".join(f"'{value}'" for value in values)
    check = sa.CheckConstraint(f"{column} in ({listed})", name=op.f(f"ck_{table}_{name}"))
    return sa.Column(column, sa.String(32), nullable=nullable), check


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*(columns or ("id",)), name=f"pk_{table}")


def _refers(table: str, column: str, target: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}", ondelete=ondelete)


def upgrade() -> None:
    """Create the tables."""
    _sources()
    _documents()
    _claims()
    op.create_table(
        "claim_link",
        _id(),
        _number("claim_id"),
        _number("other_id"),
        *_one_of("claim_link", "kind", "linkkind", ("supports", "contradicts", "same_event")),
        _text("reason"),
        _moment("recorded_at"),
        _text("by"),
        _moment("ended_at", nullable=True),
        _key("claim_link"),
        _check("claim_link", "order", "claim_id < other_id"),
        _check("claim_link", "ended", "ended_at >= recorded_at"),
        _refers("claim_link", "claim_id", "claim"),
        _refers("claim_link", "other_id", "claim"),
    )
    op.create_index("ix_claim_link_other_id", "claim_link", ["other_id"])
    op.create_index(
        "uq_claim_link_live", "claim_link", ["claim_id", "other_id", "kind"], unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )  # fmt: skip


def _sources() -> None:
    op.create_table(
        "report_source",
        _id(),
        *_texts("name", "name_folded"),
        *_one_of("report_source", "kind", "sourcekind", SOURCE_KINDS),
        _bool("is_protected"),
        _moment("recorded_at"),
        _key("report_source"),
        sa.UniqueConstraint("name_folded", name="uq_report_source_name_folded"),
        _check("report_source", "name", "length(btrim(name)) > 0"),
    )
    op.create_table(
        "source_assessment",
        _id(),
        _number("source_id"),
        _moment("recorded_at"),
        _text("by"),
        *_one_of("source_assessment", "reliability", "reliability", tuple("ABCDEF")),
        *_one_of("source_assessment", "party", "party", ("yes", "no", "unknown")),
        *_texts("origin", "reason"),
        _key("source_assessment"),
        _check("source_assessment", "reason", "length(btrim(reason)) > 0"),
        _refers("source_assessment", "source_id", "report_source"),
    )
    op.create_index("ix_source_assessment_source_id", "source_assessment", ["source_id"])


def _documents() -> None:
    op.create_table(
        "document",
        _id(),
        *_texts("title", "publisher", "language", "address", "dated_edtf", "dated_raw"),
        _bool("is_date_inferred"),
        sa.Column("dated_from", sa.Date),
        sa.Column("dated_to", sa.Date),
        _text("text"),
        sa.Column("text_hash", sa.LargeBinary, nullable=False),
        _numbers("sketch"),
        sa.Column("search", TSVECTOR, nullable=False),
        _moment("recorded_at"),
        _text("by"),
        _key("document"),
        sa.UniqueConstraint("text_hash", name="uq_document_text_hash"),
        _check("document", "dated", "dated_from <= dated_to"),
    )
    op.create_index("ix_document_search", "document", ["search"], postgresql_using="gin")
    op.create_index("ix_document_sketch", "document", ["sketch"], postgresql_using="gin")
    op.create_table(
        "document_appearance",
        _id(),
        _number("document_id"),
        *_texts("title", "publisher", "address", "dated_edtf"),
        _moment("recorded_at"),
        _text("by"),
        _key("document_appearance"),
        sa.UniqueConstraint(
            "document_id", "publisher", "title", "dated_edtf",
            name="uq_document_appearance_document_id_publisher_title_dated_edtf",
        ),
        _refers("document_appearance", "document_id", "document"),
    )  # fmt: skip


def _claims() -> None:
    op.create_table(
        "claim",
        _id(),
        _number("document_id"),
        _moment("recorded_at"),
        sa.Column("account_id", sa.BigInteger),
        _key("claim"),
        _refers("claim", "document_id", "document"),
    )
    op.create_index("ix_claim_document_id", "claim", ["document_id"])
    name = "claim_version"
    op.create_table(
        name,
        _number("claim_id"),
        sa.Column("revision", sa.SmallInteger, nullable=False),
        *_one_of(name, "state", "claimstate", ("entered", "reviewed", "rejected", "withdrawn")),
        _moment("recorded_at"),
        _moment("known_at"),
        _text("by"),
        sa.Column("account_id", sa.BigInteger),
        *_texts("reason", "statement"),
        *_one_of(name, "kind", "claimkind", CLAIM_KINDS),
        _text("point"),
        _numbers("said_by"),
        _numbers("relayed_by"),
        _text("quote"),
        *(sa.Column(column, sa.Integer) for column in ("quote_start", "quote_end", "paragraph")),
        _text("certainty"),
        *_one_of(name, "reliability", "reliability", tuple("ABCDEF")),
        sa.Column("credibility", sa.SmallInteger, nullable=False),
        *_texts("occurred_edtf", "occurred_raw"),
        sa.Column("occurred_from", sa.Date),
        sa.Column("occurred_to", sa.Date),
        sa.Column("site_id", sa.BigInteger),
        *_texts("part_ref", "place_name", "country"),
        *(sa.Column(column, sa.Float) for column in ("lon", "lat", "radius_km")),
        *_one_of(name, "incident_kind", "eventkind", EVENT_KINDS),
        _text("actor"),
        *_one_of(name, "extent", "extent", EXTENTS, nullable=True),
        *_one_of(
            name,
            "transition",
            "transition",
            ("enter", "take", "hold", "withdraw", "hand_over", "retake"),
            nullable=True,
        ),
        _bool("is_sensitive"),
        _text("words"),
        _key(name, "claim_id", "revision"),
        _check(name, "revision", "revision > 0"),
        _check(name, "credibility", "credibility between 1 and 6"),
        _check(name, "statement", "length(btrim(statement)) > 0"),
        _check(name, "occurred", "occurred_from <= occurred_to"),
        _check(name, "quote", "0 <= quote_start and quote_start < quote_end"),
        _check(name, "point", "(lon is null) = (lat is null) and lon between -180 and 180 and lat between -90 and 90"),
        _check(name, "radius", "radius_km between 0 and 20000"),
        _check(name, "move_without_place", "kind <> 'move' or (lon is null and place_name = '')"),
        _refers(name, "claim_id", "claim"),
        _refers(name, "site_id", "site", ondelete="SET NULL"),
    )
    op.create_index("ix_claim_version_site_id", name, ["site_id"], postgresql_where=sa.text("site_id is not null"))


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.drop_table(table)
