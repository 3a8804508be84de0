"""Whether what somebody describes may be one of the objects kept: field by field of Object ID, with the reasons."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from heritage.artefacts.domain import OBJECT_ID
from heritage.core.text import fold, fold_words

MOST_CANDIDATES = 20
# A word in the field where it belongs says more than one that is met in another field.
ELSEWHERE = 0.5
SHARE = 0.5
ENOUGH = 1.5
SAME_SIZE = 0.03
SHORTEST = 3
# They stand in every title, and would make a relief of a bust.
_COMMON = frozenset(
    ("and", "with", "from", "for", "the", "his", "her", "its", "into", "over", "under")
    + ("des", "les", "une", "avec", "dans", "pour", "sur", "aux", "mit", "und", "der", "die", "das")
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_METRES = {"mm": 0.1, "cm": 1.0, "m": 100.0}
_SIZE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(mm|cm|m)?\b")
# Fields that are the same for half a museum; alone they recognise nothing.
WEAK = frozenset({"object_type", "materials", "period", "origin", "related"})


@dataclass(frozen=True)
class Likeness:
    """How much one kept object is like a description. `reasons`: the fields that agree, the strongest first."""

    code: str
    score: float
    reasons: tuple[str, ...]


def find_alike(described: Mapping[str, str], kept: Iterable[tuple[str, Mapping[str, str]]]) -> list[Likeness]:
    """The objects that a description may be of.

    Args:    described: fields of Object ID and `inventory_number`; empty ones count for nothing.  kept: code and the
             same fields of each object.
    Returns: at most 20, the most alike first; empty when nothing is like it, which says nothing of what is not kept.
    """
    told = {name: text for name, text in described.items() if text.strip()}
    found = [likeness for code, fields in kept if (likeness := _likeness(code, told, fields)) is not None]
    found.sort(key=lambda one: (-one.score, one.code))
    return found[:MOST_CANDIDATES]


def _likeness(code: str, told: Mapping[str, str], fields: Mapping[str, str]) -> Likeness | None:
    agreeing = {name: share for name in told if (share := _share(name, told[name], fields)) >= SHARE}
    score = sum(agreeing.values())
    strong = [name for name in agreeing if name not in WEAK]
    if "inventory_number" not in agreeing and (score < ENOUGH or not strong):
        return None
    return Likeness(code, round(score, 3), tuple(sorted(agreeing, key=lambda name: (-agreeing[name], name))))


def _share(name: str, text: str, fields: Mapping[str, str]) -> float:
    """How much of one field's words is met, 0 to 1; 2 for the number in the inventory."""
    own = fields.get(name) or ""
    if name == "inventory_number":
        return 2.0 if _plain(own) and _plain(own) == _plain(text) else 0.0
    if name == "measurements":
        return _same_sizes(text, own)
    words = _words(text)
    if not words:
        return 0.0
    here, anywhere = _words(own), _words(" ".join(fields.get(each) or "" for each in OBJECT_ID))
    return sum(1.0 if word in here else ELSEWHERE if word in anywhere else 0.0 for word in words) / len(words)


def _same_sizes(text: str, own: str) -> float:
    """The share of sizes that are met within three per cent; one size alone recognises nothing."""
    sizes, held = _sizes(text), _sizes(own)
    if len(sizes) < 2 or not held:
        return 0.0
    return sum(any(abs(size - each) <= SAME_SIZE * each for each in held) for size in sizes) / len(sizes)


def _sizes(text: str) -> list[float]:
    """Lengths in centimetres; a number without a unit takes the next one's, and centimetres where there is none."""
    found: list[float] = []
    unit = 1.0
    for number, named in reversed(_SIZE.findall(text.lower())):
        unit = _METRES.get(named, unit)
        found.append(float(number.replace(",", ".")) * unit)
    return found


def _words(text: str) -> set[str]:
    words = set(fold_words([text])) - _COMMON
    return {word for word in words if len(word) >= SHORTEST or _NUMBER.fullmatch(word)}


def _plain(number: str) -> str:
    return "".join(fold(number).split())
