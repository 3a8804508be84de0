"""Asking ACLED: sign in, read what was edited since the last time, and what was taken back."""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from heritage.core.errors import HeritageError, UnusableFile
from heritage.feeds.fetching import Answer, AskedTooOften, NotAllowed, NotNow, NotThere, NotUnderstood
from heritage.feeds.live import Desk, Parcel, Parcels, as_text

TOKEN, READ, DELETED = "oauth/token", "api/acled/read", "api/deleted/read"
PAGES_A_PARCEL = 10
MOST_PAGES = 2000
# Edits of the same second as the last one seen, and of a copy behind the service that lags a little.
OVERLAP_S = 86_400
_SOON_S = 300
# The longest that a unit of time may be: what is not known begins too early rather than too late.
_DAYS = {"day": 1, "week": 7, "month": 31, "year": 366}

# The last day that an account is shown, and the terms; the rows of a page with these.
Withheld = tuple[date | None, str | None]
Page = tuple[list[Any], Withheld]


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
    """The live feed; see ``heritage.feeds.live.LiveFeed``.

    The cursor holds the newest edit seen, how far the list of events taken back was read (both in Unix seconds), and
    the day after which the account was shown nothing.
    """

    def poll(self, desk: Desk, cursor: Mapping[str, Any]) -> Parcels:
        """What was edited since, some pages at a time; the cursor moves with the last of them."""
        since = int(cursor.get("timestamp", 0))
        newest = since
        rows: list[Any] = []
        notes: list[str] = []
        withheld: Withheld = (None, None)
        number = 0
        for number, (page, said) in enumerate(_asked_pages(desk, since, cursor.get("hidden_after"), notes), start=1):
            withheld = said if said[1] else withheld
            rows += page
            newest = max([newest, *(_edited_s(row) for row in page)])
            if number % PAGES_A_PARCEL == 0:
                yield _parcel(desk, number, rows, [], None, (None, None), notes)
                rows = []
        deleted, read_to, not_before = _deleted(desk, int(cursor.get("deleted", since)), newest, notes)
        if withheld[1] and not newest:
            notes.append("The source withholds what is recent; nothing came, and that says nothing of the place.")
        coming: dict[str, Any] = {"timestamp": newest, "deleted": read_to}
        if withheld[0]:
            coming["hidden_after"] = withheld[0].isoformat()
        yield _parcel(desk, number + 1, rows, deleted, coming, withheld, notes, not_before)


def _asked_pages(desk: Desk, since: int, hidden_after: str | None, notes: list[str]) -> Iterator[Page]:
    """What was edited since; and the days that were hidden until now, whose edits may be older than the newest seen."""
    if not since:
        yield from _pages(desk, READ, _days(desk, desk.now.date() - timedelta(days=desk.settings.backfill_days)), notes)
        return
    edited = {"timestamp": str(max(0, since - OVERLAP_S)), "timestamp_where": ">", **desk.settings.filters}
    yield from _pages(desk, READ, edited, notes)
    if hidden_after:
        yield from _pages(desk, READ, _days(desk, date.fromisoformat(hidden_after)), notes)


def _days(desk: Desk, first: date) -> dict[str, str]:
    days = f"{first.isoformat()}|{desk.now.date().isoformat()}"
    return {"event_date": days, "event_date_where": "BETWEEN", **desk.settings.filters}


def _deleted(desk: Desk, since: int, newest: int, notes: list[str]) -> tuple[list[Any], int, datetime | None]:
    """What was taken back, how far that list is read now, and until when the source wants to be left alone.

    The events themselves do not wait for this list: where it cannot be had it is asked for from the same moment again.
    """
    if not since:
        return [], newest, None
    query = {"deleted_timestamp": str(max(0, since - OVERLAP_S)), "deleted_timestamp_where": ">"}
    try:
        return [row for page, _ in _pages(desk, DELETED, query, notes) for row in page], newest, None
    except HeritageError as error:
        notes.append(f"The list of events taken back could not be had; some may stand that were withdrawn. {error}")
        wait_s = error.retry_after_s if isinstance(error, AskedTooOften) else None
        return [], since, desk.now + timedelta(seconds=wait_s) if wait_s else None


def _parcel(
    desk: Desk,
    number: int,
    rows: list[Any],
    deleted: list[Any],
    cursor: dict[str, Any] | None,
    withheld: Withheld,
    notes: list[str],
    not_before: datetime | None = None,
) -> Parcel:
    document = json.dumps({"data": rows, "deleted": deleted})
    file = desk.spool(f"acled-{number}.json", document.encode()) if rows or deleted else None
    return Parcel(
        file,
        cursor=cursor,
        known_until=withheld[0],
        embargo=withheld[1],
        notes=tuple(notes),
        not_before=not_before,
    )


def _pages(desk: Desk, path: str, query: Mapping[str, str], notes: list[str]) -> Iterator[Page]:
    """The pages of an answer with what the service withholds, by number or by ``next_cursor``.

    A page may be shorter than was asked for: the end is where the service's own total is reached, or an empty page.
    """
    size = desk.settings.page_size
    asked = {"_format": "json", **query, "limit": str(size), "page": "1", "with_total": "true"}
    seen: set[int] = set()
    had = 0
    for number in range(1, MOST_PAGES + 1):
        document = _document(_read(desk, path, asked), notes)
        rows = document.get("data")
        if not isinstance(rows, list):
            raise UnusableFile(f"ACLED answers without a list `data` at {path}.")
        contents = {hash(json.dumps(row)) for row in rows}
        repeated, seen = bool(rows) and contents <= seen, seen | contents
        if repeated and len(rows) >= size:
            raise UnusableFile(f"ACLED sends the same page again and again at {path}; its paging has changed.")
        had += len(rows)
        if not repeated:
            yield rows, _withheld(document, desk)
        onward = document.get("next_cursor")
        if onward and not repeated:
            asked = {key: value for key, value in asked.items() if key != "page"} | {"cursor": str(onward)}
        elif not rows or repeated or "cursor" in asked or had >= _total(document, had + 1):
            return
        else:
            asked["page"] = str(number + 1)
    raise UnusableFile(f"ACLED has more than {MOST_PAGES} pages at {path}; narrow it with filters.")


def _total(document: Mapping[str, Any], otherwise: int) -> int:
    try:
        return int(document["total_count"])
    except (KeyError, TypeError, ValueError):
        return otherwise


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
    status = str(document.get("status", "200"))[:20]
    if status in ("401", "403"):
        raise NotAllowed(f"ACLED does not let this account read (status {status}).")
    if document.get("success") is False or status not in ("200", "None"):
        raise NotNow(f"ACLED says that it failed (status {status}).")
    return document


def _withheld(document: Mapping[str, Any], desk: Desk) -> Withheld:
    """Up to which day the account may see, and the terms, from ``data_query_restrictions``.

    Of terms that cannot be read nothing is known in all the days that a first question asks for.
    """
    said = document.get("data_query_restrictions")
    if isinstance(said, str):
        try:
            said = json.loads(said)
        except ValueError:
            said = {"unknown": said[:100]}
    if isinstance(said, Mapping):
        said = {name: value for name, value in said.items() if value}
    if not said:
        return None, None
    recency = said.get("date_recency") if isinstance(said, Mapping) else None
    recency = recency[0] if isinstance(recency, list) else recency
    terms = f"restricted: {json.dumps(said, default=str)[:200]}"
    if not isinstance(recency, Mapping):
        return desk.now.date() - timedelta(days=desk.settings.backfill_days), terms
    if recency.get("quantity"):
        terms = f"{recency['quantity']} {recency.get('unit', '')}".strip()
    return _last_day(recency, desk), terms


def _last_day(recency: Mapping[str, Any], desk: Desk) -> date:
    today = desk.now.date()
    for form in ("%Y-%m-%d", "%d %B %Y"):
        try:
            text = str(recency.get("date"))
            return datetime.strptime(text[:10] if form.startswith("%Y") else text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    days = _DAYS.get(str(recency.get("unit")).lower().rstrip("s"))
    try:
        return today - timedelta(days=int(recency["quantity"]) * (days or 0) or desk.settings.backfill_days)
    except (KeyError, TypeError, ValueError, OverflowError):
        return today - timedelta(days=desk.settings.backfill_days)


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
