"""The words every feed is translated into: precision, kind of event, grades; and how releases are ordered."""

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from heritage.core.errors import InvalidInput

# Several values in one text column are joined with the unit separator: no feed writes it, and splitting it is cheap.
UNIT = "\x1f"

# A coarser place is a statement about a province or a country, and never gets a point that could be near anything.
WIDEST_USABLE_KM = 30.0
LONGEST_NAME = 60  # of a release, in characters


class LocationPrecision(StrEnum):
    """How well the place is known; only the first three can be near something, the third never alone."""

    EXACT = "exact"
    NEAR = "near"
    DISTRICT = "district"
    PROVINCE = "province"
    AREA = "area"
    COUNTRY = "country"
    NONE = "none"


class TimePrecision(StrEnum):
    """How well the day is known."""

    DAY = "day"
    DAYS = "days"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    UNKNOWN = "unknown"


class EventKind(StrEnum):
    """What happened, in words common to all feeds."""

    FIGHTING = "fighting"
    NON_STATE_FIGHTING = "non_state_fighting"
    VIOLENCE_AGAINST_CIVILIANS = "violence_against_civilians"
    AIR_STRIKE = "air_strike"
    SHELLING = "shelling"
    EXPLOSION = "explosion"
    CONTROL_CHANGE = "control_change"
    LOOTING = "looting"
    DELIBERATE_DESTRUCTION = "deliberate_destruction"
    OTHER = "other"


class Reliability(StrEnum):
    """Admiralty grade of a source; F is "cannot be judged", not "worst"."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"
    F = "F"


@dataclass(frozen=True)
class Release:
    """One published state of a data set.

    ``rank`` orders the releases of a feed: by day of publication first, so that monthly and yearly ones interleave.
    ``released_on`` is None when nobody said when it was published.
    """

    name: str
    released_on: date | None
    rank: tuple[int, ...]


_RELEASE = re.compile(r"^v?(\d{2})(?:[._](\d{1,2})(?:[._](\d{1,2})(?:[._](\d{1,2}))?)?)?$", re.IGNORECASE)
_ARCHIVE_NAME = re.compile(r"^ged(\d\d)(\d)(?=[^0-9]|$)", re.IGNORECASE)
_IN_FILE_NAME = re.compile(r"(?:^|[^a-z0-9])(?:ged)?v(\d{2}(?:[._]\d{1,2}){0,3})(?=[^0-9]|$)", re.IGNORECASE)


def ucdp_release(text: str, *, fetched_on: date, known_days: Mapping[str, date]) -> Release:
    """A UCDP release from what a person or a file name calls it.

    Args:    text: "25.1", "v25_1", "25" (yearly), "26.0.3" (candidate of March), "26.01.26.06" (consolidated) or any
             other name.  fetched_on: the day the file came here, which orders a name that says nothing.
             known_days: publication days by release, from the configuration.
    Returns: the release; yearly ones count as published on 1 July, candidates at the end of the month that follows.
    Raises:  InvalidInput for a name that nobody can read.
    Source:  feeds.md, section 1, "Products".
    """
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise InvalidInput(f"A release has a short name such as 25.1, not {text[:20]!r}.")
    match = _RELEASE.match(text.strip())
    if not match:
        return Release(text.strip(), known_days.get(text.strip()), (fetched_on.toordinal(),))
    major, *rest = (int(part) for part in match.groups() if part is not None)
    parts = (major, *(rest or [1]))
    name = ".".join(f"{part:02d}" if len(parts) == 4 else str(part) for part in parts)
    released_on = known_days.get(name) or _usual_day(parts) or None
    return Release(name, released_on, ((released_on or fetched_on).toordinal(), *parts))


def daily_release(given: str | None, fetched_on: date) -> Release:
    """The release of a source that has none: what came on one day, in the order of days.

    Args:    given: a day a person named, else None.
    Raises:  InvalidInput for a name that is no day.
    """
    try:
        day = date.fromisoformat(given) if given else fetched_on
    except ValueError:
        raise InvalidInput(f"This feed has no releases; name the day it was fetched on, not {given!r}.") from None
    return Release(day.isoformat(), None, (day.toordinal(),))


def release_in_name(file_name: str) -> str | None:
    """The release that a file's name carries ("GEDEvent_v26_0_1.csv" gives "26_0_1"), or None."""
    if match := _ARCHIVE_NAME.match(file_name):
        return f"{match.group(1)}.{match.group(2)}"
    match = _IN_FILE_NAME.search(file_name)
    return match.group(1) if match else None


def _usual_day(parts: tuple[int, ...]) -> date | None:
    year = 2000 + parts[0]
    if len(parts) == 2 and parts[1] >= 1:
        return date(year, 7, 1)
    month = parts[-1]
    if len(parts) in (3, 4) and 1 <= month <= 12:
        following_year, following = (year + 1, 1) if month == 12 else (year, month + 1)
        return date(following_year, following, monthrange(following_year, following)[1])
    return None
