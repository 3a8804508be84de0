"""Reads: runs, states, items of news, and how every feed is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session, col, select

from heritage.core.clock import end_of_day
from heritage.core.errors import N_, NotFound
from heritage.feeds.health import Expectation, Health, RunState, Verdict, judge
from heritage.feeds.models import Feed, FeedItem, FeedRun, Outcome
from heritage.feeds.registry import Configured

GOOD = (Outcome.GOOD, Outcome.UNCHANGED)


@dataclass(frozen=True)
class FeedHealth:
    """One live feed with what its runs say and the word about it."""

    feed: Configured
    state: RunState
    newest_event_on: date | None
    verdict: Verdict

    @property
    def health(self) -> Health:
        """The word."""
        return self.verdict.health


def list_runs(session: Session, *, feed: str | None = None, limit: int = 100) -> list[FeedRun]:
    """The newest runs first."""
    query = select(FeedRun).order_by(col(FeedRun.started_at).desc(), col(FeedRun.id).desc()).limit(limit)
    return list(session.exec(query.where(FeedRun.feed == feed) if feed else query))


def get_run(session: Session, run_id: int) -> FeedRun:
    """One run, or NotFound."""
    run = session.get(FeedRun, run_id)
    if run is None:
        raise NotFound(N_("There is no run %(run_id)s of a feed."), run_id=run_id)
    return run


def totals(session: Session) -> list[tuple[str, str, int]]:
    """(feed, outcome, number of runs in the ledger)."""
    query = select(FeedRun.feed, FeedRun.outcome, sa.func.count()).group_by(col(FeedRun.feed), col(FeedRun.outcome))
    return sorted((feed, str(outcome), number) for feed, outcome, number in session.exec(query))


def requests_today(session: Session, feed: str, now: datetime) -> int:
    """How often a source was asked since midnight UTC."""
    midnight = datetime.combine(now.date(), time.min, tzinfo=now.tzinfo)
    query = select(sa.func.coalesce(sa.func.sum(FeedRun.asked), 0))
    return int(session.exec(query.where(FeedRun.feed == feed, FeedRun.started_at >= midnight)).one())


def list_items(session: Session, *, feed: str | None = None, limit: int = 100) -> list[FeedItem]:
    """Items of news, newest first."""
    query = select(FeedItem).order_by(col(FeedItem.published_at).desc().nulls_last(), col(FeedItem.id).desc())
    return list(session.exec((query.where(FeedItem.feed == feed) if feed else query).limit(limit)))


def states(session: Session) -> dict[str, RunState]:
    """How each feed stands now, by name."""
    last = _last_runs(session, None)
    return {
        row.name: RunState(
            last_good_at=row.last_good_at,
            last_run_at=row.last_run_at,
            outcome=last[row.name].outcome if row.name in last else None,
            known_until=row.known_until,
            embargo=row.embargo,
            gap=tuple(row.gap),
            failures=row.failures,
            paused=row.paused,
            error=last[row.name].error if row.name in last else None,
            next_try_at=row.next_try_at,
            newest_event_on=last[row.name].newest_event_on if row.name in last else None,
        )
        for row in session.exec(select(Feed))
    }


def last_reached(session: Session) -> dict[str, date]:
    """The day (UTC) of each feed's last good run, for those that had one."""
    query = select(Feed.name, Feed.last_good_at).where(col(Feed.last_good_at).is_not(None))
    return {name: at.date() for name, at in session.exec(query) if at is not None}


def states_on(session: Session, known_on: date) -> dict[str, RunState]:
    """How each feed stood at the end of a day, from its runs up to then."""
    moment = end_of_day(known_on)
    last, good = _last_runs(session, moment), _last_runs(session, moment, outcomes=GOOD)
    return {
        name: RunState(
            last_good_at=good[name].finished_at if name in good else None,
            last_run_at=run.started_at,
            outcome=run.outcome,
            known_until=good[name].known_until if name in good else None,
            embargo=good[name].embargo if name in good else None,
            failures=int(run.outcome in (Outcome.FAILED, Outcome.QUARANTINED)),
            error=run.error,
        )
        for name, run in last.items()
    }


def not_known_since(session: Session, known_on: date) -> dict[str, date]:
    """The live feeds whose silence said nothing at the end of a day, with the first day that it said nothing of.

    A source may withhold what is recent, or not have been reached; one that was reached and had nothing is not here.
    """
    found = {}
    for name, state in states_on(session, known_on).items():
        reached = state.last_good_at.date() if state.last_good_at and state.failures else None
        days = [day for day in (state.known_until, reached) if day is not None]
        if days:
            found[name] = min(days) + timedelta(days=1)
    return found


def _last_runs(session: Session, until: datetime | None, *, outcomes: tuple[Outcome, ...] = ()) -> dict[str, FeedRun]:
    """The last run of each feed that ended by then, and in one of these ways."""
    query = (
        select(FeedRun)
        .ext(distinct_on(col(FeedRun.feed)))
        .where(col(FeedRun.finished_at).is_not(None), col(FeedRun.outcome) != Outcome.ABANDONED)
        .order_by(col(FeedRun.feed), col(FeedRun.started_at).desc(), col(FeedRun.id).desc())
    )
    if until is not None:
        query = query.where(col(FeedRun.finished_at) <= until)
    if outcomes:
        query = query.where(col(FeedRun.outcome).in_(outcomes))
    return {run.feed: run for run in session.exec(query)}


def list_health(
    session: Session,
    feeds: list[Configured],
    newest: Mapping[str, date],
    now: datetime,
    *,
    known_on: date | None = None,
) -> list[FeedHealth]:
    """Every live feed with the word about it.

    Args:    newest: the newest event of each feed that holds some, by name.  now: the moment to judge by.
             known_on: judge by the end of that day and by what had run then; None for now.
    """
    found = states(session) if known_on is None else states_on(session, known_on)
    moment = now if known_on is None else min(now, end_of_day(known_on))
    return [_health(feed, found.get(feed.name, RunState()), newest.get(feed.name), moment) for feed in feeds]


def _health(feed: Configured, state: RunState, newest_on: date | None, now: datetime) -> FeedHealth:
    expected = Expectation(
        enabled=feed.live.enabled and bool(feed.live.base_url),
        cadence=feed.live.cadence,
        fresh_days=feed.live.fresh_days,
        brings_events=feed.adapter is not None,
    )
    return FeedHealth(feed, state, newest_on, judge(expected, state, newest_on, now))
