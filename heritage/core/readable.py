"""A mail's HTML as it may stand inside a page of ours: its words and links, none of its styles. Pure."""

from html import escape
from html.parser import HTMLParser

# The page has a heading of its own above these.
_KEPT = {
    "h1": "h2", "h2": "h3", "h3": "h4",
    **{tag: tag for tag in ("p", "ul", "ol", "li", "strong", "em", "s", "br", "bdi", "code", "a")},
}  # fmt: skip
_LEFT_OUT = {"head", "style", "script", "title", "template"}


def readable(html: str) -> str:
    """Keep paragraphs, lists, headings and links to web addresses; drop everything else but the words.

    Args:    html: of any make.
    Returns: HTML that carries no attribute but addresses of links, and is closed where it was opened.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.result()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._open: list[str] = []
        self._skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _LEFT_OUT:
            self._skipping += 1
            return
        kept = _KEPT.get(tag)
        if kept is None or self._skipping:
            return
        address = dict(attrs).get("href") or ""
        if kept == "a" and not address.startswith(("https://", "http://")):
            return
        self._parts.append(f'<a href="{escape(address)}" rel="noopener noreferrer">' if kept == "a" else f"<{kept}>")
        if kept != "br":
            self._open.append(kept)

    def handle_endtag(self, tag: str) -> None:
        if tag in _LEFT_OUT:
            self._skipping = max(0, self._skipping - 1)
            return
        kept = _KEPT.get(tag)
        if kept in self._open and not self._skipping:
            while self._open:
                closed = self._open.pop()
                self._parts.append(f"</{closed}>")
                if closed == kept:
                    break

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._parts.append(escape(data))

    def result(self) -> str:
        return "".join(self._parts + [f"</{tag}>" for tag in reversed(self._open)]).strip()
