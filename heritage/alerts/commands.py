"""Commands: digest, alerts, subscriptions."""

from datetime import date, datetime
from typing import IO, Any

import click

from heritage.commandline import DAY, LIMIT, NUMBER, json_option, open_services, print_json

LARGEST_MAILBOX = 50_000_000


@click.command()
@click.option("--as-of", type=DAY, help="The day of the summary; today by default.")
@click.option("--since", type=DAY, help="The day it is compared with; the day before by default.")
@click.option("--known-on", type=DAY, help="Use what was known by the end of this day; the day itself by default.")
@click.option("--to", "address", help="Also send it to this address.")
@click.option("--lang", "language", default="en", show_default=True, type=click.Choice(["en", "fr", "ar"]))
@json_option
def digest(
    as_of: date | None, since: date | None, known_on: date | None, address: str | None, language: str, as_json: bool
) -> None:
    """The summary of a day: what rose, what burns, what eased, what is quiet."""
    from heritage.alerts import service
    from heritage.flags.service import load_rules

    with open_services(acts=address is not None) as services:
        day = as_of or services.clock.now().date()
        rules = load_rules(services.settings.rules_file())
        with services.database.session() as session:
            summary = service.summarise(session, rules, as_of=day, since=since, known_on=known_on)
        if address is not None:
            # First, so that a document on stdout always means that all went well.
            service.send_by_hand(services, summary, address)
            click.echo(
                "Handed to the mail server." if services.settings.smtp_url else "Written to the mail folder.", err=True
            )
        if as_json:
            print_json(service.as_data(summary))
        else:
            click.echo(service.render(summary, services.settings, language=language).text, nl=False)


@click.group()
def alerts() -> None:
    """Threads of alerts: what would be said, what was said, what waits for people."""


@alerts.command("dry-run")
@click.option("--as-of", type=DAY, help="As if it were the end of this day; now by default.")
@json_option
def dry_run(as_of: date | None, as_json: bool) -> None:
    """Say what would be sent, to how many people, and send nothing."""
    from heritage.alerts import considering
    from heritage.alerts.message import render_alert
    from heritage.alerts.rules import load_alert_rules
    from heritage.flags.service import load_rules

    with open_services() as services, services.database.session() as session:
        settings = services.settings
        rules, flag_rules = load_alert_rules(settings.alert_rules_file()), load_rules(settings.rules_file())
        planned = considering.rehearse(session, services, flag_rules, rules, as_of)
        holds = {line.public_id: considering.hold_note(session, rules, line) for line in planned}
    messages, people = sum(len(line.recipients) for line in planned), len(considering.people(planned))
    threads = [
        {
            "site": line.id_no,
            "level": line.level,
            "step": line.number,
            "msg_type": line.facts.msg_type.value,
            "thread": line.public_id,
            "recipients": len(line.recipients),
            "held": holds[line.public_id] not in considering.FREE,
        }
        for line in planned
    ]
    if as_json:
        print_json({"messages": messages, "recipients": people, "threads": threads})
        return
    click.echo(f"Would send {messages} messages to {people} people, in {len(planned)} threads.")
    for line in planned:
        waits = "" if holds[line.public_id] in considering.FREE else ", after two persons agree"
        click.echo(f"\n{line.public_id}, step {line.number}: to {len(line.recipients)} people{waits}")
        sample = render_alert(line.facts, "en", public_url=settings.public_url)
        click.echo(f"Subject: {sample.subject}\n\n{sample.text}")


@alerts.command("list")
@click.option("--open", "only_open", is_flag=True, help="Only threads that are not over.")
@click.option("--limit", type=LIMIT, default=100, show_default=True)
@json_option
def list_threads(only_open: bool, limit: int, as_json: bool) -> None:
    """Threads, newest first, with their newest step."""
    from heritage.alerts import thread_queries

    with open_services() as services, services.database.session() as session:
        found = thread_queries.list_threads(session, only_open=only_open, released=False, limit=limit)
    lines = [
        {
            "thread": thread.public_id,
            "site": alert.facts["site"]["id_no"],
            "level": alert.level,
            "step": alert.step,
            "msg_type": alert.msg_type,
            "state": alert.state,
            "opened_at": thread.opened_at.isoformat(),
            "closed_at": thread.closed_at.isoformat() if thread.closed_at else None,
            "decided_at": alert.decided_at.isoformat(),
        }
        for thread, alert in found
    ]
    if as_json:
        print_json({"count": len(lines), "threads": lines})
        return
    for line in lines:
        state = "" if line["state"] == "released" else f", {line['state']}"
        over = ", over" if line["closed_at"] else ""
        click.echo(f"{line['level']} {line['thread']}: {line['msg_type']}, step {line['step']}{state}{over}")


@alerts.command("show")
@click.argument("thread")
@json_option
def show_thread(thread: str, as_json: bool) -> None:
    """One thread: every step, who said what of it, and the ledger of its messages; recipients are numbers."""
    from heritage.alerts import thread_queries as queries

    with open_services() as services, services.database.session() as session:
        held = queries.get_thread(session, thread)
        steps = queries.list_alerts(session, held.id or 0)
        ids = [step.id or 0 for step in steps]
        counts, said = queries.count_posts(session, ids), queries.list_said(session, ids)
        posts = queries.list_posts(session, held.id or 0, limit=10_000)
    document = {
        "thread": held.public_id,
        "site": steps[0].facts["site"]["id_no"] if steps else None,
        "exercise": held.exercise,
        "opened_at": _moment(held.opened_at),
        "closed_at": _moment(held.closed_at),
        "steps": [
            {
                "step": step.step,
                "msg_type": step.msg_type,
                "level": step.level,
                "from_level": step.from_level,
                "correction": step.correction,
                "state": step.state,
                "note": step.note,
                "decided_at": _moment(step.decided_at),
                "released_at": _moment(step.released_at),
                "messages": counts.get(step.id or 0, {}),
                "said": [
                    {"kind": word.kind, "by": word.actor, "at": _moment(word.said_at), "reason": word.reason}
                    for word in said
                    if word.alert_id == step.id
                ],
                "facts": step.facts,
            }
            for step in steps
        ],
        "ledger": [
            {
                "message": post.id,
                "step": step,
                "recipient": post.subscriber_id,
                "channel": post.channel,
                "status": post.status,
                "queued_at": _moment(post.queued_at),
                "sent_at": _moment(post.handed_at),
                "accepted_at": _moment(post.accepted_at),
                "bounced_at": _moment(post.bounced_at),
                "tries": post.attempts,
                "error": post.error,
            }
            for post, step in posts
        ],
    }
    if as_json:
        print_json(document)
        return
    click.echo(
        f"{held.public_id}: opened {held.opened_at:%Y-%m-%d %H:%M:%S} UTC" + (", over" if held.closed_at else "")
    )
    for step in steps:
        messages = ", ".join(f"{number} {state}" for state, number in counts.get(step.id or 0, {}).items())
        click.echo(
            f"  step {step.step}: {step.msg_type}, level {step.level}, {step.state} {step.note} {messages}".rstrip()
        )
        for word in (word for word in said if word.alert_id == step.id):
            click.echo(f"    {word.said_at:%H:%M:%S} {word.kind} by {word.actor} {word.reason}".rstrip())
    for post, step_number in posts[:50]:
        click.echo(
            f"  message {post.id}, step {step_number}, recipient {post.subscriber_id}, {post.channel}: {post.status}"
            + (f", sent {post.handed_at:%H:%M:%S}" if post.handed_at else "")
            + (f", accepted {post.accepted_at:%H:%M:%S}" if post.accepted_at else "")
            + (f" ({post.error})" if post.error else "")
        )


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


@alerts.command("approve")
@click.argument("thread")
def approve_thread(thread: str) -> None:
    """Let the step of a thread that waits go: the operator of the machine answers for both persons."""
    _speak(thread, "approve", "")


@alerts.command("reject")
@click.argument("thread")
@click.option("--reason", required=True, help="Why; it stays in the record.")
def reject_thread(thread: str, reason: str) -> None:
    """Keep the step of a thread that waits from being sent."""
    _speak(thread, "reject", reason)


def _speak(thread: str, kind: str, reason: str) -> None:
    from heritage.alerts import approving
    from heritage.alerts.models import WordKind
    from heritage.alerts.rules import load_alert_rules
    from heritage.audit.chain import AT_THE_MACHINE

    with open_services(acts=True) as services, services.database.session() as session:
        rules = load_alert_rules(services.settings.alert_rules_file())
        step = approving.held_step(session, thread)
        person = approving.Person(AT_THE_MACHINE, operator=True)
        done = approving.speak(session, services, rules, step.id or 0, person, WordKind(kind), reason)
        click.echo(f"{thread}, step {done.step}: {done.state}")


@alerts.command("duty")
@json_option
def who_is_on_duty(as_json: bool) -> None:
    """Who is on duty now, and so is told at night; every officer when the roster names nobody."""
    from heritage.alerts import duty

    with open_services() as services, services.database.session() as session:
        found = duty.on_duty(session, services.clock.now())
        names = duty.names(found.officers)
    if as_json:
        print_json({"on_duty": names, "by_roster": found.by_roster})
    else:
        click.echo("\n".join(names) or "No officer has an account here.")


@alerts.command("bounces")
@click.argument("source", metavar="FILE", type=click.File("rb"))
@json_option
def take_bounces(source: IO[bytes], as_json: bool) -> None:
    """Read letters that came back from FILE, or - for a mail server's pipe: one letter, or an mbox of them.

    What never arrived is told to the recipient by the next channel; an address that is gone is written to no more.
    """
    from heritage.alerts.bouncing import take_back
    from heritage.alerts.rules import load_alert_rules
    from heritage.core.errors import InvalidInput

    raw = source.read(LARGEST_MAILBOX + 1)
    if len(raw) > LARGEST_MAILBOX:
        raise InvalidInput(f"{source.name}: larger than {LARGEST_MAILBOX // 1_000_000} MB; split it.")
    with open_services(acts=True) as services, services.database.session() as session:
        counts = take_back(session, services, load_alert_rules(services.settings.alert_rules_file()), raw)
    if as_json:
        print_json(counts)
    else:
        click.echo(", ".join(f"{name} {number}" for name, number in counts.items()))


@click.group()
def subscriptions() -> None:
    """Who wants to be told what."""


@subscriptions.command("add")
@click.argument("address")
@click.option("--site", "slugs", multiple=True, help="Address of a site, as in /sites/<slug>; any number of times.")
@click.option("--country", "countries", multiple=True, help="Two-letter code; any number of times.")
@click.option("--area", help="West,south,east,north in degrees, or a file with a GeoJSON polygon.")
@click.option("--in-danger", is_flag=True, help="Only sites on the List in Danger.")
@click.option("--min-level", type=click.IntRange(1, 4), default=2, show_default=True)
@click.option(
    "--frequency", type=click.Choice(["at-once", "hourly", "daily", "weekly"]), default="at-once", show_default=True
)
@click.option("--lang", "language", type=click.Choice(["en", "fr", "ar"]), default="en", show_default=True)
@click.option("--time-zone", default="UTC", show_default=True, help="As in Asia/Damascus.")
@click.option("--quiet", help="Hours in which nothing below a warning is sent, as in 22:00-07:00.")
@click.option("--channel", "channels", multiple=True, default=("email",), show_default=True, help="In order.")
@click.option("--webhook", help="Where to post to, for the channel webhook.")
@click.option("--confirmed", is_flag=True, help="At the word of this machine's operator: no letter asks for consent.")
@json_option
def add_subscription(
    address: str,
    slugs: tuple[str, ...],
    countries: tuple[str, ...],
    area: str | None,
    in_danger: bool,
    min_level: int,
    frequency: str,
    language: str,
    time_zone: str,
    quiet: str | None,
    channels: tuple[str, ...],
    webhook: str | None,
    confirmed: bool,
    as_json: bool,
) -> None:
    """Ask for alerts to ADDRESS; without --confirmed a letter asks there first."""
    from heritage.alerts import subscribing
    from heritage.alerts.models import Frequency
    from heritage.alerts.rules import load_alert_rules
    from heritage.alerts.wishes import read_area, read_hours
    from heritage.audit.chain import AT_THE_MACHINE
    from heritage.sites.queries import get_site

    manner = subscribing.Manner(language, time_zone, read_hours(quiet) if quiet else None, channels, webhook)
    with open_services() as services, services.database.session() as session:
        wanted = subscribing.Wanted(
            site_ids=tuple(get_site(session, slug).id or 0 for slug in slugs),
            countries=countries,
            area=read_area(area) if area else None,
            in_danger=in_danger,
            min_level=min_level,
            frequency=Frequency(frequency),
        )
        if confirmed:
            added = subscribing.add_confirmed(session, services, address, wanted, manner)
            subscriber = subscribing.get_subscriber(session, added.subscriber_id)
            subscribing.told(session, services, AT_THE_MACHINE, "subscription.add", subscriber, subscription=added.id)
        else:
            rules = load_alert_rules(services.settings.alert_rules_file())
            subscribing.request(session, services, rules, address, wanted, manner)
    if as_json:
        print_json({"confirmed": confirmed, "subscription": added.id if confirmed else None})
    else:
        click.echo("Added." if confirmed else "A letter asks at that address whether it is wanted.")


@subscriptions.command("list")
@click.option("--limit", type=LIMIT, default=1000, show_default=True)
@json_option
def list_subscriptions(limit: int, as_json: bool) -> None:
    """Subscriptions that have not ended; people are numbers, for addresses are sealed."""
    from heritage.alerts.subscription_queries import list_subscriptions as listed

    with open_services() as services, services.database.session() as session:
        lines = listed(session, limit=limit)
    if as_json:
        print_json({"count": len(lines), "subscriptions": lines})
        return
    for line in lines:
        about = ", ".join([*line["sites"], *line["countries"], *_area(line["area"])]) or "every site"
        state = "" if line["confirmed"] else ", not confirmed"
        click.echo(
            f"{line['id']:>6}  person {line['subscriber']}: {about}, from level {line['min_level']}, "
            f"{line['frequency']}, {line['language']}{state}"
        )


def _area(area: dict[str, Any] | None) -> list[str]:
    from heritage.core.areas import bounds

    return [f"an area {','.join(f'{edge:g}' for edge in bounds(area))}"] if area else []


@subscriptions.command("stop")
@click.argument("address")
@click.option("--id", "subscription_id", type=NUMBER, help="Only this subscription.")
def stop_subscription(address: str, subscription_id: int | None) -> None:
    """End every subscription of ADDRESS, or one: nothing more is sent there."""
    from heritage.alerts import subscribing
    from heritage.alerts.addresses import checked_address
    from heritage.audit.chain import AT_THE_MACHINE
    from heritage.core.errors import NotFound

    with open_services() as services, services.database.session() as session:
        subscriber = subscribing.find_subscriber(session, services, checked_address(address))
        if subscriber is None or subscriber.id is None:
            raise NotFound("There is no subscription of this address.")
        ended = subscribing.stop(session, services, subscriber.id, subscription_id=subscription_id)
        subscribing.told(session, services, AT_THE_MACHINE, "subscription.stop", subscriber, ended=ended)
    click.echo(f"{ended} ended.")
