"""Texts in letters that a set of fonts can write: what none of them holds is written in Latin letters instead."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from anyascii import anyascii
from fontTools.ttLib import TTFont

# Marks that say how a text runs are never drawn.
_UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_MARKS = ("Mn", "Mc", "Me")
_SILENT = (*_MARKS, "Cc", "Cf")


@lru_cache(maxsize=2)
def letters_of(folder: Path) -> tuple[frozenset[int], ...]:
    """What each font of a folder can write, as code points; fonts that can write the same count once."""
    found = set()
    for path in sorted(folder.glob("*.ttf")):
        with TTFont(path, lazy=True) as font:
            found.add(frozenset(font.getBestCmap()))
    return tuple(sorted(found, key=lambda letters: (-len(letters), min(letters))))


@dataclass
class Writer:
    """Writes texts in known letters, and remembers whether any had to be changed.

    Args: fonts: the code points of each font; a letter and its marks must stand in one of them.
    """

    fonts: tuple[frozenset[int], ...]
    changed: bool = field(default=False)

    def text(self, text: str) -> str:
        """A text with every letter that no font has in its romanised form."""
        if text.isascii() and text.isprintable():
            return text
        written, strange = [], ""
        for cluster in _clusters(unicodedata.normalize("NFC", text)):
            if self._knows(cluster):
                written += [_romanised(strange), cluster]
                strange = ""
            else:
                self.changed = True
                strange += cluster
        return "".join([*written, _romanised(strange)])

    def value(self, value: Any) -> Any:
        """Every text in a nest of plain JSON values."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {name: self.value(each) for name, each in value.items()}
        return [self.value(each) for each in value] if isinstance(value, list | tuple) else value

    def _knows(self, cluster: str) -> bool:
        needed = {ord(letter) for letter in cluster if not _UNSEEN.match(letter) and letter not in "\n\t"}
        return any(needed <= letters for letters in self.fonts)


def _clusters(text: str) -> list[str]:
    """A letter with the marks on it, one after the other."""
    found: list[str] = []
    for letter in text:
        if found and unicodedata.category(letter) in _MARKS:
            found[-1] += letter
        else:
            found.append(letter)
    return found


def _romanised(text: str) -> str:
    # A letter that no script's table knows is said to be one, never dropped.
    written = (anyascii(letter) or ("" if unicodedata.category(letter) in _SILENT else "?") for letter in text)
    return "".join(written).strip()
