"""Which words of an article may be the name of a place: known ones, and those the text itself says are one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from heritage.core.text import fold
from heritage.reports.reading.context import Context
from heritage.reports.reading.gazetteer import key_of
from heritage.reports.reading.lookup import Lookup
from heritage.reports.reading.names import MONTHS_AND_DAYS, MOST_WORDS, Run, is_headline_case
from heritage.reports.reading.nations import PEOPLES, World
from heritage.reports.reading.text import Article
from heritage.reports.reading.unknown import (
    ORGANISATION,
    arabic_words,
    is_called_a_place,
    is_half_a_name,
    stands_as_a_place,
    those_who_act,
)

_SHORT_KEY, _AROUND_CHARS = 3, 120
_BEFORE_NAMES = frozenset(
    "north south east west northern southern eastern western northeast northwest southeast southwest "
    "northeastern northwestern southeastern southwestern central greater old new downtown upper lower "
    "nord sud est ouest city town village port province governorate region district oblast ville vieille "
    "ancienne cité qalat".split()
)
_AFTER_NAMES = (
    frozenset(
        "city town village township townships province governorate oblast region district raion airport hospital museum "
        "cathedral citadel castle mosque church port university dam bridge market prison camp base street "
        "square old international central military national theatre theater library".split()
    )
    | MONTHS_AND_DAYS
)


_INNER_ARTICLES = frozenset("al el an as ar az ez es ash ad ed er".split())
# "the Brazil neighbourhood" of a town is no country.
_QUARTER = re.compile(r"\s+(?:neighbou?rhood|quarter|district|street|square|camp|roundabout)\b")


# "the Azov regiment" is no place on its sea.
_UNIT_AFTER = re.compile(r"\s+(?:regiment|brigade|battalion|legion|division|militia)s?\b")


# French "le Liban-Sud": the south of a country whose own name need not stand anywhere.
_PART_OF_COUNTRY = re.compile(r"-(?:Sud|Nord|Est|Ouest)$")
_POSSESSIVE = re.compile(r"['’]s$")


class Standing(StrEnum):
    """How a name came to be taken for a place's."""

    KNOWN = "known"
    CALLED = "called"  # the text says that it is one
    USED = "used"  # the text only uses it like one


@dataclass(frozen=True, slots=True)
class Candidate:
    run: Run
    first: int
    last: int
    name: str
    key: str
    standing: Standing = Standing.KNOWN
    used: bool = False

    @property
    def start(self) -> int:
        return self.run.paragraph.start + self.run.tokens[self.first].start

    @property
    def end(self) -> int:
        return self.start + len(
            self.run.paragraph.text[self.run.tokens[self.first].start : self.run.tokens[self.last].end]
        )


class NameFinder:
    """Finds the names of one article; used once. countries: its countries, each where it is named."""

    def __init__(self, article: Article, world: World, lookup: Lookup, context: Context) -> None:
        self._article, self._world, self._lookup, self._context = article, world, lookup, context
        self._counting = True
        self.countries: list[tuple[Candidate, str]] = []
        self.persons: set[str] = set()
        self._acting = those_who_act(article.text)
        self._headlines = {each.number for each in article.paragraphs if is_headline_case(each)}

    def find(self, runs: Sequence[Run]) -> list[Candidate]:
        """Go over the names twice: other spellings of a name count in countries that the whole text tells of.

        Args:    runs: of capitalised words, in order.
        Returns: names that may be a place's, in order.
        """
        for run in runs:
            self._candidates(run)
        self._counting, self.countries = False, []
        self._lookup.by_sound()
        found = [(run, self._candidates(run)) for run in runs]
        used = {candidate.key for _, candidates in found for candidate in candidates}
        for run, candidates in found:
            if not candidates and key_of(run.text(0, len(run.tokens) - 1)) not in used:
                self._notice_persons(run)
        mine = [self._with_use(candidate) for _, candidates in found for candidate in candidates]
        return [candidate for candidate in mine if candidate.standing is not Standing.USED or candidate.used]

    def _with_use(self, candidate: Candidate) -> Candidate:
        """Whether a name stands where only a place does, and is nobody's."""
        if candidate.standing is Standing.KNOWN and is_called_a_place(*self._around(candidate)):
            candidate = replace(candidate, standing=Standing.CALLED)
        used = not candidate.run.is_arabic and self._stands_as_a_place(candidate)
        return replace(candidate, used=used and not self._is_somebody(candidate))

    def _stands_as_a_place(self, candidate: Candidate) -> bool:
        return stands_as_a_place(candidate.name, *self._around(candidate))

    def _around(self, candidate: Candidate) -> tuple[str, str]:
        run, text = candidate.run, self._article.text
        before = text[max(run.paragraph.start, candidate.start - _AROUND_CHARS) : candidate.start]
        return before, text[candidate.start + len(candidate.name) : run.paragraph.end][:_AROUND_CHARS]

    def _candidates(self, run: Run) -> list[Candidate]:
        """The longest names known that do not overlap; countries are counted and only kept as such."""
        found: list[Candidate] = []
        first = 0
        while first < len(run.tokens):
            candidate = self._known_from(run, first)
            if candidate is None or not self._is_free(candidate):
                # "Busra al-Harir": the first word is a town's name too, and not the one that is meant.
                candidate = self._unknown_from(run, first) or candidate
            if candidate:
                found.append(candidate)
                first = candidate.last
            first += 1
        return [candidate for candidate in found if self._is_free(candidate)]

    def _known_from(self, run: Run, first: int) -> Candidate | None:
        tokens = run.tokens
        if not tokens[first].capital:
            return None
        for last in range(min(len(tokens), first + MOST_WORDS) - 1, first - 1, -1):
            if not tokens[last].capital:
                continue
            name = run.text(first, last)
            candidate = Candidate(run, first, last, name, key_of(name))
            if self._is_country_word(candidate) or self._is_known(candidate):
                return candidate
        return None

    def _unknown_from(self, run: Run, first: int) -> Candidate | None:
        """A name that nobody knows, and that the text says, or at least uses as if, it is a place's."""
        tokens = run.tokens
        if self._counting or not tokens[first].capital or run.paragraph.number in self._headlines:
            return None
        last = first
        while last + 1 < len(tokens) and last - first < 3:
            # "Wad An Noora": an article of Arabic within a name, however it is written.
            step = 2 if last + 2 < len(tokens) and tokens[last + 1].text.lower() in _INNER_ARTICLES else 1
            if not tokens[last + step].capital:
                break
            last += step
        if run.is_arabic:
            last = min(last, first + arabic_words([token.text for token in tokens[first:]]) - 1)
        while last > first and fold(tokens[last].text) in _AFTER_NAMES:
            last -= 1
        name = run.text(first, last)
        candidate = Candidate(run, first, last, name, key_of(name), Standing.CALLED)
        if len(candidate.key) < _SHORT_KEY:
            return None
        before, after = self._around(candidate)
        if is_called_a_place(before, after):
            return candidate
        if not run.is_arabic and stands_as_a_place(name, before, after):
            return replace(candidate, standing=Standing.USED)
        return None

    def _is_somebody(self, candidate: Candidate) -> bool:
        words = fold(candidate.name).split()
        return any(word in self.persons for word in words) or fold(candidate.name) in self._acting

    def _is_country_word(self, candidate: Candidate) -> bool:
        folded = fold(candidate.name)
        code = self._world.names.get(folded) or self._world.names.get(fold(_PART_OF_COUNTRY.sub("", candidate.name)))
        if code:
            if not self._inside_organisation(candidate) and not _QUARTER.match(self._article.text, candidate.end):
                self.countries.append((candidate, code))
                self._count(code, 3)
                self._context.nouns.add(code)
            return True
        if code := self._world.adjectives.get(folded):
            self._count(code, 2)
            return True
        return folded in PEOPLES

    def _count(self, code: str, weight: int) -> None:
        if self._counting:
            self._context.named[code] += weight

    def _is_known(self, candidate: Candidate) -> bool:
        key, name = candidate.key, candidate.name
        if self._lookup.own(key):
            return True
        shortest = 2 if candidate.run.is_arabic else _SHORT_KEY
        if len(key) < shortest or (name.isupper() and name.isascii() and len(name) <= 5):
            return False
        return bool(self._lookup.find(key, name))

    def _is_free(self, candidate: Candidate) -> bool:
        """Whether a name stands by itself, and is not part of a person's or an organisation's."""
        run, first, last = candidate.run, candidate.first, candidate.last
        folded = fold(candidate.name)
        if folded in self._world.names or folded in self._world.adjectives or folded in PEOPLES:
            return False
        if candidate.key in self._lookup.register.exact and last > first:
            return True
        if self._inside_organisation(candidate):
            return False
        if run.is_arabic:
            # Arabic has no capitals: what follows a name may be anything, but for the second half of "Abu Shouk".
            return not is_half_a_name(candidate.name) and (first == 0 or not run.tokens[first - 1].capital)
        left = run.tokens[first - 1] if first else None
        right = run.tokens[last + 1] if last + 1 < len(run.tokens) else None
        left_ok = left is None or not left.capital or self._may_precede(left.text)
        right_ok = (
            right is None
            # "Kherson's Korabelnyi district"
            or _POSSESSIVE.search(run.tokens[last].text) is not None
            or not right.capital
            or fold(right.text) in _AFTER_NAMES
            or self._is_demonym(right.text)
        )
        return left_ok and right_ok

    def _may_precede(self, word: str) -> bool:
        folded = fold(re.sub(r"['’]s$", "", word))
        possessive = re.search(r"['’]s$", word) is not None
        compound = re.search(r"-[a-z]+$", word) is not None
        return folded in _BEFORE_NAMES or possessive or compound or self._is_demonym(word)

    def _is_demonym(self, word: str) -> bool:
        folded = fold(word)
        return folded in self._world.adjectives or folded in PEOPLES or folded in MONTHS_AND_DAYS

    def _inside_organisation(self, candidate: Candidate) -> bool:
        """ "Islamic State of Iraq", "Syrian Observatory", "University of Aleppo", "Kyiv Post"."""
        tokens = candidate.run.tokens
        left = [fold(token.text) for token in tokens[: candidate.first]]
        right = [fold(token.text) for token in tokens[candidate.last + 1 :]]
        if left and left[-1] in ("of", "for", "de", "du", "des") and any(word in ORGANISATION for word in left):
            return True
        return (
            bool(right) and right[0] in ORGANISATION or _UNIT_AFTER.match(self._article.text, candidate.end) is not None
        )

    def _notice_persons(self, run: Run) -> None:
        """Surnames: words of runs of several capitalised words that hold no known place."""
        capital = [token for token in run.tokens if token.capital]
        words = [fold(re.sub(r"['’]s$", "", token.text)) for token in capital]
        if len(capital) < 2 or any(word in ORGANISATION for word in words):
            return
        self.persons.update(word for word in words[1:] if word not in self._world.adjectives)
