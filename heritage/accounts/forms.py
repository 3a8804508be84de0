"""Forms of accounts: inviting, accepting, roles, a token."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import (
    IntegerField,
    PasswordField,
    SelectChoice,
    StringField,
    ValidationError,
)
from wtforms.validators import DataRequired, EqualTo, Length, NumberRange

from heritage.accounts.domain import LONGEST_TOKEN_DAYS, PASSWORD_LENGTH, plain_address
from heritage.accounts.words import ROLE_WORDS, SCOPE_WORDS
from heritage.forms.fields import ChoicesField, CodesField, country_codes, without_controls
from heritage.policy.roles import HELD, Scope


def address(form: FlaskForm, field: StringField) -> None:
    """An e-mail address."""
    if plain_address(field.data or "") is None:
        raise ValidationError(str(_("This is not an e-mail address.")))


class RolesForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """What somebody is to the program."""

    roles = ChoicesField(
        _("Roles"),
        [DataRequired(_("Choose a role."))],
        choices=[SelectChoice(role.value, ROLE_WORDS[role]) for role in HELD],
    )
    countries = CodesField(
        _("Countries"), [country_codes], description=_("two-letter codes; a directorate changes their sites only")
    )
    institutions = StringField(
        _("Institutions"), [Length(max=500), without_controls], description=_("with semicolons between; for registrars")
    )

    def houses(self) -> list[str]:
        """The institutions, one by one."""
        return [name.strip() for name in (self.institutions.data or "").split(";") if name.strip()]


class InviteForm(RolesForm):
    """Whom to invite, as what."""

    email = StringField(_("E-mail address"), [DataRequired(_("An address is needed.")), address])


class AcceptForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """How somebody wants to be known, and their password."""

    email = StringField(_("E-mail address"), [address], render_kw={"autocomplete": "username"})
    name = StringField(
        _("Name"),
        [DataRequired(_("A name is needed.")), Length(max=100), without_controls],
        description=_("others and the record see it; it need not be your own"),
        render_kw={"autocomplete": "nickname"},
    )
    password = PasswordField(
        _("Password"),
        [
            DataRequired(_("A password is needed.")),
            Length(
                min=PASSWORD_LENGTH,
                max=256,
                message=_("The password needs %(number)s characters or more.", number=PASSWORD_LENGTH),
            ),
        ],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        _("Password once more"),
        [EqualTo("password", _("The two passwords differ."))],
        render_kw={"autocomplete": "new-password"},
    )


class TokenForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A token for a program."""

    name = StringField(_("What it is for"), [DataRequired(_("A name is needed.")), Length(max=100), without_controls])
    scopes = ChoicesField(
        _("It may"),
        [DataRequired(_("Choose at least one."))],
        choices=[SelectChoice(scope.value, SCOPE_WORDS[scope]) for scope in Scope],
    )
    days = IntegerField(_("Days until it ends"), [NumberRange(min=1, max=LONGEST_TOKEN_DAYS)], default=90)


class PlainForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A button."""
