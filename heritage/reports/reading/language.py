"""In which language an article is written, as far as reading needs it: English, French, Arabic, or unknown."""

import re

from heritage.core.text import script_of

_WORD = re.compile(r"[^\W\d_]+")
_COMMON = {
    "en": frozenset(
        "the of and to in that was for on with said by at from is as were has have had it an be which".split()
    ),
    "fr": frozenset(
        "le la les des et dans du une un est que qui sur par pour au aux ont été dans avec en selon plus a".split()
    ),
}
_SAMPLE_CHARS = 20_000
_FEWEST_SHARE = 0.08


def language_of(text: str) -> str:
    """Tell the language.

    Args:    text: any.
    Returns: "en", "fr", "ar", or "und" when none of them is likely.
    """
    sample = text[:_SAMPLE_CHARS]
    words = [word.lower() for word in _WORD.findall(sample)]
    if not words:
        return "und"
    arabic = sum(script_of(word) == "Arab" for word in words)
    if arabic * 2 > len(words):
        return "ar"
    shares = {code: sum(word in common for word in words) / len(words) for code, common in _COMMON.items()}
    best = max(shares, key=lambda code: shares[code])
    return best if shares[best] >= _FEWEST_SHARE else "und"
