"""Times that were written as EDTF, in words of the page's language."""

from datetime import date

from flask_babel import gettext

from heritage.core.dates import EDTFDate, parse_edtf
from heritage.core.errors import InvalidInput
from heritage.web.i18n import span_text
from heritage.web.sentences import isolate


def time_text(edtf: str | None) -> str:
    """A time in words, with how sure it is; as it was written where it is no EDTF.

    Args:    edtf: such as ``2015-05-2X`` or ``2013/..``; None or empty gives "".
    """
    if not edtf:
        return ""
    try:
        when = parse_edtf(edtf)
    except InvalidInput:
        return isolate(edtf)
    words = bounds_text(when) or isolate(edtf)
    return str(gettext("%(when)s, not certain", when=words)) if when.uncertain else words


def bounds_text(when: EDTFDate) -> str:
    """Between which days a time lies, and whether that is about so; "" where neither end is known."""
    text = _ends_text(when, when.earliest, when.latest)
    return str(gettext("about %(when)s", when=text)) if when.approximate and text else text


def _ends_text(when: EDTFDate, first: date | None, last: date | None) -> str:
    # An end that is a year or a month stays one: "2013/.." must not become the first of January.
    if first is None and last is not None:
        return str(gettext("by %(day)s", day=span_text(when.end_earliest or last, last)))
    if last is None and first is not None:
        return str(gettext("from %(day)s on", day=span_text(first, when.begin_latest or first)))
    return span_text(first, last)
