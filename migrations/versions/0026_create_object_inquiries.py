"""Create questions about objects, let a report of a move rest on a claim, seal originals of museums' photographs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

KIND = "ck_sealed_access_kind"


def upgrade() -> None:
    """Create the tables, the column, and the new kind of what is sealed."""
    op.add_column("artefact", sa.Column("claim_id", sa.BigInteger, nullable=True))
    op.create_foreign_key("fk_artefact_claim_id_claim", "artefact", "claim", ["claim_id"], ["id"])
    op.create_index("ix_artefact_claim_id", "artefact", ["claim_id"])
    _kinds("place", "reporter", "original", "photograph")
    op.create_table(
        "object_inquiry",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("code", "asked_by")),
        sa.Column("asked_by_id", sa.BigInteger, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("described", JSONB, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("circumstances", "contact")),
        sa.PrimaryKeyConstraint("id", name="pk_object_inquiry"),
        sa.UniqueConstraint("code", name="uq_object_inquiry_code"),
        sa.ForeignKeyConstraint(["asked_by_id"], ["account.id"], name="fk_object_inquiry_asked_by_id_account"),
    )
    op.create_index("ix_object_inquiry_asked_by_id", "object_inquiry", ["asked_by_id"])
    op.create_table(
        "object_inquiry_match",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("inquiry_id", "institution_id")),
        sa.Column("candidates", JSONB, nullable=False),
        *(sa.Column(name, sa.Text, nullable=True) for name in ("answer", "answered_by")),
        sa.Column("answered_by_id", sa.BigInteger, nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_object_inquiry_match"),
        sa.UniqueConstraint("inquiry_id", "institution_id", name="uq_object_inquiry_match_inquiry_id_institution_id"),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["object_inquiry.id"], name="fk_object_inquiry_match_inquiry_id_object_inquiry"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_object_inquiry_match_institution_id_institution"
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["account.id"], name="fk_object_inquiry_match_answered_by_id_account"
        ),
        sa.CheckConstraint(
            "(answered_at is null) = (answered_by is null)", name=op.f("ck_object_inquiry_match_answered")
        ),
    )
    op.create_index("ix_object_inquiry_match_institution_id", "object_inquiry_match", ["institution_id"])


def downgrade() -> None:
    """Let go of them; permissions to read photographs go too, for the older table has no word for them."""
    op.drop_table("object_inquiry_match")
    op.drop_table("object_inquiry")
    photographs = "select id from sealed_access where kind = 'photograph'"
    op.execute(f"delete from sealed_read where access_id in ({photographs})")  # noqa: S608 - our own words
    op.execute("delete from sealed_access where kind = 'photograph'")
    _kinds("place", "reporter", "original")
    op.drop_index("ix_artefact_claim_id", "artefact")
    op.drop_constraint("fk_artefact_claim_id_claim", "artefact", type_="foreignkey")
    op.drop_column("artefact", "claim_id")


def _kinds(*words: str) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    op.drop_constraint(op.f(KIND), "sealed_access", type_="check")
    op.create_check_constraint(op.f(KIND), "sealed_access", f"kind in ({listed})")
