"""The methodology names every rule and number, and its worked numbers are those in force."""

import tomllib
from pathlib import Path

import pytest

from heritage.flags.explanation import RuleName
from heritage.flags.rules import parse_rules, rule_keys

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "methodology.md").read_text()
RULES = parse_rules(tomllib.loads((ROOT / "config" / "rules.toml").read_text()))


@pytest.mark.parametrize("key", [*rule_keys(), *RuleName])
def test_the_methodology_names_every_rule(key):
    assert f"`{key}`" in TEXT


def test_the_methodology_gives_the_numbers_in_force():
    rows = {
        cells[1].strip().strip("`"): cells[2].strip()
        for line in TEXT.splitlines()
        if line.startswith("| `") and len(cells := line.split("|")) == 5
    }
    named = [name for name in rows if hasattr(RULES, name)]
    assert len(named) == 13
    assert {name: float(rows[name]) for name in named} == {name: getattr(RULES, name) for name in named}


def test_the_table_of_levels_is_the_one_in_force():
    named = ("| 1 watch", "| 2 adv", "| 3 warn", "| 4 crit")
    lines = [line for line in TEXT.splitlines() if line.startswith(named) and line.count("|") == 7]
    for line, level in zip(lines, RULES.levels, strict=True):
        within, enter, leave, voices = (cell.strip().replace("–", "0") for cell in line.split("|")[2:6])
        assert (float(within), float(enter), float(leave), float(voices)) == (
            level.within_km,
            level.enter,
            level.leave,
            level.voices,
        )
