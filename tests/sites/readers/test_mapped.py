"""Inventories through mapping files."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heritage.core.errors import InvalidInput, UnusableFile
from heritage.sites.domain import ConditionState, Disclosure, RegisterFile, RegisterRecord
from heritage.sites.readers import formats, open_register
from heritage.sites.readers.mapping import load_mapping, shipped_mappings

PLACES = ("eamena_hps_all_1", "eamena-hps-2022-1", "eamena-hps-2022-MaREAstaff", "eamena-hps-2022-mk-algeria")


def feature(ref: Any, *coordinates: Any, kind: str = "Point", **properties: Any) -> dict[str, Any]:
    points = coordinates[0] if kind != "Point" else list(coordinates)
    geometry = {"type": kind, "coordinates": points} if coordinates else None
    return {"type": "Feature", "properties": {"ei": ref, **properties}, "geometry": geometry}


def collection(*features: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(features)}


def read(path: Path, **options: Any) -> tuple[RegisterFile, list[RegisterRecord]]:
    opened = open_register(path, **options)
    return opened, list(opened.records)


def square(west: float, south: float, size: float = 0.01) -> list[list[list[float]]]:
    east, north = west + size, south + size
    return [[[west, south, 0], [east, south, 0], [east, north, 0], [west, north, 0], [west, south, 0]]]


def test_an_inventory_is_generalised_and_never_whole(write) -> None:
    opened, (site,) = read(write("x.geojson", collection(feature("EAMENA-0000001", 38.2, 34.5, 0.0, ri="u-1"))))
    assert (opened.register, opened.is_complete) == ("eamena", False)
    assert (site.disclosure, site.grid_km, site.lon, site.lat) == (Disclosure.GENERALISED, 5, 38.2, 34.5)
    assert (site.name, site.identifiers, site.components) == ("EAMENA-0000001", (("arches_uuid", "u-1"),), None)
    assert {"name", "states_parties", "area_ha", "danger"} <= site.absent


def test_several_features_of_one_place_become_its_parts(write) -> None:
    ref = "EAMENA-0000001"
    features = [feature(ref, 39, 34.5), feature("EAMENA-0000002", 1, 1), feature(ref, 38, 34.5), feature(ref, 39, 34.5)]
    _, sites = read(write("x.geojson", collection(*features)))
    parts = {site.ref: [(part.ref, part.lon) for part in site.components or ()] for site in sites}
    assert parts == {"EAMENA-0000002": [], ref: [(f"{ref}-001", 38), (f"{ref}-002", 39)]}


def test_the_order_of_the_features_does_not_matter(write) -> None:
    features = [feature("EAMENA-0000001", lon, 34.5) for lon in (38, 39, 40)]
    _, (forth,) = read(write("a.geojson", collection(*features)))
    _, (back,) = read(write("b.geojson", collection(*reversed(features))))
    assert forth.components == back.components


def test_a_point_beside_its_outline_is_no_part_of_its_own(write) -> None:
    ref = "EAMENA-0000001"
    outline = feature(ref, square(38, 34), kind="Polygon")
    _, (site,) = read(write("x.geojson", collection(outline, feature(ref, 38.005, 34.005), outline)))
    assert (site.components, site.lon, (site.boundary or {})["type"]) == (None, 38.005, "Polygon")


def test_a_point_far_from_the_outline_is_a_part_beside_it(write) -> None:
    ref = "EAMENA-0000001"
    _, (site,) = read(
        write("x.geojson", collection(feature(ref, square(38, 34), kind="Polygon"), feature(ref, 39, 34)))
    )
    assert [(part.lon, part.boundary is not None) for part in site.components or ()] == [(38.005, True), (39, False)]


def test_language_objects_blanks_in_names_and_holes(write) -> None:
    properties = {
        "ei": {"en": {"value": "EAMENA-0000001", "direction": "ltr"}},
        "Resource Name ": {"en": {"value": "Tell", "direction": "ltr"}, "ar": {"value": "تل", "direction": "rtl"}},
        "Country Type": "None, , Iran (Islamic Republic of), Afghanistan",
        "Overall Condition State Type": "Very Bad",
        "Assessment Activity Date": "2021-10-14, None, 2023-05-19",
    }
    document = collection({"type": "Feature", "properties": properties, "geometry": None})
    _, (site,) = read(write("x.geojson", document))
    assert [(name.text, name.language) for name in site.names] == [("Tell", "en"), ("تل", "ar")]
    assert site.states_parties == ("IR", "AF")
    (condition,) = site.conditions
    assert (condition.state, condition.original_value) == (ConditionState.SEVERE, "Very Bad")
    assert condition.observed == "2023-05-19"


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (feature("EAMENA-0000009", 38, 95), "latitude"),
        (feature("EAMENA-0000009", "x", 1), "longitude"),
        (feature("EAMENA-0000009", 1e400, 1), "longitude"),
        (feature("EAMENA-0000009", 38), "geometry"),
        (feature("EAMENA-0000009", "x", kind="Polygon"), "geometry"),
        (feature("EAMENA-0000009", square(0, 0, 60), kind="Polygon"), "geometry"),
        (feature("EAMENA-0000009", 1, kind="Curve"), "geometry"),
        (feature("", 38, 34), "ei"),
        (feature(None, 38, 34), "ei"),
        (feature("no id", 38, 34), "ei"),
        (feature("EAMENA-0000009", 38, 34, **{"Resource Name": "a\x00b"}), "Resource Name"),
        (
            feature("EAMENA-0000009", 38, 34, **{"Overall Condition State Type": "so-so"}),
            "Overall Condition State Type",
        ),
        (feature("EAMENA-0000009", 15.3, 44.2, **{"Country Type": "Yemen"}), "latitude"),
        (None, "row"),
        ({"properties": 5}, "row"),
    ],
)
def test_a_bad_feature_is_refused_and_the_others_go_in(write, bad: Any, field: str) -> None:
    opened, sites = read(
        write("x.geojson", collection(feature("EAMENA-0000001", 1, 2), bad, feature("EAMENA-0000002", 3, 4)))
    )
    assert [site.ref for site in sites] == ["EAMENA-0000001", "EAMENA-0000002"]
    ((refusal),) = opened.refusals
    assert (refusal.row, refusal.field) == (2, field)


def test_a_bad_feature_of_a_place_with_others_costs_only_itself(write) -> None:
    ref = "EAMENA-0000001"
    opened, (site,) = read(write("x.geojson", collection(feature(ref, 38, 34), feature(ref, 38, 99))))
    assert (site.lon, site.components, len(opened.refusals)) == (38, None, 1)


def test_a_line_is_taken_as_its_middle_and_said(write) -> None:
    _, (site,) = read(write("x.geojson", collection(feature("EAMENA-0000001", [[1, 1], [3, 1]], kind="LineString"))))
    assert (site.lon, site.lat) == (2, 1)
    assert "line" in site.warnings[0]


MAPPING = """
title = "Test inventory"
register = "own-test"
whole_list_from = 2
released = "made.on"
[fields]
ref = "nr"
name = "wo.name"
lon = "x"
lat = "y"
countries = "land"
wkt = "shape"
in_danger = "rot"
[values.category]
B = "Cultural"
"""


def test_a_mapping_of_ones_own_reads_nested_fields(write) -> None:
    document = {
        "made": {"on": "2020-02-03T10:00:00Z"},
        "rows": [
            {"nr": 1, "wo": {"name": "Mill"}, "x": "38,2", "y": "34.5", "land": "SYR", "rot": "yes"},
            {"nr": 2.0, "wo": {"name": "Dam"}, "shape": "POLYGON ((0 0, 0 1, 1 1, 0 0))"},
        ],
    }
    opened, (mill, dam) = read(write("x.json", document), mapping=write("m.toml", MAPPING))
    assert (opened.register, opened.is_complete, str(opened.released_on)) == ("own-test", True, "2020-02-03")
    assert (mill.ref, mill.name, mill.lon, mill.states_parties, mill.in_danger_now) == (
        "1",
        "Mill",
        38.2,
        ("SY",),
        True,
    )
    assert (dam.ref, (dam.boundary or {})["type"]) == ("2", "Polygon")


def test_a_mapping_serves_csv_and_workbooks_too(write, write_xlsx) -> None:
    mapping = write("m.toml", MAPPING.replace("wo.name", "name"))
    _, from_csv = read(write("x.csv", "nr,name,x,y\n7,Mill,38.2,34.5\n"), mapping=mapping)
    _, from_xlsx = read(write_xlsx("x.xlsx", [["nr", "name", "x", "y"], [7, "Mill", 38.2, 34.5]]), mapping=mapping)
    assert from_csv == from_xlsx
    assert from_csv[0].ref == "7"


def test_a_file_without_the_column_of_identity_is_refused_with_both_sides_named(write) -> None:
    with pytest.raises(UnusableFile, match="no column nr.*a, b"):
        read(write("x.csv", "a,b\n1,2\n"), mapping=write("m.toml", MAPPING))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title = 5", "title"),
        (MAPPING + "[nonsense]\nx = 1", "nonsense"),
        (MAPPING.replace("own-test", "Own Test!"), "register"),
        (MAPPING.replace('ref = "nr"', ""), "fields.ref"),
        ("title = ", "not TOML"),
        (MAPPING.replace("[fields]", 'ref_pattern = "("\n[fields]'), "regular expression"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(write, text: str, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        load_mapping(write("m.toml", text))


def test_a_mapping_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="eamena"):
        load_mapping(tmp_path / "none.toml")


def test_an_unknown_format_names_those_that_are(write) -> None:
    with pytest.raises(UnusableFile, match="whc-parts.*eamena"):
        open_register(write("x.csv", "a\n1\n"), format="shapefile")


@pytest.mark.parametrize("name", shipped_mappings())
def test_shipped_mappings_are_valid_and_documented(name: str) -> None:
    mapping = load_mapping(name)
    assert mapping.recognise
    docs = Path(__file__).parents[3] / "docs" / "register-files.md"
    assert f"`{name}`" in docs.read_text(encoding="utf-8")


def test_every_key_of_a_mapping_and_every_format_is_documented() -> None:
    docs = (Path(__file__).parents[3] / "docs" / "register-files.md").read_text(encoding="utf-8")
    mapping = load_mapping("eamena")
    keys = {field.alias or name for name, field in type(mapping).model_fields.items()}
    keys |= set(type(mapping.fields).model_fields) | set(type(mapping.conditions).model_fields) | set(formats())
    assert not [key for key in sorted(keys) if f"`{key}`" not in docs]


def test_the_four_place_files_hold_31924_places(shared_data: Path) -> None:
    refs, refused = set(), 0
    for name in PLACES:
        opened, sites = read(shared_data / "inventory" / f"{name}.geojson.gz")
        assert len(sites) == len({site.ref for site in sites})
        assert opened.released_on is not None
        refs |= {site.ref for site in sites}
        refused += len(opened.refusals)
    assert (len(refs), refused) == (31_924, 0)


def test_the_full_records_of_sistan(shared_data: Path) -> None:
    opened, sites = read(shared_data / "inventory" / "eamena-sistan-sample.geojson.gz")
    assert (len(sites), opened.refusals) == (326, [])
    assert sum(site.boundary is not None for site in sites) == 34
    assert {code for site in sites for code in site.states_parties} == {"IR", "AF"}
    assert {len(site.conditions) for site in sites} == {1}
    assert ("Zahedan Kohneh", "زاهدان کهنه") in [tuple(name.text for name in site.names) for site in sites]


def test_the_caravanserais(shared_data: Path) -> None:
    opened, sites = read(shared_data / "inventory" / "eamena-caravanserais.geojson.gz")
    assert (len(sites), opened.refusals) == (280, [])
    assert ConditionState.DESTROYED in {site.conditions[0].state for site in sites}


def test_dated_disturbances_are_conditions_of_their_sites(shared_data: Path) -> None:
    folder = shared_data / "inventory"
    _, from_tsv = read(folder / "eamena-nw-syria-disturbances.tsv")
    _, from_xlsx = read(folder / "eamena-nw-syria-disturbances-edtf.xlsx")
    held = {site.ref for site in read(folder / "eamena-nw-syria-sites.geojson")[1]}
    assert len(held) == 19
    # The two files spell the cause of two disturbances otherwise; dates and states are the same.
    dated = [
        sorted((site.ref, each.observed, each.state) for site in sites for each in site.conditions)
        for sites in (from_tsv, from_xlsx)
    ]
    assert dated[0] == dated[1]
    assert len(dated[0]) == 217
    assert {site.ref for site in from_tsv} - held == {"AM018", "AM020"}
    observed = [condition.observed for site in from_tsv for condition in site.conditions]
    assert "..2004-04-30" in observed
    assert "2009-05-16/2011-06-10" in observed
    assert all({"name", "lon", "components"} <= site.absent for site in from_tsv)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("inventory/nb_hp_by_grids.geojson.gz", "counts of places by grid square"),
        ("ged/ged-v19-syria.csv.gz", "conflict events"),
        ("gazetteer/geonames-cities500-16-countries.csv.gz", "gazetteer"),
    ],
)
def test_files_that_are_no_register_are_named(shared_data: Path, name: str, what: str) -> None:
    with pytest.raises(UnusableFile, match=what):
        open_register(shared_data / name)


def test_memory_stays_bounded_for_many_features(tmp_path: Path) -> None:
    path = tmp_path / "many.geojson"
    with path.open("w") as file:
        file.write('{"type": "FeatureCollection", "features": [')
        for number in range(5_000):
            file.write("," if number else "")
            json.dump(feature(f"EAMENA-{number:07d}", 38.2, 34.5), file)
        file.write("]}")
    tracemalloc.start()
    try:
        assert sum(1 for _ in open_register(path).records) == 5_000
        assert tracemalloc.get_traced_memory()[1] < 6 << 20
    finally:
        tracemalloc.stop()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
COLUMNS = (
    "ei",
    "ri",
    "Resource Name",
    "Country Type",
    "Overall Condition State Type",
    "Assessment Activity Date",
    "lon",
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"type": st.just("Feature") | anything},
            optional={
                "properties": st.dictionaries(st.sampled_from(COLUMNS), anything) | anything,
                "geometry": st.fixed_dictionaries(
                    {
                        "type": st.sampled_from(["Point", "Polygon", "MultiPolygon", "MultiPoint", "LineString"]),
                        "coordinates": anything,
                    }
                )
                | anything,
            },
        )
        | anything,
        max_size=6,
    )
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_features_are_taken_or_refused_in_words(write, features: list[Any]) -> None:
    first = feature("EAMENA-0000001", 38.2, 34.5)
    opened, sites = read(write("any.geojson", collection(first, *features)))
    assert len(opened.refusals) <= len(features)
    for site in sites:
        site.name.encode()


@given(st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_change_to_a_row_of_a_list_is_taken_or_refused_in_words(write, data: st.DataObject) -> None:
    header = "id_no,name_en,date_inscribed,danger,danger_list,longitude,latitude,area_hectares,criteria_txt,category,x"
    row = "901,Old Harbour,1999,1,Y 2013,38.27,34.55,12.5,(ii)(iv),Cultural,sy"
    at = data.draw(st.integers(0, len(row)))
    put = data.draw(st.text(max_size=6) | st.sampled_from(['"', ",", "\x00", "\n", "\ufeff", "-", "0", "9" * 400]))
    text = f"{header}\n{row[:at]}{put}{row[at + data.draw(st.integers(0, 4)) :]}\n{row.replace('901', '902')}\n"
    opened, sites = read(write("any.csv", text.encode("utf-8", "surrogatepass")))
    assert len(sites) + len(opened.refusals) >= 1


@given(st.binary(max_size=300), st.sampled_from([b"", b"{", b"[", b"<query><row>", b"id_no,name_en\n", b"PK\x03\x04"]))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_refused_in_words(write, content: bytes, start: bytes) -> None:
    try:
        opened, sites = read(write("any", start + content))
    except UnusableFile:
        return
    assert opened.refusals or sites
