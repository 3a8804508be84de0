"""Decisions and reports as sentences in the page's language."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from flask_babel import gettext, ngettext

from heritage.core.text import isolate as isolate
from heritage.flags.explanation import Decision, NotKnown, Reason, RuleName
from heritage.web.i18n import day_text, km_range_text, km_text, span_text
from heritage.web.words import compass, word


def joined(parts: Sequence[str]) -> str:
    """Words as a list in a sentence."""
    return str(gettext(", ")).join(parts)


def joined_some(words: list[str], most: int) -> str:
    """The first few of a list, and how many more there are."""
    more = len(words) - most
    if more <= 0:
        return joined(words)
    return str(ngettext("%(names)s and %(num)d more", "%(names)s and %(num)d more", more, names=joined(words[:most])))


def low(level: int) -> str:
    """A level's word as it stands within a sentence."""
    return word("level", level).lower()


def headline(levels: Iterable[int]) -> str:
    """What a day looks like in one sentence: how many sites stand at each level, the highest first."""
    counts = Counter(levels)
    telling = [level for level in (4, 3, 2) if counts[level]]
    if not telling:
        return str(gettext("No site stands above watch"))
    parts = [
        ngettext("%(num)d site at %(level)s", "%(num)d sites at %(level)s", counts[level], level=low(level))
        for level in telling
    ]  # fmt: skip
    return joined(parts)


def where(reason: Reason, part_name: str) -> str:
    """How far the reported place is from the part, with its range."""
    report = reason.report
    words = {
        "distance": km_text(report.distance_km),
        "range": km_range_text(report.low_km, report.high_km),
        "direction": compass(report.bearing_deg),
        "part": isolate(part_name),
    }
    if report.in_buffer_zone:
        return str(gettext("That lies in the buffer zone of %(part)s, %(distance)s from it.", **words))
    if reason.rule is RuleName.ON_SITE:
        return str(
            gettext(
                "That is on the site or at its edge: %(distance)s %(direction)s of the middle of %(part)s; "
                "with every uncertainty counted, %(range)s.",
                **words,
            )
        )
    return str(
        gettext("That is %(distance)s %(direction)s of %(part)s; with every uncertainty counted, %(range)s.", **words)
    )


def what(reason: Reason, *, named: bool = True) -> str:
    """What is reported, where and when; without the place when that would give a hidden site away."""
    report = reason.report
    words = {
        "kind": word("kind", report.kind),
        "place": isolate(report.place_name),
        "when": span_text(report.occurred_from, report.occurred_to),
    }
    if report.place_name and named:
        return str(gettext("%(kind)s: %(place)s, %(when)s.", **words))
    return str(gettext("%(kind)s, %(when)s.", **words))


def rule_text(rule: RuleName) -> str:
    """Why this report counts, or does not."""
    return str(
        {
            RuleName.ON_SITE: gettext("counts as on the site"),
            RuleName.BUFFER_ZONE: gettext("counts as in the buffer zone"),
            RuleName.BESIDE: gettext("counts as beside the site"),
            RuleName.NEAR: gettext("counts as near"),
            RuleName.FAR: gettext("counts as in the wider surroundings"),
            RuleName.SUPPORT: gettext("too vague in place to raise a level by itself"),
            RuleName.REPEAT: gettext("repeats another report and adds no weight"),
        }[rule]
    )


def grade_text(reliability: str, credibility: int) -> str:
    """A grade with its words: B2: usually reliable source, probably true."""
    return str(
        gettext(
            "%(grade)s: %(reliability)s, %(credibility)s",
            grade=f"{reliability}{credibility}",
            reliability=word("reliability", reliability),
            credibility=word("credibility", credibility),
        )
    )


def not_known_text(gap: NotKnown) -> str:
    """What nobody has said."""
    return str(
        {
            NotKnown.CAUSE: gettext("What or who caused the heaviest report."),
            NotKnown.DAY: gettext("The exact day of the heaviest report."),
            NotKnown.PLACE: gettext("The exact place of at least one report that counts."),
            NotKnown.EXTENT: gettext("How far the part nearest to it extends; it is taken as a point."),
            NotKnown.SECOND_ORIGIN: gettext("Whether it is true: only one independent origin says it."),
            NotKnown.SILENCE: gettext("Whether it is quiet there, or only unreported."),
        }[gap]
    )


def damage_not_known() -> str:
    """What no level ever says."""
    return str(gettext("Whether anything is damaged: a level speaks of reported fighting, never of damage."))


def clears_text(decision: Decision, *, withheld: bool = False) -> str:
    """When the level would fall if nothing more were reported; the days are withheld with the place."""
    if not decision.clears:
        return ""
    if withheld:
        return str(gettext("If nothing further is reported, it falls in the weeks after the last report."))
    steps = [
        gettext("to %(level)s on %(day)s", level=word("level", step.level).lower(), day=day_text(step.on))
        for step in decision.clears
    ]
    return str(gettext("If nothing further is reported, it falls %(steps)s.", steps=joined(steps)))


def since_text(decision: Decision) -> str:
    """Since when the level stands."""
    if decision.since is None:
        return ""
    if decision.since_at_least:
        return str(gettext("since %(day)s or longer", day=day_text(decision.since)))
    return str(gettext("since %(day)s", day=day_text(decision.since)))


def age_text(occurred_to: date, as_of: date) -> str:
    """How old news is on the day shown."""
    days = (as_of - occurred_to).days
    if days <= 0:
        return str(gettext("the same day"))
    return str(ngettext("%(num)d day before", "%(num)d days before", days))
