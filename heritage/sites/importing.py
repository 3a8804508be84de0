"""Use cases of register files: compare one with what is held, take it, undo it. The caller owns the transaction."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from itertools import islice

import psycopg
import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.audit.imports import ImportReport, get_run, record_import
from heritage.audit.models import ImportRun, RunStatus
from heritage.core.errors import N_, Conflict, InvalidInput, NotFound
from heritage.core.refusals import RowRefusal
from heritage.core.telling import Tell, untold
from heritage.core.text import fold, slug_of
from heritage.db.queue import enqueue
from heritage.settings import data_dir
from heritage.sites import loading, store
from heritage.sites.comparison import Comparison, Update, differences, vanish
from heritage.sites.danger import Sessions, parse_sessions
from heritage.sites.domain import RegisterFile, RegisterRecord
from heritage.sites.merging import Lists, RecordRefused, merge
from heritage.sites.models import RegisterChange, Site
from heritage.sites.state import HeldSite
from heritage.sites.state_json import from_json, with_field

KIND = "sites"
SAME_LIST = 0.75  # of the places held: a list with fewer of them is an excerpt, such as one country's
BATCH = 2_000  # places compared at a time: enough to make one query for each table worth while, small in memory


@cache
def committee_sessions() -> Sessions:
    """The Committee's sessions as configured."""
    return parse_sessions((data_dir("config") / "committee_sessions.toml").read_text(encoding="utf-8"))


def compare(session: Session, file: RegisterFile, *, today: date, tell: Tell = untold) -> Comparison:
    """Read a register file through and name every difference to what is held; nothing is written.

    Args:    file: as opened; its records are used up.  today: day that stands for a file without one of its own.
             tell: is told how many records more were compared.
    Returns: the comparison, which `take` writes; rows that cannot be are among its refusals.
    Raises:  UnusableFile from the reader when the file breaks off.
    """
    # Two imports at once would each compare with what the other is about to change.
    session.execute(sa.text("select pg_advisory_xact_lock(hashtext('sites.import'))"))
    lists = _lists(session, file, today)
    if not file.is_complete and file.may_be_complete:
        file, lists = _as_next_edition(session, file, lists)
    comparison = Comparison(
        file.register,
        file.release,
        lists.effective_on,
        lists.dated,
        file.is_complete,
        file.file_name,
        file.sha256,
        file.source or file.register,
    )
    seen: dict[str, int] = {}
    for batch in _batches(_referred(session, file, comparison)):
        _compare_batch(session, batch, seen, lists, comparison)
        tell(len(batch))
    comparison.refusals = [*file.refusals, *comparison.refusals]
    comparison.refusals.sort(key=lambda refusal: refusal.row or 0)
    comparison.read += len(file.refusals)
    comparison.notes += file.notes
    if file.is_complete and comparison.read > len(comparison.refusals):
        _find_vanished(session, file, seen.keys() | file.refused_refs, lists, comparison)
    return comparison


def _as_next_edition(session: Session, file: RegisterFile, lists: Lists) -> tuple[RegisterFile, Lists]:
    """Take a short list for a whole one where it names nearly all places held, and else say what it leaves out."""
    named = {record.ref for record in file.records} | file.refused_refs
    query = sa.text("select register_ref from site where register = :register and vanished_on is null")
    held = set(session.execute(query, {"register": file.register}).scalars())
    lacking = len(held - named)
    if len(held) - lacking >= SAME_LIST * len(held):
        return replace(file, is_complete=True), replace(lists, is_complete=True)
    note = f"This is an excerpt: {lacking} sites that are held are not in it, and none of them is taken for vanished."
    return replace(file, notes=[*file.notes, note]), lists


def _lists(session: Session, file: RegisterFile, today: date) -> Lists:
    """Where the file stands among the whole lists taken before."""
    dated = file.released_on is not None or file.is_complete
    on = file.released_on or today
    days = sorted(
        date.fromisoformat(run.detail["released_on"])
        for run in _runs(session, file.register)
        if run.detail.get("is_complete")
    )
    before, after = [d for d in days if d < on], [d for d in days if d > on]
    return Lists(
        committee_sessions(),
        on,
        dated,
        file.is_complete,
        before[-1] if before else None,
        after[0] if after else None,
    )


def _runs(session: Session, register: str) -> list[ImportRun]:
    runs = session.exec(select(ImportRun).where(ImportRun.kind == KIND, ImportRun.source == register))
    return [run for run in runs if run.status == RunStatus.TAKEN and run.detail.get("released_on")]


def _batches(records: Iterable[RegisterRecord]) -> Iterator[list[RegisterRecord]]:
    stream = iter(records)
    while batch := list(islice(stream, BATCH)):
        yield batch


def _referred(session: Session, file: RegisterFile, comparison: Comparison) -> Iterator[RegisterRecord]:
    """Records with the reference of the place they mean; a file without references is matched by name."""
    if file.has_refs:
        yield from file.records
        return
    known = _refs_by_name(session, file.register)
    for record in file.records:
        refs = known.get(fold(record.name), set())
        if len(refs) == 1:
            yield replace(record, ref=next(iter(refs)))
            continue
        reason = f"“{record.name}” is the name of {len(refs)} places" if refs else f"no place is called “{record.name}”"
        comparison.read += 1
        comparison.refusals.append(RowRefusal(record.row, "name", reason, record.name))


def _refs_by_name(session: Session, register: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    names = sa.text(
        "select n.folded, s.register_ref from site_name n join site s on s.id = n.site_id"
        " where n.part_id is null and s.register = :register"
    )
    for folded, ref in session.execute(names, {"register": register}):
        found.setdefault(folded, set()).add(ref)
    return found


def _compare_batch(
    session: Session, batch: list[RegisterRecord], seen: dict[str, int], lists: Lists, comparison: Comparison
) -> None:
    held = loading.load_sites(session, comparison.register, [record.ref for record in batch])
    for record in batch:
        comparison.read += 1
        if record.ref in seen:
            reason = f"{record.ref} is in the file already, in row {seen[record.ref]}"
            comparison.refusals.append(RowRefusal(record.row, "ref", reason, record.ref))
            continue
        seen[record.ref] = record.row
        _compare_record(record, held.get(record.ref), lists, comparison)


def _compare_record(record: RegisterRecord, held: HeldSite | None, lists: Lists, comparison: Comparison) -> None:
    try:
        state = merge(record, held, lists)
    except InvalidInput as error:
        field = error.field if isinstance(error, RecordRefused) else "danger"
        comparison.refusals.append(RowRefusal(record.row, field, str(error), record.ref))
        return
    comparison.notes += [f"row {record.row}, {record.ref}: {warning}" for warning in record.warnings]
    if held is None:
        comparison.added.append(state)
        return
    comparison.present_ids.append(held.id)
    if changes := differences(held, state):
        comparison.updates.append(Update(held, state, changes))
    else:
        comparison.unchanged += 1


def _find_vanished(
    session: Session, file: RegisterFile, present: Iterable[str], lists: Lists, comparison: Comparison
) -> None:
    """Places in force that this whole list lacks; one that only a newer list has named is no loss."""
    query = sa.text(
        "select id from site where register = :register and vanished_on is null and register_ref <> all(:present)"
        " and (seen_on is null or seen_on < :day) and (inscribed_year is null or inscribed_year <= :year) order by id"
    )
    day = lists.effective_on
    values = {"register": file.register, "present": list(present), "day": day, "year": day.year}
    ids = list(session.execute(query, values).scalars())
    for start in range(0, len(ids), BATCH):
        for held in loading.load_by_ids(session, ids[start : start + BATCH]):
            comparison.vanished.append(vanish(held, lists, file.release or lists.effective_on.isoformat()))


def report_of(comparison: Comparison, *, dry_run: bool) -> ImportReport:
    """The counts and refusals of a comparison, in the contract's shape."""
    return ImportReport(
        read=comparison.read,
        added=len(comparison.added),
        changed=len(comparison.updates),
        unchanged=comparison.unchanged,
        vanished=len(comparison.vanished),
        refused=len(comparison.refusals),
        vanished_ids=[update.state.ref for update in comparison.vanished],
        refusals=list(comparison.refusals),
        dry_run=dry_run,
        notes=list(comparison.notes),
    )


def take(
    session: Session,
    comparison: Comparison,
    *,
    started_at: datetime,
    now: datetime,
    tell: Tell = untold,
) -> tuple[int, ImportReport]:
    """Write what a comparison found, all of it or none.

    Args:    comparison: made in this transaction.  started_at, now: for the record of the import.
             tell: is told how many places more were written, added, changed and vanished alike.
    Returns: the number of the import, by which it can be undone, and the report.
    """
    report = report_of(comparison, dry_run=False)
    import_id = record_import(
        session,
        kind=KIND,
        source=comparison.register,
        file_name=comparison.file_name,
        sha256=comparison.sha256,
        release=comparison.release,
        report=report,
        started_at=started_at,
        finished_at=now,
        detail={
            "released_on": comparison.effective_on.isoformat() if comparison.dated else None,
            "is_complete": comparison.is_complete,
            "publisher": comparison.source,
        },
    )
    seen_on = comparison.effective_on if comparison.dated else None
    stamp = store.Stamp(import_id, comparison.effective_on, now, seen_on)
    try:
        _write(session, comparison, stamp, tell)
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        # Every row was checked before; what the database still refuses spoils the import, and nothing of it is kept.
        raise Conflict(f"The database refused this file: {error.diag.message_primary or error}") from error
    if seen_on:
        _mark_seen(session, comparison.present_ids, seen_on)
    if comparison.added or comparison.updates or comparison.vanished:
        enqueue(session, "proximity.match", queueing_lock="proximity.match")
    return import_id, report


def _write(session: Session, comparison: Comparison, stamp: store.Stamp, tell: Tell) -> None:
    for start in range(0, len(comparison.added), BATCH * 10):
        states = comparison.added[start : start + BATCH * 10]
        slugs = store.free_slugs(session, [(slug_of(state.name), state.ref) for state in states])
        store.add_sites(session, states, slugs, stamp)
        tell(len(states))
    updates = [*comparison.updates, *comparison.vanished]
    for start in range(0, len(updates), BATCH):
        store.update_sites(session, updates[start : start + BATCH], stamp)
        tell(len(updates[start : start + BATCH]))


def _mark_seen(session: Session, ids: Sequence[int], seen_on: date) -> None:
    session.execute(
        sa.text(
            "update site set seen_on = :day from unnest(cast(:ids as bigint[])) as given (id)"
            " where site.id = given.id and (seen_on is null or seen_on < :day)"
        ),
        {"ids": list(ids), "day": seen_on},
    )


def undo(session: Session, import_id: int, *, now: datetime) -> ImportReport:
    """Take an import back: what it changed is as before, what it added goes.

    Args:    import_id: as reported by `take`; the newest of its register that stands.
    Returns: a report of what was taken back: `changed` places restored, `withdrawn` places removed.
    Raises:  NotFound; Conflict when it was undone before or a later import of the register builds on it.
    """
    run = get_run(session, import_id)
    if run.kind != KIND:
        raise NotFound(N_("Import %(number)s is not one of a register of sites."), number=import_id)
    if run.status != RunStatus.TAKEN:
        raise Conflict(N_("Import %(number)s was undone already."), number=import_id)
    later = _later_run(session, run)
    if later is not None:
        raise Conflict(N_("Import %(number)s of the same register came later: undo that one first."), number=later)
    restored = _restore(session, import_id, store.Stamp(None, now.date(), now))
    removed = _remove_added(session, import_id)
    run.status = RunStatus.UNDONE
    session.add(run)
    session.flush()
    _forget_seen(session, run)
    enqueue(session, "proximity.match", queueing_lock="proximity.match")
    return ImportReport(read=restored + len(removed), changed=restored, withdrawn=len(removed), withdrawn_ids=removed)


def _later_run(session: Session, run: ImportRun) -> int | None:
    query = select(ImportRun.id).where(
        ImportRun.kind == KIND,
        ImportRun.source == run.source,
        ImportRun.status == RunStatus.TAKEN.value,
        col(ImportRun.id) > run.id,
        col(ImportRun.added) + col(ImportRun.changed) + col(ImportRun.vanished) > 0,
    )
    return session.exec(query.order_by(col(ImportRun.id).desc())).first()


def _restore(session: Session, import_id: int, stamp: store.Stamp) -> int:
    query = select(RegisterChange).where(RegisterChange.import_id == import_id)
    by_site: dict[int, list[RegisterChange]] = {}
    for change in session.exec(query):
        by_site.setdefault(change.site_id, []).append(change)
    ids = sorted(by_site)
    for start in range(0, len(ids), BATCH):
        updates = []
        for held in loading.load_by_ids(session, ids[start : start + BATCH]):
            state = held.state
            for change in by_site[held.id]:
                state = with_field(state, change.field, from_json(change.field, change.old))
            if changes := differences(held, state):
                updates.append(Update(held, state, changes))
        store.update_sites(session, updates, stamp)
    return len(ids)


def _remove_added(session: Session, import_id: int) -> list[str]:
    """Delete what only this import brought; what others refer to by now stays, as never in force."""
    added = sa.select(Site.__table__).where(Site.__table__.c.added_import_id == import_id)  # type: ignore[attr-defined]
    rows = session.execute(added.with_only_columns(col(Site.id), col(Site.register_ref)).order_by(col(Site.id))).all()
    ids = [row[0] for row in rows]
    try:
        with session.begin_nested():
            session.execute(sa.text("delete from site where id = any(:ids)"), {"ids": ids})
    except sa.exc.IntegrityError:
        session.execute(
            sa.text(
                "update site set listed = 'empty', vanished_on = coalesce(lower(listed), current_date)"
                " where id = any(:ids)"
            ),
            {"ids": ids},
        )
        session.execute(
            sa.text("update part set withdrawn_on = current_date where site_id = any(:ids) and withdrawn_on is null"),
            {"ids": ids},
        )
    return [row[1] for row in rows]


def _forget_seen(session: Session, run: ImportRun) -> None:
    """Set the day of the newest list back for places that only the undone list was newer for."""
    if not run.detail.get("released_on"):
        return
    days = [date.fromisoformat(other.detail["released_on"]) for other in _runs(session, run.source)]
    undone = date.fromisoformat(run.detail["released_on"])
    if undone in days:
        return
    session.execute(
        sa.text("update site set seen_on = :before where register = :register and seen_on = :undone"),
        {"before": max((d for d in days if d < undone), default=None), "register": run.source, "undone": undone},
    )
