"""Which columns hold sealed values: each feature names its own beside its tables, so that all can be checked."""

from dataclasses import dataclass

from heritage.sealing.envelope import Purpose, bound_to


@dataclass(frozen=True)
class SealedColumn:
    """A bytea column of sealed values, each bound to its row by ``bound_to(table, column, key)``.

    ``key`` names a unique column that never changes. The column's table must let the program's role update it, for a
    new key means new bytes; so no hash may cover the bytes.
    """

    table: str
    key: str
    column: str
    purpose: Purpose

    def identity(self, row: object) -> str:
        """What the value of a row is bound to; ``row`` is the value of ``key``."""
        return bound_to(self.table, self.column, row)


_COLUMNS: dict[tuple[str, str], SealedColumn] = {}


def register(table: str, key: str, column: str, purpose: Purpose) -> SealedColumn:
    """Name a sealed column; called where its table is defined.

    Returns: the column, which knows the identity to seal a row's value with.
    """
    return _COLUMNS.setdefault((table, column), SealedColumn(table, key, column, purpose))


def sealed_columns() -> list[SealedColumn]:
    """Every sealed column of the features that are loaded, by table and column; load all models first."""
    return [_COLUMNS[place] for place in sorted(_COLUMNS)]
