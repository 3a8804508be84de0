"""Column types that every feature's models share."""

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, DATERANGE, JSONB
from sqlmodel import SQLModel

__all__ = ["ARRAY", "DATERANGE", "JSONB", "NAMING", "str_enum"]

# Alembic and the database must agree on names, or a constraint cannot be dropped by a migration.
NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
# Set here because every models module imports this one: names are given when a table is defined.
SQLModel.metadata.naming_convention = NAMING


def str_enum(values: type[StrEnum], *, name: str | None = None) -> sa.Enum:
    """A text column that holds one of a fixed set, by value, with a CHECK and no native type.

    Args:    values: the set.  name: of the constraint, by default the set's own name in lower case.
    Returns: the column type; length 32 so that a longer word can be added without rewriting the table.
    """
    return sa.Enum(
        values,
        native_enum=False,
        values_callable=lambda members: [member.value for member in members],
        create_constraint=True,
        length=32,
        name=name or values.__name__.lower(),
    )
