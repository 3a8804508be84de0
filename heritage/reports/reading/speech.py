"""Who says so: the sayer of a statement, through whom it came, and what pronouns and short names stand for."""

import re
from dataclasses import dataclass

from heritage.reports.reading.speakers import tidy
from heritage.reports.reading.speech_words import (
    ACCORDING,
    AFTER_NAME,
    ARABIC_ACCORDING,
    ARABIC_ACT,
    ARABIC_NAME_ENDS,
    ARABIC_VERB,
    AUX,
    BAD_BEFORE,
    BEHIND,
    CALLED,
    CARRIED,
    DENIES,
    EVIDENCE,
    FINITE,
    LEAD_IN,
    LEADING,
    MOST_CHARS,
    MOST_WORDS,
    NOT_RELAYS,
    PASSIVE,
    QUOTED,
    REMARK,
    TOLD,
    VERB,
    WHEN_SAID,
)


@dataclass(frozen=True, slots=True)
class Saying:
    """Somebody saying something: who, through whom; the span of the words that say so, within the clause.

    denies: the statement is a denial.  trailing: it stands after what is said.  given: as written, before pronouns and
    short names are made out.
    """

    given: str
    relays: tuple[str, ...]
    start: int
    end: int
    verb: str
    trailing: bool
    denies: bool = False


def find_saying(clause: str) -> Saying | None:
    """Find who says a statement.

    Args:    clause: with quotations blanked out by marks (`clauses.masked`).
    Returns: the main saying in it, or None when the clause names nobody.
    """
    if passive := _passive(clause):
        return passive
    according = _according(clause)
    spoken = _spoken(clause)
    if spoken and according and according.verb.lower() in ("citing", "quoting", "citant"):
        # Who names papers or reasons speaks for himself; who quotes somebody hands on.
        if EVIDENCE.search(according.given):
            return spoken
        return Saying(
            according.given,
            (tidy(spoken.given), *according.relays),
            spoken.start,
            according.end,
            spoken.verb,
            spoken.trailing,
        )
    if spoken and (not according or not according.trailing or spoken.start < according.start):
        return spoken
    return according or _arabic(clause)


def _arabic(clause: str) -> Saying | None:
    found = ARABIC_VERB.search(clause) or ARABIC_ACCORDING.search(clause) or ARABIC_ACT.search(clause)
    if not found:
        return None
    name = re.sub(r"\s+(?:إلى|على|من|عن|في)$", "", ARABIC_NAME_ENDS.sub("", found["np"].strip()))
    denies = re.match(r"[وف]?نف", found.group()) is not None
    trailing = found.start() > len(clause) // 2
    return Saying(name, (), found.start(), found.start("np") + len(name), "قال", trailing, denies)


def _passive(clause: str) -> Saying | None:
    """ "The paper was told by an officer": the officer says it, the paper hands it on."""
    found = PASSIVE.search(clause) or QUOTED.search(clause)
    if not found:
        return None
    name = found["np"]
    if stop := AFTER_NAME.search(name):
        name = name[: stop.start()]
    medium = tidy(found["medium"])
    relays = () if set(medium.lower().split()) <= NOT_RELAYS else (medium,)
    trailing = clause[: found.start()].strip(" ,“”·") != ""
    return Saying(name.strip(), relays, found.start(), found.start("np") + len(name), "told", trailing)


def _according(clause: str) -> Saying | None:
    for match in ACCORDING.finditer(clause):
        phrase = match["np"]
        stop = AFTER_NAME.search(phrase)
        name = phrase[: stop.start()] if stop else phrase
        if len(name.split()) > MOST_WORDS or re.match(
            r"(?:cent|day|week|year|the (?:plan|law|rules|treaty|terms))\b", name
        ):
            continue
        if called := CALLED.match(clause, match.start("np") + len(name)):
            name += called.group("name")
        trailing = match.start() > 0 and clause[: match.start()].strip(" ,“”") != ""
        relays = _relays(clause, match.end())
        return Saying(name.strip(), relays, match.start(), match.start("np") + len(name), match["how"], trailing)
    return None


# "No group has said that it did."
_NOBODY = re.compile(r"(?:^|[.,;“]\s*)(?:no|nobody|no one|none|neither|aucune?|personne)\b[^,;]{0,40}$", re.IGNORECASE)
_REPORTED_AT = re.compile(r"\s+(?:in|around|near|across|along|outside|inside|over)\b")
_IS_NEWS = re.compile(
    r"\b(?:shelling|clashes|fighting|blasts?|explosions?|(?:air ?)?strikes?|raids?|attacks?|gunfire|battles|bombing|damage|looting|casualties|deaths)\s*$",
    re.IGNORECASE,
)


_COUNTS = re.compile(r"\b(?:bilans?|décomptes?)(?:\s[\wà-ÿ]+){0,2}$", re.IGNORECASE)


def _spoken(clause: str) -> Saying | None:
    for match in VERB.finditer(clause):
        verb = match.group().lower()
        before = clause[: match.start()]
        stripped = re.sub(rf"(?:\s+{AUX})+\s*$", "", before.rstrip(), flags=re.IGNORECASE)
        words = stripped.split()
        if words and words[-1].lower().strip("“”") in BAD_BEFORE:
            continue
        if not _IS_WHAT.search(stripped) and re.search(
            r"\b(?:what|which|whatever|ce qu['’])\s*(?:\w+\s*){0,2}$", stripped, re.IGNORECASE
        ):
            continue
        if _NOBODY.search(stripped):
            continue
        if verb.endswith(("fait état", "fait etat", "font état")) and _COUNTS.search(stripped):
            # "The toll stands at nine": a toll says nothing itself.
            continue
        if verb == "reported" and (_REPORTED_AT.match(clause, match.end()) or _IS_NEWS.search(stripped)):
            # "Shelling reported near the castle": nobody says so.
            continue
        if verb in ("claimed", "claims") and re.match(
            r"\s+(?:the |at least |\d+ |many )*(?:lives|life)\b", clause[match.end() :]
        ):
            continue
        if verb in ("show", "showed", "shows") and not re.search(
            r"(?:images?|footage|videos?|photos?|photographs?|pictures|data|imagery|records|maps?)\b[^,;]{0,60}$",
            stripped,
            re.IGNORECASE,
        ):
            continue
        if verb in ("added", "adds", "described", "expressed", "released", "notes", "estimates") and not stripped:
            continue
        given, start = (
            ("", 0)
            if not verb.startswith("t") and _stands_behind(stripped, clause[match.end() :])
            else _subject(stripped)
        )
        if given and match.end() < len(clause) and FINITE.search(given):
            given, start = _last_of(given, start)
        told_before = LEADING.sub("", clause[:start]).strip(" ,“”·") != ""
        end, trailing = match.end(), start > 0 and told_before or "”" in clause[:start]
        if not given:
            if verb.startswith("t") and verb in ("told", "tells"):
                continue
            given, end = _inverted(clause, match.end(), stripped)
            trailing, start = True, match.start()
            if not given:
                continue
        relays = _relays(
            clause,
            match.end(),
            told=verb in ("told", "tells") or "inform" in verb or "déclar" in verb or "dit" in verb or "affirm" in verb,
            but=tidy(given),
        )
        denies = DENIES.search(verb) is not None
        return Saying(given, relays, start, end, verb, trailing, denies)
    return None


# A relative clause within what stands before the verb; its verb is not the sentence's.
_RELATIVE = re.compile(r",?\s+(?:qui|dont|que|où|which|who|whose|where)\s[^,]*(?:,|$)")


# "..., a monument from 1907, says mayor Oleksandr Sienkevych."
_BEHIND_ENGLISH = re.compile(
    r"\s+(?:(?:the|an?|its|his|her|their)\s(?!day|week|time|same|end)|(?:mayor|governor|president|minister|spokes\w+|general|colonel|officer|director|archaeologist|resident|professor|doctor|chief)\s(?=[A-Z])|(?=[A-ZÀ-Ý][\w’'-]+\s[A-ZÀ-Ý][\w’'-]+\s*(?:,|\.|$)))(?!.*\b(?:was|were|had|has|have|is|are|that)\b)[^,;:“”]{3,90}(?:[.]?\s*$|,\s*(?:who\s.*|[A-ZÀ-Ý][^,]{2,40}[.]?)$)"
)


def _last_of(given: str, start: int) -> tuple[str, int]:
    """ "The museum has been locked and its director says": who speaks stands behind the last "and"."""
    lead, joint, last = given.rpartition(" and ")
    if joint and re.match(r"(?:its|his|her|their|the|an?)\s", last) and not FINITE.search(last) and _is_phrase(last):
        return last, start + len(lead) + len(joint)
    return "", start


def _stands_behind(before: str, after: str) -> bool:
    """French "Des obus sont tombés, ont rapporté des habitants": what is said is whole, and its sayer comes after."""
    return (
        before.endswith(",")
        and (BEHIND.match(after) or _BEHIND_ENGLISH.match(after)) is not None
        and FINITE.search(_RELATIVE.sub(" ", f" {before[:-1]}")) is not None
    )


def _subject(before: str) -> tuple[str, int]:
    """The noun phrase that ends a text, and where it starts; empty where the text ends with something else."""
    if not before or before.endswith(("”", "“")):
        return "", 0
    if before.endswith(","):
        return _before_apposition(before)
    start = max(
        (before.rfind(mark) + len(mark) for mark in (", ", "”", "; ", " — ", " – ", ": ", "،") if mark in before),
        default=0,
    )
    segment = before[start:]
    lead = LEADING.match(segment)
    start += lead.end() if lead else 0
    segment = before[start:]
    if not _is_phrase(segment):
        return "", 0
    return segment, start + len(segment) - len(segment.lstrip())


_HAS_VERB = re.compile(
    r"(?:was|were|is|are|has|have|had|would|will|could|did|does)\s(?:[\w-]+\s){0,3}?[a-z]+(?:ed|en|ung|t)\b|(?:a|ont|avait|est|sont) été\s"
)


def _before_apposition(before: str) -> tuple[str, int]:
    """ "Oleh Syniehubov, the governor, said": the phrase before the aside, which ends in a comma itself."""
    shift = before.rfind("”") + 1
    segments = before[shift:-1].split(", ")
    position = shift
    # "The dam, near the town, was hit, the mayor, ..., said": what has its own verb is told and tells nothing.
    own = [number for number, segment in enumerate(segments[:-1]) if _HAS_VERB.match(segment)]
    for number, segment in enumerate(segments):
        if own and number <= own[-1]:
            position += len(segment) + 2
            continue
        lead = LEADING.match(segment)
        bare = segment[lead.end() :] if lead else segment
        if bare.strip() and not LEAD_IN.match(bare.strip()) and not FINITE.search(bare) and _is_phrase(bare):
            begun = position + len(segment) - len(bare)
            aside = segments[number + 1] if number + 1 < len(segments) else ""
            aside = re.split(r"\s+(?:who|which|whose|that|qui|dont)\s", aside)[0]
            # The aside says who somebody is, or is the name of somebody described: both belong to the sayer.
            kept = aside and not REMARK.match(aside) and _is_phrase(f"{bare} {aside}")
            given = f"{bare}, {aside}" if kept else bare
            return given.strip(), begun + len(bare) - len(bare.lstrip())
        position += len(segment) + 2
    return "", 0


_NO_SAYER = frozenset("that which who what whom whose including among c'est c’est qui que dont où parmi soit".split())


def _is_phrase(segment: str) -> bool:
    words = segment.split()
    if not words or len(words) > MOST_WORDS or len(segment) > MOST_CHARS or not re.search(r"[^\W\d_]", segment):
        return False
    if LEAD_IN.match(segment.strip()) and words[0].lower() not in ("it", "these", "those"):
        return False
    return words[0].lower() not in _NO_SAYER and "·" not in segment


_IS_WHAT = re.compile(r"c['’]est (?:du moins )?ce qu(?:e|['’])$", re.IGNORECASE)


def _inverted(clause: str, position: int, before: str) -> tuple[str, int]:
    """The noun phrase after a verb that stands behind its quotation: "...,” said the mayor."""
    if before and not before.endswith(("”", ",", "“", "·")) and not _IS_WHAT.search(before):
        return "", 0
    if pronoun := re.match(r"-t-(il|elle|on|ils|elles)\b", clause[position:]):
        return pronoun.group(1), position + pronoun.end()
    rest = clause[position : position + 200]
    stop = AFTER_NAME.search(rest)
    when = WHEN_SAID.match(rest)
    if when:
        rest = rest[when.end() :]
        stop = AFTER_NAME.search(rest)
        position += when.end()
    phrase = (rest[: stop.start()] if stop else rest).strip()
    if phrase.lower().startswith(
        ("that", "it ", "they ", "there", "he ", "she ", "qu", "on ", "in ", "at ")
    ) or not _is_phrase(phrase):
        return "", 0
    end = position + rest.find(phrase) + len(phrase)
    if called := CALLED.match(clause, end):
        return phrase + called["name"], called.end()
    return phrase, end


def _relays(clause: str, position: int, *, told: bool = False, but: str = "") -> tuple[str, ...]:
    """Those through whom it came. ``but``: who says it, whose name may stand right behind theirs."""
    found = []
    if told and (match := TOLD.match(clause, position)):
        found.append(match["np"])
    found += [match["np"] for match in CARRIED.finditer(clause)]
    apart = [name.removesuffix(but) if but else name for name in found]
    names = [tidy(re.sub(r"(?<=\w)['’]s$", "", name)) for name in apart]
    return tuple(dict.fromkeys(name for name in names if name and not set(name.lower().split()) <= NOT_RELAYS))
