"""The brief as PDF: two sheets whatever it holds, the same bytes for the same brief, texts that are only texts."""

import re
import zlib
from pathlib import Path
from typing import Any

import pytest

from heritage.dossier.letters import Writer, letters_of
from heritage.dossier.printing import brief_pdf, readable_fonts
from heritage.settings import data_dir
from heritage.web.assets import DIST

TEMPLATE = data_dir("templates") / "dossier" / "brief.typ"


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return readable_fonts(DIST / "fonts", tmp_path_factory.mktemp("fonts"))


def a_brief(many: int = 1, **more: Any) -> dict[str, Any]:
    words = {name: name for name in (
        "kind", "level", "status", "condition", "why", "nothing", "withheld", "unknown", "time", "claims", "threats",
        "moved", "moved_says", "stays", "sources", "licence", "colon", "rule", "version", "not_emergency", "repeats",
        "romanised", "map", "map_sources",
    )}  # fmt: skip
    sentence = (
        "Fighting: Tadmur, 20 May 2015. That is 1.83 km north-east of it; with every uncertainty counted, 0–7 km. "
    )
    claim = {"id": 1, "text": sentence * 2, "by": "Observatory", "grade": "C2", "when": "20 May 2015"}
    group = {"point": "control", "line": "Held by them", "rests": "two", "claims": [claim] * 8}
    lane = {"track": "level", "name": "Level", "height": 60, "shapes": [["bar-4", 90, 10, 4, 56]]}
    return {
        "name": "Site of Palmyra", "own_name": "", "about": "Syria", "gone": "", "language": "en", "direction": "ltr",
        "as_of": "2015-05-21", "rule": "1+abc", "withheld": False, "more": "and more", "clears": sentence,
        "level": {"number": 4, "word": "Critical", "meaning": sentence, "since": "since 17 May 2015"},
        "status": {"value": "In danger", "sentence": sentence},
        "condition": {"value": "Not assessed", "sentence": sentence, "rivals": [sentence] * many},
        "reasons": [{"text": sentence * 2, "facts": sentence * 3}] * min(6, 2 * many),
        "not_known": [sentence] * min(6, many),
        "threats": [{"name": "t", "text": sentence, "summary": sentence * 2}] * min(5, many),
        "claims": [group] * many, "moved": [{"name": "n", "count": "1", "when": "w", "says": "s"}] * many,
        "stays": [{"condition": "c", "count": "5"}],
        "time": {"label": "a line", "ticks": [[10, "Jun"]], "lanes": [lane] * 6,
                 "entries": [{"track": "level", "name": "Level", "when": "May", "text": sentence * 2}] * 12},
        "sources": [{"text": sentence, "licence": "CC"}] * 12 * many,
        "map": {"tall": 750, "land_wide": 600, "land": [["land", "M0 0l600 0 0 450z"]],
                "shapes": [["ring", "M9 9l90 90"]], "marks": [[50, 50, "part"]],
                "towns": [[60, 40, "Homs", True], [20, 30, "حمص", False]],
                "bar": [20, "10 km"], "alt": "A map"},
        "words": words, "day_words": "as of", "url": "https://heritage.example/sites/x", "version": "0" * 16,
    } | more  # fmt: skip


def inside(pdf: bytes) -> bytes:
    """The file with its packed streams unpacked after it."""
    found = [pdf]
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        try:
            found.append(zlib.decompress(packed))
        except zlib.error:
            continue
    return b"\n".join(found)


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", inside(pdf)))


def test_a_brief_of_little_and_one_of_very_much_stay_within_two_sheets_of_a4(fonts: Path):
    for brief in (a_brief(), a_brief(6), a_brief(6, language="ar", direction="rtl")):
        pdf = brief_pdf(brief, TEMPLATE, fonts)
        assert pdf.startswith(b"%PDF-")
        assert 1 <= pages(pdf) <= 2, pages(pdf)
        assert b"/MediaBox[0 0 595.2" in inside(pdf).replace(b" [", b"[")


def test_the_same_brief_gives_the_same_bytes_and_another_one_others(fonts: Path):
    once = brief_pdf(a_brief(), TEMPLATE, fonts)
    assert brief_pdf(a_brief(), TEMPLATE, fonts) == once
    assert brief_pdf(a_brief(name="Elsewhere"), TEMPLATE, fonts) != once


def test_the_fonts_of_the_pages_go_with_it(fonts: Path):
    pdf = inside(brief_pdf(a_brief(name="موقع تدمر", language="ar", direction="rtl"), TEMPLATE, fonts))
    assert b"NotoNaskhArabic" in pdf
    assert b"IBMPlexSans" in pdf


@pytest.mark.parametrize("text", ['#read("/etc/passwd")', "*bold* $x^2$ #panic()", "]]] } \\u{0} <pages>", "‮gnorw"])
def test_no_text_is_read_as_markup(fonts: Path, text: str):
    brief = a_brief(name=text, clears=text, own_name=text)
    assert brief_pdf(brief, TEMPLATE, fonts).startswith(b"%PDF-")


def test_fonts_are_unpacked_once(tmp_path: Path):
    folder = readable_fonts(DIST / "fonts", tmp_path)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert readable_fonts(DIST / "fonts", tmp_path) == folder
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert len(before) == len([path for path in (DIST / "fonts").glob("*.woff2") if "-core-" not in path.name])
    assert list(tmp_path.iterdir()) == [folder]


# The typesetter refuses a document with a letter that it cannot draw, so one that comes out has no box in it.
@pytest.mark.parametrize(
    "name",
    [
        "Київ: Софія",
        "Αθήνα",
        "ירושלים",
        "Երևան",
        "თბილისი",
        "故宫",
        "法隆寺の建物",
        "창덕궁",
        "ताजमहल",
        "อยุธยา",
        "ལྷ་ས",
        "ᠮᠣᠩᠭᠣᠯ",
        "አክሱም",
        "ⵜⵉⴼⵉⵏⴰⵖ",
        "Thành nhà Hồ",
        "تخت جمشید",
        "هرات بازاڕ",
        "a\u0331\u0323b\u0489",
        "🏛 ruin",
        "\ue000",
        "x\u2068y\u2069\u200b",
    ],
)
def test_no_name_in_any_script_leaves_a_box(fonts: Path, name: str) -> None:
    brief = a_brief(name=name, own_name=name, claims=[], clears=f"{name} ({name}), {name}.")
    assert brief_pdf(brief, TEMPLATE, fonts).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("text", "written"),
    [("Київ, Αθήνα, تدمر", "Київ, Αθήνα, تدمر"), ("Երևան is a city", "Erevan is a city"), ("故宫", "GuGong"),
     ("A \u2066\u202b12\u2069 km", "A \u2066\u202b12\u2069 km"), ("e\u0301", "é"), ("\ue000", "?")],
)  # fmt: skip
def test_what_the_fonts_lack_is_written_in_latin_letters(fonts: Path, text: str, written: str) -> None:
    writer = Writer(letters_of(fonts))
    assert writer.value({"a": [text, 1, None]}) == {"a": [written, 1, None]}
    assert writer.changed is (text not in (written, "e\u0301"))
