"""Items of news: what RSS, Atom and ReliefWeb hand on, for people to read. Pure."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from hashlib import sha256

MOST_TITLE, MOST_SUMMARY, MOST_URL = 500, 2000, 2000


@dataclass(frozen=True)
class Item:
    """One item. Times are aware UTC; countries ISO 3166 alpha-2; lon, lat degrees; texts without markup."""

    item_id: str
    title: str
    url: str | None = None
    summary: str | None = None
    source: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    zone_assumed: bool = False
    countries: Sequence[str] = ()
    lon: float | None = None
    lat: float | None = None
    radius_km: float | None = None

    def digest(self) -> str:
        """A fingerprint of what it says."""
        return sha256(repr(astuple(self)).encode()).hexdigest()
