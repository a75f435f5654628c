"""Feedback in the access matrix: an item that a team has, one that nobody has sent, and what they rest on."""

from datetime import timedelta
from typing import Any

from forum.feedback import domain
from forum.feedback.domain import NewItem, NewRule, NewTeam, NewTheme, StatusChange
from forum.feedback.domain.evidence import NewEvidence
from forum.feedback.exports import domain as exports
from forum.feedback.exports import files
from tests.support.delivering import deliver


def collect(scene: Any, own: str) -> None:
    """Items whose evidence stands in posts of every state; `own`: the mark of secrets that only the named may read.

    The words of the posts are canaries already: a team that reads those of a hidden post is caught by them.
    """
    make, manager = scene.make, scene.actors["manager"]
    with make.core.db.write() as session:
        product = domain.save_team(session, actor=manager, team=NewTeam("Product", 5), now=make.now)
        domain.join_team(session, actor=manager, team_id=product, name="@team1", now=make.now)
        evidence = tuple(NewEvidence(post_id=ref.id) for ref in scene.posts)
        for title, slug in (("CANARYitemsent", "product"), ("CANARYitemnew", "")):
            item = NewItem(title=title, kind="problem", team=slug, pain=2, evidence=evidence)
            scene.items.append(domain.create(session, actor=manager, item=item, now=make.now))
        domain.save_theme(session, actor=manager, theme=NewTheme("Brakes"), now=make.now)
        domain.save_rule(session, actor=manager, rule=NewRule("phrase", "never said"), now=make.now)
        first = scene.posts[0].id
        domain.flag(session, actor=scene.actors["member"], post_id=first, kind="wish", now=make.now)
        sent = StatusChange(status="sent")
        domain.set_status(session, actor=manager, item_id=scene.items[0], change=sent, now=make.now)
        day = make.now.date()
        asked = exports.Asked("product", day - timedelta(days=30), day + timedelta(days=1), "json", "quotes")
        file = exports.ask(session, actor=manager, asked=asked, locale="en", secret=make.core.secret, now=make.now)
    files.make(make.core.db, make.core.settings, file.id, make.now)
    scene.secrets["CANARYitemsent"] = (own, {"team", "manager", "admin"})
    scene.secrets["CANARYitemnew"] = (own, {"manager", "admin"})
    scene.canaries |= dict.fromkeys(("CANARYitemsent", "CANARYitemnew"))
    deliver(scene, own)
