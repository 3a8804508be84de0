"""What is described is met by what is kept with the reasons, and what fits half a museum by nothing."""

import pytest

from heritage.artefacts.recognition import MOST_CANDIDATES, find_alike

BUST = {
    "inventory_number": "PM 1924-17", "object_type": "bust", "title": "Bust of a lady with a veil",
    "materials": "limestone",
    "measurements": "H 52 cm, W 40 cm, D 21 cm", "inscriptions": "Aqmat daughter of Hagagu", "period": "2nd century",
    "features": "chip on the left hand", "description": "Woman holding a spindle and distaff.",
}  # fmt: skip
RELIEF = {"object_type": "relief", "title": "Camel riders", "materials": "limestone", "measurements": "60 x 44 cm"}
COIN = {"object_type": "coin", "title": "Zenobia", "materials": "bronze"}
KEPT = [("B", BUST), ("R", RELIEF), ("C", COIN)]


@pytest.mark.parametrize(
    ("described", "code", "reasons"),
    [
        ({"inventory_number": "pm 1924/17"}, "B", ("inventory_number",)),
        ({"title": "lady with veil", "measurements": "53 x 40 x 21"}, "B", ("measurements", "title")),
        ({"inscriptions": "AQMAT, daughter of Hagagu", "materials": "limestone"}, "B", ("inscriptions", "materials")),
        ({"description": "veil, spindle, distaff", "object_type": "Bust"}, "B", ("description", "object_type")),
        ({"title": "the lady with the veil", "features": "chip on left hand"}, "B", ("features", "title")),
        ({"title": "camel riders", "measurements": "0.6 x 0.44 m"}, "R", ("measurements", "title")),
    ],
)
def test_what_is_described_is_met_with_the_reasons(described, code, reasons):
    (found,) = find_alike(described, KEPT)
    assert found.code == code
    assert tuple(sorted(found.reasons)) == reasons


@pytest.mark.parametrize(
    "described",
    [
        {},
        {"materials": "limestone", "object_type": "bust"},
        {"measurements": "52 cm"},
        {"title": "a golden crown", "description": "with nine rubies"},
        {"title": "of a with the", "period": "2nd century"},
        {"inventory_number": "PM 1924-1"},
    ],
)
def test_what_fits_half_a_museum_or_nothing_is_met_by_nothing(described):
    assert find_alike(described, KEPT) == []


def test_names_of_other_scripts_are_met_and_the_list_ends():
    arabic = {"title": "تمثال السيدة", "features": "كسر في اليد"}
    assert [one.code for one in find_alike({"title": "تمثال السيده", "features": "كسر اليد"}, [("A", arabic)])] == ["A"]
    assert len(find_alike(BUST, [(f"{n:03}", BUST) for n in range(200)])) == MOST_CANDIDATES
