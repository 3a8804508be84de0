"""What a name may stand for: the register's places and the gazetteer's, spelt as written or as it sounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from heritage.reports.reading.context import Context, km_between
from heritage.reports.reading.gazetteer import MANY_SPELLINGS, Entry, Gazetteer, english_key, sound_of

_SHORT_KEY = 3
_SAME_TOWN_KM = 12.0
_LONG_SOUND = 9


@dataclass(frozen=True)
class Register:
    """The register's own names: full names and parts under `exact`; what is left of them without "Site of" under
    `short`. Keys as `key_of` gives them."""

    exact: Mapping[str, Entry]
    short: Mapping[str, Entry]

    def find(self, key: str) -> Entry | None:
        """The register's place of that name."""
        return self.exact.get(key) or self.short.get(key)

    @cached_property
    def sounds(self) -> Mapping[str, Entry]:
        """Long names by their sound, so that Krak des Chevaliers meets Crac; none where two sound alike."""
        found: dict[str, Entry | None] = {}
        for entry in (*self.exact.values(), *self.short.values()):
            sound = sound_of(entry.name)
            if len(sound) >= _LONG_SOUND:
                held = found.setdefault(sound, entry)
                found[sound] = entry if held and held.site == entry.site else None
        return {sound: entry for sound, entry in found.items() if entry}


class Lookup:
    """Looks up names of one article, each once. Other spellings count only in the countries the article is about, so
    they are asked for from `by_sound` on, when those are known."""

    def __init__(self, gazetteer: Gazetteer, register: Register, context: Context, language: str) -> None:
        self.register = register
        self._gazetteer, self._context, self._language = gazetteer, context, language
        self._entries: dict[str, Sequence[Entry]] = {}
        self._by_sound = False

    def by_sound(self) -> None:
        """From now on, take names for what they sound like where no place is written so."""
        self._by_sound = True
        self._entries = {}

    def find(self, key: str, name: str = "") -> Sequence[Entry]:
        """All places of that name.

        Args:    key: as `key_of` gives it.  name: as written; without it nothing is taken by its sound.
        """
        if key not in self._entries:
            entries = [
                entry
                for entry in self._gazetteer.find(key)
                if len(key) > _SHORT_KEY or entry.main or entry.population > 100_000
            ]
            if self._by_sound and not any(entry.country in self._context.named for entry in entries):
                entries += self._spelt_otherwise(key, name)
            self._entries[key] = self._with_own(key, name, entries)
        return self._entries[key]

    def _spelt_otherwise(self, key: str, name: str) -> Sequence[Entry]:
        if self._language == "fr" and (other := english_key(key)) != key:
            entries = [entry for entry in self._gazetteer.find(other) if entry.country in self._context.named]
            if entries:
                return entries
        sound = sound_of(name)
        if not sound:
            return ()
        countries = self._context.leading & MANY_SPELLINGS
        alike = [entry for entry in self._gazetteer.find(sound) if entry.country in countries]
        # Two places that sound alike cannot be told apart by a spelling that is neither's.
        return alike if all(km_between(entry, alike[0]) < _SAME_TOWN_KM for entry in alike) else ()

    def own(self, key: str) -> Entry | None:
        """The register's place of that name. A part of a name counts where the text speaks of its country: "Human
        Rights" begins a name in South Africa."""
        found = self.register.find(key)
        if found is None or key in self.register.exact or not self._by_sound or not self._context.named:
            return found
        near = found.country in self._context.named or found.country in self._context.neighbours
        return found if near else None

    def _with_own(self, key: str, name: str, entries: Sequence[Entry]) -> Sequence[Entry]:
        """The register's own name comes first; a town of that name beside it is the same place under another number."""
        own = self.own(key)
        if own is None and self._by_sound and not entries:
            alike = self.register.sounds.get(sound_of(name))
            own = alike if alike and alike.country in self._context.named else None
        town = next((entry for entry in entries if own and km_between(own, entry) < _SAME_TOWN_KM), None)
        if own and town and key in self.register.short:
            return [replace(town, main=True, site=own.site), *(entry for entry in entries if entry is not town)]
        return [own, *entries] if own else entries
