"""What a verb may refuse with. The edge (`web/errors.py`) turns each into a page, a fragment or problem JSON.

Messages are gettext ids: the edge knows the reader's language, the domain does not.
"""

from collections.abc import Mapping
from typing import Any

from forum.kit.i18n import N_, Message


class ForumError(Exception):
    """Base of everything the forum refuses on purpose."""

    status = 500
    message: Message = N_("Something went wrong on our side.")

    def __init__(self, message: Message | None = None) -> None:
        """`message`: what happened and what to do, as a gettext id."""
        if message is not None:
            self.message = message
        super().__init__(str(self.message))


class Malformed(ForumError):
    """400: the request cannot be understood."""

    status = 400
    message = N_("The request could not be understood.")


class Forbidden(ForumError):
    """403: visible, but not allowed."""

    status = 403
    message = N_("You may not do this.")


class SignInNeeded(Forbidden):
    """401 for programs; people are led to the sign-in page and back."""

    status = 401
    message = N_("Sign in first.")


class NotFound(ForumError):
    """404: absent, or invisible to whoever asks: the two must look alike."""

    status = 404
    message = N_("There is nothing here, or nothing you may see.")


class Conflict(ForumError):
    """409: somebody was faster. `current` is what stands now, for the caller to show."""

    status = 409
    message = N_("Somebody changed this while you were writing.")

    def __init__(self, message: Message | None = None, *, current: Any = None) -> None:
        """`current`: the state that won, a read struct."""
        super().__init__(message)
        self.current = current


class TooLarge(ForumError):
    """413: more than the form may hold."""

    status = 413
    message = N_("That is more than we can take in one go.")


class WrongType(ForumError):
    """415: a body of a kind that is not spoken here."""

    status = 415
    message = N_("We do not understand this kind of content.")


class Invalid(ForumError):
    """422: one message per field; the form comes back with what was typed."""

    status = 422
    message = N_("Something is missing or not quite right.")

    def __init__(self, fields: Mapping[str, Message], message: Message | None = None) -> None:
        """`fields`: form field name → message."""
        super().__init__(message)
        self.fields = dict(fields)


class TooMany(ForumError):
    """429: slow down; `retry_after` in seconds."""

    status = 429
    message = N_("That was a lot in a short time. Wait a moment, then try again.")

    def __init__(self, message: Message | None = None, *, retry_after: int = 60) -> None:
        """`retry_after`: whole seconds until it makes sense to try again."""
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(ForumError):
    """503: the database cannot be reached or written (closed, disk full)."""

    status = 503
    message = N_("We cannot save anything right now. What you wrote is below: keep it, and try again in a few minutes.")
    retry_after = 30


class Busy(Unavailable):
    """503: others were writing for longer than the busy timeout."""

    message = N_("The forum is very busy. Nothing was lost: try again in a moment.")
    retry_after = 3
