"""Reduced visibility: a demoted thread stands in its category and at its address, in no general list."""

from forum.moderation.domain import Act, decide
from forum.threads.models import Thread


def test_a_demoted_thread_leaves_the_general_lists(make):
    author, mod = make.member("ada"), make.member("mod", role="moderator")
    slug = make.category("here")
    ref = make.thread(author, slug, title="A quarrel about nothing", tags=("quarrel",))
    make.thread(author, slug, title="Another thread")
    guest = make.browser()
    lists = ("/", "/latest", "/new", "/top", "/unanswered", "/tag/quarrel")
    assert all("A quarrel about nothing" in guest.get(path).text for path in lists)
    with make.core.db.write() as session:
        act = Act(action="demote", reason="off_topic", explanation="It keeps everybody from riding.")
        decide(session, actor=mod, act=act, target_type="thread", target_id=ref.thread_id, now=make.now)
    assert not [path for path in lists if "A quarrel about nothing" in guest.get(path).text]
    assert "A quarrel about nothing" in guest.get("/c/here").text
    thread = make.get(Thread, ref.thread_id)
    page = guest.get(f"/t/{thread.id}/{thread.slug}")
    assert page.status_code == 200 and 'name="robots" content="noindex"' in page.text
    with make.core.db.write() as session:
        act = Act(action="promote")
        decide(session, actor=mod, act=act, target_type="thread", target_id=ref.thread_id, now=make.now)
    assert all("A quarrel about nothing" in guest.get(path).text for path in lists)
