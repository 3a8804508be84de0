"""Versions in time: withdrawals, releases out of order, and when each version was the newest known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from heritage.feeds.domain import Release

# One import of events at a time: ids are taken in blocks and places are looked up once. The number means nothing else.
IMPORT_LOCK = 7_236_403

# What a version says; a withdrawal and a restatement carry it on.
CARRIED = (
    "reported_at",
    "place_id",
    "lon",
    "lat",
    "radius_km",
    "location_precision",
    "time_precision",
    "occurred_from",
    "occurred_to",
    "kind",
    "place_name",
    "place_note",
    "country",
    "admin1",
    "side_a",
    "side_b",
    "fatalities_low",
    "fatalities_best",
    "fatalities_high",
    "source_names",
    "source_dates",
    "source_titles",
    "origins",
    "reliability",
    "credibility",
    "summary",
    "marks",
    "digest",
)
_CARRIED = ", ".join(CARRIED)


@dataclass(frozen=True)
class Target:
    """The release that a file is loaded into; ``is_newest`` when none of the feed's others is younger."""

    feed: str
    release_id: int
    released_on: date | None
    rank: tuple[int, ...]
    is_newest: bool
    fetched_at: datetime


def open_target(connection: psycopg.Connection[Any], feed: str, release: Release, fetched_at: datetime) -> Target:
    """Take the import lock for the rest of the transaction and find or make the release.

    Returns: the target; a release met before keeps the day and the rank it was given then.
    """
    connection.execute("select pg_advisory_xact_lock(%s)", (IMPORT_LOCK,))
    connection.execute("set local timezone = 'UTC'")
    connection.execute("drop table if exists pg_temp.staged_version")
    connection.execute(
        """
        insert into event_release (feed, release, released_on, rank) values (%s, %s, %s, %s)
        on conflict do nothing
        """,
        (feed, release.name, release.released_on, list(release.rank)),
    )
    row = connection.execute(
        """
        select id, released_on, rank,
               not exists (select from event_release other where other.feed = own.feed and other.rank > own.rank)
        from event_release own where feed = %s and release = %s
        """,
        (feed, release.name),
    ).fetchone()
    assert row is not None
    return Target(feed, row[0], row[1], tuple(row[2]), row[3], fetched_at)


def open_staging(connection: psycopg.Connection[Any]) -> None:
    """Where changed versions and withdrawals wait; it goes with the transaction."""
    connection.execute(
        "create temporary table if not exists staged_version (like event_version including defaults) on commit drop"
    )


def list_missing(
    connection: psycopg.Connection[Any], target: Target, members: str, scope: dict[str, Any]
) -> list[tuple[int, str]]:
    """Events that a complete release should hold and does not.

    Args:    members: multirange of the events in the file.  scope: the file's own {countries, years}.
    Returns: (number, the feed's id), in order of number.
    """
    query = MISSING_NOW if target.is_newest else MISSING_THEN
    values = {"feed": target.feed, "release": target.release_id, "rank": list(target.rank), "members": members, **scope}
    return connection.execute(query, values).fetchall()


def list_standing(
    connection: psycopg.Connection[Any], target: Target, event_ids: Sequence[str]
) -> list[tuple[int, str]]:
    """Of the events that a source takes back those that stand; what this very file says of them is dropped.

    Returns: (number, the feed's id), in order of number.
    """
    open_staging(connection)
    values = {"feed": target.feed, "ids": list(event_ids)}
    # Two versions of one event in one load would want the same place in time; the withdrawal is the later word.
    connection.execute(
        "delete from staged_version s using event e where e.id = s.event and e.feed = %(feed)s"
        " and e.event_id = any(%(ids)s)",
        values,
    )
    return connection.execute(
        "select e.id, e.event_id from event e join event_version v on v.event = e.id and v.replaced_at is null"
        " where e.feed = %(feed)s and e.event_id = any(%(ids)s) and not v.withdrawn order by e.id",
        values,
    ).fetchall()


def list_countries(connection: psycopg.Connection[Any], feed: str) -> list[str]:
    """The countries in which a feed holds events that stand, as it writes them."""
    query = (
        "select distinct v.country from event e join event_version v on v.event = e.id and v.replaced_at is null"
        " where e.feed = %s and not v.withdrawn and v.country is not null"
    )
    return [row[0] for row in connection.execute(query, (feed,)).fetchall()]


def stage_withdrawals(connection: psycopg.Connection[Any], target: Target, events: Sequence[int]) -> None:
    """State, as this release's version of them, that these events are no longer in the data set."""
    open_staging(connection)
    connection.execute(
        STAGE_WITHDRAWALS.encode(),
        {
            "release": target.release_id,
            "fetched_at": target.fetched_at,
            "events": list(events),
            "rank": list(target.rank),
        },
    )


def settle(
    connection: psycopg.Connection[Any],
    target: Target,
    members: str,
    *,
    first_new: int | None,
    complete_scope: dict[str, Any] | None,
) -> None:
    """Put staged versions into their places in time and remember which events this release holds.

    Args:    members: multirange of the events in the file.  first_new: least number of those that were not held before.
             complete_scope: {countries, years} for which the file claims to be all, or None.
    """
    if not target.is_newest and first_new is not None:
        _withdraw_what_later_releases_lack(connection, target, first_new)
    if connection.execute("select to_regclass('pg_temp.staged_version') is not null").fetchone() == (True,):
        connection.execute(PLACE_STAGED.encode())
        if not target.is_newest:
            values = {"feed": target.feed, "rank": list(target.rank)}
            connection.execute(RESTATE.encode(), values)
            connection.execute(WITHDRAW_BETWEEN.encode(), values)
        connection.execute("analyze pg_temp.staged_version")
        connection.execute(RECHAIN)
    connection.execute(
        REMEMBER,
        {
            "release": target.release_id,
            "members": members,
            "scopes": Jsonb([complete_scope] if complete_scope else []),
        },
    )


def _withdraw_what_later_releases_lack(connection: psycopg.Connection[Any], target: Target, first_new: int) -> None:
    """An event first heard of in an older release was already gone in a newer one that was complete."""
    later = connection.execute(
        "select id, complete_scopes from event_release where feed = %s and rank > %s order by rank",
        (target.feed, list(target.rank)),
    ).fetchall()
    for release_id, scopes in later:
        for scope in scopes:
            values = {"later": release_id, "release": target.release_id, "first_new": first_new, **scope}
            connection.execute(WITHDRAW_NEW.encode(), values)
            connection.execute(CLOSE_NEW, values)


MISSING_NOW = """
select e.id, e.event_id from event e
join event_version v on v.event = e.id and v.replaced_at is null
where e.feed = %(feed)s and not v.withdrawn and v.country = any(%(countries)s)
  and extract(year from v.occurred_from)::int = any(%(years)s) and not e.id <@ %(members)s::int8multirange
  and not e.id <@ (select members from event_release where id = %(release)s)
order by e.id
"""

MISSING_THEN = """
select e.id, e.event_id from event e
join lateral (
    select v.withdrawn, v.country, v.occurred_from from event_version v join event_release r on r.id = v.release_id
    where v.event = e.id and r.rank <= %(rank)s order by r.rank desc, v.revision desc limit 1
) v on true
where e.feed = %(feed)s and not v.withdrawn and v.country = any(%(countries)s)
  and extract(year from v.occurred_from)::int = any(%(years)s) and not e.id <@ %(members)s::int8multirange
  and not e.id <@ (select members from event_release where id = %(release)s)
order by e.id
"""

STAGE_WITHDRAWALS = f"""
insert into staged_version (event, release_id, fetched_at, known_at, withdrawn, {_CARRIED})
select event, %(release)s, %(fetched_at)s, %(fetched_at)s, true, {_CARRIED} from (
    select distinct on (v.event) v.* from event_version v join event_release r on r.id = v.release_id
    where v.event = any(%(events)s) and r.rank <= %(rank)s order by v.event, r.rank desc, v.revision desc
) newest
"""

PLACE_STAGED = f"""
insert into event_version (event, revision, release_id, fetched_at, known_at, withdrawn, {_CARRIED})
select s.event,
       coalesce((select max(v.revision) + 1 from event_version v
                 where v.event = s.event and v.release_id = s.release_id), 0),
       release_id, fetched_at, known_at, withdrawn, {_CARRIED}
from staged_version s
"""

# A later release that repeated an event without a change has no version of its own. When a release between it and the
# one it repeats says something else, the later one must say its content again, or the older word would seem the newest.
RESTATE = f"""
insert into event_version (event, release_id, fetched_at, known_at, withdrawn, {_CARRIED})
select staged.event, later.id, before.fetched_at, before.known_at, before.withdrawn,
       {", ".join(f"before.{name}" for name in CARRIED)}
from (select distinct event from staged_version) staged
join lateral (
    select id, r.rank from event_release r
    where r.feed = %(feed)s and r.rank > %(rank)s and staged.event <@ r.members order by r.rank limit 1
) later on true
join lateral (
    select v.* from event_version v join event_release r on r.id = v.release_id
    where v.event = staged.event and r.rank < %(rank)s order by r.rank desc, v.revision desc limit 1
) before on true
where not exists (
    select from event_version v join event_release r on r.id = v.release_id
    where v.event = staged.event and r.rank > %(rank)s and r.rank <= later.rank
)
"""

# An event that a later release holds, and of which an older one is heard only now, was gone for as long as a complete
# release between the two lacks it.
WITHDRAW_BETWEEN = f"""
insert into event_version (event, release_id, fetched_at, known_at, withdrawn, {_CARRIED})
select distinct on (staged.event) staged.event, r.id, staged.fetched_at, staged.known_at, true,
       {", ".join(f"staged.{name}" for name in CARRIED)}
from staged_version staged
join event_release r on r.feed = %(feed)s and r.rank > %(rank)s
where not staged.withdrawn and not staged.event <@ r.members
  and exists (
    select from jsonb_to_recordset(r.complete_scopes) as scope (countries text[], years int[])
    where staged.country = any(scope.countries) and extract(year from staged.occurred_from)::int = any(scope.years)
  )
  and not exists (
    select from event_release other where other.feed = r.feed and other.rank > %(rank)s and other.rank < r.rank
      and staged.event <@ other.members
  )
  and not exists (
    select from event_version v join event_release other on other.id = v.release_id
    where v.event = staged.event and other.rank > %(rank)s and other.rank <= r.rank
  )
order by staged.event, r.rank
"""

WITHDRAW_NEW = f"""
insert into event_version (event, release_id, fetched_at, known_at, withdrawn, {_CARRIED})
select v.event, %(later)s, v.fetched_at, greatest(v.known_at, coalesce(r.released_on::timestamptz, v.fetched_at)), true,
       {", ".join(f"v.{name}" for name in CARRIED)}
from event_version v join event_release r on r.id = %(later)s
where v.release_id = %(release)s and v.event >= %(first_new)s and v.country = any(%(countries)s)
  and extract(year from v.occurred_from)::int = any(%(years)s) and v.replaced_at is null and not v.withdrawn
"""

CLOSE_NEW = """
update event_version v set replaced_at = w.known_at from event_version w
where w.event = v.event and w.release_id = %(later)s and v.release_id = %(release)s and v.event >= %(first_new)s
  and v.replaced_at is null
"""

REMEMBER = """
update event_release
set members = members + %(members)s::int8multirange, complete_scopes = complete_scopes || %(scopes)s::jsonb
where id = %(release)s and not (%(members)s::int8multirange <@ members and complete_scopes @> %(scopes)s::jsonb)
"""

# When each version became known, and until when it was the newest: domain.known_first and known_later, for every event
# that a load touched. A later version is never known before the one it replaces.
RECHAIN = """
with chain as (
    select v.event, v.release_id, v.revision, r.rank,
           row_number() over steps as step,
           case when row_number() over steps = 1 then
                    case when v.reported_at >= v.occurred_from then v.reported_at
                         when r.released_on >= v.occurred_from then r.released_on::timestamptz
                         else v.fetched_at end
                when v.withdrawn then coalesce(r.released_on::timestamptz, v.fetched_at)
                when v.revision > 0 then greatest(v.fetched_at, v.reported_at)
                else greatest(coalesce(r.released_on::timestamptz, v.fetched_at), v.reported_at) end as own_known_at
    from event_version v
    join event_release r on r.id = v.release_id
    where v.event in (select event from staged_version)
    window steps as (partition by v.event order by r.rank, v.revision)
), known as (
    select *, max(own_known_at) over (partition by event order by step) as settled_at from chain
), chained as (
    select *, lead(settled_at) over (partition by event order by step) as next_at from known
)
update event_version v set known_at = c.settled_at, replaced_at = c.next_at
from chained c
where v.event = c.event and v.release_id = c.release_id and v.revision = c.revision
  and (v.known_at, v.replaced_at) is distinct from (c.settled_at, c.next_at)
"""
