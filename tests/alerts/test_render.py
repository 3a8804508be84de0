"""What a reader gets: every item with range, age, sources, grade, doubt and a way on; text as good as HTML."""

import io
import re
from base64 import b64decode
from dataclasses import replace
from datetime import date
from html import unescape
from typing import Any

import pytest
from PIL import Image

from heritage.alerts.render import Rendered, render_summary
from heritage.policy.disclosure import PublicPoint

URL = "https://heritage.example"
TEXT = """\
SITES NEAR FIGHTING: THE STATE AT THE END OF 21 MAY 2015

Compared with the end of 20 May 2015, from what was known by the end of 21
May 2015 (UTC). A level says how near and how heavy the reported fighting
is. It is no official status and says nothing of the condition of a site.

2 sites have a level: 1 at critical, 1 at advisory. Site of Palmyra (Syria)
rose from none to critical. Bosra (Syria) eased from watch to none. 1 keeps
its level.

BY COUNTRY

  - Syria: 1 at critical, 1 at advisory; 1 risen, 1 unchanged, 1 eased.

RISEN (1)

  ^ Site of Palmyra (Syria)
  Level 4, critical; before: 0, none.
  At this level since 20 May 2015; confidence 85%, 2 independent origins.
  - Fighting, Tadmur, 20 May 2015 (1 day before). 1.84 km from part 23,
    possibly 0 to 7.2 km; said by Syrian Observatory for Human Rights and
    Syrian state television; graded B2; reported 21 May 2015.
  If nothing further is reported near it, it falls to watch on 3 June 2015
  and to none on 1 July 2015.
  Not known: who or what caused it.
  https://heritage.example/sites/site-of-palmyra?as_of=2015-05-21

UNCHANGED, STILL WITH A LEVEL (1)

  = Ancient Villages (Syria)
  Level 2, advisory, as the day before.
  At this level since 20 May 2015; confidence 85%, 2 independent origins.
  No report that counts became known since.
  - Explosion, Kafranbel, between 18 May 2015 and 20 May 2015 (1 day
    before). 6.23 km from part 1348-004, possibly 0 to 13.4 km; said by a
    news agency; graded D3; reported 20 May 2015.
  If nothing further is reported near it, it falls to watch on 3 June 2015
  and to none on 1 July 2015.
  Not known: who or what caused it.
  https://heritage.example/sites/ancient-villages?as_of=2015-05-21

EASED (1)

  v Bosra (Syria)
  Level 0, none; before: 1, watch.
  No report counts for it any longer.
  https://heritage.example/sites/bosra?as_of=2015-05-21

QUIET (13)

  13 of 15 sites have no level. That is silence in the data named below, not
  proof of peace.
  - Syria: 4 without a level; newest event held there: 20 May 2015.
  - Iraq: 5 without a level; the newest event held is of 2 January 2015, too
    old to say anything of this day.
  - No event at all is held for 1 other country or territory with sites:
    nothing is known of it.

THE DATA THIS RESTS ON

  - starter: 12 events from 13 May 2015 to 20 May 2015; Syria.
  - ucdp 15.0.3: 1 event from 2 January 2015 to 2 January 2015; Iraq.
    Nothing newer for 139 days: its silence since then says nothing.

The page of this day: https://heritage.example/?as_of=2015-05-21
How levels are decided: https://heritage.example/methodology
Rules: version 1+abcdef01. This is not an emergency service. It repeats what
others report and does not confirm damage.
"""


@pytest.fixture
def rendered(made: Any) -> Rendered:
    now = [made.site("Site of Palmyra", 4, made.tadmur), made.site("Ancient Villages", 2, made.kafranbel)]
    then = [made.site("Ancient Villages", 2, made.kafranbel), made.site("Bosra", 1)]
    return render_summary(made.summary(now, then), public_url=URL + "/")


def test_text_reads_as_reviewed(rendered: Rendered) -> None:
    assert rendered.text == TEXT


def test_subject_names_the_day_and_the_counts(rendered: Rendered) -> None:
    assert rendered.subject == "Sites near fighting, 21 May 2015: 1 risen, 1 unchanged, 1 eased"


def test_html_says_the_same_as_the_text(rendered: Rendered) -> None:
    body = rendered.html.partition("<body")[2]
    spoken = " ".join(unescape(re.sub(r"<[^>]+>", " ", "<body" + body)).split())
    for sentence in (
        "At this level since 20 May 2015; confidence 85%, 2 independent origins.",
        "1.84 km from part 23, possibly 0 to 7.2 km; said by Syrian Observatory for Human Rights and ",
        "falls to watch on 3 June 2015 and to none on 1 July 2015.",
        "Not known: who or what caused it.",
        "13 of 15 sites have no level. That is silence in the data named below, not proof of peace.",
        "Nothing newer for 139 days: its silence since then says nothing.",
        "This is not an emergency service.",
    ):
        assert sentence in spoken
    assert set(re.findall(r'href="([^"]+)"', rendered.html)) >= set(re.findall(r"https://\S+", rendered.text))


def test_html_loads_nothing_and_runs_nothing(rendered: Rendered) -> None:
    assert not re.search(r"<(script|link|iframe)|url\(|\son\w+=", rendered.html)
    assert all(source.startswith("data:image/png;") for source in re.findall(r'src="([^"]*)"', rendered.html))
    assert 'style="' in rendered.html


def test_names_from_files_cannot_write_markup_or_turn_lines(made: Any) -> None:
    nasty = replace(made.tadmur, place_name="<b>x</b>\n\nFROM: y\u202e", sources=("<script>alert(1)</script>",))
    found = render_summary(made.summary([made.site("Tell <i>A</i>\r\nB", 4, nasty)], []), public_url=URL)
    assert not re.search("<script>|<b>x|<i>A", found.html)
    assert "\u202e" not in found.text + found.html
    assert "\nFROM" not in found.text


def test_sites_that_are_not_public_appear_without_name_or_distance(made: Any) -> None:
    found = render_summary(made.summary([made.site("Secret tell", 3, made.tadmur, public=False)], []), public_url=URL)
    for body in (found.subject, found.text, found.html):
        assert not re.search(r"secret|1\.84", body, re.IGNORECASE)
    assert "Syria: 1 site at level 3 (risen)" in found.text


def test_a_long_list_is_cut_and_counted(made: Any) -> None:
    found = render_summary(made.summary([made.site(f"Site {n}", 2) for n in range(60)], [], sites=60), public_url=URL)
    assert "RISEN (60)" in found.text
    assert "35 more are listed on the page of the day." in found.text


def test_no_data_at_all_is_never_read_as_peace(made: Any) -> None:
    found = render_summary(made.summary([], [], feeds=[], newest_by_country={}), public_url=URL)
    assert "No event of any feed was known by then: nothing here can be read as peace." in found.text


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("fr", "ltr"), ("ar", "rtl")])
def test_html_tells_language_and_direction(made: Any, language: str, direction: str) -> None:
    found = render_summary(made.summary([], []), public_url=URL, language=language)
    assert f'<html lang="{language}" dir="{direction}">' in found.html


def test_words_are_neutral(rendered: Rendered) -> None:
    assert not re.search(r"liberat|terrorist|martyr|regime", rendered.text, re.IGNORECASE)


def test_what_is_the_same_names_the_day_it_is_compared_with(made: Any) -> None:
    held = [made.site("Ancient Villages", 2, made.kafranbel)]
    found = render_summary(made.summary(held, held, since=date(2015, 5, 18)), public_url=URL)
    assert "Level 2, advisory, as on 18 May 2015." in found.text
    assert "as on 18 May 2015" in found.html
    assert "day before." not in found.text


def illustrated(made: Any) -> Any:
    summary = made.summary([made.site("Site of Palmyra", 4, made.tadmur)], [made.site("Bosra", 1)])
    return replace(
        summary,
        points={"site-of-palmyra": PublicPoint(38.27, 34.55), "bosra": PublicPoint(36.48, 32.52)},
        histories={"site-of-palmyra": (0,) * 28 + (4, 4), "bosra": (1, 0, 1, 0, 1, 0)},
    )


def test_pictures_are_inside_the_html_and_said_in_words(made: Any) -> None:
    found = render_summary(illustrated(made), public_url=URL)
    sources = re.findall(r'<img[^>]*src="data:image/png;base64,([^"]+)"', found.html)
    sizes = [Image.open(io.BytesIO(b64decode(source))).size for source in sources]
    assert sizes == [(960, 540), (300, 48), (300, 48)]
    assert "The last 30 days: none for 28 days, then critical for 2 days." in found.text
    assert "The last 6 days: changing at first, then watch for 1 day, then none for 1 day, then watch" in " ".join(
        found.text.split()
    )
    assert 'alt="Map of the sites named here: Site of Palmyra (critical), Bosra (none)"' in found.html


def test_without_a_place_that_may_be_shown_there_is_no_map(made: Any) -> None:
    found = render_summary(replace(illustrated(made), points={}), public_url=URL)
    assert 'class="map"' not in found.html


def test_a_drill_and_the_way_out_are_marked(made: Any) -> None:
    stop = "https://heritage.example/subscriptions/stop/x"
    found = render_summary(made.summary([], []), public_url=URL, exercise=True, stop_url=stop)
    assert found.subject.startswith("Exercise: Sites near fighting")
    assert found.text.startswith("EXERCISE.")
    assert "Exercise. This is a drill" in found.html
    assert stop in found.text
    assert stop in found.html


def test_sites_are_called_as_the_readers_language_calls_them(made: Any) -> None:
    summary = replace(illustrated(made), names={"site-of-palmyra": {"ar": "موقع تدمر"}})
    arabic = render_summary(summary, public_url=URL, language="ar")
    assert "موقع تدمر" in arabic.text
    assert "Site of Palmyra" not in arabic.text + re.sub("<[^>]+>", "", arabic.html)
    assert "Site of Palmyra" in render_summary(summary, public_url=URL, language="fr").text
