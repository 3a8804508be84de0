"""The Danger-List grammar of register files, and what a period given in years means on a given day."""

import re
from itertools import pairwise

from heritage.core.errors import InvalidInput
from heritage.sites.domain import DangerSpell

_ENTRY = re.compile(r"\s*(?:Y\s+(?P<since>\d{4})|P\s+(?P<begin>\d{4})\s*-\s*(?P<end>\d{4}))\s*(?:,|;)?", re.IGNORECASE)


def parse_danger(text: str | None) -> tuple[DangerSpell, ...]:
    """Read the export's danger cell: `Y 2013`, `P 1984-1988 P 2000-2006`, `Y 2010 P 1993-2007`, empty or `0`.

    Args:    text: the cell; None, blanks and `0` mean none.
    Returns: the spells, oldest first; an open one has no end_year.
    Raises:  InvalidInput when the text is not of that grammar, a spell ends before it starts, two are open or overlap.
    Source:  grammar measured over the exports of 2019 to 2024.
    """
    cell = (text or "").strip()
    if cell in {"", "0"}:
        return ()
    spells, position = [], 0
    while position < len(cell):
        match = _ENTRY.match(cell, position)
        if not match:
            raise InvalidInput(f"“{cell}” is not a Danger-List entry such as “Y 2013” or “P 1984-1988”")
        spells.append(_spell(match))
        position = match.end()
    return check_spells(tuple(sorted(spells, key=lambda spell: spell.begin_year)))


def _spell(match: re.Match[str]) -> DangerSpell:
    raw = match[0].strip(" ,;")
    if match["since"]:
        return DangerSpell(int(match["since"]), None, raw)
    return DangerSpell(int(match["begin"]), int(match["end"]), raw)


def check_spells(spells: tuple[DangerSpell, ...], inscribed_year: int | None = None) -> tuple[DangerSpell, ...]:
    """Refuse spells that cannot be: end before start, two open, overlapping, or before the inscription.

    Args:    spells: oldest first.  inscribed_year: year the site was inscribed, None when unknown.
    Returns: the same spells.
    Raises:  InvalidInput with a reason for people.
    Source:  Operational Guidelines paras. 177-191: listing in danger needs inscription; equal years are common.
    """
    for spell in spells:
        if spell.end_year is not None and spell.end_year < spell.begin_year:
            raise InvalidInput(f"the danger period {spell.raw or spell.begin_year} ends before it starts")
        if inscribed_year is not None and spell.begin_year < inscribed_year:
            raise InvalidInput(f"in danger since {spell.begin_year}, before the inscription in {inscribed_year}")
    if sum(spell.end_year is None for spell in spells) > 1:
        raise InvalidInput("two danger periods are open at once")
    for earlier, later in pairwise(spells):
        if earlier.end_year is None or later.begin_year < earlier.end_year:
            raise InvalidInput(f"the danger periods from {earlier.begin_year} and from {later.begin_year} overlap")
    return spells
