"""Where the pages find what is sealed: each feature says, beside its pages, how one of its kind is found and shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlmodel import Session
from werkzeug.wrappers import Response

from heritage.sealing.domain import Sealed, SealedKind
from heritage.sealing.registry import SealedColumn
from heritage.services import Services


@dataclass(frozen=True)
class Found:
    """One sealed thing: whose it is, the address of its own page, the stored bytes and the row they are bound to."""

    what: Sealed
    back: str
    row: object
    value: bytes | None


@dataclass(frozen=True)
class Source:
    """How a kind is found and shown.

    ``find`` takes a key and gives None for an unknown one. With ``column`` and ``present`` an opened value becomes
    labels and words; a kind that is a file has ``send`` instead, which is called once the reading is logged.
    """

    find: Callable[[Session, str], Found | None]
    column: SealedColumn | None = None
    present: Callable[[Session, bytes], Sequence[tuple[str, str]]] | None = None
    send: Callable[[Services, str], Response] | None = None


_SOURCES: dict[SealedKind, Source] = {}


def register_source(kind: SealedKind, source: Source) -> None:
    """Name the source of a kind; called by the feature's views."""
    _SOURCES[kind] = source


def source_of(kind: str) -> Source | None:
    """The source of a kind by its name, or None."""
    return _SOURCES.get(SealedKind(kind)) if kind in set(SealedKind) else None
