"""UCDP GED event files, yearly and candidate, in every layout seen since 2019."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial

import polars as pl

from heritage.core.errors import UnusableFile
from heritage.core.files import SourceFile
from heritage.core.pipeline import in_order
from heritage.core.refusals import RowRefusal
from heritage.feeds.base import DRAFT, SWAPPED, Batch, FeedSettings
from heritage.feeds.delimited import ROW, DelimitedReader, Table
from heritage.feeds.domain import (
    UNIT,
    EventKind,
    LocationPrecision,
    Release,
    TimePrecision,
    release_in_name,
    ucdp_release,
)

# The order of the 49-column layout; only a file without a header is read by it.
LAYOUT_49 = (  # fmt: skip
    "id",
    "relid",
    "year",
    "active_year",
    "code_status",
    "type_of_violence",
    "conflict_dset_id",
    "conflict_new_id",
    "conflict_name",
    "dyad_dset_id",
    "dyad_new_id",
    "dyad_name",
    "side_a_dset_id",
    "side_a_new_id",
    "side_a",
    "side_b_dset_id",
    "side_b_new_id",
    "side_b",
    "number_of_sources",
    "source_article",
    "source_office",
    "source_date",
    "source_headline",
    "source_original",
    "where_prec",
    "where_coordinates",
    "where_description",
    "adm_1",
    "adm_2",
    "latitude",
    "longitude",
    "geom_wkt",
    "priogrid_gid",
    "country",
    "country_id",
    "region",
    "event_clarity",
    "date_prec",
    "date_start",
    "date_end",
    "deaths_a",
    "deaths_b",
    "deaths_civilians",
    "deaths_unknown",
    "best",
    "high",
    "low",
    "gwnoa",
    "gwnob",
)

REQUIRED = (
    "id",
    "type_of_violence",
    "where_prec",
    "latitude",
    "longitude",
    "country",
    "date_prec",
    "date_start",
    "date_end",
    "best",
)
OPTIONAL = (
    "year",
    "code_status",
    "side_a",
    "side_b",
    "source_article",
    "source_office",
    "source_date",
    "source_headline",
    "source_original",
    "where_coordinates",
    "where_description",
    "adm_1",
    "geom_wkt",
    "event_clarity",
    "low",
    "high",
)

KINDS = {1: EventKind.FIGHTING, 2: EventKind.NON_STATE_FIGHTING, 3: EventKind.VIOLENCE_AGAINST_CIVILIANS}

# where_prec -> our scale and the radius in km to assume. A point of code 4 and worse stands for a whole province, line
# or country, so it gets no radius and never a place.  Source: feeds.md, section 0.
PLACES = {
    1: (LocationPrecision.EXACT, 5.0),
    2: (LocationPrecision.NEAR, 25.0),
    3: (LocationPrecision.DISTRICT, 30.0),
    4: (LocationPrecision.PROVINCE, 100.0),
    5: (LocationPrecision.AREA, None),
    6: (LocationPrecision.COUNTRY, None),
    7: (LocationPrecision.NONE, None),
}
TOWN_RADIUS_KM = 3.0
# Batches checked at a time: reading, digesting and the server take a core each beside it.
THREADS = 1
FOLDED = 1 << 16
Fold = Callable[[str], str | None]
TIMES = {
    0: TimePrecision.UNKNOWN,
    1: TimePrecision.DAY,
    2: TimePrecision.DAYS,
    3: TimePrecision.WEEK,
    4: TimePrecision.MONTH,
    5: TimePrecision.YEAR,
}
YEARS = (1900, 2100)
MOST_DEATHS = 2_000_000_000
# The two ways in which a point is written differ in the sixth digit in some releases.
WKT_TOLERANCE_DEG = 0.001


@dataclass(frozen=True)
class UCDPFeed:
    """The adapter; see ``heritage.feeds.base.FeedAdapter``."""

    settings: FeedSettings
    name: str = "ucdp"

    def release(self, given: str | None, file_name: str, fetched_on: date) -> Release:
        """The release that a person or else the file's name says; without either, one named after the day of import."""
        said = given or release_in_name(file_name)
        if said is None:
            return Release(f"undated {fetched_on}", None, (fetched_on.toordinal(),))
        return ucdp_release(said, fetched_on=fetched_on, known_days=self.settings.release_days)

    def parse(
        self, source: SourceFile, *, fetched_on: date, progress: Callable[[int], None] | None = None
    ) -> Iterator[Batch]:
        """The events of a file, in batches.

        Args:    fetched_on: a source dated later than this is a slip and does not count.  progress: is told bytes read.
        Raises:  UnusableFile for a file that is no table or lacks required columns, which it names.
        """
        reader = DelimitedReader(source)
        columns, skip = _columns(reader.leading(), source.name)
        wanted = [name for name in (*REQUIRED, *OPTIONAL) if name in columns]

        # A spreadsheet of a country that writes 34,55 keeps commas free for that; between commas it is a slip.
        decimal_comma = reader.delimiter != ","

        # The same few thousand names come again in every batch.
        fold = lru_cache(FOLDED)(partial(_fold, settings=self.settings))

        def check(table: Table) -> tuple[int, Batch]:
            return table.bytes_read, _batch(table, self.settings, fold, fetched_on, decimal_comma=decimal_comma)

        for size, batch in in_order(check, reader.tables(columns, wanted, skip=skip), threads=THREADS):
            if progress:
                progress(size)
            yield batch


def _columns(leading: Sequence[Sequence[str]], name: str) -> tuple[list[str], int]:
    """Column names in file order, and how many leading records are no data."""
    header = [cell.strip().lower() for cell in leading[0]]
    if not any(header):
        raise UnusableFile(f"{name} begins with an empty row where the names of its columns should stand.")
    if "id" not in header and header[0].isdigit():
        if len(header) != len(LAYOUT_49):
            raise UnusableFile(
                f"{name} has no header row and {len(header)} columns; without a header only the layout of "
                f"{len(LAYOUT_49)} columns can be read."
            )
        return list(LAYOUT_49), 0
    missing = [column for column in REQUIRED if column not in header]
    if missing:
        raise UnusableFile(
            f"{name} is no UCDP event file: it lacks the column{'s'[: len(missing) > 1]} {', '.join(missing)}."
        )
    twice = sorted({column for column in header if column in (*REQUIRED, *OPTIONAL) and header.count(column) > 1})
    if twice:
        raise UnusableFile(f"{name} has the column {', '.join(twice)} more than once.")
    named = [column if column and header.count(column) == 1 else f"unnamed {at}" for at, column in enumerate(header)]
    return named, 2 if len(leading) > 1 and _is_tag_row(leading[1]) else 1


def _is_tag_row(cells: Sequence[str]) -> bool:
    """Whether a second header row of HXL tags follows, as in the humanitarian data exchange's extracts."""
    return any(cells) and all(not cell or cell.startswith("#") for cell in cells)


def _batch(table: Table, settings: FeedSettings, fold: Fold, fetched_on: date, *, decimal_comma: bool) -> Batch:
    raw = table.frame
    raw = raw.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in OPTIONAL if name not in raw.columns)
    typed = raw.with_columns(
        *(_whole(raw[name]).alias(f"#{name}") for name in WHOLE),
        *(_decimal(raw[name], decimal_comma).alias(f"#{name}") for name in ("latitude", "longitude")),
        *(_day(raw[name]).alias(f"#{name}") for name in ("date_start", "date_end")),
    )
    good, refusals, refused_ids = _refuse(typed.with_columns(_wkt_point(raw["geom_wkt"])))
    return Batch(
        _drafts(good, settings, fold, fetched_on),
        table.read,
        [*table.refusals, *refusals],
        [name for name in refused_ids if name],
    )


WHOLE = ("id", "type_of_violence", "where_prec", "date_prec", "best", "low", "high", "year", "event_clarity")


def _whole(text: pl.Series) -> pl.Series:
    """Whole numbers; "369.0", as statistics programs write it, is one too. Null where the text is none."""
    number = text.cast(pl.Int64, strict=False)
    if number.null_count() > text.null_count():
        decimal = text.str.strip_chars().cast(pl.Float64, strict=False)
        whole = decimal.is_finite() & (decimal.abs() < 2**53) & (decimal == decimal.round())
        number = number.fill_null(pl.select(pl.when(whole).then(decimal)).to_series().cast(pl.Int64))
    return number


def _decimal(text: pl.Series, decimal_comma: bool) -> pl.Series:
    number = text.cast(pl.Float64, strict=False)
    if number.null_count() > text.null_count():
        plain = text.str.strip_chars()
        if decimal_comma:
            plain = plain.str.replace(r"^([-+]?\d+),(\d+)$", "${1}.${2}")
        number = plain.cast(pl.Float64, strict=False)
    return number


def _day(text: pl.Series) -> pl.Series:
    """Days from ``2017-01-30``, ``2014-01-22 00:00:00.000``, ``2014-01-22T00:00:00``; null for anything else."""
    day = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    if (text.str.len_bytes() > 10).any():
        rest_fits = text.str.contains(r"^.{10}([ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?\s*$")
        day = pl.select(pl.when(rest_fits).then(day)).to_series()
    return day


def _wkt_point(text: pl.Series) -> list[pl.Series]:
    """Longitude and latitude of ``POINT (lon lat)``; null for any other text, which is then not compared."""
    inner = text.str.strip_prefix("POINT").str.strip_chars("() ").str.split_exact(" ", 1).struct
    return [
        inner.field(f"field_{at}").cast(pl.Float64, strict=False).alias(name) for at, name in enumerate(("#x", "#y"))
    ]


def _rules() -> list[tuple[str, pl.Expr, str]]:
    """(field, expression that is true for a bad row, reason with {} for the value); the first that holds is told."""
    id_, latitude, longitude = pl.col("#id"), pl.col("#latitude"), pl.col("#longitude")
    first, last, prec = pl.col("#date_start"), pl.col("#date_end"), pl.col("#where_prec")
    rules = [("id", id_.is_null() | (id_ < 0), "is not a number: {}")]
    for name, allowed in (("type_of_violence", KINDS), ("where_prec", PLACES), ("date_prec", TIMES)):
        span = f"{min(allowed)} to {max(allowed)}"
        rules.append(
            (name, ~pl.col(f"#{name}").is_between(min(allowed), max(allowed)).fill_null(False), f"is not {span}: {{}}")
        )
    rules.append(
        (
            "year",
            pl.col("year").is_not_null() & ~pl.col("#year").is_between(*YEARS).fill_null(False),
            "is not a year: {}",
        )
    )
    for name in ("date_start", "date_end"):
        rules.append((name, pl.col(f"#{name}").is_null(), "is not a day: {}"))
        rules.append((name, ~pl.col(f"#{name}").dt.year().is_between(*YEARS), "is not in a year that can be: {}"))
    rules.append(("date_end", last < first, "is before date_start: {}"))
    for name, limit in (("latitude", 90), ("longitude", 180)):
        number = pl.col(f"#{name}")
        rules.append((name, pl.col(name).is_null() & (prec <= 3), "is empty, though the place is said to be known"))
        bad = pl.col(name).is_not_null() & ~(number.abs() <= limit).fill_null(False)
        rules.append((name, bad, f"is not a number from -{limit} to {limit}: {{}}"))
    x, y = pl.col("#x"), pl.col("#y")
    apart = ((x - longitude).abs() > WKT_TOLERANCE_DEG) | ((y - latitude).abs() > WKT_TOLERANCE_DEG)
    swapped = ((x - latitude).abs() <= WKT_TOLERANCE_DEG) & ((y - longitude).abs() <= WKT_TOLERANCE_DEG)
    rules += [
        ("latitude", apart & swapped, f"{SWAPPED}; geom_wkt has them the other way round: {{}}"),
        ("geom_wkt", apart, "names another point than latitude and longitude: {}"),
        ("latitude", (latitude == 0) & (longitude == 0) & (prec <= 3), "0, 0 stands for an unknown place"),
        ("country", pl.col("country").is_null(), "is empty"),
        ("best", pl.col("best").is_null(), "is empty"),
    ]
    for name in ("best", "low", "high"):
        bad = pl.col(name).is_not_null() & ~pl.col(f"#{name}").is_between(0, MOST_DEATHS).fill_null(False)
        rules.append((name, bad, "is not a number of deaths: {}"))
    return rules


RULES = _rules()
_TEXTS = sorted({"id", *(field for field, _, _ in RULES)})


def _refuse(typed: pl.DataFrame) -> tuple[pl.DataFrame, list[RowRefusal], list[str]]:
    """The good rows, a refusal for each other row, and the ids of those."""
    verdict = pl.coalesce(pl.when(bad).then(pl.lit(at, dtype=pl.Int16)) for at, (_, bad, _) in enumerate(RULES))
    judged = typed.with_columns(verdict.alias("#verdict"))
    if judged["#verdict"].null_count() == judged.height:
        return typed, [], []
    # Only the texts: a day in the year 0 is one that Python cannot hold.
    bad = judged.filter(pl.col("#verdict").is_not_null()).select(ROW, "#id", "#verdict", *_TEXTS)
    refusals = []
    for row in bad.iter_rows(named=True):
        field, _, reason = RULES[row["#verdict"]]
        value = "nothing" if row[field] is None else repr(row[field][:60])
        refusals.append(RowRefusal(row[ROW], field, reason.format(value), f"id {row['id']}"))
    ids = bad["#id"].cast(pl.String).drop_nulls().to_list()
    return judged.filter(pl.col("#verdict").is_null()).drop("#verdict"), refusals, ids


def _drafts(rows: pl.DataFrame, settings: FeedSettings, fold: Fold, fetched_on: date) -> pl.DataFrame:
    rows = rows.with_columns(_reported(rows, fetched_on))
    precision = pl.col("#where_prec")
    town = pl.col("where_coordinates").str.contains(r"(?i)\b(?:town|village|hamlet)\s*$").fill_null(False)
    radius = precision.replace_strict({code: radius for code, (_, radius) in PLACES.items()}, return_dtype=pl.Float64)
    has_point = pl.col("#latitude").is_not_null() & pl.col("#longitude").is_not_null()
    unchecked = (pl.col("code_status").str.to_lowercase() != "clear").fill_null(False)
    return rows.with_columns(
        event_id=pl.col("#id").cast(pl.String),
        occurred_from=pl.col("#date_start"),
        occurred_to=pl.col("#date_end"),
        # Seven digits are a centimetre, and -0.0 must not be another place than 0.0.
        lon=pl.when(has_point).then(pl.col("#longitude").round(7) + 0.0),
        lat=pl.when(has_point).then(pl.col("#latitude").round(7) + 0.0),
        radius_km=pl.when((precision == 1) & town).then(TOWN_RADIUS_KM).when(has_point).then(radius),
        location_precision=precision.replace_strict({code: str(word) for code, (word, _) in PLACES.items()}),
        time_precision=pl.col("#date_prec").replace_strict({code: str(word) for code, word in TIMES.items()}),
        kind=pl.col("#type_of_violence").replace_strict({code: str(word) for code, word in KINDS.items()}),
        place_name=pl.col("where_coordinates"),
        place_note=pl.col("where_description"),
        admin1=pl.col("adm_1"),
        fatalities_low=pl.col("#low").cast(pl.Int32),
        fatalities_best=pl.col("#best").cast(pl.Int32),
        fatalities_high=pl.col("#high").cast(pl.Int32),
        **_sources(),
        origins=_origins(rows, fold),
        reliability=pl.lit(settings.reliability),
        credibility=pl.when(unchecked)
        .then(settings.unchecked_credibility)
        .otherwise(settings.credibility)
        .cast(pl.Int16),
        summary=pl.lit(None, dtype=pl.String),
        marks=_marks(unchecked),
    ).select(*DRAFT)


def _reported(rows: pl.DataFrame, fetched_on: date) -> pl.Series:
    """The first day a source wrote of it; days before it happened are placeholders, days to come are slips."""
    given, day = pl.col("source_date"), pl.col("day")
    usable = pl.when((day >= pl.col("#date_start")) & (day <= fetched_on)).then(day)
    days = rows.select(ROW, "#date_start", several=given.str.contains(";", literal=True), day=_first_ten(given))
    one = days.select(ROW, day=usable)
    if not days["several"].any():
        return one["day"].alias("reported_on")
    listed = rows.filter(days["several"].fill_null(False)).select(ROW, "#date_start", day=given.str.split(";"))
    first = listed.explode("day").with_columns(day=_first_ten(day)).group_by(ROW).agg(usable.min())
    return one.update(first, on=ROW, how="left", include_nulls=True)["day"].alias("reported_on")


def _first_ten(text: pl.Expr) -> pl.Expr:
    """The day that a text begins with, if it begins with one."""
    return text.str.strip_chars().str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def _sources() -> dict[str, pl.Expr]:
    """Names, days and headlines, kept side by side only where the three lists agree in length."""
    office = pl.col("source_office")
    count = office.str.count_matches(";", literal=True)

    def aligned(name: str) -> pl.Expr:
        listed = pl.col(name)
        fits = listed.str.count_matches(";", literal=True) == count
        # A headline may hold the separator itself: with one source the whole text is its headline.
        return pl.when(fits).then(listed.str.replace_all(";", UNIT, literal=True)).when(count == 0).then(listed)

    return {
        # Older events name their sources only in the running text.
        "source_names": pl.when(office.is_not_null())
        .then(office.str.replace_all(";", UNIT, literal=True))
        .otherwise(pl.col("source_article").str.slice(0, 200)),
        "source_dates": pl.when(office.is_not_null()).then(aligned("source_date")),
        "source_titles": pl.when(office.is_not_null()).then(aligned("source_headline")),
    }


def _origins(rows: pl.DataFrame, fold: Fold) -> pl.Series:
    """Who first said it: ten outlets that quote one observatory are one origin. Where nobody is named, the outlets.

    Names repeat by the thousand, so each distinct text is folded once.
    """
    keys = []
    for column in ("source_original", "source_office"):
        texts = rows[column].unique().drop_nulls()
        folded = pl.DataFrame(
            {column: texts, "key": [fold(text) for text in texts]},
            schema={column: pl.String, "key": pl.String},
        )
        keys.append(rows.select(column).join(folded, on=column, how="left", maintain_order="left")["key"])
    return pl.select(pl.coalesce(keys)).to_series().alias("origins")


def _fold(text: str, settings: FeedSettings) -> str | None:
    """The names in a list: each once, lower case, no punctuation, synonyms made one; None when they name nobody."""
    names = {" ".join(_PUNCTUATION.sub(" ", name).split()) for name in _LIST.split(text.lower())}
    naming = names - {"", *settings.generic_origins}
    named = {settings.same_origin.get(name, name) for name in naming}
    return UNIT.join(sorted(named)) or None


_LIST = re.compile("[;,]")
_PUNCTUATION = re.compile(r"[\W_]+")


def _marks(unchecked: pl.Expr) -> pl.Expr:
    """What a reader must know of a row that was kept as given."""
    best, low, high = pl.col("#best"), pl.col("#low"), pl.col("#high")
    marks = pl.concat_str(
        pl.when((best < low) | (best > high)).then(pl.lit("best_outside_range")),
        pl.when(pl.col("#event_clarity") == 2).then(pl.lit("aggregate")),
        pl.when(unchecked).then(pl.concat_str(pl.lit("unchecked: "), pl.col("code_status"))),
        pl.when(pl.col("source_date").is_not_null() & pl.col("reported_on").is_null()).then(
            pl.lit("source_dates_unusable")
        ),
        separator=UNIT,
        ignore_nulls=True,
    )
    return pl.when(marks != "").then(marks)
