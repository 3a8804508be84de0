"""Reads: kept versions of dossiers."""

from sqlmodel import Session, col, select

from heritage.dossier.models import DossierVersion


def find_version(session: Session, site_id: int, version: str) -> DossierVersion | None:
    """A kept version of a site's dossier, None when nobody kept it."""
    query = select(DossierVersion).where(DossierVersion.site_id == site_id, DossierVersion.version == version)
    return session.exec(query).first()


def list_versions(session: Session, site_id: int, *, limit: int = 50) -> list[DossierVersion]:
    """The kept versions of a site's dossier, the newest first."""
    query = select(DossierVersion).where(DossierVersion.site_id == site_id)
    return list(session.exec(query.order_by(col(DossierVersion.id).desc()).limit(limit)))
