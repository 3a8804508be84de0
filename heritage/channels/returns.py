"""Letters that come back after they were taken: reports of mail servers (RFC 3464) and of readers (RFC 5965)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.message import Message as Mail

from heritage.channels.base import Recipient, Why
from heritage.channels.email import failure_of
from heritage.channels.mail_parts import blocks_of, enclosed, parse, parts_of, said_in, text_of
from heritage.channels.return_texts import Told, read_text

# Of our own making: 40 hex digits; whatever else is named in a report is not ours to look up.
_IDENTITY = re.compile(r"<[0-9a-f]{40}@[^\s<>]+>")
_NAMED = re.compile(r"(?im)^[>|\s]*(?:Original-)?Message-ID:\s*(<[0-9a-f]{40}@[^\s<>]+>)")
_STOP = re.compile(r"/subscriptions/stop/([A-Za-z0-9_.-]+)")
_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status")
_COMPLAINT_PART = "message/feedback-report"
# Reports about letters that a reader did want, or about signatures, are no complaints (RFC 6430, 6591).
_NO_COMPLAINTS = ("not-spam", "auth-failure", "dmarc", "virus-free")
_FINAL, _LATE = "failed", "delayed"
_ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
# A report within a letter that somebody forwarded, and no deeper: nobody's nesting keeps the program busy.
DEEPEST = 4
_TOKENS_READ = 5


@dataclass(frozen=True)
class Returned:
    """What became of one letter.

    identities: of ours, as the report names them.  final: it never arrives; else it is only late, or it arrived and is
    not wanted (why: unwanted).  words: without anybody's address.  stop_tokens: of the links to stop in what came back.
    Identities cannot be guessed and tokens are signed: both are known only to who has seen the letter. An address that
    a report names is not looked up: whoever knows somebody's address could then end their alerts.
    """

    identities: tuple[str, ...]
    final: bool
    why: Why
    words: str
    stop_tokens: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_complaint(self) -> bool:
        """Whether the reader says that it is not wanted."""
        return self.why is Why.UNWANTED


def split_mailbox(raw: bytes) -> list[bytes]:
    """The letters of a file: one letter, or an mbox in which each begins with a line "From …" and a date."""
    if not raw.startswith(b"From "):
        return [raw]
    letters = re.split(rb"(?:\A|\r?\n\r?\n)From \S[^\r\n]* \d{4}\b[^\r\n]*\r?\n", raw)
    return [letter for letter in letters if letter.strip()]


def read_return(raw: bytes) -> list[Returned]:
    """Read one letter.

    Args:    raw: as it came, with all its headers; a report in it may be attached to a letter that forwards it.
    Returns: one line for each recipient it reports on; none for what is no report or reports that all went well.
    Source:  RFC 3464, section 2; RFC 3463 for the status codes; RFC 6533 for those of other alphabets; RFC 5965 for
             complaints; what Exim, qmail, Exchange and others write where they write no such report.
    """
    try:
        return _read(parse(raw), 0)
    except RecursionError:
        # Parts within parts without end: no mail server writes that.
        return []


def _read(mail: Mail, depth: int) -> list[Returned]:
    parts = list(parts_of(mail))
    found = _reported(mail, parts)
    if found is not None or depth >= DEEPEST:
        return found or []
    within = (letter for part in parts for letter in [enclosed(part)] if letter is not None)
    return [line for letter in within for line in _read(letter, depth + 1)]


def _reported(mail: Mail, parts: Sequence[Mail]) -> list[Returned] | None:
    """What a letter itself reports, None when it is no report."""
    complaint = next((part for part in parts if part.get_content_type() == _COMPLAINT_PART), None)
    if complaint is not None:
        return _complaint(mail, parts, complaint)
    status = next((part for part in parts if _is_status(part)), None)
    if status is not None:
        return list(_statuses(mail, parts, status))
    told = read_text(mail, parts)
    return None if told is None else [_from_text(mail, parts, told)]


def _is_status(part: Mail) -> bool:
    if part.get_content_type() in _STATUS_PARTS:
        return True
    # Some gateways send the same fields on as text.
    text = text_of(part) if part.get_content_type() in ("text/plain", "application/octet-stream") else ""
    return all(re.search(rf"(?im)^{name}:", text) for name in ("Reporting-MTA", "Final-Recipient", "Action"))


def _statuses(mail: Mail, parts: Sequence[Mail], status: Mail) -> Iterator[Returned]:
    identities, tokens = _identities(mail, parts), _stop_tokens(parts)
    for block in blocks_of(status):
        action, code = said_in(block, "Action").lower(), said_in(block, "Status")
        if not action and said_in(block, "Final-Recipient"):
            action = {"5": _FINAL, "4": _LATE}.get(code[:1], "")
        if action in (_FINAL, _LATE):
            whom = (_address(block, name) for name in ("Original-Recipient", "Final-Recipient"))
            said = re.sub(r"^[\w-]+\s*;", "", said_in(block, "Diagnostic-Code")).strip()
            told = Told(action == _FINAL, code, said, tuple(dict.fromkeys(filter(None, whom))))
            yield _returned(told, identities, tokens)


def _address(block: Mail, name: str) -> str:
    kind, _, address = said_in(block, name).rpartition(";")
    return address.strip().strip("<>") if kind.strip().lower() in ("", "rfc822", "utf-8") else ""


def _complaint(mail: Mail, parts: Sequence[Mail], report: Mail) -> list[Returned]:
    fields = next(iter(blocks_of(report)), Mail())
    if said_in(fields, "Feedback-Type").lower() in _NO_COMPLAINTS:
        return []
    words = "The reader marked the message as unwanted."
    return [Returned(_identities(mail, parts), False, Why.UNWANTED, words, _stop_tokens(parts))]


def _from_text(mail: Mail, parts: Sequence[Mail], told: Told) -> Returned:
    return _returned(told, _identities(mail, parts), _stop_tokens(parts))


def _identities(mail: Mail, parts: Sequence[Mail]) -> tuple[str, ...]:
    """Our letter by the headers that were sent back; where a server sends none, by those of its own letter."""
    heads = [letter for part in parts for letter in [_returned_head(part)] if letter is not None]
    named = [said_in(head, "Message-ID") for head in heads]
    found = [identity for text in named for identity in _IDENTITY.findall(text)]
    # In running text the line must be named: a letter's own references tell of the letters before it.
    found = found or [identity for part in parts for identity in _NAMED.findall(text_of(part))]
    if not found:
        answered = [_IDENTITY.findall(said_in(mail, name)) for name in ("In-Reply-To", "References")]
        found = [identities[-1] for identities in answered if identities][:1]
    return tuple(dict.fromkeys(found))


def _returned_head(part: Mail) -> Mail | None:
    if part.get_content_type() in ("text/rfc822-headers", "message/global-headers", "text/rfc822"):
        return parse(text_of(part).encode("utf-8", "replace"))
    return enclosed(part)


def _stop_tokens(parts: Sequence[Mail]) -> tuple[str, ...]:
    heads = [head for part in parts for head in [_returned_head(part)] if head is not None]
    texts = [said_in(head, "List-Unsubscribe") for head in heads] or [text_of(part) for part in parts]
    return tuple(dict.fromkeys(token for text in texts for token in _STOP.findall(text)))[:_TOKENS_READ]


def _returned(told: Told, identities: tuple[str, ...], tokens: tuple[str, ...]) -> Returned:
    given, said = _ENHANCED.search(told.status), _ENHANCED.search(told.said)
    # Many servers state "other" (5.0.0) and say what it was in words only.
    vague = given is None or given[0].endswith(".0.0")
    detail = (said or given if vague else given) or None
    code = re.search(r"(?<![\d.])([245]\d\d)[ -]", told.said)
    first = detail[0][0] if detail else code[1][0] if code else "5" if told.final else "4"
    words = re.sub(r"(?<![\d.])[245]\d\d[ -](?:#?[245]\.\d{1,3}\.\d{1,3}\b[ :]*)?", "", told.said)
    words = _ENHANCED.sub("", words, count=1) if said and words.startswith(said[0]) else words
    failure = failure_of(
        int(code[1]) if code and code[1][0] == first else int(f"{first}50"),
        f"{detail[0] if detail else f'{first}.0.0'} {' '.join(words.split())}".strip(),
        # Never empty, or every gap between letters would be taken for the address.
        Recipient(next(iter(told.addresses), "") or "(recipient)"),
    )
    return Returned(identities, told.final, failure.why, str(failure), tokens)
