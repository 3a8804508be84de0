"""Climbing and descending the levels: thresholds with hysteresis, folded over the days of a bounded window."""

import numpy as np

from heritage.flags.exposure import Bools, Floats, Ints
from heritage.flags.rules import Rules


def supported(scores: Floats, voices: Floats, rules: Rules) -> tuple[Ints, Ints]:
    """The level each day's reports would enter, and the level they would keep.

    Args:    scores: (days, 4, n) for levels 1..4. voices: (days, 2, n) for levels 3 and 4.
    Returns: two arrays (days, n) of levels 0..4; keeping asks half the weight and no voices.
    """
    enter, keep = (np.zeros((scores.shape[0], scores.shape[2]), dtype=np.int64) for _ in range(2))
    for level, rule in enumerate(rules.levels, start=1):
        enough: Bools = scores[:, level - 1] >= rule.enter
        if level >= 3:
            enough = enough & (voices[:, level - 3] >= rule.voices)
        enter[enough] = level
        keep[scores[:, level - 1] >= rule.leave] = level
    return enter, keep


def climb(enter: Ints, keep: Ints, rules: Rules) -> Ints:
    """Fold the days, oldest first, into the level at the end of each.

    A rise is taken the same day. A fall waits until the level has been unsupported for hold_days in a row, and then
    goes to the highest level that was still supported on one of those days.
    Args:    enter, keep: (days, n).
    Returns: levels (days, n).
    """
    levels = np.zeros_like(enter)
    current = np.zeros(enter.shape[1], dtype=np.int64)
    below, resting = np.zeros_like(current), np.zeros_like(current)
    for day in range(enter.shape[0]):
        rises = enter[day] > current
        wanting = ~rises & (keep[day] < current)
        below = np.where(wanting, below + 1, 0)
        resting = np.where(wanting, np.maximum(resting, keep[day]), 0)
        falls = below >= rules.hold_days
        current = np.where(rises, enter[day], np.where(falls, resting, current))
        below[falls], resting[falls] = 0, 0
        levels[day] = current
    return levels


def level_on_each_day(enter: Ints, keep: Ints, rules: Rules) -> Ints:
    """The level of n sites at the end of each day, every day judged by its own window of memory_days.

    Args:    enter, keep: (days, n), beginning memory_days before the first day asked for.
    Returns: (days - memory_days, n) levels.
    """
    size = rules.memory_days + 1
    days, sites = enter.shape[0] - rules.memory_days, enter.shape[1]
    # One column for each day and site, with its own window down the column: the same fold serves all of them at once.
    own = [
        np.moveaxis(np.lib.stride_tricks.sliding_window_view(a, size, axis=0), 2, 0).reshape(size, days * sites)
        for a in (enter, keep)
    ]
    levels: Ints = climb(own[0], own[1], rules)[-1].reshape(days, sites)
    return levels
