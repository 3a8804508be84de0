"""A page of HTML as plain text: one pass over it, whatever it holds; nothing in it is ever run."""

import html
import re
from dataclasses import dataclass, field

_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|article|div|p|h1|meta)\b", re.IGNORECASE)
_NAME = re.compile(r"/?\s*([a-zA-Z][a-zA-Z0-9]{0,15})")
_META_DATE = re.compile(r"(?:article:published_time|datepublished|date\.issued|dc\.date|pubdate)", re.IGNORECASE)
_ISO_DAY = re.compile(r"\b(\d{4}-\d{2}-\d{2})")
_RAW = ("script", "style", "noscript", "template", "svg", "textarea", "title", "iframe", "select")
_BESIDE = frozenset(["nav", "footer", "aside", "form", "button", "figure", "figcaption", "menu", "dialog", "head"])
_BREAKS = frozenset(
    "p div section article main header h1 h2 h3 h4 h5 h6 li ul ol table tr td th blockquote br hr pre dl dt dd".split()
)
_MOSTLY_LINKS = 0.6
_WHOLE_ARTICLE_CHARS = 200


@dataclass(frozen=True, slots=True)
class Page:
    """The text of a page, blocks apart by blank lines; the day its mark-up says it was published, or empty."""

    text: str
    published: str


@dataclass
class _Block:
    inside: bool
    parts: list[str] = field(default_factory=list)
    linked: int = 0


def looks_like_html(raw: str) -> bool:
    """Whether a text is a page of HTML rather than plain text."""
    return _HTML.search(raw[:4000]) is not None


def extract(raw: str) -> Page:
    """Take the text out of a page.

    Args:    raw: HTML, well formed or not.
    Returns: its running text without scripts, menus, forms and lists of links; only what stands in <article> or
             <main> where the page has one.
    """
    blocks, published = _blocks(raw, _BESIDE)
    if not any(part.strip() for block in blocks for part in block.parts):
        # A menu that is never closed would swallow the article.
        blocks, published = _blocks(raw, frozenset())
    chosen = [block for block in blocks if block.inside]
    if sum(len(part) for block in chosen for part in block.parts) < _WHOLE_ARTICLE_CHARS:
        chosen = blocks
    texts = [" ".join(html.unescape("".join(block.parts)).split()) for block in chosen if not _is_links(block)]
    return Page("\n\n".join(text for text in texts if text), published)


def _is_links(block: _Block) -> bool:
    length = sum(map(len, block.parts))
    return length > 0 and block.linked > _MOSTLY_LINKS * length


def _blocks(raw: str, beside_tags: frozenset[str]) -> tuple[list[_Block], str]:
    lower = raw.lower()
    blocks, published = [_Block(False)], ""
    depth, beside, links, position = 0, 0, 0, 0
    while position < len(raw):
        opening = raw.find("<", position)
        text_end = opening if opening >= 0 else len(raw)
        if not beside and text_end > position:
            blocks[-1].parts.append(raw[position:text_end])
            blocks[-1].linked += text_end - position if links else 0
        if opening < 0:
            break
        if raw.startswith("<!--", opening):
            closing = raw.find("-->", opening)
            position = closing + 3 if closing >= 0 else len(raw)
            continue
        closing = raw.find(">", opening)
        if closing < 0:
            break
        tag = raw[opening + 1 : min(closing, opening + 2000)]
        position = closing + 1
        named = _NAME.match(tag)
        if not named:
            continue
        name, ends = named.group(1).lower(), tag.startswith("/")
        if name in _RAW and not ends:
            after = lower.find(f"</{name}", position)
            position = after if after >= 0 else len(raw)
        elif name in beside_tags:
            beside = max(0, beside + (-1 if ends else 1))
        elif name in ("article", "main"):
            depth = max(0, depth + (-1 if ends else 1))
        elif name == "a":
            links = 0 if ends else 1
        elif name in ("meta", "time") and not published:
            published = _day_in(name, tag)
        if name in _BREAKS or name in _BESIDE:
            blocks.append(_Block(depth > 0))
    return blocks, published


def _day_in(name: str, tag: str) -> str:
    if name == "meta" and not _META_DATE.search(tag):
        return ""
    day = _ISO_DAY.search(tag)
    return day.group(1) if day else ""
