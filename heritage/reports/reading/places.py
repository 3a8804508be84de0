"""Which places an article names, which of them something happens at, and where they are."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from heritage.core.text import fold
from heritage.reports.reading.context import Choice, Context, Rejected, lookalikes
from heritage.reports.reading.finding import Candidate, NameFinder, Standing
from heritage.reports.reading.gazetteer import Entry, Gazetteer, key_of
from heritage.reports.reading.lookup import Lookup, Register
from heritage.reports.reading.names import Run, lower_words, runs_of
from heritage.reports.reading.nations import World, arabic_countries
from heritage.reports.reading.slots import Slot, Use, read_use
from heritage.reports.reading.text import Article, Sentence

_AROUND_CHARS = 90
_MOST_WORDS = 12_000
_NATION = r"(?P<country>[A-ZÀ-Ý][\w’-]+(?:\s[A-ZÀ-Ý][\w’-]+)?)"
_COUNTRY_BEFORE = re.compile(
    rf"\b(?:the\s+)?(?:\w+\s+)?{_NATION}\s+(?:\w+\s+)?(?:city|town|village|port|capital)\s+of\s+$"
)
_COUNTRY_AFTER = re.compile(
    rf"\s*(?:,|\()\s*(?:in\s+|en\s+|au\s+)?(?:(?:the|a|an)\s+)?{_NATION}(?:['’]s)?(?:\s+(?:\w+\s+)?(?:capital|city|town|port|village))?\s*(?:[,.);]|$)"
)
_TITLES = re.compile(
    r"(?:\b(?:president|minister|general|gen|colonel|col|commander|governor|mayor|king|sheikh|"
    r"ayatollah|imam|bishop|archbishop|patriarch|professor|prof|dr|mr|mrs|ms|sir|spokes(?:man|woman|"
    r"person)|secretary|chief|director|ambassador|"
    r"envoy|captain|major|senator|leader|pr[ée]sident|ministre|g[ée]n[ée]ral|colonel|gouverneur|maire|"
    r"porte-parole|m|mme|monsieur)\.?\s+)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mention:
    """One use of one name. start, end: offsets in the article; sentence: the one it stands in."""

    name: str
    start: int
    end: int
    paragraph: int
    sentence: Sentence
    use: Use
    standing: Standing = Standing.KNOWN
    used: bool = False


@dataclass
class Named:
    """A place under the names the article has for it: what it was resolved to, and all its uses."""

    name: str
    key: str
    choice: Choice
    is_country: bool = False
    mentions: list[Mention] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    ambiguous: bool = False

    @property
    def is_only_used(self) -> bool:
        """Whether nothing says that it is a place but how the text uses it."""
        called = any(mention.standing is Standing.CALLED for mention in self.mentions)
        return self.choice.entry is None and not called and not self.is_country and not self.ambiguous

    @property
    def entry(self) -> Entry | None:
        """The place it was resolved to."""
        return self.choice.entry


_IN_REGION = re.compile(
    r"\s*,?\s*(?:in|of)\s+(?:the\s+)?(?:[a-z]+\s+){0,2}(?P<name>[A-ZÀ-Ý][\w’'-]+)(?:['’]s)?\s+(?:province|region|oblast|governorate)\b"
)
_BUILDING_ALONE = re.compile(r"hospital|bridge|mosque|school|market|stadium|station|church|theat(?:er|re)|prison")
_VILLAGE = 20_000


def _is_a_buildings(entry: Entry, uses: Sequence[tuple[Candidate, Mention]]) -> bool:
    """ "Al-Thawra hospital": a hamlet somewhere has that name too, and the hospital is not in it."""
    alone = all(_BUILDING_ALONE.fullmatch(mention.use.kind) for _, mention in uses)
    return alone and not entry.site and entry.population < _VILLAGE


class PlaceReader:
    """Makes out the places of one article; used once."""

    def __init__(
        self, article: Article, world: World, gazetteer: Gazetteer, register: Register, language: str = "en"
    ) -> None:
        self._language, self._article, self._world = language, article, world
        self._context = Context(world, exonyms=language != "en")
        self._lookup = Lookup(gazetteer, register, self._context, language)
        self._finder = NameFinder(article, world, self._lookup, self._context)

    def read(self) -> list[Named]:
        """Find, resolve and describe all places.

        Returns: in order of first mention; names that are no place of any gazetteer are among them only where the text
                 says that they are one ("the village of ...").
        """
        small = lower_words(self._article)
        for word in self._small_adjectives():
            self._context.named[word] += 1
        mentions = self._described(self._finder.find(self._runs(small)))
        self._notice_provinces(mentions)
        return self._resolved(mentions)

    def _runs(self, small: frozenset[str]) -> list[Run]:
        """What may hold names, up to a number of words that no article has."""
        runs: list[Run] = []
        words = 0
        for paragraph in self._article.paragraphs:
            for run in runs_of(paragraph, small):
                words += len(run.tokens)
                if words > _MOST_WORDS:
                    return runs
                runs.append(run)
        return runs

    def _small_adjectives(self) -> list[str]:
        """Countries by adjectives that French writes small, and Arabic like all words."""
        if self._language == "ar":
            return [code for p in self._article.paragraphs for code in arabic_countries(p.text, self._world.names)]
        if self._language != "fr":
            return []
        words = (
            fold(match.group()) for p in self._article.paragraphs for match in re.finditer(r"\b[a-zà-ÿ]{4,}", p.text)
        )
        return [self._world.adjectives[word] for word in words if word in self._world.adjectives]

    # -- describing ----------------------------------------------------------------------------------------------

    def _described(self, candidates: list[Candidate]) -> list[tuple[Candidate, Mention]]:
        described: list[tuple[Candidate, Mention]] = []
        for candidate in candidates:
            paragraph = candidate.run.paragraph
            number = bisect_right(paragraph.sentences, candidate.start, key=lambda one: one.start) - 1
            if number < 0 or candidate.start >= paragraph.sentences[number].end:
                continue
            sentence = paragraph.sentences[number]
            before = self._article.text[max(sentence.start, candidate.start - _AROUND_CHARS) : candidate.start]
            end = candidate.start + len(candidate.name)
            after = self._article.text[end : min(sentence.end, end + _AROUND_CHARS)]
            previous = described[-1][1] if described and described[-1][1].sentence is sentence else None
            gap = (
                self._article.text[previous.end : candidate.start]
                if previous and candidate.start - previous.end < 40
                else None
            )
            use = read_use(before, after, gap)
            if use.listed and previous and previous.use.slot is Slot.OTHER:
                # "Beylagan and Barda were shelled": what befalls them all is said behind the last.
                use = read_use(before, after, None)
            if use.listed and previous:
                container = (
                    use.listed
                    and gap is not None
                    and gap.strip() == ","
                    and not re.match(r"\s*(?:,| and| et)\s*[A-ZÀ-Ý]", after)
                )
                slot = Slot.OTHER if container else previous.use.slot
                use = Use(slot, previous.use.kind, listed=True)
            if _TITLES.search(before):
                continue
            mention = Mention(
                candidate.name,
                candidate.start,
                end,
                paragraph.number,
                sentence,
                use,
                candidate.standing,
                candidate.used,
            )
            described.append((candidate, mention))
        return described

    def _notice_provinces(self, mentions: list[tuple[Candidate, Mention]]) -> None:
        """A province mostly bears the name of its chief town, whose unit in the gazetteer it then is."""
        for candidate, mention in mentions:
            if mention.use.slot is Slot.REGION and (unit := self._unit(candidate.key)):
                self._context.provinces.add(unit)

    def _unit(self, key: str) -> tuple[str, str] | None:
        for entry in self._lookup.find(key):
            if entry.country in self._context.named and entry.admin1:
                return entry.country, entry.admin1
        return None

    # -- resolving -----------------------------------------------------------------------------------------------

    def _resolved(self, mentions: list[tuple[Candidate, Mention]]) -> list[Named]:
        by_key: dict[str, list[tuple[Candidate, Mention]]] = {}
        told_apart: list[tuple[str, str, tuple[Candidate, Mention]]] = []
        for candidate, mention in mentions:
            if country := self._country_beside(mention, candidate.key):
                told_apart.append((candidate.key, country, (candidate, mention)))
            else:
                by_key.setdefault(candidate.key, []).append((candidate, mention))
        self._guess_countries(by_key)
        self._infer_neighbours(by_key)
        # Names with few namesakes first: what they settle helps with the others.
        first_pass = sorted(by_key, key=lambda key: (len(self._lookup.find(key)), key))
        for key in first_pass:
            choice = self._context.choose(self._lookup.find(key), provinces=self._beside(by_key[key]))
            if choice.entry and choice.entry.country in self._context.named:
                self._context.anchors.append(choice.entry)
        named: dict[str, Named] = {}
        for key, uses in by_key.items():
            place = self._name(key, uses, self._told_of_others(key, told_apart))
            if place is None:
                continue
            identity = place.entry.ref if place.entry else key
            if identity in named:
                held = named[identity]
                held.mentions += place.mentions
                held.names += [name for name in place.names if name not in held.names]
            else:
                named[identity] = place
        for key, country, use in told_apart:
            entries = [entry for entry in self._lookup.find(key) if entry.country == country]
            ref = max(entries, key=lambda entry: entry.population).ref
            if ref in named:
                named[ref].mentions.append(use[1])
            else:
                choice = Choice(
                    next(e for e in entries if e.ref == ref), "in the country that the text names beside it"
                )
                named[ref] = Named(use[0].name, key, choice, False, [use[1]], [use[0].name])
        found = [*named.values(), *self._named_countries()]
        return sorted(found, key=lambda place: min(mention.start for mention in place.mentions))

    def _country_beside(self, mention: Mention, key: str) -> str:
        """The country that one use of a name is given: "the Lebanese city of Tripoli", "Tripoli, the Libyan capital"."""
        entries = self._lookup.find(key)
        if len({entry.country for entry in entries}) < 2:
            return ""
        sentence, start = mention.sentence.text, mention.start - mention.sentence.start
        found = _COUNTRY_BEFORE.search(sentence[:start]) or _COUNTRY_AFTER.match(sentence[start + len(mention.name) :])
        if not found:
            return ""
        folded = fold(found["country"])
        code = self._world.adjectives.get(folded) or self._world.names.get(folded) or ""
        return code if any(entry.country == code for entry in entries) else ""

    def _told_of_others(
        self, key: str, told_apart: Sequence[tuple[str, str, tuple[Candidate, Mention]]]
    ) -> frozenset[str]:
        """Countries that a text speaks of only to tell a namesake apart from the place it is about."""
        counted = Counter(country for other, country, _ in told_apart if other == key)
        return frozenset(
            code
            for code, count in counted.items()
            if 3 * count >= self._context.named[code] < self._context.named.total() / 2
        )

    def _name(
        self, key: str, uses: list[tuple[Candidate, Mention]], others: frozenset[str] = frozenset()
    ) -> Named | None:
        entries = [entry for entry in self._lookup.find(key) if entry.country not in others]
        choice = self._context.choose(entries, provinces=self._beside(uses))
        elsewhere = choice.entry is not None and self._is_put_elsewhere(choice.entry, uses)
        if elsewhere:
            choice = Choice(None, "the text puts it in another region than any place of this name", choice.rejected)
        wanted = elsewhere or any(mention.standing is not Standing.KNOWN or mention.used for _, mention in uses)
        name = uses[0][0].name
        if choice.entry is None and not wanted and not self._worth_telling(uses, choice):
            return None
        if (
            choice.entry
            and not wanted
            and fold(name) in self._finder.persons
            and not any(m.use.slot in (Slot.AT, Slot.NEAR) for _, m in uses)
        ):
            return None
        if choice.entry and _is_a_buildings(choice.entry, uses):
            return None
        alike = lookalikes(key, self._lookup.register.exact, self._context.named, choice.entry)
        return Named(
            name,
            key,
            choice,
            False,
            [mention for _, mention in uses],
            [name],
            [*alike, *choice.rejected],
            self._worth_telling(uses, choice),
        )

    def _worth_telling(self, uses: list[tuple[Candidate, Mention]], choice: Choice) -> bool:
        """An unresolved name is told where the gazetteer has it in a country of the text and could not decide."""
        rivals = any(rejected.country in self._context.named for rejected in choice.rejected)
        return rivals and any(mention.use.slot in (Slot.AT, Slot.NEAR) for _, mention in uses)

    def _beside(self, uses: list[tuple[Candidate, Mention]]) -> set[tuple[str, str]]:
        """Units named right after a name: "Tawameh in western Aleppo province", "Izyum, Kharkiv region"."""
        beside = set()
        for _, mention in uses:
            following = self._article.text[mention.end : min(mention.sentence.end, mention.end + 60)]
            near = re.match(
                r"\s*(?:,|in|dans|en|\()\s*(?:the\s+|la\s+|"
                r"le\s+)?(?:[a-zà-ÿ-]+\s+){0,3}?(?P<name>[A-ZÀ-Ý][\w’'-]+(?:\s[A-ZÀ-Ý][\w’'-]+)?)",
                following,
            )
            if near and (unit := self._unit(key_of(re.sub(r"['’]s$", "", near["name"])))):
                beside.add(unit)
        return beside

    def _is_put_elsewhere(self, entry: Entry, uses: list[tuple[Candidate, Mention]]) -> bool:
        """ "Kostiantynivka in Sumy region": the larger town of that name is not meant."""
        units = set()
        for _, mention in uses:
            following = self._article.text[mention.end : min(mention.sentence.end, mention.end + 60)]
            if near := _IN_REGION.match(following):
                unit = self._unit(key_of(near["name"]))
                if unit and unit[0] == entry.country:
                    units.add(unit)
        return bool(units) and not entry.site and (entry.country, entry.admin1) not in units

    def _guess_countries(self, by_key: Mapping[str, list[tuple[Candidate, Mention]]]) -> None:
        """Where the text names no country, the large towns it names tell."""
        if self._context.named:
            return
        for key in by_key:
            large = [entry for entry in self._lookup.find(key) if entry.population >= 50_000]
            if large and large[0].population >= 5 * (large[1].population if len(large) > 1 else 0):
                self._context.named[large[0].country] += 1

    def _infer_neighbours(self, by_key: Mapping[str, list[tuple[Candidate, Mention]]]) -> None:
        """ "Russian drones over Sumy and Poltava": the country next door that two of its large towns stand for."""
        towns: dict[str, set[str]] = {}
        for key in by_key:
            entry = self._context.choose(self._lookup.find(key)).entry
            if entry and entry.country in self._context.neighbours and (entry.site or entry.population >= 50_000):
                towns.setdefault(entry.country, set()).add(entry.ref)
        for country, refs in towns.items():
            if len(refs) > 1:
                self._context.named[country] += max(1, max(self._context.named.values()) // 2)

    def _named_countries(self) -> list[Named]:
        named: dict[str, Named] = {}
        for candidate, code in self._finder.countries:
            paragraph = candidate.run.paragraph
            number = bisect_right(paragraph.sentences, candidate.start, key=lambda one: one.start) - 1
            if number < 0 or candidate.start >= paragraph.sentences[number].end:
                continue
            sentence = paragraph.sentences[number]
            mention = Mention(
                candidate.name, candidate.start, candidate.end, paragraph.number, sentence, Use(Slot.REGION, "country")
            )
            place = named.setdefault(
                code, Named(candidate.name, candidate.key, Choice(None, "a country"), True, [], [candidate.name])
            )
            place.mentions.append(mention)
        return list(named.values())

    @property
    def countries(self) -> list[str]:
        """The countries the article names, most named first."""
        return [code for code, _ in self._context.named.most_common()]
