"""Letters that come back after they were taken: delivery status notifications (RFC 3464) from a mail server."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message as Mail
from email.policy import compat32

from heritage.channels.base import Recipient, Why
from heritage.channels.email import failure_of

# Of our own making: 40 hex digits; whatever else is named in a report is not ours to look up.
_IDENTITY = re.compile(r"<[0-9a-f]{40}@[^\s<>]+>")
_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
_RETURNED_PARTS = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
_FINAL, _LATE = "failed", "delayed"


@dataclass(frozen=True)
class Returned:
    """What became of one letter. final: it never arrives; else it is only late. words: without anybody's address."""

    identities: tuple[str, ...]
    final: bool
    why: Why
    words: str


def split_mailbox(raw: bytes) -> list[bytes]:
    """The letters of a file: one letter, or an mbox in which each begins with a line "From …"."""
    if not raw.startswith(b"From "):
        return [raw]
    letters = re.split(rb"(?:\A|\r?\n\r?\n)From [^\r\n]*\r?\n", raw)
    return [letter for letter in letters if letter.strip()]


def read_return(raw: bytes) -> list[Returned]:
    """Read one letter.

    Args:    raw: as it came, with all its headers.
    Returns: one line for each recipient it reports on; none for what is no report or reports that all went well.
    Source:  RFC 3464, section 2; RFC 3463 for the status codes; RFC 6533 for those of other alphabets.
    """
    mail = message_from_bytes(raw, policy=compat32)
    parts = list(mail.walk())
    status = next((part for part in parts if part.get_content_type() in _STATUS_PARTS), None)
    if status is None:
        return []
    identities = _identities(mail, parts)
    found = []
    for block in _blocks(status):
        action = (block.get("Action") or "").strip().lower()
        if action in (_FINAL, _LATE):
            found.append(_returned(block, identities, final=action == _FINAL))
    return found


def _identities(mail: Mail, parts: list[Mail]) -> tuple[str, ...]:
    """Our letter by the headers that were sent back; where a server sends none, by those of its own letter."""
    headers: list[str] = []
    for part in parts:
        if part.get_content_type() in _RETURNED_PARTS:
            headers += [str(head.get("Message-ID") or "") for head in _returned_heads(part)]
    headers = [header for header in headers if _IDENTITY.search(header)] or [
        str(mail.get(name) or "") for name in ("In-Reply-To", "References")
    ]
    return tuple(dict.fromkeys(found for header in headers for found in _IDENTITY.findall(header)))


def _returned_heads(part: Mail) -> Iterator[Mail]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (inner for inner in payload if isinstance(inner, Mail))
        return
    content = part.get_payload(decode=True)
    yield message_from_string(content.decode("utf-8", "replace") if isinstance(content, bytes) else str(payload))


def _blocks(status: Mail) -> list[Mail]:
    """The groups of fields, one a recipient; the first is about the letter as a whole."""
    payload = status.get_payload()
    if isinstance(payload, list):
        return [block for block in payload if isinstance(block, Mail)]
    return [message_from_string(text) for text in re.split(r"\r?\n\r?\n", str(payload).strip())]


def _returned(block: Mail, identities: tuple[str, ...], *, final: bool) -> Returned:
    status = re.search(r"[245]\.\d{1,3}\.\d{1,3}", str(block.get("Status") or ""))
    detail = status[0] if status else ("5.0.0" if final else "4.0.0")
    said = " ".join(str(block.get("Diagnostic-Code") or "").partition(";")[2].split())
    code = re.match(r"([245]\d\d)[ -]", said)
    words = re.sub(r"^[245]\d\d[ -](?:[245]\.\d{1,3}\.\d{1,3}\s)?", "", said)
    recipient = str(block.get("Final-Recipient") or "").partition(";")[2].strip()
    failure = failure_of(
        int(code[1]) if code and code[1][0] == detail[0] else int(f"{detail[0]}50"),
        f"{detail} {words}".strip(),
        # Never empty, or every gap between letters would be taken for the address.
        Recipient(recipient or "(recipient)"),
    )
    return Returned(identities, final, failure.why, str(failure))
