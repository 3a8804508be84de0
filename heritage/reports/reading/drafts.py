"""From an article to draft claims, put together for a person to confirm; nothing here counts by itself."""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from heritage.core.text import fold
from heritage.reports.domain import ClaimKind
from heritage.reports.reading.boilerplate import AUTHORS, TO_PROGRAMS
from heritage.reports.reading.context import Rejected
from heritage.reports.reading.dates import DateLine, read_date_line
from heritage.reports.reading.events import APPEAL, CONTROL, DAMAGE, FIGHTING, PHYSICAL, Figure, is_armed
from heritage.reports.reading.gazetteer import Gazetteer
from heritage.reports.reading.grading import propose_grade, rule_for
from heritage.reports.reading.language import language_of
from heritage.reports.reading.lookup import Register
from heritage.reports.reading.nations import World
from heritage.reports.reading.places import Mention, Named, PlaceReader
from heritage.reports.reading.slots import Slot, Use
from heritage.reports.reading.speakers import split_sayers, tidy
from heritage.reports.reading.spots import Spot, spot_of
from heritage.reports.reading.statements import Statement, dateline_of, statements_of, unified
from heritage.reports.reading.text import Article, Dropped, prepare

MOST_CLAIMS = 500
HEADLINE, UNATTRIBUTED = "article (headline)", "article (unattributed)"
_TOWN_WORDS = re.compile(
    r"\b(?:the|this|that|la|le|cette|l['’])\s*(?:\w+\s+)?(?:city|town|village|area|site|settlement|"
    r"ville|village|localit[ée]|zone|cit[ée])\b|\bthere\b|\bin it\b|\bseizing it\b|\bits (?:streets|"
    r"centre|center|outskirts)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DraftPlace:
    """A place of the article. role: "event" or "mention"; spot is None where it has no point or was not resolved."""

    name: str
    names: tuple[str, ...]
    role: str
    kind: str
    ref: str
    gazetteer_name: str
    country: str
    spot: Spot | None
    resolved: bool
    reason: str
    paragraphs: tuple[int, ...]
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True, slots=True)
class DraftClaim:
    """One statement with who says it. start, end: of the quotation in the article's text."""

    paragraph: int
    start: int
    end: int
    quote: str
    kind: ClaimKind
    said_by: str
    sayers: tuple[str, ...]
    sayer_kind: str
    party: bool
    relayed_by: tuple[str, ...]
    attributed: bool
    negated: bool
    hypothetical: bool
    certainty: str
    place: str
    grade: str
    when: str
    when_words: str
    actors: tuple[str, ...]
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read out of an article."""

    article: Article
    language: str
    date_line: DateLine
    text_hash: str
    agency: str
    written_at: str
    countries: tuple[str, ...]
    armed: bool
    places: tuple[DraftPlace, ...]
    claims: tuple[DraftClaim, ...]
    dropped: tuple[Dropped, ...]

    @property
    def has_words_to_programs(self) -> bool:
        """Whether somebody planted words for a program that reads."""
        return any(each.reason == TO_PROGRAMS for each in self.dropped)


def read_article(
    raw: str, *, world: World, gazetteer: Gazetteer, register: Register, as_of: date | None = None
) -> Reading:
    """Read an article.

    Args:    raw: its text, or its page of HTML.  world, gazetteer, register: the names there are.
             as_of: the day it is read as of; weekdays are counted back from it where the text has no date.
    Returns: document, places and draft claims. The same text always gives the same reading.
    """
    article = prepare(raw)
    bylines = [each.excerpt for each in article.dropped if each.reason == AUTHORS][:3]
    lead = [paragraph.text.strip() for paragraph in article.paragraphs[:6]]
    line = read_date_line([*lead, *bylines], article.published, as_of)
    dateline = dateline_of(article)
    armed = is_armed(article.text)
    statements = statements_of(article, line, armed, dateline)
    statements = unified(statements)
    reader = PlaceReader(article, world, gazetteer, register, language_of(article.text))
    named = reader.read()
    regions = {id(m) for place in named if _is_region(place) for m in place.mentions}
    mentions = sorted((mention for place in named for mention in place.mentions), key=lambda each: each.start)
    event_uses = {
        id(mention): mention.use
        for mention in mentions
        if id(mention) not in regions and _is_event_use(mention, statements, dateline)
    }
    event_uses |= {id(mention): Use(Slot.AT) for mention in _implied(mentions, statements, event_uses)}
    named = [
        place
        for place in named
        if not place.is_only_used or any(id(mention) in event_uses for mention in place.mentions)
    ]
    places = tuple(_draft_place(place, event_uses) for place in named)
    claims = tuple(_claims(statements, named, event_uses, line))[:MOST_CLAIMS]
    return Reading(
        article,
        language_of(article.text),
        line,
        text_hash(article),
        (dateline["agency"] or "") if dateline else "",
        dateline["place"] if dateline else "",
        tuple(reader.countries),
        armed,
        places,
        claims,
        article.dropped,
    )


def text_hash(article: Article) -> str:
    """SHA-256 over the folded words of headline and body, so that a reprint with other blanks or quotes is the same."""
    words = " ".join(fold(paragraph.text) for paragraph in article.paragraphs)
    return hashlib.sha256(words.encode()).hexdigest()


_FARTHEST_KM = 100.0


def _is_event_use(mention: Mention, statements: Sequence[Statement], dateline: re.Match[str] | None) -> bool:
    if mention.use.slot not in (Slot.AT, Slot.NEAR) or mention.use.kind == "country":
        return False
    if dateline and mention.start < dateline.end() and mention.start >= dateline.start():
        return False
    statement = _statement_at(mention, statements)
    if statement is None or statement.past or not _tells_of_event(statement):
        return False
    appeal = APPEAL.search(statement.clause.text) if statement.happening.kind is ClaimKind.APPEAL else None
    if appeal and mention.start < statement.clause.start + appeal.end():
        # "In Paris, the president condemned the shelling of Goma."
        return False
    if (mention.use.offset_km or 0.0) > _FARTHEST_KM:
        # "A temple some 360 km east of Bangkok": nothing happens anywhere near Bangkok.
        return False
    if mention.use.kind == "district" and _contains_another(mention, statement):
        return False
    if _AFTERWARDS.search(statement.clause.text[: mention.start - statement.clause.start]):
        return False
    return not _is_where_it_was_said(mention, statement)


# "In Lubero territory, the town of Alimbongo": the district only says where the town is.
_TOWN_FOLLOWS = re.compile(
    r"\s+[\w ]{4,25},[^.;]{0,60}?\b(?:in|at|near|town of|village of|villages of|towns of)\s+[A-ZÀ-Ý]"
)


def _contains_another(mention: Mention, statement: Statement) -> bool:
    return _TOWN_FOLLOWS.match(statement.clause.text[mention.end - statement.clause.start :]) is not None


# Those who tell of what befell their own town.
_LOCALS = re.compile(
    r"\b(?:residents?|inhabitants?|villagers|people|townspeople|locals|mayor|deputy mayor|(?:town|city|village) council|police|hospitals?|doctors?|medics|"
    r"rescuers?|shepherds?|herders?|farmers?|fishermen|workers|habitante?s?|bergers?|paysans?|maire|hôpital|médecins?|riverains)\s+(?:in|of|at|from|de|d['’]|à)\s*(?:the\s+)?(?:(?:(?:town|city|village|hamlet|camp)\s+of|(?:ville|village|hameau|localité)\s+d[eu’'])\s*)?$",
    re.IGNORECASE,
)
_WHERE = re.compile(r"(?:where|où|حيث)\b", re.IGNORECASE)


def _implied(
    mentions: Sequence[Mention], statements: Sequence[Statement], event_uses: Mapping[int, Use]
) -> Iterator[Mention]:
    """Where something happens that is told without a place: "residents of X said that shells had fallen", "X, where
    fighting rages"."""
    for statement in statements:
        if statement.past or not statement.happening.happens:
            continue
        inside = [m for m in mentions if statement.clause.start <= m.start < statement.clause.end]
        if any(id(mention) in event_uses for mention in inside):
            continue
        if _WHERE.match(statement.clause.text):
            yield from (m for m in mentions if 0 <= statement.clause.start - m.end <= 2 and m.use.kind != "country")
        elif _TOWN_WORDS.search(statement.clause.text) and any(map(_has_council, inside)):
            yield from filter(_has_council, inside)
        elif statement.speech and len(inside) == 1:
            lead = statement.sentence.text[: inside[0].start - statement.sentence.start]
            in_speech = statement.speech[0] <= inside[0].start < statement.speech[1]
            if in_speech and _LOCALS.search(lead) and inside[0].use.slot is not Slot.REGION:
                yield inside[0]


def _statement_at(mention: Mention, statements: Sequence[Statement]) -> Statement | None:
    around = [s for s in statements if s.clause.start <= mention.start < s.clause.end]
    return min(around, key=lambda s: s.clause.end - s.clause.start, default=None)


def _tells_of_event(statement: Statement) -> bool:
    happening = statement.happening
    if happening.kind is ClaimKind.APPEAL:
        return len(happening.triggers) > 1 and not happening.hypothetical and not happening.negated
    return happening.happens


_SPEAKING = re.compile(
    r"\W*(?:speaking|talking|addressing|interviewed|reached|visiting|(?:on|during) a visit|at a (?:news|press) conference|s['’]exprimant|"
    r"interrog[ée]e?|en visite|joint|lors d['’]une (?:visite|conférence))\b[^,]*$",
    re.IGNORECASE,
)


# What becomes of the wounded and the dead elsewhere.
_AFTERWARDS = re.compile(
    r"\b(?:operated on|treated|treatment|hospitali[sz]ed|buried|burial|mourned|remembered|recovering|soign[ée]e?s?|hospitalis[ée]e?s?|inhum[ée]e?s?|"
    r"enterr[ée]e?s?|عولجوا|دفنوا|دفن)\s+(?:[\w’'-]+\s+){0,4}$",
    re.IGNORECASE,
)


def _strikes(text: str) -> bool:
    return any(pattern.search(text) for pattern in (FIGHTING, CONTROL, DAMAGE))


def _is_where_it_was_said(mention: Mention, statement: Statement) -> bool:
    """ "told reporters in Geneva", "the governor of Kharkiv said": within or right behind the words of saying."""
    if _SPEAKING.match(statement.sentence.text[: max(0, mention.start - statement.sentence.start)]):
        return True
    if statement.speech is None or statement.saying is None:
        return False
    start, end = statement.speech
    if start <= mention.start < end:
        return True
    clause = statement.clause
    if statement.saying.trailing and mention.start >= end and not _strikes(clause.text[end - clause.start :]):
        # "..., said Oleh Koval, a historian in Lviv": who it is that speaks, and where he is at home.
        return True
    between = statement.sentence.text[
        max(0, end - statement.sentence.start) : max(0, mention.start - statement.sentence.start)
    ]
    behind = 0 <= mention.start - end < 60
    return (
        behind
        and re.fullmatch(
            r"\s*(?:reporters|journalists|a (?:news|press) conference|a briefing|parliament|(?:on |"
            r"late |early )?\w*day|in a statement|aux journalistes)?\s*(?:on \w+ )?(?:in|at|from|à|"
            r"depuis|de)\s*(?:the\s*)?(?:\w+\s)?(?:of\s)?",
            between,
        )
        is not None
    )


def _draft_place(place: Named, event_uses: Mapping[int, Use]) -> DraftPlace:
    happening_at = [mention for mention in place.mentions if id(mention) in event_uses]
    entry = place.entry
    region_only = all(mention.use.slot is Slot.REGION for mention in place.mentions)
    use = _closest_use([event_uses[id(mention)] for mention in happening_at] or [m.use for m in place.mentions])
    if not happening_at:
        # "40 km west of Homs": Homs itself is where it is.
        use = replace(use, offset_km=None, bearing_deg=None)
    spot = spot_of(entry, use) if entry and not region_only and not place.is_country else None
    kind = (
        "country"
        if place.is_country
        else "region"
        if region_only
        else use.kind or ("site" if entry and entry.ref.startswith("register:") else "town")
    )
    return DraftPlace(
        place.name,
        tuple(place.names),
        "event" if happening_at else "mention",
        kind,
        entry.ref if entry else "",
        entry.name if entry else "",
        entry.country if entry else "",
        spot,
        entry is not None,
        place.choice.reason,
        tuple(sorted({mention.paragraph for mention in place.mentions})),
        tuple(place.rejected),
    )


def _closest_use(uses: Sequence[Use]) -> Use:
    """The use that says most exactly where: at a place before near it."""
    order = {Slot.AT: 0, Slot.NEAR: 1}
    return min(uses, key=lambda use: order.get(use.slot, 2))


# -- claims ----------------------------------------------------------------------------------------------------------


def _claims(
    statements: Sequence[Statement], named: Sequence[Named], event_uses: Mapping[int, Use], line: DateLine
) -> list[DraftClaim]:
    claims: list[DraftClaim] = []
    focus = ""
    towns = [(mention, place) for place in named if not place.is_country for mention in place.mentions]
    towns.sort(key=lambda pair: pair[0].start)
    for statement in statements:
        place = _place_of(statement, towns, event_uses)
        if not place and statement.happening.kind is not ClaimKind.BACKGROUND:
            town = _TOWN_WORDS.search(statement.clause.text)
            place = (_town_before(statement, named, statements) or focus) if town else ""
        if place and statement.happening.kind in PHYSICAL:
            focus = place
        if _says_something(statement) and not _is_label(statement):
            claims.append(_claim(statement, place, line))
    return claims


def _place_of(statement: Statement, towns: Sequence[tuple[Mention, Named]], event_uses: Mapping[int, Use]) -> str:
    """The name of the town that a statement is about; ``towns`` in the order of the text."""
    first, end = (
        bisect_left(towns, at, key=lambda pair: pair[0].start) for at in (statement.clause.start, statement.clause.end)
    )
    inside = [(mention, place) for mention, place in towns[first:end] if not _is_where_it_was_said(mention, statement)]
    ranks: tuple[Callable[[Mention], bool], ...] = (
        lambda mention: id(mention) in event_uses,
        lambda mention: mention.use.slot in (Slot.AT, Slot.NEAR),
        lambda mention: mention.use.slot is Slot.OTHER,
    )
    for wanted in ranks:
        for mention, place in inside:
            if wanted(mention):
                return place.name
    return ""


# "Mariupol's city council accused Russia of bombing the city's theatre": whose council it is, is hit.
_OWN_COUNCIL = re.compile(
    r"['’]s?\s+(?:(?:city|town|village|municipal|local)\s+(?:council|authorities|administration|hall)|mayor|municipality)\b"
)


def _town_before(statement: Statement, named: Sequence[Named], statements: Sequence[Statement]) -> str:
    """The town that "the city" stands for: the last one that the paragraph named before."""
    found = ""
    found_at = -1
    for place in named:
        for mention in place.mentions:
            in_front = statement.paragraph.start <= mention.start < statement.clause.end
            if place.is_country or not in_front or mention.start <= found_at:
                continue
            said_at = _statement_at(mention, statements)
            stands = mention.use.slot in (Slot.AT, Slot.NEAR) and not (
                said_at and _is_where_it_was_said(mention, said_at)
            )
            if stands or _has_council(mention):
                found, found_at = place.name, mention.start
    return found


def _has_council(mention: Mention) -> bool:
    return _OWN_COUNCIL.match(mention.sentence.text[mention.end - mention.sentence.start :]) is not None


def _says_something(statement: Statement) -> bool:
    """A clause that holds more than who says something."""
    text = statement.clause.text
    if statement.saying:
        text = text[: statement.saying.start] + text[statement.saying.end :]
    return len(re.findall(r"[^\W\d_]{2,}", text)) >= 1


def _is_region(place: Named) -> bool:
    """A name that no town bears and that the text calls a province somewhere."""
    return place.entry is None and any(mention.use.slot is Slot.REGION for mention in place.mentions)


_LABEL_CHARS = 80


def _is_label(statement: Statement) -> bool:
    """A line that names a paper, a day or a section, and tells nothing."""
    text = statement.paragraph.text.strip()
    short = len(text) <= _LABEL_CHARS and not text.endswith((".", "!", "?", "…", "؟", "”", "»", '"'))
    return short and statement.paragraph.number > 0 and statement.happening.kind is ClaimKind.BACKGROUND


def _as_written(statement: Statement) -> str:
    """The words of a clause with the remark that may have been taken out of it."""
    paragraph, clause = statement.paragraph, statement.clause
    return paragraph.text[clause.start - paragraph.start : clause.end - paragraph.start]


def _claim(statement: Statement, place: str, line: DateLine) -> DraftClaim:
    happening, when = statement.happening, statement.when
    sayers = [tidy(name) for name in split_sayers(statement.sayer) if tidy(name)] if statement.sayer else []
    headline = statement.paragraph.number == 0
    edtf, words = (when.edtf, when.words) if when else ("", "")
    if not edtf and line.day and not statement.past and happening.kind is not ClaimKind.BACKGROUND:
        edtf = f"{line.day.isoformat()}?"
    kind = ClaimKind.BACKGROUND if statement.past and happening.kind in PHYSICAL else happening.kind
    rules = [rule_for(sayer) for sayer in sayers]
    appeal = kind is ClaimKind.APPEAL
    return DraftClaim(
        statement.paragraph.number,
        statement.clause.start,
        statement.clause.end,
        " ".join(_as_written(statement).split()),
        kind,
        tidy(statement.sayer) if sayers else (HEADLINE if headline else UNATTRIBUTED),
        tuple(sayers),
        rules[0].kind.value if rules else "article",
        any(rule.party for rule in rules),
        statement.relays,
        bool(sayers),
        happening.negated,
        happening.hypothetical,
        happening.certainty,
        place,
        propose_grade(sayers, appeal=appeal, negated=happening.negated, alleged=happening.certainty == "alleged"),
        edtf,
        words,
        happening.actors,
        happening.figures,
    )
