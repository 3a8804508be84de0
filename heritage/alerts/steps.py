"""When something is said of a site, and what kind of message it is: one pure function of what was told and what stands.

One thread tells of one episode: an Alert, Updates, and a Cancel when it is over. A hundred reports in an hour are one
Alert and one Update. Old reports move no thread. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from heritage.alerts.rules import MessageRules

# A report said to be this much farther or nearer than it is was wrong; less is a gazetteer's other opinion.
MOVED_KM = 1.0


class Kind(StrEnum):
    """What becomes of a thread."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"
    CLOSE = "close"  # over, and nothing was ever said


@dataclass(frozen=True)
class Report:
    """One report that counts, as told or as it stands: the happening, its last day, and how far it is in km."""

    incident: int
    occurred_to: date
    distance_km: float


@dataclass(frozen=True)
class Told:
    """How an open thread stands.

    level: of what was decided last, also when people rejected it.  said: of what left last, None when nothing did.
    reports: all that were told in the thread, by happening, as told last.
    """

    level: int
    decided_at: datetime
    said: int | None
    reports: Mapping[int, Report] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """How a site stands now. reports: all that count. withdrawn: happenings that are no longer reported at all."""

    level: int
    reports: Mapping[int, Report] = field(default_factory=dict)
    withdrawn: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Step:
    """What is due. wrong: happenings told of that do not stand as told."""

    kind: Kind
    from_level: int
    wrong: frozenset[int] = frozenset()

    @property
    def correction(self) -> bool:
        """Whether it puts something right."""
        return bool(self.wrong)


def next_step(told: Told | None, now_stands: Standing, rules: MessageRules, now: datetime) -> Step | None:
    """What is to be said of a site.

    Args:    told: the open thread, None when there is none.  now: aware UTC.
    Returns: the step, or None when nothing is due now.
    """
    fresh = fresh_reports(now_stands, rules, now)
    if told is None:
        return Step(Kind.ALERT, 0) if now_stands.level >= rules.first_level and fresh else None
    wrong = wrong_reports(told, now_stands)
    said = told.said or 0
    if now_stands.level < rules.first_level:
        return Step(Kind.CLOSE if told.said is None else Kind.CANCEL, said, wrong)
    due = Step(Kind.ALERT if told.said is None else Kind.UPDATE, said, wrong)
    since = now - told.decided_at
    rises = now_stands.level > told.level and bool(fresh)
    falls = now_stands.level < said
    corrects = bool(wrong) and told.said is not None and since >= timedelta(minutes=rules.correction_minutes)
    # What people rejected is proposed again only with new reports, and not at once.
    adds = (
        bool(fresh - set(told.reports))
        and (told.said is not None or now_stands.level > said)
        and since >= timedelta(hours=rules.update_hours)
    )
    return due if rises or falls or corrects or adds else None


def fresh_reports(standing: Standing, rules: MessageRules, now: datetime) -> set[int]:
    """The happenings that are news: of the last few days."""
    oldest = now.date() - timedelta(days=rules.news_days)
    return {incident for incident, report in standing.reports.items() if report.occurred_to >= oldest}


def wrong_reports(told: Told, now_stands: Standing) -> frozenset[int]:
    """Happenings told of that were withdrawn since, or that turned out to be elsewhere."""
    moved = {
        incident
        for incident, report in told.reports.items()
        if incident in now_stands.reports
        and abs(now_stands.reports[incident].distance_km - report.distance_km) > MOVED_KM
    }
    return frozenset(moved | (set(told.reports) & now_stands.withdrawn))
