"""Cutting a sentence into the statements it makes, each with its place in the text."""

import re
from dataclasses import dataclass
from enum import StrEnum

from heritage.reports.reading.text import Sentence

_FEWEST_WORDS = 3
_OPEN, _CLOSE = "“«„", "”»"


class Link(StrEnum):
    """How a statement hangs on the one before it: whether whoever says the one also says the other."""

    FIRST = "first"
    SAME = "same"  # the sayer carries over
    ASIDE = "aside"  # a remark of the article's own


@dataclass(frozen=True, slots=True)
class Clause:
    """One statement: offsets in the article; link to the statement before it in its sentence."""

    start: int
    end: int
    text: str
    link: Link


_APPEALS = (
    r"(?:called|calls|urged|urges|appealed|demanded|condemned|said|told|warned|announced|accused|denied|reported)\b"
)
# (where the next statement begins, how it hangs on); the connecting words before the group `next` belong to nobody.
_CUTS = tuple(
    (link, re.compile(pattern, re.IGNORECASE))
    for link, pattern in (
        (Link.SAME, r";\s+(?P<next>)"),
        (Link.SAME, r",?\s+(?:while|whereas|tandis qu(?:e\s|['’])|alors qu(?:e\s|['’]))\s*(?P<next>)"),
        (Link.ASIDE, r"\s*،?\s+(?P<next>)(?=(?:بينما|فيما|في حين|لكن|غير أن)\s)"),
        (Link.SAME, r"\s+but\s+(?P<next>)(?=that\s)"),
        (Link.SAME, r"\s+(?:(?:(?:an?|one|two|three|several|some|a few|\d+)\s+)?(?:hours?|days?|weeks?|minutes?|months?)|shortly|just|soon)\s+(?:after|before)\s+(?P<next>)(?=(?:[^\s,]+\s+){1,8}?(?:said|announced|claimed|declared|reported that|denied)\b)"),
        (Link.SAME, r"\s[—–]\s(?P<next>)(?=[^—–;]*,\s[^,;—–]{3,60}\s(?:said|stressed|added|insisted|noted|warned|countered|replied)\W*$)"),
        (Link.SAME, r",\s+(?:but|although|though|yet|mais)\s+(?P<next>)"),
        (Link.SAME, rf"(?<!only)(?<!known)(?<!such)(?<!described)(?<!well)(?<!identified)(?<!soon)(?<!far)(?<!long)\s+as\s+(?P<next>)(?=(?:[^\s,]+\s+){{1,8}}?{_APPEALS})"),
        (Link.SAME, r"\s+(?P<next>)which\s+(?=(?:[^\s,]+\s+){1,4}(?:had|has|have)\b)"),
        (Link.SAME, r"\s+(?P<next>)(?:that|which) (?:began|started|erupted|broke out)\b"),
        (Link.SAME, r",?\s+and\s+(?P<next>)(?=(?:is|are|was|were|has|have|had)\s)"),
        (Link.SAME, 
            r",?\s+and\s+(?P<next>)(?=(?:(?:that|the|its|their)\s+)?(?:[^\s,]+\s+){1,6}?(?:said|denied|"
            r"called for|accused)\b)"),
        (Link.SAME, 
            r",\s+(?P<next>)(?=(?:seizing|capturing|taking control|retaking|killing|wounding|injuring|"
            r"destroying|damaging|tuant|blessant|d[ée]truisant)\b)"),
        (Link.SAME, r":\s+(?P<next>)(?=[^“;]*\b(?:said|told|reported|according to)\b)"),
        (Link.ASIDE, 
            r",\s+(?P<next>)(?=(?:which|whose|where|famous for|known for|home to|the location of|qui|dont|"
            r"o[ùu]|c[ée]l[èe]bre pour)\b)"),
    )
)  # fmt: skip

# "X said this and Y denied that" is cut; "X and Y said" is not, so somebody must have spoken before.
_SECOND_SAYERS = [
    pattern
    for _, pattern in _CUTS
    if ("denied|" in pattern.pattern and "called for" in pattern.pattern) or "countered|" in pattern.pattern
]
_SAID = re.compile(r"\b(?:said|told|denied|reported|claimed|accused|announced|confirmed|according to)\b", re.IGNORECASE)


def quoted_spans(text: str) -> list[tuple[int, int]]:
    """Spans of quotation in a paragraph, marks included; one that is never closed goes to the end."""
    spans: list[tuple[int, int]] = []
    opened: int | None = None
    for position, letter in enumerate(text):
        straight = letter == '"'
        if opened is None and (letter in _OPEN or straight):
            opened = position
        elif opened is not None and (letter in _CLOSE or straight):
            spans.append((opened, position + 1))
            opened = None
    if opened is not None:
        spans.append((opened, len(text)))
    return spans


def masked(text: str, spans: list[tuple[int, int]]) -> str:
    """A text with its quotations blanked out by marks of the same length, so that offsets stay true."""
    letters = list(text)
    for start, end in spans:
        letters[start:end] = "“" + "·" * (end - start - 2) + "”" if end - start >= 2 else "“"
    return "".join(letters)


def cut(sentence: Sentence, mask: str) -> list[Clause]:
    """Cut a sentence into statements.

    Args:    sentence: of the article.  mask: its text with quotations blanked out; nothing is cut inside them.
    Returns: at least one statement; joining words between them are left out.
    """
    cuts: dict[int, tuple[int, Link]] = {}
    for link, pattern in _CUTS:
        for match in pattern.finditer(mask):
            if link is Link.ASIDE and _goes_on(mask, match.start("next")):
                continue
            if pattern in _SECOND_SAYERS and not _SAID.search(mask, 0, match.start()):
                continue
            cuts.setdefault(match.start("next"), (match.start(), link))
    clauses: list[Clause] = []
    begun, link = 0, Link.FIRST
    for position in sorted(cuts):
        stop, next_link = cuts[position]
        if stop < begun or not _enough(mask[begun:stop]) or not _enough(mask[position:]):
            continue
        clauses.append(_clause(sentence, begun, stop, link))
        begun, link = position, next_link
    clauses.append(_clause(sentence, begun, len(mask), link))
    return clauses


def _goes_on(mask: str, position: int) -> bool:
    """Whether the main statement goes on after an aside: "The Observatory, which watches the war, said"."""
    comma = mask.find(",", position + 1)
    return comma >= 0 and len(mask[comma:].split()) > 1


def _enough(part: str) -> bool:
    return len(part.split()) >= _FEWEST_WORDS


def _clause(sentence: Sentence, start: int, end: int, link: Link) -> Clause:
    text = sentence.text[start:end]
    lead = len(text) - len(text.lstrip())
    text = text.strip()
    first = sentence.start + start + lead
    return Clause(first, first + len(text), text, link)
