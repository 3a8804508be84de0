"""Errors whose message a user may read; each names what went wrong and, where there is one, the way on."""


class HeritageError(Exception):
    """Base of all errors with a message for users. Anything else that is raised is a fault of the program."""


class NotFound(HeritageError):
    """What was asked for by name or number is not there."""


class InvalidInput(HeritageError):
    """A value given by a person or a file cannot be used; the message names the field and the reason."""


class UnusableFile(InvalidInput):
    """A file cannot be read at all; nothing of it was taken."""


class Conflict(HeritageError):
    """The change contradicts what is stored."""


class AlreadyRecorded(Conflict):
    """The same thing is stored already; nothing was changed."""


class Unavailable(HeritageError):
    """Something outside this program (the database, a server, the disk) does not answer."""
