"""When something that is said could have been used: never before it was published, never with hindsight."""

from datetime import UTC, date, datetime, time


def start_of_day(day: date) -> datetime:
    """The first moment of a UTC day, aware."""
    return datetime.combine(day, time.min, tzinfo=UTC)


def known_first(
    occurred_from: date | None, reported_at: datetime | None, released_on: date | None, fetched_at: datetime
) -> datetime:
    """When the first version of a statement could have been used.

    Args:    occurred_from: first day of what it speaks of, None when it gives no time.  reported_at: the source's own
             publication date.  released_on: of the data set.  fetched_at: when it came here.
    Returns: reported_at where it is not before the occurrence begins, else the release date under the same condition
             (a file may carry rows younger than the release it claims to be), else fetched_at.
    Source:  contracts.md, "Time".
    """
    begun = occurred_from or date.min
    if reported_at is not None and reported_at >= start_of_day(begun):
        return reported_at
    if released_on is not None and released_on >= begun:
        return start_of_day(released_on)
    return fetched_at


def known_later(
    before: datetime, reported_at: datetime | None, released_on: date | None, fetched_at: datetime
) -> datetime:
    """When a correction or a withdrawal could have been used.

    Args:    before: when the version before it became known; the rest as in ``known_first``.
    Returns: never earlier than the release that brought it, or hindsight would leak into a replay.
    """
    carried = start_of_day(released_on) if released_on is not None else fetched_at
    return max(before, carried, reported_at or carried)
