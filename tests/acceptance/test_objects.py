"""A museum's list, from the command line in processes of their own: good rows once, the others with row and reason."""

import csv
from pathlib import Path

from openpyxl import Workbook

HEAD = ("Inventory no", "Title", "Type of object", "Quantity", "Weight")


def test_a_large_list_goes_in_once_and_says_what_it_cannot_take(heritage, tmp_path: Path) -> None:
    heritage("artefacts", "institutions", "add", "palmyra-museum", "Palmyra Museum")
    rows = [(f"A {n}", "=1+1" if n % 100 == 0 else f"Bust {n}", "bust", "200-999" if n % 50 == 0 else "1", "12,5")
            for n in range(600)]  # fmt: skip
    wrong = [
        ("A 5", "Again", "bust", "1", "1"), ("", "", "", "", ""), ("B 1", "Few", "bust", "-5", "1"),
        ("B 2", "Many", "lot", "99999999999", "1"), ("B 3", "Back", "lot", "9-3", "1"), ("B 4", "Heavy", "", "1", "x"),
    ]  # fmt: skip
    sheet = tmp_path / "list.csv"
    with sheet.open("w", newline="", encoding="utf-16") as file:
        csv.writer(file).writerows([HEAD, *rows, *wrong])
    take = ("artefacts", "import", "--institution", "palmyra-museum", "--json")
    looked = heritage(*take, "--dry-run", sheet)
    told = {name: looked[name] for name in ("added", "changed", "unchanged", "refused", "dry_run")}
    assert told == {"added": 600, "changed": 0, "unchanged": 0, "refused": 5, "dry_run": True}
    fields = {(each["row"], each["field"]) for each in looked["refusals"]}
    assert fields == {
        (602, "inventory_number"),
        (604, "count"),
        (605, "count"),
        (606, "count"),
        (607, "weight_kg"),
    }
    assert heritage(*take, sheet)["added"] == 600
    again = heritage(*take, sheet)
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 600)
    assert heritage("artefacts", "list", "--json")["count"] == 600

    book = Workbook()
    for row in [
        HEAD,
        ("C 1", "Tête", "buste", 1, 2.5),
        ("C 1", "Twice", "bust", 1, 1),
        (None, "=SUM(D2:D3)", "bust", 1, 1),
    ]:
        book.active.append(row)
    book.active.merge_cells("B2:C2")
    book.save(tmp_path / "list.xlsx")
    taken = heritage(*take, tmp_path / "list.xlsx")
    assert (taken["read"], taken["added"], taken["refused"]) == (3, 2, 1)

    (tmp_path / "mapping.toml").write_text('title = "Denomination"\n')
    refused = heritage(*take, "--mapping", tmp_path / "mapping.toml", sheet, code=1)
    assert "no column “Denomination”" in refused.stderr
    assert refused.stdout == ""
