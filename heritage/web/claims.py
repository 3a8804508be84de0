"""Claims as pages show them: to whom, in whose words, grouped by the point in dispute, with what they amount to."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from babel import Locale
from babel.dates import format_date
from flask_babel import get_locale, gettext, ngettext
from sqlmodel import Session

from heritage.core.dates import parse_edtf
from heritage.core.text import fold, script_of
from heritage.flags.reports import grade_weight
from heritage.policy.access import current_subject, may
from heritage.policy.table import Action
from heritage.reports.domain import ClaimKind, ClaimState, Extent, LinkKind, Party, Speaker
from heritage.reports.models import ClaimLink, ClaimVersion
from heritage.reports.queries import ClaimRow, known_claims, links_of, withheld_spans
from heritage.reports.weighing import FRESH_DAYS, ControlLine, Voice, control_line, tally
from heritage.web import sentences
from heritage.web.day import Day
from heritage.web.i18n import day_text
from heritage.web.reporters import own_pseudonym
from heritage.web.state import current_rules
from heritage.web.times import bounds_text
from heritage.web.words import word

RIGHT_TO_LEFT = ("Arab", "Hebr")


@dataclass(frozen=True)
class Seen:
    """A claim the reader may read; ``in_full``: as those who work on it do, with what is not for everybody.

    ``may_quote`` is False where its quotation shares words with that of a claim which is not for everybody.
    ``standing`` is what a reviewer passed of it and what counts, while a correction waits; None before any review.
    """

    row: ClaimRow
    in_full: bool
    may_quote: bool = True
    standing: ClaimRow | None = None


def visible_claims(session: Session, *, day: Day | None = None, **narrowed: Any) -> list[Seen]:
    """The claims that the reader may see, each as far as the reader may.

    Everybody reads what was reviewed, is not sensitive and gives away no hidden place. Who works on claims reads the
    newest version of each, of their own countries where they are bound to some, and what they entered themselves.
    Args:    day: what had begun and was known by then; None for all.  narrowed: as for `known_claims`.
    """
    days: dict[str, Any] = {"as_of": day.as_of, "known_on": day.known_on} if day else {}
    standing = {row.claim_id: row for row in known_claims(session, reviewed=True, **days, **narrowed)}
    seen = {each.row.claim_id: each for each in as_everybody(session, [r for r in standing.values() if r.is_public])}
    if not current_subject().signed_in and not may(Action.SEE_CLAIMS):
        return list(seen.values())
    for row in known_claims(session, **days, **narrowed):
        if reads_in_full(row):
            seen[row.claim_id] = Seen(row, in_full=True, standing=standing.get(row.claim_id))
    return [seen[number] for number in sorted(seen)]


def as_everybody(session: Session, rows: Collection[ClaimRow]) -> list[Seen]:
    """Public claims as everybody reads them: no quotation tells what another claim keeps back."""
    spans = withheld_spans(session, {row.document.id or 0 for row in rows if row.version.quote}) if rows else {}
    return [
        Seen(row, in_full=False, may_quote=not _overlaps(row, spans.get(row.document.id or 0, ())), standing=row)
        for row in rows
    ]


def _overlaps(row: ClaimRow, spans: Iterable[tuple[int, int]]) -> bool:
    start, end = row.version.quote_start, row.version.quote_end
    return start is not None and end is not None and any(start < last and first < end for first, last in spans)


def reads_in_full(row: ClaimRow) -> bool:
    """Whether the reader may see all of a claim."""
    return may(Action.SEE_CLAIMS, countries=row.countries) or is_own(row)


def is_own(row: ClaimRow) -> bool:
    """Whether the reader entered a claim, by account or as a reporter by pseudonym."""
    account_id, pseudonym = current_subject().account_id, own_pseudonym()
    by_account = account_id is not None and account_id == row.entered_by_account
    return by_account or (bool(pseudonym) and pseudonym == row.entered_by)


# -- one claim -----------------------------------------------------------------------------------------------------


def shown(seen: Seen, links: Sequence[ClaimLink] = ()) -> dict[str, Any]:
    """A claim in words, for whoever may read it so far."""
    row, version = seen.row, seen.row.version
    withheld = version.kind is ClaimKind.MOVE and not seen.in_full
    return {
        "id": row.claim_id,
        "kind": version.kind,
        "revision": version.revision,
        "state": version.state,
        "point": version.point,
        "statement": place_withheld() if withheld else version.statement,
        "quote": version.quote if not withheld and (seen.in_full or seen.may_quote) else "",
        "sayer": sayer_text(row, in_full=seen.in_full),
        "by_party": _by_party(row),
        "grade": sentences.grade_text(version.reliability, version.credibility),
        "when": _month(version) if withheld else when_text(version),
        "raw": version.occurred_raw if seen.in_full else "",
        "certainty": "" if withheld else version.certainty,
        "paragraph": version.paragraph,
        "place": version.place_name,
        "is_sensitive": version.is_sensitive,
        "in_full": seen.in_full,
        "document_id": row.document.id,
        "title": row.document.title,
        "links": [_link_text(link, row.claim_id) for link in links if row.claim_id in (link.claim_id, link.other_id)],
    }


def place_withheld() -> str:
    """What everybody reads of moved objects: always the same, whether or not a place is kept anywhere."""
    return str(gettext("Objects are reported moved; place withheld."))


def _by_party(row: ClaimRow) -> bool:
    return bool(row.sayers) and all(speaker.party is Party.YES for speaker in row.sayers)


def sayer_text(row: ClaimRow, *, in_full: bool) -> str:
    """Who says it, and through whom."""
    if not row.sayers:
        return str(gettext("The article says, no source given"))
    sayers = _listed([_name(speaker, in_full) for speaker in row.sayers])
    if not row.relays:
        return sayers
    relays = _listed([_name(speaker, in_full) for speaker in row.relays])
    return str(gettext("%(sayer)s, quoted by %(relay)s", sayer=sayers, relay=relays))


def _name(speaker: Speaker, in_full: bool) -> str:
    if speaker.is_protected and not in_full:
        return str(gettext("a source not named here (%(kind)s)", kind=word("source_kind", speaker.kind)))
    return fenced(speaker.name)


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return str(gettext("%(names)s and %(last)s", names=sentences.joined(names[:-1]), last=names[-1]))


def fenced(name: str) -> str:
    """A name, fenced off where it runs against the page."""
    runs_left = (script_of(name) or "") in RIGHT_TO_LEFT
    return name if runs_left == (_locale().text_direction == "rtl") else sentences.isolate(name)


def _locale() -> Locale:
    return get_locale() or Locale("en")


def when_text(version: ClaimVersion) -> str:
    """When it is said to have been so, with how sure that is."""
    if not version.occurred_edtf:
        return str(gettext("time not said"))
    when = parse_edtf(version.occurred_edtf)
    text = bounds_text(when) or sentences.isolate(version.occurred_edtf)
    return str(gettext("%(when)s, inferred", when=text)) if when.uncertain else text


def _month(version: ClaimVersion) -> str:
    day = version.occurred_to or version.occurred_from
    return str(format_date(day, "MMMM y", locale=_locale())) if day else str(gettext("time not said"))


def _link_text(link: ClaimLink, claim_id: int) -> dict[str, Any]:
    other = link.other_id if link.claim_id == claim_id else link.claim_id
    return {
        "id": link.id,
        "kind": link.kind,
        "other_id": other,
        "text": str(gettext("%(relation)s claim %(number)s", relation=word("link_kind", link.kind), number=other)),
        "reason": link.reason,
    }


# -- groups --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """Claims on one point: what they amount to, what that rests on, and the claims side by side."""

    key: str
    title: str
    kind: ClaimKind
    line: str
    rests: str
    because: str
    notes: list[str]
    is_stale: bool
    claims: list[dict[str, Any]]


def claim_groups(session: Session, seen: Iterable[Seen], as_of: date) -> list[Group]:
    """Claims grouped by the point in dispute and kind: control first, then fighting, the rest in their order."""
    shown_here = [each for each in seen if each.row.version.state in (ClaimState.ENTERED, ClaimState.REVIEWED)]
    numbers = {each.row.claim_id for each in shown_here}
    links = [link for link in links_of(session, numbers) if {link.claim_id, link.other_id} <= numbers]
    order = list(ClaimKind)

    def key(each: Seen) -> tuple[int, str]:
        version = each.row.version
        return order.index(version.kind), fold(version.point) or version.point

    ordered = sorted(shown_here, key=lambda each: (*key(each), each.row.claim_id))
    return [_group(list(members), links, as_of) for _, members in groupby(ordered, key)]


def _group(members: Sequence[Seen], links: Sequence[ClaimLink], as_of: date) -> Group:
    version = members[0].row.version
    passed = [each.standing for each in members if each.standing is not None]
    voices = [_voice(row) for row in passed]
    line = control_line(voices, as_of) if version.kind is ClaimKind.CONTROL else None
    within = [link for link in links if {link.claim_id, link.other_id} <= {each.row.claim_id for each in members}]
    newest_first = sorted(members, key=lambda each: _said_on(each.row) or date.min, reverse=True)
    return Group(
        key=f"claims-{version.claim_id}",
        title=version.point or word("claim_kind", version.kind),
        kind=version.kind,
        line=control_text(line) if line else _plain_line(version.kind, voices),
        rests=_rests(line, voices),
        because=_because(line, voices, {each.row.claim_id: each for each in members}),
        notes=_notes(version.kind, passed, within),
        is_stale=bool(line and line.is_stale),
        claims=[shown(each, links) for each in newest_first],
    )


def _said_on(row: ClaimRow) -> date | None:
    return row.version.occurred_to or row.version.occurred_from or row.document.dated_to


def _voice(row: ClaimRow) -> Voice:
    version = row.version
    return Voice(
        claim_id=row.claim_id,
        weight=grade_weight(version.reliability, version.credibility, current_rules()),
        origins=row.origins,
        on=_said_on(row),
        by_party=_by_party(row),
        actor=version.actor,
        extent=version.extent,
        transition=version.transition,
    )


def control_text(line: ControlLine) -> str:
    """Who is said to hold a place, as one line; stale when nobody has said anything for a month."""
    actor = {"actor": fenced(line.actor)}
    if line.is_disputed:
        text = gettext(
            "Disputed between %(actors)s", actors=_listed([fenced(name) for name in (line.actor, *line.rivals)])
        )
    else:
        text = {
            Extent.FULL: gettext("Held by %(actor)s", **actor),
            Extent.MOST: gettext("Largely held by %(actor)s", **actor),
            Extent.PART: gettext("Partly held by %(actor)s", **actor),
            Extent.CONTESTED: gettext("Contested by %(actor)s", **actor),
            Extent.INFILTRATED: gettext("Entry of %(actor)s reported", **actor),
            Extent.ENCIRCLED: gettext("Encircled by %(actor)s", **actor),
            Extent.WITHDRAWN: gettext("Withdrawal of %(actor)s reported", **actor),
            Extent.NONE: gettext("Said not to be held by %(actor)s", **actor),
        }[line.extent]
    if line.differ:
        text = gettext("%(line)s; claims differ", line=text)
    if line.is_stale:
        said = {"day": day_text(line.newest_on), "days": FRESH_DAYS, "line": text}
        text = gettext(
            "Not known any more: nothing was said in the %(days)s days after %(day)s. Then: %(line)s", **said
        )
    return str(text)


def _plain_line(kind: ClaimKind, voices: Sequence[Voice]) -> str:
    told = tally(voices)
    if not told.claims:
        return str(gettext("Nothing reviewed yet"))
    if told.only_parties:
        return str(gettext("Said by parties to the conflict only; nobody else confirms it"))
    if told.is_single:
        return str(gettext("Said by one origin only; nobody else confirms it"))
    return str(gettext("Said by several origins"))


def _rests(line: ControlLine | None, voices: Sequence[Voice]) -> str:
    """What the line rests on: so many claims of so many origins, the newest of a day."""
    if not voices:
        return ""
    claims, origins = (len(line.claims), line.origins) if line else (len(voices), tally(voices).origins)
    newest = max((voice.on for voice in voices if voice.on), default=None)
    parts = [
        ngettext("computed from %(num)s claim", "computed from %(num)s claims", claims),
        ngettext("%(num)s independent origin", "%(num)s independent origins", origins),
    ]
    if newest:
        parts.append(gettext("the newest of %(day)s", day=day_text(newest)))
    return sentences.joined(parts)


def _because(line: ControlLine | None, voices: Sequence[Voice], seen: Mapping[int, Seen]) -> str:
    """Why the line says what it says: who says so, and what makes them one voice or several."""
    counted = [voice for voice in voices if line is None or voice.claim_id in line.claims]
    if not counted:
        return ""
    passed = [(seen[voice.claim_id].standing, seen[voice.claim_id].in_full, voice) for voice in counted]
    rows = [(row, in_full, voice) for row, in_full, voice in passed if row is not None]
    sayers = _listed(list(dict.fromkeys(sayer_text(row, in_full=in_full) for row, in_full, _ in rows)))
    if line is not None:
        words = dict.fromkeys(_word_of_control(row, in_full, voice) for row, in_full, voice in rows)
        said = sentences.joined(list(words))
        return str(gettext("because %(said)s. Each origin counts once, as loudly as its grade.", said=said))
    told = tally(counted)
    if told.only_parties:
        return str(gettext("because all who say so take part in the conflict: %(sayers)s", sayers=sayers))
    if told.is_single:
        return str(gettext("because all of it goes back to one origin: %(sayers)s", sayers=sayers))
    return str(gettext("because these do not draw on one another: %(sayers)s", sayers=sayers))


def _word_of_control(row: ClaimRow, in_full: bool, voice: Voice) -> str:
    said = {
        "sayer": sayer_text(row, in_full=in_full),
        "actor": fenced(voice.actor),
        "extent": word("extent", voice.degree or Extent.UNKNOWN),
        "grade": f"{row.version.reliability}{row.version.credibility}",
    }
    return str(gettext("%(sayer)s says “%(actor)s: %(extent)s” (%(grade)s)", **said))


def _notes(kind: ClaimKind, rows: Sequence[ClaimRow], links: Sequence[ClaimLink]) -> list[str]:
    notes = []
    if any(link.kind is LinkKind.CONTRADICTS for link in links):
        notes.append(gettext("Claims here contradict one another; both stand."))
    if kind is ClaimKind.FIGHTING and len(rows) > 1:
        merged = {n for link in links if link.kind is LinkKind.SAME_EVENT for n in (link.claim_id, link.other_id)}
        if merged:
            notes.append(gettext("A reviewer holds some of these to be the same event."))
        elif _days_meet(rows):
            notes.append(gettext("Possibly the same event; nobody has said so yet."))
    notes += [_shared(names) for names in shared_voices(rows)]
    return [str(note) for note in notes]


def _days_meet(rows: Sequence[ClaimRow]) -> bool:
    spans = [(row.version.occurred_from or date.min, row.version.occurred_to or date.max) for row in rows]
    return any(a[0] <= b[1] and b[0] <= a[1] for n, a in enumerate(spans) for b in spans[n + 1 :])


def shared_voices(rows: Sequence[ClaimRow]) -> list[list[str]]:
    """Names of sources that look like several and go back to one origin."""
    by_origin: Mapping[str, dict[str, None]] = defaultdict(dict)
    for row in rows:
        for speaker in row.sayers:
            if not speaker.is_protected:
                by_origin[speaker.origin][speaker.name] = None
    return [list(names) for names in by_origin.values() if len(names) > 1]


def _shared(names: Sequence[str]) -> str:
    said = _listed([fenced(name) for name in names])
    return str(gettext("%(names)s go back to one origin and count as one voice.", names=said))


def excerpt(row: ClaimRow, around: int = 160) -> tuple[str, str, str] | None:
    """A quotation with a little of what stands around it, "…" where more does: (before, quotation, after)."""
    text, start, end = row.document.text, row.version.quote_start, row.version.quote_end
    if start is None or end is None:
        return None
    before, after = text[max(0, start - around) : start], text[end : end + around]
    return "…" * (start > around) + before, text[start:end], after.rstrip() + "…" * (end + around < len(text))


def ids_of(seen: Collection[Seen]) -> list[int]:
    """Their numbers."""
    return [each.row.claim_id for each in seen]
