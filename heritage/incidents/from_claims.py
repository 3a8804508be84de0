"""Reviewed claims of fighting as events of the feed "reports": new, corrected and withdrawn ones, each once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import psycopg
import sqlalchemy as sa
from sqlmodel import Session

from heritage.audit.imports import ImportReport, record_import
from heritage.core.clock import Clock
from heritage.core.dates import parse_edtf
from heritage.db.queue import enqueue
from heritage.feeds.base import digests, draft_frame
from heritage.feeds.domain import UNIT, LocationPrecision, Release, TimePrecision
from heritage.incidents import settling
from heritage.incidents.loading import EventLoader
from heritage.incidents.merging import CLAIM, EVALUATE, merge_events
from heritage.policy.disclosure import Disclosure, public_point
from heritage.reports.domain import Speaker
from heritage.reports.queries import ClaimRow, list_fights

FEED = "reports"
PREFIX = CLAIM
EXACT_KM = 5.0  # as config/rules.toml has it: a town with its edge
HIDDEN_GRID_KM = 10.0
NOT_NAMED = "a source that is not named"


@dataclass(frozen=True)
class _Held:
    event: int
    digest: int
    withdrawn: bool


def take_claims(session: Session, clock: Clock) -> ImportReport:
    """Bring the events of the feed "reports" that come from claims in line with the claims as reviewed now.

    A claim that was corrected gives its event a new version, one that was withdrawn or no longer fits a withdrawal; two
    that a person called the same event become one incident. Grade and origins go with the event.
    Returns: the counts; a second run changes nothing.
    """
    started_at = clock.now().astimezone(UTC)
    fights = list_fights(session)
    drafts = draft_frame([{"row": n, **_draft(row, started_at.date())} for n, row in enumerate(fights, start=1)])
    digest = digests(drafts)
    held = _held(session)
    report = ImportReport(read=len(fights))
    gone = [pair for pair in held.items() if pair[0] not in set(drafts["event_id"]) and not pair[1].withdrawn]
    same = [
        name in held and held[name].digest == content and not held[name].withdrawn
        for name, content in zip(drafts["event_id"], digest, strict=True)
    ]
    report.unchanged = sum(same)
    if gone or not all(same):
        _write(session, drafts, digest, gone, started_at, report)
    merged = merge_events(session).moved
    if report.added or report.changed or report.withdrawn or merged:
        _record(session, report, started_at, clock)
        enqueue(session, EVALUATE, queueing_lock=EVALUATE)
    return report


def _held(session: Session) -> dict[str, _Held]:
    rows = session.execute(
        sa.text(
            "select e.event_id, e.id, v.digest, v.withdrawn from event e"
            " join event_version v on v.event = e.id and v.replaced_at is null"
            " where e.feed = :feed and e.event_id like :prefix"
        ),
        {"feed": FEED, "prefix": f"{PREFIX}%"},
    )
    return {name: _Held(event, digest, withdrawn) for name, event, digest, withdrawn in rows}


def _write(
    session: Session,
    drafts: pl.DataFrame,
    digest: pl.Series,
    gone: Sequence[tuple[str, _Held]],
    at: datetime,
    report: ImportReport,
) -> None:
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    day = at.date()
    release = Release(f"claims as of {day}", None, (day.toordinal(),))
    target = settling.open_target(connection, FEED, release, at)
    with EventLoader(connection, target, source_bytes=0) as loader:
        loader.take(drafts, digest, [])
        loader.finish()
    if gone:
        settling.stage_withdrawals(connection, target, [held.event for _, held in gone])
    settling.settle(connection, target, loader.members(), first_new=loader.first_new, complete_scope=None)
    report.added, report.changed, report.unchanged = loader.tally.added, loader.tally.changed, loader.tally.unchanged
    report.withdrawn, report.withdrawn_ids = len(gone), [name for name, _ in gone]


def _record(session: Session, report: ImportReport, started_at: datetime, clock: Clock) -> None:
    record_import(
        session,
        kind="events",
        source=FEED,
        file_name="claims",
        sha256="",
        release=f"claims as of {started_at.date()}",
        report=report,
        started_at=started_at,
        finished_at=max(started_at, clock.now().astimezone(UTC)),
    )


# -- one claim as an event -----------------------------------------------------------------------------------------


def _draft(row: ClaimRow, today: date) -> dict[str, Any]:
    version = row.version
    is_public = row.site is None or row.site.disclosure == Disclosure.PUBLIC
    certain = parse_edtf(version.occurred_edtf)
    return {
        "event_id": f"{PREFIX}{version.claim_id}",
        "occurred_from": version.occurred_from,
        "occurred_to": version.occurred_to,
        "reported_on": _reported(row, today),
        **_place(row, is_public=is_public),
        "time_precision": (TimePrecision.DAY if certain.is_day else TimePrecision.DAYS).value,
        "kind": version.incident_kind.value,
        # Our own words of a place that is not public would tell where it is.
        "place_name": (version.place_name or None) if is_public else None,
        "summary": version.statement if is_public else None,
        "country": row.countries[0] if row.countries else None,
        "side_a": version.actor or None,
        "source_names": UNIT.join(_names(row)),
        "source_dates": UNIT.join([row.document.dated_to.isoformat() if row.document.dated_to else ""] * _voices(row)),
        "source_titles": UNIT.join([row.document.publisher] * _voices(row)),
        "origins": UNIT.join(sorted(row.origins)),
        "reliability": version.reliability.value,
        "credibility": version.credibility,
    }


def _reported(row: ClaimRow, today: date) -> date | None:
    day, begun = row.document.dated_to, row.version.occurred_from
    return day if day is not None and begun is not None and begun <= day <= today else None


def _place(row: ClaimRow, *, is_public: bool) -> dict[str, Any]:
    version = row.version
    lon, lat, radius = version.lon, version.lat, version.radius_km or 0.0
    if not is_public:
        cell = public_point(lon, lat, Disclosure.GENERALISED, HIDDEN_GRID_KM)
        assert cell is not None
        # As far as the middle of the cell may be from where it was said to be.
        lon, lat, radius = cell.lon, cell.lat, radius + HIDDEN_GRID_KM * 0.71
    precision = LocationPrecision.EXACT if radius <= EXACT_KM else LocationPrecision.NEAR
    return {"lon": lon, "lat": lat, "radius_km": radius, "location_precision": precision.value}


def _voices(row: ClaimRow) -> int:
    return max(1, len(row.sayers))


def _names(row: ClaimRow) -> list[str]:
    relays = " and ".join(map(_name, row.relays))
    if not row.sayers:
        return [f"{row.document.publisher or 'a report'}, giving no source"]
    return [f"{_name(sayer)}, relayed by {relays}" if relays else _name(sayer) for sayer in row.sayers]


def _name(speaker: Speaker) -> str:
    return NOT_NAMED if speaker.is_protected else speaker.name
