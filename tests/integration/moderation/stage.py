"""A small scene for the tests of the members' side: who wrote, who reported, who decided, with names to look for."""

from dataclasses import dataclass
from typing import Any

from forum.moderation.domain import Act, appeal, decide, decide_appeal, report, undo
from forum.policy.actors import Actor
from tests.factories import Make

WHY = {"reason": "harassment", "rule": "1", "explanation": "You wrote **CANARYwhy** to a newcomer."}
NAMES = {
    "author": "CANARYauthor", "reporter": "CANARYreporter", "second": "CANARYsecond", "mod": "CANARYmod",
    "boss": "CANARYboss", "other": "CANARYother",
}  # fmt: skip


@dataclass
class Stage:
    """`post` is the author's answer in a thread of `other`'s."""

    make: Make
    people: dict[str, Actor]
    category: str
    thread: Any
    post: Any

    def __getattr__(self, name: str) -> Actor:
        return self.__dict__["people"][name]

    def report(self, who: str = "reporter", kind: str = "post", row_id: int = 0, **more: Any) -> Any:
        """Somebody reports the post (or another thing)."""
        told = {"reason": "harassment", "detail": f"CANARYdetail by {who}", **more}
        with self.make.core.db.write() as session:
            return report(
                session, actor=self.people[who], target_type=kind, target_id=row_id or self.post.id, now=self.make.now,
                **told,
            )  # fmt: skip

    def decide(self, action: str, kind: str = "post", row_id: int = 0, *, who: str = "mod", **more: Any) -> int:
        """The moderator acts; restrictions with the usual reasons."""
        from forum.moderation.domain.acts import RULES

        fields = {**(WHY if RULES[action].restricts else {}), **more}
        with self.make.core.db.write() as session:
            return decide(
                session, actor=self.people[who], act=Act(action=action, **fields), target_type=kind,
                target_id=row_id or self.post.id, now=self.make.now,
            ).id  # fmt: skip

    def undo(self, decision_id: int) -> None:
        """The moderator takes it back."""
        with self.make.core.db.write() as session:
            undo(session, actor=self.people["mod"], decision_id=decision_id, now=self.make.now)

    def appeal(self, decision_id: int, who: str = "author", body: str = "CANARYobjection: it was a joke.") -> int:
        """Somebody objects."""
        with self.make.core.db.write() as session:
            made = appeal(session, actor=self.people[who], decision_id=decision_id, body=body, now=self.make.now)
            return made.id

    def answer(self, appeal_id: int, outcome: str, reasons: str = "CANARYreasons: we read it again.") -> None:
        """The other moderator decides an objection."""
        with self.make.core.db.write() as session:
            decide_appeal(
                session, actor=self.people["boss"], appeal_id=appeal_id, outcome=outcome, reasons=reasons,
                now=self.make.now,
            )  # fmt: skip


def set_stage(make: Make) -> Stage:
    """Members with telling names, a thread, a post."""
    people = {
        name: make.member(
            words, role={"mod": "moderator", "boss": "manager"}.get(name, "member"), display_name=f"{words} display"
        )
        for name, words in NAMES.items()
    }
    category = make.category("here", name="Here")
    thread = make.thread(people["other"], category, title="CANARYtitle of a thread", body="The opening.")
    post = make.reply(people["author"], thread.thread_id, "CANARYwords *of the author*")
    return Stage(make, people, category, thread, post)
