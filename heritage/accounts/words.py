"""The words that roles and the scopes of tokens are shown as."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

from heritage.policy.roles import Role, Scope

ROLE_WORDS = {
    Role.SUBSCRIBER: _("subscriber"),
    Role.FIELD_REPORTER: _("field reporter"),
    Role.ANALYST: _("analyst"),
    Role.EMERGENCY_OFFICER: _("emergency officer"),
    Role.DIRECTORATE: _("antiquities directorate"),
    Role.REGISTRAR: _("museum registrar"),
    Role.ADMINISTRATOR: _("administrator"),
}
SCOPE_WORDS = {
    Scope.READ: _("read what is public"),
    Scope.JOBS: _("read the ledger of jobs"),
    Scope.AUDIT: _("read the record"),
}
TABLES: Mapping[str, Mapping[Any, Any]] = {"role": ROLE_WORDS, "scope": SCOPE_WORDS}
