"""The feeds this program knows: a new one is a module, a line here and a section in ``config/feeds.toml``."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from heritage.core.errors import InvalidInput, NotFound, OperatorError
from heritage.feeds.acled import ACLEDFeed
from heritage.feeds.acled_api import ACLEDPolls
from heritage.feeds.base import FeedAdapter, FeedSettings
from heritage.feeds.cap import CAPFeed, CAPPolls
from heritage.feeds.gdelt import GDELTFeed
from heritage.feeds.gdelt_slots import GDELTPolls
from heritage.feeds.live import LiveFeed, LiveSettings
from heritage.feeds.reliefweb import ReliefWebPolls
from heritage.feeds.reports_file import ReportsFeed
from heritage.feeds.rss import NewsPolls
from heritage.feeds.ucdp import UCDPFeed
from heritage.feeds.ucdp_api import UCDPPolls
from heritage.settings import data_dir

# Feeds of events, by their own name; `incidents import --feed` reads a file of any of them.
ADAPTERS: dict[str, Callable[[FeedSettings, str], FeedAdapter]] = {
    "ucdp": UCDPFeed,
    "acled": ACLEDFeed,
    "gdelt": GDELTFeed,
    "cap": CAPFeed,
    "starter": ReportsFeed,
    "reports": ReportsFeed,
}
# How the live ones are asked. Those that are no adapter above bring items of news and no events.
POLLS: dict[str, Callable[[], LiveFeed]] = {
    "ucdp": UCDPPolls,
    "acled": ACLEDPolls,
    "gdelt": GDELTPolls,
    "cap": CAPPolls,
    "rss": NewsPolls,
    "reliefweb": ReliefWebPolls,
}


@dataclass(frozen=True)
class Configured:
    """One live feed as it is set up. ``kind``: which of ``POLLS``; ``adapter``: None for a feed of news."""

    name: str
    kind: str
    settings: FeedSettings
    live: LiveSettings
    polls: LiveFeed
    adapter: FeedAdapter | None


@cache
def _sections(path: Path) -> dict[str, Any]:
    own = data_dir("config") / "feeds.toml"
    shipped = _read(own)
    return shipped if path == own else _merged(shipped, _read(path))


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise OperatorError(f"The feeds' settings {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OperatorError(f"The feeds' settings {path} cannot be used: {error}.") from error


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """An operator's file says only what differs."""
    merged = dict(below)
    for key, value in above.items():
        held = merged.get(key)
        merged[key] = _merged(held, value) if isinstance(held, dict) and isinstance(value, dict) else value
    return merged


def _path(path: Path | None) -> Path:
    return path or data_dir("config") / "feeds.toml"


def _kind(name: str, section: Mapping[str, Any]) -> str:
    """A section may name the kind of feed it is, so that there may be several of one."""
    return str(section.get("feed", name))


def feed_settings(name: str, path: Path | None = None) -> FeedSettings:
    """The configuration of one feed.

    Args:    path: a file whose settings go before those that come with the program.
    Raises:  NotFound, naming the feeds there are; InvalidInput for a file that cannot be used.
    """
    path = _path(path)
    sections = _sections(path)
    section = sections.get(name)
    if not isinstance(section, dict) or _kind(name, section) not in {*ADAPTERS, *POLLS}:
        known = sorted(n for n, s in sections.items() if isinstance(s, dict) and _kind(n, s) in ADAPTERS)
        raise NotFound(f"There is no feed {name!r}; known are {', '.join(known)}.")
    try:
        return FeedSettings(**{key: value for key, value in section.items() if key not in ("live", "feed")})
    except TypeError as error:
        raise OperatorError(f"The feeds' settings {path} lack what the feed {name} needs: {error}.") from error


def get_feed(name: str, path: Path | None = None) -> FeedAdapter:
    """The adapter of one feed of events, configured; arguments and errors as for `feed_settings`."""
    settings = feed_settings(name, path)
    kind = _kind(name, _sections(_path(path))[name])
    if kind not in ADAPTERS:
        raise NotFound(f"The feed {name!r} brings news to read and no events; it cannot be imported from a file.")
    return ADAPTERS[kind](settings, name)


def feed_titles(path: Path | None = None) -> dict[str, str]:
    """Every feed's name for people, by its own."""
    return {
        name: str(section["title"])
        for name, section in _sections(_path(path)).items()
        if isinstance(section, dict) and "title" in section
    }


def list_live(path: Path | None = None) -> list[Configured]:
    """The live feeds that are set up, switched on or not, by name."""
    sections = _sections(_path(path))
    live = (name for name, s in sections.items() if isinstance(s, dict) and "live" in s)
    return [get_live(name, path) for name in sorted(live)]


def get_live(name: str, path: Path | None = None) -> Configured:
    """One live feed.

    Raises:  NotFound, naming the live feeds there are; InvalidInput for settings that cannot be used.
    """
    path = _path(path)
    sections = _sections(path)
    section = sections.get(name)
    if not isinstance(section, dict) or "live" not in section:
        known = sorted(n for n, s in sections.items() if isinstance(s, dict) and "live" in s)
        raise NotFound(f"There is no live feed {name!r}; known are {', '.join(known)}.")
    kind = _kind(name, section)
    if kind not in POLLS:
        raise OperatorError(f"The feeds' settings {path} call {name} a feed {kind!r}; known are {', '.join(POLLS)}.")
    settings = feed_settings(name, path)
    adapter = ADAPTERS[kind](settings, name) if kind in ADAPTERS else None
    return Configured(name, kind, settings, _live(name, section["live"], path), POLLS[kind](), adapter)


def _live(name: str, table: Any, path: Path) -> LiveSettings:
    known = {each.name: each for each in fields(LiveSettings)}
    if not isinstance(table, dict) or (unknown := sorted(set(table) - set(known))):
        named = f": {', '.join(unknown)}" if isinstance(table, dict) else ""
        raise OperatorError(f"The feeds' settings {path} say of [{name}.live] what nobody knows{named}.")
    live = LiveSettings(**table)
    if live.every_minutes < 1 or not 0 <= live.jitter_s <= live.every_minutes * 30:
        raise InvalidInput(
            f"[{name}.live] needs every_minutes of at least 1 and a jitter_s of at most half of that, in {path}."
        )
    if live.base_url and not live.base_url.startswith(("http://", "https://")):
        raise InvalidInput(f"[{name}.live] base_url is no web address, in {path}.")
    return live
