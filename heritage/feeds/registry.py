"""The feeds this program knows: a new one is a module, a line here and a section in ``config/feeds.toml``."""

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from heritage.core.errors import InvalidInput, NotFound
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
def _sections(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise InvalidInput(f"The feeds' settings {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The feeds' settings {path} cannot be used: {error}.") from error


def feed_settings(name: str, path: Path | None = None) -> FeedSettings:
    """The configuration of one feed.

    Args:    path: the file of settings, by default the one that comes with the program.
    Raises:  NotFound, naming the feeds there are; InvalidInput for a file that cannot be used.
    """
    if name not in ADAPTERS:
        raise NotFound(f"There is no feed {name!r}; known are {', '.join(sorted(ADAPTERS))}.")
    path = path or data_dir("config") / "feeds.toml"
    try:
        return FeedSettings(**_sections(path)[name])
    except (KeyError, TypeError) as error:
        raise InvalidInput(f"The feeds' settings {path} lack what the feed {name} needs: {error}.") from error


def get_feed(name: str, path: Path | None = None) -> FeedAdapter:
    """The adapter of one feed, configured; arguments and errors as for `feed_settings`."""
    settings = feed_settings(name, path)
    return ADAPTERS[name](settings, name)
