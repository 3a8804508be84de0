"""Tables on a narrow screen: each cell carries its column's name, so that a row can stand as a list of named facts."""

import re

from markupsafe import Markup

# Three columns fit a phone as they are.
LEAST_COLUMNS = 4
_TABLE = re.compile(r'(<div class="scroll-x[^>]*>\s*)<table>(.*?</thead>)(.*?)</table>', re.DOTALL)
_HEAD = re.compile(r'<th scope="col"[^>]*>(.*?)</th>', re.DOTALL)
# A cell over several columns speaks for none of them.
_CELL = re.compile(r"<(tr|td|th)\b(?! colspan)")
# What only a screen reader is told of a column says no more than the cell itself.
_UNSEEN = re.compile(r'<span class="visually-hidden">.*?</span>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


def stacked(page: str) -> Markup:
    """Name the cells of every wide table that stands in a box of its own.

    Args:    page: HTML as the templates make it, what people wrote escaped; a table's heads are ``th scope="col"``.
    Returns: the same, but tables of four or more columns are of the class ``stacked``, their cells with ``data-label``.
    """
    return Markup(_TABLE.sub(_named, page))  # noqa: S704  # escaped by the templates; what is added comes from there too


def _named(found: re.Match[str]) -> str:
    box, head, body = found.groups()
    # Quotes are escaped in what a template prints, but not those in its own words.
    labels = [_TAG.sub("", _UNSEEN.sub("", words)).strip().replace('"', "&#34;") for words in _HEAD.findall(head)]
    if len(labels) < LEAST_COLUMNS:
        return found[0]
    column = 0

    def cell(tag: re.Match[str]) -> str:
        nonlocal column
        if tag[1] == "tr":
            column = 0
            return tag[0]
        column += 1
        label = labels[column - 1] if column <= len(labels) else ""
        return f'{tag[0]} data-label="{label}"' if label else tag[0]

    return f'{box}<table class="stacked">{head}{_CELL.sub(cell, body)}</table>'
