"""A step of a thread as a CAP 1.2 document: restricted with everything, or public with what strangers need."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parseaddr
from enum import StrEnum
from xml.etree import ElementTree

from heritage.alerts.facts import AlertFacts, MessageType, Reference
from heritage.alerts.message import AlertWords
from heritage.alerts.wording import plain
from heritage.alerts.xml import add, as_bytes
from heritage.core.clock import end_of_day

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
LANGUAGES = ("en", "fr", "ar")


class Status(StrEnum):
    """Whether it is for real; receivers act on Actual only."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class Scope(StrEnum):
    """Who may read it. A document for named people (Private) is never made here."""

    PUBLIC = "Public"
    RESTRICTED = "Restricted"


def identifier(facts: AlertFacts) -> str:
    """What a step is called in CAP: the thread and the number of the step."""
    return f"{re.sub(r'[^A-Za-z0-9_.-]', '-', facts.thread)}.{facts.step}"


def sender_of(text: str) -> str:
    """A sender's name as CAP allows it, from an address with or without a name.

    Raises: ValueError when nothing is left that has no blank, comma, < or &.
    """
    address = parseaddr(text)[1]
    name = address if "@" in address else text
    if not re.fullmatch(r"[^\s,<&]+", name):
        raise ValueError("a CAP sender holds no blank, comma, < or &")
    return name


def reference(facts: AlertFacts, sender: str, sent_at: datetime | None = None) -> Reference:
    """How later steps of the thread refer to this one; sender and sent_at as its document was given them."""
    return Reference(sender_of(sender), identifier(facts), sent_at or facts.decided_at)


def moment(at: datetime) -> str:
    """A moment as CAP writes it: whole seconds, UTC as -00:00, never Z."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}-00:00"


def cap_document(
    facts: AlertFacts,
    sender: str,
    status: Status | str = Status.ACTUAL,
    *,
    scope: Scope = Scope.PUBLIC,
    public_url: str = "",
    sent_at: datetime | None = None,
    languages: Iterable[str] = LANGUAGES,
) -> bytes:
    """Write a step as CAP 1.2.

    Args:    sender: an address or name that is always the same.  status: an exercise's facts are never Actual.
             scope: Restricted has every report with its distance; Public says how many there are and leaves it there.
             public_url: where links begin; without it there is none.  sent_at: when it was released, by default when it
             was decided; later messages must name the same moment.
    Returns: XML in UTF-8, elements in the standard's order, one info a language.
    Raises:  ValueError for a sender CAP does not allow, or an update without what it refers to.
    Source:  OASIS Common Alerting Protocol 1.2, 3.2; vocabularies as in docs/methodology.md.
    """
    if facts.msg_type is not MessageType.ALERT and not facts.references:
        raise ValueError("an Update or Cancel refers to the messages it replaces")
    status = Status(status)
    if facts.exercise and status is Status.ACTUAL:
        status = Status.EXERCISE
    root = ElementTree.Element("alert", xmlns=NAMESPACE)
    _add(root, "identifier", identifier(facts))
    _add(root, "sender", sender_of(sender))
    _add(root, "sent", moment(sent_at or facts.decided_at))
    _add(root, "status", status.value)
    _add(root, "msgType", facts.msg_type.value)
    _add(root, "source", "heritage")
    _add(root, "scope", scope.value)
    if scope is Scope.RESTRICTED:
        _add(root, "restriction", "For the subscribers of this installation; not for publication.")
    _add(root, "note", _note(facts, status))
    if facts.references:
        _add(root, "references", " ".join(map(_triple, facts.references)))
    for language in languages:
        root.append(_info(AlertWords(language, public_url, facts, None), scope))
    return as_bytes(root)


def _triple(earlier: Reference) -> str:
    return f"{sender_of(earlier.sender)},{earlier.identifier},{moment(earlier.sent_at)}"


def _add(parent: ElementTree.Element, tag: str, text: str) -> None:
    # An element of the standard is left out rather than left empty.
    if text:
        add(parent, tag, text)


def _note(facts: AlertFacts, status: Status) -> str:
    words = AlertWords("en", "", facts, None)
    drill = "Exercise. This is a drill: nothing in this message is happening now."
    return " ".join(filter(None, (drill if status is Status.EXERCISE else "", words.correction())))


def _info(words: AlertWords, scope: Scope) -> ElementTree.Element:
    facts, info = words.facts, ElementTree.Element("info")
    urgency, severity, certainty = _judgement(facts)
    _add(info, "language", words.language)
    _add(info, "category", "Security")
    _add(info, "event", words._("Reported fighting near a heritage site"))
    for response in ("Assess", "Monitor") if facts.level >= 3 else ("Monitor",):
        _add(info, "responseType", response)
    _add(info, "urgency", urgency)
    _add(info, "severity", severity)
    _add(info, "certainty", certainty)
    _add(info, "effective", moment(facts.decided_at))
    if facts.clears and facts.level:
        # A day's level is that of its end.
        _add(info, "expires", moment(end_of_day(facts.clears[0].on)))
    _add(info, "senderName", "Heritage")
    _add(info, "headline", words.subject())
    _add(info, "description", "\n".join(_description(words, scope)))
    _add(info, "instruction", words._("This is not an emergency service. Open the dossier before you act on this."))
    if words.base:
        _add(info, "web", words.site_link())
    for name, value in (
        ("level", str(facts.level)),
        ("level-before", str(facts.from_level)),
        ("site", facts.site.id_no),
    ):
        parameter = ElementTree.SubElement(info, "parameter")
        _add(parameter, "valueName", f"heritage:{name}")
        _add(parameter, "value", plain(value))
    info.append(_area(words))
    return info


def _judgement(facts: AlertFacts) -> tuple[str, str, str]:
    """Urgency, severity, certainty: from the level, what is reported, and how many say it independently."""
    if facts.level == 0 or (facts.msg_type is MessageType.CANCEL and facts.level < 2):
        return "Past", "Minor" if facts.level else "Unknown", "Unknown"
    if facts.level == 1:
        return "Future", "Minor", "Likely"
    if facts.level == 2:
        return "Expected", "Moderate", "Possible"
    origins = {origin for reason in facts.reasons for origin in reason.origins}
    destroyed = any(reason.kind == "deliberate_destruction" for reason in facts.reasons)
    severity = "Extreme" if destroyed and facts.level == 4 else "Severe"
    if facts.withheld:
        # How many say so, and how sure that makes it, follows from what lies near a place that is not told.
        return ("Immediate" if facts.level == 4 else "Expected"), severity, "Unknown"
    certainty = "Observed" if len(origins) >= 2 else "Likely" if (facts.confidence or 0) > 0.5 else "Possible"
    return ("Immediate" if facts.level == 4 else "Expected"), severity, certainty


def _description(words: AlertWords, scope: Scope) -> list[str]:
    facts = words.facts
    lines = [words.change(), words.correction(), words.ended(), words.sure()]
    if scope is Scope.RESTRICTED:
        for reason in words.shown():
            said = [f"{words.what(reason)}.", words.far(reason), words.who(reason)]
            lines.append("- " + " ".join(sentence for sentence in said if sentence))
        lines.append(words.more())
    elif not facts.withheld:
        number = words.reports_total()
        counted = words.ngettext(
            "It rests on %(num)s report, which the dossier sets out.",
            "It rests on %(num)s reports, which the dossier sets out.",
            number,
        )
        lines.append(counted % {"num": words.number(number)})
    return [line for line in [*lines, *words.unknowns(), words.end()] if line]


def _area(words: AlertWords) -> ElementTree.Element:
    facts, area = words.facts, ElementTree.Element("area")
    _add(area, "areaDesc", f"{words.site()} ({words.countries(facts.site.countries)})")
    if facts.point is not None:
        # Of a generalised place the whole grid cell, to its corners.
        radius_km = facts.point.grid_km * 0.7072 if facts.point.grid_km else facts.extent_km or 0.0
        _add(area, "circle", f"{facts.point.lat:.5f},{facts.point.lon:.5f} {radius_km:.3f}")
    return area
