"""What a notice shows of the thing it is about."""

import msgspec

from forum.kit.markdown import shorten
from forum.members.queries import MemberCard

EXCERPT = 220  # characters, in the site's list


class Shown(msgspec.Struct, frozen=True):
    """The thing as one reader may see it now."""

    url: str
    """A path of ours: straight to it."""
    title: str
    text: str
    """What was said, plain, a line a block."""
    by: MemberCard | None
    """Who did it; None: the moderation team, whose names members never read."""
    signed: str = ""
    """Instead of a person: the team that did it. With neither, it was the moderators."""
    locale: str = ""
    """Language of title and text; empty: the site's."""
    conversation: str = ""
    """Groups the mails about one conversation in mail programs ("thread-12"); empty: stands alone."""
    permalink: str = ""
    """A path that leads there for ever, wherever it moves: for mails, which are kept for years. Empty: `url` does."""

    @property
    def excerpt(self) -> str:
        """The beginning of the text on one line."""
        return shorten(self.text, EXCERPT)
