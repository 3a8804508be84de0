"""Texts made to take a reader's time: patterns that begin everywhere and end nowhere, the same words again."""

HOSTILE = {
    "words": "word ",
    "one letter": "A",
    "quotes that stay open": "“",
    "the city of the town of": "the city of the town of ",
    "hyphens": "Al-Al-",
    "figures": "1,000 ",
    "clauses": ", which had",
    "tags that stay open": "<div",
    "comments that stay open": "<!--",
    "said": "said ",
    "sayers": "Kharkiv said. ",
    "lists of towns": "Kharkiv, Kyiv and Odesa were shelled by Russia, ",
    "short lines": "x. \n",
    "Arabic": "قصف مدينة حلب ",
    "the city": "In Kharkiv the city was shelled by troops. ",
    "quotations": "“The city of Aleppo was shelled,” Omar Said said. ",
}


def hostile_text(name: str, chars: int) -> str:
    """One of them in a length."""
    unit = HOSTILE[name]
    return (unit * (chars // len(unit) + 1))[:chars]
