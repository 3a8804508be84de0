"""Asking UCDP: which releases there are, and each of them whole, as the file that `incidents import` would read."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from heritage.core.errors import UnusableFile
from heritage.feeds.fetching import AskedTooOften, NotNow, NotThere, NotUnderstood, same_place
from heritage.feeds.live import Desk, Parcel, Parcels, as_text
from heritage.feeds.ucdp import LAYOUT_49, REQUIRED

EVENTS = "api/gedevents/"
TOKEN_HEADER = "x-ucdp-access-token"
MOST_PAGES = 4000
FIRST_YEAR = 1989
# The service's own total was seen to be up to about a thousand above what it then delivers.
TOTAL_SLACK = 1500
_SOON_S = 120.0


@dataclass(frozen=True)
class UCDPPolls:
    """The live feed; see ``heritage.feeds.live.LiveFeed``. The cursor lists the releases that were had whole."""

    def poll(self, desk: Desk, cursor: Mapping[str, Any]) -> Parcels:
        """New releases, oldest first: the yearly set, then the months after it; a release never changes.

        Raises:  NotThere when there is nothing new and not even what there was: "not found" is then no news.
        """
        done = list(cursor.get("done", []))
        held = len(done)
        yearly = _yearly(desk, done)
        if yearly and yearly not in done:
            done.append(yearly)
            yield _release(desk, yearly, done, whole_years=() if desk.settings.filters else _years(yearly))
        for candidate in _months(desk.now.date(), yearly):
            if candidate in done:
                continue
            if not _exists(desk, candidate):
                continue
            done.append(candidate)
            yield _release(desk, candidate, done)
        if len(done) > held:
            return
        if not done:
            raise NotThere("UCDP has none of the releases that should be out; its address has probably changed.")
        if not _exists(desk, done[-1]):
            raise NotThere(f"UCDP no longer has its release {done[-1]}; its address has probably changed.")


def _yearly(desk: Desk, done: list[str]) -> str | None:
    """The newest yearly release: this year's, or last year's before summer."""
    year = desk.now.year % 100
    for release in (f"{year}.1", f"{year - 1}.1"):
        if release in done or _exists(desk, release):
            return release
    return None


def _months(today: date, yearly: str | None) -> list[str]:
    """The monthly releases that may exist: all months that the yearly release does not cover, up to this one."""
    covered = int(yearly.split(".")[0]) - 1 if yearly else today.year % 100 - 2
    this_year = today.year % 100
    return [
        f"{year}.0.{month}"
        for year in range(covered + 1, this_year + 1)
        for month in range(1, 13 if year < this_year else today.month + 1)
    ]


def _years(yearly: str) -> range:
    """The years of which a yearly release is all there is, in every country."""
    return range(FIRST_YEAR, 2000 + int(yearly.split(".")[0]))


def _exists(desk: Desk, release: str) -> bool:
    """Whether the release is out: one without a single event is still being filled."""
    try:
        return bool(_page(desk, _address(release), {"pagesize": "1", "page": "0"}, [])["Result"])
    except NotThere:
        return False


def _address(release: str) -> str:
    return f"{EVENTS}{release}"


def _release(desk: Desk, release: str, done: list[str], *, whole_years: Sequence[int] = ()) -> Parcel:
    """All pages of one release in one file: it counts only as a whole."""
    notes: list[str] = []
    path = desk.folder / f"GEDEvent_v{release.replace('.', '_')}.csv"
    total, rows = _write_pages(desk, release, path, notes)
    if rows < total - max(TOTAL_SLACK, total // 100) or (total and not rows):
        raise NotNow(f"UCDP delivered {rows:,} of the {total:,} events of release {release}; nothing was taken.")
    return Parcel(
        path,
        release=release,
        complete=bool(whole_years),
        whole_years=whole_years,
        cursor={"done": list(done)},
        notes=notes,
    )


def _write_pages(desk: Desk, release: str, path: Path, notes: list[str]) -> tuple[int, int]:
    """Returns: what the service says there is, and how many rows came."""
    query = {"pagesize": str(desk.settings.page_size), "page": "0", **desk.settings.filters}
    url, total, rows = _address(release), 0, 0
    asked: set[str] = set()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, LAYOUT_49, restval="", extrasaction="ignore")
        writer.writeheader()
        for _ in range(MOST_PAGES):
            document = _page(desk, url, query, notes)
            total = max(total, _whole(document.get("TotalCount")))
            for row in document["Result"]:
                writer.writerow({name: _cell(row.get(name)) for name in LAYOUT_49})
                rows += 1
            onward = document.get("NextPageUrl")
            if not onward:
                return total, rows
            url, query = same_place(desk.settings.base_url, str(onward)), {}
            if url in asked:
                raise UnusableFile("UCDP names the same next page again and again; its paging has changed.")
            asked.add(url)
    raise UnusableFile(f"UCDP's release {release} has more than {MOST_PAGES} pages.")


def _page(desk: Desk, url: str, query: Mapping[str, str], notes: list[str]) -> dict[str, Any]:
    headers = {TOKEN_HEADER: desk.key("ucdp_token")}
    try:
        answer = desk.fetcher.get(url, params=query or None, headers=headers)
    except NotUnderstood as error:
        # So it answers to many questions in a short time.
        raise AskedTooOften(f"{error} It may be a limit on bursts.", _SOON_S) from None
    try:
        document = json.loads(as_text(answer, notes))
    except (ValueError, RecursionError):
        raise NotNow("UCDP's answer is no whole JSON document.") from None
    rows = document.get("Result") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnusableFile("UCDP answers without a list `Result`; its form has changed.")
    missing = [name for name in REQUIRED if rows and name not in rows[0]]
    if missing:
        raise UnusableFile(f"UCDP's events lack {', '.join(missing)}; their layout has changed.")
    unknown = sorted(set(rows[0]) - set(LAYOUT_49)) if rows else []
    if unknown:
        notes.append(f"UCDP's events have columns that are not known: {', '.join(unknown)[:200]}.")
    return dict(document)


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _cell(value: Any) -> Any:
    # A NUL would make the whole file unreadable; a line end inside a quoted text is fine.
    return value.replace("\x00", " ") if isinstance(value, str) else value
