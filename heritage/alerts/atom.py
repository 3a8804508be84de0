"""The newest steps of all threads as an Atom feed (RFC 4287)."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree

from heritage.alerts.cap import identifier
from heritage.alerts.facts import AlertFacts
from heritage.alerts.message import AlertWords, render_alert
from heritage.alerts.wording import Words
from heritage.alerts.xml import add, as_bytes
from heritage.core.readable import readable

NAMESPACE = "http://www.w3.org/2005/Atom"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def atom_feed(
    steps: Sequence[AlertFacts],
    *,
    public_url: str,
    updated: datetime,
    language: str = "en",
    cap: bool = True,
    day: Mapping[str, str] | None = None,
) -> bytes:
    """Write the feed.

    Args:    steps: what was released, newest first.  public_url: where links begin.  updated: of a feed without
             entries, aware.  cap: whether each entry links to its CAP document.  day: as_of and known_on as the address
             has them, for a feed of a day gone by.
    Returns: XML in UTF-8; an entry's id stays the same whatever the address of the program.
    """
    base, query = public_url.rstrip("/"), urlencode({**(day or {}), "lang": language})
    root = ElementTree.Element("feed", {"xmlns": NAMESPACE, XML_LANG: language})
    add(root, "id", f"{base}/alerts.atom")
    add(root, "title", Words(language, base)._("Alerts for heritage sites near fighting"))
    newest = max((step.decided_at for step in steps), default=updated)
    add(root, "updated", stamp(newest))
    _link(root, "self", f"{base}/alerts.atom?{query}", "application/atom+xml")
    _link(root, "alternate", f"{base}/alerts?{query}", "text/html")
    author = ElementTree.SubElement(root, "author")
    add(author, "name", "Heritage")
    add(root, "generator", "heritage")
    for step in steps:
        root.append(_entry(step, base, language, cap))
    return as_bytes(root)


def stamp(at: datetime) -> str:
    """A moment as RFC 3339 has it."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _entry(step: AlertFacts, base: str, language: str, cap: bool) -> ElementTree.Element:
    words, entry = AlertWords(language, base, step, None), ElementTree.Element("entry")
    add(entry, "id", uuid5(NAMESPACE_URL, f"heritage:{identifier(step)}").urn)
    add(entry, "title", words.subject())
    add(entry, "updated", stamp(step.decided_at))
    add(entry, "published", stamp(step.decided_at))
    _link(entry, "alternate", words.thread_link(), "text/html")
    if cap:
        _link(entry, "related", f"{base}/alerts/{identifier(step)}.cap.xml", "application/cap+xml")
    for scheme, term in (("level", str(step.level)), ("message", step.msg_type.value)):
        ElementTree.SubElement(entry, "category", {"scheme": f"urn:heritage:{scheme}", "term": term})
    add(entry, "summary", words.change())
    body = readable(render_alert(step, language, public_url=base).html)
    # Readers of feeds know no direction but the one the content brings along.
    add(entry, "content", f'<div lang="{language}" dir="{words.direction}">{body}</div>', type="html")
    return entry


def _link(parent: ElementTree.Element, relation: str, address: str, kind: str) -> None:
    ElementTree.SubElement(parent, "link", {"rel": relation, "href": address, "type": kind})
