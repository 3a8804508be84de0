"""A mapping file: which column of a foreign inventory says what, written in TOML by whoever knows the inventory."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from heritage.core.errors import InvalidInput
from heritage.settings import data_dir
from heritage.sites.domain import Category, ConditionState, Disclosure


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Columns = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
"""One column or several; the first that says something counts."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Fields(_Strict):
    """Columns by field; a path such as `a.b` goes into nested objects."""

    ref: Columns
    name: Columns = ()
    countries: Columns = ()
    region: Columns = ()
    category: Columns = ()
    year: Columns = ()
    area_ha: Columns = ()
    description: Columns = ()
    criteria: Columns = ()
    in_danger: Columns = ()
    lon: Columns = ()
    lat: Columns = ()
    wkt: Columns = ()


class OtherName(_Strict):
    """A column of further names, in one language when it is known."""

    column: str
    language: str | None = None


class Conditions(_Strict):
    """Where an observed condition stands, and what its words mean on the common ladder."""

    state: Columns
    states: dict[str, ConditionState]
    original: Columns = ()
    observed: Columns = ()
    scheme: str = ""
    method: Columns = ()
    note: Columns = ()


class Mapping(_Strict):
    """A whole mapping file. `docs/register-files.md` explains every key."""

    title: str
    register_name: str = Field(alias="register", pattern=r"^[a-z][a-z0-9-]{1,39}$")
    disclosure: Disclosure = Disclosure.GENERALISED
    grid_km: float | None = Field(default=5.0, gt=0, le=500)
    category: Category = Category.UNKNOWN
    whole_list_from: int | None = Field(default=None, ge=1)
    repeated: Literal["group", "refuse"] = "group"
    tells: Literal["places", "conditions"] = "places"
    separator: str | None = Field(default=None, min_length=1)
    nulls: tuple[str, ...] = ()
    ref_pattern: str | None = None
    released: str | None = None
    released_newest_of: str | None = None
    never_overwrite: frozenset[str] = frozenset()
    recognise: tuple[tuple[str, ...], ...] = ()
    fields: Fields
    other_names: tuple[OtherName, ...] = ()
    identifiers: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    conditions: Conditions | None = None

    def fits(self, columns: tuple[str, ...]) -> bool:
        """Whether a file with these columns is one that this mapping was written for."""
        there = {folded(column) for column in columns}
        return any(there >= {folded(column) for column in wanted} for wanted in self.recognise if wanted)


def folded(column: str) -> str:
    """A column's name as it is compared: small letters, and one underscore for whatever is neither letter nor digit."""
    return re.sub(r"\W+", "_", column.strip().lower()).strip("_")


def load_mapping(given: str | Path) -> Mapping:
    """Read a mapping.

    Args:    given: a file, or the name of a shipped mapping such as `eamena`.
    Raises:  InvalidInput naming every key that cannot be used.
    """
    path = shipped_mappings().get(str(given), Path(given))
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        known = ", ".join(shipped_mappings())
        raise InvalidInput(
            f"The mapping {given} cannot be read ({error.strerror}). Shipped mappings: {known}."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The mapping {path.name} is not TOML: {error}.") from error
    try:
        mapping = Mapping.model_validate(values)
        re.compile(mapping.ref_pattern or "")
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        raise InvalidInput(f"The mapping {path.name} cannot be used: {problems}.") from None
    except re.error as error:
        raise InvalidInput(f"The mapping {path.name}: ref_pattern is no regular expression ({error}).") from error
    return mapping


def shipped_mappings() -> dict[str, Path]:
    """The mappings that come with the program, by name."""
    return {path.stem: path for path in sorted((data_dir("config") / "mappings").glob("*.toml"))}
