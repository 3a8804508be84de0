"""Rules of reading, one sentence each."""

import textwrap
from datetime import date

import pytest

from heritage.reports.drafting import name_halves
from heritage.reports.gazetteer import GeoNames, open_world
from heritage.reports.reading.boilerplate import ends_article, is_boilerplate
from heritage.reports.reading.dates import DateLine, read_date_line, read_when
from heritage.reports.reading.drafts import Reading, read_article
from heritage.reports.reading.gazetteer import Entry, sound_of
from heritage.reports.reading.grading import propose_grade
from heritage.reports.reading.language import language_of
from heritage.reports.reading.lookup import Register
from heritage.reports.reading.speech import find_saying
from heritage.reports.reading.text import prepare

CONTEXT = "Fighting goes on in Syria. Rebels and the army clashed again, and shells were fired. "
LINE = DateLine(date(2015, 5, 20), "2015-05-20", "", False, "")


@pytest.fixture
def read(gazetteer: GeoNames):  # type: ignore[no-untyped-def]  # a function of a text
    """A reading of a sentence within an article about the war in Syria."""

    def _read(text: str) -> Reading:
        whole = f"{CONTEXT}\n\n{text}"
        return read_article(
            whole, world=open_world(), gazetteer=gazetteer, register=Register({}, {}), as_of=date(2015, 5, 21)
        )

    return _read


@pytest.mark.parametrize(
    ("sentence", "events"),
    [
        ("Shells hit the town of Kafranbel on Monday.", {"Kafranbel"}),
        ("Warplanes bombed Aleppo, Homs and Hama.", {"Aleppo", "Homs", "Hama"}),
        ("Hama was shelled overnight.", {"Hama"}),
        ("There was no fighting in Hama.", set()),
        ("There was no raid on Hama.", set()),
        ("A raid hit Hama, no casualties so far.", {"Hama"}),
        ("Schools closed in Homs and Hama, a mayor said.", set()),
        ("Bombs fell on the Karm district of Homs.", {"Karm", "Homs"}),
        ("Bombs fell on Homs's Karm district.", {"Homs"}),
        ("Rebels shelled a barracks near the Red Castle museum.", set()),
        ("Quatre frappes secouent le centre de Homs.", {"Homs"}),
        ("Plus au sud, Homs et Aïta al-Chaab ont été pilonnées.", {"Homs", "Aïta al-Chaab"}),
        ("Shells fell over Homs and Hama provinces.", set()),
        ("The army has not shelled Hama.", set()),
        ("Damascus denied that its forces had shelled Hama.", set()),
        ("Damascus said rebels had attacked Hama.", {"Hama"}),
        ("Rebels threatened to attack Hama.", set()),
        ("Hama was bombed in 1982.", set()),
        ("Troops marched towards Hama after clashes.", set()),
        ("Clashes blocked the highway linking Damascus with Homs.", set()),
        ("The governor of Hama said shells had hit Homs.", {"Homs"}),
        ("A minister told reporters in Damascus that rebels had shelled Homs.", {"Homs"}),
        ("Clashes broke out in Idlib province.", set()),
        ("The Islamic State of Iraq and Syria attacked soldiers.", set()),
        ("Shells landed in Kafranbel, 90 km south of Aleppo.", {"Kafranbel"}),
        ("Des obus sont tombés près de Homs.", {"Homs"}),
        ("Shells fell on the old quarter of Hama.", {"Hama"}),
        ("Clashes spread to Homs and Hama.", {"Homs", "Hama"}),
        ("Shelling was reported from Homs.", {"Homs"}),
        ("Hama: rockets damaged the water tower.", {"Hama"}),
        ("Homs and Hama were shelled.", {"Homs", "Hama"}),
        ("In Damascus, the president condemned the shelling of Homs.", {"Homs"}),
        ("Israel, which bombed a barracks in Homs on Monday, said it would go on.", {"Homs"}),
        ("Floods brought down walls in Homs.", set()),
        # No gazetteer has them; the text uses them as places.
        ("Shells fell in Zarqunya.", {"Zarqunya"}),
        ("Rebels stormed Zarqunya, a village of farmers, on Monday.", {"Zarqunya"}),
        ("Rebels clashed with Zarqunya fighters near Homs; soldiers shelled Zarqunya.", {"Homs"}),
        ("Shells fell on the Zarqunya bridge.", set()),
        ("A bomb went off in the Zarqunya district.", {"Zarqunya"}),
        ("Militants destroyed the mausoleum of Sidi Zarqun.", set()),
        ("Shells hit the Roman ruins of Homs.", {"Homs"}),
        ("Shells hit the 12th-century minaret in Homs.", {"Homs"}),
        ("Shells hit the walls of Homs in the 12th century.", set()),
        ("The Hama regiment shelled Homs.", {"Homs"}),
        ("Shelling went on in Homs despite calls for a truce.", {"Homs"}),
        ("In Homs, the third city, shelling could be heard on Monday.", {"Homs"}),
        ("Rebels attacked Zarqunya Hills, a community of farmers.", {"Zarqunya Hills"}),
        ("Bombs caused damage to Homs.", {"Homs"}),
        ("A temple some 360 km east of Homs was where the first shots were fired.", set()),
        ("Homs's city council accused soldiers of bombing the city's theatre.", {"Homs"}),
    ],
)
def test_something_happens_only_where_it_is_told_to(read, sentence: str, events: set[str]) -> None:  # type: ignore[no-untyped-def]
    assert {place.name for place in read(sentence).places if place.role == "event"} == events


def test_a_distance_and_a_direction_move_the_point(read) -> None:  # type: ignore[no-untyped-def]
    homs = next(place for place in read("Jets struck a column 20 km north of Homs.").places if place.name == "Homs")
    assert homs.spot is not None
    assert homs.spot.lat == pytest.approx(34.72 + 20 / 111, abs=0.02)
    assert homs.spot.radius_km == pytest.approx(6)


def test_a_namesake_elsewhere_is_not_taken(read) -> None:  # type: ignore[no-untyped-def]
    tripoli = [
        place for place in read("Rebels attacked the village of Springfield.").places if place.name == "Springfield"
    ]
    assert [(place.role, place.resolved) for place in tripoli] == [("event", False)]
    assert {rejected.country for rejected in tripoli[0].rejected} >= {"US"}


@pytest.mark.parametrize(
    ("clause", "sayer"),
    [
        ("The mayor said the bridge was hit", "The mayor"),
        ("the bridge was hit, the mayor said", "the mayor"),
        ("“·······” said the mayor", "the mayor"),
        ("According to the mayor, the bridge was hit", "the mayor"),
        ("Oleh Bondar, who heads the town, said the bridge was hit", "Oleh Bondar"),
        ("The governor, Oleh Bondar, said the bridge was hit", "The governor, Oleh Bondar"),
        ("The report was said to be false", None),
        ("The attack claimed the lives of ten people", None),
        ("le pont a été touché, a déclaré le maire", "le maire"),
        ("Le maire a déclaré que le pont était touché", "Le maire"),
        ("Selon le maire, le pont a été touché", "le maire"),
        ("SANA reported, citing a military source", "a military source"),
        ("the bridge was hit, acting mayor Oleh Bondar said", "acting mayor Oleh Bondar"),
        ("Earlier in the day the army claimed that it held the bridge", "the army"),
        ("The state news agency reports a raid on the bridge", "The state news agency"),
        ("Un pont a été touché, ont indiqué à Radio Sahel deux élus", "deux élus"),
        ("L'état-major parle, lui, d'un « ···· »", "L'état-major"),
        ("Le bilan provisoire fait état de neuf morts", None),
        ("Une heure plus tard, quatre frappes secouent la ville, rapporte l'agence nationale", "l'agence nationale"),
        ("« ···· », souffle Ali Badreddine, gardien du site", "Ali Badreddine"),
        ("Last year the ministry told the council that the wall held", "the ministry"),
        ("Partners warn that the museum has no guards", "Partners"),
        ("دعا وزير الخارجية إلى وقف القصف", "وزير الخارجية"),
    ],
)
def test_the_sayer_is_found(clause: str, sayer: str | None) -> None:
    found = find_saying(clause)
    assert (found.given if found else None) == sayer


def test_who_passes_it_on_is_kept_apart() -> None:
    found = find_saying("The mayor told Reuters that the bridge was hit")
    assert found is not None
    assert found.relays == ("Reuters",)
    found = find_saying("The mayor told reporters that the bridge was hit")
    assert found is not None
    assert found.relays == ()


@pytest.mark.parametrize(
    ("words", "edtf"),
    [
        ("on Tuesday", "2015-05-19?"),
        ("over the weekend", "2015-05-16/2015-05-17"),
        ("in 2013", "2013"),
        ("since mid-2014", "2014-06~/.."),
        ("on 3 May", "2015-05-03?"),
        ("on 3 December 2014", "2014-12-03"),
        ("le 3 février 2014", "2014-02-03"),
        ("hier", "2015-05-19?"),
        ("two days ago", "2015-05-18~"),
        ("this week", "2015-05-18/2015-05-20"),
        ("for nearly 2,000 years", None),
    ],
)
def test_times_become_edtf(words: str, edtf: str | None) -> None:
    found = read_when(words, LINE)
    assert (found.edtf if found else None) == edtf


def test_without_a_date_and_without_a_day_to_count_from_nothing_is_dated() -> None:
    assert read_date_line(["Shells fell on Wednesday."], "", None).edtf == ""


def test_a_written_date_is_not_inferred() -> None:
    line = read_date_line(["Title", "PARIS, 20 May 2015 - Shells fell on Tuesday."], "", None)
    assert (line.edtf, line.inferred) == ("2015-05-20", False)


@pytest.mark.parametrize(
    "block",
    ["Your email address will not be published.", "Share this", "Read more: the war", "Lire aussi : la guerre",
     "We use cookies to improve this site.", "Photo: a tank in the desert", "Subscribe to our newsletter"],
)  # fmt: skip
def test_boilerplate_is_known(block: str) -> None:
    assert is_boilerplate(block)


def test_paragraphs_that_only_resemble_boilerplate_are_kept() -> None:
    assert not is_boilerplate("Shares of the blame fall on both sides, the mayor said.")
    assert not is_boilerplate("The museum's photographs were saved.")
    assert ends_article("Leave a Reply")


def test_abbreviations_end_no_sentence() -> None:
    article = prepare(
        "Gen. A. Smith met Mr. Jones of the U.S. Army. They talked. “It is over,” he said. Nobody agreed."
    )
    assert [len(paragraph.sentences) for paragraph in article.paragraphs] == [4]


@pytest.mark.parametrize(
    ("text", "language"),
    [("The army said it was in the town.", "en"), ("L'armée est entrée dans la ville, selon les habitants.", "fr"),
     ("قال الجيش إنه دخل المدينة", "ar"), ("xyz 123", "und")],
)  # fmt: skip
def test_the_language_is_told(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("sayers", "grade"),
    [([], "F3"), (["UNESCO"], "A2"), (["ISIS fighter"], "E4"), (["Syrian army"], "D4"), (["antiquities chief"], "B3"),
     (["Kurdish official", "Syrian Observatory for Human Rights"], "E4"), (["some accounts"], "F6")],
)  # fmt: skip
def test_grades_follow_the_table(sayers: list[str], grade: str) -> None:
    assert propose_grade(sayers, appeal=False, negated=False, alleged=False) == grade


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Hodeidah", "Al Ḩudaydah", True),
        ("Deir al-Balah", "Dayr al Balaḩ", True),
        ("Kafr Nabl", "Kafr Nabo", False),
        ("Hama", "Homs", False),
    ],
)
def test_two_spellings_of_one_name_sound_alike(one: str, other: str, alike: bool) -> None:
    assert (sound_of(one) == sound_of(other)) is alike


def test_a_name_is_taken_by_its_sound_only_in_a_country_that_the_text_is_about(read) -> None:  # type: ignore[no-untyped-def]
    yemen = next(p for p in read("Fighting went on in Yemen. Shells fell in Hodeidah.").places if p.name == "Hodeidah")
    assert yemen.gazetteer_name == "Al Ḩudaydah"
    syria = next(p for p in read("Fighting went on in Syria. Shells fell in Hodeidah.").places if p.name == "Hodeidah")
    assert (syria.role, syria.resolved) == ("event", False)


def test_a_day_before_the_words_begin_is_the_articles_day() -> None:
    line = read_date_line(
        ["Drones hit towns", "PORT SUDAN, Nov 3 (Nile Wire) - On Monday drones fell."], "", date(2026, 11, 22)
    )
    assert (line.edtf, line.inferred, line.words) == ("2026-11-03?", True, "Nov 3")
    line = read_date_line(["PORT SUDAN, Nov 3 (Nile Wire) - On Monday drones fell."], "", date(2026, 2, 1))
    assert line.edtf == "2025-11-03?"


LINES = """Shells fall on Homs
The Orontes Gazette
3 min read
By Rana Haddad March 5, 2015 10:17 am
HOMS -- Shells fell on the old town of Homs on Wednesday, the mayor said, and nobody was hurt in the streets around it.
A resident said soldiers had left the market.
More on this story
Who fights whom in Aleppo"""


def test_each_line_is_a_paragraph_of_a_text_without_blank_lines() -> None:
    article = prepare(LINES)
    assert article.title == "Shells fall on Homs"
    assert [paragraph.text[:7] for paragraph in article.paragraphs] == ["Shells ", "The Oro", "HOMS --", "A resid"]


def test_lines_cut_at_a_width_are_one_paragraph() -> None:
    words = "Shells fell on the old town of Homs on Wednesday and the mayor said that nobody was hurt. " * 4
    wrapped = textwrap.fill(words, 72)
    assert len(prepare(f"Homs is hit\n\n{wrapped}\n\n{wrapped}").paragraphs) == 3


def test_names_of_papers_and_days_above_an_article_are_no_claims(gazetteer: GeoNames) -> None:
    reading = read_article(LINES, world=open_world(), gazetteer=gazetteer, register=Register({}, {}))
    assert (reading.date_line.edtf, reading.written_at) == ("2015-03-05", "HOMS")
    assert [claim.said_by for claim in reading.claims] == ["article (headline)", "mayor", "resident"]


def test_hours_of_a_live_report_and_sentences_that_only_date_are_nobodys_words(gazetteer: GeoNames) -> None:
    text = """PRESS RELEASE
Shells fall on Homs

Homs/Hama, 21 February 2015. The army shelled Homs.

23:10 The army says it struck Hama.

22:45 GMT - Residents of Idlib say shells fell there."""
    reading = read_article(text, world=open_world(), gazetteer=gazetteer, register=Register({}, {}))
    assert reading.article.title == "Shells fall on Homs"
    assert reading.date_line.edtf == "2015-02-21"
    assert [(claim.said_by, claim.quote) for claim in reading.claims] == [
        ("article (headline)", "Shells fall on Homs"),
        ("article (unattributed)", "The army shelled Homs."),
        ("army", "The army says it struck Hama."),
        ("Residents of Idlib", "Residents of Idlib say shells fell there."),
    ]


def test_a_quotation_is_in_the_article_word_for_word(read) -> None:  # type: ignore[no-untyped-def]
    text = "The army, which entered the town on 8 February, says it holds all of it; the council has not commented."
    claims = [claim for claim in read(text).claims if claim.paragraph == 2]
    assert all(claim.quote in text for claim in claims)
    assert [claim.said_by for claim in claims if "commented" in claim.quote] == ["article (unattributed)"]


def test_two_who_contradict_each_other_in_a_sentence_say_each_their_own(read) -> None:  # type: ignore[no-untyped-def]
    text = "The Defence Ministry claimed its troops took Homs — a town that remains calm, the General Staff stressed."
    later = "The raid came hours after the 5th Division said its units had retaken Idlib."
    said = {claim.said_by: claim.quote for claim in read(f"{text} {later}").claims if claim.paragraph == 2}
    assert said["Defence Ministry"].startswith("The Defence Ministry claimed")
    assert "remains calm" in said["General Staff"]
    assert said["5th Division"].startswith("the 5th Division said")


def test_whoever_is_set_apart_as_the_source_says_the_quotation(read) -> None:  # type: ignore[no-untyped-def]
    text = (
        "Source: Oleh Bondar, head of the region\n\nQuote: “The enemy shelled Homs again.”\n\nDetails: Hama was calm."
    )
    said = {claim.quote: claim.said_by for claim in read(text).claims}
    assert said["“The enemy shelled Homs again.”"] == "Oleh Bondar, head of the region"
    assert said["Hama was calm."] == "article (unattributed)"


def test_the_country_next_door_is_told_by_two_of_its_towns_or_by_a_part_of_it(gazetteer: GeoNames) -> None:
    def events(text: str) -> set[str]:
        found = read_article(text, world=open_world(), gazetteer=gazetteer, register=Register({}, {}))
        return {place.country for place in found.places if place.role == "event" and place.country}

    told = "Russian forces shelled Okhtyrka and killed two soldiers in the attack."
    assert events(told) == set()
    assert events(f"{told} Explosions were heard in Kharkiv and Poltava as well.") == {"UA"}
    assert events("Des frappes israéliennes ont visé Tyr, au Liban-Sud, et tué trois combattants.") == {"LB"}


def test_turns_of_a_sentence_are_no_part_of_a_name(read) -> None:  # type: ignore[no-untyped-def]
    claims = read("Le mouvement, lui, dément toute présence dans la ville de Homs.").claims
    assert claims[-1].said_by == "mouvement"


def test_a_town_that_is_put_into_another_region_is_not_taken(read) -> None:  # type: ignore[no-untyped-def]
    (place,) = [place for place in read("Rebels attacked Kafranbel in Homs province.").places if place.role == "event"]
    assert (place.name, place.spot) == ("Kafranbel", None)


def test_people_who_are_joined_by_more_than_an_and_are_one(read) -> None:  # type: ignore[no-untyped-def]
    text = "Le Groupe de soutien à l'islam et aux musulmans a revendiqué l'attaque du camp de Homs."
    assert [claim.said_by for claim in read(text).claims if claim.paragraph == 2] == [
        "Groupe de soutien à l'islam et aux musulmans"
    ]


def test_the_newer_of_two_days_that_follow_each_other_is_the_articles_day() -> None:
    told = ["A raid", "Gunmen raided a barracks on Monday night.", "Schools closed on Tuesday."]
    assert read_date_line(told, "", date(2025, 5, 14)).edtf == "2025-05-13?"
    assert read_date_line([*told[:2], "Schools will close on Tuesday."], "", date(2025, 5, 14)).edtf == "2025-05-12?"


def test_words_of_a_headline_with_capitals_everywhere_are_no_place(gazetteer: GeoNames) -> None:
    text = f"Officials Warn Minaret At Risk As Battles Rage In Hama\n\n{CONTEXT}"
    reading = read_article(text, world=open_world(), gazetteer=gazetteer, register=Register({}, {}))
    assert [place.name for place in reading.places if place.role == "event"] == ["Hama"]


@pytest.mark.parametrize(
    ("text", "sayers"),
    [
        (
            "« Ils ont détruit le musée. Ils vont continuer », "
            "a déclaré à l’AFP Rana Haddad, une habitante jointe par téléphone.",
            ["Rana Haddad", "Rana Haddad"],
        ),
        (
            "Rana Haddad, the director of information and culture, said the arch had not been hit. "
            "“But the guards left,” she warned.",
            ["Rana Haddad, the director of information and culture"] * 2,
        ),
        (
            "Earlier, the old dam, a few kilometres from the town, was damaged in a raid, "
            "the head of the museum, Rana Haddad, said.",
            ["head of the museum, Rana Haddad"],
        ),
    ],
)
def test_whoever_speaks_is_named_once_for_all_of_it(read, text: str, sayers: list[str]) -> None:  # type: ignore[no-untyped-def]
    claims = [claim for claim in read(text).claims if claim.paragraph == 2]
    assert [claim.said_by for claim in claims] == sayers
    assert {name for claim in claims for name in claim.relayed_by} <= {"AFP"}


def test_the_city_is_the_one_named_before(read) -> None:  # type: ignore[no-untyped-def]
    text = (
        "Shells fell in Hama on Monday. In Homs, people packed up statues. The city has not been attacked since Friday."
    )
    assert [claim.place for claim in read(text).claims if "not been attacked" in claim.quote] == ["Homs"]


def test_a_site_is_known_by_half_its_name_and_by_another_spelling(gazetteer: GeoNames) -> None:
    crac = Entry("register:1229", "Crac des Chevaliers", 36.29, 34.76, "SY", main=True, site="1229")
    rights = Entry("register:1676", "Human Rights", 28.2, -25.7, "ZA", main=True, site="1676")
    register = Register({}, {"cracdeschevaliers": crac, "humanrights": rights})
    text = (
        f"{CONTEXT}\n\nTroops shelled villages around the Crusader castle of Krak des Chevaliers, "
        "the Syrian Observatory for Human Rights said."
    )
    reading = read_article(text, world=open_world(), gazetteer=gazetteer, register=register)
    told = {place.name: (place.role, place.ref) for place in reading.places if place.ref}
    assert told == {"Krak des Chevaliers": ("event", "register:1229")}


@pytest.mark.parametrize(
    ("name", "halves"),
    [
        ("Minaret and Archaeological Remains of Jam", ["Minaret of Jam", "Archaeological Remains of Jam"]),
        ("Crac des Chevaliers and Qal’at Salah El-Din", ["Crac des Chevaliers", "Qal’at Salah El-Din"]),
        ("Schokland and Surroundings", []),
        ("Coro and its Port", []),
        ("Jiuzhaigou Valley Scenic and Historic Interest Area", ["Jiuzhaigou Valley Scenic"]),
    ],
)
def test_halves_of_a_name_that_people_use(name: str, halves: list[str]) -> None:
    assert list(name_halves(name)) == halves


def test_armed_people_all_over_an_article_are_war_enough(gazetteer: GeoNames) -> None:
    text = (
        "Iraq says militants bulldozed an old town\n\n"
        "Militants used heavy vehicles to level parts of the city of Zarqunya.\n\n"
        "Forces backed by militias battled the militants for control of Tikrit. "
        "Officials said the army had retaken a town."
    )
    reading = read_article(text, world=open_world(), gazetteer=gazetteer, register=Register({}, {}))
    assert {place.name for place in reading.places if place.role == "event"} == {"Zarqunya", "Tikrit"}
