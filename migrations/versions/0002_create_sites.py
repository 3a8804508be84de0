"""Create the register: sites, names, identifiers, parts, danger periods, condition, changes, words to search by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB, TSVECTOR, ExcludeConstraint

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

POSITION = "(lon is null) = (lat is null) and lon between -180 and 180 and lat between -90 and 90"

# A listing in danger needs the inscription. Two tables are involved, so no CHECK can say it; both sides are guarded.
GUARDS = """
create function danger_period_needs_inscription() returns trigger language plpgsql as $$
declare
    inscribed integer;
begin
    if tg_table_name = 'site' then
        if exists (select from danger_period d where d.site_id = new.id and d.superseded_at is null
                   and extract(year from d.began_latest) < new.inscribed_year) then
            raise exception 'a danger period begins before the inscription in %', new.inscribed_year
                using errcode = 'check_violation', constraint = 'danger_period_inscription';
        end if;
        return null;
    end if;
    select inscribed_year into inscribed from site where id = new.site_id;
    if new.superseded_at is null and extract(year from new.began_latest) < inscribed then
        raise exception 'the danger period begins before the inscription in %', inscribed
            using errcode = 'check_violation', constraint = 'danger_period_inscription';
    end if;
    return null;
end $$;
create constraint trigger danger_period_inscription after insert or update on danger_period
    deferrable initially immediate for each row execute function danger_period_needs_inscription();
create constraint trigger site_inscription after update of inscribed_year on site
    deferrable initially immediate for each row when (old.inscribed_year is distinct from new.inscribed_year)
    execute function danger_period_needs_inscription();
"""


def _id(table: str) -> tuple[sa.Column[int], sa.PrimaryKeyConstraint]:
    column = sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False)
    return column, sa.PrimaryKeyConstraint("id", name=f"pk_{table}")


def _reference(table: str, column: str, target: str, ondelete: str | None = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}", ondelete=ondelete)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def upgrade() -> None:
    """Create the tables, the exclusion of overlapping danger periods and the guards of their order."""
    _create_site()
    _create_part()
    _create_names()
    _create_danger_period()
    _create_condition()
    _create_changes()


def _create_site() -> None:
    op.create_table(
        "site",
        *_id("site"),
        _text("register"),
        _text("register_ref"),
        _text("slug"),
        _text("name"),
        sa.Column("name_folded", sa.Text(collation="C"), nullable=False),
        sa.Column("category", sa.String(32), nullable=False),
        sa.Column("states_parties", ARRAY(sa.Text), nullable=False),
        _text("states_note"),
        _text("region"),
        sa.Column("inscribed_year", sa.Integer, nullable=True),
        sa.Column("criteria", ARRAY(sa.Text), nullable=False),
        sa.Column("listed", DATERANGE, nullable=False),
        sa.Column("vanished_on", sa.Date, nullable=True),
        _text("vanished_release", nullable=True),
        sa.Column("lon", sa.Float, nullable=True),
        sa.Column("lat", sa.Float, nullable=True),
        sa.Column("area_ha", sa.Float, nullable=True),
        _text("short_description"),
        sa.Column("disclosure", sa.String(32), nullable=False),
        sa.Column("grid_km", sa.Float, nullable=True),
        sa.Column("marks", ARRAY(sa.Text), nullable=False),
        sa.Column("seen_on", sa.Date, nullable=True),
        sa.Column("search", TSVECTOR, nullable=False),
        sa.Column("added_import_id", sa.BigInteger, nullable=True),
        sa.Column("last_import_id", sa.BigInteger, nullable=True),
        sa.UniqueConstraint("register", "register_ref", name="uq_site_register_register_ref"),
        sa.UniqueConstraint("slug", name="uq_site_slug"),
        sa.CheckConstraint(POSITION, name=op.f("ck_site_position")),
        sa.CheckConstraint("area_ha > 0", name=op.f("ck_site_area_ha")),
        sa.CheckConstraint("grid_km > 0", name=op.f("ck_site_grid_km")),
        sa.CheckConstraint("category in ('cultural', 'natural', 'mixed', 'unknown')", name=op.f("ck_site_category")),
        sa.CheckConstraint("disclosure in ('public', 'generalised', 'hidden')", name=op.f("ck_site_disclosure")),
        _reference("site", "added_import_id", "import_run", ondelete=None),
        _reference("site", "last_import_id", "import_run", ondelete=None),
    )
    op.create_index("ix_site_name_folded", "site", ["name_folded", "id"])
    op.create_index("ix_site_search", "site", ["search"], postgresql_using="gin")
    op.create_index("ix_site_states_parties", "site", ["states_parties"], postgresql_using="gin")
    op.create_index("ix_site_inscribed_year", "site", ["inscribed_year", "name_folded", "id"])
    op.create_index("ix_site_added_import_id", "site", ["added_import_id"])
    op.create_index("ix_site_point", "site", [sa.text("point(lon, lat)")], postgresql_using="gist")
    op.create_index("ix_site_vanished_on", "site", ["vanished_on"], postgresql_where=sa.text("vanished_on is not null"))


def _create_part() -> None:
    op.create_table(
        "part",
        *_id("part"),
        sa.Column("site_id", sa.BigInteger, nullable=False),
        _text("ref"),
        _text("name"),
        sa.Column("lon", sa.Float, nullable=True),
        sa.Column("lat", sa.Float, nullable=True),
        sa.Column("extent_km", sa.Float, nullable=True),
        sa.Column("area_ha", sa.Float, nullable=True),
        sa.Column("boundary", JSONB, nullable=True),
        sa.Column("buffer_zone", JSONB, nullable=True),
        sa.Column("stands_for_site", sa.Boolean, nullable=False),
        sa.Column("withdrawn_on", sa.Date, nullable=True),
        sa.Column("matched_reach_km", sa.Float, nullable=True),
        sa.UniqueConstraint("site_id", "ref", name="uq_part_site_id_ref"),
        sa.CheckConstraint(POSITION, name=op.f("ck_part_position")),
        sa.CheckConstraint("extent_km >= 0", name=op.f("ck_part_extent_km")),
        _reference("part", "site_id", "site"),
    )
    op.create_index("ix_part_unmatched", "part", ["id"], postgresql_where=sa.text("matched_reach_km is null"))


def _create_names() -> None:
    op.create_table(
        "site_name",
        *_id("site_name"),
        sa.Column("site_id", sa.BigInteger, nullable=False),
        sa.Column("part_id", sa.BigInteger, nullable=True),
        _text("text"),
        _text("language", nullable=True),
        _text("script", nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        _text("folded"),
        sa.CheckConstraint(
            "kind in ('official', 'alternative', 'short', 'former')", name=op.f("ck_site_name_namekind")
        ),
        _reference("site_name", "site_id", "site"),
        _reference("site_name", "part_id", "part"),
    )
    op.create_index("ix_site_name_site_id", "site_name", ["site_id"])
    op.create_index("ix_site_name_part_id", "site_name", ["part_id"])
    op.create_table(
        "site_identifier",
        *_id("site_identifier"),
        sa.Column("site_id", sa.BigInteger, nullable=False),
        _text("scheme"),
        _text("value"),
        sa.UniqueConstraint("site_id", "scheme", "value", name="uq_site_identifier_site_id_scheme_value"),
        _reference("site_identifier", "site_id", "site"),
    )
    op.create_index("ix_site_identifier_scheme", "site_identifier", ["scheme", "value"])
    op.create_table(
        "search_word",
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.Column("trigrams", ARRAY(sa.Text), nullable=False),
        sa.PrimaryKeyConstraint("word", name="pk_search_word"),
    )
    op.create_index("ix_search_word_trigrams", "search_word", ["trigrams"], postgresql_using="gin")


def _create_danger_period() -> None:
    op.create_table(
        "danger_period",
        *_id("danger_period"),
        sa.Column("site_id", sa.BigInteger, nullable=False),
        sa.Column("period", DATERANGE, nullable=False),
        sa.Column("possible", DATERANGE, nullable=False),
        sa.Column("began_earliest", sa.Date, nullable=False),
        sa.Column("began_latest", sa.Date, nullable=False),
        sa.Column("ended_earliest", sa.Date, nullable=True),
        sa.Column("ended_latest", sa.Date, nullable=True),
        _text("began_edtf"),
        _text("ended_edtf"),
        _text("raw"),
        _text("decision"),
        _text("ended_decision"),
        sa.Column("known_on", sa.Date, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("began_earliest <= began_latest", name=op.f("ck_danger_period_began")),
        sa.CheckConstraint("ended_earliest <= ended_latest", name=op.f("ck_danger_period_ended")),
        sa.CheckConstraint(
            "(ended_earliest is null) = (ended_latest is null)", name=op.f("ck_danger_period_end_known")
        ),
        sa.CheckConstraint("began_earliest <= ended_latest", name=op.f("ck_danger_period_order")),
        sa.CheckConstraint("period <@ possible", name=op.f("ck_danger_period_period")),
        ExcludeConstraint(
            (sa.text("int8range(site_id, site_id, '[]')"), "&&"),
            ("period", "&&"),
            where=sa.text("superseded_at is null"),
            using="gist",
            name="ex_danger_period_overlap",
        ),
        _reference("danger_period", "site_id", "site"),
    )
    op.create_index("ix_danger_period_site_id", "danger_period", ["site_id"])
    op.execute(GUARDS)


def _create_condition() -> None:
    states = "'unknown', 'none_seen', 'possible', 'slight', 'moderate', 'severe', 'destroyed'"
    op.create_table(
        "condition",
        *_id("condition"),
        sa.Column("site_id", sa.BigInteger, nullable=False),
        sa.Column("part_id", sa.BigInteger, nullable=True),
        _text("observed_edtf"),
        sa.Column("observed_from", sa.Date, nullable=True),
        sa.Column("observed_to", sa.Date, nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        _text("scheme"),
        _text("original_value"),
        _text("assessor"),
        _text("method"),
        _text("note"),
        sa.Column("known_on", sa.Date, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"state in ({states})", name=op.f("ck_condition_conditionstate")),
        sa.CheckConstraint("observed_from <= observed_to", name=op.f("ck_condition_observed")),
        _reference("condition", "site_id", "site"),
        _reference("condition", "part_id", "part"),
    )
    op.create_index("ix_condition_site_id", "condition", ["site_id"])
    op.create_index("ix_condition_part_id", "condition", ["part_id"])


def _create_changes() -> None:
    op.create_table(
        "register_change",
        *_id("register_change"),
        sa.Column("import_id", sa.BigInteger, nullable=True),
        sa.Column("site_id", sa.BigInteger, nullable=False),
        _text("ref"),
        _text("kind"),
        _text("field"),
        sa.Column("old", JSONB, nullable=False),
        sa.Column("new", JSONB, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        _reference("register_change", "import_id", "import_run"),
        _reference("register_change", "site_id", "site"),
    )
    op.create_index("ix_register_change_import_id", "register_change", ["import_id"])
    op.create_index("ix_register_change_site_id", "register_change", ["site_id"])


def downgrade() -> None:
    """Drop all of it."""
    for table in ("register_change", "condition", "danger_period", "search_word", "site_identifier", "site_name"):
        op.drop_table(table)
    op.drop_table("part")
    op.drop_table("site")
    op.execute("drop function danger_period_needs_inscription()")
