"""Keeping a version of a dossier, and how many briefs are set for one reader."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from heritage.accounts.limits import Limit
from heritage.dossier.domain import version_of
from heritage.dossier.models import DossierVersion

PRINTED = Limit("brief printed by a network", 120, timedelta(hours=1))


def keep_version(session: Session, site_id: int, content: dict[str, Any], *, now: datetime) -> tuple[str, bool]:
    """Keep what everybody may read of a site; the same content again changes nothing.

    Args:    content: JSON values with as_of, known_on (ISO days), language and rule, public as they stand.
    Returns: the version, and whether it was kept only now.
    """
    version = version_of(content)
    row = insert(DossierVersion).values(
        site_id=site_id,
        version=version,
        as_of=date.fromisoformat(content["as_of"]),
        known_on=date.fromisoformat(content["known_on"]),
        language=content["language"],
        rule_version=content["rule"],
        content=content,
        kept_at=now,
    )
    once = row.on_conflict_do_nothing(index_elements=["site_id", "version"])
    return version, bool(session.execute(once.returning(col(DossierVersion.id))).first())
