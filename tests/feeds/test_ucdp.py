"""UCDP rows: what each becomes, and which are refused by row and field."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from heritage.core.errors import UnusableFile
from heritage.core.files import open_source
from heritage.feeds.base import Batch, digests
from heritage.feeds.domain import UNIT
from heritage.feeds.registry import get_feed
from heritage.feeds.ucdp import LAYOUT_49, REQUIRED

Draft = Callable[..., dict[str, Any]]
Refusal = Callable[..., tuple[int | None, str | None]]
GedFile = Callable[..., Path]
Parse = Callable[[Path], Batch]


@pytest.mark.parametrize(
    ("code", "place", "precision", "radius_km"),
    [
        (1, "Tadmur town", "exact", 3.0),
        (1, "Aleppo city", "exact", 5.0),
        (2, "Tadmur town", "near", 25.0),
        (3, "Tadmur district", "district", 30.0),
        (4, "Homs Governorate", "province", 100.0),
        (5, "Euphrates", "area", None),
        (6, "Syria", "country", None),
        (7, "at sea", "none", None),
    ],
)
def test_place_code_becomes_our_scale_and_a_radius(
    draft: Draft, code: int, place: str, precision: str, radius_km: float | None
) -> None:
    event = draft(where_prec=code, where_coordinates=place)
    assert (event["location_precision"], event["radius_km"]) == (precision, radius_km)


@pytest.mark.parametrize(
    ("code", "precision"), [(0, "unknown"), (1, "day"), (2, "days"), (3, "week"), (4, "month"), (5, "year")]
)
def test_date_code_becomes_our_scale(draft: Draft, code: int, precision: str) -> None:
    assert draft(date_prec=code)["time_precision"] == precision


@pytest.mark.parametrize(
    "text", ["2016-03-01", "2016-03-01 00:00:00.000", "2016-03-01T00:00:00", "2016-03-01T00:00:00Z"]
)
def test_every_form_of_a_day_is_read(draft: Draft, text: str) -> None:
    assert draft(date_start=text, date_end=text)["occurred_from"] == date(2016, 3, 1)


def test_first_source_after_the_event_began_reported_it(draft: Draft) -> None:
    event = draft(source_date="2016-03-05;2016-03-02;2016-03-03", source_office="A;B;C", source_headline="x;y;z")
    assert event["reported_on"] == date(2016, 3, 2)


@pytest.mark.parametrize("placeholder", ["2015-01-01", "2106-03-02", "", "unknown"])
def test_placeholder_date_of_a_source_is_no_report(draft: Draft, placeholder: str) -> None:
    assert draft(source_date=placeholder)["reported_on"] is None


def test_ten_outlets_that_quote_one_observatory_are_one_origin(draft: Draft) -> None:
    offices = ";".join(f"Outlet {number}" for number in range(10))
    assert draft(source_office=offices, source_original="Syrian Observatory for Human Rights")["origins"] == "sohr"


def test_outlets_are_the_origins_where_nobody_is_named(draft: Draft) -> None:
    event = draft(source_office="Reuters News;Xinhua;Reuters News", source_original="local sources")
    assert event["origins"] == UNIT.join(["reuters news", "xinhua"])


def test_best_outside_low_and_high_is_kept_and_marked(draft: Draft) -> None:
    event = draft(best=1, low=0, high=0)
    assert (event["fatalities_low"], event["fatalities_best"], event["fatalities_high"]) == (0, 1, 0)
    assert event["marks"] == "best_outside_range"


def test_best_of_nought_is_kept(draft: Draft) -> None:
    assert draft(best=0, low=0, high=0)["fatalities_best"] == 0


def test_unfinished_coding_lowers_credibility_and_is_marked(draft: Draft) -> None:
    event = draft(code_status="Check deaths")
    assert (event["reliability"], event["credibility"], event["marks"]) == ("B", 3, "unchecked: Check deaths")


def test_headline_with_a_semicolon_stays_whole_when_it_is_the_only_one(draft: Draft) -> None:
    assert draft(source_headline="Clashes; ten dead")["source_titles"] == "Clashes; ten dead"


def test_lists_of_different_length_are_not_put_side_by_side(draft: Draft) -> None:
    event = draft(source_office="A;B", source_headline="x;y;z", source_date="2016-03-02")
    assert (event["source_names"], event["source_titles"], event["source_dates"]) == (f"A{UNIT}B", None, None)


def test_older_rows_without_offices_name_their_source_in_the_text(draft: Draft) -> None:
    event = draft(source_office="", source_date="", source_headline="", source_original="", number_of_sources=-1)
    assert event["source_names"] == '"SOHR,2016-03-02,Clashes near the town"'
    assert event["origins"] is None


def test_numbers_as_statistics_programs_write_them_are_read(draft: Draft) -> None:
    event = draft(id="7.0", best="3.0", where_prec="1.0", type_of_violence="3.0", active_year="1")
    assert (event["event_id"], event["fatalities_best"], event["kind"]) == ("7", 3, "violence_against_civilians")


def test_province_without_a_point_is_taken(draft: Draft) -> None:
    event = draft(where_prec=4, latitude="", longitude="", geom_wkt="")
    assert (event["lon"], event["lat"], event["radius_km"]) == (None, None, None)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"latitude": 95, "geom_wkt": ""}, "latitude"),
        ({"longitude": -180.5, "geom_wkt": ""}, "longitude"),
        ({"latitude": 38.28, "longitude": 34.56}, "latitude"),  # swapped: geom_wkt says so
        ({"geom_wkt": "POINT (38.5 34.56)"}, "geom_wkt"),
        ({"latitude": "34,56", "geom_wkt": ""}, "latitude"),
        ({"latitude": "nan", "geom_wkt": ""}, "latitude"),
        ({"latitude": 0, "longitude": 0, "geom_wkt": ""}, "latitude"),
        ({"latitude": "", "geom_wkt": ""}, "latitude"),
        ({"year": 0}, "year"),
        ({"date_start": "0000-03-01"}, "date_start"),
        ({"date_start": "2016-13-01"}, "date_start"),
        ({"date_start": "01/03/2016"}, "date_start"),
        ({"date_start": "2016-03-01x"}, "date_start"),
        ({"date_end": "2016-02-28"}, "date_end"),
        ({"best": "three"}, "best"),
        ({"best": -1}, "best"),
        ({"best": ""}, "best"),
        ({"high": "1e300"}, "high"),
        ({"id": "x7"}, "id"),
        ({"id": ""}, "id"),
        ({"type_of_violence": 4}, "type_of_violence"),
        ({"where_prec": 8}, "where_prec"),
        ({"date_prec": 6}, "date_prec"),
        ({"country": ""}, "country"),
        ({"side_a": "a\x00b"}, "side_a"),
    ],
)
def test_bad_value_is_refused_by_row_and_field(refusal: Refusal, values: dict[str, Any], field: str) -> None:
    assert refusal(**values) == (3, field)


def test_first_row_of_another_length_is_refused_too(ged_file: GedFile, parse: Parse) -> None:
    path = ged_file({"id": 1}, {"id": 2})
    header, first, second = path.read_text().splitlines()
    path.write_text("\n".join((header, f"{first},more,and more", second, "")))
    batch = parse(path)
    assert batch.drafts["event_id"].to_list() == ["2"]
    assert [refused.row for refused in batch.refusals] == [2]


def test_a_quotation_never_closed_is_refused_by_its_row(ged_file: GedFile) -> None:
    path = ged_file({"id": 1}, {"id": 2, "adm_1": "ZZ"}, {"id": 3})
    path.write_text(path.read_text().replace("ZZ", '"Homs'))
    batches = list(get_feed("ucdp").parse(open_source(path), fetched_on=date(2026, 11, 1)))
    assert [name for batch in batches for name in batch.drafts["event_id"]] == ["1"]
    assert [refused.row for batch in batches for refused in batch.refusals] == [3]


def test_line_ends_of_old_macintoshes_are_read(ged_file: GedFile, parse: Parse) -> None:
    path = ged_file({"id": 1}, {"id": 2})
    path.write_bytes(path.read_bytes().replace(b"\r\n", b"\r"))
    assert parse(path).drafts["event_id"].to_list() == ["1", "2"]


@pytest.mark.parametrize("start", [b"", b"\n"])
def test_a_file_that_begins_with_nothing_is_unusable(ged_file: GedFile, parse: Parse, start: bytes) -> None:
    path = ged_file({})
    path.write_bytes(b"\n\n" + (start and path.read_bytes()))
    with pytest.raises(UnusableFile, match="begins with an empty row"):
        parse(path)


def test_row_of_another_length_is_refused_and_the_others_are_taken(ged_file: GedFile, parse: Parse) -> None:
    path = ged_file({"id": 1}, {"id": 2})
    path.write_text(path.read_text() + "3,2016,true,Clear\r\n" + path.read_text().splitlines()[1] + ",more\r\n")
    batch = parse(path)
    assert (batch.read, batch.drafts["event_id"].to_list()) == (4, ["1", "2"])
    assert [refused.row for refused in batch.refusals] == [4, 5]


def test_shuffled_columns_are_read_by_name(ged_file: GedFile, parse: Parse) -> None:
    straight = parse(ged_file({})).drafts
    shuffled = parse(ged_file({}, columns=sorted(LAYOUT_49))).drafts
    assert shuffled.equals(straight)


@pytest.mark.parametrize("missing", REQUIRED)
def test_missing_column_makes_the_file_unusable_and_is_named(ged_file: GedFile, parse: Parse, missing: str) -> None:
    with pytest.raises(UnusableFile, match=missing):
        parse(ged_file({}, columns=[name for name in LAYOUT_49 if name != missing]))


def test_file_without_a_header_is_read_in_the_order_of_49_columns(ged_file: GedFile, parse: Parse) -> None:
    headed = parse(ged_file({"id": 5}, columns=list(LAYOUT_49))).drafts
    bare = parse(ged_file({"id": 5}, columns=list(LAYOUT_49), header=False)).drafts
    assert bare.drop("row").equals(headed.drop("row"))
    assert bare["row"].to_list() == [1]


def test_layout_of_52_columns_is_read_by_name(ged_file: GedFile, parse: Parse) -> None:
    wide = parse(ged_file({}, columns=[*LAYOUT_49[:20], "start_year", "end_year", "iso3", *LAYOUT_49[20:]]))
    assert (wide.read, wide.drafts.height) == (1, 1)


def test_row_of_tags_is_no_event(ged_file: GedFile, parse: Parse) -> None:
    path = ged_file({})
    header, first = path.read_text().splitlines()
    path.write_text("\n".join([header, ",#date+year" + "," * (header.count(",") - 1), first]))
    batch = parse(path)
    assert (batch.read, batch.drafts["row"].to_list()) == (1, [3])


def test_semicolons_between_columns_are_understood(ged_file: GedFile, parse: Parse) -> None:
    path = ged_file({"source_article": ""})
    path.write_text(path.read_text().replace(",", ";"))
    assert parse(path).drafts.height == 1


def test_decimal_commas_are_read_where_commas_separate_nothing(ged_file: GedFile, parse: Parse) -> None:
    path = ged_file({"latitude": "34,56", "longitude": "-38,28", "geom_wkt": "", "source_article": ""})
    path.write_text(path.read_text().replace(",", ";").replace("34;56", "34,56").replace("38;28", "38,28"))
    drafts = parse(path).drafts
    assert (drafts["lat"].to_list(), drafts["lon"].to_list()) == ([34.56], [-38.28])


def test_digest_changes_with_content_and_not_with_the_row(ged_file: GedFile, parse: Parse) -> None:
    batch = parse(
        ged_file({"id": 1}, {"id": 2}, {"id": 3, "best": 4}, {"id": 4, "where_description": "the old quarter"})
    )
    first, same, other, noted = digests(batch.drafts).to_list()
    assert first == same == noted != other


@pytest.mark.parametrize(
    ("file", "rows", "release"),
    [
        ("ged-v19-syria.csv.gz", 16_566, "19.1"),
        ("GEDEvent_v26_0_1-candidate-global.csv.gz", 1_727, "26.0.1"),
        ("ged-v19-ukraine-hdx.csv.gz", 993, "19.1"),
        ("ged-v22-ukraine-hdx.csv.gz", 2_989, "22.1"),
    ],
)
def test_real_files_are_taken_whole(shared_data: Path, file: str, rows: int, release: str) -> None:
    feed, source = get_feed("ucdp"), open_source(shared_data / "ged" / file)
    batches = list(feed.parse(source, fetched_on=date(2026, 11, 1)))
    assert sum(batch.read for batch in batches) == sum(batch.drafts.height for batch in batches) == rows
    assert feed.release(None, source.name, date(2026, 11, 1)).name == release
