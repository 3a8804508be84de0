"""The time line's marks, the version of what is shown, and citations, as plain values."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

THINNEST = 0.4  # percent of the width; what is shorter is drawn so wide
LONG = 50.0  # percent; what is longer is drawn as a line, so that it does not cover the rest
VERSION_CHARS = 16  # 64 bits of the hash: nobody meets another's version by chance, and people can read it out


class Track(StrEnum):
    """What is told apart on a time line, in the order in which it is drawn."""

    STATUS = "status"
    LEVEL = "level"
    REPORT = "report"
    CLAIM = "claim"
    CONDITION = "condition"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of a time line. `first` or `last` None: open to that side; `unsure`: the source is not sure of it."""

    track: Track
    first: date | None
    last: date | None
    when: str
    text: str
    href: str = ""
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """Where an entry is drawn, in percent of the width; a point when it is one day or too short to be seen as more."""

    x: float
    width: float
    entry: Entry

    @property
    def is_point(self) -> bool:
        """Whether it is drawn as a point; what is not exact to the day never is."""
        return self.entry.first is not None and self.entry.first == self.entry.last

    @property
    def is_long(self) -> bool:
        """Whether it lasts most of the time drawn."""
        return self.width > LONG


def in_span(entry: Entry, first: date, last: date) -> bool:
    """Whether an entry touches a stretch of days, both included; what has no time at all touches none."""
    if entry.first is None and entry.last is None:
        return False
    return (entry.first or first) <= last and (entry.last or last) >= first


def marks(entries: Iterable[Entry], first: date, last: date) -> list[Mark]:
    """Where entries are drawn on a stretch of days.

    Args:    first, last: the stretch, both included.
    Returns: marks of the entries that touch it, the longest first; x + width never beyond 100.
    """
    days = (last - first).days + 1
    found = []
    for entry in entries:
        if not in_span(entry, first, last):
            continue
        begin = max(first, entry.first or first)
        end = min(last, entry.last or last) + timedelta(days=1)
        x, until = (round((day - first).days / days * 100, 3) for day in (begin, end))
        width = max(THINNEST, round(until - x, 3))
        found.append(Mark(min(x, 100 - width), width, entry))
    # The longest first, so that none is hidden by another.
    return sorted(found, key=lambda mark: -mark.width)


def chronology(entries: Iterable[Entry], first: date, last: date) -> list[Entry]:
    """The entries of a stretch of days as a list, the newest first; of one day in the order of the tracks."""
    order = list(Track)
    touching = [entry for entry in entries if in_span(entry, first, last)]
    return sorted(touching, key=lambda e: (-(e.first or first).toordinal(), order.index(e.track)))


def version_of(content: Mapping[str, Any]) -> str:
    """The version of what is shown: the beginning of the SHA-256 of its canonical JSON, so that the same is the same.

    Args:    content: JSON values only.
    """
    written = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()[:VERSION_CHARS]


@dataclass(frozen=True, slots=True)
class Citation:
    """What a reader needs to cite a page: `url` is pinned to its days and version."""

    key: str
    title: str
    publisher: str
    url: str
    version: str
    as_of: date
    known_on: date
    accessed_on: date
    language: str
    note: str


def as_csl(citation: Citation) -> list[dict[str, Any]]:
    """The citation for reference managers.

    Source:  CSL-JSON of the Citation Style Language 1.0.2; "webpage", dates as date-parts.
    """
    return [
        {
            "id": citation.key,
            "type": "webpage",
            "title": citation.title,
            "container-title": citation.publisher,
            "URL": citation.url,
            "version": citation.version,
            "issued": _parts(citation.as_of),
            "accessed": _parts(citation.accessed_on),
            "language": citation.language,
            "note": citation.note,
        }
    ]


def _parts(day: date) -> dict[str, list[list[int]]]:
    return {"date-parts": [[day.year, day.month, day.day]]}


def as_bibtex(citation: Citation) -> str:
    """The citation for BibTeX and BibLaTeX, with what they would read as a command written out."""
    fields = {
        "title": f"{{{_plain(citation.title)}}}",
        "organization": _plain(citation.publisher),
        "year": str(citation.as_of.year),
        "date": citation.as_of.isoformat(),
        "version": citation.version,
        "url": citation.url,
        "urldate": citation.accessed_on.isoformat(),
        "note": _plain(citation.note),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    return "\n".join([f"@online{{{citation.key},", *lines, "}", ""])


_ESCAPES = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def _plain(text: str) -> str:
    return "".join(_ESCAPES.get(char, f"\\{char}" if char in "#$%&_" else char) for char in " ".join(text.split()))


def still_public(content: Mapping[str, Any], public_claims: Iterable[int]) -> tuple[dict[str, Any], int]:
    """A kept version without the claims that are no longer for everybody, and how many those are.

    Args:    content: as it was kept.  public_claims: numbers of the claims that everybody may read now.
    """
    allowed, gone, groups = set(public_claims), 0, []
    for group in content.get("claims", ()):
        kept = [claim for claim in group["claims"] if claim["id"] in allowed]
        gone += len(group["claims"]) - len(kept)
        # The computed line was made of all of them; without one it would say what is no longer to be said.
        if len(kept) == len(group["claims"]):
            groups.append(group)
        elif kept:
            groups.append({**group, "line": "", "rests": "", "claims": kept})
    drawn = content.get("time", {})
    if gone:
        drawn = {**drawn, "entries": _without(drawn.get("entries", ())), "lanes": _without(drawn.get("lanes", ()))}
    return {**content, "claims": groups, "time": drawn}, gone


def _without(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [row for row in rows if row["track"] != Track.CLAIM]
