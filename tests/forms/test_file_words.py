"""What file readers say stands on pages in the reader's language, whatever the reader found."""

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale

from heritage.feeds.ucdp import RULES
from heritage.forms.file_words import in_words, reason_of

ROOT = Path(__file__).parents[2] / "heritage"
READERS = [
    ROOT / "core/files.py",
    ROOT / "sites/importing.py",
    *sorted((ROOT / "sites/readers").glob("*.py")),
    # Whose settings and commands speak to the terminal alone.
    *sorted(set((ROOT / "feeds").glob("*.py")) - {ROOT / "feeds/registry.py", ROOT / "feeds/commands.py"}),
    ROOT / "incidents/loading.py",
]
# Which argument of a call is the sentence.
SAYS = {
    "UnusableFile": 0,
    "BadValue": 1,
    "_BadField": 1,
    "RowRefusal": 2,
    "Row": None,
    "BatchSuspect": 0,
} | dict.fromkeys(("NotNow", "NotAllowed", "NotThere", "NotUnderstood", "FetchFailed", "AskedTooOften", "TooSlow"), 0)


def _text(node: ast.expr) -> str | None:
    """A text as a reader would write it, with a word in each of its places."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    return None


def sentences() -> Iterator[tuple[str, bool]]:
    """Each sentence of the readers' code, and whether it is said of a field."""
    for path in READERS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            place = SAYS.get(name)
            said = [word.value for word in node.keywords if name == "Row" and word.arg == "problem"]
            said += [node.args[place]] if place is not None and len(node.args) > place else []
            for each in said:
                if text := _text(each):
                    yield text, name in ("BadValue", "_BadField", "Row", "RowRefusal")


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_every_sentence_of_a_reader_is_said_in_the_page_s_language(app: Flask, language: str) -> None:
    found = dict(sentences())
    assert len(found) > 80
    # What only holds what another one said, and is looked up with it.
    wrapped = {
        "7 7",
        "7 is not between -90 and 907",
        "the row 7",
        "number 7 7",
        "7 is 7.",
        "7 holds 7.",
        "7 is not a text file but 7.",
        "7 It may be a limit on bursts.",
        # One column, or several: two sentences.
        "7 is no UCDP event file: it lacks the column7 7.",
    }
    with app.test_request_context(), force_locale(language):
        english = {text for text, of_field in found.items() if reason_of("lat" if of_field else None, text) == text}
    assert english - wrapped == set()


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_every_rule_of_a_table_of_events_is_said_in_the_page_s_language(app: Flask, language: str) -> None:
    with app.test_request_context(), force_locale(language):
        said = {(field, text.format("x")): reason_of(field, text.format("x")) for field, _, text in RULES}
    assert [reason for (_, reason), words in said.items() if words == reason] == []


def test_a_large_number_in_a_sentence_is_written_as_the_language_writes_it(app: Flask) -> None:
    with app.test_request_context(), force_locale("fr"):
        assert "5\u202f000\u202f000 octets" in in_words("a.csv is larger than 5,000,000 bytes.")


def test_a_refusal_of_a_feed_is_said_anew_and_a_stored_one_of_old_stays(app: Flask) -> None:
    with app.test_request_context(), force_locale("fr"):
        assert reason_of("best", "is not a number of deaths: many") == "best n’est pas un nombre de morts\u00a0: many"
        assert in_words("x.csv is no UCDP event file: it lacks the columns id, best.").endswith(
            "les colonnes id, best."
        )
        assert in_words("x.csv is no UCDP event file: it lacks the column id.").endswith("la colonne id.")
        assert reason_of("occurred", "“soon” is not an EDTF date") != "“soon” is not an EDTF date"
        assert reason_of("best", "was odd in a way of old") == "was odd in a way of old"


def test_a_sentence_keeps_what_it_is_about_and_says_the_rest_anew(app: Flask) -> None:
    with app.test_request_context(), force_locale("fr"):
        assert in_words("list of 2015.csv is empty.") == "list of 2015.csv est vide."
        assert in_words("notes.doc is a PDF.") == "notes.doc\u00a0: c’est un PDF."
        assert reason_of("lat", "lat 95 is not between -90 and 90") == "lat 95 n’est pas entre -90 et 90"
        assert in_words("the row has 3 fields where the header names 4").startswith("la ligne contient 3 champs")
        assert (
            in_words("row 3, 23: the part 23-1 is named twice")
            == "ligne 3, 23\u00a0: l’élément 23-1 est nommé deux fois"
        )
        assert in_words("something nobody ever wrote") == "something nobody ever wrote"
    with app.test_request_context(), force_locale("en"):
        assert in_words("notes.doc is a PDF.") == "notes.doc is a PDF."


LIST = """id_no,name_en,category,states_name_en,iso_code,date_inscribed,longitude,latitude,danger
23,Site of Palmyra,Cultural,Syrian Arab Republic,sy,1980,38.26667,95,1
20,Ancient City of Damascus,Cultural,Syrian Arab Republic,sy,soon,36.30,33.51,1
21,,Cultural,Syrian Arab Republic,sy,1986,37.16,36.23,1
22,Ancient City of Bosra,Cultural,Syrian Arab Republic,sy,1980,far,32.51,maybe
229,Crac des Chevaliers
"""


def test_an_arabic_page_of_a_refused_file_holds_no_english_sentence(client: FlaskClient) -> None:
    answer = client.post(
        "/sites/imports?lang=ar", data={"file": (io.BytesIO(LIST.encode()), "list.csv"), "format": "whc"}
    )
    page = client.get(answer.location).text
    rows = re.findall(r"<td[^>]*><bdi>(.*?)</bdi></td><td[^>]*><bdi>", page)
    assert len(rows) >= 4
    for reason in [*rows, *re.findall(r"<li><bdi>(.*?)</bdi></li>", page)]:
        # Names of columns and what the file says stay; words between them do not.
        assert not re.search(r"\b(is|not|the|has|and|of|are|in|this)\b", reason), reason
    for data in (b"", b"%PDF-1.7 nothing", b"a,b\n1,2\n"):
        answer = client.post("/sites/imports?lang=ar", data={"file": (io.BytesIO(data), "list.csv"), "format": ""})
        refused = client.get(answer.location) if answer.location else answer
        said = " ".join(re.findall(r"<p>([^<]*list\.csv[^<]*)</p>|class=\"problem\"[^>]*>([^<]+)", refused.text)[0])
        assert re.search("[ء-ي]", said)
        assert not re.search(r"\b(is|not|the|holds|Its|empty)\b", said), said
