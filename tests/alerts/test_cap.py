"""CAP 1.2 against the standard's public rules: order, vocabularies, time form, references; and what it may tell."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from heritage.alerts.cap import NAMESPACE, Scope, cap_document, identifier, moment, reference, sender_of
from heritage.alerts.facts import AlertFacts, MessageType
from heritage.policy.disclosure import PublicPoint

SENDER = "watch@example.org"
URL = "https://heritage.example"
# Element, least and most, in the order of the standard's schema (None: any number).
ALERT = (
    ("identifier", 1, 1), ("sender", 1, 1), ("sent", 1, 1), ("status", 1, 1), ("msgType", 1, 1), ("source", 0, 1),
    ("scope", 1, 1), ("restriction", 0, 1), ("addresses", 0, 1), ("code", 0, None), ("note", 0, 1),
    ("references", 0, 1), ("incidents", 0, 1), ("info", 0, None),
)  # fmt: skip
INFO = (
    ("language", 0, 1), ("category", 1, None), ("event", 1, 1), ("responseType", 0, None), ("urgency", 1, 1),
    ("severity", 1, 1), ("certainty", 1, 1), ("audience", 0, 1), ("eventCode", 0, None), ("effective", 0, 1),
    ("onset", 0, 1), ("expires", 0, 1), ("senderName", 0, 1), ("headline", 0, 1), ("description", 0, 1),
    ("instruction", 0, 1), ("web", 0, 1), ("contact", 0, 1), ("parameter", 0, None), ("resource", 0, None),
    ("area", 0, None),
)  # fmt: skip
AREA = (
    ("areaDesc", 1, 1), ("polygon", 0, None), ("circle", 0, None), ("geocode", 0, None), ("altitude", 0, 1),
    ("ceiling", 0, 1),
)  # fmt: skip
PARAMETER = (("valueName", 1, 1), ("value", 1, 1))
WORDS = {
    "status": "Actual Exercise System Test Draft",
    "msgType": "Alert Update Cancel Ack Error",
    "scope": "Public Restricted Private",
    "category": "Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other",
    "responseType": "Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None",
    "urgency": "Immediate Expected Future Past Unknown",
    "severity": "Extreme Severe Moderate Minor Unknown",
    "certainty": "Observed Likely Possible Unlikely Unknown",
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
NAME = re.compile(r"[^\s,<&]+")


def tag(element: Element) -> str:
    found = re.fullmatch(rf"\{{{re.escape(NAMESPACE)}\}}(\w+)", element.tag)
    assert found, element.tag
    return found[1]


def check_order(parent: Element, schema: tuple[tuple[str, int, int | None], ...]) -> None:
    names = [tag(child) for child in parent]
    order = [name for name, _, _ in schema]
    assert [order.index(name) for name in names] == sorted(order.index(name) for name in names), names
    for name, least, most in schema:
        assert least <= names.count(name) <= (most if most is not None else len(names)), name


def check(document: bytes) -> Element:
    """Hold a document against the rules of CAP 1.2, as its public description gives them."""
    root: Element = fromstring(document)
    assert tag(root) == "alert"
    check_order(root, ALERT)
    for element in root.iter():
        name, text = tag(element), element.text or ""
        if name in WORDS:
            assert text in WORDS[name].split(), (name, text)
        if name in ("sent", "effective", "onset", "expires"):
            assert TIME.fullmatch(text), text
            assert not text.endswith("+00:00")
        if name in ("identifier", "sender"):
            assert NAME.fullmatch(text)
        assert "\r" not in text
    for info in found(root, "info"):
        check_order(info, INFO)
        assert re.fullmatch(r"[a-z]{2}(-[A-Z]{2})?", value(info, "language"))
        for area in found(info, "area"):
            check_order(area, AREA)
            for circle in found(area, "circle"):
                lat, lon, radius = map(float, re.split("[, ]", circle.text or ""))
                assert -90 <= lat <= 90
                assert -180 <= lon <= 180
                assert radius >= 0
        for parameter in found(info, "parameter"):
            check_order(parameter, PARAMETER)
        assert value(info, "effective") <= (value(info, "expires") or "9")
    languages = [value(info, "language") for info in found(root, "info")]
    assert len(set(languages)) == len(languages)
    assert (value(root, "scope") == "Restricted") == bool(value(root, "restriction"))
    if value(root, "msgType") != "Alert":
        for triple in value(root, "references").split():
            sender, name, sent = triple.split(",")
            assert NAME.fullmatch(sender)
            assert NAME.fullmatch(name)
            assert TIME.fullmatch(sent)
    return root


def found(parent: Element, name: str) -> list[Element]:
    return parent.findall(f"{{{NAMESPACE}}}{name}")


def value(parent: Element, name: str) -> str:
    return next((child.text or "" for child in found(parent, name)), "")


def judged(document: bytes) -> tuple[str, ...]:
    info = found(check(document), "info")[0]
    return tuple(value(info, name) for name in ("category", "urgency", "severity", "certainty"))


def later(facts: AlertFacts, **changed: Any) -> AlertFacts:
    values: dict[str, Any] = {
        "step": 2,
        "msg_type": MessageType.UPDATE,
        "references": (reference(facts, SENDER),),
        "decided_at": facts.decided_at + timedelta(hours=6),
        **changed,
    }
    return replace(facts, **values)


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("level", range(5))
@pytest.mark.parametrize("kind", list(MessageType))
def test_every_kind_of_step_keeps_the_rules(facts: AlertFacts, kind: MessageType, level: int, scope: Scope) -> None:
    step = facts if kind is MessageType.ALERT else later(facts, msg_type=kind)
    root = check(cap_document(replace(step, level=level), SENDER, scope=scope, public_url=URL))
    assert [value(info, "language") for info in found(root, "info")] == ["en", "fr", "ar"]


def test_palmyra_is_judged_as_the_worked_case_says(facts: AlertFacts) -> None:
    document = cap_document(facts, SENDER)
    assert judged(document) == ("Security", "Immediate", "Severe", "Observed")
    info = found(check(document), "info")[0]
    assert [element.text for element in found(info, "responseType")] == ["Assess", "Monitor"]


def test_an_explosion_kilometres_away_is_judged_as_the_worked_case_says(facts: AlertFacts) -> None:
    document = cap_document(replace(facts, level=2), SENDER)
    assert judged(document) == ("Security", "Expected", "Moderate", "Possible")
    info = found(check(document), "info")[0]
    assert [element.text for element in found(info, "responseType")] == ["Monitor"]


def test_one_voice_alone_is_not_observed(facts: AlertFacts) -> None:
    alone = replace(facts, reasons=(replace(facts.reasons[0], origins=("observatory",)),))
    assert judged(cap_document(replace(alone, confidence=0.8), SENDER))[3] == "Likely"
    assert judged(cap_document(replace(alone, confidence=0.3), SENDER))[3] == "Possible"


def test_destruction_at_the_site_is_extreme(facts: AlertFacts) -> None:
    seen = replace(facts, reasons=(replace(facts.reasons[0], kind="deliberate_destruction"),))
    assert judged(cap_document(seen, SENDER))[2] == "Extreme"


def test_the_end_never_says_that_all_is_clear(facts: AlertFacts) -> None:
    end = later(facts, msg_type=MessageType.CANCEL, level=0, reasons=(), clears=())
    document = cap_document(end, SENDER)
    assert judged(document)[1] == "Past"
    assert b"AllClear" not in document


def test_an_exercise_is_never_actual(facts: AlertFacts) -> None:
    root = check(cap_document(replace(facts, exercise=True), SENDER, "Actual"))
    assert value(root, "status") == "Exercise"
    assert "drill" in value(root, "note")
    assert value(found(root, "info")[0], "headline").startswith("Exercise: ")
    assert value(check(cap_document(facts, SENDER, "Test")), "status") == "Test"


def test_an_update_names_all_it_replaces_and_an_alert_nothing(facts: AlertFacts) -> None:
    second = later(facts)
    third = later(facts, step=3, references=(reference(facts, SENDER), reference(second, SENDER)))
    root = check(cap_document(third, SENDER))
    assert value(root, "references") == (
        "watch@example.org,k7Qm2x.1,2015-05-21T12:00:00-00:00 watch@example.org,k7Qm2x.2,2015-05-21T18:00:00-00:00"
    )
    assert value(check(cap_document(facts, SENDER)), "references") == ""
    with pytest.raises(ValueError, match="refers"):
        cap_document(later(facts, references=()), SENDER)


def test_public_text_has_no_report_and_restricted_text_has_all(facts: AlertFacts) -> None:
    public = cap_document(facts, SENDER, scope=Scope.PUBLIC).decode()
    restricted = cap_document(facts, SENDER, scope=Scope.RESTRICTED).decode()
    for told in ("Tadmur", "1.84", "Syrian Observatory", "23-001"):
        assert told not in public
        assert told in restricted
    assert "It rests on 2 reports" in public


def test_a_place_is_drawn_only_as_far_as_it_is_public(facts: AlertFacts) -> None:
    point = PublicPoint(38.26667, 34.55417)
    exact = replace(facts, point=point, extent_km=2.3)
    assert b"<circle>34.55417,38.26667 2.300</circle>" in cap_document(exact, SENDER)
    coarse = cap_document(replace(exact, withheld=True, point=replace(point, grid_km=10.0)), SENDER)
    assert b"34.55417,38.26667 7.072</circle>" in coarse
    assert b"circle" not in cap_document(replace(exact, withheld=True), SENDER)
    assert b"circle" not in cap_document(facts, SENDER)


@pytest.mark.parametrize("scope", list(Scope))
def test_a_withheld_site_gives_no_distance_part_or_place(facts: AlertFacts, scope: Scope) -> None:
    document = cap_document(replace(facts, withheld=True), SENDER, scope=scope).decode()
    assert not re.search(r"Tadmur|1\.84|7\.2|23-001|part of Palmyra|rests on|expires", document)
    assert "<certainty>Unknown</certainty>" in document


def test_a_message_that_waited_says_when_it_left_and_later_ones_name_that_moment(facts: AlertFacts) -> None:
    released = facts.decided_at + timedelta(minutes=9)
    first = check(cap_document(facts, SENDER, sent_at=released))
    update = later(facts, references=(reference(facts, f"Watch <{SENDER}>", released),))
    triple = f"{value(first, 'sender')},{value(first, 'identifier')},{value(first, 'sent')}"
    assert value(check(cap_document(update, SENDER)), "references") == triple


def test_times_are_utc_in_the_standards_form() -> None:
    assert moment(datetime(2015, 5, 20, 21, tzinfo=timezone(timedelta(hours=3)))) == "2015-05-20T18:00:00-00:00"
    assert moment(datetime(2015, 5, 20, 21, 0, 0, 999, tzinfo=UTC)) == "2015-05-20T21:00:00-00:00"


def test_names_hold_nothing_the_standard_forbids(facts: AlertFacts) -> None:
    assert sender_of("Heritage watch <watch@example.org>") == SENDER
    for wrong in ("two words", "a,b", "a&b", ""):
        with pytest.raises(ValueError, match="sender"):
            sender_of(wrong)
    assert NAME.fullmatch(identifier(replace(facts, thread="a b,c&<d")))


def test_text_from_files_cannot_break_the_document(facts: AlertFacts) -> None:
    nasty = replace(
        facts,
        site=replace(facts.site, names={"en": "A & <b>\x00\x0b]]> \ud800"}),
        reasons=(replace(facts.reasons[0], place_name="</info>"),),
    )
    check(cap_document(nasty, SENDER, scope=Scope.RESTRICTED))
