"""The page on which every component stands in every state, drawn by the macros that all pages use."""

import re
from dataclasses import dataclass

from flask import Blueprint, render_template
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectChoice, SelectField, StringField, TextAreaField

from heritage.forms.fields import ChoicesField
from heritage.policy.access import current_subject
from heritage.web import samples
from heritage.web.assets import DIST, built_name
from heritage.web.day import current_day

blueprint = Blueprint("design", __name__)

_TOKEN = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6})\b")
_DARK = "@media (prefers-color-scheme: dark)"
# What is read on what, and what has to be told apart only: WCAG 2.2, 1.4.3 and 1.4.11.
READ_ON = (
    ("ink", "paper"), ("ink", "sheet"), ("ink", "sunken"), ("muted", "paper"), ("muted", "sheet"), ("muted", "sunken"),
    ("link", "paper"), ("link", "sheet"), ("link-strong", "sunken"), ("paper", "link"), ("wrong", "paper"),
    ("banner-ink", "banner"),
    *((f"level-{level}", "paper") for level in range(5)),
    *(("level-ink", f"level-{level}") for level in range(1, 5)),
    *(("ink", f"level-{level}-wash") for level in range(5)),
)  # fmt: skip
TOLD_FROM = (("edge", "paper"), ("edge", "sheet"), ("focus", "paper"), ("danger", "paper"))
LEAST_READ, LEAST_TOLD = 4.5, 3.0


@dataclass(frozen=True)
class Pair:
    """Two colours of the sheet on one another, by name and value, and how far apart they are."""

    over: str
    under: str
    over_colour: str
    under_colour: str
    ratio: float


def colours(sheet: str) -> dict[str, dict[str, str]]:
    """The colours of a style sheet by theme and name.

    Args:    sheet: CSS whose first ``:root`` holds the light theme, and the one in the dark media query the dark one.
    Returns: "light" and "dark", each name to "#rrggbb"; dark falls back on light.
    """
    light, _, rest = sheet.partition(_DARK)
    found = dict(_TOKEN.findall(light))
    dark = found | dict(_TOKEN.findall(rest.partition("}\n}")[0]))
    return {"light": found, "dark": dark}


def contrast(one: str, other: str) -> float:
    """How far apart two colours are.

    Args:    one, other: "#rrggbb".
    Returns: 1 to 21.
    Source:  WCAG 2.2, relative luminance and contrast ratio.
    """
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def pairs(named: dict[str, str], wanted: tuple[tuple[str, str], ...]) -> list[Pair]:
    """The pairs of one theme, each with its contrast."""
    return [Pair(over, under, named[over], named[under], contrast(named[over], named[under])) for over, under in wanted]


class SampleForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """One field of each kind, to be looked at and never sent."""

    name = StringField(_("Name"), description=_("a hint stands between a field's name and the field"))
    wrong = StringField(_("Longitude"), default="200")
    choice = SelectField(_("State"), choices=[SelectChoice("", _("not said")), SelectChoice("1", _("Slight damage"))])
    text = TextAreaField(_("Description"))
    one_of = RadioField(
        _("Place is"), choices=[SelectChoice("1", _("exact place")), SelectChoice("2", _("near a known place"))],
        default="1",
    )  # fmt: skip
    several = ChoicesField(
        _("Objects"), choices=[SelectChoice("1", _("exact place")), SelectChoice("2", _("near a known place"))],
        default=["1"],
    )  # fmt: skip
    yes = BooleanField(_("Yes, withdraw it"))


@blueprint.get("/design")
def index() -> str:
    """Every component in every state."""
    sheet = (DIST / built_name("heritage.css")).read_text(encoding="utf-8")
    form = SampleForm(formdata=None)
    form.wrong.errors = [gettext("Must be between %(low)s and %(high)s.", low="-180", high="180")]
    themes = [(theme, pairs(named, READ_ON), pairs(named, TOLD_FROM)) for theme, named in colours(sheet).items()]
    day = current_day()
    return render_template(
        "web/design.html",
        form=form,
        themes=themes,
        least=(LEAST_READ, LEAST_TOLD),
        slider=samples.sample_slider(day),
        timeline=samples.sample_time_line(day.as_of),
        band=samples.sample_band(day.as_of),
        maps=samples.sample_map(),
        facets=samples.sample_facets(),
        proposals=samples.sample_proposals(day, current_subject().account_id),
        names=samples.SAMPLE_NAMES,
    )
