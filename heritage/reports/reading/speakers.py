"""Those who speak in an article: what their names are, and whom a pronoun or a short name stands for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from heritage.core.text import fold

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
_DETERMINER = re.compile(r"^(?!(?-i:UN)\b)(?:(?:the|an|a|le|la|les|un|une|des)\s+|l['’]\s*)(?=\S)", re.IGNORECASE)


_INTRODUCED = re.compile(
    r"\W*(?P<name>[A-ZÀ-Ý][\w’'-]+(?:\s(?:al-|el-|de\s|von\s)?[A-ZÀ-Ý][\w’'-]+){1,3}),\s(?:\d{2}\b|an?\s|the\s|who\s|une?\s|l[ea]\s|qui\s)"
)


# "For two years Farzana Amiri has climbed the ladder."
_SUBJECT = re.compile(
    r"\W*(?:(?:For|In|Since|On|Every|After|Before|Depuis|En|Chaque)\s[\w ]{3,25}?,?\s)?"
    r"(?P<name>[A-ZÀ-Ý][a-zà-ÿ’'-]+\s[A-ZÀ-Ý][a-zà-ÿ’'-]+)\s(?:has|had|is|was|a|est|avait|[a-z]{3,}(?:ed|es|s))\s"
)

# "Hajiyev, an aide to President Aliyev": the name behind is another person's.
_SERVES = re.compile(
    r"\b(?:aide|advis[eo]r|assistant|spokes\w+|deputy|envoy|secretary|lawyer|wife|son|brother|conseill\w+|porte-parole|avocate?)\s+"
    r"(?:to|of|for|du|de|d['’])[^,]*"
)


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

    def notice(self, sentence: str) -> None:
        """Somebody introduced by name and age or trade may be the "she" that speaks in the next sentence."""
        found = _INTRODUCED.match(sentence) or _SUBJECT.match(sentence)
        if found and _is_person(found["name"]):
            self.last["person"] = found["name"]

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
                known = fold(_SERVES.sub("", earlier)).split()
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
    r"hezbollah|hamas|isis|taliban|shabaa?b|boko haram|houthis?|wagner|m23|jnim|rsf|kremlin|pentagon|white house|"
    r"brigade|regiment|battalion|parliament|court|board|museum|university|militia|paramilitary)\b",
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


_NAMED_PERSON = re.compile(r"[A-ZÀ-Ý][\w’'-]+(?:\s(?:al-|el-|de\s|von\s|bin\s)?[A-ZÀ-Ý][\w’'-]+){1,3},\s(?![A-ZÀ-Ý])")


def _is_many(name: str) -> bool:
    if _NAMED_PERSON.match(name):
        # "Rana Haddad, director of information and culture"
        return False
    # "Wissam Fares" ends like a plural, but so do many surnames.
    if name.split() and name.split()[-1][:1].isupper() and not re.search(r"\b(?:and|et)\b", name):
        return False
    return _MANY.search(name) is not None and not _BODY.search(name)


def _is_person(name: str) -> bool:
    return _PERSON.search(name) is not None or not _BODY.search(name)


# "Le mouvement, lui, dément": only a turn of the sentence.
_ON_THEIR_PART = re.compile(r",\s(?:lui|elle|eux|elles|quant à (?:lui|elle|eux|elles))$")


def tidy(phrase: str) -> str:
    """A noun phrase without its article, blanks and marks at its ends."""
    phrase = " ".join(phrase.replace("·", " ").replace("“", " ").replace("”", " ").split()).strip(" ,;:–—-\"'’.")
    return _DETERMINER.sub("", _ON_THEIR_PART.sub("", phrase))


def split_sayers(name: str) -> list[str]:
    """Those who say something together: "a Kurdish official and the Observatory" are two."""
    parts = re.split(
        r"\s+(?:and|as well as|et|ainsi que)\s+(?=(?:(?:the|an?|le|la|les|un|une|other)\s|l['’]|[A-Z])|"
        r"\w+(?:-\w+)* (?:media|activists|officials|groups))",
        name,
    )
    return [part.strip() for part in parts if tidy(part)] if len(parts) == 2 else [name]


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
