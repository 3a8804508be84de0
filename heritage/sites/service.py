"""Use cases of the register, by file and by hand. The caller owns the transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from heritage.core.dates import EDTFDate, parse_edtf
from heritage.core.errors import N_, AlreadyRecorded, Conflict, InvalidInput, NotFound, UnusableField
from heritage.core.geodesy import coordinate_problem, equal_area_radius_km
from heritage.core.text import script_of, slug_of
from heritage.db.queue import enqueue
from heritage.sites import loading, store
from heritage.sites.comparison import Update, differences
from heritage.sites.danger import DangerStay, Turn, check_stays
from heritage.sites.domain import (
    WORLD_HERITAGE,
    Category,
    ConditionRecord,
    ConditionState,
    Disclosure,
    Geometry,
    NameKind,
    NameRecord,
)
from heritage.sites.importing import committee_sessions, compare, report_of, take, undo
from heritage.sites.state import PartState, SiteState, condition_key

__all__ = [
    "Act",
    "add_danger_period",
    "add_part",
    "close_danger_period",
    "committee_sessions",
    "compare",
    "create_site",
    "edit_part",
    "edit_site",
    "record_condition",
    "report_of",
    "take",
    "undo",
    "withdraw_part",
]

HEARSAY = "hearsay"
OWN = "own"  # the register of places that people here added themselves


@dataclass(frozen=True, slots=True)
class Act:
    """When a person does something to the register."""

    now: datetime

    @property
    def stamp(self) -> store.Stamp:
        """What is written beside each statement."""
        return store.Stamp(None, self.now.date(), self.now)


def create_site(
    session: Session,
    act: Act,
    *,
    name: str,
    ref: str = "",
    register: str = OWN,
    category: Category = Category.UNKNOWN,
    states_parties: Sequence[str] = (),
    region: str = "",
    inscribed_year: int | None = None,
    lon: float | None = None,
    lat: float | None = None,
    area_ha: float | None = None,
    short_description: str = "",
    disclosure: Disclosure = Disclosure.PUBLIC,
    grid_km: float | None = None,
) -> str:
    """Add one place by hand, with one part that stands for it where its position is known.

    Args:    lon, lat: degrees, WGS 84, both or none.  area_ha: > 0 or None.  ref: by default its address.
    Returns: the slug of the new place.
    Raises:  InvalidInput for an impossible position; AlreadyRecorded when the register has that reference.
    """
    point = _position(lon, lat)
    official = NameRecord(name, None, script_of(name), NameKind.OFFICIAL)
    slug = store.free_slugs(session, [(slug_of(name), ref or "1")])[0]
    state = SiteState(
        register,
        ref or slug,
        name,
        category,
        tuple(code.upper() for code in states_parties),
        region=region,
        inscribed_year=inscribed_year,
        listed_from=_listed_from(register, ref, inscribed_year),
        point=point,
        area_ha=area_ha,
        short_description=short_description,
        disclosure=disclosure,
        grid_km=grid_km,
        names=(official,),
    )
    if point:
        stand_in = PartState(state.ref, name, *point, equal_area_radius_km(area_ha), stands_for_site=True)
        state = replace(state, parts=(stand_in,))
    if loading.load_sites(session, register, [state.ref]):
        raise AlreadyRecorded(
            N_("The register “%(register)s” has a place %(ref)s already."), register=register, ref=state.ref
        )
    store.add_sites(session, [state], [slug], act.stamp)
    _rematch(session)
    return slug


def _listed_from(register: str, ref: str, inscribed_year: int | None) -> date | None:
    if register != WORLD_HERITAGE or inscribed_year is None:
        return None
    return committee_sessions().turn_in(inscribed_year, ref).latest


def _position(lon: float | None, lat: float | None) -> tuple[float, float] | None:
    if lon is None or lat is None:
        if lon is not lat:
            raise UnusableField("lon", N_("A position needs both longitude and latitude."))
        return None
    if problem := coordinate_problem(lon, lat):
        raise UnusableField(*problem)
    return (lon + 180) % 360 - 180 if abs(lon) > 180 else lon, lat


def edit_site(session: Session, act: Act, site_id: int, **fields: Any) -> None:
    """Change fields of one place by hand; what they were stays readable.

    Args:    fields: any of name, category, states_parties, states_note, region, inscribed_year, criteria, lon, lat,
             area_ha, short_description, disclosure, grid_km. A renamed place keeps its address and its former name.
    Raises:  NotFound; InvalidInput for an impossible position; Conflict when the danger periods contradict a new year.
    """

    def edited(state: SiteState) -> SiteState:
        changed = dict(fields)
        if "lon" in changed or "lat" in changed:
            changed["point"] = _position(changed.pop("lon", None), changed.pop("lat", None))
        for key in ("states_parties", "criteria"):
            if key in changed:
                changed[key] = tuple(changed[key])
        if changed.get("name", state.name) != state.name:
            changed["names"] = _renamed(state, changed["name"])
        state = replace(state, **changed)
        if "inscribed_year" in changed:
            state = replace(state, listed_from=_listed_from(state.register, state.ref, state.inscribed_year))
        return _refitted(state)

    _change(session, act, site_id, edited)


def _renamed(state: SiteState, name: str) -> tuple[NameRecord, ...]:
    former = [replace(n, kind=NameKind.FORMER) if n.text == state.name else n for n in state.names if n.text != name]
    return (NameRecord(name, None, script_of(name), NameKind.OFFICIAL), *former)


def _refitted(state: SiteState) -> SiteState:
    """The stand-in follows the site; every part without an area of its own has its share of the site's."""
    real = [p for p in state.parts if not p.stands_for_site]
    if real:
        share = state.area_ha / len(real) if state.area_ha else None
        return replace(state, parts=tuple(replace(p, extent_km=equal_area_radius_km(p.area_ha or share)) for p in real))
    if state.point is None:
        return replace(state, parts=())
    old = state.parts[0] if state.parts else PartState(state.ref, stands_for_site=True)
    lon, lat = state.point
    extent_km = equal_area_radius_km(state.area_ha)
    return replace(state, parts=(replace(old, name=state.name, lon=lon, lat=lat, extent_km=extent_km),))


def _change(session: Session, act: Act, site_id: int, edited: Callable[[SiteState], SiteState]) -> None:
    held = next(iter(loading.load_by_ids(session, [site_id])), None)
    if held is None:
        raise NotFound(N_("There is no such site."))
    state = edited(held.state)
    changes = differences(held, state)
    if not changes:
        return
    state = replace(state, danger=_checked_stays(state))
    store.update_sites(session, [Update(held, state, changes)], act.stamp)
    _rematch(session)


def _checked_stays(state: SiteState) -> tuple[DangerStay, ...]:
    try:
        return check_stays(state.danger, state.inscribed_year)
    except InvalidInput as error:
        raise Conflict(error.text, **error.said) from None


def _rematch(session: Session) -> None:
    enqueue(session, "proximity.match", queueing_lock="proximity.match")


def add_part(session: Session, act: Act, site_id: int, *, ref: str, **fields: Any) -> None:
    """Add a component part; the part that stood for the whole site goes with the first one.

    Args:    fields: any of name, lon, lat, area_ha, boundary, buffer_zone (GeoJSON geometries).
    Raises:  NotFound; AlreadyRecorded when the site has a part of that number; InvalidInput.
    """

    def edited(state: SiteState) -> SiteState:
        real = [p for p in state.parts if not p.stands_for_site]
        if any(p.ref == ref for p in real):
            raise AlreadyRecorded(N_("This site has a part %(ref)s already."), ref=ref)
        return _with_parts(state, [*real, _edited_part(PartState(ref), fields)])

    _change(session, act, site_id, edited)


def edit_part(session: Session, act: Act, site_id: int, ref: str, **fields: Any) -> None:
    """Change a component part; a part that stood for the whole site stays one.

    Args:    fields: as of `add_part`.  Raises: NotFound; InvalidInput.
    """

    def edited(state: SiteState) -> SiteState:
        part = _part(state, ref)
        fresh = _edited_part(part, fields)
        if part.stands_for_site and fresh.lon is not None and fresh.lat is not None:
            state = replace(state, point=(fresh.lon, fresh.lat), area_ha=fresh.area_ha or state.area_ha)
        return _with_parts(state, [fresh if p.ref == ref else p for p in state.parts])

    _change(session, act, site_id, edited)


def withdraw_part(session: Session, act: Act, site_id: int, ref: str, *, on: date) -> None:
    """Say that a part is no longer one from a day on; what was found near it before stays.

    Raises:  NotFound.
    """

    def edited(state: SiteState) -> SiteState:
        part = replace(_part(state, ref), withdrawn_on=on)
        return replace(state, parts=tuple(part if p.ref == ref else p for p in state.parts))

    _change(session, act, site_id, edited)


def _part(state: SiteState, ref: str) -> PartState:
    part = next((p for p in state.parts if p.ref == ref), None)
    if part is None:
        raise NotFound(N_("This site has no part %(ref)s."), ref=ref)
    return part


def _edited_part(part: PartState, fields: dict[str, Any]) -> PartState:
    changed = dict(fields)
    if "lon" in changed or "lat" in changed:
        lon, lat = _position(changed.get("lon"), changed.get("lat")) or (None, None)
        changed |= {"lon": lon, "lat": lat}
    for key in ("boundary", "buffer_zone"):
        if changed.get(key) is not None:
            _check_geometry(changed[key])
    return replace(part, **changed)


def _check_geometry(geometry: Geometry) -> None:
    if geometry.get("type") not in {"Polygon", "MultiPolygon"} or not geometry.get("coordinates"):
        raise InvalidInput(N_("A boundary is a GeoJSON Polygon or MultiPolygon."))


def _with_parts(state: SiteState, parts: list[PartState]) -> SiteState:
    current = [p for p in parts if p.withdrawn_on is None]
    share = state.area_ha / len(current) if state.area_ha and current else None
    fitted = [replace(p, extent_km=equal_area_radius_km(p.area_ha or share)) for p in parts]
    return replace(state, parts=tuple(sorted(fitted, key=lambda p: p.ref)))


def record_condition(
    session: Session,
    act: Act,
    site_id: int,
    *,
    state: ConditionState,
    observed: str,
    assessor: str,
    part_ref: str | None = None,
    method: str = "",
    note: str = "",
    scheme: str = "",
    original_value: str = "",
) -> None:
    """Record what somebody saw; an earlier record of the same part, date and assessor is superseded and stays.

    Args:    observed: EDTF.  part_ref: None for the site as a whole.  method: a word of the form's list or any other.
    Raises:  NotFound; InvalidInput for a date that is none or still to come, and for destruction known by hearsay.
    """
    when = parse_edtf(observed)
    if when.earliest and when.earliest > act.now.date():
        raise UnusableField("observed", N_("That day has not come yet."))
    if state is ConditionState.DESTROYED and method == HEARSAY:
        raise UnusableField(
            "method",
            N_("“Destroyed” is not recorded from hearsay: it needs a visit, a photograph or a satellite image."),
        )
    condition = ConditionRecord(state, when.text, scheme, original_value, part_ref, assessor, method, note)

    def edited(site: SiteState) -> SiteState:
        if part_ref is not None and all(part.ref != part_ref for part in site.parts):
            raise UnusableField("part_ref", N_("This site has no part %(ref)s."), ref=part_ref)
        kept = [c for c in site.conditions if not _same_observation(c, condition)]
        return replace(site, conditions=(*kept, condition))

    _change(session, act, site_id, edited)


def _same_observation(a: ConditionRecord, b: ConditionRecord) -> bool:
    keys = (condition_key(a), condition_key(b))
    return all(keys[0][i] == keys[1][i] for i in (0, 1, 2, 4))


def add_danger_period(
    session: Session, act: Act, site_id: int, *, began: str, ended: str = "", decision: str = ""
) -> None:
    """Record a stay on the List of World Heritage in Danger.

    Args:    began, ended: EDTF; a bare year is narrowed by the Committee's sessions; ended empty while it lasts.
             decision: such as `37 COM 7B.57`.
    Raises:  NotFound; InvalidInput for what is no date; Conflict when it overlaps another, ends before it starts or
             precedes the inscription.
    """

    def edited(state: SiteState) -> SiteState:
        stay = DangerStay(_turn(began, state.ref, decision), _turn(ended, state.ref, "") if ended else None)
        return replace(state, danger=(*state.danger, stay))

    _change(session, act, site_id, edited)


def close_danger_period(session: Session, act: Act, site_id: int, *, ended: str, decision: str = "") -> None:
    """Record that the open stay on the List in Danger has ended.

    Args:    ended: EDTF, as of `add_danger_period`.
    Raises:  NotFound; InvalidInput; Conflict when none is open or it would end before it started.
    """

    def edited(state: SiteState) -> SiteState:
        current = next((stay for stay in state.danger if stay.ended is None), None)
        if current is None:
            raise Conflict(N_("This site is not on the List in Danger."))
        turn = _turn(ended, state.ref, decision)
        return replace(state, danger=tuple(replace(s, ended=turn) if s is current else s for s in state.danger))

    _change(session, act, site_id, edited)


def _turn(text: str, ref: str, decision: str) -> Turn:
    when: EDTFDate = parse_edtf(text)
    if when.earliest is None or when.latest is None:
        raise InvalidInput(
            N_("“%(text)s” has no end on one side; a danger period needs days, months or years."), text=text
        )
    if len(when.text) == 4 and when.text.isdigit():
        turn = committee_sessions().turn_in(int(when.text), ref)
        return replace(turn, decision=decision or turn.decision)
    return Turn(when.earliest, when.latest, when.text, decision)
