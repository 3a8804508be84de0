"""The one time line of a dossier: status, level, reports, claims, condition and moves along the same days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext

from heritage.core.dates import parse_edtf
from heritage.core.errors import InvalidInput
from heritage.dossier.domain import Entry, Mark, Track, chronology, marks
from heritage.reports.domain import ClaimKind
from heritage.reports.models import ClaimVersion
from heritage.sites.models import Condition
from heritage.web.charts import Band, Bar, Run, Scale, danger_bands, level_runs, report_bars
from heritage.web.claims import Seen, shown
from heritage.web.day import link
from heritage.web.i18n import number_text, span_text
from heritage.web.objects import Group, months
from heritage.web.sentences import isolate
from heritage.web.site_facts import Stay, stay_text
from heritage.web.times import time_text
from heritage.web.words import word

SPANS = {"90d": 90, "1y": 365, "5y": 1826}
ROWS_SHOWN = 80
# Height in px of each track and of the line of words above it.
HEIGHTS = {Track.STATUS: 18, Track.LEVEL: 60, Track.REPORT: 30, Track.CLAIM: 14, Track.CONDITION: 14, Track.MOVE: 14}
WORDS = 28
STEP = 14.0


@dataclass(frozen=True)
class Lane:
    """One track as drawn: `top` and `height` in px, the rest in percent of the width."""

    track: Track
    name: str
    top: int
    height: int
    marks: Sequence[Mark] = ()
    bands: Sequence[Band] = ()
    runs: Sequence[Run] = ()
    bars: Sequence[Bar] = ()
    listed_x: float = 0.0

    @property
    def bottom(self) -> int:
        """Where its line lies."""
        return self.top + self.height


@dataclass(frozen=True)
class TimeLine:
    """What is drawn, and the same as a list."""

    scale: Scale
    lanes: list[Lane]
    rows: list[Entry]
    more: int
    label: str

    @property
    def height(self) -> int:
        """Of the whole drawing in px, with a line for the days below."""
        return self.lanes[-1].bottom + 22 if self.lanes else 0


@dataclass(frozen=True)
class Told:
    """All that a time line may tell, already as far as the reader may see it."""

    stays: Sequence[Stay]
    levels: Sequence[tuple[date, int, float]]
    reports: Sequence[Any]
    claims: Sequence[Seen]
    conditions: Sequence[Condition]
    moves: Sequence[Group]
    listed_from: date | None
    withheld: bool


def time_line(told: Told, first: date, last: date) -> TimeLine:
    """Put everything along the same days.

    Args:    first, last: the days drawn, both included; what lies outside is left out.
    """
    scale = Scale(first, last, 100.0)
    runs = level_runs(scale, told.levels)
    entries = [
        *_statuses(told.stays),
        *_levels(runs),
        *(() if told.withheld else map(_report, told.reports)),
        *map(_claim, told.claims),
        *map(_condition, told.conditions),
        *map(_move, told.moves),
    ]
    rows = chronology(entries, first, last)
    return TimeLine(
        scale,
        _lanes(scale, told, runs, entries),
        rows[:ROWS_SHOWN],
        max(0, len(rows) - ROWS_SHOWN),
        _label(runs, told, rows),
    )


def _lanes(scale: Scale, told: Told, runs: Sequence[Run], entries: Iterable[Entry]) -> list[Lane]:
    drawn = {track: marks([e for e in entries if e.track is track], scale.first, scale.last) for track in Track}
    spells = [(p.began_earliest, p.began_latest, p.ended_earliest, p.ended_latest) for p in told.stays]
    bars = [] if told.withheld else report_bars(scale, [row.occurred_to for row in told.reports], 120)
    own: dict[Track, dict[str, Any]] = {
        Track.STATUS: {"bands": danger_bands(scale, spells)},
        Track.LEVEL: {"runs": runs},
        Track.REPORT: {"bars": bars},
    }
    lanes, top = [], 0
    for track in Track:
        if not drawn[track] and track not in (Track.LEVEL, Track.STATUS):
            continue
        if track is Track.STATUS and told.listed_from is None:
            continue
        top += WORDS
        x = scale.at(told.listed_from) if told.listed_from else 0.0
        more = own.get(track, {"marks": drawn[track]})
        lanes.append(Lane(track, word("track", track), top, HEIGHTS[track], listed_x=x, **more))
        top += HEIGHTS[track]
    return lanes


def _statuses(stays: Iterable[Stay]) -> list[Entry]:
    text = str(gettext("On the List of World Heritage in Danger"))
    return [Entry(Track.STATUS, stay.began_earliest, stay.ended_latest, stay_text(stay), text) for stay in stays]


def _levels(runs: Iterable[Run]) -> list[Entry]:
    found = []
    for run in runs:
        text = f"{run.level} {word('level', run.level)}"
        found.append(Entry(Track.LEVEL, run.first, run.last, span_text(run.first, run.last), text))
    return found


def _report(row: Any) -> Entry:
    text = word("kind", row.kind)
    if row.place_name:
        text = f"{text} · {isolate(row.place_name)}"
    when = span_text(row.occurred_from, row.occurred_to)
    href = link("incidents.show", incident_id=row.incident_id)
    return Entry(Track.REPORT, row.occurred_from, row.occurred_to, when, text, href)


def _claim(seen: Seen) -> Entry:
    told = shown(seen)
    version: ClaimVersion = seen.row.version
    first, last = version.occurred_from, version.occurred_to
    unsure = _is_unsure(version.occurred_edtf)
    if version.kind is ClaimKind.MOVE and not seen.in_full and (first or last):
        first, last = months(first or last, last or first)  # type: ignore[arg-type]  # one of them is a day
    text = gettext("%(statement)s – %(sayer)s", statement=isolate(told["statement"]), sayer=isolate(told["sayer"]))
    return Entry(Track.CLAIM, first, last, told["when"], str(text), f"#claim-{told['id']}", unsure)


def _is_unsure(edtf: str) -> bool:
    try:
        when = parse_edtf(edtf) if edtf else None
    except InvalidInput:
        return True
    return bool(when and (when.uncertain or when.approximate))


def _condition(row: Condition) -> Entry:
    text = word("condition", row.state)
    if row.assessor:
        text = f"{text} · {isolate(row.assessor)}"
    when = span_text(row.observed_from, row.observed_to) or time_text(row.observed_edtf)
    return Entry(Track.CONDITION, row.observed_from, row.observed_to, when, text, "", _is_unsure(row.observed_edtf))


def _move(group: Group) -> Entry:
    said = gettext("%(what)s: %(count)s, reported moved; place withheld", what=group.name, count=group.count)
    return Entry(Track.MOVE, group.first, group.last, group.when, str(said), "#objects")


def _label(runs: Sequence[Run], told: Told, rows: Sequence[Entry]) -> str:
    highest = max((run.level for run in runs), default=0)
    words = {"level": f"{highest} {word('level', highest)}", "num": number_text(len(told.reports))}
    if told.withheld:
        return str(gettext("Highest level in this time: %(level)s.", level=words["level"]))
    return str(gettext("Highest level in this time: %(level)s. Reports near the site: %(num)s.", **words))


def spans() -> Mapping[str, str]:
    """How far back a time line may go, in words."""
    return {"90d": gettext("90 days"), "1y": gettext("1 year"), "5y": gettext("5 years")}


def span_start(last: date, span: str) -> date:
    """The first day of a span that ends on a day."""
    return last - timedelta(days=SPANS[span] - 1)
