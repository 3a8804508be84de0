"""What the pages ask for again and again: the rules, a day's flags, the feeds; kept while the data do not change."""

from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np
from flask import current_app
from sqlmodel import Session

from heritage.feeds.registry import feed_titles
from heritage.flags.rules import Level, Rules
from heritage.flags.rules_file import load_rules
from heritage.flags.service import DayLevels, SiteFlag, compute_flags, compute_levels, site_history
from heritage.incidents.queries import FeedSummary, feed_summary
from heritage.services import Services
from heritage.web.cache import Memory, data_stamp
from heritage.web.day import Day
from heritage.web.words import word

T = TypeVar("T")

_FLAGS = Memory(256)
_LEVELS = Memory(64)
_HISTORIES = Memory(64)
_OTHERS = Memory(48)  # a map of many cells is a megabyte
_FEEDS = Memory(64)


def services() -> Services:
    """The services the application was built with."""
    found: Services = current_app.extensions["heritage"]
    return found


def open_session() -> AbstractContextManager[Session]:
    """A transaction of the request's own."""
    return services().database.session()


@lru_cache(maxsize=4)
def _rules(path: Path, modified_ns: int) -> Rules:
    return load_rules(path)


def current_rules() -> Rules:
    """The rules as the file has them now."""
    path = services().settings.rules_file()
    return _rules(path, path.stat().st_mtime_ns)


def _key(session: Session, day: Day, *more: object) -> tuple[object, ...]:
    return (services().database.app_url, day.as_of, day.known_on, current_rules().version, data_stamp(session), *more)


def remembered(session: Session, day: Day, what: Hashable, make: Callable[[], T]) -> T:
    """Anything else about a day that is dear to work out, kept while the data do not change."""
    return _OTHERS.get(_key(session, day, day.record_on, what), make)


def levels_on(session: Session, day: Day) -> Mapping[int, int]:
    """The level of every site above 0 on a day, by its id."""

    return _levels_kept(session, day)[1]


def _levels_kept(session: Session, day: Day) -> tuple[DayLevels, dict[int, int]]:
    def compute() -> tuple[DayLevels, dict[int, int]]:
        levels = compute_levels(session, current_rules(), as_of=day.as_of, known_on=day.known_on)
        return levels, {site: int(level) for site, level in levels.by_site().items()}

    return _LEVELS.get(_key(session, day), compute)


def top_flags(session: Session, day: Day, limit: int, among: tuple[int, ...] | None = None) -> list[SiteFlag]:
    """The sites at the highest levels on a day, with their reasons, highest first; of some sites or of all."""

    def compute() -> list[SiteFlag]:
        levels = _levels_kept(session, day)[0]
        if among is not None:
            held = np.isin(levels.site_ids, among)
            levels = DayLevels(levels.site_ids[held], levels.level[held], levels.score[held])
        # Explaining looks at every report of a site: only at those of the few that are shown.
        chosen = levels.highest(limit)
        if not chosen:
            return []
        return compute_flags(
            session,
            current_rules(),
            as_of=day.as_of,
            known_on=day.known_on,
            min_level=1,
            among=chosen,
            limit=limit,
        )

    return _FLAGS.get(_key(session, day, limit, among), compute)


def flag_of(session: Session, day: Day, site_id: int) -> SiteFlag:
    """One site's decision on a day, also when it is level 0."""

    def compute() -> SiteFlag:
        flags = compute_flags(session, current_rules(), as_of=day.as_of, known_on=day.known_on, site_id=site_id)
        return flags[0]

    return _FLAGS.get(_key(session, day, "site", site_id), compute)


def history_of(session: Session, day: Day, site_id: int, first_on: date) -> list[tuple[date, Level, float]]:
    """One site's level at the end of each day up to the day shown, as known then."""

    def compute() -> list[tuple[date, Level, float]]:
        return site_history(session, current_rules(), site_id, first_on, day.as_of, day.known_on)

    return _HISTORIES.get(_key(session, day, site_id, first_on), compute)


def feeds_known(session: Session, known_on: date) -> list[FeedSummary]:
    """What is held of each feed, as known on a day."""
    key = (services().database.app_url, known_on, data_stamp(session))
    return _FEEDS.get(key, lambda: feed_summary(session, known_on=known_on))


def feed_title(feed: str) -> str:
    """A feed's name for people."""
    return word("feed_title", feed_titles(services().settings.feeds_file()).get(feed, feed))
