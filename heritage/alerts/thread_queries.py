"""Reads of threads: how an open one stands, what was said, who wants to be told, and the ledger of delivery."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.alerts.models import (
    Alert,
    AlertState,
    AlertThread,
    AlertWord,
    Frequency,
    Post,
    PostState,
    Subscriber,
    Subscription,
)
from heritage.alerts.steps import Report, Told
from heritage.alerts.wishes import Place, Wish, seen
from heritage.core.errors import N_, NotFound
from heritage.incidents.queries import known_versions
from heritage.policy.disclosure import public_point
from heritage.sites.models import DangerPeriod, Part, Site

POST: sa.Table = Post.__table__  # type: ignore[attr-defined]  # SQLModel gives every table class one
ALERT: sa.Table = Alert.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True)
class OpenThread:
    """A thread that is not over, with its steps, and the newest of them that was decided and not overtaken."""

    thread: AlertThread
    alerts: tuple[Alert, ...]
    told: Told

    @property
    def held(self) -> Alert | None:
        """The step that waits for people, if one does; it is the newest then."""
        return self.alerts[-1] if self.alerts and self.alerts[-1].state == AlertState.HELD else None


def list_open(session: Session, at: datetime) -> dict[int, OpenThread]:
    """Threads that were open at a moment, by site, as they stood then."""
    threads = session.exec(
        select(AlertThread).where(
            col(AlertThread.opened_at) <= at,
            sa.or_(col(AlertThread.closed_at).is_(None), col(AlertThread.closed_at) > at),
        )
    ).all()
    alerts: dict[int, list[Alert]] = {}
    ids = [thread.id for thread in threads]
    query = select(Alert).where(col(Alert.thread_id).in_(ids), col(Alert.decided_at) <= at)
    for alert in session.exec(query.order_by(col(Alert.thread_id), col(Alert.step))) if ids else ():
        alerts.setdefault(alert.thread_id, []).append(alert)
    return {
        thread.site_id: OpenThread(thread, steps, _told(thread, steps))
        for thread in threads
        for steps in (tuple(alerts.get(thread.id or 0, ())),)
    }


def _told(thread: AlertThread, alerts: Sequence[Alert]) -> Told:
    """A rejected step counts as said: the same is not proposed again until something changes."""
    settled = [alert for alert in alerts if alert.state in (AlertState.RELEASED, AlertState.REJECTED)]
    released = [alert for alert in settled if alert.state == AlertState.RELEASED]
    reports: dict[int, Report] = {}
    for alert in settled:
        for incident, day, km in alert.basis["reports"]:
            reports[incident] = Report(incident, date.fromisoformat(day), km)
        for incident in alert.basis["wrong"]:
            # Put right by that step: what stands of it anew is among its reports.
            if incident not in {line[0] for line in alert.basis["reports"]}:
                reports.pop(incident, None)
    if not settled:
        return Told(0, thread.opened_at, None)
    return Told(settled[-1].level, settled[-1].decided_at, released[-1].level if released else None, reports)


def newest_episode(session: Session, site_id: int) -> int:
    """The number of a site's latest episode, 0 when there was none."""
    newest = sa.select(sa.func.max(col(AlertThread.episode))).where(col(AlertThread.site_id) == site_id)
    return int(session.scalar(newest) or 0)


def find_distances(
    session: Session, site_id: int, incidents: Collection[int], known_on: date
) -> dict[int, list[float] | None]:
    """How far happenings are from a site's parts, as known on a day.

    Returns: by happening: None when it is not reported any more, else its distances in km to the parts within reach.
    """
    if not incidents:
        return {}
    known = known_versions(known_on=known_on).subquery("known")
    here = sa.select(known.c.incident_id, known.c.place_id).where(known.c.incident_id.in_(list(incidents)))
    places = {(row.incident_id, row.place_id) for row in session.execute(here)}
    near = sa.text(
        "select near.place_id, near.distance_km from proximity near join part on part.id = near.part_id"
        " where part.site_id = :site and part.withdrawn_on is null and near.place_id = any(:places)"
    )
    ids = sorted({place for _, place in places if place is not None})
    distances: dict[int, list[float]] = {}
    for row in session.execute(near, {"site": site_id, "places": ids}):
        distances.setdefault(row.place_id, []).append(row.distance_km)
    found: dict[int, list[float] | None] = dict.fromkeys(incidents)
    for incident, place in places:
        found[incident] = [*(found[incident] or ()), *distances.get(place or 0, ())]
    return found


@dataclass(frozen=True)
class NearPart:
    """A part of a site within reach of a happening."""

    incident: int
    ref: str
    name: str
    distance_km: float
    low_km: float
    high_km: float


def list_near_parts(
    session: Session, site_id: int, incidents: Collection[int], known_on: date, within_km: float
) -> list[NearPart]:
    """Every part of a site whose edge lies within a distance of a happening's place, nearest first."""
    known = known_versions(known_on=known_on).subquery("known")
    places = sa.select(known.c.incident_id, known.c.place_id).where(
        known.c.incident_id.in_(list(incidents)), known.c.place_id.is_not(None)
    )
    by_place: dict[int, set[int]] = {}
    for row in session.execute(places) if incidents else ():
        by_place.setdefault(row.place_id, set()).add(row.incident_id)
    query = sa.text(
        "select near.place_id, part.ref, part.name, near.distance_km, near.low_km, near.high_km from proximity near"
        " join part on part.id = near.part_id where part.site_id = :site and part.withdrawn_on is null"
        " and near.place_id = any(:places) and near.distance_km - coalesce(part.extent_km, 0) <= :within"
        " order by near.distance_km, part.ref"
    )
    rows = session.execute(query, {"site": site_id, "places": sorted(by_place), "within": within_km})
    return [
        NearPart(incident, row.ref, row.name, row.distance_km, row.low_km, row.high_km)
        for row in rows
        for incident in sorted(by_place[row.place_id])
    ]


def part_names(session: Session, site_id: int) -> Mapping[str, str]:
    """Names of a site's parts, by their refs."""
    return {row[0]: row[1] for row in session.exec(select(Part.ref, Part.name).where(Part.site_id == site_id))}


def list_places(session: Session, site_ids: Collection[int], on: date) -> dict[int, Place]:
    """Sites as wishes look at them, by id: only what may be shown of where they are."""
    sites = session.exec(select(Site).where(col(Site.id).in_(list(site_ids)))).all()
    danger = set(
        session.exec(
            select(DangerPeriod.site_id).where(
                col(DangerPeriod.site_id).in_(list(site_ids)),
                col(DangerPeriod.superseded_at).is_(None),
                col(DangerPeriod.possible).contains(on),
            )
        )
    )
    parts: dict[int, list[tuple[float | None, float | None]]] = {}
    for site_id, lon, lat in session.exec(
        select(Part.site_id, Part.lon, Part.lat).where(
            col(Part.site_id).in_(list(site_ids)), col(Part.withdrawn_on).is_(None)
        )
    ):
        parts.setdefault(site_id, []).append((lon, lat))
    return {
        site.id or 0: Place(site.id or 0, frozenset(site.states_parties), site.id in danger, _points(site, parts))
        for site in sites
    }


def _points(
    site: Site, parts: Mapping[int, list[tuple[float | None, float | None]]]
) -> tuple[tuple[float, float], ...]:
    every = [(site.lon, site.lat), *parts.get(site.id or 0, ())]
    if str(site.disclosure) != "public":
        # One cell for all of it: the parts' own cells would tell more than the page does.
        point = public_point(site.lon, site.lat, site.disclosure, site.grid_km)
        every = [(point.lon, point.lat)] if point else []
    return seen(every)


def list_wishes(
    session: Session, *, level: int, frequencies: Collection[Frequency] = (Frequency.AT_ONCE,)
) -> list[Wish]:
    """What confirmed people who have not stopped want to be told of at a level."""
    query = (
        sa.select(
            col(Subscription.id), col(Subscription.subscriber_id), col(Subscription.site_ids),
            col(Subscription.countries), col(Subscription.area), col(Subscription.in_danger),
            col(Subscription.min_level),
        )
        .join(Subscriber, col(Subscriber.id) == col(Subscription.subscriber_id))
        .where(
            col(Subscription.confirmed_at).is_not(None),
            col(Subscription.ended_at).is_(None),
            col(Subscription.min_level) <= level,
            col(Subscription.frequency).in_([frequency.value for frequency in frequencies]),
            *_reachable(),
        )
        .order_by(col(Subscription.id))
    )  # fmt: skip
    return [
        Wish(row[0], row[1], frozenset(row[2]), frozenset(row[3]), row[4], row[5], row[6])
        for row in session.execute(query)
    ]


def _reachable() -> tuple[sa.ColumnElement[bool], ...]:
    return (
        col(Subscriber.confirmed_at).is_not(None),
        col(Subscriber.stopped_at).is_(None),
        col(Subscriber.address).is_not(None),
    )


def list_told(session: Session, thread_id: int) -> set[int]:
    """People to whom something of a thread was sent, or is about to be, and who have not stopped."""
    query = (
        sa.select(POST.c.subscriber_id)
        .join(ALERT, ALERT.c.id == POST.c.alert_id)
        .join(Subscriber, col(Subscriber.id) == POST.c.subscriber_id)
        .where(
            ALERT.c.thread_id == thread_id,
            POST.c.status.in_([PostState.SENT.value, PostState.WAITING.value]),
            *_reachable(),
        )
        .distinct()
    )
    return set(session.execute(query).scalars())


def list_subscribers(session: Session, ids: Collection[int]) -> list[Subscriber]:
    """People by number."""
    wanted = sa.any_(sa.literal(sorted(ids), sa.ARRAY(sa.BigInteger)))
    return list(session.exec(select(Subscriber).where(col(Subscriber.id) == wanted).order_by(col(Subscriber.id))))


def get_thread(session: Session, public_id: str) -> AlertThread:
    """One thread.  Raises: NotFound."""
    thread = session.exec(select(AlertThread).where(AlertThread.public_id == public_id)).one_or_none()
    if thread is None:
        raise NotFound(N_("There is no thread %(public_id)s."), public_id=public_id)
    return thread


def list_alerts(session: Session, thread_id: int, *, released: bool = False) -> list[Alert]:
    """The steps of a thread, oldest first; with released only those that left."""
    query = select(Alert).where(Alert.thread_id == thread_id)
    if released:
        query = query.where(Alert.state == AlertState.RELEASED.value)
    return list(session.exec(query.order_by(col(Alert.step))))


def get_alert(session: Session, alert_id: int, *, lock: bool = False) -> Alert:
    """One step.  Raises: NotFound."""
    query = select(Alert).where(Alert.id == alert_id)
    alert = session.exec(query.with_for_update() if lock else query).one_or_none()
    if alert is None:
        raise NotFound(N_("There is no such step."))
    return alert


def list_threads(
    session: Session,
    *,
    only_open: bool = False,
    released: bool = True,
    until: datetime | None = None,
    limit: int = 100,
) -> list[tuple[AlertThread, Alert]]:
    """Threads with their newest step, newest first; released: only what left; until: what had left by then."""
    step = ALERT.alias("step")
    newest = sa.select(sa.func.max(step.c.id)).where(step.c.thread_id == col(AlertThread.id))
    if released:
        newest = newest.where(step.c.state == AlertState.RELEASED.value)
    if until is not None:
        newest = newest.where((step.c.released_at if released else step.c.decided_at) <= until)
    query = (
        select(AlertThread, Alert)
        .join(Alert, col(Alert.id) == newest.scalar_subquery())
        .order_by(col(Alert.decided_at).desc(), col(Alert.id).desc())
        .limit(limit)
    )
    if only_open:
        query = query.where(col(AlertThread.closed_at).is_(None))
    return [(thread, alert) for thread, alert in session.exec(query)]


def list_held(session: Session, *, limit: int = 100) -> list[tuple[AlertThread, Alert]]:
    """Steps that wait for people, oldest first."""
    query = (
        select(AlertThread, Alert)
        .join(Alert, col(Alert.thread_id) == col(AlertThread.id))
        .where(Alert.state == AlertState.HELD.value)
        .order_by(col(Alert.decided_at))
        .limit(limit)
    )
    return [(thread, alert) for thread, alert in session.exec(query)]


def list_released(session: Session, *, until: datetime | None = None, limit: int = 100) -> list[Alert]:
    """Steps that left, by a moment or at all, newest first."""
    query = select(Alert).where(Alert.state == AlertState.RELEASED.value)
    if until is not None:
        query = query.where(col(Alert.released_at) <= until)
    return list(session.exec(query.order_by(col(Alert.released_at).desc(), col(Alert.id).desc()).limit(limit)))


def list_said(session: Session, alert_ids: Collection[int]) -> list[AlertWord]:
    """What people said of steps, oldest first."""
    query = select(AlertWord).where(col(AlertWord.alert_id).in_(list(alert_ids)))
    return list(session.exec(query.order_by(col(AlertWord.id))))


def list_posts(session: Session, thread_id: int, *, limit: int = 200) -> list[tuple[Post, int]]:
    """The ledger of a thread: each message with its step, newest first; recipients are numbers."""
    query = (
        select(Post, Alert.step)
        .join(Alert, col(Alert.id) == col(Post.alert_id))
        .where(Alert.thread_id == thread_id)
        .order_by(col(Post.id).desc())
        .limit(limit)
    )
    return [(post, step) for post, step in session.exec(query)]


def count_posts(session: Session, alert_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """How many messages of each step are in which state."""
    query = (
        sa.select(POST.c.alert_id, POST.c.status, sa.func.count())
        .where(POST.c.alert_id.in_(list(alert_ids)))
        .group_by(POST.c.alert_id, POST.c.status)
    )
    found: dict[int, dict[str, int]] = {}
    for alert_id, status, number in session.execute(query):
        found.setdefault(alert_id, {})[status] = number
    return found


def list_steps_sent(session: Session, post: Post, thread: AlertThread) -> list[int]:
    """The steps of a thread that were sent before to the same person by the same channel, oldest first."""
    query: Any = (
        sa.select(ALERT.c.step)
        .join(POST, ALERT.c.id == POST.c.alert_id)
        .where(
            ALERT.c.thread_id == thread.id,
            POST.c.subscriber_id == post.subscriber_id,
            POST.c.channel == post.channel,
            POST.c.id < post.id,
            POST.c.status == PostState.SENT.value,
        )
        .order_by(ALERT.c.step)
    )
    return list(session.execute(query).scalars())
