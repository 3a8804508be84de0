"""Keep stages, conditions and editions of a move, what a lot was divided from or joined into, and sealed looks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

CONDITIONS = ("unknown", "none_seen", "possible", "slight", "moderate", "severe", "destroyed")
STAGES = ("decide", "permission", "team", "prepare", "document_pack_move", "store", "after")
# What was written before was entered after these editions: there were no others.
EDITIONS = (
    ("artefact", "object_id_version", "Object ID 1999"),
    ("artefact", "red_list_version", "ICOM Red List, Syria 2013"),
    ("move_job", "spectrum_version", "Spectrum 5.1"),
    ("move_job", "stages_version", "UNESCO–ICCROM 2016"),
)
READY = "(state = 'ready') = (looks is not null)"


def upgrade() -> None:
    """Add the columns, then the tables."""
    for table, column, edition in EDITIONS:
        op.add_column(table, sa.Column(column, sa.Text, nullable=False, server_default=edition))
        op.alter_column(table, column, server_default=None)
    _add_lots()
    _create_entries(
        "move_stage",
        _one_of("stage", "stage", STAGES),
        _one_of("stagestate", "state", ("done", "left_out", "reopened")),
        sa.Column("points", ARRAY(sa.Text), nullable=False),
    )
    _create_entries(
        "move_condition",
        _one_of("phase", "phase", ("before", "after")),
        _one_of("conditionstate", "condition", CONDITIONS),
        sa.Column("artefact_ids", ARRAY(sa.BigInteger), nullable=False),
    )
    _create_note("move_stage_note", "stage_id", "move_stage")
    _create_note("move_condition_note", "condition_id", "move_condition")
    op.add_column("attachment_content", sa.Column("looks_sealed", sa.LargeBinary, nullable=True))
    op.drop_constraint(op.f("ck_attachment_content_looks"), "attachment_content", type_="check")
    op.create_check_constraint(
        op.f("ck_attachment_content_looks"), "attachment_content", "looks is null or state = 'ready'"
    )


def downgrade() -> None:
    """Let go of them; a look that is sealed cannot be had in clear, so such pictures are looked at again."""
    op.execute("update attachment_content set state = 'waiting' where state = 'ready' and looks is null")
    op.drop_constraint(op.f("ck_attachment_content_looks"), "attachment_content", type_="check")
    op.create_check_constraint(op.f("ck_attachment_content_looks"), "attachment_content", READY)
    op.drop_column("attachment_content", "looks_sealed")
    for table in ("move_condition_note", "move_stage_note", "move_condition", "move_stage"):
        op.drop_table(table)
    for name in ("joined", "joined_when", "whole"):
        op.drop_constraint(op.f(f"ck_artefact_{name}"), "artefact", type_="check")
    for name in ("divided_from_id", "joined_into_id"):
        op.drop_index(f"ix_artefact_{name}", "artefact")
        op.drop_constraint(f"fk_artefact_{name}_artefact", "artefact", type_="foreignkey")
    for name in ("joined_at", "joined_into_id", "whole_high", "whole_low", "divided_from_id"):
        op.drop_column("artefact", name)
    for table, column, _edition in EDITIONS:
        op.drop_column(table, column)


def _add_lots() -> None:
    op.add_column("artefact", sa.Column("divided_from_id", sa.BigInteger, nullable=True))
    op.add_column("artefact", sa.Column("whole_low", sa.Integer, nullable=True))
    op.add_column("artefact", sa.Column("whole_high", sa.Integer, nullable=True))
    op.add_column("artefact", sa.Column("joined_into_id", sa.BigInteger, nullable=True))
    op.add_column("artefact", sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True))
    for name in ("divided_from_id", "joined_into_id"):
        op.create_foreign_key(f"fk_artefact_{name}_artefact", "artefact", "artefact", [name], ["id"])
        op.create_index(f"ix_artefact_{name}", "artefact", [name])
    rules = {
        "joined": "joined_into_id <> id and divided_from_id <> id",
        "joined_when": "(joined_into_id is null) = (joined_at is null)",
        "whole": "(divided_from_id is null) = (whole_low is null) and (whole_low is null) = (whole_high is null)",
    }
    for name, rule in rules.items():
        op.create_check_constraint(op.f(f"ck_artefact_{name}"), "artefact", rule)


def _one_of(name: str, column: str, words: tuple[str, ...]) -> tuple[str, str, str]:
    return name, column, ", ".join(f"'{word}'" for word in words)


def _create_entries(
    table: str, first: tuple[str, str, str], second: tuple[str, str, str], listed: sa.Column[object]
) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("job_id", sa.BigInteger, nullable=False),
        *(sa.Column(column, sa.String(32), nullable=False) for _, column, _words in (first, second)),
        listed,
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("happened_at", "recorded_at")),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("by_id", sa.BigInteger, nullable=True),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["job_id"], ["move_job.id"], name=f"fk_{table}_job_id_move_job"),
        sa.ForeignKeyConstraint(["by_id"], ["account.id"], name=f"fk_{table}_by_id_account"),
        *(
            sa.CheckConstraint(f"{column} in ({words})", name=op.f(f"ck_{table}_{name}"))
            for name, column, words in (first, second)
        ),
    )
    op.create_index(f"ix_{table}_job_id", table, ["job_id"])


def _create_note(table: str, key: str, target: str) -> None:
    op.create_table(
        table,
        sa.Column(key, sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint(key, name=f"pk_{table}"),
        sa.ForeignKeyConstraint([key], [f"{target}.id"], name=f"fk_{table}_{key}_{target}"),
    )
