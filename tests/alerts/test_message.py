"""What a reader gets of one step of a thread: the whole message in three languages, and what it must never say."""

import re
from dataclasses import replace
from html import unescape

import pytest

from heritage.alerts.facts import AlertFacts, MessageType, ReasonFacts
from heritage.alerts.message import render_alert
from heritage.alerts.wording import Rendered
from heritage.core.neutral import loaded_words

URL = "https://heritage.example/"
STOP = "https://heritage.example/subscriptions/stop/token"


def said(facts: AlertFacts, language: str = "en", zone: str | None = "Asia/Damascus") -> Rendered:
    return render_alert(facts, language, public_url=URL, stop_url=STOP, time_zone=zone)


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_text_and_html_say_the_same(facts: AlertFacts) -> None:
    for language in ("en", "fr", "ar"):
        rendered = said(replace(facts, exercise=True, correction=True, withdrawn=facts.reasons), language)
        body = re.sub(r"<(style|title)\b.*?</\1>", " ", rendered.html, flags=re.S)
        words = set(re.findall(r"\w+", unescape(re.sub(r"<[^>]+>", " ", body)).lower()))
        told = set(re.findall(r"\w+", re.sub(r"https?://\S+", " ", rendered.text).lower()))
        assert words <= told
        assert told <= words
        for link in re.findall(r'href="([^"]+)"', rendered.html):
            assert unescape(link) in rendered.text


@pytest.mark.parametrize(
    ("changed", "subject"),
    [
        ({}, "Critical, level 4: Site of Palmyra (Syria)"),
        ({"exercise": True}, "Exercise: Critical, level 4: Site of Palmyra (Syria)"),
        (
            {"msg_type": MessageType.UPDATE, "level": 3, "from_level": 4, "step": 2},
            "Update: now level 3, warning, was 4: Site of Palmyra (Syria)",
        ),
        ({"msg_type": "Update", "from_level": 4}, "Update: still level 4, critical: Site of Palmyra (Syria)"),
        (
            {"msg_type": "Update", "correction": True, "level": 2, "from_level": 4},
            "Correction: level 2, advisory, was 4: Site of Palmyra (Syria)",
        ),
        (
            {"msg_type": "Cancel", "level": 1, "from_level": 4},
            "Ended: Site of Palmyra (Syria), now level 1, watch",
        ),
        (
            {"msg_type": "Cancel", "level": 0, "from_level": 4, "correction": True},
            "Withdrawn: Site of Palmyra (Syria), now level 0, none",
        ),
    ],
)
def test_subject_tells_step_level_and_place(facts: AlertFacts, changed: dict[str, object], subject: str) -> None:
    assert said(replace(facts, **changed)).subject == subject  # type: ignore[arg-type]  # named values of a test


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_a_title_never_takes_a_side_while_the_body_quotes_it(facts: AlertFacts, language: str) -> None:
    loaded = replace(
        facts,
        site=replace(facts.site, names={"en": "Liberated Temple", "fr": "Temple libéré", "ar": "معبد الشهداء"}),
        reasons=(replace(facts.reasons[0], sources=("Media of the Martyrs",), place_name="Terrorists Hill"),),
    )
    rendered = said(loaded, language)
    assert loaded_words(rendered.subject) == ()
    assert "23" in rendered.subject
    quoted = re.findall(r"[“«]\s?(.*?)\s?[”»]", one_line(rendered.text))
    assert "Media of the Martyrs" in quoted
    assert "Terrorists Hill" in quoted
    assert loaded_words(re.sub(r"[“«].*?[”»]", "", one_line(rendered.text))) == ()


def test_times_are_told_where_the_reader_is_and_in_utc(facts: AlertFacts) -> None:
    text = one_line(said(facts).text)
    assert "Decided 21 May 2015, 15:00, time of Damascus (12:00 UTC)" in text
    assert "Reported 21 May 2015, 00:30, time of Damascus (20 May 2015, 21:30 UTC)." in text
    # Of the other report only the day is known: no hour is made up.
    assert "Reported 21 May 2015. " in text
    assert "Decided 21 May 2015, 12:00 UTC" in one_line(said(facts, zone=None).text)
    assert "Decided 21 May 2015, 12:00 UTC" in one_line(said(facts, zone="Nowhere/Land").text)


def test_every_report_has_distance_with_range_age_sources_and_grade(facts: AlertFacts) -> None:
    text = one_line(said(facts).text)
    assert "Fighting, Tadmur, 20 May 2015 (1 day before)." in text
    assert "1.84 km from part 23-001, part of Palmyra, possibly 0 to 7.2 km." in text
    assert "Grade B2 (usually reliable source; probably true)." in text
    assert "Who or what caused it." in text
    assert "UCDP GED 15.0.3 holds nothing newer than 2 January 2015" in text
    assert "falls to watch on 3 June 2015 and to none on 1 July 2015" in text
    assert "The reports come from 3 independent origins." in text


def test_the_part_that_stands_for_a_site_is_called_as_the_site_is(facts: AlertFacts) -> None:
    own = facts.site.names.get("en") or facts.site.names[""]
    reasons = tuple(replace(reason, part_name=own) for reason in facts.reasons)
    text = one_line(said(replace(facts, reasons=reasons), "ar").text)
    assert own not in text
    assert text.count("موقع تدمر") > 2


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_a_withheld_site_gives_neither_distance_nor_part_nor_place(facts: AlertFacts, language: str) -> None:
    rendered = said(replace(facts, withheld=True, withdrawn=facts.reasons), language)
    for secret in ("Tadmur", "1.84", "7.2", "23-001", "part of Palmyra"):
        assert secret not in rendered.text + rendered.html + rendered.subject


def test_an_exercise_is_marked_first_of_all(facts: AlertFacts) -> None:
    rendered = said(replace(facts, exercise=True))
    assert rendered.text.startswith("EXERCISE.")
    assert "Exercise. This is a drill" in rendered.html
    assert "xercise" not in said(facts).text + said(facts).html


def test_an_update_that_says_the_alert_was_wrong_names_what_no_longer_stands(facts: AlertFacts) -> None:
    gone: ReasonFacts = replace(facts.reasons[0], place_name="Elsewhere")
    text = one_line(said(replace(facts, msg_type=MessageType.UPDATE, correction=True, withdrawn=(gone,))).text)
    assert "withdrawn or changed" in text
    assert "WHAT NO LONGER STANDS - Fighting, Elsewhere, 20 May 2015" in text


def test_nothing_but_quiet_reads_as_not_known(facts: AlertFacts) -> None:
    text = one_line(
        said(replace(facts, msg_type=MessageType.CANCEL, level=0, from_level=2, reasons=(), clears=())).text
    )
    assert "That is no word on safety" in text
    assert "Whether it is quiet there, or only unreported." in text


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("fr", "ltr"), ("ar", "rtl")])
def test_html_tells_language_and_direction_where_mail_programs_keep_it(
    facts: AlertFacts, language: str, direction: str
) -> None:
    html = said(facts, language).html
    assert f'<html lang="{language}" dir="{direction}">' in html
    assert re.search(rf'<div class="page" dir="{direction}" lang="{language}" style="', html)


def test_html_loads_nothing(facts: AlertFacts) -> None:
    html = said(facts).html
    assert not re.search(r"src=|url\(|@import|<link|<script", html)


def test_names_cannot_break_out_of_the_html_or_the_line(facts: AlertFacts) -> None:
    nasty = replace(
        facts,
        site=replace(facts.site, names={"en": "<b>Palmyra</b>\r\nBcc: x@y \u202egnp"}),
        reasons=(replace(facts.reasons[0], place_name="<script>alert(1)</script>"),),
    )
    rendered = said(nasty)
    assert "<script" not in rendered.html
    assert "<b>Palmyra" not in rendered.html
    assert "\n" not in rendered.subject
    assert "\u202e" not in rendered.subject + rendered.text


def test_a_long_list_of_reports_is_cut_and_counted(facts: AlertFacts) -> None:
    reports = tuple(replace(facts.reasons[0], incident_id=number) for number in range(20))
    many = replace(facts, reasons=reports, reasons_total=30)
    assert "and 22 more reports" in said(many).text
