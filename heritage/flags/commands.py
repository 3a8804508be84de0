"""Commands: ``heritage flags`` for any day, ``heritage evaluate`` for the present one."""

from datetime import date
from typing import Any

import click

from heritage.commandline import DAY, json_option, open_services, print_json
from heritage.progress import progress_option, working


@click.command()
@click.option("--as-of", type=DAY, help="The state at the end of this day, UTC; by default today.")
@click.option("--known-on", type=DAY, help="Using only what was known by the end of this day; by default the same day.")
@click.option("--min-level", type=click.IntRange(0, 4), default=1, show_default=True, help="Leave out lower levels.")
@click.option("--site", "slug", help="Only this site, at whatever level.")
@json_option
@progress_option
def flags(as_of: date | None, known_on: date | None, min_level: int, slug: str | None, as_json: bool) -> None:
    """Levels of sites on a day, highest first, with their reasons. Writes nothing."""
    # Numpy loads with these; `heritage flags --help` needs none of it.
    from heritage.flags.service import compute_flags, load_rules
    from heritage.sites.queries import get_site

    with open_services() as services, services.database.session() as session:
        rules = load_rules(services.settings.rules_file())
        day = as_of or services.clock.now().date()
        chosen: dict[str, Any] = {"min_level": min_level}
        if slug is not None:
            chosen = {"min_level": 0, "site_id": get_site(session, slug).id}
        with working("Working out the day"):
            found = compute_flags(session, rules, as_of=day, known_on=known_on, **chosen)
    if as_json:
        document = {"as_of": day.isoformat(), "known_on": (known_on or day).isoformat(), "rule_version": rules.version}
        print_json(document | {"flags": [flag.as_json(rules) for flag in found]})
        return
    click.echo(f"{day}, as known on {known_on or day}: {len(found)} sites")
    for flag in found:
        _print_flag(flag, rules, reasons=5 if slug else 2)


@click.command()
@json_option
@progress_option
def evaluate(as_json: bool) -> None:
    """Decide the levels of the present day and record what changed; a second run changes nothing."""
    from heritage.flags.service import evaluate as evaluate_now
    from heritage.flags.service import load_rules

    with open_services(acts=True) as services, services.database.session() as session:
        rules = load_rules(services.settings.rules_file())
        with working("Deciding levels"):
            outcome = evaluate_now(session, rules, services.clock)
    if as_json:
        print_json({"changed": outcome.changed, "flags": [flag.as_json(rules) for flag in outcome.flags]})
        return
    click.echo(f"{outcome.changed} levels changed; {len(outcome.flags)} sites stand above none.")
    for flag in outcome.flags:
        _print_flag(flag, rules, reasons=0)


def _print_flag(flag: Any, rules: Any, *, reasons: int) -> None:
    from heritage.flags.service import clears_sentence

    decision = flag.decision
    since = f" since {decision.since}{' or longer' if decision.since_at_least else ''}" if decision.since else ""
    click.echo(f"{int(flag.level)} {flag.level.name.lower():<9}{flag.name} ({flag.id_no}){since}")
    for reason in decision.reasons[:reasons]:
        report = reason.report
        click.echo(
            f"    {report.occurred_to} {report.kind.replace('_', ' ')}, {report.place_name or 'place not named'}: "
            f"{report.distance_km:.1f} km from {report.part_ref} ({report.low_km:.0f} to {report.high_km:.0f}), "
            f"grade {report.reliability}{report.credibility}, weight {reason.weight:.2f}"
        )
    sentence = clears_sentence(decision, rules)
    if reasons and sentence:
        click.echo(f"    {sentence}")
