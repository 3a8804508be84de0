"""Where in the world an article is: the countries it names, and what that makes of a name with many places."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from heritage.core.text import similarity
from heritage.reports.reading.gazetteer import Entry
from heritage.reports.reading.nations import World

_NAMED, _NEXT_DOOR = 4.0, 1.5
_MOST_REJECTED = 6
_OFTEN, _LEADING = 0.25, 0.7
_CLEAR_LEAD = 1.0
_SAME_PLACE_KM = 15.0
_WORLD_CITY, _ANYWHERE_CITY = 500_000, 1_000_000
_VILLAGE = 5_000
_LARGE_TOWN, _SMALL_TOWN = 50_000, 20_000
_PROVINCE_BONUS = 3.0
_REGISTER_BONUS = 3.0
_NEAR_KM = 150.0
_NEAR_BONUS = 1.5


@dataclass(frozen=True, slots=True)
class Rejected:
    """A place that was considered for a name and not taken, and why."""

    name: str
    country: str
    lon: float
    lat: float
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What a name was resolved to, or None with the reason; and the places not taken."""

    entry: Entry | None
    reason: str
    rejected: tuple[Rejected, ...] = ()


@dataclass
class Context:
    """What is known of an article's whereabouts while its names are made out.

    named: countries the text names, with how often.  nouns: those it names other than by adjectives.  provinces: country and first-order unit named in the text.
    anchors: places made out for sure.  exonyms: whether its language has names of
    its own for foreign cities; the gazetteer's first names are the English ones.
    """

    world: World
    named: Counter[str] = field(default_factory=Counter)
    nouns: set[str] = field(default_factory=set)
    provinces: set[tuple[str, str]] = field(default_factory=set)
    anchors: list[Entry] = field(default_factory=list)
    exonyms: bool = True

    @property
    def neighbours(self) -> frozenset[str]:
        """Countries next to those named, and not named themselves."""
        return self.world.near(self.named) - self.named.keys()

    @property
    def central(self) -> frozenset[str]:
        """Countries the text is about: named as such, or by adjectives often enough. "U.S.-led" makes no place American."""
        most = max(self.named.values(), default=0)
        return frozenset(code for code, count in self.named.items() if code in self.nouns or count >= _OFTEN * most)

    @property
    def leading(self) -> frozenset[str]:
        """Countries named as such, or by adjectives about as often as the first of them."""
        most = max(self.named.values(), default=0)
        return frozenset(code for code, count in self.named.items() if code in self.nouns or count >= _LEADING * most)

    def choose(self, entries: Sequence[Entry], *, provinces: Iterable[tuple[str, str]] = ()) -> Choice:
        """Choose the place an article means by a name.

        Args:    entries: all places of that name.  provinces: units named right beside it in the text.
        Returns: the place when one leads clearly, else none: "not resolved" is better than a guess.
        """
        if not entries:
            return Choice(None, "no gazetteer has a place of this name")
        beside = set(provinces)
        scored = sorted(((self._score(entry, beside), entry) for entry in entries), key=lambda pair: -pair[0])
        likely = [(score, entry) for score, entry in scored if score > 0 and self._plausible(entry)]
        if not likely:
            return Choice(
                None, "no place of this name lies in or near a country that the text names", self._rest(scored, None)
            )
        best_score, best = likely[0]
        rivals = [
            entry
            for score, entry in likely[1:]
            if (best_score - score < _CLEAR_LEAD or self._rather_meant(entry, best))
            and km_between(entry, best) > _SAME_PLACE_KM
        ]
        if rivals:
            return Choice(None, f"{len(rivals) + 1} places of this name are equally likely", self._rest(scored, None))
        return Choice(best, self._why(best), self._rest(scored, best))

    def _score(self, entry: Entry, beside: set[tuple[str, str]]) -> float:
        score = math.log10(entry.population + 10) + (1.5 if entry.main else 0.0)
        most = max(self.named.values(), default=0)
        if entry.country in self.central:
            score += _NAMED + 2 * self.named[entry.country] / most
        elif entry.country in self.neighbours or entry.country in self.named:
            score += _NEXT_DOOR
        elif self.named:
            score -= 2.0
        unit = (entry.country, entry.admin1)
        if unit in beside:
            score += _PROVINCE_BONUS
        elif unit in self.provinces:
            score += 1.0
        if entry.site:
            score += _REGISTER_BONUS
        if any(km_between(entry, anchor) < _NEAR_KM for anchor in self.anchors):
            score += _NEAR_BONUS
        return score

    def _plausible(self, entry: Entry) -> bool:
        if entry.site or (entry.country in self.central and not self._beside_the_matter(entry)):
            return True
        if entry.country in self.neighbours or entry.country in self.named:
            return entry.population >= (_LARGE_TOWN if entry.main else _WORLD_CITY) and (entry.main or self.exonyms)
        if self.named:
            return entry.population >= _ANYWHERE_CITY and entry.main
        return entry.population >= _LARGE_TOWN

    def _rather_meant(self, entry: Entry, best: Entry) -> bool:
        """A town known by this name too, and larger than the village that bears it alone."""
        return entry.country == best.country and entry.population > max(best.population, _VILLAGE) and not best.site

    def _beside_the_matter(self, entry: Entry) -> bool:
        """A village in a country that the text names now and then; what it is about lies elsewhere."""
        most = max(self.named.values(), default=0)
        return (
            2 * self.named[entry.country] < most
            and entry.population < _SMALL_TOWN
            and not any(km_between(entry, anchor) < _NEAR_KM / 2 for anchor in self.anchors)
        )

    def _why(self, entry: Entry) -> str:
        if entry.site:
            return "a name of the register"
        if entry.country in self.named:
            return "in a country that the text names"
        return "next to a country that the text names" if entry.country in self.neighbours else "a large city"

    def _rest(self, scored: Sequence[tuple[float, Entry]], taken: Entry | None) -> tuple[Rejected, ...]:
        rest = [entry for _, entry in scored if entry is not taken]
        return tuple(
            Rejected(entry.name, entry.country, entry.lon, entry.lat, self._why_not(entry, taken))
            for entry in rest[:_MOST_REJECTED]
        )

    def _why_not(self, entry: Entry, taken: Entry | None) -> str:
        if entry.country not in self.named:
            return (
                f"in {entry.country}, which the text does not name" if entry.country else "outside the text's countries"
            )
        if taken is None:
            return "another place of the same name is as likely"
        return "smaller, or farther from the other places of the text, than the one taken"


def lookalikes(name: str, names: Mapping[str, Entry], countries: Iterable[str], taken: Entry | None) -> list[Rejected]:
    """Places of the register whose names look like a name and are another place's.

    Args:    name: folded, without blanks.  names: the register's, by the same key.  countries: of the text.
             taken: what the name was resolved to.
    """
    near = set(countries)
    found = [
        (similarity(name, key), entry)
        for key, entry in names.items()
        if key != name and (not near or entry.country in near) and key[:2] == name[:2]
    ]
    alike = sorted((pair for pair in found if pair[0] >= 0.25), key=lambda pair: -pair[0])[:3]
    return [
        Rejected(entry.name, entry.country, entry.lon, entry.lat, "looks like it, but is another name")
        for _, entry in alike
        if taken is None or km_between(entry, taken) > 2.0
    ]


def km_between(a: Entry, b: Entry) -> float:
    """A distance good enough to tell namesakes apart (sphere); never shown and never a distance of record."""
    x = math.radians((b.lon - a.lon + 180) % 360 - 180) * math.cos(math.radians((a.lat + b.lat) / 2))
    y = math.radians(b.lat - a.lat)
    return 6371.0 * math.hypot(x, y)
