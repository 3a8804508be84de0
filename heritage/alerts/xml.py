"""Writing XML documents: text that XML can hold, in UTF-8."""

import re
from xml.etree import ElementTree

# What XML 1.0 cannot hold.
_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def add(parent: ElementTree.Element, tag: str, text: str, **attributes: str) -> ElementTree.Element:
    """Put an element with text behind the others of its parent."""
    element = ElementTree.SubElement(parent, tag, attributes)
    element.text = _IMPOSSIBLE.sub(" ", text)
    return element


def as_bytes(root: ElementTree.Element) -> bytes:
    """A document, indented for people."""
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document
