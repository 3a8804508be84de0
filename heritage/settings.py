"""Typed settings: config/default.toml, a file of one's own, HERITAGE_* variables; unknown names are refused."""

import os
import re
import secrets
import tomllib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from heritage.core.errors import InvalidInput, OperatorError

PREFIX = "HERITAGE_"
SHORTEST_SECRET = 32
_PACKAGE = Path(__file__).resolve().parent
# Names that steer how settings are found, and are no settings themselves.
_STEERING = {"HERITAGE_CONFIG", "HERITAGE_SECRET_KEY_FILE"}


class Settings(BaseModel):
    """Every setting, typed. Units end the names; config/default.toml says why each has its default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database_url: SecretStr | None = None
    database_owner_url: SecretStr | None = None
    var: Path = Path("var")
    secret_key: SecretStr | None = None
    keys: Path | None = None
    smtp_url: SecretStr | None = None
    mail_from: str = "heritage@localhost"
    digest_to: list[str] = []
    webhook_trusted: list[str] = []
    public_url: str = "http://127.0.0.1:8000"
    trusted_hosts: list[str] = []
    proxy_hops: Annotated[int, Field(ge=0, le=5)] = 0
    local_editing: bool = False
    rules: Path | None = None
    feeds: Path | None = None
    alert_rules: Path | None = None
    exercise_clock: datetime | None = None
    ucdp_token: SecretStr | None = None
    acled_username: SecretStr | None = None
    acled_password: SecretStr | None = None
    reliefweb_appname: SecretStr | None = None
    public_metrics: bool = False
    keep_runs_days: Annotated[int, Field(ge=7, le=3650)] = 400
    log_format: Annotated[str, Field(pattern="^(text|json)$")] = "text"
    log_level: Annotated[str, Field(pattern="^(debug|info|warning|error)$")] = "info"
    web_threads: Annotated[int, Field(ge=1, le=64)] = 8
    worker_concurrency: Annotated[int, Field(ge=1, le=32)] = 2
    moved_delay_days: Annotated[int, Field(ge=0, le=36_500)] = 30
    public_reports: bool = False
    public_reports_per_hour: Annotated[int, Field(ge=1, le=100_000)] = 300
    public_reports_per_network: Annotated[int, Field(ge=1, le=10_000)] = 10
    report_hold_hours: Annotated[int, Field(ge=0, le=720)] = 48
    report_retention_days: Annotated[int, Field(ge=1, le=3650)] = 90
    sealed_access_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    sealed_reads_per_hour: Annotated[int, Field(ge=1, le=10_000)] = 30
    reporter_kept_days: Annotated[int, Field(ge=1, le=3650)] = 180
    attachment_limit_mb: Annotated[int, Field(ge=1, le=1024)] = 48
    report_files_mb: Annotated[int, Field(ge=1, le=10_240)] = 240
    reporter_files_mb: Annotated[int, Field(ge=1, le=102_400)] = 480
    attachment_megapixels: Annotated[int, Field(ge=1, le=200)] = 64
    upload_limit_mb: Annotated[int, Field(ge=1, le=4096)] = 64

    @field_validator("database_url", "database_owner_url")
    @classmethod
    def _of_postgresql(cls, value: SecretStr | None) -> SecretStr | None:
        """Only PostgreSQL will do; the value itself may hold a password and is never repeated."""
        if value is not None and not re.match(r"postgres(?:ql)?(?:\+psycopg)?://", value.get_secret_value()):
            raise ValueError("must look like postgresql://user:password@host:port/name")
        return value

    @field_validator("digest_to", "trusted_hosts", "webhook_trusted", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """An environment variable holds a list as words with commas between."""
        if isinstance(value, str):
            return [word.strip() for word in value.split(",") if word.strip()]
        return value

    @field_validator("exercise_clock", mode="before")
    @classmethod
    def _a_moment(cls, value: Any) -> Any:
        """An aware moment; a bare number or day would be read as something that nobody meant."""
        if value is None or isinstance(value, datetime):
            moment = value
        else:
            try:
                moment = datetime.fromisoformat(str(value))
            except ValueError:
                raise ValueError("must look like 2015-05-21T12:00:00Z") from None
        if moment is not None and moment.tzinfo is None:
            raise ValueError("must say its time zone, as in 2015-05-21T12:00:00Z")
        return moment.astimezone(UTC) if moment else None

    @field_validator("secret_key")
    @classmethod
    def _hard_to_guess(cls, key: SecretStr | None) -> SecretStr | None:
        # Sessions and tokens are signed with it: a short one is found by trying.
        if key is not None and len(key.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"needs at least {SHORTEST_SECRET} random characters")
        return key

    @property
    def embedded(self) -> bool:
        """True when the program brings its own PostgreSQL."""
        return self.database_url is None

    def secret(self) -> str:
        """The secret key in clear.

        Returns: the key; generated once into ``var`` (mode 0600) when the database is embedded.
        Raises:  InvalidInput when the database is external and no key was given.
        """
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        if not self.embedded:
            raise InvalidInput(
                "HERITAGE_SECRET_KEY or HERITAGE_SECRET_KEY_FILE is needed with an external database "
                "(any 32 random characters, the same for every process)."
            )
        return _generated_secret(private_folder(self.var))

    def keys_folder(self) -> Path:
        """Where the keys are kept that sealed values are opened with; never in the database, never in its backups."""
        return self.keys or self.var / "keys"

    def rules_file(self) -> Path:
        """Where the rules of flags are read from."""
        return self.rules or data_dir("config") / "rules.toml"

    def alert_rules_file(self) -> Path:
        """Where the numbers of alerting are read from."""
        return self.alert_rules or data_dir("config") / "alerts.toml"

    def feeds_file(self) -> Path:
        """Where the feeds' own numbers are read from."""
        return self.feeds or data_dir("config") / "feeds.toml"


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may enter.

    Returns: the absolute path.
    Raises:  OperatorError when the folder cannot be made or entered, or when others can enter it and it holds other
             things: a folder that somebody else uses is refused, never closed under them.
    """
    path = path.absolute()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        mode = path.stat().st_mode
        if mode & 0o077:
            ours = any((path / name).exists() for name in ("secret_key", "postgres.guard"))
            if mode & 0o1000 or (any(path.iterdir()) and not ours):
                raise OperatorError(
                    f"{path} is open to other users and holds other things: set HERITAGE_VAR to a folder of its own, "
                    f"or close it with chmod 700 {path}"
                )
            path.chmod(0o700)
    except OSError as error:
        raise OperatorError(
            f"The folder {path} cannot be used: {error.strerror}. Set HERITAGE_VAR to one that can."
        ) from error
    return path


def _generated_secret(var: Path) -> str:
    path = var / "secret_key"
    try:
        # O_EXCL: of two programs started together only one writes; the other reads what was written.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    key = path.read_text().strip()
    if len(key) < SHORTEST_SECRET:
        raise OperatorError(f"{path} holds no usable key; delete it and a new one is made.")
    return key


def load_settings(environ: dict[str, str] | None = None) -> Settings:
    """Read the settings.

    Args:    environ: the environment to read, by default the process's own.
    Returns: the settings; a HERITAGE_* variable wins over the file in HERITAGE_CONFIG, that over config/default.toml.
    Raises:  InvalidInput naming every unknown or unusable name.
    """
    environ = dict(os.environ) if environ is None else environ
    values = _read_toml(data_dir("config") / "default.toml")
    if environ.get("HERITAGE_CONFIG"):
        values |= _read_toml(Path(environ["HERITAGE_CONFIG"]))
    values |= _from_environment(environ)
    try:
        return Settings(**values)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        raise InvalidInput(f"Settings that cannot be used: {problems}") from None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise InvalidInput(f"The settings file {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"The settings file {path} is not TOML: {error}.") from error


def _from_environment(environ: dict[str, str]) -> dict[str, Any]:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    given = {name for name in environ if name.startswith(PREFIX)}
    unknown = sorted(given - known - _STEERING)
    if unknown:
        raise InvalidInput(
            f"Unknown setting in the environment: {', '.join(unknown)}. Known: {', '.join(sorted(known | _STEERING))}."
        )
    values: dict[str, Any] = {
        name.removeprefix(PREFIX).lower(): environ[name] for name in given & known if environ[name]
    }
    key_file = environ.get("HERITAGE_SECRET_KEY_FILE")
    if key_file:
        try:
            values["secret_key"] = Path(key_file).read_text().strip()
        except OSError as error:
            raise InvalidInput(f"HERITAGE_SECRET_KEY_FILE {key_file} cannot be read: {error.strerror}.") from error
    return values


@cache
def data_dir(name: str) -> Path:
    """The folder ``name`` (config, templates, migrations) as shipped in the wheel, else at the root of the checkout."""
    shipped = _PACKAGE / "_data" / name
    return shipped if shipped.is_dir() else _PACKAGE.parent / name
