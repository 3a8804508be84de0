"""Entries of the record as people read them: what was done, and what an entry says of it as terms and values."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext

from heritage.audit.witness import ROWS
from heritage.core.text import isolate
from heritage.web.i18n import count_range, country_name, moment_text, number_text
from heritage.web.names import person_name
from heritage.web.sentences import joined
from heritage.web.words import TABLES, word

# Which words a detail's codes are shown as; where the same name stands for several things, the action tells which.
_WORDS = {
    "channel": "report_channel",
    "fields": "object_field",
    "level": "level",
    "met": "met",
    "outcome": "outcome",
    "phase": "phase",
    "reliability": "reliability",
    "roles": "role",
    "scopes": "scope",
    "settled": "settled",
    "stage": "stage",
    "way": "way",
}
_WORDS_OF_ACTION = {
    ("artefact.add", "kind"): "object_kind",
    ("attempts.refused", "kind"): "limit",
    ("job.stage", "state"): "stage_state",
    ("judgement.new", "kind"): "judgement",
    ("reports.end-link", "kind"): "link_kind",
    ("reports.link-claims", "kind"): "link_kind",
    ("sites.settle", "kind"): "proposal",
    ("sites.settle", "status"): "proposal_state",
    ("threat.changed", "status"): "threat_status",
}
# Codes that stand beside their word: people know them by both.
_BOTH = {"level", "reliability"}
# Numbers that name something are no amounts and have no marks between their figures.
_NAMES = {
    "access", "corrects", "difference", "judgement", "officer", "one", "other", "proposal", "report", "revision",
    "step", "subscription", "threat", "token",
}  # fmt: skip


def action_text(action: str) -> str:
    """What was done, in words; a code of another release stands as it is."""
    return word("action", action)


def detail_pairs(action: str, detail: str) -> list[tuple[str, str]]:
    """What an entry says, as terms and values in the page's language.

    Args:    action: the entry's code.  detail: its canonical JSON.
    Returns: pairs in the order of the record; nothing for what is empty, and none of the hashes of rows.
    """
    try:
        document = json.loads(detail)
    except ValueError:
        return [("", isolate(detail))]
    return list(_pairs(action, document)) if isinstance(document, dict) else [("", isolate(detail))]


def _pairs(action: str, document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in document.items():
        term = word("detail", name)
        if name == ROWS or value is None or value == [] or value == "":
            continue
        if isinstance(value, dict):
            inner = (_pairs(action, value)) if name in ("before", "after") else _plain(value)
            yield from ((f"{term} · {each}", text) for each, text in inner)
        else:
            yield term, _value(action, name, value)


def _plain(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return ((isolate(name), isolate(str(text))) for name, text in value.items())


def _value(action: str, name: str, value: Any) -> str:
    if name == "counts" and isinstance(value, list) and len(value) == 2:
        return count_range(*value)
    if isinstance(value, list):
        return joined([_value(action, name, each) for each in value])
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    table = _WORDS_OF_ACTION.get((action, name)) or _table(action, name)
    if table and value in TABLES[table]:
        told = word(table, value)
        return f"{value} · {told}" if name in _BOTH else told
    if isinstance(value, int | float):
        return str(value) if name in _NAMES else number_text(value)
    return _text(name, str(value))


def _table(action: str, name: str) -> str | None:
    return "alert_state" if name == "state" and action.startswith("alert.") else _WORDS.get(name)


def _text(name: str, value: str) -> str:
    if name == "countries":
        return country_name(value)
    if name == "invited_by":
        return isolate(person_name(value))
    if name == "review_at":
        try:
            return moment_text(datetime.fromisoformat(value))
        except ValueError:
            return isolate(value)
    return isolate(value)
