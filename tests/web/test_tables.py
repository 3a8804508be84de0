"""Wide tables name their cells, so that a phone can show each row as a list; others stay as they are."""

import re

from flask.testing import FlaskClient

from heritage.web.tables import stacked


def _table(heads: list[str], rows: str) -> str:
    head = "".join(f'<th scope="col">{words}</th>' for words in heads)
    return (
        f'<div class="scroll-x" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def test_each_cell_of_a_wide_table_names_its_column() -> None:
    rows = "<tr><th scope='row'>1</th><td class=\"number\">2</td><td>3</td><td>4</td></tr>" * 2
    page = stacked(_table(["A", '<span>B "b"</span>', "", "D"], rows))
    assert '<table class="stacked">' in page
    assert re.findall(r'data-label="([^"]*)"', page) == ["A", "B &#34;b&#34;", "D"] * 2
    assert '<td data-label="B &#34;b&#34;" class="number">2</td><td>3</td>' in page


def test_a_column_whose_name_is_only_heard_is_not_named_again_in_its_cells() -> None:
    unseen = '<span class="visually-hidden">Undo</span>'
    page = stacked(_table(["A", "B", "C", unseen], "<tr><td>1</td><td>2</td><td>3</td><td>Undo</td></tr>"))
    assert re.findall(r'data-label="([^"]*)"', page) == ["A", "B", "C"]
    assert unseen in page


def test_a_cell_over_several_columns_is_not_named_for_one() -> None:
    assert "data-label" not in stacked(_table(["A", "B", "C", "D"], '<tr><td colspan="4">None.</td></tr>'))


def test_a_table_that_fits_a_phone_stays_as_it_is() -> None:
    page = _table(["A", "B", "C"], "<tr><td>1</td><td>2</td><td>3</td></tr>")
    assert stacked(page) == page


def test_what_people_wrote_stays_escaped_and_uncounted() -> None:
    page = stacked(_table(["A", "B", "C", "D"], "<tr><td>&lt;td&gt;</td><td>2</td><td>3</td><td>4</td></tr>"))
    assert re.findall(r'data-label="([^"]*)"', page) == ["A", "B", "C", "D"]
    assert "&lt;td&gt;" in page


def test_pages_name_the_cells_of_their_tables_in_the_readers_language(client: FlaskClient) -> None:
    assert 'data-label="Level"' in client.get("/methodology").text
    assert 'data-label="Niveau"' in client.get("/methodology?lang=fr").text
