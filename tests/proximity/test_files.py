"""`heritage match` on plain files: which columns and rows are taken, what is written, and how the checksum is made."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner, Result

from heritage.cli import cli
from heritage.core.errors import HeritageError, InvalidInput, UnusableFile
from heritage.proximity.engine import match_points
from heritage.proximity.files import EVENT_ID, SITE_ID, read_places

SITES = "site_id,lon,lat\nA,38.267,34.556\nB,38.0,34.0\n"
EVENTS = "event_id,lon,lat\n1,38.3,34.5\n2,38.27,34.55\n3,10,10\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "sites.csv").write_text(SITES)
    (tmp_path / "events.csv").write_text(EVENTS)
    return tmp_path


def run(folder: Path, *more: str, sites: str = "sites.csv", events: str = "events.csv") -> Result:
    arguments = ["match", "--sites", str(folder / sites), "--events", str(folder / events), "--radius-km", "10", *more]
    return CliRunner().invoke(cli, arguments)


def document(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert isinstance(answer, dict)
    return answer


def checksum_of(pairs: list[tuple[str, str]]) -> str:
    def weight(text: str) -> int:
        return (crc32(text.encode()) & 0x7FFFFFFF) + 1

    return f"{sum(weight(site) * weight(event) for site, event in pairs) % 2**64:016x}"


def test_match_writes_pairs_nearest_first_and_says_how_many(files: Path) -> None:
    answer = document(run(files, "--json", "--out", str(files / "pairs.csv")))
    with (files / "pairs.csv").open(newline="") as written:
        rows = list(csv.DictReader(written))
    assert [(row["site_id"], row["event_id"]) for row in rows] == [("A", "2"), ("A", "1")]
    direct = match_points([38.267], [34.556], [38.27, 38.3], [34.55, 34.5], 10)
    assert [float(row["distance_km"]) for row in rows] == direct.distance_km.tolist()
    assert answer == {"pairs": 2, "checksum": checksum_of([("A", "1"), ("A", "2")]), "refused": 0, "refusals": []}
    assert sorted(path.name for path in files.iterdir()) == ["events.csv", "pairs.csv", "sites.csv"]


def test_checksum_is_the_same_with_and_without_a_file_and_in_any_order(files: Path) -> None:
    first = document(run(files, "--json"))
    lines = EVENTS.splitlines()
    (files / "turned.csv").write_text("\n".join([lines[0], *reversed(lines[1:])]))
    assert document(run(files, "--json", "--out", str(files / "p.parquet"), events="turned.csv")) == first
    assert pl.read_parquet(files / "p.parquet").columns == ["site_id", "event_id", "distance_km"]


def test_count_prints_the_number_alone(files: Path) -> None:
    assert run(files, "--count").stdout == "2\n"


def test_parquet_gzip_and_other_column_names_are_read(files: Path) -> None:
    frame = pl.DataFrame({"ID_no": [23], "X": [38.267], "Y": [34.556]})
    frame.write_parquet(files / "sites.parquet")
    (files / "events.csv.gz").write_bytes(gzip.compress("id;Latitude;Longitude\n7;34.55;38.27\n".encode("utf-8-sig")))
    answer = document(run(files, "--json", sites="sites.parquet", events="events.csv.gz"))
    assert (answer["pairs"], answer["checksum"]) == (1, checksum_of([("23", "7")]))


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("x,38,95", "lat", "outside"),
        ("x,34,120", "lat", "swapped"),
        ("x,,34", "lon", "is empty"),
        ("x,38,", "lat", "is empty"),
        ("x,38", "lat", "is empty"),
        ("x,east,34", "lon", "'east' is not a number"),
        ("x,nan,34", "lon", "finite"),
        ("x,38,inf", "lat", "finite"),
        ("x,1e400,34", "lon", "finite"),
        ("x,400,34", "lon", "outside"),
        (",38,34", "event_id", "is empty"),
        ("a\x00b,38,34", "event_id", "NUL"),
    ],
)
def test_a_bad_row_is_named_and_the_good_ones_go_on(files: Path, row: str, field: str, reason: str) -> None:
    (files / "events.csv").write_text(f"event_id,lon,lat\n{row}\n2,38.27,34.55\n")
    result = run(files, "--json")
    answer = document(result)
    assert (answer["pairs"], answer["refused"]) == (1, 1)
    (refusal,) = answer["refusals"]
    assert (refusal["file"], refusal["row"], refusal["field"]) == ("events", 2, field)
    assert reason in refusal["reason"]
    assert f"events.csv: row 2: {field}" in result.stderr


def test_a_row_with_cells_too_many_is_refused_and_never_cut_short(files: Path) -> None:
    (files / "events.csv").write_text('event_id,lon,lat\n1,38,27,34,55\n"2",38.27,34.55\n')
    result = run(files, "--json")
    answer = document(result)
    assert answer["pairs"] == 1
    assert [(refusal["row"], refusal["field"]) for refusal in answer["refusals"]] == [(2, None)]
    assert "events.csv: row 2: the row has more cells" in result.stderr


def test_lists_and_objects_are_no_columns(files: Path) -> None:
    (files / "events.csv").unlink()
    pl.DataFrame({"event_id": ["1"], "lon": [{"x": 38.27}], "lat": [[34.55]]}).write_parquet(files / "events.csv")
    assert isinstance(run(files).exception, UnusableFile)


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7 \x00\x01",
        b"",
        b"name,lon,lat\nA,1,2\n",
        b"event_id,lon\nA,1\n",
        gzip.compress(EVENTS.encode() * 1000)[:-20],
        b"event_id,lon,lat\n" + b"9" * 5_000_000 + b",1,2\n",
        b"PAR1 and nothing more",
    ],
)
def test_an_unusable_file_is_refused_and_nothing_is_written(files: Path, content: bytes) -> None:
    (files / "events.csv").write_bytes(content)
    result = run(files, "--json", "--out", str(files / "pairs.csv"))
    assert isinstance(result.exception, UnusableFile)
    assert result.stdout == ""
    assert not (files / "pairs.csv").exists()


def test_site_rows_with_one_id_pair_each_for_itself(files: Path) -> None:
    (files / "sites.csv").write_text("site_id,lon,lat\nA,38.267,34.556\nA,38.3,34.5\n")
    answer = document(run(files, "--json"))
    assert answer["pairs"] == 4
    assert answer["checksum"] == checksum_of([("A", "1"), ("A", "2")] * 2)


def test_a_file_without_rows_gives_no_pairs(files: Path) -> None:
    (files / "events.csv").write_text("event_id,lon,lat\n")
    answer = document(run(files, "--json", "--out", str(files / "none.csv")))
    assert (answer["pairs"], answer["checksum"]) == (0, "0" * 16)
    assert (files / "none.csv").read_text() == "site_id,event_id,distance_km\n"


def test_utf16_and_windows_text_are_read(tmp_path: Path) -> None:
    text = "site_id,lon,lat\nSan’ā,44.2,15.3\n"
    (tmp_path / "wide.csv").write_bytes(text.encode("utf-16"))
    assert read_places(tmp_path / "wide.csv", SITE_ID).ids.to_list() == ["San’ā"]
    (tmp_path / "narrow.csv").write_bytes("event_id,lon,lat\nAléppo,37.1,36.2\n".encode("cp1252"))
    assert read_places(tmp_path / "narrow.csv", EVENT_ID).ids.to_list() == ["Aléppo"]


@pytest.mark.parametrize("radius", ["0", "-5", "nan", "inf"])
def test_a_radius_that_is_none_is_refused(files: Path, radius: str) -> None:
    arguments = ["match", "--sites", str(files / "sites.csv"), "--events", str(files / "events.csv")]
    result = CliRunner().invoke(cli, [*arguments, "--radius-km", radius])
    assert isinstance(result.exception, InvalidInput)


def test_an_output_that_cannot_be_written_is_refused(files: Path) -> None:
    assert isinstance(run(files, "--out", str(files / "pairs.xlsx")).exception, InvalidInput)
    assert isinstance(run(files, "--out", str(files / "nowhere" / "pairs.csv")).exception, HeritageError)


def test_a_longer_table_gives_the_pairs_of_the_engine(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    lon, lat = chance.normal(38, 1, 3000), chance.normal(34, 1, 3000)
    names = [f"s{number}" for number in range(3000)]
    pl.DataFrame({"id": names, "lon": lon, "lat": lat}).write_csv(tmp_path / "sites.csv")
    pl.DataFrame({"id": names[:500], "lon": lon[:500], "lat": lat[:500]}).write_parquet(tmp_path / "events.parquet")
    answer = document(run(tmp_path, "--json", "--out", str(tmp_path / "out.parquet"), events="events.parquet"))
    expected = match_points(lon, lat, lon[:500], lat[:500], 10)
    assert answer["pairs"] == len(expected)
    written = pl.read_parquet(tmp_path / "out.parquet")
    pairs = set(zip(written["site_id"], written["event_id"], strict=True))
    assert pairs == {(names[a], names[b]) for a, b in zip(expected.a_index, expected.b_index, strict=True)}
    assert answer["checksum"] == checksum_of(list(pairs))
