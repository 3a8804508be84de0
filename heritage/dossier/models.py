"""Table: versions of dossiers that somebody kept for citing."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from heritage.db.types import JSONB

_SITE = sa.ForeignKey("site.id", ondelete="CASCADE")


class DossierVersion(SQLModel, table=True):
    """What everybody could read of a site on a day, word for word; `version` is made of the content and never changes.

    Only what is public is ever kept, and what has ceased to be is left out again when it is shown.
    """

    __tablename__ = "dossier_version"
    __table_args__ = (sa.UniqueConstraint("site_id", "version"),)

    id: int | None = Field(default=None, sa_column=sa.Column(sa.BigInteger, sa.Identity(), primary_key=True))
    site_id: int = Field(
        sa_column=sa.Column(sa.BigInteger, sa.ForeignKey("site.id", ondelete="CASCADE"), nullable=False)
    )
    version: str = Field(sa_type=sa.Text)
    as_of: date
    known_on: date
    language: str = Field(sa_type=sa.Text)
    rule_version: str = Field(sa_type=sa.Text)
    content: dict[str, Any] = Field(sa_type=JSONB)
    kept_at: datetime
