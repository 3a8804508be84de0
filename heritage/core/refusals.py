"""A row that was not taken, and why: the one shape in which every reader says so."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RowRefusal:
    """Row number in the file as a person counts it (the header is row 1), the field, the reason in plain words."""

    row: int | None
    field: str | None
    reason: str
    excerpt: str = ""
