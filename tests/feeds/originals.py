"""A real HTTP server on loopback that answers as the sources do, and misbehaves as they do when told to."""

import gzip
import hashlib
import io
import json
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "a-token-of-no-worth"
PASSWORD = "a password of no worth"


@dataclass
class Reply:
    """What is sent. ``cut``: so many bytes of the body and then nothing.  ``drip_s``: a pause after each byte."""

    body: bytes = b""
    status: int = 200
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip_s: float = 0.0


@dataclass
class Originals:
    """The sources' state, changed by tests between polls.

    ``faults``: replies sent before the true ones, by the beginning of the path, each once.  ``mute``: connections are
    taken and dropped without a word, as by a firewall in between.
    """

    url: str = ""
    faults: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    ucdp: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ucdp_total_more: int = 0
    acled: list[dict[str, Any]] = field(default_factory=list)
    acled_deleted: list[dict[str, Any]] = field(default_factory=list)
    acled_by_cursor: bool = False
    acled_restrictions: Any = field(default_factory=dict)
    acled_page_most: int = 5000
    acled_tells_total: bool = True
    acled_shown_until: str = "~"
    acled_tokens: set[str] = field(default_factory=set)
    acled_logins: Counter[str] = field(default_factory=Counter)
    acled_token_seconds: int = 86_400
    gdelt: dict[str, bytes] = field(default_factory=dict)
    gdelt_withheld: set[str] = field(default_factory=set)
    documents: dict[str, Reply] = field(default_factory=dict)
    reliefweb: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    mute: bool = False

    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [urlsplit(target).path for target in self.asked]

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        parts = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        with self.lock:
            self.asked.append(target)
            self.headers.append(headers)
            for prefix, replies in self.faults.items():
                if parts.path.startswith(prefix) and replies:
                    return replies.pop(0)
            return self._true(parts.path, query, headers, body)

    def _true(self, path: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> Reply:
        if path.startswith("/api/gedevents/"):
            return self._ucdp(path.rsplit("/", 1)[1], query, headers)
        if path == "/oauth/token":
            return self._token({name: values[-1] for name, values in parse_qs(body.decode()).items()})
        if path in ("/api/acled/read", "/api/deleted/read"):
            return self._acled(path, query, headers)
        if path.startswith("/gdeltv2/"):
            return self._gdelt(path.rsplit("/", 1)[1])
        if path == "/v2/reports":
            return self._reliefweb(json.loads(body), query)
        if path in self.documents:
            return self._document(self.documents[path], headers)
        return Reply(b"not here", 404, "text/plain")

    def _ucdp(self, version: str, query: dict[str, str], headers: dict[str, str]) -> Reply:
        if headers.get("x-ucdp-access-token") != TOKEN:
            return Reply(b'"API token required"', 401)
        if version not in self.ucdp:
            return Reply(b'"No such version"', 404)
        rows, size, page = self.ucdp[version], int(query.get("pagesize", 100)), int(query.get("page", 0))
        pages = max(1, -(-len(rows) // size))
        onward = f"https://ucdpapi.example/api/gedevents/{version}?pagesize={size}&page={page + 1}"
        return _json(
            {
                "TotalCount": len(rows) + self.ucdp_total_more,
                "TotalPages": pages,
                "PreviousPageUrl": "",
                "NextPageUrl": onward if page + 1 < pages else "",
                "Result": rows[page * size : (page + 1) * size],
            }
        )

    def _token(self, form: dict[str, str]) -> Reply:
        self.acled_logins[form.get("grant_type", "")] += 1
        by_password = form.get("grant_type") == "password" and form.get("password") == PASSWORD
        by_refresh = form.get("grant_type") == "refresh_token" and form.get("refresh_token", "").startswith("refresh-")
        if form.get("client_id") != "acled" or not (by_password or by_refresh):
            return Reply(b'{"error": "invalid_grant"}', 400)
        number = sum(self.acled_logins.values())
        self.acled_tokens = {f"access-{number}"}
        return _json(
            {
                "token_type": "Bearer",
                "expires_in": self.acled_token_seconds,
                "access_token": f"access-{number}",
                "refresh_token": f"refresh-{number}",
            }
        )

    def _acled(self, path: str, query: dict[str, str], headers: dict[str, str]) -> Reply:
        if headers.get("authorization", "").removeprefix("Bearer ") not in self.acled_tokens:
            return Reply(b'{"message": "Unauthorized"}', 401)
        rows = list(self.acled if "acled" in path else self.acled_deleted)
        column = "timestamp" if "acled" in path else "deleted_timestamp"
        if column in query:
            rows = [row for row in rows if int(row[column]) > int(query[column])]
        elif "event_date" in query:
            first, last = query["event_date"].split("|")
            rows = [
                row for row in rows if not "2" <= row.get("event_date", "") < "3" or first <= row["event_date"] <= last
            ]
        rows = [row for row in rows if row.get("event_date", "") <= self.acled_shown_until]
        limit = min(int(query.get("limit", 5000)), self.acled_page_most)
        start = int(query.get("cursor", (int(query.get("page", 1)) - 1) * limit))
        page = rows[start : start + limit]
        document: dict[str, Any] = {"status": 200, "success": True, "data": page, "filename": "events"}
        document["data_query_restrictions"] = self.acled_restrictions
        if self.acled_tells_total and query.get("with_total") == "true":
            document |= {"count": len(page), "total_count": len(rows)}
        if self.acled_by_cursor:
            document["next_cursor"] = str(start + limit) if start + limit < len(rows) else None
        return _json(document)

    def _gdelt(self, name: str) -> Reply:
        if name == "lastupdate.txt":
            slot = max(self.gdelt)
            content = self.gdelt[slot]
            line = "{} {} http://data.gdeltproject.org/gdeltv2/{}.{}\n"
            digest = hashlib.md5(content).hexdigest()
            lines = [line.format(len(content), digest, slot, "export.CSV.zip")]
            lines += [line.format(7, "0" * 32, slot, other) for other in ("mentions.CSV.zip", "gkg.csv.zip")]
            return Reply("".join(lines).encode(), kind="text/plain")
        slot = name.removesuffix(".export.CSV.zip")
        if slot not in self.gdelt or slot in self.gdelt_withheld:
            return Reply(b"<Error>NoSuchKey</Error>", 404, "application/xml")
        return Reply(self.gdelt[slot], kind="application/zip")

    def _reliefweb(self, question: dict[str, Any], query: dict[str, str]) -> Reply:
        if query.get("appname") != "an-approved-name":
            return Reply(b'{"status": 403, "error": {"message": "appname not approved"}}', 403)
        since = question["filter"]["value"]["from"]
        rows = sorted(self.reliefweb, key=lambda row: str(row["fields"]["date"]["changed"]))
        rows = [row for row in rows if row["fields"]["date"]["changed"] >= since]
        page = rows[question["offset"] : question["offset"] + question["limit"]]
        return _json({"time": 3, "totalCount": len(rows), "count": len(page), "data": page})

    def _document(self, reply: Reply, headers: dict[str, str]) -> Reply:
        etag = reply.headers.get("ETag")
        modified = reply.headers.get("Last-Modified")
        if (etag and headers.get("if-none-match") == etag) or (
            modified and headers.get("if-modified-since") == modified
        ):
            return Reply(b"", 304, reply.kind, reply.headers)
        return reply


def _json(document: Any) -> Reply:
    return Reply(json.dumps(document).encode())


def zipped(slot: str, lines: list[str]) -> bytes:
    """One slot of GDELT as it is published."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{slot}.export.CSV", "".join(f"{line}\n" for line in lines))
    return buffer.getvalue()


def _handler(originals: Originals) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if originals.mute:
                self.close_connection = True
                return
            sent = {name.lower(): value for name, value in self.headers.items()}
            reply = originals.answer(self.command, self.path, sent, body)
            content = reply.body
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.headers.get("Content-Encoding") == "gzip":
                content = gzip.compress(content)
            if reply.status != 304:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self._send(content, reply)

        def _send(self, content: bytes, reply: Reply) -> None:
            try:
                if reply.cut is not None:
                    self.wfile.write(content[: reply.cut])
                    self.close_connection = True
                elif reply.drip_s:
                    for at in range(len(content)):
                        self.wfile.write(content[at : at + 1])
                        self.wfile.flush()
                        time.sleep(reply.drip_s)
                elif reply.status != 304:
                    self.wfile.write(content)
            except OSError:
                self.close_connection = True

        do_GET = do_POST = _serve  # noqa: N815 - the names that http.server asks for

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler


class Wire:
    """The sources' server on one port, which can be taken off the network and put back."""

    def __init__(self, originals: Originals, port: int = 0) -> None:
        self.originals, self.port = originals, port
        self._server: _Server | None = None

    def connect(self) -> None:
        """Answer on the port; on any free one the first time."""
        self._server = _Server(self.originals, self.port)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def cut(self) -> None:
        """From now on connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, originals: Originals, port: int) -> None:
        self.originals = originals
        super().__init__(("127.0.0.1", port), _handler(originals))

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return not self.originals.mute


@contextmanager
def serve(port: int = 0) -> Iterator[Originals]:
    """The sources, running."""
    with wired(port) as (originals, _):
        yield originals


@contextmanager
def wired(port: int = 0) -> Iterator[tuple[Originals, Wire]]:
    """The sources, running, with the wire they hang on."""
    originals = Originals()
    wire = Wire(originals, port)
    wire.connect()
    originals.url = f"http://127.0.0.1:{wire.port}/"
    try:
        yield originals, wire
    finally:
        wire.cut()
