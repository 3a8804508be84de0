"""Entries of the record are read in words: every action and every detail the program writes has its own."""

import ast
import json
import re
from pathlib import Path

import pytest
from flask import Flask

import heritage
from heritage.audit.words import ACTIONS, DETAILS
from heritage.web.entries import action_text, detail_pairs

WRITERS = {"record", "append", "write", "told", "_told", "_record", "_recorded", "_changed"}
CODE = re.compile(r"sign-(in|out)|[a-z]+\.[a-z_-]+")
# Names of arguments that say no detail.
NO_DETAIL = {"at", "actor", "action", "subject", "detail", None}


def _written() -> tuple[set[str], set[str]]:
    """Actions and names of details that stand in the program's calls."""
    actions, details = set(), set()
    for file in Path(heritage.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                not isinstance(call, ast.Call)
                or getattr(call.func, "attr", getattr(call.func, "id", "")) not in WRITERS
            ):
                continue
            texts = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            named = [k.value.value for k in call.keywords if k.arg == "action" and isinstance(k.value, ast.Constant)]
            found = {text for text in [*texts[:1], *named] if CODE.fullmatch(text)}
            if found:
                actions |= found
                details |= {k.arg for k in call.keywords} - NO_DETAIL
    return actions, details


def test_every_action_and_every_detail_that_is_written_has_words() -> None:
    actions, details = _written()
    assert {"sign-in", "judgement.new", "sealed.ask", "update.withdrawn", "incidents.import"} <= actions
    assert {"institution", "failed_today", "ended", "channel"} <= details
    assert actions - set(ACTIONS) == set()
    assert details - set(DETAILS) == set()


@pytest.mark.parametrize(
    ("action", "detail", "told"),
    [
        ("judgement.new", {"kind": "raise", "level": 4}, [("Kind", "Raised by a person"), ("Level", "4 · Critical")]),
        ("artefact.add", {"kind": "object"}, [("Kind", "Object")]),
        ("sites.import", {"added": 1200, "read": 1200}, [("New ones", "1,200"), ("Rows read", "1,200")]),
        ("reports.enter-claim", {"report": 1200}, [("Report", "1200")]),
        ("sign-in", {"failed_today": 0, "strong": False}, [("Failed today", "0"), ("Second factor", "no")]),
        ("account.invite", {"countries": ["SY"], "institutions": [], "roles": ["directorate"]},
         [("Countries", "Syria"), ("Roles", "antiquities directorate")]),
        ("account.roles", {"before": {"roles": ["analyst"], "countries": []}, "after": {"roles": []}},
         [("Before · Roles", "analyst")]),
        ("job.plan", {"objects": 1, "rows": [{"table": "move_step"}]}, [("Objects", "1")]),
        ("alert.reject", {"state": "rejected", "reason": ""}, [("State", "rejected")]),
    ],
)  # fmt: skip
def test_what_an_entry_says_stands_as_terms_and_values(
    app: Flask, action: str, detail: dict[str, object], told: list[tuple[str, str]]
) -> None:
    with app.test_request_context("/audit?lang=en"):
        assert detail_pairs(action, json.dumps(detail)) == told


def test_what_has_no_words_stays_as_it_is_and_apart_from_the_text(app: Flask) -> None:
    with app.test_request_context("/audit?lang=en"):
        assert action_text("some.thing") == "some.thing"
        assert detail_pairs("some.thing", '{"odd":"<b>"}') == [("odd", "\u2068<b>\u2069")]
        assert detail_pairs("some.thing", "no JSON") == [("", "\u2068no JSON\u2069")]
