"""The roles people may hold, and who counts as what without holding one."""

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """Who somebody is to the program."""

    PUBLIC = "public"  # everybody
    PASSER_BY = "passer_by"  # everybody, while the installation takes reports from everybody
    MACHINE = "machine"  # a person at the machine itself, while there is no account yet
    SUBSCRIBER = "subscriber"
    FIELD_REPORTER = "field_reporter"
    ANALYST = "analyst"
    EMERGENCY_OFFICER = "emergency_officer"
    DIRECTORATE = "directorate"
    REGISTRAR = "registrar"
    ADMINISTRATOR = "administrator"


# Those that an account may hold.
HELD = (
    Role.SUBSCRIBER,
    Role.FIELD_REPORTER,
    Role.ANALYST,
    Role.EMERGENCY_OFFICER,
    Role.DIRECTORATE,
    Role.REGISTRAR,
    Role.ADMINISTRATOR,
)
# They review, approve, see what is sealed or let others in: a password alone does not do for them.
SECOND_FACTOR = frozenset({Role.ANALYST, Role.EMERGENCY_OFFICER, Role.DIRECTORATE, Role.REGISTRAR, Role.ADMINISTRATOR})


class Scope(StrEnum):
    """What a program's token may be used for; never more than its account may do."""

    READ = "read"
    JOBS = "jobs"
    AUDIT = "audit"


@dataclass(frozen=True)
class Subject:
    """Who asks: roles, the countries and institutions they are bound to, and how they showed who they are.

    ``actor`` is what the record says of them: a name and number, never an address. ``strong``: more than a password was
    shown. ``has_factor``: the account has something beside the password set up. ``scopes``: None for a person, else of
    the token shown.
    """

    roles: frozenset[Role]
    actor: str
    account_id: int | None = None
    name: str = ""
    countries: frozenset[str] = field(default_factory=frozenset)
    institutions: frozenset[str] = field(default_factory=frozenset)
    strong: bool = False
    has_factor: bool = False
    scopes: frozenset[str] | None = None

    @property
    def signed_in(self) -> bool:
        """Whether an account stands behind it."""
        return self.account_id is not None


STRANGER = Subject(frozenset({Role.PUBLIC}), "a stranger")
AT_THE_MACHINE = Subject(frozenset({Role.PUBLIC, Role.MACHINE}), "at the machine", strong=True)
