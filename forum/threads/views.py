"""What threads and posts look like from outside: read structs, made by `queries`, shown by templates and the API."""

from datetime import datetime

import msgspec

from forum.categories.queries import CategoryView
from forum.kit.paging import PAGE, page_of, pages
from forum.members.queries import MemberCard


def thread_url(thread_id: int, slug: str, page: int = 1) -> str:
    """The thread's address, page by page."""
    return f"/t/{thread_id}/{slug}" + (f"?page={page}" if page > 1 else "")


def post_url(thread_id: int, slug: str, number: int) -> str:
    """Where a post stands now: its thread's page, at its anchor."""
    return f"{thread_url(thread_id, slug, page_of(number))}#post-{number}"


class ThreadView(msgspec.Struct, frozen=True):
    """A thread without its posts."""

    id: int
    category_id: int
    author_id: int
    title: str
    slug: str
    tag_names: str
    locale: str
    state: str
    created_at: datetime
    last_post_at: datetime
    last_number: int
    post_count: int
    locked_at: datetime | None
    pinned_at: datetime | None
    demoted_at: datetime | None
    slow_seconds: int
    moved_count: int
    merged_into_id: int | None
    version: int

    @property
    def url(self) -> str:
        """Page 1."""
        return thread_url(self.id, self.slug)

    @property
    def tags(self) -> list[str]:
        """Names, in alphabetical order."""
        return self.tag_names.split()

    @property
    def replies(self) -> int:
        """Visible posts after the opening one."""
        return max(0, self.post_count - 1)

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return pages(self.last_number)


class ThreadRow(msgspec.Struct, frozen=True):
    """A thread in a list. `unread`: posts after the reader's mark; None when they never opened it (or are a guest).

    `next`: the number after their mark.
    """

    thread: ThreadView
    category: CategoryView
    author: MemberCard
    last_poster: str
    unread: int | None = None
    is_new: bool = False
    next: int = 1

    @property
    def href(self) -> str:
        """To the first unread post, or the top."""
        if self.unread:
            return post_url(self.thread.id, self.thread.slug, self.next)
        return self.thread.url


class ReplyTo(msgspec.Struct, frozen=True):
    """The post that another one answers. `elsewhere`: in another thread by now; then its permalink is all there is."""

    id: int
    number: int
    author: str
    elsewhere: bool = False


class MovedRun(msgspec.Struct, frozen=True):
    """Posts in a row that stand elsewhere now, for one calm line in their old place. `here`: further down here."""

    number: int
    """The first of their old numbers."""
    count: int
    post_id: int
    title: str
    locale: str
    here: bool


class PostView(msgspec.Struct, frozen=True):
    """A post as one reader may see it. `readable` False: a placeholder, with no text and no author."""

    id: int
    thread_id: int
    number: int
    author: MemberCard
    html: str
    state: str
    created_at: datetime
    edited_at: datetime | None
    version: int
    reply_to: ReplyTo | None
    readable: bool
    may_edit: bool = False
    may_delete: bool = False
    may_restore: bool = False
    has_history: bool = False
    by_staff: bool = False
    """The text that stands was written by a moderator."""
    is_mine: bool = False
    may_point: bool = False
    """This reader may say that it is feedback."""
    too: bool | None = None
    """Has this reader said "me too"? None: there is nothing to say it to, or not for them."""


class ThreadPage(msgspec.Struct, frozen=True):
    """One page of a thread."""

    thread: ThreadView
    category: CategoryView
    path: tuple[CategoryView, ...]
    author: MemberCard
    posts: list[PostView]
    page: int
    may_reply: bool
    may_retitle: bool
    first_unread: int | None
    """Number of the first post this reader has not seen, when they have read up to it; None for guests."""
    unseen: bool = False
    """This page reaches beyond the reader's mark."""
    jumped: bool = False
    """The reader has not read up to this page."""
    last_number: int = 0
    """The newest number that this reader knows of: what waits for approval is not there for others."""
    moved: tuple[MovedRun, ...] = ()
    may_moderate: bool = False
    may_announce: bool = False
    """A meetup, in this thread."""

    @property
    def pages(self) -> int:
        """How many pages."""
        return pages(self.last_number)

    @property
    def reach(self) -> int:
        """How far somebody has read who has read this page: gaps at its end hold nothing to come back for."""
        return self.page * PAGE if self.page < self.pages else max((post.number for post in self.posts), default=0)


class PostText(msgspec.Struct, frozen=True):
    """A post's source, with what stands around it: for editing, quoting, the API."""

    post: PostView
    source: str
    thread: ThreadView
    category: CategoryView

    @property
    def url(self) -> str:
        """Where it stands."""
        return post_url(self.thread.id, self.thread.slug, self.post.number)


class RevisionView(msgspec.Struct, frozen=True):
    """One version of a post, newest first in lists. `editor` None: the moderation team, for whom it has no names."""

    version: int
    source: str
    editor: MemberCard | None
    created_at: datetime
    reason: str


class Page(msgspec.Struct, frozen=True):
    """A list with cursors: `older` goes on, None at the end."""

    rows: list[ThreadRow]
    older: str | None


class Lead(msgspec.Struct, frozen=True):
    """The front page's story."""

    row: ThreadRow
    standfirst: str
