"""Dates that are not days: EDTF texts as intervals, and questions to them that may have the answer "uncertain"."""

import calendar
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum

from heritage.core.errors import N_, InvalidInput

_MOST_CHARS = 200
_QUALIFIERS = "?~%"
_PART = re.compile(
    r"(?P<year>-?[0-9X]{4})(?P<yq>[?~%]?)"
    r"(?:-(?P<mp>[?~%]?)(?P<month>[0-9X]{2})(?P<mq>[?~%]?)"
    r"(?:-(?P<dp>[?~%]?)(?P<day>[0-9X]{2})(?P<dq>[?~%]?))?)?"
)
_OLD_FORMS = (("unknown", ""), ("open", ".."))
# First month and number of months; 21-24 have no hemisphere of their own and are read as the northern seasons.
_SEASONS = {
    **dict.fromkeys((21, 25, 31), (3, 3)),
    **dict.fromkeys((22, 26, 32), (6, 3)),
    **dict.fromkeys((23, 27, 29), (9, 3)),
    **dict.fromkeys((24, 28, 30), (12, 3)),
    **dict(zip((33, 34, 35, 36), ((1, 3), (4, 3), (7, 3), (10, 3)), strict=True)),
    **dict(zip((37, 38, 39, 40, 41), ((1, 4), (5, 4), (9, 4), (1, 6), (7, 6)), strict=True)),
}


class Trilean(StrEnum):
    """The answer to a question about a day when the record knows less than days."""

    YES = "yes"
    NO = "no"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class EDTFDate:
    """A date as somebody knew it.

    `earliest` and `latest` bound it (None: unbounded or unknown); a year is the whole year. An interval lasts at least
    from `begin_latest` to `end_earliest`; for anything else these two equal `latest` and `earliest`.
    """

    text: str
    raw: str
    earliest: date | None
    latest: date | None
    uncertain: bool = False
    approximate: bool = False
    is_interval: bool = False
    begin_latest: date | None = None
    end_earliest: date | None = None

    @property
    def is_day(self) -> bool:
        """Whether one day is meant."""
        return self.earliest is not None and self.earliest == self.latest and not self.uncertain


def parse_edtf(raw: str) -> EDTFDate:
    """Read an EDTF text.

    Args:    raw: level 0, level 1, and of level 2 sets, part-wise qualifiers and `[..date]`; `..2004-04-30` without
             brackets is read as `[..2004-04-30]`. Surrounding blanks are ignored.
    Returns: the date with its bounds; `text` is the normalised EDTF, `raw` what was given.
    Raises:  InvalidInput naming the text and the reason, also for years before 1, which no calendar here can hold.
    Source:  Library of Congress EDTF, ISO 8601-2:2019.
    """
    text = raw.strip()
    if not text or len(text) > _MOST_CHARS:
        raise InvalidInput(N_("“%(text)s” is not an EDTF date"), text=text[:40])
    for old, new in _OLD_FORMS:
        text = text.replace(old, new)
    if "/" in text:
        return replace(_interval(text), raw=raw)
    if text[0] in "[{" or ".." in text:
        return replace(_set(text), raw=raw)
    return replace(_single(text), raw=raw)


def _interval(text: str) -> EDTFDate:
    ends = text.split("/")
    if len(ends) != 2 or not any(end.strip(". ") for end in ends):
        raise InvalidInput(N_("“%(text)s” is not an EDTF interval"), text=text)
    begin, end = (_single(part) if part not in {"", ".."} else None for part in ends)
    if begin and end and begin.earliest and end.latest and end.latest < begin.earliest:
        raise InvalidInput(N_("“%(text)s” ends before it starts"), text=text)
    known = [part for part in (begin, end) if part]
    return EDTFDate(
        "/".join(part.text if part else given for part, given in zip((begin, end), ends, strict=True)),
        text,
        begin.earliest if begin else None,
        end.latest if end else None,
        any(part.uncertain for part in known),
        any(part.approximate for part in known),
        True,
        # An open end lasts for ever, an unknown one may be the next day: "2013/.." against "2013/".
        begin.latest if begin else (date.min if ends[0] == ".." else None),
        end.earliest if end else (date.max if ends[1] == ".." else None),
    )


def _set(text: str) -> EDTFDate:
    inner = text[1:-1] if text[0] in "[{" and text[-1] in "]}" else text
    members = [_member(part.strip()) for part in inner.split(",")]
    lows, highs = [low for low, _, _ in members], [high for _, high, _ in members]
    earliest = None if None in lows else min(low for low in lows if low)
    latest = None if None in highs else max(high for high in highs if high)
    opening, closing = ("{", "}") if text[0] == "{" else ("[", "]")
    normal = opening + ",".join(name for _, _, name in members) + closing
    return EDTFDate(normal, text, earliest, latest, False, False, False, latest, earliest)


def _member(part: str) -> tuple[date | None, date | None, str]:
    if ".." not in part:
        single = _single(part)
        return single.earliest, single.latest, single.text
    low, _, high = part.partition("..")
    if not low and not high:
        raise InvalidInput(N_("“..” alone is not a date"))
    begin, end = _single(low) if low else None, _single(high) if high else None
    if begin and end and begin.earliest and end.latest and end.latest < begin.earliest:
        raise InvalidInput(N_("“%(text)s” ends before it starts"), text=part)
    return begin.earliest if begin else None, end.latest if end else None, part


def _single(text: str) -> EDTFDate:
    if "T" in text:
        return _moment(text)
    shown = text.replace("u", "X")
    lead = shown[:1] if shown.startswith(tuple(_QUALIFIERS)) else ""
    match = _PART.fullmatch(shown[len(lead) :])
    if not match:
        raise InvalidInput(N_("“%(text)s” is not an EDTF date"), text=text)
    earliest, latest = _bounds(match["year"], match["month"], match["day"], text)
    marks = lead + "".join(match[name] or "" for name in ("yq", "mp", "mq", "dp", "dq"))
    approximate = "~" in marks or "%" in marks or (match["month"] in {"21", "22", "23", "24"})
    uncertain = "?" in marks or "%" in marks
    return EDTFDate(shown, text, earliest, latest, uncertain, approximate, False, latest, earliest)


def _moment(text: str) -> EDTFDate:
    try:
        moment = datetime.fromisoformat(text)
        day = moment.astimezone(UTC).date() if moment.tzinfo else moment.date()
    except (ValueError, OverflowError):
        raise InvalidInput(N_("“%(text)s” is not an EDTF date"), text=text) from None
    return EDTFDate(day.isoformat(), text, day, day, False, False, False, day, day)


def _bounds(year: str, month: str | None, day: str | None, text: str) -> tuple[date, date]:
    first_year, last_year = int(year.replace("X", "0")), int(year.replace("X", "9"))
    if year.startswith("-") or last_year < 1:
        raise InvalidInput(N_("“%(text)s”: years before 1 cannot be kept"), text=text)
    first_year = max(first_year, 1)
    if month is None:
        return date(first_year, 1, 1), date(last_year, 12, 31)
    if month.isdigit() and int(month) in _SEASONS:
        if day is not None:
            raise InvalidInput(N_("“%(text)s”: a season has no days"), text=text)
        return _season(first_year, last_year, int(month))
    months = [m for m in range(1, 13) if _fits(f"{m:02}", month)]
    if not months:
        raise InvalidInput(N_("“%(text)s”: there is no month %(month)s"), text=text, month=month)
    return _days(first_year, last_year, months, day, text)


def _days(first_year: int, last_year: int, months: list[int], day: str | None, text: str) -> tuple[date, date]:
    if day is None:
        day = "XX"
    found = [
        date(y, m, d)
        for y in {first_year, last_year}
        for m in months
        for d in range(1, calendar.monthrange(y, m)[1] + 1)
        if _fits(f"{d:02}", day)
    ]
    if not found:
        raise InvalidInput(N_("“%(text)s”: there is no such day"), text=text)
    return min(found), max(found)


def _season(first_year: int, last_year: int, season: int) -> tuple[date, date]:
    month, length = _SEASONS[season]
    end_year, end_month = divmod(last_year * 12 + month - 1 + length - 1, 12)
    if end_year > date.max.year:
        return date(first_year, month, 1), date.max
    return date(first_year, month, 1), date(end_year, end_month + 1, calendar.monthrange(end_year, end_month + 1)[1])


def _fits(value: str, pattern: str) -> bool:
    return all(wanted in ("X", given) for given, wanted in zip(value, pattern, strict=True))


def covers(when: EDTFDate, day: date) -> Trilean:
    """Whether something dated `when` was true, or happened, on a day.

    Args:    when: a date or an interval.  day: the day asked about.
    Returns: yes within an interval's certain core or on an exact day; no outside its bounds; else uncertain.
    """
    if (when.earliest and day < when.earliest) or (when.latest and day > when.latest):
        return Trilean.NO
    if when.uncertain or when.approximate:
        return Trilean.UNCERTAIN
    if not when.is_interval:
        return Trilean.YES if when.is_day else Trilean.UNCERTAIN
    inside = when.begin_latest is not None and when.end_earliest is not None
    core = inside and when.begin_latest <= day <= when.end_earliest  # type: ignore[operator]  # both are dates when inside
    return Trilean.YES if core else Trilean.UNCERTAIN


def during(
    day: date, began: tuple[date | None, date | None], ended: tuple[date | None, date | None] | None = None
) -> Trilean:
    """Whether a state that began and ended somewhere within given bounds held at the end of a day.

    Args:    day: the day asked about.  began: earliest and latest day of its beginning.  ended: of its end, which no
             longer counts; None while it lasts.
    Returns: yes, no or uncertain; a bound of None is unknown and makes the answer uncertain rather than no.
    """
    if began[0] is not None and day < began[0]:
        return Trilean.NO
    if ended is not None and ended[1] is not None and day >= ended[1]:
        return Trilean.NO
    has_begun = began[1] is not None and day >= began[1]
    has_not_ended = ended is None or (ended[0] is not None and day < ended[0])
    return Trilean.YES if has_begun and has_not_ended else Trilean.UNCERTAIN
