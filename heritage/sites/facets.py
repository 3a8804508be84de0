"""What a list of sites can be narrowed by, counted on the register's columns in memory: milliseconds at any size."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Ids = npt.NDArray[np.int64]
LEVELS = (1, 2, 3, 4)
NO_COUNTRY = 0


@dataclass(frozen=True)
class Columns:
    """The register as columns, a row a site, ids ascending.

    `lon` and `lat` are the point that may be shown, NaN where none may; `from_day` and `to_day` the days in force as
    ordinals, the last one not included. `state_row` and `state` pair rows with the countries that answer for them.
    """

    ids: Ids
    lon: npt.NDArray[np.float64]
    lat: npt.NDArray[np.float64]
    category: npt.NDArray[np.int16]
    register: npt.NDArray[np.int16]
    from_day: npt.NDArray[np.int32]
    to_day: npt.NDArray[np.int32]
    state_row: npt.NDArray[np.int64]
    state: npt.NDArray[np.int32]
    categories: tuple[str, ...]
    registers: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def among(self, ids: npt.ArrayLike) -> Mask:
        """The rows of some ids; ids that are not held are passed over."""
        mask = np.zeros(len(self), dtype=bool)
        wanted = np.asarray(ids, dtype=np.int64)
        if len(self) and len(wanted):
            rows = np.minimum(np.searchsorted(self.ids, wanted), len(self) - 1)
            mask[rows[self.ids[rows] == wanted]] = True
        return mask


@dataclass(frozen=True)
class Narrowing:
    """What a result is narrowed by; empty fields narrow nothing. `level` is the least one."""

    countries: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    registers: tuple[str, ...] = ()
    in_danger: bool | None = None
    level: int = 0


@dataclass(frozen=True)
class Base:
    """What all of a result's sites have in common before it is narrowed: the day, the names sought, the day's facts.

    `on` is None when sites that have left their register are meant too; `named` None when no name is sought.
    """

    day: date
    everywhere: bool = False
    named: npt.NDArray[Any] | None = None
    endangered: tuple[int, ...] = ()
    levels: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Counts:
    """For each facet its values with the number of sites a reader finds on choosing it, most first."""

    countries: list[tuple[str, int]]
    categories: list[tuple[str, int]]
    registers: list[tuple[str, int]]
    in_danger: list[tuple[str, int]]
    levels: list[tuple[int, int]]
    found: Ids


def country_code(state: int) -> str:
    """The two letters a number of `Columns.state` stands for."""
    return chr(state >> 8) + chr(state & 255)


def country_number(code: str) -> int:
    """Two letters as the number they are kept as."""
    return (ord(code[0]) << 8) + ord(code[1]) if len(code) == 2 and code.isascii() else NO_COUNTRY


def count_facets(columns: Columns, base: Base, wanted: Narrowing) -> Counts:
    """Count every facet under all other choices, so that a number says what choosing that value would give.

    Args:    columns: n sites.  base, wanted: the question.
    Returns: the numbers, values with none left out, and the ids of the sites found, ascending.
    """
    masks = _masks(columns, base, wanted)
    common = masks.pop("common")
    danger, level = masks.pop("endangered"), _row_levels(columns, base.levels)

    def others(name: str) -> Mask:
        mask = common.copy()
        for other, chosen in masks.items():
            if other != name:
                mask &= chosen
        return mask

    in_danger, leveled = others("in_danger"), level[others("level")]
    return Counts(
        countries=_most_first(_countries(columns, others("countries"))),
        categories=_most_first(_numbered(columns.category[others("categories")], columns.categories)),
        registers=_most_first(_numbered(columns.register[others("registers")], columns.registers)),
        in_danger=[("yes", int((in_danger & danger).sum())), ("no", int((in_danger & ~danger).sum()))],
        levels=[(least, int((leveled >= least).sum())) for least in LEVELS],
        found=columns.ids[others("")],
    )


def _masks(columns: Columns, base: Base, wanted: Narrowing) -> dict[str, Mask]:
    today = base.day.toordinal()
    in_force = (columns.from_day <= today) & (today < columns.to_day)
    common = np.ones(len(columns), dtype=bool) if base.everywhere else in_force.copy()
    if base.named is not None:
        common &= columns.among(base.named)
    # A site that has left its register is no longer on the register's list in danger either.
    endangered = columns.among(base.endangered) & in_force
    masks = {"common": common, "endangered": endangered}
    if wanted.countries:
        states = [country_number(code) for code in wanted.countries]
        masks["countries"] = np.zeros(len(columns), dtype=bool)
        masks["countries"][columns.state_row[np.isin(columns.state, states)]] = True
    if wanted.categories:
        masks["categories"] = np.isin(columns.category, _positions(columns.categories, wanted.categories))
    if wanted.registers:
        masks["registers"] = np.isin(columns.register, _positions(columns.registers, wanted.registers))
    if wanted.in_danger is not None:
        masks["in_danger"] = endangered if wanted.in_danger else ~endangered
    if wanted.level:
        masks["level"] = columns.among([site for site, level in base.levels.items() if level >= wanted.level])
    return masks


def _positions(names: tuple[str, ...], wanted: tuple[str, ...]) -> list[int]:
    return [names.index(name) for name in wanted if name in names]


def _row_levels(columns: Columns, levels: Mapping[int, int]) -> npt.NDArray[np.int8]:
    found = np.zeros(len(columns), dtype=np.int8)
    ids = np.array(sorted(levels), dtype=np.int64)
    held = ids[np.isin(ids, columns.ids)]
    found[np.searchsorted(columns.ids, held)] = [levels[int(site)] for site in held]
    return found


def _countries(columns: Columns, mask: Mask) -> dict[str, int]:
    numbers = np.bincount(columns.state[mask[columns.state_row]])
    return {country_code(int(state)): int(numbers[state]) for state in np.flatnonzero(numbers) if state}


def _numbered(values: npt.NDArray[Any], names: tuple[str, ...]) -> dict[str, int]:
    return dict(zip(names, np.bincount(values, minlength=len(names)).tolist(), strict=True))


def _most_first(numbers: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(
        ((value, number) for value, number in numbers.items() if number), key=lambda pair: (-pair[1], pair[0])
    )
