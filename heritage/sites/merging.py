"""Merging a record into what is held of a place: which statement wins, and what an older list may still add."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from heritage.core.dates import parse_edtf
from heritage.core.errors import InvalidInput
from heritage.core.geodesy import coordinate_problem, equal_area_radius_km
from heritage.core.text import script_of
from heritage.sites.danger import DangerStay, Sessions, Turn, check_spells, check_stays, resolve_flag, resolve_spells
from heritage.sites.domain import (
    WORLD_HERITAGE,
    Category,
    ComponentRecord,
    ConditionRecord,
    NameKind,
    NameRecord,
    RegisterRecord,
)
from heritage.sites.state import HeldSite, PartState, Point, SiteState, condition_key

SAME_POINT_DEGREES = 1e-7  # a centimetre: files write the same position with more or fewer digits


class RecordRefused(InvalidInput):
    """A record that cannot be taken; `field` is what is wrong with it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True, slots=True)
class Lists:
    """What the lists taken before tell: needed to date a change that a file does not date."""

    sessions: Sessions
    effective_on: date
    dated: bool
    is_complete: bool
    previous_complete_on: date | None = None
    next_complete_on: date | None = None

    def is_newest_for(self, held: HeldSite | None) -> bool:
        """Whether this file knows more of a place than any list before."""
        return held is None or held.seen_on is None or self.effective_on >= held.seen_on


def merge(record: RegisterRecord, held: HeldSite | None, lists: Lists) -> SiteState:
    """Work out what a place becomes when a record is taken.

    Args:    record: as read.  held: what is known of it, None for a new place.  lists: the file's place in time.
    Returns: the new state. Unknown never overwrites known; an older list than the newest only fills gaps.
    Raises:  RecordRefused when the record contradicts itself or names an impossible position; InvalidInput when its
             danger periods do.
    """
    _check_positions(record)
    newest = lists.is_newest_for(held)
    old = held.state if held else None
    if old is None and not record.name:
        raise RecordRefused("ref", "this file only adds to places that are held, and this one is not")
    pick = _Pick(record, old, newest)
    state = SiteState(
        record.register,
        record.ref,
        pick("name", record.name, "") if old else record.name,
        Category(pick("category", None if record.category == Category.UNKNOWN else record.category, Category.UNKNOWN)),
        pick("states_parties", record.states_parties, ()),
        pick("states_note", record.states_note, ""),
        pick("region", record.region, ""),
        pick("inscribed_year", record.inscribed_year, None),
        pick("criteria", record.criteria, ()),
        point=_point(pick, record),
        area_ha=pick("area_ha", _known_area(record.area_ha), None),
        short_description=pick("short_description", record.description, "", "description"),
        disclosure=old.disclosure if old else record.disclosure,
        grid_km=old.grid_km if old else record.grid_km,
        marks=record.warnings if newest and "warnings" not in record.absent else (old.marks if old else ()),
        names=_names(record, old, newest),
        identifiers=_identifiers(record, old, newest),
        conditions=_conditions(record, old),
    )
    state = replace(state, **_in_force(state, held, lists))
    state = replace(state, danger=_danger(record, state, held, lists))
    return replace(state, parts=_parts(record, state, old, newest, lists.effective_on))


def _check_positions(record: RegisterRecord) -> None:
    """Readers refuse what is no place on Earth; other makers of records are stopped here, not by the database."""
    positions = [(record.lon, record.lat), *((c.lon, c.lat) for c in record.components or ())]
    for lon, lat in positions:
        if lon is None or lat is None:
            continue
        if problem := coordinate_problem(lon, lat):
            raise RecordRefused(*problem)
        if abs(lon) > 180:
            raise RecordRefused("lon", f"{lon:g} is outside -180..180")


@dataclass(frozen=True, slots=True)
class _Pick:
    """Chooses between what a file says and what is held of one field."""

    record: RegisterRecord
    old: SiteState | None
    newest: bool

    def __call__(self, name: str, new: Any, empty: Any, record_name: str = "") -> Any:
        told = new is not None and new != empty and not ({name, record_name} & self.record.absent)
        if self.old is None:
            return new if told else empty
        held = getattr(self.old, name)
        holds = held is not None and held != empty
        return new if told and (self.newest or not holds) else held


def _point(pick: _Pick, record: RegisterRecord) -> Point | None:
    if record.lon is not None and record.lat is not None and not {"lon", "lat"} & record.absent:
        point: Point | None = (record.lon, record.lat)
    else:
        # A list may give points to the parts only; the first of them stands for the place on an overview.
        placed = (c for c in record.components or () if c.lon is not None and c.lat is not None)
        first = next(placed, None)
        held = pick.old.point if pick.old else None
        point = held or ((first.lon, first.lat) if first and first.lon is not None and first.lat is not None else None)
    if pick.old and pick.old.point and point and _same_point(pick.old.point, point):
        return pick.old.point
    if pick.old and pick.old.point and not pick.newest:
        return pick.old.point
    return point


def _same_point(a: Point, b: Point) -> bool:
    return abs(a[0] - b[0]) < SAME_POINT_DEGREES and abs(a[1] - b[1]) < SAME_POINT_DEGREES


def _names(record: RegisterRecord, old: SiteState | None, newest: bool) -> tuple[NameRecord, ...]:
    official = [n for n in record.names if n.text == record.name]
    first = official[0] if official else NameRecord(record.name, None, script_of(record.name), NameKind.OFFICIAL)
    if old is None:
        return _distinct([replace(first, kind=NameKind.OFFICIAL), *record.names])
    if "name" in record.absent:
        return _distinct([*old.names, *record.names]) if newest else old.names
    if not newest:
        return _distinct([*old.names, *(n for n in record.names if n.language not in {h.language for h in old.names})])
    kept = list(old.names)
    if old.name != record.name:
        kept = [replace(n, kind=NameKind.FORMER) if n.text == old.name else n for n in kept if n.text != record.name]
        kept.insert(0, replace(first, kind=NameKind.OFFICIAL))
    if "names" in record.absent or not record.names:
        return _distinct(kept)
    told = {n.language for n in record.names}
    kept = [n for n in kept if n.kind in (NameKind.FORMER, NameKind.OFFICIAL) or n.language not in told]
    return _distinct([*kept, *record.names])


def _distinct(names: Iterable[NameRecord]) -> tuple[NameRecord, ...]:
    """Names in a stable order, one text in one language once: the official one first."""
    found: dict[tuple[str, str | None], NameRecord] = {}
    texts: set[str] = set()
    for name in names:
        # A text whose language one file tells and another does not is one name.
        if name.text and (name.text, name.language) not in found and not (name.language is None and name.text in texts):
            found[name.text, name.language] = name
            texts.add(name.text)
    order = {NameKind.OFFICIAL: 0, NameKind.SHORT: 1, NameKind.ALTERNATIVE: 2, NameKind.FORMER: 3}
    return tuple(sorted(found.values(), key=lambda n: (order[NameKind(n.kind)], n.language or "", n.text)))


def _identifiers(record: RegisterRecord, old: SiteState | None, newest: bool) -> tuple[tuple[str, str], ...]:
    if old is None:
        return tuple(sorted(set(record.identifiers)))
    told = {scheme for scheme, _ in record.identifiers}
    if "identifiers" in record.absent or not told or not newest:
        held = {scheme for scheme, _ in old.identifiers}
        return tuple(sorted({*old.identifiers, *(i for i in record.identifiers if i[0] not in held)}))
    return tuple(sorted({*(i for i in old.identifiers if i[0] not in told), *record.identifiers}))


def _conditions(record: RegisterRecord, old: SiteState | None) -> tuple[ConditionRecord, ...]:
    held = old.conditions if old else ()
    known = {condition_key(c) for c in held}
    told = {condition_key(c): c for c in map(_with_normal_date, record.conditions)}
    return (*held, *(c for key, c in told.items() if key not in known))


def _with_normal_date(condition: ConditionRecord) -> ConditionRecord:
    try:
        return replace(condition, observed=parse_edtf(condition.observed).text)
    except InvalidInput:
        return condition  # kept as written; it has no bounds then, and no question of time can be put to it


def _in_force(state: SiteState, held: HeldSite | None, lists: Lists) -> dict[str, Any]:
    """From when to when a place was on its register; an inventory has no beginning."""
    begins = None
    if state.register == WORLD_HERITAGE and state.inscribed_year is not None:
        begins = lists.sessions.turn_in(state.inscribed_year, state.ref).latest
    deleted = lists.sessions.deleted.get(state.ref) if state.register == WORLD_HERITAGE else None
    until, release = (held.state.listed_until, held.state.vanished_release) if held else (None, None)
    # A whole list without a date is of the day it is taken, and may follow another of the same day.
    later = lists.effective_on > until if until and lists.dated else bool(until) and lists.is_complete
    if until and later:
        until, release = None, None  # it left the register and a later list has it again
    if until is None and deleted and not lists.is_complete and deleted.closed_on <= lists.effective_on:
        until = deleted.closed_on  # a file about some places, not a list that still has it
    if held is None and lists.is_complete and lists.next_complete_on:
        # A list from between: a later whole list, already taken, does not have this place any more.
        until = deleted.closed_on if deleted else lists.next_complete_on
    if begins and until and until <= begins:
        raise RecordRefused("inscribed_year", f"it would have left the register on {until}, before its inscription")
    return {"listed_from": begins, "listed_until": until, "vanished_release": release}


def _danger(record: RegisterRecord, state: SiteState, held: HeldSite | None, lists: Lists) -> tuple[DangerStay, ...]:
    stays = held.state.danger if held else ()
    if record.danger is not None and "danger" not in record.absent:
        check_spells(record.danger, state.inscribed_year)
        if record.danger_is_complete:
            newest = lists.is_newest_for(held) and not (held and record.danger_is_stale)
            found = resolve_spells(record.danger, stays, record.ref, lists.sessions)
            return check_stays(found if newest else _filled(stays, found, held, lists), state.inscribed_year)
    flag, since = _flag(record)
    if flag is None or not lists.is_newest_for(held):
        return stays
    previous_on = held.seen_on if held else lists.previous_complete_on
    found = resolve_flag(
        flag,
        since,
        stays,
        ref=record.ref,
        listed_from=state.listed_from,
        previous_on=previous_on,
        released_on=lists.effective_on,
        sessions=lists.sessions,
    )
    return check_stays(found, state.inscribed_year)


def _flag(record: RegisterRecord) -> tuple[bool | None, int | None]:
    if record.danger is not None and "danger" not in record.absent:
        current = next((spell for spell in record.danger if spell.end_year is None), None)
        return current is not None, current.begin_year if current else None
    return record.in_danger_now, None


def _filled(
    stays: Sequence[DangerStay], found: Iterable[DangerStay], held: HeldSite | None, lists: Lists
) -> list[DangerStay]:
    """Let an older list fill what a newer one did not tell: a beginning known only roughly, a stay over by then."""
    filled = list(stays)
    for stay in found:
        match = next((h for h in filled if _may_be_same(h, stay)), None)
        if match:
            began = stay.began if _is_finer(stay.began, match.began) else match.began
            filled[filled.index(match)] = replace(match, began=began)
        elif stay.ended:
            filled.append(stay)
        elif held and held.seen_on and held.seen_on > lists.effective_on:
            ended = lists.sessions.turn_between(lists.effective_on, held.seen_on, held.state.ref)
            filled.append(replace(stay, ended=ended))
    return filled


def _may_be_same(held: DangerStay, told: DangerStay) -> bool:
    return held.began.earliest <= told.began.latest and told.began.earliest <= held.began.latest


def _is_finer(a: Turn, b: Turn) -> bool:
    return b.earliest <= a.earliest and a.latest <= b.latest and (a.latest - a.earliest) < (b.latest - b.earliest)


def _parts(
    record: RegisterRecord, state: SiteState, old: SiteState | None, newest: bool, on: date
) -> tuple[PartState, ...]:
    held = old.parts if old else ()
    real = [p for p in held if not p.stands_for_site]
    told = record.components if record.components and "components" not in record.absent else ()
    if not told or (real and not newest):
        if real:
            return tuple(_with_extent(p, state, len(real)) for p in real)
        return _stand_in(record, state, held)
    known = {p.ref: p for p in real}
    components = _with_refs(told, state.ref)
    parts = [_part(c, known.get(c.ref), state, len(components)) for c in components]
    named = {p.ref for p in parts}
    # A part that the register drops was part of the site until now: it is withdrawn and kept.
    gone = [p if p.withdrawn_on else replace(p, withdrawn_on=on) for p in real if p.ref not in named]
    return tuple(sorted([*parts, *gone], key=lambda p: p.ref))


def _with_refs(components: Sequence[ComponentRecord], site_ref: str) -> list[ComponentRecord]:
    seen: set[str] = set()
    result = []
    for number, component in enumerate(components, start=1):
        ref = component.ref or f"{site_ref}-{number:03}"
        if ref in seen:
            ref = f"{ref}#{number}"
        seen.add(ref)
        result.append(replace(component, ref=ref))
    return result


def _part(component: ComponentRecord, held: PartState | None, state: SiteState, parts: int) -> PartState:
    lon, lat = component.lon, component.lat
    if held and (lon is None or lat is None):
        lon, lat = held.lon, held.lat
    elif held and held.lon is not None and held.lat is not None and lon is not None and lat is not None:
        lon, lat = (held.lon, held.lat) if _same_point((held.lon, held.lat), (lon, lat)) else (lon, lat)
    part = PartState(
        component.ref,
        component.name or (held.name if held else ""),
        lon,
        lat,
        None,
        _known_area(component.area_ha) or (held.area_ha if held else None),
        component.boundary or (held.boundary if held else None),
        component.buffer_zone or (held.buffer_zone if held else None),
        names=_distinct([*component.names, *(held.names if held else ())]),
    )
    return _with_extent(part, state, parts)


def _known_area(area_ha: float | None) -> float | None:
    return area_ha if area_ha and area_ha > 0 else None


def _with_extent(part: PartState, state: SiteState, parts: int) -> PartState:
    area_ha = part.area_ha or (state.area_ha / parts if state.area_ha and parts else None)
    extent_km = equal_area_radius_km(area_ha)
    return part if part.extent_km == extent_km else replace(part, extent_km=extent_km)


def _stand_in(record: RegisterRecord, state: SiteState, held: Sequence[PartState]) -> tuple[PartState, ...]:
    """One part with the site's own point, while the register lists none."""
    if state.point is None:
        return ()
    old = held[0] if held else None
    part = PartState(
        state.ref,
        state.name,
        *state.point,
        boundary=record.boundary or (old.boundary if old else None),
        buffer_zone=record.buffer_zone or (old.buffer_zone if old else None),
        stands_for_site=True,
    )
    return (_with_extent(part, state, 1),)
