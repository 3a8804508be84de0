"""The numbers of alerting, typed and checked; read from config/alerts.toml."""

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heritage.core.errors import InvalidInput, OperatorError

Count = Annotated[int, Field(ge=0, le=1_000_000)]
Positive = Annotated[int, Field(ge=1, le=1_000_000)]
LevelNumber = Annotated[int, Field(ge=1, le=5)]  # 5: never


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MessageRules(_Table):
    """When a message is due."""

    first_level: LevelNumber
    news_days: Positive
    update_hours: Positive
    correction_minutes: Count


class HoldRules(_Table):
    """When a message waits for people."""

    level: LevelNumber
    recipients: Count
    minutes: Positive
    reminders: Count


class AcknowledgeRules(_Table):
    """When officers are told that nobody has acknowledged."""

    level: LevelNumber
    minutes: Positive


class DeliveryRules(_Table):
    """How delivery tries again."""

    claim_seconds: Positive
    first_wait_seconds: Positive
    longest_wait_minutes: Positive
    urgent_hours: Positive
    other_hours: Positive
    bounces: Positive
    bounce_days: Positive


class SignUpRules(_Table):
    """What protects people from being signed up."""

    confirm_days: Positive
    domain_per_hour: Positive
    most: Positive
    stop_days: Positive
    manage_minutes: Positive


class AlertRules(_Table):
    """Every number of alerting. Units end the names; config/alerts.toml says why each is what it is."""

    message: MessageRules
    hold: HoldRules
    acknowledge: AcknowledgeRules
    delivery: DeliveryRules
    sign_up: SignUpRules


def load_alert_rules(path: Path) -> AlertRules:
    """Read the file.

    Raises:  InvalidInput naming the table and key that is missing, unknown or impossible.
    """
    try:
        with path.open("rb") as file:
            return AlertRules(**tomllib.load(file))
    except OSError as error:
        raise OperatorError(f"The rules of alerting {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError) as error:
        raise OperatorError(f"The rules of alerting {path} are not TOML as expected: {error}.") from error
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        raise InvalidInput(f"Rules of alerting that cannot be used ({path.name}): {problems}") from None
