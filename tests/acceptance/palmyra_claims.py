"""The claims of one report of 20 May 2015, in our own words, as an analyst enters them; nothing here is an expectation.

Each: paragraph (0 is the title), grade, the date as EDTF, and the fields of the form that differ from an empty one.
"""

from typing import Any

DAY = "2015-05-20?"
STATE_TV, OBSERVATORY = "Syrian state television", "Syrian Observatory for Human Rights"
ACTIVISTS, MILITARY, CHIEF = "Anti-government activists", "Syrian military", "Mamoun Abdul-Karim"
FIGHTER, SUPPORTERS = "An ISIS fighter", "ISIS supporters"
PALMYRA = {"site": "23"}
CITY = {**PALMYRA, "kind": "control", "point": "control of the city", "actor": "ISIS"}
TOWN = {**PALMYRA, "place_name": "Tadmur", "lon": "38.2840", "lat": "34.5624", "radius_km": "3"}
STRIKE = {**TOWN, "kind": "fighting", "incident_kind": "air_strike", "point": "air strike"}
LEFT = {**PALMYRA, "kind": "control", "point": "why forces left", "actor": "Government of Syria"}
SAVING = {**PALMYRA, "kind": "appeal", "point": "appeals"}
ASIDE = {"kind": "background"}
TAWAMEH = {
    "kind": "fighting", "incident_kind": "air_strike", "point": "raid at Tawameh", "place_name": "Tawameh",
    "lon": "36.8072", "lat": "36.1917", "radius_km": "5", "country": "SY",
}  # fmt: skip
KAFRANBEL = {
    "kind": "fighting", "incident_kind": "explosion", "point": "explosion near Kafranbel", "place_name": "Kafranbel",
    "lon": "36.5607", "lat": "35.6140", "radius_km": "5", "country": "SY",
}  # fmt: skip
DOUBT = {"kind": "background", "point": "explosion near Kafranbel"}

# (paragraph, what, said by, certainty, grade, date, the rest)
CLAIMS: list[tuple[int, str, str, str, str, str, dict[str, Any]]] = [
    (1, "ISIS took the city from government forces after heavy fighting", "", "asserted", "F2", DAY,
     {**CITY, "extent": "full", "transition": "take"}),
    (2, "Fighters were entering the antiquities area", STATE_TV, "reported, against its own interest", "C2", DAY,
     {**PALMYRA, "kind": "control", "point": "control of the site", "actor": "ISIS", "transition": "enter"}),
    (3, "For the first time the group took a city directly from the army and its allies", "", "asserted", "F3", DAY,
     ASIDE),
    (3, "The army lost ground in the northwest and south to other insurgents", "", "background", "F3", "2015-05~",
     ASIDE),
    (4, "The city lies beside remains of an oasis civilisation nearly two thousand years old", "", "general knowledge",
     "F1", "", {**ASIDE, **PALMYRA}),
    (5, "Modern military installations stand there, on the road from Damascus to the east", "", "background", "F2", "",
     {**ASIDE, **PALMYRA, "point": "military objects", "is_sensitive": "y"}),
    (6, "The city is “liberated”", FIGHTER, "party claim", "E4", DAY, {**CITY, "extent": "full"}),
    (6, "The group controls a hospital", FIGHTER, "party claim", "E6", DAY,
     {**PALMYRA, "kind": "control", "point": "hospital", "actor": "ISIS", "extent": "full", "is_sensitive": "y"}),
    (6, "Syrian forces had used that hospital as a base", FIGHTER, "accusation by a party", "E6", "[..2015-05-20]",
     {**PALMYRA, "point": "hospital", "is_sensitive": "y"}),
    (7, "ISIS holds almost all of the city", OBSERVATORY, "reported", "C2", DAY, {**CITY, "extent": "most"}),
    (7, "Forces withdrew towards Damascus or to facilities just outside the city", ACTIVISTS, "either, or", "D3", DAY,
     {**LEFT, "transition": "withdraw"}),
    (8, "Paramilitaries brought civilians out after large groups had entered from the north", STATE_TV, "party claim",
     "C4", DAY, {**PALMYRA, "kind": "evacuation", "point": "civilians"}),
    (9, "Hundreds of statues were taken to safe locations", CHIEF, "official, unverified", "B3", "[..2015-05-20]",
     {**PALMYRA, "kind": "move", "point": "statues", "relayed_by": "Reuters"}),
    (9, "He calls on the army, the opposition and the world to save the site", CHIEF, "statement", "B1", DAY,
     {**SAVING, "relayed_by": "Reuters"}),
    (10, "He fears for the museum and for large monuments that cannot be moved", CHIEF, "opinion", "B2", DAY,
     {**SAVING, "kind": "damage", "point": "what is feared for"}),
    (11, "The attack is part of an advance to the west", "", "analysis", "F3", DAY, ASIDE),
    (12, "UNESCO demands an immediate halt and protection of people and heritage", "UNESCO", "statement", "A1", DAY,
     SAVING),
    (13, "Warplanes began to strike the city right after the withdrawal", ACTIVISTS, "reported", "D3", DAY, STRIKE),
    (14, "A strike in the area left dozens dead or wounded and destroyed five vehicles", MILITARY, "party claim", "D4",
     DAY, {**STRIKE, "radius_km": "25"}),
    (15, "ISIS destroyed antiquities and monuments in Iraq", "", "background", "F2", "[..2015-05-20]", ASIDE),
    (15, "The coalition strikes ISIS in both countries but not at Palmyra in this offensive", "", "negative claim",
     "F3", "2015-05-16/2015-05-20?", {**ASIDE, **PALMYRA, "point": "coalition at Palmyra"}),
    (15, "The offensive began over the weekend", "", "dating", "F3", "2015-05-16/2015-05-17",
     {**ASIDE, **PALMYRA, "point": "start of the offensive"}),
    (16, "The monuments lie on the southwestern fringe; in danger since 2013", "", "checkable", "F1", "2013/..",
     {**ASIDE, **PALMYRA}),
    (17, "Pictures show gunmen in the streets", SUPPORTERS, "what they said were", "F6", DAY, {**ASIDE, **PALMYRA}),
    (17, "One of the biggest weapons depots, bases, an airport and a prison are there", "", "background", "F2", "",
     {**ASIDE, **PALMYRA, "point": "military objects", "is_sensitive": "y"}),
    (18, "At least 170 of ISIS died in the northeast this week", f"A Kurdish official; {OBSERVATORY}", "two sources",
     "D3", "2015-05-18/2015-05-20", ASIDE),
    (18, "Kurdish forces made large gains in the north and northeast", f"{OBSERVATORY}; {ACTIVISTS}", "reported", "C2",
     "2015-05~", ASIDE),
    (19, "An air raid by forces led by the United States killed at least 15 of the Nusra Front", OBSERVATORY,
     "reported", "C3", DAY, TAWAMEH),
    (20, "Most of the dead were Turkish; several were wounded", OBSERVATORY, "reported", "C3", DAY, ASIDE),
    (21, "An explosion hit an area near the town; its cause is not stated", ACTIVISTS, "reported", "D3", DAY,
     KAFRANBEL),
    (21, "It was a second, similar incident", "", "suggestion", "F5", DAY, DOUBT),
    (22, "Aircraft of Syria and of the coalition were overhead", "", "some accounts", "F6", DAY, DOUBT),
    (22, "The coalition mostly strikes ISIS, and some of the Nusra Front", "", "background", "F2", "2014-06~/..",
     ASIDE),
    (21, "The town is a centre of the uprising", "", "background", "F2", "", {**ASIDE, "country": "SY"}),
]  # fmt: skip


def fields(number: int, quote: str) -> dict[str, str]:
    """What the form of one claim is sent with."""
    _, statement, said_by, certainty, grade, occurred, rest = CLAIMS[number]
    return {
        "statement": statement, "quote": quote, "said_by": said_by, "certainty": certainty, "reliability": grade[0],
        "credibility": grade[1], "occurred": occurred, "kind": "background", "incident_kind": "fighting", **rest,
    }  # fmt: skip
