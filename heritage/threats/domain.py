"""Threats and the updates people file: fixed sets, what a text gives away about itself, rounding, receipts."""

import hashlib
import hmac
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from heritage.core.text import fold
from heritage.threats.receipt_words import WORDS

ROUNDED_DEGREES = 0.01
# Half the diagonal of a cell of 0.01 degrees at the equator: how far a rounded point may lie from the true one.
ROUNDING_KM = 0.79
ALIKE_BITS = 6
QUARANTINE_SCORE = 1.0
MOST_RADIUS_KM = 100.0


class ThreatStatus(StrEnum):
    """Where a threat stands."""

    ACTIVE = "active"
    EASING = "easing"
    ENDED = "ended"


class Severity(StrEnum):
    """How hard a threat hits, in UNESCO's words."""

    UNKNOWN = "unknown"
    INSIGNIFICANT = "insignificant"
    MINOR = "minor"
    SIGNIFICANT = "significant"
    CATASTROPHIC = "catastrophic"


class UpdateState(StrEnum):
    """What became of an update that somebody filed."""

    RECEIVED = "received"
    QUARANTINED = "quarantined"
    ACCEPTED = "accepted"
    MERGED = "merged"
    ASKED_BACK = "asked_back"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


OPEN_STATES = (UpdateState.RECEIVED, UpdateState.QUARANTINED, UpdateState.ASKED_BACK)


class Trend(StrEnum):
    """What a reporter says has changed."""

    APPEARED = "appeared"
    WORSE = "worse"
    UNCHANGED = "unchanged"
    EASED = "eased"
    OVER = "over"
    UNKNOWN = "unknown"


class HowKnown(StrEnum):
    """How a reporter knows."""

    SAW = "saw"
    PHOTO = "photo"
    TOLD = "told"
    HEARSAY = "hearsay"
    MEDIA = "media"
    OFFICIAL = "official"
    SATELLITE = "satellite"
    OTHER = "other"


class WhereKind(StrEnum):
    """How a reporter says where."""

    SITE = "site"
    PART = "part"
    POINT = "point"
    NEAR = "near"


class ReportChannel(StrEnum):
    """How an update came in."""

    ACCOUNT = "account"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class SpamVerdict:
    """How suspect a text is, from 0, and why, by codes that the pages have words for."""

    score: float
    reasons: tuple[str, ...]


_LINK = re.compile(r"https?://|www\.|\b[\w-]+\.(?:com|net|ru|info|xyz|top|shop|click)\b", re.IGNORECASE)
_MARKUP = re.compile(r"<\s*/?\s*[a-z!][^>]*>|\[url|javascript:|data:text", re.IGNORECASE)
_FORMULA = re.compile(r"^\s*[=+@-]\s*[A-Za-z]+\s*\(|^\s*=", re.MULTILINE)
# Words meant for a machine that reads: text is data here and never obeyed, but this tells of its writer.
_TO_A_MACHINE = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:rules?|instructions?|previous|above|prompts?)\b|system prompt|"
    r"\b(?:mark|set|treat)\b.{0,30}\b(?:as )?(?:verified|accepted|confirmed|approved)\b|"
    r"\byou are (?:an? )?(?:ai|assistant)\b",
    re.IGNORECASE | re.DOTALL,
)
_ADVERTS = re.compile(
    r"\b(?:viagra|casino|crypto|bitcoin|forex|seo|loan|escort|followers|discount|click here|buy now|free money)\b",
    re.IGNORECASE,
)
_SAME_SIGN = re.compile(r"(.)\1{7,}")
_WEIGHTS = {"links": 1.0, "markup": 1.0, "formula": 0.5, "to_a_machine": 1.5, "advert": 1.5, "shouting": 0.3,
            "repeats": 0.4, "short": 0.3, "copies": 1.0, "hasty": 0.8, "elsewhere": 0.5}  # fmt: skip


def spam_verdict(
    text: str, *, copies: int = 0, seconds: float | None = None, far_km: float | None = None
) -> SpamVerdict:
    """Say how much a text looks like a campaign's, an advertiser's or a machine's.

    Args:    text: as typed.  copies: near-duplicates filed lately.  seconds: how long the form was open, None unknown.
             far_km: of the place given from the site, None unknown.
    Returns: a score from 0, the sum of its reasons' weights, and the reasons. It orders a queue and puts nothing out.
    """
    letters = [c for c in text if c.isalpha()]
    words = fold(text).split()
    found = {
        "links": bool(_LINK.search(text)),
        "markup": bool(_MARKUP.search(text)),
        "formula": bool(_FORMULA.search(text)),
        "to_a_machine": bool(_TO_A_MACHINE.search(text)),
        "advert": bool(_ADVERTS.search(text)),
        "shouting": len(letters) > 20 and sum(c.isupper() for c in letters) > 0.7 * len(letters),
        "repeats": bool(_SAME_SIGN.search(text)) or (len(words) > 12 and len(set(words)) < 0.35 * len(words)),
        "short": len(words) < 3,
        "copies": copies > 0,
        "hasty": seconds is not None and seconds < 8,
        "elsewhere": far_km is not None and far_km > 100,
    }
    reasons = tuple(name for name, is_so in found.items() if is_so)
    return SpamVerdict(round(sum(_WEIGHTS[name] for name in reasons), 2), reasons)


def fingerprint(text: str) -> int:
    """A number that is nearly the same for nearly the same text, whatever its case, accents and punctuation.

    Returns: a signed 64-bit simhash over runs of four letters of the folded text; 0 for a text without letters.
    Source:  Charikar 2002, similarity estimation from rounding.
    """
    plain = fold(text).replace(" ", "")
    runs = {plain[i : i + 4] for i in range(max(1, len(plain) - 3))} if plain else set()
    totals = [0] * 64
    for run in runs:
        bits = int.from_bytes(hashlib.blake2b(run.encode(), digest_size=8).digest())
        for place in range(64):
            totals[place] += 1 if bits >> place & 1 else -1
    number = sum(1 << place for place, total in enumerate(totals) if total > 0)
    return number - (1 << 64) if number >= 1 << 63 else number


def bits_apart(a: int, b: int) -> int:
    """In how many of their 64 bits two fingerprints differ."""
    return ((a ^ b) & (1 << 64) - 1).bit_count()


def count_alike(text_print: int, others: Iterable[int]) -> int:
    """How many of other fingerprints are of nearly the same text."""
    return sum(bits_apart(text_print, other) <= ALIKE_BITS for other in others) if text_print else 0


def keyed(secret: str, purpose: str, value: str) -> bytes:
    """What is kept in place of a value that must not be read back: HMAC-SHA-256, 32 bytes, another for each purpose."""
    return hmac.digest(secret.encode(), f"threats {purpose}\n{value}".encode(), hashlib.sha256)


def receipt_code(secret: str, client_id: str) -> str:
    """The code word of an update: the same whenever the same update is sent again, and kept nowhere.

    Returns: such as "cedar-lamp-river-482913", 38 bits.
    """
    number = int.from_bytes(keyed(secret, "receipt", client_id)[:8])
    names = [WORDS[number >> shift & 63] for shift in (0, 6, 12)]
    return "-".join([*names, f"{(number >> 18) % 1_000_000:06}"])


def plain_code(typed: str) -> str:
    """A code word as people type it: case, blanks and other dashes do not matter."""
    return "-".join(re.findall(r"[a-z]+|\d+", fold(typed.translate(str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")))))


def rounded_point(lon: float, lat: float, radius_km: float) -> tuple[float, float, float]:
    """A point as it is kept outside the sealed copy, with a radius that still covers the true one.

    Args:    lon, lat: degrees.  radius_km: as the reporter gave it.
    Returns: lon, lat to 0.01 degrees, and the radius widened by what the rounding may have moved it.
    """
    return (
        round(round(lon / ROUNDED_DEGREES) * ROUNDED_DEGREES, 2),
        round(round(lat / ROUNDED_DEGREES) * ROUNDED_DEGREES, 2),
        round(math.ceil((radius_km + ROUNDING_KM) * 10) / 10, 1),
    )


def day_at(now: datetime, lon: float | None) -> date:
    """The calendar day at a place, by the sun: what "today" means to somebody there.

    Args:    now: aware.  lon: degrees; None takes UTC.
    """
    return (now + timedelta(hours=(lon or 0.0) / 15)).date()


def public_from(received_at: datetime, now: datetime, hold_hours: int) -> datetime:
    """When what was accepted now may be shown to everybody: no sooner than so long after it was received."""
    return max(now, received_at + timedelta(hours=hold_hours))


def whole_hour(moment: datetime) -> datetime:
    """A moment with its minutes gone: what is kept of a time of receipt once it was dealt with."""
    return moment.replace(minute=0, second=0, microsecond=0)
