"""The statements an article makes: each clause with who says it, what it tells of and when."""

import re
from dataclasses import dataclass, replace

from heritage.reports.reading.clauses import Clause, Link, cut, masked, quoted_spans
from heritage.reports.reading.dates import Dated, DateLine, is_long_past, read_when
from heritage.reports.reading.events import CONTROL, FIGHTING, Happening, read_happening
from heritage.reports.reading.speakers import Speakers, unify
from heritage.reports.reading.speech import Saying, find_saying
from heritage.reports.reading.text import Article, Paragraph, Sentence

_DATELINE = re.compile(
    r"\s*\(?(?P<place>[A-ZÀ-Ý][\w’'.-]*(?:[ /-][A-ZÀ-Ý][\w’'.-]*){0,3}|[\u0600-\u06ff]+(?:\s[\u0600-\u06ff]+){0,2})\)?"
    r"(?:,\s*(?P<country>[A-ZÀ-Ý][A-Za-zÀ-ÿ .]{2,30}?))?"
    r"(?:[,،]?\s*(?P<date>[A-Z][a-z]+\.? \d{1,2}(?:, \d{4})?|\d{1,2}(?:er)? [A-Za-zéû\u0600-\u06ff]+ \d{4}))?\s*"
    r"(?:\((?P<agency>[\w][\w .’'-]{1,50})\)\s*[-–—:,]*|[-–—]{1,2})\s+(?=\S)"
)


# Who said what stands before it in the paragraph.
_SAYS_THE_ABOVE = re.compile(
    r"\W*(?:c['’]est (?:du moins )?ce qu(?:e\s|['’])|(?:that|this) is what\s|so\s(?:said|says)\s|(?:ces|cette) (?:informations?|nouvelle|bilan)\s)",
    re.IGNORECASE,
)


# "ADEN, Yemen: Three members ..."
_DATELINE_COLON = re.compile(
    r"\s*(?P<place>[A-ZÀ-Ý][\w’'.-]*(?:[ /-][A-ZÀ-Ý][\w’'.-]*){0,3})(?:,\s*(?P<country>[A-ZÀ-Ý][A-Za-zÀ-ÿ .]{2,30}?))?(?P<date>(?:,\s[^:.]{2,50}\d{4})?)(?P<agency>)\s*:\s+(?=[A-ZÀ-Ý])"
)


# "Yangon/Bangkok, 21 February 2024. The organisation ...", "Bamako, le 14 mai 2025 (Studio Sahel). Un convoi ..."
_DATELINE_STOP = re.compile(
    r"\s*(?P<place>[A-ZÀ-Ý][\w’'.-]*(?:[ /-][A-ZÀ-Ý][\w’'.-]*){0,3})(?P<country>),\s*"
    r"(?P<date>(?:le )?\d{1,2}(?:er)? [A-Za-zéû]+ \d{4}|[A-Z][a-z]+ \d{1,2}, \d{4})"
    r"(?:\s*\((?P<agency>[\w][\w .’'-]{1,50})\))?\s*[.–—-]\s+(?=[A-ZÀ-Ý«“\"])"
)
# "23:10 The army says": the hour of an entry of a live report.
_HOUR = re.compile(
    r"\s*[\[(]?(?:[01]?\d|2[0-3])[:.h][0-5]\d(?:\s?(?:GMT|UTC|CET|CEST|EET|EEST|EST|EDT|BST|local time))?[\])]?\s*[-–—:|]?\s+(?=\S)"
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


_LINE_CHARS = 90


def dateline_of(article: Article) -> re.Match[str] | None:
    """ "BEIRUT (Reuters) - " at the beginning of the first paragraph of the body."""
    for paragraph in article.paragraphs[:8]:
        if paragraph.number < 1:
            continue
        stop = min(paragraph.end, paragraph.start + 120)
        found = _DATELINE.match(article.text, paragraph.start, stop)
        if found := (
            found
            or _DATELINE_COLON.match(article.text, paragraph.start, stop)
            or _DATELINE_STOP.match(article.text, paragraph.start, stop)
        ):
            return found
        if len(paragraph.text) > _LINE_CHARS:
            # Names of papers and days may stand above the first paragraph, and nothing else.
            break
    return None


# Agencies that set who speaks apart: "Source: Oleh Bondar, head of the region", and then "Quote: ...".
_SOURCE_LINE = re.compile(r"\s*Source:\s*(?P<np>[^,;(]{3,60}(?:,\s[^,;(]{3,80})?)")
_QUOTE_LINE = re.compile(r"\s*Quote(?:\sfrom\s[^:]{2,40})?:\s+(?=\S)")
_LINE_LABEL = re.compile(r"\s*(?:Details|Background|Previously|Update|Updated|Context|For reference):\s+(?=\S)")


def _head_of_line(text: str, start: int, end: int) -> re.Match[str] | None:
    """What stands before the words of a line and is nobody's: an hour, "Quote:"."""
    patterns = (_HOUR, _QUOTE_LINE, _LINE_LABEL)
    return next((found for pattern in patterns if (found := pattern.match(text, start, end))), None)


def statements_of(article: Article, line: DateLine, armed: bool, dateline: re.Match[str] | None) -> list[Statement]:
    speakers = Speakers()
    found: list[Statement] = []
    told_by: re.Match[str] | None = None
    for paragraph in article.paragraphs:
        spans = quoted_spans(paragraph.text)
        mask = masked(paragraph.text, spans)
        quoted_by: dict[int, str] = {}
        made: list[Statement] = []
        for sentence in paragraph.sentences:
            start, end = sentence.start, sentence.end
            if dateline and dateline.start() <= start < dateline.end():
                if end <= dateline.end():
                    continue
                start = dateline.end()
            elif start == paragraph.start and (head := _head_of_line(article.text, start, end)):
                start = head.end()
            trimmed = Sentence(start, end, article.text[start:end])
            part = mask[start - paragraph.start : end - paragraph.start]
            told = _of_sentence(paragraph, trimmed, part, line, armed, speakers)
            if told and told[0].sayer and _SAYS_THE_ABOVE.match(trimmed.text):
                made = [_carry(statement, (told[0].sayer, told[0].relays)) for statement in made]
            made += told
        told_by = _SOURCE_LINE.match(paragraph.text) or told_by
        quoted = _quotations(made, paragraph, spans, quoted_by)
        if told_by and _QUOTE_LINE.match(paragraph.text):
            carried = (speakers.resolve(told_by["np"]), ())
            quoted = [statement if statement.sayer else _carry(statement, carried) for statement in quoted]
        found += quoted
    return found


# "...; the council has not commented": the article's own word, whoever spoke before.
_SILENT = re.compile(
    r"\b(?:(?:has|have|had|did) not (?:yet |immediately )?(?:comment|respon|repl|answer)\w*|declined to (?:comment|answer)|could not be reached|"
    r"n['’](?:a|ont|avait|avaient) pas (?:encore |imm[ée]diatement )?(?:r[ée]agi|r[ée]pondu|comment[ée]))",
    re.IGNORECASE,
)


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
        elif clause.link is Link.ASIDE or _SILENT.search(part):
            carried = ("", ())
        if saying and saying.trailing and made and clause.link is not Link.ASIDE:
            made = [_carry(statement, carried) for statement in made]
        if remark := _remark_of(clause, part):
            blanked = _without(clause, remark)
            made.append(_statement(paragraph, sentence, blanked, saying, carried, line, armed))
            made.append(_statement(paragraph, sentence, remark, None, ("", ()), line, armed))
        else:
            made.append(_statement(paragraph, sentence, clause, saying, carried, line, armed))
    if not any(statement.saying for statement in made):
        speakers.notice(sentence.text)
    return made


# "Israel, which bombed Damascus on Wednesday, said": what is told by the way is the article's own word.
_BY_THE_WAY = re.compile(
    r",\s+(?P<remark>(?:which|who|qui|where|où)\s+(?:had |has |have |ont |a |avait )?\w+(?:\s[^\s,]+){2,14}),\s+(?=(?:(?:the |[A-ZÀ-Ý])[^,“]{2,50},\s){0,2}(?:has |have |had |also |later )?(?:said|says|told|denied|denies|warned|announced|"
    r"reported|confirmed|claimed|accused|a déclaré|a affirmé|a annoncé|a dit|ont)\b)"
)


def _remark_of(clause: Clause, mask: str) -> Clause | None:
    found = _BY_THE_WAY.search(mask)
    if not found or not (FIGHTING.search(found["remark"]) or CONTROL.search(found["remark"])):
        return None
    start, end = found.span("remark")
    return Clause(clause.start + start, clause.start + end, clause.text[start:end], Link.ASIDE)


def _without(clause: Clause, remark: Clause) -> Clause:
    """The clause with a remark in it blanked out, of the same length, so that offsets stay true."""
    start, end = remark.start - clause.start, remark.end - clause.start
    return replace(clause, text=clause.text[:start] + " " * (end - start) + clause.text[end:])


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
        ending = inside if inside is not None else _quotation_at(statement.clause.start, paragraph, spans)
        if statement.sayer and ending is not None:
            following = (statement.sayer, statement.relays, ending)
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


def _quotation_at(position: int, paragraph: Paragraph, spans: list[tuple[int, int]]) -> int | None:
    """The number of the quotation that goes over a position: its last sentence may be short beside who says it."""
    at = position - paragraph.start
    return next((number for number, (start, end) in enumerate(spans) if start < at < end), None)


def unified(statements: list[Statement]) -> list[Statement]:
    fuller = unify([statement.sayer for statement in statements])
    return [replace(statement, sayer=fuller.get(statement.sayer, statement.sayer)) for statement in statements]


# -- places ----------------------------------------------------------------------------------------------------------
