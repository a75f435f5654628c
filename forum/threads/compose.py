"""From what a person typed to what is kept: checked, cooked, sanitised. Pure but for one look-up of names."""

import msgspec
from sqlalchemy.orm import Session

from forum.errors import Invalid
from forum.kit.i18n import N_, Message, Text
from forum.kit.markdown import MAX_SOURCE, RENDERER, parse, render
from forum.kit.slugs import slugify
from forum.threads import queries

MAX_TITLE = 150
MIN_TITLE = 3
MAX_TAGS = 5
MAX_TAG = 30


class Draft(msgspec.Struct, frozen=True):
    """A text ready to be saved. `mentions`: member ids; `quotes`: post ids."""

    source: str
    html: str
    mentions: tuple[int, ...]
    quotes: tuple[int, ...]
    renderer: int = RENDERER


def compose(session: Session, source: str) -> Draft:
    """Cook `source`, for any reading session: no lock is held meanwhile. Raises Invalid(body=…)."""
    source = source.replace("\r\n", "\n").replace("\0", "\ufffd").strip("\n")
    if problem := body_problem(source):
        raise Invalid({"body": problem})
    parsed = parse(source)
    known = queries.members_named(session, set(parsed.names))
    cooked = render(parsed, {key: name for key, (_, name) in known.items()})
    mentions = tuple(known[key][0] for key in cooked.mentions)
    return Draft(source, cooked.html, mentions, cooked.quotes)


def body_problem(source: str) -> Message | None:
    """What is wrong with a body, if anything."""
    if not source.strip():
        return N_("Write something first.")
    size = len(source.encode("utf-8", "replace"))
    if size > MAX_SOURCE:
        return Text(N_("This is %(over)s characters too long. Split it over two posts."), {"over": size - MAX_SOURCE})
    return None


def check_title(title: str) -> str:
    """A title on one line. Raises Invalid(title=…)."""
    title = " ".join("".join(c if c.isprintable() else " " for c in title).split())
    if len(title) < MIN_TITLE:
        raise Invalid({"title": N_("Give it a title, as you would say it aloud.")})
    if len(title) > MAX_TITLE:
        over = len(title) - MAX_TITLE
        raise Invalid(
            {"title": Text(N_("The title is %(over)s characters too long: put the rest in the text."), {"over": over})}
        )
    return title


def check_tags(tags: list[str]) -> list[str]:
    """Tag names: lower case, hyphens, no doubles, in alphabetical order. Raises Invalid(tags=…)."""
    names = sorted({slugify(tag)[:MAX_TAG].strip("-") for tag in tags if tag.strip(" ,#")})
    if len(names) > MAX_TAGS:
        raise Invalid({"tags": Text(N_("Five tags at most; these are %(n)s."), {"n": len(names)})})
    return names


def draft_problems(title: str, tags: list[str], source: str) -> dict[str, Message]:
    """Everything that is wrong with a new thread's words, per field: the verbs stop at the first."""
    fields: dict[str, Message] = {}
    for check in (lambda: check_title(title), lambda: check_tags(tags)):
        try:
            check()
        except Invalid as error:
            fields.update(error.fields)
    if problem := body_problem(source):
        fields["body"] = problem
    return fields
