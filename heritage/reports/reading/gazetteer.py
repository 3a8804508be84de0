"""Named places: what a gazetteer entry is, and what reading asks of any gazetteer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from heritage.core.text import fold, script_of


@dataclass(frozen=True, slots=True)
class Entry:
    """A place of a gazetteer.

    ref: "geonames:168661" or "register:23".  main: whether the name asked for is its first one.  radius_km: how far
    from lon, lat the place reaches, where its kind does not say.  site: the register's number, for its own places.
    """

    ref: str
    name: str
    lon: float
    lat: float
    country: str
    admin1: str = ""
    population: int = 0
    main: bool = False
    radius_km: float | None = None
    site: str = ""


class Gazetteer(Protocol):
    """Where names are looked up."""

    def find(self, key: str) -> Sequence[Entry]:
        """All places of that name. key: as `key_of` gives it; most people first, at most a few hundred."""
        ...


def key_of(name: str) -> str:
    """A name as gazetteers are asked for it: folded, without blanks, so that Deir ez-Zor meets Deir Ezzor."""
    return fold(name).replace(" ", "")


_FRENCH_SPELLINGS = (("tch", "ch"), ("dj", "j"), ("ou", "u"), ("gue", "ge"), ("gui", "gi"))


def english_key(key: str) -> str:
    """A name as English writes it from another script, made of the French writing: chouchi to shushi."""
    marked = key.replace("tch", "\x01").replace("ch", "sh").replace("\x01", "tch")
    for french, english in _FRENCH_SPELLINGS:
        marked = marked.replace(french, english)
    return marked


_ARTICLES = frozenset("al el ad an ar as at az ad adh ash ath es ez ed er en ul ud the la le".split())
_SOUNDS = (
    (re.compile("ou|oo|au|aw|ow|[uow]"), "u"),
    (re.compile("ei|ai|ay|ey|ee|ie|iy|[iye]"), "i"),
    (re.compile("dj|dzh|zh"), "j"),
    (re.compile("q|c(?=[^h]|$)|ck"), "k"),
    (re.compile("ph"), "f"),
    (re.compile("v"), "w"),
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile("(?<=.{3})h$"), ""),
)
_SHORTEST_SOUND = 4
# Countries whose scripts leave the vowels out, so that everybody writes their names in Latin letters differently.
MANY_SPELLINGS = frozenset(
    "AE AF BH DJ DZ EG EH ER ET IL IQ IR JO KM KW LB LY MA MR OM PK PS QA SA SD SO SS SY TD TN YE".split()
)


def sound_of(name: str) -> str:
    """What names have in common that are one name in two Latin spellings: Hodeidah and Al Hudaydah, Deir and Dayr.

    Args:    name: as written.
    Returns: a key that `key_of` never gives; empty for other scripts and for names too short to tell apart. Vowels that
             differ stay different, so that Kafr Nabl and Kafr Nabo do.
    """
    if script_of(name) != "Latn":
        return ""
    words = fold(name).split()
    sound = "".join(word for word in words if word not in _ARTICLES or len(words) == 1)
    for pattern, letter in _SOUNDS:
        sound = pattern.sub(letter, sound)
    return f"~{sound}" if len(sound) >= _SHORTEST_SOUND else ""
