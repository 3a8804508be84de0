"""Texts as they are kept: their hash and likeness, where a quotation stands, and words that belong to a party."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence

from heritage.core.text import fold

SHINGLE_WORDS = 5
SKETCH_SIZE = 64
SHORTEST_WORDS = 40  # a shorter text is too little to be called alike
ALIKE = 0.5
_BLANKS = re.compile(r"\s+")
_PLAIN_SIGNS = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "–": "-", "—": "-"})
_QUOTED = re.compile(r"“[^”]*”|«[^»]*»|„[^“”]*[“”]|\"[^\"]*\"|‘[^’]*’")
# A side's own word for what it does or for whom it fights; in our own text each may only be quoted.
_NAMED_SO = r"(?!\s+(?:front|army|movement|organi[sz]ation|party|forces?)\b)"
_COLOURED = re.compile(
    rf"\b(?:liberat(?:e[ds]?|ing|ors?)|liberation{_NAMED_SO}|terrorists?|martyr(?:s|ed|dom)?|infidels?|crusaders?|"
    r"libér(?:é|ée|és|ées|er|ateurs?)|(?<!front de )(?<!armée de )libération|terroristes?|mécréants?)\b"
    r"|(?<!هيئة )تحرير|محررة|[إا]رهابي\w*|شهيد\w*|شهداء|استشه\w*|الكفار|الصليبي\w*",
    re.IGNORECASE,
)
_KEPT_SIGNS = "\n\t\u200c\u200d"  # joiners are spelling in Persian and in scripts of India


def plain_text(text: str) -> str:
    """A text as it is kept: line ends alike, no control or direction-changing signs, no blank ends."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(sign for sign in text if sign in _KEPT_SIGNS or unicodedata.category(sign) not in ("Cc", "Cs", "Cf"))
    return "\n".join(line.rstrip() for line in kept.split("\n")).strip()


def text_hash(text: str) -> bytes:
    """SHA-256 of the folded words: the same text set, spaced or quoted another way has the same."""
    return hashlib.sha256(fold(text).encode()).digest()


def sketch(text: str) -> list[int]:
    """The smallest hashes of its runs of five words, sorted: two texts share about as many as they have in common.

    Returns: at most 64 signed 64-bit numbers; none for a text of fewer than forty words.
    """
    words = fold(text).split()
    if len(words) < SHORTEST_WORDS:
        return []
    runs = {" ".join(words[n : n + SHINGLE_WORDS]) for n in range(len(words) - SHINGLE_WORDS + 1)}
    hashes = (int.from_bytes(hashlib.blake2b(run.encode(), digest_size=8).digest(), "big", signed=True) for run in runs)
    return sorted(hashes)[:SKETCH_SIZE]


def likeness(one: Sequence[int], other: Sequence[int]) -> float:
    """How much two sketches have in common, 0 to 1: an estimate of shared runs over all runs."""
    if not one or not other:
        return 0.0
    smallest = set(sorted({*one, *other})[:SKETCH_SIZE])
    return len(smallest & set(one) & set(other)) / len(smallest)


def find_quote(text: str, quote: str) -> tuple[int, int] | None:
    """Where a quotation stands in a text, whatever its quotation marks and line breaks.

    Returns: (first character, one past the last), or None.
    """
    wanted = _BLANKS.split(quote.strip().translate(_PLAIN_SIGNS))
    if not any(wanted):
        return None
    pattern = r"\s+".join(map(re.escape, wanted))
    found = re.search(pattern, text.translate(_PLAIN_SIGNS)) or re.search(
        pattern, text.translate(_PLAIN_SIGNS), re.IGNORECASE
    )
    return found.span() if found else None


def paragraph_of(text: str, at: int) -> int:
    """The number of the paragraph a character stands in, counted from 1; every line with text is one."""
    return max(1, sum(1 for line in text[:at].split("\n")[:-1] if line.strip()) + 1)


def coloured_words(text: str) -> list[str]:
    """Words of a text that belong to a side and stand outside quotation marks, in order."""
    return [found.group() for found in _COLOURED.finditer(_QUOTED.sub(" ", text))]


def fence_coloured(text: str) -> str:
    """The text with such words put between quotation marks: for what a machine proposes."""
    kept, last = [], 0
    for quoted in [*_QUOTED.finditer(text), None]:
        end = quoted.start() if quoted else len(text)
        kept.append(_COLOURED.sub(lambda found: f"“{found.group()}”", text[last:end]))
        if quoted:
            kept.append(quoted.group())
            last = quoted.end()
    return "".join(kept)
