"""Which photographs of kept objects look like one that somebody sent: for the institutions that keep them only."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageOps

# Of 64 bits at most so many differ between photographs of which a person should look whether they show one thing.
LIKE_BITS = 10
# A picture of little but its ground looks like every other such picture.
LEAST_BITS = 12
BITS = 64
# A dealer cuts an edge off, or turns the picture round.
CUTS = (0.0, 0.05, 0.1)
REASON = "photograph"


@dataclass(frozen=True)
class Looks:
    """The looks of one photograph sent, in the ways in which it may have been cut or mirrored."""

    variants: tuple[int, ...]


def looks_of(cleaned: bytes) -> Looks:
    """The looks of a cleaned copy, which this program encoded itself: whole, cut and mirrored.

    Args:    cleaned: JPEG.
    Returns: signed 64-bit numbers as `attachments.cleaning` makes them; a picture without features has none.
    """
    with Image.open(io.BytesIO(cleaned), formats=["JPEG"]) as opened:
        grey = opened.convert("L")
    found: dict[int, None] = {}
    for cut in CUTS:
        wide, high = int(grey.width * cut), int(grey.height * cut)
        part = grey.crop((wide, high, grey.width - wide, grey.height - high))
        for one in (part, ImageOps.mirror(part)):
            found[_hash(one)] = None
    return Looks(tuple(looks for looks in found if _tells(looks)))


def nearest(sent: Sequence[Looks], kept: Iterator[tuple[str, int]]) -> Mapping[str, int]:
    """The fewest bits by which an object's photographs differ from those sent, of the objects that are like them.

    Args:    kept: code of the object and the looks of each of its photographs.
    """
    wanted = [looks & _MASK for one in sent for looks in one.variants]
    found: dict[str, int] = {}
    for code, looks in kept:
        if not wanted or not _tells(looks):
            continue
        bits = min(((looks & _MASK) ^ each).bit_count() for each in wanted)
        if bits <= min(LIKE_BITS, found.get(code, LIKE_BITS)):
            found[code] = bits
    return found


_MASK = (1 << BITS) - 1


def _tells(looks: int) -> bool:
    return LEAST_BITS <= (looks & _MASK).bit_count() <= BITS - LEAST_BITS


def _hash(grey: Image.Image) -> int:
    """Whether each of 8 x 8 places is darker than its neighbour, as a signed number."""
    small = grey.resize((9, 8)).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (small[row * 9 + column] < small[row * 9 + column + 1])
    return bits - (1 << BITS) if bits >> (BITS - 1) else bits
