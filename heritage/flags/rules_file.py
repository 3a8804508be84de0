"""Reading config/rules.toml, or the file named in the settings."""

import tomllib
from pathlib import Path

from heritage.core.errors import OperatorError
from heritage.flags.rules import BadRules, Rules, parse_rules


def load_rules(path: Path) -> Rules:
    """Read the rules file.

    Raises:  InvalidInput naming the file and the number that is missing or impossible.
    """
    try:
        with path.open("rb") as file:
            return parse_rules(tomllib.load(file))
    except OSError as error:
        raise OperatorError(f"The rules {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, BadRules) as error:
        raise OperatorError(f"The rules {path} cannot be used: {error}.") from error
