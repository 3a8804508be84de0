"""Every way in which sealed words and coordinates might stand somewhere: plain, rounded, turned round, encoded."""

import base64
import binascii
import json
import quopri
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import product
from urllib.parse import quote, quote_plus

from heritage.artefacts.moves import SealedFacts

SHORTEST = 5
# Between the two numbers of a pair: brackets, commas, names of keys; never another number.
BETWEEN = rb"[^0-9]{1,24}?"


@dataclass(frozen=True)
class Trace:
    """Something sealed that was found: how it was written, and where it stands."""

    written: str
    at: int


def find_traces(facts: SealedFacts, data: bytes, *more: str) -> list[Trace]:
    """Where sealed facts, or other words, stand in some bytes.

    Args:    data: as they lie in a file or leave the program.  more: words sealed beside those of the facts.
    """
    found = [Trace(name, at) for form, name in _spellings(facts, more).items() if (at := data.find(form)) >= 0]
    for name, pattern in _pairs(facts):
        match = pattern.search(data)
        if match:
            found.append(Trace(name, match.start()))
    return found


@lru_cache
def _spellings(facts: SealedFacts, more: tuple[str, ...]) -> dict[bytes, str]:
    forms: dict[bytes, str] = {}
    for word in _words(facts, more):
        for text in {word, word.lower(), word.upper(), word.title()}:
            for name, form in _encoded(text):
                if len(form) >= SHORTEST:
                    forms.setdefault(form, f"{name}: {text}")
    for degrees in (facts.lon, facts.lat):
        assert degrees is not None
        for name, form in (
            ("double", struct.pack("<d", degrees)), ("double, turned", struct.pack(">d", degrees)),
            ("hex of a double", struct.pack("<d", degrees).hex().encode()),
            ("HEX of a double", struct.pack("<d", degrees).hex().upper().encode()),
            ("millionths", str(round(degrees * 1e6)).encode()), ("in full", repr(degrees).encode()),
            ("three digits", f"{degrees:.3f}".encode()), ("four digits", f"{degrees:.4f}".encode()),
        ):  # fmt: skip
            forms.setdefault(form, f"{name}: {degrees}")
    return forms


def _words(facts: SealedFacts, more: tuple[str, ...]) -> Iterator[str]:
    for text in (*(value for value in asdict(facts).values() if isinstance(value, str) and value), *more):
        yield text
        yield from (word for word in re.split(r"[\s,]+", text) if len(word) >= SHORTEST)


def _encoded(text: str) -> Iterator[tuple[str, bytes]]:
    plain = text.encode()
    yield "plain", plain
    yield "hex", plain.hex().encode()
    yield "HEX", plain.hex().upper().encode()
    yield "UTF-16", text.encode("utf-16-le")
    yield "UTF-16, turned", text.encode("utf-16-be")
    yield "in an address", quote(text).encode()
    yield "in a form", quote_plus(text).encode()
    yield "JSON", json.dumps(text)[1:-1].encode()
    yield "HTML", "".join(sign if sign.isascii() else f"&#{ord(sign)};" for sign in text).encode()
    yield "quoted-printable", quopri.encodestring(plain).replace(b"=\n", b"")
    yield "octal", "".join(chr(one) if one < 128 else f"\\{one:03o}" for one in plain).encode()
    # What base64 makes of some words hangs on where they begin; what is the same at each of three places is looked for.
    for form, name in ((plain, "base64"), (text.encode("utf-16-le"), "base64 of UTF-16")):
        for shift in range(3):
            whole = base64.b64encode(bytes(shift) + form)[(shift * 8 + 5) // 6 :].rstrip(b"=")[:-1]
            if len(whole) > 6:
                yield name, whole
                yield f"{name} for addresses", whole.translate(bytes.maketrans(b"+/", b"-_"))


@lru_cache
def _pairs(facts: SealedFacts) -> list[tuple[str, re.Pattern[bytes]]]:
    return list(_beside(facts))


def _beside(facts: SealedFacts) -> Iterator[tuple[str, re.Pattern[bytes]]]:
    """Both numbers beside each other, whichever comes first, cut or rounded to so many digits."""
    assert facts.lon is not None
    assert facts.lat is not None
    for places in (1, 2, 3, 4):
        lons, lats = ({f"{one:.{places}f}", repr(one)[: repr(one).index(".") + 1 + places]}
                      for one in (facts.lon, facts.lat))  # fmt: skip
        for first, second in [*product(lons, lats), *product(lats, lons)]:
            # A pattern that begins with plain signs is looked for ten times as fast.
            yield (
                f"a pair to {places}",
                re.compile(re.escape(first.encode()) + rb"\d*" + BETWEEN + re.escape(second.encode())),
            )
    for one, other, name in ((facts.lat, facts.lon, "degrees and minutes"), (facts.lon, facts.lat, "the same, turned")):
        parts = [rb"%d\s*\xc2\xb0\s*%d\s*['\xe2]" % (int(each), int(each % 1 * 60)) for each in (one, other)]
        yield name, re.compile(parts[0] + rb".{0,24}?" + parts[1], re.DOTALL)


def unpacked(cookie: str) -> bytes:
    """What a signed cookie holds, unpacked; what is none as it is."""
    body = cookie.lstrip(".").split(".")[0]
    try:
        plain = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        return zlib.decompress(plain) if cookie.startswith(".") else plain
    except (binascii.Error, zlib.error):
        return cookie.encode()
