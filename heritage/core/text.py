"""Folding: one plain form of a name, so that a search meets it whatever its accents, case, script or spelling."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from anyascii import anyascii

_WORD = re.compile(r"[a-z0-9]+")
# Marks inside a word that people leave out when they type it: apostrophes, ayn and hamza signs, modifier letters.
_INSIDE = re.compile("['`´’‘ʼʻʿʾˈ′‛\u00ad\u200b-\u200f\u2060]")
_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f]")
_ARABIC_MARKS = re.compile("[\u064b-\u065f\u0670\u0640\u06d6-\u06ed]")
_ARABIC_ARTICLE = re.compile("(?<![\u0620-\u06ff])ال(?=[\u0620-\u06ff]{3})")
# Letters that writers of Arabic and Persian use for one another.
_ARABIC_LETTERS = str.maketrans("أإآٱىئیےؤةکﻻ", "ااااييييوهكل")
_SLUG_CHARS = 80
_SCRIPTS = (
    ("Arab", "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc"),
    ("Hani", "\u3400-\u9fff\uf900-\ufaff"),
    ("Jpan", "\u3040-\u30ff"),
    ("Hang", "\uac00-\ud7af\u1100-\u11ff"),
    ("Cyrl", "\u0400-\u052f"),
    ("Grek", "\u0370-\u03ff\u1f00-\u1fff"),
    ("Hebr", "\u0590-\u05ff"),
    ("Armn", "\u0530-\u058f"),
    ("Geor", "\u10a0-\u10ff"),
    ("Deva", "\u0900-\u097f"),
    ("Latn", "A-Za-z\u00c0-\u024f\u1e00-\u1eff"),
)
_SCRIPT_PATTERNS = tuple((name, re.compile(f"[{letters}]")) for name, letters in _SCRIPTS)


FIRST_STRONG, POP = "\u2068", "\u2069"
# Characters that turn the reading direction of what follows, others' words included; isolating marks end by themselves.
_OVERRIDES = dict.fromkeys(range(0x202A, 0x202F))
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def without_overrides(value: Any) -> Any:
    """What is shown of a value: a text without the marks that would make the text around it read backwards.

    Args:    value: any; only texts are changed, and what is stored stays as it came.
    """
    return value.translate(_OVERRIDES) if isinstance(value, str) and not value.isascii() else value


def whole_characters(text: str) -> str:
    """A text without halves of surrogate pairs, which JSON may escape and nothing can store."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def isolate(text: str) -> str:
    """A name that may run the other way, fenced off from the sentence around it.

    Args:    text: a name in any script.
    Returns: the same between the marks that let it keep its own direction.
    """
    return f"{FIRST_STRONG}{text}{POP}"


def harmless_cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: a text that begins like one gets an apostrophe before it.

    Args:    value: any; only texts are changed.
    Source:  OWASP, CSV injection.
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def fold(text: str) -> str:
    """Reduce a text to lower-case ASCII words with single blanks between.

    Args:    text: any script.
    Returns: e.g. "qalat salah el din" for "Qal’at Salah El-Din"; Arabic without article, marks and letter variants.
    Source:  transliteration by anyascii; the Arabic equivalences are those of common search practice.
    """
    if not text.isascii():
        if _ARABIC.search(text):
            text = _ARABIC_ARTICLE.sub("", _ARABIC_MARKS.sub("", text).translate(_ARABIC_LETTERS))
        text = anyascii(_INSIDE.sub("", text))
    return " ".join(_WORD.findall(text.lower().replace("'", "").replace("`", "")))


def fold_words(texts: Iterable[str]) -> list[str]:
    """The distinct folded words of several texts, in order of first appearance."""
    return list(dict.fromkeys(word for text in texts for word in fold(text).split()))


@lru_cache(maxsize=65536)
def trigrams(word: str) -> frozenset[str]:
    """Runs of three characters of a folded word, padded so that its beginning weighs more than its end.

    Args:    word: folded, without blanks.  Returns: a set of three-character texts; empty for an empty word.
    """
    padded = f"  {word} "
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2)) if word else frozenset()


def similarity(a: str, b: str) -> float:
    """How alike two folded words are: shared trigrams over all trigrams, 0 to 1."""
    ours, theirs = trigrams(a), trigrams(b)
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 0.0


def slug_of(text: str) -> str:
    """A short ASCII name for an address, such as `site-of-palmyra`; empty when no letter of the text has one."""
    words, slug = fold(text).split(), ""
    for word in words:
        if slug and len(slug) + 1 + len(word) > _SLUG_CHARS:
            break
        slug = f"{slug}-{word}" if slug else word[:_SLUG_CHARS]
    return slug


def script_of(text: str) -> str | None:
    """The ISO 15924 code of the first script met in a text, None when it has no letters we know."""
    for name, pattern in _SCRIPT_PATTERNS:
        if pattern.search(text):
            return name
    return None
