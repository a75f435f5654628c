"""What the access matrix knows of the law: a notice by a guest that was rejected, and the guest's objection."""

from typing import Any

from sqlalchemy import select

from forum.accounts.domain.attempts import Watch
from forum.legal.domain import settling
from forum.legal.domain.complaints import complain
from forum.legal.domain.notices import NoticeDraft, give_notice
from forum.legal.models import LegalNotice
from forum.moderation.domain import Act, decide
from forum.policy.actors import GUEST


def rejected_notice(make: Any, thread_id: int) -> tuple[int, int]:
    """(id of the notice, id of the objection): both about a thread, which stands as it stood."""
    moderator = make.member("firstdecider", role="moderator")  # somebody else than who will answer the objection
    draft = NoticeDraft(
        kind="illegal", category="hate", urls=f"/t/{thread_id}", explanation="Against the law, I believe.",
        mail="guest@example.org", good_faith=True, locale="en",
    )  # fmt: skip
    with make.core.db.write() as session:
        watch = Watch(make.core.secret, "127.0.0.9")
        made = give_notice(
            session, actor=GUEST, draft=draft, watch=watch, base_url=make.core.settings.base_url, now=make.now
        )
        act = Act(action="dismiss")
        decide(session, actor=moderator, act=act, target_type="thread", target_id=thread_id, now=make.now)
        notice = session.scalars(select(LegalNotice).where(LegalNotice.id == made.id)).one()
        settling.settle(session, notice, make.now)
        return made.id, complain(session, notice=notice, body="Look again, please.", now=make.now).id
