"""From a country's name as a feed writes it to the two-letter code the register uses. Pure."""

import re
from functools import cache

from babel import Locale

# Names of feeds that are neither Babel's nor Babel's with "and" for "&"; older names stand in brackets behind them.
_OTHERS = {
    "congo": "CG",
    "cote d'ivoire": "CI",
    "czech republic": "CZ",
    "dr congo": "CD",
    "democratic republic of congo": "CD",
    "east timor": "TL",
    "hong kong": "HK",
    "ivory coast": "CI",
    "kingdom of eswatini": "SZ",
    "macedonia, fyr": "MK",
    "palestine": "PS",
    "state of palestine": "PS",
    "syrian arab republic": "SY",
    "turkey": "TR",
    "united states of america": "US",
}


def country_code(name: str) -> str | None:
    """The ISO 3166 two-letter code of a country.

    Args:    name: English, any case, former names in brackets; or a code already.
    Returns: the code in capitals; None for a name that is not recognised.
    """
    if re.fullmatch(r"[A-Z]{2}", name):
        return name
    plain = re.sub(r"\s*\(.*?\)", "", name).strip().lower()
    return _by_name().get(plain.replace("-", " & ") if plain == "bosnia-herzegovina" else plain)


@cache
def _by_name() -> dict[str, str]:
    territories = Locale("en").territories
    names = {name.lower(): code for code, name in territories.items() if len(code) == 2 and code.isalpha()}
    spelled = {name.replace("&", "and"): code for name, code in names.items()}
    return {**spelled, **names, **_OTHERS}


# FIPS 10-4, which GDELT writes, before ISO 3166; many of its letters are another country's in the other list.
_PAIRS = (
    "AA:AW AC:AG AE:AE AF:AF AG:DZ AJ:AZ AL:AL AM:AM AN:AD AO:AO AQ:AS AR:AR AS:AU AU:AT AV:AI AY:AQ BA:BH BB:BB "
    "BC:BW BD:BM BE:BE BF:BS BG:BD BH:BZ BK:BA BL:BO BM:MM BN:BJ BO:BY BP:SB BR:BR BT:BT BU:BG BX:BN BY:BI CA:CA "
    "CB:KH CD:TD CE:LK CF:CG CG:CD CH:CN CI:CL CJ:KY CK:CC CM:CM CN:KM CO:CO CQ:MP CS:CR CT:CF CU:CU CV:CV CW:CK "
    "CY:CY DA:DK DJ:DJ DO:DM DR:DO EC:EC EG:EG EI:IE EK:GQ EN:EE ER:ER ES:SV ET:ET EZ:CZ FI:FI FJ:FJ FK:FK FM:FM "
    "FO:FO FP:PF FR:FR FS:TF GA:GM GB:GA GG:GE GH:GH GI:GI GJ:GD GK:GG GL:GL GM:DE GP:GP GQ:GU GR:GR GT:GT GV:GN "
    "GY:GY GZ:PS HA:HT HK:HK HO:HN HR:HR HU:HU IC:IS ID:ID IM:IM IN:IN IO:IO IR:IR IS:IL IT:IT IV:CI IZ:IQ JA:JP "
    "JE:JE JM:JM JN:SJ JO:JO KE:KE KG:KG KN:KP KR:KI KS:KR KT:CX KU:KW KV:XK KZ:KZ LA:LA LE:LB LG:LV LH:LT LI:LR "
    "LO:SK LS:LI LT:LS LU:LU LY:LY MA:MG MB:MQ MC:MO MD:MD MF:YT MG:MN MH:MS MI:MW MJ:ME MK:MK ML:ML MN:MC MO:MA "
    "MP:MU MR:MR MT:MT MU:OM MV:MV MX:MX MY:MY MZ:MZ NC:NC NE:NU NF:NF NG:NE NH:VU NI:NG NL:NL NN:SX NO:NO NP:NP "
    "NR:NR NS:SR NU:NI NZ:NZ OD:SS PA:PY PC:PN PE:PE PK:PK PL:PL PM:PA PO:PT PP:PG PS:PW PU:GW QA:QA RB:RS RE:RE "
    "RI:RS RM:MH RN:MF RO:RO RP:PH RQ:PR RS:RU RW:RW SA:SA SB:PM SC:KN SE:SC SF:ZA SG:SN SH:SH SI:SI SL:SL SM:SM "
    "SN:SG SO:SO SP:ES ST:LC SU:SD SV:SJ SW:SE SX:GS SY:SY SZ:CH TB:BL TD:TT TH:TH TI:TJ TK:TC TL:TK TN:TO TO:TG "
    "TP:ST TS:TN TT:TL TU:TR TV:TV TW:TW TX:TM TZ:TZ UC:CW UG:UG UK:GB UP:UA US:US UV:BF UY:UY UZ:UZ VC:VC VE:VE "
    "VI:VG VM:VN VQ:VI VT:VA WA:NA WE:PS WF:WF WI:EH WS:WS WZ:SZ YM:YE ZA:ZM ZI:ZW"
)
_FIPS = {pair[:2]: pair[3:] for pair in _PAIRS.split()}


def fips_country(code: str) -> str | None:
    """The ISO 3166 code of a FIPS 10-4 one ("IS" is Israel, "IZ" Iraq); None for seas and what is not known."""
    return _FIPS.get(code.strip().upper())


@cache
def english_name(code: str) -> str:
    """The English name by which the feeds call a country; the code itself when there is none."""
    return str(Locale("en").territories.get(code, code))
