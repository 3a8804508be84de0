"""Use cases: ask a live feed and take what it has; what may be wrong with the feeds as a whole."""

import logging
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from heritage.core.clock import Clock
from heritage.core.errors import Conflict, HeritageError, InvalidInput, OperatorError, UnusableFile
from heritage.core.files import SourceFile, open_source
from heritage.core.outgoing import Resolve, resolve
from heritage.db.queue import enqueue
from heritage.feeds import queries
from heritage.feeds.alarms import close_alarm, open_alarm
from heritage.feeds.base import FeedAdapter
from heritage.feeds.fetching import AskedTooOften, Bounds, Fetcher, NotAllowed, NotNow
from heritage.feeds.guarding import BatchSuspect, Guarded
from heritage.feeds.live import Desk, Parcel
from heritage.feeds.models import AlarmKind, Feed, FeedRun, Outcome
from heritage.feeds.registry import Configured
from heritage.feeds.storing import store_items
from heritage.services import Services
from heritage.settings import Settings, private_folder

log = logging.getLogger(__name__)

MOST_REASONS = 100
MOST_QUARANTINED = 50  # copies kept of one feed
FAILING_AFTER = 3
_ERROR_LENGTH = 1000


class Take(Protocol):
    """Takes a file of events into the caller's transaction; it stands further right, so it is handed in."""

    def __call__(
        self,
        session: Session,
        feed: FeedAdapter,
        source: SourceFile,
        *,
        clock: Clock,
        release: str | None = None,
        complete: bool = False,
        whole_years: Collection[int] = (),
    ) -> Any: ...


@dataclass
class Tally:
    """What a run has come to so far."""

    counts: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    reasons: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    quarantined: str | None = None
    error: str | None = None
    outcome: Outcome = Outcome.UNCHANGED
    not_before: datetime | None = None


def run_feed(
    services: Services,
    feed: Configured,
    take: Take,
    *,
    by_hand: bool = False,
    sleep: Callable[[float], None] = time.sleep,
    look_up: Resolve = resolve,
) -> FeedRun | None:
    """Ask one source and take what it has, parcel by parcel, each in a transaction together with the cursor.

    Args:    take: puts a file of events into the database.  by_hand: also when it is paused or should wait.
             sleep, look_up: the outside, for tests.
    Returns: the run's record, whatever came of it; None when another process is at this feed, or it has to wait.
    Raises:  Conflict when the feed is not switched on; NotNow when the queue may try again soon.
    """
    check_on(feed, exercise=services.settings.exercise_clock is not None)
    with _alone(services, feed.name) as first:
        if not first:
            return None
        with services.database.session() as session:
            started = _begin(session, feed, services.clock.now(), by_hand)
        if started is None:
            return None
        return _Run(services, feed, take, started, sleep, look_up).carry_out()


@contextmanager
def _alone(services: Services, name: str) -> Iterator[bool]:
    """Whether this process is the only one at the feed; the lock goes with its connection, however the process ends."""
    with services.database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        key = sa.text("select pg_try_advisory_lock(hashtextextended(:name, 0))")
        held = bool(connection.execute(key, {"name": f"feed {name}"}).scalar())
        try:
            yield held
        finally:
            if held:
                _let_go(connection, name)


def _let_go(connection: sa.Connection, name: str) -> None:
    unlock = sa.text("select pg_advisory_unlock(hashtextextended(:name, 0))")
    try:
        connection.execute(unlock, {"name": f"feed {name}"})
    except sa.exc.DBAPIError:
        # The server is gone, and the lock with it; the connection must not be used again.
        connection.invalidate()


def _begin(session: Session, feed: Configured, now: datetime, by_hand: bool) -> tuple[int, Feed] | None:
    cadence_s = feed.live.every_minutes * 60
    session.connection().execute(
        insert(Feed).values(name=feed.name, cadence_s=cadence_s).on_conflict_do_nothing(index_elements=["name"])
    )
    state = session.exec(select(Feed).where(Feed.name == feed.name).with_for_update()).one()
    # Nobody else is at it, so a run that still stands as running lost its process.
    session.connection().execute(
        sa.update(FeedRun)
        .where(col(FeedRun.feed) == feed.name, col(FeedRun.outcome) == Outcome.RUNNING)
        .values(outcome=Outcome.ABANDONED, finished_at=sa.func.greatest(FeedRun.started_at, now))
    )
    if not by_hand and (state.paused or (state.next_try_at is not None and state.next_try_at > now)):
        return None
    state.cadence_s, state.last_run_at = cadence_s, now
    run = FeedRun(feed=feed.name, started_at=now, outcome=Outcome.RUNNING)
    session.add_all([state, run])
    session.flush()
    assert run.id is not None
    return run.id, state


class _Run:
    """One run from the first request to its record."""

    def __init__(
        self,
        services: Services,
        feed: Configured,
        take: Take,
        started: tuple[int, Feed],
        sleep: Callable[[float], None],
        look_up: Resolve,
    ) -> None:
        self.services, self.feed, self.take = services, feed, take
        self.run_id, self.state = started
        self.tally = Tally()
        self.sleep, self.look_up = sleep, look_up
        self.began_s = time.monotonic()

    def carry_out(self) -> FeedRun:
        again: NotNow | None = None
        with (
            tempfile.TemporaryDirectory(prefix="heritage-feed-") as folder,
            Fetcher(
                self.feed.live.base_url, self._bounds(), self.services.clock, sleep=self.sleep, look_up=self.look_up
            ) as fetcher,
        ):
            try:
                self._take_parcels(fetcher, Path(folder))
            except NotNow as error:
                again = error
                self._failed(error)
            except AskedTooOften as error:
                self._wait(error)
            except UnusableFile as error:
                self._quarantine(_answer_file(fetcher, Path(folder)), str(error))
            except HeritageError as error:
                self._failed(error)
            except (sa.exc.OperationalError, sa.exc.InterfaceError, psycopg.OperationalError, psycopg.InterfaceError):
                # The database is away, and nothing can be recorded either; the next run begins where this one did.
                raise
            except Exception as error:
                # A form of answer that nobody thought of must not go round for ever without a word.
                log.exception("feed %s: what it sent could not be taken", self.feed.name)
                said = f"What it sent could not be taken ({type(error).__name__}); the log says where."
                self._quarantine(_answer_file(fetcher, Path(folder)), said)
            self.tally.counts["asked"] = fetcher.count.requests
            self.tally.counts["received_bytes"] = fetcher.count.received_bytes
        with self.services.database.session() as session:
            run = self._end(session, again or None)
        if again is not None and run.outcome == Outcome.FAILED:
            raise again
        return run

    def _bounds(self) -> Bounds:
        live = self.feed.live
        budget = None
        if live.budget_per_day is not None:
            with self.services.database.session() as session:
                used = queries.requests_today(session, self.feed.name, self.services.clock.now())
            budget = max(0, live.budget_per_day - used)
        return Bounds(
            read_s=live.read_s,
            total_s=live.total_s,
            most_bytes=live.most_mb << 20,
            attempts=live.attempts,
            first_wait_s=live.first_wait_s,
            longest_wait_s=live.longest_wait_s,
            pause_s=live.pause_s,
            budget=budget,
        )

    def _take_parcels(self, fetcher: Fetcher, folder: Path) -> None:
        desk = Desk(
            fetcher=fetcher,
            settings=self.feed.live,
            keys=_keys(self.services.settings, self.feed),
            now=self.services.clock.now().astimezone(UTC),
            folder=folder,
            validators=dict(self.state.validators),
        )
        parcels = self.feed.polls.poll(desk, dict(self.state.cursor))
        parcel = next(parcels, None)
        while parcel is not None:
            believed = self._take_or_keep(parcel, desk)
            if not believed and parcel.cursor_past is None:
                return
            try:
                parcel = parcels.send(believed)
            except StopIteration:
                return

    def _take_or_keep(self, parcel: Parcel, desk: Desk) -> bool:
        """Whether the parcel was believed; one that was not is kept for a person."""
        try:
            with self.services.database.session() as session:
                self._take_one(session, parcel, desk.validators)
            return True
        except UnusableFile as error:
            self._quarantine(parcel.file, str(error))
            if isinstance(error, BatchSuspect):
                self._count(Counter(received=error.read, refused=error.read), Counter(), [], list(error.refusals))
            if parcel.cursor_past is not None:
                with self.services.database.session() as session:
                    _advance(session, self.feed.name, parcel.cursor_past, {})
            return False
        finally:
            if parcel.file is not None:
                parcel.file.unlink(missing_ok=True)

    def _take_one(self, session: Session, parcel: Parcel, validators: Mapping[str, Any]) -> None:
        counts: Counter[str] = Counter(received=parcel.received)
        left_out: Counter[str] = Counter(parcel.left_out)
        notes, refusals = list(parcel.notes), list(parcel.refusals)
        newest_on = None
        if parcel.file is not None and self.feed.adapter is not None:
            guarded = Guarded(self.feed.adapter)
            report = self.take(
                session,
                guarded,
                open_source(parcel.file),
                clock=self.services.clock,
                release=parcel.release,
                complete=parcel.complete,
                whole_years=parcel.whole_years,
            )
            left_out.update(guarded.left_out)
            newest_on = guarded.newest_on
            notes += report.notes
            refusals += report.refusals
            counts.update(
                received=report.read + guarded.left_out.total(),
                taken=report.added,
                changed=report.changed,
                unchanged=report.unchanged,
                withdrawn=report.withdrawn,
            )
        if parcel.items:
            counts.update(store_items(session, self.feed.name, parcel.items, self.services.clock.now()))
        counts["received"] += len(parcel.refusals)
        counts["refused"] += len(refusals)
        _advance(session, self.feed.name, parcel.cursor, validators, gap=list(parcel.gap))
        _note_withheld(session, self.feed.name, self.run_id, parcel, newest_on)
        # Counted only now: what was rolled back has not happened.
        session.flush()
        self._count(counts, left_out, notes, refusals)
        self.tally.not_before = parcel.not_before or self.tally.not_before

    def _count(self, counts: Counter[str], left_out: Counter[str], notes: list[str], refusals: list[Any]) -> None:
        tally = self.tally
        tally.counts.update(counts)
        tally.left_out.update(left_out)
        tally.notes += [note for note in dict.fromkeys(notes) if note not in tally.notes]
        room = MOST_REASONS - len(tally.reasons)
        tally.reasons += [{"row": r.row, "field": r.field, "reason": r.reason} for r in refusals[:room]]
        if tally.outcome == Outcome.UNCHANGED and counts["received"]:
            tally.outcome = Outcome.GOOD

    def _quarantine(self, file: Path | None, said: str) -> None:
        """Keep what was not believed, for a person to look at."""
        self.tally.outcome, self.tally.error = Outcome.QUARANTINED, said[:_ERROR_LENGTH]
        if file is None:
            return
        folder = private_folder(self.services.settings.var) / "quarantine" / self.feed.name
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        copy = folder / f"{self.run_id}-{file.name}"
        shutil.copyfile(file, copy)
        copy.chmod(0o600)
        self.tally.quarantined = f"quarantine/{self.feed.name}/{copy.name}"
        for old in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)[:-MOST_QUARANTINED]:
            old.unlink(missing_ok=True)

    def _failed(self, error: Exception) -> None:
        # A parcel that was not believed says more than the request that failed after it.
        if self.tally.outcome != Outcome.QUARANTINED:
            self.tally.outcome = Outcome.FAILED
            self.tally.error = (error.for_readers if isinstance(error, OperatorError) else str(error))[:_ERROR_LENGTH]
        self.not_allowed = isinstance(error, NotAllowed | InvalidInput) and not isinstance(error, UnusableFile)

    not_allowed = False

    def _wait(self, error: AskedTooOften) -> None:
        self.tally.outcome, self.tally.error = Outcome.WAITING, str(error)
        seconds = error.retry_after_s if error.retry_after_s is not None else self.feed.live.every_minutes * 60
        self.tally.not_before = self.services.clock.now() + timedelta(seconds=seconds)

    def _end(self, session: Session, again: NotNow | None) -> FeedRun:
        now = max(self.services.clock.now(), self.state.last_run_at or datetime.min.replace(tzinfo=UTC))
        run = session.exec(select(FeedRun).where(FeedRun.id == self.run_id).with_for_update()).one()
        state = session.exec(select(Feed).where(Feed.name == self.feed.name).with_for_update()).one()
        tally = self.tally
        for name, number in tally.counts.items():
            setattr(run, name, number)
        run.outcome, run.error, run.quarantined = tally.outcome, tally.error, tally.quarantined
        run.left_out, run.reasons, run.notes = dict(tally.left_out), tally.reasons, tally.notes
        run.finished_at, run.duration_s = now, round(time.monotonic() - self.began_s, 3)
        run.cursor = state.cursor
        state.next_try_at = tally.not_before
        good = tally.outcome in (Outcome.GOOD, Outcome.UNCHANGED)
        if good:
            state.last_good_at, state.failures = now, 0
            run.known_until, run.embargo = state.known_until, state.embargo
        elif tally.outcome != Outcome.WAITING:
            state.failures += 1
        session.add_all([run, state])
        self._alarms(session, state, good, now)
        session.flush()
        return run

    def _alarms(self, session: Session, state: Feed, good: bool, now: datetime) -> None:
        name, detail = self.feed.name, self.tally.error or ""
        if good:
            for kind in (AlarmKind.FEED_FAILING, AlarmKind.FEED_CREDENTIALS, AlarmKind.FEED_QUARANTINED):
                close_alarm(session, kind, name, now)
        elif self.tally.outcome == Outcome.QUARANTINED:
            open_alarm(session, AlarmKind.FEED_QUARANTINED, name, detail, now)
        elif self.not_allowed:
            open_alarm(session, AlarmKind.FEED_CREDENTIALS, name, detail, now)
        elif state.failures >= FAILING_AFTER:
            open_alarm(session, AlarmKind.FEED_FAILING, name, detail, now)
        if good and not state.gap:
            close_alarm(session, AlarmKind.FEED_GAP, name, now)
        elif state.gap:
            lost = f"{len(state.gap)} stretches could not be had, the first of {state.gap[0]}."
            open_alarm(session, AlarmKind.FEED_GAP, name, lost, now)


def _answer_file(fetcher: Fetcher, folder: Path) -> Path | None:
    """What came last, before anything could be made of it."""
    if fetcher.last is None:
        return None
    file = folder / "answer.dat"
    file.write_bytes(fetcher.last.content)
    return file


def _keys(settings: Settings, feed: Configured) -> dict[str, str]:
    """The operator's own credentials, by the names of the settings that hold them; never written anywhere."""
    found = {name: getattr(settings, name, None) for name in feed.live.credentials}
    return {name: value.get_secret_value() for name, value in found.items() if value is not None}


def _advance(
    session: Session,
    name: str,
    cursor: Mapping[str, Any] | None,
    validators: Mapping[str, Any],
    gap: list[str] | None = None,
) -> None:
    state = session.exec(select(Feed).where(Feed.name == name).with_for_update()).one()
    if cursor is not None:
        state.cursor = dict(cursor)
        if validators:
            state.validators = dict(validators)
        if gap is not None:
            state.gap = gap
    session.add(state)


def _note_withheld(session: Session, name: str, run_id: int, parcel: Parcel, newest_on: Any) -> None:
    state = session.exec(select(Feed).where(Feed.name == name)).one()
    if parcel.cursor is not None:
        state.known_until, state.embargo = parcel.known_until, parcel.embargo
    run = session.exec(select(FeedRun).where(FeedRun.id == run_id)).one()
    if newest_on is not None:
        run.newest_event_on = max(newest_on, run.newest_event_on or newest_on)
    session.add_all([state, run])


def set_paused(session: Session, feed: Configured, paused: bool) -> None:
    """A person stops a feed for a while, or lets it go on."""
    session.connection().execute(
        insert(Feed)
        .values(name=feed.name, cadence_s=feed.live.every_minutes * 60, paused=paused)
        .on_conflict_do_update(index_elements=["name"], set_={"paused": paused})
    )


def ask_soon(session: Session, feed: Configured, *, exercise: bool = False) -> bool:
    """Put one question to a source into the queue, before its turn and whatever it waits for.

    Args:    exercise: whether the program runs as a drill.
    Returns: False when such a question waits already.
    Raises:  Conflict when the feed is not switched on, or in a drill.
    """
    check_on(feed, exercise=exercise)
    task = f"feeds.run_{feed.name}"
    return enqueue(session, task, queueing_lock=f"{task} by hand", priority=50, by_hand=True) is not None


def check_on(feed: Configured, *, exercise: bool) -> None:
    """Refuse to ask a source that is not switched on, and any source in a drill.

    Raises:  Conflict saying what to do.
    """
    if exercise:
        raise Conflict("In an exercise no source is asked: what it has is of today.")
    if feed.live.enabled and not feed.live.base_url:
        raise Conflict(
            f"The feed {feed.name} has no address: set base_url under [{feed.name}.live] in the feeds' settings."
        )
    if not feed.live.enabled:
        raise Conflict(
            f"The feed {feed.name} is switched off: set enabled = true under [{feed.name}.live] in the feeds' settings."
        )
