"""Asking the sources over HTTP: bounded in time and size, politely, and never where a stranger's redirect points."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import httpx2
import stamina

from heritage import __version__
from heritage.core.clock import Clock
from heritage.core.errors import Unavailable
from heritage.core.outgoing import Deadline, PinnedBackend, PinnedTransport, PrivateAddress, Resolve, TooSlow, resolve

MOST_REDIRECTS = 5
USER_AGENT = f"heritage/{__version__} (risk tracker for cultural heritage)"
# These lines would hold whole addresses, and an address may hold a key.
for _chatty in ("httpx2", "httpcore2"):
    logging.getLogger(_chatty).setLevel(logging.WARNING)


class FetchFailed(Unavailable):
    """A source could not be asked; the message names host and path and never a key."""


class NotNow(FetchFailed):
    """Trying again may help: the network, a fault of the source, a body cut short."""


class AskedTooOften(FetchFailed):
    """The source wants to be left alone (429, or 503 with a time); ``retry_after_s`` is how long, None if unsaid."""

    def __init__(self, message: str, retry_after_s: float | None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class NotAllowed(FetchFailed):
    """The source does not accept who we say we are (401, 403), or the way to say so has changed."""


class NotUnderstood(FetchFailed):
    """The source does not accept the question (400 and its like)."""


class NotThere(FetchFailed):
    """The source has nothing under this address (404, 410)."""


@dataclass(frozen=True)
class Bounds:
    """How long, how much and how often.

    ``total_s``: of one try, from connecting to the last byte.  ``longest_wait_s``: a longer Retry-After is left to a
    later run.  ``pause_s``: between two requests.  ``budget``: requests left for today, None for any number.
    """

    connect_s: float = 10.0
    read_s: float = 30.0
    total_s: float = 180.0
    most_bytes: int = 256 << 20
    attempts: int = 4
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    pause_s: float = 0.0
    budget: int | None = None


@dataclass(frozen=True)
class Answer:
    """What came back. ``changed`` is False when the source says that nothing is new (304)."""

    url: str
    content: bytes
    content_type: str
    charset: str | None
    changed: bool = True
    validators: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Count:
    """What a run asked for so far."""

    requests: int = 0
    received_bytes: int = 0


class Fetcher:
    """Asks one source.

    Args:    base_url: as the operator wrote it: this host and port may be private, no other may.  clock: for dates in
             Retry-After.  look_up, sleep: the outside, for tests.
    """

    def __init__(
        self,
        base_url: str,
        bounds: Bounds,
        clock: Clock,
        *,
        sleep: Callable[[float], None],
        look_up: Resolve = resolve,
    ) -> None:
        self.base_url, self.bounds, self.count = base_url, bounds, Count()
        self.last: Answer | None = None  # what came last, for whoever has to look into it
        self._clock, self._sleep = clock, sleep
        self._deadline = Deadline()
        timeout = httpx2.Timeout(bounds.read_s, connect=bounds.connect_s)
        self._client = httpx2.Client(
            transport=PinnedTransport(PinnedBackend(_trusted(base_url), self._deadline, look_up)),
            timeout=timeout,
            headers={"User-Agent": USER_AGENT},
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        validators: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask for an address, again when that may help.

        Args:    url: absolute, or relative to the base.  validators: etag and last_modified of what is held.
        Raises:  FetchFailed and its kinds, PrivateAddress, TooSlow.
        """
        asked = dict(headers or {})
        if validators and validators.get("etag"):
            asked["If-None-Match"] = validators["etag"]
        if validators and validators.get("last_modified"):
            asked["If-Modified-Since"] = validators["last_modified"]
        return self._patiently("GET", url, params=params, headers=asked)

    def post(
        self,
        url: str,
        *,
        form: Mapping[str, str] | None = None,
        document: Any = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a form or a JSON document; arguments and errors as for ``get``."""
        body = {"data": dict(form)} if form is not None else {"json": document}
        return self._patiently("POST", url, params=params, headers={}, **body)

    def _patiently(self, method: str, url: str, **request: Any) -> Answer:
        bounds = self.bounds
        retrying = stamina.retry_context(
            on=self._wait_s,
            attempts=bounds.attempts,
            timeout=None,
            wait_initial=bounds.first_wait_s,
            wait_max=bounds.longest_wait_s,
            wait_jitter=bounds.first_wait_s,
        )
        for attempt in retrying:
            with attempt:
                return self._ask(method, urljoin(self.base_url, url), **request)
        raise AssertionError("stamina either returns or raises")

    def _wait_s(self, error: Exception) -> bool | float:
        if isinstance(error, AskedTooOften):
            wait = error.retry_after_s
            return max(wait, 0.01) if wait is not None and wait <= self.bounds.longest_wait_s else False
        return isinstance(error, NotNow)

    def _ask(self, method: str, url: str, *, headers: Mapping[str, str], **request: Any) -> Answer:
        for _ in range(MOST_REDIRECTS + 1):
            self._take_from_budget()
            answer = self._once(method, url, headers=headers, **request)
            if isinstance(answer, Answer):
                self.last = answer
                return answer
            target = _followed(url, answer)
            if _origin(target) != _origin(url):
                # A key is meant for one host; another gets the bare question.
                headers = {name: value for name, value in headers.items() if name.startswith("If-")}
                if method != "GET":
                    raise NotAllowed(f"{_shown(url)} would send what it is given on to {_shown(target)}; refused.")
            url, request["params"] = target, None
        raise FetchFailed(f"{_shown(url)} redirects more than {MOST_REDIRECTS} times.")

    def _take_from_budget(self) -> None:
        if self.bounds.budget is not None and self.count.requests >= self.bounds.budget:
            raise AskedTooOften("The number of requests that this source allows in a day is used up.", None)
        if self.count.requests and self.bounds.pause_s:
            self._sleep(self.bounds.pause_s)
        self.count.requests += 1

    def _once(self, method: str, url: str, **request: Any) -> Answer | str:
        """One request; the address of a redirect, not followed yet."""
        self._deadline.begin(self.bounds.total_s)
        try:
            with self._client.stream(method, url, **request) as response:
                if response.is_redirect and response.headers.get("location"):
                    return str(response.headers["location"])
                if response.status_code != 304:
                    self._check_status(url, response)
                return _answer(url, response, self._read(url, response))
        except (PrivateAddress, TooSlow) as error:
            raise type(error)(f"{_shown(url)}: {error}") from None
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise FetchFailed(f"{_shown(url)} is no address that can be asked: {error}") from None
        except httpx2.RemoteProtocolError as error:
            raise NotNow(f"{_shown(url)}: the answer was cut short ({error}).") from None
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            if self._deadline.over:
                # Slow as it is, it would be slow again; the next run may find it better.
                raise TooSlow(f"{_shown(url)}: the answer did not come to an end in time.") from None
            raise NotNow(f"{_shown(url)} does not answer ({type(error).__name__}: {error}).") from None

    def _read(self, url: str, response: httpx2.Response) -> bytes:
        most, parts, size = self.bounds.most_bytes, [], 0
        for part in response.iter_bytes(1 << 16):
            size += len(part)
            if size > most:
                raise FetchFailed(f"{_shown(url)} sends more than {most:,} bytes; nothing of it was taken.")
            parts.append(part)
        self.count.received_bytes += size
        return b"".join(parts)

    def _check_status(self, url: str, response: httpx2.Response) -> None:
        status, where = response.status_code, _shown(url)
        if status < 400:
            return
        if status == 429 or (status == 503 and "retry-after" in response.headers):
            after = retry_after_s(response.headers.get("retry-after"), self._clock.now())
            raise AskedTooOften(f"{where} asks to be left alone for a while (HTTP {status}).", after)
        if status in (401, 403):
            raise NotAllowed(f"{where} refuses the credentials, or has none (HTTP {status}).")
        if status in (404, 410):
            raise NotThere(f"{where} is not there (HTTP {status}).")
        if status >= 500 or status == 408:
            raise NotNow(f"{where} has a fault of its own (HTTP {status}).")
        raise NotUnderstood(f"{where} does not accept the question (HTTP {status}).")


def retry_after_s(text: str | None, now: datetime) -> float | None:
    """Seconds to wait from a Retry-After header, a number or a date; None when it says nothing usable."""
    if not text:
        return None
    if text.strip().isdigit():
        return float(min(int(text.strip()), 30 * 86_400))
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, min((when - now) / timedelta(seconds=1), 30 * 86_400))


def same_place(base_url: str, url: str) -> str:
    """An address that an answer names, on the source's own host: keys and trust go nowhere else.

    Args:    base_url: the operator's.  url: absolute or relative, as the answer has it.
    Returns: path and query of ``url`` on the base's scheme, host and port.
    """
    base, given = urlsplit(base_url), urlsplit(urljoin(base_url, url))
    return given._replace(scheme=base.scheme, netloc=base.netloc, fragment="").geturl()


def _trusted(base_url: str) -> set[tuple[str, int]]:
    parts = urlsplit(base_url)
    return {(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))}


def _origin(url: str) -> tuple[str | None, int | None]:
    parts = urlsplit(url)
    return parts.hostname, parts.port


def _followed(url: str, location: str) -> str:
    target = urljoin(url, location)
    scheme = urlsplit(target).scheme
    if scheme not in ("http", "https"):
        raise FetchFailed(f"{_shown(url)} redirects to something that is no web address.")
    if urlsplit(url).scheme == "https" and scheme == "http":
        raise FetchFailed(f"{_shown(url)} redirects from a protected connection to an open one.")
    return target


def _shown(url: str) -> str:
    """Host and path: the query may hold a key, the part before the host a password."""
    parts = urlsplit(url)
    host = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
    return f"{host}{parts.path}"


def _answer(url: str, response: httpx2.Response, content: bytes) -> Answer:
    found = {"etag": response.headers.get("etag"), "last_modified": response.headers.get("last-modified")}
    return Answer(
        url=url,
        content=content,
        content_type=response.headers.get("content-type", ""),
        charset=response.charset_encoding,
        changed=response.status_code != 304,
        validators={name: value for name, value in found.items() if value},
    )
