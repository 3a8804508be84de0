"""What a live feed is: settings of its own, a desk to work at, and parcels that it hands over."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from heritage.core.errors import InvalidInput
from heritage.feeds.fetching import Answer, Fetcher, NotNow
from heritage.feeds.items import Item

__all__ = ["Desk", "LiveFeed", "LiveSettings", "Parcel", "Parcels", "as_text"]


@dataclass(frozen=True)
class LiveSettings:
    """The ``[<feed>.live]`` table of ``config/feeds.toml``.

    ``every_minutes``: cadence.  ``jitter_s``: each poll is put off by up to so much.  ``fresh_days``: how old the
    newest event may be before silence says nothing, from the source's usual lag.  ``catch_up_days``: what was missed
    longer ago is left.  ``budget_per_day``: requests.  ``filters``: query parameters that narrow what is asked for.
    """

    base_url: str = ""
    enabled: bool = False
    every_minutes: int = 1440
    jitter_s: int = 60
    fresh_days: int = 14
    catch_up_days: int = 7
    backfill_days: int = 365
    page_size: int = 1000
    budget_per_day: int | None = None
    pause_s: float = 0.0
    most_mb: int = 256
    total_s: float = 180.0
    read_s: float = 30.0
    attempts: int = 4
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    credentials: Sequence[str] = ()
    filters: Mapping[str, str] = field(default_factory=dict)
    attribution: str = ""

    @property
    def cadence(self) -> timedelta:
        """How often it is asked."""
        return timedelta(minutes=self.every_minutes)


@dataclass(frozen=True)
class Parcel:
    """A stretch of what a source had, taken in one transaction together with the cursor.

    Args:    file: bytes for the feed's own ``parse``; None when there are none.  release, complete, whole_years: as for
             an import.
             cursor: how far the feed has come when this is taken; None leaves it.  cursor_past: the cursor to go on
             with when this parcel is refused as a whole; None stops the run.  known_until, embargo: what the source
             withholds, in its own terms.  gap: stretches that could not be had.  received: rows of the source, where
             ``parse`` does not count them.
    """

    file: Path | None = None
    items: Sequence[Item] = ()
    release: str | None = None
    complete: bool = False
    whole_years: Sequence[int] = ()
    cursor: Mapping[str, Any] | None = None
    cursor_past: Mapping[str, Any] | None = None
    known_until: date | None = None
    embargo: str | None = None
    gap: Sequence[str] = ()
    received: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    notes: Sequence[str] = ()
    refusals: Sequence[Any] = ()
    not_before: datetime | None = None


@dataclass(frozen=True)
class Desk:
    """Where a feed works: the fetcher, its settings and keys, the time, and a private folder for what it fetched.

    ``validators`` are by address and are changed in place; they are kept when the run's parcels were taken.
    """

    fetcher: Fetcher
    settings: LiveSettings
    keys: Mapping[str, str]
    now: datetime
    folder: Path
    validators: dict[str, Mapping[str, str]]

    def key(self, name: str) -> str:
        """A credential.  Raises: InvalidInput naming the setting that is missing."""
        if not self.keys.get(name):
            raise InvalidInput(f"The setting HERITAGE_{name.upper()} is needed for this feed and is not set.")
        return self.keys[name]

    def spool(self, name: str, content: bytes) -> Path:
        """Put what was fetched into the private folder."""
        path = self.folder / name
        path.write_bytes(content)
        return path

    def get_if_changed(self, url: str, **request: Any) -> Answer:
        """Ask for one document, saying what is held of it."""
        answer = self.fetcher.get(url, validators=self.validators.get(url), **request)
        if answer.changed:
            self.validators[url] = dict(answer.validators)
        return answer


# A poll is told, in answer to each parcel, whether it was believed.
Parcels = Generator[Parcel, bool, None]


class LiveFeed(Protocol):
    """A source that is asked. ``poll`` hands on parcels, oldest first, and may be left at any of them."""

    def poll(self, desk: Desk, cursor: Mapping[str, Any]) -> Parcels: ...


def as_text(answer: Answer, notes: list[str]) -> str:
    """The text of an answer that should be UTF-8, as JSON and these files are.

    Args:    notes: is told when the source said or sent something else.
    Raises:  NotNow when no encoding fits.
    """
    for encoding in ("utf-8-sig", answer.charset, "cp1252"):
        if encoding is None:
            continue
        try:
            text = answer.content.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if encoding != "utf-8-sig":
            notes.append(f"The answer is not in UTF-8; it was read as {encoding}.")
        return text
    raise NotNow("The answer is text in no encoding that can be read.")
