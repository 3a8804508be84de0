"""When: the day an article was written, and the days its sentences speak of, as EDTF with the words they rest on."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from heritage.core.text import fold

_DAYS = {
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6,
    "lundi": 0, "mardi": 1, "mercredi": 2, "jeudi": 3, "vendredi": 4, "samedi": 5, "dimanche": 6,
    "الاثنين": 0, "الإثنين": 0, "الثلاثاء": 1, "الأربعاء": 2, "الخميس": 3, "الجمعة": 4, "السبت": 5, "الأحد": 6,
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january janvier jan janv يناير جانفي", "february fevrier feb fevr فبراير شباط فيفري", "march mars mar مارس آذار",
            "april avril apr avr أبريل نيسان إبريل أفريل", "may mai مايو أيار", "june juin jun يونيو حزيران جوان",
            "july juillet jul juil يوليو تموز جويلية", "august aout aug أغسطس آب أوت", "september septembre sept sep سبتمبر أيلول",
            "october octobre oct أكتوبر", "november novembre nov نوفمبر", "december decembre dec ديسمبر",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH_WORDS = (
    "January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|"
    "Sept|Sep|Oct|Nov|Dec|janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[ée]cembre|"
    "يناير|فبراير|مارس|أبريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر|"
    "شباط|آذار|نيسان|أيار|حزيران|تموز|آب|أيلول|إبريل|جانفي|فيفري|أفريل|جوان|جويلية|أوت|"
    "كانون الثاني|كانون الأول|تشرين الأول|تشرين الثاني"
)
_DAY_WORDS = (
    "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
    "الاثنين|الإثنين|الثلاثاء|الأربعاء|الخميس|الجمعة|السبت|الأحد"
)
_YEAR = r"(?:1[5-9]|20|21)\d\d"
# Month names that are also plain words count only with a capital letter, so case matters in all of these.
_DAY_MONTH = re.compile(
    rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th|er)?\s+(?:of\s+)?(?P<month>{_MONTH_WORDS})\b\.?(?:,?\s+(?P<year>{_YEAR})\b)?"
)
_MONTH_DAY = re.compile(
    rf"\b(?P<month>{_MONTH_WORDS})\b\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d|:)(?:,?\s+(?P<year>{_YEAR})\b)?"
)
_MONTH_YEAR = re.compile(rf"\b(?P<month>{_MONTH_WORDS})\b\.?,?\s+(?P<year>{_YEAR})\b")
_ISO = re.compile(rf"\b(?P<year>{_YEAR})-(?P<month>\d{{2}})-(?P<day>\d{{2}})\b")
_NUMERIC = re.compile(rf"\b(?P<day>\d{{1,2}})[./](?P<month>\d{{1,2}})[./](?P<year>{_YEAR})\b")
_WEEKDAY = re.compile(rf"\b(?P<weekday>{_DAY_WORDS})\b")
_IN_YEAR = re.compile(
    rf"\b(?P<how>since mid-|since early |since late |since|until|by|in early |in late |in mid-|in|en|"
    rf"depuis|depuis la mi-|"
    rf"jusqu['’]en|early |late |mid-)\s*(?P<year>{_YEAR})\b(?!\s*(?:people|civilians|soldiers|dead|km))",
    re.IGNORECASE,
)
_AGO = re.compile(
    r"\b(?P<count>\d{1,2}|one|two|three|four|five|six|seven|ten|a|an) (?P<unit>day|week|month|"
    r"year)s? (?:ago|earlier)\b",
    re.IGNORECASE,
)
_COUNTS = {"one": 1, "a": 1, "an": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10}
_UNIT_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_RELATIVE = tuple(
    (name, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for name, words in (
        (
            "weekend",
            r"(?:over|at|during|this|last|past) (?:the )?(?:past |last )?weekend|(?:le|ce|durant le) week-?end",
        ),
        ("this week", r"this week|cette semaine|in the past week|past week"),
        ("last week", r"last week|la semaine (?:derni[èe]re|pass[ée]e)"),
        (
            "recent",
            r"in recent (?:days|weeks|months)|recently|ces derni[eè]r(?:e?s) (?:jours|semaines|mois)|r[ée]cemment",
        ),
        ("this month", r"this month|ce mois-ci"),
        ("last month", r"last month|le mois dernier"),
        ("this year", r"this year|cette ann[ée]e"),
        ("last year", r"last year|l['’]ann[ée]e derni[èe]re|l['’]an dernier"),
        ("before yesterday", r"avant-hier|the day before yesterday"),
        ("yesterday", r"yesterday|hier|overnight into today|last night|أمس"),
        ("today", r"today|tonight|this (?:morning|afternoon|evening)|aujourd['’]hui|ce (?:matin|soir)|اليوم"),
    )
)
_FORMER_TIMES = re.compile(
    # "in the 12th century", and not "the 12th-century minaret was hit".
    r"\b(?:(?<!-)centur(?:y|ies)(?!-old)(?=\s*(?:[.,;:)]|$|BC|AD|B\.C|A\.D|(?:and|by|under|when|after|before|was|were|to|until|ago|later|as|of|for|the|a)\b))|"
    r"(?:aux?|depuis(?: le| des| plusieurs)?|pendant(?: des| plusieurs)?|durant(?: le)?|vieux? de|vieille de) (?:[\w.]+ )?si[èe]cles?|world wars?|"
    r"second world war|first world war|"
    r"guerre mondiale|ottoman (?:times|rule)|mongols?|crusades|antiquity|decades? ago|years ago|"
    r"anniversary|anniversaire|"
    r"il y a (?:\w+ )?(?:ans|d[ée]cennies))\b",
    re.IGNORECASE,
)
OLD_DAYS = 40


@dataclass(frozen=True, slots=True)
class Dated:
    """A time as text and as EDTF; day: the one day meant, where it is one."""

    edtf: str
    words: str
    day: date | None = None
    latest: date | None = None


@dataclass(frozen=True, slots=True)
class DateLine:
    """The day of the article. inferred: not written in it as a date; basis says in words where it comes from."""

    day: date | None
    edtf: str
    words: str
    inferred: bool
    basis: str

    @property
    def year(self) -> int | None:
        """The year, where known."""
        return self.day.year if self.day else None


def read_date_line(paragraphs: list[str], published: str, as_of: date | None) -> DateLine:
    """Find the day an article was written.

    Args:    paragraphs: headline, lead and so on.  published: the day its page gives, YYYY-MM-DD, or empty.
             as_of: the day it is read as of; what is written cannot be later.
    Returns: the day; edtf is empty where nothing tells it, and ends in "?" where it is inferred.
    """
    # A line of its own, as under a headline, tells it better than a day that the lead speaks of.
    own_lines = [words for words in paragraphs[1:] if len(words) <= _OWN_LINE_CHARS and not words.endswith((".", "”"))]
    for words in [*own_lines, *paragraphs[:3]]:
        found = _full_date(words[:220])
        if found and (as_of is None or found[0] <= as_of):
            return DateLine(found[0], found[0].isoformat(), found[1], False, "written in the article")
    if published and (day := _as_day(published)):
        return DateLine(day, day.isoformat(), published, False, "the page's own mark-up")
    if as_of is None:
        return DateLine(None, "", "", True, "no date is written in the article, and no day was given to count from")
    for words in paragraphs[:6]:
        if found := _dateline_day(words, as_of):
            day, said = found
            return DateLine(day, f"{day.isoformat()}?", said, True, f"“{said}”, its year counted back from {as_of}")
    if weekday := _newest_weekday(paragraphs[:6], as_of):
        day, said = weekday
        return DateLine(day, f"{day.isoformat()}?", said, True, f"“{said}”, counted back from {as_of}")
    return DateLine(as_of, f"{as_of.isoformat()}?", "", True, f"no date is written; read as of {as_of}")


# "is expected on Thursday": a day that was still to come.
_TO_COME = re.compile(
    r"\b(?:will|expected|due|scheduled|planned|next|until|by|set|attendue?s?|prévue?s?|prochain\w*|jusqu['’])\b[^.]{0,40}$",
    re.IGNORECASE,
)


def _newest_weekday(paragraphs: list[str], as_of: date) -> tuple[date, str] | None:
    """The first day of the week that is named, or the one after it where that is named as past too."""
    found: tuple[date, str] | None = None
    for words in paragraphs:
        for named in _WEEKDAY.finditer(words):
            day = _last(as_of, _DAYS[named["weekday"].lower()])
            follows = found is not None and day == found[0] + timedelta(days=1)
            if found is None or (follows and not _TO_COME.search(words, 0, named.start())):
                found = day, named.group()
    return found


_OWN_LINE_CHARS = 90


def _full_date(words: str) -> tuple[date, str] | None:
    for pattern in (_ISO, _MONTH_DAY, _DAY_MONTH, _NUMERIC):
        for match in pattern.finditer(words):
            if match["year"] and (day := _day_of(match, int(match["year"]))):
                return day, match.group()
    return None


# "PORT SUDAN, Nov 3 (Reuters) -": a day and a month before the words begin.
_BEFORE_THE_WORDS = re.compile(r"\s*(?:\(|[-–—:])")
_DATELINE_CHARS = 60


def _dateline_day(words: str, as_of: date) -> tuple[date, str] | None:
    for pattern in (_MONTH_DAY, _DAY_MONTH):
        match = pattern.search(words[:_DATELINE_CHARS])
        if match and not match["year"] and _BEFORE_THE_WORDS.match(words, match.end()):
            days = [day for year in (as_of.year, as_of.year - 1) if (day := _day_of(match, year)) and day <= as_of]
            if days:
                return days[0], match.group()
    return None


def _as_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _day_of(match: re.Match[str], year: int) -> date | None:
    raw = match["month"]
    month = int(raw) if raw.isdigit() else _month(raw)
    try:
        return date(year, month, int(match["day"]))
    except ValueError:
        return None


def _month(word: str) -> int:
    return _MONTHS.get(word) or _MONTHS.get(fold(word), 0)


def _last(reference: date, weekday: int) -> date:
    """The newest day of that name, the reference day included."""
    return reference - timedelta(days=(reference.weekday() - weekday) % 7)


def read_when(words: str, line: DateLine) -> Dated | None:
    """Find the time a clause speaks of.

    Args:    words: the clause.  line: the article's day.
    Returns: the time, or None when it names none that can be placed; a weekday is uncertain ("?").
    """
    for pattern in (_ISO, _DAY_MONTH, _MONTH_DAY):
        if (match := pattern.search(words)) and (dated := _dated_day(match, line)):
            return dated
    if match := _MONTH_YEAR.search(words):
        month = _month(match["month"])
        return Dated(f"{match['year']}-{month:02}", match.group(), None, _end_of(int(match["year"]), month))
    if line.day and (match := _WEEKDAY.search(words)):
        day = _last(line.day, _DAYS[match["weekday"].lower()])
        return Dated(f"{day.isoformat()}?", match.group(), day, day)
    if match := _IN_YEAR.search(words):
        return _year(match)
    return _relative(words, line) if line.day else None


def _dated_day(match: re.Match[str], line: DateLine) -> Dated | None:
    given = match["year"]
    year = int(given) if given else line.year
    if year is None:
        month = _month(match["month"])
        return Dated(f"XXXX-{month:02}-{int(match['day']):02}", match.group()) if month else None
    day = _day_of(match, year)
    if day and not given and line.day and day > line.day:
        day = _day_of(match, year - 1)
    return Dated(day.isoformat() if given else f"{day.isoformat()}?", match.group(), day, day) if day else None


def _end_of(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _year(match: re.Match[str]) -> Dated:
    how, year = match["how"].lower().strip(), match["year"]
    last = date(int(year), 12, 31)
    if "mid" in how or "mi-" in how:
        year = f"{year}-06~"
    elif "early" in how:
        year = f"{year}-02~"
    elif "late" in how:
        year = f"{year}-11~"
    if how.startswith(("since", "depuis")):
        return Dated(f"{year}/..", match.group(), None, date.max)
    return Dated(f"../{year}" if how.startswith(("until", "jusqu")) else year, match.group(), None, last)


def _relative(words: str, line: DateLine) -> Dated | None:
    today = line.day
    if today is None:
        return None
    if match := _AGO.search(words):
        count = match["count"].lower()
        unit = match["unit"].lower()
        try:
            day = today - timedelta(days=int(_COUNTS.get(count) or count) * _UNIT_DAYS[unit])
        except OverflowError:
            return None
        if unit == "year":
            return Dated(f"{day.year}~", match.group(), None, date(day.year, 12, 31))
        return Dated(f"{day.isoformat()}~", match.group(), day if unit == "day" else None, day)
    for name, pattern in _RELATIVE:
        if match := pattern.search(words):
            return _span(name, today, match.group())
    return None


def _span(name: str, today: date, words: str) -> Dated:
    monday = today - timedelta(days=today.weekday())
    if name == "weekend":
        saturday = _last(today, 5)
        return Dated(f"{saturday}/{saturday + timedelta(days=1)}", words, None, saturday + timedelta(days=1))
    if name in ("this week", "last week"):
        first = monday if name == "this week" else monday - timedelta(days=7)
        last = min(today, first + timedelta(days=6))
        return Dated(f"{first}/{last}", words, None, last)
    if name == "recent":
        return Dated(f"{today:%Y-%m}~", words, None, today)
    if name in ("this month", "last month"):
        day = today if name == "this month" else today.replace(day=1) - timedelta(days=1)
        return Dated(f"{day:%Y-%m}", words, None, day)
    if name in ("this year", "last year"):
        year = today.year - (name == "last year")
        return Dated(str(year), words, None, min(today, date(year, 12, 31)))
    back = {"before yesterday": 2, "yesterday": 1, "today": 0}[name]
    day = today - timedelta(days=back)
    return Dated(f"{day.isoformat()}?", words, day, day)


def is_long_past(words: str, when: Dated | None, line: DateLine) -> bool:
    """Whether a clause tells of former times rather than of the article's own weeks.

    Args:    words: the clause.  when: what `read_when` found in it.  line: the article's day.
    """
    if _FORMER_TIMES.search(words):
        return True
    if when is None or when.latest is None or line.day is None:
        return False
    return (line.day - when.latest).days > OLD_DAYS
