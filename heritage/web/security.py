"""Headers that keep a page to itself: a strict Content-Security-Policy, no sniffing, framing or leaking referrer."""

from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

from heritage.settings import Settings

# No inline script or style and nothing from elsewhere: what an attacker might slip into a name then stays text.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "worker-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
A_YEAR_S = 31_536_000
LARGEST_KEY = 2**63 - 1
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]


class _AddressOfSix(str):
    """An IPv6 address in its brackets; what compares hosts cuts a name at its first colon, which would leave a "["."""

    def partition(self, separator: str, /) -> tuple[str, str, str]:
        return str(self), "", ""


def trusted_hosts(settings: Settings) -> list[str]:
    """Host names the program answers to: those set, the public address's, and the machine itself."""
    public = urlsplit(settings.public_url).hostname
    hosts = dict.fromkeys([*settings.trusted_hosts, *([public] if public else []), *LOOPBACK])
    return [_AddressOfSix(f"[{host.strip('[]')}]") if host.count(":") > 1 else host for host in hosts]


def init_app(app: Flask) -> None:
    """Put the headers on every answer; addresses that can name nothing end here."""
    app.before_request(_refuse_impossible)
    app.after_request(_protect)


def _refuse_impossible() -> None:
    # No key of a table is so large and no text in one holds a NUL: the database would fail, not find nothing.
    for value in (request.view_args or {}).values():
        if (isinstance(value, int) and value > LARGEST_KEY) or (isinstance(value, str) and "\x00" in value):
            abort(404)


def _protect(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    # Only where the page really came over TLS: on a plain LAN this header would lock people out.
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={A_YEAR_S}")
    if request.endpoint == "static" and "/dist/" in request.path and response.status_code == 200:
        response.headers["Cache-Control"] = f"public, max-age={A_YEAR_S}, immutable"
    elif response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "private, no-cache")
        response.vary.add("Accept-Language")
    return response
