"""Words that take a side are met in three languages, whatever their spelling; ordinary words are left alone."""

import pytest

from heritage.core.neutral import loaded_words


@pytest.mark.parametrize(
    "text",
    [
        "Palmyra liberated",
        "LIBERATION of the town",
        "terrorists near the temple",
        "Square of the Martyrs",
        "ter\u200brorists",
        "ｔｅｒｒｏｒｉｓｔｓ",
        "Palmyre libérée",
        "des terroristes",
        "les martyrs de la ville",
        "الإرهابيين قرب المعبد",
        "وَالإِرْهَابِيُّونَ",
        "ساحة الشهداء",
        "تحرير تدمر",
        "المدينة المحررة",
        "للمجاهدين",
    ],
)
def test_a_word_that_takes_a_side_is_met(text: str) -> None:
    assert loaded_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Site of Palmyra",
        "Old City of Jerusalem and its Walls",
        "Crac des Chevaliers et Qal’at Salah El-Din",
        "Statue of Liberty",
        "Liberia",
        "Réserve de faune sauvage",
        "liberté",
        "Kafranbel",
        "كفرنبل",
        "غزة",
        "موقع تدمر",
        "حرير",
    ],
)
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert loaded_words(text) == ()
