"""Takes the starter set in by the same roads as any register and any file of events."""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, select

from heritage.audit.imports import ImportReport
from heritage.core.clock import Clock
from heritage.core.files import open_source
from heritage.feeds.registry import get_feed
from heritage.incidents.service import import_events
from heritage.proximity.service import match_pending
from heritage.sites.danger import parse_danger
from heritage.sites.domain import (
    WORLD_HERITAGE,
    Category,
    ComponentRecord,
    NameKind,
    NameRecord,
    RegisterFile,
    RegisterRecord,
)
from heritage.sites.models import Site
from heritage.sites.service import compare, take

FOLDER = Path(__file__).resolve().parent
RELEASE = "1"
# The close of the newest Committee session that the set knows of: an older list only fills what it leaves open.
KNOWN_ON = date(2026, 7, 29)
# The set says nothing of these; what a fuller list told before stays.
NOT_TOLD = frozenset({"description", "criteria", "region", "identifiers", "boundary", "buffer_zone", "conditions"})


@dataclass(frozen=True)
class Loaded:
    """What the two halves of the set brought."""

    sites: ImportReport
    events: ImportReport

    def total(self) -> ImportReport:
        """Both counts in one report."""
        both = (self.sites, self.events)
        return ImportReport(
            read=sum(r.read for r in both),
            added=sum(r.added for r in both),
            changed=sum(r.changed for r in both),
            unchanged=sum(r.unchanged for r in both),
            vanished=sum(r.vanished for r in both),
            withdrawn=sum(r.withdrawn for r in both),
            refused=sum(r.refused for r in both),
            vanished_ids=self.sites.vanished_ids,
            withdrawn_ids=self.events.withdrawn_ids,
            refusals=[*self.sites.refusals, *self.events.refusals],
        )


def is_empty(session: Session) -> bool:
    """Whether the register holds no site at all."""
    return session.execute(select(sa.literal(1)).select_from(Site).limit(1)).first() is None


def load_starter(session: Session, clock: Clock, *, reach_km: float) -> Loaded:
    """Take the register and the week of May 2015 into the caller's transaction; a second time changes nothing.

    Args:    reach_km: how far nearness is looked for.  Returns: both reports.
    """
    comparison = compare(session, _register(), today=clock.now().date())
    _, sites = take(session, comparison, started_at=clock.now(), now=clock.now())
    events = import_events(
        session, get_feed("starter"), open_source(FOLDER / "events.json"), clock=clock, release=RELEASE
    )
    match_pending(session, reach_km)
    return Loaded(sites, events)


def _register() -> RegisterFile:
    digest = hashlib.sha256(
        b"".join((FOLDER / name).read_bytes() for name in ("register.csv", "parts.csv", "names.csv"))
    )
    return RegisterFile(
        register=WORLD_HERITAGE,
        release=None,
        released_on=KNOWN_ON,
        records=list(_records()),
        refusals=[],
        is_complete=False,
        file_name="register.csv",
        sha256=digest.hexdigest(),
        source=WORLD_HERITAGE,
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _records() -> Iterator[RegisterRecord]:
    names, parts = defaultdict(list), defaultdict(list)
    for row in _rows("names.csv"):
        names[row["id_no"]].append(NameRecord(row["name"], row["language"], row["script"], NameKind.ALTERNATIVE))
    for row in _rows("parts.csv"):
        point = float(row["lon"]), float(row["lat"])
        parts[row["id_no"]].append(ComponentRecord(row["ref"], row["name"], *point))
    for number, row in enumerate(_rows("register.csv"), start=2):
        yield _record(number, row, tuple(names[row["id_no"]]), tuple(parts[row["id_no"]]) or None)


def _record(
    number: int, row: dict[str, str], names: tuple[NameRecord, ...], parts: tuple[ComponentRecord, ...] | None
) -> RegisterRecord:
    absent = NOT_TOLD | ({"area_ha"} if not row["area_ha"] else set()) | ({"components"} if parts is None else set())
    return RegisterRecord(
        register=WORLD_HERITAGE,
        ref=row["id_no"],
        name=row["name"],
        row=number,
        names=(NameRecord(row["name"], "en", "Latn", NameKind.OFFICIAL), *names),
        category=Category(row["category"]),
        states_parties=tuple(row["countries"].split()),
        states_note="" if row["countries"] else "Jerusalem (site proposed by Jordan)",
        inscribed_year=int(row["inscribed"]),
        lon=float(row["lon"]),
        lat=float(row["lat"]),
        area_ha=float(row["area_ha"]) if row["area_ha"] else None,
        danger=parse_danger(row["danger"]),
        danger_is_complete=True,
        components=parts,
        absent=frozenset(absent),
    )
