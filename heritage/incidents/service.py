"""Use cases: take a file of events, all of it or nothing."""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import polars as pl
import psycopg
from sqlmodel import Session

from heritage.audit.imports import ImportReport, record_import
from heritage.core.clock import Clock, SystemClock
from heritage.core.files import SourceFile
from heritage.db.queue import enqueue
from heritage.feeds.base import Batch, FeedAdapter, digests
from heritage.feeds.domain import Release
from heritage.feeds.guarding import without_days_to_come
from heritage.incidents import settling
from heritage.incidents.loading import EventLoader
from heritage.incidents.merging import EVALUATE, merge_events

# What changed here may change a level: the task stands further right, so it is named and not imported.
T = TypeVar("T")


def import_events(
    session: Session,
    feed: FeedAdapter,
    source: SourceFile,
    *,
    clock: Clock,
    release: str | None = None,
    complete: bool = False,
    whole_years: Collection[int] = (),
    progress: Callable[[int], None] | None = None,
    announce: Callable[[int], None] | None = None,
) -> ImportReport:
    """Take a file of events into the caller's transaction: new ones, changed ones, and what it no longer holds.

    Args:    feed: the adapter that reads the file.  release: which release the file is; by default what its name says.
             complete: the file is all there is of its countries and years, so held events of these that it lacks are
             withdrawn.  whole_years: years of which it is all there is in any country, also in those it does not name.
             progress: is told bytes read.  announce: is told how many will be withdrawn, before they are.
    Returns: the counts; the same file again gives unchanged only. The run and its refusals are recorded.
    Raises:  UnusableFile, and then nothing must be committed.
    """
    started_at = clock.now().astimezone(UTC)
    which = _out_by_now(feed.release(release, source.name, started_at.date()), clock)
    report = ImportReport(notes=[*source.notes, *_days_to_come(which, started_at.date())])
    batches = _read_ahead(_happened(feed.parse(source, fetched_on=started_at.date(), progress=progress), clock))
    connection = _driver(session)
    target = settling.open_target(connection, feed.name, which, started_at)
    with EventLoader(connection, target, source_bytes=source.size) as loader:
        taken_back: list[str] = []
        for batch, digest in batches:
            report.read += batch.read
            report.refusals += batch.refusals
            taken_back += batch.withdrawn_ids
            loader.take(batch.drafts, digest, batch.refused_ids)
        loader.finish()
    scope = _scope(connection, target, loader, whole_years) if complete else None
    if scope:
        _withdraw(connection, target, loader, scope, report, announce)
    if taken_back:
        _take_back(connection, target, taken_back, report)
    settling.settle(
        connection,
        target,
        loader.members(),
        first_new=loader.first_new,
        complete_scope=scope,
    )
    _count(loader, report)
    _record(session, feed, source, which.name, report, started_at, clock)
    if report.added or report.changed or report.withdrawn:
        merge_events(session)
        enqueue(session, EVALUATE, queueing_lock=EVALUATE)
    return report


def _happened(batches: Iterator[Batch], clock: Clock) -> Iterator[Batch]:
    """Batches without what has not happened yet; an exercise is on a day of the past, and cannot say."""
    for batch in batches:
        yield without_days_to_come(batch, clock.now().date()) if isinstance(clock, SystemClock) else batch


def _out_by_now(release: Release, clock: Clock) -> Release:
    """A release that is here has been published, however early; an exercise is on a day of the past, and cannot say."""
    today = clock.now().date()
    if isinstance(clock, SystemClock) and release.released_on is not None and release.released_on > today:
        return replace(release, released_on=today)
    return release


def _scope(
    connection: psycopg.Connection[object], target: settling.Target, loader: EventLoader, whole_years: Collection[int]
) -> dict[str, Any]:
    scope = loader.scope()
    if not whole_years:
        return scope
    held = settling.list_countries(connection, target.feed)
    return {
        "countries": sorted({*scope["countries"], *held}),
        "years": sorted({*scope["years"], *whole_years}),
    }


def _days_to_come(release: Release, today: date) -> list[str]:
    # Taken all the same: in an exercise the day is one of the past, and a data set may come a little early.
    if release.released_on is None or release.released_on <= today:
        return []
    return [
        f"Release {release.name} counts as published on {release.released_on}, a day to come: what it alone tells is "
        "known from then on."
    ]


def _driver(session: Session) -> psycopg.Connection[object]:
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    return connection


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, each made ready in a thread of its own while the one before it is used; begins at once."""
    pool = ThreadPoolExecutor(1)
    coming = pool.submit(next, items, None)

    def hand_on(coming: Future[T | None]) -> Iterator[T]:
        with pool:
            while (ready := coming.result()) is not None:
                coming = pool.submit(next, items, None)
                yield ready

    return hand_on(coming)


def _read_ahead(batches: Iterator[Batch]) -> Iterator[tuple[Batch, pl.Series]]:
    """Batches with their digests: one is read while the one before is digested and the one before that is written."""
    return _ahead((batch, digests(batch.drafts)) for batch in _ahead(batches))


def _withdraw(
    connection: psycopg.Connection[object],
    target: settling.Target,
    loader: EventLoader,
    scope: dict[str, Any],
    report: ImportReport,
    announce: Callable[[int], None] | None,
) -> None:
    missing = settling.list_missing(connection, target, loader.members(), scope)
    if announce:
        announce(len(missing))
    if missing:
        settling.stage_withdrawals(connection, target, [event for event, _ in missing])
    report.withdrawn = len(missing)
    report.withdrawn_ids = [event_id for _, event_id in missing]


def _take_back(
    connection: psycopg.Connection[object], target: settling.Target, event_ids: list[str], report: ImportReport
) -> None:
    """Withdraw the events that the source names as gone."""
    found = settling.list_standing(connection, target, event_ids)
    if found:
        settling.stage_withdrawals(connection, target, [event for event, _ in found])
    report.withdrawn += len(found)
    report.withdrawn_ids += [event_id for _, event_id in found]


def _count(loader: EventLoader, report: ImportReport) -> None:
    report.added, report.changed, report.unchanged = loader.tally.added, loader.tally.changed, loader.tally.unchanged
    report.refusals = sorted([*report.refusals, *loader.tally.refusals], key=lambda refusal: refusal.row or 0)
    report.refused = len(report.refusals)


def _record(
    session: Session,
    feed: FeedAdapter,
    source: SourceFile,
    release: str,
    report: ImportReport,
    started_at: datetime,
    clock: Clock,
) -> None:
    record_import(
        session,
        kind="events",
        source=feed.name,
        file_name=source.name,
        sha256=source.sha256,
        release=release,
        report=report,
        started_at=started_at,
        finished_at=max(started_at, clock.now().astimezone(UTC)),
    )
