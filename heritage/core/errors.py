"""Errors whose message a user may read; each names what went wrong and, where there is one, the way on."""


def N_(text: str) -> str:  # noqa: N802 - the name by which catalogues of translations find such texts
    """The same text, marked to be translated where it is shown."""
    return text


class Word(str):
    """A word of ours inside what a text says, marked with `N_` where it is written; translated with the text."""


class HeritageError(Exception):
    """Base of all errors with a message for users. Anything else that is raised is a fault of the program.

    ``text`` is English, with places such as ``%(number)s`` for what is ``said``; pages say it in their own language.
    """

    def __init__(self, text: str = "", /, **said: object) -> None:
        super().__init__(text % said if said else text)
        self.text, self.said = text, said


class NotFound(HeritageError):
    """What was asked for by name or number is not there."""


class InvalidInput(HeritageError):
    """A value given by a person or a file cannot be used; the message names the field and the reason."""


class UnusableField(InvalidInput):
    """A value of one field cannot be used; a form shows the text at ``field``, a terminal both."""

    def __init__(self, field: str, text: str, /, **said: object) -> None:
        super().__init__(text, **said)
        self.field = field

    def __str__(self) -> str:
        return f"{self.field}: {super().__str__()}"


class UnusableFile(InvalidInput):
    """A file cannot be read at all; nothing of it was taken."""


class Conflict(HeritageError):
    """The change contradicts what is stored."""


class AlreadyRecorded(Conflict):
    """The same thing is stored already; nothing was changed."""


class Unavailable(HeritageError):
    """Something outside this program (the database, a server, the disk) does not answer."""
