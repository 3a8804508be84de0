"""Create institutions, artefacts, moves with their steps and handovers, custody, and sealed places."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = (
    "object_lookup", "sealed_place", "custody_entry", "move_discrepancy", "move_confirmation", "move_step_note",
    "move_step", "move_item", "move_job", "artefact", "institution",
)  # fmt: skip
CONDITIONS = ("unknown", "none_seen", "possible", "slight", "moderate", "severe", "destroyed")
STATES = (
    "planned", "authorised", "packed", "in_transit", "received", "verified", "returned", "transferred", "missing",
    "destroyed", "cancelled",
)  # fmt: skip


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _text_or_none(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=True)


def _word(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _key(table: str, column: str = "id") -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(column, name=f"pk_{table}")


def _of(table: str, column: str, target: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}_{target}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def _one_of(table: str, name: str, column: str, words: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return sa.CheckConstraint(f"{column} in ({listed})", name=op.f(f"ck_{table}_{name}"))


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")


def upgrade() -> None:
    """Create the tables, those that others speak of first."""
    _create_institution()
    _create_artefact()
    _create_job()
    _create_item()
    _create_step()
    _create_confirmation()
    _create_discrepancy()
    _create_custody()
    _create_sealed()
    _create_lookup()


def _create_institution() -> None:
    op.create_table(
        "institution",
        _id(),
        *_texts("code", "name", "name_slug"),
        _text_or_none("country"),
        _moment("created_at"),
        _key("institution"),
        _unique("institution", "code"),
        _unique("institution", "name_slug"),
        _check("institution", "code", "code ~ '^[a-z0-9]+(-[a-z0-9]+)*$'"),
    )


def _create_artefact() -> None:
    op.create_table(
        "artefact",
        _id(),
        *_texts("code"),
        _word("kind"),
        _number("institution_id"),
        *(_number(name, nullable=True) for name in ("site_id", "part_id", "container_id")),
        _text_or_none("natural_key"),
        *_texts(
            "inventory_number", "object_type", "title", "materials", "measurements", "inscriptions", "period", "maker",
            "subject", "features", "description", "related", "origin",
        ),
        sa.Column("documented_on", sa.Date),
        sa.Column("count_low", sa.Integer, nullable=False),
        sa.Column("count_high", sa.Integer, nullable=False),
        _word("movability"),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        _word("value_class"),
        _word("red_list"),
        *(sa.Column(name, sa.Float) for name in ("packing_minutes", "weight_kg", "volume_l")),
        *_texts("owner"),
        _word("condition"),
        *_texts("condition_note"),
        sa.Column("condition_on", sa.Date),
        *_texts("reported_moved", "reported_by", "reported_grade"),
        _moment("recorded_at"),
        _key("artefact"),
        _unique("artefact", "code"),
        _unique("artefact", "institution_id", "natural_key"),
        _of("artefact", "institution_id", "institution"),
        _of("artefact", "site_id", "site", "SET NULL"),
        _of("artefact", "part_id", "part", "SET NULL"),
        _of("artefact", "container_id", "artefact"),
        _check("artefact", "count", "count_low >= 1 and count_high between count_low and 1000000"),
        _check("artefact", "count_of_one", "kind in ('lot', 'element') or count_high = 1"),
        _check("artefact", "priority", "priority between 1 and 5"),
        _check("artefact", "sizes", "packing_minutes > 0 and weight_kg > 0 and volume_l > 0"),
        _check("artefact", "container", "container_id <> id"),
        _check("artefact", "element_stays", "kind <> 'element' or movability = 'immovable'"),
        _check("artefact", "reported_grade", "reported_grade ~ '^([A-F][1-6])?$'"),
        _one_of("artefact", "kind", "kind", ("object", "lot", "container", "element")),
        _one_of("artefact", "movability", "movability", ("movable", "with_equipment", "immovable")),
        _one_of("artefact", "valueclass", "value_class", ("exceptional", "high", "medium", "low", "unknown")),
        _one_of(
            "artefact", "redlist", "red_list",
            ("writing", "sculpture", "vessels", "architecture", "accessories", "seals", "tesserae_coins", "other"),
        ),
        _one_of("artefact", "conditionstate", "condition", CONDITIONS),
    )  # fmt: skip
    op.create_index("ix_artefact_institution_id_code", "artefact", ["institution_id", "code"])
    for column in ("site_id", "part_id", "container_id"):
        op.create_index(f"ix_artefact_{column}", "artefact", [column])


def _create_job() -> None:
    op.create_table(
        "move_job",
        _id(),
        *_texts("code"),
        _number("institution_id"),
        *_texts("reason", "method"),
        sa.Column("people", sa.Integer),
        *_texts("planned_by"),
        _number("planned_by_id"),
        _moment("planned_at"),
        *_texts("custodian"),
        sa.Column("valid_until", sa.Date),
        _text_or_none("authorised_by"),
        _number("authorised_by_id", nullable=True),
        *(_moment(name, nullable=True) for name in ("authorised_at", "closed_at")),
        _key("move_job"),
        _unique("move_job", "code"),
        _of("move_job", "institution_id", "institution"),
        _of("move_job", "planned_by_id", "account"),
        _of("move_job", "authorised_by_id", "account"),
        _check("move_job", "people", "people between 1 and 10000"),
        _check("move_job", "two_people", "authorised_by_id <> planned_by_id"),
        _check("move_job", "authorised", "(authorised_at is null) = (authorised_by is null)"),
    )
    op.create_index("ix_move_job_institution_id", "move_job", ["institution_id"])


def _create_item() -> None:
    op.create_table(
        "move_item",
        _id(),
        *(_number(name) for name in ("job_id", "artefact_id")),
        _word("state"),
        *_texts("seal"),
        _moment("closed_at", nullable=True),
        _key("move_item"),
        _unique("move_item", "job_id", "artefact_id"),
        _of("move_item", "job_id", "move_job"),
        _of("move_item", "artefact_id", "artefact"),
        _one_of("move_item", "state", "state", STATES),
    )
    op.create_index("ix_move_item_artefact_id", "move_item", ["artefact_id"])
    op.create_index(
        "ux_move_item_open", "move_item", ["artefact_id"], unique=True, postgresql_where=sa.text("closed_at is null")
    )


def _create_step() -> None:
    op.create_table(
        "move_step",
        _id(),
        _number("job_id"),
        _word("state"),
        sa.Column("artefact_ids", ARRAY(sa.BigInteger), nullable=False),
        *(_moment(name) for name in ("happened_at", "recorded_at")),
        *_texts("by"),
        _number("by_id", nullable=True),
        _key("move_step"),
        _of("move_step", "job_id", "move_job"),
        _of("move_step", "by_id", "account"),
        _one_of("move_step", "state", "state", STATES),
    )
    op.create_index("ix_move_step_job_id", "move_step", ["job_id"])
    op.create_index("ix_move_step_artefact_ids", "move_step", ["artefact_ids"], postgresql_using="gin")
    op.create_table(
        "move_step_note",
        _number("step_id"),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        _key("move_step_note", "step_id"),
        _of("move_step_note", "step_id", "move_step"),
    )


def _create_confirmation() -> None:
    op.create_table(
        "move_confirmation",
        _id(),
        _number("job_id"),
        _word("direction"),
        _word("side"),
        sa.Column("lines", JSONB, nullable=False),
        *(_moment(name) for name in ("happened_at", "recorded_at")),
        *_texts("by"),
        _number("by_id"),
        _key("move_confirmation"),
        _of("move_confirmation", "job_id", "move_job"),
        _of("move_confirmation", "by_id", "account"),
        _one_of("move_confirmation", "direction", "direction", ("out", "back")),
        _one_of("move_confirmation", "side", "side", ("giver", "receiver")),
    )
    op.create_index("ix_move_confirmation_job_id", "move_confirmation", ["job_id"])


def _create_discrepancy() -> None:
    table = "move_discrepancy"
    op.create_table(
        table,
        _id(),
        *(_number(name) for name in ("job_id", "artefact_id")),
        *(_word(name) for name in ("direction", "kind")),
        *_texts("given", "found"),
        _moment("opened_at"),
        _word("outcome", nullable=True),
        sa.Column("concerns", ARRAY(sa.BigInteger), nullable=False),
        _text_or_none("proposed_by"),
        _number("proposed_by_id", nullable=True),
        _moment("proposed_at", nullable=True),
        sa.Column("reason", sa.LargeBinary),
        _text_or_none("agreed_by"),
        _number("agreed_by_id", nullable=True),
        _moment("agreed_at", nullable=True),
        _key(table),
        _of(table, "job_id", "move_job"),
        _of(table, "artefact_id", "artefact"),
        _of(table, "proposed_by_id", "account"),
        _of(table, "agreed_by_id", "account"),
        _check(table, "two_people", "agreed_by_id <> proposed_by_id"),
        _check(table, "order", "agreed_at is null or proposed_at is not null"),
        _one_of(table, "direction", "direction", ("out", "back")),
        _one_of(table, "difference", "kind", ("absent", "count", "seal", "condition")),
        _one_of(table, "outcome", "outcome", ("found", "explained", "missing", "destroyed")),
    )
    op.create_index("ix_move_discrepancy_job_id", table, ["job_id"])
    op.create_index("ix_move_discrepancy_open", table, ["job_id"], postgresql_where=sa.text("agreed_at is null"))


def _create_custody() -> None:
    op.create_table(
        "custody_entry",
        _id(),
        _number("artefact_id"),
        _number("job_id", nullable=True),
        *_texts("giver", "taker", "why"),
        _word("condition"),
        *_texts("authoriser"),
        *(_moment(name) for name in ("happened_at", "recorded_at")),
        *_texts("by"),
        _number("corrects_id", nullable=True),
        _key("custody_entry"),
        _of("custody_entry", "artefact_id", "artefact"),
        _of("custody_entry", "job_id", "move_job"),
        _of("custody_entry", "corrects_id", "custody_entry"),
        _check("custody_entry", "sides", "giver <> taker and giver <> '' and taker <> ''"),
        _check("custody_entry", "corrects", "corrects_id <> id"),
        _one_of("custody_entry", "conditionstate", "condition", CONDITIONS),
    )
    op.create_index("ix_custody_entry_artefact_id", "custody_entry", ["artefact_id", "happened_at"])


def _create_sealed() -> None:
    op.create_table(
        "sealed_place",
        _number("job_id"),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        _key("sealed_place", "job_id"),
        _of("sealed_place", "job_id", "move_job"),
    )


def _create_lookup() -> None:
    op.create_table(
        "object_lookup",
        _id(),
        _number("institution_id"),
        _number("artefact_id", nullable=True),
        *_texts("actor"),
        _number("account_id", nullable=True),
        _moment("looked_at"),
        _key("object_lookup"),
        _of("object_lookup", "institution_id", "institution"),
        _of("object_lookup", "artefact_id", "artefact"),
        _of("object_lookup", "account_id", "account"),
    )
    op.create_index("ix_object_lookup_institution_id", "object_lookup", ["institution_id", "id"])


def downgrade() -> None:
    """Drop them all."""
    for table in TABLES:
        op.drop_table(table)
