"""Who says so: the sayer of a statement, through whom it came, and what pronouns and short names stand for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from heritage.core.text import fold

_MOST_WORDS = 16
_MOST_CHARS = 160
_AUX = (
    r"(?:has|have|had|also|later|earlier|then|however|now|further|since|recently|quickly|repeatedly|"
    r"separately|previously|reportedly|meanwhile|again|publicly|quietly)"
)
# Speech verbs in the forms that carry a statement.
_SAID = (
    r"said|says|say|told|tells|reported|report(?=s? that\b)|reports(?= that\b)|stated|"
    r"states(?= that\b)|announced|announces|confirmed|confirms|claimed|claims|alleged|alleges|added|"
    r"adds|warned|warns|explained|explains|insisted|insists|"
    r"acknowledged|acknowledges|admitted|admits|denied|denies|deny|accused|accuses|declared|declares|"
    r"noted|notes(?= that\b)|argued|argues|estimated|estimates(?= that\b)|testified|described|"
    r"describes|tweeted|wrote|writes|recalled|"
    r"condemned|condemns|denounced|denounces|blamed|blames|vowed|pledged|revealed|reveals|"
    r"maintained that|maintains that|asserted|contended|suggested|stressed|emphasi[sz]ed|cautioned|"
    r"disclosed|lamented|remarked|predicted|believes|believe|"
    r"called (?:for|on|upon)|calls (?:for|on|upon)|urged|urges|appealed|appeals to|demanded|"
    r"demands that|rejected|rejects|dismissed|dismisses|expressed|hailed|praised|welcomed|"
    r"(?:posted|shared|published|released|issued|circulated|uploaded)(?= (?:\w+ ){0,3}(?:pictures|"
    r"photos?|photographs|images|videos?|footage|statements?|a statement|recordings?|online|on))|"
    r"(?:showed|shows|show)(?= )"
)
_DIT = (
    r"(?:a|ont|avait|avaient) (?:[ée]galement |aussi |encore |ensuite |notamment )?(?:d[ée]clar[ée]|"
    r"dit|affirm[ée]|indiqu[ée]|annonc[ée]|pr[ée]cis[ée]|assur[ée]|expliqu[ée]|ajout[ée]|confirm[ée]|"
    r"d[ée]menti|d[ée]nonc[ée]|accus[ée]|rapport[ée]|estim[ée]|"
    r"soulign[ée]|fait savoir|signal[ée]|averti|appel[ée]|exhort[ée]|demand[ée]|reconnu|racont[ée]|"
    r"t[ée]moign[ée]|condamn[ée]|r[ée]v[ée]l[ée]|ni[ée]|inform[ée]|revendiqu[ée]|[ée]voqu[ée]|"
    r"d[ée]plor[ée]|publi[ée]|diffus[ée]|[ée]crit|promis|rappel[ée]|fait [ée]tat)|"
    r"d[ée]clare(?:nt)?|affirme(?:nt)?|indique(?:nt)?|annonce(?:nt)?|pr[ée]cise(?:nt)?|assure(?:nt)?|"
    r"explique(?:nt)?|ajoute(?:nt)?|confirme(?:nt)?|d[ée]ment(?:ent)?|d[ée]nonce(?:nt)?|accuse(?:nt)?|"
    r"rapporte(?:nt)?|estime(?:nt)?|souligne(?:nt)?|"
    r"raconte(?:nt)?|t[ée]moigne(?:nt)?|dit|disent|appelle(?:nt)? (?:à|les?|la)|exhorte(?:nt)?|"
    r"condamne(?:nt)?|reconna[iî]t|craint|craignent|alerte(?:nt)?"
)
_QAL = r"قالت?|أعلنت?|أكدت?|أفادت?|ذكرت?|أوضحت?|أضافت?|صرحت?|نفت?|نفى|دعت?|ناشدت?"
_VERB = re.compile(rf"\b(?:{_SAID}|{_DIT})\b", re.IGNORECASE)
_ARABIC_VERB = re.compile(
    rf"(?<![\u0600-\u06ff])(?:و)?(?:{_QAL})(?![\u0600-\u06ff])\s+(?P<np>[^،.:«\"]{{2,80}}?)(?=\s+(?:إن|"
    rf"أن|ان|بأن)(?![\u0600-\u06ff])|\s+إنه|[:،])"
)
_ARABIC_ACCORDING = re.compile(r"(?:بحسب|وفقا ل|وفق|حسب|نقلا عن)\s*(?P<np>[^،.:«\"]{2,60})")
_ACCORDING = re.compile(
    r"\b(?P<how>according to|selon|d['’]apr[èe]s|de l['’]avis d[eu]|per|citing|quoting|"
    r"citant)\s+(?P<np>[^,;:.“”()]{2,160})",
    re.IGNORECASE,
)
_BAD_BEFORE = frozenset(
    "the a an of be been being is are was were to no any not will would could may might can should must "
    "what as it’s being un une le la les des du de sans est sont sera doit peut ne pas widely".split()
)
_LEADING = re.compile(
    r"^(?:(?:and|but|however|meanwhile|also|so|then|while|whereas|as|that|because|when|where|after|"
    r"before|et|mais|or|car|cependant|toutefois|puis|ainsi|que|qu['’]|alors que|in turn|for (?:his|"
    r"her|its|their) part|in (?:a|an) (?:\w+ )?(?:statement|interview|report|briefing))[\s,]+)+",
    re.IGNORECASE,
)
_LEAD_IN = re.compile(
    r"^(?:in|on|at|by|after|before|during|since|late|early|earlier|later|however|meanwhile|and|but|"
    r"also|as|with|for|from|over|near|when|while|despite|following|according|speaking|asked|"
    r"separately|elsewhere|still|yesterday|today|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|au|aux|à|en|dans|sur|le (?:lundi|mardi|"
    r"mercredi|jeudi|vendredi|samedi|dimanche)|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
    r"apr[èe]s|avant|depuis|pendant|"
    r"de son c[ôo]t[ée]|pour sa part|interrog[ée]e?|cependant|toutefois|mais|et|par ailleurs|hier|if|"
    r"to|under|across|among|amid|it|there|this|these|those|that)\b",
    re.IGNORECASE,
)
_PRONOUNS = {
    **dict.fromkeys(
        ("the same source", "la même source", "même source", "same source", "this source", "cette source"), "any"
    ),
    **dict.fromkeys(("he", "she", "il", "elle", "lui", "him", "her", "celui-ci", "celle-ci", "هو"), "person"),
    **dict.fromkeys(
        (
            "it",
            "the group",
            "the agency",
            "the organisation",
            "the organization",
            "the statement",
            "a statement",
            "the ministry",
            "le groupe",
            "l'agence",
            "l'organisation",
            "the report",
            "the monitor",
            "the body",
            "the network",
            "on",
            "le communiqué",
            "un communiqué",
        ),
        "body",
    ),
    **dict.fromkeys(("they", "both", "ils", "elles", "eux", "them", "les deux"), "many"),
}
_TOLD = re.compile(
    r"\s+(?:the\s+|l['’]|à l['’]|au\s+|à\s+|aux\s+)?(?P<np>(?:[A-Z][\w.&’'-]*)(?:\s+(?:[A-Z][\w.&-]*|"
    r"de|of|the|for|24))*|(?:\w+\s+){0,2}(?:news agency|state (?:television|media|tv)|television|tv|"
    r"radio|newspaper|agence de presse|t[ée]l[ée]vision|media))"
)
_CARRIED = re.compile(
    r"\b(?:(?:carried|published|quoted|cited|broadcast|relayed|reported|distributed|aired|"
    r"released) (?:by|on)|(?:in )?(?:comments|remarks|an interview|a statement|a telephone interview|"
    r"an email|a message) (?:to|with)|interviewed by|cit[ée]e?s? par|repris(?:e|es)? par|"
    r"relay[ée]e?s? par|joint(?:e)? par|rapport[ée]e?s? par|au micro de|(?:un|dans un) entretien (?:à|"
    r"avec)|à l['’]|auprès de l['’])\s*(?:the\s+|l['’]|la\s+|le\s+)?"
    r"(?P<np>(?:[A-Z][\w.&’'-]*)(?:\s+(?:[A-Z][\w.&-]*|de|of|the|for|24))*|"
    r"(?:\w+\s+){0,2}(?:news agency|state (?:television|media|tv)|television|radio|newspaper))"
)
_NOT_RELAYS = frozenset(
    "reporters journalists parliament lawmakers congress the a un une des leurs ses security council "
    "journalistes".split()
)
_DETERMINER = re.compile(r"^(?:(?:the|an|a|le|la|les|un|une|des)\s+|l['’]\s*)(?=\S)", re.IGNORECASE)
_AFTER_NAME = re.compile(
    r"\s*(?:,|;|:|\.(?:\s|$)|“|\(|—|–| that\b| after\b| on (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|"
    r" (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b| in a (?:statement|post|message|report|briefing|"
    r"video)| in (?:an|a telephone) interview| during\b| by (?:phone|telephone)\b| when\b| as\b|"
    r" adding\b| who\b| à l['’]| au micro| lundi\b| mardi\b| mercredi\b| jeudi\b| vendredi\b|"
    r" samedi\b| dimanche\b| dans un| lors d| qui\b| que\b| qu['’]| sur (?:X|Twitter|Facebook|"
    r"Telegram))"
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


@dataclass
class Speakers:
    """Those who spoke so far in an article, to make out what a pronoun or a short name stands for."""

    seen: list[str] = field(default_factory=list)
    last: dict[str, str] = field(default_factory=dict)

    def resolve(self, given: str) -> str:
        """The full name for a noun phrase or pronoun; the phrase itself where nothing earlier fits; empty for a
        pronoun with nobody before it."""
        plain = tidy(given)
        low = given.strip().lower().replace("’", "'")
        kind = _PRONOUNS.get(low) or _PRONOUNS.get(plain.lower())
        name = (self.last.get(kind) or self.last.get("any", "")) if kind else self._known(given, plain)
        if name:
            self.last["any"] = name
        return name

    def _known(self, given: str, plain: str) -> str:
        parts = split_sayers(given)
        if len(parts) == 2:
            return " and ".join(self._known(part, tidy(part)) for part in parts)
        name = self._fuller(given, plain)
        self._remember(name)
        return name

    def _fuller(self, given: str, plain: str) -> str:
        """ "the Observatory" is the observatory named before; "Zelensky" the person named in full before."""
        words = fold(plain.split(",")[0]).split()
        definite = given.lower().lstrip().startswith(("the ", "le ", "la ", "l'", "l’", "les "))
        name_like = len(words) <= 2 and plain[:1].isupper()
        if words and (definite or name_like):
            for earlier in reversed(self.seen):
                known = fold(earlier).split()
                if len(known) > len(words) and " and " not in earlier and all(word in known for word in words):
                    return earlier
        return plain

    def _remember(self, name: str) -> None:
        if name not in self.seen:
            self.seen.append(name)
        kind = "many" if _is_many(name) else "person" if _is_person(name) else "body"
        self.last[kind] = name


_MANY = re.compile(
    r"\band\b|\bet\b|(?:[^s]s|people|police|men|women)$|\b(?:residents|officials|activists|witnesses|"
    r"villagers|habitants|t[ée]moins|sources|groups|outlets|accounts|rebels|experts)\b",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"\b(?:observatory|ministry|army|military|council|agency|television|group|unesco|government|"
    r"committee|organi[sz]ation|command|office|force|forces|media|department|front|party|authority|"
    r"union|centre|center|police|reuters|afp|tv|news|"
    r"staff|service|mission|administration|minist[èe]re|arm[ée]e|agence|observatoire|[ée]tat-major|"
    r"organisation|t[ée]l[ée]vision|gouvernement|association|coalition|footage|images?|state|movement|"
    r"hezbollah|hamas|isis)\b",
    re.IGNORECASE,
)  # fmt: skip


_PERSON = re.compile(
    r"(?:^|\s)(?:fighter|official|chief|spokes(?:man|woman|person)|minister|president|governor|mayor|"
    r"commander|general|resident|activist|witness|director|doctor|envoy|ambassador|analyst|professor|"
    r"historian|curator|archaeologist|soldier|man|woman|"
    r"teacher|priest|bishop|imam|leader|head|officer|villager|source|expert|adviser|advisor|lawmaker|"
    r"farmer|shopkeeper|student|journalist|porte-parole|ministre|pr[ée]sident|gouverneur|maire|"
    r"habitante?|t[ée]moin|responsable|directeur|"
    r"directrice|conservat(?:eur|rice)|m[ée]decin|chef|repr[ée]sentante?)(?:\s+[A-Z].*|\s+(?:of|for|"
    r"in|from|at|de|du|des|à)\s.*)?$"
)


def _is_many(name: str) -> bool:
    return _MANY.search(name) is not None and not _BODY.search(name)


def _is_person(name: str) -> bool:
    return _PERSON.search(name) is not None or not _BODY.search(name)


def tidy(phrase: str) -> str:
    """A noun phrase without its article, blanks and marks at its ends."""
    phrase = " ".join(phrase.replace("·", " ").replace("“", " ").replace("”", " ").split()).strip(" ,;:–—-\"'’.")
    return _DETERMINER.sub("", phrase)


def split_sayers(name: str) -> list[str]:
    """Those who say something together: "a Kurdish official and the Observatory" are two."""
    parts = re.split(
        r"\s+(?:and|as well as|et|ainsi que)\s+(?=(?:the|an?|le|la|les|un|une|l['’]|other|[A-Z])|"
        r"\w+(?:-\w+)* (?:media|activists|officials|groups))",
        name,
    )
    return [part.strip() for part in parts if tidy(part)] if len(parts) == 2 else [name]


def find_saying(clause: str) -> Saying | None:
    """Find who says a statement.

    Args:    clause: with quotations blanked out by marks (`clauses.masked`).
    Returns: the main saying in it, or None when the clause names nobody.
    """
    according = _according(clause)
    spoken = _spoken(clause)
    if spoken and according and according.verb.lower() in ("citing", "quoting", "citant"):
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
    found = _ARABIC_VERB.search(clause) or _ARABIC_ACCORDING.search(clause)
    if not found:
        return None
    return Saying(found["np"].strip(), (), found.start(), found.end(), "قال", found.start() > len(clause) // 2)


# "Selon le porte-parole, Getachew Reda, ...": the name belongs to the office before it.
_CALLED = re.compile(r"(?P<name>,\s*[A-ZÀ-Ý][\w’'-]+(?:\s[A-ZÀ-Ý][\w’'-]+){1,3})(?=\s*[,.])")


def _according(clause: str) -> Saying | None:
    for match in _ACCORDING.finditer(clause):
        phrase = match["np"]
        stop = _AFTER_NAME.search(phrase)
        name = phrase[: stop.start()] if stop else phrase
        if len(name.split()) > _MOST_WORDS or re.match(
            r"(?:cent|day|week|year|the (?:plan|law|rules|treaty|terms))\b", name
        ):
            continue
        if called := _CALLED.match(clause, match.start("np") + len(name)):
            name += called.group("name")
        trailing = match.start() > 0 and clause[: match.start()].strip(" ,“”") != ""
        relays = _relays(clause, match.end())
        return Saying(name.strip(), relays, match.start(), match.start("np") + len(name), match["how"], trailing)
    return None


# A phrase that holds a finite verb, or begins with a participle, is what is said and not who says it.
_FINITE = re.compile(
    r"\b(?:was|were|is|are|has|have|had|been|will|would|hit|fell|struck|broke|did|does|a [ée]t[ée]|ont|est|sont|avait|avaient|[ée]t[ée]|[ée]tait|[ée]taient|s['’]est|se sont|se [a-z]+(?:aient|ait|ent)|n['’]a|landed|bombed|shelled|"
    r"attacked|placed|killed)\b|^(?:[a-zà-ÿ]+(?:ant|ing)\s)"
)
_REMARK = re.compile(
    r"\s*(?:which|who|whose|where|qui|dont|[a-z]+ing\b|[a-z]+ant\b|in|on|at|by|for|from|to|after|before|when|while|as|citing|interrog|joint|contact)\b"
)


def _spoken(clause: str) -> Saying | None:
    for match in _VERB.finditer(clause):
        verb = match.group().lower()
        before = clause[: match.start()]
        stripped = re.sub(rf"(?:\s+{_AUX})+\s*$", "", before.rstrip(), flags=re.IGNORECASE)
        words = stripped.split()
        if words and words[-1].lower().strip("“”") in _BAD_BEFORE:
            continue
        if re.search(r"\b(?:what|which|whatever|ce qu['’])\s*(?:\w+\s*){0,2}$", stripped, re.IGNORECASE):
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
        given, start = _subject(stripped)
        if given and match.end() < len(clause) and _FINITE.search(given):
            given = ""
        end, trailing = match.end(), start > 0 and clause[:start].strip(" ,“”·") != "" or "”" in clause[:start]
        if not given:
            given, end = _inverted(clause, match.end(), stripped)
            trailing, start = True, match.start()
            if not given:
                continue
        relays = _relays(
            clause,
            match.end(),
            told=verb in ("told", "tells") or "inform" in verb or "déclar" in verb or "dit" in verb or "affirm" in verb,
        )
        denies = verb.startswith(("deni", "deny", "reject", "dismiss", "dément")) or "menti" in verb
        return Saying(given, relays, start, end, verb, trailing, denies)
    return None


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
    lead = _LEADING.match(segment)
    start += lead.end() if lead else 0
    segment = before[start:]
    if not _is_phrase(segment):
        return "", 0
    return segment, start + len(segment) - len(segment.lstrip())


def _before_apposition(before: str) -> tuple[str, int]:
    """ "Oleh Syniehubov, the governor, said": the phrase before the aside, which ends in a comma itself."""
    shift = before.rfind("”") + 1
    segments = before[shift:-1].split(", ")
    position = shift
    for number, segment in enumerate(segments):
        lead = _LEADING.match(segment)
        bare = segment[lead.end() :] if lead else segment
        if bare.strip() and not _LEAD_IN.match(bare.strip()) and not _FINITE.search(bare) and _is_phrase(bare):
            begun = position + len(segment) - len(bare)
            aside = segments[number + 1] if number + 1 < len(segments) else ""
            # The aside says who somebody is, or is the name of somebody described: both belong to the sayer.
            kept = aside and not _REMARK.match(aside) and _is_phrase(f"{bare} {aside}")
            given = f"{bare}, {aside}" if kept else bare
            return given.strip(), begun + len(bare) - len(bare.lstrip())
        position += len(segment) + 2
    return "", 0


def _is_phrase(segment: str) -> bool:
    words = segment.split()
    if not words or len(words) > _MOST_WORDS or len(segment) > _MOST_CHARS or not re.search(r"[^\W\d_]", segment):
        return False
    if _LEAD_IN.match(segment.strip()) and words[0].lower() not in ("it", "these", "those"):
        return False
    return words[0].lower() not in ("that", "which", "who", "what", "whom", "qui", "que") and "·" not in segment


_WHEN_SAID = re.compile(
    r"\s+(?:on |late |early |le )?(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|lundi|mardi|mercredi|jeudi|"
    r"vendredi|samedi|dimanche|hier|à l['’](?:AFP|agence \w+)|à la presse)(?:\s+(?:soir|matin|à l['’]AFP))?(?=\s)",
    re.IGNORECASE,
)


def _inverted(clause: str, position: int, before: str) -> tuple[str, int]:
    """The noun phrase after a verb that stands behind its quotation: "...,” said the mayor."""
    if before and not before.endswith(("”", ",", "“", "·")):
        return "", 0
    if pronoun := re.match(r"-t-(il|elle|on|ils|elles)\b", clause[position:]):
        return pronoun.group(1), position + pronoun.end()
    rest = clause[position : position + 200]
    stop = _AFTER_NAME.search(rest)
    when = _WHEN_SAID.match(rest)
    if when:
        rest = rest[when.end() :]
        stop = _AFTER_NAME.search(rest)
        position += when.end()
    phrase = (rest[: stop.start()] if stop else rest).strip()
    if phrase.lower().startswith(
        ("that", "it ", "they ", "there", "he ", "she ", "qu", "on ", "in ", "at ")
    ) or not _is_phrase(phrase):
        return "", 0
    return phrase, position + rest.find(phrase) + len(phrase)


def _relays(clause: str, position: int, *, told: bool = False) -> tuple[str, ...]:
    found = []
    if told and (match := _TOLD.match(clause, position)):
        found.append(match["np"])
    found += [match["np"] for match in _CARRIED.finditer(clause)]
    names = [tidy(re.sub(r"(?<=\w)['’]s$", "", name)) for name in found]
    return tuple(dict.fromkeys(name for name in names if name and not set(name.lower().split()) <= _NOT_RELAYS))


def unify(names: Sequence[str]) -> dict[str, str]:
    """Which name stands for which fuller one: "Syria's antiquities chief" for the same with a name behind it.

    Args:    names: all sayers of an article, in order.
    Returns: shorter name to fuller name, for those that have one.
    """
    folded = {name: fold(name).split() for name in names if name}
    fuller = {}
    for name, words in folded.items():
        longer = [
            other
            for other, others in folded.items()
            if len(others) > len(words) >= 2 and others[: len(words)] == words and " and " not in other
        ]
        if len(longer) == 1:
            fuller[name] = longer[0]
    return fuller
