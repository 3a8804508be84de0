"""Asking ACLED: sign in, read what was edited since the last time, and what was taken back."""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from heritage.core.errors import UnusableFile
from heritage.feeds.fetching import Answer, NotAllowed, NotNow, NotThere, NotUnderstood
from heritage.feeds.live import Desk, Parcel, Parcels, as_text

TOKEN, READ, DELETED = "oauth/token", "api/acled/read", "api/deleted/read"
PAGES_A_PARCEL = 10
MOST_PAGES = 2000
# Edits of the same second as the last one seen, and of a copy behind the service that lags a little.
OVERLAP_S = 86_400
_SOON_S = 300


@dataclass
class _Session:
    """Who we are to the service, for as long as it says."""

    access: str
    refresh: str | None
    ends_at: datetime


# A worker polls for weeks, and a password need not travel each time. Kept in memory only.
_SESSIONS: dict[tuple[str, str], _Session] = {}
_LOCK = threading.Lock()


@dataclass(frozen=True)
class ACLEDPolls:
    """The live feed; see ``heritage.feeds.live.LiveFeed``. The cursor holds the newest edit seen, in Unix seconds."""

    def poll(self, desk: Desk, cursor: Mapping[str, Any]) -> Parcels:
        """What was edited since, some pages at a time; the cursor moves with the last of them."""
        since = int(cursor.get("timestamp", 0))
        asked_since = max(0, since - OVERLAP_S) if since else 0
        newest = since
        rows: list[Any] = []
        notes: list[str] = []
        withheld: tuple[date | None, str | None] = (None, None)
        page_number = 0
        for page_number, (page, said) in enumerate(_pages(desk, READ, self._edited(desk, asked_since), notes), start=1):
            withheld = said if said[0] or said[1] else withheld
            rows += page
            newest = max([newest, *(_edited_s(row) for row in page)])
            if page_number % PAGES_A_PARCEL == 0:
                yield _parcel(desk, page_number, rows, [], None, (None, None), notes)
                rows = []
        deleted = self._deleted(desk, asked_since, notes) if since else []
        if withheld[1] and not rows and page_number <= 1:
            notes.append("The source withholds what is recent; nothing came, and that says nothing of the place.")
        yield _parcel(desk, page_number + 1, rows, deleted, {"timestamp": newest}, withheld, notes)

    def _edited(self, desk: Desk, since: int) -> dict[str, str]:
        if since:
            return {"timestamp": str(since), "timestamp_where": ">", **desk.settings.filters}
        first = desk.now.date() - timedelta(days=desk.settings.backfill_days)
        days = f"{first.isoformat()}|{desk.now.date().isoformat()}"
        return {"event_date": days, "event_date_where": "BETWEEN", **desk.settings.filters}

    def _deleted(self, desk: Desk, since: int, notes: list[str]) -> list[Any]:
        query = {"deleted_timestamp": str(since), "deleted_timestamp_where": ">"}
        try:
            return [row for page, _ in _pages(desk, DELETED, query, notes) for row in page]
        except NotThere:
            notes.append("The list of events taken back could not be had; some may stand that the source withdrew.")
            return []


def _parcel(
    desk: Desk,
    number: int,
    rows: list[Any],
    deleted: list[Any],
    cursor: dict[str, Any] | None,
    withheld: tuple[date | None, str | None],
    notes: list[str],
) -> Parcel:
    document = json.dumps({"data": rows, "deleted": deleted})
    file = desk.spool(f"acled-{number}.json", document.encode()) if rows or deleted else None
    return Parcel(file, cursor=cursor, known_until=withheld[0], embargo=withheld[1], notes=tuple(notes))


def _pages(
    desk: Desk, path: str, query: Mapping[str, str], notes: list[str]
) -> Iterator[tuple[list[Any], tuple[date | None, str | None]]]:
    """The pages of an answer with what the service withholds, by number or by ``next_cursor``."""
    size = desk.settings.page_size
    asked = {"_format": "json", **query, "limit": str(size), "page": "1"}
    seen: set[str] = set()
    for number in range(1, MOST_PAGES + 1):
        document = _document(_read(desk, path, asked), notes)
        rows = document.get("data")
        if not isinstance(rows, list):
            raise UnusableFile(f"ACLED answers without a list `data` at {path}.")
        yield rows, _withheld(document)
        onward = document.get("next_cursor")
        ids = {str(row.get("event_id_cnty")) for row in rows if isinstance(row, Mapping)}
        if rows and ids and ids <= seen and len(rows) > 1:
            raise UnusableFile(f"ACLED sends the same page again and again at {path}; its paging has changed.")
        seen |= ids
        if onward:
            asked = {key: value for key, value in asked.items() if key != "page"} | {"cursor": str(onward)}
        elif len(rows) < size or "cursor" in asked:
            return
        else:
            asked["page"] = str(number + 1)
    raise UnusableFile(f"ACLED has more than {MOST_PAGES} pages at {path}; narrow it with filters.")


def _document(answer: Answer, notes: list[str]) -> dict[str, Any]:
    text = as_text(answer, notes)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        if text.lstrip()[:1] == "<":
            raise NotAllowed("ACLED answers with a page for people; its log-in has probably changed.") from None
        raise NotNow("ACLED's answer is no whole JSON document.") from None
    if not isinstance(document, dict):
        raise UnusableFile("ACLED's answer is no envelope with `data`.")
    if document.get("success") is False or str(document.get("status", "200")) not in ("200", "None"):
        raise NotNow(f"ACLED says that it failed (status {str(document.get('status'))[:20]}).")
    return document


def _withheld(document: Mapping[str, Any]) -> tuple[date | None, str | None]:
    """Up to which day the account may see, and the terms, from ``data_query_restrictions``."""
    said = document.get("data_query_restrictions")
    if isinstance(said, str):
        try:
            said = json.loads(said)
        except ValueError:
            said = {"unknown": said[:100]}
    if not said:
        return None, None
    recency = said.get("date_recency") if isinstance(said, Mapping) else None
    if not isinstance(recency, Mapping):
        return None, f"restricted: {json.dumps(said, default=str)[:200]}"
    terms = f"{recency.get('quantity', '?')} {recency.get('unit', '')}".strip()
    try:
        return date.fromisoformat(str(recency.get("date"))[:10]), terms
    except ValueError:
        return None, terms


def _edited_s(row: Any) -> int:
    try:
        return int(float(row["timestamp"]))
    except (TypeError, KeyError, ValueError, OverflowError):
        return 0


# -- signing in --------------------------------------------------------------------------------------------------------


def _read(desk: Desk, path: str, query: Mapping[str, str]) -> Answer:
    headers = _authorised(desk)
    try:
        return desk.fetcher.get(path, params=query, headers=headers)
    except NotAllowed:
        # The token may have been ended before its time; once more with another.
        _forget(desk)
        return desk.fetcher.get(path, params=query, headers=_authorised(desk))


def _who(desk: Desk) -> tuple[str, str]:
    return desk.fetcher.base_url, desk.key("acled_username")


def _authorised(desk: Desk) -> dict[str, str]:
    with _LOCK:
        held = _SESSIONS.get(_who(desk))
        if held is None or held.ends_at <= desk.now:
            held = _SESSIONS[_who(desk)] = _sign_in(desk, held)
    return {"Authorization": f"Bearer {held.access}"}


def _forget(desk: Desk) -> None:
    with _LOCK:
        held = _SESSIONS.get(_who(desk))
        if held is not None:
            held.ends_at = datetime.min.replace(tzinfo=UTC)


def _sign_in(desk: Desk, held: _Session | None) -> _Session:
    if held is not None and held.refresh:
        try:
            return _token(desk, {"grant_type": "refresh_token", "refresh_token": held.refresh})
        except NotAllowed:
            pass
    username, password = desk.key("acled_username"), desk.key("acled_password")
    return _token(desk, {"grant_type": "password", "username": username, "password": password})


def _token(desk: Desk, form: Mapping[str, str]) -> _Session:
    """Raises: NotAllowed when the service does not accept it, or answers in a way that is not agreed."""
    try:
        answer = desk.fetcher.post(TOKEN, form={**form, "client_id": "acled"})
        document = json.loads(answer.content)
        access = document["access_token"]
        seconds = float(document.get("expires_in", 3600))
    except NotThere:
        raise NotAllowed("ACLED's log-in is not where it was.") from None
    except NotUnderstood:
        # OAuth answers 400 to a password that is wrong.
        raise NotAllowed("ACLED's log-in does not accept these credentials.") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NotAllowed("ACLED's log-in answers without a token; it has probably changed.") from None
    if not isinstance(access, str) or not access:
        raise NotAllowed("ACLED's log-in answers without a token; it has probably changed.")
    ends_at = desk.now + timedelta(seconds=max(0.0, min(seconds, 86_400 * 30) - _SOON_S))
    refresh = document.get("refresh_token")
    return _Session(access, refresh if isinstance(refresh, str) else None, ends_at)
