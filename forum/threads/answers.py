"""Threads, posts and revisions as the JSON API shows and takes them: names and meanings as the contract has them."""

from datetime import datetime
from typing import Annotated

import msgspec

from forum.api.schema import about
from forum.categories.queries import CategoryView
from forum.kit.i18n import N_
from forum.members.queries import MemberCard
from forum.threads.views import PostView, RevisionView, ThreadView

MOMENT = "2026-11-21T09:00:00Z"
Next = Annotated[
    str | None, about(N_("Cursor of the next piece, for after; null at the end."), "WyIyMDI2LTExLTIxIiwxN10")
]
Slug = Annotated[str, about(N_("The category, by its slug."), "officina")]
Author = Annotated[str, about(N_("The member who wrote it, by name."), "nadia")]
Body = Annotated[
    str, about(N_("Markdown, up to 32 kB."), "The chain skips on the **smallest** sprocket.", schema={"minLength": 1})
]
Title = Annotated[
    str,
    about(N_("One line of 3 to 150 characters."), "Chain skips on the 13", schema={"minLength": 3, "maxLength": 150}),
]
Tags = Annotated[
    list[str], about(N_("Up to five tags: small letters, digits and hyphens."), ["drivetrain"], max_length=5)
]
Version = Annotated[int, about(N_("Grows with every change."), 3)]


class Thread(msgspec.Struct):
    """A thread without its posts."""

    id: Annotated[int, about(N_("Its number, for good."), 42)]
    slug: Annotated[str, about(N_("The title in its address; changes with the title."), "chain-skips-on-the-13")]
    title: Title
    category: Slug
    tags: Tags
    author: Author
    created_at: Annotated[datetime, about(N_("When it was opened."), MOMENT)]
    last_post_at: Annotated[datetime, about(N_("When its newest visible post was written."), MOMENT)]
    post_count: Annotated[int, about(N_("Visible posts, the opening one included."), 7)]
    locked: Annotated[bool, about(N_("Readable, but closed for answers."), False)]
    pinned: Annotated[bool, about(N_("Stands at the top of the lists."), False)]
    url: Annotated[str, about(N_("Its page."), "https://forum.example/t/42/chain-skips-on-the-13")]
    version: Version


class ThreadList(msgspec.Struct):
    """A piece of a list of threads."""

    items: list[Thread]
    next: Next


class NewThread(msgspec.Struct, forbid_unknown_fields=True):
    """A thread to open, with its first post."""

    category: Slug
    title: Title
    body: Body
    tags: Tags = []


class Post(msgspec.Struct):
    """A post that the caller may read."""

    id: Annotated[int, about(N_("Its number, for good."), 137)]
    number: Annotated[int, about(N_("Its place in the thread, from 1, without gaps between those ever written."), 2)]
    thread_id: Annotated[int, about(N_("The thread it stands in."), 42)]
    author: Author
    body: Annotated[str, about(N_("Markdown as it was typed."), "Look at the **hanger** first.")]
    html: Annotated[
        str,
        about(
            N_("The same as sanitised HTML; addresses in it may be relative to the site."),
            "<p>Look at the <strong>hanger</strong> first.</p>\n",
        ),
    ]
    created_at: Annotated[datetime, about(N_("When it was written."), MOMENT)]
    edited_at: Annotated[
        datetime | None,
        about(N_("When it was last changed; null if never, or within five minutes and before anybody answered."), None),
    ]
    reply_to: Annotated[int | None, about(N_("The post it answers, if that can be read."), 136)]
    state: Annotated[
        str,
        about(
            N_("visible; held: waits for a moderator; hidden, removed: by a moderator; deleted: by its author."),
            "visible",
            schema={"enum": ["held", "visible", "hidden", "removed", "deleted"]},
        ),
    ]
    version: Version
    url: Annotated[
        str, about(N_("Its permalink, which stays right when the post moves."), "https://forum.example/p/137")
    ]


class PostList(msgspec.Struct):
    """A piece of a thread, in the order of its posts."""

    items: list[Post]
    next: Next


class NewPost(msgspec.Struct, forbid_unknown_fields=True):
    """An answer to write."""

    body: Body
    reply_to: Annotated[int | None, about(N_("The id of the post it answers, in the same thread."), 136)] = None


class PostChange(msgspec.Struct, forbid_unknown_fields=True):
    """New words for a post."""

    body: Body
    reason: Annotated[str, about(N_("Why, in a few words, for the history."), "Right torque", max_length=200)] = ""
    version: Annotated[
        int | None,
        about(N_("The version you started from: a stale one is refused with 409. Without it there is no check."), 3),
    ] = None


class Revision(msgspec.Struct):
    """What a post said from one change to the next; the first of the list is what it says now."""

    version: Annotated[int, about(N_("The post’s version while these words stood."), 2)]
    author: Annotated[str | None, about(N_("Who wrote these words, by name; null: the moderation team."), "nadia")]
    body: Annotated[str, about(N_("Markdown as it was typed."), "Look at the **hanger** first.")]
    reason: Annotated[str, about(N_("Why they were written; empty when nobody said."), "Right torque")]
    created_at: Annotated[datetime, about(N_("When they were written."), MOMENT)]


class RevisionList(msgspec.Struct):
    """A piece of a post’s history, newest first."""

    items: list[Revision]
    next: Next


SCHEMAS = (Thread, ThreadList, NewThread, Post, PostList, NewPost, PostChange, Revision, RevisionList)


def thread_answer(thread: ThreadView, category: CategoryView, author: MemberCard, base: str) -> Thread:
    """`base`: the site's base URL, without a slash at its end."""
    return Thread(
        id=thread.id,
        slug=thread.slug,
        title=thread.title,
        category=category.slug,
        tags=thread.tags,
        author=author.name,
        created_at=thread.created_at,
        last_post_at=thread.last_post_at,
        post_count=thread.post_count,
        locked=thread.locked_at is not None,
        pinned=thread.pinned_at is not None,
        url=base + thread.url,
        version=thread.version,
    )


def post_answer(post: PostView, source: str, base: str) -> Post:
    """`post` must be readable; `source`: its Markdown."""
    return Post(
        id=post.id,
        number=post.number,
        thread_id=post.thread_id,
        author=post.author.name,
        body=source,
        html=post.html,
        created_at=post.created_at,
        edited_at=post.edited_at,
        reply_to=post.reply_to.id if post.reply_to else None,
        state=post.state,
        version=post.version,
        url=f"{base}/p/{post.id}",
    )


def revision_answer(revision: RevisionView) -> Revision:
    """One version of a post."""
    name = revision.editor.name if revision.editor else None
    return Revision(revision.version, name, revision.source, revision.reason, revision.created_at)
