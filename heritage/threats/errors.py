"""What can be wrong with an update, with the field it stands at."""

from heritage.core.errors import InvalidInput


class UnusableField(InvalidInput):
    """A value that only the data beside it show to be wrong; `field` is its name in the form."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
