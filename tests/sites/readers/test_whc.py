"""The World Heritage List in its layouts."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from heritage.core.errors import UnusableFile
from heritage.sites.domain import Category, DangerSpell, RegisterFile, RegisterRecord
from heritage.sites.readers import open_register

HEADER = (
    "id_no,name_en,date_inscribed,danger,danger_list,longitude,latitude,area_hectares,criteria_txt,category,iso_code"
)
HARBOUR = "901,Old Harbour,1999,1,Y 2013,38.27,34.55,12.5,(ii)(iv),Cultural,sy"


def read(path: Path, **options: Any) -> tuple[RegisterFile, list[RegisterRecord]]:
    opened = open_register(path, **options)
    return opened, list(opened.records)


def csv(*rows: str, header: str = HEADER) -> str:
    return "\n".join((header, *rows)) + "\n"


def test_a_row_of_the_official_table(write) -> None:
    opened, (site,) = read(write("list.csv", csv(HARBOUR)))
    assert (opened.register, opened.is_complete, opened.release) == ("whc", False, None)
    assert (site.ref, site.name, site.row, site.inscribed_year) == ("901", "Old Harbour", 2, 1999)
    assert (site.lon, site.lat, site.area_ha) == (38.27, 34.55, 12.5)
    assert (site.category, site.states_parties, site.criteria) == (Category.CULTURAL, ("SY",), ("ii", "iv"))
    assert (site.danger, site.in_danger_now, site.danger_is_complete) == ((DangerSpell(2013),), True, True)
    assert {"components", "region", "description"} <= site.absent
    assert not {"danger", "lon", "area_ha", "criteria"} & site.absent


def test_columns_may_stand_in_any_order_and_some_be_missing(write) -> None:
    _, (site,) = read(write("list.csv", csv("34.55,901,Old Harbour,38.27", header="Latitude,ID_no,Name EN,longitude")))
    assert (site.ref, site.lon, site.lat, site.danger) == ("901", 38.27, 34.55, None)
    assert {"danger", "category", "inscribed_year"} <= site.absent


def test_without_any_column_that_is_known_the_file_is_refused_with_its_columns(write) -> None:
    with pytest.raises(UnusableFile, match="foo, bar.*--mapping"):
        read(write("list.csv", "foo,bar\n1,2\n"))


def test_a_headerless_table_is_refused(write) -> None:
    with pytest.raises(UnusableFile, match="no register that is known"):
        read(write("list.csv", HARBOUR + "\n" + HARBOUR + "\n"))


def test_a_list_without_numbers_is_refused_unless_names_may_do(write) -> None:
    path = write("list.csv", csv("Old Harbour,1999,Y 2013", header="name_en,date_inscribed,danger_list"))
    with pytest.raises(UnusableFile, match="id_no.*--by-name"):
        read(path)
    opened, (site,) = read(path, match_by_name=True)
    assert (opened.has_refs, opened.is_complete, site.ref, site.name) == (False, False, "", "Old Harbour")


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("901,,1999,,,1,1,,,,", "name_en", "empty"),
        (",Harbour,1999,,,1,1,,,,", "id_no", "not the number"),
        ("x1,Harbour,1999,,,1,1,,,,", "id_no", "not the number"),
        ("901,Harbour,0,,,1,1,,,,", "date_inscribed", "not a year"),
        ("901,Harbour,1999,,,1,95,,,,", "latitude", "95 is not between"),
        ("901,Harbour,1999,,,200,1,,,,", "longitude", "200 is not between"),
        ("901,Harbour,1999,,,34.55,38.27,,,,sy", "latitude", "probably swapped"),
        ("901,Harbour,1999,,,,1,,,,", "longitude", "missing"),
        ("901,Harbour,1999,,Y 1990,1,1,,,,", "danger_list", "before the inscription"),
        ("901,Harbour,1999,,P 2005-2001,1,1,,,,", "danger_list", "ends before it starts"),
        ("901,Harbour,1999,,Y 3013,1,1,,,,", "danger_list", "begin or end in 3013"),
        ("901,Harbour,1999,,since 2005,1,1,,,,", "danger_list", "not a Danger-List entry"),
        ("901,Harbour,1999,perhaps,,1,1,,,,", "danger", "neither yes nor no"),
        ("901,Harbour,1999,,,1,1,-4,,,", "area_hectares", "not an area"),
        ("901,Harbour,1999,,,1,1,,(xi),,", "criteria_txt", "not a list"),
        ("901,Harbour,1999,,,1,1,,,Imaginary,", "category", "neither Cultural"),
        ("901,Har\x00bour,1999,,,1,1,,,,", "name_en", "NUL"),
        ("901,Harbour,1999", None, "3 fields where the header names 11"),
    ],
)
def test_a_bad_row_is_refused_by_row_and_field_and_the_next_goes_in(write, row: str, field: str, reason: str) -> None:
    opened, sites = read(write("list.csv", csv(row, HARBOUR.replace("901", "902"))))
    assert [site.ref for site in sites] == ["902"]
    ((refusal),) = opened.refusals
    assert (refusal.row, refusal.field) == (2, field)
    assert reason in refusal.reason


def test_a_number_that_comes_twice_is_refused_the_second_time(write) -> None:
    opened, sites = read(write("list.csv", csv(HARBOUR, HARBOUR)))
    assert len(sites) == 1
    assert opened.refusals[0].row == 3
    assert "stands in row 2 already" in opened.refusals[0].reason


def test_zero_zero_and_zero_area_are_unknown(write) -> None:
    _, (site,) = read(write("list.csv", csv("901,Harbour,1999,0,,0,0,0,,,")))
    assert (site.lon, site.lat, site.area_ha, site.danger) == (None, None, None, ())


def test_a_position_outside_its_country_is_told_and_never_used(write) -> None:
    _, (site,) = read(write("list.csv", csv("901,Harbour,1999,,,2.35,48.85,,,,sy")))
    assert (site.name, site.lon, site.lat) == ("Harbour", None, None)
    assert site.warnings == ("the position 2.35, 48.85 lies outside SY",)


def test_a_formula_is_a_text(write) -> None:
    _, (site,) = read(write("list.csv", csv("901,=cmd|'/c calc'!A0,1999,,,1,1,,,,")))
    assert site.name == "=cmd|'/c calc'!A0"
    assert "looks like a spreadsheet formula" in site.warnings[0]


def test_all_spells_of_danger_are_told(write) -> None:
    _, (site,) = read(write("list.csv", csv("901,Harbour,1979,1,Y 2010 P 1993-2007,1,1,,,,")))
    assert site.danger == (DangerSpell(1993, 2007), DangerSpell(2010))


def test_a_flag_that_contradicts_the_list_is_a_warning(write) -> None:
    _, (site,) = read(write("list.csv", csv("901,Harbour,1979,0,Y 2010,1,1,,,,")))
    assert "danger says no" in site.warnings[0]


def test_states_without_codes_keep_their_wording(write) -> None:
    header = "id_no,name_en,date_inscribed,iso_code,states_name_en"
    _, sites = read(
        write(
            "list.csv", csv("1,A,1999,,Somewhere (proposed by X)", '2,B,1999,"be,fr","Belgium,France"', header=header)
        )
    )
    assert [(site.states_parties, site.states_note) for site in sites] == [
        ((), "Somewhere (proposed by X)"),
        (("BE", "FR"), ""),
    ]


def test_utf16_with_semicolons(write) -> None:
    text = csv(HARBOUR).replace(",", ";").replace("Old", "Ölde")
    opened, (site,) = read(write("list.csv", text.encode("utf-16")))
    assert site.name == "Ölde Harbour"
    assert "UTF-16" in opened.notes[0]


def test_xlsx_and_its_numbers(write_xlsx) -> None:
    rows: list[list[Any]] = [HEADER.split(","), [901, "Old <em>Harbour</em>", 1999, 1, "Y 2013", 38.27, 34.55, 12.5]]
    _, (site,) = read(write_xlsx("list.xlsx", rows))
    assert (site.ref, site.name, site.inscribed_year, site.danger) == ("901", "Old Harbour", 1999, (DangerSpell(2013),))


def test_xlsx_with_a_cell_in_its_last_corner_is_refused_in_time(write_xlsx, tmp_path: Path) -> None:
    import openpyxl

    path = write_xlsx("list.xlsx", [HEADER.split(",")])
    book = openpyxl.load_workbook(path)
    book.active["XFD1048576"] = 1
    book.save(path)
    with pytest.raises(UnusableFile, match="rows"):
        read(path)


def test_old_excel_files() -> None:
    _, (harbour, lake) = read(Path(__file__).with_name("sample.xls"))
    assert (harbour.ref, harbour.name, harbour.danger) == ("901", "Harbour of Nowhere", (DangerSpell(2001, 2004),))
    assert (lake.lon, lake.area_ha, lake.category) == (None, None, Category.NATURAL)


XML = """<?xml version="1.0" encoding="UTF-8"?><query columns="3" rows="2"><row><id_number>901</id_number>
<site>Old &lt;em&gt;Harbour&lt;/em&gt;</site><danger>{danger}</danger><date_inscribed>1980</date_inscribed>
<iso_code>sy</iso_code><latitude>34.55</latitude><longitude>38.27</longitude></row></query>"""


@pytest.mark.parametrize(
    ("danger", "spells"),
    [("", ()), ("0", ()), ("Y 1990 P 1982-1985", (DangerSpell(1982, 1985), DangerSpell(1990))), ("1", None)],
)
def test_xml_holds_the_whole_grammar_in_one_element(write, danger: str, spells: object) -> None:
    _, (site,) = read(write("list.xml", XML.format(danger=danger)))
    assert (site.ref, site.name, site.danger) == ("901", "Old Harbour", spells)


def test_xml_with_a_slip_in_the_grammar_is_read_and_said(write) -> None:
    _, (site,) = read(write("list.xml", XML.format(danger="Y 1992-2011")))
    assert site.danger == (DangerSpell(1992, 2011),)
    assert "is read as" in site.warnings[0]


@pytest.mark.parametrize(
    "content",
    [
        '<!DOCTYPE q [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><query><row><site>&b;</site></row></query>',
        '<!DOCTYPE q [<!ENTITY a SYSTEM "file:///etc/passwd">]><query><row><site>&a;</site></row></query>',
        "<query><row><site>",
        "<a>" * 10_000,
        "<query></query>",
    ],
)
def test_hostile_or_broken_xml_is_refused(write, content: str) -> None:
    with pytest.raises(UnusableFile):
        read(write("list.xml", content))


HUB = {
    "name_en": "Old Harbour",
    "name_ar": "الميناء القديم",
    "name_zh": None,
    "id_no": "901",
    "uuid": "00000000-0000-0000-0000-000000000001",
    "category": "Cultural",
    "criteria_txt": "(ii)(iv)",
    "states_names": ["Syrian Arab Republic", "Lebanon"],
    "iso_codes": "SY, LB",
    "region": "Arab States",
    "danger": "True",
    "date_inscribed": "1999",
    "secondary_dates": "2005,2013",
    "danger_list": "Y 2013",
    "area_hectares": 12.5,
    "coordinates": {"lon": 38.27, "lat": 34.55},
    "components_count": 2,
    "components_list": "{name: Stone Gate, North, ref: 901-001, latitude: 34.5, longitude: 38.2}, "
    "{name: , ref: 901bis-002 , latitude: 34.6, longitude: 38.3}",
}


@pytest.mark.parametrize("wrap", [lambda x: [x], lambda x: {"total_count": 1, "results": [x]}])
def test_the_data_hubs_json(write, wrap: Any) -> None:
    _, (site,) = read(write("whc001.json", wrap(HUB)))
    assert (site.lon, site.lat, site.states_parties) == (38.27, 34.55, ("SY", "LB"))
    assert [(name.text, name.language, name.script) for name in site.names] == [
        ("Old Harbour", "en", "Latn"),
        ("الميناء القديم", "ar", "Arab"),
    ]
    assert site.components is not None
    assert [(part.ref, part.name, part.lon, part.lat) for part in site.components] == [
        ("901-001", "Stone Gate, North", 38.2, 34.5),
        ("901bis-002", "", 38.3, 34.6),
    ]
    assert (site.danger, site.danger_is_complete, site.in_danger_now) == ((DangerSpell(2013),), False, True)
    assert "criteria" in site.absent
    assert site.warnings == ()


def test_the_data_hubs_csv_has_semicolons_and_latitude_first(write) -> None:
    row = {**HUB, "coordinates": "34.55, 38.27", "states_names": "Syrian Arab Republic,Lebanon"}
    lines = [";".join(row), ";".join(f'"{"" if value is None else value}"' for value in row.values())]
    _, (site,) = read(write("whc001.csv", "\n".join(lines)))
    assert (site.lon, site.lat, len(site.components or ())) == (38.27, 34.55, 2)


def test_the_data_hubs_geojson(write) -> None:
    fields = {key: value for key, value in HUB.items() if key != "coordinates"}
    feature = {"type": "Feature", "properties": fields, "geometry": {"type": "Point", "coordinates": [38.27, 34.55]}}
    _, (site,) = read(write("whc001.geojson", {"type": "FeatureCollection", "features": [feature]}))
    assert (site.lon, site.lat) == (38.27, 34.55)


def test_a_count_of_parts_that_differs_is_a_warning(write) -> None:
    _, (site,) = read(write("whc001.json", [{**HUB, "components_count": 3}]))
    assert "components_count is 3, components_list holds 2" in site.warnings[0]


def test_a_part_off_the_earth_is_taken_without_its_position(write) -> None:
    parts = "{name: Gate, ref: 901-001, latitude: 95, longitude: 38.2}"
    _, (site,) = read(write("whc001.json", [{**HUB, "components_list": parts, "components_count": 1}]))
    assert site.components is not None
    assert site.components[0].lon is None
    assert "latitude 95" in site.warnings[0]


def test_the_name_of_a_part_may_hold_braces_and_commas(write) -> None:
    parts = "{name: Wall}, {outer, ref: 901-001, latitude: 1, longitude: 2}, "
    parts += "{name: , ref: 901-002 , latitude: 3,longitude: 4}"
    _, (site,) = read(write("whc001.json", [{**HUB, "components_list": parts, "components_count": 2}]))
    assert [(part.ref, part.name, part.lat) for part in site.components] == [
        ("901-001", "Wall}, {outer", 1),
        ("901-002", "", 3),
    ]


@pytest.mark.parametrize(
    ("field", "value"), [("id_no", None), ("id_no", True), ("coordinates", [38.2, 34.5]), ("coordinates", 5)]
)
def test_json_of_another_type_than_expected_refuses_the_row(write, field: str, value: object) -> None:
    opened, sites = read(write("whc001.json", [HUB, {**HUB, "id_no": "902", field: value}]))
    assert [site.ref for site in sites] == ["901"]
    assert [(refusal.row, refusal.field) for refusal in opened.refusals] == [(2, field)]


def test_a_slip_of_the_pen_does_not_date_a_whole_list(write) -> None:
    rows = [f"{n},Place {n},{1978 + n % 40},0,,38.2,34.5,,,," for n in range(1, 1000)]
    opened, sites = read(write("list.csv", csv(*rows, "1000,Place,2099,0,,38.2,34.5,,,,")))
    assert len(sites) == 1000
    assert (opened.is_complete, opened.release) == (True, "2017")


def test_parts_that_are_not_of_the_grammar_refuse_the_row(write) -> None:
    opened, sites = read(write("whc001.json", [{**HUB, "components_list": "Gate (34.5, 38.2)"}]))
    assert not sites
    assert opened.refusals[0].field == "components_list"


def test_a_table_is_no_list_of_parts(write) -> None:
    with pytest.raises(UnusableFile, match="no list of parts"):
        read(write("list.csv", csv(HARBOUR)), format="whc-parts")


def test_parts_under_the_numbers_of_their_sites(write) -> None:
    def feature(ref: str, lon: float) -> dict[str, Any]:
        geometry = {"type": "Point", "coordinates": [lon, 34.5]}
        return {"type": "Feature", "properties": {"name": "Gate", "ref": ref, "parent_id": "901"}, "geometry": geometry}

    document = {
        "901": {"type": "FeatureCollection", "features": [feature("901-001", 38.2), feature("901-002", 0.5)]},
        "902": {"type": "FeatureCollection", "features": [feature("777-001", 38.2)]},
    }
    opened, (site,) = read(write("parts.json", document))
    assert (site.ref, site.name, [part.ref for part in site.components or ()]) == ("901", "", ["901-001", "901-002"])
    assert {"name", "danger", "lon", "area_ha"} <= site.absent
    assert "components" not in site.absent
    assert (opened.is_complete, opened.refusals[0].row) == (False, 2)


def test_the_official_files(shared_data: Path) -> None:
    folder = shared_data / "unesco"
    found = {}
    for name in (
        "whc-sites-2019-utf8.csv.gz",
        "whc-en-2019.xml.gz",
        "whc-sites-2024.xlsx",
        "whc-2026-05-normalized.json.gz",
    ):
        opened, sites = read(folder / name)
        found[name] = (len(sites), len(opened.refusals), opened.release, str(opened.released_on), opened.is_complete)
    assert found == {
        "whc-sites-2019-utf8.csv.gz": (1121, 0, "2019", "2019-07-10", True),
        "whc-en-2019.xml.gz": (1121, 0, "2019", "2019-07-10", True),
        "whc-sites-2024.xlsx": (1223, 0, "2024", "2024-07-31", True),
        "whc-2026-05-normalized.json.gz": (1248, 0, "2026-05-04", "2026-05-04", True),
    }


def test_csv_and_xml_of_one_year_agree(shared_data: Path) -> None:
    folder = shared_data / "unesco"
    tables = [
        {site.ref: site for site in read(folder / name)[1]}
        for name in ("whc-sites-2019-utf8.csv.gz", "whc-en-2019.xml.gz")
    ]
    assert tables[0].keys() == tables[1].keys()
    differing = [ref for ref, site in tables[0].items() if site.states_parties != tables[1][ref].states_parties]
    assert len(differing) <= 5


def test_the_list_of_2024(shared_data: Path) -> None:
    sites = {site.ref: site for site in read(shared_data / "unesco" / "whc-sites-2024.xlsx")[1]}
    assert sum(site.in_danger_now is True for site in sites.values()) == 56
    assert sum(any(spell.end_year for spell in site.danger or ()) for site in sites.values()) == 42
    assert not [site.name for site in sites.values() if "<" in site.name or site.name != site.name.strip()]
    assert (sites["1567"].lon, sites["148"].states_parties) == (None, ())
    assert "proposed by Jordan" in sites["148"].states_note
    assert [(ref, site.warnings) for ref, site in sites.items() if site.warnings] == [
        ("850", ("the position 36.9511, 34.2539 lies outside LB",))
    ]


def test_what_the_file_of_2026_does_not_tell_is_absent(shared_data: Path) -> None:
    sites = {site.ref: site for site in read(shared_data / "unesco" / "whc-2026-05-normalized.json.gz")[1]}
    assert sum(site.in_danger_now is True for site in sites.values()) == 53
    assert all({"criteria", "danger", "components"} <= site.absent for site in sites.values())
    assert sum("states_parties" in site.absent for site in sites.values()) == 52


def test_the_iranian_parts(shared_data: Path) -> None:
    _, sites = read(shared_data / "unesco" / "iran-components.json")
    assert (len(sites), sum(len(site.components or ()) for site in sites)) == (29, 154)
    assert len(read(shared_data / "unesco" / "iran-sites.geojson")[1]) == 29


def test_a_list_cut_anywhere_is_taken_in_part_or_refused_in_words(shared_data: Path, write) -> None:
    text = gzip.decompress((shared_data / "unesco" / "whc-sites-2019-utf8.csv.gz").read_bytes())[:40_000]
    for cut in range(300, 40_000, 1999):
        opened, sites = read(write("cut.csv", text[:cut]))
        assert len(sites) + len(opened.refusals) >= 0
        assert not opened.is_complete


def _whole_list(*more: str) -> str:
    return csv(*(HARBOUR.replace("901", str(ref), 1) for ref in range(1, 951)), *more)


def test_a_refused_row_of_a_whole_list_is_no_site_that_vanished(write) -> None:
    opened, sites = read(write("list.csv", _whole_list(HARBOUR.replace("901", "1200", 1).replace("34.55", "95"))))
    assert (len(sites), opened.is_complete, opened.refused_refs) == (950, True, {"1200"})


def test_a_list_with_a_row_about_nobody_knows_which_site_is_not_a_whole_list(write) -> None:
    opened, _ = read(write("list.csv", _whole_list(HARBOUR.replace("901", "12x", 1))))
    assert not opened.is_complete
    assert any("no site is taken for vanished" in note for note in opened.notes)


def xml_list(danger: str) -> str:
    rows = [f"<row><id_number>{n}</id_number><site>S{n}</site><date_inscribed>2025</date_inscribed><danger/></row>"
            for n in range(1, 4)]  # fmt: skip
    last = f"<row><id_number>9</id_number><site>S9</site><date_inscribed>1990</date_inscribed><danger>{danger}</danger>"
    return f'<?xml version="1.0"?><query>{"".join(rows)}{last}</row></query>'


def test_an_xml_that_tells_of_its_own_last_session_is_kept_up_and_one_that_stopped_before_is_stale(write) -> None:
    for danger, stale in (("P 2001-2025", False), ("Y 2024", False), ("Y 2014", True), ("", True)):
        records = open_register(write("list.xml", xml_list(danger))).records
        assert {record.danger_is_stale for record in records} == {stale}, danger
