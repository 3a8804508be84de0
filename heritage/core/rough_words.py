"""Words for rough times in English, French and Arabic, in the plain spelling that `rough_dates` compares."""

MONTHS: tuple[tuple[str, ...], ...] = (
    ("january", "jan", "janvier", "janv", "يناير", "كانون الثاني", "جانفي"),
    ("february", "feb", "fevrier", "fev", "فبراير", "شباط", "فيفري"),
    ("march", "mar", "mars", "مارس", "اذار"),
    ("april", "apr", "avril", "avr", "ابريل", "نيسان", "افريل"),
    ("may", "mai", "مايو", "ايار", "ماي"),
    ("june", "jun", "juin", "يونيو", "حزيران", "جوان"),
    ("july", "jul", "juillet", "juil", "يوليو", "تموز", "جويليه"),
    ("august", "aug", "aout", "اغسطس", "اب", "اوت"),
    ("september", "sept", "sep", "septembre", "سبتمبر", "ايلول"),
    ("october", "oct", "octobre", "اكتوبر", "تشرين الاول"),
    ("november", "nov", "novembre", "نوفمبر", "تشرين الثاني"),
    ("december", "dec", "decembre", "ديسمبر", "كانون الاول"),
)
WEEKDAYS: tuple[tuple[str, ...], ...] = (
    ("monday", "mon", "lundi", "الاثنين", "اثنين"),
    ("tuesday", "tue", "tues", "mardi", "الثلاثاء", "ثلاثاء"),
    ("wednesday", "wed", "mercredi", "الاربعاء", "اربعاء"),
    ("thursday", "thu", "thurs", "jeudi", "الخميس", "خميس"),
    ("friday", "fri", "vendredi", "الجمعه", "جمعه"),
    ("saturday", "sat", "samedi", "السبت"),
    ("sunday", "sun", "dimanche", "الاحد"),
)
# Days from today.
DAYS: dict[int, tuple[str, ...]] = {
    -2: ("day before yesterday", "the day before yesterday", "avant-hier", "avant hier", "اول امس", "اول البارحه"),
    -1: (
        "yesterday", "last night", "hier", "la nuit derniere", "la veille", "امس", "البارحه", "مبارح", "ليله امس",
        "الليله الماضيه", "يوم امس",
    ),
    0: (
        "today", "tonight", "now", "just now", "right now", "this morning", "this afternoon", "this evening",
        "aujourd'hui", "aujourdhui", "ce matin", "cet apres-midi", "ce soir", "cette nuit", "maintenant", "a l'instant",
        "اليوم", "الان", "هذا الصباح", "صباح اليوم", "مساء اليوم", "هذه الليله", "الليله", "للتو",
    ),
    1: ("tomorrow", "demain", "غدا"),
    2: ("day after tomorrow", "the day after tomorrow", "apres-demain", "apres demain", "بعد غد"),
}  # fmt: skip
NUMBERS: dict[str, int] = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9,
    "dix": 10, "ثلاثه": 3, "ثلاث": 3, "اربعه": 4, "اربع": 4, "خمسه": 5, "خمس": 5, "سته": 6, "ست": 6, "سبعه": 7,
    "سبع": 7, "ثمانيه": 8, "ثماني": 8, "تسعه": 9, "تسع": 9, "عشره": 10, "عشر": 10,
}  # fmt: skip
FEW: tuple[str, ...] = ("a few", "few", "some", "several", "quelques", "plusieurs", "عده", "بضعه", "بعض")
# Hours and less are the same day, so they count as none.
UNITS: dict[str, tuple[str, ...]] = {
    "hour": (
        "hour", "hours", "minute", "minutes", "heure", "heures", "ساعه", "ساعات", "ساعتين", "دقيقه", "دقائق",
    ),
    "day": ("day", "days", "jour", "jours", "يوم", "ايام", "يومين"),
    "week": ("week", "weeks", "semaine", "semaines", "اسبوع", "اسابيع", "اسبوعين"),
    "month": ("month", "months", "mois", "شهر", "اشهر", "شهور", "شهرين"),
    "year": ("year", "years", "an", "ans", "annee", "annees", "سنه", "سنوات", "سنين", "سنتين", "عام", "اعوام", "عامين"),
}  # fmt: skip
DUAL: tuple[str, ...] = ("يومين", "اسبوعين", "شهرين", "سنتين", "عامين", "ساعتين")
LAST: tuple[str, ...] = (
    "last", "past", "previous", "dernier", "derniere", "passe", "passee", "الماضي", "الماضيه", "المنصرم", "الفائت",
)  # fmt: skip
THIS: tuple[str, ...] = ("this", "current", "ce", "cet", "cette", "هذا", "هذه", "الحالي", "الجاري")
NEXT: tuple[str, ...] = ("next", "coming", "prochain", "prochaine", "القادم", "القادمه", "المقبل")
SEASONS: dict[int, tuple[str, ...]] = {
    21: ("spring", "printemps", "الربيع", "ربيع"),
    22: ("summer", "ete", "الصيف", "صيف"),
    23: ("autumn", "fall", "automne", "الخريف", "خريف"),
    24: ("winter", "hiver", "الشتاء", "شتاء"),
}
# Which third of a month or a year is meant.
THIRDS: dict[int, tuple[str, ...]] = {
    0: ("early", "beginning of", "start of", "debut", "au debut de", "اوائل", "بدايه", "مطلع"),
    1: ("mid", "middle of", "mi", "milieu", "au milieu de", "منتصف", "اواسط"),
    2: ("late", "end of", "fin", "a la fin de", "اواخر", "نهايه"),
}
ABOUT: tuple[str, ...] = (
    "about", "around", "circa", "ca.", "ca", "c.", "approximately", "approx.", "approx", "roughly", "some time in",
    "sometime in", "vers", "environ", "autour de", "autour du", "aux alentours de", "aux alentours du", "a peu pres",
    "حوالي", "نحو", "تقريبا", "قرابه", "ما يقارب",
)  # fmt: skip
PERHAPS: tuple[str, ...] = (
    "perhaps", "maybe", "probably", "possibly", "i think", "not sure", "unsure", "peut-etre", "peut etre",
    "probablement", "sans doute", "je crois", "je pense", "ربما", "لعله", "اظن", "على الارجح", "علي الارجح", "يحتمل",
)  # fmt: skip
# Left out wherever they stand: they change nothing about the day.
FILLERS: tuple[str, ...] = (
    "on", "in", "at", "the", "of", "le", "la", "les", "en", "au", "du", "des", "de", "a", "dans", "pendant", "during",
    "في", "يوم", "بتاريخ", "خلال", "من", "شهر", "عام", "سنه", "st", "nd", "rd", "th", "er",
)  # fmt: skip
HOURS: tuple[str, ...] = (
    "noon", "midday", "midnight", "morning", "afternoon", "evening", "night", "dawn", "dusk", "sunrise", "sunset",
    "midi", "minuit", "matin", "matinee", "apres-midi", "apres midi", "soir", "soiree", "nuit", "aube",
    "الظهر", "ظهرا", "الظهيره", "بعد الظهر", "منتصف الليل", "الصباح", "صباحا", "صباح", "المساء", "مساء", "الليل",
    "ليلا", "الفجر", "فجرا", "العصر", "عصرا", "المغرب", "الغروب", "العشاء",
)  # fmt: skip
