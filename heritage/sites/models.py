"""Tables of the register: sites, names, identifiers, parts, danger periods, condition, and what imports changed."""

import warnings
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR, ExcludeConstraint, Range
from sqlmodel import Field, SQLModel

from heritage.db.types import ARRAY, DATERANGE, JSONB, str_enum
from heritage.policy.disclosure import Disclosure
from heritage.sites.domain import Category, ConditionState, NameKind

# Pydantic fears for ABCMeta.register, which no table class uses; the field's own word is worth more.
warnings.filterwarnings("ignore", message='Field name "register"', category=UserWarning)

# The arithmetic of policy.disclosure.public_point, where the database can count and search by it.
_ROW = "(floor(lat * 111.195 / coalesce(grid_km, 5)) + 0.5) * coalesce(grid_km, 5) / 111.195"
_DEGREES = f"least(360, coalesce(grid_km, 5) / (111.195 * greatest(0.01, cos(radians({_ROW})))))"
_COLUMN = f"(floor(lon / {_DEGREES}) + 0.5) * {_DEGREES}"
PUBLIC_LON = f"case disclosure when 'public' then lon when 'generalised' then greatest(-180, least(180, {_COLUMN})) end"
PUBLIC_LAT = f"case disclosure when 'public' then lat when 'generalised' then greatest(-90, least(90, {_ROW})) end"
POSITION = "(lon is null) = (lat is null) and lon between -180 and 180 and lat between -90 and 90"


def _id() -> Any:
    return Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))


def _of(target: str, *, nullable: bool = False, ondelete: str | None = "CASCADE", index: bool = True) -> Any:
    column = sa.Column(sa.BigInteger, sa.ForeignKey(target, ondelete=ondelete), nullable=nullable, index=index)
    return Field(default=None, sa_column=column) if nullable else Field(sa_column=column)


def _computed(expression: str) -> Any:
    return Field(default=None, sa_column=sa.Column(sa.Float, sa.Computed(expression, persisted=True), nullable=True))


class Site(SQLModel, table=True):
    """One place of one register. `listed` is when it was in force; one that left its register stays as a tombstone.

    `seen_on` is the day of the newest dated list that had it; `lon`, `lat` are the register's own single point and
    `public_lon`, `public_lat` what may be shown of it, which is all that windows and counts of a map may ask.
    """

    __tablename__ = "site"
    __table_args__ = (
        sa.UniqueConstraint("register", "register_ref"),
        sa.UniqueConstraint("slug"),
        sa.CheckConstraint(POSITION, name="position"),
        sa.CheckConstraint("area_ha > 0", name="area_ha"),
        sa.CheckConstraint("grid_km > 0", name="grid_km"),
        sa.Index("ix_site_name_folded", "name_folded", "id"),
        sa.Index("ix_site_search", "search", postgresql_using="gin"),
        sa.Index("ix_site_states_parties", "states_parties", postgresql_using="gin"),
        sa.Index("ix_site_inscribed_year", "inscribed_year", "name_folded", "id"),
        sa.Index("ix_site_added_import_id", "added_import_id"),
        sa.Index("ix_site_public_point", sa.text("point(public_lon, public_lat)"), postgresql_using="gist"),
        sa.Index("ix_site_vanished_on", "vanished_on", postgresql_where=sa.text("vanished_on is not null")),
    )

    id: int | None = _id()
    register: str = Field(sa_type=sa.Text)
    register_ref: str = Field(sa_type=sa.Text)
    slug: str = Field(sa_type=sa.Text)
    name: str = Field(sa_type=sa.Text)
    name_folded: str = Field(sa_column=sa.Column(sa.Text(collation="C"), nullable=False))
    category: Category = Field(default=Category.UNKNOWN, sa_type=str_enum(Category))
    states_parties: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))
    states_note: str = Field(default="", sa_type=sa.Text)
    region: str = Field(default="", sa_type=sa.Text)
    inscribed_year: int | None = None
    criteria: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))
    listed: Range[date] = Field(sa_type=DATERANGE)
    vanished_on: date | None = None
    vanished_release: str | None = Field(default=None, sa_type=sa.Text)
    lon: float | None = None
    lat: float | None = None
    area_ha: float | None = None
    short_description: str = Field(default="", sa_type=sa.Text)
    disclosure: Disclosure = Field(default=Disclosure.PUBLIC, sa_type=str_enum(Disclosure))
    grid_km: float | None = None
    public_lon: float | None = _computed(PUBLIC_LON)
    public_lat: float | None = _computed(PUBLIC_LAT)
    marks: list[str] = Field(default_factory=list, sa_type=ARRAY(sa.Text))
    seen_on: date | None = None
    search: str = Field(sa_type=TSVECTOR)
    added_import_id: int | None = _of("import_run.id", nullable=True, ondelete=None, index=False)
    last_import_id: int | None = _of("import_run.id", nullable=True, ondelete=None, index=False)


class SiteName(SQLModel, table=True):
    """One name of a site, or of one of its parts, in one language and script."""

    __tablename__ = "site_name"

    id: int | None = _id()
    site_id: int = _of("site.id")
    part_id: int | None = _of("part.id", nullable=True)
    text: str = Field(sa_type=sa.Text)
    language: str | None = Field(default=None, sa_type=sa.Text)
    script: str | None = Field(default=None, sa_type=sa.Text)
    kind: NameKind = Field(default=NameKind.ALTERNATIVE, sa_type=str_enum(NameKind))
    folded: str = Field(sa_type=sa.Text)


class SiteIdentifier(SQLModel, table=True):
    """What another register, or an earlier address of ours (scheme `slug`), calls a site."""

    __tablename__ = "site_identifier"
    __table_args__ = (
        sa.UniqueConstraint("site_id", "scheme", "value"),
        sa.Index("ix_site_identifier_scheme", "scheme", "value"),
    )

    id: int | None = _id()
    site_id: int = _of("site.id", index=False)
    scheme: str = Field(sa_type=sa.Text)
    value: str = Field(sa_type=sa.Text)


class Part(SQLModel, table=True):
    """One component part of a site; `stands_for_site` while its register lists none.

    `matched_reach_km` is NULL after any change of position, extent or boundary: the nearness has to be worked out anew.
    """

    __tablename__ = "part"
    __table_args__ = (
        sa.UniqueConstraint("site_id", "ref"),
        sa.CheckConstraint(POSITION, name="position"),
        sa.CheckConstraint("extent_km >= 0", name="extent_km"),
        sa.Index("ix_part_unmatched", "id", postgresql_where=sa.text("matched_reach_km is null")),
    )

    id: int | None = _id()
    site_id: int = _of("site.id", index=False)
    ref: str = Field(sa_type=sa.Text)
    name: str = Field(default="", sa_type=sa.Text)
    lon: float | None = None
    lat: float | None = None
    extent_km: float | None = None
    area_ha: float | None = None
    boundary: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    buffer_zone: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    stands_for_site: bool = False
    withdrawn_on: date | None = None
    matched_reach_km: float | None = None


class DangerPeriod(SQLModel, table=True):
    """One stay on the List of World Heritage in Danger, as it was known between `recorded_at` and `superseded_at`.

    `period` holds the days that are certain, `possible` all days that may belong to it.
    """

    __tablename__ = "danger_period"
    __table_args__ = (
        sa.CheckConstraint("began_earliest <= began_latest", name="began"),
        sa.CheckConstraint("ended_earliest <= ended_latest", name="ended"),
        sa.CheckConstraint("(ended_earliest is null) = (ended_latest is null)", name="end_known"),
        sa.CheckConstraint("began_earliest <= ended_latest", name="order"),
        sa.CheckConstraint("period <@ possible", name="period"),
        ExcludeConstraint(
            (sa.text("int8range(site_id, site_id, '[]')"), "&&"),
            ("period", "&&"),
            where=sa.text("superseded_at is null"),
            using="gist",
            name="ex_danger_period_overlap",
        ),
    )

    id: int | None = _id()
    site_id: int = _of("site.id")
    period: Range[date] = Field(sa_type=DATERANGE)
    possible: Range[date] = Field(sa_type=DATERANGE)
    began_earliest: date
    began_latest: date
    ended_earliest: date | None = None
    ended_latest: date | None = None
    began_edtf: str = Field(sa_type=sa.Text)
    ended_edtf: str = Field(default="", sa_type=sa.Text)
    raw: str = Field(default="", sa_type=sa.Text)
    decision: str = Field(default="", sa_type=sa.Text)
    ended_decision: str = Field(default="", sa_type=sa.Text)
    known_on: date
    recorded_at: datetime
    superseded_at: datetime | None = None


class Condition(SQLModel, table=True):
    """One dated observation of condition; a correction supersedes it and never overwrites it."""

    __tablename__ = "condition"
    __table_args__ = (sa.CheckConstraint("observed_from <= observed_to", name="observed"),)

    id: int | None = _id()
    site_id: int = _of("site.id")
    part_id: int | None = _of("part.id", nullable=True)
    observed_edtf: str = Field(default="", sa_type=sa.Text)
    observed_from: date | None = None
    observed_to: date | None = None
    state: ConditionState = Field(sa_type=str_enum(ConditionState))
    scheme: str = Field(default="", sa_type=sa.Text)
    original_value: str = Field(default="", sa_type=sa.Text)
    assessor: str = Field(default="", sa_type=sa.Text)
    method: str = Field(default="", sa_type=sa.Text)
    note: str = Field(default="", sa_type=sa.Text)
    known_on: date
    recorded_at: datetime
    superseded_at: datetime | None = None


class ProposalKind(StrEnum):
    """What one person proposes and another settles."""

    CONDITION = "condition"
    DANGER = "danger"
    DANGER_END = "danger_end"
    RELEASE = "release"  # show what is still held back
    GRADE = "grade"  # accept an update as confirmed by others


class ProposalStatus(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Proposal(SQLModel, table=True):
    """A change that waits for a second person; it stays once settled. `subject_id` is what it is about, by kind."""

    __tablename__ = "site_proposal"
    __table_args__ = (
        sa.CheckConstraint("(status = 'open') = (settled_at is null)", name="settled"),
        sa.CheckConstraint(
            "status <> 'confirmed' or settled_by_account is distinct from proposed_by_account", name="two_persons"
        ),
        sa.Index("ix_site_proposal_open", "site_id", postgresql_where=sa.text("status = 'open'")),
    )

    id: int | None = _id()
    site_id: int = _of("site.id")
    kind: ProposalKind = Field(sa_type=str_enum(ProposalKind))
    subject_id: int | None = Field(default=None, sa_type=sa.BigInteger)
    fields: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    proposed_by: str = Field(sa_type=sa.Text)
    proposed_by_account: int = Field(sa_type=sa.BigInteger)
    proposed_at: datetime
    status: ProposalStatus = Field(default=ProposalStatus.OPEN, sa_type=str_enum(ProposalStatus))
    settled_by: str = Field(default="", sa_type=sa.Text)
    settled_by_account: int | None = Field(default=None, sa_type=sa.BigInteger)
    settled_at: datetime | None = None
    reason: str = Field(default="", sa_type=sa.Text)


class RegisterChange(SQLModel, table=True):
    """One difference that an import or a person brought to a site, with what was there before, so it can be undone."""

    __tablename__ = "register_change"

    id: int | None = _id()
    import_id: int | None = _of("import_run.id", nullable=True)
    site_id: int = _of("site.id")
    ref: str = Field(sa_type=sa.Text)
    kind: str = Field(sa_type=sa.Text)
    field: str = Field(default="", sa_type=sa.Text)
    old: Any = Field(default=None, sa_type=JSONB)
    new: Any = Field(default=None, sa_type=JSONB)
    recorded_at: datetime


class SearchWord(SQLModel, table=True):
    """A word that occurs in names, with its trigrams: a misspelt word is answered by the known words most like it.

    Trigrams of words and not of whole names keep the index small: 300,000 names share a few ten thousand words.
    """

    __tablename__ = "search_word"
    __table_args__ = (sa.Index("ix_search_word_trigrams", "trigrams", postgresql_using="gin"),)

    word: str = Field(sa_column=sa.Column(sa.Text(collation="C"), primary_key=True))
    trigrams: list[str] = Field(sa_type=ARRAY(sa.Text))
