"""The feeds this program knows: a new one is a module, a line here and a section in ``config/feeds.toml``."""

import tomllib
from collections.abc import Callable
from functools import cache
from typing import Any

from heritage.core.errors import NotFound
from heritage.feeds.base import FeedAdapter, FeedSettings
from heritage.feeds.reports_file import ReportsFeed
from heritage.feeds.ucdp import UCDPFeed
from heritage.settings import data_dir

ADAPTERS: dict[str, Callable[[FeedSettings, str], FeedAdapter]] = {
    "ucdp": UCDPFeed,
    "starter": ReportsFeed,
    "reports": ReportsFeed,
}


@cache
def _sections() -> dict[str, Any]:
    with (data_dir("config") / "feeds.toml").open("rb") as file:
        return tomllib.load(file)


def feed_settings(name: str) -> FeedSettings:
    """The configuration of one feed.  Raises: NotFound."""
    if name not in ADAPTERS:
        raise NotFound(f"There is no feed {name!r}; known are {', '.join(sorted(ADAPTERS))}.")
    return FeedSettings(**_sections()[name])


def get_feed(name: str) -> FeedAdapter:
    """The adapter of one feed, configured.  Raises: NotFound, naming the feeds there are."""
    return ADAPTERS[name](feed_settings(name), name) if name in ADAPTERS else _unknown(name)


def _unknown(name: str) -> FeedAdapter:
    raise NotFound(f"There is no feed {name!r}; known are {', '.join(sorted(ADAPTERS))}.")
