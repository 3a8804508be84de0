"""Which places an article names, which of them something happens at, and where they are."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from heritage.core.text import fold
from heritage.reports.reading.context import Choice, Context, Rejected, km_between, lookalikes
from heritage.reports.reading.gazetteer import Entry, Gazetteer, english_key, key_of
from heritage.reports.reading.names import MONTHS_AND_DAYS, MOST_WORDS, Run, lower_words, runs_of
from heritage.reports.reading.nations import PEOPLES, World, arabic_countries
from heritage.reports.reading.slots import Slot, Use, read_use
from heritage.reports.reading.text import Article, Sentence

_AROUND_CHARS = 90
_MOST_NAMES = 4000
_SHORT_KEY = 3
_BEFORE_NAMES = frozenset(
    "north south east west northern southern eastern western northeast northwest southeast southwest "
    "northeastern northwestern southeastern southwestern central greater old new downtown upper lower "
    "nord sud est ouest city town village port province governorate region district oblast ville vieille "
    "ancienne cité qalat".split()
)
_AFTER_NAMES = (
    frozenset(
        "city town village province governorate oblast region district raion airport hospital museum "
        "cathedral citadel castle mosque church port university dam bridge market prison camp base street "
        "square old international central military national theatre theater library".split()
    )
    | MONTHS_AND_DAYS
)
_ORGANISATION = frozenset(
    "observatory front army force forces brigade brigades council ministry agency party movement "
    "committee organisation organization institute times post news television tv radio union state "
    "islamic group fund court brotherhood committee network press federation league alliance coalition "
    "corps guard guards division battalion university syndicate association foundation centre center "
    "office bank daily herald tribune observatoire ministère agence parti mouvement comité organisation "
    "armée conseil republic kingdom convention treaty list".split()
)
_CALLED = re.compile(
    r"\b(?:suburb|quarter|neighbou?rhood|district|outpost|banlieue|secteur|quartier|village|town|city|hamlet|settlement|localit[ée]|bourg|ville|bourgade|commune|townships?|villages|towns|cities|site|ruins|citadel|fortress|monastery|shrine|ruines|citadelle|monast[èe]re)\s+(?:of|de|d['’]|du|called|named)?\s*$",
    re.IGNORECASE,
)
_CLOSE_TO = re.compile(r"\b(?:near|outside|près d(?:e\s|['’])|aux abords de)\s*$", re.IGNORECASE)
_NAME_ENDS = re.compile(r"\s*(?:[,.;:)—–]|$|(?:and|et|in|on|where|after|en|dans|à|was|were|said)\b)")
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
    wanted: bool = False


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

    @property
    def entry(self) -> Entry | None:
        """The place it was resolved to."""
        return self.choice.entry


@dataclass(frozen=True)
class Register:
    """The register's own names: full names and parts under `exact`; what is left of them without "Site of" under
    `short`. Keys as `key_of` gives them."""

    exact: Mapping[str, Entry]
    short: Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class _Candidate:
    run: Run
    first: int
    last: int
    name: str
    key: str

    @property
    def start(self) -> int:
        return self.run.paragraph.start + self.run.tokens[self.first].start

    @property
    def end(self) -> int:
        return self.start + len(
            self.run.paragraph.text[self.run.tokens[self.first].start : self.run.tokens[self.last].end]
        )


class PlaceReader:
    """Makes out the places of one article; used once."""

    def __init__(
        self, article: Article, world: World, gazetteer: Gazetteer, register: Register, language: str = "en"
    ) -> None:
        self._language = language
        self._article, self._world, self._gazetteer, self._register = article, world, gazetteer, register
        self._context = Context(world)
        self._entries: dict[str, Sequence[Entry]] = {}
        self._persons: set[str] = set()
        self._countries: list[tuple[_Candidate, str]] = []

    def read(self) -> list[Named]:
        """Find, resolve and describe all places.

        Returns: in order of first mention; names that are no place of any gazetteer are among them only where the text
                 says that they are one ("the village of ...").
        """
        small = lower_words(self._article)
        for word in self._small_adjectives():
            self._context.named[word] += 1
        runs = [run for paragraph in self._article.paragraphs for run in runs_of(paragraph, small)][:_MOST_NAMES]
        candidates = [candidate for run in runs for candidate in self._candidates(run)]
        for run in runs:
            self._notice_persons(run, candidates)
        mentions = self._described(candidates)
        self._notice_provinces(mentions)
        return self._resolved(mentions)

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

    # -- finding -------------------------------------------------------------------------------------------------

    def _candidates(self, run: Run) -> list[_Candidate]:
        """The longest names known that do not overlap; countries are counted and only kept as such."""
        found: list[_Candidate] = []
        first = 0
        tokens = run.tokens
        while first < len(tokens):
            step = 1
            for last in range(min(len(tokens), first + MOST_WORDS) - 1, first - 1, -1):
                if not (tokens[first].capital and tokens[last].capital):
                    continue
                name = run.text(first, last)
                candidate = _Candidate(run, first, last, name, key_of(name))
                if self._is_country_word(candidate) or self._is_known(candidate):
                    found.append(candidate)
                    step = last - first + 1
                    break
                if first == last and self._is_wanted(candidate):
                    found.append(self._longest_wanted(run, first))
                    step = found[-1].last - first + 1
            first += step
        return [candidate for candidate in found if self._is_free(candidate)]

    def _is_country_word(self, candidate: _Candidate) -> bool:
        folded = fold(candidate.name)
        code = self._world.names.get(folded)
        if code:
            if not self._inside_organisation(candidate):
                self._countries.append((candidate, code))
                self._context.named[code] += 3
                self._context.nouns.add(code)
            return True
        if code := self._world.adjectives.get(folded):
            self._context.named[code] += 2
            return True
        return folded in PEOPLES

    def _is_known(self, candidate: _Candidate) -> bool:
        key, name = candidate.key, candidate.name
        if key in self._register.exact or key in self._register.short:
            return True
        if len(key) < _SHORT_KEY or (name.isupper() and name.isascii() and len(name) <= 5):
            return False
        return bool(self._find(key))

    def _find(self, key: str) -> Sequence[Entry]:
        if key not in self._entries:
            entries = [
                entry for entry in self._gazetteer.find(key) if len(key) > 3 or entry.main or entry.population > 100_000
            ]
            if not entries and self._language == "fr" and (other := english_key(key)) != key:
                entries = [entry for entry in self._gazetteer.find(other) if entry.country in self._context.named]
            own = self._register.exact.get(key) or self._register.short.get(key)
            # The register's own name comes first; a town of that name beside it is the same place under another number.
            town = next((entry for entry in entries if own and km_between(own, entry) < 12), None)
            if own and town and key in self._register.short:
                entries = [
                    Entry(
                        town.ref,
                        town.name,
                        town.lon,
                        town.lat,
                        town.country,
                        town.admin1,
                        town.population,
                        True,
                        site=own.site,
                    ),
                    *(e for e in entries if e is not town),
                ]
            elif own:
                entries = [own, *entries]
            self._entries[key] = entries
        return self._entries[key]

    def _is_wanted(self, candidate: _Candidate) -> bool:
        """Whether the text itself says that a name no gazetteer has is a place's: "the village of ...", "near ...,"."""
        before = self._article.text[max(0, candidate.start - 40) : candidate.start]
        after = self._article.text[candidate.start + len(candidate.name) :][:20]
        return _CALLED.search(before) is not None or (
            _CLOSE_TO.search(before) is not None and _NAME_ENDS.match(after) is not None
        )

    def _longest_wanted(self, run: Run, first: int) -> _Candidate:
        last = first
        while last + 1 < len(run.tokens) and run.tokens[last + 1].capital and last - first < 3:
            last += 1
        name = run.text(first, last)
        return _Candidate(run, first, last, name, key_of(name))

    def _is_free(self, candidate: _Candidate) -> bool:
        """Whether a name stands by itself, and is not part of a person's or an organisation's."""
        run, first, last = candidate.run, candidate.first, candidate.last
        folded = fold(candidate.name)
        if folded in self._world.names or folded in self._world.adjectives or folded in PEOPLES:
            return False
        if candidate.key in self._register.exact and last > first:
            return True
        if self._inside_organisation(candidate):
            return False
        left = run.tokens[first - 1] if first else None
        right = run.tokens[last + 1] if last + 1 < len(run.tokens) else None
        left_ok = left is None or not left.capital or self._may_precede(left.text)
        right_ok = (
            right is None or not right.capital or fold(right.text) in _AFTER_NAMES or self._is_demonym(right.text)
        )
        return left_ok and right_ok

    def _may_precede(self, word: str) -> bool:
        folded = fold(re.sub(r"['’]s$", "", word))
        possessive = re.search(r"['’]s$", word) is not None
        return folded in _BEFORE_NAMES or possessive or self._is_demonym(word)

    def _is_demonym(self, word: str) -> bool:
        folded = fold(word)
        return folded in self._world.adjectives or folded in PEOPLES or folded in MONTHS_AND_DAYS

    def _inside_organisation(self, candidate: _Candidate) -> bool:
        """ "Islamic State of Iraq", "Syrian Observatory", "University of Aleppo", "Kyiv Post"."""
        tokens = candidate.run.tokens
        left = [fold(token.text) for token in tokens[: candidate.first]]
        right = [fold(token.text) for token in tokens[candidate.last + 1 :]]
        if left and left[-1] in ("of", "for", "de", "du", "des") and any(word in _ORGANISATION for word in left):
            return True
        return bool(right) and right[0] in _ORGANISATION

    def _notice_persons(self, run: Run, candidates: list[_Candidate]) -> None:
        """Surnames: words of runs of several capitalised words that hold no known place."""
        capital = [token for token in run.tokens if token.capital]
        if len(capital) < 2 or any(candidate.run is run for candidate in candidates):
            return
        words = [fold(re.sub(r"['’]s$", "", token.text)) for token in capital]
        if any(word in _ORGANISATION for word in words):
            return
        self._persons.update(word for word in words[1:] if word not in self._world.adjectives)

    # -- describing ----------------------------------------------------------------------------------------------

    def _described(self, candidates: list[_Candidate]) -> list[tuple[_Candidate, Mention]]:
        described: list[tuple[_Candidate, Mention]] = []
        for candidate in candidates:
            paragraph = candidate.run.paragraph
            sentence = next((s for s in paragraph.sentences if s.start <= candidate.start < s.end), None)
            if sentence is None:
                continue
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
                candidate.name, candidate.start, end, paragraph.number, sentence, use, self._is_wanted(candidate)
            )
            described.append((candidate, mention))
        return described

    def _notice_provinces(self, mentions: list[tuple[_Candidate, Mention]]) -> None:
        """A province mostly bears the name of its chief town, whose unit in the gazetteer it then is."""
        for candidate, mention in mentions:
            if mention.use.slot is Slot.REGION and (unit := self._unit(candidate.key)):
                self._context.provinces.add(unit)

    def _unit(self, key: str) -> tuple[str, str] | None:
        for entry in self._find(key):
            if entry.country in self._context.named and entry.admin1:
                return entry.country, entry.admin1
        return None

    # -- resolving -----------------------------------------------------------------------------------------------

    def _resolved(self, mentions: list[tuple[_Candidate, Mention]]) -> list[Named]:
        by_key: dict[str, list[tuple[_Candidate, Mention]]] = {}
        told_apart: list[tuple[str, str, tuple[_Candidate, Mention]]] = []
        for candidate, mention in mentions:
            if country := self._country_beside(mention, candidate.key):
                told_apart.append((candidate.key, country, (candidate, mention)))
            else:
                by_key.setdefault(candidate.key, []).append((candidate, mention))
        self._guess_countries(by_key)
        # Names with few namesakes first: what they settle helps with the others.
        first_pass = sorted(by_key, key=lambda key: (len(self._find(key)), key))
        for key in first_pass:
            choice = self._context.choose(self._find(key), provinces=self._beside(by_key[key]))
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
            entries = [entry for entry in self._find(key) if entry.country == country]
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
        entries = self._find(key)
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
        self, key: str, told_apart: Sequence[tuple[str, str, tuple[_Candidate, Mention]]]
    ) -> frozenset[str]:
        """Countries that a text speaks of only to tell a namesake apart from the place it is about."""
        counted = Counter(country for other, country, _ in told_apart if other == key)
        return frozenset(
            code
            for code, count in counted.items()
            if 3 * count >= self._context.named[code] < self._context.named.total() / 2
        )

    def _name(
        self, key: str, uses: list[tuple[_Candidate, Mention]], others: frozenset[str] = frozenset()
    ) -> Named | None:
        entries = [entry for entry in self._find(key) if entry.country not in others]
        choice = self._context.choose(entries, provinces=self._beside(uses))
        wanted = any(mention.wanted for _, mention in uses)
        name = uses[0][0].name
        if choice.entry is None and not wanted and not self._worth_telling(uses, choice):
            return None
        if (
            choice.entry
            and not wanted
            and fold(name) in self._persons
            and not any(m.use.slot in (Slot.AT, Slot.NEAR) for _, m in uses)
        ):
            return None
        alike = lookalikes(key, self._register.exact, self._context.named, choice.entry)
        return Named(name, key, choice, False, [mention for _, mention in uses], [name], [*alike, *choice.rejected])

    def _worth_telling(self, uses: list[tuple[_Candidate, Mention]], choice: Choice) -> bool:
        """An unresolved name is told where the gazetteer has it in a country of the text and could not decide."""
        rivals = any(rejected.country in self._context.named for rejected in choice.rejected)
        return rivals and any(mention.use.slot in (Slot.AT, Slot.NEAR) for _, mention in uses)

    def _beside(self, uses: list[tuple[_Candidate, Mention]]) -> set[tuple[str, str]]:
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

    def _guess_countries(self, by_key: Mapping[str, list[tuple[_Candidate, Mention]]]) -> None:
        """Where the text names no country, the large towns it names tell."""
        if self._context.named:
            return
        for key in by_key:
            large = [entry for entry in self._find(key) if entry.population >= 50_000]
            if large and large[0].population >= 5 * (large[1].population if len(large) > 1 else 0):
                self._context.named[large[0].country] += 1

    def _named_countries(self) -> list[Named]:
        named: dict[str, Named] = {}
        for candidate, code in self._countries:
            paragraph = candidate.run.paragraph
            sentence = next((s for s in paragraph.sentences if s.start <= candidate.start < s.end), None)
            if sentence is None:
                continue
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
