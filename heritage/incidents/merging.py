"""Events of different feeds, and claims, brought together into happenings; what a person said stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.core.clock import Clock
from heritage.core.errors import N_, InvalidInput, NotFound
from heritage.db.queue import enqueue
from heritage.incidents.models import Event, EventLink, EventVersion, Verdict
from heritage.incidents.queries import of_incident
from heritage.incidents.sameness import ENOUGH, LONGEST_DAYS, SLACK_DAYS, Told, find_alike, group
from heritage.reports.queries import same_events

EVENT: sa.Table = Event.__table__  # type: ignore[attr-defined]  # SQLModel gives every table class one
VERSION: sa.Table = EventVersion.__table__  # type: ignore[attr-defined]
CLAIM = "claim-"
EVALUATE = "flags.evaluate"
# Two who merge at once would each undo the other's work; the number is arbitrary and used for nothing else.
MERGE_LOCK = 7_236_411
_MARGIN_DAYS = LONGEST_DAYS + SLACK_DAYS


@dataclass(frozen=True)
class Merged:
    """How many events changed their happening, and how many pairs were left to a person because two were alike."""

    moved: int
    open_pairs: int


def merge_events(session: Session) -> Merged:
    """Work out anew which events tell of one happening, and write down what changed; a second run changes nothing.

    Events of one feed are taken for as many happenings as the feed counts, except by a person's word or a claim's link.
    """
    session.flush()
    session.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": MERGE_LOCK})
    told = _told(session)
    same, apart = _words(session)
    alike = find_alike(told)
    heads = group(told, alike, same=[*same, *_of_claims(session)], apart=apart)
    moved = _write(session, heads)
    return Merged(moved, sum(p.score >= ENOUGH and heads[p.one] != heads[p.other] for p in alike))


def candidates(session: Session, incident_id: int, *, limit: int = 5) -> list[tuple[Told, float]]:
    """Events of other happenings that may be this one, likest first: what a person may want to join."""
    members = {e.event for e in _told_where(session, of_incident(incident_id))}
    if not members:
        return []
    mine = _told_where(session, EVENT.c.id.in_(members))
    first, last = min(t.occurred_from for t in mine), max(t.occurred_to for t in mine)
    near = _told_where(session, _in_days(first, last), EVENT.c.incident_id != incident_id)
    near = [t for t in near if any(abs(t.lat - own.lat) < 1 for own in mine)]
    by_event = {t.event: t for t in near}
    found: dict[int, float] = {}
    for pair in find_alike([*mine, *near]):
        other = pair.other if pair.one in members else pair.one
        if other in by_event and (pair.one in members or pair.other in members):
            found.setdefault(other, pair.score)
    return [(by_event[event], score) for event, score in list(found.items())[:limit]]


def say(session: Session, clock: Clock, *, one: int, other: int, verdict: Verdict, reason: str, by: str) -> Merged:
    """Record that two events are one happening or two, and act on it; an earlier word on the pair ends.

    Args:    one, other: numbers of events.  by: who says so, a name or a post.
    Raises:  NotFound for an unknown event, InvalidInput for one event twice or a missing reason.
    """
    if one == other:
        raise InvalidInput(N_("Two different events are needed."))
    if not reason.strip():
        raise InvalidInput(N_("A reason is needed."))
    one, other = sorted((one, other))
    held = session.execute(sa.select(sa.func.count()).where(EVENT.c.id.in_([one, other]))).scalar_one()
    if held != 2:
        raise NotFound(N_("There is no event of that number."))
    now = clock.now()
    for earlier in session.exec(
        select(EventLink).where(EventLink.one == one, EventLink.other == other, col(EventLink.ended_at).is_(None))
    ):
        earlier.ended_at = now
        session.add(earlier)
    session.flush()
    session.add(EventLink(one=one, other=other, verdict=verdict, reason=reason.strip(), by=by, recorded_at=now))
    merged = merge_events(session)
    if merged.moved:
        enqueue(session, EVALUATE, queueing_lock=EVALUATE)
    return merged


def list_words(session: Session, events: Sequence[int], *, limit: int = 50) -> list[EventLink]:
    """What people said of these events and still stands, newest first."""
    about = sa.or_(col(EventLink.one).in_(events), col(EventLink.other).in_(events))
    query = select(EventLink).where(about, col(EventLink.ended_at).is_(None))
    return list(session.exec(query.order_by(col(EventLink.id).desc()).limit(limit)).all())


def current_incident(session: Session, incident_id: int) -> int | None:
    """The happening that an event with this number belongs to now: an address stays good when events are joined."""
    found = session.execute(sa.select(EVENT.c.incident_id).where(EVENT.c.id == incident_id)).scalar_one_or_none()
    return None if found is None else int(found)


def _words(session: Session) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    rows = session.exec(select(EventLink).where(col(EventLink.ended_at).is_(None)).order_by(col(EventLink.id))).all()
    pairs: dict[Verdict, list[tuple[int, int]]] = {verdict: [] for verdict in Verdict}
    for row in rows:
        pairs[Verdict(row.verdict)].append((row.one, row.other))
    return pairs[Verdict.SAME], pairs[Verdict.APART]


def _of_claims(session: Session) -> list[tuple[int, int]]:
    """Claims that a person called one event, as events."""
    links = same_events(session)
    if not links:
        return []
    names = sorted({f"{CLAIM}{claim}" for link in links for claim in link})
    rows = session.execute(sa.select(EVENT.c.event_id, EVENT.c.id).where(EVENT.c.event_id.in_(names)))
    event = {str(name): int(number) for name, number in rows}
    pairs = [(event.get(f"{CLAIM}{one}"), event.get(f"{CLAIM}{other}")) for one, other in links]
    return [(one, other) for one, other in pairs if one is not None and other is not None]


def _told(session: Session) -> list[Told]:
    """What rules may join: events that stand beside one of another feed in time. One feed alone needs no look."""
    sizes = session.execute(
        sa.text(
            "select feed, coalesce(sum(upper(span) - lower(span)), 0) from event_release"
            " left join lateral unnest(members) as span on true group by feed order by 2, 1"
        )
    ).all()
    if len(sizes) < 2:
        return []
    # The largest feed may hold decades: only the days of the others matter.
    few = [str(feed) for feed, _ in sizes[:-1]]
    told = _told_where(session, EVENT.c.feed.in_(few))
    if not told:
        return []
    first, last = min(t.occurred_from for t in told), max(t.occurred_to for t in told)
    return [*told, *_told_where(session, EVENT.c.feed == sizes[-1][0], _in_days(first, last))]


def _in_days(first: Any, last: Any) -> sa.ColumnElement[bool]:
    margin = sa.text(f"interval '{_MARGIN_DAYS} days'")
    return sa.and_(
        VERSION.c.occurred_to >= sa.cast(first, sa.Date) - margin,
        VERSION.c.occurred_from <= sa.cast(last, sa.Date) + margin,
    )


def _told_where(session: Session, *conditions: sa.ColumnElement[bool]) -> list[Told]:
    words = sa.type_coerce(VERSION.c.kind, sa.Text)
    query = (
        sa.select(
            EVENT.c.id, EVENT.c.feed, VERSION.c.lon, VERSION.c.lat, VERSION.c.radius_km, VERSION.c.occurred_from,
            VERSION.c.occurred_to, words, VERSION.c.side_a, VERSION.c.side_b, VERSION.c.fatalities_best,
        )
        .join_from(EVENT, VERSION, VERSION.c.event == EVENT.c.id)
        .where(VERSION.c.replaced_at.is_(None), VERSION.c.withdrawn.is_(False), VERSION.c.place_id.is_not(None))
        .where(*conditions)
        .order_by(EVENT.c.id)
    )  # fmt: skip
    return [
        Told(event, feed, lon, lat, radius, begun, ended, kind, tuple(s for s in (side_a, side_b) if s), deaths)
        for event, feed, lon, lat, radius, begun, ended, kind, side_a, side_b, deaths in session.execute(query)
    ]


def _write(session: Session, heads: dict[int, int]) -> int:
    """Each event's happening; whoever is no longer joined to anything is its own again."""
    joined = {event: head for event, head in heads.items() if event != head}
    release = sa.text(
        "update event set incident_id = id where incident_id <> id and not id = any(cast(:joined as bigint[]))"
    )
    moved = session.connection().execute(release, {"joined": list(joined)}).rowcount
    update = sa.text(
        "update event set incident_id = new.incident from"
        " unnest(cast(:events as bigint[]), cast(:incidents as bigint[])) as new (event, incident)"
        " where event.id = new.event and event.incident_id <> new.incident"
    )
    values = {"events": list(joined), "incidents": list(joined.values())}
    return int(moved + session.connection().execute(update, values).rowcount)
