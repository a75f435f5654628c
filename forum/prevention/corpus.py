"""Reading a corpus for the replay: a folder in the import format, whose posts may carry a `label`."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from forum.importers.dates import moment
from forum.importers.source import PostLine, ThreadLine, UserLine, batches, find, key
from forum.kit.clock import utc_now
from forum.kit.fromhtml import to_markdown
from forum.kit.markdown import MAX_SOURCE
from forum.prevention.replay import Item

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class LabelledLine(PostLine, frozen=True):
    """A line of posts.jsonl with what is wrong with it; "" or absent: nothing."""

    label: str | None = None


def items(folder: Path, advance: Callable[[int], None] = lambda _: None) -> Iterator[Item]:
    """The posts of `folder`; those without author or thread are left out. Raises ClickException."""
    joined = {
        key(one.record.id): one.record.joined
        for batch in batches(find(folder, "users"), UserLine, advance)
        for one in batch
        if one.record is not None
    }
    threads = {
        key(one.record.id): one.record
        for batch in batches(find(folder, "threads"), ThreadLine, advance)
        for one in batch
        if one.record is not None
    }
    opened: set[str] = set()
    for batch in batches(find(folder, "posts"), LabelledLine, advance):
        for one in batch:
            line = one.record
            assert line is None or isinstance(line, LabelledLine)
            if line is None or key(line.thread) not in threads or key(line.author) not in joined:
                continue
            thread = key(line.thread)
            title = "" if thread in opened else (threads[thread].title or "")
            opened.add(thread)
            yield Item(
                id=key(line.id), author=key(line.author), at=_when(line.created), body=_body(line), thread=thread,
                title=title, joined=_when(joined[key(line.author)]), label=line.label or "",
            )  # fmt: skip


def _when(value: str | float | None) -> datetime:
    return moment(value, utc_now()) or LONG_AGO


def _body(line: PostLine) -> str:
    """As Markdown, cut to what a new post may have."""
    body = line.body if line.format != "html" else to_markdown(line.body, save_image=lambda *_: None).markdown
    return body.encode("utf-8", "replace")[:MAX_SOURCE].decode("utf-8", "ignore")
