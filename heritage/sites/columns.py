"""Reads of the whole register at once, as columns: for counting what a list can be narrowed by."""

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlmodel import Session

from heritage.db.arrays import read_array
from heritage.sites.domain import Category
from heritage.sites.facets import Columns
from heritage.sites.queries import PERIOD, stay_stands

CATEGORIES = tuple(category.value for category in Category)
_EPOCH = date(2000, 1, 1)
# A range that is open at an end, and one that holds no day.
_OPEN_DAYS = 1_000_000
_ZERO = "cast(:epoch as date)"
_COLUMNS = {
    "id": ("id", ">i8"),
    "lon": ("coalesce(public_lon, 'NaN')", ">f8"),
    "lat": ("coalesce(public_lat, 'NaN')", ">f8"),
    "category": ("array_position(cast(:categories as text[]), category::text)::int4", ">i4"),
    "register": ("array_position(cast(:registers as text[]), register)::int4", ">i4"),
    "from_day": (f"coalesce(lower(listed) - {_ZERO}, case when isempty(listed) then :open else -:open end)", ">i4"),
    "to_day": (f"coalesce(upper(listed) - {_ZERO}, case when isempty(listed) then -:open else :open end)", ">i4"),
}
_STATES = """
    select array_send(array_agg(site.id)), array_send(array_agg((ascii(code) * 256 + ascii(substr(code, 2)))::int4))
    from site, unnest(states_parties) as code where code ~ '^[A-Z]{2}$'
"""
# Changes with every import, undoing and edit of the register, and with nothing else.
_STAMP = sa.text(
    """
    select (select max(id) from import_run where kind = 'sites'),
           (select count(*) from import_run where kind = 'sites' and status <> 'taken'),
           (select max(id) from register_change)
    """
)


def register_stamp(session: Session) -> tuple[Any, ...]:
    """What the register looks like from afar: equal stamps mean equal columns."""
    return tuple(session.execute(_STAMP).one())


def load_columns(session: Session) -> Columns:
    """Every site held, tombstones among them."""
    names = sa.text(
        "select coalesce(array_agg(register order by register), '{}') from (select distinct register from site) as r"
    )
    registers = session.execute(names).scalar_one()
    sent = ", ".join(f"array_send(array_agg({text} order by id)) as {name}" for name, (text, _) in _COLUMNS.items())
    given = {"categories": list(CATEGORIES), "registers": registers, "epoch": _EPOCH, "open": _OPEN_DAYS}
    row = session.execute(sa.text(f"select {sent} from site"), given).one()  # noqa: S608  # our own expressions
    read = {name: read_array(column, kind) for column, (name, (_, kind)) in zip(row, _COLUMNS.items(), strict=True)}
    state_ids, states = (
        read_array(column, kind)
        for column, kind in zip(session.execute(sa.text(_STATES)).one(), (">i8", ">i4"), strict=True)
    )
    return Columns(
        ids=read["id"],
        lon=read["lon"],
        lat=read["lat"],
        category=(read["category"] - 1).astype(np.int16),
        register=(read["register"] - 1).astype(np.int16),
        from_day=read["from_day"] + _EPOCH.toordinal(),
        to_day=read["to_day"] + _EPOCH.toordinal(),
        state_row=np.searchsorted(read["id"], state_ids),
        state=states,
        categories=CATEGORIES,
        registers=tuple(registers),
    )


def find_named(session: Session, sought: str) -> npt.NDArray[Any]:
    """The ids of all sites a text query finds, in no order."""
    found = sa.text("select array_send(array_agg(id)) from site where search @@ to_tsquery('simple', :sought)")
    return read_array(session.execute(found, {"sought": sought}).scalar_one(), ">i8")


def find_endangered(session: Session, day: date, known_on: date | None = None) -> tuple[int, ...]:
    """The sites that were, or may have been, on the List in Danger at the end of a day.

    Args:    known_on: as for `heritage.sites.queries.stay_stands`.
    """
    c = PERIOD.c
    stays = sa.select(c.site_id).distinct().where(stay_stands(known_on), c.possible.op("@>")(sa.cast(day, sa.Date)))
    return tuple(session.execute(stays).scalars())
