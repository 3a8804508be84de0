"""Reads of the register: one site with all that belongs to it, lists, counts; as of a day where a day is given."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from heritage.core.dates import Trilean
from heritage.core.errors import N_, NotFound
from heritage.core.text import fold, similarity, trigrams
from heritage.sites import search
from heritage.sites.danger import DangerStay, Turn, status_on
from heritage.sites.domain import WORLD_HERITAGE, NameKind
from heritage.sites.models import Condition, DangerPeriod, Part, RegisterChange, Site, SiteIdentifier, SiteName

SITE: sa.Table = Site.__table__  # type: ignore[attr-defined]  # SQLModel gives every table class one
PERIOD: sa.Table = DangerPeriod.__table__  # type: ignore[attr-defined]
MOST_ROWS = 1_000_000
SORTS = ("relevance", "name", "-name", "inscribed", "-inscribed", "country")


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One line of a list; in_danger and in_force are those of the list's day."""

    id: int
    register: str
    ref: str
    slug: str
    name: str
    category: str
    countries: tuple[str, ...]
    states_note: str
    region: str
    inscribed_year: int | None
    lon: float | None
    lat: float | None
    disclosure: str
    grid_km: float | None
    vanished_on: date | None
    in_danger: Trilean
    in_force: bool


@dataclass(frozen=True, slots=True)
class Found:
    """The sites that meet a question by their ids, in its order, and how many there are; the rest as in `Page`."""

    ids: list[int]
    total: int
    corrected: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    sought: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of a list, and how many there are.

    `corrected` holds what a misspelt query was read as, `ignored` its words that no name is like, `sought` the text
    query that came of it.
    """

    rows: list[SiteRow]
    total: int
    corrected: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    sought: str = ""


def list_sites(
    session: Session, *, today: date, as_of: date | None = None, known_on: date | None = None, **wanted: Any
) -> Page:
    """Sites that meet every condition given, as `find_ids` takes them, each with what a line of a list says."""
    found = find_ids(session, today=today, as_of=as_of, known_on=known_on, **wanted)
    rows = site_rows(session, found.ids, as_of or today, known_on)
    return Page(rows, found.total, found.corrected, found.ignored, found.sought)


def find_ids(
    session: Session,
    *,
    today: date,
    query: str = "",
    countries: Sequence[str] = (),
    in_danger: bool | None = None,
    categories: Sequence[str] = (),
    registers: Sequence[str] = (),
    as_of: date | None = None,
    known_on: date | None = None,
    in_force: bool | None = None,
    bbox: tuple[float, float, float, float] | None = None,
    ids: Sequence[int] | None = None,
    sort: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Found:
    """The ids of sites that meet every condition given.

    `as_of` keeps those in force at the end of that day, tombstones of later among them; without it all that are held
    are listed, with `in_force` as of `today`. `in_danger` True keeps certain and uncertain stays, False neither;
    `known_on` as for `stay_stands`.
    `bbox` is west, south, east, north in degrees and may cross the antimeridian. `sort` is one of SORTS.
    """
    day = as_of or today
    conditions = _conditions((day, known_on), countries, in_danger, categories, registers, bbox, ids)
    if as_of or in_force is not None:
        in_force_then = SITE.c.listed.op("@>")(sa.cast(day, sa.Date))
        conditions.append(sa.not_(in_force_then) if in_force is False and not as_of else in_force_then)
    words = search.query_words(query)
    if query.strip() and not words:
        return Found([], 0)
    if not words:
        return _ids(session, conditions, _order(sort or "name", query, words), limit, offset)
    for widely in (False, True):
        sought = _sought(session, words, widely=widely)
        meant = [word for word in words if word not in sought.ignored] or words
        found = [*conditions, SITE.c.search.op("@@")(sa.func.to_tsquery("simple", sought.query))]
        page = _ids(session, found, _order(sort or "relevance", query, meant), limit, offset)
        if page.total:
            break
    return replace(page, corrected=sought.corrected, ignored=sought.ignored, sought=sought.query)


def _ids(
    session: Session, conditions: list[sa.ColumnElement[bool]], order: list[Any], limit: int, offset: int
) -> Found:
    statement = sa.select(SITE.c.id).where(*conditions)
    page_ids = list(session.execute(statement.order_by(*order).limit(limit).offset(offset)).scalars())
    complete = offset == 0 and len(page_ids) < limit
    total = len(page_ids) if complete else _count(session, conditions)
    return Found(page_ids, total)


def _conditions(
    days: tuple[date, date | None],
    countries: Sequence[str],
    in_danger: bool | None,
    categories: Sequence[str],
    registers: Sequence[str],
    bbox: tuple[float, float, float, float] | None,
    ids: Sequence[int] | None,
) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if countries:
        codes = sa.cast([code.upper() for code in countries], sa.ARRAY(sa.Text))
        found.append(SITE.c.states_parties.op("&&")(codes))
    if categories:
        found.append(SITE.c.category.in_(categories))
    if registers:
        found.append(SITE.c.register.in_(registers))
    if ids is not None:
        found.append(SITE.c.id == sa.any_(sa.cast(list(ids), sa.ARRAY(sa.BigInteger))))
    if bbox:
        found.append(_in_box(*bbox))
    if in_danger is not None:
        day, known_on = days
        listed = sa.and_(_stays_on(day, known_on), SITE.c.listed.op("@>")(sa.cast(day, sa.Date)))
        found.append(listed if in_danger else sa.not_(listed))
    return found


def stay_stands(known_on: date | None) -> sa.ColumnElement[bool]:
    """Which versions of stays on the List in Danger count.

    Args:    known_on: None for what the record says now. Else what it said at the end of that day; of what was written
             later, decisions of before count too, for the Committee's decisions are public, and corrections do not.
    """
    c = PERIOD.c
    if known_on is None:
        return c.superseded_at.is_(None)
    before = PERIOD.alias("before")
    corrects = sa.exists().where(before.c.site_id == c.site_id, before.c.superseded_at == c.recorded_at)
    recorded, gone = sa.cast(c.recorded_at, sa.Date), sa.cast(c.superseded_at, sa.Date)
    return sa.and_(
        sa.or_(gone.is_(None), gone > known_on),
        sa.or_(recorded <= known_on, sa.not_(corrects)),
        c.began_earliest <= known_on,
    )


def _stays_on(day: date, known_on: date | None) -> sa.ColumnElement[bool]:
    stays = sa.select(PERIOD.c.site_id).where(stay_stands(known_on), PERIOD.c.possible.op("@>")(sa.cast(day, sa.Date)))
    return SITE.c.id.in_(stays)


def _in_box(west: float, south: float, east: float, north: float) -> sa.ColumnElement[bool]:
    point = sa.func.point(SITE.c.public_lon, SITE.c.public_lat)
    sides = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    boxes = [sa.func.box(sa.func.point(low, south), sa.func.point(high, north)) for low, high in sides]
    return sa.or_(*(point.op("<@")(box) for box in boxes))


@dataclass(frozen=True, slots=True)
class _Sought:
    """A tsquery, the words put in another's place, and those left out because no name is like them."""

    query: str
    corrected: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def _sought(session: Session, words: list[str], *, widely: bool) -> _Sought:
    """Each word is a beginning; one that no name has stands for the known words most like it.

    Args:    widely: a word that names have stands for those like it as well: "sofia" for Sophia beside Sofia.
    Returns: the query; where no word would be left nothing is left out, and nothing is found.
    """
    parts, corrected, ignored = [], [], []
    for word in words:
        known = _is_known(session, word)
        alike = _alike(session, word) if widely or not known else []
        if known or alike:
            parts.append("(" + " | ".join([*([f"{word}:*"] if known else []), *alike]) + ")")
            corrected += [other for other in alike if other != word][:3]
        else:
            ignored.append(word)
    if not parts:
        return _Sought(" & ".join(f"{word}:*" for word in words))
    return _Sought(" & ".join(parts), tuple(corrected), tuple(ignored))


def _is_known(session: Session, word: str) -> bool:
    if len(word) < search.SHORTEST_FUZZY or not word.isalpha():
        return True
    if len(word) < search.SHORTEST_LISTED:
        named = sa.select(sa.exists().where(SITE.c.search.op("@@")(sa.func.to_tsquery("simple", f"{word}:*"))))
        return bool(session.execute(named).scalar_one())
    known = sa.text("select exists (select from search_word where word >= :word and word < :after)")
    return bool(session.execute(known, {"word": word, "after": word + "{"}).scalar_one())


def _alike(session: Session, word: str) -> list[str]:
    statement = sa.text(
        "select word from (select word, cardinality(trigrams) as theirs,"
        " (select count(*) from unnest(trigrams) as t where t = any(:ours)) as shared"
        " from search_word where trigrams && cast(:ours as text[])) as near"
        " order by shared::float8 / (theirs + :number - shared) desc, word limit 12"
    )
    ours = list(trigrams(word))
    found = session.execute(statement, {"ours": ours, "number": len(ours)}).scalars()
    likeness = {known: similarity(word, known) for known in found if known != word}
    # Only what is nearly as like as the likest: "damscus" means Damascus and not Notre-Dame as well.
    least = max([search.LEAST_SIMILARITY, *(search.NEARLY_AS_LIKE * value for value in likeness.values())])
    return [known for known, value in likeness.items() if value >= least]


def _order(sort: str, query: str, words: list[str]) -> list[Any]:
    by_name = [SITE.c.name_folded, SITE.c.id]
    if sort == "relevance" and words:
        return [_rank(fold(query), words), sa.func.length(SITE.c.name_folded), *by_name]
    orders: dict[str, list[Any]] = {
        "-name": [SITE.c.name_folded.desc(), SITE.c.id.desc()],
        "inscribed": [SITE.c.inscribed_year, *by_name],
        "-inscribed": [SITE.c.inscribed_year.desc().nulls_last(), *by_name],
        "country": [SITE.c.states_parties[1], *by_name],
    }
    return orders.get(sort, by_name)


def _rank(folded: str, words: list[str]) -> sa.ColumnElement[int]:
    """Its very name or number first, then names that begin so, then words of its name, of other names, of its parts."""
    in_name = sa.func.to_tsquery("simple", " & ".join(f"{word}:*A" for word in words))
    in_names = sa.func.to_tsquery("simple", " & ".join(f"{word}:*AB" for word in words))
    return sa.case(
        (sa.or_(SITE.c.name_folded == folded, SITE.c.register_ref == folded), 0),
        (SITE.c.name_folded.startswith(folded, autoescape=True), 1),
        (SITE.c.search.op("@@")(in_name), 2),
        (SITE.c.search.op("@@")(in_names), 3),
        else_=4,
    )


def _count(session: Session, conditions: list[sa.ColumnElement[bool]]) -> int:
    counted = sa.select(sa.func.count()).select_from(SITE).where(*conditions)
    return int(session.execute(counted).scalar_one())


def site_rows(session: Session, ids: Sequence[int], day: date, known_on: date | None) -> list[SiteRow]:
    """What a line of a list says of some sites, in the order of their ids.

    Args:    day: the list's.  known_on: as for `stay_stands`.
    Raises:  NotFound when one of them is not held any more.
    """
    if not ids:
        return []
    c = SITE.c
    columns = [c.id, c.register, c.register_ref, c.slug, c.name, c.category, c.states_parties, c.states_note, c.region]
    columns += [c.inscribed_year, c.lon, c.lat, c.disclosure, c.grid_km, c.vanished_on]
    in_force = c.listed.bool_op("@>")(sa.cast(day, sa.Date)).label("in_force")
    wanted = c.id == sa.any_(sa.cast(list(ids), sa.ARRAY(sa.BigInteger)))
    rows = {row.id: row for row in session.execute(sa.select(*columns, in_force).where(wanted))}
    if len(rows) < len(set(ids)):
        raise NotFound(N_("The register has changed in the meantime. Please try again."))
    statuses = danger_statuses(session, ids, day, known_on)
    return [_site_row(rows[site_id], statuses.get(site_id, Trilean.NO)) for site_id in ids]


def _site_row(row: Any, status: Trilean) -> SiteRow:
    return SiteRow(
        id=row.id,
        register=row.register,
        ref=row.register_ref,
        slug=row.slug,
        name=row.name,
        category=str(row.category),
        countries=tuple(row.states_parties),
        states_note=row.states_note,
        region=row.region,
        inscribed_year=row.inscribed_year,
        lon=row.lon,
        lat=row.lat,
        disclosure=str(row.disclosure),
        grid_km=row.grid_km,
        vanished_on=row.vanished_on,
        # A site that has left its register is no longer on the register's list in danger either.
        in_danger=status if row.in_force else Trilean.NO,
        in_force=row.in_force,
    )


def danger_statuses(
    session: Session, ids: Sequence[int], day: date, known_on: date | None = None
) -> dict[int, Trilean]:
    """Whether sites were on the List in Danger at the end of a day; those that never were are absent.

    Args:    known_on: as for `stay_stands`.
    """
    stays: dict[int, list[DangerStay]] = defaultdict(list)
    c = PERIOD.c
    columns = (c.site_id, c.began_earliest, c.began_latest, c.ended_earliest, c.ended_latest)
    wanted = c.site_id == sa.any_(sa.cast(list(ids), sa.ARRAY(sa.BigInteger)))
    for row in session.execute(sa.select(*columns).where(stay_stands(known_on), wanted)):
        ended = Turn(row[3], row[4], "") if row[3] else None
        stays[row[0]].append(DangerStay(Turn(row[1], row[2], ""), ended))
    return {site_id: status_on(found, day) for site_id, found in stays.items()}


def public_points(session: Session, ids: Sequence[int]) -> dict[int, tuple[float, float]]:
    """What may be shown of some sites' places, lon and lat in degrees; a hidden or unknown place is absent."""
    wanted = SITE.c.id == sa.any_(sa.cast(list(ids), sa.ARRAY(sa.BigInteger)))
    query = sa.select(SITE.c.id, SITE.c.public_lon, SITE.c.public_lat).where(wanted, SITE.c.public_lon.is_not(None))
    return {row.id: (row.public_lon, row.public_lat) for row in session.execute(query)}


def registers_of(session: Session, ids: Sequence[int]) -> list[str]:
    """The registers that some sites belong to, sorted; a handful however many sites there are."""
    wanted = SITE.c.id == sa.any_(sa.cast(list(ids), sa.ARRAY(sa.BigInteger)))
    return sorted(session.execute(sa.select(SITE.c.register).where(wanted).distinct()).scalars())


def count_sites(session: Session) -> int:
    """How many places are held, tombstones among them."""
    return _count(session, [])


def find_site(session: Session, slug: str) -> Site | None:
    """The site of an address, of one it had before, or of a World Heritage number.

    Compare its slug to know whether to redirect.
    """
    site = session.exec(select(Site).where(Site.slug == slug)).first()
    if site is not None:
        return site
    former = select(SiteIdentifier.site_id).where(SiteIdentifier.scheme == "slug", SiteIdentifier.value == slug)
    site = session.exec(select(Site).where(col(Site.id).in_(former))).first()
    if site is None and slug.isascii() and slug.isdigit():
        listed = select(Site).where(col(Site.register) == WORLD_HERITAGE, Site.register_ref == slug)
        site = session.exec(listed).first()
    return site


def get_site(session: Session, slug: str) -> Site:
    """The site of an address, present or former.  Raises: NotFound."""
    site = find_site(session, slug)
    if site is None:
        raise NotFound(N_("There is no site “%(slug)s”."), slug=slug)
    return site


def get_site_by_ref(session: Session, ref: str, *, register: str) -> Site:
    """The site of a register's own number.  Raises: NotFound."""
    query = select(Site).where(col(Site.register) == register, Site.register_ref == ref)
    site = session.exec(query).first()
    if site is None:
        raise NotFound(N_("The register “%(register)s” has no place %(ref)s."), register=register, ref=ref)
    return site


def parts_of(session: Session, site_id: int, *, as_of: date | None = None, limit: int = 2_000) -> list[Part]:
    """The component parts of a site by their number; as of a day those not withdrawn by then, else those of now."""
    query = select(Part).where(Part.site_id == site_id).order_by(Part.ref).limit(limit)
    gone = col(Part.withdrawn_on)
    return list(session.exec(query.where(sa.or_(gone.is_(None), gone > as_of) if as_of else gone.is_(None))))


def names_of(session: Session, site_id: int, *, limit: int = 500) -> list[SiteName]:
    """All names of a site, the official one first; those of its parts are not among them."""
    query = select(SiteName).where(SiteName.site_id == site_id, col(SiteName.part_id).is_(None))
    return list(session.exec(query.order_by(col(SiteName.id)).limit(limit)))


def names_in(session: Session, site_ids: Sequence[int], language: str) -> dict[int, str]:
    """The sites' names in one language, by their ids, where the register has one; the official one before others."""
    query = select(SiteName.site_id, SiteName.text).where(
        col(SiteName.site_id).in_(site_ids), SiteName.language == language, col(SiteName.part_id).is_(None)
    )
    query = query.where(SiteName.kind != NameKind.FORMER)
    # Read from the last choice to the first: what comes later takes the place.
    order = sa.case((col(SiteName.kind) == NameKind.OFFICIAL, 1), else_=0), col(SiteName.id).desc()
    return dict(session.exec(query.order_by(*order)).all())


def identifiers_of(session: Session, site_id: int, *, limit: int = 200) -> list[SiteIdentifier]:
    """What other registers call a site."""
    query = select(SiteIdentifier).where(SiteIdentifier.site_id == site_id, SiteIdentifier.scheme != "slug")
    return list(session.exec(query.order_by(SiteIdentifier.scheme, SiteIdentifier.value).limit(limit)))


def danger_periods(session: Session, site_id: int, *, known_on: date | None = None) -> list[DangerPeriod]:
    """The danger periods of a site, oldest first. known_on: as for `stay_stands`."""
    query = select(DangerPeriod).where(DangerPeriod.site_id == site_id, stay_stands(known_on))
    return list(session.exec(query.order_by(col(DangerPeriod.began_earliest), col(DangerPeriod.id))))


def danger_status(session: Session, site_id: int, day: date) -> Trilean:
    """Whether one site was on the List in Danger at the end of a day."""
    return danger_statuses(session, [site_id], day).get(site_id, Trilean.NO)


def conditions_of(
    session: Session,
    site_id: int,
    *,
    as_of: date | None = None,
    known_on: date | None = None,
    superseded: bool = False,
    limit: int = 200,
) -> list[Condition]:
    """Observed condition, newest observation first; as of a day those observed by then; superseded ones on request.

    Args:    known_on: as the record stood at the end of that day; None as it stands now.
    """
    query = select(Condition).where(Condition.site_id == site_id)
    if known_on is not None:
        recorded, gone = (sa.cast(c, sa.Date) for c in (col(Condition.recorded_at), col(Condition.superseded_at)))
        query = query.where(recorded <= known_on, sa.or_(gone.is_(None), gone > known_on))
    elif not superseded:
        query = query.where(col(Condition.superseded_at).is_(None))
    if as_of:
        query = query.where(sa.or_(col(Condition.observed_from).is_(None), col(Condition.observed_from) <= as_of))
    newest = (col(Condition.observed_to).desc().nulls_last(), col(Condition.id).desc())
    return list(session.exec(query.order_by(*newest).limit(limit)))


def changes_of(
    session: Session, *, site_id: int | None = None, import_id: int | None = None, limit: int = 500
) -> list[RegisterChange]:
    """What imports and people changed, newest first, of one site or of one import."""
    query = select(RegisterChange).order_by(col(RegisterChange.id).desc()).limit(limit)
    if site_id is not None:
        query = query.where(RegisterChange.site_id == site_id)
    if import_id is not None:
        query = query.where(RegisterChange.import_id == import_id)
    return list(session.exec(query))
