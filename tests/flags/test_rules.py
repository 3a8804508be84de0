"""The rules file: every number named, checked and explained."""

import copy
import tomllib
from pathlib import Path

import pytest

from heritage.flags.rules import BadRules, parse_rules

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "config" / "rules.toml").read_text()
DOCUMENT = tomllib.loads(TEXT)


def test_the_shipped_rules_are_sound():
    rules = parse_rules(DOCUMENT)
    assert [level.enter for level in rules.levels] == sorted(level.enter for level in rules.levels)
    assert rules.reach_km >= rules.farthest_km + rules.usable_radius_km


def test_the_version_changes_with_any_number_and_not_with_a_comment():
    changed = copy.deepcopy(DOCUMENT)
    changed["kind"]["looting"] += 0.01
    assert parse_rules(changed).version != parse_rules(DOCUMENT).version
    assert parse_rules(tomllib.loads(TEXT + "\n# a comment\n")).version == parse_rules(DOCUMENT).version


@pytest.mark.parametrize(
    ("table", "key", "value", "named"),
    [
        ("time", "half_life_days", 0, "half_life_days"),
        ("time", "hold_days", "three", "time.hold_days"),
        ("kind", "loot", 1.0, "kind.loot"),
        ("distance", "half_km", -5.0, "distance.half_km"),
        ("distance", "half_km", float("nan"), "distance.half_km"),
        ("credibility", "6", True, "credibility.6"),
    ],
)
def test_a_number_that_cannot_be_right_is_refused_by_name(table, key, value, named):
    document = copy.deepcopy(DOCUMENT)
    document[table][key] = value
    with pytest.raises(BadRules, match=named):
        parse_rules(document)


def test_a_missing_number_or_table_is_refused_by_name():
    for table, key in (("level", "3"), ("size", "most")):
        document = copy.deepcopy(DOCUMENT)
        del document[table][key]
        with pytest.raises(BadRules, match=key):
            parse_rules(document)
    with pytest.raises(BadRules, match="reliability"):
        parse_rules({k: v for k, v in DOCUMENT.items() if k != "reliability"})


def test_a_level_that_is_left_above_where_it_is_entered_is_refused():
    document = copy.deepcopy(DOCUMENT)
    document["level"]["2"]["leave"] = 0.2
    with pytest.raises(BadRules, match="level.2"):
        parse_rules(document)


def test_every_number_says_where_it_comes_from():
    """A comment stands above each number, or above the first of a run of numbers."""
    explained = False
    for line in TEXT.splitlines():
        if line.startswith("#"):
            explained = True
        elif not line.strip():
            explained = False
        elif "=" in line and not line.startswith(("leave", "voices", "rule_version")):
            table_line = line
            assert explained or table_line[0].isupper() or table_line[0].isdigit(), line
