"""What an alert rests on: everything a message may say of one step of a thread, kept as it was decided. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self

from heritage.flags.explanation import NotKnown, Reason, Step
from heritage.flags.rules import Level
from heritage.policy.disclosure import PublicPoint


class MessageType(StrEnum):
    """The words of CAP 1.2 for the steps of a thread."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


class Reference(NamedTuple):
    """An earlier message of the thread, as CAP names it. sent_at: aware."""

    sender: str
    identifier: str
    sent_at: datetime


@dataclass(frozen=True)
class SiteFacts:
    """The site. names: by language code, "en" or "" for the register's own; countries: ISO 3166 two letters."""

    id_no: str
    slug: str
    names: Mapping[str, str]
    countries: tuple[str, ...] = ()

    def name(self, language: str) -> str:
        """The name a reader of this language knows, else the English one, else any."""
        found = (self.names.get(code) for code in (language, "en", ""))
        return next((name for name in found if name), next(iter(self.names.values()), self.slug))


@dataclass(frozen=True)
class ReasonFacts:
    """One report. Lengths in km, None where the site's place is not public; grade: as B2; reported_at: aware.

    origins: keys of those who first said it; sources: names for readers.
    """

    kind: str
    occurred_from: date
    occurred_to: date
    part_ref: str = ""
    part_name: str = ""
    distance_km: float | None = None
    low_km: float | None = None
    high_km: float | None = None
    reported_at: datetime | None = None
    place_name: str = ""
    sources: tuple[str, ...] = ()
    grade: str = "F6"
    origins: tuple[str, ...] = ()
    incident_id: int | None = None

    @classmethod
    def of(cls, reason: Reason, part_name: str = "") -> Self:
        """What a decision's reason says, with the name of its part."""
        report = reason.report
        return cls(
            kind=report.kind,
            occurred_from=report.occurred_from,
            occurred_to=report.occurred_to,
            part_ref=report.part_ref,
            part_name=part_name,
            distance_km=report.distance_km,
            low_km=report.low_km,
            high_km=report.high_km,
            reported_at=report.reported_at,
            place_name=report.place_name,
            sources=report.sources,
            grade=f"{report.reliability}{report.credibility}",
            origins=report.origins,
            incident_id=report.incident_id,
        )

    def without_place(self) -> "ReasonFacts":
        """The same report with nothing left that tells where the site is; a source's name may hold a town's."""
        return replace(
            self,
            sources=(),
            origins=(),
            part_ref="",
            part_name="",
            distance_km=None,
            low_km=None,
            high_km=None,
            place_name="",
            incident_id=None,
        )


@dataclass(frozen=True)
class StaleFeed:
    """A feed whose silence says nothing. newest_event_on: None when it holds no event at all."""

    feed: str
    newest_event_on: date | None = None


@dataclass(frozen=True)
class AlertFacts:
    """One step of one thread.

    thread: its public id; step: 1 for the first.  correction: an earlier message rested on what does not stand.
    decided_at: aware UTC.  as_of: the day judged.  reasons: heaviest first, of reasons_total.  clears: later falls.
    withheld: the site's place is not public, and then nothing that follows from distances is kept here, whatever was
    given: neither distance, part, place and source nor weight, order, number, confidence and days of falling.
    references: the thread's earlier messages, oldest first.  withdrawn: reports that no longer stand.
    point: what may be shown of the site's place.  sent_at: the moment CAP and Atom name; decided_at by default.
    """

    thread: str
    step: int
    msg_type: MessageType
    exercise: bool
    correction: bool
    site: SiteFacts
    level: int
    from_level: int
    decided_at: datetime
    as_of: date
    reasons: tuple[ReasonFacts, ...]
    not_known: tuple[NotKnown, ...] = ()
    stale_feeds: tuple[StaleFeed, ...] = ()
    clears: tuple[Step, ...] = ()
    withheld: bool = False
    references: tuple[Reference, ...] = ()
    withdrawn: tuple[ReasonFacts, ...] = ()
    since: date | None = None
    confidence: float | None = None
    reasons_total: int | None = None
    rule_version: str = ""
    point: PublicPoint | None = None
    extent_km: float | None = None

    def __post_init__(self) -> None:
        """Refuse levels that are none, and drop what may not be told: no renderer can then tell it by mistake."""
        if not (0 <= self.level <= 4 and 0 <= self.from_level <= 4):
            raise ValueError("level and from_level are 0 to 4")
        if self.decided_at.tzinfo is None:
            raise ValueError("decided_at must be aware")
        object.__setattr__(self, "msg_type", MessageType(self.msg_type))
        if self.withheld:
            self._withhold()

    def _withhold(self) -> None:
        kept = {
            # By weight they would tell which is nearest.
            "reasons": _by_day(reason.without_place() for reason in self.reasons),
            "withdrawn": _by_day(reason.without_place() for reason in self.withdrawn),
            "point": self.point if self.point is not None and self.point.grid_km is not None else None,
            "clears": (),
            "confidence": None,
            "reasons_total": None,
            "extent_km": None,
        }
        for name, value in kept.items():
            object.__setattr__(self, name, value)

    @property
    def reports_more(self) -> int:
        """How many reports count beyond those listed."""
        return max(0, (self.reasons_total or 0) - len(self.reasons))

    def as_json(self) -> dict[str, Any]:
        """JSON values from which `from_json` makes the same facts again."""
        return {
            "thread": self.thread,
            "step": self.step,
            "msg_type": self.msg_type.value,
            "exercise": self.exercise,
            "correction": self.correction,
            "site": {
                "id_no": self.site.id_no,
                "slug": self.site.slug,
                "names": dict(self.site.names),
                "countries": list(self.site.countries),
            },
            "level": self.level,
            "from_level": self.from_level,
            "decided_at": self.decided_at.isoformat(),
            "as_of": self.as_of.isoformat(),
            "reasons": [_reason_as_json(reason) for reason in self.reasons],
            "not_known": [NotKnown(gap).value for gap in self.not_known],
            "stale_feeds": [{"feed": f.feed, "newest_event_on": _iso(f.newest_event_on)} for f in self.stale_feeds],
            "clears": [{"on": step.on.isoformat(), "level": int(step.level)} for step in self.clears],
            "withheld": self.withheld,
            "references": [[sender, identifier, sent.isoformat()] for sender, identifier, sent in self.references],
            "withdrawn": [_reason_as_json(reason) for reason in self.withdrawn],
            "since": _iso(self.since),
            "confidence": self.confidence,
            "reasons_total": self.reasons_total,
            "rule_version": self.rule_version,
            "point": [self.point.lon, self.point.lat, self.point.grid_km] if self.point else None,
            "extent_km": self.extent_km,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote.

        Raises:  KeyError, ValueError for anything else.
        """
        site = data["site"]
        point = data.get("point")
        return cls(
            thread=data["thread"],
            step=data["step"],
            msg_type=MessageType(data["msg_type"]),
            exercise=data["exercise"],
            correction=data["correction"],
            site=SiteFacts(site["id_no"], site["slug"], dict(site["names"]), tuple(site["countries"])),
            level=data["level"],
            from_level=data["from_level"],
            decided_at=datetime.fromisoformat(data["decided_at"]),
            as_of=date.fromisoformat(data["as_of"]),
            reasons=tuple(_reason_from_json(entry) for entry in data["reasons"]),
            not_known=tuple(NotKnown(gap) for gap in data["not_known"]),
            stale_feeds=tuple(StaleFeed(f["feed"], _day(f["newest_event_on"])) for f in data["stale_feeds"]),
            clears=tuple(Step(date.fromisoformat(s["on"]), Level(s["level"])) for s in data["clears"]),
            withheld=data["withheld"],
            references=tuple(Reference(a, b, datetime.fromisoformat(sent)) for a, b, sent in data["references"]),
            withdrawn=tuple(_reason_from_json(entry) for entry in data.get("withdrawn", ())),
            since=_day(data.get("since")),
            confidence=data.get("confidence"),
            reasons_total=data.get("reasons_total"),
            rule_version=data.get("rule_version", ""),
            point=PublicPoint(*point) if point else None,
            extent_km=data.get("extent_km"),
        )


def _by_day(reasons: Iterable[ReasonFacts]) -> tuple[ReasonFacts, ...]:
    return tuple(sorted(reasons, key=lambda r: (r.occurred_to, r.occurred_from, r.kind, r.grade), reverse=True))


def _reason_as_json(reason: ReasonFacts) -> dict[str, Any]:
    return {
        "kind": reason.kind,
        "occurred_from": reason.occurred_from.isoformat(),
        "occurred_to": reason.occurred_to.isoformat(),
        "part_ref": reason.part_ref,
        "part_name": reason.part_name,
        "distance_km": reason.distance_km,
        "low_km": reason.low_km,
        "high_km": reason.high_km,
        "reported_at": reason.reported_at.isoformat() if reason.reported_at else None,
        "place_name": reason.place_name,
        "sources": list(reason.sources),
        "grade": reason.grade,
        "origins": list(reason.origins),
        "incident_id": reason.incident_id,
    }


def _reason_from_json(entry: Mapping[str, Any]) -> ReasonFacts:
    reported = entry["reported_at"]
    days = {name: date.fromisoformat(entry[name]) for name in ("occurred_from", "occurred_to")}
    lists = {name: tuple(entry[name]) for name in ("sources", "origins")}
    return ReasonFacts(
        **{**entry, **days, **lists, "reported_at": datetime.fromisoformat(reported) if reported else None}
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
