"""The List of World Heritage in Danger: its grammar in register files, and what a year means on a given day."""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise

from heritage.core.dates import Trilean, during
from heritage.core.errors import N_, InvalidInput
from heritage.sites.domain import DangerSpell

_BEFORE = N_("in danger since %(began)s, before the inscription in %(inscribed)s")
_OVERLAP = N_("the danger periods from %(one)s and from %(other)s overlap")
_ENTRY = re.compile(
    r"\s*(?:Y\s+(?P<since>\d{4})|P\s+(?P<begin>\d{4})\s*[-–]\s*(?P<end>\d{4}))(?!\d)\s*[,;]?", re.I | re.A
)
LAST_YEAR = 2100
FIRST_LIST = date(1978, 1, 1)  # The first inscriptions were made in 1978; nothing can have been in danger before.


def parse_danger(text: str | None) -> tuple[DangerSpell, ...]:
    """Read the export's danger cell: `Y 2013`, `P 1984-1988 P 2000-2006`, `Y 2010 P 1993-2007`, empty or `0`.

    Args:    text: the cell; None, blanks and `0` mean none.
    Returns: the spells, oldest first; an open one has no end_year.
    Raises:  InvalidInput when the text is not of that grammar, a spell ends before it starts, two are open or overlap.
    Source:  grammar measured over the exports of 2019 to 2024.
    """
    cell = (text or "").strip()
    if cell in {"", "0"}:
        return ()
    spells, position = [], 0
    while position < len(cell):
        match = _ENTRY.match(cell, position)
        if not match:
            raise InvalidInput(
                N_("“%(cell)s” is not a Danger-List entry such as “Y 2013” or “P 1984-1988”"), cell=cell[:60]
            )
        spells.append(_spell(match))
        position = match.end()
    return check_spells(tuple(sorted(spells, key=lambda spell: spell.begin_year)))


def _spell(match: re.Match[str]) -> DangerSpell:
    raw = match[0].strip(" ,;")
    if match["since"]:
        return DangerSpell(int(match["since"]), None, raw)
    return DangerSpell(int(match["begin"]), int(match["end"]), raw)


def check_spells(spells: tuple[DangerSpell, ...], inscribed_year: int | None = None) -> tuple[DangerSpell, ...]:
    """Refuse spells that cannot be: end before start, two open, overlapping, or before the inscription.

    Args:    spells: oldest first.  inscribed_year: year the site was inscribed, None when unknown.
    Returns: the same spells.
    Raises:  InvalidInput with a reason for people.
    Source:  Operational Guidelines paras. 177-191: listing in danger needs inscription; equal years are common.
    """
    for spell in spells:
        for year in (spell.begin_year, spell.end_year):
            if year is not None and not FIRST_LIST.year <= year <= LAST_YEAR:
                raise InvalidInput(N_("no danger period can begin or end in %(year)s"), year=year)
        if spell.end_year is not None and spell.end_year < spell.begin_year:
            raise InvalidInput(
                N_("the danger period %(period)s ends before it starts"), period=spell.raw or spell.begin_year
            )
        if inscribed_year is not None and spell.begin_year < inscribed_year:
            raise InvalidInput(_BEFORE, began=spell.begin_year, inscribed=inscribed_year)
    if sum(spell.end_year is None for spell in spells) > 1:
        raise InvalidInput(N_("two danger periods are open at once"))
    for earlier, later in pairwise(spells):
        if earlier.end_year is None or later.begin_year < earlier.end_year:
            raise InvalidInput(_OVERLAP, one=earlier.begin_year, other=later.begin_year)
    return spells


@dataclass(frozen=True, slots=True)
class Turn:
    """The day something began or ended, as far as it is known: between two days, with its EDTF text and decision."""

    earliest: date
    latest: date
    edtf: str
    decision: str = ""


@dataclass(frozen=True, slots=True)
class DangerStay:
    """One stay on the Danger List, resolved to days; `ended` None = still on it."""

    began: Turn
    ended: Turn | None = None
    raw: str = field(default="", compare=False)

    def status_on(self, day: date) -> Trilean:
        """Whether it lasted at the end of a day."""
        ended = (self.ended.earliest, self.ended.latest) if self.ended else None
        return during(day, (self.began.earliest, self.began.latest), ended)


def check_stays(stays: Sequence[DangerStay], inscribed_year: int | None) -> tuple[DangerStay, ...]:
    """Refuse a history in which two stays certainly overlap, one ends before it starts, or precedes the inscription.

    Args:    stays: any order.  inscribed_year: None when unknown.
    Returns: the stays, oldest first.
    Raises:  InvalidInput with a reason for people. The database refuses the same; here the reason is plainer.
    """
    ordered = tuple(sorted(stays, key=lambda stay: (stay.began.earliest, stay.began.latest)))
    for stay in ordered:
        if stay.ended and stay.ended.latest < stay.began.earliest:
            raise InvalidInput(N_("a danger period ends before it starts"))
        if inscribed_year is not None and stay.began.latest.year < inscribed_year:
            raise InvalidInput(_BEFORE, began=stay.began.edtf, inscribed=inscribed_year)
    for earlier, later in pairwise(ordered):
        until = later.ended.earliest if later.ended else date.max
        starts = max(earlier.began.latest, later.began.latest)
        if starts < min(earlier.ended.earliest if earlier.ended else date.max, until):
            raise InvalidInput(_OVERLAP, one=earlier.began.edtf, other=later.began.edtf)
    return ordered


@dataclass(frozen=True, slots=True)
class CommitteeSession:
    """One session of the Committee; `decided` names the sites a double session is known to have decided on."""

    name: str
    opened_on: date
    closed_on: date
    decided: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions we hold, in order, and the sites the Committee took off the World Heritage List."""

    held: tuple[CommitteeSession, ...]
    deleted: dict[str, CommitteeSession]

    def turn_in(self, year: int, ref: str) -> Turn:
        """The day of a decision of which a register only tells the year.

        Args:    year: as in the register.  ref: the site's id_no.
        Returns: the closing day of that year's session; between the closing days where there were two and none
                 names the site; the whole year where none is held.
        """
        sessions = [session for session in self.held if session.closed_on.year == year]
        return _between(sessions, ref, str(year)) or Turn(date(year, 1, 1), date(year, 12, 31), str(year))

    def turn_between(self, after: date, until: date, ref: str) -> Turn:
        """The day of a decision that happened after one list and not later than another.

        Args:    after, until: the days of the two lists.  ref: the site's id_no.
        Returns: the closing day of the one session between; the span of several; the whole span where none is held.
        """
        sessions = [session for session in self.held if after < session.closed_on <= until]
        first = min(after + timedelta(days=1), until)
        return _between(sessions, ref, "") or Turn(first, until, _one_of(first, until))


def _between(sessions: Sequence[CommitteeSession], ref: str, edtf: str) -> Turn | None:
    named = [session for session in sessions if ref in session.decided] or list(sessions)
    if not named:
        return None
    first, last = named[0].closed_on, named[-1].closed_on
    return Turn(first, last, edtf or _one_of(first, last), named[0].name if first == last else "")


def _one_of(first: date, last: date) -> str:
    return first.isoformat() if first == last else f"[{first.isoformat()}..{last.isoformat()}]"


def parse_sessions(text: str) -> Sessions:
    """Read config/committee_sessions.toml.

    Args:    text: the file.  Returns: sessions ordered by their closing day.
    Raises:  InvalidInput when an entry lacks a field or a deletion names an unknown session.
    """
    try:
        document = tomllib.loads(text)
        held = [
            CommitteeSession(e["name"], e["opened_on"], e["closed_on"], frozenset(e.get("decided", ())))
            for e in document["session"]
        ]
        by_name = {session.name: session for session in held}
        deleted = {e["id_no"]: by_name[e["session"]] for e in document.get("deleted", ())}
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise InvalidInput(f"the list of Committee sessions cannot be read: {error}") from error
    return Sessions(tuple(sorted(held, key=lambda session: session.closed_on)), deleted)


def status_on(stays: Iterable[DangerStay], day: date) -> Trilean:
    """Whether a site was on the Danger List at the end of a day.

    Args:    stays: all stays of one site.  day: the day asked about.
    Returns: yes if one stay certainly lasted; uncertain if one may have; else no.
    """
    answers = {stay.status_on(day) for stay in stays}
    return next((answer for answer in (Trilean.YES, Trilean.UNCERTAIN) if answer in answers), Trilean.NO)


def resolve_spells(
    spells: Sequence[DangerSpell], held: Sequence[DangerStay], ref: str, sessions: Sessions
) -> list[DangerStay]:
    """Turn a file's whole danger history into stays.

    Args:    spells: oldest first, checked.  held: what is known already; where it is finer than a year and agrees with
             it, it is kept.  ref: the site's id_no.
    Returns: one stay for each spell.
    """
    return [_resolve(spell, held, ref, sessions) for spell in spells]


def _resolve(spell: DangerSpell, held: Sequence[DangerStay], ref: str, sessions: Sessions) -> DangerStay:
    known = next((stay for stay in held if _within_year(stay.began, spell.begin_year)), None)
    began = known.began if known else sessions.turn_in(spell.begin_year, ref)
    if spell.end_year is None:
        return DangerStay(began, None, known.raw if known and not known.ended else spell.raw)
    if known and known.ended and _within_year(known.ended, spell.end_year):
        return known
    return DangerStay(began, sessions.turn_in(spell.end_year, ref), spell.raw)


def _within_year(turn: Turn, year: int) -> bool:
    return turn.earliest.year == turn.latest.year == year


def resolve_flag(
    in_danger: bool,
    since_year: int | None,
    held: Sequence[DangerStay],
    *,
    ref: str,
    listed_from: date | None,
    previous_on: date | None,
    released_on: date,
    sessions: Sessions,
) -> list[DangerStay]:
    """Bring what a file says of today into the history, which such a file does not carry.

    Args:    in_danger: the file's flag.  since_year: year of the current listing where told.  held: the history so far.
             listed_from: inscription.  previous_on: day of the list before this one.  released_on: day of this list.
    Returns: the history; a stay is opened or closed between the two lists, every older one is kept.
    """
    stays = list(held)
    current = next((stay for stay in stays if stay.ended is None), None)
    if in_danger and current:
        if since_year is not None and not _within_year(current.began, since_year):
            stays[stays.index(current)] = replace(current, began=sessions.turn_in(since_year, ref))
    elif in_danger:
        unbounded = (listed_from or FIRST_LIST) - timedelta(days=1)
        flagged = _since(previous_on, unbounded, released_on, ref, sessions)
        began = sessions.turn_in(since_year, ref) if since_year else flagged
        stays.append(DangerStay(began, None, f"Y {since_year}" if since_year else "flag"))
    elif current:
        after = max(previous_on or current.began.latest, current.began.earliest)
        ended = sessions.turn_between(min(after, released_on), released_on, ref)
        stays[stays.index(current)] = replace(current, ended=ended)
    return stays


def _since(previous_on: date | None, unbounded: date, released_on: date, ref: str, sessions: Sessions) -> Turn:
    if previous_on:
        return sessions.turn_between(min(previous_on, released_on), released_on, ref)
    # Nothing is known but that it was on the list on this day: any day since the inscription may have been the first.
    first = min(unbounded + timedelta(days=1), released_on)
    return Turn(first, released_on, _one_of(first, released_on))
