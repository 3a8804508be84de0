"""The statements an article makes: each clause with who says it, what it tells of and when."""

import re
from dataclasses import dataclass, replace

from heritage.reports.reading.clauses import Clause, Link, cut, masked, quoted_spans
from heritage.reports.reading.dates import Dated, DateLine, is_long_past, read_when
from heritage.reports.reading.events import Happening, read_happening
from heritage.reports.reading.speakers import Speakers, unify
from heritage.reports.reading.speech import Saying, find_saying
from heritage.reports.reading.text import Article, Paragraph, Sentence

_DATELINE = re.compile(
    r"\s*\(?(?P<place>[A-ZÀ-Ý][\w’'.-]*(?:[ /-][A-ZÀ-Ý][\w’'.-]*){0,3}|[\u0600-\u06ff]+(?:\s[\u0600-\u06ff]+){0,2})\)?"
    r"(?:,\s*(?P<country>[A-ZÀ-Ý][A-Za-zÀ-ÿ .]{2,30}?))?"
    r"(?:[,،]?\s*(?P<date>[A-Z][a-z]+\.? \d{1,2}(?:, \d{4})?|\d{1,2}(?:er)? [A-Za-zéû\u0600-\u06ff]+ \d{4}))?\s*"
    r"(?:\((?P<agency>[\w][\w .’'-]{1,30})\)\s*[-–—:,]*|[-–—]{1,2})\s+(?=\S)"
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A clause with what was made out of it, before names are unified. speech: the span that only says who says it."""

    paragraph: Paragraph
    sentence: Sentence
    clause: Clause
    saying: Saying | None
    sayer: str
    relays: tuple[str, ...]
    speech: tuple[int, int] | None
    happening: Happening
    when: Dated | None
    past: bool


def dateline_of(article: Article) -> re.Match[str] | None:
    """ "BEIRUT (Reuters) - " at the beginning of the first paragraph of the body."""
    for paragraph in article.paragraphs[:3]:
        if paragraph.number >= 1:
            return _DATELINE.match(article.text, paragraph.start, min(paragraph.end, paragraph.start + 120))
    return None


def statements_of(article: Article, line: DateLine, armed: bool, dateline: re.Match[str] | None) -> list[Statement]:
    speakers = Speakers()
    found: list[Statement] = []
    for paragraph in article.paragraphs:
        spans = quoted_spans(paragraph.text)
        mask = masked(paragraph.text, spans)
        quoted_by: dict[int, str] = {}
        made: list[Statement] = []
        for sentence in paragraph.sentences:
            start, end = sentence.start, sentence.end
            if dateline and dateline.start() <= start < dateline.end() < end:
                start = dateline.end()
            trimmed = Sentence(start, end, article.text[start:end])
            part = mask[start - paragraph.start : end - paragraph.start]
            made += _of_sentence(paragraph, trimmed, part, line, armed, speakers)
        found += _quotations(made, paragraph, spans, quoted_by)
    return found


def _of_sentence(
    paragraph: Paragraph, sentence: Sentence, mask: str, line: DateLine, armed: bool, speakers: Speakers
) -> list[Statement]:
    made: list[Statement] = []
    carried: tuple[str, tuple[str, ...]] = ("", ())
    for clause in cut(sentence, mask):
        part = mask[clause.start - sentence.start : clause.end - sentence.start]
        saying = find_saying(part)
        if saying:
            sayer = speakers.resolve(saying.given)
            carried = (sayer, saying.relays)
        elif clause.link is Link.ASIDE:
            carried = ("", ())
        if saying and saying.trailing and made and clause.link is not Link.ASIDE:
            made = [_carry(statement, carried) for statement in made]
        made.append(_statement(paragraph, sentence, clause, saying, carried, line, armed))
    if not any(statement.saying for statement in made):
        speakers.notice(sentence.text)
    return made


def _carry(statement: Statement, carried: tuple[str, tuple[str, ...]]) -> Statement:
    """A sayer named at the end of a sentence says all of it, but for what another one says."""
    if statement.sayer or statement.clause.link is Link.ASIDE:
        return statement
    return replace(statement, sayer=carried[0], relays=carried[1])


def _statement(
    paragraph: Paragraph,
    sentence: Sentence,
    clause: Clause,
    saying: Saying | None,
    carried: tuple[str, tuple[str, ...]],
    line: DateLine,
    armed: bool,
) -> Statement:
    speech = (clause.start + saying.start, clause.start + saying.end) if saying else None
    content = clause.text
    if saying and not _is_act(saying):
        content = clause.text[: saying.start] + " " * (saying.end - saying.start) + clause.text[saying.end :]
    happening = read_happening(content, sentence.text, armed)
    if saying and saying.denies:
        happening = replace(happening, negated=True)
    if saying and saying.verb.startswith(_OF_WHAT_MAY_COME):
        happening = replace(happening, hypothetical=True)
    when = read_when(clause.text, line) or read_when(sentence.text, line)
    return Statement(
        paragraph, sentence, clause, saying, *carried, speech, happening, when, is_long_past(clause.text, when, line)
    )


# What is threatened, promised, feared or expected has not happened by that.
_OF_WHAT_MAY_COME = (
    "threaten", "promis", "vow", "pledg", "offer", "expect", "fear", "hope", "doubt", "suspect", "worr", "swore", "menac", "redout", "craint", "craign",
)  # fmt: skip


def _is_act(saying: Saying) -> bool:
    """Verbs of appeal are what is told, not only that it is told."""
    return saying.verb.startswith(
        ("call", "urg", "appeal", "demand", "condemn", "denounc", "appell", "exhort", "condamn")
    ) or any(word in saying.verb for word in ("appel", "exhort", "condamn", "demand", "dénonc", "denonc"))


def _quotations(
    made: list[Statement], paragraph: Paragraph, spans: list[tuple[int, int]], known: dict[int, str]
) -> list[Statement]:
    """Give the sentences inside a quotation the sayer that one of them, or the sentence beside it, names."""
    last: tuple[str, tuple[str, ...]] = ("", ())
    result: list[Statement] = []
    for statement in made:
        inside = _quotation_of(statement.clause, paragraph, spans)
        if statement.sayer:
            last = (statement.sayer, statement.relays)
        elif inside is not None and last[0]:
            statement = replace(statement, sayer=last[0], relays=last[1])
        result.append(statement)
    # A quotation whose sayer comes only after its last sentence.
    following: tuple[str, tuple[str, ...], int] | None = None
    for index in range(len(result) - 1, -1, -1):
        statement = result[index]
        inside = _quotation_of(statement.clause, paragraph, spans)
        if statement.sayer and inside is not None:
            following = (statement.sayer, statement.relays, inside)
        elif not statement.sayer and following and inside == following[2]:
            result[index] = replace(statement, sayer=following[0], relays=following[1])
    return result


def _quotation_of(clause: Clause, paragraph: Paragraph, spans: list[tuple[int, int]]) -> int | None:
    """The number of the quotation that makes up at least half of a clause."""
    for number, (start, end) in enumerate(spans):
        low, high = max(clause.start, paragraph.start + start), min(clause.end, paragraph.start + end)
        if high - low > 0.4 * (clause.end - clause.start):
            return number
    return None


def unified(statements: list[Statement]) -> list[Statement]:
    fuller = unify([statement.sayer for statement in statements])
    return [replace(statement, sayer=fuller.get(statement.sayer, statement.sayer)) for statement in statements]


# -- places ----------------------------------------------------------------------------------------------------------
