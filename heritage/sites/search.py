"""What names are found by: folded words with weights, and known words for those that are misspelt."""

from collections.abc import Iterable

from heritage.core.text import fold, fold_words, trigrams
from heritage.sites.state import SiteState

__all__ = ["query_words", "trigrams", "vector", "vocabulary"]

# Letters; shorter words have too few trigrams to be told apart. Most Arabic words, folded to consonants, have three.
SHORTEST_FUZZY = 3
SHORTEST_LISTED = 4  # words that every register's list of known words has held from the beginning
LEAST_SIMILARITY = 0.3  # of trigrams: "palmira" and "palmyra" share 0.45, "hatar" and "hatra" 0.33
NEARLY_AS_LIKE = 0.8
MOST_WORDS = 8  # of a query; the rest of a pasted sentence adds nothing


def vector(state: SiteState) -> str:
    """A place's search document as a tsvector literal.

    Args:    state: with names and parts.
    Returns: each folded word once, weighted A (its name, its reference), B (other names and identifiers), C (its
             parts).
    """
    weights: dict[str, str] = {}
    for weight, texts in (
        ("A", [state.name, state.ref]),
        ("B", [n.text for n in state.names] + [value for _, value in state.identifiers]),
        ("C", [p.name for p in state.parts] + [n.text for p in state.parts for n in p.names]),
    ):
        for word in fold_words(texts):
            weights.setdefault(word, weight)
    # Words are lower-case letters and digits only, so the literal needs no quoting; one position serves for all.
    return " ".join(f"{word}:1{weight}" for word, weight in weights.items())


def vocabulary(states: Iterable[SiteState]) -> list[str]:
    """The words of names that a misspelt word may stand for; numbers and codes are not among them."""
    words: set[str] = set()
    for state in states:
        texts = [state.name, *(n.text for n in state.names), *(p.name for p in state.parts)]
        texts += [n.text for p in state.parts for n in p.names]
        words.update(word for word in fold_words(texts) if len(word) >= SHORTEST_FUZZY and word.isalpha())
    return sorted(words)


def query_words(text: str) -> list[str]:
    """The folded words of what a person typed, at most eight."""
    return list(dict.fromkeys(fold(text).split()))[:MOST_WORDS]
