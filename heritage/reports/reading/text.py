"""An article's text: mark-up and boilerplate taken off, cut into paragraphs and sentences whose offsets stay true."""

import itertools
import re
from dataclasses import dataclass

from heritage.reports.reading import markup
from heritage.reports.reading.boilerplate import ends_article, is_boilerplate

MOST_PARAGRAPHS = 3_000
MOST_CHARS = 300_000
MOST_PARAGRAPH_CHARS = 20_000
HEADLINE_CHARS = 200
EXCERPT_CHARS = 60
# Marks that steer the direction or width of text and are no part of it.
_INVISIBLE = dict.fromkeys([0xAD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A)])
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# No word of a language written with blanks is so long; patterns would go over it again from each of its letters.
_ENDLESS = re.compile(r"\S{200,}")
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_TERMINAL = ".!?…؟\"”»’'"
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr st gen lt col sgt maj capt brig adm gov sen rep prof rev hon jr sr no vs etc inc ltd co "
    "dept fig approx jan feb mar apr jun jul aug sep sept oct nov dec mm mme mlle mgr me al u.s u.k u.n "
    "u.a.e d.c a.m p.m i.e e.g".split()
)
_END = re.compile(r"[.!?…؟]+[”\"’')\]»]*(?=\s+[“\"‘'«(\[]*\s?[^\W_a-zà-ÿ])")
_LAST_WORD = re.compile(r"[^\s“\"(]{1,20}$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: text is the article's text from start to end."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the article: number 0 is the headline."""

    number: int
    start: int
    end: int
    text: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was left out before reading, and why."""

    reason: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Article:
    """A text made ready for reading: all offsets count in `text`; `published` is what the page's mark-up says."""

    text: str
    title: str
    paragraphs: tuple[Paragraph, ...]
    dropped: tuple[Dropped, ...]
    published: str = ""
    cut: bool = False


def prepare(raw: str) -> Article:
    """Make a text ready for reading.

    Args:    raw: plain text or a page of HTML, any line ends.
    Returns: headline (when the text has one), paragraphs with sentences, and what was dropped. Text beyond
             MOST_CHARS is left out and `cut` says so.
    """
    published = ""
    if markup.looks_like_html(raw):
        page = markup.extract(raw)
        raw, published = page.text, page.published
    text = _CONTROL.sub(
        " ", raw[: 4 * MOST_CHARS].replace("\r\n", "\n").replace("\r", "\n").translate(_INVISIBLE)
    ).strip()
    cut = len(raw) > 4 * MOST_CHARS or len(text) > MOST_CHARS
    text = _ENDLESS.sub(lambda match: " " * len(match.group()), text[:MOST_CHARS])
    kept, dropped = _sorted_out(text, _blocks(text))
    title, kept = _headline(text, kept)
    cut, kept = cut or len(kept) > MOST_PARAGRAPHS, kept[:MOST_PARAGRAPHS]
    first = 0 if title else 1
    paragraphs = tuple(
        Paragraph(number, start, end, text[start:end], tuple(_sentences(text, start, end)))
        for number, (start, end) in enumerate(kept, start=first)
    )
    return Article(text, title, paragraphs, tuple(dropped), published, cut)


def _blocks(text: str) -> list[tuple[int, int]]:
    """Spans of paragraphs: lines, but for a text whose lines are cut at a width: there, what blank lines part."""
    separator = _BLANK_LINES if _is_wrapped(text) else _LINE_END
    spans, start = [], 0
    for gap in separator.finditer(text):
        spans.append((start, gap.start()))
        start = gap.end()
    spans.append((start, len(text)))
    apart = [line for span in spans for line in _own_lines(text, *span)]
    return [piece for span in apart for piece in _pieces(text, *span) if text[piece[0] : piece[1]].strip()]


_LINE_END = re.compile(r"\n\s*")
_WIDEST_WRAP, _WRAP_SLACK = 130, 8


def _is_wrapped(text: str) -> bool:
    """Whether lines end where the next word would not have fitted: as in mails and old plain text."""
    lines = [line.rstrip() for line in text.split("\n")]
    widths = [len(line) for line in lines if line]
    if sum(width > _WIDEST_WRAP for width in widths) * 10 > len(widths):
        return False
    width = max((width for width in widths if width <= _WIDEST_WRAP), default=0)
    pairs = [(line, after) for line, after in itertools.pairwise(lines) if line and after]
    full = sum(len(line) + 1 + len(after.split(maxsplit=1)[0]) > width - _WRAP_SLACK for line, after in pairs)
    return full * 2 > len(pairs)


# A line that stands by itself within a paragraph: a heading, the hour of a live report, a point of a list.
_OWN_LINE = re.compile(
    r"(?m)^(?:[A-ZÀ-Ý][A-ZÀ-Ý0-9 ’'&/:-]{3,60}|\d{1,2}[:.h]\d{2}(?: ?[A-Z]{2,4})?|[^\n.!?؟،]{3,80}[a-zà-ÿ])[ \t]*\n(?=[-•*–\d]?\s?[\"“«A-ZÀ-Ý])"
    r"|\n(?=[ \t]*[-•*–—][ \t])"
)
_WRAPPED_CHARS = 55


def _own_lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """One paragraph, or several where some of its lines are none of its sentences; a hard-wrapped one stays whole."""
    spans = []
    for line in _OWN_LINE.finditer(text, start, end):
        whole = line.group().rstrip()
        if whole and (line.start() != start and text[line.start() - 1] != "\n"):
            continue
        if len(whole) >= _WRAPPED_CHARS and not whole.isupper():
            continue
        spans.append((start, line.end()))
        start = line.end()
    return [*spans, (start, end)]


def _pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """One paragraph, or several when it is longer than any real one: at a blank, so that no word is cut."""
    pieces = []
    while end - start > MOST_PARAGRAPH_CHARS:
        blank = text.rfind(" ", start + MOST_PARAGRAPH_CHARS // 2, start + MOST_PARAGRAPH_CHARS)
        middle = blank if blank > 0 else start + MOST_PARAGRAPH_CHARS
        pieces.append((start, middle))
        start = middle
    return [*pieces, (start, end)]


def _sorted_out(text: str, blocks: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], list[Dropped]]:
    kept: list[tuple[int, int]] = []
    dropped = []
    for start, end in blocks:
        block = text[start:end].strip()
        excerpt = " ".join(block[: 2 * EXCERPT_CHARS].split())[:EXCERPT_CHARS]
        if ends_article(block) and len(kept) >= 3:
            dropped.append(Dropped("the page goes on after the article", excerpt))
            break
        reason = is_boilerplate(block)
        if reason:
            dropped.append(Dropped(reason, excerpt))
        else:
            kept.append((start, end))
    return kept, dropped


def _headline(text: str, kept: list[tuple[int, int]]) -> tuple[str, list[tuple[int, int]]]:
    """The first paragraph when it is short, ends without a full stop, and more follows."""
    if len(kept) < 2:
        return "", kept
    start, end = kept[0]
    first = text[start:end].strip()
    if len(first) > HEADLINE_CHARS or first.endswith((".", "…", "؛")) or "\n" in first:
        return "", kept
    return first, kept


def _sentences(text: str, start: int, end: int) -> list[Sentence]:
    spans, begun = [], start
    for stop in _END.finditer(text, start, end):
        before = _LAST_WORD.search(text, max(begun, stop.start() - 20), stop.start())
        word = before.group().lower() if before else ""
        abbreviation = text[stop.start()] == "." and (word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha()))
        if not abbreviation:
            spans.append((begun, stop.end()))
            begun = stop.end()
    spans.append((begun, end))
    return [Sentence(a, b, text[a:b]) for a, b in (_trimmed(text, *span) for span in spans) if b > a]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
