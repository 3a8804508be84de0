"""The parts of a letter as it came: what stands in it, what is attached, and text in whatever alphabet and coding."""

import html
import quopri
import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes, message_from_string
from email.header import decode_header, make_header
from email.message import Message as Mail
from email.policy import compat32

_ENCLOSED = ("message/rfc822", "message/global", "message/news")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLOCK = re.compile(r"</?(?:p|div|br|tr|td|li|h[1-6]|pre|table)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")


def parse(raw: bytes) -> Mail:
    """A letter from its bytes; whatever they are, there is one."""
    return message_from_bytes(raw.removeprefix(_BYTE_ORDER_MARK).lstrip(b"\r\n"), policy=compat32)


def parts_of(mail: Mail) -> Iterator[Mail]:
    """The parts of one letter in their order; of what is enclosed only the envelope."""
    payload = mail.get_payload()
    if mail.get_content_maintype() == "multipart" and isinstance(payload, list):
        for part in payload:
            if isinstance(part, Mail):
                yield from parts_of(part)
    else:
        yield mail


def enclosed(part: Mail) -> Mail | None:
    """The letter that a part encloses, as an attachment of its own kind or as a file; None when it encloses none."""
    name = (part.get_filename() or "").lower()
    is_letter = part.get_content_type() in _ENCLOSED or name.endswith(".eml")
    content = raw_of(part) if is_letter else b""
    return parse(content) if content.strip() else None


def raw_of(part: Mail) -> bytes:
    """What a part holds, with its coding undone; also where the standard wants none and a server used one."""
    payload = part.get_payload()
    if not isinstance(payload, list):
        content = part.get_payload(decode=True)
        return content if isinstance(content, bytes) else str(payload or "").encode("utf-8", "replace")
    content = b"\n".join(_written(block) for block in payload if isinstance(block, Mail))
    return _uncoded(content, str(part.get("Content-Transfer-Encoding") or "").strip().lower())


def _written(block: Mail) -> bytes:
    # Bytes that stood where none may stand cannot be written again: what can be read of the rest counts.
    with suppress(UnicodeError, LookupError, TypeError, ValueError):
        return block.as_bytes(policy=compat32)
    return str(block.get_payload()).encode("utf-8", "replace")


def _uncoded(content: bytes, coding: str) -> bytes:
    if coding == "quoted-printable":
        return quopri.decodestring(content)
    if coding == "base64":
        with suppress(ValueError):
            return b64decode(b"".join(content.split()), validate=True)
    return content


def text_of(part: Mail) -> str:
    """A part as plain text, in whatever alphabet it says or only thinks it is written; of HTML the words."""
    content = raw_of(part)
    text = _decoded(content, part.get_content_charset() or "utf-8")
    if part.get_content_type() == "text/html":
        text = html.unescape(_TAG.sub("", _BLOCK.sub("\n", text)))
    return text.replace("\r\n", "\n").replace("\xa0", " ")


def _decoded(content: bytes, charset: str) -> str:
    for name in (charset, "utf-8"):
        with suppress(LookupError, UnicodeError):
            return content.decode(name)
    # Never fails: ASCII, of which codes and identities are made, is right in it.
    return content.decode("latin-1")


def blocks_of(part: Mail) -> list[Mail]:
    """The groups of fields of a report, as letters without a body."""
    groups = re.split(r"\n[ \t]*\n", text_of(part).strip())
    return [message_from_string(group.strip("\n"), policy=compat32) for group in groups if group.strip()]


def said_in(mail: Mail, name: str) -> str:
    """A header in one line, its encoded words decoded; empty when there is none."""
    value = mail.get(name)
    text = str(value) if value is not None else ""
    with suppress(ValueError, LookupError, UnicodeError):
        text = str(make_header(decode_header(text)))
    return " ".join(text.split())
