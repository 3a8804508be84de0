"""What an import reports, and how it is remembered."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.audit.models import ImportRun, Refusal
from heritage.core.errors import N_, NotFound
from heritage.core.refusals import RowRefusal

# A hostile file may refuse every row; what is stored of it stays bounded, the count is always whole.
MOST_STORED_REFUSALS = 10_000
EXCERPT_CHARS = 200


@dataclass
class ImportReport:
    """Counts of one import. Every count is always there; ``refusals`` name row, field and reason."""

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    vanished: int = 0
    withdrawn: int = 0
    refused: int = 0
    vanished_ids: list[str] = field(default_factory=list)
    withdrawn_ids: list[str] = field(default_factory=list)
    refusals: list[RowRefusal] = field(default_factory=list)
    dry_run: bool = False
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The import report of the command line's contract."""
        document = asdict(self)
        document["refusals"] = [{"row": r.row, "field": r.field, "reason": r.reason} for r in self.refusals]
        return document


def record_import(
    session: Session,
    *,
    kind: str,
    source: str,
    file_name: str,
    sha256: str,
    release: str | None,
    report: ImportReport,
    started_at: datetime,
    finished_at: datetime,
    detail: dict[str, Any] | None = None,
) -> int:
    """Store what an import did, in the import's own transaction.

    Args:    kind: "sites" or "events".  source: register or feed.  report: the counts as printed.
    Returns: the number of the run.
    """
    run = ImportRun(
        kind=kind,
        source=source,
        file_name=file_name[:EXCERPT_CHARS],
        sha256=sha256,
        release=release,
        started_at=started_at,
        finished_at=finished_at,
        read=report.read,
        added=report.added,
        changed=report.changed,
        unchanged=report.unchanged,
        vanished=report.vanished,
        withdrawn=report.withdrawn,
        refused=report.refused,
        detail=(detail or {}) | {"notes": report.notes},
    )
    session.add(run)
    session.flush()
    assert run.id is not None
    _store_refusals(session, run.id, report.refusals)
    return run.id


def _store_refusals(session: Session, run_id: int, refusals: Sequence[RowRefusal]) -> None:
    rows = [
        {
            "run_id": run_id,
            "row": r.row,
            "field": r.field,
            "reason": _storable(r.reason),
            "excerpt": _storable(r.excerpt)[:EXCERPT_CHARS],
        }
        for r in refusals[:MOST_STORED_REFUSALS]
    ]
    if rows:
        session.execute(sa.insert(Refusal.__table__), rows)  # type: ignore[attr-defined]  # SQLModel gives every table class one


def _storable(text: str) -> str:
    return text.replace("\x00", "�")


def get_run(session: Session, run_id: int) -> ImportRun:
    """One import by its number.  Raises: NotFound."""
    run = session.get(ImportRun, run_id)
    if run is None:
        raise NotFound(N_("There is no import %(run_id)s."), run_id=run_id)
    return run


def list_runs(session: Session, *, kind: str | None = None, limit: int = 50) -> list[ImportRun]:
    """Imports, newest first."""
    query = select(ImportRun).order_by(col(ImportRun.id).desc()).limit(limit)
    if kind:
        query = query.where(ImportRun.kind == kind)
    return list(session.exec(query))


def list_refusals(session: Session, run_id: int, *, limit: int = 1000) -> list[Refusal]:
    """Rows that an import refused, in file order."""
    query = select(Refusal).where(Refusal.run_id == run_id).order_by(col(Refusal.row), col(Refusal.id)).limit(limit)
    return list(session.exec(query))
