"""Reports of mail servers in running text: qmail, Exim, Exchange and others where they write no RFC 3464 report."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import Message as Mail

from heritage.channels.mail_parts import said_in, text_of

# Who writes such letters. A person's answering machine quotes our letter too, and reports nothing.
_SERVERS = re.compile(
    r"mailer-?daemon|post-?master|mail delivery|maildelivery|microsoftexchange|mail-?daemon|system administrator"
    r"|delivery (sub)?system|mdaemon|symantec|mail administrator",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"could not be delivered|couldn.t be delivered|(was|were)n.t able to deliver|unable to deliver|not be delivered to"
    r"|failed permanently|permanent (fatal )?errors?|permanent failure|gave up|given up|giving up|undeliver(able|ed)"
    r"|delivery (has |to [^\n]{1,80} )?failed|was not delivered|wasn.t delivered|returned to sender|returned mail"
    r"|did not reach|cannot be delivered|delivery failure|user unknown|unknown user|no such user"
    r"|n.a pas pu être (remis|livré|distribué)|n.ont pas pu|échec de (la )?(remise|livraison|distribution)|non remis"
    r"|تعذ[رّ]+ (تسليم|التسليم)|لم يتم تسليم|فشل (تسليم|التسليم)",
    re.IGNORECASE,
)
_LATE = re.compile(
    r"not yet been delivered|has been delayed|is delayed|delivery is delayed|delayed \d+ hours?"
    r"|still (trying|being tried)|will (continue|keep) (to )?(try|trying)|will be retried|will retry"
    r"|warning message only|temporary (error|problem)|(do not|don.t) need to resend"
    r"|delivery attempts will continue|retardé|sera (re)?tent|تأخ[رّ]+",
    re.IGNORECASE,
)
# Where what came back begins: nothing below it was said by the server.
_COPY = re.compile(
    r"(?im)^[ >]*(-{2,}[^\n]*(copy of|original|below this line|undelivered message|returned|transcript of the message)"
    r"[^\n]*|original message headers:?|message headers? follow[^\n]*|the original message (was|is)[^\n]*:|"
    r"return-path:\s*<|received:\s+(from|by)\b)[^\n]*$"
)
_ADDRESS = re.compile(r"[^\s<>()\[\]:;,\"']+@[^\s<>()\[\]:;,\"']+\.[^\s<>()\[\]:;,\"']+")
_CODED = re.compile(r"(?P<reply>(?<![\d.])[45]\d\d[ -](?=[#\w(<]))|\b[45]\.\d{1,3}\.\d{1,3}\b")
_LINES_READ = 400


@dataclass(frozen=True)
class Told:
    """What a server says. status: RFC 3463, if it has one.  said: its words.  addresses: whom they are about."""

    final: bool
    status: str
    said: str
    addresses: tuple[str, ...] = field(default=(), repr=False)


def read_text(mail: Mail, parts: Sequence[Mail]) -> Told | None:
    """Read a letter as a server's report in words; None when it is none.

    Args:    parts: of the letter.
    Source:  qmail-send's bounce messages (QSBMF), Exim's and Exchange's default texts.
    """
    failed_for = addresses_in(said_in(mail, "X-Failed-Recipients"))
    if not failed_for and not _SERVERS.search(said_in(mail, "From")):
        return None
    said = _own_words(parts)
    about = f"{said_in(mail, 'Subject')}\n{said}"
    late, failed = _LATE.search(about), _FAILED.search(about)
    if not (failed_for or late or failed):
        return None
    # A warning says also what happens if it fails at last; who has given up says so in so many words.
    gone = re.search(r"permanent|given up|giving up|gave up", about, re.IGNORECASE)
    final = not late or gone is not None
    return Told(final, "", _reason(said), failed_for or addresses_in(said))


def addresses_in(text: str) -> tuple[str, ...]:
    """The mail addresses of a text, each once."""
    return tuple(dict.fromkeys(found.strip(".") for found in _ADDRESS.findall(text)))


def _own_words(parts: Sequence[Mail]) -> str:
    texts = [text_of(part) for part in parts if part.get_content_type() == "text/plain"]
    texts = texts or [text_of(part) for part in parts if part.get_content_type() == "text/html"]
    text = "\n".join(texts)
    copy = _COPY.search(text)
    return "\n".join((text[: copy.start()] if copy else text).splitlines()[:_LINES_READ])


def _reason(said: str) -> str:
    """The line with a code, else the paragraph behind the first address."""
    lines = said.splitlines()
    coded = next((number for number, line in enumerate(lines) if _CODED.search(line)), None)
    if coded is not None:
        # What a host's name and number say before the code is no part of it.
        line, reply = lines[coded], _CODED.search(lines[coded])
        begins = reply.start() if reply is not None and reply["reply"] else 0
        return " ".join([line[begins:].strip(), *_rest(lines[coded + 1 :])])[:400]
    after = next((number for number, line in enumerate(lines) if _ADDRESS.search(line)), None)
    return " ".join(_rest(lines[after + 1 :])) if after is not None else ""


def _rest(lines: Sequence[str]) -> list[str]:
    rest: list[str] = []
    for line in lines[:4]:
        if not line.strip():
            break
        rest.append(line.strip())
    return rest
